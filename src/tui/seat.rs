//! An open session as the screens see it: the journal's state, what runs, and what was found.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use super::{
    message::{Saved, Seated},
    screens::rate::Sheet,
    state::Scroll,
};
use crate::{
    actions::{TestRun, Topic},
    domain::{
        attempt::Mode,
        problem::{Category, Problem},
        session::{MINUTE, Phase, SessionState, facts::clock, nudges::Nudge},
        verdict::{CheckResult, Verdict},
    },
    history::Attempt,
    judge::JudgeEvent,
    wording::{self, Tone},
};

/// A part of the session screen that can be scrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pane {
    /// Guide, questions, answers, hints, twist.
    Talk,
    /// What the samples found.
    Samples,
    /// The statement, where there is room for it.
    Statement,
}

/// A run of samples and own tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Unix milliseconds.
    pub since: u64,
    /// Once checks run, a new save waits for their end; before, it starts anew.
    pub checking: bool,
    /// What happens now, in words.
    pub now: String,
    /// The workspace changed after the run began.
    pub again: bool,
    /// What is tested; see [`Saved`].
    pub mark: Option<String>,
}

/// What the last run found.
#[derive(Debug)]
pub struct Tested {
    /// What was tested.
    pub mark: Option<String>,
    /// Unix milliseconds.
    pub at: u64,
    /// The result.
    pub run: TestRun,
}

/// The judge at work.
#[derive(Debug, Default)]
pub struct Judging {
    /// Unix milliseconds.
    pub since: u64,
    /// The bench, while it is not ready.
    pub bench: Option<String>,
    /// Parts that the compiler works on.
    pub building: Vec<String>,
    /// Parts that are built, with seconds.
    pub built: Vec<(String, f64)>,
    /// Checks that run.
    pub running: Vec<(Category, String)>,
    /// Checks that are decided.
    pub ended: Vec<CheckResult>,
}

/// An open session.
pub struct Seat {
    /// The attempt.
    pub attempt: Attempt,
    /// Its problem.
    pub problem: Arc<Problem>,
    /// Where the session stands.
    pub session: SessionState,
    /// Another process has the session, and this screen only watches; its number.
    pub guest: Option<String>,
    /// The questions of the discussion.
    pub topics: Vec<Topic>,
    /// The phase that was last announced.
    pub phase: Phase,
    /// The warning that was given last, in seconds before the end; 0 for none.
    pub warned: u64,
    /// What the interviewer has thrown in and still holds.
    pub nudged: Vec<Nudge>,
    /// The part that has the keyboard.
    pub pane: Pane,
    /// How far each part is scrolled.
    pub talk: Scroll,
    /// See `talk`.
    pub samples: Scroll,
    /// See `talk`.
    pub statement: Scroll,
    /// The workspace as it was last seen, and when.
    pub saved: Option<(u64, Saved)>,
    /// The run that goes on.
    pub run: Option<Run>,
    /// The bench, while it is being prepared.
    pub bench: Option<String>,
    /// What the last run found.
    pub tested: Option<Tested>,
    /// The judge at work.
    pub judging: Option<Judging>,
    /// Whether a report is there.
    pub judged: bool,
    /// Whether the candidate ended the talk; until then the result stays secret.
    pub talked: bool,
    /// How far the answer is scrolled.
    pub answer: Scroll,
    /// Why the judge could not work.
    pub broken: Option<String>,
    /// The selected question of the discussion.
    pub topic: usize,
    /// The own view of the work, before the result is shown.
    pub sheet: Sheet,
    /// Answers that were put aside with Esc.
    pub answers: HashMap<usize, String>,
    /// Texts that were put aside with Esc: question, note.
    pub drafts: HashMap<&'static str, String>,
    /// Unix milliseconds of the last sign of life.
    pub alive: u64,
    /// Unix milliseconds of the last look at the journal.
    pub looked: u64,
    /// The minute in the terminal's title.
    pub minute: u64,
}

impl Seat {
    /// Sits down.
    pub fn of(seated: Seated, now: u64) -> Seat {
        let phase = seated.session.phase_at(now);
        Seat {
            pane: if phase == Phase::Clarify {
                Pane::Talk
            } else {
                Pane::Samples
            },
            attempt: seated.attempt,
            problem: Arc::new(seated.problem),
            guest: seated.guest,
            topics: seated.topics,
            sheet: Sheet::of(seated.rated_parts),
            phase,
            warned: warned(&seated.session, now),
            nudged: Vec::new(),
            session: seated.session,
            talk: Scroll::default(),
            samples: Scroll::default(),
            statement: Scroll::default(),
            saved: None,
            run: None,
            bench: None,
            tested: None,
            judging: None,
            judged: seated.judged,
            talked: false,
            answer: Scroll::default(),
            broken: None,
            topic: 0,
            answers: HashMap::new(),
            drafts: HashMap::new(),
            alive: 0,
            looked: 0,
            minute: u64::MAX,
        }
    }

