//! Claims about stories: every line says why, nothing is wider than the screen, filters keep what explains.

use super::*;
use crate::contract::{AlarmKind, Direction, HealthReason, JobKind, MachineRole, Meter, Phase, Step};
use crate::measure::testing::{Estate, at, two_stamps};
use crate::units::{ApplianceId, Bytes, Duration, LinkId, OutageId, StampId};

const LINK: OutageKind = OutageKind::LinkDown(LinkId(0));
const SITE: OutageKind = OutageKind::StampDown(StampId(0));

fn teller(estate: &Estate, filter: Filter) -> Teller {
    let dated = |told: &str, dated: &[u64]| {
        let dated = dated.iter().map(|s| at(*s)).collect();
        OutageCause { kind: LINK, told: told.into(), dated }
    };
    let causes = vec![dated("digger is dated so", &[3_000]), dated("flood is dated so", &[9_000])];
    Teller::new(Arc::new(estate.inventory.clone()), &estate.intent, Calendar::default(), causes, filter)
}

/// A link outage with its alarm, then the loss of the site and the failover of VM 0.
fn facts() -> Vec<(u64, Fact)> {
    use crate::contract::Health;
    let vm = VmId(0);
    let lost_after = two_stamps(2).inventory.limits.heartbeat_lost_after;
    let rings = 3_000 + lost_after.ns() / 1_000_000_000;
    let alarm = AlarmKind::NoHeartbeat(ApplianceId(0));
    let link = Meter::Link(LinkId(0), Direction::Forward);
    vec![
        (0, Fact::Entered { vm, phase: Phase::Protected }),
        (3_000, Fact::OutageBegan { outage: OutageId(0), kind: LINK }),
        (3_000, Fact::Saturated { meter: link }),
        (rings, Fact::Alarm { alarm }),
        (rings, Fact::HealthChanged { vm, health: Health::Critical, reason: HealthReason::NoHeartbeat }),
        (rings + 100, Fact::OutageEnded { outage: OutageId(0), kind: LINK }),
        (rings + 110, Fact::AlarmCleared { alarm }),
        (rings + 200, Fact::Relieved { meter: link }),
        (20_000, Fact::OutageBegan { outage: OutageId(1), kind: SITE }),
        (20_000, Fact::SourceLost { vm, received: at(19_990), in_cache: Bytes(0), at_source: Bytes(0) }),
        (20_000, Fact::MachineDown { vm, role: MachineRole::Original }),
        (21_000, Fact::Alarm { alarm }),
        (22_000, Fact::DisasterDeclared { stamp: StampId(0) }),
        (22_000, Fact::Ordered { vm, command: "fail over" }),
        (22_000, Fact::JobStarted { vm, job: JobKind::FailOver }),
        (22_000, Fact::Entered { vm, phase: Phase::FailingOver }),
        (22_300, Fact::StepDone { vm, job: JobKind::FailOver, step: Step::Booted }),
        (22_300, Fact::MachineUp { vm, role: MachineRole::Replica }),
        (22_300, Fact::JobDone { vm, job: JobKind::FailOver }),
        (25_900, Fact::Ordered { vm, command: "commit" }),
        (29_500, Fact::Ordered { vm, command: "commit" }),
    ]
}

fn told(filter: Filter) -> Vec<Line> {
    let estate = two_stamps(2);
    let mut teller = teller(&estate, filter);
    facts().iter().filter_map(|(when, fact)| teller.tell(at(*when), fact)).collect()
}

