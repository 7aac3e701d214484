//! From samples to series: what counters say, machine by machine, in the order of the file.
//!
//! A sample is the mean rate of the interval that ends at its stamp. Where the tool does not say how long that is, it is the time
//! since the sample before, as long as that is at most [`GAP_FACTOR`] times the usual one; a longer one is a gap, and what was written in
//! it is unknown. The usual interval is the median of the first few, found anew when it changes for good.
//!
//! Doubled stamps (the larger value counts), stamps that go back, and values that cannot be are refused with the reason, so that
//! the reader can report the row. Times [ms since the epoch of the clock], rates [bytes/s].

use std::collections::BTreeMap;

use crate::inventory::VMS_MAX;

use super::grid::{Grid, step_for};
use super::notes::Fault;

/// A pause longer than this many usual intervals is a gap.
const GAP_FACTOR: f64 = 1.5;
/// So many samples tell the usual interval.
const EARLY: usize = 8;
/// So many spans are waited for until the step of the grid is chosen.
const SPANS_EARLY: usize = 20_000;
/// A stamp further ahead is a broken clock [ms].
const JUMP_MAX: i64 = 400 * 86_400_000;
/// Years 1980 to 2200 [ms]; a clock without date begins at zero.
const TIMES: std::ops::Range<i64> = 0..7_300_000_000_000;
/// More than any disk writes, and more than a scenario takes [bytes/s].
const RATE_MAX: f64 = 4_294_967_295.0;

/// What the stamps of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Moments of the world.
    Utc,
    /// Local time; of which zone is not said.
    Civil,
    /// Time since the begin of the recording.
    Relative,
}

impl Clock {
    /// The column of a trace that has such times.
    pub fn column(self) -> &'static str {
        match self {
            Clock::Civil => "time",
            Clock::Utc | Clock::Relative => "timestamp_s",
        }
    }
}

/// More machines than a scenario takes.
pub const SERIES_MAX: usize = VMS_MAX as usize;
pub const TOO_MANY: &str = "more machines than a scenario takes (200000)";

/// One reading.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// End of the interval [ms].
    pub at: i64,
    /// Its length [ms], where the tool says it.
    pub length: Option<i64>,
    /// Mean over the interval [bytes/s].
    pub rate: f64,
}

/// What happened to the stamps of all series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Defects {
    pub doubled: u64,
    pub backward: u64,
    pub gaps: u64,
    /// Sum and longest of the gaps [ms].
    pub gap_time: i64,
    pub gap_longest: i64,
}

/// One machine's (or one of its disks') samples.
#[derive(Debug)]
struct Track {
    vm: String,
    /// The newest sample and the time since the one before: the next one may be its double.
    held: Option<(Sample, Option<i64>)>,
    starting: Vec<(Sample, Option<i64>)>,
    /// The usual interval, once known [ms].
    usual: Option<i64>,
    /// The last pauses that were not usual.
    strays: Vec<i64>,
}

/// Takes samples and makes series of them.
#[derive(Debug)]
pub struct Meter {
    tracks: Vec<Track>,
    ids: BTreeMap<String, BTreeMap<String, usize>>,
    last: usize,
    last_key: (String, String),
    grid: Option<Grid>,
    /// Spans that came before the step was chosen: series, begin, end, rate.
    early: Vec<(usize, i64, i64, f64)>,
    clock: Option<(Clock, String)>,
    /// What local times lie ahead of UTC [s], where it was said.
    offset_s: Option<i64>,
    /// How often each interval was met, by its seconds.
    intervals: BTreeMap<i64, u64>,
    pub defects: Defects,
}

/// The series of all machines.
#[derive(Debug)]
pub struct Measured {
    pub step_s: i64,
    pub clock: Clock,
    /// The usual interval of the tools [s].
    pub interval_s: i64,
    pub doublings: u32,
    pub defects: Defects,
    pub series: BTreeMap<String, Rates>,
}

/// One machine's rates: first step since the epoch, and the rate of each step [bytes/s]; unknown ones are no number.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    pub from: i64,
    pub rates: Vec<f32>,
}

impl Rates {
    pub fn known(&self) -> impl Iterator<Item = f64> + '_ {
        self.rates.iter().filter(|rate| !rate.is_nan()).map(|rate| f64::from(*rate))
    }

    /// Mean of what is known [bytes/s].
    pub fn mean(&self) -> f64 {
        let (sum, count) = self.known().fold((0.0, 0u64), |(sum, count), rate| (sum + rate, count + 1));
        if count == 0 { 0.0 } else { sum / count as f64 }
    }
}

