//! What a scenario asks of the machine, estimated before anything runs: a scenario that asks for too much is refused with the
//! figures, not died of.
//!
//! ```text
//! work   = VM·days · a + points · b + changes of churn · c + disturbed VMs · d + lost VMs · e       [s on one core, a replication]
//! memory = what stands (VMs, disks, samples of traces) + what happens (outages, lost VMs) + what is kept of each replication
//! ```
//! The costs were measured on a release build ([`COST`]); a run takes between a third and three times the estimate, which
//! `tests/effort.rs` asks of real runs. Random outages count with their mean number. Not counted: reading the files.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::simulation::Setup;
use crate::units::{Bytes, Duration, Ratio, StampId};
use crate::world::{Churn, Outage, OutageSpec, When};

/// An estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Effort {
    pub replications: f64,
    /// Of one replication.
    pub vm_days: f64,
    /// Time of one replication on one core [s].
    pub seconds: f64,
    /// VMs lost in one replication: each is a row of the report.
    pub lost: f64,
    /// Of the whole run on one core, in bytes.
    pub memory: f64,
}

/// Costs, measured as CPU time and peak memory of `drsim run` on fleets of 50 to 1,000 VMs over 90 to 365 days, 2026-11.
struct Cost {
    start_s: f64,
    vm_day_s: f64,
    point_s: f64,
    /// A change of churn on the common grid, of a whole VM.
    change_s: f64,
    /// A change of its own.
    own_change_s: f64,
    /// A protected VM in an outage, up to its catch-up.
    disturbed_s: f64,
    /// A VM from its loss over failover and failback until it is protected again.
    lost_s: f64,
    program_bytes: f64,
    vm_bytes: f64,
    disk_bytes: f64,
    sample_bytes: f64,
    outage_bytes: f64,
    lost_bytes: f64,
    /// Kept of each replication.
    kept_bytes: f64,
    kept_vm_bytes: f64,
    kept_lost_bytes: f64,
    kept_outage_bytes: f64,
}

const COST: Cost = Cost {
    start_s: 0.02,
    vm_day_s: 7e-6,
    point_s: 7e-9,
    change_s: 0.08e-6,
    own_change_s: 3.5e-6,
    disturbed_s: 10e-6,
    lost_s: 600e-6,
    program_bytes: 15e6,
    vm_bytes: 6e3,
    disk_bytes: 5e3,
    sample_bytes: 8.0,
    outage_bytes: 400.0,
    lost_bytes: 10e3,
    kept_bytes: 40e3,
    kept_vm_bytes: 150.0,
    kept_lost_bytes: 1_500.0,
    kept_outage_bytes: 160.0,
};

/// Most of each that is run. A month of one core, a large machine, and more rows than a table program opens.
const SECONDS_MAX: f64 = 30.0 * 86_400.0;
const MEMORY_MAX: f64 = (16_u64 << 30) as f64;
const ROWS_MAX: f64 = 1e7;

const DAY_S: f64 = 86_400.0;
/// The daily curve is a table that all its machines share: without noise it costs like a change so often.
const DAILY_STEP: Duration = Duration::minutes(15);
/// Steps finer than this do not stand on the common grid.
const FINEST_GRID: Duration = Duration::secs(10);

impl Effort {
    /// Estimates so many replications of a setup.
    pub fn of(setup: &Setup, replications: u64) -> Effort {
        let (vms, disks) = (setup.inventory.vms.len() as f64, setup.inventory.disks.len() as f64);
        let (outages, disturbed, lost) = happenings(setup);
        let vm_days = vms * setup.lasts.secs_f64() / DAY_S;
        let seconds = COST.start_s
            + vm_days * COST.vm_day_s
            + points(setup) * COST.point_s
            + changes_s(setup)
            + disturbed * COST.disturbed_s
            + lost * COST.lost_s;
        let standing = COST.program_bytes + vms * COST.vm_bytes + disks * COST.disk_bytes;
        let happening = samples(setup) * COST.sample_bytes + outages * COST.outage_bytes + lost * COST.lost_bytes;
        let kept =
            COST.kept_bytes + vms * COST.kept_vm_bytes + lost * COST.kept_lost_bytes + outages * COST.kept_outage_bytes;
        let replications = replications as f64;
        let memory = standing + happening + replications * kept;
        Effort { replications, vm_days, seconds, lost, memory }
    }

    /// Why it is not run, and what to change; `None` when it is.
    pub fn too_much(&self) -> Option<(String, String)> {
        let (seconds, rows) = (self.seconds * self.replications, (1.0 + self.lost) * self.replications);
        let most = if self.memory > MEMORY_MAX {
            format!("at most {} are used", Bytes(MEMORY_MAX as u64))
        } else if seconds > SECONDS_MAX {
            format!("at most {} of one core are run", time(SECONDS_MAX))
        } else if rows > ROWS_MAX {
            format!("at most {ROWS_MAX} rows are reported, and these are {rows:.1e} replications and lost VMs")
        } else {
            return None;
        };
        let wrong = format!("this is too much for one run of {} replications: {self} each", self.replications);
        let mend =
            format!("{most}; ask for fewer replications, a shorter run, fewer machines, rarer points or outages");
        Some((wrong, mend))
    }
}