    /// The file to edit.
    pub fn file(&self) -> PathBuf {
        self.attempt.workspace().join("src/lib.rs")
    }

    /// Whether the results shown are of an earlier state of the workspace.
    pub fn stale(&self) -> bool {
        let tested = self.tested.as_ref().and_then(|tested| tested.mark.as_ref());
        let saved = self.saved.as_ref().map(|(_, saved)| &saved.mark);
        tested.is_some() && saved.is_some() && tested != saved
    }

    /// Whether the interviewer has told the twist.
    pub fn twist_told(&self, now: u64) -> bool {
        let told = match self.session.mode {
            Mode::Mock => matches!(
                self.session.phase_at(now),
                Phase::Optimise | Phase::Validate
            ),
            Mode::Untimed => true,
            Mode::Drill | Mode::Warmup => false,
        };
        told || self.session.followup.is_some()
    }

    /// The tested answers that nobody asked for; told once coding has begun.
    pub fn unasked(&self) -> Vec<crate::domain::problem::Clarification> {
        let asked = |question: &str| {
            self.session
                .asked_questions()
                .any(|known| known == question)
        };
        let all = self.problem.clarifications.iter();
        all.filter(|one| one.tested && !asked(&one.question))
            .cloned()
            .collect()
    }

    /// The clock in words, with its mark where time is short.
    pub fn clock(&self, now: u64) -> (Tone, String) {
        let session = &self.session;
        let paused = if session.paused() { "paused, " } else { "" };
        let phase = session.phase_at(now);
        if phase == Phase::Discuss {
            let left = session.left_in_phase(now).unwrap_or(0).max(0) as u64;
            return (Tone::Plain, format!("{paused}{} to talk", clock(left)));
        }
        match session.left_to_code(now) {
            None if session.submitted.is_some() || phase == Phase::Over => {
                (Tone::Quiet, "handed in".to_owned())
            }
            None => (
                Tone::Plain,
                format!("{paused}{} elapsed", clock(session.elapsed(now))),
            ),
            Some(left) if left < 0 => (
                Tone::Warning,
                format!("{paused}over +{}", clock(left.unsigned_abs())),
            ),
            Some(left) => {
                let left = left as u64;
                let (tone, mark) = match left {
                    _ if left <= MINUTE => (Tone::Bad, "!! "),
                    _ if left <= 5 * MINUTE => (Tone::Warning, "! "),
                    _ => (Tone::Plain, ""),
                };
                (tone, format!("{mark}{paused}{} left", clock(left)))
            }
        }
    }

    /// The terminal's title: whole minutes, which stay true until the next one is set.
    pub fn title(&self, now: u64) -> String {
        let phase = self.session.phase_at(now);
        let left = match phase {
            Phase::Discuss => self.session.left_in_phase(now),
            _ => self.session.left_to_code(now),
        };
        let minutes = left.map(|left| left.max(0).unsigned_abs().div_ceil(MINUTE));
        let mark = match minutes {
            Some(..=5) => "! ",
            _ => "",
        };
        match (minutes, self.session.paused()) {
            (_, true) => format!("paused · {}", phase.word()),
            (Some(minutes), _) => format!("{mark}{minutes} min · {}", phase.word()),
            (None, _) => phase.word().to_owned(),
        }
    }

    /// Phase, clock and samples in finished sentences.
    pub fn standing(&self, now: u64) -> String {
        let phase = self.session.phase_at(now).word();
        let clock = self.clock(now).1;
        let clock = clock.trim_start_matches(['!', ' ']);
        let mut text = format!("Phase {phase}, {clock}.");
        if self.tested.is_some() || self.run.is_some() {
            text += &format!(" Samples: {}.", self.samples_word().1);
        }
        if let Some(name) = self.first_failing().filter(|_| self.run.is_none()) {
            text += &format!(" Failing: {name}.");
        }
        text
    }

