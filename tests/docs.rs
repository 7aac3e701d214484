//! Every command in the documentation is run, in a copy of the folder where a reader would type it.
//!
//! ```text
//! ```sh                                  each line is a command; `# exit 1` names its exit code, `# not run: why` leaves it out, visibly
//! drsim run office.toml   # exit 1
//! ```
//! ```text                                directly behind it: each line stands in what the commands printed, `…` stands for anything
//! ```
//! ```
//!
//! `cargo run --release -- ARGS` is `drsim ARGS`; other cargo commands are not run from within a test: what they name must exist.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Copies a folder, but not what was built or reported there.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a scratch folder can be made");
    for entry in fs::read_dir(from).expect("readable").map(|entry| entry.expect("an entry")) {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            copy(&path, &to.join(&name));
        } else {
            fs::copy(&path, to.join(&name)).expect("a file can be copied");
        }
    }
}

/// All pages, relative to the root.
fn pages() -> Vec<PathBuf> {
    let (mut pages, mut folders) =
        (vec![PathBuf::from("README.md")], vec![root().join("docs"), root().join("scenarios")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("readable").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|ending| ending == "md") {
                pages.push(entry.strip_prefix(root()).expect("below it").to_owned());
            }
        }
    }
    pages.sort();
    pages
}

/// A fenced block: its language and its lines.
struct Block<'t> {
    language: &'t str,
    lines: Vec<&'t str>,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<Block<'_>> = None;
    for line in text.lines() {
        match (line.trim_start().strip_prefix("```"), open.take()) {
            (Some(language), None) => open = Some(Block { language: language.trim(), lines: Vec::new() }),
            (Some(_), Some(block)) => blocks.push(block),
            (None, Some(mut block)) => {
                block.lines.push(line);
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    blocks
}

/// The words of a command line as a shell splits them: quotes hold together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), letter) => word.get_or_insert_default().push(letter),
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (None, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// What a comment behind a command says.
fn exit_code(comment: &str) -> i32 {
    let after = comment.split("exit ").nth(1).and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    after.and_then(|code| code.parse().ok()).unwrap_or(0)
}

/// Runs one line in `folder`; returns what it printed, or what is wrong with it.
fn run(line: &str, folder: &Path) -> Result<String, String> {
    let (command, comment) = match line.find(" #") {
        Some(at) => (line[..at].trim(), &line[at..]),
        None => (line.trim(), ""),
    };
    if command.is_empty() || command.starts_with('#') {
        return Ok(String::new());
    }
    if let Some(why) = comment.split("not run: ").nth(1) {
        eprintln!("SKIPPED: {command}: {why}");
        return Ok(String::new());
    }
    let words = words(command);
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    while words.first().is_some_and(|word| word.contains('=') && word.starts_with("DRSIM_")) {
        words.remove(0);
    }
    match words.as_slice() {
        ["drsim", arguments @ ..] | ["cargo", "run", "--release", "--", arguments @ ..] => {
            drsim(arguments, exit_code(comment), folder)
        }
        ["cargo", "test" | "bench" | "run" | "build" | "install", rest @ ..] => named(rest),
        ["python3", file, ..] if root().join(file).is_file() => Ok(String::new()),
        _ => Err(format!("`{command}`: this test does not know how to try it")),
    }
}

fn drsim(arguments: &[&str], expected: i32, folder: &Path) -> Result<String, String> {
    let done =
        Command::new(env!("CARGO_BIN_EXE_drsim")).args(arguments).current_dir(folder).output().expect("it starts");
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    match done.status.code() {
        Some(code) if code == expected => Ok(said),
        code => Err(format!("drsim {}: exit {code:?}, not {expected}\n{said}", arguments.join(" "))),
    }
}

/// What a cargo command names is there.
fn named(words: &[&str]) -> Result<String, String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    for pair in words.windows(2) {
        let there = match pair[0] {
            "--test" => {
                root().join(format!("tests/{}.rs", pair[1])).is_file() || root().join("tests").join(pair[1]).is_dir()
            }
            "--bench" => manifest.contains(&format!("name = \"{}\"", pair[1])),
            "--example" => root().join(format!("examples/{}.rs", pair[1])).is_file(),
            _ => true,
        };
        if !there {
            return Err(format!("there is no {} {}", pair[0], pair[1]));
        }
    }
    Ok(String::new())
}

/// Whether `printed` has `line`; `…` in it stands for anything.
fn stands_in(line: &str, printed: &str) -> bool {
    let parts: Vec<&str> = line.split('…').map(str::trim).filter(|part| !part.is_empty()).collect();
    let has = |candidate: &str| {
        let mut rest = candidate;
        parts.iter().all(|part| rest.find(part).map(|at| rest = &rest[at + part.len()..]).is_some())
    };
    printed.lines().any(has)
}

/// Tries one page; all that is wrong with it.
fn tried(page: &Path, scratch: &Path) -> Vec<String> {
    let text = fs::read_to_string(root().join(page)).expect("a page can be read");
    let home = scratch.join(page.parent().unwrap_or(Path::new("")));
    let scenario = |folder: &Path| {
        let mut entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.any(|entry| entry.path().extension().is_some_and(|ending| ending == "toml"))
    };
    // A page beside a scenario is read there; all others speak from the root.
    let folder = if page.starts_with("docs") && scenario(&home) { home } else { scratch.to_owned() };
    let (mut wrong, mut printed) = (Vec::new(), None::<String>);
    for block in blocks(&text) {
        match (block.language, printed.take()) {
            ("sh", _) => {
                let mut said = String::new();
                for line in block.lines {
                    match run(line, &folder) {
                        Ok(text) => said.push_str(&text),
                        Err(why) => wrong.push(format!("{}: {why}", page.display())),
                    }
                }
                printed = Some(said);
            }
            ("text", Some(said)) if !said.is_empty() => {
                let missing = block.lines.iter().filter(|line| !line.trim().is_empty() && !stands_in(line, &said));
                wrong.extend(missing.map(|line| format!("{}: nothing printed `{line}`:\n{said}", page.display())));
            }
            _ => {}
        }
    }
    wrong
}

#[test]
fn every_command_in_the_documentation_does_what_it_says() {
    let scratch = std::env::temp_dir().join(format!("drsim-docs-{}", std::process::id()));
    for folder in ["docs", "scenarios"] {
        copy(&root().join(folder), &scratch.join(folder));
    }
    let pages = pages();
    assert!(pages.len() > 5, "{pages:?}");
    let wrong: Vec<String> = pages.iter().flat_map(|page| tried(page, &scratch)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    fs::remove_dir_all(&scratch).expect("the scratch folder goes");
}

/// Links between pages lead somewhere.
#[test]
fn every_link_to_a_file_leads_to_one() {
    let mut wrong = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(root().join(&page)).expect("a page can be read");
        let here = root().join(page.parent().unwrap_or(Path::new("")));
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or("");
            let outside = link.contains("://") || file.is_empty() || link.contains(' ');
            if !outside && !here.join(file).exists() {
                wrong.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_command_is_split_as_a_shell_does() {
    assert_eq!(
        words(r#"drsim run a.toml --set link.wan.bandwidth="40 Mbit/s""#).last().map(String::as_str),
        Some("link.wan.bandwidth=40 Mbit/s")
    );
    assert_eq!((exit_code(" # exit 3: not known"), exit_code(" # fine")), (3, 0));
    assert!(stands_in("✗ all: … 1h", "x\n✗ all: p99  3h  <= 1h") && !stands_in("✓ … 1h", "x\n✗ all: 1h"));
}
