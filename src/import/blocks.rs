//! What a block trace tells: rate, size of writes, bursts, and how much of what is written is distinct by window.
//!
//! ```text
//! written   pages of 4 KiB that writes touch, every touch counted
//! distinct  the same, but a page counts once in each window [k·w, (k+1)·w)        share(w) = distinct / written
//! ```
//! One map from page to the moment of its last write serves all windows: a write is the first of its window unless the last one
//! fell into the same. Beyond [`PAGES_MAX`] pages only those whose hash lies below a falling threshold are followed, each standing for
//! 1/rate of them (Waldspurger et al. 2015, SHARDS), so that a trace of any length is measured in bounded memory.
//!
//! Rates reach the meter a minute at a time; a minute without requests is zero, not unknown.

use std::collections::BTreeMap;

use super::Import;
use super::meter::{Clock, Sample};
use super::notes::Fault;

/// Pages that are followed at most, of all machines together.
const PAGES_MAX: usize = 1 << 20;
/// Machines of one trace: each has pages of its own.
const MACHINES_MAX: usize = 1_000;
const PAGE: u64 = 4_096;
const MINUTE: i64 = 60_000;
/// More than one request moves [bytes].
const REQUEST_MAX: u64 = 1 << 26;
/// Windows of the curve [ms].
pub const WINDOWS: [i64; 7] = [10_000, 60_000, 300_000, 900_000, 1_800_000, 3_600_000, 14_400_000];

/// One write.
#[derive(Clone, Copy, Debug)]
pub struct Write {
    /// [ms] of the clock.
    pub at: i64,
    /// First byte on its disk, and how many.
    pub offset: u64,
    pub bytes: u64,
}

/// All writes of one machine.
#[derive(Debug)]
pub struct Study {
    series: usize,
    /// The minute in work, and what was written in it.
    minute: i64,
    bytes: u64,
    newest: i64,
    oldest: i64,
    /// The second in work, its bytes, and the most of one second.
    second: (i64, u64),
    second_max: u64,
    pub writes: u64,
    pub written: u64,
    pub backward: u64,
    /// How many writes had each size, by power of two.
    pub sizes: BTreeMap<u64, u64>,
    /// End of each disk, as far as it was touched.
    pub ends: BTreeMap<u32, u64>,
    pages: Pages,
}

impl Study {
    pub fn new(series: usize) -> Self {
        Self {
            series,
            minute: i64::MIN,
            bytes: 0,
            newest: i64::MIN,
            oldest: i64::MAX,
            second: (i64::MIN, 0),
            second_max: 0,
            writes: 0,
            written: 0,
            backward: 0,
            sizes: BTreeMap::new(),
            ends: BTreeMap::new(),
            pages: Pages::new(PAGES_MAX),
        }
    }

    /// Any request shows that the trace was running, and how far a disk reaches.
    pub fn touch(&mut self, disk: u32, request: Write, import: &mut Import) {
        let end = self.ends.entry(disk).or_default();
        *end = (*end).max(request.offset.saturating_add(request.bytes));
        self.oldest = self.oldest.min(request.at);
        if request.at < self.newest {
            self.backward += 1;
        }
        self.newest = self.newest.max(request.at);
        self.advance(self.newest.div_euclid(MINUTE), import);
    }

