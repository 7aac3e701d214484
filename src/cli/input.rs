//! Scenario files: read, checked, and their faults shown.

use std::fmt::Write as _;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use crate::cli::Failure;
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

/// Reads and checks a scenario; all faults at once on stderr.
pub fn read(file: &Path, overrides: &[(String, String)]) -> Result<Loaded, Failure> {
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
        Err(faults) => {
            let mut message = shown_faults(&faults.0, &text);
            let count = faults.0.len();
            let _ = write!(message, "{count} fault{}; nothing was run", if count == 1 { "" } else { "s" });
            Err(Failure::wrong(message))
        }
    }
}

/// Faults or warnings as text, one after another.
pub fn shown_faults(faults: &[Fault], text: &str) -> String {
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    faults.iter().fold(String::new(), |mut shown, fault| {
        let _ = writeln!(shown, "{}", render(fault, text, colour));
        shown
    })
}

fn text_of(file: &Path, stdin: bool, shown: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = if stdin {
        std::io::stdin().lock().take(TEXT_MAX).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|open| open.take(TEXT_MAX).read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        Failure::wrong(format!(
            "error: cannot read {shown}: {error}\nmend: name a scenario file; `drsim init` writes one"
        ))
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::wrong(format!("error: {shown} is not UTF-8 (byte {at})\nmend: save the file as UTF-8 text"))
    })
}
