//! What follows from time passing: phases, warnings, absences.

use super::{
    message::{Effect, Errand},
    seat::{self, Pane},
    state::{Choice, Overlay, Place, Scroll, State, Wanted},
};
use crate::{
    domain::session::{Phase, facts::clock},
    wording::{self, Line, Tone},
};

/// Milliseconds between two looks at the journal.
const LOOK: u64 = 1_000;
/// Milliseconds between two signs of life.
const ALIVE: u64 = 10_000;

/// The clock went on.
pub fn tick(state: &mut State, now: u64) -> Vec<Effect> {
    let second = now / 1_000 != state.now / 1_000;
    state.now = now;
    let Some(seat) = &mut state.seat else {
        return Vec::new();
    };
    state.dirty |= second || seat.run.is_some() || seat.judging.is_some();
    let mut effects = Vec::new();
    if seat.looked.abs_diff(now) >= LOOK {
        seat.looked = now;
        let alive = seat.alive.abs_diff(now) >= ALIVE;
        if alive {
            seat.alive = now;
        }
        effects.push(Effect::Errand(Errand::Look { alive }));
    }
    effects.extend(notice(state));
    effects
}

/// Something that the clock or the journal brought: a phase, a warning, a gap.
pub fn notice(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let Some(seat) = &mut state.seat else {
        return Vec::new();
    };
    // Who only watches decides nothing.
    if let Some(gap) = seat
        .session
        .unexplained_gap(now)
        .filter(|_| seat.guest.is_none() && !state.deciding)
    {
        if state.overlay.is_none() {
            state.overlay = Some(Overlay::Choice(absence(gap)));
            state.dirty = true;
        }
        return Vec::new();
    }
    // It was decided, here or elsewhere; a tick before the answer may have asked once more.
    if matches!(&state.overlay, Some(Overlay::Choice(choice)) if choice.answers.iter().any(|one| matches!(one.2, Wanted::Gap(_))))
    {
        state.overlay = None;
        state.dirty = true;
    }
    let mut effects = Vec::new();
    let phase = seat.session.phase_at(now);
    if seat.minute != seat.session.elapsed(now) / 60_000 || phase != seat.phase {
        seat.minute = seat.session.elapsed(now) / 60_000;
        effects.push(Effect::Title(seat.title(now)));
    }
    let warned = seat::warned(&seat.session, now);
    let due = warned > 0 && seat.warned != warned && phase != Phase::Over;
    seat.warned = warned;
    if phase != seat.phase {
        seat.phase = phase;
        state.dirty = true;
        effects.extend(began(state, phase));
    } else if due {
        let what = if phase == Phase::Discuss {
            "to talk"
        } else {
            "for the code"
        };
        state.say(
            Tone::Warning,
            format!("{} left {what}", clock(warned * 1_000)),
        );
    }
    if due {
        state.dirty = true;
        effects.push(Effect::Bell);
    }
    throw_in(state);
    effects
}

/// What the interviewer throws in is said once, when its time comes; the guide keeps it in sight as long as it holds.
fn throw_in(state: &mut State) {
    let Some(seat) = &mut state.seat else { return };
    let nudges = seat.session.nudges(state.now);
    let before = std::mem::replace(&mut seat.nudged, nudges.clone());
    let new = nudges.iter().filter(|nudge| !before.contains(nudge));
    // The last word stays in sight; what is about the code matters more than what is about the talk.
    for nudge in new.rev() {
        state.dirty = true;
        state.say(Tone::Warning, wording::nudge(*nudge));
    }
}

fn absence((from, until): (u64, u64)) -> Choice {
    let time = clock(until.saturating_sub(from));
    Choice {
        title: format!("Nobody was here for {time}"),
        words: vec![Line::plain(
            "Does that time count? Leaving it out marks the attempt as interrupted.",
        )],
        answers: vec![
            ('d', "do not count it", Wanted::Gap(false)),
            ('c', "count it", Wanted::Gap(true)),
        ],
    }
}

/// A phase began, by the clock or because the candidate moved on.
fn began(state: &mut State, phase: Phase) -> Vec<Effect> {
    let Some(seat) = &mut state.seat else {
        return Vec::new();
    };
    seat.talk = Scroll::default();
    let guidance = wording::guidance(phase);
    match phase {
        Phase::Clarify => {}
        Phase::Implement => {
            let unasked = seat.unasked().len();
            seat.pane = if unasked > 0 {
                Pane::Talk
            } else {
                Pane::Samples
            };
            let text = match unasked {
                0 => format!("Now implement. {guidance}"),
                _ => "Now implement. What you did not ask, and what matters, stands beside it."
                    .to_owned(),
            };
            state.say(Tone::Heading, text);
        }
        Phase::Optimise => {
            seat.pane = Pane::Talk;
            state.say(Tone::Heading, "The follow-up is here. f appends its stub.");
            return vec![Effect::Bell];
        }
        Phase::Validate => state.say(
            Tone::Heading,
            format!("5:00 left. Now validate. {guidance}"),
        ),
        Phase::Discuss => return talk_begins(state),
        Phase::Over => return over(state),
    }
    Vec::new()
}

fn talk_begins(state: &mut State) -> Vec<Effect> {
    let handing_in = state.place() == Place::Submit;
    let Some(seat) = &mut state.seat else {
        return Vec::new();
    };
    if seat.session.submitted.is_some() || seat.judging.is_some() || handing_in {
        return Vec::new();
    }
    if let Some(run) = &mut seat.run {
        run.again = false;
    }
    let watched = seat.guest.is_some();
    state.overlay = None;
    state.turn(Place::Discuss);
    state.say(
        Tone::Heading,
        "Time. The work as of 50:00 is kept, and the judge has it. Now talk.",
    );
    if watched {
        return vec![Effect::Bell];
    }
    vec![
        Effect::Bell,
        Effect::StopTest,
        Effect::Errand(Errand::HandIn),
    ]
}

fn over(state: &mut State) -> Vec<Effect> {
    let Some(seat) = &state.seat else {
        return Vec::new();
    };
    if seat.session.abandoned.is_some() {
        state.places.truncate(1);
        return Vec::new();
    }
    if state.place() != Place::Discuss {
        return Vec::new();
    }
    state.say(
        Tone::Heading,
        "The ten minutes of talk are over; x shows the report.",
    );
    vec![Effect::Bell]
}
