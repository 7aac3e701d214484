//! P22, P23, P26 (b), P31: copies in their order, the least bandwidth, slots, and a whole failover and way back, as scenarios.

use crate::common::Story;
use crate::common::pieces::{greatest, lag, within};
use crate::common::small::{Small, Vm};
use crate::told::{NS, Told};
use drsim::contract::{Fact, JobKind, MachineRole, Phase};
use drsim::measure::Recovery;
use drsim::planner::one_replication;
use drsim::planner::rules::bandwidth::bandwidth_for_rpo;
use drsim::units::{Bytes, Duration, Timestamp};
use drsim::world::Luck;

/// Zero of the oracle's clock [s].
const ZERO: f64 = 10_800.0;

fn clock(at: Option<Timestamp>) -> f64 {
    at.expect("it happened").secs_f64() - ZERO
}

/// Sizes 400, 100, 300, 200 GB, writes 8, 2, 6, 4 MB/s from the start of each copy, link 100 MB/s.
pub fn p22(told: &mut Told) {
    let finish = |order: [u64; 4], at_once: u64| {
        let vms = [(400, 8), (100, 2), (300, 6), (200, 4)].iter().enumerate();
        let vm = |(k, (size, rate)): (usize, &(u64, u64))| Vm {
            disks: format!("\"{size} GB\""),
            order: order[k],
            ..Vm::steady(&format!("vm{k}"), rate * 1_000_000)
        };
        let small = Small {
            bandwidth: 800_000_000,
            vms: vms.map(vm).collect(),
            more: format!("[replication]\ncopies_at_once = {at_once}\n"),
            ..Small::default()
        };
        let story = small.live();
        let done = |k: usize| story.entered(&format!("vm{k}"), Phase::Protected).expect("protected").secs_f64();
        (0..4).map(done).collect::<Vec<f64>>()
    };
    for (policy, order, at_once, expected) in [
        ("as given", [1, 2, 3, 4], 1, [4347.826086956522, 5458.937198067633, 9030.365769496204, 11530.365769496204]),
        ("smallest first", [4, 1, 3, 2], 1, [11557.1586468243, 1020.408163265306, 6557.1586468243, 3148.067737733394]),
        (
            "largest first",
            [1, 4, 2, 3],
            1,
            [4347.826086956522, 11525.22257022368, 7836.198179979778, 10275.22257022368],
        ),
        ("all in parallel", [1, 1, 1, 1], 0, [12500.0, 5000.0, 11250.0, 8750.0]),
    ] {
        let found = finish(order, at_once);
        told.all(&format!("{policy}: protected at [s]"), &expected, &found, 1e-8);
        let mean = |times: &[f64]| times.iter().sum::<f64>() / 4.0;
        told.grained(&format!("{policy}: mean [s]"), mean(&expected), mean(&found), 1e-8);
    }
}

/// Hourly churn of P23, in MB/s instead of units/h: an hour's amount is 3600 times as much, and the rate the same number.
const X: [u64; 12] = [4, 4, 6, 10, 36, 45, 20, 8, 5, 40, 12, 4];
const Y: [u64; 12] = [10, 12, 10, 64, 8, 8, 8, 25, 25, 8, 8, 8];

/// The longest age of what is received [s] with a link of `bandwidth` B/s.
fn longest(churn: [u64; 12], bandwidth: u64) -> f64 {
    let hours = |h: usize| if (2..14).contains(&h) { churn[h - 2] * 1_000_000 } else { 0 };
    let rates: Vec<u64> = (0..30).map(hours).collect();
    let small = Small {
        lasts: "30h".to_owned(),
        bandwidth: bandwidth * 8,
        vms: vec![Vm::trace("a", "churn.csv", "1h")],
        ..Small::default()
    };
    let story = small.file("churn.csv", &rates).live();
    greatest(&within(&lag(&story.facts, story.vm("a"), false), 0.0, 30.0 * 3_600.0))
}

/// The longest ages of what is received of X and Y [s] where a quarter of an hour and two hours are the deadlines, on a link of
/// `bandwidth` B/s.
fn by_deadline(bandwidth: u64) -> [f64; 2] {
    let mut small = Small { lasts: "30h".to_owned(), bandwidth: bandwidth * 8, ..Small::default() };
    for (name, churn, deadline) in [("x", X, "15m"), ("y", Y, "2h")] {
        let hours = |h: usize| if (2..14).contains(&h) { churn[h - 2] * 1_000_000 } else { 0 };
        let file = format!("{name}.csv");
        small.vms.push(Vm { protect: format!("deadline = \"{deadline}\""), ..Vm::trace(name, &file, "1h") });
        small = small.file(&file, &(0..30).map(hours).collect::<Vec<u64>>());
    }
    let story = small.live();
    ["x", "y"].map(|name| greatest(&within(&lag(&story.facts, story.vm(name), false), 0.0, 30.0 * 3_600.0)))
}

