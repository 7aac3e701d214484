//! How flows share what they pass through: weighted max-min with caps over several linear resources.
//!
//! Model (progressive filling): a level rises from zero and every claim takes `min(demand, weight · level)`, until a resource is
//! used up; whoever passes through it stays where it is, the others rise on. A claim of rate `x` takes `cost · x` of each
//! resource of its kind (cost in 2⁻²⁰), so an appliance that counts operations is a resource like a link.
//!
//! Units: rates in µB/s, rounded down, so that nobody gets more than there is; what is left in µB/s · 2²⁰.
//! Invariants: no rate above its demand; no resource overdrawn; a claim below its demand passes through a bound resource.
//! Cost: O(n log n + resources · n) when something binds, O(n) when nothing does.
//! Source: Bertsekas, Gallager, *Data Networks*, 2nd ed., 6.5.2. Twin for tests: `slow_share`.

/// Fixed point of costs.
pub(super) const ONE: u64 = 1 << 20;
/// A capacity that never binds [µB/s].
pub(super) const NO_LIMIT: u64 = 1 << 62;

/// The most one flow moves when nothing caps it [µB/s]: about 1.1 GB/s, so that thousands can be added.
pub(super) const FLOW_MAX: u64 = 1 << 50;

/// One flow that wants to pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    /// [µB/s]
    pub demand: u64,
    /// At least 1.
    pub weight: u32,
    /// Index of its resources.
    pub kind: u32,
}

impl Claim {
    /// Whether it has all it wants before the level stops there.
    pub(super) fn reaches(self, stop: &Stop) -> bool {
        reaches(self, stop.room, stop.rising)
    }

    /// Whether it is served later, as it wants more for its weight.
    pub(super) fn wants_more_than(self, other: Self) -> bool {
        u128::from(self.demand) * u128::from(other.weight) > u128::from(other.demand) * u128::from(self.weight)
    }
}

/// Where the level stopped: a resource was used up, at `room / rising` for each unit of weight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    pub resource: u32,
    room: u128,
    rising: u128,
}

/// A resource and what one µB/s takes of it [2⁻²⁰].
pub(super) type Use = (u32, u64);

/// Scratch of the filling, kept so that nothing is allocated.
#[derive(Debug, Default)]
pub(super) struct Filling {
    order: Vec<u32>,
    /// Σ cost · weight of the claims that still rise, by resource.
    rising: Vec<u128>,
    fixed: Vec<bool>,
    by_kind: Vec<u128>,
    /// Where the level stopped last time.
    pub stops: Vec<Stop>,
}

impl Filling {
    /// Shares `left` (by resource, [µB/s · 2²⁰], reduced by what is taken) among the claims; their rates are added to `rates`. Resources that
    /// hold somebody back are marked in `bound`.
    pub(super) fn share(
        &mut self,
        claims: &[Claim],
        kinds: &[Vec<Use>],
        left: &mut [u128],
        bound: &mut [bool],
        rates: &mut Vec<u64>,
    ) {
        let begin = rates.len();
        self.stops.clear();
        if self.all_fit(claims, kinds, left) {
            rates.extend(claims.iter().map(|claim| claim.demand));
            return;
        }
        rates.resize(begin + claims.len(), 0);
        let rates = &mut rates[begin..];
        self.prepare(claims, kinds, left.len());
        let mut place = 0;
        let mut tight = self.tightest(left);
        while place < self.order.len() {
            let index = self.order[place] as usize;
            if self.fixed[index] {
                place += 1;
                continue;
            }
            let claim = claims[index];
            if tight.is_none_or(|(_, room, rising)| reaches(claim, room, rising)) {
                self.fix(index, claim, claim.demand, kinds, left, rates);
                place += 1;
                continue;
            }
            let now = self.tightest(left);
            if now != tight {
                tight = now;
                if now.is_none_or(|(_, room, rising)| reaches(claim, room, rising)) {
                    continue;
                }
            }
            let Some((resource, room, rising)) = now else { continue };
            bound[resource] = true;
            self.stops.push(Stop { resource: resource as u32, room, rising });
            self.stop_at(resource, room, rising, claims, kinds, left, rates);
            tight = self.tightest(left);
        }
    }

