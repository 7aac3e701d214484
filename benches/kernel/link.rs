//! Flows that share a link: the class clocks, and the obvious way beside them.

use drsim::kernel::{Agenda, Amount, Booking, Class, ClassClocks, FlowId};
use drsim::units::Timestamp;

use crate::workloads::{ARRIVALS, Luck, SEED, TICKS, ticks};

/// What a link of rate 1 moves in a nanosecond.
const UNIT: u64 = 1 << 30;

enum Event {
    Arrival,
    End,
}

/// The transfers of `ps` and `storm`, on the class clocks. Returns their number and mean stay.
pub fn transfers(transfers: usize, runs: u64, at_once: bool) -> (u64, f64) {
    let mut luck = Luck::new(SEED);
    let (mut stayed, mut done) = (0, 0);
    for _ in 0..runs {
        let mut agenda = Agenda::with_capacity(4);
        let mut link = ClassClocks::new(&[Class { priority: 0, weight: 1, cap: u64::MAX }], UNIT);
        let (mut began, mut ended) = (Vec::new(), Vec::new());
        let begin = |link: &mut ClassClocks, began: &mut Vec<u64>, now: u64, size: f64| {
            let flow = link.add(0, 0, Amount::from(ticks(size)) * Amount::from(UNIT)).index();
            if flow == began.len() { began.push(now) } else { began[flow] = now }
        };
        let (mut started, mut arrival, mut booked) = (0, 0.0, None::<Booking>);
        if at_once {
            (0..transfers).for_each(|_| begin(&mut link, &mut began, 0, luck.draw()));
            agenda.book(Timestamp::START, Event::End);
        } else {
            arrival = luck.draw() / ARRIVALS;
            agenda.book(Timestamp::from_ns(ticks(arrival)), Event::Arrival);
        }
        while let Some((at, event)) = agenda.pop_due(Timestamp::NEVER) {
            let now = at.ns();
            link.pass_to(now, |_, flow| ended.push(flow));
            match event {
                Event::Arrival => {
                    begin(&mut link, &mut began, now, luck.draw());
                    started += 1;
                    if started < transfers {
                        arrival += luck.draw() / ARRIVALS;
                        agenda.book(Timestamp::from_ns(ticks(arrival)), Event::Arrival);
                    }
                    booked.and_then(|booking| agenda.cancel(booking));
                }
                Event::End => {}
            }
            for flow in ended.drain(..) {
                stayed += now - began[flow.index()];
                done += 1;
                link.remove(flow);
            }
            booked = link.next_emptying(u64::MAX).map(|end| agenda.book(Timestamp::from_ns(end), Event::End));
        }
    }
    (done, stayed as f64 / TICKS / done as f64)
}

/// A change of one flow's input, or of the capacity.
struct Change {
    at: u64,
    flow: Option<usize>,
    rate: u64,
}

/// Flows with inputs, in classes of different weights and caps.
pub struct Plan {
    class: Vec<usize>,
    inputs: Vec<u64>,
    capacity: u64,
    changes: Vec<Change>,
}

const STEP: f64 = 300e9;

fn classes() -> Vec<Class> {
    let class = |weight, cap| Class { priority: 0, weight, cap };
    vec![class(1, u64::MAX), class(2, u64::MAX), class(1, 4_000_000), class(4, 8_000_000)]
}

impl Plan {
    /// `flows` change in turn at their own moments, each every five minutes on average, `changes` times in all; load 0.95. The
    /// link is cut for ten minutes of every fifty.
    pub fn new(flows: usize, changes: usize) -> Self {
        let mut luck = Luck::new(SEED);
        let means: Vec<f64> = (0..flows).map(|_| 1e6 * luck.draw()).collect();
        let capacity = (means.iter().sum::<f64>() / 0.95) as u64;
        let (mut plan, mut now, mut is_cut) = (Vec::new(), 0.0, false);
        for change in 0..changes {
            now += luck.draw() * STEP / flows as f64;
            let flow = change * 48_271 % flows;
            if ((now / STEP) as u64 % 10 / 2 == 2) != is_cut {
                is_cut = !is_cut;
                plan.push(Change { at: now as u64, flow: None, rate: if is_cut { 0 } else { capacity } });
            }
            plan.push(Change { at: now as u64, flow: Some(flow), rate: (means[flow] * luck.draw()) as u64 });
        }
        let inputs = means.iter().map(|mean| *mean as u64).collect();
        Self { class: (0..flows).map(|flow| flow % 4).collect(), inputs, capacity, changes: plan }
    }
}

