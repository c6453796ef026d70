//! The plain mode: a whole attempt by lines, in a pipe and in a terminal, with nothing that cannot be read aloud.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use fiftyten::{
    domain::problem::Category::Core,
    tui::plain::{menu, narrator::Narrator},
};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use crate::{
    desk::{self, Desk},
    screens_checks::{failed, passed},
    screens_desk::{Screens, mock},
};

/// The bench may have to be built first, beside others who build.
const PATIENCE: Duration = Duration::from_secs(60);

/// Nothing that moves, colours or draws.
fn assert_linear(text: &str) {
    for letter in text.chars() {
        let drawing = ('\u{2500}'..='\u{259f}').contains(&letter);
        let moving = letter.is_control() && letter != '\n';
        assert!(!drawing && !moving, "{letter:?} in:\n{text}");
    }
}

/// Somebody who talks to the trainer through a pipe.
struct Pipe {
    child: Child,
    input: ChildStdin,
    output: Receiver<String>,
    heard: String,
}

impl Pipe {
    fn open(desk: &Desk) -> Pipe {
        let mut child = desk
            .command(&["--plain"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        let (lines, output) = channel();
        thread::spawn(move || {
            for line in out.split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8(line).expect("UTF-8");
                if lines.send(line).is_err() {
                    return;
                }
            }
        });
        Pipe {
            input: child.stdin.take().expect("a pipe"),
            child,
            output,
            heard: String::new(),
        }
    }

    fn say(&mut self, line: &str) {
        writeln!(self.input, "{line}").expect("somebody reads");
    }

    /// Listens until a line holds the text; returns that line.
    fn hears(&mut self, text: &str) -> String {
        loop {
            let line = self.output.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("never heard {text}:\n{}", self.heard));
            self.heard += &line;
            self.heard.push('\n');
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Nothing more is said; waits for the end.
    fn ended(mut self) -> (Option<i32>, String) {
        drop(self.input);
        while let Ok(line) = self.output.recv_timeout(PATIENCE) {
            self.heard += &line;
            self.heard.push('\n');
        }
        let status = self.child.wait().expect("it ends");
        (status.code(), self.heard)
    }
}

fn reference(id: &str) -> String {
    let folder = desk::fixtures().join("problems").join(id);
    desk::text(&folder.join("solutions/reference.rs"))
}

#[test]
fn a_whole_mock_can_be_sat_through_a_pipe() {
    let desk = Desk::new();
    let mut pipe = Pipe::open(&desk);
    pipe.hears("2. A shared tally, difficulty 1 of 5, not tried.");
    pipe.say("2");
    pipe.hears("End of the brief.");
    pipe.hears("1. Mode mock");
    pipe.say("start");
    let file = pipe.hears("Your file is ");
    let file = PathBuf::from(file.trim_start_matches("Your file is "));
    pipe.say("ask what happens on overflow of the total?");
    pipe.hears("It stays at the largest number.");
    pipe.say("note one lock, because the critical section is short");
    pipe.hears("Noted.");
    pipe.say("time");
    pipe.hears("Phase clarify, 50:00 left.");
    pipe.say("code");
    pipe.hears("Phase implement");
    fs::write(file, reference("lock-step")).expect("the workspace is writable");
    pipe.say("test");
    pipe.hears("Samples: ok");
    pipe.say("hint");
    pipe.hears("1. Show the hint.");
    pipe.say("1");
    pipe.hears("Hint 1: ");
    pipe.say("submit");
    pipe.hears("Hand in?");
    pipe.say("yes");
    pipe.hears("The judge is done with core.");
    // A pipe is read on when the judge is done, so the report comes first.
    pipe.hears("How good is it, before you look?");
    pipe.hears("2. core: Does the code do what the statement asks for? no figure yet.");
    pipe.say("2");
    pipe.say("rate 4");
    pipe.say("to the report");
    pipe.hears("0 checks did not pass.");
    pipe.say("talk");
    pipe.hears("1. What did you try first?");
    pipe.say("1");
    pipe.hears("One line; an empty line puts it aside.");
    pipe.say("one lock around the sum, and a condition for those who wait");
    pipe.hears("1. the plain way");
    pipe.hears("Tick what you said");
    pipe.say("tick 1");
    pipe.hears("1 of 2 said, that is 2 of 4.");
    pipe.say("report");
    pipe.hears("0 checks did not pass.");
    pipe.say("2");
    pipe.hears("End of the text.");
    pipe.say("q");
    pipe.hears("Fiftyten, problems: 1 of 2 done.");
    let (code, heard) = pipe.ended();
    assert_eq!(code, Some(0), "{heard}");
    assert_linear(&heard);
}

#[test]
fn a_script_without_pauses_meets_the_same_moments() {
    let desk = Desk::new();
    let mut pipe = Pipe::open(&desk);
    for line in [
        "1",
        "drill",
        "start",
        "code",
        "test",
        "submit yes",
        "q",
        "q",
    ] {
        pipe.say(line);
    }
    let (code, heard) = pipe.ended();
    assert_eq!(code, Some(0), "{heard}");
    let order = [
        "Mode drill.",
        "0 of 1 passed",
        "report: 0.0 of 100",
        "Add two, difficulty 1 of 5, best 0 of 100.",
    ];
    let places: Vec<Option<usize>> = order.iter().map(|text| heard.find(text)).collect();
    assert!(
        places.iter().all(Option::is_some) && places.is_sorted(),
        "{places:?}\n{heard}"
    );
    assert_linear(&heard);
}

#[test]
fn a_dumb_terminal_gets_sentences_and_not_one_escape() {
    let home = tempfile::tempdir().unwrap();
    let pair = native_pty_system()
        .openpty(PtySize {
            rows: 24,
            cols: 80,
            ..PtySize::default()
        })
        .unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_fiftyten"));
    command.args(["--data".as_ref(), home.path().as_os_str()]);
    command.args(["--library".as_ref(), desk::fixtures().as_os_str()]);
    command.env("TERM", "dumb");
    command.env("FIFTYTEN_CACHE", desk::cache());
    command.env_remove("FIFTYTEN_PLAIN");
    command.env("FIFTYTEN_CONFIG", home.path().join("config.toml"));
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut output = BufReader::new(pair.master.try_clone_reader().unwrap());
    let mut input = pair.master.take_writer().unwrap();
    let mut heard = String::new();
    for (wanted, answer) in [
        ("Type a number or a name.", "1\n"),
        ("Type a number or a name.", "untimed\n"),
        ("Mode untimed.", "4\n"),
        ("Your file is", "\n"),
        ("Type a number or a name.", "brief\n"),
        ("End of the text.", "?\n"),
        ("ask, key a: Ask the interviewer", "q\n"),
        ("Fiftyten, problems", "\x03"),
        ("Quit fiftyten?", "1\n"),
    ] {
        loop {
            let mut line = Vec::new();
            let read = output.read_until(b'\n', &mut line).unwrap_or(0);
            assert!(read > 0, "it ended before {wanted}:\n{heard}");
            let line = String::from_utf8(line).expect("UTF-8").replace('\r', "");
            heard += &line;
            if line.contains(wanted) {
                break;
            }
        }
        input.write_all(answer.as_bytes()).unwrap();
    }
    assert_eq!(child.wait().unwrap().exit_code(), 0, "{heard}");
    assert_linear(&heard);
}

/// What is told by and by.
fn told(narrator: &mut Narrator, screens: &mut Screens) -> String {
    narrator.news(&mut screens.state).join("\n")
}

#[test]
fn the_time_is_said_at_ten_five_and_one_minutes_and_when_phases_end() {
    let mut screens = mock();
    let mut narrator = Narrator::default();
    told(&mut narrator, &mut screens);
    let mut said = String::new();
    for _ in 0..49 * 60 + 30 {
        screens.pass(1.0 / 60.0);
        said += &told(&mut narrator, &mut screens);
        said.push('\n');
    }
    for wanted in [
        "Phase implement, 45:00 left.",
        "Phase optimise, 15:00 left.",
        "Phase optimise, 10:00 left.",
        "Phase validate, 5:00 left.",
        "1:00 left for the code.",
    ] {
        assert_eq!(said.matches(wanted).count(), 1, "{wanted}:\n{said}");
    }
    assert_linear(&said);
}

#[test]
fn every_action_of_the_table_is_a_name_that_the_plain_mode_knows() {
    let mut screens = mock();
    for row in fiftyten::tui::keys::rows(fiftyten::tui::keys::Scope::Session) {
        for typed in [row.name, row.keys[0]] {
            let meant = menu::meant(&mut screens.state, typed);
            assert_eq!(meant.messages.len(), 1, "{typed}: {:?}", meant.said);
        }
    }
    let meant = menu::meant(&mut screens.state, "nonsense");
    assert!(meant.said[0].contains("nonsense"), "{:?}", meant.said);
}

#[test]
fn results_are_told_in_words() {
    let mut screens = mock();
    let mut narrator = Narrator::default();
    screens.press("c");
    screens.save("pub fn a() {}\n");
    told(&mut narrator, &mut screens);
    screens.tested(vec![
        passed(Core, "sample::a_step_is_counted"),
        failed(Core, "sample::the_sum_is_kept", "left: 1\nright: 2"),
    ]);
    let said = told(&mut narrator, &mut screens);
    assert!(said.contains("1 of 2 passed"), "{said}");
    assert!(said.contains("the sum is kept"), "{said}");
    screens.press("T");
    let said = told(&mut narrator, &mut screens);
    assert!(said.contains("Failing: the sum is kept."), "{said}");
}