    /// Takes all demands when every resource has room for them.
    fn all_fit(&mut self, claims: &[Claim], kinds: &[Vec<Use>], left: &mut [u128]) -> bool {
        self.by_kind.clear();
        self.by_kind.resize(kinds.len(), 0);
        for claim in claims {
            self.by_kind[claim.kind as usize] += u128::from(claim.demand);
        }
        self.rising.clear();
        self.rising.resize(left.len(), 0);
        for (uses, sum) in kinds.iter().zip(&self.by_kind) {
            for (resource, cost) in uses {
                self.rising[*resource as usize] += sum * u128::from(*cost);
            }
        }
        let fits = self.rising.iter().zip(left.iter()).all(|(need, room)| need <= room);
        if fits {
            for (need, room) in self.rising.iter().zip(left.iter_mut()) {
                *room -= need;
            }
        }
        fits
    }

    fn prepare(&mut self, claims: &[Claim], kinds: &[Vec<Use>], resources: usize) {
        self.rising.clear();
        self.rising.resize(resources, 0);
        self.fixed.clear();
        self.order.clear();
        for (index, claim) in claims.iter().enumerate() {
            self.fixed.push(claim.demand == 0);
            if claim.demand > 0 {
                self.order.push(index as u32);
                for (resource, cost) in &kinds[claim.kind as usize] {
                    self.rising[*resource as usize] += u128::from(*cost) * u128::from(claim.weight);
                }
            }
        }
        self.order.sort_unstable_by(|a, b| {
            let (x, y) = (claims[*a as usize], claims[*b as usize]);
            let left = u128::from(x.demand) * u128::from(y.weight);
            left.cmp(&(u128::from(y.demand) * u128::from(x.weight))).then(a.cmp(b))
        });
    }

    /// The resource that the rising level uses up first: (index, room, rising cost).
    fn tightest(&self, left: &[u128]) -> Option<(usize, u128, u128)> {
        let mut best: Option<(usize, u128, u128)> = None;
        for (index, (rising, room)) in self.rising.iter().zip(left).enumerate() {
            let limited = *room < u128::from(NO_LIMIT) * u128::from(ONE) / 2;
            if *rising > 0 && limited && best.is_none_or(|(_, r, s)| less(*room, *rising, r, s)) {
                best = Some((index, *room, *rising));
            }
        }
        best
    }

