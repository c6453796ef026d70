//! Keys for what lies on top of a screen: questions, fields, help and texts to read.

use crossterm::event::{KeyCode, KeyEvent};

use super::{
    message::{Effect, Errand},
    screens::{discuss, overlay, palette, settings},
    state::{Entry, Overlay, Purpose, State},
    update::follow,
};

/// A key for what lies on top.
pub fn on_top(state: &mut State, key: KeyEvent) -> Vec<Effect> {
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
        Purpose::Setting(key) => settings::choose(state, key, Some(text)),
        Purpose::Answer => discuss::keep(state, text),
    }
}

/// Closes a field without losing what was typed; a filter goes.
pub fn put_aside(state: &mut State) {
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
pub fn filter(state: &mut State) {
    if let Some(Overlay::Entry(entry)) = &state.overlay
        && entry.purpose == Purpose::Filter
        && entry.field.text() != state.shelf.filter
    {
        state.shelf.filter = entry.field.text().to_owned();
        state.shelf.sift();
    }
}
