//! The scenario as JSON Schema (draft 2020-12), printed from the catalogue: editors complete and check with it.
//!
//! Each shape is a definition; a choice spelt by its key is a table with exactly one key. Units are patterns. Where the reader
//! takes one value or a list of them, so does the schema. What hangs on several keys at once it does not know; see decision 0006.

use serde_json::{Map, Value, json};

use super::catalogue::{Grammar, Key, Kind, Presence, ROOT, Shape, Word, walk};
use super::{targets, times};
use crate::units::QuantityKind;

/// The whole schema, as it is printed and shipped.
pub fn text() -> String {
    format!("{:#}\n", schema())
}

pub fn schema() -> Value {
    let mut definitions = Map::new();
    for shape in walk(&ROOT).into_iter().skip(1) {
        definitions.insert(shape.id.to_string(), object(shape));
    }
    let mut root = object(&ROOT);
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("A scenario of drsim");
    root["$defs"] = Value::Object(definitions);
    root
}

fn object(shape: &Shape) -> Value {
    let properties: Map<String, Value> = shape.keys.iter().map(|key| (key.name.to_string(), property(key))).collect();
    let needed: Vec<&str> =
        shape.keys.iter().filter(|key| key.presence == Presence::Needed).map(|key| key.name).collect();
    let mut object = json!({
        "type": "object",
        "description": shape.doc,
        "properties": properties,
        "additionalProperties": false,
    });
    if !needed.is_empty() {
        object["required"] = json!(needed);
    }
    if is_choice(shape) {
        object["minProperties"] = json!(1);
        object["maxProperties"] = json!(1);
    }
    object
}

/// Whether tables of this shape have exactly one of its keys.
fn is_choice(shape: &Shape) -> bool {
    fn chooses(kind: &Kind, id: &str) -> bool {
        match kind {
            Kind::Choice(shape) => shape.id == id,
            Kind::Many(inner) | Kind::Pairs(_, inner) => chooses(inner, id),
            Kind::Either(kinds) => kinds.iter().any(|kind| chooses(kind, id)),
            Kind::Text(_)
            | Kind::Quantity(_)
            | Kind::Count { .. }
            | Kind::Number { .. }
            | Kind::Flag
            | Kind::Word(_)
            | Kind::Table(_)
            | Kind::Named(_)
            | Kind::Tables(_) => false,
        }
    }
    walk(&ROOT).into_iter().any(|holder| holder.keys.iter().any(|key| chooses(&key.kind, shape.id)))
}

fn property(key: &Key) -> Value {
    let mut property = kind_schema(&key.kind);
    property["description"] = json!(described(key));
    if let Some(default) = key.default_value() {
        property["default"] = json_of(&key.kind.toml(default));
    }
    if !key.example.is_empty() {
        property["examples"] = json!([json_of(&key.kind.toml(key.example))]);
    }
    property
}

/// The sentence, and what holds when the key is left out.
fn described(key: &Key) -> String {
    match key.presence {
        Presence::LeftOut(meaning) if !meaning.is_empty() => format!("{} Left out: {meaning}.", key.doc),
        Presence::Profile => format!("{} Left out: the number of the limits profile.", key.doc),
        Presence::LeftOut(_) | Presence::Needed | Presence::Default(_) => key.doc.to_string(),
    }
}

/// A value of the catalogue, as JSON.
fn json_of(toml: &str) -> Value {
    let table: Result<Map<String, Value>, _> = toml::from_str(&format!("value = {toml}"));
    table.ok().and_then(|mut table| table.remove("value")).unwrap_or(Value::Null)
}

