//! `drsim import`: every format from a file made to its description to a scenario that runs, with the numbers one can work out by hand.

mod import_kit;

use import_kit::cli::{code, err};
use import_kit::{Desk, rows};

/// Twelve samples of five minutes, `step` apart in value, as a relog file of two disks and their total.
fn perfmon(zone: &str, date: impl Fn(u64) -> String, value: impl Fn(u64) -> String) -> Vec<u8> {
    let head = format!(
        "\"(PDH-CSV 4.0) {zone}\",\"\\\\SQL01\\PhysicalDisk(0 C:)\\Disk Write Bytes/sec\",\"\\\\SQL01\\PhysicalDisk(1 D:)\\Disk Write \
         Bytes/sec\",\"\\\\SQL01\\PhysicalDisk(_Total)\\Disk Write Bytes/sec\",\"\\\\SQL01\\Processor(_Total)\\% Processor Time\"\n"
    );
    rows(&head, 12, |n| format!("\"{}\",\"{}\",\"1000\",\"9\",\"3\"", date(n), value(n)))
}

#[test]
fn windows_counters_are_added_up_by_host_in_utc() {
    let log = perfmon(
        "(W. Europe Standard Time)(-60)",
        |n| format!("11/25/2024 01:{:02}:00.004", n * 5),
        |n| format!("{}.25", n * 100),
    );
    let desk = Desk::with("perfmon", &[("log.csv", &log)]);
    let done = desk.import(&["perfmon", "log.csv"]);
    let rates = done.rates("SQL01");
    assert_eq!(rates[1..4], [1_100, 1_200, 1_300], "100.25 + 1000, and so on: the total is not counted again");
    let first: u64 = done.rows("churn-")[1][1].parse().expect("seconds");
    // 01:00 to 01:05 local is the step from 00:00 UTC on, 25 November 2024.
    assert_eq!(first, 1_732_492_800);
    done.said("1 columns of other counters");
    assert!(done.scenario().contains("os = \"windows\""));
    // The first sample ends at midnight of Monday the 25th, so its step belongs to the week before.
    assert!(done.scenario().contains("starts = \"2024-11-18T00:00:00Z\""), "the Monday before the first step");
    done.runs();
}

#[test]
fn windows_counters_of_another_language_and_encoding() {
    let text = "\"(PDH-CSV 4.0) (Mitteleuropäische Zeit)(-60)\";\"\\\\WEB\\Logischer Datenträger(C:)\\Bytes geschrieben/s\"\r\n";
    let text: String = (0..12).fold(text.to_string(), |text, n| {
        text + &format!("\"25.11.2024 10:{:02}:00\";\"{},25\"\r\n", n * 5, 2_000 + n)
    });
    let utf_16: Vec<u8> = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let old: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).expect("a letter of windows-1252")).collect();
    for (name, bytes) in [("utf-8", text.clone().into_bytes()), ("utf-16", utf_16), ("1252", old)] {
        let desk = Desk::with(&format!("german-{name}"), &[("log.csv", &bytes)]);
        let rates = desk.import(&["perfmon", "log.csv"]).rates("WEB");
        assert_eq!(rates.len(), 12, "{name}");
        assert_eq!(rates[..2], [2_000, 2_001], "a decimal comma");
    }
}

#[test]
fn a_counter_that_is_not_known_can_be_named() {
    let text = "\"(PDH-CSV 4.0) (X)(0)\",\"\\\\A\\Disk(C:)\\Kirjoitetut tavut\"\n\"11/25/2024 10:00:00\",\"5\"\n\"11/25/2024 10:05:00\",\"7\"\n";
    let desk = Desk::with("named-counter", &[("log.csv", text.as_bytes())]);
    let message = desk.refused(&["perfmon", "log.csv"]);
    assert!(
        message.contains("log.csv:1:") && message.contains("Kirjoitetut tavut") && message.contains("--counter"),
        "{message}"
    );
    desk.import(&["perfmon", "log.csv", "--counter", "kirjoitetut tavut"]);
}

