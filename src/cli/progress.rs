//! Progress: on a terminal only, on stderr only. And Ctrl-C: nothing new begins, what is complete is kept.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::cli::{Failure, say};

/// A bar with rate and remaining time; silent when asked or when stderr is no terminal.
pub fn bar(total: u64, quiet: bool) -> ProgressBar {
    drawn(Some(total), "{bar:24} {pos}/{len} replications, {per_sec:.1}, {left}", quiet)
}

/// For a search: what is asked, and about how many replications it takes; [`expected`] corrects that as it goes on.
pub fn search(quiet: bool) -> ProgressBar {
    drawn(None, "{spinner} {msg}: {pos} of about {len} replications, {per_sec:.1}, about {left}", quiet)
}

/// So many replications are probably still to be run.
pub fn expected(bar: &ProgressBar, ahead: u64) {
    bar.set_length(bar.position().saturating_add(ahead));
}

fn drawn(total: Option<u64>, template: &str, quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    // Before the first one is complete nobody knows how long they take.
    let left = |state: &ProgressState, to: &mut dyn std::fmt::Write| {
        let _ = match state.pos() {
            0 => write!(to, "no time known"),
            _ => write!(to, "{:#} left", HumanDuration(Duration::from_secs(state.eta().as_secs()))),
        };
    };
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).with_key("left", left);
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr()).with_style(style);
    bar.tick();
    bar
}

/// A flag that Ctrl-C sets, and a request to end (SIGTERM, SIGHUP); a second one ends the program at once.
pub fn stop_on_interrupt() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(super::Exit::Interrupted as i32);
        }
        say("\nstopping: replications that run are finished and kept; press Ctrl-C again to drop everything\n");
    })
    .map_err(|error| Failure::machine(format!("error: cannot listen for Ctrl-C: {error}")))?;
    Ok(stop)
}
