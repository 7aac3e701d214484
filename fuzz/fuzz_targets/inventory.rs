//! Any bytes as an inventory with daily curves and distinct shares.

#![no_main]

use libfuzzer_sys::fuzz_target;

const SOUND: &str = include_str!("../../tests/common/sound.toml");
const FROM: &str = "from = { inventory = \"t\", disk = [\"w\", \"d\"], unit = \"GiB\", split_at = \"512 GiB\", \
     unique = [{ window = \"30m\", written = \"w\", unique = \"d\" }], \
     daily = { mean = \"w\", peak = \"d\", peak_at = \"at\", unit = \"KiB/s\" } }";

fuzz_target!(|bytes: &[u8]| {
    let text = SOUND
        .replace("count = 2", FROM)
        .replace("disks = [\"128 GiB\", \"256 GiB\"]\n", "")
        .replace("churn.steady = { rate = \"300 KiB/s\" }\n", "");
    let _ = drsim::scenario::load(&text, "s.toml", &|_| Ok(bytes.to_vec()), &[]);
});
