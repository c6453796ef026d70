//! The report of a judged attempt.

use super::{Failure, House, history::finished, list::load_all};
use crate::{
    domain::{progress, report::Report},
    history,
};

/// The report of an attempt, or of the latest that was judged. Fails if it was not judged yet.
pub fn report(house: &House, wanted: Option<&str>) -> Result<Report, Failure> {
    if let Some(wanted) = wanted {
        let attempt = history::find(&house.data, wanted)?;
        let unjudged = || {
            let what = format!("{} was not judged yet", attempt.id);
            Failure::usage(
                what,
                format!("`fiftyten submit {}` hands it in", attempt.id),
            )
        };
        return history::read_report(&attempt)?.ok_or_else(unjudged);
    }
    let (attempts, _) = history::list(&house.data)?;
    for attempt in attempts.iter().rev() {
        if let Some(report) = history::read_report(attempt)? {
            return Ok(report);
        }
    }
    Err(Failure::usage(
        "no attempt was judged yet",
        "`fiftyten start ID` begins one, `fiftyten submit` hands it in",
    ))
}

/// The problem with most weight in the weakest category of the report.
pub(super) fn next_drill(house: &House, report: &Report) -> Result<Option<String>, Failure> {
    let (problems, _) = load_all(house)?;
    let mut past = finished(house)?;
    past.extend(progress::Past::of(report));
    let weak = report.score.weakest();
    Ok(
        progress::next_drill(&problems, &past, weak, &report.problem)
            .map(|problem| problem.id.to_string()),
    )
}
