//! Runs one check in one process and makes its result out of what happened.

use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::JudgeError;
use super::outcome::{self, Finding};
use super::printed::printed;
use super::process::{self, End, Exit, Job};
use super::sandbox::Cage;
use super::sandbox::limits::Limits;
use super::sandbox::view::View;
use crate::domain::problem::Category;
use crate::domain::verdict::{CheckResult, Outcome};

/// One check as it is run.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    pub cage: &'a Cage,
    pub program: &'a Path,
    /// An empty folder to run in.
    pub folder: &'a Path,
    /// The full name in the program: `core_suite::evicts_the_oldest`.
    pub test: String,
    pub category: Category,
    /// The name for people.
    pub name: String,
    pub study: Option<String>,
    pub settings: Settings,
    pub limits: Limits,
}

/// What a check is told through its environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Mixed into every search.
    pub seed: u64,
    /// Whether the body itself is explored; so for samples, which call nothing of the kit.
    pub explore_body: bool,
    /// The schedule to replay instead of searching.
    pub replay: Option<String>,
}

impl Settings {
    fn environment(&self, test: &str) -> Vec<(OsString, OsString)> {
        let mut variables = vec![
            ("FIFTYTEN_CHECK", test.to_owned()),
            ("FIFTYTEN_SEED", self.seed.to_string()),
            // A backtrace costs 100 ms and says nothing that the record does not.
            ("RUST_BACKTRACE", "0".to_owned()),
        ];
        if self.explore_body {
            variables.push(("FIFTYTEN_BODY", "explore".to_owned()));
        }
        if let Some(token) = &self.replay {
            variables.push(("FIFTYTEN_REPLAY", token.clone()));
        }
        variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect()
    }
}

impl Run<'_> {
    /// Runs it and says what was found, and how long it took.
    ///
    /// Fails with `Cancelled`, or if the process cannot be started.
    pub fn finding(&self, cancel: &AtomicBool) -> Result<(Finding, Duration), JudgeError> {
        let exit = self.run(cancel)?;
        Ok((outcome::decide(&exit, &self.test, self.limits), exit.wall))
    }

    fn run(&self, cancel: &AtomicBool) -> Result<Exit, JudgeError> {
        let job = Job {
            program: self.program.to_owned(),
            arguments: [
                self.test.as_str(),
                "--exact",
                "--test-threads=1",
                "--nocapture",
            ]
            .map(OsString::from)
            .to_vec(),
            environment: self.settings.environment(&self.test),
            folder: self.folder.to_owned(),
            limits: self.limits,
            view: View::of_check(self.program, self.folder),
            channel: true,
        };
        let exit =
            process::run(&job, self.cage, cancel).map_err(JudgeError::caged("run a check"))?;
        if exit.end == End::Cancelled {
            return Err(JudgeError::Cancelled);
        }
        Ok(exit)
    }

    /// Runs it and makes a result of what was found.
    pub fn result(&self, cancel: &AtomicBool) -> Result<CheckResult, JudgeError> {
        let exit = self.run(cancel)?;
        let Finding {
            outcome,
            message,
            credit,
            record,
        } = outcome::decide(&exit, &self.test, self.limits);
        let (coverage, suspicion, story, measurements) = match record {
            Some(record) => (
                record.coverage,
                record.suspicion,
                record.story,
                record.measurements,
            ),
            None => (None, None, None, Vec::new()),
        };
        let passed = outcome == Outcome::Passed;
        Ok(CheckResult {
            category: self.category,
            name: self.name.clone(),
            outcome,
            message,
            credit,
            schedule: story
                .as_ref()
                .filter(|_| !passed)
                .map(|story| story.token.clone()),
            coverage,
            suspicion,
            story: story.filter(|_| !passed),
            measurements,
            study: self.study.clone().filter(|_| !passed),
            // What a hidden suite makes the code print is not the candidate's to read.
            printed: (self.settings.explore_body && !passed)
                .then(|| printed(&exit.stdout, &exit.stderr, &self.test))
                .flatten(),
            seconds: exit.wall.as_secs_f64(),
        })
    }

    /// A result without a run.
    pub fn without_running(&self, outcome: Outcome, message: Option<String>) -> CheckResult {
        CheckResult {
            category: self.category,
            name: self.name.clone(),
            outcome,
            message,
            credit: 0.0,
            schedule: None,
            coverage: None,
            suspicion: None,
            story: None,
            measurements: Vec::new(),
            study: self.study.clone(),
            printed: None,
            seconds: 0.0,
        }
    }
}
