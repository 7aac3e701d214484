//! MR01, MR02, MR19 to MR21: link, cache account and service in a row.

use proptest::prelude::*;

use crate::case::{Case, above, sum, two_stage_case};
use crate::common::pieces::greatest;
use drsim::contract::Fact;

/// Ages are drawn through corners within a tenth of a second.
const NEAR: f64 = 0.2 + 1e-6;
const BYTES: f64 = 64.0;

proptest! {
    #![proptest_config(crate::config())]

    /// Every byte is somewhere, whenever one looks: at the end of the run, and at any moment before it.
    #[test]
    fn mr01_every_byte_is_somewhere(case in two_stage_case(), moments in proptest::collection::vec(1u64..28_000, 2)) {
        for moment in moments {
            let mut small = case.small();
            small.lasts = format!("{}s", crate::case::ZERO + moment);
            let story = small.live();
            let mut books = 0;
            for (_, fact) in &story.facts {
                if let Fact::Ledger { written, applied, in_flight, in_cache, superseded, lost, .. } = fact {
                    let sum = applied.0 + in_flight.0 + in_cache.0 + superseded.0 + lost.0;
                    prop_assert_eq!(written.0, sum, "at {} s: {:?}", moment, fact);
                    books += 1;
                }
            }
            prop_assert_eq!(books, case.flows.len(), "every machine closes its books");
        }
    }

    /// What is applied was received before, both are of the past, and neither is ever taken back.
    #[test]
    fn mr02_watermarks_are_in_order_and_never_fall(case in two_stage_case()) {
        let seen = case.live();
        for flow in 0..case.flows.len() {
            let (received, applied) = (seen.received(flow), seen.applied(flow));
            prop_assert_eq!(above(&received, &applied, NEAR), None, "applied before it was received");
            for line in [&received, &applied] {
                let mut last = f64::NEG_INFINITY;
                for p in line {
                    prop_assert!(p[1] >= -1e-9 && p[3] >= -1e-9, "of the future: {p:?}");
                    let (from, until) = (p[0] - p[1], p[2] - p[3]);
                    prop_assert!(from >= last - NEAR && until >= from - NEAR, "a watermark falls: {p:?} after {last}");
                    last = until;
                }
            }
        }
    }

    /// Ample cache, and a service of one's own: more link helps in both stages.
    #[test]
    fn mr19_more_link_helps_in_both_stages(case in two_stage_case(), more in 1u64..40) {
        let case = Case { cache: 0, flows: case.flows[..1].to_vec(), ..case };
        let (plain, wider) = (case.live(), Case { link: case.link + more, ..case.clone() }.live());
        prop_assert_eq!(above(&wider.received(0), &plain.received(0), NEAR), None, "received later");
        prop_assert_eq!(above(&wider.applied(0), &plain.applied(0), NEAR), None, "applied later");
    }

    /// Ample cache, a service that all share: with more link never less is applied in sum.
    #[test]
    fn mr20_more_link_never_applies_less_in_sum(case in two_stage_case(), more in 1u64..40) {
        let case = Case { cache: 0, ..case };
        let (plain, wider) = (case.live(), Case { link: case.link + more, ..case.clone() }.live());
        // Not applied is what waits at the source and in the cache.
        let line = |seen: &crate::case::Seen| sum(&seen.backlog(), &seen.cache());
        prop_assert_eq!(above(&line(&wider), &line(&plain), BYTES), None);
    }

    /// The account never holds more than it can; with room for the peak of an ample one it never refuses.
    #[test]
    fn mr21_the_cache_holds_what_it_can(case in two_stage_case()) {
        let ample = Case { cache: 0, ..case.clone() }.live();
        let peak = greatest(&ample.cache());
        let full = |seen: &crate::case::Seen| seen.story.when(|fact| matches!(fact, Fact::CacheFull { .. })).is_some();
        let enough = Case { cache: (peak / 1e6) as u64 + 2, ..case.clone() }.live();
        prop_assert!(!full(&enough), "an account of the peak {peak} refuses");
        let half = (peak / 2e6) as u64;
        prop_assume!(half > 2);
        let short = Case { cache: half, ..case }.live();
        prop_assert!(greatest(&short.cache()) <= half as f64 * 1e6 + BYTES, "{} of {half} MB", greatest(&short.cache()));
        prop_assert!(full(&short), "half of the peak is enough");
    }
}
