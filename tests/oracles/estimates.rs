//! P08, P10 to P14, P32: intervals, sketches and designs against what is known of them; rare events on the kernel's streams. The tool has
//! no splitting and no importance sampling: the change of measure here is the test's own.

use crate::told::{Told, replications};
use drsim::intent::{ReplicationPolicy, StrategyChoice};
use drsim::kernel::RandomStream;
use drsim::kernel::special::normal_quantile;
use drsim::planner::sweep::{Design, Effect, Extent, points, sobol};
use drsim::protection::{LossAgainstCost, RecoveryPointStrategy};
use drsim::statistics::{Sketch, mean_interval, proportion_interval, quantile_ranks, wilks_samples};
use drsim::units::Duration;
use statrs::distribution::{Binomial, DiscreteCDF};

const SECOND: f64 = 1e9;

fn share(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

/// A point every 300 s, usable 40 s later, each fails with 5 %: age = 40 + 300 (G + U). The product's points do not fail, so the stream
/// says which do, and the sketch holds the ages.
pub fn p08(told: &mut Told) {
    let columns = replications(60, |replication| {
        let (mut luck, mut ages) = (RandomStream::named(8, replication, "fails"), Sketch::default());
        let (mut missed, mut late) = (0, 0);
        for _ in 0..60_000 {
            late += u32::from(missed > 0);
            let from = 40 + 300 * missed;
            ages.add_piece(from * 1_000_000_000, (from + 300) * 1_000_000_000, 300_000_000_000);
            missed = if luck.uniform() < 0.05 { missed + 1 } else { 0 };
        }
        let ages = ages.seal();
        let above = |x: f64| ages.fraction_above(x * SECOND).expect("time");
        let at = |q: f64| ages.quantile(q).expect("time") / SECOND;
        vec![
            ages.mean().expect("time") / SECOND,
            above(300.0),
            above(600.0),
            at(0.5),
            f64::from(late) / 60_000.0,
            at(0.99),
        ]
    });
    told.sampled("mean [s]", 190.0 + 300.0 * 0.05 / 0.95, &columns[0]);
    // Above 300 s: all but 260 of the first 300, and all later ones; above 600 the same one miss later.
    told.probability("P(> 300 s)", 0.05 + 0.95 * 40.0 / 300.0, &columns[1]);
    told.probability("P(> 600 s)", 0.05 * (0.05 + 0.95 * 40.0 / 300.0), &columns[2]);
    told.sampled("median [s]", 40.0 + 150.0 / 0.95, &columns[3]);
    told.probability("P(> 340 s), the 95 % quantile", 0.05, &columns[4]);
    told.sampled("99 % [s]", 340.0 + 300.0 * (1.0 - 0.01 / 0.05) / 0.95, &columns[5]);
}

/// Ranks that enclose a quantile, samples for a bound, and exact intervals of shares.
pub fn p10(told: &mut Told) {
    for (n, p, expected, covers) in [
        (100, 0.5, [40.0, 61.0], 0.964_799_799_782_295_2),
        (200, 0.95, [184.0, 197.0], 0.967_152_163_856_725_6),
        (1_000, 0.95, [936.0, 964.0], 0.958_095_268_222_654_1),
        (10_000, 0.99, [9_880.0, 9_920.0], 0.955_754_682_806_555_2),
    ] {
        let (low, high) = quantile_ranks(n, p, 0.95);
        let (low, high) = (low.expect("a rank"), high.expect("a rank"));
        told.all(&format!("ranks for n = {n}, p = {p}"), &expected, &[low as f64, high as f64], 0.0);
        let law = Binomial::new(p, n).expect("a share");
        told.exact(&format!("they cover (n = {n})"), covers, law.cdf(high - 1) - law.cdf(low - 1));
    }
    told.exact("samples so that the greatest bounds the 95 % quantile at 95 %", 59.0, wilks_samples(0.95, 0.95) as f64);
    told.exact("the same for 99 %", 299.0, wilks_samples(0.99, 0.95) as f64);
    // By the second largest: at most one of n is above.
    let second = (2..).find(|n| proportion_interval(1, *n, 0.9).high <= 0.05).expect("some");
    told.exact("the same for 95 % by the second largest", 93.0, second as f64);
    let three = proportion_interval(3, 1_000, 0.95);
    told.all("3 of 1000", &[0.000_619_099_931_649_571_3, 0.008_742_023_238_478_303], &[three.low, three.high], 1e-9);
    told.exact("0 of 1000, upper bound", 0.002_991_249_545_095_331_4, proportion_interval(0, 1_000, 0.9).high);
}

/// Covered means of AR(1) series with φ = 0.9 and unit noise, from the stationary law: an interval of 95 % over 20 replications of
/// 200 steps covers zero in 93 to 97 % of 1000 repetitions. The variance of a mean of n steps is 100/n less what the ends take.
pub fn p11(told: &mut Told) {
    const STEPS: usize = 200;
    let series = |stream: &mut RandomStream| {
        let mut normal = || normal_quantile(stream.uniform());
        let mut x = normal() / (1.0f64 - 0.81).sqrt();
        let mut sum = 0.0;
        for _ in 0..STEPS {
            sum += x;
            x = 0.9 * x + normal();
        }
        sum / STEPS as f64
    };
    let (mut covered, mut squares) = (0u64, Vec::new());
    for repetition in 0..1_000 {
        let mut stream = RandomStream::named(11, repetition, "ar");
        let means: Vec<f64> = (0..20).map(|_| series(&mut stream)).collect();
        let interval = mean_interval(&means, 0.95).expect("means");
        covered += u64::from((interval.low..=interval.high).contains(&0.0));
        squares.extend(means.iter().map(|mean| mean * mean));
    }
    told.grained("AR(1): coverage of 95 % by replications", 0.95, covered as f64 / 1_000.0, 0.02);
    let n = STEPS as f64;
    let of_mean = (100.0 - 2.0 * 0.9 / 0.01 / 0.19 * (1.0 - 0.9f64.powi(STEPS as i32)) / n) / n;
    let groups: Vec<f64> = squares.chunks(400).map(|group| group.iter().sum::<f64>() / 400.0).collect();
    told.glimpse("AR(1): variance of a mean of 200 steps", of_mean, &groups);
    told.outside(
        "M/M/1: standard error of L at T = 10⁶",
        0.042_426_406_871_192_875,
        "one run per estimate; the tool estimates by replications (P01)",
    );
}

/// Level n before 0 from 1, with the two rates exchanged; each path that arrives weighs (λ/μ)ⁿ⁻¹.
pub fn p12(told: &mut Told) {
    for (load, level) in [(0.5, 30), (0.7, 20), (0.3, 12)] {
        let up = 1.0 / (1.0 + load);
        let columns = replications(40, |replication| {
            let mut luck = RandomStream::named(12, replication, &format!("rare {level}"));
            let arrives = |luck: &mut RandomStream| {
                let mut at = 1;
                while (1..level).contains(&at) {
                    at += if luck.uniform() < up { 1 } else { -1 };
                }
                share(at == level)
            };
            let paths = 4_000;
            let hits: f64 = (0..paths).map(|_| arrives(&mut luck)).sum();
            vec![hits / f64::from(paths) * f64::powi(load, level - 1)]
        });
        let exact = (1.0 / load - 1.0) / (f64::powi(1.0 / load, level) - 1.0);
        told.probability(&format!("ρ = {load}: {level} before 0"), exact, &columns[0]);
    }
}

/// Parts that are broken: of 4 appliances with one crew, of 2 links with a repair each [h].
type State = (u32, u32);

fn rates((appliances, links): State) -> [(f64, State); 4] {
    let repair = if appliances > 0 { 1.0 / 8.0 } else { 0.0 };
    [
        (f64::from(4 - appliances) / 2_000.0, (appliances + 1, links)),
        (f64::from(2 - links) / 1_000.0, (appliances, links + 1)),
        (repair, (appliances.saturating_sub(1), links)),
        (f64::from(links) / 4.0, (appliances, links.saturating_sub(1))),
    ]
}

fn is_down((appliances, links): State) -> bool {
    appliances > 2 || links == 2
}

/// One cycle from all up to all up: its length, how long it was down, the length until it was down or ended, whether it was down; all
/// times their weight. Failures are drawn half of the time, each kind alike, until the system is down (balanced failure biasing).
fn cycle(luck: &mut RandomStream, biased: bool) -> [f64; 4] {
    let (mut state, mut weight, mut found) = ((0, 0), 1.0, [0.0; 4]);
    loop {
        let rates = rates(state);
        let total: f64 = rates.iter().map(|(rate, _)| rate).sum();
        let time = weight / total;
        found[0] += time;
        found[1] += share(is_down(state)) * time;
        found[2] += share(found[3] == 0.0 && !is_down(state)) * time;
        let usual = rates.map(|(rate, _)| rate / total);
        let chances = if biased && found[3] == 0.0 && state != (0, 0) { bias(usual) } else { usual };
        let mut left = luck.uniform();
        let last = (0..4).rev().find(|k| chances[*k] > 0.0).expect("something happens");
        let next = (0..4)
            .find(|k| {
                left -= chances[*k];
                left < 0.0
            })
            .unwrap_or(last);
        weight *= usual[next] / chances[next];
        state = rates[next].1;
        if state == (0, 0) {
            return found;
        }
        if is_down(state) && found[3] == 0.0 {
            found[3] = weight;
        }
    }
}

/// Half for the failures that can be, alike; half for the repairs, as usual.
fn bias(usual: [f64; 4]) -> [f64; 4] {
    let kinds = usual[..2].iter().filter(|chance| **chance > 0.0).count() as f64;
    let repairs = usual[2] + usual[3];
    [0, 1, 2, 3].map(|k| match k {
        0 | 1 => {
            if usual[k] > 0.0 {
                0.5 / kinds
            } else {
                0.0
            }
        }
        _ => 0.5 * usual[k] / repairs,
    })
}

pub fn p13(told: &mut Told) {
    let columns = replications(40, |replication| {
        let mut luck = RandomStream::named(13, replication, "cycles");
        let mut mean = |biased: bool, count: u32| {
            let mut sums = [0.0; 4];
            for _ in 0..count {
                sums.iter_mut().zip(cycle(&mut luck, biased)).for_each(|(sum, x)| *sum += x / f64::from(count));
            }
            sums
        };
        let (plain, rare) = (mean(false, 6_000), mean(true, 20_000));
        vec![rare[3], plain[2] / rare[3], rare[1] / plain[0]]
    });
    told.probability("γ", 0.002_072_264_971_338_602_7, &columns[0]);
    told.sampled("MTTF [h]", 123_570.707_247_135_45, &columns[1]);
    told.probability("unavailability", 1.739_030_901_416_508_4e-5, &columns[2]);
    told.outside(
        "P(first failure < 8760 h)",
        0.068_406_562_708_868_91,
        "needs the whole year, not cycles: direct runs are too many",
    );
}

/// E[eᵁ] with pairs u and 1 − u; Ishigami by the tool's design and estimators; Daly's interval by the strategy.
pub fn p14(told: &mut Told) {
    let e = 1.0f64.exp();
    let columns = replications(60, |replication| {
        let mut luck = RandomStream::named(14, replication, "antithetic");
        let (mut crude, mut paired) = (0.0, 0.0);
        let count = 20_000;
        for _ in 0..count {
            let u = luck.uniform();
            let (one, both) = (u.exp() - (e - 1.0), (u.exp() + (1.0 - u).exp()) / 2.0 - (e - 1.0));
            (crude, paired) = (crude + one * one, paired + both * both);
        }
        vec![crude / f64::from(count), paired / f64::from(count)]
    });
    told.sampled("(a) variance of eᵁ", 0.242_035_607_452_765_42, &columns[0]);
    told.sampled("(a) variance of an antithetic pair's mean", 0.003_912_496_949_625_588, &columns[1]);
    ishigami(told);
    let daly = LossAgainstCost { failure_every: Duration::hours(24) };
    told.grained(
        "(e) Daly, 5 min and 24 h [min]",
        116.689_814_814_814_8,
        interval(daly, Duration::minutes(5)) / 60.0,
        1.0 / 60.0,
    );
    told.outside(
        "(c) Rinott's h, k = 5, n₀ = 20",
        3.385_418_731_570_3,
        "the tool compares pairs on the same luck and has no two-stage rule",
    );
    told.outside("(d) MSER-5, truncated mean", -0.002_953_894, "the tool drops a settling time that the user names");
}

fn ishigami(told: &mut Told) {
    let axes = ["x", "y", "z"].map(|name| Extent { name, values: None });
    let columns = replications(30, |seed| {
        let count = 4_096;
        let points = points(Design::Saltelli, &axes, count, seed).expect("a design");
        let value = |u: &Vec<f64>| {
            let [x, y, z] = [0, 1, 2].map(|k| (2.0 * u[k] - 1.0) * std::f64::consts::PI);
            Some(x.sin() + 7.0 * y.sin().powi(2) + 0.1 * z.powi(4) * x.sin())
        };
        let values: Vec<Option<f64>> = points.iter().map(value).collect();
        let effects = sobol(3, count, &values, seed);
        effects
            .iter()
            .flat_map(|effect| match effect {
                Effect::Sobol { first, total } => [first.value.expect("a share"), total.value.expect("a share")],
                Effect::Morris { .. } => panic!("shares were asked for"),
            })
            .collect()
    });
    told.sampled("(b) Ishigami S₁", 0.313_905_191_147_811_46, &columns[0]);
    told.sampled("(b) Ishigami S₂", 0.442_411_144_790_040_9, &columns[2]);
    told.sampled("(b) Ishigami T₁", 0.557_588_855_209_959_2, &columns[1]);
    told.sampled("(b) Ishigami T₂", 0.442_411_144_790_040_9, &columns[3]);
    told.sampled("(b) Ishigami T₃", 0.243_683_664_062_147_73, &columns[5]);
}

/// The interval that the strategy asks for [s], where a point costs `freeze`: whole seconds.
fn interval(strategy: LossAgainstCost, freeze: Duration) -> f64 {
    let policy = ReplicationPolicy {
        name: "gold".to_owned(),
        crash_consistent_every: Duration::minutes(5),
        app_consistent_every: None,
        app_consistent_freeze: freeze,
        retention: Duration::days(15),
        journal: None,
        rpo_alert: None,
        strategy: StrategyChoice::FixedInterval,
    };
    strategy.grid(&policy).secs_f64()
}

/// A point costs $0.02, a disaster comes every 87 660 h and loses $50 000 an hour: Young's interval is √(2c/(νℓ)) = 0.2648 h. The
/// strategy knows δ · M only: 1 ms of cost every 454 430 s · 1000 s. What coalescing changes needs batches, which the product has not;
/// what it saves on the wire stands with P21.
pub fn p32(told: &mut Told) {
    let product_s2: f64 = 0.02 / (0.1 / 8_766.0 * 50_000.0) * 3_600.0 * 3_600.0;
    let young = (2.0 * product_s2).sqrt();
    assert!((young / 3_600.0 / 0.264_816_917_888_566_9 - 1.0).abs() < 1e-9);
    let strategy = LossAgainstCost { failure_every: Duration::from_secs_f64(product_s2 * 1_000.0) };
    told.grained("Young's interval [s]", young, interval(strategy, Duration::millis(1)), 1.0);
    told.outside(
        "best interval with coalescing [h]",
        1.145_052_503_724_938_2,
        "the product sends an ordered log, not coalesced batches",
    );
}
