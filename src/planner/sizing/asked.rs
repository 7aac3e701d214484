//! What is asked: the knobs of the scenario's questions, and targets that nobody would leave unsaid.

use std::sync::Arc;

use crate::intent::{Comparator, Knob, Measure, Question, QuotaPart, Scope, Statistic, Target, Turned};
use crate::inventory::Quota;
use crate::simulation::Setup;
use crate::units::{CacheId, LinkId, Ratio, StampId, SubscriptionId};

/// What is planned when the scenario asks nothing: every knob that it makes finite, links first.
pub fn all_knobs(setup: &Setup) -> Vec<Turned> {
    let (inventory, intent) = (&setup.inventory, &setup.intent);
    let protections = || intent.protections.iter().flatten();
    let used = |wanted: &dyn Fn(usize) -> bool| protections().any(|own| wanted(own.appliance.index()));
    let links = (0..inventory.links.len()).map(LinkId::from_index);
    let links = links.filter(|id| used(&|appliance| inventory.appliances[appliance].link == *id)).map(Knob::Bandwidth);
    let stamps = (0..inventory.stamps.len()).map(StampId::from_index);
    let stamps = stamps.filter(|id| used(&|appliance| inventory.appliances[appliance].on == *id)).map(Knob::Appliances);
    let caches = (0..inventory.caches.len()).map(CacheId::from_index);
    let caches =
        caches.filter(|id| used(&|appliance| inventory.appliances[appliance].cache == *id)).map(Knob::Capacity);
    let subscriptions = (0..inventory.subscriptions.len()).map(SubscriptionId::from_index);
    let drawn = subscriptions.filter(|id| {
        let caches = inventory.caches.iter().any(|cache| cache.subscription == *id);
        caches || protections().any(|own| own.subscription == *id)
    });
    let quotas = drawn.filter(|id| inventory.subscription(*id).quota != Quota::BOUNDLESS).flat_map(|id| {
        let parts = [QuotaPart::Cores, QuotaPart::Vms, QuotaPart::ManagedDisk, QuotaPart::Storage];
        parts.map(|part| Knob::Quota(id, part))
    });
    links.chain(stamps).chain(caches).chain(quotas).map(Turned::freely).collect()
}

/// The questions of a scenario; all knobs together where it asks none.
pub fn questions(setup: &Setup, asked: &[Question]) -> Vec<Vec<Turned>> {
    let of = |question: &Question| match question {
        Question::Smallest(turned) => vec![turned.clone()],
        Question::Front(turned) => turned.clone(),
    };
    let asked: Vec<Vec<Turned>> = asked.iter().map(of).filter(|knobs| !knobs.is_empty()).collect();
    if asked.is_empty() { vec![all_knobs(setup)] } else { asked }
}

/// The setup with what nobody would leave unsaid: what is sized holds what comes into it.
///
/// A cache that no target speaks of must not overflow in 95 of 100 runs; where quotas or slots are sized and no target counts
/// refusals, nothing may be refused for lack of capacity. Returned beside it: how many targets are the scenario's own.
pub fn with_implied(setup: &Setup, knobs: &[Turned]) -> (Setup, usize) {
    let mut setup = setup.clone();
    let own = setup.intent.targets.len();
    let speaks = |cache: CacheId| {
        setup.intent.targets.iter().any(|target| match target.measure {
            Measure::CacheUsed | Measure::CacheOverflow => !matches!(target.scope, Scope::Cache(id) if id != cache),
            _ => false,
        })
    };
    let counts = setup.intent.targets.iter().any(|target| target.measure == Measure::RefusedOperations);
    let target = |scope, text: &str, statistic, measure, limit| Target {
        scope,
        text: text.into(),
        statistic,
        measure,
        comparator: Comparator::AtMost,
        limit,
        confidence: Ratio::percent(95),
        line: 0,
    };
    let mut implied = Vec::new();
    for turned in knobs {
        if let Knob::Capacity(cache) = turned.knob
            && !speaks(cache)
        {
            let (scope, text) = (Scope::Cache(cache), "prob(overflow) <= 5 %");
            implied.push(target(scope, text, Statistic::Probability, Measure::CacheOverflow, 0.05));
        }
    }
    let holds = |turned: &Turned| matches!(turned.knob, Knob::Quota(..) | Knob::Slots(_) | Knob::Size(_));
    if !counts && knobs.iter().any(holds) {
        let (scope, text) = (Scope::Everything, "max(refused) <= 0");
        implied.push(target(scope, text, Statistic::Max, Measure::RefusedOperations, 0.0));
    }
    Arc::make_mut(&mut setup.intent).targets.extend(implied);
    (setup, own)
}
