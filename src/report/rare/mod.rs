//! What `rare` says: how likely, how sure, by which levels, and what stood in the way. One screen, Markdown, JSON.

mod json;
mod markdown;

pub use json::json;

use super::formats::json::file;
use super::formats::screen::command;
use super::formats::{Side, broken, grid, plain};
use super::gate::bottleneck_name;
use super::numbers::{NOTHING, seconds};
use crate::inventory::Inventory;
use crate::planner::findings::Verdict;
use crate::planner::rare::{Found, Level};

/// Where a search comes from and how to repeat it.
#[derive(Clone, Debug, Default)]
pub struct RareAbout {
    pub title: String,
    pub scenario_file: String,
    pub hash_hex: String,
    pub version: String,
    /// As it was asked: `sql: rpo > 6h`.
    pub event: String,
    /// What the score counts: `rpo`, `time without service`, `time that damage was hidden`.
    pub score: &'static str,
    /// The most that is allowed.
    pub at_most: Option<f64>,
    pub seed: u64,
    pub samples: usize,
    pub repetitions: u64,
    pub command: String,
    pub out_dir: Option<String>,
    /// What stood in the way, and in how many.
    pub causes: Vec<(String, u64)>,
}

const WIDTH: usize = 80;
/// Levels that the screen shows; of more, the first ones and the last.
const LEVELS: usize = 16;

impl RareAbout {
    /// Names what stood in the way.
    pub fn with_causes(mut self, found: &Found, inventory: &Inventory) -> Self {
        self.causes = found.causes.iter().map(|(own, count)| (bottleneck_name(inventory, own), *count)).collect();
        self
    }
}

/// "3.2e-5", "0.42 %".
pub(super) fn chance(share: f64) -> String {
    if share > 0.0 && share < 1e-3 { format!("{share:.1e}") } else { super::numbers::share(share) }
}

/// The first line, and a sentence on how sure it is.
fn headline(found: &Found, about: &RareAbout) -> (String, String) {
    let Some(own) = found.probability else { return not_reached(found, about) };
    let value = own.value.unwrap_or(0.0);
    let head = format!("{} in {} of such runs, one in {}", about.event, chance(value), whole(1.0 / value));
    let within = match (own.low, own.high) {
        (Some(low), Some(high)) => format!("{} to {} at 95 %", chance(low), chance(high)),
        _ => "one repetition has no interval".to_owned(),
    };
    let rests = if found.rests_on_one() {
        "; most of it comes from one of them, so the interval is not to be trusted: raise --samples"
    } else if found.has_few_samples() {
        "; with so few samples a level it tends to be too low and the interval too narrow: raise --samples"
    } else {
        ""
    };
    (head, format!("{within}, from {} repetitions{rests}", found.estimates.len()))
}

fn not_reached(found: &Found, about: &RareAbout) -> (String, String) {
    let greatest = if found.greatest >= 0.0 && found.greatest.is_finite() {
        format!("the greatest {} on the way was {}", about.score, seconds(found.greatest))
    } else {
        "nothing of the kind happened in any of them".to_owned()
    };
    let why = match found.interrupted {
        true => "interrupted before the first repetition was complete",
        false if found.levels.is_empty() && found.greatest < 0.0 => {
            "give --samples more, or write what must come first as a fact (an outage with `at`), and multiply by its probability"
        }
        false => {
            "it cannot happen here, or the way there leads through something the score does not see; try more --samples"
        }
    };
    (format!("{}: not reached", about.event), format!("{greatest}; {why}"))
}

/// What was spent, and what that is worth.
fn spent(found: &Found) -> String {
    let (runs, pilot) = (whole(found.runs as f64), whole(found.pilot_runs as f64));
    let worth = found.crude_runs.map_or_else(String::new, |crude| {
        let factor = crude / found.runs.max(1) as f64;
        format!("; {} crude ones would tell as much: {factor:.1} times as many", whole(crude))
    });
    format!("{runs} replications, {pilot} of them to pick the levels{worth}")
}

/// Against what is allowed.
fn judged(found: &Found, about: &RareAbout) -> Option<String> {
    let allowed = about.at_most?;
    let word = match found.verdict(about.at_most) {
        Verdict::Met => "MET",
        Verdict::Missed => "MISSED",
        Verdict::NotYetKnown { .. } => "NOT KNOWN YET",
    };
    Some(format!("{word}: at most {} is allowed", chance(allowed)))
}

/// "more than 1h 5m"; the last level is the event.
fn level_name(place: usize, level: &Level, found: &Found, about: &RareAbout) -> String {
    match place + 1 == found.levels.len() {
        true => about.event.clone(),
        false if level.threshold < 0.0 => "any".to_owned(),
        false => format!("more than {}", seconds(level.threshold)),
    }
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| NOTHING.into(), |share| format!("{:.0} %", 100.0 * share))
}

/// A count as people read it; two digits of what is large.
fn whole(count: f64) -> String {
    const NAMES: [(f64, &str); 3] = [(1e12, "e12"), (1e9, " billion"), (1e6, " million")];
    match NAMES.iter().find(|(from, _)| count >= *from) {
        Some((from, name)) => format!("{:.1}{name}", count / from),
        None => format!("{count:.0}"),
    }
}