    fn fix(&mut self, index: usize, claim: Claim, rate: u64, kinds: &[Vec<Use>], left: &mut [u128], rates: &mut [u64]) {
        self.fixed[index] = true;
        rates[index] = rate;
        for (resource, cost) in &kinds[claim.kind as usize] {
            let resource = *resource as usize;
            self.rising[resource] -= u128::from(*cost) * u128::from(claim.weight);
            // Only a resource without limit can be overdrawn.
            left[resource] = left[resource].saturating_sub(u128::from(*cost) * u128::from(rate));
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the state of one filling, borrowed apart")]
    fn stop_at(
        &mut self,
        resource: usize,
        room: u128,
        rising: u128,
        claims: &[Claim],
        kinds: &[Vec<Use>],
        left: &mut [u128],
        rates: &mut [u64],
    ) {
        for place in 0..self.order.len() {
            let index = self.order[place] as usize;
            let claim = claims[index];
            let through = kinds[claim.kind as usize].iter().any(|(r, _)| *r as usize == resource);
            if !self.fixed[index] && through {
                let rate = (room * u128::from(claim.weight) / rising) as u64;
                self.fix(index, claim, rate.min(claim.demand), kinds, left, rates);
            }
        }
    }
}

/// Whether the claim has all it wants before the resource with this room is used up.
fn reaches(claim: Claim, room: u128, rising: u128) -> bool {
    u128::from(claim.demand) * rising <= room * u128::from(claim.weight)
}

/// `a/b < c/d`; falls back to division where the products are too large.
fn less(a: u128, b: u128, c: u128, d: u128) -> bool {
    match (a.checked_mul(d), c.checked_mul(b)) {
        (Some(left), Some(right)) => left < right,
        _ => a / b < c / d,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn share(claims: &[Claim], kinds: &[Vec<Use>], capacity: &[u64]) -> (Vec<u64>, Vec<bool>) {
        let mut left: Vec<u128> = capacity.iter().map(|c| u128::from(*c) * u128::from(ONE)).collect();
        let (mut bound, mut rates) = (vec![false; capacity.len()], Vec::new());
        Filling::default().share(claims, kinds, &mut left, &mut bound, &mut rates);
        (rates, bound)
    }

    /// The level is found by trying every kink and every resource afresh each time somebody stops; floats.
    fn slow_share(claims: &[Claim], kinds: &[Vec<Use>], capacity: &[u64]) -> Vec<f64> {
        let cost = |i: usize, r: usize| {
            kinds[claims[i].kind as usize]
                .iter()
                .filter(|u| u.0 as usize == r)
                .map(|u| u.1 as f64 / ONE as f64)
                .sum::<f64>()
        };
        let mut rates: Vec<Option<f64>> = vec![None; claims.len()];
        while rates.iter().any(Option::is_none) {
            let mut event = (f64::INFINITY, None, None);
            for (i, claim) in claims.iter().enumerate().filter(|(i, _)| rates[*i].is_none()) {
                let level = claim.demand as f64 / f64::from(claim.weight);
                if level < event.0 {
                    event = (level, Some(i), None);
                }
            }
            for (r, capacity) in capacity.iter().enumerate() {
                let (mut used, mut slope) = (0.0, 0.0);
                for (i, claim) in claims.iter().enumerate() {
                    match rates[i] {
                        Some(rate) => used += rate * cost(i, r),
                        None => slope += f64::from(claim.weight) * cost(i, r),
                    }
                }
                let level = (*capacity as f64 - used).max(0.0) / slope;
                if slope > 0.0 && level < event.0 {
                    event = (level, None, Some(r));
                }
            }
            for i in 0..claims.len() {
                let stops = event.1 == Some(i) || event.2.is_some_and(|r| cost(i, r) > 0.0);
                if rates[i].is_none() && stops {
                    rates[i] = Some((event.0 * f64::from(claims[i].weight)).min(claims[i].demand as f64));
                }
            }
        }
        rates.into_iter().flatten().collect()
    }

    /// Oracle P18, in µB/s times 10⁶: levels 2, 26/3, 82/5, 77.
    #[test]
    fn p18_water_levels() {
        let unit = 1_000_000;
        let wants = [(10, 1), (20, 1), (35, 2), (1_000, 1), (50, 1), (8, 4)];
        let claims = wants.map(|(demand, weight)| Claim { demand: demand * unit, weight, kind: 0 });
        let kinds = [vec![(0, ONE)]];
        let millionths = |c: u64| share(&claims, &kinds, &[c * unit]).0;
        assert_eq!(millionths(20), [2, 2, 4, 2, 2, 8].map(|r| r * unit));
        let third = 8_666_666;
        assert_eq!(millionths(60), [third, third, 17_333_333, third, third, 8_000_000]);
        assert_eq!(millionths(100), [10_000_000, 16_400_000, 32_800_000, 16_400_000, 16_400_000, 8_000_000]);
        assert_eq!(millionths(200), [10, 20, 35, 77, 50, 8].map(|r| r * unit));
    }

    #[test]
    fn who_is_stopped_elsewhere_leaves_the_rest_to_the_others() {
        let claims = [(0, 100), (1, 100), (1, 100)].map(|(kind, demand)| Claim { demand, weight: 1, kind });
        let kinds = [vec![(0, ONE)], vec![(0, ONE), (1, ONE)]];
        assert_eq!(share(&claims, &kinds, &[90, 20]), (vec![70, 10, 10], vec![true, true]));
        assert_eq!(share(&claims, &kinds, &[90, 0]).0, vec![90, 0, 0]);
    }

    proptest! {
        #[test]
        fn the_filling_agrees_with_its_slow_twin(
            wants in proptest::collection::vec((0u64..1_000_000_000, 1u32..9, 0u32..4), 1..12),
            capacity in proptest::collection::vec(0u64..3_000_000_000, 3),
            costs in proptest::collection::vec(ONE / 4..3 * ONE, 6),
        ) {
            let kinds = [
                vec![(0, costs[0])],
                vec![(0, costs[1]), (1, costs[2])],
                vec![(1, costs[3]), (2, costs[4])],
                vec![(2, costs[5])],
            ];
            let claims: Vec<Claim> =
                wants.iter().map(|(demand, weight, kind)| Claim { demand: *demand, weight: *weight, kind: *kind }).collect();
            let (rates, bound) = share(&claims, &kinds, &capacity);
            for ((rate, twin), claim) in rates.iter().zip(slow_share(&claims, &kinds, &capacity)).zip(&claims) {
                prop_assert!((*rate as f64 - twin).abs() <= 200.0, "{rate} but {twin}");
                let held = kinds[claim.kind as usize].iter().any(|(r, _)| bound[*r as usize]);
                prop_assert!(*rate == claim.demand || held);
            }
        }
    }
}
