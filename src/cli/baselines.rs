//! Files of baselines: found, read, checked against the scenario, written whole or not at all. What is not a baseline of
//! this scenario is never overwritten, and the summary of a run, which may serve as one, neither.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::cli::Failure;
use crate::planner::{Baseline, other_shape};
use crate::report::gate::{Stored, baseline_of, baseline_text};
use crate::scenario::Scenario;

/// The file of one scenario: the path itself, or NAME.json in it when it is a folder (which several scenarios need).
pub fn of_scenario(path: &Path, name: &str, scenarios: usize) -> Result<PathBuf, Failure> {
    if path.is_dir() || path.as_os_str().to_string_lossy().ends_with(['/', '\\']) {
        return Ok(path.join(format!("{name}.json")));
    }
    if scenarios > 1 {
        return Err(Failure::wrong(format!(
            "error: {} is one file, and there are {scenarios} scenarios\nmend: give --baseline a folder (ending in /); each scenario has its NAME.json there",
            path.display()
        )));
    }
    Ok(path.to_owned())
}

/// Reads a stored baseline and refuses one of another scenario. `accept`: it is to be written, so it may be missing or
/// have another shape, but must be a baseline of this scenario by its title.
pub fn read(path: &Path, scenario: &Scenario, seed: u64, accept: bool) -> Result<Option<Baseline>, Failure> {
    let shown = path.display();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && accept => return Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Failure::wrong(format!("error: there is no baseline {shown}\nmend: write it with --accept")));
        }
        Err(error) => return Err(Failure::wrong(format!("error: cannot read the baseline {shown}: {error}"))),
    };
    let Stored { title, baseline, is_summary } = baseline_of(&text).map_err(|wrong| {
        let kept = if accept { "error: it is not overwritten:" } else { "error: no baseline:" };
        Failure::wrong(format!("{kept} {shown}: {wrong}"))
    })?;
    if accept && is_summary {
        return Err(Failure::wrong(format!(
            "error: {shown} is the summary of a run and is not overwritten\nmend: name another file for the baseline"
        )));
    }
    if accept && title != scenario.title {
        return Err(Failure::wrong(format!(
            "error: {shown} is the baseline of \"{title}\" and is not overwritten\nmend: name another file, or remove that one"
        )));
    }
    match other_shape(&scenario.setup, seed, &baseline) {
        Some(why) if !accept => Err(Failure::wrong(format!(
            "error: the baseline {shown} is of another scenario: {why}\nmend: compare with the right one, or write a new one with --accept"
        ))),
        _ => Ok(Some(baseline)),
    }
}

/// Writes it beside, then moves it into its place.
pub fn write(path: &Path, title: &str, baseline: &Baseline) -> Result<(), Failure> {
    let written = || -> std::io::Result<()> {
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            std::fs::create_dir_all(parent)?;
        }
        let mut fresh = path.as_os_str().to_owned();
        fresh.push(".new");
        let mut file = std::fs::File::create(&fresh)?;
        let done = file.write_all(baseline_text(title, baseline).as_bytes()).and_then(|()| file.sync_all());
        let done = done.and_then(|()| std::fs::rename(&fresh, path));
        done.inspect_err(|_| drop(std::fs::remove_file(&fresh)))
    };
    written().map_err(|error| Failure::machine(format!("error: cannot write {}: {error}", path.display())))
}
