//! A failing schedule, told again.

use super::{Failure, House, Sitting, report};
use crate::{
    domain::{
        attempt::Submission,
        report::Report,
        verdict::{CheckResult, Story},
    },
    history, judge,
};

/// A check with the story of its schedule.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// The check as it was judged.
    pub check: CheckResult,
    /// The story; of kind `passed` if the schedule passes on the code as it is now, none if nothing could be run.
    pub story: Option<Story>,
    /// The code it ran on, if it was kept.
    pub submission: Option<Submission>,
    /// Whether it was run again on the workspace as it is now.
    pub again: bool,
}

/// The story of a check of a judged attempt. `again` runs the same schedule on the workspace as it is now.
///
/// Fails if there is no such check, or if the check has no schedule to tell.
pub fn replay(
    house: &House,
    attempt: Option<&str>,
    check: &str,
    again: bool,
) -> Result<Replayed, Failure> {
    let report = report(house, attempt)?;
    let check = find(&report, check)?.clone();
    let Some(story) = check
        .story
        .clone()
        .filter(|_| check.schedule.is_some() || !again)
    else {
        let what = format!("{} has no schedule to replay", check.name);
        return Err(Failure::usage(
            what,
            "`fiftyten report` says what was found there",
        ));
    };
    let id = report
        .attempt
        .as_ref()
        .map(|part| part.id.clone())
        .unwrap_or_default();
    let kept = history::find(&house.data, &id)?;
    if !again {
        return Ok(Replayed {
            check,
            story: Some(story),
            submission: history::read_snapshot(&kept, &report.submission.hash)?,
            again,
        });
    }
    let sitting = Sitting::of(house, kept)?;
    let submission = sitting.take_in()?.map_err(|refusals| {
        let what: Vec<String> = refusals
            .iter()
            .map(|one| format!("{}: {}", one.path, one.reason))
            .collect();
        Failure::usage(what.join("; "), "mend the workspace first")
    })?;
    let bench = judge::prepare(&house.cache, &mut |_| {})?;
    let token = check.schedule.clone().unwrap_or(story.token);
    let story = judge::replay(&bench, &sitting.problem, &submission, &check.name, &token)?;
    Ok(Replayed {
        check,
        story,
        submission: Some(submission),
        again,
    })
}

/// A check by its name or an unmistakable part of it; several failing ones are told apart by their names.
fn find<'r>(report: &'r Report, wanted: &str) -> Result<&'r CheckResult, Failure> {
    let checks = report.verdict.checks();
    if let Some(exact) = checks.iter().find(|check| check.name == wanted) {
        return Ok(exact);
    }
    let words = wanted.replace([' ', '-'], "_");
    let mut fitting: Vec<&CheckResult> = checks
        .iter()
        .filter(|check| check.name.contains(&words))
        .collect();
    // Who asks for a schedule means one that has something to tell.
    if fitting.iter().any(|check| check.story.is_some()) {
        fitting.retain(|check| check.story.is_some());
    }
    match fitting.as_slice() {
        [one] => Ok(one),
        [] => {
            let told: Vec<&str> = checks
                .iter()
                .filter(|check| check.story.is_some())
                .map(|check| check.name.as_str())
                .collect();
            let remedy = match told.as_slice() {
                [] => "no check of this attempt has a schedule to replay".to_owned(),
                names => format!("these have a schedule: {}", names.join(", ")),
            };
            Err(Failure::usage(
                format!("there is no check named {wanted}"),
                remedy,
            ))
        }
        several => {
            let names: Vec<&str> = several.iter().map(|check| check.name.as_str()).collect();
            Err(Failure::usage(
                format!("{wanted} fits {} checks", several.len()),
                format!("say more of its name: {}", names.join(", ")),
            ))
        }
    }
}