impl Meter {
    /// `step_s`: the step wanted; `None` takes the shortest that the intervals fill. `offset_s`: what local times are ahead of UTC.
    pub fn new(step_s: Option<i64>, offset_s: Option<i64>) -> Self {
        Self {
            tracks: Vec::new(),
            ids: BTreeMap::new(),
            last: usize::MAX,
            last_key: (String::new(), String::new()),
            grid: step_s.map(Grid::new),
            early: Vec::new(),
            clock: None,
            offset_s,
            intervals: BTreeMap::new(),
            defects: Defects::default(),
        }
    }

    /// Says what the stamps of a file are; returns what is to be added to them [ms].
    ///
    /// # Errors
    /// An earlier file has other ones: they cannot be laid side by side.
    pub fn clock(&mut self, clock: Clock, file: &str) -> Result<i64, Fault> {
        let (clock, shift) = match (clock, self.offset_s) {
            (Clock::Civil, Some(offset)) => (Clock::Utc, -offset * 1_000),
            (clock, _) => (clock, 0),
        };
        let say = |clock| match clock {
            Clock::Utc => "times in UTC",
            Clock::Civil => "local times without their zone",
            Clock::Relative => "times from the begin of the recording",
        };
        match &self.clock {
            Some((known, of)) if *known != clock => {
                let wrong = format!("it has {}, and {of} has {}", say(clock), say(*known));
                let mend = "say what the local times are with --utc-offset +01:00, or import the files apart";
                Err(Fault::new(file, 0, wrong, mend))
            }
            _ => {
                self.clock.get_or_insert((clock, file.to_string()));
                Ok(shift)
            }
        }
    }

    /// The series of a machine's disk; an empty disk is the machine as a whole.
    pub fn series(&mut self, vm: &str, disk: &str) -> usize {
        if self.last != usize::MAX && self.last_key.0 == vm && self.last_key.1 == disk {
            return self.last;
        }
        let next = self.tracks.len();
        let id = match self.ids.get(vm).and_then(|disks| disks.get(disk)) {
            Some(id) => *id,
            // A file of names without end must not fill the memory: its samples are refused.
            None if next >= SERIES_MAX => return usize::MAX,
            None => {
                self.ids.entry(vm.to_string()).or_default().insert(disk.to_string(), next);
                let (held, starting, strays) = (None, Vec::new(), Vec::new());
                self.tracks.push(Track { vm: vm.to_string(), held, starting, usual: None, strays });
                next
            }
        };
        self.last = id;
        self.last_key = (vm.to_string(), disk.to_string());
        id
    }

