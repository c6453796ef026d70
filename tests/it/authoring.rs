//! What authors rely on: the skeleton is sound but for its brief, and `problem check` tells every fault with file and mend.

use std::fs;
use std::path::PathBuf;

use crate::desk::{Desk, Ran};

/// An author with a library of one problem: the skeleton, with its brief written.
struct Author {
    desk: Desk,
    problem: PathBuf,
}

impl Author {
    fn new() -> Author {
        let library = tempfile::tempdir().expect("a temporary folder").keep();
        let desk = Desk::new().with_library(library.clone());
        desk.done(&["problem", "new", "hit-counter"]);
        let author = Author {
            desk,
            problem: library.join("hit-counter"),
        };
        author.change("statement.md", |text| {
            text.replace("TODO(author): replace this line by", "Here is")
        });
        author
    }

    fn change(&self, file: &str, change: impl FnOnce(String) -> String) {
        let path = self.problem.join(file);
        let before = fs::read_to_string(&path).expect("the skeleton has the file");
        let after = change(before.clone());
        assert_ne!(before, after, "the change to {file} changes nothing");
        fs::write(path, after).expect("the library is writable");
    }

    fn check(&self) -> Ran {
        self.desk
            .run(&["problem", "check", "hit-counter", "--quiet"])
    }

    /// Checks and expects exactly one offence, which says all of `words`.
    fn offends(&self, words: &[&str]) {
        let ran = self.check();
        assert_eq!(ran.code, Some(3), "{ran:?}");
        for word in words {
            assert!(ran.out.contains(word), "no {word:?} in\n{}", ran.out);
        }
        assert_eq!(ran.out.matches("mend:").count(), 1, "{}", ran.out);
    }
}

impl Drop for Author {
    fn drop(&mut self) {
        if let Some(library) = self.problem.parent() {
            // A folder that cannot be removed is the temporary directory's business.
            let _ = fs::remove_dir_all(library);
        }
    }
}

#[test]
fn the_skeleton_is_sound_once_its_brief_is_written() {
    let author = Author::new();
    let ran = author.check();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out.contains("hit-counter: sound; 6 hidden checks"),
        "{}",
        ran.out
    );
}

#[test]
fn the_skeleton_alone_lacks_its_brief() {
    let library = tempfile::tempdir().expect("a temporary folder");
    let desk = Desk::new().with_library(library.path().to_owned());
    desk.done(&["problem", "new", "hit-counter"]);
    let ran = desk.run(&["problem", "check", "hit-counter"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(
        ran.out
            .contains("statement.md:3: the brief is not written yet"),
        "{}",
        ran.out
    );
    let again = desk.run(&["problem", "new", "hit-counter"]);
    assert_eq!(
        again.code,
        Some(2),
        "an existing problem is never overwritten: {again:?}"
    );
}

#[test]
fn every_fault_of_the_folder_is_told_at_once_and_nothing_is_compiled() {
    let author = Author::new();
    author.change("problem.toml", |text| {
        text.replace("difficulty =", "dificulty =")
    });
    fs::remove_file(author.problem.join("suites/edge.rs")).expect("the suite is there");
    fs::write(author.problem.join("notes.txt"), "todo").expect("writable");
    fs::write(author.problem.join("starter.rs"), [0xff, 0xfe]).expect("writable");
    let ran = author.check();
    assert_eq!(ran.code, Some(3));
    for fault in [
        "problem.toml:7: the key `dificulty` is unknown",
        "the key `difficulty` is missing",
        "suites/edge.rs: the file is missing",
        "notes.txt: this file does not belong into a problem folder",
        "starter.rs:1: the file is not UTF-8",
    ] {
        assert!(ran.out.contains(fault), "no {fault:?} in\n{}", ran.out);
    }
}

#[test]
fn a_starter_that_passes_is_an_offence() {
    let author = Author::new();
    let reference =
        fs::read_to_string(author.problem.join("solutions/reference.rs")).expect("there");
    let without_reset = reference
        .split("    /// Returns the total and")
        .next()
        .expect("text")
        .trim_end()
        .to_owned();
    author.change("starter.rs", |_| without_reset + "\n}\n");
    let ran = author.check();
    assert_eq!(ran.code, Some(3));
    assert!(
        ran.out
            .contains("the untouched starter passes all core checks"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("the samples on the starter: they pass"),
        "{}",
        ran.out
    );
}

#[test]
fn a_mutant_that_survives_is_an_offence() {
    let author = Author::new();
    let reference =
        fs::read_to_string(author.problem.join("solutions/reference.rs")).expect("there");
    fs::write(
        author
            .problem
            .join("solutions/mutants/core/is_not_flawed.rs"),
        format!("//! Flaw: none at all.\n{reference}"),
    )
    .expect("writable");
    author.offends(&[
        "mutants/core/is_not_flawed.rs",
        "survives the core suite with seed 0",
    ]);
}

#[test]
fn a_check_that_convicts_nobody_is_an_offence() {
    let author = Author::new();
    author.change("suites/core.rs", |text| {
        text + "\n#[test]\nfn one_and_one_make_two() {\n    assert_eq!(1 + 1, 2);\n}\n"
    });
    author.offends(&[
        "suites/core.rs",
        "the check `one_and_one_make_two` convicts no mutant",
    ]);
}

#[test]
fn a_reference_that_its_own_suite_rejects_is_an_offence() {
    let author = Author::new();
    author.change("suites/edge.rs", |text| {
        text.replace("u64::MAX,\n", "u64::MAX - 1,\n")
    });
    let ran = author.check();
    assert_eq!(ran.code, Some(3));
    assert!(
        ran.out
            .contains("solutions/reference.rs: seed 0: edge the_total_stays"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("the total beyond the largest number"),
        "{}",
        ran.out
    );
}

#[test]
fn an_extra_public_item_and_unformatted_code_are_offences() {
    let author = Author::new();
    author.change("solutions/alternates/one_atomic.rs", |text| {
        text + "\npub fn  extra() {}\n"
    });
    let ran = author.check();
    assert_eq!(ran.code, Some(3));
    assert!(ran.out.contains("offers `fn extra()"), "{}", ran.out);
    assert!(
        ran.out.contains("this file is not formatted"),
        "{}",
        ran.out
    );
}
