//! The real program in a real terminal: what it takes, it gives back.

use std::{
    fs,
    io::{Read, Write},
    num::NonZero,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::desk;

/// Nothing on these screens takes longer, even on a busy machine that builds the bench first.
pub const PATIENCE: Duration = Duration::from_secs(120);

fn lines(number: u16) -> NonZero<u16> {
    NonZero::new(number).expect("a screen has an inside")
}

/// The program in a terminal of its own.
pub struct Window {
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    pub screen: vt100::Parser,
    /// Every byte so far.
    pub sent: Vec<u8>,
    child: Box<dyn Child + Send + Sync>,
}

impl Window {
    pub fn open(data: &Path, more: &[(&str, &str)]) -> Window {
        Window::run(data, &[], more)
    }

    fn run(data: &Path, arguments: &[&str], more: &[(&str, &str)]) -> Window {
        let pair = native_pty_system()
            .openpty(PtySize {
                rows: 24,
                cols: 80,
                ..PtySize::default()
            })
            .expect("a terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_fiftyten"));
        command.args(["--data".as_ref(), data.as_os_str()]);
        command.args(["--library".as_ref(), desk::fixtures().as_os_str()]);
        command.args(arguments);
        let names = "NO_COLOR VISUAL EDITOR FIFTYTEN_NOW TMUX ZELLIJ TERM_PROGRAM";
        for name in names.split(' ') {
            command.env_remove(name);
        }
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("FIFTYTEN_CONFIG", data.join("config.toml"));
        command.env("FIFTYTEN_CACHE", desk::cache());
        for (name, value) in more {
            command.env(name, value);
        }
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the program starts");
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let (bytes, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if bytes.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Window {
            keys: pair.master.take_writer().expect("a writer"),
            master: pair.master,
            output,
            screen: vt100::Parser::new(lines(24), lines(80), 0),
            sent: Vec::new(),
            child,
        }
    }

    pub fn press(&mut self, keys: &str) {
        self.keys
            .write_all(keys.as_bytes())
            .expect("somebody reads");
        self.keys.flush().expect("somebody reads");
    }

    /// Reads until the screen is as wanted.
    pub fn until(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !wanted(self.screen.screen()) {
            let left = end.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => {
                    self.screen.process(&bytes);
                    self.sent.extend(bytes);
                }
                Err(_) => panic!(
                    "waited in vain for {what}:\n{}",
                    self.screen.screen().contents()
                ),
            }
        }
    }

    /// Reads until nothing has come for so long; how many bytes came.
    pub fn quiet_for(&mut self, time: Duration) -> usize {
        let before = self.sent.len();
        while let Ok(bytes) = self.output.recv_timeout(time) {
            self.screen.process(&bytes);
            self.sent.extend(bytes);
        }
        self.sent.len() - before
    }

    /// How many bytes come within that time.
    pub fn bytes_within(&mut self, time: Duration) -> usize {
        let (before, end) = (self.sent.len(), Instant::now() + time);
        while let Ok(bytes) =
            (self.output).recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            self.screen.process(&bytes);
            self.sent.extend(bytes);
        }
        self.sent.len() - before
    }

    pub fn shows(&mut self, text: &str) {
        self.until(text, |screen| screen.contents().contains(text));
    }

    fn pid(&self) -> Pid {
        let pid = self.child.process_id().expect("it runs");
        Pid::from_raw(i32::try_from(pid).expect("a pid"))
    }

    /// Waits for the end: exit code, and whether the terminal is as it was.
    pub fn ended(mut self) -> u32 {
        let status = self.child.wait().expect("it ends");
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(200)) {
            self.screen.process(&bytes);
        }
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left");
        assert!(!screen.hide_cursor(), "the cursor is back");
        assert!(!screen.bracketed_paste(), "bracketed paste is off");
        status.exit_code()
    }

    pub fn is_cooked(&self) -> bool {
        let flags = self
            .master
            .get_termios()
            .map(|termios| format!("{:?}", termios.local_flags));
        flags.is_some_and(|flags| flags.contains("ICANON") && flags.contains("ECHO"))
    }
}

