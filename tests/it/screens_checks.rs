//! Results of checks as the judge hands them in.

use fiftyten::domain::{
    problem::Category,
    verdict::{CheckResult, Event, EventOutcome, Lane, Measurement, Outcome, Story},
};

/// A check that passed.
pub fn passed(category: Category, name: &str) -> CheckResult {
    CheckResult {
        category,
        name: name.to_owned(),
        outcome: Outcome::Passed,
        message: None,
        credit: 1.0,
        schedule: None,
        coverage: None,
        suspicion: None,
        story: None,
        measurements: Vec::new(),
        study: None,
        printed: None,
        seconds: 0.1,
    }
}

/// A check that did not.
pub fn failed(category: Category, name: &str, message: &str) -> CheckResult {
    CheckResult {
        outcome: Outcome::Failed,
        message: Some(message.to_owned()),
        credit: 0.0,
        study: Some("What happens at the edge of the window.".to_owned()),
        ..passed(category, name)
    }
}

/// A check that ended in a deadlock, with its story.
pub fn deadlocked(name: &str) -> CheckResult {
    let lane = |id: u32, state: &str, line: u32| Lane {
        id,
        name: if id == 0 {
            "main".to_owned()
        } else {
            format!("thread {id}")
        },
        state: state.to_owned(),
        at: Some(format!("src/lib.rs:{line}")),
        since_step: Some(3),
        holds: vec![format!("Mutex at src/lib.rs:{line}")],
    };
    let event = |step: u64, thread: u32, note: Option<&str>| Event {
        step,
        thread,
        op: "Mutex::lock".to_owned(),
        at: Some(format!("src/lib.rs:{}", 10 + step)),
        virtual_ns: 0,
        note: note.map(str::to_owned),
        outcome: EventOutcome::default(),
    };
    CheckResult {
        outcome: Outcome::Deadlock,
        credit: 0.0,
        schedule: Some("t1@2>t2".to_owned()),
        story: Some(Story {
            kind: "deadlock".to_owned(),
            found_at: 17,
            token: "t1@2>t2".to_owned(),
            virtual_ns: 0,
            place: None,
            why: "t1 and t2 each hold the lock that the other one waits for.".to_owned(),
            threads: vec![
                lane(0, "waits for thread 1", 9),
                lane(1, "waits for Mutex", 12),
                lane(2, "waits for Mutex", 13),
            ],
            events: vec![
                event(1, 1, None),
                event(2, 2, None),
                event(3, 1, Some("waits")),
            ],
            history: None,
            passing_token: Some("default".to_owned()),
            passing: None,
        }),
        ..passed(Category::Concurrency, name)
    }
}

/// A measurement over its limit.
pub fn slow(name: &str) -> CheckResult {
    CheckResult {
        measurements: vec![Measurement {
            what: "growth".to_owned(),
            value: 14.2,
            limit: 2.5,
            decides: true,
        }],
        ..failed(
            Category::Performance,
            name,
            "too slow: the cost grows with the size",
        )
    }
}
