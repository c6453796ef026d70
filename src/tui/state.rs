//! What the screens know. Changed only by `update`, drawn only by `view`.

use std::{cell::Cell, collections::VecDeque};

use jiff::tz::TimeZone;

use super::{
    field::Field,
    glyphs::Glyphs,
    message::Errand,
    pages::Pages,
    screens::{history::Remembered, plan::Desk, problems::Shelf, replay::Stage, report::Debrief},
    seat::Seat,
    theme::Theme,
};
use crate::{
    actions::Debriefing,
    domain::{
        attempt::{Mode, Submission},
        verdict::Story,
    },
    settings::{Key, Settings},
    wording::{self, Tone},
};

/// So many messages are kept.
const LOG: usize = 500;

/// A screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The library.
    Problems,
    /// A statement before the start.
    Brief,
    /// The clock runs.
    Session,
    /// The judge works.
    Submit,
    /// The last ten minutes.
    Discuss,
    /// The own view of the work, before the result.
    Rate,
    /// A score with its evidence.
    Report,
    /// The reference and other designs beside the own code.
    Designs,
    /// A failing schedule, step by step.
    Replay,
    /// Past attempts.
    History,
    /// A course of study.
    Plan,
    /// What was chosen.
    Settings,
}

/// What lies on top of a screen and has the keyboard.
#[derive(Debug)]
pub enum Overlay {
    /// The keys, filtered by what was typed.
    Help(Help),
    /// A question with a key for each answer.
    Choice(Choice),
    /// A text is being typed.
    Entry(Entry),
    /// A text to read.
    Reader(Reader),
}

/// The keys, filtered by what was typed.
#[derive(Debug, Default)]
pub struct Help {
    /// Every command there is, by name; otherwise the keys of this screen.
    pub all: bool,
    /// What was typed.
    pub filter: Field,
    /// The selected row of those that fit.
    pub cursor: usize,
    /// How far it is scrolled.
    pub scroll: Scroll,
}

/// A question with a key for each answer; Esc takes none.
#[derive(Debug)]
pub struct Choice {
    /// The question.
    pub title: String,
    /// What to know before answering.
    pub words: Vec<wording::Line>,
    /// Key, name and what follows.
    pub answers: Vec<(char, &'static str, Wanted)>,
}

/// What follows from an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// End the program.
    Quit,
    /// Back to the problems; the clock goes on.
    LeaveSession,
    /// End the attempt.
    GiveUp,
    /// Hand in.
    Submit,
    /// Buy the hint.
    Hint,
    /// Stop the clock.
    Pause,
    /// Say whether the absence counts.
    Gap(bool),
    /// Append the stub.
    FollowUp,
}

/// What a typed text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To filter the problems.
    Filter,
    /// A question to the interviewer.
    Question,
    /// A note.
    Note,
    /// An answer of the discussion.
    Answer,
    /// The value of a setting.
    Setting(Key),
}

/// A text being typed.
#[derive(Debug)]
pub struct Entry {
    /// What for.
    pub purpose: Purpose,
    /// The text.
    pub field: Field,
}

/// A text to read, in one or several pages; Tab turns them.
#[derive(Debug)]
pub struct Reader {
    /// Title and text of each page.
    pub pages: Vec<(String, Body)>,
    /// The page shown.
    pub page: usize,
    /// How far it is scrolled.
    pub scroll: Scroll,
}

/// A text to read.
#[derive(Debug)]
pub enum Body {
    /// Markdown.
    Markdown(String),
    /// Words; wrapped.
    Words(Vec<wording::Line>),
    /// Words in columns; cut at the edge.
    Columns(Vec<wording::Line>),
    /// Columns of a chart; cut at the edge, never read aloud.
    Chart(Vec<wording::Line>),
    /// A failing schedule with the code it ran on.
    Schedule(Box<Story>, Option<Submission>),
    /// Rust.
    Code(String),
}

/// How far something is scrolled. The view knows how far that can go, and sets it straight.
#[derive(Debug, Default)]
pub struct Scroll(Cell<u16>);

impl Scroll {
    /// Moves by lines.
    pub fn by(&self, lines: i32) {
        let at = i32::from(self.0.get()).saturating_add(lines);
        self.0.set(at.clamp(0, i32::from(u16::MAX)) as u16);
    }

    /// The first line to show of so many, with room for `height`.
    pub fn within(&self, lines: usize, height: u16) -> u16 {
        let most = u16::try_from(lines)
            .unwrap_or(u16::MAX)
            .saturating_sub(height);
        self.0.set(self.0.get().min(most));
        self.0.get()
    }

    /// Moves so that a line is inside.
    pub fn show(&self, line: usize, height: u16) {
        let line = u16::try_from(line).unwrap_or(u16::MAX);
        let (from, height) = (self.0.get(), height.max(1));
        if line < from {
            self.0.set(line);
        } else if line >= from.saturating_add(height) {
            self.0.set(line + 1 - height);
        }
    }
}

