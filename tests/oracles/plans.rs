//! P26 (a), P27, P33: recovery on slots, in groups, and with steps that wait for each other.

use crate::common::small::{Small, Vm};
use crate::told::{NS, Told, controlled, replications};
use drsim::contract::{Fact, JobKind, MachineRole, Step};
use drsim::kernel::Agenda;
use drsim::simulation::{Setup, run};
use drsim::statistics::quantile_sorted;
use drsim::units::{Duration, Timestamp};
use drsim::world::Luck;

/// How a failover went: when each machine serves on the target, from the order [min], by machine; and how long each step took.
struct Recovered {
    serves: Vec<f64>,
    /// From the machine's turn to its end of the step that is drawn.
    made: Vec<f64>,
    boots: Vec<f64>,
}

/// The machines fail over after ten minutes, and nobody commits.
const ORDERED: u64 = 600;

fn recover(setup: &Setup, replication: u64) -> Recovered {
    let minutes = |at: Timestamp| (at.secs_f64() - ORDERED as f64) / 60.0;
    let count = setup.inventory.vms.len();
    let mut found =
        Recovered { serves: vec![f64::NAN; count], made: vec![f64::NAN; count], boots: vec![f64::NAN; count] };
    run(setup, Luck::new(26, replication), &mut |at, fact| match fact {
        Fact::StepDone { vm, job: JobKind::FailOver, step: Step::Created } => found.made[vm.index()] = minutes(at),
        Fact::MachineUp { vm, role: MachineRole::Replica } => {
            found.serves[vm.index()] = minutes(at);
            found.boots[vm.index()] = minutes(at) - found.made[vm.index()];
        }
        _ => {}
    });
    found
}

fn small(vms: Vec<Vm>, times: &[(&str, &str)], more: &str) -> Small {
    Small {
        lasts: "5h".to_owned(),
        vms,
        times: times.iter().map(|(name, law)| ((*name).to_owned(), (*law).to_owned())).collect(),
        more: format!("[people]\ncommit_after.fixed = \"1000d\"\n[[order]]\nat = \"{ORDERED}s\"\n{more}"),
        policy: "crash_consistent_every = \"10m\"\nretention = \"10m\"".to_owned(),
        overrides: "heartbeat_every = \"1d\"\nheartbeat_lost_after = \"10d\"\n".to_owned(),
        ..Small::default()
    }
}

