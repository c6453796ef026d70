//! Tells what has changed since it was told last, in the order in which a person wants to hear it.

use ratatui::{Terminal, backend::TestBackend};

use super::{ROOM, menu};
use crate::{
    actions::Answer,
    domain::{
        attempt::Mode,
        problem::Category,
        session::{MINUTE, Phase},
    },
    tui::{
        screens::{designs, palette, replay, report_rows::Row, submit},
        seat::Seat,
        state::{Body, Overlay, Place, Purpose, State},
        view,
    },
    wording::{self, Line},
};

/// Columns for the lanes of a failing schedule.
const LANES: usize = 100;

/// What was told already.
#[derive(Debug, Default)]
pub struct Narrator {
    place: Option<(Place, String)>,
    mode: Option<Mode>,
    said: usize,
    overlay: Option<String>,
    session: Option<Told>,
}

/// The session as it was told.
#[derive(Debug)]
struct Told {
    attempt: String,
    phase: Phase,
    asked: usize,
    hints: usize,
    answers: usize,
    tested: Option<u64>,
    running: bool,
    judged: Vec<Category>,
    twist: bool,
    left: Option<i64>,
}

impl Told {
    fn of(seat: &Seat, now: u64) -> Told {
        Told {
            attempt: seat.attempt.id.clone(),
            phase: seat.phase,
            asked: seat.session.asked.len(),
            hints: seat.session.hints.len(),
            answers: seat.session.ratings.len(),
            tested: seat.tested.as_ref().map(|tested| tested.at),
            running: seat.run.is_some(),
            judged: done(seat),
            twist: seat.twist_told(now),
            left: seat.session.left_to_code(now),
        }
    }
}

impl Narrator {
    /// What is new. Texts to read are told whole and closed.
    pub fn news(&mut self, state: &mut State) -> Vec<String> {
        let mut lines = Vec::new();
        self.session(state, &mut lines);
        let new = state.said.saturating_sub(self.said).min(state.log.len());
        self.said = state.said;
        let words = state.log.iter().skip(state.log.len() - new);
        lines.extend(words.map(|(_, line)| finished(&line.text)));
        self.overlay(state, &mut lines);
        if self
            .mode
            .replace(state.mode)
            .is_some_and(|before| before != state.mode)
        {
            lines.push(format!("Mode {}.", state.mode.word()));
        }
        let place = (state.place(), view::title(state).0);
        if state.shelf.listing.is_some()
            && state.overlay.is_none()
            && self.place.as_ref() != Some(&place)
        {
            lines.extend(arrival(state));
            lines.extend(menu::menu(state));
            self.place = Some(place);
        }
        lines
    }

    /// Leaves out the question that a field on top would ask.
    pub fn skip(&mut self, state: &State) {
        if let Some(Overlay::Entry(_)) = &state.overlay {
            self.overlay = state.overlay.as_ref().map(name);
        }
    }

    fn session(&mut self, state: &State, lines: &mut Vec<String>) {
        let Some(seat) = &state.seat else {
            self.session = None;
            return;
        };
        let now = Told::of(seat, state.now);
        let before = self.session.take();
        if let Some(before) = before.filter(|before| before.attempt == now.attempt) {
            talk(seat, &before, &now, lines);
            work(seat, &before, &now, lines);
            let ten = 10 * MINUTE as i64;
            let ten_left = before.left.is_some_and(|left| left > ten)
                && now.left.is_some_and(|left| left <= ten);
            if now.phase != before.phase || ten_left {
                lines.push(seat.standing(state.now));
            }
        }
        self.session = Some(now);
    }

