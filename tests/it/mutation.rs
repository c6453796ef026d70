//! What authors rely on: `problem mutate` counts what the hidden suites notice, and a survivor must be explained.
//!
//! The list of changes is a recorded one, in cargo-mutants' format, so that each fate is in it; the judge is the real one.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Stdio};

use crate::desk::{Desk, Ran, fixtures};

/// One change that is noticed, one that does not compile, one that nobody can notice.
const LISTED: &str = r#"[
  {"name": "src/lib.rs:5:5: replace add_two -> Option<i64> with None", "replacement": "None", "genre": "FnValue",
   "span": {"start": {"line": 5, "column": 5}, "end": {"line": 5, "column": 26}}},
  {"name": "src/lib.rs:5:24: replace 2 with two in add_two", "replacement": "two",
   "span": {"start": {"line": 5, "column": 24}, "end": {"line": 5, "column": 25}}},
  {"name": "src/lib.rs:13:21: replace += with = 2 + in add_two_to_all", "replacement": "= 2 + *number - 2 +",
   "span": {"start": {"line": 13, "column": 21}, "end": {"line": 13, "column": 23}}}
]"#;

const EXPLAINED: &str = "[[survivor]]
change = \"replace += with = 2 + in add_two_to_all\"
line = \"*number += 2;\"
reason = \"The sum is the same.\"
";

/// A library of one problem, and a cargo whose `mutants` command answers from a record.
struct Author {
    desk: Desk,
    home: tempfile::TempDir,
}

impl Author {
    fn new() -> Author {
        let home = tempfile::tempdir().expect("a temporary folder");
        let problem = home.path().join("library/add-two");
        copy(&fixtures().join("problems/add-two"), &problem);
        let tool = home.path().join("cargo/bin/cargo-mutants");
        fs::create_dir_all(home.path().join("cargo/bin")).expect("writable");
        fs::write(home.path().join("list.json"), LISTED).expect("writable");
        let list = home.path().join("list.json");
        fs::write(&tool, format!("#!/bin/sh\nexec cat {}\n", list.display())).expect("writable");
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).expect("ours");
        let desk = Desk::new().with_library(home.path().join("library"));
        Author { desk, home }
    }

    fn explain(&self, text: &str) {
        let file = "library/add-two/solutions/survivors.toml";
        fs::write(self.home.path().join(file), text).expect("writable");
    }

    fn mutate(&self) -> Ran {
        let output = self
            .desk
            .command(&["problem", "mutate", "add-two"])
            .env("CARGO_HOME", self.home.path().join("cargo"))
            .stdin(Stdio::null())
            .output()
            .expect("the trainer starts");
        Ran {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("answers are UTF-8"),
            err: String::from_utf8(output.stderr).expect("remarks are UTF-8"),
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("writable");
    for entry in fs::read_dir(from).expect("readable") {
        let entry = entry.expect("readable");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("writable");
        }
    }
}

#[test]
fn a_survivor_without_a_reason_is_the_authors_turn() {
    let ran = Author::new().mutate();
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(
        ran.out.contains("| add-two | 3 | 1 | 1 | 1 | 50.0 % |"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("line 13, `*number += 2;`"), "{}", ran.out);
    assert!(ran.out.contains("NOT EXPLAINED"), "{}", ran.out);
    assert!(
        ran.err.contains("1 survivors are not explained"),
        "{}",
        ran.err
    );
}

#[test]
fn reasons_are_printed_and_those_that_nothing_needs_are_told() {
    let author = Author::new();
    author.explain(EXPLAINED);
    let ran = author.mutate();
    assert!(ran.out.contains("The sum is the same."), "{}", ran.out);
    assert!(!ran.err.contains("not explained"), "{}", ran.err);
    author.explain(&EXPLAINED.replace("*number += 2;", "*number += 3;"));
    let ran = author.mutate();
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.err.contains("is not needed any more"), "{}", ran.err);
}

#[test]
fn without_cargo_mutants_the_remedy_is_told() {
    let author = Author::new();
    fs::remove_file(author.home.path().join("cargo/bin/cargo-mutants")).expect("ours");
    // The toolchain's own cargo, so that no folder with other people's tools is on the PATH.
    let sysroot = author
        .desk
        .command(&[])
        .get_envs()
        .find_map(|(name, value)| (name == "PATH").then_some(value?.to_owned()))
        .and_then(|path| {
            let mut rustc = std::process::Command::new("rustc");
            let asked = rustc.env("PATH", path).args(["--print", "sysroot"]);
            let output = asked.output().ok()?;
            String::from_utf8(output.stdout).ok()
        })
        .expect("there is a rustc");
    let bin = Path::new(sysroot.trim()).join("bin");
    let author = Author {
        desk: Desk::new()
            .with_library(author.home.path().join("library"))
            .with_path(&format!("{}:/usr/bin:/bin", bin.display())),
        home: author.home,
    };
    let ran = author.mutate();
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(
        ran.err.contains("cargo install cargo-mutants"),
        "{}",
        ran.err
    );
}

#[test]
fn an_explanation_that_is_none_is_an_offence() {
    let author = Author::new();
    author.explain("[[survivor]]\nchange = \"x\"\nwhy = \"y\"\n");
    let ran = author.mutate();
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(
        ran.err.contains("solutions/survivors.toml:3"),
        "{}",
        ran.err
    );
}
