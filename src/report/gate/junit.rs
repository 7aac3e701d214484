//! JUnit XML: a suite a scenario, a case a target. Missed is a failure; not known yet is skipped, with how many more it
//! needs, since a test that was not decided did not fail. With `strict` it is a failure too.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Case, Row, more, word};
use crate::planner::findings::Verdict;

pub fn junit(cases: &[Case], strict: bool) -> String {
    let mut report = Report::new("drsim check");
    for case in cases {
        let mut suite = TestSuite::new(case.name.as_str());
        suite.add_property(("scenario", case.file.as_str()));
        suite.add_property(("seed", case.seed.to_string().as_str()));
        suite.add_property(("replications", case.replications.to_string().as_str()));
        suite.add_test_cases(case.rows().iter().map(|row| test_case(case, row, strict)));
        report.add_test_suite(suite);
    }
    let text = report.to_string().expect("text goes into memory") + "\n";
    // The schema of Jenkins' xUnit plugin has this count on each suite, not on all of them.
    text.replacen(&format!(" skipped=\"{}\"", skipped(&report)), "", 1)
}

fn skipped(report: &Report) -> usize {
    let cases = report.test_suites.iter().flat_map(|suite| &suite.test_cases);
    cases.filter(|case| matches!(case.status, TestCaseStatus::Skipped { .. })).count()
}

fn test_case(case: &Case, row: &Row, strict: bool) -> TestCase {
    let more = more(row.verdict).map(|more| format!("; {more}")).unwrap_or_default();
    let message = format!("{}: {}{more}", row.name, row.told);
    let status = match row.verdict {
        Verdict::Met => TestCaseStatus::success(),
        Verdict::NotYetKnown { .. } if !strict => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(message.as_str());
            status
        }
        Verdict::Missed | Verdict::NotYetKnown { .. } => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(message.as_str()).set_type(word(row.verdict).to_lowercase().replace(' ', "-"));
            if let Some(miss) = row.miss {
                status.set_description(format!("{message}\n{}\n{}", miss.told(), miss.replay));
            }
            status
        }
    };
    let mut test = TestCase::new(row.name.as_str(), status);
    test.set_classname(format!("drsim.{}", case.name));
    test
}