    fn overlay(&mut self, state: &mut State, lines: &mut Vec<String>) {
        let name = state.overlay.as_ref().map(name);
        if name == self.overlay {
            return;
        }
        match &state.overlay {
            Some(Overlay::Choice(choice)) => {
                lines.push(choice.title.clone());
                lines.extend(words(&choice.words));
                let mut number = 0;
                for (_, name, _) in &choice.answers {
                    number += 1;
                    lines.push(format!("{number}. {}.", capital(name)));
                }
                lines.push(format!("{}. Go on as before.", number + 1));
            }
            Some(Overlay::Entry(entry)) => {
                if let (Purpose::Answer, Some(seat)) = (entry.purpose, &state.seat) {
                    let topic = seat.topics.get(seat.topic);
                    lines.extend(
                        topic
                            .map(wording::excerpt)
                            .iter()
                            .flat_map(|code| words(code)),
                    );
                }
                lines.push(match entry.purpose {
                    Purpose::Filter => "Type letters of a title, tag or group.".to_owned(),
                    Purpose::Question => "Type your question to the interviewer.".to_owned(),
                    Purpose::Note => "Type what you would say aloud.".to_owned(),
                    Purpose::Answer => question(state),
                    Purpose::Setting(key) => key.known().about.to_owned(),
                });
                if !entry.field.text().is_empty() {
                    lines.push(format!("So far: {}", entry.field.text()));
                }
                lines.push("One line; an empty line puts it aside.".to_owned());
            }
            Some(Overlay::Reader(reader)) => {
                for (title, page) in &reader.pages {
                    lines.push(finished(title));
                    lines.extend(body(page));
                }
                lines.push("End of the text.".to_owned());
            }
            Some(Overlay::Help(help)) => {
                for row in palette::rows(state, help) {
                    let binding = row.binding;
                    let (name, keys) = (binding.name, binding.keys.join(" or "));
                    let why = row.hindrance.map(|why| format!(" Not now: {why}."));
                    let (about, why) = (binding.about, why.unwrap_or_default());
                    lines.push(format!("{name}, key {keys}: {about}{why}"));
                }
            }
            None => {}
        }
        if matches!(state.overlay, Some(Overlay::Reader(_) | Overlay::Help(_))) {
            state.overlay = None;
        }
        self.overlay = state.overlay.as_ref().map(self::name);
    }
}

/// What tells one thing on top from another.
fn name(overlay: &Overlay) -> String {
    match overlay {
        Overlay::Choice(choice) => choice.title.clone(),
        Overlay::Entry(entry) => format!("{:?}", entry.purpose),
        Overlay::Reader(_) => "reader".to_owned(),
        Overlay::Help(_) => "help".to_owned(),
    }
}

/// Answers, hints, the answers nobody asked for, the twist.
fn talk(seat: &Seat, before: &Told, now: &Told, lines: &mut Vec<String>) {
    let asked = seat.session.asked.iter().skip(before.asked);
    // Where nothing matched, the word at the bottom is the whole answer.
    for (_, _, matched) in asked.filter(|(_, _, matched)| matched.is_some()) {
        let answer = Answer {
            matched: matched.clone(),
            counted: false,
        };
        lines.extend(words(&wording::answer(&answer)));
    }
    for (_, number, _) in seat.session.hints.iter().skip(before.hints) {
        let hint = seat.problem.hints.get(number - 1);
        lines.extend(hint.map(|hint| format!("Hint {number}: {}", hint.text)));
    }
    if before.phase == Phase::Clarify && now.phase.coding() {
        lines.extend(words(&wording::unasked(&seat.unasked())));
    }
    if now.twist && !before.twist {
        lines.push("The follow-up.".to_owned());
        lines.extend(seat.problem.twist.trim().lines().map(str::to_owned));
    }
    if now.answers > before.answers
        && let Some(topic) = seat.topics.get(seat.topic)
    {
        lines.extend(wording::points(topic, &[]));
        lines.push(wording::HOW_TO_TICK.to_owned());
    }
}

/// Runs of the samples and of the judge.
fn work(seat: &Seat, before: &Told, now: &Told, lines: &mut Vec<String>) {
    if now.running && !before.running {
        lines.push("The samples run.".to_owned());
    }
    if now.tested != before.tested
        && let Some(tested) = &seat.tested
    {
        lines.extend(words(&wording::samples(
            &tested.run.verdict,
            tested.run.seconds,
        )));
    }
    for category in now.judged.iter().filter(|one| !before.judged.contains(one)) {
        lines.push(format!("The judge is done with {}.", category.word()));
    }
}

/// The categories of which every check is decided.
fn done(seat: &Seat) -> Vec<Category> {
    let Some(judging) = &seat.judging else {
        return Vec::new();
    };
    let ended = |category| {
        let of = judging.ended.iter();
        of.filter(|check| check.category == category).count()
    };
    Category::ALL
        .into_iter()
        .filter(|category| {
            let suite = seat.problem.suite(*category);
            suite.is_some_and(|suite| {
                !suite.checks.is_empty() && ended(*category) >= suite.checks.len()
            })
        })
        .collect()
}

