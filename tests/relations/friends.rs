//! False friends: relations that look true and are not. Each test shows the counterexample; docs/false-friends.md tells them.

use crate::case::{Case, Cut, Flow, Seen, ZERO};
use crate::common::pieces::{Piece, greatest, lag, within};
use crate::common::small::{Small, Vm};
use drsim::planner::one_replication;
use drsim::world::Luck;

/// Rates by step of ten minutes, then nothing.
fn flow(rates: &[u64], weight: u64) -> Flow {
    Flow { rates: rates.to_vec(), weight, cap: 0, deadline: 0 }
}

fn stop(from: u64, lasts: u64) -> Vec<Cut> {
    vec![Cut { from, lasts, to: 0 }]
}

/// The age of a line at a moment [s].
fn at(line: &[Piece], t: f64) -> f64 {
    let p = line.iter().find(|p| p[0] <= t && t <= p[2]).expect("a piece holds the moment");
    p[1] + (p[3] - p[1]) * (t - p[0]) / (p[2] - p[0])
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 0.2, "{found} and not {expected}");
}

/// A writes 12 GB at once, B 1 MB/s; the service stops for 2000 s, and the account takes 5 GB. On 2 MB/s they get 1 each, and 4 GB have
/// come when the service is back: B is never late. On 8 MB/s A gets 7, the account is full after 625 s, and B waits for the rest.
#[test]
fn more_link_hurts_others_behind_a_shared_account_that_fills() {
    let with = |link| {
        let flows = vec![flow(&[20], 1), flow(&[1; 24], 1)];
        Case { flows, link, cache: 5_000, stops: stop(0, 2_000), ..Case::default() }.live()
    };
    let (narrow, wide) = (with(2), with(8));
    let early = |seen: &Seen| within(&seen.received(1), 0.0, 2_000.0);
    near(greatest(&early(&narrow)), 0.0);
    near(greatest(&early(&wide)), 2_000.0 - 625.0);
}

/// A wrote 6 GB while the service stood still, all of it waits in the account. Then B writes, with nine times the weight; the service applies
/// 12 MB/s. On 10 MB/s B brings 10 and A gets 2. On 20 MB/s B brings more than its share, takes 10.8, and leaves A 1.2: of what A wrote
/// at 10 MB/s, 120 s are applied after ten minutes there, 72 s here.
#[test]
fn more_link_hurts_others_at_a_shared_service() {
    let with = |link| {
        let flows = vec![flow(&[10], 1), flow(&[0, 20, 0], 9)];
        Case { flows, link, apply: 12, stops: stop(0, 600), ..Case::default() }.live()
    };
    let age = |link| at(&with(link).applied(0), 1_200.0);
    near(age(10), 1_200.0 - 120.0);
    near(age(20), 1_200.0 - 72.0);
}

/// A first copy yields to deltas on the link, but not in the account: while the service stands still it fills 5 GB with 9 MB/s beside the
/// delta's 1, and then both are shut out.
#[test]
fn a_first_copy_delays_deltas_behind_a_shared_account_that_fills() {
    let with = |size: &str| {
        let more = format!("[people]\nenabling = {{ batch = 1, gap = \"{ZERO}s\" }}\n");
        let flows = vec![flow(&[1; 24], 1)];
        let case = Case { flows, link: 10, cache: 5_000, stops: stop(0, 2_000), more, ..Case::default() };
        let mut small = case.small();
        small.vms.push(Vm { disks: format!("\"{size}\""), order: 9, ..Vm::named("zz-bulk") });
        let story = small.live();
        let zero = ZERO as f64;
        greatest(&within(&lag(&story.facts, story.vm("f0"), false), zero, zero + 2_000.0))
    };
    near(with("1 MB"), 0.0);
    near(with("100 GB"), 2_000.0 - 500.0);
}

/// A day of points has one each hour; three days have one each two hours. Damage at 05:10 that is found at 11:10 leaves the point of 05:00 in
/// the short history and that of 04:00 in the long one.
#[test]
fn longer_retention_keeps_fewer_points_of_a_day() {
    let gap = |retention: &str| {
        let small = Small {
            lasts: "8d".to_owned(),
            vms: vec![Vm::steady("a", 1_000_000)],
            policy: format!("crash_consistent_every = \"5m\"\nretention = \"{retention}\""),
            more: "[[outage.damage]]\nstamp = \"east\"\nshare = \"100 %\"\nat = \"5d05:10\"\nfound_after = \"6h\"\n"
                .to_owned(),
            ..Small::default()
        };
        let outcome = one_replication(&small.scenario().setup, Luck::new(1, 0)).outcome;
        outcome.damages[0].gap().expect("a point is left").secs_f64() / 60.0
    };
    near(gap("1d"), 10.0);
    near(gap("3d"), 70.0);
}

/// The age of a point is half an interval and what it takes to process one: 250 s stay.
#[test]
fn twice_as_many_points_do_not_halve_the_rpo() {
    let mean = |minutes: u64| {
        let small = Small {
            lasts: "3d".to_owned(),
            settle: "1d".to_owned(),
            processing_delay: "250s".to_owned(),
            vms: vec![Vm::steady("a", 1_000_000)],
            policy: format!("crash_consistent_every = \"{minutes}m\"\nretention = \"24h\""),
            ..Small::default()
        };
        let outcome = one_replication(&small.scenario().setup, Luck::new(1, 0)).outcome;
        outcome.groups[0].point_age.mean().expect("time") / 1e9
    };
    near(mean(10), 250.0 + 300.0);
    near(mean(5), 250.0 + 150.0);
}

/// Points are made as often as the last one came through (adaptive, no wait), after an hour without a link. On 13 MB/s marks come through a
/// little sooner, other marks become points, and for a while the newest point is older than on 10 MB/s. Found by search.
#[test]
fn more_link_makes_a_point_older_when_points_follow_the_last_one() {
    let policy = "crash_consistent_every = \"5m\"\nretention = \"24h\"\nstrategy.adaptive = { at_least = \"1m\", at_most = \"1h\", wait = \"0 %\" }";
    let points = |link| {
        let first = [0, 0, 13, 1, 0, 0, 0, 0, 4, 0, 0, 0, 8, 5, 9, 5, 6, 10, 7, 0, 11, 10, 16, 14];
        let second = [14, 0, 0, 11, 0, 9, 0, 0, 0, 0, 0, 10, 15, 9, 0, 16, 1, 5, 0, 3, 1, 0, 1, 2];
        let case = Case {
            flows: vec![flow(&first, 1), flow(&second, 3)],
            link,
            cuts: [stop(2_349, 313), stop(2_663, 2_291)].concat(),
            policy: policy.to_owned(),
            delay: "73s".to_owned(),
            ..Case::default()
        };
        case.live().points("f1")
    };
    // The newest mark that is usable by a moment.
    let newest = |points: &[(f64, f64)], t: f64| points.iter().filter(|p| p.0 <= t).map(|p| p.1).fold(0.0, f64::max);
    let (narrow, wide) = (points(10), points(13));
    let older = narrow.iter().map(|(t, _)| newest(&narrow, t + 1e-6) - newest(&wide, t + 1e-6)).fold(0.0, f64::max);
    near(older, 240.0);
    // On the whole the wider link is better.
    let mean = |points: &[(f64, f64)]| {
        (0..800).map(|k| f64::from(k) * 30.0 + 4_000.0).map(|t| t - newest(points, t)).sum::<f64>() / 800.0
    };
    assert!(mean(&wide) < mean(&narrow), "{} and {}", mean(&wide), mean(&narrow));
}
