//! A distribution of a level over time, mergeable in any order.
//!
//! Log buckets: 128 per octave, exact below 128, so a bucket is at most 1/128 wide and its middle is at most 0.4 % off.
//! A straight piece of the level from `a` to `b` spreads its weight evenly over the values between:
//!
//! ```text
//! density D = weight / (b − a)
//!      │      ┌────────────┐          the part of the first and last bucket goes to `mass`, the whole buckets
//!      │   ▒▒▒│            │▒▒        between get +D and −D in `slope`, summed up when somebody asks
//! ─────┴──a───┴────────────┴──b──▶ value
//! ```
//!
//! so a piece costs O(1), however wide. Weights are counted in 2⁻³² ns with integers: adding and merging commute
//! exactly, and the buckets add up to the whole weight to the last bit.
//! Units: values u64 (ns, bytes, …), weights ns. Relative error of quantiles ≤ 0.5 %; the mean is exact.
//! Invariant: the weights of all buckets are ≥ 0 and add up to [`Sketch::weight_ns`].
//! Source: the bucket rule is HdrHistogram's and DDSketch's (Masson et al. 2019, any-order merge).

/// A time-weighted distribution of a non-negative level.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sketch {
    /// First bucket of the two arrays.
    base: usize,
    /// [2⁻³² ns] by bucket.
    mass: Vec<u128>,
    /// Change of density at the lower edge of the bucket [2⁻³² ns per unit of value]; of equal length.
    slope: Vec<i128>,
    /// [ns]
    weight: u128,
    /// Twice the integral of value over weight [unit · ns].
    twice_sum: u128,
    max: u64,
    min: Option<u64>,
}

/// A sketch as its non-empty buckets, small enough to keep one per replication.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sealed {
    /// Bucket and weight [ns], rising. The rounding of each bucket is below 1 ns.
    buckets: Vec<(u16, f64)>,
    weight: u128,
    twice_sum: u128,
    max: u64,
    min: Option<u64>,
}

const SUB_BITS: u32 = 7;
const SUB: u64 = 1 << SUB_BITS;
/// Binary digits of a weight behind the point.
const POINT: u32 = 32;

fn bucket_of(value: u64) -> usize {
    if value < SUB {
        return value as usize;
    }
    let octave = value.ilog2() - SUB_BITS;
    (u64::from(octave) * SUB + (value >> octave)) as usize
}

/// The smallest value of the bucket; of the bucket after the last one 2⁶⁴.
fn edge_of(bucket: usize) -> u128 {
    let (octave, place) = ((bucket as u64 / SUB).saturating_sub(1), bucket as u64);
    if place < 2 * SUB { u128::from(place) } else { u128::from(place - octave * SUB) << octave }
}

impl Sketch {
    /// The level ran straight from `from` to `to` during `weight_ns`.
    pub fn add_piece(&mut self, from: u64, to: u64, weight_ns: u64) {
        if weight_ns == 0 {
            return;
        }
        let (low, high) = (from.min(to), from.max(to));
        self.weight += u128::from(weight_ns);
        self.twice_sum += (u128::from(low) + u128::from(high)) * u128::from(weight_ns);
        self.max = self.max.max(high);
        self.min = Some(self.min.map_or(low, |min| min.min(low)));
        let (first, last) = (bucket_of(low), bucket_of(high));
        self.cover(first, last + 1);
        let whole = u128::from(weight_ns) << POINT;
        let (first_at, last_at) = (first - self.base, last - self.base);
        if first == last {
            self.mass[first_at] += whole;
            return;
        }
        let span = u128::from(high - low);
        // Ages grow by one per ns: no division for them.
        let density = if weight_ns == high - low { 1 << POINT } else { whole / span };
        let left = density * (edge_of(first + 1) - u128::from(low));
        let middle = density * (edge_of(last) - edge_of(first + 1));
        self.mass[first_at] += left;
        self.slope[first_at + 1] += density as i128;
        self.slope[last_at] -= density as i128;
        self.mass[last_at] += whole - left - middle;
    }

    /// The level stood at `value` during `weight_ns`.
    pub fn add(&mut self, value: u64, weight_ns: u64) {
        self.add_piece(value, value, weight_ns);
    }

    /// Adds another distribution; exact, in any order.
    pub fn merge(&mut self, other: &Sketch) {
        if other.mass.is_empty() {
            return;
        }
        self.cover(other.base, other.base + other.mass.len() - 1);
        let shift = other.base - self.base;
        for (index, (mass, slope)) in other.mass.iter().zip(&other.slope).enumerate() {
            self.mass[shift + index] += mass;
            self.slope[shift + index] += slope;
        }
        self.weight += other.weight;
        self.twice_sum += other.twice_sum;
        self.max = self.max.max(other.max);
        self.min = [self.min, other.min].into_iter().flatten().min();
    }

