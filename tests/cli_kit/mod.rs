//! The program as users run it: in a scratch folder of its own.

#![allow(dead_code, reason = "each test file is a crate of its own and uses what it needs of this module")]

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

pub const FIRST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/00-first.toml");

/// A folder that goes away with the test.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Scratch {
        let folder = std::env::temp_dir().join(format!("drsim-cli-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a scratch folder can be made");
        Scratch(folder)
    }

    pub fn drsim(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("drsim starts")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drsim"));
        command.args(arguments).current_dir(&self.0).stdin(Stdio::null()).env_remove("NO_COLOR");
        command
    }

    /// The first scenario with other words in it, as a file here.
    pub fn scenario(&self, name: &str, changes: &[(&str, &str)]) -> String {
        let mut text = std::fs::read_to_string(FIRST).expect("the first scenario is bundled");
        for (old, new) in changes {
            assert!(text.contains(old), "the first scenario has no `{old}`");
            text = text.replace(old, new);
        }
        std::fs::write(self.0.join(name), text).expect("the scratch folder can be written");
        name.to_owned()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

pub fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
