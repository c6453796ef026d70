//! What follows from a message. Pure: changes the state and returns what shall be done.

use crossterm::event::{KeyCode, KeyEvent};

use super::{
    availability::hindrance,
    keys::{self, Act},
    message::{Effect, Errand, Message},
    news, passing,
    screens::{
        brief, designs, discuss, history, plan, problems, rate, replay, report, session, settings,
        submit,
    },
    seat::Pane,
    state::{Body, Choice, Help, Overlay, Place, Scroll, State, Wanted},
    typing::{filter, on_top, put_aside},
    view,
};
use crate::{
    domain::attempt::Mode,
    settings::Key,
    wording::{Line, Tone},
};

/// Takes a message.
pub fn update(state: &mut State, message: Message) -> Vec<Effect> {
    let mut effects = match message {
        Message::Tick(now) => {
            let effects = passing::tick(state, now);
            return heard(state, effects);
        }
        Message::Key(key) => press(state, key),
        Message::Wheel(lines) => wheel(state, lines),
        Message::Do(act, digit) => perform(state, act, digit),
        Message::Paste(text) => {
            if let Some(Overlay::Entry(entry)) = &mut state.overlay {
                entry.field.insert(&text);
                filter(state);
            }
            Vec::new()
        }
        Message::Resize(columns, rows) => {
            state.size = (columns, rows);
            Vec::new()
        }
        Message::Touched => vec![Effect::Errand(Errand::Save)],
        Message::NotWatched(why) => {
            let text = format!("saves cannot be noticed ({why}); t runs the samples");
            state.say(Tone::Warning, text);
            Vec::new()
        }
        Message::Reply(reply) => news::reply(state, reply),
        Message::Job(attempt, job) => news::job(state, &attempt, job),
        Message::EditorClosed(None) => vec![Effect::Errand(Errand::Save)],
        Message::EditorClosed(Some(why)) => {
            state.say(Tone::Bad, why);
            Vec::new()
        }
        Message::Terminated => vec![Effect::Quit],
        Message::WorkerDied(what) => {
            news::died(state, what);
            Vec::new()
        }
    };
    state.dirty = true;
    effects.extend(settle(state));
    heard(state, effects)
}

/// Bells as they were chosen, and the same words for the desktop.
fn heard(state: &State, effects: Vec<Effect>) -> Vec<Effect> {
    let settings = &state.settings;
    let note = || {
        let word = state.word.as_ref().filter(|_| settings.on(Key::Notify))?;
        Some(Effect::Notify(word.text.clone()))
    };
    effects
        .into_iter()
        .flat_map(|effect| match effect {
            Effect::Bell => {
                let bell = settings.on(Key::Bell).then_some(Effect::Bell);
                [bell, note()]
            }
            other => [Some(other), None],
        })
        .flatten()
        .collect()
}

/// The wheel is three times the arrow.
fn wheel(state: &mut State, lines: i32) -> Vec<Effect> {
    let code = if lines < 0 {
        KeyCode::Up
    } else {
        KeyCode::Down
    };
    (0..3).flat_map(|_| press(state, code.into())).collect()
}

/// Closes the session once no screen of it is open any more.
fn settle(state: &mut State) -> Vec<Effect> {
    let inside = |place: &Place| matches!(place, Place::Session | Place::Submit | Place::Discuss);
    if state.seat.is_none() || state.places.iter().any(inside) {
        return Vec::new();
    }
    state.seat = None;
    state.hush();
    vec![
        Effect::StopTest,
        Effect::StopJudge,
        Effect::Watch(None),
        Effect::Errand(Errand::Leave),
        Effect::Errand(Errand::List),
        Effect::Errand(Errand::History),
        Effect::Title("fiftyten".to_owned()),
    ]
}

