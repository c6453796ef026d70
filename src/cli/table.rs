//! The table of several submissions: a line each, and why it is not accepted.

use std::path::Path;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::output::harmless;
use crate::{
    domain::report::Report,
    wording::{self, Line, Tone},
};

/// From this width on the reason stands in the same line.
const WIDE: usize = 110;
/// From this width on there is room for the band.
const MEDIUM: usize = 60;
/// Names are not shortened below this, nor drawn wider than that.
const NAME: (usize, usize) = (12, 60);

/// What the table says of one submission. Small, since there may be thousands.
pub(super) struct Row {
    name: String,
    verdict: &'static str,
    accepted: bool,
    score: f64,
    band: &'static str,
    reason: String,
}

impl Row {
    /// The row of a report.
    pub fn of(report: &Report, same_as: Option<&Path>) -> Row {
        let reason = wording::first_reason(&report.verdict);
        let reason = match same_as {
            Some(path) => format!("the same code as {}", path.display()),
            None => reason.unwrap_or_default(),
        };
        Row {
            name: harmless(&report.submission.path),
            verdict: wording::verdict_word(&report.verdict),
            accepted: report.verdict.accepted(),
            score: report.score.total,
            band: report.score.band.word(),
            reason: harmless(&reason),
        }
    }
}

/// The rows under a heading, and how many are accepted; at most `width` columns wide, if there is a width.
pub(super) fn table(
    rows: &[Row],
    accepted: usize,
    skipped: usize,
    width: Option<usize>,
) -> Vec<Line> {
    let wide = width.is_none_or(|width| width >= WIDE);
    let banded = width.is_none_or(|width| width >= MEDIUM);
    // Verdict and score with the gaps around them, the band with its own.
    let taken = 2 + 16 + 2 + 5 + if banded { 13 } else { 0 };
    let room = width.map_or(NAME.1, |width| {
        let room = if wide { width / 2 } else { width };
        room.saturating_sub(taken).clamp(NAME.0, NAME.1)
    });
    let names = rows.iter().map(|row| row.name.width()).max().unwrap_or(0);
    let names = names.clamp("submission".len(), room);
    let line = |name: &str, verdict: &str, score: &str, band: &str, reason: &str| {
        let name = end_of(name, names);
        let gap = " ".repeat(names.saturating_sub(name.width()));
        let band = if banded {
            format!("  {band:<11}")
        } else {
            String::new()
        };
        let text = format!("{name}{gap}  {verdict:<16}  {score:>5}{band}  {reason}");
        let text = text.trim_end();
        width.map_or_else(|| text.to_owned(), |width| start_of(text, width))
    };
    let heading = line(
        "submission",
        "verdict",
        "score",
        "band",
        if wide { "why" } else { "" },
    );
    let mut lines = vec![Line::new(Tone::Heading, heading)];
    for row in rows {
        let tone = if row.accepted { Tone::Good } else { Tone::Bad };
        let score = format!("{:.1}", row.score);
        let reason = if wide { row.reason.as_str() } else { "" };
        let text = line(&row.name, row.verdict, &score, row.band, reason);
        lines.push(Line::new(tone, text));
        if !wide && !row.reason.is_empty() {
            let text = format!("    {}", row.reason);
            let text = width.map_or_else(|| text.clone(), |width| start_of(&text, width));
            lines.push(Line::new(Tone::Quiet, text));
        }
    }
    let skipped = match skipped {
        0 => String::new(),
        _ => format!(", {skipped} skipped"),
    };
    let sum = format!("{accepted} of {} accepted{skipped}", rows.len());
    lines.push(Line::plain(sum));
    lines
}

/// The text, or its first columns with a mark that there is more.
fn start_of(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    fitting(text.chars(), width)
        .into_iter()
        .chain(['…'])
        .collect()
}

/// The text, or its last columns with a mark that there is more: files differ at their ends.
fn end_of(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut last = fitting(text.chars().rev(), width);
    last.push('…');
    last.into_iter().rev().collect()
}

/// As many characters as leave a column free.
fn fitting(characters: impl Iterator<Item = char>, width: usize) -> Vec<char> {
    let mut used = 1;
    characters
        .take_while(|character| {
            used += character.width().unwrap_or(0);
            used <= width
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, accepted: bool, reason: &str) -> Row {
        Row {
            name: name.to_owned(),
            verdict: if accepted {
                "accepted"
            } else {
                "does not compile"
            },
            accepted,
            score: 87.25,
            band: "strong hire",
            reason: reason.to_owned(),
        }
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let rows = [
            row("candidates/alice/token-bucket/src/lib.rs", true, ""),
            row(
                "候補者/ボブ/長い名前のファイル.rs",
                false,
                &"a long reason ".repeat(30),
            ),
        ];
        for width in [44, 60, 80, 109, 110, 120, 200] {
            for line in table(&rows, 1, 2, Some(width)) {
                assert!(line.text.width() <= width, "{width}: {}", line.text);
            }
        }
        let free = wording::text(&table(&rows, 1, 2, None));
        assert!(free.contains(rows[1].reason.trim_end()), "{free}");
        assert!(free.ends_with("1 of 2 accepted, 2 skipped\n"), "{free}");
    }

    #[test]
    fn a_long_name_keeps_its_end() {
        assert_eq!(end_of("candidates/alice.rs", 10), "…/alice.rs");
        assert_eq!(start_of("candidates", 6), "candi…");
    }
}
