//! Charts of columns, in letters. The numbers stand beside every chart; it is never the only carrier of a meaning.

use super::{Line, Tone};

/// What columns are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// Eighths of a block: for screens.
    Blocks,
    /// Letters that every terminal and every file has.
    Letters,
}

/// Columns that the axis takes on the left.
pub const AXIS: usize = 5;

const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Values from 0 to 100 as columns above an axis, one column each; none leaves its place empty.
///
/// `ends` are the words below the left and the right end.
pub fn chart(heights: &[Option<f64>], rows: usize, grain: Grain, ends: (&str, &str)) -> Vec<Line> {
    let rows = rows.max(2);
    let (side, corner, floor) = match grain {
        Grain::Blocks => ('│', '└', "─"),
        Grain::Letters => ('|', '+', "-"),
    };
    let mut lines: Vec<Line> = (0..rows)
        .rev()
        .map(|row| {
            let label = match row {
                _ if row + 1 == rows => "100",
                _ if row == rows / 2 && rows > 3 && rows.is_multiple_of(2) => "50",
                _ => "",
            };
            let cells: String = heights
                .iter()
                .map(|height| cell(*height, row, rows, grain))
                .collect();
            Line::plain(format!("{label:>3} {side}{}", cells.trim_end()))
        })
        .collect();
    lines.push(Line::plain(format!(
        "  0 {corner}{}",
        floor.repeat(heights.len())
    )));
    let gap = heights
        .len()
        .saturating_sub(ends.0.chars().count() + ends.1.chars().count());
    let below = format!(
        "{}{}{}{}",
        " ".repeat(AXIS),
        ends.0,
        " ".repeat(gap),
        ends.1
    );
    lines.push(Line::new(Tone::Quiet, below));
    lines
}

/// The part of a column in one row, counted from the floor. What is there but worth nothing still leaves a trace.
fn cell(height: Option<f64>, row: usize, rows: usize, grain: Grain) -> char {
    let Some(height) = height else { return ' ' };
    let eighths = (height.clamp(0.0, 100.0) / 100.0 * (rows * 8) as f64).floor() as usize;
    let here = eighths.saturating_sub(row * 8).min(8);
    let here = if row == 0 { here.max(1) } else { here };
    match grain {
        Grain::Blocks => EIGHTHS[here],
        Grain::Letters if here >= 4 => '#',
        Grain::Letters if here >= 1 => '.',
        Grain::Letters => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(heights: &[Option<f64>], rows: usize, grain: Grain) -> String {
        super::super::text(&chart(heights, rows, grain, ("0:00", "50:00")))
    }

    #[test]
    fn a_full_column_reaches_the_top_and_nothing_is_not_the_same_as_zero() {
        let heights = [None, Some(0.0), Some(50.0), Some(99.9), Some(100.0)];
        let drawn = text(&heights, 4, Grain::Blocks);
        let head: String = drawn.lines().next().map(str::to_owned).unwrap_or_default();
        assert_eq!(head, "100 │   ▇█", "{drawn}");
        let floor = drawn.lines().nth(3).unwrap_or_default();
        assert_eq!(floor, "    │ ▁███", "{drawn}");
    }

    #[test]
    fn letters_need_nothing_but_ascii() {
        let drawn = text(&[Some(10.0), Some(60.0), Some(100.0)], 4, Grain::Letters);
        assert!(drawn.is_ascii(), "{drawn}");
        assert_eq!(drawn.lines().next(), Some("100 |  #"), "{drawn}");
    }
}
