//! The last ten minutes: the interviewer's questions, typed answers, and which of the listed points they named.

use crate::{
    actions::Rated,
    domain::session::state::Rating,
    tui::{
        field::Field,
        keys::Act,
        message::{Effect, Errand},
        seat::Seat,
        state::{Entry, Overlay, Place, Purpose, Scroll, State},
    },
    wording::Tone,
};

/// Does what a key asks for. `digit` is the figure behind [`Act::Rate`].
pub fn act(state: &mut State, act: Act, digit: Option<u8>) -> Vec<Effect> {
    let Some(seat) = &mut state.seat else {
        return Vec::new();
    };
    let last = seat.topics.len().saturating_sub(1);
    let before = seat.topic;
    match act {
        Act::PageUp => seat.answer.by(-8),
        Act::PageDown => seat.answer.by(8),
        Act::Up => seat.topic = seat.topic.saturating_sub(1),
        Act::Down => seat.topic = (seat.topic + 1).min(last),
        Act::NextPane => {
            seat.topic = if seat.topic == last {
                0
            } else {
                seat.topic + 1
            }
        }
        Act::First => seat.topic = 0,
        Act::Last => seat.topic = last,
        Act::Open if !seat.topics.is_empty() => {
            let text = draft(seat);
            state.overlay = Some(Overlay::Entry(Entry {
                purpose: Purpose::Answer,
                field: Field::with(&text),
            }));
        }
        Act::Rate => match digit {
            Some(digit) => return tick(state, digit),
            None => state.say(Tone::Plain, "press the figure of a point; 0 ticks none"),
        },
        Act::Report if super::rate::is_due(seat) => state.go(Place::Rate),
        Act::Report => return end(state),
        Act::Brief => super::session::brief(state),
        _ => {}
    }
    if let Some(seat) = &mut state.seat
        && seat.topic != before
    {
        seat.answer = Scroll::default();
    }
    Vec::new()
}

/// The talk is over: to the result, or to the judge who still works on it.
pub fn end(state: &mut State) -> Vec<Effect> {
    let Some(seat) = &mut state.seat else {
        return Vec::new();
    };
    if seat.judged {
        let id = seat.attempt.id.clone();
        return vec![Effect::Errand(Errand::Report(id))];
    }
    seat.talked = true;
    state.turn(Place::Submit);
    Vec::new()
}

/// Keeps a typed answer; what was ticked before stays ticked.
pub fn keep(state: &mut State, text: String) -> Vec<Effect> {
    let Some(seat) = &mut state.seat else {
        return Vec::new();
    };
    seat.answers.remove(&seat.topic);
    let Some(topic) = seat.topics.get(seat.topic) else {
        return Vec::new();
    };
    let before = rating(seat, seat.topic);
    let rated = match before {
        Some(before) if topic.points.is_empty() => Rated::Figure(before.points),
        Some(before) => Rated::Said(before.said.clone()),
        None => Rated::Said(Vec::new()),
    };
    vec![Effect::Errand(Errand::Rate {
        topic: topic.clone(),
        answer: text,
        rated,
    })]
}

/// Ticks a listed point, or takes the tick away; 0 takes all away. Where nothing is listed, the figure is the rating.
fn tick(state: &mut State, digit: u8) -> Vec<Effect> {
    let Some(seat) = &mut state.seat else {
        return Vec::new();
    };
    let Some(topic) = seat.topics.get(seat.topic) else {
        return Vec::new();
    };
    let Some(before) = rating(seat, seat.topic) else {
        state.say(Tone::Plain, "answer first: enter opens a field");
        return Vec::new();
    };
    let (of, most) = match topic.points.len() {
        0 => ("figures", 4),
        many => ("points", many),
    };
    if usize::from(digit) > most {
        let text = format!("the {of} go from 0 to {most}");
        state.say(Tone::Plain, text);
        return Vec::new();
    }
    let mut said = before.said.clone();
    match digit {
        0 => said.clear(),
        _ if said.contains(&digit) => said.retain(|one| *one != digit),
        _ => said.push(digit),
    }
    let rated = if topic.points.is_empty() {
        Rated::Figure(digit)
    } else {
        Rated::Said(said)
    };
    vec![Effect::Errand(Errand::Rate {
        topic: topic.clone(),
        answer: before.answer.clone(),
        rated,
    })]
}

/// What was put aside, or else what was kept.
fn draft(seat: &Seat) -> String {
    let aside = seat.answers.get(&seat.topic).cloned();
    let kept = || Some(rating(seat, seat.topic)?.answer.clone());
    aside.or_else(kept).unwrap_or_default()
}

/// What was answered to a question, with its rating.
pub fn rating(seat: &Seat, topic: usize) -> Option<&Rating> {
    let question = &seat.topics.get(topic)?.question;
    let mut ratings = seat.session.ratings.iter();
    ratings.find(|rating| rating.question == *question)
}