    /// Makes room for the buckets `first ..= last`, in whole octaves so that it happens rarely.
    fn cover(&mut self, first: usize, last: usize) {
        let octave = SUB as usize;
        if self.mass.is_empty() {
            self.base = first / octave * octave;
        }
        if first < self.base {
            let base = first / octave * octave;
            let grown = self.base - base;
            self.mass.splice(0..0, std::iter::repeat_n(0, grown));
            self.slope.splice(0..0, std::iter::repeat_n(0, grown));
            self.base = base;
        }
        let needed = last + 1 - self.base;
        if needed > self.mass.len() {
            let rounded = needed.next_multiple_of(octave);
            self.mass.resize(rounded, 0);
            self.slope.resize(rounded, 0);
        }
    }

    /// All time [ns].
    pub fn weight_ns(&self) -> u128 {
        self.weight
    }

    /// The sketch as its non-empty buckets.
    pub fn seal(&self) -> Sealed {
        let mut buckets = Vec::new();
        let mut density = 0i128;
        for (index, (mass, slope)) in self.mass.iter().zip(&self.slope).enumerate() {
            density += slope;
            let bucket = self.base + index;
            // The buckets beyond 2⁶⁴ are room only; no density stands there.
            let width = if density == 0 { 0 } else { edge_of(bucket + 1) - edge_of(bucket) };
            let weight = mass + density as u128 * width;
            if weight > 0 {
                let whole = (weight >> POINT) as f64 + (weight & ((1 << POINT) - 1)) as f64 / (1u64 << POINT) as f64;
                buckets.push((bucket as u16, whole));
            }
        }
        Sealed { buckets, weight: self.weight, twice_sum: self.twice_sum, max: self.max, min: self.min }
    }
}

impl Sealed {
    /// Merges many in the order given.
    pub fn merged<'a>(parts: impl IntoIterator<Item = &'a Sealed>) -> Sealed {
        let mut sum: Vec<f64> = Vec::new();
        let mut all = Sealed::default();
        for part in parts {
            for &(bucket, weight) in &part.buckets {
                let place = usize::from(bucket);
                if sum.len() <= place {
                    sum.resize(place + 1, 0.0);
                }
                sum[place] += weight;
            }
            all.weight += part.weight;
            all.twice_sum += part.twice_sum;
            all.max = all.max.max(part.max);
            all.min = [all.min, part.min].into_iter().flatten().min();
        }
        let filled = sum.into_iter().enumerate().filter(|(_, weight)| *weight > 0.0);
        all.buckets = filled.map(|(bucket, weight)| (bucket as u16, weight)).collect();
        all
    }

    pub fn is_empty(&self) -> bool {
        self.weight == 0
    }

    /// All time [ns].
    pub fn weight_ns(&self) -> f64 {
        self.weight as f64
    }

    /// Time-weighted mean, exact. `None` without time.
    pub fn mean(&self) -> Option<f64> {
        let half = self.weight.checked_mul(2).filter(|half| *half > 0)?;
        // Whole part and rest apart: sums beyond 2⁵³ would lose digits.
        Some((self.twice_sum / half) as f64 + (self.twice_sum % half) as f64 / half as f64)
    }

    pub fn max(&self) -> Option<u64> {
        (self.weight > 0).then_some(self.max)
    }

    /// The smallest value with at least a share `q` of the time at or below it, within 0.5 %. `None` without time.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let min = self.min?;
        let total: f64 = self.buckets.iter().map(|(_, weight)| weight).sum();
        let wanted = q.clamp(0.0, 1.0) * total;
        let mut below = 0.0;
        for &(bucket, weight) in &self.buckets {
            // A trillionth for the rounding of sums: P(≤ x) = q exactly must give x.
            if below + weight >= wanted - total * 1e-12 {
                let (low, high) = self.bounds(bucket, min);
                let share = ((wanted - below) / weight).clamp(0.0, 1.0);
                return Some(low + (high - low) * share);
            }
            below += weight;
        }
        Some(self.max as f64)
    }

    /// Share of the time above `value` (0 … 1). `None` without time.
    pub fn fraction_above(&self, value: f64) -> Option<f64> {
        let min = self.min?;
        let total: f64 = self.buckets.iter().map(|(_, weight)| weight).sum();
        let mut above = 0.0;
        for &(bucket, weight) in self.buckets.iter().rev() {
            let (low, high) = self.bounds(bucket, min);
            if low > value || (low >= value && high > low) {
                above += weight;
            } else {
                if high > value {
                    above += weight * (high - value) / (high - low);
                }
                break;
            }
        }
        Some(above / total)
    }

    /// Values of a bucket, narrowed by the least and the greatest value seen.
    fn bounds(&self, bucket: u16, min: u64) -> (f64, f64) {
        let place = usize::from(bucket);
        let (low, high) = (edge_of(place) as f64, edge_of(place + 1) as f64);
        // Below 128 a bucket is one whole value: nothing lies between it and the next.
        let high = if high - low <= 1.0 { low } else { high };
        (low.max(min as f64), high.min(self.max as f64).max(low.max(min as f64)))
    }
}

#[cfg(test)]
#[path = "sketch_tests.rs"]
mod tests;
