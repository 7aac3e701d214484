//! The sentences with which the source answers, so that a test can ask whether each has been provoked.
//!
//! A sentence is a text literal of `src/scenario` or `src/units` outside tests with at least [`WORDS_MIN`] words that no assertion
//! says: those speak of bugs, not of input. What stands between its holes (`{name}`) must occur, in this order, in one line of an answer.

use std::path::Path;

const WORDS_MIN: usize = 3;
/// What is told of runs and of the format, not of a file.
const OF_OTHER_THINGS: [&str; 3] = ["causes.rs", "reference.rs", "schema.rs"];

pub struct Sentence {
    /// `scenario/laws.rs:99`
    pub place: String,
    pub text: String,
}

/// All sentences of a folder of `src`, in the order of files and lines.
pub fn of(folder: &str) -> Vec<Sentence> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(path).expect("the folder is there").flatten().collect();
    files.sort_by_key(std::fs::DirEntry::file_name);
    let mut sentences = Vec::new();
    for file in files {
        let name = file.file_name().to_string_lossy().into_owned();
        let Ok(text) = std::fs::read_to_string(file.path()) else { continue };
        if OF_OTHER_THINGS.contains(&name.as_str()) {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (line, text) in literals(code) {
            if text.split_whitespace().count() >= WORDS_MIN {
                sentences.push(Sentence { place: format!("{folder}/{name}:{line}"), text });
            }
        }
    }
    sentences
}

impl Sentence {
    /// Whether a line could be this sentence, whatever stands in its holes.
    pub fn fits(&self, line: &str) -> bool {
        let mut rest = line;
        for part in self.parts() {
            match rest.find(&part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        true
    }

    fn parts(&self) -> Vec<String> {
        let text = self.text.replace("{{", "\u{1}").replace("}}", "\u{2}");
        let outside = text.split('{').enumerate().map(|(at, part)| match at {
            0 => part,
            _ => part.split_once('}').map_or(part, |(_, after)| after),
        });
        outside.map(|part| part.replace('\u{1}', "{").replace('\u{2}', "}")).filter(|part| !part.is_empty()).collect()
    }
}

/// The text literals of Rust code and their lines; comments and characters are passed over.
fn literals(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut chars = code.chars().peekable();
    let mut line = 1;
    let mut before = ' ';
    let mut statement = String::new();
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match c {
            ';' | '{' | '}' => statement.clear(),
            c => statement.push(c),
        }
        match c {
            '/' if chars.peek() == Some(&'/') => {
                chars.by_ref().find(|c| *c == '\n');
                line += 1;
            }
            '\'' => {
                // A character; a lifetime has no second mark near by and begins no literal either.
                let next: String = chars.clone().take(3).collect();
                let length = if next.starts_with('\\') { 3 } else { 2 };
                if next.chars().nth(length - 1) == Some('\'') {
                    chars.nth(length - 1);
                }
            }
            '"' => {
                let begin = line;
                let mut text = String::new();
                while let Some(c) = chars.next() {
                    line += usize::from(c == '\n');
                    match c {
                        '"' => break,
                        '\\' if before != 'r' => match chars.next() {
                            Some('\n') => {
                                line += 1;
                                while chars.next_if(|c| c.is_whitespace()).is_some() {}
                            }
                            Some('n') => text.push('\n'),
                            Some(c) => text.push(c),
                            None => break,
                        },
                        c => text.push(c),
                    }
                }
                if !["panic!", "assert", "expect("].iter().any(|word| statement.contains(word)) {
                    found.push((begin, text));
                }
            }
            _ => {}
        }
        before = c;
    }
    found
}
