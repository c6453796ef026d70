//! What may be done in a session, when, and what follows from it.

use super::{
    entry::{Entry, Event, Question},
    phases::Phase,
    state::SessionState,
};
use crate::domain::attempt::Mode;

/// How long after 50:00 the workspace still counts as the work of 50:00, in milliseconds.
const FREEZE_GRACE: u64 = 2_000;

/// What the candidate, the clock or the trainer wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Ask the interviewer; the caller has looked the question up.
    Ask {
        /// As typed.
        text: String,
        /// The question it was taken for.
        matched: Option<Question>,
    },
    /// Say something about the work.
    Note {
        /// As typed.
        text: String,
    },
    /// Buy the next hint.
    Hint {
        /// The costs of the problem's hints, in order.
        costs: Vec<u8>,
    },
    /// Leave the clarify phase early.
    Code,
    /// Take the stub of the follow-up.
    Followup,
    /// The workspace was kept under this hash.
    Snapshot {
        /// Hash in `snapshots/`.
        hash: String,
    },
    /// Samples and own tests were run.
    Tested {
        /// What was tested.
        hash: String,
        /// Whether it compiled.
        compiled: bool,
        /// Checks that passed.
        passed: usize,
        /// Checks in all.
        of: usize,
    },
    /// Stop the clock.
    Pause {
        /// Whether the candidate knows that it marks a mock.
        confirmed: bool,
    },
    /// Let the clock go on.
    Resume,
    /// Decide about the time in which nobody was there.
    Gap {
        /// Whether it counts as working time.
        counted: bool,
    },
    /// A screen watches; to be sent every few seconds.
    Alive,
    /// The screen closes on purpose.
    Leave,
    /// Only let the clock do what is due.
    Tick,
    /// The answer to [`Effect::Freeze`]: the workspace as it was when time was up.
    Freeze {
        /// Hash in `snapshots/`; none if the workspace could not be read.
        hash: Option<String>,
    },
    /// Hand the code to the judge.
    Submit {
        /// Hash of the workspace as it is, already kept; none if it could not be read.
        workspace: Option<String>,
    },
    /// Answer a question of the discussion and rate the answer.
    Rate {
        /// The interviewer's question.
        question: String,
        /// Whether it is about the candidate's own code.
        own_code: bool,
        /// As typed.
        answer: String,
        /// 0 to 4.
        points: u8,
    },
    /// The report was written.
    Scored {
        /// Points, 0 to 100.
        total: f64,
        /// The band's word.
        band: String,
        /// The verdict's word.
        verdict: String,
    },
    /// Give the attempt up.
    Abandon,
}

/// What the caller has to do after a step. The entries are written first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A phase began.
    Began(Phase),
    /// Coding starts: show the answers that hidden checks depend on and that were not asked for.
    ShowUnasked,
    /// Minute 35: the interviewer tells the twist.
    ShowTwist,
    /// Put the stub of the follow-up under the candidate's code.
    AppendFollowup,
    /// Time is up just now: keep the workspace and answer with [`Command::Freeze`].
    Freeze,
    /// Judge this submission.
    Judge {
        /// Hash in `snapshots/`.
        hash: String,
        /// Whether it is a state from after the freeze.
        late: bool,
    },
}

/// Entries to append, then effects to carry out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Step {
    /// In order of time.
    pub entries: Vec<Entry>,
    /// In order.
    pub effects: Vec<Effect>,
}

/// Why a command is not carried out. The journal stays as it is, but for what the clock was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The clock stands.
    #[error("the session is paused")]
    Paused,
    /// It does not.
    #[error("the session is not paused")]
    NotPaused,
    /// A mock's pause marks the attempt, and nobody said yes to that.
    #[error("a pause in a mock is granted, but marks the attempt")]
    PauseMarks,
    /// Nothing is left to do.
    #[error("the attempt is over")]
    Over,
    /// The judge has it.
    #[error("the attempt was already submitted")]
    AlreadySubmitted,
    /// No workspace could be read and nothing was kept.
    #[error("there is nothing to submit")]
    NothingToSubmit,
    /// All hints were bought.
    #[error("there are no more hints")]
    NoHintLeft,
    /// The code is frozen or handed in.
    #[error("hints end when the code is handed in")]
    HintsClosed,
    /// The clarify phase is over, or the mode has none.
    #[error("the coding has already begun")]
    AlreadyCoding,
    /// The twist comes at minute 35.
    #[error("the interviewer has not told the follow-up yet")]
    TooEarlyForFollowup,
    /// The stub is in the workspace.
    #[error("the stub of the follow-up was already taken")]
    FollowupTaken,
    /// Drills and warm-ups end with the main task.
    #[error("this mode has no follow-up")]
    NoFollowup,
    /// The discussion comes after the code.
    #[error("the discussion begins when the code is handed in")]
    TooEarlyToDiscuss,
    /// Somebody has to say whether the missing time counts.
    #[error("nobody was there for a while, and it is not decided whether that time counts")]
    GapUndecided,
    /// There is nothing to decide.
    #[error("there is no gap to decide about")]
    NoGap,
    /// Nothing was typed.
    #[error("the text is empty")]
    Empty,
}