    /// Takes a sample, or says why not.
    pub fn sample(&mut self, series: usize, sample: Sample) -> Result<(), &'static str> {
        if series >= self.tracks.len() {
            return Err(TOO_MANY);
        }
        if !sample.rate.is_finite() {
            return Err("the value is not finite");
        }
        if sample.rate < 0.0 {
            return Err("the value is negative: a counter that was reset");
        }
        if sample.rate > RATE_MAX {
            return Err("more than 4 GiB/s: a counter that was reset, or another unit");
        }
        if !TIMES.contains(&sample.at) {
            return Err("the time lies outside the years 1970 to 2200");
        }
        let track = &mut self.tracks[series];
        let pause = match &mut track.held {
            Some((held, _)) if held.at == sample.at => {
                held.rate = held.rate.max(sample.rate);
                self.defects.doubled += 1;
                return Err("the same time stamp as the row before; the larger value was taken");
            }
            Some((held, _)) if held.at > sample.at => {
                self.defects.backward += 1;
                return Err("the time goes back");
            }
            Some((held, _)) if sample.at - held.at > JUMP_MAX => {
                return Err("more than 400 days after the row before");
            }
            Some((held, _)) => Some(sample.at - held.at),
            None => None,
        };
        if let Some(done) = track.held.replace((sample, pause)) {
            self.settle(series, done);
        }
        Ok(())
    }

    /// Ends a file: the next one may begin at any time.
    pub fn end_of_file(&mut self) {
        for series in 0..self.tracks.len() {
            if let Some(done) = self.tracks[series].held.take() {
                self.settle(series, done);
            }
            self.start(series);
            let track = &mut self.tracks[series];
            (track.usual, track.strays) = (None, Vec::new());
        }
    }

    /// A sample that will not change any more.
    fn settle(&mut self, series: usize, done: (Sample, Option<i64>)) {
        if let Some(pause) = done.1 {
            let key = (pause + 500) / 1_000;
            if self.intervals.len() < 4_096 || self.intervals.contains_key(&key) {
                *self.intervals.entry(key).or_default() += 1;
            }
        }
        let track = &mut self.tracks[series];
        if track.usual.is_none() && done.0.length.is_none() {
            track.starting.push(done);
            if track.starting.len() > EARLY {
                self.start(series);
            }
            return;
        }
        self.spread(series, done);
    }

    /// Now the usual interval is known as well as it will be.
    fn start(&mut self, series: usize) {
        let starting = std::mem::take(&mut self.tracks[series].starting);
        let pauses: Vec<i64> = starting.iter().filter_map(|(_, pause)| *pause).collect();
        // A single sample says nothing about its length: a step of the grid is as good as any.
        self.tracks[series].usual = Some(median(pauses).unwrap_or(60_000));
        for done in starting {
            self.spread(series, done);
        }
    }

    /// From a sample to the span that it covers.
    fn spread(&mut self, series: usize, (sample, pause): (Sample, Option<i64>)) {
        let track = &mut self.tracks[series];
        if let (None, Some(pause)) = (sample.length, pause) {
            track.watch(pause);
        }
        let usual = sample.length.or(track.usual).unwrap_or(60_000).max(1);
        let length = match pause {
            Some(pause) if pause as f64 <= GAP_FACTOR * usual as f64 => match sample.length {
                Some(length) => length.min(pause),
                None => pause,
            },
            Some(pause) => {
                self.defects.gaps += 1;
                self.defects.gap_time += pause - usual;
                self.defects.gap_longest = self.defects.gap_longest.max(pause - usual);
                usual
            }
            None => usual,
        };
        let span = (series, sample.at - length, sample.at, sample.rate);
        match &mut self.grid {
            Some(grid) => grid.pour(span.0, span.1, span.2, span.3),
            None => {
                self.early.push(span);
                if self.early.len() >= SPANS_EARLY {
                    self.choose_step();
                }
            }
        }
    }

    /// Chooses the step by what was seen so far, and pours it.
    fn choose_step(&mut self) -> &mut Grid {
        let early = std::mem::take(&mut self.early);
        self.grid.get_or_insert_with(|| {
            let usual = median(early.iter().map(|span| span.2 - span.1).collect()).unwrap_or(300_000);
            let mut grid = Grid::new(step_for(usual));
            early.iter().for_each(|(series, begin, end, rate)| grid.pour(*series, *begin, *end, *rate));
            grid
        })
    }

    /// The series, disks added up by machine. A step in which a disk of a machine is unknown is unknown.
    pub fn finish(mut self) -> Measured {
        self.end_of_file();
        self.choose_step();
        let grid = self.grid.take().unwrap_or_else(|| Grid::new(300));
        let mut series: BTreeMap<String, Rates> = BTreeMap::new();
        for (id, track) in self.tracks.iter().enumerate() {
            let (from, rates) = grid.rates(id);
            if rates.is_empty() {
                continue;
            }
            match series.get_mut(&track.vm) {
                None => drop(series.insert(track.vm.clone(), Rates { from, rates })),
                Some(sum) => sum.add(from, &rates),
            }
        }
        let interval_s = weighted_median(&self.intervals).unwrap_or(grid.step_s());
        let clock = self.clock.map_or(Clock::Relative, |(clock, _)| clock);
        let (step_s, doublings) = (grid.step_s(), grid.doublings);
        Measured { step_s, clock, interval_s, doublings, defects: self.defects, series }
    }
}

impl Rates {
    /// Adds another disk. Outside the time of either only the other counts: disks come and go.
    pub fn add(&mut self, from: i64, rates: &[f32]) {
        let begin = self.from.min(from);
        let end = (self.from + self.rates.len() as i64).max(from + rates.len() as i64);
        let at = |of: i64, row: &[f32], step: i64| usize::try_from(step - of).ok().and_then(|at| row.get(at)).copied();
        let sum = (begin..end).map(|step| match (at(self.from, &self.rates, step), at(from, rates, step)) {
            (Some(one), Some(other)) => one + other,
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => f32::NAN,
        });
        *self = Rates { from: begin, rates: sum.collect() };
    }
}

impl Track {
    /// Notices when the usual interval has changed for good.
    fn watch(&mut self, pause: i64) {
        let usual = self.usual.unwrap_or(pause);
        if (pause - usual).abs() * 10 <= usual {
            return self.strays.clear();
        }
        self.strays.push(pause);
        if self.strays.len() >= EARLY {
            self.usual = median(std::mem::take(&mut self.strays));
        }
    }
}

fn median(mut values: Vec<i64>) -> Option<i64> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

