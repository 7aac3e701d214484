//! All questions of a scenario, one after the other, and what lies around each answer.

use super::daily::{Daily, daily};
use super::front::{Way, front};
use super::lab::Lab;
use super::sensitivity::{Swing, sensitivity};
use super::trial::Trial;
use super::what_if::{WhatIf, what_if};
use super::{Sizing, Turned, size};
use crate::intent::Knob;

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    pub questions: Vec<Sizing>,
    pub what_if: Vec<WhatIf>,
    pub ways: Vec<Way>,
    /// By day, of every link that was sized.
    pub daily: Vec<Daily>,
    /// Which input moves which answer, the strongest of each question first.
    pub swings: Vec<Swing>,
    /// Every value that was tried, in the order of the values.
    pub tried: Vec<Trial>,
    /// Replications run.
    pub ran: u64,
}

/// Answers all questions; `around`: also what lies around the answers. `begins` is told which question begins.
pub fn answers(lab: &mut Lab<'_>, asked: &[Vec<Turned>], around: bool, begins: &dyn Fn(usize)) -> Answers {
    let mut all = Answers::default();
    for (index, turned) in asked.iter().enumerate() {
        begins(index);
        let later: usize = asked[index + 1..].iter().map(Vec::len).sum();
        let rest = if around { AROUND } else { 0 };
        lab.later = later as u64 * EACH_KNOB + (asked.len() - index) as u64 * rest;
        let answer = size(lab, turned);
        if around {
            lab.later -= rest;
            let links = turned.iter().filter(|own| matches!(own.knob, Knob::Bandwidth(_))).count() as u64;
            lab.expect(links * WHAT_IF + FRONT, 0);
            all.what_if.extend(what_if(lab, &answer));
            lab.expect(FRONT, 0);
            all.ways.extend(front(lab, &answer));
            all.daily.extend(daily(lab, &answer));
            all.swings.extend(sensitivity(lab, &answer));
        }
        all.questions.push(answer);
    }
    (all.tried, all.ran) = (lab.tried().cloned().collect(), lab.ran);
    all
}

/// Replications that a knob and what lies around a question take, for a forecast.
const EACH_KNOB: u64 = 200;
const AROUND: u64 = 100;
/// Glances of the table of a link, and of a front.
const WHAT_IF: u64 = 8;
const FRONT: u64 = 12;
