//! What may be done in a session, when, and what follows from it.

use super::{
    command::{Command, Effect, Refused, Step},
    entry::{Entry, Event},
    phases::Phase,
    state::SessionState,
};
use crate::domain::attempt::Mode;

/// How long after 50:00 the workspace still counts as the work of 50:00, in milliseconds.
const FREEZE_GRACE: u64 = 2_000;

/// One step of the machine at `now` (unix milliseconds).
///
/// What the clock is due comes first, so that a command is always judged by the phase it falls into. Fails with the reason
/// if the command has no place there.
pub fn handle(state: &SessionState, now: u64, command: Command) -> Result<Step, Refused> {
    let gap = state.unexplained_gap(now);
    match (&command, gap) {
        (Command::Gap { counted }, Some((from, until))) => {
            return Ok(decide_gap(state, from, until, *counted));
        }
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
    step.entries.push(Entry::new(
        until,
        Event::Gap {
            from,
            until,
            counted,
        },
    ));
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
        step.entries
            .push(Entry::new(at, Event::Phase { to: phase }));
        step.effects.extend(begun(phase));
        if phase == Phase::Discuss
            && state.frozen.is_none()
            && now.saturating_sub(at) > FREEZE_GRACE
        {
            let hash = state
                .snapshots
                .iter()
                .rev()
                .find(|kept| kept.at <= at)
                .map(|kept| kept.hash.clone());
            step.entries
                .push(Entry::new(at, Event::Frozen { hash, late: true }));
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
            (phase == Phase::Clarify)
                .then_some(())
                .ok_or(Refused::AlreadyCoding)?;
            Ok((
                vec![Event::Phase {
                    to: Phase::Implement,
                }],
                begun(Phase::Implement),
            ))
        }
        Command::Followup => followup(state, phase),
        // The same state kept twice in a row is one snapshot.
        Command::Snapshot { hash }
            if state.snapshots.last().is_some_and(|kept| kept.hash == hash) =>
        {
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
        Command::Validated {
            tests,
            wrong,
            caught,
            of,
        } => one(Event::Validated {
            tests,
            wrong,
            caught,
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
        Command::Freeze { .. } if state.frozen.is_some() || !state.frozen_at(now) => {
            Ok(Default::default())
        }
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
        Command::RateSelf { ratings } => {
            let begun = phase.coding() || state.submitted.is_some() || state.frozen_at(now);
            begun.then_some(()).ok_or(Refused::TooEarlyToRate)?;
            one(Event::SelfRated { ratings })
        }
        Command::Scored {
            total,
            band,
            verdict,
        } => one(Event::Scored {
            total,
            band,
            verdict,
        }),
        Command::Abandon if state.abandoned.is_some() => Err(Refused::Over),
        Command::Abandon => one(Event::Abandoned {}),
    }
}

fn awake(state: &SessionState) -> Result<(), Refused> {
    if state.paused() {
        Err(Refused::Paused)
    } else {
        Ok(())
    }
}

fn said(text: String) -> Result<String, Refused> {
    let text = text.trim().to_owned();
    if text.is_empty() {
        Err(Refused::Empty)
    } else {
        Ok(text)
    }
}

fn followup(state: &SessionState, phase: Phase) -> Obeyed {
    awake(state)?;
    match (state.mode, phase) {
        (Mode::Drill | Mode::Warmup, _) => Err(Refused::NoFollowup),
        _ if state.followup.is_some() => Err(Refused::FollowupTaken),
        (Mode::Mock, Phase::Clarify | Phase::Implement) => Err(Refused::TooEarlyForFollowup),
        (_, Phase::Discuss | Phase::Over) => Err(Refused::Over),
        (Mode::Mock | Mode::Untimed, _) => {
            Ok((vec![Event::Followup {}], vec![Effect::AppendFollowup]))
        }
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
        (Some(_), Mode::Mock | Mode::Drill) if state.scored.is_some() => {
            return Err(Refused::AlreadySubmitted);
        }
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
