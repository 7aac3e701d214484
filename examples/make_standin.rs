//! Makes the stand-in files of `scenarios/standin/`: a fleet and a link load that were never measured.
//!
//! ```text
//! cargo run --example make_standin                # writes into scenarios/standin/
//! ```
//! The numbers are drawn from simple laws whose parameters were fitted to public traces, so that the fleet has their skew and
//! size without holding any of their rows:
//!
//! | what | law | parameters |
//! |---|---|---|
//! | mean write rate of a machine | log-normal | median 7.3 KiB/s, sigma 2.25, at most 6 MiB/s |
//! | peak over mean | log-normal | median 3, sigma 0.7, at least 1 |
//! | hour of the peak | two in three at night (22 to 4), else by day | |
//! | disk size | log-normal | median 78 GiB, sigma 1.2, 8 to 1022 GiB |
//! | distinct share in 30 minutes | triangular | 0.25, 0.55, 0.87 |
//! | distinct share in a week | a fifth of it | |
//! | link load | daily sine, weaker at weekends, noise | mean 127 Mbit/s, peak about 290 Mbit/s |
//!
//! The generator is SplitMix64 with a fixed seed: the files are the same on every machine.

use std::fmt::Write;
use std::path::Path;

const VMS: usize = 250;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/standin");
    std::fs::create_dir_all(&folder)?;
    let mut luck = Luck(20_260_105);
    std::fs::write(folder.join("fleet.csv"), fleet(&mut luck))?;
    std::fs::write(folder.join("wan.csv"), link_load(&mut luck))
}

fn fleet(luck: &mut Luck) -> String {
    let mut csv =
        String::from("vm,os_gib,mean_kib_per_s,peak_kib_per_s,peak_at,written_30m,unique_30m,written_7d,unique_7d\n");
    for vm in 1..=VMS {
        let mean = luck.log_normal(7.3, 2.25).clamp(0.05, 6_144.0);
        let peak = mean * luck.log_normal(3.0, 0.7).max(1.0);
        let hour =
            if luck.uniform() < 0.67 { (22.0 + 6.0 * luck.uniform()) % 24.0 } else { 4.0 + 18.0 * luck.uniform() };
        let disk = luck.log_normal(78.0, 1.2).clamp(8.0, 1_022.0).round();
        let share = luck.triangular(0.25, 0.55, 0.87);
        let (whole, minutes) = (hour.floor(), (hour.fract() * 12.0).floor() * 5.0);
        let week = share / 5.0;
        writeln!(csv, "{vm},{disk},{mean:.2},{peak:.2},{whole:02}:{minutes:02},1,{share:.3},1,{week:.3}")
            .expect("writing to a String cannot fail");
    }
    csv
}

/// One week in steps of 15 minutes, beginning on a Monday.
fn link_load(luck: &mut Luck) -> String {
    let mut csv = String::from("time_s,bits_per_s\n");
    for step in 0..7 * 96 {
        let (day, hour) = (step / 96, f64::from(step % 96) / 4.0);
        let wave = (0.5 - 0.5 * libm::cos((hour - 3.0) / 24.0 * std::f64::consts::TAU)).max(0.0);
        let week = if day >= 5 { 0.6 } else { 1.0 };
        let load = (30e6 + 210e6 * wave * week) * luck.log_normal(1.0, 0.08);
        // Monday, 5 January 2026, 00:00 UTC.
        writeln!(csv, "{},{:.0}", 1_767_571_200 + i64::from(step) * 900, load)
            .expect("writing to a String cannot fail");
    }
    csv
}

/// SplitMix64, and laws by inversion or by Box and Muller.
struct Luck(u64);

impl Luck {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Above 0, below 1.
    fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (radius, angle) = (libm::sqrt(-2.0 * libm::log(self.uniform())), std::f64::consts::TAU * self.uniform());
        radius * libm::cos(angle)
    }

    fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        median * libm::exp(sigma * self.normal())
    }

    fn triangular(&mut self, low: f64, mode: f64, high: f64) -> f64 {
        let (u, split) = (self.uniform(), (mode - low) / (high - low));
        if u < split {
            low + libm::sqrt(u * (high - low) * (mode - low))
        } else {
            high - libm::sqrt((1.0 - u) * (high - low) * (high - mode))
        }
    }
}