/// `C = max (A(u) − A(s)) / (u − s + θ)`: of X with half an hour (36 + 45) / 2.5, of X with a quarter 81 / 2.25, of Y with two hours
/// 64 / 3, of both in one queue with a quarter 296 / 5. At its least bandwidth the RPO is exactly θ.
pub fn p23(told: &mut Told) {
    let both: [u64; 12] = std::array::from_fn(|hour| X[hour] + Y[hour]);
    let rule = |churn: [u64; 12], theta: u64| {
        let amounts = churn.map(|rate| Bytes(rate * 3_600_000_000)).to_vec();
        bandwidth_for_rpo(&amounts, Duration::hours(1), Duration::minutes(theta)).0 as f64 / 1e6
    };
    told.grained("least bandwidth of X, θ = 0.5 h", 32.4, rule(X, 30), 1e-6);
    told.grained("X at 32.4: longest RPO [h]", 0.5, longest(X, 32_400_000) / 3_600.0, NS);
    told.grained("X at 99 % of it [h]", 52.0 / 99.0, longest(X, 32_076_000) / 3_600.0, NS);
    told.grained("least of X and Y in one queue, θ = 0.25 h", 59.2, rule(both, 15), 1e-6);
    told.grained("both at 59.2: longest RPO [h]", 0.25, longest(both, 59_200_000) / 3_600.0, NS);
    told.grained("two links, θ = 0.25 h and 2 h", 36.0 + 64.0 / 3.0, rule(X, 15) + rule(Y, 120), 2e-6);
    told.grained("X at 36: longest RPO [h]", 0.25, longest(X, 36_000_000) / 3_600.0, NS);
    told.grained("Y at 64/3: longest RPO [h]", 2.0, longest(Y, 21_333_334) / 3_600.0, 1e-6);
    // The fullest span ends a quarter after X's sixth hour: X and Y are both due then. Deadlines are kept to a look of a second.
    let [x, y] = by_deadline(48_307_693);
    told.grained("both by deadline at 628/13, longest RPO of X [h]", 0.25, x / 3_600.0, 2.0 / 3_600.0);
    told.grained("and of Y [h]", 2.0, y / 3_600.0, 2.0 / 3_600.0);
}

/// Durations 12, 3, 7, 9, 4, 11, 5, 6, 8, 10 on 3 slots: first copies of so many blocks of 2 MiB, one a second, three at once.
pub fn p26b(told: &mut Told) {
    let given = [12, 3, 7, 9, 4, 11, 5, 6, 8, 10];
    let finish = |order: &dyn Fn(usize) -> u64| {
        let vm = |(k, size): (usize, &u64)| Vm {
            disks: format!("\"{} MiB\"", 2 * size),
            order: order(k),
            iops: 1,
            ..Vm::named(&format!("vm{k}"))
        };
        let vms = given.iter().enumerate().map(vm).collect();
        let small = Small {
            lasts: "1h".to_owned(),
            vms,
            more: "[replication]\ncopies_at_once = 3\n".to_owned(),
            ..Small::default()
        };
        let story = small.live();
        let done = |k: usize| story.entered(&format!("vm{k}"), Phase::Protected).expect("protected").secs_f64();
        (0..10).map(done).collect::<Vec<f64>>()
    };
    type Order = Box<dyn Fn(usize) -> u64>;
    let policies: [(&str, Order, f64, f64); 3] = [
        ("in the given order", Box::new(|k| k as u64), 28.0, 15.5),
        ("longest first", Box::new(move |k| 100 - given[k]), 26.0, 18.8),
        ("shortest first", Box::new(move |k| given[k]), 30.0, 13.8),
    ];
    for (policy, order, makespan, mean) in policies {
        let found = finish(&*order);
        let last = found.iter().fold(0.0f64, |last, t| last.max(*t));
        told.grained(&format!("(b) {policy}: makespan"), makespan, last, NS);
        told.grained(&format!("(b) {policy}: mean finish"), mean, found.iter().sum::<f64>() / 10.0, NS);
    }
}