/// The workspace of the only attempt.
fn workspace(data: &Path) -> PathBuf {
    let attempts = fs::read_dir(data.join("attempts")).expect("an attempt");
    attempts
        .flatten()
        .next()
        .expect("an attempt")
        .path()
        .join("workspace")
}

#[test]
fn quitting_gives_the_terminal_back() {
    let home = tempfile::tempdir().unwrap();
    let mut window = Window::open(home.path(), &[]);
    window.shows("A shared tally");
    assert!(window.screen.screen().alternate_screen() && !window.is_cooked());
    window.press("q");
    assert_eq!(window.ended(), 0);
}

#[test]
fn without_colour_the_selection_is_reversed_and_nothing_is_coloured() {
    let home = tempfile::tempdir().unwrap();
    let mut window = Window::open(home.path(), &[("NO_COLOR", "1")]);
    window.shows("> Add two");
    let screen = window.screen.screen();
    let mut reversed = false;
    for row in 0..24 {
        for column in 0..80 {
            let cell = screen.cell(row, column).expect("inside");
            assert_eq!(
                (cell.fgcolor(), cell.bgcolor()),
                (vt100::Color::Default, vt100::Color::Default)
            );
            reversed |= cell.inverse();
        }
    }
    assert!(reversed);
    window.press("q");
    assert_eq!(window.ended(), 0);
}

#[test]
fn ctrl_z_stops_the_program_and_waking_it_draws_everything_again() {
    let home = tempfile::tempdir().unwrap();
    let mut window = Window::open(home.path(), &[]);
    window.shows("A shared tally");
    window.press("\x1a");
    window.until("the shell's screen", |screen| !screen.alternate_screen());
    let stat = format!("/proc/{}/stat", window.pid());
    let end = Instant::now() + PATIENCE;
    while !fs::read_to_string(&stat).unwrap().contains(") T ") {
        assert!(Instant::now() < end, "it does not stop");
        thread::yield_now();
    }
    assert!(window.is_cooked(), "the shell has a usable terminal");
    kill(window.pid(), Signal::SIGCONT).unwrap();
    window.until("our screen", |screen| {
        screen.alternate_screen() && screen.contents().contains("A shared tally")
    });
    window.press("j\r");
    window.shows("not timed yet");
    window.press("qq");
    assert_eq!(window.ended(), 0);
}

#[test]
fn a_window_of_20x5_gets_a_sentence_and_not_a_panic() {
    let home = tempfile::tempdir().unwrap();
    let mut window = Window::open(home.path(), &[]);
    window.shows("A shared tally");
    let size = |rows, cols| PtySize {
        rows,
        cols,
        ..PtySize::default()
    };
    window.master.resize(size(5, 20)).unwrap();
    window.screen.screen_mut().set_size(lines(5), lines(20));
    window.shows("Needs");
    window.master.resize(size(24, 80)).unwrap();
    window.screen.screen_mut().set_size(lines(24), lines(80));
    window.shows("A shared tally");
    window.press("q");
    assert_eq!(window.ended(), 0);
}

#[test]
fn a_signal_ends_it_cleanly_and_the_session_can_be_resumed() {
    for signal in [Signal::SIGTERM, Signal::SIGHUP] {
        let home = tempfile::tempdir().unwrap();
        let mut window = Window::open(home.path(), &[]);
        window.shows("A shared tally");
        window.press("\r");
        window.shows("not timed yet");
        window.press("\r");
        window.shows("CLARIFY");
        window.press("iheld against the wind\r");
        window.shows("noted");
        kill(window.pid(), signal).unwrap();
        assert_eq!(window.ended(), 143, "{signal}");
        let mut window = Window::open(home.path(), &[]);
        window.shows("R goes on");
        window.press("R");
        window.shows("held against the wind");
        kill(window.pid(), Signal::SIGKILL).unwrap();
        let _ = window.child.wait();
        let mut window = Window::open(home.path(), &[]);
        window.shows("R goes on");
        window.press("q");
        assert_eq!(window.ended(), 0);
    }
}

