//! Does short work on the disk, one thing after the other, so that the screens never wait and entries never cross.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    process,
};

use super::{
    message::{Errand, Reply, Saved, Seated},
    screens::plan::Planned,
};
use crate::{
    actions::{self, Failure, House, Rated, Sitting, Topic},
    domain::session::Command,
    history::{self, HistoryError, SessionLock},
};

/// Has the house and the open session.
pub struct Clerk {
    house: House,
    /// Without the lock we only watch: another process has the session.
    seat: Option<(Sitting, Option<SessionLock>)>,
}

impl Clerk {
    /// A clerk without a session.
    pub fn new(house: House) -> Clerk {
        Clerk { house, seat: None }
    }

    /// The open session, for runs that take seconds.
    pub fn sitting(&self) -> Option<&Sitting> {
        self.seat.as_ref().map(|(sitting, _)| sitting)
    }

    /// Drops the session as a kill would: nothing is written.
    pub fn forget(&mut self) {
        self.seat = None;
    }

    /// Does it and answers. The session follows if its journal grew meanwhile.
    pub fn carry_out(&mut self, errand: Errand) -> Vec<Reply> {
        let before = self.sitting().map(|sitting| sitting.state.clone());
        let mut replies = match self.answer(errand) {
            Ok(reply) => reply.into_iter().collect(),
            Err(failure) => vec![Reply::Failed(failure)],
        };
        if let (Some(before), Some(sitting)) = (before, self.sitting())
            && before != sitting.state
        {
            // Before the answer, which may speak about it.
            replies.insert(0, Reply::Session(Box::new(sitting.state.clone())));
        }
        replies
    }

    fn answer(&mut self, errand: Errand) -> Result<Option<Reply>, Failure> {
        match errand {
            Errand::List => return Ok(Some(Reply::Listed(Box::new(actions::list(&self.house)?)))),
            Errand::History => {
                return Ok(Some(Reply::Remembered(Box::new(actions::history(
                    &self.house,
                )?))));
            }
            Errand::Plan(id) => {
                return Ok(Some(Reply::Planned(Box::new(Planned {
                    course: actions::plan(&self.house, &id)?,
                    due: actions::due(&self.house)?,
                    plans: actions::plans(),
                }))));
            }
            Errand::Pick { seed } => {
                let picked = actions::pick(&self.house, None, seed)?;
                return Ok(Some(Reply::Picked(Box::new(picked))));
            }
            Errand::Report(attempt) => return self.report(&attempt).map(Some),
            Errand::Choose(mut settings, key, value) => {
                settings
                    .choose(key, value.as_deref())
                    .map_err(|error| Failure::machine(error.to_string(), ""))?;
                return Ok(Some(Reply::Chosen(settings)));
            }
            Errand::Start(wish) => {
                let sitting = actions::start(&self.house, &wish)?;
                return self.sit_down(sitting).map(Some);
            }
            Errand::Open(attempt) => {
                let sitting = Sitting::open(&self.house, Some(&attempt))?;
                return self.sit_down(sitting).map(Some);
            }
            Errand::Leave => {
                if let Some((mut sitting, Some(_lock))) = self.seat.take() {
                    leave(&self.house, &mut sitting)?;
                }
                return Ok(Some(Reply::Left));
            }
            _ => {}
        }
        // What follows belongs to the open session; after it was closed, late errands are void.
        let Some((sitting, lock)) = &mut self.seat else {
            return Ok(None);
        };
        if lock.is_none() {
            return match errand {
                Errand::Look { .. } => {
                    sitting.refresh()?;
                    *lock = SessionLock::take(&sitting.attempt.dir, process::id()).ok();
                    Ok(lock.is_some().then_some(Reply::Inherited))
                }
                Errand::Save => {
                    let taken = sitting.take_in()?;
                    Ok(Some(Reply::Saved(saved(
                        taken.as_ref().ok(),
                        sitting,
                        None,
                    ))))
                }
                Errand::Absent => Ok(None),
                _ => Err(Failure::usage(
                    "this window only watches",
                    "go on in the other one, or close it",
                )),
            };
        }
        in_session(&self.house, sitting, errand)
    }

    fn sit_down(&mut self, sitting: Sitting) -> Result<Reply, Failure> {
        if let Some((mut before, Some(_lock))) = self.seat.take() {
            leave(&self.house, &mut before)?;
        }
        let (lock, guest) = match SessionLock::take(&sitting.attempt.dir, process::id()) {
            Ok(lock) => (Some(lock), None),
            Err(HistoryError::Held { holder }) => (None, Some(holder)),
            Err(error) => return Err(error.into()),
        };
        let seated = Seated {
            attempt: sitting.attempt.clone(),
            problem: sitting.problem.clone(),
            session: sitting.state.clone(),
            topics: actions::topics(&sitting)?,
            rated_parts: actions::rated_parts(&sitting),
            judged: history::read_report(&sitting.attempt)?.is_some(),
            guest,
        };
        self.seat = Some((sitting, lock));
        Ok(Reply::Seated(Box::new(seated)))
    }

    fn report(&self, attempt: &str) -> Result<Reply, Failure> {
        let told = actions::debrief(&self.house, Some(attempt))?;
        Ok(Reply::Reported(Box::new(told)))
    }
}

impl Drop for Clerk {
    fn drop(&mut self) {
        if let Some((mut sitting, Some(_lock))) = self.seat.take() {
            // The program ends; the journal stays as it is if the disk refuses.
            let _ = leave(&self.house, &mut sitting);
        }
    }
}