/// The value below which half of the counts lie.
fn weighted_median(counts: &BTreeMap<i64, u64>) -> Option<i64> {
    let half = counts.values().sum::<u64>().div_ceil(2);
    let mut below = 0;
    counts.iter().find_map(|(value, count)| {
        below += count;
        (below >= half).then_some(*value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn sample(minute: i64, rate: f64) -> Sample {
        Sample { at: minute * MINUTE, length: None, rate }
    }

    fn measured(samples: &[(i64, f64)]) -> Measured {
        let mut meter = Meter::new(None, None);
        let id = meter.series("a", "");
        for (minute, rate) in samples {
            meter.sample(id, sample(*minute, *rate)).expect("it is in order");
        }
        meter.finish()
    }

    /// Samples every five minutes at 10, 15 … 35 min, nothing until 60: the first covers five minutes too, the gap stays unknown.
    #[test]
    fn a_sample_covers_the_time_since_the_one_before_and_a_gap_is_unknown() {
        let read = measured(&[(10, 1.0), (15, 2.0), (20, 3.0), (25, 4.0), (30, 5.0), (35, 6.0), (60, 7.0), (65, 8.0)]);
        assert_eq!((read.step_s, read.interval_s), (300, 300));
        let rates = &read.series["a"];
        assert_eq!(rates.from, 1);
        assert_eq!(rates.rates[..6], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert!(rates.rates[6..10].iter().all(|rate| rate.is_nan()));
        assert_eq!(rates.rates[10..], [7.0, 8.0]);
        let defects = Defects { gaps: 1, gap_time: 20 * MINUTE, gap_longest: 20 * MINUTE, ..Defects::default() };
        assert_eq!(read.defects, defects);
    }

    #[test]
    fn doubled_and_backward_stamps_are_refused_and_counted() {
        let mut meter = Meter::new(None, None);
        let id = meter.series("a", "");
        for (minute, rate) in [(5, 1.0), (10, 2.0)] {
            meter.sample(id, sample(minute, rate)).expect("it is in order");
        }
        let refused = |meter: &mut Meter, minute, rate| meter.sample(id, sample(minute, rate)).expect_err("refused");
        assert!(refused(&mut meter, 10, 9.0).contains("the same time stamp"));
        assert!(refused(&mut meter, 5, 9.0).contains("goes back"));
        assert!(refused(&mut meter, 15, -1.0).contains("negative"));
        assert!(refused(&mut meter, 15, 1e18).contains("4 GiB/s"));
        assert!(refused(&mut meter, 15, f64::NAN).contains("finite"));
        assert!(refused(&mut meter, 1_000_000, 1.0).contains("400 days"));
        let read = meter.finish();
        assert_eq!((read.defects.doubled, read.defects.backward), (1, 1));
        assert_eq!(read.series["a"].rates, [1.0, 9.0], "the larger of the two");
    }

    #[test]
    fn disks_add_up_and_a_step_with_an_unknown_disk_is_unknown() {
        let mut meter = Meter::new(None, None);
        for (disk, skipped) in [("c", 99), ("d", 30)] {
            let id = meter.series("a", disk);
            for minute in (5..60).step_by(5).filter(|minute| *minute != skipped) {
                meter.sample(id, sample(minute, 2.0)).expect("it is in order");
            }
        }
        let rates = &meter.finish().series["a"].rates;
        assert_eq!(rates.iter().filter(|rate| **rate == 4.0).count(), 10);
        assert!(rates[5].is_nan());
    }

    /// Two files whose local times are not the same clock as the stamps of the first.
    #[test]
    fn clocks_are_not_mixed_unless_the_zone_is_said() {
        let mut meter = Meter::new(None, None);
        assert_eq!(meter.clock(Clock::Utc, "a"), Ok(0));
        let fault = meter.clock(Clock::Civil, "b").expect_err("another clock");
        assert_eq!(fault.wrong, "it has local times without their zone, and a has times in UTC");
        let mut meter = Meter::new(None, Some(3_600));
        assert_eq!(meter.clock(Clock::Utc, "a"), Ok(0));
        assert_eq!(meter.clock(Clock::Civil, "b"), Ok(-3_600_000));
    }

    #[test]
    fn a_change_of_the_interval_is_no_row_of_gaps() {
        let mut samples: Vec<(i64, f64)> = (1..20).map(|n| (n * 5, 1.0)).collect();
        samples.extend((1..20).map(|n| (95 + n * 20, 1.0)));
        let read = measured(&samples);
        assert!(read.defects.gaps <= EARLY as u64, "{:?}", read.defects);
    }
}