/// Two whole disks, a partition and a volume on them: 100 + 50 KiB/s.
#[test]
fn sysstat_as_text_and_as_json_says_the_same() {
    let text = rows("# hostname;interval;timestamp;DEV;tps;rkB/s;wkB/s;areq-sz;aqu-sz;await;%util\n", 12, |n| {
        let at = format!("web1;600;2024-11-25 {:02}:{:02}:01 UTC", n / 6, n % 6 * 10);
        ["sda;1;0;100.00", "sdb;1;0;50,00", "sda1;1;0;100", "dm-0;1;0;150"]
            .map(|disk| format!("{at};{disk};0;0;0;0"))
            .join("\n")
    });
    let elements: Vec<String> = (0..12)
        .map(|n| {
            format!(
                r#"{{"timestamp": {{"date": "2024-11-25", "time": "{:02}:{:02}:01", "utc": 1, "interval": 600}},
                "disk": [{{"disk-device": "sda", "wkB": 100.0}}, {{"disk-device": "sdb", "wkB": 50.0}}, {{"disk-device": "dm-0", "wkB": 150.0}}]}}"#,
                n / 6,
                n % 6 * 10
            )
        })
        .collect();
    let json = format!(
        r#"{{"sysstat": {{"hosts": [{{"nodename": "web1", "number-of-cpus": 4, "statistics": [{}]}}]}}}}"#,
        elements.join(",")
    );
    for (name, bytes) in [("text", text), ("json", json.into_bytes())] {
        let desk = Desk::with(&format!("sadf-{name}"), &[("sa25", &bytes)]);
        let done = desk.import(&["sysstat", "sa25"]);
        let rates = done.rates("web1");
        assert!(rates.iter().all(|rate| *rate == 150 * 1_024) && rates.len() >= 12, "{name}: {rates:?}");
        done.said("sda, sdb added up");
        assert!(done.scenario().contains("os = \"linux\"") && done.scenario().contains("every = \"10m\""));
        done.runs();
    }
}

/// The first report is the mean since boot; a disk that -z leaves out was idle.
#[test]
fn iostat_as_text_and_as_json_says_the_same() {
    let mut text = String::from("Linux 5.15.0-91-generic (db1) \t11/25/2024 \t_x86_64_\t(4 CPU)\n\n");
    let mut elements = Vec::new();
    for n in 0..8 {
        text += &format!("11/25/2024 10:{:02}:00 AM\navg-cpu:  %user\n           1.00\n\n", n * 5);
        text += "Device            r/s     rkB/s     w/s     wkB/s   %util\n";
        let rate = if n == 0 { 99_999 } else { 200 };
        let idle = n == 4;
        if !idle {
            text += &format!("nvme0n1          1.00      2.00    3.00    {rate}.00    5.00\n");
        }
        text += "loop0            0.00      0.00    0.00      0.00    0.00\n\n";
        let disk = if idle { String::new() } else { format!(r#"{{"disk_device": "nvme0n1", "wkB/s": {rate}.00}},"#) };
        elements.push(format!(
            r#"{{"timestamp": "11/25/2024 10:{:02}:00 AM", "disk": [{disk} {{"disk_device": "loop0", "wkB/s": 0}}]}}"#,
            n * 5
        ));
    }
    let json =
        format!(r#"{{"sysstat": {{"hosts": [{{"nodename": "db1", "statistics": [{}]}}]}}}}"#, elements.join(","));
    for (name, bytes) in [("text", text.into_bytes()), ("json", json.into_bytes())] {
        let desk = Desk::with(&format!("iostat-{name}"), &[("io", &bytes)]);
        let done = desk.import(&["iostat", "io"]);
        assert_eq!(done.rates("db1"), [204_800, 204_800, 204_800, 0, 204_800, 204_800, 204_800], "{name}");
        done.said("since the start of the machine");
    }
}

#[test]
fn azure_monitor_stamps_begin_their_intervals() {
    let data: Vec<String> = (0..12)
        .map(|n| format!(r#"{{"timeStamp": "2024-05-01T00:{:02}:00Z", "total": {}}}"#, n * 5, 300 * (n + 1)))
        .collect();
    let json = format!(
        r#"{{"interval": "PT5M", "value": [{{"id": "/subscriptions/1/resourceGroups/r/providers/Microsoft.Compute/virtualMachines/sql1/providers/Microsoft.Insights/metrics/Disk Write Bytes",
        "name": {{"value": "Disk Write Bytes"}}, "unit": "Bytes", "timeseries": [{{"metadatavalues": [], "data": [{}]}}]}},
        {{"id": "/x/virtualMachines/sql1", "name": {{"value": "Percentage CPU"}}, "timeseries": []}}]}}"#,
        data.join(",")
    );
    let desk = Desk::with("monitor", &[("m.json", json.as_bytes())]);
    let done = desk.import(&["azure-monitor", "m.json"]);
    assert_eq!(done.rates("sql1"), (1..=12).collect::<Vec<u64>>(), "300 bytes in five minutes are one a second");
    assert_eq!(done.rows("churn-")[0][1], "1714521600", "the first interval begins at midnight");
    done.said("Percentage CPU");
}

