//! The estimate of a run's effort against real runs, and what asks for too much.
//!
//! Work is compared as CPU time. The build and the machine set the scale, so the first run sets it, and the others must
//! agree with their estimates within a factor of three on that scale; in a release build the scale itself must. Peak memory is
//! what the kernel says of the process, and needs no scale.

#![cfg(target_os = "linux")]

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use drsim::planner::Effort;
use drsim::scenario::load;

const SOUND: &str = include_str!("common/sound.toml");
const FACTOR: f64 = 3.0;

/// A fleet that the appliances can serve, `extra` at the end of it.
fn fleet(vms: u64, days: u64, replications: u64, churn: &str, extra: &str) -> String {
    let appliances: String = (0..vms.div_ceil(20))
        .map(|n| format!("[appliance.a{n}]\non = \"branch\"\nsize = \"Standard_DS5_v2\"\ncache = \"log\"\n"))
        .collect();
    let names: Vec<String> = (0..vms.div_ceil(20)).map(|n| format!("\"a{n}\"")).collect();
    let mut text = SOUND.to_owned();
    for (old, new) in [
        ("lasts = \"30d\"", format!("lasts = \"{days}d\"\nsettle = \"10d\"\nreplications = {replications}")),
        ("[stamp.head]", "[stamp.head]\nsubscriptions.all = { vm_cores = 1000000, vms = 1000000, managed_disk = \"9000 TiB\", storage = \"9000 TiB\" }".into()),
        ("200 Mbit/s", format!("{} Mbit/s", 8 * vms)),
        ("1 TiB", "900 TiB".into()),
        ("[appliance.a1]\non = \"branch\"\ncache = \"log\"\n", appliances),
        ("count = 2", format!("count = {vms}")),
        ("Standard_DS3_v2", "Standard_DS2_v2".into()),
        ("[\"128 GiB\", \"256 GiB\"]", "[\"8 GiB\", \"8 GiB\", \"8 GiB\"]".into()),
        ("churn.steady = { rate = \"300 KiB/s\" }", churn.into()),
        ("appliance = \"a1\"", format!("appliance = [{}]", names.join(", "))),
    ] {
        assert!(text.contains(old), "`{old}` is not in the sound scenario");
        text = text.replacen(old, &new, 1);
    }
    format!("{text}{extra}")
}

fn estimate(text: &str) -> Effort {
    let scenario = load(text, "fleet.toml", &|_| unreachable!(), &[]).unwrap_or_else(|faults| panic!("{faults}"));
    Effort::of(&scenario.setup, scenario.replications.at_most)
}