#[test]
fn every_line_says_which_outage_order_or_deadline_led_to_it() {
    let lines = told(Filter::all());
    let why = |what: &str| {
        let line = lines.iter().find(|line| line.what.contains(what));
        line.unwrap_or_else(|| panic!("nothing says `{what}`: {lines:#?}")).why.clone()
    };
    let link = "link wan down since 0d 00:50:00";
    assert_eq!(why("OUTAGE: link wan down"), "digger is dated so");
    assert_eq!(why("is a bottleneck"), link);
    assert!(
        why("ALARM: no heartbeat").starts_with("none came for ") && why("ALARM").ends_with(link),
        "{}",
        why("ALARM")
    );
    assert_eq!(why("health is critical"), format!("its appliance sends no heartbeat; {link}"));
    assert!(why("outage over").starts_with("it is repaired after "));
    assert!(why("alarm over").starts_with("a heartbeat came, 1m 50s after"), "{}", why("alarm over"));
    assert!(why("LOST").starts_with("stamp ") && why("LOST").ends_with("down since 0d 05:33:20"), "{}", why("LOST"));
    assert!(why("DISASTER").contains("is silent since the alarm of 0d 05:50:00"), "{}", why("DISASTER"));
    assert!(why("ordered: fail over").ends_with("was declared lost on 0d 06:06:40"), "{}", why("ordered: fail over"));
    assert_eq!(why("failover begins"), "people ordered it: fail over");
    assert_eq!(why("the failed-over VM serves"), "failover started it, 5m after it began");
    assert_eq!(why("failover is done"), "all its steps are done, 5m after it began");
    assert_eq!(lines.last().expect("lines").why, "it is not done yet, 1h after they last tried");
    assert!(
        lines.iter().all(|line| !line.why.is_empty() && !line.what.is_empty() && !line.who.is_empty()),
        "{lines:#?}"
    );
}

#[test]
fn a_filter_by_vm_keeps_what_stands_on_its_path_and_nothing_of_the_others() {
    let of = |vm: u32| told(Filter { vms: BTreeSet::from([VmId(vm)]), ..Filter::all() });
    assert_eq!(of(0).len(), facts().len(), "all of it happened to VM 0 or to its path");
    let other = of(1);
    assert!(other.iter().all(|line| line.vm.is_none()), "{other:#?}");
    let kinds: BTreeSet<Kind> = other.iter().map(|line| line.kind).collect();
    assert_eq!(kinds, BTreeSet::from([Kind::Outage, Kind::Bottleneck, Kind::Alarm, Kind::Order]));
}

#[test]
fn filters_by_kind_and_span_leave_the_reasons_whole() {
    let filter = Filter { kinds: BTreeSet::from([Kind::Alarm]), from: at(20_500), until: at(21_500), ..Filter::all() };
    let lines = told(filter);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].why.ends_with("down since 0d 05:33:20"), "what came before the span explains: {}", lines[0].why);
}

#[test]
fn readings_and_single_points_are_told_when_asked_for() {
    let estate = two_stamps(2);
    let point = Fact::PointMade { vm: VmId(0), mark: at(60), app_consistent: false };
    let told = |filter| teller(&estate, filter).tell(at(100), &point).is_some();
    assert!(!told(Filter::all()));
    assert!(told(Filter { fine: true, ..Filter::all() }));
    assert!(told(Filter { kinds: BTreeSet::from([Kind::Point]), ..Filter::all() }));
}

#[test]
fn text_wraps_at_the_width_whatever_the_names_are() {
    let line = Line {
        at: at(100_000) + Duration::millis(684),
        calendar: "2026-01-21T11:49:33".into(),
        weekday: "Wed",
        kind: Kind::Job,
        vm: None,
        who: "a-machine-with-a-very-long-name-indeed\u{1b}[31m".into(),
        what: "what ".repeat(40) + &"x".repeat(200),
        why: "why ".repeat(40),
    };
    for width in [40, 80, 200] {
        let text = line.text(width, 40);
        assert!(text.lines().skip(1).all(|line| line.chars().count() <= width), "{text}");
        assert!(!text.contains('\u{1b}') && text.contains("…"), "{text}");
    }
    let short = Line { who: "sql-1".into(), what: "is protected".into(), why: "it is".into(), ..line };
    assert_eq!(
        short.text(80, 7),
        "1d 03:46:40    Wed 2026-01-21 11:49  sql-1    is protected\n               because it is\n"
    );
}

#[test]
fn a_line_for_programs_is_one_object() {
    let line = &told(Filter::all())[1];
    let value: serde_json::Value = serde_json::from_str(&line.json()).expect("JSON");
    assert_eq!(line.json().lines().count(), 1);
    assert_eq!((value["schema"].as_str(), value["kind"].as_str()), (Some("drsim-replay/1"), Some("outage")));
    assert_eq!((value["at_ns"].as_u64(), value["vm"].is_null()), (Some(3_000_000_000_000), true));
    assert_eq!(value["why"], "digger is dated so");
}

#[test]
fn kinds_have_names_that_read_back() {
    for kind in Kind::ALL {
        assert_eq!(Kind::named(kind.name()), Some(kind));
    }
    assert_eq!(Kind::named("alrm"), None);
}
