//! Files larger than memory: more than a gigabyte is read from a stream, and the peak of the process is measured.

use std::fmt::Write as _;
use std::io::{self, Read};

use drsim::import::{Import, Input, Kind, Map, Notes, Options};
use drsim::units::Duration;

/// Text that is made as it is read; the line says whether there is another one.
struct Made<F> {
    line: F,
    next: u64,
    buffer: String,
    at: usize,
}

impl<F: FnMut(u64, &mut String) -> bool> Made<F> {
    fn new(line: F) -> Self {
        Self { line, next: 0, buffer: String::new(), at: 0 }
    }
}

impl<F: FnMut(u64, &mut String) -> bool> Read for Made<F> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.buffer.len() {
            self.buffer.clear();
            self.at = 0;
            while self.buffer.len() < 64 << 10 && (self.line)(self.next, &mut self.buffer) {
                self.next += 1;
            }
        }
        let count = into.len().min(self.buffer.len() - self.at);
        into[..count].copy_from_slice(&self.buffer.as_bytes()[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// Most memory that the process ever had [bytes]; `None` where the system does not tell.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib << 10)
}

/// 250 machines, an hour a row with a long note, 1.1 GB of them, in steps of a minute: more steps than are held, so that they are doubled on
/// the way. Then a block trace that touches more pages than are followed.
#[test]
fn a_gigabyte_streams_in_less_than_half_of_it() {
    const MACHINES: u64 = 250;
    const BYTES: u64 = 1_100 << 20;
    let filler = "x".repeat(4_096);
    let map = Map::parse("vm=vm,time=at,rate=rate:KiB/s").expect("a map");
    let options = Options { maps: vec![map], every: Some(Duration::minutes(1)), ..Options::default() };
    let mut import = Import::new(&options, Notes::new(None));
    let mut written = 0u64;
    let rows = Made::new(move |n, text| {
        if written >= BYTES {
            return false;
        }
        let before = text.len();
        if n == 0 {
            text.push_str("vm,at,note,rate\n");
        } else {
            let (vm, hour) = ((n - 1) % MACHINES, (n - 1) / MACHINES);
            let _ = writeln!(text, "vm{vm},{},{filler},{}", 1_700_000_000 + hour * 3_600, n % 1_000);
        }
        written += (text.len() - before) as u64;
        true
    });
    import.read(Kind::Csv, Input::new("rows.csv", rows), &options).expect("it is sound");
    let requests = Made::new(|n, text| {
        if n == 1_300_000 {
            return false;
        }
        let page = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let _ = writeln!(text, "{},vm0,0,Write,{},4096,1", 133_444_736_000_000_000 + n * 100_000, page * 4_096);
        true
    });
    import.read(Kind::Msr, Input::new("trace.csv", requests), &options).expect("it is sound");
    let limits = drsim::scenario::limits::profile("azure-stack-hub-2024").expect("the bundled profile");
    let (fleet, notes) = import.fleet(&options, &limits).expect("there are machines");
    assert!(fleet.assumed.iter().any(|line| line.contains("widened to")), "{:?}", fleet.assumed);
    let told = notes.remarks().iter().find(|remark| remark.starts_with("vm0: ")).expect("the trace was studied");
    assert!(told.contains("in 1300000 writes, 4.00 KiB in the mean"), "{told}");
    match peak() {
        Some(peak) => {
            eprintln!("peak memory: {} MiB", peak >> 20);
            assert!(peak < 500 << 20, "peak memory: {} MiB", peak >> 20);
        }
        None => eprintln!("SKIPPED: this system does not tell the peak of memory"),
    }
}