/// Closes on purpose: what follows is no gap. An undecided gap stays undecided.
fn leave(house: &House, sitting: &mut Sitting) -> Result<(), Failure> {
    match sitting.act(house, Command::Leave) {
        Ok(_) | Err(Failure::Usage { .. }) => Ok(()),
        Err(failure) => Err(failure),
    }
}

fn in_session(
    house: &House,
    sitting: &mut Sitting,
    errand: Errand,
) -> Result<Option<Reply>, Failure> {
    let done = |text: &str| Ok(Some(Reply::Done(text.to_owned())));
    match errand {
        Errand::Look { alive } => look(house, sitting, alive).map(|()| None),
        Errand::Absent => leave(house, sitting).map(|()| None),
        Errand::Ask(text) => Ok(Some(Reply::Answered(actions::ask(house, sitting, &text)?))),
        Errand::Note(text) => {
            actions::note(house, sitting, &text)?;
            done("noted")
        }
        Errand::Code => {
            actions::code(house, sitting)?;
            Ok(None)
        }
        Errand::Hint => {
            let hint = actions::hint(house, sitting)?;
            done(&format!(
                "hint {} of {}, -{} points, stands on top",
                hint.number, hint.of, hint.cost
            ))
        }
        Errand::FollowUp => {
            actions::followup(house, sitting)?;
            done("the stub of the follow-up is at the end of src/lib.rs")
        }
        Errand::Pause => {
            actions::pause(house, sitting, true)?;
            done("the clock stands; p lets it go on")
        }
        Errand::Resume => {
            actions::resume(house, sitting)?;
            done("the clock goes on")
        }
        Errand::Gap { counted } => {
            actions::decide_gap(house, sitting, counted)?;
            done(if counted {
                "that time counts"
            } else {
                "that time is left out, and the attempt is marked as interrupted"
            })
        }
        Errand::GiveUp => {
            sitting.act(house, Command::Abandon)?;
            done("the attempt is given up; its files stay")
        }
        Errand::Save => save(house, sitting).map(|saved| Some(Reply::Saved(saved))),
        Errand::HandIn => {
            let handed_in = actions::hand_in(house, sitting)?;
            Ok(Some(Reply::HandedIn(
                Box::new(handed_in),
                actions::topics(sitting)?,
                actions::rated_parts(sitting),
            )))
        }
        Errand::Finish(judged) => {
            let report = actions::finish(house, sitting, *judged)?;
            let told = actions::debrief_of(sitting, report)?;
            Ok(Some(Reply::Reported(Box::new(told))))
        }
        Errand::Rate {
            topic,
            answer,
            rated,
        } => {
            let word = rated_word(&topic, &rated);
            actions::rate(house, sitting, &topic, &answer, rated)?;
            done(&word)
        }
        Errand::RateSelf(ratings) => {
            actions::rate_self(house, sitting, &ratings)?;
            Ok(None)
        }
        Errand::List | Errand::History | Errand::Report(_) | Errand::Choose(..) => Ok(None),
        Errand::Plan(_) | Errand::Pick { .. } => Ok(None),
        Errand::Start(_) | Errand::Open(_) | Errand::Leave => Ok(None),
    }
}

/// Reads what others wrote, and lets the clock do what is due. Waits for a decision where there is a gap.
fn look(house: &House, sitting: &mut Sitting, alive: bool) -> Result<(), Failure> {
    sitting.refresh()?;
    if sitting.state.unexplained_gap(house.now()).is_some() {
        return Ok(());
    }
    sitting.act(house, if alive { Command::Alive } else { Command::Tick })?;
    Ok(())
}

fn save(house: &House, sitting: &mut Sitting) -> Result<Saved, Failure> {
    if sitting.state.unexplained_gap(house.now()).is_some() {
        // Nothing may be written before the decision; look only.
        return sitting
            .take_in()
            .map(|taken| saved(taken.as_ref().ok(), sitting, None));
    }
    let taken = sitting.keep(house)?;
    let refused = taken.as_ref().err().map(|refusals| {
        let reasons: Vec<String> = refusals
            .iter()
            .map(|one| format!("{}: {}", one.path, one.reason))
            .collect();
        reasons.join("; ")
    });
    Ok(saved(taken.as_ref().ok(), sitting, refused))
}

fn saved(
    submission: Option<&crate::domain::attempt::Submission>,
    sitting: &Sitting,
    refused: Option<String>,
) -> Saved {
    let mut hasher = DefaultHasher::new();
    sitting.own_tests().hash(&mut hasher);
    let hash = submission.map(|submission| submission.hash.clone());
    Saved {
        mark: format!(
            "{}-{:x}",
            hash.as_deref().unwrap_or("refused"),
            hasher.finish()
        ),
        lines: submission.map_or(0, |submission| submission.lines()),
        hash,
        refused,
    }
}

/// What was kept, in words.
fn rated_word(topic: &Topic, rated: &Rated) -> String {
    match rated {
        Rated::Figure(points) => format!("rated {points} of 4"),
        Rated::Said(said) if said.is_empty() => {
            "kept; now tick what you said by its figure".to_owned()
        }
        Rated::Said(said) => format!(
            "{} of {} said, that is {} of 4",
            said.len(),
            topic.points.len(),
            topic.worth(said.len())
        ),
    }
}
