//! Input that is wrong: every case is refused with file, line and cure, or its rows are told; nothing is written, and no bytes make it panic.

mod import_kit;

use std::io::Cursor;

use drsim::import::{Import, Input, Kind, Map, Notes, Options};
use import_kit::{Desk, rows};
use proptest::prelude::*;

/// Kind, arguments behind the file, what is in the file, and what the message has.
type Case = (&'static str, &'static [&'static str], &'static [u8], &'static [&'static str]);

const REFUSED: &[Case] = &[
    ("rvtools", &[], b"a,b\n1,2\n", &["f: it has none of the sheets vInfo, vDisk, vPartition"]),
    #[cfg(feature = "xlsx")]
    ("rvtools", &[], b"PK\x03\x04 not a workbook", &["f: the workbook cannot be read", "save it again"]),
    ("rvtools", &[], b"", &["f: the file is empty"]),
    ("azure-migrate", &[], b"Machine,Colour\na,b\n", &["f: it has no columns of machines", "--map"]),
    ("azure-vm", &[], b"[{\"name\": \"a\",\n", &["f:2: this is not JSON", "az vm list -d"]),
    ("azure-vm", &[], b"3", &["f: this is no list of machines"]),
    ("azure-vm", &[], b"[{\"name\": \"a\", \"storageProfile\": \"Microsoft.Azure.X\"}]", &["no element of 1 is a machine or a disk"]),
    ("csv", &[], b"a\n", &["f: which columns are what?", "--map vm=Name,size=Size:GiB"]),
    ("csv", &["--map", "vm=a,size=b:GiB"], b"x,y\n1,2\n", &["f:1: it has no column `a`", "columns there: x, y"]),
    ("csv", &["--map", "vm=a,size=b:GiB"], b"a,b\nvm1,large\n", &["f: it has no row that can be used", "not a number"]),
    ("perfmon", &[], b"", &["f: the file is empty", "relog"]),
    ("perfmon", &[], b"time,value\n", &["f:1: the first field is not", ".blg"]),
    ("perfmon", &[], b"\"(PDH-CSV 4.0) (X)(0)\",\"\\\\A\\Memory\\Pages/sec\"\n", &["f:1: it has no counter of written bytes; counters there: Pages/sec", "--counter"]),
    (
        "perfmon",
        &[],
        b"\"(PDH-CSV 4.0) (X)(0)\",\"\\\\A\\PhysicalDisk(0)\\Disk Write Bytes/sec\"\n\"01/02/2024 10:00\",\"1\"\n\"13/02/2024 10:00\",\"1\"\n",
        &["f:3: the date is not in the same order of day and month as in line 2", "--dates day-first"],
    ),
    ("sysstat", &[], b"# hostname;interval;timestamp;CPU;%user\na;600;2024-01-01 00:10:01 UTC;-1;3\n", &["f: it has no head of columns with DEV", "sadf -d FILE -- -d"]),
    ("sysstat", &[], b"{\"sysstat\": {\"hosts\": [}", &["f:1: this is not the JSON of sysstat"]),
    ("sysstat", &[], b"{\"sysstat\": {}}", &["f: it has no sysstat.hosts[].statistics[]"]),
    ("iostat", &[], b"Linux 5 (a) x\n\nDevice r/s wkB/s\nsda 1 2\n", &["f:3: the report has no time stamp", "iostat -xt 60"]),
    ("iostat", &[], b"nothing of it\n", &["f: it has no table of devices"]),
    // UTF-16 that ends within a character.
    ("iostat", &[], b"a\0b\0c", &["f: it has no table of devices"]),
    ("azure-monitor", &[], b"{\"value\": [{\"name\": {\"value\": \"CPU\"}}]}", &["f: it has no point of a metric of written bytes", "az monitor metrics list"]),
    ("azure-monitor", &[], b"{\"value\": [{\"id\": \"/x/virtualMachines/a\", \"name\": {\"value\": \"Disk Write Bytes\"}}]}", &["no interval such as \"PT5M\""]),
    ("bitbrains", &[], b"a;b\n1;2\n", &["f:1: it has no columns `Timestamp` and `Disk write throughput [KB/s]`"]),
    ("vscsi", &[], b"what is this\n", &["f:1: it has no columns of a vscsi trace"]),
    ("vscsi", &[], &[0; 64], &["f: its first records have no version that is known"]),
    ("vscsi", &[], b"1,2,r,512\n", &["f: it has no write (1 reads)"]),
    ("csv", &["--map", "vm=a,window=b:36500d,written=c:B"], b"a,b,c\nx,9999999,1\n", &["f: it has no row that can be used", "the time lies outside"]),
    ("vscsi", &[], b"1e300,1,r,512\n-1e300,2,r,512\n", &["f: it has no write (1 reads)"]),
    ("msr", &[], b"x,y\n", &["f: it has no write (0 reads)", "time, host, disk"]),
    ("blkparse", &[], b"8,0 1 1 0.0 9 Q R 0 + 8 [x]\n", &["f: it has no write (1 reads)", "blkparse -i"]),
    ("sysstat", &[], b"PK\x03\x04", &["f: this is a workbook or an archive"]),
    ("sysstat", &[], b"\x7fELF\0\x01\x02", &["f: this is no text"]),
    ("bitbrains", &[], &[0x1f, 0x8b, 8, 0], &["f: it cannot be read", "must be whole"]),
];

