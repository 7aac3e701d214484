//! The answer with other luck, and what is done where it does not meet there.

use super::question::Search;
use super::{Trial, Values};

/// Steps that a check with other luck may turn an answer up.
const RAISED_MAX: usize = 3;

impl Search<'_, '_> {
    /// The answer with other luck. Where it does not meet there, stocks are looked at as if they were ample, and the rest is turned up a
    /// step at a time until that meets; then the stocks are as small as both lucks allow. What goes through faster may need more of a stock.
    pub fn checked(&mut self, found: Vec<usize>, top: &[usize]) -> (Vec<usize>, Option<Trial>) {
        let check = self.lab.decide_afresh(&self.values(&found));
        let mut at = found.clone();
        self.with_ample_stocks(&mut at, top);
        for up in 0..=RAISED_MAX {
            if self.is_met(&check) || self.lab.stopped() {
                break;
            }
            if up > 0 {
                at = self.raised_where_it_helps(&at, top);
            }
            let there = self.lab.decide_afresh(&self.values(&at));
            if self.is_met(&there) && self.is_tried_and_met(&at) {
                self.is_raised = true;
                self.lower_for_both(&mut at, &found);
                let check = self.lab.decide_afresh(&self.values(&at));
                return (at, Some(check));
            }
        }
        (found, Some(check))
    }

    /// One step more of the last knob that cures the worst replications of the other luck alone, or of all where none does.
    fn raised_where_it_helps(&mut self, at: &[usize], top: &[usize]) -> Vec<usize> {
        let open: Vec<usize> = self.flows().into_iter().filter(|k| at[*k] < top[*k]).collect();
        let raised = |knobs: &[usize]| -> Vec<usize> {
            (0..at.len()).map(|k| at[k] + usize::from(knobs.contains(&k))).collect()
        };
        if open.len() > 1 {
            let worst = self.lab.sample(&self.values(at), self.lab.other_seed());
            for k in open.iter().rev() {
                let alone = raised(&[*k]);
                if self.may_be_met(&alone, &worst, self.lab.other_seed()) {
                    return alone;
                }
            }
        }
        raised(&open)
    }

    /// Each knob turned down again as far as both lucks stay met: stocks to where they were, and what goes through faster may need less
    /// of the rest.
    fn lower_for_both(&mut self, at: &mut [usize], found: &[usize]) {
        for k in self.stocks() {
            at[k] = self.smallest(at, k, found[k], &mut |search, values| search.is_met_with_both(&values));
        }
        for k in self.flows() {
            while self.less_is_met_with_both(at, k) {
                at[k] -= 1;
            }
        }
    }

    fn less_is_met_with_both(&mut self, at: &[usize], k: usize) -> bool {
        // The other luck has turned them up: there a few replications will tell.
        self.less_is_met(at, k, self.lab.other_seed()) && self.less_is_met(at, k, self.lab.seed)
    }

    fn is_met_with_both(&mut self, values: &Values) -> bool {
        let here = self.lab.hope(values);
        if !self.is_met(&here) {
            return false;
        }
        let there = self.lab.decide_afresh(values);
        self.is_met(&there)
    }
}
