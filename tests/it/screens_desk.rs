//! A person in front of the screens: keys go in, effects are carried out at once, the clock moves when it is told to.

use std::{
    collections::VecDeque,
    fmt::Write,
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use fiftyten::{
    actions::{Debriefing, Failure, House, TestRun},
    assets::Library,
    domain::{
        attempt::Submission,
        report::{AttemptPart, Report, Seconds, Subject},
        score::grade,
        timeline::Timeline,
        verdict::{Cage, CheckResult, Verdict},
    },
    tui::{
        clerk::Clerk,
        message::{Effect, JobNews, Message, Reply},
        state::State,
        theme::Theme,
        update::update,
        view::view,
    },
};
use jiff::tz::TimeZone;
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};

use crate::desk;

/// The moment at which every story begins: 15 January 2027, 08:00 UTC.
pub const MORNING: u64 = 1_800_000_000_000;

/// A person in front of the screens.
pub struct Screens {
    pub state: State,
    pub house: House,
    /// What was asked for and is not the clerk's work.
    pub wanted: Vec<Effect>,
    clerk: Clerk,
    now: Arc<AtomicU64>,
    home: tempfile::TempDir,
}

impl Screens {
    /// The first screen over the small problems of the fixtures.
    pub fn new(columns: u16, rows: u16) -> Screens {
        let home = tempfile::tempdir().expect("a temporary folder");
        let now = Arc::new(AtomicU64::new(MORNING));
        let clock = Arc::clone(&now);
        let house = House {
            library: Library::Folder(desk::fixtures()),
            data: home.path().join("data"),
            cache: home.path().join("cache"),
            clock: Arc::new(move || clock.load(Ordering::Relaxed)),
        };
        let (state, errands) = State::new(MORNING, (columns, rows), Theme::Ansi, TimeZone::UTC);
        let mut screens = Screens {
            state,
            clerk: Clerk::new(house.clone()),
            house,
            wanted: Vec::new(),
            now,
            home,
        };
        screens.carry_out(errands.into_iter().map(Effect::Errand).collect());
        screens
    }

    /// A second window of the same person, beside the first.
    pub fn beside(first: &Screens) -> Screens {
        let mut second = Screens::new(first.state.size.0, first.state.size.1);
        second.house = first.house.clone();
        second.clerk = Clerk::new(first.house.clone());
        second.now = Arc::clone(&first.now);
        let (state, errands) =
            State::new(second.time(), first.state.size, Theme::Ansi, TimeZone::UTC);
        second.state = state;
        second.carry_out(errands.into_iter().map(Effect::Errand).collect());
        second
    }

    /// The same person in front of a new screen, after a kill: nothing was said good-bye to.
    pub fn killed(mut self) -> Screens {
        self.clerk.forget();
        let (state, errands) = State::new(
            self.time(),
            self.state.size,
            self.state.theme,
            TimeZone::UTC,
        );
        self.state = state;
        self.wanted.clear();
        self.carry_out(errands.into_iter().map(Effect::Errand).collect());
        self
    }

    /// Hands a message in, and does what follows.
    pub fn tell(&mut self, message: Message) {
        let effects = update(&mut self.state, message);
        self.carry_out(effects);
    }

    /// Carries out what was asked for, and what follows from it.
    pub fn carry_out(&mut self, effects: Vec<Effect>) {
        let mut due: VecDeque<Effect> = effects.into();
        while let Some(effect) = due.pop_front() {
            let Effect::Errand(errand) = effect else {
                self.wanted.push(effect);
                continue;
            };
            for reply in self.clerk.carry_out(errand) {
                due.extend(update(&mut self.state, Message::Reply(reply)));
            }
        }
    }

    /// Presses keys: letters as they are, others as `<enter>`, `<esc>`, `<ctrl-c>`.
    pub fn press(&mut self, keys: &str) -> &mut Screens {
        let mut rest = keys;
        while let Some(letter) = rest.chars().next() {
            let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
            let key = match named {
                Some((name, after)) => {
                    rest = after;
                    key_named(name)
                }
                None => {
                    rest = &rest[letter.len_utf8()..];
                    KeyEvent::from(KeyCode::Char(letter))
                }
            };
            self.tell(Message::Key(key));
        }
        self
    }