#[test]
fn an_editor_gets_the_terminal_and_every_key_and_gives_both_back() {
    let home = tempfile::tempdir().unwrap();
    let script = home.path().join("editor");
    let heard = home.path().join("heard");
    let text = format!(
        "echo EDITOR READY; read line; echo \"$line\" > {}",
        heard.display()
    );
    fs::write(&script, text).unwrap();
    let editor = format!("sh {}", script.display());
    let data = home.path().join("data");
    let mut window = Window::open(&data, &[("EDITOR", &editor)]);
    window.shows("A shared tally");
    window.press("\r");
    window.shows("not timed yet");
    window.press("\r");
    window.shows("CLARIFY");
    window.press("e");
    window.shows("EDITOR READY");
    window.press("sqyX twenty keys for you\r");
    window.until("the session", |screen| {
        screen.alternate_screen() && screen.contents().contains("CLARIFY")
    });
    assert_eq!(
        fs::read_to_string(&heard).unwrap(),
        "sqyX twenty keys for you\n"
    );
    assert!(!window.screen.screen().contents().contains("Hand in?"));
    window.press("qy");
    window.shows("R goes on");
    window.press("q");
    assert_eq!(window.ended(), 0);
}

#[test]
fn from_the_list_to_an_accepted_report_in_one_sitting() {
    let home = tempfile::tempdir().unwrap();
    let mut window = Window::open(home.path(), &[]);
    window.shows("> Add two");
    window.press("\r");
    window.shows("not timed yet");
    window.press("m\r");
    window.shows("CLARIFY");
    window.press("c");
    window.shows("IMPLEMENT");
    let reference = desk::fixtures().join("problems/add-two/solutions/reference.rs");
    fs::copy(reference, workspace(home.path()).join("src/lib.rs")).unwrap();
    window.shows("samples: ok");
    window.press("s");
    window.shows("Hand in?");
    window.press("y");
    window.shows("report");
    window.shows("accepted");
    window.press("q");
    window.shows("fiftyten · problems");
    window.press("q");
    assert_eq!(window.ended(), 0);
}

#[test]
fn replay_steps_through_a_schedule_on_a_terminal_and_prints_it_otherwise() {
    let home = tempfile::tempdir().unwrap();
    let desk = desk::Desk::new().with_data(home.path().to_owned());
    desk.done(&["start", "lock-step", "--mode", "untimed"]);
    let code = desk::fixtures().join("submissions/deadlock/wakes_nobody.rs");
    desk.write(&desk::text(&code));
    assert_eq!(desk.run(&["submit", "lock-step"]).code, Some(1));

    let check = "waiter";
    let mut window = Window::run(home.path(), &["replay", "lock-step", check], &[]);
    window.shows("deadlock, 1 of ");
    assert!(window.screen.screen().alternate_screen());
    window.press("j");
    window.shows("deadlock, 2 of ");
    window.press("k");
    window.shows("deadlock, 1 of ");
    // The end key as terminals send it.
    window.press("\x1b[F");
    window.shows("waits at :");
    window.shows("for grown");
    window.press("\r");
    window.shows("What was checked");
    window.press("qq");
    assert_eq!(window.ended(), 0);

    let mut plain = Window::run(home.path(), &["replay", "lock-step", check, "--plain"], &[]);
    plain.shows("At the end");
    assert!(!plain.screen.screen().alternate_screen());
    assert_eq!(plain.ended(), 0);

    let text = desk.done(&["replay", "lock-step", check]);
    assert!(
        text.contains("deadlock: ") && text.contains("for grown"),
        "{text}"
    );
    let json = desk.done(&["replay", "lock-step", check, "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&json).expect("one object");
    assert_eq!(told["kind"], "deadlock");
    let steps = told["steps"].as_array().expect("steps");
    assert_eq!(
        Some(steps.len()),
        told["story"]["events"].as_array().map(Vec::len)
    );
    let waits = &steps[steps.len() - 1]["threads"][0]["state"]["waits"];
    assert!(waits["since_step"].is_u64(), "{waits}");

    // On mended code the same schedule passes, and that is what is told.
    let mended = desk::fixtures().join("submissions/accepted");
    let mended = fs::read_dir(mended).unwrap().flatten().next().unwrap();
    desk.write(&desk::text(&mended.path()));
    let again = desk.done(&["replay", "lock-step", check, "--again"]);
    assert!(again.contains("passes on the code as it is now"), "{again}");
}
