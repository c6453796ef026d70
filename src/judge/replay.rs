//! Plays one schedule of one check again and tells what happens in it.

use std::sync::atomic::AtomicBool;

use super::JudgeError;
use super::bench::Bench;
use super::build::{self, Desk, module_of};
use super::run::{Run, Settings};
use super::sandbox::limits::Limits;
use crate::domain::attempt::Submission;
use crate::domain::problem::{Category, Check, Problem};
use crate::domain::verdict::Story;

/// Replays the schedule `token` of a hidden check; `check` is its name, or category and name joined by `::`.
///
/// A schedule that passes now comes back as a story of kind `passed`. Answers with none if nothing can be replayed: no such
/// check, code that does not compile, or a check that explores nothing.
pub fn replay(
    bench: &Bench,
    problem: &Problem,
    submission: &Submission,
    check: &str,
    token: &str,
) -> Result<Option<Story>, JudgeError> {
    let never = AtomicBool::new(false);
    let Some((category, check)) = find(problem, check) else {
        return Ok(None);
    };
    let desk = Desk::new(bench, problem, submission)?;
    if !build::submission(bench, &desk, &never)?.succeeded {
        return Ok(None);
    }
    let programs = build::suites(bench, &desk, problem, &[category], &never)?;
    let Some(path) = programs
        .first()
        .and_then(|program| program.path.as_ref().ok())
    else {
        return Ok(None);
    };
    let run = Run {
        cage: &bench.cage,
        program: path,
        folder: &desk.empty(),
        test: format!("{}::{}", module_of(category), check.name),
        category,
        name: check.name.clone(),
        study: None,
        settings: Settings {
            replay: Some(token.to_owned()),
            ..Settings::default()
        },
        limits: Limits::CHECK,
    };
    let (finding, _) = run.finding(&never)?;
    Ok(finding
        .record
        .and_then(|record| record.story.or(record.replayed)))
}

/// Performance checks have no schedules.
fn find<'a>(problem: &'a Problem, check: &str) -> Option<(Category, &'a Check)> {
    let (category, name) = check
        .split_once("::")
        .map_or((None, check), |(category, name)| (Some(category), name));
    problem
        .suites
        .iter()
        .filter(|suite| suite.category != Category::Performance)
        .filter(|suite| category.is_none_or(|word| word == suite.category.word()))
        .find_map(|suite| {
            suite
                .checks
                .iter()
                .find(|check| check.name == name)
                .map(|check| (suite.category, check))
        })
}