const BITBRAINS: &str = "Timestamp [ms];\tCPU cores;\tCPU capacity provisioned [MHZ];\tCPU usage [MHZ];\tCPU usage [%];\tMemory capacity provisioned \
                         [KB];\tMemory usage [KB];\tDisk read throughput [KB/s];\tDisk write throughput [KB/s];\tNetwork received throughput \
                         [KB/s];\tNetwork transmitted throughput [KB/s]\n";

fn bitbrains(begin: u64, count: u64, rate: impl Fn(u64) -> f64) -> Vec<u8> {
    rows(BITBRAINS, count, |n| {
        format!("{};\t2;\t5200.0;\t26.0;\t0.5;\t4194304.0;\t1024.0;\t0.0;\t{};\t0.0;\t0.0", begin + n * 300, rate(n))
    })
}

#[test]
fn vsphere_counters_tell_cores_and_memory_too() {
    // Monday, 1 July 2013, two weeks; half an hour is missing.
    let file = bitbrains(1_372_636_800, 4_032, |n| if n % 288 < 12 { 1_024.0 } else { 1.0 });
    let text = String::from_utf8(file).expect("text");
    let kept: Vec<&str> =
        text.lines().enumerate().filter(|(n, _)| !(500..506).contains(n)).map(|(_, line)| line).collect();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, kept.join("\n").as_bytes()).expect("into memory");
    let desk = Desk::with("bitbrains", &[("2013-7/17.csv.gz", &packed.finish().expect("into memory"))]);
    let done = desk.import(&["bitbrains", "2013-7/17.csv.gz"]);
    let rates = done.rates("17");
    assert_eq!(rates.len(), 4_032 - 6);
    assert_eq!((rates[0], rates[1], rates[100]), (1 << 20, 1 << 20, 1_024));
    done.said("by their size they are seconds");
    done.said("1 gap in the samples, 30m in all");
    assert!(
        done.scenario().contains("size = \"Standard_DS11_v2\"") || done.scenario().contains("4.00 GiB"),
        "{}",
        done.scenario()
    );
    done.runs();
}

/// Inventory and counters of the same machines under other names; one only here, one only there.
#[test]
fn inventory_and_counters_are_joined_by_name() {
    let inventory = "vm;os;cpu;ram;c;d\nsql01;Windows Server 2019;4;16384;128;512\nweb01;Ubuntu 22.04;2;4096;64;\nold01;Windows;1;2048;40;\n";
    let counters = perfmon("(UTC)(0)", |n| format!("11/25/2024 01:{:02}:00", n * 5), |_| "3000".into());
    let counters = String::from_utf8(counters).expect("text").replace("SQL01", "SQL01.corp.example");
    let stray = counters.replace("SQL01.corp.example", "LAPTOP");
    let desk = Desk::with(
        "join",
        &[("inv.csv", inventory.as_bytes()), ("a.csv", counters.as_bytes()), ("b.csv", stray.as_bytes())],
    );
    let map = "vm=vm,size=c:GiB,size=d:GiB,os=os,cores=cpu,memory=ram:MiB";
    let done = desk.import(&["csv", "inv.csv", "--map", map, "perfmon", "a.csv", "b.csv"]);
    done.said("SQL01.corp.example is sql01");
    done.said(
        "counters of 1 machine that the inventory does not have, 3.91 KiB/s in the mean, are not counted: LAPTOP",
    );
    done.said("machines without counters: old01, web01");
    let machines = done.rows("machines-");
    assert_eq!(machines.len(), 3, "no machine vanishes: {machines:?}");
    assert!(done.rates("sql01").iter().all(|rate| *rate == 4_000));
    // 5 % of 64 GiB a day.
    let web = machines.iter().find(|row| row[0] == "web01").expect("it is there");
    assert_eq!(web[web.len() - 5], format!("{:.0}", 64.0 * f64::from(1 << 30) * 0.05 / 86_400.0));
    assert!(done.scenario().contains("--daily-change") && done.scenario().contains("old01"));
    done.runs();
}

