//! The screens that run the job.
//!
//! One thread draws: it takes a [`message::Message`], [`update::update`] changes the [`state::State`] and says what shall be
//! done, `effect` does it on other threads, and [`view::view`] draws. No thread waits for another but through that channel.
//! Where a session stands comes only from its journal, so a kill loses nothing, and `fiftyten ask` in another terminal
//! shows up here.

mod availability;
mod bindings;
pub mod clerk;
mod effect;
mod everywhere;
mod faults;
pub mod field;
pub mod glyphs;
pub mod highlight;
mod input;
pub mod keys;
pub mod layout;
pub mod markdown;
pub mod message;
mod news;
pub mod pages;
mod passing;
pub mod plain;
pub mod prose;
pub mod screens;
pub mod seat;
pub mod state;
mod terminal;
pub mod theme;
mod typing;
pub mod update;
pub mod view;
mod watch;

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use anyhow::Context;

use self::{
    effect::Hands,
    input::Input,
    message::{Effect, Message},
    screens::replay::Stage,
    state::State,
    terminal::{Screen, Surface},
    theme::Theme,
};
use crate::{
    actions::{House, Replayed},
    settings::{Key, Settings},
};

/// Exit code after a signal asked us to end.
const TERMINATED: u8 = 143;
/// Milliseconds between two frames while something runs.
const RUNNING: u64 = 250;

/// Runs the screens until somebody leaves; returns the exit code.
///
/// Fails if the terminal cannot be taken over or drawn to.
pub fn run(house: &House, settings: Settings) -> anyhow::Result<u8> {
    start(house, settings, None)
}

/// Shows a replayed schedule alone until somebody leaves; returns the exit code. As [`run`] where there is no step to show.
///
/// Fails as [`run`] does.
pub fn run_replay(house: &House, settings: Settings, replayed: &Replayed) -> anyhow::Result<u8> {
    let (story, code) = (replayed.story.as_ref(), replayed.submission.as_ref());
    start(house, settings, Stage::of(&replayed.check, story, code))
}

fn start(house: &House, settings: Settings, stage: Option<Stage>) -> anyhow::Result<u8> {
    let (messages, inbox) = channel();
    let size = crossterm::terminal::size().context("this terminal does not tell its size")?;
    let zone = jiff::tz::TimeZone::system();
    let (mut state, mut errands) = State::new(house.now(), size, Theme::default(), zone);
    state.adopt(settings);
    if let Some(stage) = stage {
        state.open_replay_alone(stage);
        errands.clear();
    }
    let input = Input::start(messages.clone()).context("cannot read keys")?;
    let mut hands =
        Hands::new(house.clone(), messages, Some(input)).context("cannot start a thread")?;
    let mut screen = Screen::take().context("cannot take the terminal over")?;
    // The first highlighted line compiles the grammar; that is over before somebody opens a statement.
    let warm = thread::Builder::new()
        .name("grammar".to_owned())
        .spawn(highlight::warm_up);
    screen.mouse(state.settings.on(Key::Mouse))?;
    for errand in errands {
        hands.carry_out(Effect::Errand(errand), &mut screen)?;
    }
    let outcome = turn(house, &mut state, &mut hands, &mut screen, &inbox);
    let killed = matches!(outcome, Ok(TERMINATED));
    drop(screen);
    hands.end(killed);
    if let Ok(warm) = warm {
        // It only warms.
        let _ = warm.join();
    }
    outcome
}

/// The loop: wait, take all that came, draw once.
fn turn(
    house: &House,
    state: &mut State,
    hands: &mut Hands,
    screen: &mut Screen,
    inbox: &Receiver<Message>,
) -> anyhow::Result<u8> {
    loop {
        assert!(
            state.seat.is_none() || faults::planted() != Some(faults::Fault::Screen),
            "a fault was planted"
        );
        if state.dirty && !screen.is_lent() {
            state.dirty = false;
            screen
                .draw(|frame| view::view(state, frame))
                .context("cannot draw")?;
        }
        let first = match pause(state) {
            Some(pause) => inbox.recv_timeout(pause),
            None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        let mut messages = vec![Message::Tick(house.now())];
        messages.extend(first.ok());
        messages.extend(inbox.try_iter());
        for message in messages {
            if matches!(message, Message::Terminated) {
                return Ok(TERMINATED);
            }
            if screen.is_lent() && matches!(message, Message::Key(_) | Message::Paste(_)) {
                // Typed ahead for the editor, and read before it had the terminal.
                continue;
            }
            if matches!(message, Message::EditorClosed(_)) {
                hands.take_back(screen)?;
            }
            for effect in update::update(state, message) {
                hands.carry_out(effect, screen)?;
            }
            if hands.ended {
                return Ok(0);
            }
        }
    }
}

/// How long nothing happens by itself: to the next full second while a clock shows; for ever on the quiet screens.
fn pause(state: &State) -> Option<Duration> {
    let seat = state.seat.as_ref()?;
    let busy = seat.run.is_some() || seat.judging.is_some();
    let millis = 1_000 - state.now % 1_000;
    Some(Duration::from_millis(if busy && !state.still() {
        millis.min(RUNNING)
    } else {
        millis
    }))
}
