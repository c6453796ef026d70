//! One check from its start to its record.
//!
//! In: the body of a `#[test]`. Out: one record, or words on standard error where no judge listens, and a panic if
//! the check failed, so that the harness knows as well.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, Location, PanicHookInfo, catch_unwind, resume_unwind};

use serde_json::{Value, json};

use crate::failure::{Failure, FailureKind};
use crate::panics::{Caught, install_hook};
use crate::plan::{Coverage, Finding, Plan};
use crate::record::{Record, descriptor};

/// Names a schedule to replay instead of a search.
const REPLAY: &str = "FIFTYTEN_REPLAY";
/// A number that is mixed into every seed.
const SEED: &str = "FIFTYTEN_SEED";
/// `explore` if the body itself is to be searched: samples and the candidate's own tests.
const BODY: &str = "FIFTYTEN_BODY";

/// What the running check has gathered.
#[derive(Default)]
struct Gathered {
    coverage: Option<Coverage>,
    failure: Option<Box<Failure>>,
    /// The last panic outside of executions.
    panic: Option<Caught>,
    replay: Value,
}

thread_local! {
    static RUNNING: Cell<bool> = const { Cell::new(false) };
    static REPLAYED: Cell<bool> = const { Cell::new(false) };
    static GATHERED: RefCell<Gathered> = RefCell::default();
    static SUITE_FILES: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// Runs one check and writes its record. Panics if it failed. A call inside another one just runs the body.
#[track_caller]
pub fn run_check<F: Fn()>(name: &str, body: F) {
    if RUNNING.get() || crate::active() {
        body();
        return;
    }
    add_suite_file();
    install_hook();
    GATHERED.take();
    REPLAYED.set(false);
    RUNNING.set(true);
    let explores = std::env::var(BODY).is_ok_and(|value| value == "explore");
    let ended = catch_unwind(AssertUnwindSafe(|| {
        if explores { explore(&body) } else { body() }
    }));
    RUNNING.set(false);
    let gathered = GATHERED.take();
    let record = record(name, &gathered, ended.is_ok());
    let written = record.write();
    match &ended {
        Ok(()) => {}
        Err(_) if descriptor().is_none() => {
            eprintln!("{}", in_words(&record, gathered.failure.as_deref()))
        }
        Err(_) => {}
    }
    if let Err(error) = written {
        panic!("the record could not be written: {error}");
    }
    if let Err(payload) = ended {
        resume_unwind(payload);
    }
}

/// A small search, for tests that were not written for one.
#[track_caller]
fn explore(body: &dyn Fn()) {
    let plan = Plan {
        schedules: 400,
        steps: 400_000,
        random: 40,
        spurious: Finding::Off,
        late_clock: Finding::Off,
        ..Plan::default()
    };
    if let Err(failure) = crate::search(&plan, body) {
        raise(failure);
    }
}

/// Ends a check with a failure that a search has found.
pub fn raise(failure: Box<Failure>) -> ! {
    let message = failure.message.clone();
    let kind = failure.kind;
    GATHERED.with_borrow_mut(|gathered| gathered.failure = Some(failure));
    if RUNNING.get() {
        // The hook has nothing to add.
        resume_unwind(Box::new(message));
    }
    panic!("{}: {message}", kind.word());
}

/// Adds what a search has covered to the record of the running check.
pub(crate) fn add_coverage(coverage: Coverage) {
    GATHERED.with_borrow_mut(|gathered| {
        let Some(known) = &mut gathered.coverage else {
            gathered.coverage = Some(coverage);
            return;
        };
        known.systematic += coverage.systematic;
        known.delays = known.delays.min(coverage.delays);
        known.preemptions = known.preemptions.min(coverage.preemptions);
        known.exhausted &= coverage.exhausted;
        known.random += coverage.random;
        known.special += coverage.special;
        known.leaked = known.leaked.max(coverage.leaked);
        if known.suspicion.is_none() {
            known.suspicion = coverage.suspicion;
            known.suspect = coverage.suspect;
        }
    });
}

/// What a search covered, as the record says it. `delays` and `preemptions` are null if not even 0 was covered.
pub fn coverage_json(coverage: &Coverage) -> Value {
    json!({
        "systematic": coverage.systematic, "delays": coverage.delays, "preemptions": coverage.preemptions,
        "exhausted": coverage.exhausted, "random": coverage.random, "special": coverage.special,
        "leaked": coverage.leaked,
    })
}

fn record(name: &str, gathered: &Gathered, passed: bool) -> Record {
    let mut record = if passed {
        Record::passed(name)
    } else if let Some(failure) = &gathered.failure {
        let mut record = Record::failed(name, failure.kind.word(), failure.message.clone());
        record.failure = failure.to_json();
        record
    } else {
        let (kind, message) = plain_panic(gathered.panic.as_ref());
        Record::failed(name, kind.word(), message)
    };
    if let Some(coverage) = &gathered.coverage {
        record.coverage = coverage_json(coverage);
        record.suspicion = coverage.suspicion.clone();
    }
    record.replay = gathered.replay.clone();
    record
}

/// What a panic outside of executions means.
fn plain_panic(caught: Option<&Caught>) -> (FailureKind, String) {
    let Some(caught) = caught else {
        return (FailureKind::Panicked, "the check panicked".to_owned());
    };
    match &caught.place {
        Some((file, _)) if is_suite_file(file) => (FailureKind::Failed, caught.message.clone()),
        Some((file, line)) => (
            FailureKind::Panicked,
            format!("{} ({file}:{line})", caught.message),
        ),
        None => (FailureKind::Panicked, caught.message.clone()),
    }
}

fn in_words(record: &Record, failure: Option<&Failure>) -> String {
    let mut lines = vec![format!(
        "{} {}: {}",
        record.check,
        record.outcome,
        record.message.as_deref().unwrap_or("no message")
    )];
    if let Some(failure) = failure {
        lines.push(format!("  {}", failure.why));
        for thread in &failure.threads {
            let holds = if thread.holds.is_empty() {
                String::new()
            } else {
                format!(", holds {}", thread.holds.join(" and "))
            };
            lines.push(format!(
                "  {} {} ({}){holds}",
                thread.name, thread.state, thread.at
            ));
        }
        lines.push(format!(
            "  found by schedule {}, replay with {REPLAY}={}",
            failure.found_at, failure.token
        ));
    }
    lines.join("\n")
}

/// Takes note of a panic outside of executions. False if no check runs, so that it is nobody's here.
pub(crate) fn take_note(info: &PanicHookInfo<'_>) -> bool {
    if !RUNNING.get() {
        return false;
    }
    let caught = Caught::new(info);
    GATHERED.with_borrow_mut(|gathered| gathered.panic = Some(caught));
    true
}

/// The caller's file is one of a suite: panics there are assertions.
#[track_caller]
pub(crate) fn add_suite_file() {
    let file = Location::caller().file();
    SUITE_FILES.with_borrow_mut(|files| {
        if !files.contains(&file) {
            files.push(file);
        }
    });
}

/// Whether a panic in this file is an assertion of a check.
pub(crate) fn is_suite_file(file: &str) -> bool {
    file.contains("judge_kit") || SUITE_FILES.with_borrow(|files| files.contains(&file))
}

/// The schedule the judge wants to see, once per check.
pub(crate) fn take_replay() -> Option<String> {
    if REPLAYED.replace(true) {
        return None;
    }
    std::env::var(REPLAY).ok()
}

/// Keeps the story of a replayed run that passed for the record.
pub(crate) fn keep_passing_run(run: Value) {
    GATHERED.with_borrow_mut(|gathered| gathered.replay = run);
}

/// The number to mix into every seed.
pub(crate) fn seed() -> u64 {
    std::env::var(SEED)
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0)
}
