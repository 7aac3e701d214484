//! Traces: measured rates in CSV files become [`Series`] with one rate per step.
//!
//! ```text
//! rows → (vm, time, value) → steps of `every` → gaps filled → cut to whole weeks → bytes per second
//! ```
//! * Several samples of a VM in one step (doubled stamps): the largest counts.
//! * A step without a sample is unknown, not zero: it gets the mean of the VM's samples at that time of day, else the mean of
//!   all. VMs that appear late are filled the same way. Everything filled, doubled or left out is reported.
//! * A trace of at least a week is cut to whole weeks and laid on the week of the run (`align = "week"`), so that it repeats
//!   in phase; a trace without times begins with the run.
//!
//! Units: values are rates (`KiB/s`, `Mbit/s`) or amounts per step (`bit`, `KiB`, `4 KiB`); inside bytes per second in u32.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::units::{ByteRate, Bytes, Calendar, Duration, Timestamp, counted};
use crate::world::Series;

use super::InputNote;
use super::document::Section;
use super::files::{Csv, Files, encoding, file_names, plain_decimal};
use super::ledger::{Ledger, short};
use super::spans::Place;
use super::text::Encoding;

/// Most steps of one series and of all series of one trace.
const STEPS_MAX: u64 = 2_000_000;
const CELLS_MAX: u64 = 60_000_000;
const WEEK_S: i64 = 604_800;
const DAY_S: i64 = 86_400;

