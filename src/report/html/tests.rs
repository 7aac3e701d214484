//! The page as a whole: self-contained, small, escaped, well formed, complete, legible, the same twice.

use super::sample::{about, findings};
use super::{charts, page};
use crate::planner::Findings;
use crate::report::About;

fn text(findings: &Findings, about: &About) -> String {
    String::from_utf8(page(findings, about)).expect("the page is UTF-8")
}

/// The values of an attribute, in order.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    page.split(&format!(" {attribute}=\"")).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// A run in which nothing happened, and rich ones.
fn pages() -> Vec<String> {
    let empty = text(&Findings::default(), &About::default());
    vec![empty, text(&findings(1), &about()), text(&findings(40), &about())]
}

#[test]
fn nothing_is_loaded_from_outside() {
    for page in pages() {
        for loader in ["http:", "https:", "src=", "@import", "url(", "<link", "<iframe", "<img", "import(", "fetch("] {
            assert!(!page.contains(loader), "{loader} in the page");
        }
        for reference in values(&page, "href") {
            assert!(reference.starts_with('#'), "a reference leaves the page: {reference}");
        }
    }
    for (name, svg) in charts(&findings(40)) {
        let svg = String::from_utf8(svg).expect("text");
        let own = svg.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        assert!(!["http", "href", "url(", "@import"].iter().any(|loader| own.contains(loader)), "{name}");
    }
}

#[test]
fn a_thousand_vms_stay_below_two_megabytes() {
    let size = page(&findings(1_000), &about()).len();
    assert!((200_000..2_000_000).contains(&size), "{size} bytes");
    let files = charts(&findings(1_000));
    assert!(files.iter().all(|(_, svg)| svg.len() < 200_000), "a picture of 200 kB is no picture");
}

/// What opens is closed, in order; quotes and comparison signs in text are escaped.
fn well_formed(page: &str) -> Result<(), String> {
    const VOID: [&str; 4] = ["meta", "input", "br", "hr"];
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page.strip_prefix("<!doctype html>").unwrap_or(page);
    while let Some(place) = rest.find('<') {
        if rest[..place].contains('>') {
            return Err(format!("a bare > near {:.60}", &rest[..place]));
        }
        let (tag, after) = rest[place + 1..].split_once('>').ok_or("a tag does not end")?;
        if tag.contains('<') || tag.matches('"').count() % 2 == 1 {
            return Err(format!("a broken tag: <{tag}>"));
        }
        rest = after;
        let name = tag.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap_or_default();
        match tag {
            _ if tag.starts_with('/') => match open.pop() {
                Some(last) if last == name => {}
                last => return Err(format!("</{name}> closes {last:?}")),
            },
            _ if tag.ends_with('/') || VOID.contains(&name) => {}
            _ => open.push(name),
        }
        if ["script", "style"].contains(&name) && !tag.starts_with('/') {
            rest = &rest[rest.find(&format!("</{name}>")).ok_or("it does not end")?..];
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("never closed: {open:?}")) }
}

#[test]
fn pages_and_pictures_are_well_formed() {
    assert!(well_formed("<p>a</b>").is_err() && well_formed("<p>a > b</p>").is_err() && well_formed("<p>").is_err());
    for page in pages() {
        assert_eq!(well_formed(&page), Ok(()));
    }
    let mut findings = findings(40);
    findings.names.meters.iter_mut().for_each(|(_, name)| *name = "a\u{1b}<b>&\"'".into());
    findings.capacity.iter_mut().for_each(|of| of.name = "a\u{1b}<b>&\"'".into());
    let files = charts(&findings);
    assert!(files.len() > 15, "{}", files.len());
    for (name, svg) in files {
        let svg = String::from_utf8(svg).expect("text");
        assert_eq!(well_formed(&svg), Ok(()), "{name}");
        assert!(!svg.chars().any(|c| c.is_control() && c != '\n'), "{name}");
    }
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
    let page = text(&findings, &about);
    assert_eq!(page.matches("<script>").count(), 1, "only our own script");
    assert!(!page.contains("alert('x')") && page.matches("alert(").count() > 40);
    assert_eq!(well_formed(&page), Ok(()));
}

#[test]
fn every_section_is_there_in_order_and_in_the_contents() {
    let page = text(&findings(40), &about());
    let sections = [
        "decision",
        "next",
        "rpo-time",
        "distributions",
        "tradeoff",
        "capacity",
        "backlog",
        "peaks",
        "timeline",
        "way-back",
        "vms",
        "damage",
        "violations",
        "resources",
        "refused",
        "notes",
        "assumptions",
        "inputs",
        "repeat",
    ];
    let made: Vec<&str> = page.split("<section id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(made, sections);
    for id in sections {
        assert!(page.contains(&format!("<a href=\"#{id}\">")) && page.contains(&format!("<h2 id=\"h-{id}\">")), "{id}");
    }
}

#[test]
fn the_same_findings_give_the_same_bytes() {
    assert_eq!(page(&findings(60), &about()), page(&findings(60), &about()));
    assert_eq!(charts(&findings(60)), charts(&findings(60)));
}

#[test]
fn ids_are_unique_and_whatever_points_to_one_finds_it() {
    for page in pages() {
        let mut ids = values(&page, "id");
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "an id stands twice");
        let points =
            |attribute: &str| values(&page, attribute).into_iter().flat_map(|of| of.split(' ')).collect::<Vec<_>>();
        let anchors = values(&page, "href").into_iter().map(|reference| &reference[1..]);
        for id in anchors.chain(points("aria-labelledby")).chain(points("data-for")) {
            assert!(ids.binary_search(&id).is_ok(), "nothing has the id {id}");
        }
    }
}

