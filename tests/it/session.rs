//! The session as a pure machine: an hour in a microsecond.

use fiftyten::domain::{
    attempt::Mode,
    session::{
        Command, Effect, Entry, Event, MINUTE, Phase, Question, Refused, SessionState, handle,
        replay,
    },
};

/// Unix milliseconds of the start.
const START: u64 = 1_800_000_000_000;

/// A session driven by minutes since its start.
pub struct Run {
    entries: Vec<Entry>,
    pub state: SessionState,
}

impl Run {
    pub fn of(mode: Mode) -> Run {
        let event = Event::Started {
            problem: "lru".to_owned(),
            mode,
            seed: 0,
            drill_minutes: 20,
        };
        let entries = vec![Entry::new(START, event)];
        Run {
            state: replay(&entries).expect("a journal that begins"),
            entries,
        }
    }

    pub fn at(&mut self, minute: f64, command: Command) -> Result<Vec<Effect>, Refused> {
        let step = handle(&self.state, at(minute), command)?;
        self.entries.extend(step.entries);
        self.state = replay(&self.entries).expect("a journal that begins");
        Ok(step.effects)
    }

    pub fn does(&mut self, minute: f64, command: Command) -> Vec<Effect> {
        self.at(minute, command)
            .unwrap_or_else(|refused| panic!("minute {minute}: {refused}"))
    }

    fn phase(&self, minute: f64) -> Phase {
        self.state.phase_at(at(minute))
    }
}

pub fn at(minute: f64) -> u64 {
    START + (minute * MINUTE as f64) as u64
}

pub fn note() -> Command {
    Command::Note {
        text: "said".to_owned(),
    }
}

pub fn ask(question: &str) -> Command {
    let matched = Some(Question {
        question: question.to_owned(),
        answer: "yes".to_owned(),
    });
    Command::Ask {
        text: question.to_owned(),
        matched,
    }
}

fn snapshot(hash: &str) -> Command {
    Command::Snapshot {
        hash: hash.to_owned(),
    }
}

pub fn submit(hash: &str) -> Command {
    Command::Submit {
        workspace: Some(hash.to_owned()),
    }
}

fn judged(hash: &str) -> Effect {
    Effect::Judge {
        hash: hash.to_owned(),
        late: false,
    }
}

#[test]
fn the_phases_of_a_mock_end_at_their_minutes() {
    let run = Run::of(Mode::Mock);
    for (minute, phase) in [
        (0.0, Phase::Clarify),
        (4.99, Phase::Clarify),
        (5.0, Phase::Implement),
        (34.99, Phase::Implement),
        (35.0, Phase::Optimise),
        (45.0, Phase::Validate),
        (49.99, Phase::Validate),
        (50.0, Phase::Discuss),
        (59.99, Phase::Discuss),
        (60.0, Phase::Over),
    ] {
        assert_eq!(run.phase(minute), phase, "minute {minute}");
    }
}

#[test]
fn a_drill_is_two_minutes_of_questions_and_the_rest_of_work_and_never_freezes() {
    let mut run = Run::of(Mode::Drill);
    assert_eq!(
        (run.phase(1.9), run.phase(2.0)),
        (Phase::Clarify, Phase::Implement)
    );
    assert_eq!(run.state.left_to_code(at(15.0)), Some(5 * MINUTE as i64));
    assert_eq!(
        (run.phase(25.0), run.state.left_to_code(at(25.0))),
        (Phase::Implement, Some(-5 * MINUTE as i64))
    );
    assert_eq!(run.at(10.0, Command::Followup), Err(Refused::NoFollowup));
    assert!(run.does(25.0, submit("a")).contains(&judged("a")));
    assert_eq!(run.phase(25.0), Phase::Over);
}

#[test]
fn without_a_clock_nothing_is_ever_due() {
    let mut run = Run::of(Mode::Untimed);
    assert_eq!(
        (run.phase(900.0), run.state.left_in_phase(at(900.0))),
        (Phase::Clarify, None)
    );
    run.does(900.0, Command::Code);
    run.does(901.0, submit("a"));
    run.does(
        902.0,
        Command::Scored {
            total: 1.0,
            band: String::new(),
            verdict: String::new(),
        },
    );
    assert!(
        run.does(903.0, submit("b")).contains(&judged("b")),
        "an untimed attempt may be handed in again"
    );
    assert_eq!(run.phase(904.0), Phase::Implement);
}

