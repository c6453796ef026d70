//! A reviewer scores a folder of other people's work: nothing in it is fatal, and nobody in it changes another's verdict.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::Value;

use crate::desk::{Desk, Ran, cache, fixtures};

/// A desk with a folder of submissions, and a cache of its own that shares only the bench.
struct Review {
    desk: Desk,
    cache: PathBuf,
}

impl Review {
    fn new() -> Review {
        let desk = Desk::new();
        crate::desk::bench();
        let cache_of_own = desk.home().join("cache");
        fs::create_dir(&cache_of_own).expect("created");
        symlink(cache().join("bench"), cache_of_own.join("bench")).expect("linked");
        fs::create_dir(desk.home().join("in")).expect("created");
        Review {
            desk,
            cache: cache_of_own,
        }
    }

    /// Puts a file of the fixtures into the folder, under this name.
    fn add(&self, name: &str, fixture: &str) {
        let text = fs::read(fixtures().join(fixture)).expect("a fixture");
        self.write(name, text);
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.desk.home().join("in").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        fs::write(path, text).expect("written");
    }

    fn command(&self, more: &[&str]) -> std::process::Command {
        let arguments: Vec<&str> = ["score", "in"].iter().chain(more).copied().collect();
        let mut command = self.desk.command(&arguments);
        command.env("FIFTYTEN_CACHE", &self.cache);
        command
    }

    fn score(&self, more: &[&str]) -> Ran {
        let output = self.command(more).output().expect("the trainer starts");
        Ran {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("answers are UTF-8"),
            err: String::from_utf8(output.stderr).expect("remarks are UTF-8"),
        }
    }

    /// The results in the order in which they were told.
    fn results(&self, more: &[&str]) -> Vec<Value> {
        let arguments: Vec<&str> = ["--format", "ndjson"].iter().chain(more).copied().collect();
        values(&self.score(&arguments).out)
    }

    fn desks_left(&self) -> usize {
        fs::read_dir(self.cache.join("desks")).map_or(0, Iterator::count)
    }

    /// Processes that run a program from this cache.
    fn left_running(&self) -> usize {
        let programs = fs::read_dir("/proc").expect("a Linux machine").flatten();
        programs
            .filter_map(|process| fs::read_link(process.path().join("exe")).ok())
            .filter(|program| program.starts_with(&self.cache))
            .count()
    }
}

fn values(text: &str) -> Vec<Value> {
    let lines = text.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_str(line).expect("a whole object"))
        .collect()
}

fn names(results: &[Value]) -> Vec<&str> {
    let paths = results.iter().map(|one| &one["submission"]["path"]);
    paths
        .map(|path| path.as_str().expect("a path").trim_start_matches("in/"))
        .collect()
}

/// A result without what depends on the clock.
fn timeless(mut result: Value) -> Value {
    fn forget(value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.remove("seconds");
                map.values_mut().for_each(forget);
            }
            Value::Array(list) => list.iter_mut().for_each(forget),
            _ => {}
        }
    }
    forget(&mut result);
    result
}

const REFERENCE: &str = "problems/lock-step/solutions/reference.rs";

