//! Whether an act has its place now, and if not, why: the footer leaves it out, the palette tells the reason, and a key that
//! means nothing yet says so.

use super::{
    keys::Act,
    screens::{replay, report, session, submit},
    state::{Place, State},
};

/// Why an act has no place now, as a sentence without its full stop; none if it has.
pub fn hindrance(state: &State, act: Act) -> Option<&'static str> {
    let inside = matches!(
        state.place(),
        Place::Session | Place::Submit | Place::Discuss
    );
    let guest = state.seat.as_ref().is_some_and(|seat| seat.guest.is_some());
    if inside && guest && writes(state.place(), act) {
        return Some("another window has this session; this one only watches");
    }
    match (state.place(), &state.seat) {
        (Place::Session, Some(seat)) => session::hindrance(seat, state.now, act),
        (Place::Submit, Some(seat)) => submit::hindrance(seat, act),
        (Place::Report, _) if act == Act::Discuss => {
            let talks = state.debrief.as_deref().is_some_and(report::talks);
            (!talks).then_some("only a mock has a discussion")
        }
        (Place::Replay, _) => replay::hindrance(state.stage.as_deref()?, act),
        (Place::Problems, _) if act == Act::Resume && state.history.open().is_none() => {
            Some("no attempt is open; enter reads a statement")
        }
        (Place::History, _) if act == Act::Figures => {
            let judged = state.history.past.as_ref();
            let judged = judged.is_some_and(|past| !past.figures.totals.is_empty());
            (!judged).then_some("no attempt was judged yet, so there are no numbers")
        }
        _ => None,
    }
}

/// Whether an act changes the session.
fn writes(place: Place, act: Act) -> bool {
    match act {
        Act::Code | Act::Ask | Act::Note | Act::Hint | Act::FollowUp | Act::Pause => true,
        Act::Test | Act::Validate | Act::Submit | Act::GiveUp | Act::Rate => true,
        Act::Open => place == Place::Discuss,
        _ => false,
    }
}
