//! No seeded race survives the search, and no correct program is condemned.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use fiftyten::domain::verdict::Event;
use fiftyten::judge::Judgement;

use crate::corpus::{Program, judged, programs, result_of};
use crate::desk;

/// Seeds that every program is judged with.
const SEEDS: [u64; 20] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
];

/// Judges a folder with all seeds; says which programs were told for something else than they are.
fn misjudged(folder: &str) -> Vec<String> {
    let programs = programs(folder);
    assert!(!programs.is_empty(), "no programs in {folder}");
    let judgements = judged(desk::bench(), &programs, &SEEDS, 2);
    assert_eq!(judgements.len(), SEEDS.len());
    programs
        .iter()
        .flat_map(|program| told(program, &judgements))
        .collect()
}

/// Prints what a program cost; gives the wrong verdicts on it.
fn told(program: &Program, judgements: &[Judgement]) -> Vec<String> {
    let results = || {
        judgements
            .iter()
            .map(|judgement| result_of(program, judgement))
    };
    let slowest = results().map(|result| result.seconds).fold(0.0, f64::max);
    let found_at = results()
        .filter_map(|result| Some(result.story.as_ref()?.found_at))
        .max();
    let schedules = found_at.map_or_else(String::new, |at| format!("at schedule {at}"));
    println!(
        "{:26} {:18} {:6.0} ms  {schedules}",
        program.name,
        format!("{:?}", program.expected),
        slowest * 1e3
    );
    let wrong = results()
        .zip(SEEDS)
        .filter(|(result, _)| result.outcome != program.expected);
    wrong
        .map(|(result, seed)| {
            format!(
                "{} with seed {seed}: expected {:?}, was {:?}: {}",
                program.name,
                program.expected,
                result.outcome,
                result.message.as_deref().unwrap_or_default()
            )
        })
        .collect()
}

#[test]
fn every_seeded_bug_is_convicted_with_its_kind_for_twenty_seeds() {
    let misjudged = misjudged("bugs");
    assert!(misjudged.is_empty(), "{}", misjudged.join("\n"));
}

#[test]
fn every_mended_program_is_innocent_for_twenty_seeds() {
    let misjudged = misjudged("fixes");
    assert!(misjudged.is_empty(), "{}", misjudged.join("\n"));
}

#[test]
fn every_correct_program_that_looks_guilty_is_innocent_for_twenty_seeds() {
    let misjudged = misjudged("tricky");
    assert!(misjudged.is_empty(), "{}", misjudged.join("\n"));
}

#[test]
fn every_bug_has_its_mend() {
    let names = |folder| {
        programs(folder)
            .into_iter()
            .map(|program| program.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names("bugs"), names("fixes"));
}

#[test]
fn a_janitor_in_the_background_does_not_crowd_out_the_story_of_those_who_are_stuck() {
    let mut programs = programs("bugs");
    programs.retain(|program| program.name == "81_stuck_beside_a_janitor");
    let judgements = judged(desk::bench(), &programs, &[0], 1);
    let result = result_of(&programs[0], &judgements[0]);
    let story = result.story.as_ref().expect("it is stuck");
    let steps_of = |thread: u32| {
        let own = move |event: &&Event| event.thread == thread;
        story.events.iter().filter(own)
    };
    for lane in &story.threads {
        assert!(
            steps_of(lane.id).count() > 2,
            "{} is not told of",
            lane.name
        );
    }
    let starts = |thread| steps_of(thread).next().map_or(u64::MAX, |event| event.step);
    assert!(starts(0) < 10, "how it began is told");
    let gap = story.events.iter().find(|event| event.op == "…");
    let note = gap.and_then(|gap| gap.note.as_deref());
    assert!(
        note.is_some_and(|note| note.ends_with(" left out")),
        "{note:?}"
    );
    assert!(story.events.len() <= 1_000, "{}", story.events.len());
}

/// Everything that was found but for the seconds, as bytes.
fn bytes(judgement: &Judgement) -> Vec<String> {
    let mut checks = judgement.verdict.checks().to_vec();
    checks.iter_mut().for_each(|check| check.seconds = 0.0);
    let text = |check| serde_json::to_string(check).expect("results are data");
    checks.iter().map(text).collect()
}

/// Runs `work` while every core has something else to do as well.
fn while_busy<T>(work: impl FnOnce() -> T) -> T {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let result = work();
        done.store(true, Ordering::Relaxed);
        result
    })
}

#[test]
fn the_same_seed_gives_the_same_story_byte_for_byte_on_an_idle_and_on_a_busy_machine() {
    let programs = programs("bugs");
    let calm = judged(desk::bench(), &programs, &[0, 7], 1);
    let busy = while_busy(|| judged(desk::bench(), &programs, &[0, 7], 2));
    for (calm, busy) in calm.iter().zip(&busy) {
        assert_eq!(bytes(calm), bytes(busy));
    }
}
