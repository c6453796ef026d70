//! One whole mock interview at the keyboard, from the list to the debrief, in a terminal and by a clock that is told.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::Instant,
};

use fiftyten::{domain::session::MINUTE, history};

use crate::{
    desk,
    screens_desk::MORNING,
    screens_pty::{PATIENCE, Window},
};

/// Milliseconds between two looks at the clock: enough for a sign of life, and not enough for an absence.
const STEP: u64 = 20_000;

/// A candidate with a terminal, an editor somewhere else, and a clock on the wall.
struct Candidate {
    window: Window,
    data: PathBuf,
    clock: PathBuf,
    /// Milliseconds since the hour began.
    elapsed: u64,
}

impl Candidate {
    fn at(home: &Path) -> Candidate {
        let (data, clock) = (home.join("data"), home.join("clock"));
        fs::write(&clock, MORNING.to_string()).expect("writable");
        let now = format!("@{}", clock.display());
        Candidate {
            window: Window::open(&data, &[("FIFTYTEN_NOW", &now)]),
            data,
            clock,
            elapsed: 0,
        }
    }

    fn press(&mut self, keys: &str) {
        self.window.press(keys);
    }

    fn shows(&mut self, text: &str) {
        self.window.shows(text);
    }

    fn attempt(&self) -> PathBuf {
        let attempts = fs::read_dir(self.data.join("attempts")).expect("an attempt");
        let first = attempts.flatten().next().expect("an attempt");
        first.path()
    }

    fn saves(&self, file: &str, text: &str) {
        fs::write(self.attempt().join("workspace").join(file), text).expect("writable");
    }

    fn set(&mut self, elapsed: u64) {
        self.elapsed = elapsed;
        // Whoever reads in between must not see half of it.
        let new = self.clock.with_extension("new");
        fs::write(&new, (MORNING + elapsed).to_string()).expect("writable");
        fs::rename(new, &self.clock).expect("writable");
    }

    /// Works at the desk until that minute: the screen knows the time left, and the journal that somebody is there.
    fn works_until(&mut self, minute: f64) {
        let end = (minute * 60_000.0) as u64;
        while self.elapsed < end {
            let step = STEP.min(end - self.elapsed);
            self.set(self.elapsed + step);
            let left = 50 * 60 - self.elapsed / 1_000;
            if left > 0 {
                let left = format!("{}:{:02} left", left / 60, left % 60);
                self.shows(&left);
            }
            if step == STEP {
                self.is_seen();
            }
        }
    }

    /// Waits for the sign of life of this moment; a busy machine may be late with it, and the clock must not run ahead.
    fn is_seen(&self) {
        let sign = format!("{{\"at\":{},\"event\":\"alive\"}}", MORNING + self.elapsed);
        let journal = self.attempt().join("journal.ndjson");
        let end = Instant::now() + PATIENCE;
        while !fs::read_to_string(&journal)
            .expect("a journal")
            .contains(&sign)
        {
            assert!(Instant::now() < end, "no sign of life: {sign}");
            thread::yield_now();
        }
    }

    /// The laptop sleeps until that minute, and the candidate says that this time counts.
    fn dozes_until(&mut self, minute: f64) {
        self.set(self.elapsed + STEP);
        self.is_seen();
        self.set((minute * 60_000.0) as u64);
        self.shows("Nobody was here for");
        self.press("c");
        self.shows("that time counts");
    }
}

fn reference() -> String {
    desk::text(&desk::fixtures().join("problems/lock-step/solutions/reference.rs"))
}

const OWN_TEST: &str = "use lock_step::Tally;
#[test]
fn a_total_grows() {
    let tally = Tally::new();
    assert_eq!(tally.add(2), 2);
}
";

fn clarifies_and_begins(candidate: &mut Candidate) {
    candidate.shows("> Add two");
    candidate.press("j\r");
    candidate.shows("not timed yet");
    candidate.press("\r");
    candidate.shows("CLARIFY");
    candidate.works_until(1.0);
    candidate.press("a");
    candidate.press("what happens when the total gets too large?\r");
    candidate.shows("A question that counts");
    candidate.press("iplan: one lock around the sum, because the section is short\r");
    candidate.shows("noted");
    candidate.works_until(2.0);
    candidate.press("c");
    candidate.shows("IMPLEMENT");
}

