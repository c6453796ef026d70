//! The calls of a history as bars over time, with the longest legal order.

use super::{Line, Tone, columns::fitted};
use crate::domain::verdict::{Call, CallHistory};

/// Most columns of a bar.
const BAR: usize = 32;

/// One bar per call; the longest legal order is numbered, the call that fits nowhere is marked.
pub fn bars(history: &CallHistory, width: usize) -> Vec<Line> {
    let bar_width = BAR.min(width / 3).max(6);
    let end = |call: &Call| call.end.unwrap_or(u64::MAX);
    let first = history
        .calls
        .iter()
        .map(|call| call.begin)
        .min()
        .unwrap_or(0);
    let last = history
        .calls
        .iter()
        .flat_map(|call| call.end.or(Some(call.begin)))
        .max()
        .unwrap_or(first);
    let span = (last - first).max(1);
    let scale = |stamp: u64| ((stamp.min(last) - first) as usize * (bar_width - 1)) / span as usize;
    let mut lines = Vec::new();
    for call in &history.calls {
        let (from, to) = (scale(call.begin), scale(end(call)));
        let bar: String = (0..bar_width)
            .map(|at| if (from..=to).contains(&at) { '=' } else { ' ' })
            .collect();
        let place = call
            .order
            .map_or("  ? fits nowhere".to_owned(), |order| format!("{order:>3}"));
        let ret = call.ret.as_deref().unwrap_or("never returned");
        let tone = if call.order.is_some() {
            Tone::Plain
        } else {
            Tone::Bad
        };
        let name = match call.thread {
            0 => "main".to_owned(),
            id => format!("t{id}"),
        };
        let text = format!("  {name:<4} [{bar}]{place}  {} -> {ret}", call.op);
        lines.push(Line::new(tone, fitted(&text, width).trim_end()));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_that_fits_nowhere_is_marked() {
        let call = |thread, begin, end, order| Call {
            thread,
            op: "Pop".to_owned(),
            ret: Some("None".to_owned()),
            begin,
            end,
            order,
        };
        let lines = bars(
            &CallHistory {
                calls: vec![call(1, 1, Some(4), Some(1)), call(2, 2, None, None)],
            },
            80,
        );
        assert_eq!(lines[0].tone, Tone::Plain);
        assert!(
            lines[1].text.contains("? fits nowhere") && lines[1].tone == Tone::Bad,
            "{:?}",
            lines[1]
        );
    }
}
