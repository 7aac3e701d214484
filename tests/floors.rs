//! The rules of the house, checked on the text of `src/`.
//!
//! * A room imports only what its line in [`TABLE`] allows, by `use` or by an inline path, from `crate::` or through `super::`.
//! * Words that would let the clock, the machine or hash order in, and unfinished code, are banned ([`BANNED`]).
//! * A file has at most 500 lines and begins with `//!`; a function has at most 70 lines.
//!
//! Comments and literals are blanked before anything is looked for. What stands under `#[cfg(test)]` may `unwrap`; the other
//! rules hold there too. Every failure names file, line and cure, and all are listed at once.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// What a room may import, beside itself.
const TABLE: &[(&str, &str)] = &[
    ("units", ""),
    ("inventory", "units"),
    ("intent", "units"),
    ("contract", "units"),
    ("kernel", "units"),
    ("statistics", "units"),
    ("protection", "units inventory intent contract"),
    ("world", "units inventory contract kernel"),
    ("measure", "units inventory intent contract statistics"),
    ("simulation", "units inventory intent contract kernel protection world"),
    ("planner", "units inventory intent contract kernel statistics protection world measure simulation"),
    ("scenario", "units inventory intent contract kernel protection world simulation"),
    ("import", "units inventory statistics kernel world"),
    ("report", "units inventory intent contract statistics measure planner"),
    ("cli", "units inventory simulation planner scenario import report"),
    ("main", "cli"),
];

/// Of these rooms a room takes these names only.
const ONLY: &[(&str, &str, &[&str])] =
    &[("scenario", "kernel", &["Law", "law"]), ("scenario", "protection", &["Settings", "settings"])];

/// Of these rooms a room takes descriptions, never these: the live things.
const NEVER: &[(&str, &str, &[&str])] =
    &[("scenario", "world", &["World", "*"]), ("scenario", "simulation", &["Simulation", "run", "*"])];

/// A word, the room where it is allowed, whether tests may use it, and the cure.
const BANNED: &[(&str, &str, bool, &str)] = &[
    ("Instant::now", "cli", false, "time is an argument: take a Timestamp"),
    ("SystemTime", "cli", false, "time is an argument: take a Timestamp"),
    ("HashMap", "", false, "take a BTreeMap, or a Vec by id: hash order is not repeatable"),
    ("HashSet", "", false, "take a BTreeSet, or a Vec by id: hash order is not repeatable"),
    ("thread_rng", "", false, "draw from kernel::RandomStream::named"),
    ("unwrap(", "", true, "return the fault, or say with expect(\"…\") why it cannot be"),
    ("todo!", "", false, "finish it, or leave it out"),
    ("unimplemented!", "", false, "finish it, or leave it out"),
    ("dbg!", "", false, "remove it"),
];

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;

/// One broken rule.
struct Failure {
    file: String,
    line: usize,
    what: String,
    cure: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.file, self.line, self.what, self.cure)
    }
}

