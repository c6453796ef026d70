//! What follows from a message. Pure: changes the state and returns what shall be done.

use crossterm::event::{KeyCode, KeyEvent};

use super::{
    availability::hindrance,
    keys::{self, Act},
    message::{Effect, Errand, Message},
    news, passing,
    screens::{
        brief, designs, discuss, history, overlay, palette, problems, rate, replay, report,
        session, submit,
    },
    seat::Pane,
    state::{Body, Choice, Entry, Help, Overlay, Place, Purpose, Scroll, State, Wanted},
    view,
};
use crate::{
    domain::attempt::Mode,
    wording::{Line, Tone},
};

/// Takes a message.
pub fn update(state: &mut State, message: Message) -> Vec<Effect> {
    let mut effects = match message {
        Message::Tick(now) => return passing::tick(state, now),
        Message::Key(key) => press(state, key),
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
    effects
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
        Place::Replay => {
            state.places.pop();
        }
        Place::Brief | Place::Report | Place::History => {
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

fn on_top(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    match state.overlay.take() {
        None => Vec::new(),
        Some(Overlay::Choice(choice)) => {
            let answer = choice
                .answers
                .iter()
                .find(|(letter, ..)| key.code == KeyCode::Char(*letter));
            match answer.map(|(.., wanted)| wanted.clone()) {
                Some(wanted) => follow(state, wanted),
                None => {
                    let stays = !matches!(key.code, KeyCode::Esc | KeyCode::Char('q' | 'n'));
                    state.overlay = stays.then_some(Overlay::Choice(choice));
                    Vec::new()
                }
            }
        }
        Some(Overlay::Reader(mut reader)) => {
            if let overlay::Pressed::Stays = overlay::read(&mut reader, key) {
                state.overlay = Some(Overlay::Reader(reader));
            }
            Vec::new()
        }
        Some(Overlay::Help(help)) => palette::key(state, help, key),
        Some(Overlay::Entry(entry)) => type_on(state, entry, key),
    }
}

fn type_on(state: &mut State, mut entry: Entry, key: KeyEvent) -> Vec<Effect> {
    let plain_enter = key.code == KeyCode::Enter && key.modifiers.is_empty();
    if key.code == KeyCode::Esc {
        state.overlay = Some(Overlay::Entry(entry));
        put_aside(state);
        return Vec::new();
    }
    if !plain_enter {
        entry.field.key(key);
        state.overlay = Some(Overlay::Entry(entry));
        filter(state);
        return Vec::new();
    }
    let text = entry.field.text().trim().to_owned();
    if text.is_empty() {
        return Vec::new();
    }
    match entry.purpose {
        Purpose::Filter => Vec::new(),
        Purpose::Question => vec![Effect::Errand(Errand::Ask(text))],
        Purpose::Note => vec![Effect::Errand(Errand::Note(text))],
        Purpose::Answer => {
            if let Some(seat) = &mut state.seat {
                seat.answers.insert(seat.topic, text);
            }
            state.say(
                Tone::Plain,
                "now compare it with the points, and rate it from 0 to 4",
            );
            Vec::new()
        }
    }
}

/// Closes a field without losing what was typed; a filter goes.
fn put_aside(state: &mut State) {
    match state.overlay.take() {
        Some(Overlay::Entry(entry)) => {
            let text = entry.field.text().to_owned();
            match (entry.purpose, &mut state.seat) {
                (Purpose::Filter, _) => {
                    state.shelf.filter.clear();
                    state.shelf.sift();
                }
                (Purpose::Question, Some(seat)) => drop(seat.drafts.insert("question", text)),
                (Purpose::Note, Some(seat)) => drop(seat.drafts.insert("note", text)),
                (Purpose::Answer, Some(seat)) if !text.trim().is_empty() => {
                    drop(seat.answers.insert(seat.topic, text));
                }
                _ => {}
            }
        }
        Some(Overlay::Choice(_) | Overlay::Help(_) | Overlay::Reader(_)) | None => {}
    }
}

/// The list follows what is typed.
fn filter(state: &mut State) {
    if let Some(Overlay::Entry(entry)) = &state.overlay
        && entry.purpose == Purpose::Filter
        && entry.field.text() != state.shelf.filter
    {
        state.shelf.filter = entry.field.text().to_owned();
        state.shelf.sift();
    }
}

fn follow(state: &mut State, wanted: Wanted) -> Vec<Effect> {
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
        Wanted::Gap(counted) => vec![Effect::Errand(Errand::Gap { counted })],
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
