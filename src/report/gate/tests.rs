//! Claims about what the gate prints: within the limits of services, nothing executed, a baseline that reads back.

use super::*;
use crate::intent::{Measure, Scope, Statistic};
use crate::planner::findings::{Estimate, Method, ShareBeyond, Unit};
use crate::planner::{Baseline, BaselineTarget};

fn target(index: usize, verdict: Verdict) -> TargetFinding {
    TargetFinding {
        index,
        text: "p95(rpo) <= 15m".into(),
        statistic: Statistic::Quantile(0.95),
        measure: Measure::RpoAtFailure,
        scope: Scope::Everything,
        scope_name: "sql | <b>%".into(),
        line: 7,
        unit: Unit::Seconds,
        confidence: 0.95,
        limit: 900.0,
        achieved: Estimate { value: Some(1_200.0), low: Some(1_000.0), high: None },
        method: Method::RanksOverPooled,
        verdict,
        beyond: None,
        worst_replication: Some(3),
    }
}

fn case(targets: usize, verdict: Verdict) -> Case {
    let miss = Miss {
        replication: 3,
        who: "sql-1".into(),
        bottleneck: "link wan down".into(),
        since: Timestamp::START + Duration::hours(30),
        replay: "drsim replay 'a b.toml' --seed 7 --replication 3 --vm sql-1".into(),
    };
    Case {
        name: "office".into(),
        title: "An office\u{1b}[2J".into(),
        file: "a,b:c;d].toml".into(),
        seed: 7,
        overrides: String::new(),
        replications: 20,
        at_most: 60,
        judgement: Judgement {
            verdict,
            targets: (0..targets).map(|index| target(index, verdict)).collect(),
            paired: Vec::new(),
            looks: 1,
            looks_planned: 3,
            early: true,
            seen: 20,
        },
        misses: vec![(verdict == Verdict::Missed).then_some(miss); targets],
        late: false,
        interrupted: false,
        baseline: None,
        digest: 5,
    }
}

const DOUBT: Verdict = Verdict::NotYetKnown { more_replications: 40 };

#[test]
fn a_summary_stays_below_what_services_take() {
    let cases = vec![case(2_000, Verdict::Missed); 5];
    let text = markdown(&cases);
    assert!(text.len() < 1 << 20, "{} bytes", text.len());
    assert!(text.contains("more scenarios do not fit here"));
    let one = markdown(&[case(1, Verdict::Missed)]);
    assert!(one.contains("sql \\| &lt;b&gt;%") && !one.contains('\u{1b}'), "{one}");
}

#[test]
fn the_worst_ten_are_annotated_and_the_rest_is_counted() {
    let text = github(&[case(13, Verdict::Missed), case(12, DOUBT)]);
    assert_eq!((text.matches("::error ").count(), text.matches("::warning ").count()), (10, 10));
    assert!(text.contains("3 more of these are not annotated") && text.contains("2 more of these"), "{text}");
    assert!(text.contains("file=a%2Cb%3Ac;d].toml,line=7,title=drsim%3A sql"), "{text}");
    assert!(text.lines().filter(|line| line.starts_with("::")).count() == 20, "a message ends no line");
    assert!(azure(&[case(1, Verdict::Missed)]).contains("sourcepath=a,b:c%3Bd%5D.toml;linenumber=7]MISSED"));
    assert_eq!(github(&[case(3, Verdict::Met)]), "", "what is met is not mentioned");
}

#[test]
fn in_junit_a_miss_fails_and_a_doubt_is_skipped_unless_strict() {
    let cases = [case(2, Verdict::Missed), case(3, DOUBT)];
    let count = |text: &str, tag: &str| text.matches(tag).count();
    let text = junit(&cases, false);
    assert_eq!((count(&text, "<failure "), count(&text, "<skipped ")), (2, 3), "{text}");
    let strict = junit(&cases, true);
    assert_eq!((count(&strict, "<failure "), count(&strict, "<skipped ")), (5, 0));
    assert!(text.contains("tests=\"5\"") && text.contains("40 more replications"), "{text}");
}

#[test]
fn text_is_as_wide_as_a_screen_but_for_the_command() {
    let shown = text(&[case(2, Verdict::Missed), case(1, DOUBT)]);
    let wide = shown.lines().filter(|line| !line.contains("see it:")).map(|line| line.chars().count()).max();
    assert!(wide.is_some_and(|wide| wide <= 80) && !shown.contains('\u{1b}'), "{shown}");
    assert!(shown.contains("held up by link wan down since 1d 06:00:00"), "{shown}");
    assert!(shown.ends_with("MISSED: 2 scenarios\n"), "{shown}");
}

#[test]
fn a_baseline_reads_back_and_what_is_none_is_told_so() {
    let values = vec![Some(1.0 / 3.0), None, Some(1e9)];
    let targets = vec![BaselineTarget { of: "sql: p95(rpo)".into(), values }];
    let (lasts, settle) = (Duration::days(30), Duration::days(4));
    let stored = Baseline { seed: 7, lasts, settle, targets };
    let Stored { title, baseline: read, is_summary } = baseline_of(&baseline_text("An office", &stored)).expect("ours");
    assert_eq!((title.as_str(), read.seed, read.lasts, read.settle), ("An office", 7, lasts, settle));
    assert!(!is_summary);
    let back = &read.targets[0].values;
    assert!(back[1].is_none() && (back[0].expect("a value") - 1.0 / 3.0).abs() < 1e-9 && back[2] == Some(1e9));
    for (text, told) in
        [("nonsense", "no JSON"), ("{}", "no baseline"), ("{\"schema\":\"drsim-baseline/1\"}", "damaged")]
    {
        let wrong = baseline_of(text).expect_err("not ours");
        assert!(wrong.contains(told), "{wrong}");
    }
}

/// What decides a quantile is told with its interval and its line.
#[test]
fn the_share_beyond_the_limit_is_told() {
    let share = Estimate { value: Some(0.12), low: Some(0.06), high: Some(0.2) };
    let own = TargetFinding { beyond: Some(ShareBeyond { share, line: 0.05 }), ..target(0, DOUBT) };
    let told = crate::report::numbers::beyond(&own).expect("a quantile");
    assert_eq!(told, "beyond 15m in 12 % of the cases (6.0 % to 20 %), where 5.0 % is the line");
    assert_eq!(crate::report::numbers::beyond(&target(0, DOUBT)), None);
}
