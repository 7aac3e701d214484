//! One axis of a sweep: a field of the scenario and the values it takes, as text that `--set` would take.
//!
//! ```text
//! axis   = path "=" ( value { "," value } | low ".." high [ "/" count ] )
//! ```
//! Commas within quotes, brackets and braces belong to the value. The two ends of a range are numbers with the same unit,
//! written the same way (`5m..30m`, `100 Mbit/s..400 Mbit/s`, `2..10`); a range of whole numbers without a unit keeps whole
//! numbers. With a count a range is so many values, both ends among them.

/// A field and its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    pub path: String,
    values: Values,
}

#[derive(Clone, Debug, PartialEq)]
enum Values {
    List(Vec<String>),
    Range(Range),
}

#[derive(Clone, Debug, PartialEq)]
struct Range {
    low: f64,
    high: f64,
    /// As written, the space before it included.
    unit: String,
    whole: bool,
}

/// Number and unit of a value, where it is one: `100 Mbit/s`, `5m`, `12`, quoted or not.
pub fn number_of(value: &str) -> Option<(f64, String)> {
    let bare = value.trim().trim_matches(['"', '\'']);
    let (number, unit) = quantity(bare).ok()?;
    // Letters only: `1h 30m` is no number of hours.
    let plain = unit.trim().chars().all(|c| !c.is_ascii_digit() && !c.is_whitespace());
    plain.then(|| (number, unit.trim().to_owned()))
}

/// Most values that one axis lists.
const VALUES_MAX: usize = 10_000;

impl Axis {
    /// # Errors
    /// What is wrong, and how to mend it.
    pub fn read(text: &str) -> Result<Axis, (String, &'static str)> {
        const CURE: &str = "write PATH=V1,V2,… or PATH=LOW..HIGH, such as link.wan.bandwidth=100 Mbit/s..400 Mbit/s";
        let (path, values) = text.split_once('=').ok_or_else(|| (format!("`{text}` names no values"), CURE))?;
        let (path, values) = (path.trim().to_owned(), values.trim());
        if path.is_empty() || values.is_empty() {
            return Err((format!("`{text}` has no path or no values"), CURE));
        }
        if let Some((low, high)) = values.split_once("..").filter(|_| !values.starts_with(['"', '\'', '[', '{'])) {
            return Ok(Axis { path, values: range(low, high).map_err(|wrong| (format!("`{text}`: {wrong}"), CURE))? });
        }
        let list: Vec<String> = parts(values).into_iter().map(str::to_owned).collect();
        match list.len() {
            0 => Err((format!("`{text}` has no values"), CURE)),
            count if count > VALUES_MAX => Err((format!("`{path}` has {count} values, more than {VALUES_MAX}"), CURE)),
            _ => Ok(Axis { path, values: Values::List(list) }),
        }
    }

    /// How many values it lists; `None`: a range without a count.
    pub fn count(&self) -> Option<usize> {
        match &self.values {
            Values::List(list) => Some(list.len()),
            Values::Range(_) => None,
        }
    }

    /// The value at coordinate 0 … 1.
    pub fn at(&self, share: f64) -> String {
        match &self.values {
            Values::List(list) => {
                let place = (share.clamp(0.0, 1.0) * list.len() as f64) as usize;
                list[place.min(list.len() - 1)].clone()
            }
            Values::Range(range) => range.at(share),
        }
    }
}

impl Range {
    fn at(&self, share: f64) -> String {
        let number = self.low + (self.high - self.low) * share.clamp(0.0, 1.0);
        match self.whole {
            true => format!("{:.0}", number.round()),
            // Six digits, and never an exponent: units take none.
            false => {
                let digits = (5 - number.abs().max(1e-9).log10().floor() as i32).clamp(0, 12) as usize;
                let text = format!("{number:.digits$}");
                let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
                format!("{text}{}", self.unit)
            }
        }
    }
}

