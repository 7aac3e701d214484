//! Colour: on terminals, unless NO_COLOR is set; `--color` overrides both.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU8, Ordering};

use clap::ValueEnum;

/// When text to stderr is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    Auto,
    Always,
    Never,
}

static CHOSEN: AtomicU8 = AtomicU8::new(Colour::Auto as u8);

/// What the command line says; once, before anything is printed.
pub fn choose(colour: Colour) {
    CHOSEN.store(colour as u8, Ordering::Relaxed);
}

pub fn on_stderr() -> bool {
    let chosen = CHOSEN.load(Ordering::Relaxed);
    if chosen != Colour::Auto as u8 {
        return chosen == Colour::Always as u8;
    }
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
