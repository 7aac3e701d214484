//! Scenario files: read, checked, and their faults shown.

use std::fmt::Write as _;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::cli::{Failure, colour};
use crate::scenario::{Fault, Scenario, load, render};

/// Scenario text beyond this is not a scenario.
const TEXT_MAX: u64 = 64 << 20;

/// A scenario with its text, for messages.
pub struct Loaded {
    pub scenario: Scenario,
    pub text: String,
    /// Name of the scenario: file stem, or `stdin`.
    pub name: String,
}

/// Why there is no scenario.
pub enum Refused {
    /// The file itself cannot be read.
    Unread(Box<Fault>),
    /// All faults, and the text they point into.
    Faulty { faults: Vec<Fault>, text: String },
}

impl Refused {
    /// For people: all faults with snippets.
    pub fn failure(&self) -> Failure {
        match self {
            Refused::Unread(fault) => Failure::wrong(format!("error: {}\nmend: {}", fault.wrong, fault.mend)),
            Refused::Faulty { faults, text } => {
                let (mut message, count) = (shown_faults(faults, text), faults.len());
                let _ = write!(message, "{count} fault{}; nothing was run", if count == 1 { "" } else { "s" });
                Failure::wrong(message)
            }
        }
    }
}

/// Reads and checks a scenario; all faults at once on stderr.
pub fn read(file: &Path, overrides: &[(String, String)]) -> Result<Loaded, Failure> {
    examine(file, overrides).map_err(|refused| refused.failure())
}

/// The same, with the faults as they are.
pub fn examine(file: &Path, overrides: &[(String, String)]) -> Result<Loaded, Refused> {
    let stdin = file == Path::new("-");
    let shown = if stdin { "<stdin>".to_owned() } else { file.display().to_string() };
    let text = text_of(file, stdin, &shown)?;
    let folder = if stdin { PathBuf::from(".") } else { file.parent().unwrap_or(Path::new(".")).to_owned() };
    let beside = |path: &Path| std::fs::read(folder.join(path));
    match load(&text, &shown, &beside, overrides) {
        Ok(scenario) => {
            let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
            let name = if stdin { "stdin".to_owned() } else { stem.unwrap_or_else(|| "scenario".to_owned()) };
            Ok(Loaded { scenario, text, name })
        }
        Err(faults) => Err(Refused::Faulty { faults: faults.0, text }),
    }
}

/// Faults or warnings as text, one after another.
pub fn shown_faults(faults: &[Fault], text: &str) -> String {
    let colour = colour::on_stderr();
    faults.iter().fold(String::new(), |mut shown, fault| {
        let _ = writeln!(shown, "{}", render(fault, text, colour));
        shown
    })
}

fn text_of(file: &Path, stdin: bool, shown: &str) -> Result<String, Refused> {
    let mut bytes = Vec::new();
    let read = if stdin {
        std::io::stdin().lock().take(TEXT_MAX).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|open| open.take(TEXT_MAX).read_to_end(&mut bytes))
    };
    let unread = |wrong: String, mend: &str| {
        let (file, mend) = (shown.to_owned(), mend.to_owned());
        Refused::Unread(Box::new(Fault { wrong, span: None, file, mend, note: String::new(), is_warning: false }))
    };
    read.map_err(|error| {
        unread(format!("cannot read {shown}: {error}"), "name a scenario file; `drsim init` writes one")
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        unread(format!("{shown} is not UTF-8 (byte {at})"), "save the file as UTF-8 text")
    })
}