fn press(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    // These mean the same whatever lies on top.
    if let Some(act @ (Act::Suspend | Act::Repaint | Act::Stop)) =
        keys::act(keys::Scope::Reader, key)
    {
        return perform(state, act, None);
    }
    if state.overlay.is_some() {
        return on_top(state, key);
    }
    let Some(act) = keys::act(view::scope(state), key) else {
        return Vec::new();
    };
    if view::too_small(state) && act != Act::Back {
        return Vec::new();
    }
    let digit = match key.code {
        KeyCode::Char(letter) => letter
            .to_digit(10)
            .and_then(|digit| u8::try_from(digit).ok()),
        _ => None,
    };
    perform(state, act, digit)
}

/// Does what was asked for by key or by name; what has no place now says why.
pub fn perform(state: &mut State, act: Act, digit: Option<u8>) -> Vec<Effect> {
    if let Some(why) = hindrance(state, act) {
        state.say(Tone::Plain, why);
        return Vec::new();
    }
    match (act, state.place()) {
        (Act::Help | Act::Palette, _) => {
            state.overlay = Some(Overlay::Help(Help {
                all: act == Act::Palette,
                ..Help::default()
            }));
            Vec::new()
        }
        (Act::Log, _) => {
            let page = (
                "Messages, latest first".to_owned(),
                Body::Words(said(state)),
            );
            state.open_reader(vec![page]);
            Vec::new()
        }
        (Act::Time, _) => {
            let text = match &state.seat {
                Some(seat) => seat.standing(state.now),
                None => "No session is open, so no clock runs.".to_owned(),
            };
            state.say(Tone::Plain, text);
            Vec::new()
        }
        (Act::Settings, Place::Settings) => Vec::new(),
        (Act::Settings, _) => {
            state.go(Place::Settings);
            Vec::new()
        }
        (Act::Mouse, _) => settings::toggle_mouse(state),
        (Act::Suspend, _) => {
            if let Some(seat) = &mut state.seat {
                seat.alive = 0;
            }
            vec![Effect::Errand(Errand::Absent), Effect::Suspend]
        }
        (Act::Repaint, _) => vec![Effect::Repaint],
        (Act::Stop, _) => stop(state),
        (Act::Back, _) => back(state),
        (_, Place::Problems) => problems::act(state, act),
        (_, Place::Brief) => brief::act(state, act),
        (_, Place::Session) => session::act(state, act),
        (_, Place::Submit) => submit::act(state, act),
        (_, Place::Discuss) => discuss::act(state, act, digit),
        (_, Place::Rate) => rate::act(state, act, digit),
        (_, Place::Report) => report::act(state, act),
        (_, Place::Designs) => designs::act(state, act),
        (_, Place::Replay) => replay::act(state, act),
        (_, Place::History) => history::act(state, act),
        (_, Place::Plan) => plan::act(state, act),
        (_, Place::Settings) => settings::act(state, act),
    }
}

/// What was said so far.
fn said(state: &State) -> Vec<Line> {
    if state.log.is_empty() {
        return vec![Line::plain("Nothing was said yet.")];
    }
    let lines = state.log.iter().rev();
    lines
        .map(|(at, line)| Line::new(line.tone, format!("{} {}", state.zoned(*at), line.text)))
        .collect()
}

/// Ctrl+C: what runs is stopped; otherwise a question; twice ends the program.
fn stop(state: &mut State) -> Vec<Effect> {
    let asked = matches!(&state.overlay, Some(Overlay::Choice(choice)) if choice.answers.iter().any(|one| one.2 == Wanted::Quit));
    if asked {
        return vec![Effect::Quit];
    }
    if let Some(seat) = &mut state.seat {
        if let Some(run) = &mut seat.run {
            run.again = false;
            return vec![Effect::StopTest];
        }
        if seat.judging.is_some() {
            return vec![Effect::StopJudge];
        }
    }
    if report::stop_saves(state) {
        return vec![Effect::StopSaves];
    }
    put_aside(state);
    let words = match &state.seat {
        Some(_) => "The clock goes on; the attempt waits for you.",
        None => "Nothing runs.",
    };
    state.overlay = Some(Overlay::Choice(Choice {
        title: "Quit fiftyten?".to_owned(),
        words: vec![Line::plain(words)],
        answers: vec![('y', "quit", Wanted::Quit)],
    }));
    Vec::new()
}