/// What there is to know on arriving somewhere.
fn arrival(state: &State) -> Vec<String> {
    let (left, (_, right)) = view::title(state);
    let right = right.trim_start_matches(['!', ' ']);
    let mut lines = vec![match right.is_empty() {
        true => finished(&left),
        false => finished(&format!("{left}: {right}")),
    }];
    match (state.place(), &state.seat, &state.debrief) {
        (Place::Problems | Place::Discuss | Place::History | Place::Plan, ..) => {}
        (Place::Brief, ..) => {
            let problem = state.shelf.selected().map(|(problem, _)| problem);
            let text = problem.map(|problem| problem.statement.trim());
            lines.extend(text.iter().flat_map(|text| text.lines()).map(str::to_owned));
            lines.push("End of the brief.".to_owned());
        }
        (Place::Session, Some(seat), _) => {
            lines.push(seat.standing(state.now));
            lines.push(wording::guidance(seat.phase).to_owned());
            lines.push(format!("Your file is {}", seat.file().display()));
        }
        (Place::Rate, ..) => {
            lines.push("How good is it, before you look?".to_owned());
            lines.push(finished(wording::rating_scale()));
        }
        (Place::Designs, _, Some(debrief)) => {
            let all = designs::designs(debrief);
            let code = all.get(debrief.bench.design).map(|(_, code)| *code);
            lines.extend(code.iter().flat_map(|code| code.lines()).map(str::to_owned));
            lines.push("End of the design. Type next part for another one.".to_owned());
        }
        (Place::Submit, Some(seat), _) => {
            lines.push(finished(&capital(&submit::progress(seat))));
        }
        (Place::Report, _, Some(debrief)) => {
            let band = debrief.report.score.band;
            lines.push(finished(&capital(wording::band_meaning(band))));
            let rows = debrief.rows();
            let failed = rows.iter().filter(|row| matches!(row, Row::Failed(_)));
            lines.push(format!(
                "{} did not pass.",
                wording::counted(failed.count(), "check")
            ));
        }
        (Place::Replay, ..) => lines.extend(replay::told(state, ROOM.0)),
        _ => lines.extend(drawn(state)),
    }
    lines
}

/// A screen that has no words of its own, as it would be drawn.
fn drawn(state: &State) -> Vec<String> {
    let backend = TestBackend::new(ROOM.0, ROOM.1);
    let Ok(mut terminal) = Terminal::new(backend);
    let Ok(_) = terminal.draw(|frame| view::view(state, frame));
    let buffer = terminal.backend().buffer();
    // Without the header, which was told, and the footer, which is the menu.
    let rows = 1..ROOM.1 - 1;
    let text = rows.map(|row| {
        let cells = (0..ROOM.0).map(|column| buffer[(column, row)].symbol());
        super::page::linear(&cells.collect::<String>())
    });
    text.map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

fn question(state: &State) -> String {
    let seat = state.seat.as_ref();
    let topic = seat.and_then(|seat| seat.topics.get(seat.topic));
    topic.map_or_else(
        || "Type your answer.".to_owned(),
        |topic| topic.question.clone(),
    )
}

fn body(body: &Body) -> Vec<String> {
    let lines = |text: &str| text.trim_end().lines().map(str::to_owned).collect();
    match body {
        Body::Markdown(text) | Body::Code(text) => lines(text),
        Body::Words(text) | Body::Columns(text) => words(text),
        // Its numbers stand in the text before it.
        Body::Chart(_) => Vec::new(),
        Body::Schedule(story, submission) => {
            words(&wording::story(story, submission.as_ref(), LANES))
        }
    }
}

fn words(lines: &[Line]) -> Vec<String> {
    let texts = lines.iter().map(|line| line.text.clone());
    texts.filter(|text| !text.trim().is_empty()).collect()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next();
    first
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect()
}

/// A sentence with its capital and its full stop.
fn finished(text: &str) -> String {
    let text = capital(text.trim());
    match text.ends_with(['.', '?', '!', ':']) {
        true => text,
        false => text + ".",
    }
}
