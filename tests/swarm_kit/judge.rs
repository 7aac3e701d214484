//! The judge: lives a life and says what is wrong with it.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};

use drsim::units::{Duration, Timestamp};

use super::Life;
use super::{accounts, rest};
use crate::common::Story;
use drsim::contract::Fact;

thread_local! {
    static PANICKED: RefCell<String> = const { RefCell::new(String::new()) };
    /// A life is being lived on this thread.
    static LIVES: Cell<bool> = const { Cell::new(false) };
}

/// Panics of lives become findings; they are not printed.
pub fn listen_to_panics() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or(String::new(), |place| format!(" at {}:{}", place.file(), place.line()));
        let payload = info.payload();
        let text =
            payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let what = text.unwrap_or("no message");
        PANICKED.with_borrow_mut(|last| *last = format!("panicked: {what}{place}"));
        if !LIVES.get() {
            eprintln!("panicked: {what}{place}");
        }
    }));
}

/// Number of facts of a sound life, or what is wrong with it. `twice`: it must be the same life when it is lived again.
pub fn judge(life: &Life, twice: bool) -> Result<usize, Vec<String>> {
    let story = live(&life.text)?;
    let mut fouls = story.end.fouls.clone();
    if life.calm.is_some_and(|calm| calm_span(&story) >= calm) {
        fouls.extend(rest::unrest(&story));
        if fouls.is_empty() {
            fouls.extend(accounts::fouls(&story));
        }
    }
    if fouls.is_empty() && twice && live(&life.text)?.end != story.end {
        fouls.push("it is not repeatable".into());
    }
    if fouls.is_empty() { Ok(story.facts.len()) } else { Err(fouls) }
}

fn live(text: &str) -> Result<Story, Vec<String>> {
    LIVES.set(true);
    let lived = panic::catch_unwind(AssertUnwindSafe(|| Story::with_fouls(text, 0)));
    LIVES.set(false);
    lived.map_err(|_| vec![PANICKED.with_borrow(String::clone)])
}

/// How long before the end the last outage began or ended, and the last scripted order was given.
fn calm_span(story: &Story) -> Duration {
    let setup = &story.scenario.setup;
    let outage = |fact: &Fact| matches!(fact, Fact::OutageBegan { .. } | Fact::OutageEnded { .. });
    let struck = story.facts.iter().rev().find(|(_, fact)| outage(fact)).map(|(at, _)| *at);
    let ordered = setup.script.last().map(|(at, _)| *at);
    let last = struck.max(ordered).unwrap_or(Timestamp::START);
    (Timestamp::START + setup.lasts).saturating_since(last)
}
