//! The command line's manners.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use crate::desk::Desk;

#[test]
fn without_a_terminal_there_is_usage_and_no_screen() {
    let ran = Desk::new().run(&[]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(
        ran.err.contains("Usage") && ran.err.contains("needs a terminal"),
        "{}",
        ran.err
    );
}

#[test]
fn every_command_explains_itself() {
    let desk = Desk::new();
    let help = desk.done(&["--help"]);
    for command in [
        "list", "show", "start", "status", "ask", "note", "hint", "test", "submit", "score",
        "report",
    ] {
        assert!(help.contains(command), "{command} is missing in\n{help}");
        let own = desk.done(&[command, "--help"]);
        assert!(own.contains("Usage"), "{own}");
    }
    assert!(help.contains("Exit codes"), "{help}");
}

#[test]
fn a_mistyped_problem_is_guessed() {
    let ran = Desk::new().run(&["show", "ad-two"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("did you mean add-two?"), "{}", ran.err);
}

#[test]
fn answers_go_to_stdout_and_remarks_to_stderr() {
    let desk = Desk::new();
    let ran = desk.run(&["start", "add-two"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        std::path::Path::new(ran.out.trim())
            .join("Cargo.toml")
            .is_file(),
        "{ran:?}"
    );
    assert!(ran.err.contains("attempt"), "{ran:?}");
    let quiet = desk.run(&["--quiet", "show", "add-two"]);
    assert_eq!((quiet.code, quiet.err.as_str()), (Some(0), ""));
}

#[test]
fn words_are_words_even_with_dashes() {
    let desk = Desk::new();
    desk.done(&["start", "add-two"]);
    desk.done(&[
        "note", "plan:", "map", "->", "list,", "-1", "is", "--never", "seen",
    ]);
    let journal =
        std::fs::read_to_string(desk.attempt().join("journal.ndjson")).expect("a journal");
    assert!(
        journal.contains("plan: map -> list, -1 is --never seen"),
        "{journal}"
    );
}

#[test]
fn colour_only_where_it_is_wanted() {
    let desk = Desk::new();
    desk.done(&["start", "add-two"]);
    assert!(!desk.done(&["status"]).contains('\x1b'));
    assert!(desk.done(&["status", "--color", "always"]).contains('\x1b'));
}

#[test]
fn the_list_filters_by_tier_and_tag() {
    let desk = Desk::new();
    assert!(
        desk.done(&["list", "--tier", "1", "--tag", "fixture"])
            .contains("lock-step")
    );
    assert_eq!(desk.done(&["list", "--tier", "3"]), "");
}

#[test]
fn completions_are_written_for_shells() {
    assert!(
        Desk::new()
            .done(&["completions", "bash"])
            .contains("fiftyten")
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let desk = Desk::new();
    let mut child = desk
        .command(&["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the trainer starts");
    drop(child.stdout.take());
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}

#[test]
fn ctrl_c_ends_a_long_run_and_keeps_what_is_done() {
    let desk = Desk::new();
    let fixtures = crate::desk::fixtures();
    let good = fixtures
        .join("problems/lock-step/solutions/reference.rs")
        .display()
        .to_string();
    let loops = fixtures
        .join("submissions/wall_timeout/sleeps_in_earnest.rs")
        .display()
        .to_string();
    let mut child = desk
        .command(&[
            "score",
            &good,
            &loops,
            "--problem",
            "lock-step",
            "--format",
            "ndjson",
            "--jobs",
            "1",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the trainer starts");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut first = String::new();
    out.read_line(&mut first).expect("readable");
    assert!(first.contains("\"accepted\""), "{first}");
    let pid = nix::unistd::Pid::from_raw(child.id().try_into().expect("a pid"));
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).expect("it lives");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
}

#[test]
fn the_doctor_says_what_is_there() {
    let desk = Desk::new();
    let ran = desk.run(&["doctor"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out.contains("compiler") && ran.out.contains("sandbox"),
        "{ran:?}"
    );
}
