//! What `sysstat` of Linux writes: `sadf -d … -- -d`, `sadf -j … -- -d`, `iostat -xt` and `iostat -xt -o JSON`.
//!
//! ```text
//! # hostname;interval;timestamp;DEV;tps;rkB/s;wkB/s;…        columns by name: they differ between versions
//! web1;600;2024-11-25 00:10:01 UTC;sda;…
//! ```
//! Units by the name of the column: kB are 1024 bytes and sectors 512, as sysstat computes them. Times are UTC where `sadf` says so,
//! else local ones. `iostat` begins with the mean since the machine was started; that report is not a measurement and is left out.

use std::borrow::Cow;

use serde_json::Value;

use super::devices::{Devices, Report};
use super::json::{self, Met};
use super::meter::Clock;
use super::notes::Fault;
use super::numbers::{DateReader, moment, number};
use super::source::{Source, cut};
use super::{Import, Options};

/// Columns of what is written, and bytes of their unit. `iostat` without `-x` has the last ones.
const COLUMNS: &[(&str, f64)] = &[
    ("wkB/s", 1_024.0),
    ("wkB", 1_024.0),
    ("wr_sec/s", 512.0),
    ("wr_sec", 512.0),
    ("wsec/s", 512.0),
    ("wMB/s", 1_048_576.0),
    ("kB_wrtn/s", 1_024.0),
    ("MB_wrtn/s", 1_048_576.0),
    ("Blk_wrtn/s", 512.0),
];
const NO_COLUMN: &str = "log disks: sadf -d FILE -- -d";
const SINCE_BOOT: &str = "the first report of iostat tells the mean since the start of the machine";

fn is_json(source: &mut Source) -> bool {
    let head = source.read.fill_buf().unwrap_or_default();
    head.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| matches!(byte, b'{' | b'['))
}

/// What is being added up, and the state of the file.
struct Reader {
    file: String,
    devices: Devices,
    dates: DateReader,
    report: Report,
    /// Line and moment of the report [ms], and its interval.
    at: Option<(u64, i64, Option<i64>)>,
    boot: Option<u64>,
}

impl Reader {
    fn new(source: &Source, options: &Options) -> Self {
        let (dates, report) = (DateReader::new(options.dates), Report::default());
        Self { file: source.name.clone(), devices: Devices::default(), dates, report, at: None, boot: None }
    }

    /// Takes the report that is complete, and begins another.
    fn take(&mut self, import: &mut Import) {
        let report = std::mem::take(&mut self.report);
        if let (Some((line, at, length)), false) = (self.at.take(), report.devices.is_empty()) {
            let taken = self.devices.take(&report, at, length, import);
            import.notes.row(&self.file, line, taken);
        }
        self.report.host = report.host;
    }

    fn finish(mut self, import: &mut Import) -> Result<(), Fault> {
        self.take(import);
        self.dates.tell(&self.file, &mut import.notes);
        self.devices.tell(import);
        Ok(())
    }

    /// A moment: seconds since 1970, a date with `UTC` or an offset behind it, or a local one.
    fn time(&mut self, text: &str, line: u64, import: &mut Import) -> Result<Result<i64, &'static str>, Fault> {
        if let Some((clock, at)) = exact(text) {
            return Ok(Ok(at + import.meter.clock(clock, &self.file)?));
        }
        let (local, clock) = match text.strip_suffix("UTC") {
            Some(rest) => (rest.trim(), Clock::Utc),
            None => (text, Clock::Civil),
        };
        // With -t some versions write 00-45-01.
        let local = match local.split_once(' ') {
            Some((date, time)) if !time.contains(':') => format!("{date} {}", time.replace('-', ":")),
            _ => local.to_string(),
        };
        match self.dates.read(&local, &self.file, line)? {
            Ok(at) => Ok(Ok(at + import.meter.clock(clock, &self.file)?)),
            Err(reason) => Ok(Err(reason)),
        }
    }
}

/// Seconds since 1970, or a moment with its offset (`+0100` has no colon there).
fn exact(text: &str) -> Option<(Clock, i64)> {
    if let Ok(seconds) = text.parse::<i64>() {
        return seconds.checked_mul(1_000).map(|at| (Clock::Utc, at));
    }
    let sign = text.rfind(['+', '-']).filter(|at| *at > 10 && text.len() - at == 5 && text.is_char_boundary(at + 3))?;
    moment(&format!("{}:{}", &text[..sign + 3], &text[sign + 3..])).ok().map(|at| (Clock::Utc, at))
}

