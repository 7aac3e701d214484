//! The class clocks and the filling of the data path are one truth: rates, backlogs and moments of emptying agree on random lives, to the
//! last unit.
//!
//! The batch way, as `busy` goes it: fill, find the earliest emptying, pass, fill again. Demands: all a flow can take while it waits,
//! else its input. Strict priority: one filling after the other on what is left.

use proptest::prelude::*;

use crate::kernel::{Class, ClassClocks, FlowId};
use crate::world::flow::{Amount, over, time_for};
use crate::world::sharing::{Claim, FLOW_MAX, Filling, ONE};

#[derive(Clone, Debug)]
struct Lane {
    class: Class,
    input: u64,
    backlog: Amount,
}

fn fill(lanes: &[Lane], capacity: u64) -> Vec<u64> {
    let mut rates = vec![0; lanes.len()];
    let mut left = [u128::from(capacity) * u128::from(ONE)];
    for priority in 0..3 {
        let places: Vec<usize> = (0..lanes.len()).filter(|place| lanes[*place].class.priority == priority).collect();
        let claim = |place: &usize| {
            let Lane { class, input, backlog } = &lanes[*place];
            let demand = if *backlog > 0 { class.cap } else { class.cap.min(*input) };
            Claim { demand, weight: class.weight, kind: 0 }
        };
        let (claims, mut filled): (Vec<Claim>, _) = (places.iter().map(claim).collect(), Vec::new());
        Filling::default().share(&claims, &[vec![(0, ONE)]], &mut left, &mut [false], &mut filled);
        places.iter().zip(filled).for_each(|(place, rate)| rates[*place] = rate);
    }
    rates
}

/// Passes to `until` and says who ran empty when.
fn pass(lanes: &mut [Lane], capacity: u64, mut now: u64, until: u64) -> Vec<(u64, usize)> {
    let mut emptied = Vec::new();
    loop {
        let rates = fill(lanes, capacity);
        let moving = lanes.iter().zip(&rates).filter(|(lane, rate)| lane.backlog > 0 && **rate > lane.input);
        let first = moving.map(|(lane, rate)| now.saturating_add(time_for(lane.backlog, rate - lane.input))).min();
        let to = first.unwrap_or(until).min(until);
        for (place, (lane, rate)) in lanes.iter_mut().zip(rates).enumerate() {
            let before = lane.backlog;
            lane.backlog = (before + over(lane.input, to - now) - over(rate, to - now)).max(0);
            if before > 0 && lane.backlog == 0 {
                emptied.push((to, place));
            }
        }
        now = to;
        if first.is_none_or(|first| first > until) {
            return emptied;
        }
    }
}

#[derive(Clone, Debug)]
enum Change {
    Input(usize, u64),
    Copy(usize, u64),
    /// A throttle, or an outage.
    Capacity(u64),
}

const MINUTE: u64 = 60_000_000_000;

fn lives() -> impl Strategy<Value = (Vec<Class>, Vec<(u64, Change)>)> {
    let cap = prop_oneof![1 => Just(FLOW_MAX), 2 => 0..FLOW_MAX / 4];
    let class = (0_u8..3, 1_u32..5, cap).prop_map(|(priority, weight, cap)| Class { priority, weight, cap });
    let change = prop_oneof![
        6 => (any::<usize>(), 0..FLOW_MAX / 4).prop_map(|(lane, rate)| Change::Input(lane, rate)),
        2 => (any::<usize>(), any::<usize>()).prop_map(|(lane, _)| Change::Input(lane, 0)),
        1 => (any::<usize>(), 0..FLOW_MAX).prop_map(|(lane, rate)| Change::Copy(lane, rate)),
        1 => Just(Change::Capacity(0)),
        2 => (0..2 * FLOW_MAX).prop_map(Change::Capacity),
    ];
    (prop::collection::vec(class, 1..8), prop::collection::vec((0..20 * MINUTE, change), 1..60))
}

proptest! {
    #[test]
    fn class_clocks_and_filling_agree((classes, life) in lives()) {
        // Three lanes per class: with and without company.
        let mut lanes: Vec<Lane> =
            (0..classes.len() * 3).map(|place| Lane { class: classes[place / 3], input: 0, backlog: 0 }).collect();
        let (mut now, mut capacity) = (0, FLOW_MAX);
        let mut clocks = ClassClocks::new(&classes, capacity);
        let ids: Vec<FlowId> = (0..lanes.len()).map(|place| clocks.add(place / 3, 0, 0)).collect();
        for (wait, change) in life {
            let mut emptied = Vec::new();
            clocks.pass_to(now + wait, |at, flow| emptied.push((at, flow)));
            let expected = pass(&mut lanes, capacity, now, now + wait);
            prop_assert_eq!(emptied, expected.into_iter().map(|(at, place)| (at, ids[place])).collect::<Vec<_>>());
            now += wait;
            match change {
                Change::Input(any, rate) => {
                    let place = any % lanes.len();
                    lanes[place].input = rate;
                    clocks.set_input(ids[place], rate);
                }
                Change::Copy(any, rate) => {
                    let (place, amount) = (any % lanes.len(), over(rate, MINUTE));
                    lanes[place].backlog += amount;
                    clocks.put(ids[place], amount);
                }
                Change::Capacity(rate) => {
                    capacity = rate;
                    clocks.set_capacity(rate);
                }
            }
            for (place, rate) in fill(&lanes, capacity).into_iter().enumerate() {
                let got = (clocks.rate(ids[place]), clocks.backlog(ids[place]));
                prop_assert_eq!(got, (rate, lanes[place].backlog), "lane {}", place);
            }
        }
    }
}
