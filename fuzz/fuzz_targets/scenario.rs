//! Any bytes as a scenario: faults or a setup whose effort can be estimated, never a panic; every fault can be shown.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok((text, _)) = drsim::scenario::scenario_text(bytes.to_vec(), "s.toml") else { return };
    let csv = b"vm,time_s,bits,w,bytes_per_s,begin,end,seconds\n17,0,1,1,1,0,300,300\n18,300,2,2,2,400,900,500\n";
    match drsim::scenario::load(&text, "s.toml", &|_| Ok(csv.to_vec()), &[]) {
        Ok(scenario) => drop(drsim::planner::Effort::of(&scenario.setup, scenario.replications.at_most).too_much()),
        Err(faults) => faults.0.iter().for_each(|fault| drop(drsim::scenario::render(fault, &text, true))),
    }
});
