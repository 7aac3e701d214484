//! What hardly ever happens, whole: against a closed form, against crude counting, and as a user meets it.

mod cli_kit;
mod common;

use std::sync::atomic::AtomicBool;

use cli_kit::{Scratch, code, err, out};
use common::{Story, two_stamps};
use drsim::contract::Fact;
use drsim::planner::rare::{Event, Happening, Search, Splitting};
use drsim::planner::{Runner, Sample};
use drsim::simulation::{Setup, run};
use drsim::units::{Duration, Timestamp};
use drsim::world::Luck;
use serde_json::Value;

const HOUR: f64 = 3_600.0;
/// Mean time up and down, and length of the run [h].
const UP: f64 = 24.0;
const DOWN: f64 = 1.0 / 3.0;
const LASTS: f64 = 240.0;

/// One quiet machine behind a link that is cut now and then.
fn scenario() -> String {
    let run = "[run]\nlasts = \"240h\"\nsettle = \"6h\"\nseed = 3\nreplications = 4";
    two_stamps(run)
        + r#"
[vms.erp]
count = 1
on = "east"
os = "linux"
size = "Standard_DS2_v2"
disks = ["10 GiB"]
churn.steady = { rate = "20 KiB/s" }
[protect.erp]
policy = "gold"
appliance = "a1"
to = { stamp = "west", subscription = "prod", network = "dr" }
[[outage.link-down]]
link = "wan"
every.exponential = { mean = "24h" }
lasts.exponential = { mean = "20m" }
"#
}

fn setup() -> Setup {
    Story::of(&scenario()).scenario.setup
}

/// Longest stretch without the link, as far as the run lasts [h].
fn longest(setup: &Setup, luck: &Luck) -> f64 {
    let (mut began, mut longest) = (None, 0.0_f64);
    let end = Timestamp::START + setup.lasts;
    run(setup, luck.clone(), &mut |at, fact| match fact {
        Fact::OutageBegan { .. } => began = Some(at),
        Fact::OutageEnded { .. } => {
            longest = longest.max(began.take().map_or(0.0, |from| at.since(from).secs_f64()));
        }
        _ => {}
    });
    longest.max(began.map_or(0.0, |from: Timestamp| end.since(from).secs_f64())) / HOUR
}

/// Mean number of outages begun in `t` hours: up and down by turns, up at first.
fn begun_by(t: f64) -> f64 {
    let (fails, mends) = (1.0 / UP, 1.0 / DOWN);
    let up = mends / (fails + mends);
    fails * (up * t + (1.0 - up) / (fails + mends) * (1.0 - (-(fails + mends) * t).exp()))
}

/// An outage of more than x begins before T − x: one in four thousand, through world, link and calendar as they are.
#[test]
fn the_longest_cut_of_a_link_has_its_closed_form() {
    let (setup, x) = (setup(), 3.5);
    let truth = begun_by(LASTS - x) * (-x / DOWN).exp();
    assert!((2.6e-4..2.8e-4).contains(&truth), "{truth:e}");
    let score = |luck: &Luck| Some(longest(&setup, luck));
    let splitting = Splitting { seed: 1, samples: 200, score: &score };
    let pilot = splitting.pilot(x).expect("nobody stops it");
    let one = |number| splitting.repetition(number, &pilot).expect("nobody stops it").probability(pilot.levels.len());
    let found: Vec<f64> = (1..=16).map(one).collect();
    let mean = found.iter().sum::<f64>() / 16.0;
    let deviation = (found.iter().map(|own| (own - mean).powi(2)).sum::<f64>() / 15.0 / 16.0).sqrt();
    println!("{mean:e} ± {deviation:e}, truth {truth:e}");
    assert!((mean - truth).abs() < 4.0 * deviation, "{mean:e} ± {deviation:e}, truth {truth:e}");
    assert!(deviation < 0.5 * truth, "{mean:e} ± {deviation:e}");
}

