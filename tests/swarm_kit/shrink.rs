//! The shrinker: a foul life becomes small while it still fails in the same way.
//!
//! Greedy, in rounds until nothing more goes (delta debugging by one, Zeller & Hildebrandt 2002): whole groups of machines with
//! everything that names them, then outages, orders and every other key, counts down to one, the run shorter. What the
//! scenario's reader refuses does not fail in the same way, so the shrinker needs to know nothing of the language.

use toml::{Table, Value};

use super::Life;
use super::judge::judge;

/// The smallest life found that fails as `foul` says. Digits do not matter: VMs, moments and amounts may be others.
pub fn shrink(life: &Life, foul: &str) -> Life {
    let fails = |life: &Life| judge(life, false).is_err_and(|fouls| fouls.iter().any(|found| alike(found, foul)));
    smallest(life, &fails)
}

/// Two fouls that differ in numbers only.
fn alike(one: &str, other: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    letters(one.split_once(": ").map_or(one, |(_, what)| what))
        == letters(other.split_once(": ").map_or(other, |(_, what)| what))
}

/// The smallest life for which `fails` holds, found by leaving out one thing after the other.
pub fn smallest(life: &Life, fails: &dyn Fn(&Life) -> bool) -> Life {
    let Ok(mut document) = life.text.parse::<Table>() else { return life.clone() };
    let of = |document: &Table| Life { text: document.to_string(), calm: life.calm };
    // Keys come sorted out of the parser; a foul that hangs on their order stays as it was.
    if !fails(&of(&document)) {
        return life.clone();
    }
    loop {
        let before = document.to_string();
        for edit in edits(&document) {
            let mut tried = document.clone();
            if edit.apply(&mut tried) && fails(&of(&tried)) {
                document = tried;
            }
        }
        if document.to_string() == before {
            return of(&document);
        }
    }
}

/// Whether no single edit of a shrunk life keeps it failing.
pub fn nothing_left(life: &Life, fails: &dyn Fn(&Life) -> bool) -> bool {
    let Ok(document) = life.text.parse::<Table>() else { return false };
    edits(&document).iter().all(|edit| {
        let mut tried = document.clone();
        !(edit.apply(&mut tried) && fails(&Life { text: tried.to_string(), calm: life.calm }))
    })
}

/// One way to make a document smaller.
#[derive(Clone, Debug, PartialEq)]
enum Edit {
    /// A table named so goes, with every list entry and value that names it.
    Forget(String),
    Remove(Vec<Step>),
    Replace(Vec<Step>, Value),
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Key(String),
    Place(usize),
}

impl Edit {
    /// Whether there was something to do.
    fn apply(&self, document: &mut Table) -> bool {
        match self {
            Edit::Forget(name) => {
                let mut root = Value::Table(std::mem::take(document));
                let found = forget(&mut root, name);
                if let Value::Table(table) = root {
                    *document = table;
                }
                found
            }
            Edit::Remove(path) => remove(document, path),
            Edit::Replace(path, value) => match find(document, path) {
                Some(place) if place != value => {
                    *place = value.clone();
                    true
                }
                Some(_) | None => false,
            },
        }
    }
}

/// Everything that may be tried, coarse before fine. Later entries of a list come first, so that earlier ones keep their place.
fn edits(document: &Table) -> Vec<Edit> {
    let mut names = Vec::new();
    for kind in ["vms", "stamp", "link", "appliance", "plan", "policy"] {
        names.extend(document.get(kind).and_then(Value::as_table).into_iter().flat_map(Table::keys).cloned());
    }
    let mut edits: Vec<Edit> = names.into_iter().map(Edit::Forget).collect();
    edits.extend(shorter(document));
    walk(&Value::Table(document.clone()), &mut Vec::new(), &mut edits);
    edits
}

/// The run shorter by halves, then by days.
fn shorter(document: &Table) -> Vec<Edit> {
    let path = vec![Step::Key("run".into()), Step::Key("lasts".into())];
    let lasts = document.get("run").and_then(|run| run.get("lasts")).and_then(Value::as_str);
    let Some(days) = lasts.and_then(|lasts| lasts.strip_suffix('d')?.parse::<u64>().ok()) else { return Vec::new() };
    let spans = [days / 2, days * 3 / 4, days.saturating_sub(1)].into_iter().filter(|span| *span > 0 && *span < days);
    spans.map(|days| Edit::Replace(path.clone(), Value::String(format!("{days}d")))).collect()
}

fn walk(value: &Value, path: &mut Vec<Step>, edits: &mut Vec<Edit>) {
    if !path.is_empty() {
        edits.push(Edit::Remove(path.clone()));
    }
    match value {
        Value::Table(table) => {
            for (key, inner) in table {
                path.push(Step::Key(key.clone()));
                walk(inner, path, edits);
                path.pop();
            }
        }
        Value::Array(list) => {
            for (place, inner) in list.iter().enumerate().rev() {
                path.push(Step::Place(place));
                walk(inner, path, edits);
                path.pop();
            }
        }
        Value::Integer(number) if *number > 1 => {
            for smaller in [1, number / 2, number - 1] {
                edits.push(Edit::Replace(path.clone(), Value::Integer(smaller)));
            }
        }
        Value::Integer(_) | Value::String(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {}
    }
}

fn find<'a>(document: &'a mut Table, path: &[Step]) -> Option<&'a mut Value> {
    let (Step::Key(first), rest) = path.split_first()? else { return None };
    rest.iter().try_fold(document.get_mut(first)?, |value, step| match step {
        Step::Key(key) => value.as_table_mut()?.get_mut(key),
        Step::Place(place) => value.as_array_mut()?.get_mut(*place),
    })
}

fn remove(document: &mut Table, path: &[Step]) -> bool {
    let Some((last, before)) = path.split_last() else { return false };
    match (last, before) {
        (Step::Key(key), []) => document.remove(key).is_some(),
        (Step::Key(key), before) => {
            find(document, before).and_then(Value::as_table_mut).is_some_and(|table| table.remove(key).is_some())
        }
        (Step::Place(place), before) => {
            let list = find(document, before).and_then(Value::as_array_mut);
            list.is_some_and(|list| {
                *place < list.len() && list.len() > 1 && !matches!(list.remove(*place), Value::Datetime(_))
            })
        }
    }
}

/// Takes out what is called `name` and every list entry that names it; whether anything was.
fn forget(value: &mut Value, name: &str) -> bool {
    let names = |value: &Value| mentions(value, name);
    match value {
        Value::Table(table) => {
            let mut found = table.remove(name).is_some();
            for (_, inner) in table.iter_mut() {
                found |= forget(inner, name);
            }
            table.retain(|_, inner| !matches!(inner, Value::Array(list) if list.is_empty()));
            found
        }
        Value::Array(list) => {
            let before = list.len();
            list.retain(|entry| !names(entry));
            before != list.len()
        }
        Value::String(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => false,
    }
}

fn mentions(value: &Value, name: &str) -> bool {
    match value {
        Value::String(text) => text == name,
        Value::Array(list) => list.iter().any(|inner| mentions(inner, name)),
        Value::Table(table) => table.values().any(|inner| mentions(inner, name)),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => false,
    }
}
