//! A group of VMs from a file: `from = { inventory = "inventory.csv", disk = "disk_span_bytes", unit = "B" }`.
//!
//! Each row is one machine: its disks, and how much of what it writes is distinct. Where a trace or a count says how many VMs there
//! are, the rows are dealt to them in turn; else each row is one VM. Sizes are rounded up to `round_up_to`; a disk larger
//! than `split_at` becomes several of equal size, since the platform has none so large. Of several disk columns those with
//! an empty cell are disks that the machine does not have. Machines that are left out are named.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::inventory::DISKS_MAX;
use crate::units::{ByteRate, Bytes, Duration, Ratio};
use crate::world::{Churn, Noise};

use super::InputNote;
use super::churn::noise;
use super::document::Section;
use super::files::{Csv, Files, encoding, field};
use super::ledger::{Ledger, short};
use super::series::factor;
use super::spans::{Node, Place};
use super::times::time_of_day;

/// One row of an inventory.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    pub disks: Vec<Bytes>,
    /// Distinct share of what is written, by rising window.
    pub unique: Vec<(Duration, Ratio)>,
    /// With `from.daily`: its own churn.
    pub churn: Option<Arc<Churn>>,
}

/// Names in one remark.
const NAMES_SHOWN: usize = 20;

/// Reads the rows of an inventory; at least one, or faults.
pub fn rows(section: &Section<'_>, purpose: &str, files: &Files<'_>) -> Option<Vec<Row>> {
    let reader = Reader::of(section, files)?;
    let mut note = InputNote::of(&reader.csv.name, purpose);
    let (mut rows, mut refused) = (Vec::new(), Refused::default());
    let mut met = vec![false; reader.left_out.len()];
    reader.csv.rows(&mut note, section.ledger, |_, record, note| {
        let name = field(record, reader.names);
        let read = match reader.left_out.iter().position(|(wanted, _)| *wanted == name) {
            Some(at) => {
                met[at] = true;
                Err("named in leave_out")
            }
            None => reader.row(&name, record),
        };
        match read {
            Ok(row) => {
                rows.push(row);
                note.rows_used += 1;
            }
            Err(reason) => {
                note.leave_out(reason);
                refused.entry(reason).or_default().push(name.to_string());
            }
        }
    });
    let reasons = note.reasons();
    note.remarks.extend(refused.iter().map(|(reason, names)| named(reason, names)));
    files.note(note);
    for ((wanted, place), _) in reader.left_out.iter().zip(met).filter(|(_, met)| !met) {
        let wrong = format!("`{}` names no row of the inventory", short(wanted));
        section.ledger.fault(place, wrong, "", "remove it");
    }
    if rows.is_empty() {
        let wrong = format!("`{}` has no row that can be used ({reasons})", short(&reader.csv.name));
        section.fault("inventory", wrong, "check the columns and `leave_out`");
        return None;
    }
    Some(rows)
}

/// Names of the rows that were not used, by reason.
type Refused = BTreeMap<&'static str, Vec<String>>;

/// "no disk: mail, web-1 and 12 more".
fn named(reason: &str, names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(NAMES_SHOWN).map(|name| short(name)).collect();
    let more = match names.len().saturating_sub(NAMES_SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{reason}: {}{more}", shown.join(", "))
}

/// What is asked of each row.
struct Reader<'t> {
    csv: Csv,
    names: usize,
    disks: Vec<usize>,
    /// Bytes of one unit of the disk columns.
    per_unit: f64,
    round_up: Bytes,
    split_at: Option<Bytes>,
    left_out: Vec<(&'t str, &'t Place)>,
    shares: Shares,
    daily: Option<Daily>,
}

impl<'t> Reader<'t> {
    fn of(section: &Section<'t>, files: &Files<'_>) -> Option<Reader<'t>> {
        let ledger = section.ledger;
        section.require("inventory");
        let name_column = section.text_at("name");
        let disk_columns = section.items("disk");
        if disk_columns.is_empty() {
            section.missing("disk", "write which column holds the size: disk = \"disk_bytes\" (or a list of columns)");
        }
        let per_unit = amount_unit(section, "unit");
        let round_up = section.quantity_or_default::<Bytes>("round_up_to");
        let split_at = section.quantity::<Bytes>("split_at");
        let named = section.items("leave_out").iter().filter_map(|node| Some((node.value.text()?, &node.place)));
        let left_out = named.collect();
        let shares = unique_shares(section, files);
        let daily = section.section("daily");
        let inventory = section.text_at("inventory");
        let encoding = encoding(section);
        let Some(csv) = inventory.and_then(|(name, place)| Csv::open(files, name, encoding, place, ledger)) else {
            daily.iter().for_each(Section::tolerate);
            return None;
        };
        let daily = match &daily {
            Some(daily) => Daily::of(daily, &csv).map(Some),
            None => Some(None),
        };
        let names = name_column.map_or_else(
            || csv.column_or(section.default("name"), &section.place, ledger, "name it with name = \"…\"; "),
            |(column, place)| csv.column(column, place, ledger),
        );
        let column = |node: &Node| csv.column(node.value.text()?, &node.place, ledger);
        let disks: Vec<usize> = disk_columns.iter().filter_map(column).collect();
        let (names, per_unit, shares, daily) = (names?, per_unit?, shares?, daily?);
        let complete = !disks.is_empty() && disks.len() == disk_columns.len();
        complete.then_some(Reader { csv, names, disks, per_unit, round_up, split_at, left_out, shares, daily })
    }

    fn row(&self, name: &str, record: &csv::ByteRecord) -> Result<Row, &'static str> {
        let mut disks = Vec::new();
        for column in &self.disks {
            let cell = field(record, *column);
            if cell.is_empty() && self.disks.len() > 1 {
                continue;
            }
            let size = self.csv.number(&cell)?;
            split(Bytes((size * self.per_unit).min(1e18) as u64), self.round_up, self.split_at, &mut disks);
        }
        if disks.is_empty() || disks.len() as u64 > DISKS_MAX {
            return Err("no disk, or more than 64 after splitting");
        }
        let churn = match &self.daily {
            Some(daily) => Some(Arc::new(daily.churn(&self.csv, record)?)),
            None => None,
        };
        let unique = self.shares.get(name).cloned().unwrap_or_default();
        Ok(Row { name: name.to_string(), disks, unique, churn })
    }
}

