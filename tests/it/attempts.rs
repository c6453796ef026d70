//! Attempts last: whatever moment a kill chooses, nothing that was told is lost.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::Stdio,
};

use crate::desk::Desk;

/// Lines of the journal that are whole.
fn journal(desk: &Desk) -> String {
    fs::read_to_string(desk.attempt().join("journal.ndjson")).expect("a journal")
}

#[test]
fn a_kill_at_any_moment_loses_nothing_that_was_answered() {
    let desk = Desk::new();
    desk.done(&["start", "add-two", "--mode", "untimed"]);
    let mut answered = Vec::new();
    for round in 0..60_u32 {
        let text = format!("note-{round}-end");
        let mut child = desk
            .command(&["note", &text])
            .stderr(Stdio::piped())
            .spawn()
            .expect("the trainer starts");
        // Some are killed while they start, some while they write, some are left to answer.
        let told = if round % 3 == 0 {
            let mut line = String::new();
            let read = BufReader::new(child.stderr.take().expect("piped")).read_line(&mut line);
            read.is_ok() && line.contains("noted")
        } else {
            (0..round * 200).for_each(|_| std::hint::spin_loop());
            false
        };
        let _ = child.kill();
        let _ = child.wait();
        if told {
            answered.push(text);
        }
    }
    assert_eq!(answered.len(), 20);
    desk.done(&["note", "the last word"]);
    let journal = journal(&desk);
    for text in &answered {
        assert!(journal.contains(text), "{text} was answered and is lost");
    }
    assert!(
        journal
            .lines()
            .all(|line| line.starts_with('{') && line.ends_with('}')),
        "{journal}"
    );
    desk.done(&["status"]);
}

#[test]
fn what_nobody_asked_is_told_when_coding_begins_by_the_clock() {
    let desk = Desk::new();
    desk.done(&["start", "lock-step"]);
    assert!(
        !desk
            .done(&["status"])
            .contains("It stays at the largest number.")
    );
    desk.pass(5.0);
    assert!(
        desk.done(&["status"])
            .contains("It stays at the largest number.")
    );
}

#[test]
fn a_torn_last_line_is_left_out_and_mended_by_the_next_word() {
    let desk = Desk::new();
    desk.done(&["start", "add-two"]);
    desk.done(&["note", "first"]);
    let path = desk.attempt().join("journal.ndjson");
    let torn = format!("{}{{\"at\":18000000", journal(&desk));
    fs::write(&path, torn).expect("writable");
    assert!(desk.done(&["status"]).contains("1 note"));
    desk.done(&["note", "second"]);
    assert!(desk.done(&["status"]).contains("2 notes"));
    assert!(!journal(&desk).contains("18000000{"), "{}", journal(&desk));
}

#[test]
fn a_damaged_line_is_named_with_its_file_and_the_other_attempts_stay_readable() {
    let desk = Desk::new();
    desk.done(&["start", "add-two"]);
    let damaged = desk.attempt();
    let path = damaged.join("journal.ndjson");
    fs::write(
        &path,
        format!("{}gibberish\n{}", journal(&desk), journal(&desk)),
    )
    .expect("writable");
    let line = journal(&desk)
        .lines()
        .position(|line| line == "gibberish")
        .expect("there")
        + 1;
    let name = damaged
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    let ran = desk.run(&["status", &name]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(
        ran.err.contains(&format!("journal.ndjson:{line}:")),
        "{ran:?}"
    );

    desk.pass(1.0);
    desk.done(&["start", "lock-step"]);
    let ran = desk.run(&["history"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(
        ran.out.contains("lock-step") && ran.err.contains("journal.ndjson"),
        "{ran:?}"
    );
}

#[test]
fn an_hour_by_command_is_kept_with_its_minutes() {
    let desk = Desk::new();
    desk.done(&["start", "lock-step"]);
    assert!(
        desk.done(&["ask", "what happens on overflow?"])
            .contains("It stays at the largest number.")
    );
    assert!(desk.done(&["ask", "is there pizza?"]).contains("simplest"));
    desk.pass(6.0);
    assert!(
        desk.done(&["status", "--format", "{phase} {left} {tests}"])
            .starts_with("implement 44:00 -")
    );
    assert_eq!(desk.run(&["code"]).code, Some(2));
    desk.pass(30.0);
    assert!(desk.done(&["followup"]).contains("time limit"));
    assert!(
        fs::read_to_string(desk.attempt().join("workspace/src/lib.rs"))
            .expect("readable")
            .len()
            > 10
    );
    desk.pass(13.0);
    let reference = crate::desk::text(
        &crate::desk::fixtures().join("problems/lock-step/solutions/reference.rs"),
    );
    desk.write(&reference);
    assert!(desk.done(&["test"]).contains("passed"));
    assert_eq!(
        desk.run(&["validate"]).code,
        Some(2),
        "there are no own tests yet"
    );
    let own = "use lock_step::Tally;\n#[test]\nfn a_total_grows() {\n    let tally = Tally::new();\n    assert_eq!(tally.add(2), 2);\n}\n";
    std::fs::write(desk.attempt().join("workspace/tests/mine.rs"), own).expect("writable");
    let trial = desk.run(&["validate"]);
    assert!(
        trial.out.contains("1 test of your own: they catch"),
        "{trial:?}"
    );
    desk.pass(2.0);
    // What is written after 50:00 is not judged.
    desk.write("this is not Rust");
    let ran = desk.run(&["submit"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("accepted"), "{ran:?}");
    assert!(desk.done(&["discuss"]).contains("What did you try first?"));
    assert!(
        desk.done(&["discuss", "1", "--points", "2", "the plain way"])
            .contains("the plain way")
    );
    assert!(desk.done(&["history"]).contains("lock-step"));
    let again = desk.run(&["submit", "lock-step"]);
    assert_eq!(again.code, Some(2), "{again:?}");
    assert!(desk.done(&["report"]).contains("silent coding"));
    let timeline = desk.done(&["timeline", "lock-step"]);
    assert!(
        timeline.contains("g 49:00  first green") && timeline.contains("p 49:00  peak of 100.0"),
        "{timeline}"
    );
}

#[test]
fn the_last_snapshot_that_compiles_is_judged_at_a_price() {
    let desk = Desk::new();
    desk.done(&["start", "add-two", "--mode", "drill"]);
    let reference =
        crate::desk::text(&crate::desk::fixtures().join("problems/add-two/solutions/reference.rs"));
    desk.write(&reference);
    desk.pass(3.0);
    desk.run(&["test"]);
    desk.write("fn broken( {");
    desk.pass(1.0);
    let ran = desk.run(&["submit"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out.contains("does not compile at the end")
            && ran.out.contains("snapshot of minute 3:00"),
        "{ran:?}"
    );
}
