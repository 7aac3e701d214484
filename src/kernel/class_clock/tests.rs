//! The clocks against a twin that looks at every flow in every step, and against cases worked by hand.

use proptest::prelude::*;

use super::*;

/// One flow of the twin; `None` in its place once it was removed.
#[derive(Clone, Debug)]
struct Plain {
    class: Class,
    input: u64,
    backlog: Amount,
    served: Amount,
}

struct Twin {
    now: u64,
    capacity: u64,
    flows: Vec<Option<Plain>>,
}

impl Twin {
    /// The obvious way: who wants less than a fair share has it, the others share what is left.
    fn rates(&self) -> Vec<u64> {
        let mut rates = vec![0; self.flows.len()];
        let mut left = u128::from(self.capacity);
        for priority in 0..3 {
            let alive = self.flows.iter().enumerate().filter_map(|(id, flow)| Some((id, flow.as_ref()?)));
            let mut claims: Vec<(usize, u64, u128)> = alive
                .filter(|(_, flow)| flow.class.priority == priority)
                .map(|(id, flow)| {
                    let wants = if flow.backlog > 0 { flow.class.cap } else { flow.input.min(flow.class.cap) };
                    (id, wants, u128::from(flow.class.weight))
                })
                .collect();
            let mut room = left;
            loop {
                let weights: u128 = claims.iter().map(|claim| claim.2).sum();
                let modest = claims.iter().position(|claim| u128::from(claim.1) * weights <= room * claim.2);
                if let Some(place) = modest {
                    let (id, wants, _) = claims.swap_remove(place);
                    rates[id] = wants;
                    room -= u128::from(wants);
                    left -= u128::from(wants);
                    continue;
                }
                for (id, _, weight) in claims {
                    rates[id] = (room * weight / weights) as u64;
                    left -= u128::from(rates[id]);
                }
                break;
            }
        }
        rates
    }

    fn next_emptying(&self) -> Option<u64> {
        let rates = self.rates();
        let flows = self.flows.iter().zip(&rates).filter_map(|(flow, rate)| Some((flow.as_ref()?, rate)));
        let emptying = flows.filter(|(flow, rate)| flow.backlog > 0 && **rate > flow.input).map(|(flow, rate)| {
            let speed = Amount::from(rate - flow.input);
            self.now.saturating_add(u64::try_from((flow.backlog + speed - 1) / speed).unwrap_or(u64::MAX))
        });
        emptying.min()
    }

