//! Measured files of others, where they stand beside the project: what is read of them is what their own descriptions say.

mod import_kit;

use import_kit::{Desk, measured};

fn path(name: &str) -> Option<String> {
    measured(name).map(|path| path.to_string_lossy().into_owned())
}

/// One hour of a production disk: 441 times the mean in the highest second, as its description says of the trace; binary and CSV alike.
#[test]
fn a_block_trace_of_a_production_disk() {
    let Some(binary) = path("cloudphysics-vscsi/cloudPhysicsIO-hour1.vscsi") else { return };
    let csv = path("cloudphysics-vscsi/cloudPhysicsIO-hour1.csv").expect("both stand there");
    let desk = Desk::with("vscsi", &[]);
    let mut told = Vec::new();
    for file in [&binary, &csv] {
        let done = desk.import(&["vscsi", file]);
        done.said("in 33591 writes");
        done.said("22327 reads passed over");
        done.said("the highest second is 441 times the mean");
        let rates = done.rates("cloudPhysicsIO-hour1");
        assert!((60..=61).contains(&rates.len()), "an hour has sixty minutes: {}", rates.len());
        told.push(rates[..59].iter().sum::<u64>());
        done.runs();
        std::fs::remove_dir_all(desk.here.0.join("imported")).expect("removable");
    }
    // The CSV counts from the first request, the binary in its own milliseconds: minutes differ by less than that.
    assert!((told[0] as f64 / told[1] as f64 - 1.0).abs() < 0.01, "{told:?}");
}

/// The sum of what 71 disks wrote in half-hour windows, and the share that was distinct, by hand from the file.
#[test]
fn half_hour_windows_of_production_disks() {
    let (Some(inventory), Some(windows)) =
        (path("cloudphysics-30min/inventory.csv"), path("cloudphysics-30min/windows-30min.csv.gz"))
    else {
        return;
    };
    let desk = Desk::with("windows", &[]);
    let maps = [
        "vm=vm,size=disk_span_bytes:B",
        "vm=vm,window=window:30m,written=write_pages:4 KiB,unique=write_unique_bytes:B",
    ];
    let done = desk.import(&["csv", &inventory, &windows, "--map", maps[0], "--map", maps[1]]);
    let machines = done.rows("machines-");
    assert_eq!(machines.len(), 71);
    done.said("samples of 30m are longer than the RPO of 15m");
    done.said("w46");
    let text = read_gz(&windows);
    for vm in ["w01", "w53"] {
        let rows = text
            .lines()
            .filter(|line| line.starts_with(&format!("{vm},")))
            .map(|line| line.split(',').collect::<Vec<_>>());
        let (written, unique) = rows.fold((0.0, 0.0), |sum, row| {
            (sum.0 + row[4].parse::<f64>().expect("pages") * 4_096.0, sum.1 + row[6].parse::<f64>().expect("bytes"))
        });
        let row = machines.iter().find(|row| row[0] == vm).expect("it is there");
        let [found_written, found_unique] =
            [2, 3].map(|at: usize| row[row.len() - 4 + at].parse::<f64>().expect("a number"));
        assert!(
            (found_written / written - 1.0).abs() < 1e-9 && (found_unique / unique - 1.0).abs() < 1e-9,
            "{vm}: {row:?}"
        );
    }
    done.runs();
}

/// Files of vSphere counters as found, one of them with every sample twice; means as their own inventory says.
#[test]
fn counters_of_production_machines() {
    let files = ["1", "123", "173", "323"].map(|vm| path(&format!("bitbrains-rnd/original/2013-7/{vm}.csv.gz")));
    let [Some(a), Some(b), Some(c), Some(d)] = files else { return };
    let desk = Desk::with("production", &[]);
    let done = desk.import(&["bitbrains", &a, &b, &c, &d]);
    done.said("4220 samples with a time stamp that was there already");
    done.said("the longest 1d 6h");
    let inventory =
        std::fs::read_to_string(measured("bitbrains-rnd/inventory.csv").expect("it stands there")).expect("readable");
    for vm in ["1", "323"] {
        let mean: f64 = inventory
            .lines()
            .find(|line| line.starts_with(&format!("2013-7,{vm},")))
            .and_then(|line| line.split(',').nth(8)?.parse().ok())
            .expect("a mean in KiB/s");
        let rates = done.rates(vm);
        let found = rates.iter().sum::<u64>() as f64 / rates.len() as f64 / 1_024.0;
        assert!((found / mean - 1.0).abs() < 0.01, "vm {vm}: {found} KiB/s, described as {mean}");
    }
    done.runs();
}

fn read_gz(path: &str) -> String {
    let mut text = String::new();
    let file = std::fs::File::open(path).expect("it is there");
    std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(file), &mut text).expect("whole");
    text
}