fn range(low: &str, high: &str) -> Result<Values, String> {
    let (high, count) = match high.rsplit_once('/') {
        Some((high, count)) if count.trim().parse::<usize>().is_ok() => (high, count.trim().parse::<usize>().ok()),
        _ => (high, None),
    };
    let ((low, low_unit), (high, high_unit)) = (quantity(low)?, quantity(high)?);
    if low_unit.trim() != high_unit.trim() {
        return Err(format!("its ends have the units `{}` and `{}`", low_unit.trim(), high_unit.trim()));
    }
    let whole = low_unit.is_empty() && low.fract() == 0.0 && high.fract() == 0.0;
    let own = Range { low, high, unit: high_unit, whole };
    if low >= high {
        return Err("its low end is not below its high end".into());
    }
    match count {
        None => Ok(Values::Range(own)),
        Some(count @ 2..=VALUES_MAX) => {
            let mut list: Vec<String> = (0..count).map(|place| own.at(place as f64 / (count - 1) as f64)).collect();
            list.dedup();
            Ok(Values::List(list))
        }
        Some(count) => Err(format!("it is cut into {count} values; 2 to {VALUES_MAX} go")),
    }
}

/// `100 Mbit/s` → 100 and ` Mbit/s`.
fn quantity(text: &str) -> Result<(f64, String), String> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || ".-+".contains(c))).unwrap_or(text.len());
    let number = text[..end].parse::<f64>().map_err(|_| format!("`{text}` is no number with its unit"))?;
    Ok((number, text[end..].to_owned()))
}

/// Pieces between commas that stand in no quotes, brackets or braces.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut quote, mut depth) = (Vec::new(), 0, None, 0u32);
    for (place, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(text[begin..place].trim());
                begin = place + 1;
            }
            _ => {}
        }
    }
    parts.push(text[begin..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str, shares: &[f64]) -> Vec<String> {
        let axis = Axis::read(text).expect("an axis");
        shares.iter().map(|share| axis.at(*share)).collect()
    }

    #[test]
    fn a_range_keeps_its_unit_and_whole_numbers_stay_whole() {
        assert_eq!(
            values("link.wan.bandwidth=100 Mbit/s..400 Mbit/s", &[0.0, 0.5, 1.0]),
            ["100 Mbit/s", "250 Mbit/s", "400 Mbit/s"]
        );
        assert_eq!(values("policy.gold.crash_consistent_every=5m..30m", &[0.1]), ["7.5m"]);
        assert_eq!(values("vms.sql.count=2..10", &[0.0, 0.3, 1.0]), ["2", "4", "10"]);
        assert_eq!(values("x=0.5..1", &[0.123456789]), ["0.561728"]);
        assert_eq!(Axis::read("x=1 GiB..3 GiB").expect("an axis").count(), None);
    }

    #[test]
    fn a_range_with_a_count_lists_both_ends() {
        let axis = Axis::read("link.wan.bandwidth=100 Mbit/s..400 Mbit/s/4").expect("an axis");
        assert_eq!(axis.count(), Some(4));
        assert_eq!(
            (axis.at(0.0), axis.at(0.3), axis.at(1.0)),
            ("100 Mbit/s".into(), "200 Mbit/s".into(), "400 Mbit/s".into())
        );
        assert_eq!(Axis::read("vms.sql.count=1..3/9").expect("an axis").count(), Some(3), "there are only three");
    }

    #[test]
    fn a_list_holds_tables_and_texts_whole() {
        let axis = Axis::read(
            "policy.gold.strategy={ adaptive = { at_least = \"1m\", wait = \"0 %\" } }, { fixed-interval = {} }",
        );
        let axis = axis.expect("an axis");
        assert_eq!(axis.count(), Some(2));
        assert_eq!(axis.at(0.9), "{ fixed-interval = {} }");
        assert_eq!(values("cache.c.capacity=1 TiB,\"2 TiB\"", &[0.0, 0.5]), ["1 TiB", "\"2 TiB\""]);
    }

    #[test]
    fn values_with_one_unit_are_numbers() {
        assert_eq!(number_of("100 Mbit/s"), Some((100.0, "Mbit/s".into())));
        assert_eq!(number_of("\"5m\""), Some((5.0, "m".into())));
        assert_eq!(number_of("12"), Some((12.0, String::new())));
        assert_eq!((number_of("1h 30m"), number_of("{ fixed-interval = {} }"), number_of("1h30m")), (None, None, None));
    }

    #[test]
    fn what_is_no_axis_says_why() {
        for text in ["x", "=1", "x=", "x=5m..3m", "x=5m..3h", "x=a..b", "x=1..5/1", "x=1..5/99999999"] {
            assert!(Axis::read(text).is_err(), "{text}");
        }
    }
}