#[test]
fn coding_may_begin_early_and_still_ends_at_minute_35() {
    let mut run = Run::of(Mode::Mock);
    assert_eq!(
        run.does(2.0, Command::Code),
        [Effect::Began(Phase::Implement), Effect::ShowUnasked]
    );
    assert_eq!(
        (run.phase(2.0), run.phase(34.9), run.phase(35.0)),
        (Phase::Implement, Phase::Implement, Phase::Optimise)
    );
    assert_eq!(run.at(3.0, Command::Code), Err(Refused::AlreadyCoding));
}

#[test]
fn the_clock_does_what_is_due_at_its_moment_however_late_somebody_looks() {
    let mut run = Run::of(Mode::Mock);
    let effects = run.does(40.0, Command::Tick);
    assert_eq!(
        effects,
        [
            Effect::Began(Phase::Implement),
            Effect::ShowUnasked,
            Effect::Began(Phase::Optimise),
            Effect::ShowTwist
        ]
    );
    let moments: Vec<u64> = run.entries[1..].iter().map(|entry| entry.at).collect();
    assert_eq!(moments, [at(5.0), at(35.0)]);
    assert_eq!(run.does(40.1, Command::Tick), []);
}

#[test]
fn the_twist_can_be_taken_from_minute_35_and_once() {
    let mut run = Run::of(Mode::Mock);
    assert_eq!(
        run.at(34.9, Command::Followup),
        Err(Refused::TooEarlyForFollowup)
    );
    assert!(
        run.does(35.0, Command::Followup)
            .contains(&Effect::AppendFollowup)
    );
    assert_eq!(run.at(36.0, Command::Followup), Err(Refused::FollowupTaken));
}

#[test]
fn what_was_there_at_fifty_minutes_is_judged_and_not_what_came_after() {
    let mut run = Run::of(Mode::Mock);
    run.does(49.0, snapshot("early"));
    assert!(run.does(50.0, Command::Tick).contains(&Effect::Freeze));
    run.does(
        50.01,
        Command::Freeze {
            hash: Some("frozen".to_owned()),
        },
    );
    run.does(51.0, snapshot("late"));
    assert!(run.does(52.0, submit("late")).contains(&judged("frozen")));
}

#[test]
fn a_freeze_that_nobody_saw_takes_the_last_snapshot_before_it() {
    let mut run = Run::of(Mode::Mock);
    run.does(49.0, snapshot("kept"));
    let effects = run.does(55.0, submit("workspace of minute 55"));
    assert!(effects.contains(&judged("kept")), "{effects:?}");
    assert!(!effects.contains(&Effect::Freeze));

    let mut run = Run::of(Mode::Mock);
    let effects = run.does(55.0, submit("all there is"));
    assert!(
        effects.contains(&Effect::Judge {
            hash: "all there is".to_owned(),
            late: true
        }),
        "{effects:?}"
    );
}

#[test]
fn submitting_moves_on_to_ten_minutes_of_talk_and_counts_once() {
    let mut run = Run::of(Mode::Mock);
    assert_eq!(run.at(30.0, rate()), Err(Refused::TooEarlyToDiscuss));
    run.does(40.0, submit("a"));
    assert_eq!(
        (run.phase(40.0), run.phase(49.9), run.phase(50.0)),
        (Phase::Discuss, Phase::Discuss, Phase::Over)
    );
    assert!(
        run.does(41.0, submit("b")).contains(&judged("a")),
        "a judge that failed may be asked again"
    );
    run.does(
        42.0,
        Command::Scored {
            total: 1.0,
            band: String::new(),
            verdict: String::new(),
        },
    );
    assert_eq!(run.at(43.0, submit("a")), Err(Refused::AlreadySubmitted));
    run.does(44.0, rate());
    assert_eq!(
        run.at(44.0, Command::Hint { costs: vec![1] }),
        Err(Refused::HintsClosed)
    );
}

fn rate() -> Command {
    Command::Rate {
        question: "why?".to_owned(),
        own_code: false,
        answer: "so".to_owned(),
        points: 3,
        said: Vec::new(),
    }
}