/// A (disks of 3 and 1 MB/s) and B (2 MB/s) on 12 MB/s; cut from 1000 to 1600 s; the stamp is lost at 1900 s, seen 120 s later, declared
/// 180 s later; one machine is made at a time, 240 s each, boots take 180 s.
fn golden() -> Story {
    let at = |t: u64| ZERO as u64 + t;
    let order = |t: u64, what: &str| format!("[[order]]\nat = \"{}s\"\ndo = \"{what}\"\nvms = [\"a\", \"b\"]\n", at(t));
    let more = format!(
        r#"[[outage.link-down]]
link = "wan"
at = "{}s"
lasts = "600s"
[[outage.stamp-down]]
stamp = "east"
at = "{}s"
lasts = "7100s"
[people]
declare_disaster_after.fixed = "180s"
recovery_point = "latest-processed"
commit_after.fixed = "1000d"
{}{}"#,
        at(1_000),
        at(1_900),
        order(3_000, "commit"),
        order(9_100, "reprotect"),
    );
    let a = Vm {
        disks: "{ size = \"25 GB\", share = \"75 %\" }, { size = \"10 GB\", share = \"25 %\" }".to_owned(),
        ..Vm::steady("a", 4_000_000)
    };
    let b = Vm { disks: "\"15 GB\"".to_owned(), order: 2, ..Vm::steady("b", 2_000_000) };
    let small = Small {
        lasts: "10h".to_owned(),
        bandwidth: 96_000_000,
        // The last heartbeat is that of 1860 s.
        overrides: "heartbeat_lost_after = \"160s\"".to_owned(),
        times: [("vm_create", "\"240s\""), ("boot_linux", "\"180s\""), ("creates_at_once", "1")]
            .map(|(name, law)| (name.to_owned(), law.to_owned()))
            .into(),
        vms: vec![a, b],
        more,
        ..Small::default()
    };
    small.live()
}

/// The points are those of 1200 and 1500 s. To copy back is what was written since the replica serves and what lay behind its point:
/// 4 · 6480 + 2800 and 2 · 6240 + 800 MB. New writes of 6 MB/s go first. Our flows are disks: A's two carry 21 540 and 7180 MB, so
/// 2 MB/s each until A's small disk is done, then 3 and 3: B is in sync after 7180/2 + 6100/3 s. With one flow for each machine it
/// would be after 13 280/3 s. Checksums are compared in 3 µs.
pub fn p31(told: &mut Told) {
    let story = golden();
    let machines = ["a", "b"];
    let per_vm = |what: &dyn Fn(&str) -> f64| machines.map(what);
    let loss = |name: &str| {
        let vm = story.vm(name);
        let found = story.facts.iter().find_map(|(_, fact)| match fact {
            Fact::SourceLost { vm: of, received, at_source, .. } if *of == vm => Some((*received, at_source.0)),
            _ => None,
        });
        found.expect("the machine is lost")
    };
    told.all("watermarks at 1900 s of A, B [s]", &[1450.0, 1675.0], &per_vm(&|vm| clock(Some(loss(vm).0))), NS);
    told.all("never sent [MB]", &[1350.0, 450.0], &per_vm(&|vm| loss(vm).1 as f64 / 1e6), 1e-6);
    let luck = Luck::new(story.scenario.seed, 0);
    let outcome = one_replication(&story.scenario.setup, luck).outcome;
    let failure = |name: &str| outcome.failures.iter().find(|failure| failure.vm == story.vm(name)).expect("it failed");
    let rpo = |name: &str| failure(name).rpo_chosen.expect("a point was chosen").secs_f64();
    told.all("points taken [s]", &[1200.0, 1500.0], &per_vm(&|vm| 1900.0 - rpo(vm)), NS);
    told.all("RPO [s]", &[700.0, 400.0], &per_vm(&rpo), NS);
    let lost = |name: &str| failure(name).data_lost.expect("it failed over").0 as f64 / 1e6;
    told.all("lost [MB]", &[2800.0, 800.0], &per_vm(&lost), 1e-6);
    let ordered = story.when(|fact| matches!(fact, Fact::JobStarted { job: JobKind::FailOver, .. }));
    told.grained("failover begins [s]", 2200.0, clock(ordered), NS);
    let up = |name: &str| clock(story.serves(name, MachineRole::Replica));
    told.all("serve again [s]", &[2620.0, 2860.0], &per_vm(&up), NS);
    let rto = |name: &str| match failure(name).recovery {
        Recovery::FailedOver(parts) => parts.total().secs_f64(),
        other => panic!("{name} failed over, not {other:?}"),
    };
    told.all("RTO [s]", &[720.0, 960.0], &per_vm(&rto), NS);
    let in_sync = |name: &str| clock(story.entered(name, Phase::ProtectedReverse));
    let by_disk = 9100.0 + 7180.0 / 2.0 + 6100.0 / 3.0;
    told.all("in sync, disks as flows [s]", &[16_100.0, by_disk], &per_vm(&in_sync), 1e-8);
    told.outside("B in sync, machines as flows [s]", 9100.0 + 13_280.0 / 3.0, "disks are the flows of the model");
}
