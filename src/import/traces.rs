//! Block traces: who wrote how much where, request by request.
//!
//! | kind | what it is | times | offsets |
//! |---|---|---|---|
//! | `vscsi` binary | CloudPhysics, records of 32 (version 1) or 40 bytes (version 2), little endian | µs | 512-byte blocks |
//! | `vscsi` text | the same as CSV, with a head or as time, block, `r`/`w`, bytes | µs | 512-byte blocks |
//! | `msr` | MSR Cambridge CSV: time, host, disk, type, offset, size, response | 100 ns since 1601, UTC | bytes |
//! | `blkparse` | blktrace as text | s | 512-byte sectors |
//!
//! Of blktrace's events one kind counts, so that a request counts once: queued (`Q`), else issued (`D`), else completed (`C`), by what the first
//! [`BLK_EARLY`] lines have.

use std::borrow::Cow;
use std::io::{ErrorKind, Read};

use super::blocks::{Tracer, Write};
use super::meter::Clock;
use super::notes::Fault;
use super::numbers::number;
use super::source::{Input, Source, cut, unpacked, unreadable};
use super::{Import, Options};

/// Lines of blkparse that show which events there are.
const BLK_EARLY: usize = 1_000;
/// From 1601 to 1970 [100 ns].
const FILETIME_1970: i64 = 116_444_736_000_000_000;
const VSCSI_CURE: &str = "name a vscsi trace: records of 32 or 40 bytes, or CSV with time, block, r or w, bytes";

/// A record of a binary trace.
struct Record {
    command: u16,
    version: u16,
    bytes: u32,
    block: u64,
    at_us: u64,
}

/// Sizes of the records of version 1 and 2.
const RECORDS: [(u16, usize); 2] = [(1, 32), (2, 40)];

fn record(version: u16, at: &[u8]) -> Record {
    let u16_at = |place: usize| u16::from_le_bytes([at[place], at[place + 1]]);
    let u32_at = |place: usize| u32::from_le_bytes([at[place], at[place + 1], at[place + 2], at[place + 3]]);
    let u64_at = |place: usize| u64::from(u32_at(place)) | u64::from(u32_at(place + 4)) << 32;
    match version {
        1 => {
            Record { command: u16_at(12), version: u16_at(14), bytes: u32_at(4), block: u64_at(16), at_us: u64_at(24) }
        }
        _ => Record { command: u16_at(0), version: u16_at(2), bytes: u32_at(8), block: u64_at(16), at_us: u64_at(24) },
    }
}

/// A vscsi trace: binary or text.
pub fn vscsi(input: Input, import: &mut Import, options: &Options) -> Result<(), Fault> {
    let (name, mut read) = unpacked(input)?;
    let head = read.fill_buf().map_err(|error| unreadable(&name, 0, &error))?;
    // Text has a UTF-16 mark, or no zeros in its first line.
    let binary = !head.starts_with(&[0xff, 0xfe])
        && !head.starts_with(&[0xfe, 0xff])
        && head.iter().take(256).any(|byte| *byte == 0);
    if !binary {
        let source = Source::open(Input::new(name, read), &mut import.notes)?;
        return vscsi_text(source, import, options);
    }
    let version = RECORDS.iter().find(|(version, length)| {
        // Two records that agree, or one that is the whole file.
        let mut records = head.chunks_exact(*length).take(2).map(|bytes| record(*version, bytes));
        head.len() >= *length && records.all(|record| record.version >> 8 == *version)
    });
    let Some((version, length)) = version else {
        return Err(Fault::new(&name, 0, "its first records have no version that is known", VSCSI_CURE));
    };
    let vm = options.machine_of(&name);
    let mut tracer = Tracer::new(&name, Clock::Relative, import)?;
    let (mut bytes, mut count) = (vec![0; *length], 0u64);
    loop {
        let taken = filled(&mut read, &mut bytes).map_err(|error| unreadable(&name, count, &error))?;
        if taken < *length {
            if taken > 0 {
                import.notes.unused(&name, count + 1, "a record cut short");
            }
            break;
        }
        count += 1;
        let Record { command, version: found, bytes: size, block, at_us } = record(*version, &bytes);
        if found >> 8 != *version {
            import.notes.unused(&name, count, "a record of another version");
            continue;
        }
        let Some(is_write) = scsi(command) else {
            import.notes.unused(&name, count, "a command that neither reads nor writes blocks");
            continue;
        };
        let at = i64::try_from(at_us / 1_000).unwrap_or(i64::MAX);
        let request = Write { at, offset: block.saturating_mul(512), bytes: u64::from(size) };
        tracer.request(&vm, 0, is_write, request, count, import);
    }
    tracer.finish(VSCSI_CURE, import)
}

