//! What comes next: the plan, and a mock on a problem that the trainer picks.

use std::path::PathBuf;

use super::{Context, output::Stop, sessions};
use crate::{
    actions::{self, Wish},
    domain::{attempt::Mode, plan::Standing},
    wording::{self, Line},
};

/// `plan`: prints a course of study and says what to type next.
pub(super) fn plan(context: &Context, id: &str) -> Result<u8, Stop> {
    let course = actions::plan(&context.house, id)?;
    let due = actions::due(&context.house)?;
    let now = context.house.now();
    context.output.lines(&wording::plan(&course, &due, now))?;
    let next = course.next(now).map(|(part, step)| {
        let mode = course.plan.parts[part].steps[step].mode;
        match &course.standings[part][step] {
            Standing::Missed { problem, .. } => format!("fiftyten start {problem} --mode drill"),
            Standing::Open(ids) => format!("fiftyten start {} --mode {}", ids[0], mode.word()),
            Standing::Done { .. } | Standing::NotHere => String::new(),
        }
    });
    context
        .output
        .remark(&next.unwrap_or_else(|| "all is done; `fiftyten mock` picks a problem".to_owned()));
    Ok(0)
}

/// `mock`: picks a problem, says why, starts the hour.
pub(super) fn mock(
    context: &Context,
    tier: Option<u8>,
    seed: Option<u64>,
    dir: Option<PathBuf>,
    dry_run: bool,
) -> Result<u8, Stop> {
    let seed = seed.unwrap_or_else(|| context.house.now());
    let picked = actions::pick(&context.house, tier, seed)?;
    let id = picked.problem.id.to_string();
    if dry_run {
        context.output.lines(&[Line::plain(id)])?;
        context.output.remark(&wording::picked(&picked));
        return Ok(0);
    }
    context
        .output
        .remark(&format!("{id}: {}", wording::picked(&picked)));
    let wish = Wish {
        problem: id,
        mode: Mode::Mock,
        dir,
        seed: 0,
    };
    sessions::start(context, &wish)
}