/// `sadf -d` and `sadf -j`.
pub fn read(mut source: Source, import: &mut Import, options: &Options) -> Result<(), Fault> {
    if is_json(&mut source) {
        return read_json(source, import, options, false);
    }
    let mut reader = Reader::new(&source, options);
    let (mut columns, mut met): (Option<(usize, usize, f64)>, bool) = (None, false);
    while let Some((line, text)) = source.line(&mut import.notes)? {
        let text = text.trim();
        let mut fields = Vec::new();
        cut(text, ';', &mut fields);
        if text.starts_with('#') || fields[0] == "hostname" {
            columns = head(&fields);
            met |= columns.is_some();
        } else if fields.len() > 3 && fields[3].starts_with("LINUX-RESTART") {
            let remark = format!("{}: line {line}: the machine was restarted", reader.file);
            import.notes.remark(remark);
            import.notes.unused(&reader.file, line, "a restart");
        } else if text.is_empty() {
            continue;
        } else if let Some(columns) = columns {
            reader.row(&fields, columns, line, import)?;
        } else {
            import.notes.unused(&reader.file, line, "not about disks");
        }
    }
    if !met {
        let wrong = "it has no head of columns with DEV and what is written";
        return Err(Fault::new(&reader.file, 0, wrong, NO_COLUMN));
    }
    reader.finish(import)
}