#[test]
fn a_pause_in_a_mock_is_granted_once_it_is_meant_and_moves_every_deadline() {
    let mut run = Run::of(Mode::Mock);
    assert_eq!(
        run.at(10.0, Command::Pause { confirmed: false }),
        Err(Refused::PauseMarks)
    );
    run.does(10.0, Command::Pause { confirmed: true });
    assert_eq!(run.at(11.0, ask("more?")), Err(Refused::Paused));
    assert_eq!(run.at(11.0, submit("a")), Err(Refused::Paused));
    run.does(12.0, note());
    run.does(17.0, Command::Resume);
    assert_eq!(run.at(17.0, Command::Resume), Err(Refused::NotPaused));
    assert_eq!(
        (run.phase(41.9), run.phase(42.0)),
        (Phase::Implement, Phase::Optimise)
    );
    assert_eq!(run.state.elapsed(at(20.0)), 13 * MINUTE);
    let facts = run.state.facts(at(20.0), 4);
    assert_eq!(facts.pauses, (1, 7 * MINUTE));

    let mut drill = Run::of(Mode::Drill);
    drill.does(3.0, Command::Pause { confirmed: false });
}

#[test]
fn nobody_there_is_a_question_and_the_answer_decides() {
    for (counted, phase) in [(false, Phase::Implement), (true, Phase::Discuss)] {
        let mut run = Run::of(Mode::Mock);
        run.does(9.9, snapshot("kept"));
        run.does(10.0, Command::Alive);
        assert_eq!(run.at(52.0, Command::Tick), Err(Refused::GapUndecided));
        assert_eq!(run.at(52.0, note()), Err(Refused::GapUndecided));
        run.does(52.0, Command::Gap { counted });
        assert_eq!(run.phase(52.0), phase);
        assert_eq!(
            run.state.facts(52, 4).gaps_left_out,
            if counted { 0 } else { 42 * MINUTE }
        );
        if counted {
            assert!(run.does(53.0, submit("later")).contains(&judged("kept")));
        }
    }
}

#[test]
fn a_screen_that_was_closed_on_purpose_leaves_no_gap_and_the_clock_running() {
    let mut run = Run::of(Mode::Mock);
    run.does(10.0, Command::Alive);
    run.does(10.1, Command::Leave);
    assert_eq!(run.state.unexplained_gap(at(30.0)), None);
    run.does(30.0, note());
    assert_eq!(run.state.elapsed(at(30.0)), 30 * MINUTE);
    assert_eq!(
        run.at(30.0, Command::Gap { counted: true }),
        Err(Refused::NoGap)
    );
}

#[test]
fn a_clock_that_is_set_back_stands_still() {
    let run = Run::of(Mode::Mock);
    assert_eq!(run.state.elapsed(START - 5 * MINUTE), 0);
    assert_eq!(run.state.phase_at(START - 5 * MINUTE), Phase::Clarify);
}

#[test]
fn every_journal_that_the_machine_writes_reads_back_to_the_state_it_was_in() {
    let mut seed = 3_u64;
    let mut next = move |below: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for round in 0..300 {
        let mode = [Mode::Mock, Mode::Drill, Mode::Warmup, Mode::Untimed][next(4) as usize];
        let mut run = Run::of(mode);
        let mut minute = 0.0;
        for _ in 0..40 {
            minute += next(40) as f64 / 10.0;
            let command = match next(14) {
                0 => Command::Code,
                1 => Command::Followup,
                2 => Command::Pause { confirmed: true },
                3 => Command::Resume,
                4 => Command::Alive,
                5 => Command::Leave,
                6 => Command::Gap {
                    counted: next(2) == 0,
                },
                7 => submit("now"),
                8 => Command::Freeze {
                    hash: Some("now".to_owned()),
                },
                9 => Command::Hint {
                    costs: vec![1, 2, 3],
                },
                10 => snapshot(["a", "b"][next(2) as usize]),
                11 => ask("limit?"),
                12 => rate(),
                _ => note(),
            };
            let before = run.phase(minute);
            let mut live = run.state.clone();
            if let Ok(step) = handle(&run.state, at(minute), command) {
                step.entries.iter().for_each(|entry| live.apply(entry));
                run.entries.extend(step.entries);
                run.state = replay(&run.entries).expect("a journal that begins");
            }
            assert_eq!(live, run.state, "round {round}, minute {minute}");
            // Counted time never runs backwards, and a phase is never left for an earlier one.
            assert!(run.state.elapsed(at(minute)) <= (minute * MINUTE as f64) as u64);
            let after = run.phase(minute);
            assert!(
                after >= before || run.state.gaps.iter().any(|gap| !gap.2) || mode == Mode::Untimed,
                "{before:?} to {after:?}"
            );
        }
    }
}