#[test]
fn azure_machines_and_disks_are_put_together() {
    let vms = r#"[{"Name": "a1", "HardwareProfile": {"VmSize": "Standard_DS3_v2"}, "PowerState": "VM running",
        "StorageProfile": {"OsDisk": {"OsType": 0, "Name": "a1-os", "DiskSizeGB": null}, "DataDisks": [{"Name": "a1-data", "DiskSizeGB": 256}]}},
        {"Name": "a2", "HardwareProfile": {"VmSize": "Standard_E64_v9"}, "PowerState": "VM deallocated",
        "StorageProfile": {"OsDisk": {"OsType": "Linux", "Name": "a2-os", "DiskSizeGB": 30}, "DataDisks": []}}]"#;
    let disks = r#"[{"name": "a1-os", "diskSizeGb": 127, "diskSizeBytes": 136365211648, "osType": "Windows", "managedBy": "/x/virtualMachines/a1"},
        {"name": "lost", "diskSizeGb": 8, "managedBy": null}]"#;
    let desk = Desk::with("azure", &[("vms.json", vms.as_bytes()), ("disks.json", disks.as_bytes())]);
    let done = desk.import(&["azure-vm", "vms.json", "disks.json"]);
    // 5 % of both disks a day.
    assert_eq!(
        done.rows("machines-"),
        [["a1", "136365211648", "274877906944", "237988", "237988", "12:00", "1.0000", "0.0000"]]
    );
    assert!(done.scenario().contains("size = \"Standard_DS3_v2\""));
    done.said("1 machine of 30.0 GiB left out (off): a2");
    done.said("the disk lost of 8.00 GiB belongs to nobody");
    std::fs::remove_dir_all(desk.here.0.join("imported")).expect("removable");
    let with_off = desk.import(&["azure-vm", "vms.json", "disks.json", "--with-off"]);
    assert_eq!(with_off.rows("machines-").len(), 2);
    assert!(with_off.scenario().contains("Standard_E64_v9"), "the size that the profile does not have is named");
}

/// The largest sizes hold an OS disk and 64 data disks, a scenario 64 in all.
#[test]
fn a_machine_with_more_disks_than_a_scenario_takes_is_left_out() {
    let text = rows("vm,size\nb,1\n", 65, |_| "a,1".into());
    let desk = Desk::with("disks", &[("d.csv", &text)]);
    let done = desk.import(&["csv", "d.csv", "--map", "vm=vm,size=size:GiB"]);
    done.said("65 disks of what the platform has, and no size holds more than 64");
    assert_eq!(done.rows("machines-").iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["b"]);
}

#[test]
fn azure_migrate_machines_and_disks() {
    let machines = "Machine,Azure VM readiness,Recommended size,Operating system,Cores,Memory(MB),Storage(GB),Disk write(MBPS)\n\
                    app1,Ready,Standard_D4as_v5,Microsoft Windows Server 2016,4,8192,300,2.5\n,,,,,,,\n";
    let disks =
        "Machine,Disk name,Source disk size(GB),Disk write(MBPS)\napp1,scsi0:0,100,1\napp1,scsi0:1,200,1.5\napp1,x,,\n";
    let desk = Desk::with("migrate", &[("m.csv", machines.as_bytes()), ("d.csv", disks.as_bytes())]);
    let done = desk.import(&["azure-migrate", "m.csv", "d.csv", "--report", "left.csv"]);
    let row = &done.rows("machines-")[0];
    assert_eq!(row[..4], ["app1", "107374182400", "214748364800", "2621440"]);
    let left = std::fs::read_to_string(desk.here.0.join("left.csv")).expect("it was asked for");
    assert_eq!(left, "file,line,reason\n\"m.csv\",3,\"no name\"\n\"d.csv\",4,\"no value\"\n");
    done.said("it shows no burst");
    done.runs();
}

