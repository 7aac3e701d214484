//! An import as a planner does it: files in a scratch folder, the program, and what it wrote.

#![allow(dead_code, reason = "each test file is a crate of its own and uses what it needs of this module")]

#[path = "../cli_kit/mod.rs"]
pub mod cli;

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use cli::{Scratch, code, err, out};

/// Files in a folder, and an import of them.
pub struct Desk {
    pub here: Scratch,
}

impl Desk {
    pub fn with(name: &str, files: &[(&str, &[u8])]) -> Desk {
        let here = Scratch::new(&format!("import-{name}"));
        for (file, bytes) in files {
            let path = here.0.join(file);
            fs::create_dir_all(path.parent().expect("it lies in the scratch folder")).expect("a folder can be made");
            fs::write(path, bytes).expect("the scratch folder can be written");
        }
        Desk { here }
    }

    pub fn try_import(&self, arguments: &[&str]) -> Output {
        let all: Vec<&str> = ["import"].iter().chain(arguments).copied().collect();
        self.here.drsim(&all)
    }

    /// Imports, and expects that the scenario is good and runs.
    pub fn import(&self, arguments: &[&str]) -> Imported<'_> {
        let output = self.try_import(arguments);
        assert_eq!(code(&output), Some(0), "{}{}", out(&output), err(&output));
        let imported = Imported { desk: self, told: err(&output), printed: out(&output) };
        let checked = self.here.drsim(&["validate", "imported/scenario.toml"]);
        assert_eq!(code(&checked), Some(0), "{}{}", out(&checked), err(&checked));
        imported
    }

    /// The error of an import that is refused with exit code 2; nothing is left behind.
    pub fn refused(&self, arguments: &[&str]) -> String {
        let output = self.try_import(arguments);
        assert_eq!(code(&output), Some(2), "{}{}", out(&output), err(&output));
        assert!(!self.here.0.join("imported").exists(), "nothing is written");
        let message = err(&output);
        assert!(message.contains("\nmend: "), "a cure: {message}");
        message
    }
}

/// What an import wrote.
pub struct Imported<'d> {
    desk: &'d Desk,
    pub told: String,
    pub printed: String,
}

impl Imported<'_> {
    pub fn file(&self, name: &str) -> String {
        let path = self.desk.here.0.join("imported").join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}; there: {}", path.display(), self.printed))
    }

    pub fn scenario(&self) -> String {
        self.file("scenario.toml")
    }

    /// Rows of the only file that begins with `stem`, without the head.
    pub fn rows(&self, stem: &str) -> Vec<Vec<String>> {
        let folder = fs::read_dir(self.desk.here.0.join("imported")).expect("it was written");
        let names = folder.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned());
        let mut rows = Vec::new();
        let mut found: Vec<String> = names.filter(|name| name.starts_with(stem)).collect();
        found.sort();
        assert!(!found.is_empty(), "no file {stem}*: {}", self.printed);
        for name in found {
            let text = self.file(&name);
            rows.extend(text.lines().skip(1).map(|line| line.split(',').map(str::to_string).collect()));
        }
        rows
    }

    /// Known rates of one machine [bytes/s], in the order of time.
    pub fn rates(&self, vm: &str) -> Vec<u64> {
        let rows = self.rows("churn-");
        rows.iter().filter(|row| row[0] == vm).map(|row| row[2].parse().expect("a rate")).collect()
    }

    /// Runs it twice over; the run must come to a verdict, whichever.
    pub fn runs(&self) {
        let output = self.desk.here.drsim(&["run", "imported/scenario.toml", "--replications", "2", "--quiet"]);
        assert!(matches!(code(&output), Some(0 | 1 | 3)), "{}{}", out(&output), err(&output));
    }

    pub fn said(&self, what: &str) {
        assert!(self.told.contains(what), "`{what}` was not said:\n{}", self.told);
    }
}

/// Rows of the same shape.
pub fn rows(head: &str, count: u64, row: impl Fn(u64) -> String) -> Vec<u8> {
    let mut text = String::from(head);
    for number in 0..count {
        text.push_str(&row(number));
        text.push('\n');
    }
    text.into_bytes()
}

/// Measured data beside the project; `None`, said, where it is not there.
pub fn measured(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: no measured data at ../shared/data/{name}");
    None
}
