//! Tells why a history is not linearizable: in words, and as data for the lanes of the report.

use std::fmt::{Debug, Write};

use serde_json::{Value, json};

use super::Call;

/// One sentence: the longest legal beginning and what fits nowhere after it.
pub(super) fn in_words<Op: Debug, Ret: Debug>(
    calls: &[Call<Op, Ret>],
    longest: &[usize],
    key: Option<&str>,
) -> String {
    let count = calls.len();
    let mut text = format!("{count} call{}", if count == 1 { "" } else { "s" });
    if let Some(key) = key {
        let _ = write!(text, " with key {key}");
    }
    text.push_str(", and no order of them obeys the rules: ");
    if longest.is_empty() {
        text.push_str("none of them can come first");
    } else {
        let order: Vec<_> = longest
            .iter()
            .map(|&index| in_one_phrase(&calls[index]))
            .collect();
        let _ = write!(text, "after {} nothing can follow", order.join(", then "));
    }
    let left: Vec<_> = (0..calls.len())
        .filter(|index| !longest.contains(index))
        .map(|index| {
            format!(
                "{} of thread {}",
                in_one_phrase(&calls[index]),
                calls[index].thread
            )
        })
        .collect();
    let _ = write!(text, "; left over: {}", left.join(", "));
    text
}

fn in_one_phrase<Op: Debug, Ret: Debug>(call: &Call<Op, Ret>) -> String {
    match &call.ret {
        Some(ret) => format!("{:?} → {ret:?}", call.op),
        None => format!("{:?} (not returned)", call.op),
    }
}

/// The `history` of the record: all calls, those of the longest legal beginning with their place in it, from 1.
pub(super) fn as_json<Op: Debug, Ret: Debug>(calls: &[Call<Op, Ret>], longest: &[usize]) -> Value {
    let calls: Vec<_> = calls
        .iter()
        .enumerate()
        .map(|(index, call)| {
            json!({
                "thread": call.thread,
                "op": format!("{:?}", call.op),
                "ret": call.ret.as_ref().map(|ret| format!("{ret:?}")),
                "begin": call.begin,
                "end": call.end,
                "order": longest.iter().position(|&taken| taken == index).map(|place| place + 1),
            })
        })
        .collect();
    json!({ "calls": calls })
}