    pub fn write(&mut self, disk: u32, request: Write, import: &mut Import) -> Result<(), &'static str> {
        if request.bytes == 0 || request.bytes > REQUEST_MAX || request.offset > 1 << 62 {
            return Err("no size, or one that no request has");
        }
        self.touch(disk, request, import);
        self.writes += 1;
        self.written += request.bytes;
        self.bytes += request.bytes;
        *self.sizes.entry(request.bytes.next_power_of_two()).or_default() += 1;
        let second = self.newest.div_euclid(1_000);
        if second != self.second.0 {
            self.second = (second, 0);
        }
        self.second.1 += request.bytes;
        self.second_max = self.second_max.max(self.second.1);
        let pages = request.offset / PAGE..=(request.offset + request.bytes - 1) / PAGE;
        for page in pages {
            self.pages.write(mix(u64::from(disk)) ^ page, self.newest);
        }
        Ok(())
    }

    /// Hands over the minutes before `minute`.
    fn advance(&mut self, minute: i64, import: &mut Import) {
        if self.minute == i64::MIN {
            self.minute = minute;
        }
        if minute <= self.minute {
            return;
        }
        let mut put = |until: i64, minutes: i64, bytes: u64| {
            let rate = bytes as f64 / (minutes as f64 * 60.0);
            let sample = Sample { at: until * MINUTE, length: Some(minutes * MINUTE), rate };
            if let Err(reason) = import.meter.sample(self.series, sample) {
                import.notes.remark(format!("a minute of the trace was not used: {reason}"));
            }
        };
        put(self.minute + 1, 1, self.bytes);
        if minute > self.minute + 1 {
            put(minute, minute - self.minute - 1, 0);
        }
        (self.minute, self.bytes) = (minute, 0);
    }

    /// Hands over the last minute, as far as it lasted.
    pub fn finish(&mut self, import: &mut Import) {
        if self.minute == i64::MIN {
            return;
        }
        let length = (self.newest - self.minute * MINUTE).max(1_000);
        let rate = self.bytes as f64 / (length as f64 / 1e3);
        let sample = Sample { at: self.minute * MINUTE + length, length: Some(length), rate };
        if let Err(reason) = import.meter.sample(self.series, sample) {
            import.notes.remark(format!("the last minute of the trace was not used: {reason}"));
        }
        self.minute = i64::MIN;
        self.bytes = 0;
    }

    /// From the first to the last request [ms].
    pub fn lasted(&self) -> i64 {
        (self.newest.saturating_sub(self.oldest)).max(0)
    }

    /// Mean size of a write, a multiple of 512 bytes.
    pub fn block(&self) -> u64 {
        self.written.checked_div(self.writes).unwrap_or(PAGE).div_ceil(512).max(1) * 512
    }

    /// The highest second over the mean.
    pub fn burst(&self) -> Option<f64> {
        let mean = self.written as f64 / (self.lasted() as f64 / 1e3);
        (mean.is_finite() && mean > 0.0).then(|| self.second_max as f64 / mean)
    }

    /// Share of what is written that is distinct, by window, for windows that fit into the trace at least twice; falling.
    pub fn curve(&self) -> Vec<(i64, f64)> {
        let fits = WINDOWS.iter().zip(&self.pages.distinct).filter(|(window, _)| self.lasted() >= 2 * **window);
        let mut least = 1.0f64;
        let falling = fits.map(|(window, distinct)| {
            least = least.min(distinct / self.pages.written.max(f64::MIN_POSITIVE));
            (*window, least)
        });
        falling.collect()
    }
}

/// Pages and the moments of their last writes.
#[derive(Debug)]
struct Pages {
    last: BTreeMap<u64, i64>,
    most: usize,
    /// Pages whose hash lies below are followed.
    threshold: u64,
    /// Pages written, and distinct ones by window; each followed page stands for 2^64 / threshold.
    written: f64,
    distinct: [f64; WINDOWS.len()],
}

impl Pages {
    fn new(most: usize) -> Self {
        Self { last: BTreeMap::new(), most, threshold: u64::MAX, written: 0.0, distinct: [0.0; WINDOWS.len()] }
    }

    fn write(&mut self, page: u64, at: i64) {
        if mix(page) > self.threshold {
            return;
        }
        let weight = u64::MAX as f64 / self.threshold as f64;
        self.written += weight;
        let before = self.last.insert(page, at);
        for (window, distinct) in WINDOWS.iter().zip(&mut self.distinct) {
            let same = before.is_some_and(|before| before.div_euclid(*window) == at.div_euclid(*window));
            *distinct += if same { 0.0 } else { weight };
        }
        self.shrink();
    }

    /// Follows at most so many pages from now on.
    fn hold(&mut self, most: usize) {
        self.most = most;
        self.shrink();
    }

    fn shrink(&mut self) {
        while self.last.len() > self.most && self.threshold > 1 {
            self.threshold /= 2;
            let threshold = self.threshold;
            self.last.retain(|page, _| mix(*page) <= threshold);
        }
    }
}

