//! `drsim init`: a scenario to begin with, and everything it needs to run. Nothing is ever overwritten.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::library::{Case, cases};
use crate::cli::{Exit, Failure, print};
use crate::scenario::schema;

/// The commented first scenario.
const FIRST: &str = "00-first";
/// What the first line of a scenario names, for editors.
const SCHEMA: &str = "drsim.schema.json";

#[derive(Debug, Args)]
pub struct Init {
    /// File to write [default: scenario.toml, or the case's own name]
    pub name: Option<PathBuf>,
    /// Starts from a bundled scenario; `?` lists them all
    #[arg(long, value_name = "CASE")]
    pub from: Option<String>,
}

pub fn init(args: &Init) -> Result<Exit, Failure> {
    let cases = cases();
    let wanted = args.from.as_deref().unwrap_or(FIRST);
    if wanted == "?" {
        print(&listed(&cases))?;
        return Ok(Exit::Met);
    }
    let stem = wanted.strip_suffix(".toml").unwrap_or(wanted);
    let Some(case) = cases.iter().find(|case| case.name == stem) else {
        return Err(Failure::wrong(format!(
            "error: no bundled scenario is called `{}`; nothing was written\nmend: name one of these:\n\n{}",
            wanted.escape_debug(),
            listed(&cases)
        )));
    };
    let own = if args.from.is_some() { case.name } else { "scenario" };
    let name = args.name.clone().unwrap_or_else(|| PathBuf::from(own));
    let file = if name.extension().is_some() { name } else { name.with_extension("toml") };
    let written = write(&file, case)?;
    let mut told = format!("{0} is written; run it with: drsim run {0}\n", file.display());
    for path in written {
        let _ = writeln!(told, "{} is written beside it", path.display());
    }
    print(&told)?;
    Ok(Exit::Met)
}

/// Names and what they teach.
fn listed(cases: &[Case]) -> String {
    let mut text = String::new();
    for case in cases {
        let _ = writeln!(text, "{}", case.name);
        for line in case.teaches() {
            let _ = writeln!(text, "    {line}");
        }
    }
    text
}

/// Writes the scenario and what it needs, or nothing; the files beside it that were not there.
fn write(file: &Path, case: &Case) -> Result<Vec<PathBuf>, Failure> {
    if fs::symlink_metadata(file).is_ok() {
        return Err(there_already(file));
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut missing: Vec<(PathBuf, &[u8])> = Vec::new();
    for (name, bytes) in &case.beside {
        let path = folder.join(name);
        match fs::read(&path) {
            Ok(same) if same == *bytes => {}
            Ok(_) => return Err(there_already(&path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => missing.push((path, bytes)),
            Err(error) => return Err(cannot(&path, &error)),
        }
    }
    let schema = schema::text();
    let schema_path = folder.join(SCHEMA);
    // One that is there serves an editor well enough; `drsim schema` prints a new one.
    if fs::symlink_metadata(&schema_path).is_err() {
        missing.push((schema_path, schema.as_bytes()));
    }
    // The comments tell how to run the file under its own name.
    let text = case.text.replace(&format!("scenarios/{}.toml", case.name), &file.display().to_string());
    create(file, text.as_bytes())?;
    for (path, bytes) in &missing {
        // A folder beside the scenario, such as `standin`.
        if let Some(parent) = path.parent().filter(|parent| *parent != folder) {
            fs::create_dir_all(parent).map_err(|error| cannot(parent, &error))?;
        }
        create(path, bytes)?;
    }
    Ok(missing.into_iter().map(|(path, _)| path).collect())
}

fn create(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = fs::File::create_new(path).and_then(|mut file| io::Write::write_all(&mut file, bytes));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => there_already(path),
        _ => cannot(path, &error),
    })
}

fn there_already(path: &Path) -> Failure {
    let path = path.display();
    Failure::wrong(format!(
        "error: {path} exists already; nothing was written\nmend: name another file: drsim init NAME"
    ))
}

fn cannot(path: &Path, error: &io::Error) -> Failure {
    Failure::machine(format!("error: cannot write {}: {error}", path.display()))
}
