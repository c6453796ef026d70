use super::*;
use crate::domain::verdict::{EventOutcome, Lane};

fn event(step: u64, thread: u32, op: &str, note: Option<&str>, outcome: EventOutcome) -> Event {
    Event {
        step,
        thread,
        op: op.to_owned(),
        at: Some(format!("src/lib.rs:{step}")),
        virtual_ns: step * 10,
        note: note.map(str::to_owned),
        outcome,
    }
}

fn took(object: u32) -> EventOutcome {
    EventOutcome {
        object: Some(object),
        took: Some(object),
        ..EventOutcome::default()
    }
}

fn of(object: u32) -> EventOutcome {
    EventOutcome {
        object: Some(object),
        ..EventOutcome::default()
    }
}

/// main starts t1 and takes the lock 7; t1 wants it; main gives it back.
fn story() -> Story {
    let unlock = EventOutcome {
        let_go: Some(7),
        woke: vec![1],
        ..of(7)
    };
    let lane = |id: u32| Lane {
        id,
        name: format!("t{id}"),
        state: "ready".to_owned(),
        at: None,
        since_step: None,
        holds: Vec::new(),
    };
    Story {
        kind: "failed".to_owned(),
        found_at: 1,
        token: "t0@2>t1".to_owned(),
        virtual_ns: 0,
        why: String::new(),
        place: None,
        threads: vec![lane(0), lane(1)],
        events: vec![
            event(1, 0, "Mutex::lock", None, took(7)),
            event(2, 0, "thread::spawn", None, EventOutcome::default()),
            event(
                3,
                0,
                "switch",
                Some("before x: t1 goes first"),
                EventOutcome::default(),
            ),
            event(4, 1, "Mutex::lock", Some("waits"), of(7)),
            event(5, 0, "Mutex::unlock", None, unlock),
            event(6, 0, "Mutex::lock", None, took(7)),
            event(7, 0, "ends", None, EventOutcome::default()),
        ],
        history: None,
        passing_token: None,
        passing: None,
    }
}

#[test]
fn a_thread_waits_for_the_owner_of_the_lock_from_its_step_on() {
    let story = story();
    let state = |index: usize, id: usize| story.moment(index).threads[id].state.clone();
    assert_eq!(state(0, 1), ThreadState::NotStarted);
    assert_eq!(state(1, 1), ThreadState::Ready);
    let ThreadState::Waits(wait) = state(3, 1) else {
        panic!("{:?}", state(3, 1));
    };
    assert_eq!((wait.since_step, wait.owners), (4, vec![0]));
    // The lock is free, and then somebody else is faster.
    assert_eq!(state(4, 1), ThreadState::Ready);
    let ThreadState::Waits(wait) = state(5, 1) else {
        panic!("{:?}", state(5, 1));
    };
    assert_eq!((wait.since_step, wait.owners), (4, vec![0]));
    assert_eq!(state(6, 0), ThreadState::Finished);
    let moment = story.moment(5);
    let held: Vec<u64> = moment.threads[0]
        .holds
        .iter()
        .map(|hold| hold.step)
        .collect();
    assert_eq!((held, moment.virtual_ns), (vec![6], 60));
}

#[test]
fn turns_are_the_deviations_and_in_the_plain_order_the_switches() {
    let mut story = story();
    assert_eq!((story.next_turn(0), story.next_turn(2)), (Some(2), None));
    assert_eq!(
        (story.previous_turn(6), story.previous_turn(2)),
        (Some(2), None)
    );
    story.events.remove(2);
    assert_eq!((story.next_turn(0), story.next_turn(2)), (Some(2), Some(3)));
    assert_eq!(story.previous_turn(99), Some(3));
}

#[test]
fn what_the_engine_says_about_the_end_wins() {
    let mut story = story();
    story.threads[0].state = "waits for thread t1".to_owned();
    story.threads[0].since_step = Some(3);
    let end = story.moment(6).threads.remove(0).state;
    let ThreadState::Waits(wait) = end else {
        panic!("{end:?}");
    };
    assert_eq!((wait.joins, wait.since_step), (Some(1), 3));
    assert_eq!(story.common_with(&story), 7);
}
