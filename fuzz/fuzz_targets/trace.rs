//! Any bytes as a trace, of one machine and of a whole fleet, in both encodings.

#![no_main]

use libfuzzer_sys::fuzz_target;

const SOUND: &str = include_str!("../../tests/common/sound.toml");
const STEADY: &str = "churn.steady = { rate = \"300 KiB/s\" }";

fuzz_target!(|bytes: &[u8]| {
    for encoding in ["utf-8", "windows-1252"] {
        let keys = format!("file = \"t\", encoding = \"{encoding}\", every = \"5m\", unit = \"KiB/s\", column = \"w\"");
        let one = SOUND.replace(STEADY, &format!("churn.trace = {{ {keys}, vm = 17 }}"));
        let each = SOUND.replace(STEADY, &format!("each_from_trace = {{ {keys} }}")).replace("count = 2\n", "");
        for text in [one, each] {
            let _ = drsim::scenario::load(&text, "s.toml", &|_| Ok(bytes.to_vec()), &[]);
        }
    }
});