/// "about 36500 VM-days a replication, 30 MiB, 0.4 s on one core"
impl fmt::Display for Effort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (memory, seconds) = (bytes(self.memory), time(self.seconds));
        write!(f, "about {:.0} VM-days a replication, {memory}, {seconds} on one core", self.vm_days)
    }
}

/// One digit that counts: the estimate is good to a factor of three.
fn round(value: f64) -> f64 {
    let unit = 10f64.powf(value.max(1e-3).log10().floor());
    (value / unit).round() * unit
}

fn bytes(bytes: f64) -> Bytes {
    let unit = 1024f64.powf((bytes.max(1.0).ln() / 1024f64.ln()).floor());
    Bytes((round(bytes / unit) * unit) as u64)
}

fn time(seconds: f64) -> String {
    let (span, unit) = match seconds {
        s if s < 120.0 => (s, "s"),
        s if s < 7_200.0 => (s / 60.0, "minutes"),
        s if s < 2.0 * DAY_S => (s / 3_600.0, "hours"),
        s => (s / DAY_S, "days"),
    };
    format!("{} {unit}", (round(span) * 1e3).round() / 1e3)
}

/// Recovery points of all protected VMs.
fn points(setup: &Setup) -> f64 {
    let of = |vm| setup.intent.policy_of(vm).map_or(0.0, |policy| per(setup.lasts, policy.crash_consistent_every));
    setup.inventory.vm_ids().map(of).sum()
}

/// How often a step fits a span.
fn per(span: Duration, step: Duration) -> f64 {
    span.secs_f64() / step.secs_f64().max(1e-9)
}

/// Time for all changes of churn; the disks of a VM change together.
fn changes_s(setup: &Setup) -> f64 {
    let grid =
        |step: Duration| if step < FINEST_GRID { COST.own_change_s } else { COST.change_s } * per(setup.lasts, step);
    let of = |churn: &Churn| match churn {
        Churn::Steady { noise, .. } => noise.map_or(0.0, |noise| grid(noise.every)),
        Churn::Daily { noise, .. } => grid(noise.map_or(DAILY_STEP, |noise| noise.every.min(DAILY_STEP))),
        Churn::Trace { series, .. } => grid(series.every),
        Churn::OnOff { on, off, .. } => 2.0 * COST.own_change_s * per(setup.lasts, on.mean() + off.mean()),
    };
    let first = |vm: &crate::inventory::Vm| setup.physics.churn.get(vm.disks.start as usize);
    setup.inventory.vms.iter().filter_map(first).map(|disk| of(&disk.model)).sum()
}

/// Samples of all traces, each counted once.
fn samples(setup: &Setup) -> f64 {
    let mut met = BTreeSet::new();
    let mut samples = 0.0;
    for disk in &setup.physics.churn {
        if let Churn::Trace { series, .. } = disk.model.as_ref()
            && met.insert(Arc::as_ptr(series))
        {
            samples += series.rates.len() as f64;
        }
    }
    samples + setup.physics.cross_traffic.iter().flatten().map(|cross| cross.series.rates.len() as f64).sum::<f64>()
}

/// Outages of one replication, protected VMs that they disturb, and VMs that are lost, in the mean.
fn happenings(setup: &Setup) -> (f64, f64, f64) {
    let protected = setup.intent.protections.iter().flatten().count() as f64;
    let on = |stamp: StampId| setup.inventory.vms.iter().filter(|vm| vm.on == stamp).count() as f64;
    let (mut outages, mut disturbed, mut lost) = (0.0, 0.0, 0.0);
    for spec in &setup.physics.outages {
        let strikes = strikes(spec, setup.lasts);
        for taken in &spec.takes {
            let hits = strikes * taken.probability.as_f64();
            outages += hits;
            match &taken.outage {
                Outage::StampDown { stamp } => {
                    lost += hits * on(*stamp);
                    disturbed += hits * protected;
                }
                Outage::GuestReboot { stamp, share } => lost += hits * on(*stamp) * share.as_f64(),
                Outage::SourceDeleted { stamp, share } => lost += hits.min(1.0) * on(*stamp) * share.as_f64(),
                Outage::LinkDown { .. }
                | Outage::LinkSlow { .. }
                | Outage::ApplianceDown { .. }
                | Outage::ApplianceTampered { .. }
                | Outage::CacheDown { .. }
                | Outage::Damage { .. }
                | Outage::ServiceDown { .. } => disturbed += hits * protected,
            }
        }
    }
    if let Some(drills) = &setup.people.drills {
        let held = per(setup.lasts, drills.every) * (Ratio::ONE.as_f64() - drills.skipped.as_f64()).max(0.0);
        disturbed += held * protected;
    }
    (outages, disturbed + setup.script.len() as f64, lost)
}

/// How often a cause strikes within a run, in the mean.
fn strikes(spec: &OutageSpec, lasts: Duration) -> f64 {
    match &spec.when {
        When::At(moments) => moments.len() as f64,
        When::Listed(outages) => outages.len() as f64,
        When::Every(every) => per(lasts, every.mean() + spec.lasts.mean()),
    }
}