/// One screen.
pub fn screen(found: &Found, about: &RareAbout) -> String {
    let (head, sure) = headline(found, about);
    let mut lines = broken(&plain(&format!("RARE: {head}")), WIDTH, 2);
    let said = judged(found, about).into_iter().chain([sure, spent(found)]);
    lines.extend(said.flat_map(|text| broken(&plain(&text), WIDTH - 2, 0)).map(|line| format!("  {line}")));
    if !found.levels.is_empty() {
        lines.push(String::new());
        lines.extend(levels(found, about));
    }
    if !about.causes.is_empty() {
        lines.push(String::new());
        lines.extend(broken(&plain(&causes(about)), WIDTH, 2));
    }
    lines.push(String::new());
    lines.extend(about.out_dir.iter().flat_map(|out| broken(&plain(&format!("files: {out}")), WIDTH, 8)));
    lines.extend(command(&plain(&about.command), WIDTH));
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn levels(found: &Found, about: &RareAbout) -> Vec<String> {
    let mut rows = vec![["level", "passed by", "moves that stood", "replications"].map(str::to_owned).to_vec()];
    let last = found.levels.len();
    for (place, level) in found.levels.iter().enumerate() {
        if place + 1 == LEVELS && last > LEVELS {
            rows.push(vec![format!("{} more levels", last - LEVELS), String::new(), String::new(), String::new()]);
        }
        if place + 1 < LEVELS || place + 1 == last {
            let name = plain(&level_name(place, level, found, about));
            rows.push(vec![name, percent(Some(level.share)), percent(level.stood), level.runs.to_string()]);
        }
    }
    grid(&rows, &[Side::Left, Side::Right, Side::Right, Side::Right], WIDTH)
}

/// "in its way: link wan down (71), cache full (9)"
fn causes(about: &RareAbout) -> String {
    let named: Vec<String> = about.causes.iter().map(|(name, count)| format!("{name} ({count})")).collect();
    format!("where it happens, what stood in the way: {}", named.join(", "))
}

/// The files of the folder by name.
pub fn files(found: &Found, about: &RareAbout) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = vec![
        ("rare.json".into(), json(found, about).into_bytes()),
        ("rare.md".into(), markdown::markdown(found, about).into_bytes()),
    ];
    let listed = files.iter().map(|(name, bytes)| file(name, bytes)).collect();
    files.push(("manifest.json".into(), json::manifest(about, listed).into_bytes()));
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::findings::{Bottleneck, Estimate};

    fn found() -> Found {
        let level = |threshold, share, stood| Level { threshold, share, stood, runs: 4_000 };
        Found {
            probability: Some(Estimate { value: Some(3.2e-5), low: Some(2.5e-5), high: Some(3.9e-5) }),
            levels: vec![level(600.0, 0.2, None), level(21_600.0, 0.1, Some(0.5))],
            estimates: vec![3e-5, 3.4e-5],
            runs: 8_400,
            pilot_runs: 400,
            greatest: 30_000.0,
            crude_runs: Some(2.5e6),
            greatest_share: 0.53,
            samples: 200,
            causes: vec![(Bottleneck::Nothing, 3)],
            interrupted: false,
            fouls: Vec::new(),
        }
    }

    fn about() -> RareAbout {
        let causes = vec![("link wan down".to_owned(), 3)];
        RareAbout { event: "sql: rpo > 6h".into(), score: "rpo", at_most: Some(1e-3), causes, ..RareAbout::default() }
    }

    #[test]
    fn the_screen_tells_how_likely_how_sure_and_what_it_was_worth() {
        let screen = screen(&found(), &about());
        for part in [
            "RARE: sql: rpo > 6h in 3.2e-5 of such runs, one in 31250",
            "MET: at most 0.10 % is allowed",
            "2.5e-5 to 3.9e-5 at 95 %, from 2 repetitions; most of it comes",
            "2.5 million crude ones",
            "more than 10m",
            "link wan down (3)",
        ] {
            assert!(screen.contains(part), "{part}\n{screen}");
        }
        assert!(screen.lines().all(|line| line.chars().count() <= WIDTH), "{screen}");
    }

    #[test]
    fn a_rough_search_has_to_end_far_below_what_is_allowed() {
        let even = Found { greatest_share: 0.2, ..found() };
        assert_eq!(even.verdict(Some(1e-4)), Verdict::Met);
        for rough in [found(), Found { samples: 199, ..even }] {
            assert!(matches!(rough.verdict(Some(1e-4)), Verdict::NotYetKnown { .. }));
            assert_eq!(rough.verdict(Some(1e-3)), Verdict::Met);
            assert_eq!(rough.verdict(Some(1e-5)), Verdict::Missed);
        }
    }

    #[test]
    fn what_was_not_reached_is_said_with_what_to_try() {
        let none = Found { probability: None, levels: Vec::new(), estimates: Vec::new(), ..found() };
        assert!(screen(&none, &about()).contains("the greatest rpo on the way was 8h 20m"));
        let nothing = Found { greatest: -1.0, ..none };
        assert!(screen(&nothing, &about()).contains("NOT KNOWN YET"));
        assert!(screen(&nothing, &about()).contains("nothing of the kind happened"));
    }

    #[test]
    fn the_files_say_the_same() {
        let files = files(&found(), &about());
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["rare.json", "rare.md", "manifest.json"]);
        let json: serde_json::Value = serde_json::from_slice(&files[0].1).expect("JSON");
        assert_eq!(json["probability"]["value"], 3.2e-5);
        assert_eq!(json["verdict"], "met");
        assert_eq!(json["levels"][1]["is_the_event"], true);
        assert!(String::from_utf8_lossy(&files[1].1).contains("| more than 10m | 20 % | – | 4000 |"));
    }
}