#[test]
fn every_wrong_file_is_refused_with_place_and_cure() {
    for (kind, more, bytes, parts) in REFUSED {
        let desk = Desk::with("refused", &[("f", bytes)]);
        let arguments: Vec<&str> = [*kind, "f"].iter().chain(*more).copied().collect();
        let message = desk.refused(&arguments);
        let again: Vec<&str> = arguments.iter().chain(&["--report", "left.csv"]).copied().collect();
        desk.refused(&again);
        assert!(!desk.here.0.join("left.csv").exists(), "a list of half an import is in nobody's way");
        for part in *parts {
            assert!(message.contains(part), "{kind}: `{part}` is not in\n{message}");
        }
    }
}

#[test]
fn wrong_command_lines_are_refused_with_a_cure() {
    let desk = Desk::with("line", &[("f", b"x")]);
    for (arguments, part) in [
        (&["rvtool", "f"][..], "did you mean"),
        (&["rvtools"], "no file behind `rvtools`"),
        (&["perfmon", "sysstat", "f"], "no file behind `perfmon`"),
        (&["rvtools", "gone"], "gone is not there"),
        (&["rvtools", "."], "is a folder"),
    ] {
        let message = desk.refused(arguments);
        assert!(message.contains(part), "{arguments:?}: {message}");
    }
    for (arguments, part) in [
        (&["csv", "f", "--map", "vm=a"][..], "name vm and size"),
        (&["csv", "f", "--every", "2d"], "from 1s to 1d"),
        (&["csv", "f", "--utc-offset", "1"], "write +01:00"),
        (&[], "<KIND FILE"),
    ] {
        let output = desk.try_import(arguments);
        assert_eq!(import_kit::cli::code(&output), Some(2));
        assert!(import_kit::cli::err(&output).contains(part), "{arguments:?}: {}", import_kit::cli::err(&output));
    }
}

/// Rows that cannot be used, one of each sort, among good ones.
#[test]
fn rows_that_are_not_used_are_told_one_by_one() {
    let bad = [
        "x,2024-05-01T00:10:00Z,",
        "x,yesterday,5",
        ",2024-05-01T00:10:00Z,5",
        "x,2024-05-01T00:05:00Z,7",
        "x,2024-05-01T00:00:00Z,7",
        "x,2024-05-01T00:10:00Z,-3",
        "x,2024-05-01T00:10:00Z,99999999999",
        "x,2024-05-01T00:10:00Z,1.000,5",
        "x",
    ];
    let mut text = String::from("vm,at,rate\nx,2024-05-01T00:00:00Z,1\nx,2024-05-01T00:05:00Z,2\n");
    bad.iter().for_each(|row| text += &format!("{row}\n"));
    text += "x,2024-05-01T00:10:00Z,3\nx,2024-05-01T00:15:00Z,4\n";
    let desk = Desk::with("rows", &[("t.csv", text.as_bytes())]);
    let done = desk.import(&["csv", "t.csv", "--map", "vm=vm,time=at,rate=rate:KiB/s", "--report", "left.csv"]);
    let left = std::fs::read_to_string(desk.here.0.join("left.csv")).expect("it was asked for");
    let reasons = [
        "no value",
        "the time cannot be read",
        "no name",
        "the same time stamp",
        "the time goes back",
        "negative",
        "more than 4 GiB/s",
    ];
    for (line, reason) in (4..).zip(reasons) {
        assert!(left.contains(&format!("\"t.csv\",{line},\"")), "line {line}: {left}");
        let row = left.lines().find(|row| row.starts_with(&format!("\"t.csv\",{line},"))).expect("it is there");
        assert!(row.contains(reason), "{row} does not say {reason}");
    }
    assert!(done.told.contains("t.csv: 1 row not used: the time goes back (the first in line 8)"), "{}", done.told);
    // A row cut too short is told, one with a field too many has a wrong value and is read as the comma stands.
    assert!(left.contains("\"t.csv\",12,\""), "{left}");
    assert_eq!(done.rates("x")[1], 7 * 1_024, "of two samples of one moment the larger counts");
}

