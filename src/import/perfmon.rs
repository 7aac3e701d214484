//! Windows counters: what `typeperf`, `relog -f csv` and the performance monitor write.
//!
//! ```text
//! "(PDH-CSV 4.0) (W. Europe Standard Time)(-60)","\\SQL01\PhysicalDisk(0 C:)\Disk Write Bytes/sec",…
//! "11/25/2024 00:00:15.004","153472.91",…
//! ```
//! The head says the zone; its bias in minutes is what is to be added to local times for UTC. Columns of the counter of written bytes,
//! in the languages of [`COUNTERS`] or as named with `--counter`, are added up by host: those of `PhysicalDisk` where there are any, else
//! `LogicalDisk`, instances without `_Total` where there are any. A row in which one of them has no value says nothing of that host.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::estate::Guest;
use super::meter::{Clock, Sample};
use super::notes::{Fault, named};
use super::numbers::{DateReader, number};
use super::source::{Source, cut};
use super::{Import, Options};

/// The counter of written bytes in the languages of Windows, lower case.
const COUNTERS: &[&str] = &[
    "disk write bytes/sec",
    "bytes geschrieben/s",
    "écritures disque, octets/s",
    "bytes de escritura en disco/s",
    "byte scritti su disco/sec",
    "bytes de gravação de disco/s",
    "bytes escritos em disco/seg",
    "disk - skrivna byte/s",
    "disk yazma bayt/sn",
    "írási sebesség (bájt/s)",
    "geschreven bytes per seconde",
    "bajty zapisu dysku/s",
    "bajty zapisování na disk/s",
    "скорость записи на диск (байт/с)",
];
/// What the name of the object has in it where it is the physical disk, in those languages.
const PHYSICAL: &[&str] = &["physi", "físic", "fisic", "fysi", "fizi", "fyzick", "физич"];

/// One column of the counter.
struct Column {
    index: usize,
    host: String,
    physical: bool,
    total: bool,
}

/// The columns that are added up for one host.
struct Host {
    series: usize,
    columns: Vec<usize>,
}

pub fn read(mut source: Source, import: &mut Import, options: &Options) -> Result<(), Fault> {
    let Some((_, head)) = source.line(&mut import.notes)? else {
        return Err(Fault::new(&source.name, 0, "the file is empty", "write it with relog LOG.blg -f csv -o FILE"));
    };
    let head = head.into_owned();
    let separator = if head.matches("\";\"").count() > head.matches("\",\"").count() { ';' } else { ',' };
    let mut fields = Vec::new();
    cut(&head, separator, &mut fields);
    let name = source.name.clone();
    if !fields[0].contains("(PDH-CSV 4.0)") {
        let mend = "the kind `perfmon` reads what typeperf or relog -f csv writes; a .blg file becomes one with relog";
        return Err(Fault::new(&name, 1, "the first field is not \"(PDH-CSV 4.0)…\"", mend));
    }
    let shift = match bias(&fields[0]) {
        Some(minutes) => import.meter.clock(Clock::Utc, &name)? + minutes * 60_000,
        None => {
            import.notes.remark(format!("{name}: the head says no time zone; its times are local ones"));
            import.meter.clock(Clock::Civil, &name)?
        }
    };
    let hosts = hosts(&fields, import, options, &name)?;
    let (mut dates, count) = (DateReader::new(options.dates), fields.len());
    while let Some((number, text)) = source.line(&mut import.notes)? {
        if text.is_empty() {
            continue;
        }
        let mut fields = Vec::with_capacity(count);
        cut(&text, separator, &mut fields);
        match dates.read(&fields[0], &name, number)? {
            Ok(at) => row(&fields, at + shift, &hosts, number, &name, import),
            Err(reason) => import.notes.unused(&name, number, reason),
        }
    }
    dates.tell(&name, &mut import.notes);
    Ok(())
}