/// Bytes of one unit of a column of amounts; bytes when the key is left out.
fn amount_unit(section: &Section<'_>, key: &'static str) -> Option<f64> {
    let unit = section.text_or_default(key);
    let per_unit = factor(unit, Duration::secs(1));
    if per_unit.is_none() {
        section.fault(
            key,
            format!("`{}` is no unit of data", short(unit)),
            "write \"B\", \"GiB\", \"GB\" or \"4 KiB\"",
        );
    }
    per_unit
}

/// `daily = { mean = "mean_kib_s", peak = "peak_kib_s", peak_at = "peak_at", unit = "KiB/s" }`: each row its own daily curve.
struct Daily {
    mean: usize,
    peak: usize,
    peak_at: usize,
    /// Bytes per second of one unit.
    factor: f64,
    weekend: Ratio,
    weekend_column: Option<usize>,
    noise: Option<Noise>,
    sigma_column: Option<usize>,
}

/// Largest factor of a weekend, and largest sigma, as the keys of the same meaning have them.
const WEEKEND_MAX: f64 = 1_000.0;
const SIGMA_MAX: f64 = 5.0;

impl Daily {
    fn of(section: &Section<'_>, csv: &Csv) -> Option<Daily> {
        let column = |key: &'static str| {
            if !section.has(key) {
                section.missing(key, format!("name the column: {key} = \"…\""));
            }
            let (column, place) = section.text_at(key)?;
            csv.column(column, place, section.ledger)
        };
        let (mean, peak, peak_at) = (column("mean"), column("peak"), column("peak_at"));
        section.require("unit");
        let unit = section.text_at("unit").and_then(|(unit, place)| rate_unit(unit, place, section.ledger));
        let weekend = section.quantity_or_default("weekend");
        let noise = noise(section);
        let own = |key: &'static str| match section.text_at(key) {
            Some((column, place)) => csv.column(column, place, section.ledger).map(Some),
            None => Some(None),
        };
        let (weekend_column, sigma_column) = (own("weekend_column"), own("sigma_column"));
        if section.has("sigma_column") && !section.has("noise") {
            let mend = "write noise = { sigma = 0, every = \"5m\" } beside it";
            section.fault("sigma_column", "noise needs the length of its steps", mend);
        }
        Some(Daily {
            mean: mean?,
            peak: peak?,
            peak_at: peak_at?,
            factor: unit?,
            weekend,
            weekend_column: weekend_column?,
            noise,
            sigma_column: sigma_column?,
        })
    }

    fn churn(&self, csv: &Csv, record: &csv::ByteRecord) -> Result<Churn, &'static str> {
        let rate =
            |column| csv.number(&field(record, column)).map(|value| ByteRate((value * self.factor).round() as u64));
        let (mean, peak) = (rate(self.mean)?, rate(self.peak)?);
        let peak_at = time_of_day(&field(record, self.peak_at)).ok_or("the time of the peak cannot be read")?;
        if peak < mean {
            return Err("the peak lies below the mean");
        }
        let (mut weekend, mut noise) = (self.weekend, self.noise);
        let own = |column, most| {
            let value = csv.number(&field(record, column))?;
            if value > most { Err("a factor or sigma that is too large") } else { Ok(value) }
        };
        if let Some(column) = self.weekend_column {
            weekend = Ratio::from_ppm((own(column, WEEKEND_MAX)? * 1e6).round() as u32);
        }
        if let (Some(column), Some(noise)) = (self.sigma_column, &mut noise) {
            noise.sigma = own(column, SIGMA_MAX)?;
        }
        Ok(Churn::Daily { mean, peak, peak_at, weekend, noise: noise.filter(|noise| noise.sigma > 0.0) })
    }
}