/// One file of `src/`, its path written with `/` and relative to `src`.
struct Source {
    path: String,
    text: String,
    /// The text with comments and literals blanked.
    code: Vec<char>,
    /// For every char of `code`: does it stand under `#[cfg(test)]`?
    test: Vec<bool>,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        let code = blank(text);
        let test = test_regions(&code);
        Self { path: path.to_owned(), text: text.to_owned(), code, test }
    }

    fn line(&self, place: usize) -> usize {
        1 + self.code[..place].iter().filter(|c| **c == '\n').count()
    }

    fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// How many modules deep the file is: `lib.rs` 0, `kernel/mod.rs` 1, `kernel/law.rs` 2.
    fn depth(&self) -> usize {
        let parts = self.path.split('/').count();
        if self.path.ends_with("mod.rs") || parts == 1 { parts - 1 } else { parts }
    }

    fn failure(&self, place: usize, what: String, cure: &str) -> Failure {
        Failure { file: format!("src/{}", self.path), line: self.line(place), what, cure: cure.to_owned() }
    }

    /// Places where `word` begins and no longer name surrounds it.
    fn places(&self, word: &str) -> Vec<usize> {
        let word: Vec<char> = word.chars().collect();
        let last_is_name = word.last().is_some_and(|c| is_name(*c));
        let windows = self.code.windows(word.len()).enumerate().filter(|(_, window)| *window == word);
        windows
            .map(|(place, _)| place)
            .filter(|place| *place == 0 || !is_name(self.code[place - 1]))
            .filter(|place| !last_is_name || !self.code.get(place + word.len()).is_some_and(|c| is_name(*c)))
            .collect()
    }

    fn check(&self) -> Vec<Failure> {
        let rules = [Self::check_shape, Self::check_words, Self::check_functions, Self::check_imports];
        rules.iter().flat_map(|rule| rule(self)).collect()
    }

    fn check_shape(&self) -> Vec<Failure> {
        let mut failures = Vec::new();
        if !self.text.starts_with("//!") {
            let cure = "say what lives here, units, invariants, sources";
            failures.push(self.failure(0, "the file does not begin with `//!`".to_owned(), cure));
        }
        let lines = self.text.lines().count();
        if lines > FILE_LINES_MAX {
            let what = format!("{lines} lines, {FILE_LINES_MAX} are allowed");
            failures.push(self.failure(self.code.len(), what, "cut it where the subject changes"));
        }
        failures
    }

    fn check_words(&self) -> Vec<Failure> {
        let mut failures = Vec::new();
        for (word, allowed_in, in_tests, cure) in BANNED {
            if self.room() == *allowed_in {
                continue;
            }
            let places = self.places(word).into_iter().filter(|place| !in_tests || !self.test[*place]);
            failures.extend(places.map(|place| self.failure(place, format!("`{word}` is banned"), cure)));
        }
        failures
    }

    fn check_functions(&self) -> Vec<Failure> {
        let mut failures = Vec::new();
        for place in self.places("fn") {
            let head: String = self.code[place + 2..].iter().take(80).collect();
            let name: String = head.trim_start().chars().take_while(|c| is_name(*c)).collect();
            let Some(end) = body_end(&self.code, place).filter(|_| !name.is_empty()) else { continue };
            let lines = 1 + self.line(end) - self.line(place);
            if lines > FUNCTION_LINES_MAX {
                let what = format!("`{name}` has {lines} lines, {FUNCTION_LINES_MAX} are allowed");
                failures.push(self.failure(place, what, "branches in the parent, loops in the children"));
            }
        }
        failures
    }

    fn check_imports(&self) -> Vec<Failure> {
        let room = self.room();
        if room == "lib" {
            return Vec::new();
        }
        let Some((_, allowed)) = TABLE.iter().find(|(name, _)| *name == room) else {
            let cure = "give it a line in TABLE of tests/floors.rs, and a floor in src/lib.rs";
            return vec![self.failure(0, format!("the room `{room}` has no line in the table"), cure)];
        };
        let mut failures = Vec::new();
        for (place, path) in self.imports() {
            let (to, name) = (path[0].as_str(), path.get(1).map_or("", |name| name.as_str()));
            let named = |rule: &(&str, &str, &[&str])| (rule.0, rule.1) == (room, to) && rule.2.contains(&name);
            let narrow = ONLY.iter().any(|rule| (rule.0, rule.1) == (room, to));
            let fine = allowed.split(' ').any(|room| room == to)
                && (!narrow || ONLY.iter().any(named))
                && !NEVER.iter().any(named);
            if to != room && !fine {
                let what = format!("`{room}` imports `{}`", path.join("::"));
                failures.push(self.failure(place, what, "move it down a floor, or say it through the contract"));
            }
        }
        failures
    }

    /// Every path into a room: place, then room and first name.
    fn imports(&self) -> Vec<(usize, Vec<String>)> {
        let mut imports = Vec::new();
        let mut found = |place: usize, after: usize| {
            let mut at = after;
            let paths = use_tree(&self.code, &mut at);
            imports.extend(paths.into_iter().filter(|path| !path.is_empty()).map(|path| (place, path)));
        };
        for root in ["crate::", "drsim::"] {
            self.places(root).into_iter().for_each(|place| found(place, place + 7));
        }
        for place in self.places("super::") {
            let amid_chain = self.code[..place].ends_with(&['s', 'u', 'p', 'e', 'r', ':', ':']);
            let supers = (0..).take_while(|n| self.code[place + 7 * n..].starts_with(&SUPER)).count();
            let depth = self.depth() + usize::from(self.test[place]);
            if !amid_chain && supers == depth {
                found(place, place + 7 * supers);
            }
        }
        imports
    }
}