    /// The first check of the samples that does not pass, as a sentence.
    pub fn first_failing(&self) -> Option<String> {
        let checks = self.tested.as_ref()?.run.verdict.checks();
        let check = checks.iter().find(|check| !check.passed())?;
        Some(wording::sentence(&check.name))
    }

    /// Word from a run of the samples.
    pub fn testing(&mut self, event: &JudgeEvent) {
        let Some(run) = &mut self.run else { return };
        match event {
            JudgeEvent::CheckStarted { name, .. } => {
                run.checking = true;
                run.now = wording::sentence(name);
            }
            JudgeEvent::CheckEnded(_) | JudgeEvent::Built { .. } => {}
            other => run.now = step(other).unwrap_or_default(),
        }
    }

    /// Word from the judge.
    pub fn judging(&mut self, event: JudgeEvent) {
        let Some(judging) = &mut self.judging else {
            return;
        };
        match event {
            JudgeEvent::BenchReady { .. } => judging.bench = None,
            JudgeEvent::Building { what } => judging.building.push(what),
            JudgeEvent::Built { what, seconds } => {
                judging.building.retain(|other| *other != what);
                judging.built.push((what, seconds));
            }
            JudgeEvent::CheckStarted { category, name } => judging.running.push((category, name)),
            JudgeEvent::CheckEnded(check) => {
                judging.running.retain(|(_, name)| *name != check.name);
                judging.ended.push(*check);
            }
            other => judging.bench = step(&other),
        }
    }

    /// How the samples stand, in a few words.
    pub fn samples_word(&self) -> (Tone, String) {
        if let Some(run) = &self.run {
            let now = self
                .bench
                .as_deref()
                .filter(|_| !run.checking)
                .unwrap_or(&run.now);
            return (Tone::Plain, format!("run {now}"));
        }
        let Some(tested) = &self.tested else {
            return match self.session.tests.last() {
                Some(last) if last.compiled => (
                    Tone::Quiet,
                    format!("stale {} of {} passed, earlier", last.passed, last.of),
                ),
                Some(_) => (Tone::Quiet, "stale did not compile, earlier".to_owned()),
                None => (Tone::Quiet, "save the file, and the samples run".to_owned()),
            };
        };
        let stale = if self.stale() { "stale " } else { "" };
        match &tested.run.verdict {
            Verdict::NotCompiled(_) => (Tone::Bad, format!("{stale}FAIL does not compile")),
            Verdict::Refused(_) => (Tone::Bad, format!("{stale}FAIL was not taken in")),
            Verdict::Judged { checks, .. } => {
                let passed = checks.iter().filter(|check| check.passed()).count();
                let (tone, word) = match passed == checks.len() {
                    true => (Tone::Good, "ok"),
                    false => (Tone::Bad, "FAIL"),
                };
                (
                    tone,
                    format!("{stale}{word} {passed} of {} passed", checks.len()),
                )
            }
        }
    }
}

/// The last warning that is due, in seconds before the end: 300 and 60 for the code, 120 and 30 for the talk; 0 for none.
pub fn warned(session: &SessionState, now: u64) -> u64 {
    let (left, steps) = match session.phase_at(now) {
        Phase::Discuss => (session.left_in_phase(now), [30, 120]),
        _ => (session.left_to_code(now), [60, 300]),
    };
    let due = |seconds: &&u64| left.is_some_and(|left| left <= (**seconds * 1_000) as i64);
    steps.iter().find(due).copied().unwrap_or(0)
}

/// What the judge does before checks run, in words; none for what needs no word.
pub fn step(event: &JudgeEvent) -> Option<String> {
    match event {
        JudgeEvent::BenchStarted { estimate_seconds } => {
            let about = estimate_seconds.map(|seconds| format!(", about {seconds:.0} s"));
            Some(format!(
                "building the judge's bench, once per toolchain{}",
                about.unwrap_or_default()
            ))
        }
        JudgeEvent::BenchBuilding {
            crate_name,
            done,
            of,
        } => Some(format!("bench {done} of {of}: {crate_name}")),
        JudgeEvent::BenchWaiting { .. } => {
            Some("waiting for another run that builds the bench".to_owned())
        }
        JudgeEvent::BenchReady {
            built: true,
            seconds,
        } => Some(format!("bench ready after {seconds:.1} s")),
        JudgeEvent::Building { what } => Some(format!("compiling {what}")),
        JudgeEvent::BenchReady { built: false, .. } | JudgeEvent::Built { .. } => None,
        JudgeEvent::CheckStarted { .. } | JudgeEvent::CheckEnded(_) => None,
    }
}
