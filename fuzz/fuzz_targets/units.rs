//! Any text as a quantity of each kind; what reads prints, and what is printed reads as the same to three digits.

#![no_main]

use drsim::units::{BitRate, ByteRate, Bytes, Duration, Ratio};
use libfuzzer_sys::fuzz_target;

fn near(one: u64, other: u64) {
    assert!(one.abs_diff(other) as f64 <= 0.01 * one.max(other) as f64 + 1.0, "{one} reads back as {other}");
}

fuzz_target!(|text: &str| {
    if let Ok(bytes) = text.parse::<Bytes>() {
        near(bytes.0, bytes.to_string().parse::<Bytes>().expect("what is printed reads").0);
    }
    if let Ok(rate) = text.parse::<ByteRate>() {
        near(rate.0, rate.to_string().parse::<ByteRate>().expect("what is printed reads").0);
    }
    let _ = text.parse::<BitRate>().map(|rate| rate.to_string());
    let _ = text.parse::<Ratio>().map(|share| share.to_string());
    let _ = text.parse::<Duration>().map(|span| span.to_string());
});