const SUPER: [char; 7] = ['s', 'u', 'p', 'e', 'r', ':', ':'];

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Reads `a::b`, `{a::{b, c}, d}` or `*` at `at` and moves on; every path is cut after its second name.
fn use_tree(code: &[char], at: &mut usize) -> Vec<Vec<String>> {
    while code.get(*at).is_some_and(|c| c.is_whitespace()) {
        *at += 1;
    }
    match code.get(*at) {
        Some('{') => {
            *at += 1;
            let mut paths = Vec::new();
            while let Some(c) = code.get(*at).filter(|c| **c != '}') {
                if is_name(*c) || *c == '*' || *c == '{' {
                    paths.extend(use_tree(code, at));
                    // What follows up to the comma is another name for the same thing.
                    *at += code[*at..].iter().take_while(|c| !matches!(c, ',' | '}')).count();
                } else {
                    *at += 1;
                }
            }
            *at += 1;
            paths
        }
        Some('*') => {
            *at += 1;
            vec![vec!["*".to_owned()]]
        }
        _ => {
            let name: String = code[*at..].iter().take_while(|c| is_name(**c)).collect();
            *at += name.chars().count();
            if name.is_empty() {
                return Vec::new();
            }
            let tails = if code[*at..].starts_with(&[':', ':']) {
                *at += 2;
                use_tree(code, at)
            } else {
                Vec::new()
            };
            if name == "self" || tails.is_empty() {
                return vec![vec![name]];
            }
            tails.into_iter().map(|tail| std::iter::once(name.clone()).chain(tail).take(2).collect()).collect()
        }
    }
}

/// Where the block ends that the item at `place` opens; `None` when a `;` comes first.
fn body_end(code: &[char], place: usize) -> Option<usize> {
    let mut brackets = 0_i32;
    for (at, c) in code.iter().enumerate().skip(place) {
        match c {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets -= 1,
            ';' if brackets == 0 => return None,
            '{' if brackets == 0 => return Some(block_end(code, at)),
            _ => {}
        }
    }
    None
}

/// The closing brace of the block that opens at `open`.
fn block_end(code: &[char], open: usize) -> usize {
    let mut depth = 0_i32;
    for (at, c) in code.iter().enumerate().skip(open) {
        depth += i32::from(*c == '{') - i32::from(*c == '}');
        if depth == 0 {
            return at;
        }
    }
    code.len()
}

/// Marks what stands under `#[cfg(test)]`.
fn test_regions(code: &[char]) -> Vec<bool> {
    const HEAD: &str = "#[cfg(test)]";
    let head: Vec<char> = HEAD.chars().collect();
    let mut test = vec![false; code.len() + 1];
    for place in 0..code.len().saturating_sub(head.len()) {
        if code[place..].starts_with(&head)
            && let Some(end) = body_end(code, place + head.len())
        {
            test[place..end].fill(true);
        }
    }
    test
}

/// The text with comments, strings and characters blanked; lines stay where they are.
fn blank(text: &str) -> Vec<char> {
    let chars: Vec<char> = text.chars().collect();
    let mut code = chars.clone();
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at);
        for place in &mut code[at..end] {
            if *place != '\n' {
                *place = ' ';
            }
        }
        at = end.max(at + 1);
    }
    code
}

/// Where the comment or literal that begins at `at` ends; `at` when none begins there.
fn literal_end(chars: &[char], at: usize) -> usize {
    let rest = &chars[at..];
    let until = |place: Option<usize>| place.map_or(chars.len(), |place| at + place);
    if rest.starts_with(&['/', '/']) {
        return until(rest.iter().position(|c| *c == '\n'));
    }
    if rest.starts_with(&['/', '*']) {
        let (mut depth, mut place) = (0, 0);
        while place < rest.len() {
            match rest[place..] {
                ['/', '*', ..] => (depth, place) = (depth + 1, place + 2),
                ['*', '/', ..] => (depth, place) = (depth - 1, place + 2),
                _ => place += 1,
            }
            if depth == 0 {
                break;
            }
        }
        return at + place;
    }
    let starts_word = at == 0 || !is_name(chars[at - 1]) || (chars[at - 1] == 'b' && rest[0] == 'r');
    let hashes = rest.iter().skip(1).take_while(|c| **c == '#').count();
    if rest[0] == 'r' && starts_word && rest.get(1 + hashes) == Some(&'"') {
        let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
        let body = 2 + hashes;
        return until(rest[body..].windows(close.len()).position(|w| w == close).map(|p| body + p + close.len()));
    }
    match rest {
        ['"', ..] => quoted_end(chars, at, '"'),
        ['\'', '\\', ..] | ['\'', _, '\'', ..] => quoted_end(chars, at, '\''),
        _ => at,
    }
}

fn quoted_end(chars: &[char], open: usize, quote: char) -> usize {
    let mut at = open + 1;
    while at < chars.len() && chars[at] != quote {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

fn rust_files(folder: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.insert(path);
        }
    }
}