/// One step of the machine at `now` (unix milliseconds).
///
/// What the clock is due comes first, so that a command is always judged by the phase it falls into. Fails with the reason
/// if the command has no place there.
pub fn handle(state: &SessionState, now: u64, command: Command) -> Result<Step, Refused> {
    let gap = state.unexplained_gap(now);
    match (&command, gap) {
        (Command::Gap { counted }, Some((from, until))) => return Ok(decide_gap(state, from, until, *counted)),
        (Command::Gap { .. }, None) => return Err(Refused::NoGap),
        (_, Some(_)) => return Err(Refused::GapUndecided),
        (_, None) => {}
    }
    let mut step = tick(state, now);
    let mut current = state.clone();
    for entry in &step.entries {
        current.apply(entry);
    }
    let (events, effects) = obey(&current, now, command)?;
    step.entries
        .extend(events.into_iter().map(|event| Entry::new(now, event)));
    step.effects.extend(effects);
    Ok(step)
}

fn decide_gap(state: &SessionState, from: u64, until: u64, counted: bool) -> Step {
    let mut step = Step::default();
    step.entries
        .push(Entry::new(until, Event::Gap { from, until, counted }));
    let mut current = state.clone();
    current.apply(&step.entries[0]);
    let due = tick(&current, until);
    step.entries.extend(due.entries);
    step.effects.extend(due.effects);
    step
}

/// What the clock is due at `now`: phases that began, and the freeze.
fn tick(state: &SessionState, now: u64) -> Step {
    let mut step = Step::default();
    if state.paused() || state.submitted.is_some() || state.abandoned.is_some() {
        return step;
    }
    let elapsed = state.elapsed(now);
    let ends = state
        .plan
        .phases
        .iter()
        .filter_map(|(phase, end)| Some((*phase, (*end)?)));
    let begins: Vec<(Phase, u64)> = state
        .plan
        .phases
        .iter()
        .skip(1)
        .map(|(phase, _)| *phase)
        .chain(state.plan.discuss.map(|_| Phase::Discuss))
        .zip(ends.map(|(_, end)| end))
        .collect();
    for (phase, begin) in begins {
        if elapsed < begin || state.announced.contains(&phase) {
            continue;
        }
        let at = state.moment_of(begin, now).min(now);
        step.entries.push(Entry::new(at, Event::Phase { to: phase }));
        step.effects.extend(begun(phase));
        if phase == Phase::Discuss && state.frozen.is_none() && now - at > FREEZE_GRACE {
            let hash = state
                .snapshots
                .iter()
                .rev()
                .find(|kept| kept.at <= at)
                .map(|kept| kept.hash.clone());
            step.entries.push(Entry::new(at, Event::Frozen { hash, late: true }));
        } else if phase == Phase::Discuss && state.frozen.is_none() {
            step.effects.push(Effect::Freeze);
        }
    }
    step
}

/// What follows from the begin of a phase.
fn begun(phase: Phase) -> Vec<Effect> {
    let more = match phase {
        Phase::Implement => Some(Effect::ShowUnasked),
        Phase::Optimise => Some(Effect::ShowTwist),
        Phase::Clarify | Phase::Validate | Phase::Discuss | Phase::Over => None,
    };
    std::iter::once(Effect::Began(phase)).chain(more).collect()
}

type Obeyed = Result<(Vec<Event>, Vec<Effect>), Refused>;