/// Bytes per second of one unit of a column of rates.
fn rate_unit(text: &str, place: &Place, ledger: &Ledger) -> Option<f64> {
    let factor = text.ends_with("/s").then(|| factor(text, Duration::secs(1))).flatten();
    if factor.is_none() {
        let wrong = format!("`unit`: `{}` is no unit of a rate", short(text));
        ledger.fault(place, wrong, "", "write unit = \"KiB/s\"");
    }
    factor
}

/// Rounds a size up and splits what is too large into equal disks.
fn split(size: Bytes, round_up: Bytes, split_at: Option<Bytes>, disks: &mut Vec<Bytes>) {
    let unit = round_up.0.max(1);
    let parts = split_at.filter(|max| max.0 > 0).map_or(1, |max| size.0.div_ceil(max.0)).clamp(1, DISKS_MAX + 1);
    if size.0 > 0 {
        let each = Bytes(size.0.div_ceil(parts).div_ceil(unit).saturating_mul(unit));
        disks.extend((0..parts).map(|_| each));
    }
}

/// By machine: the distinct share of what it writes, by rising window.
type Shares = BTreeMap<String, Vec<(Duration, Ratio)>>;

/// `unique = [{ window = "30m", file = "windows.csv", vm_column = "vm", written = "pages", written_unit = "4 KiB",
/// unique = "bytes" }]`: by machine, the distinct share of what it wrote, summed over all rows of the file.
fn unique_shares(section: &Section<'_>, files: &Files<'_>) -> Option<Shares> {
    let mut shares = Shares::new();
    // All entries are read before one gives up, so that all their faults are told.
    let read: Vec<_> = section.tables("unique").iter().map(|entry| unique_of(entry, section, files)).collect();
    for entry in read {
        let (window, sums) = entry?;
        for (vm, (written, unique)) in sums.into_iter().filter(|(_, (written, _))| *written > 0.0) {
            let share = (unique / written).clamp(0.0, 1.0);
            shares.entry(vm).or_default().push((window, Ratio::from_ppm((share * 1e6).round() as u32)));
        }
    }
    for by_window in shares.values_mut() {
        by_window.sort_unstable();
        // Measured in different ways, a longer window may show a larger share; it cannot be larger.
        for at in 1..by_window.len() {
            by_window[at].1 = by_window[at].1.min(by_window[at - 1].1);
        }
    }
    Some(shares)
}

/// By machine: bytes written and distinct bytes, summed.
type Sums = BTreeMap<String, (f64, f64)>;

fn unique_of(entry: &Section<'_>, inventory: &Section<'_>, files: &Files<'_>) -> Option<(Duration, Sums)> {
    let window = entry.positive_span("window");
    for key in ["window", "written", "unique"] {
        entry.require(key);
    }
    let file = entry.text_at("file").or_else(|| inventory.text_at("inventory"));
    let vm_column = entry.text_at("vm_column").unwrap_or((entry.default("vm_column"), &entry.place));
    let (written, unique) = (entry.text_at("written"), entry.text_at("unique"));
    let (written_unit, unique_unit) = (amount_unit(entry, "written_unit"), amount_unit(entry, "unique_unit"));
    let (file, place) = file?;
    let csv = Csv::open(files, file, encoding(entry), place, entry.ledger)?;
    let find = |(name, place): (&str, &Place)| csv.column(name, place, entry.ledger);
    let (vm, written, unique) = (find(vm_column), written.and_then(find), unique.and_then(find));
    let (vm, written, unique, window) = (vm?, written?, unique?, window?);
    let (written_unit, unique_unit) = (written_unit?, unique_unit?);
    let mut sums = Sums::new();
    let mut note = InputNote::of(file, format!("distinct share of writes in {window}"));
    csv.rows(&mut note, entry.ledger, |_, record, note| {
        let number = |column| csv.number(&field(record, column));
        let values = number(written).and_then(|w| Ok((w, number(unique)?)));
        match values {
            Ok((written, unique)) => {
                let sum = sums.entry(field(record, vm).to_string()).or_default();
                *sum = (sum.0 + written * written_unit, sum.1 + unique * unique_unit);
                note.rows_used += 1;
            }
            Err(reason) => note.leave_out(reason),
        }
    });
    files.note(note);
    Some((window, sums))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_left_out_are_named_up_to_twenty() {
        let names: Vec<String> = (1..=22).map(|number| format!("vm{number}")).collect();
        assert_eq!(named("no value", &names[..2]), "no value: vm1, vm2");
        assert!(named("no value", &names).ends_with(", vm20 and 2 more"), "{}", named("no value", &names));
    }

    #[test]
    fn a_disk_larger_than_the_platform_has_becomes_equal_parts() {
        let mut disks = Vec::new();
        split(Bytes::gib(1_110), Bytes::gib(1), Some(Bytes::gib(1_022)), &mut disks);
        assert_eq!(disks, vec![Bytes::gib(555), Bytes::gib(555)]);
        disks.clear();
        split(Bytes(1), Bytes::gib(1), None, &mut disks);
        assert_eq!(disks, vec![Bytes::gib(1)]);
    }
}