#[test]
fn the_house_stands() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = BTreeSet::new();
    rust_files(&root, &mut files);
    assert!(files.len() > 20, "only {} files found under src", files.len());
    let mut failures = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source file can be read");
        let path = file.strip_prefix(&root).expect("it was found there").to_string_lossy().replace('\\', "/");
        failures.extend(Source::new(&path, &text).check());
    }
    let list: Vec<String> = failures.iter().map(Failure::to_string).collect();
    assert!(list.is_empty(), "{} rules are broken:\n{}\n", list.len(), list.join("\n"));
}

/// The failures of one snippet as "line: what".
fn failures(path: &str, text: &str) -> Vec<String> {
    Source::new(path, text).check().iter().map(|failure| format!("{}: {}", failure.line, failure.what)).collect()
}

#[test]
fn forbidden_imports_are_found_however_they_are_written() {
    let found = |path, code: &str| failures(path, &format!("//! Doc.\n{code}\n"));
    assert_eq!(found("protection/a.rs", "use crate::world::World;"), ["2: `protection` imports `world::World`"]);
    assert_eq!(found("world/a.rs", "fn f() { crate::intent::f(); }"), ["2: `world` imports `intent::f`"]);
    assert_eq!(
        found("units/a.rs", "use crate::{units::Bytes,\n    kernel::{Law as L, law::{self, X}}};"),
        ["2: `units` imports `kernel::Law`", "2: `units` imports `kernel::law`", "2: `units` imports `kernel::law`"]
    );
    assert_eq!(found("kernel/a.rs", "use super::super::world::X;"), ["2: `kernel` imports `world::X`"]);
    assert_eq!(found("kernel/mod.rs", "use super::world;"), ["2: `kernel` imports `world`"]);
    let test = "#[cfg(test)]\nmod tests {\n    use super::super::super::world;\n    use super::super::law;\n}";
    assert_eq!(found("kernel/a.rs", test), ["4: `kernel` imports `world`"]);
    assert_eq!(found("scenario/a.rs", "use crate::kernel::{Agenda, Law};"), ["2: `scenario` imports `kernel::Agenda`"]);
    assert_eq!(found("scenario/a.rs", "use crate::world::{World, Churn};"), ["2: `scenario` imports `world::World`"]);
    assert_eq!(found("main.rs", "use drsim::world;"), ["2: `main` imports `world`"]);
    assert_eq!(found("attic/a.rs", "")[0], "1: the room `attic` has no line in the table");
    assert!(found("simulation/a.rs", "use crate::world::World;\nuse crate::units;").is_empty());
    assert!(found("protection/a.rs", "use super::world; // a file of its own\n/* crate::world */").is_empty());
}

#[test]
fn banned_words_are_found_in_code_only() {
    let found = |path, code: &str| failures(path, &format!("//! Doc.\n{code}\n"));
    for word in
        ["Instant::now", "SystemTime", "HashMap", "HashSet", "thread_rng", "unwrap(", "todo!", "unimplemented!", "dbg!"]
    {
        assert_eq!(found("world/a.rs", &format!("x.{word} ")), [format!("2: `{word}` is banned")]);
        let hidden = format!(
            "// {word}\n/* /* {word} */ {word} */\nconst A: &str = \"\\\"{word}\"; r#\"{word}\"#; '\"'; 'a {word}"
        );
        assert_eq!(found("world/a.rs", &hidden).len(), 1, "only the last one is code: {word}");
    }
    assert!(found("cli/progress.rs", "Instant::now(); SystemTime::now();").is_empty());
    assert!(found("world/a.rs", "x.unwrap_or(1);\n#[cfg(test)]\nmod tests { fn f() { x.unwrap(); } }").is_empty());
    assert_eq!(found("world/a.rs", "#[cfg(test)]\nmod t { }\nfn f() { x.unwrap() }"), ["4: `unwrap(` is banned"]);
    assert_eq!(found("world/a.rs", "#[cfg(test)]\nmod t { fn f() { todo!() } }").len(), 1);
}

#[test]
fn long_files_long_functions_and_missing_docs_are_found() {
    let long_file = format!("//! Doc.\n{}", "\n".repeat(FILE_LINES_MAX));
    assert_eq!(failures("world/a.rs", &long_file).len(), 1);
    assert!(failures("world/a.rs", &long_file[..long_file.len() - 1]).is_empty());
    let function = |lines: usize| format!("//! Doc.\nfn f(a: [u8; 2]) {{{}}}\nfn g();\n", "\n".repeat(lines - 1));
    assert_eq!(failures("world/a.rs", &function(71)), ["2: `f` has 71 lines, 70 are allowed"]);
    assert!(failures("world/a.rs", &function(70)).is_empty());
    assert_eq!(failures("world/a.rs", "use x;\n"), ["1: the file does not begin with `//!`"]);
}