/// Columns of device and of what is written, and the unit of the latter.
fn head(fields: &[Cow<'_, str>]) -> Option<(usize, usize, f64)> {
    let device = fields.iter().position(|field| field == "DEV")?;
    let (written, unit) =
        COLUMNS.iter().find_map(|(name, unit)| Some((fields.iter().position(|f| f == name)?, *unit)))?;
    Some((device, written, unit))
}

impl Reader {
    fn row(
        &mut self,
        fields: &[Cow<'_, str>],
        (device, written, unit): (usize, usize, f64),
        line: u64,
        import: &mut Import,
    ) -> Result<(), Fault> {
        let (Some(device), Some(written), true) = (fields.get(device), fields.get(written), fields.len() > 3) else {
            import.notes.unused(&self.file, line, "fewer fields than the head");
            return Ok(());
        };
        let read = self.time(&fields[2], line, import)?.and_then(|at| Ok((at, number(written)?)));
        let (at, value) = match read {
            Ok(read) => read,
            Err(reason) => {
                import.notes.unused(&self.file, line, reason);
                return Ok(());
            }
        };
        let length = number(&fields[1]).ok().filter(|seconds| (1.0..1e6).contains(seconds));
        if self.at.is_some_and(|(_, of, _)| of != at) || self.report.host != fields[0] {
            self.take(import);
        }
        self.at.get_or_insert((line, at, length.map(|seconds| (seconds * 1e3) as i64)));
        self.report.host = fields[0].to_string();
        self.report.devices.push((device.to_string(), value * unit));
        Ok(())
    }
}

/// `iostat -xt`, as text or JSON.
pub fn read_iostat(mut source: Source, import: &mut Import, options: &Options) -> Result<(), Fault> {
    if is_json(&mut source) {
        return read_json(source, import, options, true);
    }
    let mut reader = Reader::new(&source, options);
    reader.report.host = options.machine_of(&source.name);
    let (mut columns, mut rows): (Option<(usize, f64)>, bool) = (None, false);
    while let Some((line, text)) = source.line(&mut import.notes)? {
        let text = text.trim().to_string();
        if text.is_empty() {
            columns = None;
        } else if let Some(host) = banner(&text) {
            reader.take(import);
            reader.report.host = host;
            reader.boot = None;
        } else if let Some((column, unit)) = columns {
            rows = true;
            reader.device(&text, column, unit, line, import);
        } else if let Some(found) = device_head(&text) {
            columns = Some(found);
            if reader.at.is_none() {
                let wrong = "the report has no time stamp";
                return Err(Fault::new(&reader.file, line, wrong, "record with iostat -xt 60 (the t writes the time)"));
            }
        } else if text.starts_with(|c: char| c.is_ascii_digit()) && text.contains(':') {
            reader.take(import);
            let at = reader.time(&text, line, import)?;
            reader.at = at.ok().map(|at| (line, at, None));
        }
    }
    if !rows {
        let wrong = "it has no table of devices with what is written";
        return Err(Fault::new(&reader.file, 0, wrong, "record with iostat -xt 60"));
    }
    reader.finish(import)
}

/// The host of `Linux 5.15.0-91-generic (web1) \t11/25/2024 …`.
fn banner(text: &str) -> Option<String> {
    let rest = text.strip_prefix("Linux ")?.split_once('(')?.1;
    Some(rest.split_once(')')?.0.to_string())
}

/// Which word of a row of a device is what it wrote, and its unit.
fn device_head(text: &str) -> Option<(usize, f64)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    COLUMNS.iter().find_map(|(name, unit)| Some((words.iter().position(|word| word == name)?, *unit)))
}

impl Reader {
    fn device(&mut self, text: &str, column: usize, unit: f64, line: u64, import: &mut Import) {
        let Some((stamp, _, _)) = self.at else {
            return import.notes.unused(&self.file, line, "the time of the report cannot be read");
        };
        if *self.boot.get_or_insert(stamp) == stamp {
            return import.notes.unused(&self.file, line, SINCE_BOOT);
        }
        let mut words = text.split_whitespace();
        let name = words.next().unwrap_or_default().trim_end_matches(':').to_string();
        match words.nth(column.saturating_sub(1)).ok_or("fewer fields than the head").and_then(number) {
            Ok(value) => self.report.devices.push((name, value * unit)),
            Err(reason) => import.notes.unused(&self.file, line, reason),
        }
    }
}

/// Both write the same tree; elements are counted instead of lines.
fn read_json(source: Source, import: &mut Import, options: &Options, iostat: bool) -> Result<(), Fault> {
    let mut reader = Reader::new(&source, options);
    reader.report.host = options.machine_of(&source.name);
    let (mut count, mut fault) = (0u64, None);
    let walked = json::walk(source.read, &["sysstat", "hosts", "statistics"], &mut |met| match met {
        Met::Beside(key, Value::String(host)) if key == "nodename" => {
            reader.report.host = host;
            reader.boot = None;
            Ok(())
        }
        Met::Beside(..) => Ok(()),
        Met::Element(element) => {
            count += 1;
            let taken = reader.element(&element, count, iostat, import);
            taken.map_err(|error| {
                let wrong = error.wrong.clone();
                fault = Some(error);
                wrong
            })
        }
    });
    if let Some(fault) = fault {
        return Err(fault);
    }
    if let Err(error) = walked {
        let line = error.line() as u64;
        let mend = "name a whole file, as sadf -j or iostat -o JSON writes it";
        return Err(Fault::new(&reader.file, line, format!("this is not the JSON of sysstat: {error}"), mend));
    }
    if count == 0 {
        return Err(Fault::new(&reader.file, 0, "it has no sysstat.hosts[].statistics[]", NO_COLUMN));
    }
    reader.finish(import)
}

impl Reader {
    /// One element of `statistics`.
    fn element(&mut self, element: &Value, count: u64, iostat: bool, import: &mut Import) -> Result<(), Fault> {
        let Some(disks) = element.get("disk").and_then(Value::as_array) else {
            import.notes.unused(&self.file, count, "an element without disks");
            return Ok(());
        };
        let stamp = element.get("timestamp");
        let (text, length) = match stamp {
            Some(Value::String(text)) => (text.clone(), None),
            Some(object) => {
                let part = |key| object.get(key).and_then(Value::as_str).unwrap_or_default();
                let utc = object.get("utc").and_then(Value::as_u64) == Some(1) || part("tz") == "UTC";
                let length = json::number(object, "interval").filter(|seconds| (1.0..1e6).contains(seconds));
                (format!("{} {}{}", part("date"), part("time"), if utc { " UTC" } else { "" }), length)
            }
            None => (String::new(), None),
        };
        let at = match self.time(&text, count, import)? {
            Ok(at) => at,
            Err(_) if stamp.is_none() && iostat => {
                let mend = "record with iostat -xt 60 -o JSON (the t writes the time)";
                return Err(Fault::new(&self.file, 0, format!("element {count} has no time stamp"), mend));
            }
            Err(reason) => {
                import.notes.unused(&self.file, count, reason);
                return Ok(());
            }
        };
        if iostat && *self.boot.get_or_insert(count) == count {
            import.notes.unused(&self.file, count, SINCE_BOOT);
            return Ok(());
        }
        self.at = Some((count, at, length.map(|seconds| (seconds * 1e3) as i64)));
        for disk in disks {
            let name = ["disk-device", "disk_device"].iter().find_map(|key| disk.get(*key)).and_then(Value::as_str);
            let rate = COLUMNS.iter().find_map(|(key, unit)| json::number(disk, key).map(|value| value * unit));
            match (name, rate) {
                (Some(name), Some(rate)) => self.report.devices.push((name.to_string(), rate)),
                _ => import.notes.unused(&self.file, count, "a disk without name or what it wrote"),
            }
        }
        let host = self.report.host.clone();
        self.take(import);
        self.report.host = host;
        Ok(())
    }
}
