//! Any table, its columns said with `--map`: an inventory, counters, or written and distinct data by window.
//!
//! ```text
//! vm=Name,size=OS GB:GiB,size=Data GB:GiB,os=System,cores=CPUs,memory=RAM:MiB,power=State     rows of one machine add their disks
//! vm=Host,time=When,rate=Written:KiB/s                                                        stamps end their intervals
//! vm=Disk,window=No:30m,written=Pages:4 KiB,unique=Distinct:B                                 windows numbered from 0
//! ```
//! A number has the unit that stands behind the last colon; without one it is refused. Streams: rows are never held.

use std::borrow::Cow;

use crate::units::{ByteRate, Bytes, Duration};

use super::estate::{Disk, Machine, Place, guest_of, power_of};
use super::meter::{Clock, SERIES_MAX, Sample, TOO_MANY};
use super::notes::Fault;
use super::numbers::{DateReader, bytes, cores, moment, number, whole};
use super::source::{Source, cut};
use super::{Import, Options};

const KEYS: &str = "vm, disk, os, cores, power, time; with the unit behind the column size, memory, rate, window, written, unique (rate=Writes:KiB/s)";

/// Which column is what; the unit of an amount, where the key has one.
#[derive(Clone, Debug, PartialEq)]
pub struct Map(Vec<(String, String, Option<f64>)>);

impl Map {
    /// # Errors
    /// What is wrong with the text, with the cure.
    pub fn parse(map: &str) -> Result<Map, String> {
        let mut parts = Vec::new();
        for part in map.split(',') {
            let (key, column) =
                part.split_once('=').ok_or_else(|| format!("`{part}` is not KEY=COLUMN; keys: {KEYS}"))?;
            let (key, column) = (key.trim(), column.trim());
            let unit = |what: &str, example: &str| -> Result<(String, Option<f64>), String> {
                let (name, unit) = column
                    .rsplit_once(':')
                    .ok_or_else(|| format!("`{key}={column}` needs {what}: {key}={column}:{example}"))?;
                let factor = match key {
                    "rate" => per_second(unit),
                    "window" => unit.trim().parse::<Duration>().ok().map(Duration::secs_f64),
                    _ => amount(unit),
                };
                let factor = factor.filter(|factor| *factor > 0.0);
                let factor = factor
                    .ok_or_else(|| format!("`{}` in `{key}={column}` is no unit: write {example}", unit.trim()))?;
                Ok((name.trim().to_string(), Some(factor)))
            };
            let (column, factor) = match key {
                "size" | "memory" | "written" | "unique" => unit("a unit", "GiB")?,
                "rate" => unit("a unit", "KiB/s")?,
                "window" => unit("the length of a window", "30m")?,
                "vm" | "disk" | "os" | "cores" | "power" | "time" => (column.to_string(), None),
                _ => return Err(format!("`{key}` is not a key; keys: {KEYS}")),
            };
            parts.push((key.to_string(), column, factor));
        }
        let has = |key: &str| parts.iter().any(|part| part.0 == key);
        let counters = has("time") && has("rate");
        let windows = has("window") && has("written");
        if !has("vm") || !(has("size") || counters || windows) {
            return Err(format!("name vm and size, or vm, time and rate, or vm, window and written; keys: {KEYS}"));
        }
        Ok(Map(parts))
    }
}

/// Bytes of one unit: `GiB`, `4 KiB`.
fn amount(unit: &str) -> Option<f64> {
    let unit = unit.trim();
    let text = if unit.starts_with(|c: char| c.is_ascii_digit()) { unit.to_string() } else { format!("1 {unit}") };
    text.parse::<Bytes>().ok().map(|bytes| bytes.0 as f64)
}

/// Bytes per second of one unit: `KiB/s`, `Mbit/s`. A unit smaller than a byte a second needs many.
fn per_second(unit: &str) -> Option<f64> {
    format!("1000 {}", unit.trim()).parse::<ByteRate>().ok().map(|rate| rate.0 as f64 / 1e3)
}

/// Columns found in a file.
struct Found {
    vm: usize,
    sizes: Vec<(usize, f64)>,
    memory: Option<(usize, f64)>,
    rate: Option<(usize, f64)>,
    window: Option<(usize, f64)>,
    written: Option<(usize, f64)>,
    unique: Option<(usize, f64)>,
    disk: Option<usize>,
    os: Option<usize>,
    cores: Option<usize>,
    power: Option<usize>,
    time: Option<usize>,
}