    /// Lets minutes pass while somebody looks: a tick each second.
    pub fn pass(&mut self, minutes: f64) -> &mut Screens {
        for _ in 0..(minutes * 60.0) as u64 {
            self.now.fetch_add(1_000, Ordering::Relaxed);
            let now = self.time();
            self.tell(Message::Tick(now));
        }
        self
    }

    /// Lets minutes pass at once, as if the machine slept.
    pub fn sleep(&mut self, minutes: f64) -> &mut Screens {
        self.now
            .fetch_add((minutes * 60_000.0) as u64, Ordering::Relaxed);
        let now = self.time();
        self.tell(Message::Tick(now));
        self
    }

    /// Unix milliseconds.
    pub fn time(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    /// Writes `src/lib.rs` as an editor would, and lets the screens hear of it.
    pub fn save(&mut self, text: &str) {
        let file = self.seat().file();
        fs::write(file, text).expect("the workspace is writable");
        self.tell(Message::Touched);
    }

    /// The open session.
    pub fn seat(&self) -> &fiftyten::tui::seat::Seat {
        self.state.seat.as_ref().expect("a session is open")
    }

    /// The samples have run.
    pub fn tested(&mut self, checks: Vec<CheckResult>) {
        let id = self.seat().attempt.id.clone();
        let hash = self
            .seat()
            .saved
            .as_ref()
            .and_then(|(_, saved)| saved.hash.clone());
        let run = TestRun {
            hash,
            verdict: Verdict::Judged {
                checks,
                warnings: Vec::new(),
            },
            cage: None,
            seconds: 0.4,
        };
        self.tell(Message::Job(id, JobNews::Tested(Ok(run))));
    }

    /// Word from a run of this session.
    pub fn news(&mut self, news: JobNews) {
        let id = self.seat().attempt.id.clone();
        self.tell(Message::Job(id, news));
    }

    /// The judge's report arrives.
    pub fn reported(&mut self, checks: Vec<CheckResult>) {
        let seat = self.seat();
        let problem = seat.problem.as_ref().clone();
        let verdict = Verdict::Judged {
            checks,
            warnings: Vec::new(),
        };
        let facts = seat
            .session
            .facts(self.time(), problem.clarifications.len());
        let submission = Submission {
            files: [("src/lib.rs".to_owned(), problem.reference.source.clone())].into(),
            hash: "f00d".to_owned(),
        };
        let report = Report {
            format: 1,
            problem: problem.id.to_string(),
            title: problem.title.clone(),
            submission: Subject::of("workspace", &submission),
            unexplored: Vec::new(),
            score: grade(&problem.weights, &verdict, Some(&facts)),
            verdict,
            attempt: Some(AttemptPart {
                id: seat.attempt.id.clone(),
                mode: seat.session.mode,
                started: seat.session.started,
                facts,
            }),
            next_drill: Some("add-two".to_owned()),
            seed: 0,
            sandbox: Cage {
                level: "none".to_owned(),
                layers: Vec::new(),
            },
            toolchain: String::new(),
            seconds: Seconds::default(),
            written: self.time(),
        };
        self.tell(Message::Reply(Reply::Reported(Box::new(Debriefing {
            report,
            submission: Some(submission),
            problem,
            timeline: Timeline::default(),
            answers: Vec::new(),
        }))));
    }

    /// Something failed on the clerk's side.
    pub fn fails(&mut self, failure: Failure) {
        self.tell(Message::Reply(Reply::Failed(failure)));
    }

    /// The screen as text, at its size.
    pub fn text(&self) -> String {
        let (columns, rows) = self.state.size;
        let buffer = self.draw(columns, rows);
        (0..rows)
            .map(|row| row_text(&buffer, row).trim_end().to_owned() + "\n")
            .collect()
    }

    /// The screen at the three sizes that matter, one below the other. Paths are those of somebody else.
    pub fn sizes(&mut self) -> String {
        let (place, before) = (
            self.elsewhere(Some(PathBuf::from("/home/ada/practice"))),
            self.state.size,
        );
        let mut text = String::new();
        for (columns, rows) in [(44, 12), (80, 24), (120, 40)] {
            self.tell(Message::Resize(columns, rows));
            let _ = writeln!(text, "--- {columns}x{rows}\n{}", self.text());
        }
        self.tell(Message::Resize(before.0, before.1));
        self.elsewhere(place);
        text
    }

    /// Shows another path for the workspace; returns the one before.
    fn elsewhere(&mut self, place: Option<PathBuf>) -> Option<PathBuf> {
        let manifest = &mut self.state.seat.as_mut()?.attempt.manifest;
        std::mem::replace(&mut manifest.workspace, place)
    }

    /// The runs of one style on each line, for one theme.
    pub fn styles(&mut self, theme: Theme) -> String {
        let place = self.elsewhere(Some(PathBuf::from("/home/ada/practice")));
        let before = std::mem::replace(&mut self.state.theme, theme);
        let (columns, rows) = self.state.size;
        let buffer = self.draw(columns, rows);
        self.state.theme = before;
        self.elsewhere(place);
        let mut text = String::new();
        for row in 0..rows {
            let mut at = 0;
            while at < columns {
                let style = buffer[(at, row)].style();
                let same =
                    (at..columns).take_while(|column| buffer[(*column, row)].style() == style);
                let until = at + u16::try_from(same.count()).expect("within the row");
                let run: String = (at..until)
                    .map(|column| buffer[(column, row)].symbol())
                    .collect();
                let plain = style.add_modifier.is_empty()
                    && style.fg.is_none_or(|fg| fg == ratatui::style::Color::Reset);
                let words = run.trim_matches(|letter: char| " │┌┐└┘─".contains(letter));
                if !plain && !words.is_empty() {
                    let fg = style.fg.filter(|fg| *fg != ratatui::style::Color::Reset);
                    let fg = fg.map(|fg| format!("{fg} ")).unwrap_or_default();
                    let _ = writeln!(text, "{row:>2}: {fg}{:?} {words:?}", style.add_modifier);
                }
                at = until;
            }
        }
        text
    }

    fn draw(&self, columns: u16, rows: u16) -> Buffer {
        let mut terminal =
            Terminal::new(TestBackend::new(columns, rows)).expect("no terminal is involved");
        terminal
            .draw(|frame| view(&self.state, frame))
            .expect("no terminal is involved");
        terminal.backend().buffer().clone()
    }

    /// Where this person's attempts are.
    pub fn home(&self) -> &std::path::Path {
        self.home.path()
    }
}

fn row_text(buffer: &Buffer, row: u16) -> String {
    (0..buffer.area.width)
        .map(|column| buffer[(column, row)].symbol())
        .collect()
}

fn key_named(name: &str) -> KeyEvent {
    let code = match name {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pageup" => KeyCode::PageUp,
        "pagedown" => KeyCode::PageDown,
        "backspace" => KeyCode::Backspace,
        _ => {
            let letter = name
                .strip_prefix("ctrl-")
                .and_then(|rest| rest.chars().next());
            let letter = letter.unwrap_or_else(|| panic!("no key is named {name}"));
            return KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
        }
    };
    KeyEvent::from(code)
}

/// A mock of the first problem that has just begun.
pub fn mock() -> Screens {
    let mut screens = Screens::new(80, 24);
    screens.press("j<enter><enter>");
    assert_eq!(
        screens.state.place(),
        fiftyten::tui::state::Place::Session,
        "{}",
        screens.text()
    );
    screens
}

/// The same in another mode; `m` was pressed so often.
pub fn in_mode(keys: &str) -> Screens {
    let mut screens = Screens::new(80, 24);
    screens.press("j<enter>").press(keys).press("<enter>");
    screens
}
