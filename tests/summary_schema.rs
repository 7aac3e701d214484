//! `docs/summary.schema.json` describes the real `summary.json`: every kept report and fresh ones fit it, and nothing that
//! a report says is missing from it.
//!
//! The check knows exactly the keywords that the schema uses and stops at any other, so none is passed over. CI checks
//! the same files with a full validator (`.ci/python`).

use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn schema() -> Value {
    let text = std::fs::read_to_string(root().join("docs/summary.schema.json")).expect("the schema is shipped");
    serde_json::from_str(&text).expect("JSON")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Everything in which a value does not fit, with its place.
fn misfits(whole: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    let mut wrong = |what: String| found.push(format!("{place}: {what}"));
    for (keyword, says) in schema.as_object().expect("a schema is an object") {
        let fits = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "items" | "properties" | "$ref" => true,
            "type" => match says {
                Value::Array(types) => types.iter().any(|one| is_a(value, one)),
                one => is_a(value, one),
            },
            "enum" => says.as_array().expect("a list").contains(value),
            "const" => says == value,
            "minimum" => value.as_f64().is_none_or(|number| number >= says.as_f64().expect("a number")),
            "maximum" => value.as_f64().is_none_or(|number| number <= says.as_f64().expect("a number")),
            "pattern" => {
                assert_eq!(says, "^[0-9a-f]+$", "the check knows this pattern only");
                value
                    .as_str()
                    .is_some_and(|text| !text.is_empty() && text.bytes().all(|b| b"0123456789abcdef".contains(&b)))
            }
            "required" => {
                let has = |key: &Value| value.get(key.as_str().expect("a name")).is_some();
                says.as_array().expect("a list").iter().all(has)
            }
            "additionalProperties" => {
                assert_eq!(says, &Value::Bool(false), "objects are closed");
                value.as_object().is_none_or(|own| own.keys().all(|key| schema["properties"].get(key).is_some()))
            }
            other => panic!("{place}: the check does not know the keyword `{other}`"),
        };
        if !fits {
            wrong(format!("`{keyword}` {says} does not hold for {value}").chars().take(300).collect());
        }
    }
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let target = name.strip_prefix("#/$defs/").expect("references stay in the file");
        misfits(whole, &whole["$defs"][target], value, place, found);
    }
    for (key, own) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        assert!(own.get("description").is_some() || key.len() < 6, "{place}.{key} is not described");
        if let Some(value) = value.get(key) {
            misfits(whole, own, value, &format!("{place}.{key}"), found);
        }
    }
    if let (Some(items), Value::Array(values)) = (schema.get("items"), value) {
        for (index, value) in values.iter().enumerate() {
            misfits(whole, items, value, &format!("{place}[{index}]"), found);
        }
    }
}

fn is_a(value: &Value, kind: &Value) -> bool {
    match kind.as_str().expect("a name of a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "null" => value.is_null(),
        other => panic!("the check does not know the type `{other}`"),
    }
}

fn check(name: &str, text: &str) {
    let (schema, value) = (schema(), serde_json::from_str(text).expect("JSON"));
    let mut found = Vec::new();
    misfits(&schema, &schema, &value, "summary", &mut found);
    assert!(found.is_empty(), "{name}:\n{}", found.join("\n"));
}

#[test]
fn every_kept_summary_fits_the_schema() {
    let mut checked = 0;
    for entry in std::fs::read_dir(root().join("reports")).expect("reports are kept") {
        let file = entry.expect("readable").path().join("summary.json");
        if let Ok(text) = std::fs::read_to_string(&file) {
            check(&file.display().to_string(), &text);
            checked += 1;
        }
    }
    assert!(checked > 0);
}

/// Few replications, missed and undecided targets, no failover, resyncs, damage found late.
#[test]
fn fresh_summaries_of_other_fates_fit_too() {
    for (stem, sets) in [
        ("00-first", &["run.replications=2"][..]),
        ("00-first", &["run.lasts=12d", "run.replications=1"]),
        ("00-first", &["link.wan.bandwidth=5 Mbit/s", "run.replications=3"]),
        ("05-resync-storm", &["run.replications=2"]),
        ("13-ransomware-found-late", &["run.replications=2"]),
    ] {
        let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
        let out = std::env::temp_dir().join(format!("drsim-schema-{}", std::process::id()));
        let run = Command::new(env!("CARGO_BIN_EXE_drsim"))
            .args(["run", &format!("scenarios/{stem}.toml"), "--json", "--quiet", "--out"])
            .arg(&out)
            .args(&sets)
            .current_dir(root())
            .output()
            .expect("drsim runs");
        let _ = std::fs::remove_dir_all(&out);
        assert!(!run.stdout.is_empty(), "{stem} {sets:?}: {}", String::from_utf8_lossy(&run.stderr));
        check(&format!("{stem} {sets:?}"), &String::from_utf8_lossy(&run.stdout));
    }
}

/// The check itself: what is missing, too much, of another type or out of range is found.
#[test]
fn what_does_not_fit_is_found() {
    let text = std::fs::read_to_string(root().join("reports/00-first/summary.json")).expect("kept");
    let good: Value = serde_json::from_str(&text).expect("JSON");
    let spoilt = |spoil: fn(&mut Value)| {
        let (schema, mut value) = (schema(), good.clone());
        spoil(&mut value);
        let mut found = Vec::new();
        misfits(&schema, &schema, &value, "summary", &mut found);
        found
    };
    assert!(spoilt(|_| ()).is_empty());
    assert_eq!(spoilt(|value| value["verdict"] = "fine".into()).len(), 1);
    assert_eq!(spoilt(|value| value["targets"][0]["surprise"] = 1.into()).len(), 1);
    assert_eq!(spoilt(|value| value["targets"][0]["confidence"] = 2.into()).len(), 1);
    assert_eq!(spoilt(|value| value["capacity"][0]["peak"] = Value::Null).len(), 1);
    assert_eq!(spoilt(|value| drop(value.as_object_mut().expect("an object").remove("notes"))).len(), 1);
    assert_eq!(spoilt(|value| value["targets"][0]["achieved"]["low"] = "x".into()).len(), 1);
}
