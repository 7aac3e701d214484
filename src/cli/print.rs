//! What is printed from the program itself: the schema and reference of scenarios, shell completions, manual pages.

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::args::Arguments;
use crate::cli::{Exit, Failure, print};
use crate::scenario::{reference, schema};

#[derive(Debug, Args)]
pub struct Schema {
    /// The same for people: the reference in docs/scenario.md
    #[arg(long)]
    pub markdown: bool,
}

#[derive(Debug, Args)]
pub struct Completions {
    /// The shell that reads them
    pub shell: Shell,
}

#[derive(Debug, Args)]
pub struct Man {
    /// Writes drsim.1 and a page for each command here, instead of printing the first
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

pub fn schema_or_reference(args: &Schema) -> Result<Exit, Failure> {
    print(&if args.markdown { reference::reference() } else { schema::text() })?;
    Ok(Exit::Met)
}

pub fn completions(args: &Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "drsim", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Met)
}

pub fn man(args: &Man) -> Result<Exit, Failure> {
    let pages = pages()?;
    let Some(folder) = &args.out else {
        let (_, first) = &pages[0];
        print(&String::from_utf8_lossy(first))?;
        return Ok(Exit::Met);
    };
    let cannot = |path: &Path, error: &std::io::Error| {
        Failure::machine(format!(
            "error: cannot write {}: {error}\nmend: name another folder with --out",
            path.display()
        ))
    };
    std::fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
    for (name, page) in &pages {
        let path = folder.join(name);
        std::fs::write(&path, page).map_err(|error| cannot(&path, &error))?;
        print(&format!("{}\n", path.display()))?;
    }
    Ok(Exit::Met)
}

/// Names and texts of all pages, that of the program first.
fn pages() -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut program = Arguments::command().disable_help_subcommand(true);
    program.build();
    let mut pages = Vec::new();
    for command in std::iter::once(&program).chain(program.get_subcommands().filter(|command| !command.is_hide_set())) {
        let page = clap_mangen::Man::new(command.clone());
        let mut text = Vec::new();
        page.render(&mut text)?;
        pages.push((page.get_filename(), text));
    }
    Ok(pages)
}