#[test]
fn a_table_of_windows_tells_what_is_rewritten() {
    let text = rows("vm,window,pages,distinct\n", 48, |n| format!("w01,{n},1000,{}", 4_096 * 400));
    let desk = Desk::with("windows", &[("w.csv", &text)]);
    let done = desk.import(&["csv", "w.csv", "--map", "vm=vm,window=window:30m,written=pages:4 KiB,unique=distinct:B"]);
    assert!(done.rates("w01").iter().all(|rate| *rate == 2_276), "1000 pages in half an hour");
    let row = &done.rows("machines-")[0];
    let share = row[3].parse::<f64>().expect("distinct") / row[2].parse::<f64>().expect("written");
    assert!((share - 0.4).abs() < 1e-9);
    done.said("samples of 30m are longer than the RPO of 15m");
    assert!(done.scenario().contains("align = \"start\"") && done.scenario().contains("{ window = \"30m\""));
    done.runs();
}

/// The same hour of writes as each kind of block trace: 4 KiB every second, the same eight pages in turn, and a read a second.
fn block_traces() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let (count, block) = (3_600u64, |n: u64| n % 8 * 8);
    let binary = |version: u16| -> Vec<u8> {
        let record = |n: u64, command: u16| -> Vec<u8> {
            let (len, sg, lbn, ts) = (
                4_096u32.to_le_bytes(),
                1u32.to_le_bytes(),
                block(n).to_le_bytes(),
                (7_000_000 + n * 1_000_000).to_le_bytes(),
            );
            let (command, version_word, serial) =
                (command.to_le_bytes(), (version << 8).to_le_bytes(), (n as u32).to_le_bytes());
            match version {
                1 => [&serial[..], &len, &sg, &command, &version_word, &lbn, &ts].concat(),
                _ => [&command[..], &version_word, &serial, &len, &sg, &lbn, &ts, &[0; 8]].concat(),
            }
        };
        (0..count).flat_map(|n| [record(n, 0x2a), record(n, 0x28)].concat()).collect()
    };
    let text = rows("time_us,op,lba_512,bytes\n", count, |n| {
        format!("{0},W,{1},4096\n{0},R,{1},4096", n * 1_000_000, block(n))
    });
    let bare = rows("", count, |n| format!("{0},{1},w,4096\n{0},{1},r,4096", n * 1_000_000, block(n)));
    let msr = rows("", count, |n| {
        let time = 128_166_372_000_000_000 + n * 10_000_000;
        format!("{time},vm,0,Write,{0},4096,500\n{time},vm,0,Read,{0},4096,500", block(n) * 512)
    });
    let blk = rows("", count, |n| {
        let event =
            |action, kind| format!("  8,0    1  {n}  {n}.000000000  99  {action}   {kind} {} + 8 [x]", block(n));
        [event('Q', "WS"), event('D', "WS"), event('C', "WS"), event('Q', "R"), "CPU0 (8,0):".into()].join("\n")
    });
    vec![
        ("vscsi", "vm.vscsi", [binary(1), vec![0; 7]].concat()),
        ("vscsi", "vm.v2", binary(2)),
        ("vscsi", "vm.csv", text),
        ("vscsi", "vm.txt", bare),
        ("msr", "trace.csv", msr),
        ("blkparse", "vm.blk", blk),
    ]
}

/// A page is written every eight seconds: of 300 writes in five minutes eight are distinct, of 60 in a minute too.
#[test]
fn block_traces_of_all_kinds_say_the_same() {
    for (kind, file, bytes) in block_traces() {
        let desk = Desk::with(&file.replace('.', "-"), &[(file, &bytes)]);
        let done = desk.import(&[kind, file]);
        let rates = done.rates("vm");
        assert_eq!(rates.len(), 60, "{kind}");
        assert!(rates[..59].iter().all(|rate| *rate == 4_096), "{kind}: {rates:?}");
        let scenario = done.scenario();
        assert!(scenario.contains("writes = { block = \"4096 B\" }"), "{kind}: {scenario}");
        let head = done.file(
            scenario
                .lines()
                .find_map(|line| line.strip_prefix("inventory = \"")?.strip_suffix('"'))
                .expect("an inventory"),
        );
        let head: Vec<String> = head.lines().next().expect("a head").split(',').map(str::to_string).collect();
        let row = &done.rows("machines-")[0];
        let share = |window: &str| {
            let at = |what: &str| {
                head.iter()
                    .position(|name| *name == format!("{what}_{window}s"))
                    .map(|at| row[at].parse::<f64>().expect("a number"))
            };
            at("unique").expect("measured") / at("written").expect("measured")
        };
        assert!((share("60") - 8.0 / 60.0).abs() < 1e-3, "{kind}: {}", share("60"));
        assert!((share("300") - 8.0 / 300.0).abs() < 1e-3, "{kind}: {}", share("300"));
        if file == "vm.vscsi" {
            done.said("vm.vscsi: 1 row not used: a record cut short (the first in line 7201)");
        }
        done.said("14.1 MiB of 59m 59s in 3600 writes, 4.00 KiB in the mean");
        done.runs();
    }
}

