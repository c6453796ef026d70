//! Files that a person, a crash or a candidate can have changed are read, or refused in words; they never end the trainer.

use std::{fs, path::Path};

use fiftyten::{
    catalog,
    domain::session::{self, Entry},
    history::{self, Journal},
    tui, wording,
};

use crate::{desk, machine};

/// Each input is a file that is written and read.
const SHORT: u64 = 400;

fn fuzz(parser: &str, seeds: &[&[u8]], parse: impl Fn(&[u8])) {
    machine::fuzz(parser, SHORT, seeds, parse);
}

fn seed(name: &str) -> Vec<u8> {
    fs::read(desk::fixtures().join("fuzz/seeds").join(name)).expect("a seed")
}

/// A folder of the test's own.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// A data folder with one attempt, laid out by hand.
fn attempt(data: &Path) -> std::path::PathBuf {
    let attempt = data.join("attempts/20261122-031748-lock-step");
    fs::create_dir_all(&attempt).expect("a folder");
    fs::write(attempt.join("attempt.toml"), seed("attempt.toml")).expect("writable");
    attempt
}

#[test]
fn journals() {
    let folder = folder();
    let path = folder.path().join("journal.ndjson");
    let seed = seed("journal.ndjson");
    fuzz("journals", &[&seed], |bytes| {
        fs::write(&path, bytes).expect("writable");
        let journal = Journal::at(path.clone());
        let Ok(entries) = journal.entries() else {
            return;
        };
        follow(&entries);
        // Whatever was there, a line can be added and is read back. Each costs a wait for the disk, so only now and then.
        if bytes.len() % 64 == 0 && !entries.is_empty() {
            journal.append(&entries[..1]).expect("writable");
            let again = journal.entries().expect("what could be read still can");
            assert_eq!(again.len(), entries.len() + 1);
        }
    });
}

/// Everything that the trainer works out from a journal.
fn follow(entries: &[Entry]) {
    let Some(state) = session::replay(entries) else {
        return;
    };
    for now in [
        0,
        state.last,
        state.last.saturating_add(3_600_000),
        u64::MAX,
    ] {
        let _ = state.facts(now, 4);
        let _ = (
            state.left_in_phase(now),
            state.left_to_code(now),
            state.phase_at(now),
        );
        let _ = (
            state.unexplained_gap(now),
            state.elapsed(now),
            state.frozen_at(now),
        );
    }
}

#[test]
fn attempts() {
    let folder = folder();
    let attempt = attempt(folder.path());
    let seed = seed("attempt.toml");
    fuzz("attempts", &[&seed], |bytes| {
        fs::write(attempt.join("attempt.toml"), bytes).expect("writable");
        let (found, broken) = history::list(folder.path()).expect("the folder can be read");
        assert_eq!(found.len() + broken.len(), 1);
        broken
            .iter()
            .for_each(|error| assert!(error.to_string().contains("attempt.toml")));
    });
}

#[test]
fn reports() {
    let folder = folder();
    let dir = attempt(folder.path());
    let attempt = history::find(folder.path(), "lock-step").expect("an attempt");
    let seed = seed("report.json");
    fuzz("reports", &[&seed], |bytes| {
        fs::write(dir.join("report.json"), bytes).expect("writable");
        if let Ok(Some(report)) = history::read_report(&attempt) {
            assert!(!wording::text(&wording::report(&report)).is_empty());
        }
    });
}

#[test]
fn manifests_of_problems() {
    let folder = folder();
    let problem = folder.path().join("lock-step");
    copy(&desk::fixtures().join("problems/lock-step"), &problem);
    let seed = fs::read(problem.join("problem.toml")).expect("a manifest");
    fuzz("manifests", &[&seed], |bytes| {
        fs::write(problem.join("problem.toml"), bytes).expect("writable");
        if let Err(offences) = catalog::load_folder(&problem) {
            assert!(!offences.is_empty());
            offences
                .iter()
                .for_each(|offence| assert!(!offence.to_string().is_empty()));
        }
    });
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

#[test]
fn texts_on_the_screen() {
    let statement = desk::text(&desk::fixtures().join("problems/lock-step/statement.md"));
    let rich = "# A\n\n1. one\n   - two **three** `four`\n\n| a | b |\n|---|---|\n| c | d |\n\n```rust\nfn f() {}\n```\n> said";
    fuzz(
        "markdown",
        &[statement.as_bytes(), rich.as_bytes()],
        |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let width = 10 + (bytes.len() % 90) as u16;
            let theme = tui::theme::Theme::Mono;
            let lines = tui::markdown::render(&text, width, theme);
            assert!(lines.len() <= 4 + 20 * bytes.len());
            for line in tui::prose::wrap(&text, width) {
                let _ = tui::prose::cut(&line, width / 2);
            }
        },
    );
}
