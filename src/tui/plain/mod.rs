//! The plain mode: the same state, updates and table of actions as the screens, told line by line.
//!
//! For screen readers, pipes and terminals that can do nothing but write: no cursor moves, no colour, no box, no spinner; one
//! finished sentence per line, numbered menus, answers typed as lines. A terminal may type ahead while something runs; a pipe
//! is read only when nothing runs, so that a script meets the same moments each time.

mod lines;
pub mod menu;
pub mod narrator;
pub mod page;

use std::{
    collections::VecDeque,
    io::{IsTerminal, stdin},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::Duration,
};

use anyhow::Context;

use self::{
    lines::{Heard, Lines},
    narrator::Narrator,
    page::Page,
};
use super::{
    TERMINATED,
    effect::Hands,
    input,
    message::{Effect, Message},
    state::State,
    terminal::Surface,
    theme::Theme,
    update,
};
use crate::{actions::House, settings::Settings};

/// The size that counts where nothing is drawn: nothing is too small.
const ROOM: (u16, u16) = (100, 40);

/// Milliseconds between two looks at the clock.
const BEAT: u64 = 1_000;

/// Talks until somebody leaves or the input ends; returns the exit code.
///
/// Fails if the input cannot be read or the output cannot be written.
pub fn run(house: &House, settings: Settings) -> anyhow::Result<u8> {
    let (messages, inbox) = channel();
    input::signals(messages.clone()).context("cannot hear signals")?;
    let zone = jiff::tz::TimeZone::system();
    let (mut state, errands) = State::new(house.now(), ROOM, Theme::Mono, zone);
    state.adopt(settings);
    let hands = Hands::new(house.clone(), messages, None).context("cannot start a thread")?;
    let mut talk = Talk {
        house,
        hands,
        page: Page::default(),
        narrator: Narrator::default(),
        lines: Lines::start().context("cannot read lines")?,
        typed: VecDeque::new(),
        live: stdin().is_terminal(),
        over: false,
    };
    for errand in errands {
        talk.hands
            .carry_out(Effect::Errand(errand), &mut talk.page)?;
    }
    let outcome = talk.turn(&mut state, &inbox);
    let killed = matches!(outcome, Ok(TERMINATED));
    talk.hands.end(killed);
    match outcome {
        Err(error) if is_closed(&error) => Ok(0),
        outcome => outcome,
    }
}

/// Nobody reads any more.
fn is_closed(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

struct Talk<'h> {
    house: &'h House,
    hands: Hands,
    page: Page,
    narrator: Narrator,
    lines: Lines,
    /// Lines that wait for their turn.
    typed: VecDeque<String>,
    /// Whether a person types, who may go on while something runs.
    live: bool,
    /// Nothing will be typed any more.
    over: bool,
}

impl Talk<'_> {
    fn turn(&mut self, state: &mut State, inbox: &Receiver<Message>) -> anyhow::Result<u8> {
        loop {
            if let Some(code) = self.settle(state, inbox)? {
                return Ok(code);
            }
            let busy = (state.seat.as_ref())
                .is_some_and(|seat| seat.run.is_some() || seat.judging.is_some());
            let ready = !self.page.is_lent() && (self.live || !busy);
            if ready && let Some(line) = self.typed.pop_front() {
                self.answer(state, &line)?;
                continue;
            }
            if self.over && !busy {
                return Ok(0);
            }
            if ready && !self.over {
                self.lines.want();
            }
            self.wait(state, inbox)?;
        }
    }

    /// Waits for a line or for word from somewhere, at most until the next full second.
    fn wait(&mut self, state: &mut State, inbox: &Receiver<Message>) -> anyhow::Result<()> {
        // Lines have a channel of their own; a short nap keeps both heard without a second waker.
        let pause = Duration::from_millis(BEAT - state.now % BEAT).min(lines::NAP);
        match inbox.recv_timeout(pause) {
            Ok(message) => self.take(state, message)?,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        match self.lines.heard() {
            Some(Heard::Line(line)) => self.typed.push_back(line),
            Some(Heard::End) => self.over = true,
            None => {}
        }
        Ok(())
    }

    /// Lets everything that was asked for be done, and tells what came of it.
    fn settle(
        &mut self,
        state: &mut State,
        inbox: &Receiver<Message>,
    ) -> anyhow::Result<Option<u8>> {
        self.take(state, Message::Tick(self.house.now()))?;
        loop {
            self.hands.flush();
            let messages: Vec<Message> = inbox.try_iter().collect();
            if messages.is_empty() {
                break;
            }
            for message in messages {
                if matches!(message, Message::Terminated) {
                    return Ok(Some(TERMINATED));
                }
                self.take(state, message)?;
            }
        }
        self.page.tell(self.narrator.news(state))?;
        Ok(self.hands.ended.then_some(0))
    }

    fn take(&mut self, state: &mut State, message: Message) -> anyhow::Result<()> {
        if matches!(message, Message::EditorClosed(_)) {
            self.hands.take_back(&mut self.page)?;
        }
        if matches!(message, Message::Resize(..)) {
            return Ok(());
        }
        for effect in update::update(state, message) {
            self.hands.carry_out(effect, &mut self.page)?;
        }
        Ok(())
    }

    /// Does what a line says.
    fn answer(&mut self, state: &mut State, line: &str) -> anyhow::Result<()> {
        let meant = menu::meant(state, line);
        self.page.tell(meant.said)?;
        for message in meant.messages {
            self.take(state, message)?;
        }
        if let Some(rest) = meant.rest
            && state.overlay.is_some()
        {
            // The answer is there already; the question would only take time.
            self.narrator.skip(state);
            return self.answer(state, &rest);
        }
        Ok(())
    }
}