/// A week of the same day: 1 MiB/s for an hour at night, little else; weekends have half.
#[test]
fn models_are_fitted_and_their_goodness_is_told() {
    let file = bitbrains(1_372_636_800, 4_032, |n| {
        let weekend = if n / 288 % 7 >= 5 { 0.5 } else { 1.0 };
        let hour = (n % 288) as f64 / 12.0;
        (100.0 + 900.0 * ((1.0 + ((hour - 2.0) / 24.0 * std::f64::consts::TAU).cos()) / 2.0).powi(3)) * weekend
    });
    let bursts = bitbrains(1_372_636_800, 4_032, |n| if n % 36 < 3 { 5_000.0 } else { 0.0 });
    let desk = Desk::with("fit", &[("day.csv", &file), ("burst.csv", &bursts)]);
    let done = desk.import(&["bitbrains", "day.csv", "burst.csv", "--fit"]);
    let goodness = done.rows("fit");
    assert_eq!(goodness.len(), 2);
    let (burst, day) = (&goodness[0], &goodness[1]);
    assert_eq!((burst[1].as_str(), day[1].as_str()), ("on_off", "daily"));
    assert!(day[2].parse::<f64>().expect("R²") > 0.9, "{day:?}");
    assert!(burst[3].parse::<f64>().expect("KS") < 0.01, "{burst:?}");
    done.said("models of 2 machines (1 on-off, the others daily)");
    done.said("varies");
    let scenario = done.scenario();
    assert!(
        scenario.contains("on.exponential = { mean = \"15m\" }, off.exponential = { mean = \"2h 45m\" }"),
        "{scenario}"
    );
    assert!(!scenario.contains("each_from_trace"));
    let rows = done.rows("machines-");
    let day = rows.iter().find(|row| row[0] == "day").expect("it is there");
    assert!((day[5].parse::<f64>().expect("a factor") - 0.5).abs() < 0.01, "the weekend: {day:?}");
    done.runs();
}

/// One page again and again beside new ones: the share falls with the window, and a law says how.
#[test]
fn the_fall_of_the_distinct_share_is_fitted_and_a_silent_host_is_named() {
    let trace = rows("", 7_200, |n| format!("{},{},w,4096", n * 1_000_000, if n % 2 == 0 { 0 } else { 8 * n }));
    let desk = Desk::with("law", &[("vm.csv", &trace)]);
    let done = desk.import(&["vscsi", "vm.csv", "--fit"]);
    // In 10 s five pages of ten and the hot one: 60 %; in an hour half of them and one.
    done.said("vm: the distinct share falls as window^-0.0");
    done.said("distinct: 10s 60.0 %, 1m 51.7 %");
    let log = "\"(PDH-CSV 4.0) (X)(0)\",\"\\\\A\\PhysicalDisk(0)\\Disk Write Bytes/sec\",\"\\\\B\\PhysicalDisk(0)\\Disk Write Bytes/sec\"\n\
               \"11/25/2024 10:00:00\",\"5\",\" \"\n\"11/25/2024 10:05:00\",\"7\",\" \"\n";
    let desk = Desk::with("silent", &[("log.csv", log.as_bytes())]);
    desk.import(&["perfmon", "log.csv"]).said("no sample of these machines can be used: B");
}