fn obey(state: &SessionState, now: u64, command: Command) -> Obeyed {
    let phase = state.phase_at(now);
    let one = |event: Event| Ok((vec![event], Vec::new()));
    match command {
        Command::Ask { text, matched } => {
            awake(state)?;
            (phase != Phase::Over).then_some(()).ok_or(Refused::Over)?;
            one(Event::Asked {
                text: said(text)?,
                matched,
            })
        }
        Command::Note { text } => one(Event::Noted { text: said(text)? }),
        Command::Hint { costs } => {
            awake(state)?;
            (phase.coding() || phase == Phase::Clarify)
                .then_some(())
                .ok_or(Refused::HintsClosed)?;
            let cost = *costs.get(state.hints.len()).ok_or(Refused::NoHintLeft)?;
            let number = state.hints.len() + 1;
            one(Event::Hint { number, cost })
        }
        Command::Code => {
            awake(state)?;
            (phase == Phase::Clarify).then_some(()).ok_or(Refused::AlreadyCoding)?;
            Ok((vec![Event::Phase { to: Phase::Implement }], begun(Phase::Implement)))
        }
        Command::Followup => followup(state, phase),
        // The same state kept twice in a row is one snapshot.
        Command::Snapshot { hash } if state.snapshots.last().is_some_and(|kept| kept.hash == hash) => {
            Ok(Default::default())
        }
        Command::Snapshot { hash } => one(Event::Snapshot { hash }),
        Command::Tested {
            hash,
            compiled,
            passed,
            of,
        } => one(Event::Tested {
            hash,
            compiled,
            passed,
            of,
        }),
        Command::Pause { confirmed } => {
            awake(state)?;
            (phase != Phase::Over && state.submitted.is_none())
                .then_some(())
                .ok_or(Refused::Over)?;
            (confirmed || state.mode != Mode::Mock)
                .then_some(())
                .ok_or(Refused::PauseMarks)?;
            one(Event::Paused {})
        }
        Command::Resume if state.paused() => one(Event::Resumed {}),
        Command::Resume => Err(Refused::NotPaused),
        // Decided before the clock's turn.
        Command::Gap { .. } => Err(Refused::NoGap),
        Command::Alive => one(Event::Alive {}),
        Command::Leave => one(Event::Left {}),
        Command::Tick => Ok(Default::default()),
        Command::Freeze { .. } if state.frozen.is_some() || !state.frozen_at(now) => Ok(Default::default()),
        Command::Freeze { hash } => one(Event::Frozen { hash, late: false }),
        Command::Submit { workspace } => submit(state, phase, workspace),
        Command::Rate {
            question,
            own_code,
            answer,
            points,
        } => {
            let handed_in = state.submitted.is_some() || state.frozen_at(now);
            handed_in.then_some(()).ok_or(Refused::TooEarlyToDiscuss)?;
            one(Event::Rated {
                question,
                own_code,
                answer,
                points: points.min(4),
            })
        }
        Command::Scored { total, band, verdict } => one(Event::Scored { total, band, verdict }),
        Command::Abandon if state.abandoned.is_some() => Err(Refused::Over),
        Command::Abandon => one(Event::Abandoned {}),
    }
}

fn awake(state: &SessionState) -> Result<(), Refused> {
    if state.paused() { Err(Refused::Paused) } else { Ok(()) }
}

fn said(text: String) -> Result<String, Refused> {
    let text = text.trim().to_owned();
    if text.is_empty() { Err(Refused::Empty) } else { Ok(text) }
}

fn followup(state: &SessionState, phase: Phase) -> Obeyed {
    awake(state)?;
    match (state.mode, phase) {
        (Mode::Drill | Mode::Warmup, _) => Err(Refused::NoFollowup),
        _ if state.followup.is_some() => Err(Refused::FollowupTaken),
        (Mode::Mock, Phase::Clarify | Phase::Implement) => Err(Refused::TooEarlyForFollowup),
        (_, Phase::Discuss | Phase::Over) => Err(Refused::Over),
        (Mode::Mock | Mode::Untimed, _) => Ok((vec![Event::Followup {}], vec![Effect::AppendFollowup])),
    }
}

/// Decides which state of the code is judged: after the freeze the frozen one, before it the workspace as it is.
///
/// A submission that the judge could not finish may be repeated, with the same code; an untimed one at any time.
fn submit(state: &SessionState, phase: Phase, workspace: Option<String>) -> Obeyed {
    awake(state)?;
    if state.abandoned.is_some() {
        return Err(Refused::Over);
    }
    let (hash, late) = match (&state.submitted, state.mode) {
        (Some(_), Mode::Mock | Mode::Drill) if state.scored.is_some() => return Err(Refused::AlreadySubmitted),
        (Some((_, hash, late)), Mode::Mock | Mode::Drill) => (hash.clone(), *late),
        _ => match &state.frozen {
            Some((Some(hash), _)) => (hash.clone(), false),
            Some((None, _)) => (workspace.ok_or(Refused::NothingToSubmit)?, true),
            None => (workspace.ok_or(Refused::NothingToSubmit)?, false),
        },
    };
    let judged = Effect::Judge {
        hash: hash.clone(),
        late,
    };
    let mut step = (vec![Event::Submitted { hash, late }], vec![judged]);
    if state.plan.discuss.is_some() && phase < Phase::Discuss {
        step.0.push(Event::Phase { to: Phase::Discuss });
        step.1.push(Effect::Began(Phase::Discuss));
    }
    Ok(step)
}
