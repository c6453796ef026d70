//! Samples and the candidate's own tests.

use std::sync::atomic::AtomicBool;

use super::{Failure, House, Sitting};
use crate::{
    domain::{
        session::Command,
        verdict::{Cage, Verdict},
    },
    judge::{self, JudgeEvent},
};

/// What a run of the samples found.
#[derive(Debug, Clone, PartialEq)]
pub struct TestRun {
    /// The state of the code that was tested; none if intake refused it.
    pub hash: Option<String>,
    /// What was found.
    pub verdict: Verdict,
    /// How the code was caged.
    pub cage: Option<Cage>,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// Keeps the workspace and runs samples and own tests on it. Fails only where the machine does.
pub fn test(
    house: &House,
    sitting: &mut Sitting,
    cancel: &AtomicBool,
    watch: &mut dyn FnMut(JudgeEvent),
) -> Result<TestRun, Failure> {
    let submission = match sitting.keep(house)? {
        Ok(submission) => submission,
        Err(refusals) => {
            return Ok(TestRun {
                hash: None,
                verdict: Verdict::Refused(refusals),
                cage: None,
                seconds: 0.0,
            });
        }
    };
    let bench = judge::prepare(&house.cache, watch)?;
    let own = sitting.own_tests();
    let judgement = judge::run_samples(&bench, &sitting.problem, &submission, &own, cancel, watch)?;
    let checks = judgement.verdict.checks();
    sitting.act(
        house,
        Command::Tested {
            hash: submission.hash.clone(),
            compiled: matches!(judgement.verdict, Verdict::Judged { .. }),
            passed: checks.iter().filter(|check| check.passed()).count(),
            of: checks.len(),
        },
    )?;
    Ok(TestRun {
        hash: Some(submission.hash),
        verdict: judgement.verdict,
        cage: Some(judgement.cage),
        seconds: judgement.seconds.total,
    })
}
