//! Columns for the screen: as wide as their cells, two spaces apart, never cut.
//!
//! What does not fit is moved, not shortened: a last cell that is too long is left out, a first cell that is too long
//! gets a line of its own. Unit: characters. Invariant: no line is wider than asked, unless a single number is.

/// Space between columns.
const GAP: usize = 2;

/// How a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Side {
    Left,
    Right,
    /// To the left; left out where the line would grow too wide.
    IfRoom,
}

/// Lays rows out, the first of them the head.
pub(in crate::report) fn grid(rows: &[Vec<String>], sides: &[Side], width: usize) -> Vec<String> {
    let wide = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| long(cell)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..sides.len()).map(wide).collect();
    let rest: usize =
        widths.iter().zip(sides).skip(1).filter(|(_, side)| **side != Side::IfRoom).map(|(w, _)| w + GAP).sum();
    let budget = width.saturating_sub(rest);
    let first = rows.iter().map(|row| long(&row[0])).filter(|own| *own <= budget).max().unwrap_or(0);
    let mut lines = Vec::new();
    for row in rows {
        let alone = long(&row[0]) > budget;
        if alone {
            lines.extend(broken(&row[0], width, 2));
        }
        let mut line = pad(if alone { "" } else { &row[0] }, first, Side::Left);
        for (column, cell) in row.iter().enumerate().skip(1) {
            let next = match sides[column] {
                Side::IfRoom if long(&line) + GAP + long(cell) > width => continue,
                side => pad(cell, widths[column], side),
            };
            line.push_str(&" ".repeat(GAP));
            line.push_str(&next);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Breaks a text between words; lines after the first are indented. A word wider than a line is broken too.
pub(in crate::report) fn broken(text: &str, width: usize, indent: usize) -> Vec<String> {
    let (mut lines, mut line, mut empty) = (Vec::new(), String::new(), true);
    for word in text.split_whitespace() {
        let word: Vec<char> = word.chars().collect();
        for (place, piece) in word.chunks(width.saturating_sub(indent).max(1)).enumerate() {
            if !empty && (place > 0 || long(&line) + 1 + piece.len() > width) {
                lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
                empty = true;
            }
            line.extend((!empty).then_some(' '));
            line.extend(piece);
            empty = false;
        }
    }
    lines.extend((!empty).then_some(line));
    lines
}

fn long(text: &str) -> usize {
    text.chars().count()
}

fn pad(text: &str, width: usize, side: Side) -> String {
    let space = " ".repeat(width.saturating_sub(long(text)));
    match side {
        Side::Left => format!("{text}{space}"),
        Side::Right => format!("{space}{text}"),
        Side::IfRoom => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    }

    #[test]
    fn columns_never_touch_and_long_cells_move_instead_of_being_cut() {
        let rows = rows(&[
            &["", "p99", "why"],
            &["link", "90.2 Mbit/s", "resync"],
            &["a very long name of a link", "200 Mbit/s", "initial replication of 5 VMs"],
        ]);
        let lines = grid(&rows, &[Side::Left, Side::Right, Side::IfRoom], 24);
        assert_eq!(
            lines,
            ["              p99  why", "link  90.2 Mbit/s", "a very long name of a", "  link", "       200 Mbit/s",]
        );
    }

    #[test]
    fn a_text_is_broken_between_words_and_a_monstrous_word_anywhere() {
        assert_eq!(broken("one two three", 7, 2), ["one two", "  three"]);
        assert_eq!(broken("a bbbbbbbbbbbb c", 6, 2), ["a bbbb", "  bbbb", "  bbbb", "  c"]);
        assert!(broken("  ", 6, 2).is_empty());
    }
}
