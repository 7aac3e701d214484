//! The bundled scenarios, as packed into the program by `build.rs`: what each teaches, and the files it needs beside it.
//!
//! A scenario whose files are not all in the package (it reads data beside the project) is not offered.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use crate::scenario::load;

/// Name relative to `scenarios/`, and content.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));

/// A bundled scenario that runs from the package alone.
pub struct Case {
    /// `04-cache-overflow`.
    pub name: &'static str,
    pub text: &'static str,
    /// Names, relative to the scenario, and contents of the files it reads.
    pub beside: Vec<(&'static str, &'static [u8])>,
}

impl Case {
    /// What it teaches: the first comment of the file, its lines bare.
    pub fn teaches(&self) -> Vec<&'static str> {
        let lines = self.text.lines().skip_while(|line| line.starts_with("#:") || line.is_empty());
        lines.map_while(|line| line.strip_prefix("# ")).collect()
    }
}

/// All of them, by name.
pub fn cases() -> Vec<Case> {
    FILES.iter().filter_map(|(file, bytes)| case(file.strip_suffix(".toml")?, bytes)).collect()
}

fn case(name: &'static str, bytes: &'static [u8]) -> Option<Case> {
    let text = std::str::from_utf8(bytes).ok()?;
    let wanted = RefCell::new(BTreeSet::new());
    let read = |path: &Path| {
        let found = FILES.iter().find(|(file, _)| Path::new(file) == path).ok_or(io::ErrorKind::NotFound)?;
        wanted.borrow_mut().insert(*found);
        Ok(found.1.to_vec())
    };
    load(text, name, &read, &[]).ok()?;
    Some(Case { name, text, beside: wanted.into_inner().into_iter().collect() })
}