fn is(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

fn greatest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

/// Groups of replications, so that a group has a quantile: of `values` means, and of the first value the 95 % quantile.
fn grouped(groups: u64, size: u64, one: impl Fn(u64) -> Vec<f64>) -> (Vec<Vec<f64>>, Vec<f64>) {
    let mut columns = replications(groups, |group| {
        let rows: Vec<Vec<f64>> = (group * size..(group + 1) * size).map(&one).collect();
        let mut first: Vec<f64> = rows.iter().map(|row| row[0]).collect();
        first.sort_by(f64::total_cmp);
        let mean = |k: usize| rows.iter().map(|row| row[k]).sum::<f64>() / size as f64;
        (0..rows[0].len()).map(mean).chain(quantile_sorted(&first, 0.95)).collect()
    });
    let quantiles = columns.pop().expect("the last column");
    (columns, quantiles)
}

/// (a) 20 machines at once, 4 are made at a time, each takes 6 min, exponentially: the last serves after a sum of exponentials of rates
/// min(k, 4)/6, k = 20 … 1.
pub fn p26(told: &mut Told) {
    p26a(told);
    crate::recovery::p26b(told);
}

fn p26a(told: &mut Told) {
    let vms = vec![Vm { count: 20, ..Vm::named("vm") }];
    let times = [("vm_create", "{ exponential = { mean = \"6m\" } }"), ("creates_at_once", "4")];
    let setup = small(vms, &times, "do = \"fail-over\"\nvms = \"vm\"\n").scenario().setup;
    let (columns, quantiles) = grouped(40, 300, |replication| {
        let mut ends = recover(&setup, replication).serves;
        ends.sort_by(f64::total_cmp);
        // A slot begins anew where it ends, so that the last ends on the four slots add up to the work: mean 20 · 6, variance 20 · 36.
        let (last, work) = (ends[19], ends[16..].iter().sum::<f64>() - 120.0);
        vec![last, is(last <= 45.0), (last - 36.5) * (last - 36.5), work, work * work - 720.0, work.powi(3) - 8640.0]
    });
    let column = |k: usize| controlled(&columns[k], &columns[3..]);
    told.sampled("(a) mean makespan [min]", 17.0 * 1.5 + 2.0 + 3.0 + 6.0, &column(0));
    told.probability("(a) P(makespan ≤ 45)", 0.831_797_635_911_181_7, &column(1));
    told.glimpse("(a) variance [min²]", 9.340_770_846_134_703f64.powi(2), &column(2));
    told.glimpse("(a) 95 % quantile [min]", 53.351_444_205_483_89, &controlled(&quantiles, &columns[3..]));
}

/// Groups of 2, 5 and 10, one after another with 2 min between, boots log-normal with median 4 min and σ 0.5.
pub fn p27(told: &mut Told) {
    let machines = [("first", 2), ("second", 5), ("third", 10)];
    let vms = machines.map(|(name, count)| Vm { count, ..Vm::named(name) });
    let p95 = 4.0 * (0.5f64 * 1.644_853_626_951_472_2).exp() * 60.0;
    let boot = format!("{{ lognormal = {{ median = \"4m\", p95 = \"{p95:.6}s\" }} }}");
    let plan = "do = \"run-plan\"\nplan = \"all\"\n[plan.all]\ngroups = [{ vms = \"first\", pause = \"2m\" }, { vms = \"second\", pause = \"2m\" }, { vms = \"third\" }]\n";
    let setup = small(vms.into(), &[("boot_linux", &boot)], plan).scenario().setup;
    let known = [4.0 * 0.125f64.exp(), 16.0 * 0.5f64.exp()];
    let (columns, quantiles) = grouped(40, 300, |replication| {
        let found = recover(&setup, replication);
        let parts = [&found.boots[..2], &found.boots[2..7], &found.boots[7..]];
        let last = greatest(&found.serves);
        assert!((parts.map(greatest).iter().sum::<f64>() + 4.0 - last).abs() < NS, "a group waits for the one before");
        let controls = parts.iter().flat_map(|boots| {
            let mean = |power: i32| boots.iter().map(|boot| boot.powi(power)).sum::<f64>() / boots.len() as f64;
            [mean(1) - known[0], mean(2) - known[1]]
        });
        let values = [last, is(last <= 25.0), is(last <= 30.0)].into_iter().chain(parts.map(greatest));
        values.chain(controls).collect()
    });
    let column = |k: usize| controlled(&columns[k], &columns[6..]);
    for (k, expected) in [5.785_069_098_509_948, 7.581_520_788_036_039, 9.029_947_349_875_641].into_iter().enumerate() {
        told.sampled(&format!("E[longest boot] of {} [min]", machines[k].1), expected, &column(k + 3));
    }
    told.sampled("mean RTO [min]", 26.396_537_236_421_63, &column(0));
    told.glimpse("P(RTO ≤ 25)", 0.430_862_721_838_132_9, &column(1));
    told.probability("P(RTO ≤ 30)", 0.801_996_696_061_484_3, &column(2));
    told.sampled("95 % quantile [min]", 35.107_337_741_474_45, &controlled(&quantiles, &columns[6..]));
}

/// Graham's nine steps: 1 before 9, 4 before 5 to 8. Recovery plans of the tool are groups in a row, which have no such steps: so the
/// kernel's agenda does them, first step of the list first, no slot idle while a step is ready.
fn graham(lengths: [u64; 9], before: &[(usize, usize)], slots: usize) -> (u64, [u64; 9]) {
    let mut agenda = Agenda::new();
    let (mut starts, mut done) = ([None; 9], [false; 9]);
    let (mut now, mut busy) = (Timestamp::START, 0);
    loop {
        for step in 0..9 {
            let ready = before.iter().all(|(first, then)| then - 1 != step || done[first - 1]);
            if busy < slots && starts[step].is_none() && ready {
                starts[step] = Some(now.ns());
                busy += 1;
                agenda.book(now + Duration::from_ns(lengths[step]), step);
            }
        }
        let Some(due) = agenda.next_due() else { break };
        now = due;
        while let Some((_, step)) = agenda.pop_due(now) {
            done[step] = true;
            busy -= 1;
        }
    }
    (now.ns(), starts.map(|start| start.expect("every step is done")))
}

pub fn p33(told: &mut Told) {
    let lengths = [3, 2, 2, 2, 4, 4, 4, 4, 9];
    let all = [(1, 9), (4, 5), (4, 6), (4, 7), (4, 8)];
    let few = [(1, 9), (4, 7), (4, 8)];
    let (base, starts) = graham(lengths, &all, 3);
    told.exact("3 slots: makespan", 12.0, base as f64);
    told.all("3 slots: starts", &[0.0, 0.0, 0.0, 2.0, 4.0, 4.0, 8.0, 8.0, 3.0], &starts.map(|at| at as f64), 0.0);
    told.exact("4 slots: makespan", 15.0, graham(lengths, &all, 4).0 as f64);
    told.exact("3 slots, every step 1 shorter", 13.0, graham(lengths.map(|length| length - 1), &all, 3).0 as f64);
    told.exact("3 slots, without 4 → 5 and 4 → 6", 16.0, graham(lengths, &few, 3).0 as f64);
}
