//! Two texts of code side by side.

use super::{Line, Tone, columns::fitted};

/// The lines of two texts side by side, each in half of so many columns; what is too long is cut with a mark.
pub fn beside((left, right): (&str, &str), names: (&str, &str), width: usize) -> Vec<Line> {
    let half = (width.saturating_sub(3) / 2).max(8);
    let row = |left: &str, right: &str| {
        let (left, right) = (fitted(left, half), fitted(right, half));
        format!("{left} | {right}").trim_end().to_owned()
    };
    let (mut ours, mut theirs) = (left.lines(), right.lines());
    let mut lines = vec![Line::new(Tone::Heading, row(names.0, names.1))];
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return lines,
            (left, right) => lines.push(Line::plain(row(
                &printable(left.unwrap_or_default()),
                &printable(right.unwrap_or_default()),
            ))),
        }
    }
}

/// Code without letters that steer a terminal, and with blanks for tabs.
pub fn printable(code: &str) -> String {
    let letters = code.chars();
    letters
        .flat_map(|letter| match letter {
            '\t' => vec![' '; 4],
            '\n' => vec!['\n'],
            letter if letter.is_control() => vec!['\u{fffd}'],
            letter => vec![letter],
        })
        .collect()
}