#[test]
fn nothing_is_overwritten_and_a_folder_is_written_whole_or_not() {
    let file = bitbrains(1_372_636_800, 300, |_| 1.0);
    let desk = Desk::with("twice", &[("a.csv", &file)]);
    desk.import(&["bitbrains", "a.csv"]);
    let again = desk.try_import(&["bitbrains", "a.csv"]);
    assert_eq!(code(&again), Some(2));
    assert!(err(&again).contains("imported exists already"), "{}", err(&again));
    let left: Vec<_> =
        std::fs::read_dir(&desk.here.0).expect("readable").map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    let report = desk.try_import(&["bitbrains", "a.csv", "--out", "other", "--report", "a.csv"]);
    assert_eq!(code(&report), Some(2), "{}", err(&report));
}

/// A workbook with the sheets and columns of RVTools 4: cells are numbers and texts.
#[cfg(feature = "xlsx")]
#[test]
fn a_workbook_of_rvtools() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheets: [(&str, &[&[&str]]); 4] = [
        (
            "vDisk",
            &[
                &["VM", "Powerstate", "Template", "Disk", "Capacity MiB", "Raw", "VM UUID"],
                &["a", "poweredOn", "False", "Hard disk 1", "40960", "False", "1"],
                &["a", "poweredOn", "False", "Hard disk 2", "1048576", "True", "1"],
                &["a", "poweredOn", "False", "Hard disk 1", "512.5", "False", "2"],
                &["a", "poweredOn", "False", "Hard disk 2", "", "False", "2"],
            ],
        ),
        (
            "vInfo",
            &[
                &[
                    "VM",
                    "Powerstate",
                    "Template",
                    "SRM Placeholder",
                    "CPUs",
                    "Memory",
                    "OS according to the configuration file",
                    "VM UUID",
                ],
                &["a", "poweredOn", "False", "False", "4", "14336", "Microsoft Windows Server 2019 (64-bit)", "1"],
                &["a", "poweredOn", "False", "False", "2", "4096", "Red Hat Enterprise Linux 8 (64-bit)", "2"],
                &["ph", "poweredOff", "False", "True", "2", "4096", "x", "3"],
                &["b", "poweredOn", "False", "False", "1", "2048", "Other", "4"],
            ],
        ),
        (
            "vPartition",
            &[
                &["VM", "Disk", "Capacity MiB", "Consumed MiB", "VM UUID"],
                &["a", "C:\\", "40000", "10000", "1"],
                &["b", "/", "30720", "10240", "4"],
            ],
        ),
        ("vHost", &[&["Host"], &["esx1"]]),
    ];
    for (name, rows) in sheets {
        let sheet = book.add_worksheet().set_name(name).expect("a name");
        for (row, cells) in rows.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                let (row, column) = (row as u32, column as u16);
                match cell.parse::<f64>() {
                    Ok(number) => sheet.write(row, column, number).map(drop),
                    Err(_) => sheet.write(row, column, *cell).map(drop),
                }
                .expect("a cell");
            }
        }
    }
    let bytes = book.save_to_buffer().expect("into memory");
    let desk = Desk::with("rvtools", &[("RVTools.xlsx", &bytes)]);
    let done = desk.import(&["rvtools", "RVTools.xlsx"]);
    let machines = done.rows("machines-");
    let of = |vm: &str| machines.iter().find(|row| row[0] == vm).unwrap_or_else(|| panic!("{vm}: {machines:?}"));
    assert_eq!(of("a")[1..3], [(40_960u64 << 20).to_string(), (1u64 << 40).to_string()]);
    assert_eq!(of("a-2")[1], ((512.5 * 1_048_576.0) as u64).to_string(), "a fraction is no group of thousands");
    assert_eq!(of("b")[1], (30_720u64 << 20).to_string(), "the size of its partition");
    done.said("two machines are called a; one is written as a-2");
    done.said("RVTools.xlsx [vInfo]: 1 row not used: a placeholder of Site Recovery Manager is no machine (the first in line 4)");
    done.said("RVTools.xlsx [vDisk]: 1 row not used: no value (the first in line 5)");
    done.said("1 raw device mappings");
    done.said("partitions: 29 % of 69.1 GiB are used");
    assert!(
        done.scenario().contains("size = \"Standard_DS3\"") || done.scenario().contains("size = \"Standard_DS3_v2\""),
        "4 cores, 14 GiB"
    );
    assert!(done.scenario().contains("the system of these machines is windows (--os says another): b"));
    done.runs();
}