impl Found {
    fn of(map: &Map, head: &[Cow<'_, str>], file: &str) -> Result<Found, Fault> {
        let mut missing = None;
        let mut all = |key: &str| -> Vec<(usize, f64)> {
            let wanted = map.0.iter().filter(|part| part.0 == key);
            let found = wanted.filter_map(|(_, column, factor)| {
                let at = head.iter().position(|name| name == column);
                if at.is_none() {
                    missing.get_or_insert_with(|| column.clone());
                }
                Some((at?, factor.unwrap_or(1.0)))
            });
            found.collect()
        };
        let first = |found: Vec<(usize, f64)>| found.first().copied();
        let vm = first(all("vm"));
        let sizes = all("size");
        let [memory, rate, window, written, unique] =
            ["memory", "rate", "window", "written", "unique"].map(|key| first(all(key)));
        let [disk, os, cores, power, time] =
            ["disk", "os", "cores", "power", "time"].map(|key| first(all(key)).map(|(at, _)| at));
        match (vm, missing) {
            (Some((vm, _)), None) => {
                Ok(Found { vm, sizes, memory, rate, window, written, unique, disk, os, cores, power, time })
            }
            (_, missing) => {
                let names: Vec<&str> = head.iter().map(Cow::as_ref).collect();
                let wrong = format!("it has no column `{}`", missing.unwrap_or_default());
                Err(Fault::new(file, 1, wrong, format!("columns there: {}", names.join(", "))))
            }
        }
    }
}

pub fn read(mut source: Source, map: &Map, import: &mut Import, options: &Options) -> Result<(), Fault> {
    let name = source.name.clone();
    let first = source.line(&mut import.notes)?.map(|(_, head)| head.into_owned()).unwrap_or_default();
    let separator = [';', '\t', ','].into_iter().max_by_key(|mark| first.matches(*mark).count()).unwrap_or(',');
    let mut head = Vec::new();
    cut(&first, separator, &mut head);
    let found = Found::of(map, &head, &name)?;
    let mut rows = Rows { name: name.clone(), found, dates: DateReader::new(options.dates), shift: None };
    while let Some((line, text)) = source.line(&mut import.notes)? {
        if text.is_empty() {
            continue;
        }
        let mut fields = Vec::with_capacity(head.len());
        cut(&text, separator, &mut fields);
        let taken = rows.row(&fields, line, import)?;
        import.notes.row(&name, line, taken);
    }
    if import.notes.used_count(&name) == 0 {
        let wrong = "it has no row that can be used";
        let reasons =
            import.notes.unused_lines().into_iter().filter(|line| line.starts_with(&name)).collect::<Vec<_>>();
        return Err(Fault::new(&name, 0, wrong, format!("check the map; {}", reasons.join("; "))));
    }
    rows.dates.tell(&name, &mut import.notes);
    Ok(())
}

struct Rows {
    name: String,
    found: Found,
    dates: DateReader,
    /// The clock of the file, once known: what is to be added to its times [ms].
    shift: Option<(Clock, i64)>,
}

impl Rows {
    fn row(
        &mut self,
        fields: &[Cow<'_, str>],
        line: u64,
        import: &mut Import,
    ) -> Result<Result<(), &'static str>, Fault> {
        let Some(vm) = fields.get(self.found.vm).filter(|vm| !vm.is_empty()) else { return Ok(Err("no name")) };
        let mut taken = Ok(());
        if !self.found.sizes.is_empty() {
            taken = self.machine(vm, fields, line, import);
        }
        if let (Some(rate), Some(time)) = (self.found.rate, self.found.time) {
            let at = match self.time(text(fields, Some(time)), line, import)? {
                Ok(at) => at,
                Err(reason) => return Ok(Err(reason)),
            };
            let disk = text(fields, self.found.disk);
            taken = taken.and(value(fields, rate).and_then(|rate| {
                let series = import.meter.series(vm, disk);
                import.meter.sample(series, Sample { at, length: None, rate })
            }));
        }
        if let (Some(window), Some(written)) = (self.found.window, self.found.written) {
            if self.shift.is_none() {
                self.shift = Some((Clock::Relative, import.meter.clock(Clock::Relative, &self.name)?));
            }
            taken = taken.and(self.window(vm, fields, window, written, import));
        }
        Ok(taken)
    }

