//! The smallest index that meets, under the assumption that more is better; whoever asks checks the neighbours.
//!
//! Galloping from a guess, then bisection: O(log) trials, few when the guess is good.

/// The smallest index of `lo ..= hi` that meets, given that `hi` does; begins at `start`.
///
/// Stops early, with the best index known, when `meets` says so with `None`.
pub fn smallest((lo, hi): (usize, usize), start: usize, meets: &mut dyn FnMut(usize) -> Option<bool>) -> usize {
    let (mut lo, mut hi) = (lo, hi);
    // Everything below `lo` is known not to meet; `hi` meets.
    let mut step = 1;
    let mut at = start.clamp(lo, hi);
    while lo < hi && at < hi {
        match meets(at) {
            None => return hi,
            Some(true) => {
                hi = at;
                break;
            }
            Some(false) => lo = at + 1,
        }
        at = (at + step).min(hi);
        step *= 2;
    }
    let mut step = 1;
    while lo < hi {
        // Down from the least that meets in growing steps until one does not, then halves.
        let next = hi.saturating_sub(step).max(lo);
        match meets(next) {
            None => return hi,
            Some(true) => {
                hi = next;
                step *= 2;
            }
            Some(false) => {
                lo = next + 1;
                break;
            }
        }
    }
    while lo < hi {
        let middle = lo + (hi - lo) / 2;
        match meets(middle) {
            None => return hi,
            Some(true) => hi = middle,
            Some(false) => lo = middle + 1,
        }
    }
    hi
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_smallest_is_found_from_any_guess(first in 0usize..500, start in 0usize..600) {
            let mut asked = 0;
            let found = smallest((0, 500), start, &mut |index| { asked += 1; Some(index >= first) });
            prop_assert_eq!(found, first);
            prop_assert!(asked <= 2 + 4 * 9, "{} questions", asked);
        }

        #[test]
        fn a_good_guess_costs_few_trials(first in 10usize..490, off in 0usize..4) {
            let mut asked = 0;
            smallest((0, 500), first + off - 2, &mut |index| { asked += 1; Some(index >= first) });
            prop_assert!(asked <= 6, "{} questions", asked);
        }
    }
}
