//! The page as a whole: self-contained, small, escaped, complete, the same twice.

use super::page;
use super::sample::{about, findings};
use crate::planner::Findings;
use crate::report::About;

fn text(findings: &Findings, about: &About) -> String {
    String::from_utf8(page(findings, about)).expect("the page is UTF-8")
}

#[test]
fn nothing_is_loaded_from_outside() {
    let page = text(&findings(40), &about());
    for loader in ["http:", "https:", "src=", "@import", "url(", "<link", "<iframe", "<img", "import(", "fetch("] {
        assert!(!page.contains(loader), "{loader} in the page");
    }
    for reference in page.split("href=\"").skip(1) {
        assert!(reference.starts_with('#'), "a reference leaves the page: {}", &reference[..40]);
    }
}

#[test]
fn a_thousand_vms_stay_below_two_megabytes() {
    let size = page(&findings(1_000), &about()).len();
    assert!((200_000..2_000_000).contains(&size), "{size} bytes");
}

/// Names come from scenarios, reasons and notes from files of other tools.
#[test]
fn names_of_users_are_escaped_wherever_they_stand() {
    let evil = "<script>alert('x')</script>\"'&";
    let (mut findings, mut about) = (findings(12), about());
    findings.names.vms.iter_mut().for_each(|name| *name = evil.into());
    findings.names.groups.iter_mut().for_each(|name| *name = evil.into());
    findings.names.outages.iter_mut().for_each(|(_, name)| *name = evil.into());
    findings.names.meters.iter_mut().for_each(|(_, name)| *name = evil.into());
    findings.capacity.iter_mut().for_each(|of| of.name = evil.into());
    findings.limit_hits.iter_mut().for_each(|of| of.name = evil.into());
    findings.refused.iter_mut().for_each(|(name, _)| *name = evil.into());
    findings.health_h.iter_mut().for_each(|(name, _)| *name = evil.into());
    for target in &mut findings.targets {
        (target.text, target.scope_name) = (evil.into(), evil.into());
    }
    about.title = evil.into();
    about.scenario_file = evil.into();
    about.command = evil.into();
    about.version = evil.into();
    (about.hash_hex, about.digest_hex, about.out_dir) = (evil.into(), evil.into(), evil.into());
    about.warnings = vec![evil.into()];
    about.input_notes = vec![evil.into()];
    for note in &mut about.assumptions {
        (note.key, note.value, note.source, note.why) = (evil.into(), evil.into(), evil.into(), evil.into());
    }
    let page = String::from_utf8(page(&findings, &about)).expect("UTF-8");
    assert_eq!(page.matches("<script>").count(), 1, "only our own script");
    assert!(!page.contains("alert('x')") && page.matches("alert(").count() > 40);
}

#[test]
fn every_section_is_there_and_in_the_contents() {
    let page = text(&findings(40), &about());
    let mut last = 0;
    for id in [
        "decision",
        "next",
        "rpo-time",
        "distributions",
        "tradeoff",
        "capacity",
        "peaks",
        "timeline",
        "vms",
        "violations",
        "resources",
        "refused",
        "notes",
        "assumptions",
        "inputs",
        "repeat",
    ] {
        let place =
            page.find(&format!("<section id=\"{id}\" aria-labelledby=\"h-{id}\">")).unwrap_or_else(|| panic!("{id}"));
        assert!(place > last, "{id} stands out of order");
        assert!(page.contains(&format!("<a href=\"#{id}\">")) && page.contains(&format!("<h2 id=\"h-{id}\">")), "{id}");
        last = place;
    }
}

#[test]
fn the_same_findings_give_the_same_bytes() {
    assert_eq!(page(&findings(60), &about()), page(&findings(60), &about()));
}

#[test]
fn ids_are_unique_and_every_table_has_a_caption_and_heads_with_scope() {
    let page = text(&findings(40), &about());
    let mut ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "an id stands twice");
    assert_eq!(page.matches("<table").count(), page.matches("<caption>").count());
    assert_eq!(page.matches("<th").count() - page.matches("<thead").count(), page.matches("<th scope=").count());
    assert_eq!(page.matches("<svg class=\"chart\"").count(), page.matches("<desc").count());
}

/// The decision can be read without colour: word and sign, achieved, interval, limit.
#[test]
fn a_verdict_is_told_in_words_with_its_interval_and_limit() {
    let page = text(&findings(40), &about());
    assert!(page.contains("1 of 4 targets missed"));
    let missed = page.find("✗</span> Missed: <code>p95(rto) &#60;= 2h</code>").expect("the missed target");
    let met = page.find("✓</span> Met: ").expect("a met target");
    assert!(missed < met, "what needs a decision stands first");
    assert!(page[missed..].contains(
        "Achieved <strong>2h 35m</strong>, interval 2h 20m … 2h 51m at 95 % confidence; limit <strong>2h</strong>"
    ));
    assert!(page.contains("about 140 more replications would decide it"));
}

#[test]
fn the_two_ages_never_share_a_picture() {
    let page = text(&findings(40), &about());
    for picture in page.split("<svg class=\"chart\"").skip(1) {
        let picture = picture.split("</svg>").next().expect("split gives a first part");
        let both = picture.contains("atermark age") && picture.contains("ecovery-point age");
        assert!(!both, "{}", &picture[..200]);
    }
}

/// A run in which nothing happened, or of which nothing is known, still gives a whole page.
#[test]
fn empty_findings_say_what_is_missing() {
    let page = text(&Findings::default(), &About::default());
    for words in
        ["No target was set", "No failure ended in a failover", "Nothing was refused", "No replication kept its lines"]
    {
        assert!(page.contains(words), "{words}");
    }
}

/// For whoever wants to look at it: `DRSIM_PAGE=page.html cargo test --lib looked_at`.
#[test]
fn the_page_can_be_looked_at() {
    let Some(path) = std::env::var_os("DRSIM_PAGE") else { return };
    let count = std::env::var("DRSIM_PAGE_VMS").ok().and_then(|text| text.parse().ok()).unwrap_or(42);
    std::fs::write(path, page(&findings(count), &about())).expect("the page can be written");
}