    fn pass_to(&mut self, until: u64) -> Vec<(u64, usize)> {
        let mut emptied = Vec::new();
        loop {
            let to = self.next_emptying().unwrap_or(until).min(until);
            let (rates, ns) = (self.rates(), Amount::from(to - self.now));
            self.now = to;
            for (id, flow) in self.flows.iter_mut().enumerate() {
                let Some(flow) = flow else { continue };
                let waited = flow.backlog > 0;
                let (comes, goes) = (Amount::from(flow.input) * ns, Amount::from(rates[id]) * ns);
                flow.served += goes.min(flow.backlog + comes);
                flow.backlog = (flow.backlog + comes - goes).max(0);
                if waited && flow.backlog == 0 {
                    emptied.push((to, id));
                }
            }
            if to == until && self.next_emptying() != Some(until) {
                return emptied;
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Action {
    Add(usize, u64, Amount),
    Remove(usize),
    Input(usize, u64),
    Put(usize, Amount),
    Capacity(u64),
    Pass(u64),
}

/// Rates up to `rate`, spans up to `ns`; backlogs that these serve in some steps.
fn actions(rate: u64, ns: u64) -> impl Strategy<Value = Vec<Action>> {
    let amount = move || 0..=Amount::from(rate) * Amount::from(ns);
    let input = move || prop_oneof![1 => Just(0), 3 => 0..=rate];
    let action = prop_oneof![
        3 => (any::<usize>(), input(), prop_oneof![Just(0), amount()]).prop_map(|(c, i, b)| Action::Add(c, i, b)),
        1 => any::<usize>().prop_map(Action::Remove),
        4 => (any::<usize>(), input()).prop_map(|(flow, input)| Action::Input(flow, input)),
        1 => (any::<usize>(), amount()).prop_map(|(flow, amount)| Action::Put(flow, amount)),
        2 => prop_oneof![1 => Just(0), 3 => 0..=rate * 8].prop_map(Action::Capacity),
        6 => (0..=ns).prop_map(Action::Pass),
    ];
    prop::collection::vec(action, 1..120)
}

fn classes(cap: u64) -> impl Strategy<Value = Vec<Class>> {
    let caps = prop_oneof![1 => Just(u64::MAX), 2 => 0..=cap];
    let class = (0_u8..3, 1_u32..4, caps).prop_map(|(priority, weight, cap)| Class { priority, weight, cap });
    prop::collection::vec(class, 1..5)
}

/// Does the same to clocks and twin and compares all there is after every step.
fn compare(classes: &[Class], actions: Vec<Action>) -> Result<(), TestCaseError> {
    let mut clocks = ClassClocks::new(classes, 0);
    let mut twin = Twin { now: 0, capacity: 0, flows: Vec::new() };
    let mut ids: Vec<FlowId> = Vec::new();
    for action in actions {
        let alive: Vec<usize> = (0..twin.flows.len()).filter(|id| twin.flows[*id].is_some()).collect();
        let pick = |any: usize| alive.get(any % alive.len().max(1)).copied();
        match action {
            Action::Add(class, input, backlog) => {
                let class = class % classes.len();
                ids.push(clocks.add(class, input, backlog));
                twin.flows.push(Some(Plain { class: classes[class], input, backlog, served: 0 }));
            }
            Action::Remove(any) => {
                if let Some(id) = pick(any) {
                    prop_assert_eq!(Some(clocks.remove(ids[id])), twin.flows[id].take().map(|flow| flow.backlog));
                }
            }
            Action::Input(any, input) => {
                if let Some(id) = pick(any) {
                    clocks.set_input(ids[id], input);
                    twin.flows[id].iter_mut().for_each(|flow| flow.input = input);
                }
            }
            Action::Put(any, amount) => {
                if let Some(id) = pick(any) {
                    clocks.put(ids[id], amount);
                    twin.flows[id].iter_mut().for_each(|flow| flow.backlog += amount);
                }
            }
            Action::Capacity(capacity) => {
                clocks.set_capacity(capacity);
                twin.capacity = capacity;
            }
            Action::Pass(ns) => {
                let until = twin.now + ns;
                let mut emptied = Vec::new();
                clocks.pass_to(until, |at, flow| emptied.push((at, flow)));
                let expected = twin.pass_to(until);
                let mut expected: Vec<(u64, FlowId)> = expected.iter().map(|(at, id)| (*at, ids[*id])).collect();
                expected.sort_unstable();
                prop_assert_eq!(emptied, expected);
                prop_assert_eq!(clocks.now(), until);
            }
        }
        let rates = twin.rates();
        for (id, flow) in twin.flows.iter().enumerate() {
            let Some(flow) = flow else { continue };
            let got = (clocks.rate(ids[id]), clocks.backlog(ids[id]), clocks.served(ids[id]));
            prop_assert_eq!(got, (rates[id], flow.backlog, flow.served), "flow {}", id);
        }
        prop_assert_eq!(clocks.next_emptying(u64::MAX), twin.next_emptying().filter(|at| *at < u64::MAX));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Numbers so small that everything meets: equal rates, caps at the level, several flows empty at one moment.
    #[test]
    fn small_numbers_equal_the_twin(classes in classes(12), actions in actions(12, 9)) {
        compare(&classes, actions)?;
    }

    /// The data path's numbers: micro-bytes per second and years.
    #[test]
    fn large_numbers_equal_the_twin(classes in classes(1 << 48), actions in actions(1 << 47, 1 << 46)) {
        compare(&classes, actions)?;
    }
}

/// Eighty flows with inputs around the fair share, changing now and then, the link cut twice: enough for guards that fall due, flows
/// that are near and then are not, and guards that are set anew.
fn a_busy_day(seed: u64) -> Vec<Action> {
    let mut state = seed;
    let mut dice = move |sides: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % sides
    };
    let mut actions = vec![Action::Capacity(80_000)];
    actions.extend((0..80).map(|flow| Action::Add(flow, 500 + dice(1_000), 0)));
    for step in 0..1_500 {
        actions.push(match step {
            400 | 900 => Action::Capacity(0),
            430 | 930 => Action::Capacity(90_000),
            _ => Action::Input(dice(80) as usize, dice(10) * dice(450)),
        });
        actions.push(Action::Pass(dice(if step % 100 < 50 { 100 } else { 5_000 })));
    }
    actions
}

#[test]
fn a_busy_day_equals_the_twin() {
    let classes = [FREE, Class { weight: 2, ..FREE }, Class { cap: 1_200, ..FREE }];
    for seed in 1..4 {
        compare(&classes, a_busy_day(seed)).unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
    }
}

const FREE: Class = Class { priority: 0, weight: 1, cap: u64::MAX };

/// Two flows of 20 and 60 on a link of 2: each has 1 until the first is through at 20, then the other has 2 for its last 40.
#[test]
fn two_transfers_share_a_link() {
    let mut link = ClassClocks::new(&[FREE], 2);
    let (short, long) = (link.add(0, 0, 20), link.add(0, 0, 60));
    let mut emptied = Vec::new();
    link.pass_to(20, |at, flow| emptied.push((at, flow)));
    assert_eq!((link.served(long), link.rate(long)), (20, 2));
    // Cut in the middle for 7 ns.
    link.pass_to(22, |_, _| ());
    link.set_capacity(0);
    assert_eq!((link.backlog(long), link.next_emptying(u64::MAX)), (36, None));
    link.pass_to(29, |_, _| ());
    link.set_capacity(2);
    link.pass_to(100, |at, flow| emptied.push((at, flow)));
    assert_eq!(emptied, [(20, short), (47, long)]);
}

/// Weighted max-min with caps, by hand: of 100, the capped flow takes 8 and the modest one 10. The level is what is left by weights: the
/// input of 20 gets it once, the one of 35 and the one that waits, both of weight 2, twice, rounded down.
#[test]
fn who_waits_has_what_the_modest_leave() {
    let heavy = Class { weight: 2, ..FREE };
    let capped = Class { weight: 4, cap: 8, ..FREE };
    let mut link = ClassClocks::new(&[FREE, heavy, capped], 100);
    let modest: Vec<FlowId> = [10, 20].into_iter().map(|input| link.add(0, input, 0)).collect();
    let (wide, waiting, held) = (link.add(1, 35, 0), link.add(1, 0, 1_000), link.add(2, 9, 5));
    // The level is (100 − 8 − 10) / 5 = 16.4: 20 is above it, and 35 of weight 2 is above 32.8.
    let rates = [modest[0], modest[1], wide, waiting, held].map(|flow| link.rate(flow));
    assert_eq!(rates, [10, 16, 32, 32, 8]);
    link.remove(waiting);
    assert_eq!([modest[1], wide, held].map(|flow| link.rate(flow)), [20, 35, 8]);
}

/// A clock that has come far begins anew and nothing is seen of it.
#[test]
fn a_clock_that_begins_anew_loses_nothing() {
    let fast = 3 << 59;
    let mut link = ClassClocks::new(&[FREE], fast);
    let amount = Amount::from(fast) << 41;
    let (first, second) = (link.add(0, 0, amount), link.add(0, fast / 4, 0));
    let mut emptied = Vec::new();
    for step in 1..=8 {
        link.pass_to(step << 41, |at, flow| emptied.push((at, flow)));
        if step == 1 {
            link.put(first, amount);
        }
    }
    // A quarter goes to the second, which never waits: 4/3 of the time that the whole link would need.
    assert_eq!(emptied, [((8_u64 << 41).div_ceil(3), first)]);
    assert_eq!((link.served(first), link.backlog(second)), (2 * amount, 0));
}
