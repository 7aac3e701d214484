//! A plan: 250 machines over 60 days, a link, a cache and a number of appliances to 5 %, with what lies around the answer. Numbers: replications,
//! seconds, seconds of a processor.
//!
//! `cargo bench --bench plan` (add `-- N` for at most so many replications of a value, `-- N PERCENT` for the overflows that are allowed,
//! of which 5 need 60 replications and 10 need 30). What it printed: docs/speed.md.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use cpu_time::ProcessTime;
use drsim::planner::sizing::{Lab, answers, questions, with_implied};
use drsim::scenario::load;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let number =
        |place: usize, otherwise: u64| words.get(place).and_then(|word| word.parse().ok()).unwrap_or(otherwise);
    let (at_most, percent) = (number(0, 60), number(1, 5));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let text = std::fs::read_to_string(folder.join("standin-fleet.toml")).expect("bundled");
    let sets = [
        ("run.lasts", "60d".to_owned()),
        ("run.settle", "14d".to_owned()),
        ("target.0.must", "[\"p99(rpo_over_time) <= 1h\", \"p95(rto) <= 12h\"]".to_owned()),
        ("target.1.must", format!("\"prob(overflow) <= {percent} %\"")),
    ];
    let sets: Vec<(String, String)> = sets.map(|(path, value)| (path.to_owned(), value)).into();
    let read = |file: &Path| std::fs::read(folder.join(file));
    let scenario = load(&text, "plan.toml", &read, &sets).unwrap_or_else(|faults| panic!("{faults}"));
    let asked = questions(&scenario.setup, &scenario.questions);
    let knobs: Vec<_> = asked.iter().flatten().cloned().collect();
    let (setup, _) = with_implied(&scenario.setup, &knobs);
    let (begun, worked) = (Instant::now(), ProcessTime::now());
    let stop = AtomicBool::new(false);
    let mut lab = Lab::new(&setup, (scenario.seed, 2, at_most), &stop, &|| {});
    let found = answers(&mut lab, &asked, true, &|_| {});
    let (took, worked) = (begun.elapsed(), worked.elapsed());
    for sizing in &found.questions {
        let values: Vec<u64> = sizing.knobs.iter().map(|own| own.value).collect();
        println!("{:?}: {values:?}", sizing.verdict());
    }
    println!("{} replications in {took:.1?}, {worked:.1?} of a processor", found.ran);
}
