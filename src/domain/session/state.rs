//! The journal read back: where the session stands.

use super::{
    entry::{Entry, Event, Question},
    phases::{Phase, Plan},
};
use crate::domain::{attempt::Mode, own_rating::OwnRating};

/// A stretch of unix milliseconds that is not working time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Its begin.
    pub from: u64,
    /// Its end; none while it lasts.
    pub until: Option<u64>,
}

/// A kept state of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Unix milliseconds.
    pub at: u64,
    /// Hash in `snapshots/`.
    pub hash: String,
    /// Whether it compiles, once a test run has told.
    pub compiles: Option<bool>,
}

/// A run of the samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// Unix milliseconds.
    pub at: u64,
    /// What was tested.
    pub hash: String,
    /// Whether it compiled.
    pub compiled: bool,
    /// Checks that passed.
    pub passed: usize,
    /// Checks in all.
    pub of: usize,
}

/// An answer of the discussion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    /// The interviewer's question.
    pub question: String,
    /// Whether it is about the candidate's own code.
    pub own_code: bool,
    /// As typed.
    pub answer: String,
    /// 0 to 4.
    pub points: u8,
}

/// Where a session stands, as its journal tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionState {
    /// How the attempt is made.
    pub mode: Mode,
    /// The mode's clock.
    pub plan: Plan,
    /// The judge's seed.
    pub seed: u64,
    /// Unix milliseconds of the first line.
    pub started: u64,
    /// When the candidate began to code before the clock said so.
    pub coding_since: Option<u64>,
    /// Phases that the journal has seen begin.
    pub announced: Vec<Phase>,
    /// Questions with what they were taken for, in the order of asking.
    pub asked: Vec<(u64, String, Option<Question>)>,
    /// Notes in order.
    pub notes: Vec<(u64, String)>,
    /// Hints bought: moment, number from 1, cost.
    pub hints: Vec<(u64, usize, u8)>,
    /// Snapshots in order.
    pub snapshots: Vec<Kept>,
    /// Test runs in order.
    pub tests: Vec<Tested>,
    /// The last trial of the candidate's own tests: tests, wrong ones, mutants caught, mutants.
    pub validated: Option<(usize, usize, usize, usize)>,
    /// When the stub of the follow-up was taken.
    pub followup: Option<u64>,
    /// Pauses; the last one may still last.
    pub pauses: Vec<Stretch>,
    /// Gaps: from, until, counted.
    pub gaps: Vec<(u64, u64, bool)>,
    /// The frozen submission, once time was up: hash and whether nobody was there.
    pub frozen: Option<(Option<String>, bool)>,
    /// What went to the judge last: moment, hash, late.
    pub submitted: Option<(u64, String, bool)>,
    /// The last score: moment, total, band, verdict.
    pub scored: Option<(u64, f64, String, String)>,
    /// Answers of the discussion; a later answer to the same question replaces the earlier one.
    pub ratings: Vec<Rating>,
    /// The candidate's view of the own work; none while nobody was asked. Parts that are rated again count once.
    pub own_ratings: Option<Vec<OwnRating>>,
    /// When the attempt was given up.
    pub abandoned: Option<u64>,
    /// The moment of the last line.
    pub last: u64,
    /// Whether a screen watches, so that silence of the journal means that nobody was there.
    pub watched: bool,
}

/// Reads a journal. None if it does not begin with `started`.
pub fn replay(entries: &[Entry]) -> Option<SessionState> {
    let (first, rest) = entries.split_first()?;
    let Event::Started {
        mode,
        seed,
        drill_minutes,
        ..
    } = &first.event
    else {
        return None;
    };
    let mut state = SessionState::begin(first.at, *mode, *seed, *drill_minutes);
    for entry in rest {
        state.apply(entry);
    }
    Some(state)
}

