//! Counters of vSphere as the Grid Workloads Archive has them (GWA-T-12, Bitbrains): one file a machine, one row a sample.
//!
//! ```text
//! Timestamp [ms];⇥CPU cores;⇥…;⇥Memory capacity provisioned [KB];⇥…;⇥Disk write throughput [KB/s];⇥…
//! ```
//! Columns are found by name. KB are 1024 bytes, as vSphere counts. The head says milliseconds where the values are seconds: the size of
//! the number decides, and that is said. The file's name is that of the machine.

use super::meter::{Clock, Sample};
use super::notes::Fault;
use super::numbers::number;
use super::source::{Source, cut};
use super::{Import, Options};
use crate::units::Bytes;

const WRITTEN: &str = "Disk write throughput [KB/s]";
/// Seconds of the year 5138, milliseconds of 1973.
const SECONDS_MAX: f64 = 1e11;

pub fn read(mut source: Source, import: &mut Import, options: &Options) -> Result<(), Fault> {
    let name = source.name.clone();
    let vm = options.machine_of(&name);
    let head = source.line(&mut import.notes)?.map(|(_, head)| head.into_owned()).unwrap_or_default();
    let mut fields = Vec::new();
    cut(&head, ';', &mut fields);
    let column = |wanted: &str| fields.iter().position(|field| field.eq_ignore_ascii_case(wanted));
    let time = fields.iter().position(|field| field.starts_with("Timestamp"));
    let (Some(time), Some(written)) = (time, column(WRITTEN)) else {
        let mend = "the kind `bitbrains` reads the files of GWA-T-12; other tables are read by `csv` with --map";
        return Err(Fault::new(&name, 1, format!("it has no columns `Timestamp` and `{WRITTEN}`"), mend));
    };
    let (cores, memory) = (column("CPU cores"), column("Memory capacity provisioned [KB]"));
    let shift = import.meter.clock(Clock::Utc, &name)?;
    let series = import.meter.series(&vm, "");
    let mut seen = (0u32, 0u64);
    let mut as_said = None;
    while let Some((line, text)) = source.line(&mut import.notes)? {
        if text.is_empty() {
            continue;
        }
        let mut fields = Vec::with_capacity(12);
        cut(&text, ';', &mut fields);
        let value = |column: usize| fields.get(column).ok_or("fewer fields than the head").and_then(|f| number(f));
        let read = value(time).and_then(|time| Ok((time, value(written)?)));
        if let Some(Ok(count)) = cores.map(&value) {
            seen.0 = seen.0.max(count as u32);
        }
        if let Some(Ok(kib)) = memory.map(&value) {
            seen.1 = seen.1.max(kib as u64);
        }
        let taken = read.and_then(|(time, rate)| {
            let seconds = time < SECONDS_MAX;
            as_said.get_or_insert(seconds);
            let at = if seconds { time * 1e3 } else { time } as i64;
            import.meter.sample(series, Sample { at: at.saturating_add(shift), length: None, rate: rate * 1_024.0 })
        });
        import.notes.row(&name, line, taken);
    }
    if as_said == Some(true) && fields[time].contains("[ms]") {
        import.notes.remark("the head of the times says [ms]; by their size they are seconds, and are read as such");
    }
    import.notes.remark("KB/s are taken for 1024 bytes a second, as vSphere counts");
    let memory = (seen.1 > 0).then(|| Bytes::kib(seen.1.min(1 << 40)));
    import.saw(&vm, None, (seen.0 > 0).then_some(seen.0), memory);
    Ok(())
}
