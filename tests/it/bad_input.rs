//! Bad input: each gets its own clear outcome, and whose turn it is.

use std::fs;

use crate::desk::{Desk, Ran, fixtures};

fn score(desk: &Desk, path: &std::path::Path, more: &[&str]) -> Ran {
    let path = path.display().to_string();
    let arguments: Vec<&str> = ["score", path.as_str()]
        .iter()
        .chain(more)
        .copied()
        .collect();
    desk.run(&arguments)
}

#[test]
fn a_data_folder_that_cannot_be_written_is_the_machines_turn_and_nothing_is_lost() {
    let desk = Desk::new();
    let file = desk.home().join("a-file");
    fs::write(&file, "mine").expect("writable");
    let desk = desk.with_data(file.join("data"));
    for arguments in [&["start", "add-two"][..], &["history"]] {
        let ran = desk.run(arguments);
        assert_eq!(ran.code, Some(4), "{ran:?}");
        assert!(
            ran.err.contains("--data DIR") && ran.err.contains("a-file"),
            "{ran:?}"
        );
    }
    assert_eq!(fs::read_to_string(file).expect("still there"), "mine");
}

#[test]
fn a_full_disk_is_told_and_the_journal_stays_whole() {
    let desk = Desk::new();
    desk.done(&["start", "add-two", "--mode", "untimed"]);
    desk.done(&["note", "before"]);
    let journal = desk.attempt().join("journal.ndjson");
    let before = fs::read_to_string(&journal).expect("a journal");
    // A limit on the size of files is what a full disk looks like from inside.
    assert!(before.len() < 500, "{before}");
    let trainer = desk.command(&["note", "a very long note"]);
    let script = "trap '' XFSZ; ulimit -f 1 && exec \"$0\" \"$@\"";
    let output = std::process::Command::new("sh")
        .args(["-c", script])
        .arg(trainer.get_program())
        .args(trainer.get_args())
        .arg("x".repeat(4_000))
        .env_clear()
        .envs(
            trainer
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .current_dir(desk.home())
        .output()
        .expect("a shell");
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{err}");
    assert!(err.contains("not full"), "{err}");
    assert_eq!(fs::read_to_string(&journal).expect("a journal"), before);
    desk.done(&["note", "after"]);
    assert!(desk.done(&["status"]).contains("2 notes"));
}

#[test]
fn without_a_toolchain_there_is_a_remedy_and_no_verdict() {
    let desk = Desk::new().with_path("/nonexistent");
    let ran = score(
        &desk,
        &fixtures().join("problems/add-two/solutions/reference.rs"),
        &["--problem", "add-two"],
    );
    assert_eq!((ran.code, ran.out.as_str()), (Some(4), ""), "{ran:?}");
    assert!(ran.err.contains("rustup"), "{ran:?}");
    let doctor = desk.run(&["doctor"]);
    assert_eq!(doctor.code, Some(4));
    assert!(doctor.out.contains("BROKEN"), "{doctor:?}");
}

#[test]
fn a_package_without_a_source_is_refused_in_words() {
    let desk = Desk::new();
    let empty = desk.home().join("empty");
    fs::create_dir(&empty).expect("created");
    let ran = score(&desk, &empty, &["--problem", "add-two"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.out.contains("refused") && ran.out.contains("src/lib.rs"),
        "{ran:?}"
    );
}

#[test]
fn code_that_is_not_utf8_is_refused_in_words() {
    let desk = Desk::new();
    let file = desk.home().join("odd.rs");
    fs::write(&file, [b'f', b'n', 0xff, 0xfe]).expect("written");
    let ran = score(&desk, &file, &["--problem", "add-two", "--format", "json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.out.contains("\"refused\"") && ran.out.contains("UTF-8"),
        "{ran:?}"
    );
}

#[test]
fn a_path_that_does_not_exist_is_the_users_turn() {
    let ran = score(
        &Desk::new(),
        "no/such/place".as_ref(),
        &["--problem", "add-two"],
    );
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("no/such/place"), "{ran:?}");
}

#[test]
fn a_file_that_does_not_tell_its_problem_asks_for_it() {
    let ran = score(
        &Desk::new(),
        &fixtures().join("problems/add-two/solutions/reference.rs"),
        &[],
    );
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("--problem"), "{ran:?}");
}

#[test]
fn strangers_code_is_not_run_on_less_than_was_asked_for() {
    let ran = score(
        &Desk::new(),
        &fixtures().join("problems/add-two/solutions/reference.rs"),
        &["--problem", "add-two", "--sandbox", "full"],
    );
    if ran.code != Some(0) {
        assert_eq!((ran.code, ran.out.as_str()), (Some(4), ""), "{ran:?}");
        assert!(ran.err.contains("missing here are"), "{ran:?}");
    }
}

#[test]
fn a_broken_problem_is_the_authors_turn_with_all_offences_at_once() {
    let desk = Desk::new();
    let library = desk.home().join("pack");
    let folder = library.join("torn");
    fs::create_dir_all(&folder).expect("created");
    fs::write(
        folder.join("problem.toml"),
        "format = 1\ntitel = \"typo\"\n",
    )
    .expect("written");
    let desk = desk.with_library(library);
    let ran = desk.run(&["start", "torn"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(
        ran.err.contains("titel") && ran.err.contains("statement.md") && ran.err.contains("mend"),
        "{ran:?}"
    );
    assert_eq!(desk.run(&["list"]).code, Some(3));
}

#[test]
fn a_folder_that_holds_something_is_never_overwritten() {
    let desk = Desk::new();
    let dir = desk.home().join("mine");
    fs::create_dir(&dir).expect("created");
    fs::write(dir.join("thesis.txt"), "years").expect("written");
    let ran = desk.run(&["start", "add-two", "--dir", "mine"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(fs::read_dir(&dir).expect("readable").count(), 1);
}

#[test]
fn commands_without_an_open_attempt_say_how_to_get_one() {
    let desk = Desk::new();
    for arguments in [
        &["status"][..],
        &["note", "hello"],
        &["test"],
        &["submit"],
        &["report"],
        &["hint"],
    ] {
        let ran = desk.run(arguments);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains("fiftyten start"), "{ran:?}");
    }
}
