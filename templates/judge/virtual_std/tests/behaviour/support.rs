//! Running programs under the engine.

use engine::{Failure, FailureKind, Finding, Plan};

/// Few enough schedules for a quick test, with everything the search can do.
fn plan() -> Plan {
    Plan {
        schedules: 3_000,
        random: 200,
        ..Plan::default()
    }
}

/// Searches the schedules of `body`, which must be right in all of them.
#[track_caller]
pub fn innocent(body: impl Fn()) {
    match engine::search(&plan(), &body) {
        Ok(coverage) => assert_eq!(coverage.suspicion, None),
        Err(failure) => panic!("condemned as {:?}: {}", failure.kind, failure.message),
    }
}

/// Like `innocent`, for a body that relies on the clock to stand still while threads can run.
#[track_caller]
pub fn innocent_on_time(body: impl Fn()) {
    let plan = Plan {
        late_clock: Finding::Off,
        ..plan()
    };
    if let Err(failure) = engine::search(&plan, &body) {
        panic!("condemned as {:?}: {}", failure.kind, failure.message);
    }
}

/// Searches the schedules of `body`, one of which must fail in the given way.
#[track_caller]
pub fn guilty(kind: FailureKind, body: impl Fn()) -> Box<Failure> {
    let plan = Plan {
        spurious: Finding::Off,
        late_clock: Finding::Off,
        ..plan()
    };
    expect(kind, engine::search(&plan, &body).map(drop))
}

/// Like `guilty`, but the schedule needs a wake-up for no reason.
#[track_caller]
pub fn guilty_with_spurious_wake_ups(kind: FailureKind, body: impl Fn()) -> Box<Failure> {
    let plan = Plan {
        spurious: Finding::Failure,
        late_clock: Finding::Off,
        ..plan()
    };
    expect(kind, engine::search(&plan, &body).map(drop))
}

/// Runs `body` in the default schedule.
#[track_caller]
pub fn once(body: impl FnOnce() + 'static) {
    if let Err(failure) = engine::run_once(Box::new(body)) {
        panic!("{:?}: {}", failure.kind, failure.message);
    }
}

/// Runs `body` in the default schedule, in which it must fail in the given way.
#[track_caller]
pub fn once_guilty(kind: FailureKind, body: impl FnOnce() + 'static) -> Box<Failure> {
    expect(kind, engine::run_once(Box::new(body)))
}

#[track_caller]
fn expect(kind: FailureKind, result: Result<(), Box<Failure>>) -> Box<Failure> {
    let failure = result.expect_err("no schedule failed");
    assert_eq!(failure.kind, kind, "{}", failure.message);
    failure
}
