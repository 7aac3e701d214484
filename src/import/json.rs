//! Large JSON, element by element: the texts that are met on the way down, and each element of the innermost list.
//!
//! ```text
//! {"sysstat": {"hosts": [ {"nodename": "a", "statistics": [ {…}, {…} ]} ]}}      path: sysstat, hosts, statistics
//! ```
//! Only one element is in memory at a time. Lists on the way are walked through; a list where an object is expected is taken for a
//! list of such objects.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// What is met on the way.
pub enum Met {
    /// A key with a text or number beside the path: `nodename`, `"a"`.
    Beside(String, Value),
    /// An element of the innermost list.
    Element(Value),
}

/// Walks down `path`; `take` ends it with an error that becomes that of the walk.
///
/// # Errors
/// The JSON is broken, with line and column; or what `take` said.
pub fn walk(
    read: impl std::io::Read,
    path: &[&str],
    take: &mut dyn FnMut(Met) -> Result<(), String>,
) -> Result<(), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_reader(read);
    Step { path, take }.deserialize(&mut json)?;
    json.end()
}

struct Step<'w> {
    path: &'w [&'w str],
    take: &'w mut dyn FnMut(Met) -> Result<(), String>,
}

impl<'de> DeserializeSeed<'de> for Step<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.path.is_empty() {
            return deserializer.deserialize_any(Leaf(self.take));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Step<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the key `{}`", self.path[0])
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == self.path[0] {
                map.next_value_seed(Step { path: &self.path[1..], take: &mut *self.take })?;
                continue;
            }
            let value = map.next_value::<Scalar>()?;
            if let Some(value) = value.0 {
                (self.take)(Met::Beside(key, value)).map_err(A::Error::custom)?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Step { path: self.path, take: &mut *self.take })?.is_some() {}
        Ok(())
    }
}

/// The end of the path: a list of elements, or one.
struct Leaf<'w>(&'w mut dyn FnMut(Met) -> Result<(), String>);

impl<'de> Visitor<'de> for Leaf<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(element) = list.next_element::<Value>()? {
            (self.0)(Met::Element(element)).map_err(A::Error::custom)?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut object = serde_json::Map::new();
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            object.insert(key, value);
        }
        (self.0)(Met::Element(Value::Object(object))).map_err(A::Error::custom)
    }
}

/// A text, number or flag; lists and objects are passed over.
struct Scalar(Option<Value>);

impl<'de> serde::Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor).map(Scalar)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

/// A number of an object, whether written as such or as text.
pub fn number(object: &Value, key: &str) -> Option<f64> {
    match object.get(key)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => super::numbers::number(text).ok(),
        _ => None,
    }
}

/// A text of an object; a key may be written in any case.
pub fn text<'v>(object: &'v Value, key: &str) -> Option<&'v str> {
    get(object, key)?.as_str()
}

/// A value of an object; PowerShell writes `Name`, the command line `name`.
pub fn get<'v>(object: &'v Value, key: &str) -> Option<&'v Value> {
    let object = object.as_object()?;
    object.get(key).or_else(|| object.iter().find(|(other, _)| other.eq_ignore_ascii_case(key)).map(|(_, value)| value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(json: &str, path: &[&str]) -> Result<Vec<String>, String> {
        let mut met = Vec::new();
        let walked = walk(json.as_bytes(), path, &mut |step| {
            met.push(match step {
                Met::Beside(key, value) => format!("{key}={value}"),
                Met::Element(value) => value.to_string(),
            });
            Ok(())
        });
        walked.map(|()| met).map_err(|error| error.to_string())
    }

    #[test]
    fn the_way_down_and_the_elements_at_its_end() {
        let json = r#"{"x": {"y": [1]}, "a": [{"name": "n", "none": null, "b": [{"v": 1}, 2]}, {"b": {"v": 3}}]}"#;
        assert_eq!(
            met(json, &["a", "b"]),
            Ok(["name=\"n\"", "{\"v\":1}", "2", "{\"v\":3}"].map(String::from).to_vec())
        );
        assert_eq!(met("[{\"a\": [1]}, {\"a\": [2]}]", &["a"]), Ok(vec!["1".into(), "2".into()]));
        assert!(met("{\"a\": [", &["a"]).expect_err("broken").contains("line 1"));
        assert!(met("3", &["a"]).expect_err("no object").contains("an object with the key `a`"));
    }
}
