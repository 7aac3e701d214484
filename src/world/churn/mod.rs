//! Churn: what guests write. ★ One file per model; this is the register.

use std::sync::Arc;

use crate::kernel::Law;
use crate::units::{ByteRate, Bytes, Duration, Ratio, Timestamp};

/// What one disk has to replicate.
#[derive(Clone, Debug)]
pub struct DiskChurn {
    /// Usually one model per VM, shared by its disks.
    pub model: Arc<Churn>,
    /// This disk's share of the model's rate.
    pub share: Ratio,
    /// Name of the random stream; disks that share it have their bursts together.
    pub stream: String,
    pub writes: Writes,
}

/// How it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Writes {
    /// Size of one write; smaller than the limits' floor costs the floor.
    pub block: Bytes,
    /// Distinct share of what is written within a window, by rising window. Empty: nothing is ever rewritten.
    pub unique: Vec<(Duration, Ratio)>,
    /// Bytes on the wire per byte captured.
    pub compression: Ratio,
    /// Overwrites within this window are sent once (0: an ordered log, every write is sent).
    pub coalesce_within: Duration,
}

/// A model of the bytes written per second.
#[derive(Clone, Debug)]
pub enum Churn {
    Steady {
        rate: ByteRate,
        noise: Option<Noise>,
    },
    /// A bump around `peak_at` each day, `weekend` of it on Saturday and Sunday.
    Daily {
        mean: ByteRate,
        peak: ByteRate,
        peak_at: Duration,
        weekend: Ratio,
        noise: Option<Noise>,
    },
    /// Bursts at `rate`, silence between.
    OnOff {
        rate: ByteRate,
        on: Law,
        off: Law,
    },
    Trace {
        series: Arc<Series>,
        scale: Ratio,
    },
}

/// Log-normal factor with mean 1, redrawn every `every`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    pub sigma: f64,
    pub every: Duration,
}

/// A measured series: one rate per step, repeated when it ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// For messages and reports.
    pub name: String,
    pub every: Duration,
    /// The first step begins at this moment of the run (a step before it is the last of the previous round).
    pub starts: Timestamp,
    /// [bytes/s]
    pub rates: Vec<u32>,
}
