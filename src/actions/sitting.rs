//! An attempt that is open in front of somebody: its problem, its journal and where its session stands.

use std::{collections::BTreeMap, fs};

use super::{Failure, House, show};
use crate::{
    domain::{
        attempt::{Mode, Submission},
        problem::{Problem, Weights},
        session::{Command, Effect, MINUTE, Phase, SessionState, handle, replay},
        verdict::Refusal,
    },
    history::{self, Attempt, HistoryError},
    judge, workspace,
};

/// An attempt with its problem and its session. Other processes may append to the journal meanwhile; every command looks
/// there first.
#[derive(Debug, Clone)]
pub struct Sitting {
    /// The attempt on disk.
    pub attempt: Attempt,
    /// Its problem.
    pub problem: Problem,
    /// Where the session stands.
    pub state: SessionState,
    /// Length of the journal that `state` was read from.
    length: u64,
}

impl Sitting {
    /// Opens the attempt of a name; without one, the attempt whose workspace is the current folder, or else the latest that
    /// is not over.
    ///
    /// Fails if there is none, if it cannot be read, or if its problem is not in the library.
    pub fn open(house: &House, wanted: Option<&str>) -> Result<Sitting, Failure> {
        let attempt = match wanted {
            Some(wanted) => history::find(&house.data, wanted)?,
            None => current(house)?,
        };
        Sitting::of(house, attempt)
    }

    /// Opens an attempt.
    pub fn of(house: &House, attempt: Attempt) -> Result<Sitting, Failure> {
        let problem = show(house, &attempt.manifest.problem)?;
        let (state, length) = read(&attempt)?;
        Ok(Sitting {
            attempt,
            problem,
            state,
            length,
        })
    }

    /// Reads what others appended; tells whether there was anything.
    pub fn refresh(&mut self) -> Result<bool, Failure> {
        let changed = self.attempt.journal().length() != self.length;
        if changed {
            (self.state, self.length) = read(&self.attempt)?;
        }
        Ok(changed)
    }

    /// Does one thing: the machine decides, the journal gets the entries, and the work that follows at once is done (keeping
    /// the workspace when time is up, putting the stub of the follow-up under the code).
    ///
    /// Returns the effects, for whoever shows them. Fails with `Usage` if the thing has no place now.
    pub fn act(&mut self, house: &House, command: Command) -> Result<Vec<Effect>, Failure> {
        self.refresh()?;
        let step = handle(&self.state, house.now(), command)?;
        self.attempt.journal().append(&step.entries)?;
        for entry in &step.entries {
            self.state.apply(entry);
        }
        self.length = self.attempt.journal().length();
        for effect in &step.effects {
            match effect {
                Effect::Freeze => self.freeze(house)?,
                Effect::AppendFollowup => append_stub(&self.problem, &self.attempt)?,
                Effect::Began(_)
                | Effect::ShowUnasked
                | Effect::ShowTwist
                | Effect::Judge { .. } => {}
            }
        }
        Ok(step.effects)
    }

    fn freeze(&mut self, house: &House) -> Result<(), Failure> {
        let hash = self.keep(house)?.ok().map(|submission| submission.hash);
        self.act(house, Command::Freeze { hash })?;
        Ok(())
    }

    /// Keeps the workspace as it is in a snapshot; a workspace that intake does not take is not kept.
    pub fn keep(&mut self, house: &House) -> Result<Result<Submission, Vec<Refusal>>, Failure> {
        let taken = self.take_in()?;
        if let Ok(submission) = &taken {
            history::write_snapshot(&self.attempt, submission)?;
            self.act(
                house,
                Command::Snapshot {
                    hash: submission.hash.clone(),
                },
            )?;
        }
        Ok(taken)
    }

    /// The workspace as the judge would take it in.
    pub fn take_in(&self) -> Result<Result<Submission, Vec<Refusal>>, Failure> {
        let folder = self.attempt.workspace();
        judge::intake(&folder).map_err(|error| {
            Failure::machine(
                format!("cannot read the workspace {}: {error}", folder.display()),
                "put the folder back, or start another attempt",
            )
        })
    }

    /// The candidate's own test files by name; the samples count as own once they were changed.
    pub fn own_tests(&self) -> BTreeMap<String, String> {
        let folder = self.attempt.workspace().join("tests");
        let mut tests = BTreeMap::new();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let plain = entry.file_type().is_ok_and(|kind| kind.is_file()) && name.ends_with(".rs");
            let Some(text) = plain
                .then(|| fs::read_to_string(entry.path()).ok())
                .flatten()
            else {
                continue;
            };
            if text != self.problem.samples.source {
                tests.insert(name, text);
            }
        }
        tests
    }

    /// What counts how much in this attempt: drills have their own weights, and a mock that was handed in before the twist
    /// was told is not measured by it.
    pub fn weights(&self) -> Weights {
        let early = self
            .state
            .submitted
            .as_ref()
            .is_some_and(|(at, ..)| self.state.elapsed(*at) < 35 * MINUTE);
        match self.attempt.manifest.mode {
            Mode::Drill => Weights::DRILL,
            Mode::Mock if early && self.state.followup.is_none() => Weights {
                followup: 0,
                ..self.problem.weights
            },
            Mode::Mock | Mode::Warmup | Mode::Untimed => self.problem.weights,
        }
    }

    /// The phase at this moment.
    pub fn phase(&self, house: &House) -> Phase {
        self.state.phase_at(house.now())
    }
}

fn read(attempt: &Attempt) -> Result<(SessionState, u64), Failure> {
    let journal = attempt.journal();
    let length = journal.length();
    let entries = journal.entries()?;
    let state = replay(&entries).ok_or_else(|| HistoryError::Corrupt {
        path: journal.path().to_owned(),
        line: 1,
        why: "the journal does not begin with the start of the attempt".to_owned(),
    })?;
    Ok((state, length))
}

/// The attempt of the current folder, or the latest that is not over.
fn current(house: &House) -> Result<Attempt, Failure> {
    let (attempts, _) = history::list(&house.data)?;
    if let Some(here) = std::env::current_dir()
        .ok()
        .and_then(|path| path.canonicalize().ok())
    {
        let around = |attempt: &&Attempt| {
            attempt
                .workspace()
                .canonicalize()
                .is_ok_and(|folder| here.starts_with(folder))
        };
        if let Some(found) = attempts.iter().rev().find(around) {
            return Ok(found.clone());
        }
    }
    let now = house.now();
    for attempt in attempts.into_iter().rev() {
        if read(&attempt)?.0.open(now) {
            return Ok(attempt);
        }
    }
    Err(Failure::usage(
        "no attempt is open",
        "`fiftyten start ID` begins one, `fiftyten history` names the old ones",
    ))
}

/// The stub may be there already, after a kill between journal and file.
fn append_stub(problem: &Problem, attempt: &Attempt) -> Result<(), Failure> {
    match workspace::append_followup(problem, &attempt.workspace()) {
        Ok(()) | Err(workspace::WorkspaceError::StubPresent(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