/// For whoever does not see the pictures, or reads by headings.
#[test]
fn tables_pictures_and_headings_can_be_heard() {
    for page in pages() {
        assert_eq!(page.matches("<table").count(), page.matches("<caption>").count());
        assert_eq!(page.matches("<th").count() - page.matches("<thead").count(), page.matches("<th scope=").count());
        let pictures = page.matches("<svg class=\"chart\"").count();
        assert_eq!(pictures, page.split("<svg class=\"chart\"").filter(|svg| svg.contains("\"><title id=")).count());
        assert_eq!(pictures, page.matches("<desc").count());
        for figure in page.split("<figure>").skip(1).filter_map(|rest| rest.split("</figure>").next()) {
            let said = figure.split("<figcaption>").nth(1).is_some_and(|rest| !rest.starts_with("</figcaption>"));
            assert!(said && figure.contains("<details class=\"data\">"), "no sentence or no table: {figure:.300}");
        }
        let levels: Vec<u8> = (0..page.len())
            .filter(|at| page.is_char_boundary(*at) && page[*at..].starts_with("<h"))
            .filter_map(|at| page.as_bytes().get(at + 2).filter(|digit| digit.is_ascii_digit()))
            .map(|digit| digit - b'0')
            .collect();
        assert_eq!(levels.first(), Some(&1));
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "a level of headings is skipped: {levels:?}");
    }
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

#[test]
fn a_failover_is_followed_until_the_machine_is_home() {
    let page = text(&findings(40), &about());
    let way = page.split("<section id=\"way-back\"").nth(1).expect("the section");
    for words in [">re-protect</text>", ">failback</text>", ": re-protect 2h 30m", ">home ", "slots taken"] {
        assert!(way.contains(words), "{words}");
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

/// Relative luminance of `#rgb` or `#rrggbb` (WCAG 2.2, "relative luminance").
fn luminance(colour: &str) -> f64 {
    let digits: Vec<u32> = colour.trim_start_matches('#').chars().filter_map(|c| c.to_digit(16)).collect();
    let channel = |n: usize| match digits.len() {
        3 => digits[n] * 17,
        _ => digits[2 * n] * 16 + digits[2 * n + 1],
    };
    let linear = |n| match f64::from(channel(n)) / 255.0 {
        part if part <= 0.040_45 => part / 12.92,
        part => ((part + 0.055) / 1.055).powf(2.4),
    };
    0.2126 * linear(0) + 0.7152 * linear(1) + 0.0722 * linear(2)
}

/// WCAG 2.2 AA: 4.5 for text, 3 for shapes that carry meaning; in light, dark and on paper.
#[test]
fn colours_have_enough_contrast_in_every_theme() {
    const TEXT: &str = "ink/paper soft/paper soft/wash ink/wash link/paper link/met-wash link/missed-wash \
        link/unknown-wash met/met-wash missed/missed-wash unknown/unknown-wash missed/paper unknown/paper limit/paper \
        ink/met-wash ink/missed-wash ink/unknown-wash paper/k1 paper/k2 paper/k3 paper/k4 paper/k5";
    const SHAPES: &str = "k1/paper k2/paper k3/paper k4/paper k5/paper edge/paper edge/wash k1/shade limit/shade \
        k1/within limit/within";
    let themes: Vec<_> = include_str!("../../../templates/report/colours.css").split(":root {").skip(1).collect();
    assert_eq!(themes.len(), 3, "light, dark, paper");
    for (theme, name) in themes.into_iter().zip(["light", "dark", "paper"]) {
        let theme = theme.split('}').next().unwrap_or_default();
        let colour = |wanted: &str| {
            let all = theme.split("--").filter_map(|part| part.split_once(": "));
            let found = all
                .filter(|(name, _)| *name == wanted)
                .map(|(_, value)| luminance(&value[..value.find(';').expect("a value ends")]));
            found.last().unwrap_or_else(|| panic!("no colour {wanted} in {name}"))
        };
        for (pairs, least) in [(TEXT, 4.5), (SHAPES, 3.0)] {
            for (one, other) in pairs.split_whitespace().filter_map(|pair| pair.split_once('/')) {
                let (a, b) = (colour(one), colour(other));
                let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                assert!(contrast >= least, "{name}: {one} on {other} has {contrast:.2}");
            }
        }
    }
    assert!((luminance("#fff") - 1.0).abs() < 1e-9 && luminance("#000000") == 0.0);
}

/// For whoever wants to look at it: `DRSIM_PAGE=page.html cargo test --lib looked_at`.
#[test]
fn the_page_can_be_looked_at() {
    let Some(path) = std::env::var_os("DRSIM_PAGE") else { return };
    let count = std::env::var("DRSIM_PAGE_VMS").ok().and_then(|text| text.parse().ok()).unwrap_or(42);
    std::fs::write(path, page(&findings(count), &about())).expect("the page can be written");
}
