//! RPO against RTO, one dot a failure, both axes logarithmic in time.
//!
//! Dots that would stand on each other within a few pixels are drawn as one, larger; its words name the worst of them.
//! Units: seconds. Not shown: failures without a failover, which have no RTO.

use std::collections::BTreeMap;

use plotters::prelude::{Circle, Rectangle};
use plotters::style::text_anchor::HPos;

use super::axis::Axis;
use super::plot::Canvas;
use super::svg::{class, units};
use super::{Area, Caption, WIDTH};

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
    let (left, bottom) = (along.low(), upright.low());
    let canvas = Canvas::new(caption, WIDTH, HEIGHT);
    let mut plot = canvas.plot(area, along, upright);
    let tightest = |of_rto: bool| guides.iter().filter(|g| g.of_rto == of_rto).map(|g| g.limit_s).reduce(f64::min);
    if let (Some(rpo), Some(rto)) = (tightest(false), tightest(true)) {
        canvas.tip("within both limits");
        plot.draw([Rectangle::new([(left, bottom), (rpo, rto)], class("within"))]);
    }
    plot.mesh("RPO at failure, point used (logarithmic)", "");
    canvas.text((8.0, 16.0), HPos::Left, "axis-text", "RTO (logarithmic)");
    for guide in guides {
        if guide.of_rto {
            plot.across(guide.limit_s, "limit");
            plot.text((left, guide.limit_s), (6.0, -5.0), HPos::Left, "limit-text", &guide.words);
        } else {
            plot.upright(guide.limit_s, "limit");
            plot.text((guide.limit_s, bottom), (-5.0, -8.0), HPos::Right, "limit-text", &guide.words);
        }
    }
    let mut places: BTreeMap<(i64, i64), (usize, u32)> = BTreeMap::new();
    for (index, dot) in dots.iter().enumerate() {
        let (x, y) = plot.pixels((dot.rpo_s, dot.rto_s));
        let kept = places.entry(((x / GRAIN).round() as i64, (y / GRAIN).round() as i64)).or_insert((index, 0));
        kept.1 += 1;
        if dots[index].rpo_s + dots[index].rto_s > dots[kept.0].rpo_s + dots[kept.0].rto_s {
            kept.0 = index;
        }
    }
    canvas.draw(places.into_iter().map(|((x, y), (index, count))| {
        let more = if count > 1 { format!(" (worst of {count} here)") } else { String::new() };
        let at = (units(x as f64 * GRAIN), units(y as f64 * GRAIN));
        let radius = units(3.0 + f64::from(count).ln().min(4.0));
        canvas.tip(&format!("{}{more}", dots[index].tip));
        Circle::new(at, radius, class("point"))
    }));
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
