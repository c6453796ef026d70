//! The end of a performance check: measurements become credit, a message and the record.
//!
//! In: findings. Out: one record, and a panic if the check has failed. Never measures.

use serde_json::json;

use crate::record::Record;

/// Points by the ratio to the reference.
pub(crate) struct Credit;

impl Credit {
    /// At most this ratio earns all points.
    pub(crate) const FULL: f64 = 3.0;
    /// At most this ratio earns half of them; more earns none.
    pub(crate) const HALF: f64 = 8.0;

    fn of(ratio: f64) -> f64 {
        if ratio <= Self::FULL {
            1.0
        } else if ratio <= Self::HALF {
            0.5
        } else {
            0.0
        }
    }
}

/// One measured figure and what it means.
pub(crate) struct Finding {
    what: String,
    value: f64,
    limit: f64,
    credit: f64,
    /// Whether the check fails where there is no credit. Growth and memory are facts about the code; how many times slower
    /// than the reference it is also depends on the machine and costs points only.
    decides: bool,
    /// Said when the credit is not full.
    message: String,
}

impl Finding {
    /// All or nothing.
    pub(crate) fn limit(what: &str, value: f64, limit: f64, message: String) -> Self {
        let credit = if value <= limit { 1.0 } else { 0.0 };
        Self {
            what: what.to_owned(),
            value,
            limit,
            credit,
            decides: true,
            message,
        }
    }

    fn fails(&self) -> bool {
        self.decides && self.credit == 0.0
    }

    /// By the steps of [`Credit`]; `scope` says what was timed.
    pub(crate) fn ratio(ratio: f64, scope: &str) -> Self {
        let message = format!(
            "it takes {ratio:.2} times as long as the reference {scope}; at most {} times earns all points, at most {} half",
            Credit::FULL,
            Credit::HALF
        );
        Self {
            what: "ratio to the reference".to_owned(),
            value: ratio,
            limit: Credit::FULL,
            credit: Credit::of(ratio),
            decides: false,
            message,
        }
    }
}

/// Ends the check: at most `limit` bytes. `what` names them, as in "one entry".
///
/// Compare two readings of [`allocated_bytes`](crate::allocated_bytes). Panics, after writing the record, above the limit.
#[track_caller]
pub fn at_most_bytes(what: &str, measured: usize, limit: usize) {
    let message = format!("{what} takes {measured} bytes; the limit is {limit}");
    conclude(&[Finding::limit(
        &format!("bytes: {what}"),
        measured as f64,
        limit as f64,
        message,
    )]);
}

/// Writes the record with the least credit of `findings`; panics if one that decides has none.
#[track_caller]
pub(crate) fn conclude(findings: &[Finding]) {
    let credit = findings
        .iter()
        .map(|finding| finding.credit)
        .fold(1.0, f64::min);
    let shortfalls: Vec<_> = findings
        .iter()
        .filter(|finding| finding.credit < 1.0)
        .map(|finding| finding.message.as_str())
        .collect();
    let message = (!shortfalls.is_empty()).then(|| shortfalls.join("; "));
    let failed = findings.iter().any(Finding::fails);
    write_record(findings, credit, failed, message.as_deref());
    if failed {
        panic!("{}", message.unwrap_or_default());
    }
}

/// Writes to the descriptor that the judge names; without one a person reads the figures on stderr.
fn write_record(findings: &[Finding], credit: f64, failed: bool, message: Option<&str>) {
    // Only the judge, who knows the harness's name for the check, can tell it: the harness runs us on its own thread.
    let mut record = Record::passed(&std::env::var("FIFTYTEN_CHECK").unwrap_or_default());
    if failed {
        record.outcome = "failed".to_owned();
    }
    record.message = message.map(str::to_owned);
    record.credit = credit;
    record.measurements = findings
        .iter()
        .map(|finding| {
            json!({
                "what": finding.what, "value": finding.value, "limit": finding.limit, "decides": finding.decides,
            })
        })
        .collect();
    if record.write().expect("the judge reads the record") {
        return;
    }
    for finding in findings {
        eprintln!(
            "{}: {:.2} (limit {:.2})",
            finding.what, finding.value, finding.limit
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{Credit, Finding};

    #[test]
    fn credit_falls_in_steps() {
        let credits = [0.2, 3.0, 3.1, 8.0, 8.1].map(Credit::of);
        assert_eq!(credits, [1.0, 1.0, 0.5, 0.5, 0.0]);
    }

    #[test]
    fn a_limit_is_all_or_nothing() {
        let credit = |value| Finding::limit("growth", value, 2.5, String::new()).credit;
        assert_eq!((credit(2.5), credit(2.6)), (1.0, 0.0));
    }

    #[test]
    fn slowness_costs_points_and_growth_fails() {
        assert!(!Finding::ratio(100.0, "here").fails());
        assert!(Finding::limit("growth", 2.6, 2.5, String::new()).fails());
    }
}
