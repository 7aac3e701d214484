//! P25: bursty disks on one link (Anick, Mitra, Sondhi). A disk writes 1 MB/s while it is on; a unit of time is 1000 s, so a unit of
//! backlog is 1 GB.
//!
//! How long how many disks were on is read off the meters, and serves as controls: the number is binomial.

use crate::common::pieces::{Piece, area, time_above};
use crate::common::small::{Small, Vm};
use crate::told::{Told, controlled, replications};
use drsim::contract::{Direction, LevelPiece, Meter};
use drsim::simulation::{Setup, run};
use drsim::units::{ApplianceId, LinkId};
use drsim::world::Luck;
use statrs::distribution::{Binomial, Discrete};

const UNIT_S: f64 = 1_000.0;
const GB: f64 = 1e9;
/// What is before is not counted [s]: the first copies, and settling.
const SETTLED_S: f64 = 20.0 * UNIT_S;

/// So many disks, on for 1 and off for 2.5 in the mean, on a link of `link` MB/s.
fn disks(count: u64, link: f64, days: u64) -> Setup {
    let churn = "churn.on_off = { rate = \"1 MB/s\", on = { exponential = { mean = \"1000s\" } }, off = { exponential = { mean = \"2500s\" } } }";
    let small = Small {
        lasts: format!("{days}d"),
        bandwidth: (link * 8e6) as u64,
        vms: vec![Vm { count, churn: churn.to_owned(), ..Vm::named("disk") }],
        policy: "crash_consistent_every = \"15d\"\nretention = \"15d\"".to_owned(),
        overrides: "heartbeat_every = \"20d\"\nheartbeat_lost_after = \"1000d\"\n".to_owned(),
        more: "[replication]\ncensus_every = \"1000d\"\n".to_owned(),
        ..Small::default()
    };
    small.scenario().setup
}

const ABOVE: [f64; 4] = [0.0, 1.0, 2.0, 5.0];

/// Shares of time with a backlog above these, its mean, and the controls.
fn backlog(setup: &Setup, link: f64, replication: u64) -> Vec<f64> {
    let count = setup.inventory.vms.len();
    let mut on = vec![0.0; count + 1];
    let (mut over, mut mean) = ([0.0; 4], 0.0);
    // One disk alone: where its backlog rises it is on. Lengths, squares and cubes are controls too, by Wald's equation.
    let mut powers = [0.0; 3];
    run(setup, Luck::new(25, replication), &mut |at, fact| {
        let Some((meter, pieces)) = fact.levels(at) else { return };
        for (since, LevelPiece { until, start, end }) in pieces {
            let (from, until) = (since.secs_f64().max(SETTLED_S), until.secs_f64());
            if from >= until {
                continue;
            }
            match meter {
                Meter::SourceBacklog(ApplianceId(0)) if start > 0 || end > 0 => {
                    let whole = until - since.secs_f64();
                    let (start, end) = (start as f64, end as f64);
                    let at_from = start + (end - start) * (from - since.secs_f64()) / whole;
                    let piece: [Piece; 1] = [[from, at_from / GB, until, end / GB]];
                    over.iter_mut().zip(ABOVE).for_each(|(sum, x)| *sum += time_above(&piece, x));
                    mean += area(&piece);
                    if count == 1 && end > start {
                        let length = whole / UNIT_S;
                        let off = [length - 1.0, length * length - 2.0, length.powi(3) - 6.0];
                        powers.iter_mut().zip(off).for_each(|(sum, off)| *sum += off);
                    }
                    on[((end - start) / whole / 1e6 + link).round() as usize] += until - from;
                }
                Meter::Link(LinkId(0), Direction::Forward) if (start as f64) < link * 1e6 - 2.0 => {
                    on[(start as f64 / 1e6).round() as usize] += until - from;
                }
                _ => {}
            }
        }
    });
    let time: f64 = on.iter().sum();
    let law = Binomial::new(1.0 / 3.5, count as u64).expect("a share and a count");
    let controls = (1..count).filter(|k| law.pmf(*k as u64) > 1e-3).map(|k| on[k] / time - law.pmf(k as u64));
    let means = over.into_iter().chain([mean]).map(|sum| sum / time);
    means.chain(powers.map(|sum| sum / time)).chain(controls).collect()
}

/// Twenty disks on a link of 8.5; one disk on a link of a half.
pub fn p25(told: &mut Told) {
    let setup = disks(20, 8.5, 7);
    let columns = replications(60, |replication| backlog(&setup, 8.5, replication));
    let column = |k: usize| controlled(&columns[k], &columns[5..]);
    told.probability("P(Q > 0)", 0.156_760_419_683_067_9, &column(0));
    let rest = [0.031_262_901_656_697_414, 0.011_662_157_751_825_48, 8.764_978_043_214_724e-4];
    for (k, expected) in rest.into_iter().enumerate() {
        told.glimpse(&format!("P(Q > {})", ABOVE[k + 1]), expected, &column(k + 1));
    }
    told.glimpse("E[Q]", 0.097_292_733_531_287_65, &column(4));
    let setup = disks(1, 0.5, 1300);
    let columns = replications(30, |replication| backlog(&setup, 0.5, replication));
    told.probability("one disk, link 0.5: P(Q > 1)", 0.172_110_978_235_544_1, &controlled(&columns[1], &columns[5..]));
    told.outside("P(Q > 10)", 1.516_246_212_988_273_3e-5, "too rare for runs without splitting");
    told.outside(
        "P(Q > 20)",
        5.120_356_527_165_275e-9,
        "too rare to be met; a level at any moment is no event of a whole run, as `drsim rare` has them",
    );
}