fn kind_schema(kind: &Kind) -> Value {
    match kind {
        Kind::Text(grammar) => text_schema(*grammar),
        Kind::Quantity(kind) => quantity_schema(*kind),
        Kind::Count { least, most } => {
            let mut count = json!({ "type": "integer", "minimum": least });
            // Beyond 2⁵³ a number of JSON is not exact.
            if *most < 1 << 53 {
                count["maximum"] = json!(most);
            }
            count
        }
        Kind::Number { least, most } if *most < f64::MAX => {
            json!({ "type": "number", "minimum": least, "maximum": most })
        }
        Kind::Number { .. } => json!({ "type": "number" }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Word(words) => json!({ "oneOf": words.iter().map(word_schema).collect::<Vec<_>>() }),
        Kind::Table(shape) | Kind::Choice(shape) => reference(shape),
        Kind::Named(shape) => json!({
            "type": "object",
            "propertyNames": { "minLength": 1, "maxLength": 60 },
            "additionalProperties": reference(shape),
        }),
        Kind::Tables(shape) => one_or_many(reference(shape)),
        Kind::Many(inner) => one_or_many(kind_schema(inner)),
        Kind::Pairs(grammar, inner) => json!({
            "type": "object",
            "propertyNames": text_schema(*grammar),
            "additionalProperties": kind_schema(inner),
        }),
        Kind::Either(kinds) => json!({ "anyOf": kinds.iter().map(kind_schema).collect::<Vec<_>>() }),
    }
}

fn one_or_many(one: Value) -> Value {
    json!({ "anyOf": [{ "type": "array", "items": one }, one] })
}

fn reference(shape: &Shape) -> Value {
    json!({ "$ref": format!("#/$defs/{}", shape.id) })
}

fn word_schema((word, meaning): &Word) -> Value {
    json!({ "const": word, "description": meaning })
}

fn quantity_schema(kind: QuantityKind) -> Value {
    json!({ "type": "string", "title": format!("{} ({})", kind.name(), kind.units().join(", ")), "pattern": kind.pattern() })
}

fn text_schema(grammar: Grammar) -> Value {
    // A date may stand bare; linters of TOML know it by its format.
    if matches!(grammar, Grammar::Date | Grammar::Moment) {
        return json!({ "anyOf": [{ "type": "string" }, { "type": "string", "format": "date-time" }] });
    }
    let mut text = json!({ "type": "string" });
    if let Some(pattern) = pattern(grammar) {
        text["pattern"] = json!(pattern);
    }
    text
}

/// What a text must look like, where its grammar can be said so.
fn pattern(grammar: Grammar) -> Option<String> {
    match grammar {
        Grammar::TimeOfDay => Some(format!("^{}$", times::TIME_OF_DAY_PATTERN)),
        Grammar::DayPart => Some(format!("^\\s*{0}\\s*-\\s*{0}\\s*$", times::TIME_OF_DAY_PATTERN)),
        Grammar::Days => Some(times::days_pattern()),
        Grammar::Window => Some(QuantityKind::Span.pattern()),
        Grammar::Target => Some(format!("^\\s*{}\\s*[<>]=", targets::expression_pattern())),
        Grammar::Precision => Some(format!("^\\s*{}\\s* within .*%\\s*$", targets::expression_pattern())),
        Grammar::Free
        | Grammar::Name(_)
        | Grammar::File
        | Grammar::Column
        | Grammar::Unit
        | Grammar::Moment
        | Grammar::Date
        | Grammar::Price
        | Grammar::Knob => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::catalogue::coverage::follows;

    /// Of every text that the reader takes the pattern takes the spelling; of what it refuses, nearly all.
    #[test]
    fn patterns_of_texts_agree_with_their_readers() {
        let texts: &[(Grammar, &[&str], &[&str])] = &[
            (
                Grammar::TimeOfDay,
                &["08:00", "8:0", "23:59:59", "24:00", "24:0:00", "01:30"],
                &["25:00", "24:01", "8", "08:60", "8:00:60", "008:00", "08:00:00:00", "noon", " 08:00", ""],
            ),
            (
                Grammar::DayPart,
                &["08:00-18:00", " 8:00 - 24:00 ", "22:00-6:00:30"],
                &["08:00", "08:00-", "08:00–18:00", "8-18"],
            ),
            (
                Grammar::Days,
                &["daily", "mon", "mon-fri", "sat,sun", "mon - wed , fri", "sun-mon"],
                &["", "monday", "mon-", "mon,,tue", "Mon", "daily,mon", "mon fri"],
            ),
            (Grammar::Window, &["5m", "1h 30m"], &["5", "m", "5 GiB", ""]),
            (
                Grammar::Target,
                &[
                    "p99.9(rpo) <= 15m",
                    " p95( rto )<=2h",
                    "prob(rpo > 15m) <= 1 %",
                    "max(refused) <= 0",
                    "mean(availability)>= 99 %",
                ],
                &["", "rpo", "p99(rpo)", "p99(rop) <= 15m", "q99(rpo) <= 1m", "p99(rpo) < 15m", "p99 rpo <= 1m"],
            ),
            (
                Grammar::Precision,
                &["p99(rpo) within 5 %", "mean(rpo_over_time)  within 10%"],
                &["p99(rpo)", "p99(rop) within 5 %", "p99(rpo) within 5"],
            ),
        ];
        for (grammar, good, bad) in texts {
            let pattern = pattern(*grammar).expect("it has one");
            let pattern = regex_lite::Regex::new(&pattern).expect("the pattern is a regular expression");
            for text in *good {
                assert!(follows(*grammar, text) && pattern.is_match(text), "{grammar:?} `{text}`");
            }
            for text in *bad {
                assert!(!follows(*grammar, text) && !pattern.is_match(text), "{grammar:?} `{text}`");
            }
        }
    }

    #[test]
    fn every_reference_leads_to_a_definition_and_every_value_is_one() {
        let schema = schema();
        let text = schema.to_string();
        for part in text.split("\"#/$defs/").skip(1) {
            let id = part.split('"').next().unwrap_or_default();
            assert!(schema["$defs"].get(id).is_some(), "{id}");
        }
        assert!(!text.contains("\"default\":null") && !text.contains("[null]"), "a value of the catalogue is no TOML");
        assert_eq!(schema["$defs"]["law"]["maxProperties"], 1);
        assert_eq!(schema["$defs"]["churn"]["minProperties"], 1);
        assert_eq!(schema["$defs"]["link"]["required"], json!(["from", "to", "bandwidth"]));
    }
}
