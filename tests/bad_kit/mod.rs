//! A case: what is done to the sound scenario, the files beside it, and what `drsim validate` says to it.
//!
//! ```text
//! A key with a typo.                        what is wrong, in one line
//! -round_trip = "18ms"                      these lines of the sound scenario ...
//! +rond_trip = "18ms"                       ... become these; lines without a `-` go to the end
//! ==== t.csv                                a file beside it; `scenario.toml` stands for the whole of it
//! vm,w
//! ==== u.csv (escaped)                      the same with `\x..`, `\n` and `\\`, where bytes matter
//! ==== --set                                overrides, one a line
//! ==== says                                 the answer to the last letter
//! ```

#[cfg(target_os = "linux")]
mod big;
pub mod sentences;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub const SOUND: &str = include_str!("../common/sound.toml");
const SCENARIO: &str = "scenario.toml";

pub struct Case {
    pub name: String,
    /// Everything above the answer, as written.
    told: String,
    says: String,
    edits: Vec<(Vec<String>, Vec<String>)>,
    files: Vec<(String, Vec<u8>)>,
    sets: Vec<String>,
}

impl Case {
    /// Every case of a folder below `tests/`, by name.
    pub fn all(folder: &str) -> Vec<Case> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
        let entries = std::fs::read_dir(&folder).expect("the folder of cases is there");
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        paths.iter().map(|path| Case::read(path)).collect()
    }

    fn read(path: &Path) -> Case {
        let text = std::fs::read_to_string(path).expect("a case is text");
        let (told, says) = text.split_once("==== says\n").expect("a case has an answer, be it empty");
        let name = path.file_stem().expect("a case has a name").to_string_lossy().into_owned();
        let (edits, files, sets) = (Vec::new(), Vec::new(), Vec::new());
        let mut case = Case { name, told: told.into(), says: says.into(), edits, files, sets };
        let mut parts = told.split("==== ");
        let head = parts.next().unwrap_or_default();
        case.edits = head.split("\n\n").map(edit).filter(|(old, new)| old.len() + new.len() > 0).collect();
        for part in parts {
            let (title, content) = part.split_once('\n').expect("a part has a title");
            match (title, title.strip_suffix(" (escaped)")) {
                ("--set", _) => case.sets = content.lines().map(str::to_owned).collect(),
                (_, Some(name)) => case.files.push((name.into(), unescaped(content))),
                (name, None) => case.files.push((name.into(), content.into())),
            }
        }
        case
    }

    fn scenario(&self) -> String {
        self.edits.iter().fold(SOUND.to_owned(), |text, (old, new)| {
            let (old, new) = (lines(old), lines(new));
            if old.is_empty() {
                return format!("{text}\n{new}");
            }
            assert_eq!(text.matches(&old).count(), 1, "{}: `{old}` must stand once in the scenario", self.name);
            text.replacen(&old, &new, 1)
        })
    }

    /// Exit code and answer, from a folder of its own.
    pub fn run(&self) -> (Option<i32>, String) {
        let folder = std::env::temp_dir().join(format!("drsim-case-{}-{}", self.name, std::process::id()));
        std::fs::create_dir_all(&folder).expect("a scratch folder can be made");
        std::fs::write(folder.join(SCENARIO), self.scenario()).expect("the scratch folder can be written");
        for (name, bytes) in &self.files {
            std::fs::write(folder.join(name), bytes).expect("the scratch folder can be written");
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_drsim"));
        command.args(["validate", SCENARIO]).args(self.sets.iter().flat_map(|set| ["--set", set]));
        let output = command.current_dir(&folder).stdin(Stdio::null()).output().expect("drsim starts");
        let _ = std::fs::remove_dir_all(&folder);
        let (talk, data) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
        (output.status.code(), format!("{talk}{data}"))
    }

    /// What differs from what is kept; with `DRSIM_ACCEPT=1` it is kept from now on.
    pub fn compare(&self, folder: &str, wanted: i32) -> Result<(), String> {
        let (code, says) = self.run();
        if code != Some(wanted) {
            return Err(format!("{}: exit code {code:?}, not {wanted}:\n{says}", self.name));
        }
        if says != self.says && std::env::var_os("DRSIM_ACCEPT").is_some() {
            let path = format!("{}/tests/{folder}/{}.txt", env!("CARGO_MANIFEST_DIR"), self.name);
            std::fs::write(path, format!("{}==== says\n{says}", self.told)).expect("the case can be written");
        } else if says != self.says {
            let mut shown = format!("{}: the answer has changed (DRSIM_ACCEPT=1 keeps it)\n", self.name);
            let _ = write!(shown, "---- was\n{}---- is\n{says}", self.says);
            return Err(shown);
        }
        Ok(())
    }

    pub fn says(&self) -> &str {
        &self.says
    }
}

fn edit(text: &str) -> (Vec<String>, Vec<String>) {
    let with = |mark: char| text.lines().filter_map(|line| line.strip_prefix(mark)).map(str::to_owned).collect();
    (with('-'), with('+'))
}

fn lines(lines: &[String]) -> String {
    lines.iter().fold(String::new(), |text, line| text + line + "\n")
}

/// `\xNN`, `\n` and `\\`; the line breaks of the case itself do not count.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes().filter(|byte| *byte != b'\n');
    while let Some(byte) = rest.next() {
        match (byte, byte == b'\\') {
            (byte, false) => bytes.push(byte),
            (_, true) => match rest.next() {
                Some(b'x') => {
                    let digits: Vec<u8> = rest.by_ref().take(2).collect();
                    let digits = String::from_utf8(digits).expect("two digits");
                    bytes.push(u8::from_str_radix(&digits, 16).expect("two hexadecimal digits"));
                }
                Some(b'n') => bytes.push(b'\n'),
                Some(other) => bytes.push(other),
                None => {}
            },
        }
    }
    bytes
}