/// Returns the number of changes and what waits at the end.
pub fn clocks(plan: &Plan) -> (u64, f64) {
    let mut link = ClassClocks::new(&classes(), plan.capacity);
    let ids: Vec<FlowId> =
        plan.class.iter().zip(&plan.inputs).map(|(class, input)| link.add(*class, *input, 0)).collect();
    for change in &plan.changes {
        link.pass_to(change.at, |_, _| ());
        match change.flow {
            Some(flow) => link.set_input(ids[flow], change.rate),
            None => link.set_capacity(change.rate),
        }
    }
    let waits: Amount = ids.iter().map(|flow| link.backlog(*flow)).sum();
    (plan.changes.len() as u64, waits as f64)
}

/// The obvious way: every share anew after every change.
pub fn recomputed(plan: &Plan) -> (u64, f64) {
    let flows = plan.inputs.len();
    let (classes, mut capacity, mut now) = (classes(), plan.capacity, 0_u64);
    let (mut inputs, mut backlog, mut rates) = (plan.inputs.clone(), vec![0; flows], vec![0; flows]);
    let mut changes = plan.changes.iter().peekable();
    let mut done = 0;
    while let Some(change) = changes.peek() {
        fill(&classes, &plan.class, &inputs, &backlog, capacity, &mut rates);
        let wait = |flow: usize| {
            let speed = Amount::from(rates[flow]) - Amount::from(inputs[flow]);
            if backlog[flow] > 0 && speed > 0 { ((backlog[flow] + speed - 1) / speed) as u64 } else { u64::MAX }
        };
        let first = now.saturating_add((0..flows).map(wait).min().unwrap_or(u64::MAX));
        let to = first.min(change.at);
        for flow in 0..flows {
            let speed = Amount::from(inputs[flow]) - Amount::from(rates[flow]);
            backlog[flow] = (backlog[flow] + speed * Amount::from(to - now)).max(0);
        }
        now = to;
        if to == change.at {
            match change.flow {
                Some(flow) => inputs[flow] = change.rate,
                None => capacity = change.rate,
            }
            changes.next();
            done += 1;
        }
    }
    (done, backlog.iter().sum::<Amount>() as f64)
}

/// Who wants less than a fair share has it, the others share what is left.
fn fill(classes: &[Class], class: &[usize], inputs: &[u64], backlog: &[Amount], capacity: u64, rates: &mut [u64]) {
    let wants = |flow: usize| {
        let cap = classes[class[flow]].cap;
        if backlog[flow] > 0 { cap } else { cap.min(inputs[flow]) }
    };
    let mut open: Vec<usize> = (0..class.len()).collect();
    let (mut room, mut weights) =
        (u128::from(capacity), open.iter().map(|flow| u128::from(classes[class[*flow]].weight)).sum());
    loop {
        let (room_before, weights_before): (u128, u128) = (room, weights);
        open.retain(|flow| {
            let (want, weight) = (wants(*flow), u128::from(classes[class[*flow]].weight));
            let is_modest = u128::from(want) * weights_before <= room_before * weight;
            if is_modest {
                rates[*flow] = want;
                (room, weights) = (room - u128::from(want), weights - weight);
            }
            !is_modest
        });
        if weights == weights_before {
            break;
        }
    }
    for flow in open {
        rates[flow] = (room * u128::from(classes[class[flow]].weight) / weights) as u64;
    }
}
