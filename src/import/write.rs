//! The files of an import: the scenario, the machines of each group, and what they write.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::inventory::limits::Limits;

use super::fit::{self, Fitted, Model};
use super::fleet::Fleet;
use super::groups::{Churn, Group, groups};
use super::meter::{Clock, Rates};
use super::notes::Notes;
use super::numbers::civil;
use super::{Options, coalescing, scenario, warnings};

/// Makes a file of the folder to be written.
pub type Create<'c> = dyn FnMut(&str) -> io::Result<Box<dyn Write>> + 'c;

/// Writes everything; the names of the files, the scenario first.
///
/// # Errors
/// A file cannot be written.
pub fn write(
    mut fleet: Fleet,
    notes: &mut Notes,
    (options, limits): (&Options, &Limits),
    files: &[String],
    create: &mut Create<'_>,
) -> io::Result<Vec<String>> {
    warnings::tell(&fleet, options, notes);
    let models = if options.fit { fit::fit(&fleet, notes) } else { BTreeMap::new() };
    if options.fit {
        let windows = fleet.members.iter().map(|member| (member.name.as_str(), &member.windows));
        coalescing::tell(windows, notes);
    }
    let groups = groups(&mut fleet, &models, limits, notes);
    let mut names = vec!["scenario.toml".to_string()];
    if !models.is_empty() {
        goodness(&models, create("fit.csv")?)?;
        names.push("fit.csv".to_string());
    }
    for group in &groups {
        let name = format!("machines-{}.csv", group.name);
        machines(group, &models, create(&name)?)?;
        names.push(name);
        if group.kind == Churn::Trace {
            let name = format!("churn-{}.csv", group.name);
            churn(group, &fleet, create(&name)?)?;
            names.push(name);
        }
    }
    let text = scenario::text(&fleet, &groups, limits, options, files, notes.remarks());
    let mut file = create("scenario.toml")?;
    file.write_all(text.as_bytes())?;
    file.flush()?;
    Ok(names)
}

/// One row a machine: disks, daily curve, written and distinct bytes by window.
fn machines(group: &Group, models: &BTreeMap<String, Fitted>, file: Box<dyn Write>) -> io::Result<()> {
    let mut csv = ::csv::Writer::from_writer(file);
    let disks = group.members.iter().map(|member| member.disks.len()).max().unwrap_or(1);
    let daily = group.kind == Churn::Daily;
    let mut head = vec!["vm".to_string()];
    head.extend((1..=disks).map(|number| format!("disk_{number}")));
    if daily {
        head.extend(["mean_bytes_per_s", "peak_bytes_per_s", "peak_at", "weekend", "sigma"].map(String::from));
    }
    for window in &group.windows {
        head.extend(["written", "unique"].map(|what| format!("{what}_{}s", window / 1_000)));
    }
    csv.write_record(&head)?;
    for member in &group.members {
        let mut row = vec![member.name.clone()];
        row.extend((0..disks).map(|at| member.disks.get(at).map_or(String::new(), |size| size.0.to_string())));
        if daily {
            let model = models.get(&member.name).map(|fit| &fit.model);
            row.extend(curve(model, member.mean()));
        }
        for (written, unique) in
            group.windows.iter().map(|window| member.windows.get(window).copied().unwrap_or_default())
        {
            row.extend([written, unique].map(|bytes| format!("{bytes:.0}")));
        }
        csv.write_record(&row)?;
    }
    csv.flush()
}

/// Mean, peak, time of the peak, weekend and noise; the same at all times where there is no model.
fn curve(model: Option<&Model>, mean: f64) -> [String; 5] {
    let (mean, peak, at, weekend, sigma) = match model {
        Some(Model::Daily { mean, peak, peak_at_s, weekend, sigma }) => (*mean, *peak, *peak_at_s, *weekend, *sigma),
        Some(Model::OnOff { .. }) | None => (mean, mean, 12 * 3_600, 1.0, 0.0),
    };
    // Rounded alike, so that a peak at the mean stays there.
    let (mean, peak) = (mean.round(), peak.round().max(mean.round()));
    [
        format!("{mean:.0}"),
        format!("{peak:.0}"),
        format!("{:02}:{:02}", at / 3_600, at / 60 % 60),
        format!("{weekend:.4}"),
        format!("{sigma:.4}"),
    ]
}

/// Each machine's model, and how well it fits.
fn goodness(models: &BTreeMap<String, Fitted>, file: Box<dyn Write>) -> io::Result<()> {
    let mut csv = ::csv::Writer::from_writer(file);
    let p99 = ["p99_measured_bytes_per_s", "p99_model_bytes_per_s"];
    let head = ["vm", "model", "r2_of_the_day", "ks_distance", p99[0], p99[1], "lag_1_correlation"];
    csv.write_record(head)?;
    for (name, fit) in models {
        let kind = match fit.model {
            Model::Daily { .. } => "daily",
            Model::OnOff { .. } => "on_off",
        };
        let r2 = fit.r2.map_or(String::new(), |r2| format!("{r2:.4}"));
        let rest = [
            format!("{:.4}", fit.ks),
            format!("{:.0}", fit.p99.0),
            format!("{:.0}", fit.p99.1),
            fit.lag.map_or(String::new(), |lag| format!("{lag:.4}")),
        ];
        csv.write_record([name.as_str(), kind, &r2].into_iter().chain(rest.iter().map(String::as_str)))?;
    }
    csv.flush()
}

/// One row for each step that is known.
fn churn(group: &Group, fleet: &Fleet, file: Box<dyn Write>) -> io::Result<()> {
    let mut csv = ::csv::Writer::from_writer(file);
    csv.write_record(["vm", fleet.clock.column(), "bytes_per_s"])?;
    let first = fleet.first.unwrap_or(0);
    for member in &group.members {
        let Some(Rates { from, rates }) = member.rates() else { continue };
        for (at, rate) in rates.iter().enumerate().filter(|(_, rate)| !rate.is_nan()) {
            let seconds = (from + at as i64) * fleet.step_s;
            let time = match fleet.clock {
                Clock::Utc => seconds.to_string(),
                Clock::Relative => (seconds - first * fleet.step_s).to_string(),
                Clock::Civil => civil(seconds),
            };
            csv.write_record([member.name.as_str(), &time, &format!("{:.0}", rate.round())])?;
        }
    }
    csv.flush()
}
