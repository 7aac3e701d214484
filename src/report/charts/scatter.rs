//! RPO against RTO, one dot a failure, both axes logarithmic in time.
//!
//! Dots that would stand on each other within a few pixels are drawn as one, larger; its words name the worst of them.
//! Units: seconds. Not shown: failures without a failover, which have no RTO.

use std::collections::BTreeMap;

use super::axis::Axis;
use super::{Area, Canvas, Caption, WIDTH};

/// One failure.
pub struct Dot {
    pub rpo_s: f64,
    pub rto_s: f64,
    pub tip: String,
}

/// A wanted limit, across or upright.
pub struct Guide {
    pub limit_s: f64,
    pub words: String,
    pub of_rto: bool,
}

const HEIGHT: f64 = 400.0;
/// Pixels within which dots are one.
const GRAIN: f64 = 5.0;

pub fn scatter(caption: &Caption, dots: &[Dot], guides: &[Guide]) -> String {
    let area = Area { left: 74.0, top: 34.0, right: WIDTH - 24.0, bottom: HEIGHT - 42.0 };
    let axis = |value: fn(&Dot) -> f64, of_rto: bool| {
        let wanted = guides.iter().filter(|guide| guide.of_rto == of_rto).map(|guide| guide.limit_s);
        let all: Vec<f64> = dots.iter().map(value).chain(wanted).collect();
        Axis::times(all.iter().copied().fold(f64::INFINITY, f64::min), all.iter().copied().fold(0.0, f64::max))
    };
    let (along, upright) = (axis(|dot| dot.rpo_s, false), axis(|dot| dot.rto_s, true));
    let x = |value: f64| along.place(value, area.left, area.right);
    let y = |value: f64| upright.place(value, area.bottom, area.top);
    let mut canvas = Canvas::new(caption, WIDTH, HEIGHT);
    let tightest = |of_rto: bool| guides.iter().filter(|g| g.of_rto == of_rto).map(|g| g.limit_s).reduce(f64::min);
    if let (Some(rpo), Some(rto)) = (tightest(false), tightest(true)) {
        canvas.rect((area.left, y(rto)), (x(rpo) - area.left, area.bottom - y(rto)), "within", "within both limits");
    }
    along.draw_below(&mut canvas, area);
    upright.draw_left(&mut canvas, area);
    canvas.below(area, "RPO at failure, point used (logarithmic)");
    canvas.text((8.0, 16.0), "start", "axis-text", "RTO (logarithmic)");
    for guide in guides {
        if guide.of_rto {
            let y = y(guide.limit_s);
            canvas.line((area.left, y), (area.right, y), "limit");
            canvas.text((area.left + 6.0, y - 5.0), "start", "limit-text", &guide.words);
        } else {
            let x = x(guide.limit_s);
            canvas.line((x, area.top), (x, area.bottom), "limit");
            canvas.text((x - 5.0, area.bottom - 8.0), "end", "limit-text", &guide.words);
        }
    }
    let mut places: BTreeMap<(i64, i64), (usize, u32)> = BTreeMap::new();
    for (index, dot) in dots.iter().enumerate() {
        let x = x(dot.rpo_s);
        let y = y(dot.rto_s);
        let kept = places.entry(((x / GRAIN).round() as i64, (y / GRAIN).round() as i64)).or_insert((index, 0));
        kept.1 += 1;
        if dots[index].rpo_s + dots[index].rto_s > dots[kept.0].rpo_s + dots[kept.0].rto_s {
            kept.0 = index;
        }
    }
    for ((x, y), (index, count)) in places {
        let more = if count > 1 { format!(" (worst of {count} here)") } else { String::new() };
        let radius = 3.0 + f64::from(count).ln().min(4.0);
        canvas.dot((x as f64 * GRAIN, y as f64 * GRAIN), radius, "point", &format!("{}{more}", dots[index].tip));
    }
    canvas.done()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_failures_at_one_place_are_one_dot() {
        let dots: Vec<Dot> = (0..10_000)
            .map(|n| Dot { rpo_s: 300.0, rto_s: 3_000.0 + f64::from(n) / 1e4, tip: format!("failure {n}") })
            .collect();
        let far = Guide { limit_s: 7_200.0, words: "wanted 2h".into(), of_rto: true };
        let svg = scatter(&Caption { id: "c", title: "t", says: "d" }, &dots, &[far]);
        assert_eq!(svg.matches("class=\"point\"").count(), 1);
        assert!(svg.contains("failure 9999 (worst of 10000 here)"));
    }
}