/// CPU time [s] and peak memory [bytes] of `drsim run` on one thread. Its last chance to be asked is shortly before its end.
fn measured(name: &str, text: &str) -> (f64, f64) {
    let folder: PathBuf = std::env::temp_dir().join(format!("drsim-effort-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a scratch folder can be made");
    std::fs::write(folder.join("fleet.toml"), text).expect("the scratch folder can be written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_drsim"));
    command.args(["run", "fleet.toml", "--threads", "1", "-q"]).current_dir(&folder);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("drsim starts");
    let about = |what: &str| std::fs::read_to_string(format!("/proc/{}/{what}", child.id())).unwrap_or_default();
    let (mut ticks, mut kib) = (0.0f64, 0.0f64);
    let (mut stat, mut status);
    loop {
        (stat, status) = (about("stat"), about("status"));
        let after_name: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        let field = |index: usize| after_name.get(index).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
        // User and system time are the 14th and 15th field, the state behind the name is the third.
        ticks = ticks.max(field(11) + field(12));
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        kib = kib.max(peak.trim().trim_end_matches(" kB").parse().unwrap_or(0.0));
        if stat.contains(") Z ") || stat.is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let status = child.wait().expect("it ends");
    let _ = std::fs::remove_dir_all(&folder);
    assert!(matches!(status.code(), Some(0 | 1 | 3)), "{name}: {status}");
    // A hundred ticks a second, on every Linux that we know.
    (ticks / 100.0, kib * 1024.0)
}

#[test]
fn runs_take_what_is_estimated_within_a_factor_of_three() {
    const STEADY: &str = "churn.steady = { rate = \"30 KiB/s\" }";
    const NOISY: &str = "churn.daily = { mean = \"30 KiB/s\", peak = \"90 KiB/s\", peak_at = \"01:00\", noise = { sigma = 0.4, every = \"5m\" } }";
    const CUTS: &str = "[[outage.link-down]]\nlink = \"wan\"\nevery = \"6h\"\nlasts = \"10m\"\n";
    const LOSSES: &str = "[[outage.stamp-down]]\nstamp = \"branch\"\nevery = \"10d\"\nlasts = \"6h\"\n[people]\nfail_back = { after_source_healthy = \"4h\" }\nprotect_again_after = \"4h\"\n";
    let mut scale = None;
    for (name, text) in [
        ("noisy", fleet(40, 120, 1, NOISY, "")),
        ("steady", fleet(400, 120, 1, STEADY, "")),
        ("cuts", fleet(40, 90, 3, STEADY, CUTS)),
        ("losses", fleet(40, 90, 3, STEADY, LOSSES)),
    ] {
        let (effort, (seconds, memory)) = (estimate(&text), measured(name, &text));
        // The worst replication is run once more, for the charts.
        let expected = effort.seconds * (effort.replications + 1.0);
        eprintln!("{name}: {seconds} s, estimated {expected:.2}; {memory:.3e} bytes, estimated {:.3e}", effort.memory);
        let ratio = seconds / expected;
        if cfg!(not(debug_assertions)) {
            assert!((1.0 / FACTOR..FACTOR).contains(&ratio), "{name}: {seconds} s, estimated {expected}");
        }
        let on_scale = ratio / *scale.get_or_insert(ratio);
        assert!(
            (1.0 / FACTOR..FACTOR).contains(&on_scale),
            "{name}: {on_scale} times its estimate, on the scale of the first"
        );
        let of_memory = memory / effort.memory;
        assert!((1.0 / FACTOR..FACTOR).contains(&of_memory), "{name}: {memory} bytes, estimated {}", effort.memory);
    }
}

#[test]
fn what_is_too_much_is_refused_with_the_figures() {
    let refusal = |text: &str| estimate(text).too_much().unwrap_or_else(|| panic!("{}", estimate(text)));
    let changed = |changes: &[(&str, &str)]| {
        changes.iter().fold(SOUND.to_owned(), |text, (old, new)| {
            assert!(text.contains(old), "`{old}` is not in the sound scenario");
            text.replacen(old, new, 1)
        })
    };
    assert_eq!(estimate(SOUND).too_much(), None);
    // Half a century of points a second: 6e13 for 40,000 VMs.
    let often = changed(&[
        ("lasts = \"30d\"", "lasts = \"18000d\""),
        ("count = 2", "count = 40000"),
        ("retention = \"24h\"", "retention = \"24h\"\ncrash_consistent_every = \"1s\""),
    ]);
    let (wrong, mend) = refusal(&often);
    assert_eq!(
        wrong,
        "this is too much for one run of 100 replications: about 720000000 VM-days a replication, 1.00 GiB, 5 days on one core each"
    );
    assert!(mend.starts_with("at most 30 days of one core are run; ask for fewer replications"), "{mend}");
    // A hundred million replications, each a row.
    let many = changed(&[("lasts = \"30d\"", "lasts = \"30d\"\nreplications = 100000000")]);
    assert!(refusal(&many).1.starts_with("at most "), "{:?}", refusal(&many));
    // Outages without pause: all are dated before the run.
    let cuts = "[[outage.link-down]]\nlink = \"wan\"\nevery = \"1ms\"\nlasts = \"0s\"\n";
    assert!(
        refusal(&format!("{SOUND}{cuts}")).1.starts_with("at most 16.0 GiB"),
        "{:?}",
        refusal(&format!("{SOUND}{cuts}"))
    );
    // Ten million lost VMs: too many rows.
    let lost = changed(&[("count = 2", "count = 2000"), ("lasts = \"30d\"", "lasts = \"300d\"\nreplications = 1000")]);
    let storms = "[[outage.guest-reboot]]\nstamp = \"branch\"\nshare = \"100 %\"\nevery = \"30d\"\n";
    let refused = refusal(&format!("{lost}{storms}"));
    assert!(refused.1.contains("at most"), "{refused:?}");
}