impl SessionState {
    fn begin(at: u64, mode: Mode, seed: u64, drill_minutes: u16) -> SessionState {
        let plan = Plan::of(mode, drill_minutes);
        SessionState {
            announced: plan
                .phases
                .first()
                .map(|(phase, _)| *phase)
                .into_iter()
                .collect(),
            mode,
            plan,
            seed,
            started: at,
            coding_since: None,
            asked: Vec::new(),
            notes: Vec::new(),
            hints: Vec::new(),
            snapshots: Vec::new(),
            tests: Vec::new(),
            validated: None,
            followup: None,
            pauses: Vec::new(),
            gaps: Vec::new(),
            frozen: None,
            submitted: None,
            scored: None,
            ratings: Vec::new(),
            own_ratings: None,
            abandoned: None,
            last: at,
            watched: false,
        }
    }

    /// Takes one more line.
    pub fn apply(&mut self, entry: &Entry) {
        let at = entry.at;
        self.last = self.last.max(at);
        match &entry.event {
            // A second first line can only come from a hand; the first one counts.
            Event::Started { .. } => {}
            Event::Asked { text, matched } => self.asked.push((at, text.clone(), matched.clone())),
            Event::Noted { text } => self.notes.push((at, text.clone())),
            Event::Snapshot { hash } => self.keep(at, hash),
            Event::Tested {
                hash,
                compiled,
                passed,
                of,
            } => {
                for kept in self.snapshots.iter_mut().filter(|kept| kept.hash == *hash) {
                    kept.compiles = Some(*compiled);
                }
                self.tests.push(Tested {
                    at,
                    hash: hash.clone(),
                    compiled: *compiled,
                    passed: *passed,
                    of: *of,
                });
            }
            Event::Validated {
                tests,
                wrong,
                caught,
                of,
            } => self.validated = Some((*tests, *wrong, *caught, *of)),
            Event::Hint { number, cost } => self.hints.push((at, *number, *cost)),
            Event::Phase { to } => {
                if *to == Phase::Implement && self.coding_since.is_none() {
                    self.coding_since = Some(at);
                }
                self.announced.push(*to);
            }
            Event::Followup {} => self.followup = self.followup.or(Some(at)),
            Event::Paused {} => self.pauses.push(Stretch {
                from: at,
                until: None,
            }),
            Event::Resumed {} => {
                if let Some(pause) = self.pauses.last_mut() {
                    pause.until.get_or_insert(at);
                }
            }
            Event::Gap {
                from,
                until,
                counted,
            } => {
                self.gaps.push((*from, *until, *counted));
                // Whoever decided need not be a screen; one that is says so with its next sign of life.
                self.watched = false;
            }
            Event::Alive {} => self.watched = true,
            Event::Left {} => self.watched = false,
            Event::Frozen { hash, late } => {
                self.frozen = self.frozen.take().or(Some((hash.clone(), *late)))
            }
            Event::Submitted { hash, late } => {
                // Asking a judge that failed once more moves no deadline; an untimed attempt is handed in anew.
                let first = self
                    .submitted
                    .as_ref()
                    .filter(|_| self.mode != Mode::Untimed);
                let at = first.map_or(at, |(first, ..)| *first);
                self.submitted = Some((at, hash.clone(), *late));
                self.scored = None;
            }
            Event::Rated {
                question,
                own_code,
                answer,
                points,
            } => {
                self.ratings.retain(|rating| rating.question != *question);
                self.ratings.push(Rating {
                    question: question.clone(),
                    own_code: *own_code,
                    answer: answer.clone(),
                    points: (*points).min(4),
                });
            }
            Event::SelfRated { ratings } => {
                let known = self.own_ratings.get_or_insert_default();
                known.retain(|old| ratings.iter().all(|new| new.part != old.part));
                known.extend(ratings.iter().map(OwnRating::within_scale));
                known.sort_by_key(|one| one.part);
            }
            Event::Scored {
                total,
                band,
                verdict,
            } => self.scored = Some((at, *total, band.clone(), verdict.clone())),
            Event::Abandoned {} => self.abandoned = self.abandoned.or(Some(at)),
        }
    }

    fn keep(&mut self, at: u64, hash: &str) {
        let compiles = self
            .tests
            .iter()
            .rev()
            .find(|run| run.hash == hash)
            .map(|run| run.compiled);
        self.snapshots.push(Kept {
            at,
            hash: hash.to_owned(),
            compiles,
        });
    }

    /// Whether the clock stands.
    pub fn paused(&self) -> bool {
        self.pauses
            .last()
            .is_some_and(|pause| pause.until.is_none())
    }
}
