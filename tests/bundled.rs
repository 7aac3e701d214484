//! Every bundled scenario loads, without a warning that was not meant.

use std::path::{Path, PathBuf};

use drsim::scenario::{Scenario, load, render};
use drsim::units::VmId;
use drsim::world::Churn;

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// Loads a bundled scenario, files beside it; faults and warnings are shown as a user sees them.
fn bundled(name: &str) -> Scenario {
    let path = scenarios().join(name);
    let text = std::fs::read_to_string(&path).expect("a bundled scenario can be read");
    let read = |file: &Path| std::fs::read(scenarios().join(file));
    match load(&text, name, &read, &[]) {
        Ok(scenario) => {
            for warning in &scenario.warnings {
                eprintln!("{}", render(warning, &text, false));
            }
            scenario
        }
        Err(faults) => {
            let shown: String = faults.0.iter().map(|fault| render(fault, &text, false)).collect();
            panic!("{name} is refused:\n{shown}");
        }
    }
}

#[test]
fn the_first_scenario_loads_without_a_warning() {
    let scenario = bundled("00-first.toml");
    assert!(scenario.warnings.is_empty(), "{:?}", scenario.warnings);
    let inventory = &scenario.setup.inventory;
    let names: Vec<&str> = inventory.vms.iter().map(|vm| vm.name.as_str()).collect();
    assert_eq!(names, ["sql-1", "sql-2", "files-1", "files-2", "files-3"]);
    assert_eq!((inventory.disks.len(), scenario.setup.physics.outages.len()), (10, 2));
    assert_eq!(scenario.setup.intent.targets.len(), 3);
    assert_eq!(inventory.appliances[0].slots, 31);
}

/// Reads measured data beside the project; skipped where it is not there.
#[test]
fn the_real_fleet_loads_from_the_data_beside_the_project() {
    if !scenarios().join("../../shared/data").is_dir() {
        eprintln!("SKIPPED: no measured data at ../shared/data");
        return;
    }
    let scenario = bundled("real-fleet.toml");
    for note in &scenario.sources {
        eprintln!("{note:?}");
    }
    assert_eq!(scenario.setup.inventory.vms.len(), 250);
}

#[test]
fn the_stand_in_fleet_resembles_the_measured_one() {
    let scenario = bundled("standin-fleet.toml");
    assert!(scenario.warnings.is_empty(), "{:?}", scenario.warnings);
    let inventory = &scenario.setup.inventory;
    assert_eq!(inventory.vms.len(), 250);
    let mean: u64 = scenario
        .setup
        .physics
        .churn
        .iter()
        .map(|churn| match churn.model.as_ref() {
            Churn::Daily { mean, .. } => mean.0,
            other => panic!("a daily curve was declared, not {other:?}"),
        })
        .sum();
    // The measured fleet writes 24 and 26 MiB/s in its two months.
    assert!((15 << 20..40 << 20).contains(&mean), "{} MiB/s", mean >> 20);
    // The machines are dealt to the four appliances in turn.
    let third = scenario.setup.intent.protection(VmId(2)).expect("protected");
    assert_eq!(third.appliance.index(), 2);
}

/// One teaches by the warning it gets.
#[test]
fn numbered_scenarios_load_without_a_warning_that_was_not_meant() {
    for entry in std::fs::read_dir(scenarios()).expect("the folder is there").map(|entry| entry.expect("an entry")) {
        let name = entry.file_name().to_string_lossy().to_string();
        if !name.starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let wrong: Vec<String> = bundled(&name).warnings.into_iter().map(|warning| warning.wrong).collect();
        let meant = match name.as_str() {
            "10-disk-of-1023-gib.toml" => "a disk of `too-large` has 1023 GiB",
            _ => "",
        };
        assert_eq!(wrong.join("; "), meant, "{name}");
    }
}

/// Both sizes have a price, so that the plan can weigh them against each other.
#[test]
fn the_office_that_buys_asks_for_two_priced_sizes() {
    let scenario = bundled("priced-office.toml");
    assert!(scenario.warnings.is_empty(), "{:?}", scenario.warnings);
    let [drsim::intent::Question::Front(knobs)] = scenario.questions.as_slice() else {
        panic!("{:?}", scenario.questions)
    };
    assert!(knobs.len() == 2 && knobs.iter().all(|own| own.price.is_some()), "{knobs:?}");
}

#[test]
fn every_file_in_the_folder_is_tested_here_and_the_folder_is_small() {
    let mut bytes = 0;
    let mut names = Vec::new();
    for folder in [scenarios(), scenarios().join("standin")] {
        for entry in std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry")) {
            bytes += entry.metadata().expect("metadata").len();
            names.push(entry.file_name().to_string_lossy().to_string());
        }
    }
    names.retain(|name| name.ends_with(".toml"));
    names.sort_unstable();
    for name in &names {
        let tested = include_str!("bundled.rs").contains(&format!("bundled(\"{name}\")"));
        let taught = include_str!("scenarios.rs").contains(&format!("(\"{name}\""));
        assert!(tested || taught, "{name} has no test");
    }
    assert!(bytes < 1 << 20, "scenarios/ holds {bytes} bytes");
}