/// What can be counted is found as often as it is counted.
#[test]
fn an_rpo_over_two_hours_is_found_as_often_as_crude_counting_finds_it() {
    let (setup, stop) = (setup(), AtomicBool::new(false));
    let event = Event { what: Happening::RpoOverTime(Duration::minutes(125)), whose: vec![true] };
    let mut sample = Sample::default();
    Runner { setup: &setup, seed: 77, threads: 0, stop: &stop, done: &|| () }.more(3_000, &mut sample);
    let hits = sample.outcomes.iter().filter(|own| event.score(own) > event.threshold()).count();
    let crude = hits as f64 / 3_000.0;
    let error = (crude * (1.0 - crude) / 3_000.0).sqrt();
    let search = Search {
        setup: &setup,
        event: &event,
        seed: 78,
        samples: 100,
        repetitions: 16,
        threads: 0,
        stop: &stop,
        done: &|| (),
    };
    let found = search.run();
    let own = found.probability.expect("it happens");
    let (mean, half) = (own.value.expect("known"), (own.high.expect("known") - own.low.expect("known")) / 2.0);
    println!("crude {crude:e} ± {error:e}, found {mean:e} ± {half:e} (95 %)");
    assert!((0.003..0.04).contains(&crude), "{crude}");
    let apart = (error.powi(2) + (half / 2.0).powi(2)).sqrt();
    assert!((mean - crude).abs() < 4.0 * apart, "crude {crude:e} ± {error:e}, found {mean:e} ± {half:e}");
    // The bottleneck is named where the scenario has an RPO target, by which ages are violations; here it has none.
    assert!(found.levels.len() > 1 && found.causes.is_empty());
}

#[test]
fn the_command_says_how_likely_it_is_whatever_the_threads() {
    let scratch = Scratch::new("rare");
    std::fs::write(scratch.0.join("s.toml"), scenario()).expect("written");
    let of = |samples: &str, more: &[&str]| {
        let all = ["rare", "s.toml", "--event", "erp: rpo_over_time > 90m", "--samples", samples, "--repetitions", "4"];
        scratch.drsim(&[&all[..], more].concat())
    };
    let ask = |more: &[&str]| of("20", more);
    let one = ask(&["--threads", "1", "--json"]);
    let two = ask(&["--threads", "3", "--json", "--out", "found"]);
    assert_eq!(out(&one), out(&two), "{}", err(&one));
    let found: Value = serde_json::from_str(&out(&one)).expect("JSON");
    assert!(found["probability"]["value"].as_f64().is_some_and(|own| own > 0.0 && own < 0.5), "{found}");
    assert_eq!(std::fs::read_to_string(scratch.0.join("found/rare.json")).expect("written"), out(&two));
    assert!(scratch.0.join("found/rare.md").exists());

    let missed = ask(&["--at-most", "1e-9"]);
    assert!(out(&missed).starts_with("RARE: erp: rpo_over_time > 90m"), "{}", out(&missed));
    assert!(matches!(code(&missed), Some(1 | 3)), "its interval is above, or reaches down to nothing");
    assert_eq!(code(&ask(&["--at-most", "99 %"])), Some(3), "so few samples are rough");
    assert_eq!(code(&of("200", &["--at-most", "99 %"])), Some(0));
}

#[test]
fn what_is_no_event_is_refused_and_what_is_not_reached_is_not_known() {
    let scratch = Scratch::new("rare-wrong");
    std::fs::write(scratch.0.join("s.toml"), scenario()).expect("written");
    let ask =
        |event: &str| scratch.drsim(&["rare", "s.toml", "--event", event, "--samples", "20", "--repetitions", "2"]);
    for (event, cure) in [("erb: rpo > 1h", "erp"), ("rpo > soon", "no clean point"), ("backlog > 1h", "rpo_over_time")]
    {
        let output = ask(event);
        assert_eq!(code(&output), Some(2), "{event}: {}", err(&output));
        assert!(err(&output).contains(cure), "{event}: {}", err(&output));
    }
    // Nothing is ever lost here.
    let output = ask("erp: rto > 1h");
    assert_eq!(code(&output), Some(3), "{}", err(&output));
    assert!(out(&output).contains("not reached") && out(&output).contains("nothing of the kind"), "{}", out(&output));
}
