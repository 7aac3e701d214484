//! MR03 to MR18: one shared link, weights, caps; more or less of something, or the same told in another way.

use proptest::prelude::*;

use crate::case::{Case, Cut, Flow, LASTS, Seen, above, apart_by, link_case, scaled};
use crate::common::pieces::{Piece, greatest, lag, within};
use drsim::contract::Phase;

/// Two lines of ages agree to so many seconds: each is drawn through corners that lie within a tenth of a second of it.
const NEAR: f64 = 0.2 + 1e-6;
/// An amount agrees to so many bytes.
const BYTES: f64 = 64.0;

/// All ages of received data of the second run lie nowhere above those of the first.
fn no_worse(better: &Seen, worse: &Seen, flows: usize) -> Result<(), TestCaseError> {
    for flow in 0..flows {
        let found = above(&better.received(flow), &worse.received(flow), NEAR);
        prop_assert_eq!(found, None, "flow {} is older (moment, with more, with less)", flow);
    }
    Ok(())
}

fn same(a: &[Piece], b: &[Piece], what: &str) -> Result<(), TestCaseError> {
    prop_assert_eq!(apart_by(a, b, NEAR), None, "{} differs", what);
    Ok(())
}

proptest! {
    #![proptest_config(crate::config())]

    /// Never faster than the clock; as fast as it while the link is down and the disk has writes to send.
    #[test]
    fn mr03_an_age_never_rises_faster_than_the_clock(case in link_case()) {
        let seen = case.live();
        for flow in 0..case.flows.len() {
            for piece in seen.received(flow) {
                let (rise, run) = (piece[3] - piece[1], piece[2] - piece[0]);
                prop_assert!(rise <= run + NEAR, "flow {flow}: {piece:?}");
                let (from, until) = (piece[0], piece[2]);
                let down = case.cuts.iter().any(|cut| cut.to == 0 && cut.from as f64 <= from && until <= (cut.from + cut.lasts) as f64);
                if down && piece[1] > NEAR {
                    prop_assert!(rise >= run - NEAR, "flow {flow} waits at a closed link: {piece:?}");
                }
            }
        }
    }

    /// One flow: the area under its backlog is the sum of its bytes times their delay.
    #[test]
    fn mr04_the_area_under_the_backlog_is_the_sum_of_the_delays(case in link_case()) {
        let case = Case { flows: case.flows[..1].to_vec(), ..case };
        let seen = case.live();
        let area: f64 = seen.backlog().iter().map(|p| (p[1] + p[3]) / 2.0 * (p[2] - p[0])).sum();
        let delays: f64 = seen.received(0).iter().map(|piece| delayed(piece, &case.flows[0].rates)).sum();
        let bytes = case.flows[0].rates.iter().sum::<u64>() as f64 * 600e6;
        // It holds for a whole busy period; and a tenth of a second of age is as many times more where little of what was written arrives.
        prop_assume!(seen.backlog().last().is_some_and(|p| p[3] == 0.0));
        prop_assert!((area - delays).abs() <= NEAR * bytes + 1e-4 * area, "{area} byte seconds wait, {delays} are delayed");
    }

    /// More link at any times: nobody is ever behind where it was.
    #[test]
    fn mr05_more_link_never_hurts(case in link_case(), more in 1u64..40, left in 0u64..100) {
        let cuts = case.cuts.iter().map(|cut| Cut { to: cut.to.max(left), ..cut.clone() }).collect();
        let more = Case { link: case.link + more, cuts, ..case.clone() };
        no_worse(&more.live(), &case.live(), case.flows.len())?;
    }

    /// An outage that begins later or ends earlier.
    #[test]
    fn mr06_a_shorter_outage_is_never_worse(case in link_case(), less in 1u64..100, later in any::<bool>()) {
        let shorter = |cut: &Cut| {
            let lasts = cut.lasts * less / 100;
            Cut { from: if later { cut.from + cut.lasts - lasts } else { cut.from }, lasts, ..cut.clone() }
        };
        let short = Case { cuts: case.cuts.iter().map(shorter).collect(), ..case.clone() };
        no_worse(&short.live(), &case.live(), case.flows.len())?;
    }

    /// More churn on one: no other is ever ahead of where it was, and its own age never shrinks.
    #[test]
    fn mr07_mr08_more_churn_helps_nobody(case in link_case(), extra in proptest::collection::vec(0u64..8, 24)) {
        let mut busier = case.clone();
        busier.flows[0].rates.iter_mut().zip(&extra).for_each(|(rate, more)| *rate += more);
        no_worse(&case.live(), &busier.live(), case.flows.len())?;
    }

    /// All rates, caps and sizes times k: the same times and ages, k times the bytes.
    #[test]
    fn mr09_larger_in_all_is_the_same_in_time(case in link_case(), k in 2u64..5) {
        let (plain, large) = (case.live(), Case { larger: k, ..case.clone() }.live());
        for flow in 0..case.flows.len() {
            same(&plain.received(flow), &large.received(flow), "age")?;
        }
        let off = apart_by(&scaled(&plain.backlog(), 1.0, k as f64), &large.backlog(), BYTES);
        prop_assert_eq!(off, None, "backlog");
    }

    /// All times times k: times, ages and bytes times k.
    #[test]
    fn mr10_longer_in_all_is_longer_in_all(case in link_case(), k in 2u64..4) {
        let (plain, long) = (case.live(), Case { longer: k, ..case.clone() }.live());
        let by = k as f64;
        for flow in 0..case.flows.len() {
            let off = apart_by(&scaled(&plain.received(flow), by, by), &long.received(flow), NEAR * by);
            prop_assert_eq!(off, None, "age");
        }
        prop_assert_eq!(apart_by(&scaled(&plain.backlog(), by, by), &long.backlog(), BYTES), None, "backlog");
    }

    /// All inputs later: all outputs later.
    #[test]
    fn mr11_later_in_all_is_later_in_all(case in link_case(), steps in 1u64..9) {
        let (plain, late) = (case.live(), Case { later: 600 * steps, ..case.clone() }.live());
        for flow in 0..case.flows.len() {
            same(&plain.received(flow), &late.received(flow), "age")?;
        }
        prop_assert_eq!(apart_by(&plain.backlog(), &late.backlog(), BYTES), None, "backlog");
    }

    #[test]
    fn mr12_weights_are_relative(case in link_case(), k in 2u64..1000) {
        let mut heavier = case.clone();
        heavier.flows.iter_mut().for_each(|flow| flow.weight *= k);
        let (plain, heavy) = (case.live(), heavier.live());
        for flow in 0..case.flows.len() {
            same(&plain.received(flow), &heavy.received(flow), "age")?;
        }
    }

    /// A flow in two halves of rate, weight and cap: both are as old as the whole.
    #[test]
    fn mr13_halves_are_as_old_as_the_whole(case in link_case()) {
        let mut whole = case.clone();
        for flow in &mut whole.flows {
            flow.rates.iter_mut().for_each(|rate| *rate *= 2);
            (flow.weight, flow.cap) = (flow.weight * 2, flow.cap * 2);
        }
        whole.link *= 2;
        let mut halved = whole.clone();
        let half = case.flows[0].clone();
        halved.flows[0] = half.clone();
        halved.flows.push(half);
        let (one, two) = (whole.live(), halved.live());
        for flow in 0..case.flows.len() {
            same(&one.received(flow), &two.received(flow), "age")?;
        }
        same(&one.received(0), &two.received(case.flows.len()), "age of the second half")?;
    }

    /// The order of machines in the file has no say, to the last nanosecond.
    #[test]
    fn mr14_the_order_of_machines_has_no_say(case in link_case()) {
        let turned = Case { flows: case.flows.iter().rev().cloned().collect(), ..case.clone() };
        let (plain, turned) = (case.live(), turned.live());
        let last = case.flows.len() - 1;
        for flow in 0..=last {
            prop_assert_eq!(plain.received(flow), turned.received(last - flow));
            prop_assert_eq!(plain.ledger(flow), turned.ledger(last - flow));
        }
        prop_assert_eq!(plain.backlog(), turned.backlog());
    }

    /// A step of rates in equal parts is the same step.
    #[test]
    fn mr15_a_step_in_equal_parts_is_the_same(case in link_case(), parts in 2u64..7) {
        let (plain, fine) = (case.live(), Case { finer: parts, ..case.clone() }.live());
        for flow in 0..case.flows.len() {
            same(&plain.received(flow), &fine.received(flow), "age")?;
        }
        prop_assert_eq!(apart_by(&plain.backlog(), &fine.backlog(), BYTES), None, "backlog");
    }

    /// Without caps the sum of what waits does not hang on who is preferred, by weight or by deadline.
    #[test]
    fn mr16_the_sum_of_backlogs_does_not_hang_on_weights(
        case in link_case(), weights in proptest::collection::vec(1u64..50, 4), deadlines in proptest::collection::vec(60u64..9_000, 4)
    ) {
        let free = |own: &dyn Fn(usize) -> (u64, u64)| {
            let flows = case.flows.iter().enumerate().map(|(k, flow)| {
                let (weight, deadline) = own(k);
                Flow { cap: 0, weight, deadline, ..flow.clone() }
            });
            Case { flows: flows.collect(), ..case.clone() }
        };
        let (plain, other) = (free(&|_| (1, 0)).live(), free(&|k| (weights[k], 0)).live());
        prop_assert_eq!(apart_by(&plain.backlog(), &other.backlog(), BYTES), None);
        let due_first = free(&|k| (1, deadlines[k])).live();
        prop_assert_eq!(apart_by(&plain.backlog(), &due_first.backlog(), BYTES), None);
    }

    /// P23 at random: on the least link by which any order keeps the deadlines, who is due first is served first keeps them; on a
    /// narrower one nobody can.
    #[test]
    fn deadlines_that_any_order_keeps_are_kept(case in link_case(), deadlines in proptest::collection::vec(120u64..9_000, 4)) {
        let flows: Vec<Flow> = case.flows.iter().zip(&deadlines).map(|(flow, deadline)| {
            Flow { cap: 0, deadline: *deadline, ..flow.clone() }
        }).collect();
        let least = least_link(&flows);
        prop_assume!(least >= 1e6);
        let ages = |bandwidth: f64| {
            let mut small = Case { flows: flows.clone(), ..Case::default() }.small();
            small.bandwidth = bandwidth.ceil() as u64 * 8;
            let story = small.live();
            let until = (crate::case::ZERO + LASTS) as f64;
            let age = |k: usize| lag(&story.facts, story.vm(&format!("f{k}")), false);
            (0..flows.len()).map(|k| greatest(&within(&age(k), 0.0, until))).collect::<Vec<f64>>()
        };
        for (age, flow) in ages(least).iter().zip(&flows) {
            prop_assert!(*age <= flow.deadline as f64 + 2.0, "{age} s old, {} allowed", flow.deadline);
        }
        let late = ages(least * 0.97).iter().zip(&flows).any(|(age, flow)| *age > flow.deadline as f64);
        prop_assert!(late, "nobody is late on less than the least");
    }

    #[test]
    fn mr17_an_idle_disk_changes_nothing(case in link_case()) {
        let mut more = case.clone();
        more.flows.push(Flow { rates: vec![0; 24], weight: 9, cap: 0, deadline: 0 });
        let (plain, more) = (case.live(), more.live());
        for flow in 0..case.flows.len() {
            prop_assert_eq!(plain.received(flow), more.received(flow));
        }
    }

    /// A first copy of a silent machine goes behind all deltas.
    #[test]
    fn mr18_bulk_never_delays_deltas(case in link_case(), gigabytes in 1u64..200) {
        let bulk = |size: &str| {
            let later = crate::case::ZERO + 300;
            let more = format!("[people]\nenabling = {{ batch = {}, gap = \"{later}s\" }}\n", case.flows.len());
            let mut small = Case { more, ..case.clone() }.small();
            let vm = crate::common::small::Vm::named("zz-bulk");
            small.vms.push(crate::common::small::Vm { disks: format!("\"{size}\""), order: 9, ..vm });
            small.live()
        };
        let (plain, loaded) = (bulk("1 B"), bulk(&format!("{gigabytes} GB")));
        prop_assert!(loaded.entered("zz-bulk", Phase::InitialReplication).is_some(), "the copy begins");
        let until = (crate::case::ZERO + LASTS) as f64;
        for flow in 0..case.flows.len() {
            let age = |story: &crate::common::Story| {
                let vm = story.vm(&format!("f{flow}"));
                crate::common::pieces::within(&crate::common::pieces::lag(&story.facts, vm, false), 0.0, until)
            };
            same(&age(&plain), &age(&loaded), "age")?;
        }
    }
}