/// How a trace is to be read.
pub struct Trace<'t> {
    files: Vec<(&'t str, &'t Place)>,
    encoding: Encoding,
    vm_column: Option<(&'t str, Place)>,
    /// Only this VM.
    only: Option<(String, Place)>,
    time_column: Option<(&'t str, Place)>,
    time_per_second: f64,
    column: (&'t str, Place),
    /// Bytes per second of one unit of the column.
    factor: f64,
    pub every: Duration,
    stamped_at_end: bool,
    align_week: bool,
    place: Place,
}

/// The series of a trace by VM, in the order of the VMs' names (numbers as numbers).
pub struct ReadTrace {
    pub series: Vec<(String, Arc<Series>)>,
}

impl<'t> Trace<'t> {
    /// Reads the keys of a trace. `fleet`: one series per VM, so a VM column is needed and `vm` is not asked for.
    pub fn of(section: &Section<'t>, vm_wanted: bool, fleet: bool) -> Option<Trace<'t>> {
        let (files, encoding) = (file_names(section), encoding(section));
        let at = |key| (section.text(key), section.place_of(key));
        let named = |(text, place): (Option<&'t str>, Place)| text.map(|text| (text, place));
        let (vm_column, time_column) = (named(at("vm_column")), named(at("time_column")));
        let only = if vm_wanted && !fleet { only_vm(section) } else { None };
        let vm_column = match (vm_column, fleet || only.is_some()) {
            (None, true) => Some(("vm", section.place.clone())),
            (given, _) => given,
        };
        let column = (section.text_or_default("column"), section.place_of("column"));
        let every = step(section);
        let unit = section.text("unit").or_else(|| unit_by_column(column.0));
        let factor = match unit {
            Some(unit) => every.and_then(|every| factor(unit, every).or_else(|| refuse_unit(section, unit))),
            None => {
                let mend =
                    "write unit = \"KiB/s\" (1024 bytes a second), \"bit/s\", or an amount per step such as \"bit\"";
                section.missing("unit", mend);
                None
            }
        };
        let time_per_second = section.word_or_default("time_unit", &[("s", 1.0), ("ms", 1e3)]);
        let stamped_at_end = section.word_or_default("stamped", &[("begin", false), ("end", true)]);
        let align_week = section.word_or_default("align", &[("week", true), ("start", false)]);
        let place = section.place.clone();
        let (every, factor) = (every?, factor?);
        if files.is_empty() {
            return None;
        }
        Some(Trace {
            files,
            encoding,
            vm_column,
            only,
            time_column,
            time_per_second,
            column,
            factor,
            every,
            stamped_at_end,
            align_week,
            place,
        })
    }

    /// Reads the files. Faults go to the ledger, what was used and what was not into the files' notes.
    pub fn read(&self, purpose: &str, calendar: &Calendar, files: &Files<'_>, ledger: &Ledger) -> Option<ReadTrace> {
        let (mut pile, mut note) = self.pile(purpose, Vec::new(), files, ledger)?;
        if pile.first_was_wrong() {
            // Rarely: a VM's first row is not its earliest, so its steps were counted from the wrong stamp.
            let first = std::mem::take(&mut pile.first);
            drop(pile);
            (pile, note) = self.pile(purpose, first, files, ledger)?;
        }
        note.file = self.files.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        if note.rows_used == 0 {
            let (wrong, mend) = self.nothing_found(&note, &pile.others);
            ledger.fault(self.only.as_ref().map_or(&self.place, |(_, place)| place), wrong, "", mend);
            return None;
        }
        let read = self.lay_out(pile, purpose, calendar, &mut note, ledger);
        files.note(note);
        read
    }

    /// Reads all files once. `first`: each VM's earliest stamp, where that is known already.
    fn pile(&self, purpose: &str, first: Vec<i64>, files: &Files<'_>, ledger: &Ledger) -> Option<(Pile, InputNote)> {
        let mut pile = Pile { known: first, step_s: self.every.secs_f64(), ..Pile::default() };
        let mut note = InputNote::of("", purpose);
        for (name, place) in &self.files {
            note.file = (*name).to_string();
            self.collect(&Csv::open(files, name, self.encoding, place, ledger)?, &mut pile, &mut note, ledger)?;
        }
        note.doubled_steps += pile.doubled;
        Some((pile, note))
    }

    fn nothing_found(&self, note: &InputNote, others: &[String]) -> (String, String) {
        let file = short(&note.file);
        match &self.only {
            Some((vm, _)) if note.rows_left_out.is_empty() && !others.is_empty() => {
                let others: Vec<String> = others.iter().map(|other| short(other)).collect();
                (format!("`{file}` has no rows of vm `{}`", short(vm)), format!("vms there: {}", others.join(", ")))
            }
            _ => {
                let wrong = format!("`{file}` has no row that can be used ({})", note.reasons());
                (wrong, "check column, unit and separator of the file".into())
            }
        }
    }

    /// Reads the rows of one file into the pile.
    fn collect(&self, csv: &Csv, pile: &mut Pile, note: &mut InputNote, ledger: &Ledger) -> Option<()> {
        let value_column = csv.column_or(self.column.0, &self.column.1, ledger, "name it with column = \"…\"; ");
        let vm_column = match &self.vm_column {
            Some((name, place)) => Some(csv.column_or(name, place, ledger, "name it with vm_column = \"…\"; ")?),
            None => None,
        };
        let time_column = match &self.time_column {
            Some((name, place)) => Some(csv.column(name, place, ledger)?),
            None => ["timestamp_s", "time_s", "time"]
                .iter()
                .find(|n| csv.has_column(n))
                .and_then(|n| csv.column(n, &self.place, ledger)),
        };
        let value_column = value_column?;
        pile.timed = time_column.is_some();
        csv.fields(note, ledger, |row, note| {
            let vm = vm_column.map(|column| row.text(column)).unwrap_or_default();
            if self.only.as_ref().is_some_and(|(only, _)| *only != *vm) {
                return pile.pass_by(&vm);
            }
            let value = match csv.number(&row.text(value_column)) {
                Ok(value) => value * self.factor,
                Err(reason) => return note.leave_out(reason),
            };
            if value > f64::from(u32::MAX) {
                return note.leave_out("more than 4 GiB/s: is the unit right?");
            }
            let vm = pile.vm(&vm);
            let time = match time_column {
                Some(column) => match self.time(&row.text(column), &mut pile.civil) {
                    Some(time) => time,
                    None => return note.leave_out("the time cannot be read"),
                },
                None => pile.next_time(vm, self.every),
            };
            pile.push(vm, time, value as f32);
            note.rows_used += 1;
        });
        Some(())
    }

    /// Seconds since 1970: a number, RFC 3339, or a civil time such as `2005-06-07 07:00:00`.
    fn time(&self, text: &str, civil: &mut bool) -> Option<i64> {
        if let Some(number) = plain_decimal(text).or_else(|| text.parse().ok()) {
            let seconds = (number / self.time_per_second).round();
            // Years 1900 to 2200: milliseconds taken for seconds fall outside.
            return (-2.3e9..7.3e9).contains(&seconds).then_some(seconds as i64);
        }
        if let Ok(moment) = text.parse::<jiff::Timestamp>() {
            return Some(moment.as_second());
        }
        let time = text.parse::<jiff::civil::DateTime>().ok()?;
        *civil = true;
        Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
    }

    /// From samples to series.
    fn lay_out(
        &self,
        mut pile: Pile,
        purpose: &str,
        calendar: &Calendar,
        note: &mut InputNote,
        ledger: &Ledger,
    ) -> Option<ReadTrace> {
        let step_s = self.every.secs_f64();
        let first = pile.first.iter().copied().min().unwrap_or_default();
        let last = pile.last.iter().copied().max().unwrap_or_default();
        // A stamp belongs to the nearest step, so that stamps may tremble; one more step for the VMs' own phases.
        let steps = ((last - first) as f64 / step_s).round() as u64 + if pile.names.len() > 1 { 2 } else { 1 };
        let vms = pile.names.len() as u64;
        if steps > STEPS_MAX || steps * vms > CELLS_MAX {
            let (file, vms) = (short(&note.file), counted(vms, "VM"));
            let wrong = format!("`{file}` spans {steps} steps of {} for {vms}", self.every);
            let mend =
                format!("at most {STEPS_MAX} steps and {CELLS_MAX} values are read; check `time_unit` and `every`");
            ledger.fault(&self.place, wrong, "", mend);
            return None;
        }
        if pile.backwards > 0 {
            let rows = counted(pile.backwards, "step");
            note.remarks.push(format!("{rows} back in time; the rows were sorted into their steps"));
        }
        let kept = self.whole_weeks(steps, pile.timed, note);
        let begins = if self.stamped_at_end && pile.timed { first - step_s.round() as i64 } else { first };
        let starts =
            if pile.timed && self.align_week { week_offset(begins, pile.civil, calendar) } else { Timestamp::START };
        let mut late = 0u64;
        let mut row = Vec::new();
        let mut series: Vec<(String, Arc<Series>)> = Vec::new();
        for (name, vm) in std::mem::take(&mut pile.names) {
            let behind = ((pile.first[vm as usize] - first) as f64 / step_s).round() as usize;
            row.clear();
            row.resize(behind, f32::NAN);
            row.append(&mut pile.cells[vm as usize]);
            pile.cells[vm as usize] = Vec::new();
            row.resize(kept as usize, f32::NAN);
            let before = row.iter().take_while(|value| value.is_nan()).count();
            late += u64::from(before as f64 * step_s > DAY_S as f64);
            if before == row.len() {
                note.remarks
                    .push(format!("vm {} has no sample in the part that is used; it is left out", short(&name)));
                continue;
            }
            note.gaps_filled += fill(&mut row, first, step_s);
            let rates = row.iter().map(|value| value.round() as u32).collect();
            let title = if name.is_empty() { purpose.to_string() } else { format!("{purpose}, vm {}", short(&name)) };
            series.push((name, Arc::new(Series { name: title, every: self.every, starts, rates })));
        }
        if late > 0 {
            note.remarks.push(format!(
                "VMs that appear more than a day after the first sample: {late}; the time before is filled"
            ));
        }
        Some(ReadTrace { series })
    }

    /// How many steps are kept, so that the trace repeats in phase with the week (or at least with the day).
    fn whole_weeks(&self, steps: u64, timed: bool, note: &mut InputNote) -> u64 {
        let every = self.every.ns();
        for (span, word) in [(Duration::days(7).ns(), "weeks"), (Duration::days(1).ns(), "days")] {
            let per = span / every;
            if timed && self.align_week && span % every == 0 && steps >= per {
                let rounds = steps / per;
                if rounds * per < steps {
                    note.remarks.push(format!("cut to {rounds} whole {word}, so that it repeats in phase"));
                }
                return rounds * per;
            }
        }
        steps
    }
}

/// The largest sample of each step of each VM, counted from the VM's own first stamp.
#[derive(Default)]
struct Pile {
    names: BTreeMap<String, u32>,
    by_id: Vec<String>,
    /// By VM: which one came next when it was last seen.
    after: Vec<u32>,
    before: u32,
    /// By VM and step; unknown ones are no number.
    cells: Vec<Vec<f32>>,
    cell_count: u64,
    doubled: u64,
    /// By VM: from which stamp its steps are counted; latest and earliest stamp seen.
    from: Vec<i64>,
    last: Vec<i64>,
    first: Vec<i64>,
    /// Earliest stamps known before.
    known: Vec<i64>,
    step_s: f64,
    backwards: u64,
    /// Some of the VMs that are not asked for.
    others: Vec<String>,
    timed: bool,
    civil: bool,
}

impl Pile {
    fn vm(&mut self, name: &str) -> u32 {
        // Traces are sorted by VM or by time: the same VM comes again, or the one that came after it before.
        let guess = self.after.get(self.before as usize).copied();
        for known in [Some(self.before), guess].into_iter().flatten() {
            if self.by_id.get(known as usize).is_some_and(|other| other == name) {
                return self.turn_to(known);
            }
        }
        if let Some(vm) = self.names.get(name) {
            return self.turn_to(*vm);
        }
        let vm = self.last.len() as u32;
        self.names.insert(name.to_string(), vm);
        self.by_id.push(name.to_string());
        self.after.push(vm);
        self.cells.push(Vec::new());
        self.from.push(i64::MAX);
        self.last.push(i64::MIN);
        self.first.push(i64::MAX);
        self.turn_to(vm)
    }

    /// A row of a VM that is not asked for; a few are remembered for the message when no other is found.
    fn pass_by(&mut self, name: &str) {
        const OTHERS_MAX: usize = 8;
        if self.others.len() < OTHERS_MAX && !self.others.iter().any(|other| other == name) {
            self.others.push(name.to_string());
        }
    }

    fn turn_to(&mut self, vm: u32) -> u32 {
        self.after[self.before as usize] = vm;
        self.before = vm;
        vm
    }

    fn next_time(&self, vm: u32, every: Duration) -> i64 {
        match self.last[vm as usize] {
            i64::MIN => 0,
            last => last + (every.ns() / 1_000_000_000).max(1) as i64,
        }
    }

    fn push(&mut self, vm: u32, time_s: i64, value: f32) {
        let vm = vm as usize;
        if self.first[vm] == i64::MAX {
            self.from[vm] = self.known.get(vm).copied().unwrap_or(time_s);
        }
        self.backwards += u64::from(time_s < self.last[vm]);
        self.last[vm] = self.last[vm].max(time_s);
        self.first[vm] = self.first[vm].min(time_s);
        // Each VM has its own phase: its steps are counted from its own first sample.
        let step = ((time_s - self.from[vm]) as f64 / self.step_s).round();
        // What lies before is read again; what lies too far is told when the trace is laid out.
        if !(0.0..STEPS_MAX as f64).contains(&step) {
            return;
        }
        let (step, cells) = (step as usize, &mut self.cells[vm]);
        if step >= cells.len() {
            self.cell_count += (step + 1 - cells.len()) as u64;
            if self.cell_count > CELLS_MAX {
                return;
            }
            cells.resize(step + 1, f32::NAN);
        }
        self.doubled += u64::from(!cells[step].is_nan());
        cells[step] = cells[step].max(value);
    }

    fn first_was_wrong(&self) -> bool {
        self.first != self.from
    }
}

/// Fills unknown steps with the mean at that time of day, else with the mean; returns how many.
fn fill(row: &mut [f32], first_s: i64, step_s: f64) -> u64 {
    let phase = |step: usize| (((first_s as f64 + step as f64 * step_s) / 60.0).floor() as i64).rem_euclid(DAY_S / 60);
    let mut by_phase: BTreeMap<i64, (f64, u32)> = BTreeMap::new();
    let (mut sum, mut count) = (0.0, 0u32);
    let mut gaps = 0;
    for (step, value) in row.iter().enumerate() {
        if value.is_nan() {
            gaps += 1;
            continue;
        }
        let slot = by_phase.entry(phase(step)).or_default();
        *slot = (slot.0 + f64::from(*value), slot.1 + 1);
        (sum, count) = (sum + f64::from(*value), count + 1);
    }
    if gaps > 0 {
        for (step, value) in row.iter_mut().enumerate().filter(|(_, value)| value.is_nan()) {
            let (sum, count) = by_phase.get(&phase(step)).copied().unwrap_or((sum, count));
            *value = (sum / f64::from(count.max(1))) as f32;
        }
    }
    gaps
}

/// The moment of the run's first week with the weekday and time of day of the trace's begin.
fn week_offset(begin_s: i64, civil: bool, calendar: &Calendar) -> Timestamp {
    let run = if civil {
        // The first of January 1970 was a Thursday: a civil week begins four days later.
        let in_week = i64::from(calendar.start_weekday) * DAY_S + (calendar.start_time.ns() / 1_000_000_000) as i64;
        in_week + 4 * DAY_S
    } else {
        calendar.start_unix_s
    };
    Timestamp::START + Duration::secs((begin_s - run).rem_euclid(WEEK_S) as u64)
}

fn only_vm(section: &Section<'_>) -> Option<(String, Place)> {
    let place = section.place_of("vm");
    let number = section.node("vm")?.value.number().filter(|number| number.fract() == 0.0);
    let vm = match number {
        Some(number) => format!("{number:.0}"),
        None => section.text("vm")?.to_string(),
    };
    Some((vm, place))
}

/// The step of a trace, at least a second.
fn step(section: &Section<'_>) -> Option<Duration> {
    if !section.has("every") {
        section.missing("every", "write the step of the trace: every = \"5m\"");
    }
    let every = section.positive_span("every")?;
    if every < Duration::secs(1) {
        section.fault("every", "a step must be at least a second", "write every = \"1s\" or more");
        return None;
    }
    Some(every)
}

/// Columns whose name says the unit need no `unit`.
fn unit_by_column(column: &str) -> Option<&'static str> {
    Some(match column {
        "bytes_per_s" => "B/s",
        "bits_per_s" => "bit/s",
        "bytes" => "B",
        "bits" => "bit",
        _ => return None,
    })
}

/// Bytes per second of one unit: a rate, or an amount per step.
pub fn factor(unit: &str, every: Duration) -> Option<f64> {
    let (many, divisor) = if unit.starts_with(|c: char| c.is_ascii_digit()) {
        (unit.to_string(), 1.0)
    } else {
        (format!("1000000 {unit}"), 1e6)
    };
    if let Ok(rate) = many.parse::<ByteRate>() {
        return Some(rate.0 as f64 / divisor);
    }
    let amount =
        many.parse::<Bytes>().map(|bytes| bytes.0).or_else(|_| format!("{many}/s").parse().map(|r: ByteRate| r.0));
    amount.ok().map(|amount| amount as f64 / divisor / every.secs_f64())
}

fn refuse_unit(section: &Section<'_>, unit: &str) -> Option<f64> {
    let wrong = format!("`{}` is no unit of a trace", short(unit));
    section.fault(
        "unit",
        wrong,
        "a rate: \"KiB/s\", \"MB/s\", \"Mbit/s\"; or an amount per step: \"bit\", \"B\", \"KiB\"",
    );
    None
}