#[test]
fn clocks_that_cannot_be_laid_side_by_side_are_refused() {
    let utc = rows("vm,at,rate\n", 9, |n| format!("a,2024-05-01T00:{:02}:00Z,1", n * 5));
    let local = rows("vm,at,rate\n", 9, |n| format!("b,2024-05-01 00:{:02}:00,1", n * 5));
    let desk = Desk::with("clocks", &[("utc.csv", &utc), ("local.csv", &local)]);
    let arguments = ["csv", "utc.csv", "local.csv", "--map", "vm=vm,time=at,rate=rate:KiB/s"];
    let message = desk.refused(&arguments);
    assert!(
        message.contains("local.csv: it has local times without their zone, and utc.csv has times in UTC"),
        "{message}"
    );
    let said: Vec<&str> = arguments.iter().chain(&["--utc-offset", "-02:00"]).copied().collect();
    let done = desk.import(&said);
    let first = |vm: &str| {
        done.rows("churn-").iter().find(|row| row[0] == vm).map(|row| row[1].parse::<i64>().expect("seconds"))
    };
    assert_eq!(
        first("b").expect("b") - first("a").expect("a"),
        7_200,
        "two hours west of Greenwich is two hours later"
    );
}

/// Reads bytes as one kind, and goes on to the scenario if it can.
fn read(kind: Kind, bytes: Vec<u8>) {
    let map = |text| Map::parse(text).expect("a map");
    for map in
        ["vm=a,size=b:GiB,os=c", "vm=a,time=b,rate=c:KiB/s", "vm=a,window=b:30m,written=c:4 KiB,unique=c:B"].map(map)
    {
        let options = Options { maps: vec![map], fit: true, ..Options::default() };
        let mut import = Import::new(&options, Notes::new(None));
        let read = import.read(kind, Input::new("f", Cursor::new(bytes.clone())), &options);
        let limits = drsim::scenario::limits::profile("azure-stack-hub-2024").expect("the bundled profile");
        if let (Ok(()), Ok((fleet, mut notes))) = (read, import.fleet(&options, &limits)) {
            let mut create = |_: &str| -> std::io::Result<Box<dyn std::io::Write>> { Ok(Box::new(std::io::sink())) };
            drsim::import::write(fleet, &mut notes, (&options, &limits), &["f".into()], &mut create)
                .expect("nowhere is writable");
        }
        if kind != Kind::Csv {
            break;
        }
    }
}