/// Σ bytes · delay along a piece of the age: the bytes written at `w = t − age` are received at t, so `∫ a(w) age dw`.
fn delayed(piece: &Piece, rates: &[u64]) -> f64 {
    let (w0, w1) = (piece[0] - piece[1], piece[2] - piece[3]);
    let rate = |step: usize| rates.get(step).copied().unwrap_or(0) as f64 * 1e6;
    let mut sum = 0.0;
    for step in 0..rates.len() {
        let (from, until) = ((step as f64 * 600.0).max(w0), ((step + 1) as f64 * 600.0).min(w1));
        if until > from {
            let age = |w: f64| piece[1] + (piece[3] - piece[1]) * (w - w0) / (w1 - w0);
            sum += rate(step) * (age(from) + age(until)) / 2.0 * (until - from);
        }
    }
    sum
}

/// `max over s < u of Σ [A(u − deadline) − A(s)]⁺ / (u − s)`: the least link by which some order keeps all deadlines [B/s].
fn least_link(flows: &[Flow]) -> f64 {
    let written = |flow: &Flow, t: f64| -> f64 {
        let part = |(step, rate): (usize, &u64)| *rate as f64 * 1e6 * (t - step as f64 * 600.0).clamp(0.0, 600.0);
        flow.rates.iter().enumerate().map(part).sum()
    };
    let steps = (0..=24).map(|step| f64::from(step) * 600.0);
    let ends = flows.iter().flat_map(|flow| steps.clone().map(move |at| at + flow.deadline as f64));
    let load = |s: f64, u: f64| {
        let due = |flow: &Flow| (written(flow, u - flow.deadline as f64) - written(flow, s)).max(0.0);
        flows.iter().map(due).sum::<f64>() / (u - s)
    };
    let loads = ends.flat_map(|u| steps.clone().filter(move |s| *s < u).map(move |s| (s, u)));
    loads.map(|(s, u)| load(s, u)).fold(0.0, f64::max)
}
