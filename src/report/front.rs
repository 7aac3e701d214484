//! The front of RPO and RTO in words, for candidates and for points of a sweep.

use crate::planner::compare::{Front, Place};

/// For programs.
pub(super) fn place_key(place: Place) -> &'static str {
    match place {
        Place::Nowhere => "",
        Place::Front => "front",
        Place::FrontByPrice => "front-by-price",
        Place::Behind { surely: true, .. } => "behind",
        Place::Behind { surely: false, .. } => "probably-behind",
    }
}

/// Who stands in front of it.
pub(super) fn behind(place: Place) -> Option<usize> {
    match place {
        Place::Behind { by, .. } => Some(by),
        Place::Nowhere | Place::Front | Place::FrontByPrice => None,
    }
}

/// "on the front", "behind wider"; `name` of a candidate or point.
pub(super) fn place_words(place: Place, name: &dyn Fn(usize) -> String) -> String {
    match place {
        Place::Nowhere => "–".into(),
        Place::Front => "on the front".into(),
        Place::FrontByPrice => "on the front when bytes of points count".into(),
        Place::Behind { by, surely: true } => format!("behind {}", name(by)),
        Place::Behind { by, surely: false } => format!("probably behind {}", name(by)),
    }
}

/// "front of RPO and RTO: a, b; c is behind a"; nobody who has no place. `most`: names beyond are counted.
pub(super) fn sentence(front: &Front, name: &dyn Fn(usize) -> String, most: usize) -> String {
    let all = front.places.iter().enumerate();
    let on: Vec<String> = all.filter(|(_, place)| **place == Place::Front).map(|(own, _)| name(own)).collect();
    let mut told = on.iter().take(most).cloned().collect::<Vec<_>>().join(", ");
    if on.len() > most {
        told.push_str(&format!(" and {} more", on.len() - most));
    }
    let off = front.places.iter().enumerate().filter(|(_, place)| behind(**place).is_some());
    let off: Vec<String> = off.map(|(own, place)| format!("{} is {}", name(own), place_words(*place, name))).collect();
    if !off.is_empty() && off.len() <= most {
        told.push_str(&format!("; {}", off.join(", ")));
    } else if !off.is_empty() {
        told.push_str(&format!("; {} are behind", off.len()));
    }
    format!("front of RPO and RTO: {told}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_names_the_front_and_who_is_behind() {
        let behind = |surely| Place::Behind { by: 0, surely };
        let front = |places| Front { rpo: 0, rto: 1, price: None, places };
        let name = |own: usize| ["a", "b", "c", "d"][own].to_owned();
        assert_eq!(
            sentence(&front(vec![Place::Front, behind(true), behind(false), Place::Front]), &name, 4),
            "front of RPO and RTO: a, d; b is behind a, c is probably behind a"
        );
        assert_eq!(sentence(&front(vec![Place::Front; 4]), &name, 2), "front of RPO and RTO: a, b and 2 more");
        assert_eq!((place_key(behind(false)), super::behind(behind(true))), ("probably-behind", Some(0)));
    }
}