/// A sound file of each kind.
fn sound(kind: Kind) -> Vec<u8> {
    let text = match kind {
        Kind::Rvtools => "VM;Powerstate;CPUs;Memory;NICs;Total disk capacity MiB\na;poweredOn;2;4096;1;65536\n",
        Kind::AzureMigrate => "Machine,Cores,Memory(MB),Storage(GB),Disk write(MBPS)\na,2,4096,100,1.5\n",
        Kind::AzureVm => {
            r#"[{"name": "a", "storageProfile": {"osDisk": {"name": "d", "diskSizeGb": 30}}}, {"name": "d", "diskSizeGb": 30}]"#
        }
        Kind::Csv => "a,b,c\nx,1,2\nx,2,3\ny,2024-05-01 00:00,4\n",
        Kind::Perfmon => {
            "\"(PDH-CSV 4.0) (X)(60)\",\"\\\\A\\PhysicalDisk(0)\\Disk Write Bytes/sec\"\n\"01/13/2024 10:00:00.1\",\"1,5\"\n\"01/13/2024 10:05\",\"2\"\n"
        }
        Kind::Sysstat => {
            "# hostname;interval;timestamp;DEV;wkB/s\na;600;2024-01-01 00:10:01 UTC;sda;5\na;600;2024-01-01 00:20:01 UTC;sda;6\n"
        }
        Kind::Iostat => {
            "Linux 5 (a) x\n\n01/13/2024 10:00:00\nDevice w/s wkB/s\nsda 1 2\n\n01/13/2024 10:05:00\nDevice w/s wkB/s\nsda 1 2\n"
        }
        Kind::AzureMonitor => {
            r#"{"interval": "PT5M", "value": [{"id": "/virtualMachines/a", "name": {"value": "Disk Write Bytes"}, "timeseries": [{"data": [{"timeStamp": "2024-05-01T00:00:00Z", "total": 9}]}]}]}"#
        }
        Kind::Bitbrains => {
            "Timestamp [ms];\tCPU cores;\tDisk write throughput [KB/s]\n1372629804;\t2;\t21.7\n1372630104;\t2;\t3\n"
        }
        Kind::Vscsi => "0,8,w,4096\n1000000,16,w,512\n99000000,16,r,512\n",
        Kind::Msr => "128166372003061629,h,0,Write,7014609920,24576,41286\n128166382003061629,h,1,Read,0,512,1\n",
        Kind::Blkparse => "8,0 1 1 0.5 9 Q W 0 + 8 [x]\n8,0 1 1 90.5 9 Q WS 8 + 8 [x]\n",
    };
    text.as_bytes().to_vec()
}

#[test]
fn every_sound_file_reads() {
    for (kind, name, _) in Kind::ALL {
        let options = Options { maps: vec![Map::parse("vm=a,size=b:GiB").expect("a map")], ..Options::default() };
        let mut import = Import::new(&options, Notes::new(None));
        let read = import.read(kind, Input::new("f", Cursor::new(sound(kind))), &options);
        assert_eq!(read, Ok(()), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        Kind::ALL.iter().for_each(|(kind, ..)| read(*kind, bytes.clone()));
    }

    /// Sound files with some bytes exchanged, some cut off, some said twice.
    #[test]
    fn no_damage_to_a_file_makes_a_reader_panic(
        cut in 0.0..1.0f64,
        edits in prop::collection::vec((0.0..1.0f64, any::<u8>()), 0..6),
        twice in any::<bool>(),
    ) {
        for (kind, ..) in Kind::ALL {
            let mut bytes = sound(kind);
            if twice {
                bytes.extend(sound(kind));
            }
            for (at, byte) in &edits {
                let at = (*at * bytes.len() as f64) as usize;
                bytes[at] = *byte;
            }
            bytes.truncate(((1.0 - cut * cut * cut) * bytes.len() as f64) as usize);
            read(kind, bytes);
        }
    }

        /// A workbook with damaged bytes: most of it is refused, none of it is a panic.
    #[cfg(feature = "xlsx")]
    #[test]
    fn no_damage_to_a_workbook_makes_a_reader_panic(
        edits in prop::collection::vec((0.0..1.0f64, any::<u8>()), 1..8),
        keep in 0.2..1.0f64,
    ) {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet().set_name("vInfo").expect("a name");
        for (column, name) in ["VM", "Powerstate", "CPUs", "Memory", "NICs", "Total disk capacity MiB"].iter().enumerate() {
            sheet.write(0, column as u16, *name).expect("a cell");
            sheet.write(1, column as u16, 4_096).expect("a cell");
        }
        let mut bytes = book.save_to_buffer().expect("into memory");
        for (at, byte) in &edits {
            let at = (*at * bytes.len() as f64) as usize;
            bytes[at] = *byte;
        }
        bytes.truncate((keep * bytes.len() as f64) as usize);
        read(Kind::Rvtools, bytes);
    }

    /// Binary records with any fields.
    #[test]
    fn no_record_makes_the_binary_reader_panic(fields in prop::collection::vec(any::<u64>(), 4..80), version in 1..3u16) {
        let mut bytes: Vec<u8> = fields.iter().flat_map(|field| field.to_le_bytes()).collect();
        let (size, at) = if version == 1 { (32, 14) } else { (40, 2) };
        for record in bytes.chunks_exact_mut(size) {
            record[at..at + 2].copy_from_slice(&(version << 8).to_le_bytes());
            let command = if version == 1 { 12 } else { 0 };
            record[command..command + 2].copy_from_slice(&0x2au16.to_le_bytes());
        }
        read(Kind::Vscsi, bytes);
    }
}
