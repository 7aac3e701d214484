//! Any bytes as a list of outages: as they were, and as a law of lengths and of distances.

#![no_main]

use libfuzzer_sys::fuzz_target;

const SOUND: &str = include_str!("../../tests/common/sound.toml");
const OUTAGES: &str = "[[outage.link-down]]\nlink = \"wan\"\nlisted = { file = \"t\", per = \"vm\", merge_within = \"1m\" }\n\
     [[outage.link-down]]\nlink = \"wan\"\nevery.empirical = { file = \"t\", end = \"end\" }\n\
     lasts.empirical = { file = \"t\", column = \"seconds\", unit = \"h\" }\n";

fuzz_target!(|bytes: &[u8]| {
    let text = format!("{SOUND}\n{OUTAGES}");
    let _ = drsim::scenario::load(&text, "s.toml", &|_| Ok(bytes.to_vec()), &[]);
});