fn back(state: &mut State) -> Vec<Effect> {
    match state.place() {
        Place::Problems if !state.shelf.filter.is_empty() => {
            state.shelf.filter.clear();
            state.shelf.sift();
        }
        Place::Problems => return vec![Effect::Quit],
        Place::Session | Place::Submit | Place::Discuss => return leave(state),
        Place::Rate | Place::Designs => drop(state.places.pop()),
        // It was opened alone, by `fiftyten replay`.
        Place::Replay if state.places.len() == 1 => return vec![Effect::Quit],
        Place::Replay | Place::Settings => {
            state.places.pop();
        }
        Place::Brief | Place::Report | Place::History | Place::Plan => {
            state.places.pop();
            state.hush();
            return vec![
                Effect::Errand(Errand::List),
                Effect::Errand(Errand::History),
            ];
        }
    }
    Vec::new()
}

/// Out of a session: asks while a clock or the judge runs.
fn leave(state: &mut State) -> Vec<Effect> {
    let Some(seat) = &state.seat else {
        state.places.truncate(1);
        return Vec::new();
    };
    let below = state
        .places
        .len()
        .checked_sub(2)
        .and_then(|at| state.places.get(at));
    if state.place() == Place::Submit && below == Some(&Place::Session) {
        state.places.pop();
        return Vec::new();
    }
    let clock = seat.session.plan.end().is_some() && !seat.session.paused() && !seat.judged;
    if !clock && seat.judging.is_none() {
        state.places.truncate(1);
        return Vec::new();
    }
    let words = match seat.judging {
        Some(_) => "The judge stops, and begins anew when you come back with R.",
        None => "The clock goes on. R on the list of problems brings you back.",
    };
    state.overlay = Some(Overlay::Choice(Choice {
        title: "Leave the session?".to_owned(),
        words: vec![Line::plain(words)],
        answers: vec![('y', "leave", Wanted::LeaveSession)],
    }));
    Vec::new()
}

/// Does what an answer to a question wants.
pub fn follow(state: &mut State, wanted: Wanted) -> Vec<Effect> {
    match wanted {
        Wanted::Quit => vec![Effect::Quit],
        Wanted::LeaveSession => {
            state.places.truncate(1);
            Vec::new()
        }
        Wanted::GiveUp => vec![Effect::Errand(Errand::GiveUp)],
        Wanted::Submit => hand_in(state),
        Wanted::Hint => {
            if let Some(seat) = &mut state.seat {
                seat.pane = Pane::Talk;
                seat.talk = Scroll::default();
            }
            vec![Effect::Errand(Errand::Hint)]
        }
        Wanted::Pause => vec![Effect::Errand(Errand::Pause)],
        Wanted::Gap(counted) => {
            state.deciding = true;
            vec![Effect::Errand(Errand::Gap { counted })]
        }
        Wanted::FollowUp => vec![Effect::Errand(Errand::FollowUp)],
    }
}

/// Freezes the code and shows the judge at work. An untimed attempt goes on afterwards.
pub fn hand_in(state: &mut State) -> Vec<Effect> {
    let Some(seat) = &mut state.seat else {
        return Vec::new();
    };
    if seat.judging.is_some() {
        state.say(Tone::Plain, "the judge works on it already");
        return Vec::new();
    }
    seat.broken = None;
    seat.judged = false;
    state.word = None;
    if let Some(run) = &mut seat.run {
        run.again = false;
    }
    if seat.session.mode == Mode::Untimed {
        state.go(Place::Submit);
    } else {
        state.turn(Place::Submit);
    }
    vec![Effect::StopTest, Effect::Errand(Errand::HandIn)]
}