#[test]
fn what_is_no_submission_is_named_and_skipped_and_the_rest_is_scored_in_order() {
    let review = Review::new();
    review.add("lock-step/zoe.rs", REFERENCE);
    review.add(
        "lock-step/adam.rs",
        "submissions/not_compiled/broken_syntax.rs",
    );
    review.add("bob_add_two.rs", "problems/add-two/solutions/reference.rs");
    review.write("carol/Cargo.toml", "[package]\nname = \"add_two\"\n");
    review.add(
        "carol/src/lib.rs",
        "problems/add-two/solutions/reference.rs",
    );
    review.write("README.md", "notes");
    review.write("unknown.rs", "");
    review.write("dave/attempt.toml", "format = \"torn");
    review.write(
        "eve/attempt.toml",
        "format = 1\nproblem = \"add-two\"\nmode = \"drill\"\nseed = 0\nstarted = 0\nworkspace = \"/etc\"\n",
    );
    review.write("line\x1b[2Jbreak.txt", "");
    let inside = review.desk.home().join("in");
    symlink("/etc/passwd", inside.join("link.rs")).expect("linked");
    fs::create_dir(inside.join("empty")).expect("created");

    let ran = review.score(&[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let order = ["bob_add_two.rs", "carol", "adam.rs", "zoe.rs"];
    let places: Vec<_> = order.iter().map(|name| ran.out.find(name)).collect();
    assert!(places.is_sorted() && places[0].is_some(), "{ran:?}");
    for said in [
        "3 of 4 accepted, 7 skipped",
        "the same code as",
        "src/lib.rs:",
    ] {
        assert!(ran.out.contains(said), "{said}: {ran:?}");
    }
    for (name, reason) in [
        ("README.md", "no submission"),
        ("unknown.rs", "--problem"),
        ("dave", "broken attempt"),
        ("eve", "outside of itself"),
        ("link.rs", "is a link"),
        ("empty", "is empty"),
        ("break.txt", "no submission"),
    ] {
        let told = |line: &str| line.contains(name) && line.contains(reason);
        assert!(ran.err.lines().any(told), "{name}: {ran:?}");
    }
    assert!(
        !ran.err.contains('\x1b'),
        "a name steers the terminal: {ran:?}"
    );

    let junit = review.score(&["--format", "junit"]).out;
    assert!(junit.contains("it_is_a_submission") && junit.contains("</testsuites>"));
    assert_eq!(junit.matches("<testsuite ").count(), 4 + 7, "{junit}");
}

#[test]
fn nothing_to_score_is_the_users_turn() {
    let review = Review::new();
    review.write("README.md", "notes");
    let ran = review.score(&[]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
    assert!(ran.err.contains("in/README.md"), "{ran:?}");
}

#[test]
fn hostile_company_changes_nobodys_verdict() {
    let review = Review::new();
    let work = [
        ("a_reference.rs", REFERENCE),
        (
            "b_all_memory.rs",
            "hostile/not_compiled/wants_all_memory.rs",
        ),
        ("c_hoards.rs", "submissions/memory_limit/hoards.rs"),
        ("d_races.rs", "submissions/failed/adds_in_two_steps.rs"),
        (
            "e_prints.rs",
            "submissions/output_limit/prints_without_end.rs",
        ),
        ("f_thread_bomb.rs", "submissions/failed/thread_bomb.rs"),
        ("g_expands.rs", "hostile/not_compiled/expands_for_ever.rs"),
        ("h_floods.rs", "hostile/not_compiled/floods_with_errors.rs"),
        ("i_forbidden.rs", "hostile/refused/assembly.rs"),
        ("j_copy.rs", REFERENCE),
        (
            "k_waits.rs",
            "problems/lock-step/solutions/alternates/waiting_list.rs",
        ),
        ("l_deadlock.rs", "submissions/deadlock/wakes_nobody.rs"),
    ];
    for (name, fixture) in work {
        review.add(name, fixture);
    }
    let one_by_one = review.results(&["--problem", "lock-step", "--jobs", "1"]);
    let crowd = review.results(&["--problem", "lock-step", "--jobs", "6"]);
    assert_eq!(names(&crowd), work.map(|(name, _)| name));
    for (alone, beside) in one_by_one.into_iter().zip(crowd) {
        assert_eq!(timeless(alone), timeless(beside));
    }
    assert_eq!((review.desks_left(), review.left_running()), (0, 0));
}

#[test]
fn the_same_code_is_judged_once_and_says_so() {
    let review = Review::new();
    for name in ["a.rs", "b.rs", "c.rs"] {
        review.add(name, "problems/add-two/solutions/reference.rs");
    }
    let ran = review.score(&["--problem", "add-two", "--format", "json", "--jobs", "3"]);
    assert!(
        ran.err.contains("3 submissions, 1 of them different"),
        "{ran:?}"
    );
    let array: Vec<Value> = serde_json::from_str(&ran.out).expect("an array");
    assert_eq!(names(&array), ["a.rs", "b.rs", "c.rs"]);
    assert_eq!(array[0].get("same_as"), None);
    for copy in &array[1..] {
        assert_eq!(copy["same_as"], "in/a.rs");
        assert_eq!(copy["categories"], array[0]["categories"]);
    }
}

#[test]
fn a_run_goes_on_where_an_earlier_one_ended() {
    let review = Review::new();
    let add_two = "problems/add-two/solutions/reference.rs";
    review.add("a.rs", add_two);
    review.add(
        "b.rs",
        "problems/add-two/solutions/mutants/core/adds_three.rs",
    );
    let arguments = ["--problem", "add-two", "--format", "ndjson"];
    let earlier = review.score(&arguments).out;
    assert_eq!(values(&earlier).len(), 2);
    let file = review.desk.home().join("results.ndjson");
    // The last line was cut off when the machine went down.
    let torn = earlier.trim_end().len() - 40;
    fs::write(&file, &earlier[..torn]).expect("written");
    review.add("c.rs", add_two);

    let more = ["--resume", "results.ndjson"];
    let go_on: Vec<&str> = arguments.iter().chain(&more).copied().collect();
    let ran = review.score(&go_on);
    assert_eq!(names(&values(&ran.out)), ["b.rs", "c.rs"], "{ran:?}");
    assert!(
        ran.out.starts_with('\n'),
        "joined to the torn line: {ran:?}"
    );
    assert!(ran.err.contains("line 2 of results.ndjson"), "{ran:?}");
    assert!(
        ran.err.contains("1 submission scored by an earlier run"),
        "{ran:?}"
    );

    fs::write(&file, &earlier).expect("written");
    review.write("a.rs", "pub fn changed() {}");
    let ran = review.score(&go_on);
    assert_eq!(names(&values(&ran.out)), ["a.rs", "c.rs"], "{ran:?}");

    for (more, said) in [
        (&["--resume", "results.ndjson"][..], "ndjson"),
        (&["--resume", "nowhere", "--format", "ndjson"], "nowhere"),
    ] {
        let ran = review.score(more);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
        assert!(ran.err.contains(said), "{ran:?}");
    }
}

/// Starts a run of something quick and something that would take minutes, and waits for word of the quick one.
fn interrupted_after_the_first(review: &Review, format: &str, signals: usize) -> Ran {
    review.add("a_reference.rs", REFERENCE);
    review.add(
        "b_sleeps.rs",
        "submissions/wall_timeout/sleeps_in_earnest.rs",
    );
    review.add(
        "c_loops.rs",
        "submissions/cpu_timeout/loops_without_operations.rs",
    );
    let arguments = ["--problem", "lock-step", "--jobs", "1", "--format", format];
    let mut child = review
        .command(&arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the trainer starts");
    let mut err = BufReader::new(child.stderr.take().expect("piped"));
    let mut said = String::new();
    while !said.contains("1 of 3 scored") {
        assert_ne!(err.read_line(&mut said).expect("readable"), 0, "{said}");
    }
    let pid = nix::unistd::Pid::from_raw(child.id().try_into().expect("a pid"));
    for _ in 0..signals {
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).expect("it lives");
    }
    std::io::Read::read_to_string(&mut err, &mut said).expect("readable");
    let ended = child.wait_with_output().expect("it ends");
    Ran {
        code: ended.status.code(),
        out: String::from_utf8(ended.stdout).expect("UTF-8"),
        err: said,
    }
}

#[test]
fn ctrl_c_keeps_what_is_done_in_every_format_and_leaves_nothing_behind() {
    for (format, whole) in [
        ("text", "1 of 1 accepted"),
        ("json", "\n]\n"),
        ("ndjson", "}\n"),
        ("junit", "</testsuites>"),
    ] {
        let review = Review::new();
        let ran = interrupted_after_the_first(&review, format, 1);
        assert_eq!(ran.code, Some(130), "{ran:?}");
        assert!(ran.out.trim_end().ends_with(whole.trim_end()), "{ran:?}");
        assert!(ran.out.contains("a_reference.rs"), "{ran:?}");
        assert!(ran.err.contains("1 of 3 scored and kept, 2 not"), "{ran:?}");
        assert_eq!(
            (review.desks_left(), review.left_running()),
            (0, 0),
            "{format}"
        );
    }
}

#[test]
fn a_second_ctrl_c_ends_at_once_and_the_next_run_tidies_up() {
    let review = Review::new();
    let ran = interrupted_after_the_first(&review, "ndjson", 2);
    assert_eq!(ran.code, Some(130), "{ran:?}");
    assert_eq!(names(&values(&ran.out)), ["a_reference.rs"], "{ran:?}");
    for name in ["b_sleeps.rs", "c_loops.rs"] {
        fs::remove_file(Path::new(review.desk.home()).join("in").join(name)).expect("removed");
    }
    let ran = review.score(&["--problem", "lock-step"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!((review.desks_left(), review.left_running()), (0, 0));
}