/// Fills the bytes as far as the file goes; how many there were.
fn filled(read: &mut impl Read, bytes: &mut [u8]) -> std::io::Result<usize> {
    let mut taken = 0;
    while taken < bytes.len() {
        match read.read(&mut bytes[taken..]) {
            Ok(0) => break,
            Ok(count) => taken += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(taken)
}

/// Whether a SCSI command writes; `None` where it moves no data of its own, as WRITE SAME and UNMAP.
fn scsi(command: u16) -> Option<bool> {
    match command {
        0x08 | 0x28 | 0x88 | 0xa8 => Some(false),
        0x0a | 0x2a | 0x2e | 0x8a | 0x8e | 0xaa => Some(true),
        _ => None,
    }
}

/// Columns of a text trace: time, block, what, bytes.
type Columns = [usize; 4];

/// The columns by their names; without a head time, block, what, bytes.
fn vscsi_columns(fields: &[Cow<'_, str>]) -> Option<(Columns, bool)> {
    if number(&fields[0]).is_ok() {
        return (fields.len() >= 4).then_some(([0, 1, 2, 3], false));
    }
    let column = |names: &[&str]| fields.iter().position(|field| names.contains(&field.to_ascii_lowercase().as_str()));
    Some((
        [
            column(&["time_us", "time", "ts", "timestamp"])?,
            column(&["lba_512", "lba", "lbn", "block"])?,
            column(&["op", "type", "rw", "cmd"])?,
            column(&["bytes", "len", "size", "length"])?,
        ],
        true,
    ))
}

fn vscsi_text(mut source: Source, import: &mut Import, options: &Options) -> Result<(), Fault> {
    let (name, vm) = (source.name.clone(), options.machine_of(&source.name));
    let mut tracer = Tracer::new(&name, Clock::Relative, import)?;
    let mut columns: Option<Columns> = None;
    while let Some((line, text)) = source.line(&mut import.notes)? {
        if text.is_empty() {
            continue;
        }
        let mut fields = Vec::with_capacity(4);
        cut(&text, ',', &mut fields);
        let [time, block, what, bytes] = match columns {
            Some(columns) => columns,
            None => {
                let found = vscsi_columns(&fields)
                    .ok_or_else(|| Fault::new(&name, line, "it has no columns of a vscsi trace", VSCSI_CURE))?;
                columns = Some(found.0);
                if found.1 {
                    continue;
                }
                found.0
            }
        };
        let field = |column: usize| fields.get(column).map(Cow::as_ref).ok_or("fewer fields than the head");
        let value = |column| field(column).and_then(number);
        let read = value(time).and_then(|time| Ok((time, value(block)?, value(bytes)?, written(field(what)?)?)));
        match read {
            Ok((time, block, bytes, is_write)) => {
                let request = Write { at: (time / 1e3) as i64, offset: (block * 512.0) as u64, bytes: bytes as u64 };
                tracer.request(&vm, 0, is_write, request, line, import);
            }
            Err(reason) => import.notes.unused(&name, line, reason),
        }
    }
    tracer.finish(VSCSI_CURE, import)
}

/// `W`, `Write`, `0x2a`; or a read.
fn written(text: &str) -> Result<bool, &'static str> {
    if let Some(command) = text.strip_prefix("0x").and_then(|digits| u16::from_str_radix(digits, 16).ok()) {
        return scsi(command).ok_or("a command that neither reads nor writes blocks");
    }
    match text.chars().next().map(|c| c.to_ascii_lowercase()) {
        Some('w') => Ok(true),
        Some('r') => Ok(false),
        _ => Err("neither a read nor a write"),
    }
}

/// MSR Cambridge: `128166372003061629,usr,0,Write,7014609920,24576,41286`.
pub fn msr(mut source: Source, import: &mut Import) -> Result<(), Fault> {
    const MEND: &str = "name a trace with time, host, disk, type, offset, size, response time";
    let name = source.name.clone();
    let mut tracer = Tracer::new(&name, Clock::Utc, import)?;
    while let Some((line, text)) = source.line(&mut import.notes)? {
        if text.is_empty() || text.starts_with("Timestamp") {
            continue;
        }
        let mut fields = Vec::with_capacity(7);
        cut(&text, ',', &mut fields);
        let read = || -> Result<(Write, u32, bool), &'static str> {
            let field = |column: usize| fields.get(column).map(Cow::as_ref).ok_or("fewer than six fields");
            let whole = |column: usize| field(column)?.parse::<u64>().map_err(|_| "not a whole number");
            let (bytes, offset) = (whole(5)?, whole(4)?);
            let at = i64::try_from(whole(0)?).map_err(|_| "the time cannot be read")?;
            let disk = u32::try_from(whole(2)?).map_err(|_| "not the number of a disk")?;
            Ok((Write { at: (at - FILETIME_1970) / 10_000, offset, bytes }, disk, written(field(3)?)?))
        };
        match read() {
            Ok((request, disk, is_write)) => tracer.request(&fields[1], disk, is_write, request, line, import),
            Err(reason) => import.notes.unused(&name, line, reason),
        }
    }
    tracer.finish(MEND, import)
}

/// One line of blkparse: `8,0 3 11 0.009507758 697 Q W 223490 + 8 [kjournald]`.
struct Event {
    device: (u32, u32),
    action: char,
    is_write: bool,
    request: Write,
}

fn event(line: &str) -> Option<Event> {
    let mut words = line.split_whitespace();
    let (major, minor) = words.next()?.split_once(',')?;
    let device = (major.parse().ok()?, minor.parse().ok()?);
    let seconds: f64 = words.nth(2)?.parse().ok()?;
    let mut action = words.nth(1)?.chars();
    let (action, None) = (action.next()?, action.next()) else { return None };
    let kind = words.next()?;
    let sector: u64 = words.next()?.parse().ok()?;
    if words.next()? != "+" {
        return None;
    }
    let sectors: u64 = words.next()?.parse().ok()?;
    // A discard frees blocks, it writes none.
    let is_write = kind.contains('W') && !kind.contains('D');
    let request =
        Write { at: (seconds * 1e3) as i64, offset: sector.saturating_mul(512), bytes: sectors.saturating_mul(512) };
    Some(Event { device, action, is_write, request })
}

pub fn blkparse(mut source: Source, import: &mut Import, options: &Options) -> Result<(), Fault> {
    const MEND: &str = "write it with blkparse -i DEVICE, in its default format";
    let (name, vm) = (source.name.clone(), options.machine_of(&source.name));
    let mut tracer = Tracer::new(&name, Clock::Relative, import)?;
    let mut early: Vec<(u64, Option<Event>)> = Vec::new();
    let mut chosen: Option<(char, bool)> = None;
    while let Some((line, text)) = source.line(&mut import.notes)? {
        if text.is_empty() {
            continue;
        }
        let event = event(&text);
        match chosen {
            Some(chosen) => take(event, line, chosen, &vm, &mut tracer, import),
            None => {
                early.push((line, event));
                if early.len() >= BLK_EARLY {
                    let found = *chosen.insert(choose(&early));
                    early.drain(..).for_each(|(line, event)| take(event, line, found, &vm, &mut tracer, import));
                }
            }
        }
    }
    let found = chosen.unwrap_or_else(|| choose(&early));
    early.into_iter().for_each(|(line, event)| take(event, line, found, &vm, &mut tracer, import));
    let which = match found.0 {
        'Q' => "queued",
        'D' => "issued",
        _ => "completed",
    };
    import.notes.remark(format!("{name}: requests are counted when they are {which} ({})", found.0));
    tracer.finish(MEND, import)
}

/// Which event counts, and whether devices that stand on others are left out.
fn choose(early: &[(u64, Option<Event>)]) -> (char, bool) {
    let events = || early.iter().filter_map(|(_, event)| event.as_ref());
    let action = ['Q', 'D'].into_iter().find(|action| events().any(|event| event.action == *action)).unwrap_or('C');
    (action, events().any(|event| !stacked(event.device)))
}

/// Device-mapper and RAID devices stand on disks.
fn stacked((major, _): (u32, u32)) -> bool {
    matches!(major, 9 | 253 | 254)
}

fn take(
    event: Option<Event>,
    line: u64,
    (action, disks_only): (char, bool),
    vm: &str,
    tracer: &mut Tracer,
    import: &mut Import,
) {
    match event {
        None => import.notes.unused(&tracer.file, line, "not a request of blocks"),
        Some(event) if event.action != action => {
            import.notes.unused(&tracer.file, line, "another event of the same request");
        }
        Some(event) if disks_only && stacked(event.device) => {
            import.notes.unused(&tracer.file, line, "a device that stands on disks");
        }
        Some(event) => {
            let disk = event.device.0 << 20 ^ event.device.1;
            tracer.request(vm, disk, event.is_write, event.request, line, import);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_blkparse_is_read() {
        let read = event("  8,0    3       11     0.009507758   697  Q  WS 223490 + 8 [kjournald]").expect("a request");
        assert_eq!((read.device, read.request.at, read.action, read.is_write), ((8, 0), 9, 'Q', true));
        assert_eq!((read.request.offset, read.request.bytes), (223_490 * 512, 4_096));
        for other in ["8,0 3 1 0.0 697 P N [x]", "CPU0 (8,0):", "", "8,0 3 1 0.0 697 Q D 1 x 8"] {
            assert!(event(other).is_none(), "{other}");
        }
    }

    #[test]
    fn scsi_commands_that_move_blocks() {
        assert_eq!([0x28, 0x2a, 0x8a, 0x41, 0x42].map(scsi), [Some(false), Some(true), Some(true), None, None]);
    }
}