/// A bijection that spreads pages evenly (the finalizer of SplitMix64, Steele et al. 2014).
fn mix(page: u64) -> u64 {
    let page = page.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let page = (page ^ (page >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let page = (page ^ (page >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    page ^ (page >> 31)
}

/// A trace file that is being read: machines by name, requests that are not writes counted.
pub struct Tracer {
    pub file: String,
    shift: i64,
    /// What a file without dates begins with [ms].
    first: Option<i64>,
    clock: Clock,
    reads: u64,
    vms: BTreeMap<String, Study>,
    /// A machine that an earlier file without dates had too.
    again: Option<String>,
}

impl Tracer {
    pub fn new(file: &str, clock: Clock, import: &mut Import) -> Result<Self, Fault> {
        let shift = import.meter.clock(clock, file)?;
        Ok(Self { file: file.to_string(), shift, first: None, clock, reads: 0, vms: BTreeMap::new(), again: None })
    }

    /// Takes a request of a machine's disk; `line` is that of the file.
    pub fn request(&mut self, vm: &str, disk: u32, is_write: bool, mut request: Write, line: u64, import: &mut Import) {
        if self.clock == Clock::Relative {
            request.at = request.at.saturating_sub(*self.first.get_or_insert(request.at));
        }
        request.at = request.at.saturating_add(self.shift);
        if !(0..7_300_000_000_000).contains(&request.at) {
            return import.notes.unused(&self.file, line, "the time lies outside what a trace can have");
        }
        if !self.vms.contains_key(vm) && !self.admit(vm, line, import) {
            return;
        }
        let Some(study) = self.vms.get_mut(vm) else { return };
        if !is_write {
            self.reads += 1;
            return study.touch(disk, request, import);
        }
        let taken = study.write(disk, request, import);
        import.notes.row(&self.file, line, taken);
    }

    /// Begins a machine, or goes on with that of an earlier file; all of them share the pages that are followed.
    fn admit(&mut self, vm: &str, line: u64, import: &mut Import) -> bool {
        if self.clock == Clock::Relative && import.studies.contains_key(vm) {
            self.again.get_or_insert_with(|| vm.to_string());
            return false;
        }
        if self.vms.len() >= MACHINES_MAX {
            import.notes.unused(&self.file, line, "more machines than are followed in one trace (1000)");
            return false;
        }
        let study = import.studies.remove(vm).unwrap_or_else(|| Study::new(import.meter.series(vm, "")));
        self.vms.insert(vm.to_string(), study);
        let most = PAGES_MAX / (self.vms.len() + import.studies.len()).max(1);
        self.vms.values_mut().chain(import.studies.values_mut()).for_each(|study| study.pages.hold(most));
        true
    }

    /// Ends the file.
    ///
    /// # Errors
    /// There was no write in it.
    pub fn finish(mut self, mend: &str, import: &mut Import) -> Result<(), Fault> {
        if let Some(vm) = &self.again {
            let wrong = format!("it is a second trace of `{vm}`, and neither has dates: which is the earlier one?");
            return Err(Fault::new(&self.file, 0, wrong, "put the files together, or import them apart"));
        }
        if import.notes.used_count(&self.file) == 0 {
            return Err(Fault::new(&self.file, 0, format!("it has no write ({} reads)", self.reads), mend));
        }
        if self.reads > 0 {
            import.notes.remark(format!("{}: {} reads passed over: they change nothing", self.file, self.reads));
        }
        for (vm, study) in &mut self.vms {
            study.finish(import);
            if study.backward > 0 {
                let remark =
                    format!("{vm}: {} requests back in time, counted with the newest before them", study.backward);
                import.notes.remark(remark);
            }
        }
        import.studies.append(&mut self.vms);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Page 0 every 10 s for an hour beside a new page each time: in a window of w seconds w/10 + 1 of 2w/10 are distinct.
    #[test]
    fn the_curve_is_what_one_can_count() {
        let mut pages = Pages::new(PAGES_MAX);
        for n in 0..360 {
            pages.write(0, n * 10_000);
            pages.write(1 + n as u64, n * 10_000);
        }
        let share = |at: usize| pages.distinct[at] / pages.written;
        assert_eq!([share(0), share(1), share(2), share(5)], [1.0, 7.0 / 12.0, 31.0 / 60.0, 361.0 / 720.0]);
    }

    /// With a hundredth of the pages the curve is the same within four standard errors: √(0.25/10⁴) = 0.5 %.
    #[test]
    fn a_sample_of_the_pages_tells_the_same_curve() {
        let curve = |most: usize| {
            let mut pages = Pages::new(most);
            for n in 0..1_000_000u64 {
                // Half of the writes go to pages that are written once, half to a hot set of 200 000.
                let page = if n % 2 == 0 { 1 << 40 | n } else { mix(n) % 200_000 };
                pages.write(page, n as i64 * 10);
            }
            assert!(pages.last.len() <= most);
            pages.distinct.map(|distinct| distinct / pages.written)
        };
        let (all, some) = (curve(1 << 21), curve(10_000));
        for (all, some) in all.iter().zip(&some) {
            assert!((all - some).abs() < 0.02, "{all} and {some}");
        }
    }
}
