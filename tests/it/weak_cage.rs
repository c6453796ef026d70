//! Where the machine denies a layer of the cage, nobody is told otherwise, and strangers' code is not run on less than was asked for.
//!
//! The machine here is a real one: the trainer runs under a filter that answers as a container's does, with EPERM for every namespace.

#![cfg(target_os = "linux")]

use std::{collections::BTreeMap, fs, os::unix::fs::symlink, path::PathBuf, process::Output};

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

use crate::desk::{Desk, cache, fixtures};

fn errno(number: i32) -> SeccompAction {
    SeccompAction::Errno(u32::try_from(number).expect("positive"))
}

fn filter(rules: BTreeMap<i64, Vec<SeccompRule>>, answer: SeccompAction) -> BpfProgram {
    let architecture = std::env::consts::ARCH.try_into().expect("a known machine");
    SeccompFilter::new(rules, SeccompAction::Allow, answer, architecture)
        .expect("sound rules")
        .try_into()
        .expect("a program")
}

/// No new namespace: `clone` with any of their flags and `unshare` are not permitted; `clone3`, whose flags no filter can see,
/// does not exist.
fn denials() -> [BpfProgram; 2] {
    let flags = [
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWNS,
        libc::CLONE_NEWNET,
    ];
    let with = |flag: i32| {
        let flag = u64::try_from(flag).expect("positive");
        let condition = SeccompCondition::new(
            0,
            SeccompCmpArgLen::Qword,
            SeccompCmpOp::MaskedEq(flag),
            flag,
        );
        SeccompRule::new(vec![condition.expect("sound")]).expect("sound")
    };
    [
        filter(
            BTreeMap::from([
                (libc::SYS_clone, flags.map(with).into()),
                (libc::SYS_unshare, Vec::new()),
            ]),
            errno(libc::EPERM),
        ),
        filter(
            BTreeMap::from([(libc::SYS_clone3, Vec::new())]),
            errno(libc::ENOSYS),
        ),
    ]
}

/// A desk with a cache of its own, since what a machine grants is remembered in there.
struct Container {
    desk: Desk,
    cache: PathBuf,
}

impl Container {
    fn new() -> Container {
        crate::desk::bench();
        let desk = Desk::new();
        let own = desk.home().join("cache");
        fs::create_dir(&own).expect("created");
        symlink(cache().join("bench"), own.join("bench")).expect("linked");
        Container { desk, cache: own }
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = self.desk.command(arguments);
        command.env("FIFTYTEN_CACHE", &self.cache);
        command
    }

    /// Runs the trainer where namespaces are denied.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut command = self.command(arguments);
        // A filter holds for its thread and for what that one starts.
        let ran = std::thread::scope(|scope| {
            let started = scope.spawn(move || {
                for denial in &denials() {
                    seccompiler::apply_filter(denial).expect("filters can be stacked");
                }
                command.output().expect("the trainer starts")
            });
            started.join().expect("it ends")
        });
        told(&ran)
    }

    fn score(&self, level: &str) -> (Option<i32>, String, String) {
        let path = fixtures().join("problems/add-two/solutions/reference.rs");
        let path = path.display().to_string();
        let problem = ["--problem", "add-two", "--format", "json"];
        let arguments = [&["score", &path, "--sandbox", level][..], &problem].concat();
        self.run(&arguments)
    }
}

fn told(ran: &Output) -> (Option<i32>, String, String) {
    (
        ran.status.code(),
        String::from_utf8_lossy(&ran.stdout).into_owned(),
        String::from_utf8_lossy(&ran.stderr).into_owned(),
    )
}

#[test]
fn without_namespaces_the_doctor_says_what_is_missing_why_and_how_to_get_it() {
    let (code, out, err) = Container::new().run(&["doctor"]);
    assert_eq!(code, Some(0), "{out}{err}");
    let lines: Vec<&str> = out.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.contains("sandbox namespaces"))
        .unwrap_or_else(|| panic!("{out}"));
    assert!(lines[at].contains("not permitted"), "{out}");
    assert!(!lines[at + 1].trim().is_empty(), "{out}");
    assert!(!out.contains("level full"), "{out}");
}

#[test]
fn without_namespaces_full_refuses_and_fallback_scores_and_names_its_layers() {
    let container = Container::new();
    let (code, out, err) = container.score("full");
    assert_eq!((code, out.as_str()), (Some(4), ""), "{err}");
    assert!(err.contains("namespaces"), "{err}");
    assert!(
        err.contains("doctor") && err.contains("--sandbox none"),
        "{err}"
    );

    let (code, out, err) = container.score("fallback");
    if code == Some(4) {
        // Neither Landlock nor seccomp: then nothing may be scored at this level either.
        assert_eq!(out, "", "{err}");
        return;
    }
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains("\"level\": \"fallback\""), "{out}");
    assert!(!out.contains("\"namespaces\""), "{out}");
}

#[test]
fn a_layer_that_was_there_and_is_denied_now_is_noticed_at_the_first_run() {
    let container = Container::new();
    // Remembers what this machine grants without the filter.
    let free = told(&container.command(&["doctor"]).output().expect("it starts"));
    if !free.1.contains("level full") {
        return;
    }
    let (code, out, err) = container.score("full");
    assert_eq!((code, out.as_str()), (Some(4), ""), "{err}");
    assert!(
        err.contains("not as good as asked for") && err.contains("cannot have namespaces"),
        "{err}"
    );
    let (code, out, err) = container.score("none");
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains("\"level\": \"fallback\""), "{out}");
}