fn implements(candidate: &mut Candidate) {
    candidate.saves("src/lib.rs", "pub struct Tally {");
    candidate.shows("does not compile");
    candidate.dozes_until(15.1);
    candidate.shows("Minute 15 is past");
    candidate.press("ithe brace was missing\r");
    candidate.shows("noted");
    candidate.saves("src/lib.rs", &reference());
    candidate.shows("samples: ok");
    candidate.dozes_until(34.9);
    candidate.works_until(35.0);
    candidate.shows("[>] OPTIMISE");
    candidate.press("f");
    candidate.shows("Append the stub");
    candidate.press("y");
    candidate.shows("Its stub is at the end");
    let code = fs::read_to_string(candidate.attempt().join("workspace/src/lib.rs"));
    assert!(code.expect("readable").contains("todo!()"));
    candidate.saves("src/lib.rs", &reference());
}

fn validates(candidate: &mut Candidate) {
    candidate.dozes_until(44.9);
    candidate.works_until(45.0);
    candidate.shows("[>] VALIDATE");
    candidate.saves("tests/mine.rs", OWN_TEST);
    // The line at the bottom comes when the run is over; while it lasts, nothing else is run.
    candidate.shows("samples: ok 2 of 2");
    candidate.press("v");
    candidate.shows("1 test of your own: they catch");
    candidate.press("q");
    candidate.works_until(49.1);
    candidate.shows("!! 0:5");
    candidate.works_until(50.0);
    candidate.shows("to talk");
}

fn talks(candidate: &mut Candidate) {
    candidate.shows("What did you try first?");
    // Two questions about the frozen code are there: the code is frozen.
    candidate.shows("Question 1 of 3");
    // Too late: nobody judges this.
    candidate.saves("src/lib.rs", "this is not Rust");
    candidate.press("\r");
    candidate.press("the plain way\r");
    candidate.shows("1 [ ] the plain way");
    candidate.press("1");
    candidate.shows("Question 1 of 3, 2 of 4");
    candidate.press("j");
    candidate.shows("Question 2 of 3");
    candidate.shows("Your src/lib.rs:");
    candidate.press("\rit holds the lock\r");
    candidate.shows("1 [ ] ");
    candidate.press("2");
    candidate.shows("Question 2 of 3, 1 of 4");
    candidate.shows("the judge is done;");
    candidate.press("x");
    // The own view comes before the result; this candidate has none.
    candidate.shows("skip");
    candidate.press("s");
}

#[test]
fn a_whole_mock_interview_from_the_list_to_the_debrief() {
    let home = tempfile::tempdir().unwrap();
    let mut candidate = Candidate::at(home.path());
    clarifies_and_begins(&mut candidate);
    implements(&mut candidate);
    validates(&mut candidate);
    talks(&mut candidate);
    candidate.shows("accepted");
    candidate.press("q");
    candidate.shows("fiftyten · problems");
    candidate.press("q");
    let data = candidate.data.clone();
    assert_eq!(candidate.window.ended(), 0);

    let attempt = history::find(&data, "lock-step").expect("the attempt");
    let report = history::read_report(&attempt).expect("readable");
    let report = report.expect("a report");
    let facts = report.attempt.expect("a session").facts;
    assert_eq!((facts.asked.len(), facts.notes.len()), (1, 2), "{facts:?}");
    assert_eq!(facts.followup, Some(35 * MINUTE));
    assert_eq!(facts.handed_in, Some(50 * MINUTE));
    assert!(!facts.late && facts.pauses.0 == 0 && facts.gaps_left_out == 0);
    assert!(
        facts
            .validated
            .is_some_and(|(tests, wrong, ..)| tests == 1 && wrong == 0),
        "{facts:?}"
    );
    let points: Vec<u8> = facts.ratings.iter().map(|one| one.points).collect();
    assert_eq!(points, [2, 1]);
}