/// Everything.
pub struct State {
    /// Unix milliseconds.
    pub now: u64,
    /// Columns and rows.
    pub size: (u16, u16),
    /// What was chosen.
    pub settings: Settings,
    /// Styles.
    pub theme: Theme,
    /// Letters for boxes and marks.
    pub glyphs: Glyphs,
    /// For dates.
    pub zone: TimeZone,
    /// Where we are and where Back leads; never empty.
    pub places: Vec<Place>,
    /// What lies on top.
    pub overlay: Option<Overlay>,
    /// The last word; stays until the next one.
    pub word: Option<wording::Line>,
    /// How many things were said.
    pub said: usize,
    /// The latest of them, each with its moment; the oldest go first.
    pub log: VecDeque<(u64, wording::Line)>,
    /// The library.
    pub shelf: Shelf,
    /// The mode chosen on the brief.
    pub mode: Mode,
    /// How far the brief is scrolled.
    pub brief_scroll: Scroll,
    /// The open session.
    pub seat: Option<Box<Seat>>,
    /// The report on screen.
    pub debrief: Option<Box<Debrief>>,
    /// The schedule on screen.
    pub stage: Option<Box<Stage>>,
    /// Past attempts.
    pub history: Remembered,
    /// The course of study.
    pub desk: Desk,
    /// The selected row of the settings.
    pub option: usize,
    /// How far they are scrolled.
    pub option_scroll: Scroll,
    /// Whether the mouse is ours now.
    pub mouse: bool,
    /// The clerk is told whether an absence counts; nobody is asked again meanwhile.
    pub deciding: bool,
    /// Rendered texts.
    pub pages: Pages,
    /// Whether something changed since the last frame.
    pub dirty: bool,
}

impl State {
    /// The first screen, before anything was read; with what to ask the clerk for.
    pub fn new(now: u64, size: (u16, u16), theme: Theme, zone: TimeZone) -> (State, Vec<Errand>) {
        let state = State {
            now,
            size,
            settings: Settings::default(),
            theme,
            glyphs: Glyphs::Unicode,
            zone,
            places: vec![Place::Problems],
            overlay: None,
            word: None,
            said: 0,
            log: VecDeque::new(),
            shelf: Shelf::default(),
            mode: Mode::Mock,
            brief_scroll: Scroll::default(),
            seat: None,
            debrief: None,
            stage: None,
            history: Remembered::default(),
            desk: Desk::default(),
            option: 0,
            option_scroll: Scroll::default(),
            mouse: false,
            deciding: false,
            pages: Pages::default(),
            dirty: true,
        };
        (state, vec![Errand::List, Errand::History])
    }

    /// Takes over what was chosen; the first remark about it is said.
    pub fn adopt(&mut self, settings: Settings) {
        self.theme = Theme::named(settings.value(Key::Theme));
        self.glyphs = Glyphs::named(settings.value(Key::Glyphs));
        if settings.value(Key::Mode) != self.settings.value(Key::Mode) {
            self.mode = Mode::named(settings.value(Key::Mode)).unwrap_or(Mode::Mock);
        }
        for remark in &settings.remarks {
            self.say(Tone::Warning, remark.clone());
        }
        self.mouse = settings.on(Key::Mouse);
        self.settings = settings;
    }

    /// Whether nothing but figures may move.
    pub fn still(&self) -> bool {
        self.settings.value(Key::Motion) == "none"
    }

    /// The screen on top.
    pub fn place(&self) -> Place {
        self.places.last().copied().unwrap_or(Place::Problems)
    }

    /// Goes to a screen; Back returns to this one.
    pub fn go(&mut self, place: Place) {
        if self.place() != place {
            self.places.push(place);
        }
    }

    /// Puts a screen in the place of this one.
    pub fn turn(&mut self, place: Place) {
        self.places.pop();
        if self.places.is_empty() {
            self.places.push(Place::Problems);
        }
        self.go(place);
    }

    /// Shows something at the bottom of the screen that is not worth keeping: how far something is.
    pub fn mention(&mut self, text: impl Into<String>) {
        self.word = Some(wording::Line::plain(text));
    }

    /// Says something at the bottom of the screen, and keeps it.
    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        let line = wording::Line::new(tone, text);
        if self.log.len() == LOG {
            self.log.pop_front();
        }
        self.log.push_back((self.now, line.clone()));
        self.said += 1;
        self.word = Some(line);
    }

    /// Drops the last word when its screen closes; what went wrong stays.
    pub fn hush(&mut self) {
        let wrong = |word: &wording::Line| matches!(word.tone, Tone::Bad | Tone::Warning);
        self.word = self.word.take().filter(wrong);
    }

    /// Opens pages to read, unless something is being typed or asked.
    pub fn open_reader(&mut self, pages: Vec<(String, Body)>) {
        if !matches!(self.overlay, Some(Overlay::Entry(_) | Overlay::Choice(_))) {
            self.overlay = Some(Overlay::Reader(Reader {
                pages,
                page: 0,
                scroll: Scroll::default(),
            }));
        }
    }

    /// Shows a schedule and nothing else; Back leaves the program.
    pub fn open_replay_alone(&mut self, stage: Stage) {
        self.stage = Some(Box::new(stage));
        self.places = vec![Place::Replay];
    }

    /// Opens a report.
    pub fn open_report(&mut self, reported: Debriefing) {
        self.debrief = Some(Box::new(Debrief::of(reported)));
    }
}

impl State {
    /// The local time of day of a moment.
    pub fn zoned(&self, at: u64) -> String {
        self.local(at, "%H:%M:%S")
    }

    /// A moment in local time.
    pub fn local(&self, at: u64, format: &str) -> String {
        let moment =
            jiff::Timestamp::from_millisecond(i64::try_from(at).unwrap_or(0)).unwrap_or_default();
        moment
            .to_zoned(self.zone.clone())
            .strftime(format)
            .to_string()
    }
}