/// One row: the columns of each host added up.
fn row(fields: &[Cow<'_, str>], at: i64, hosts: &[Host], line: u64, file: &str, import: &mut Import) {
    for host in hosts {
        let values = host.columns.iter().map(|column| match fields.get(*column) {
            None => Err("fewer fields than the head"),
            // What typeperf writes where a counter could not be read.
            Some(field) if field.trim() == "-1" => Err("no value"),
            Some(field) => number(field),
        });
        let sum = values.sum::<Result<f64, &str>>();
        let taken = sum.and_then(|rate| import.meter.sample(host.series, Sample { at, length: None, rate }));
        import.notes.row(file, line, taken);
    }
}

/// The bias in `(PDH-CSV 4.0) (W. Europe Standard Time)(-60)` [min].
fn bias(head: &str) -> Option<i64> {
    let digits = head.trim().strip_suffix(')')?.rsplit_once('(')?.1;
    digits.trim().parse().ok().filter(|minutes: &i64| minutes.abs() <= 24 * 60)
}

/// Which columns are added up for which host.
fn hosts(head: &[Cow<'_, str>], import: &mut Import, options: &Options, name: &str) -> Result<Vec<Host>, Fault> {
    let wanted = options.counter.as_ref().map(|counter| counter.to_lowercase());
    let is_wanted = |counter: &str| match &wanted {
        Some(wanted) => counter == wanted,
        None => COUNTERS.contains(&counter),
    };
    let (mut columns, mut others) = (Vec::new(), BTreeSet::new());
    for (index, field) in head.iter().enumerate().skip(1) {
        let Some((host, object, counter)) = path(field) else { continue };
        if is_wanted(&counter.to_lowercase()) {
            let host = if host.is_empty() { options.machine_of(name) } else { host.to_string() };
            let (object, instance) = object.split_once('(').unwrap_or((object, ""));
            let object = object.to_lowercase();
            let physical = PHYSICAL.iter().any(|word| object.contains(word));
            let total = instance.trim_end_matches(')').eq_ignore_ascii_case("_total");
            columns.push(Column { index, host, physical, total });
        } else {
            others.insert(counter);
        }
    }
    if columns.is_empty() {
        let there = if others.is_empty() { "none".to_string() } else { named(others.iter().copied()) };
        let wrong = format!("it has no counter of written bytes; counters there: {there}");
        let mend = "log \\PhysicalDisk(*)\\Disk Write Bytes/sec, or name the counter of your language with --counter";
        return Err(Fault::new(name, 1, wrong, mend));
    }
    if !others.is_empty() {
        let skipped = head.len() - 1 - columns.len();
        import.notes.remark(format!("{name}: {skipped} columns of other counters were not read"));
    }
    let mut by_host: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    columns.into_iter().for_each(|column| by_host.entry(column.host.clone()).or_default().push(column));
    Ok(by_host.into_iter().map(|(host, columns)| choose(&host, columns, import)).collect())
}

/// Every disk once: physical before logical, single ones before their total.
fn choose(host: &str, mut columns: Vec<Column>, import: &mut Import) -> Host {
    if columns.iter().any(|column| column.physical) {
        columns.retain(|column| column.physical);
    }
    if columns.iter().any(|column| !column.total) {
        columns.retain(|column| !column.total);
    }
    import.saw(host, Some(Guest::Windows), None, None);
    Host { series: import.meter.series(host, ""), columns: columns.iter().map(|column| column.index).collect() }
}

/// Host, object with instance, and counter of `\\HOST\Object(instance)\Counter`; the host may be missing.
fn path(field: &str) -> Option<(&str, &str, &str)> {
    let (front, counter) = field.trim().rsplit_once('\\')?;
    let (host, object) = match front.strip_prefix("\\\\") {
        Some(rest) => rest.split_once('\\')?,
        None => ("", front.strip_prefix('\\')?),
    };
    Some((host, object, counter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_counter_is_cut_into_its_parts() {
        let parts = path(r"\\SQL01\LogicalDisk(C:)\Disk Write Bytes/sec");
        assert_eq!(parts, Some(("SQL01", "LogicalDisk(C:)", "Disk Write Bytes/sec")));
        let parts = path(r"\Physikalischer Datenträger(0 C:)\Bytes geschrieben/s");
        assert_eq!(parts, Some(("", "Physikalischer Datenträger(0 C:)", "Bytes geschrieben/s")));
        assert_eq!(path("x"), None);
    }

    #[test]
    fn the_bias_stands_at_the_end_of_the_head() {
        assert_eq!(bias("(PDH-CSV 4.0) (W. Europe Standard Time)(-60)"), Some(-60));
        assert_eq!(bias("(PDH-CSV 4.0) (Maroc (heure d'été))(0)"), Some(0));
        assert_eq!(bias("(PDH-CSV 4.0) ("), None);
    }
}