    fn machine(&self, vm: &str, fields: &[Cow<'_, str>], line: u64, import: &mut Import) -> Result<(), &'static str> {
        let found = &self.found;
        let (disk, power) = (text(fields, found.disk), text(fields, found.power));
        let mut sizes = Vec::new();
        for (column, unit) in &found.sizes {
            let cell = fields.get(*column).ok_or("fewer fields than the head")?;
            // One of several columns may be empty: a disk that the machine does not have.
            if cell.is_empty() && found.sizes.len() > 1 {
                continue;
            }
            sizes.push(bytes(whole(cell)? * unit, Bytes(1)).ok_or("a size that no disk has")?);
        }
        if import.estate.machines.len() >= SERIES_MAX && !import.estate.machines.contains_key(vm) {
            return Err(TOO_MANY);
        }
        let place = Place { file: self.name.clone(), line };
        let machine = import.estate.machines.entry(vm.to_string()).or_insert_with(|| Machine::new(vm, place));
        for size in sizes {
            let (count, is_os) = (machine.disks.len(), machine.disks.is_empty());
            let name = if disk.is_empty() { format!("disk {}", count + 1) } else { disk.to_string() };
            machine.disks.push(Disk { name, size, is_os });
        }
        machine.guest = machine.guest.or(guest_of(text(fields, found.os)));
        machine.cores = machine.cores.or(cores(text(fields, found.cores)));
        machine.power = if power.is_empty() { machine.power } else { power_of(power) };
        let memory = found.memory.and_then(|(at, unit)| bytes(whole(fields.get(at)?).ok()? * unit, Bytes(1)));
        machine.memory = machine.memory.or(memory);
        Ok(())
    }

    /// Milliseconds: seconds or milliseconds since 1970 by their size, a moment with its offset, or a local time.
    fn time(&mut self, text: &str, line: u64, import: &mut Import) -> Result<Result<i64, &'static str>, Fault> {
        let (clock, at) = if let Ok(count) = number(text) {
            (Clock::Utc, Ok(if count < 1e11 { count * 1e3 } else { count } as i64))
        } else if let Ok(at) = moment(text) {
            (Clock::Utc, Ok(at))
        } else {
            (Clock::Civil, self.dates.read(text, &self.name, line)?)
        };
        let Ok(at) = at else { return Ok(at) };
        let shift = match self.shift {
            Some((known, shift)) if known == clock => shift,
            _ => {
                let shift = import.meter.clock(clock, &self.name)?;
                self.shift = Some((clock, shift));
                shift
            }
        };
        Ok(Ok(at.saturating_add(shift)))
    }

    /// A numbered window: its rate, and what of it was distinct.
    fn window(
        &self,
        vm: &str,
        fields: &[Cow<'_, str>],
        (window, seconds): (usize, f64),
        written: (usize, f64),
        import: &mut Import,
    ) -> Result<(), &'static str> {
        let count = value(fields, (window, 1.0))?;
        if !(0.0..1e7).contains(&count) || count.fract() != 0.0 {
            return Err("not the number of a window");
        }
        let (length, bytes) = ((seconds * 1e3) as i64, value(fields, written)?);
        let series = import.meter.series(vm, "");
        // Windows of centuries end outside the years that the meter takes, and are refused there.
        let sample =
            Sample { at: (count as i64 + 1).saturating_mul(length), length: Some(length), rate: bytes / seconds };
        import.meter.sample(series, sample)?;
        if let Some(unique) = self.found.unique {
            let unique = value(fields, unique)?;
            if unique > bytes {
                return Err("more is distinct than was written");
            }
            let sums = import.shares.entry(vm.to_string()).or_default().entry(length).or_default();
            *sums = (sums.0 + bytes, sums.1 + unique);
        }
        Ok(())
    }
}

/// A field; empty where the row is too short or the column is not there.
fn text<'f>(fields: &'f [Cow<'_, str>], column: Option<usize>) -> &'f str {
    column.and_then(|column| fields.get(column)).map(Cow::as_ref).unwrap_or_default()
}

fn value(fields: &[Cow<'_, str>], (column, unit): (usize, f64)) -> Result<f64, &'static str> {
    Ok(number(fields.get(column).ok_or("fewer fields than the head")?)? * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_says_columns_and_units() {
        let map = Map::parse("vm=Name, size=Size (GB):GiB,size=D:4 KiB").expect("a map");
        let part = |key: &str, column: &str, factor| (key.to_string(), column.to_string(), factor);
        let gib = f64::from(1 << 30);
        assert_eq!(
            map.0,
            [part("vm", "Name", None), part("size", "Size (GB)", Some(gib)), part("size", "D", Some(4_096.0))]
        );
        let wrong = |map| Map::parse(map).expect_err("refused");
        assert!(wrong("vm=a,size=b").contains("needs a unit: size=b:GiB"));
        assert!(wrong("vm=a,size=b:Gb").contains("`Gb` in `size=b:Gb` is no unit"));
        assert!(wrong("vm=a,colour=b").contains("`colour` is not a key"));
        assert!(wrong("vm=a").contains("name vm and size"));
        assert!(wrong("x").contains("`x` is not KEY=COLUMN"));
        assert_eq!(Map::parse("vm=a,time=b,rate=c:Mbit/s").expect("a map").0[2].2, Some(125_000.0));
    }
}
