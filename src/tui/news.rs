//! What follows from the clerk's answers and from runs.

use super::{
    message::{Effect, Errand, JobNews, Reply, Saved, Seated},
    passing,
    screens::{self, plan, rate, report, session},
    seat::{self, Judging, Pane, Seat, Tested},
    state::{Body, Place, Scroll, State},
};
use crate::{
    actions::Failure,
    domain::{attempt::Mode, session::Phase},
    judge::JudgeEvent,
    wording::{self, Tone},
};

/// The clerk's answer.
pub fn reply(state: &mut State, reply: Reply) -> Vec<Effect> {
    match reply {
        Reply::Listed(listing) => {
            let broken: Vec<&str> = listing.broken.iter().map(|(id, _)| id.as_str()).collect();
            if !broken.is_empty() {
                let text = format!("broken and left out: {}", broken.join(", "));
                state.say(Tone::Warning, text);
            }
            state.shelf.fill(*listing);
        }
        Reply::Remembered(past) => {
            state.history.cursor = state.history.cursor.min(past.lines.len().saturating_sub(1));
            state.history.past = Some(past);
        }
        Reply::Planned(planned) => state.desk.fill(*planned, state.now),
        Reply::Picked(picked) => plan::picked(state, &picked),
        Reply::Seated(seated) => return sit_down(state, *seated),
        Reply::Left => {}
        Reply::Inherited => {
            if let Some(seat) = &mut state.seat {
                seat.guest = None;
            }
            let text = "the other window is closed; the session is here now";
            state.say(Tone::Heading, text);
            return passing::notice(state);
        }
        Reply::Session(session) => {
            if let Some(seat) = &mut state.seat {
                seat.session = *session;
                return passing::notice(state);
            }
        }
        Reply::Answered(answer) => match (&answer.matched, answer.counted) {
            (Some(_), true) => state.say(
                Tone::Good,
                "A question that counts; the answer stands on top.",
            ),
            (Some(_), false) => state.say(
                Tone::Plain,
                "The answer stands on top; it does not count again, or no more.",
            ),
            (None, _) => state.say(
                Tone::Plain,
                "Good question; assume whatever is simplest, and say so in a note.",
            ),
        },
        Reply::Done(text) => {
            state.deciding = false;
            state.say(Tone::Plain, text);
            let given_up = state
                .seat
                .as_ref()
                .is_some_and(|seat| seat.session.abandoned.is_some());
            if given_up {
                state.places.truncate(1);
            }
            return vec![Effect::Errand(Errand::Save)];
        }
        Reply::Saved(saved) => return kept(state, saved),
        Reply::HandedIn(handed_in, topics, parts) => {
            let now = state.now;
            if let Some(seat) = &mut state.seat {
                seat.topics = topics;
                seat.sheet = rate::Sheet::of(parts);
                seat.judging = Some(Judging {
                    since: now,
                    ..Judging::default()
                });
                return vec![Effect::Judge(seat.attempt.id.clone(), handed_in)];
            }
        }
        Reply::Reported(reported) => {
            let mut effects = Vec::new();
            let total = reported.report.score.total;
            state.open_report(*reported);
            let talking = state.place() == Place::Discuss;
            let first = state
                .seat
                .as_mut()
                .is_some_and(|seat| !std::mem::replace(&mut seat.judged, true));
            match state.place() {
                Place::Discuss if first => state.say(
                    Tone::Plain,
                    "The judge is done. x ends the talk and shows the report.",
                ),
                Place::Submit if state.seat.as_deref().is_some_and(rate::is_due) => {
                    state.go(Place::Rate);
                    state.say(Tone::Plain, "The judge is done. First: how do you see it?");
                }
                Place::Rate => state.say(Tone::Plain, "The judge is done."),
                Place::Discuss | Place::Submit if talking || state.overlay.is_none() => {
                    state.turn(Place::Report)
                }
                Place::Submit => state.turn(Place::Report),
                _ => state.go(Place::Report),
            }
            if state.place() == Place::Report {
                effects = report::judge_saves(state);
                state.say(
                    Tone::Plain,
                    format!("{total:.1} of 100. r shows the reference beside your code."),
                );
            }
            return effects;
        }
        Reply::Chosen(settings) => return screens::settings::chosen(state, *settings),
        Reply::Failed(failure) => failed(state, &failure),
    }
    Vec::new()
}

fn sit_down(state: &mut State, seated: Seated) -> Vec<Effect> {
    let now = state.now;
    let seat = Seat::of(seated, now);
    let folder = seat.attempt.workspace();
    let session = &seat.session;
    let unjudged =
        session.submitted.is_some() && session.scored.is_none() && session.mode != Mode::Untimed;
    let frozen = session.submitted.is_none() && session.frozen_at(now);
    let (phase, mode) = (seat.phase, session.mode);
    let judged = seat.judged && session.mode != Mode::Untimed;
    let guest = seat.guest.clone();
    let started = session.asked.is_empty() && session.tests.is_empty();
    state.overlay = None;
    state.seat = Some(Box::new(seat));
    state.places = vec![Place::Problems, Place::Session];
    let mut effects = vec![
        Effect::Watch(Some(folder)),
        Effect::Errand(Errand::Save),
        Effect::WarmUp,
    ];
    if let Some(holder) = guest {
        let text = format!("open in another window (process {holder}); this one only watches");
        state.say(Tone::Warning, text);
        if judged || unjudged {
            state.turn(Place::Discuss);
        }
    } else if judged {
        state.turn(Place::Discuss);
    } else if unjudged || frozen {
        effects.push(Effect::Errand(Errand::HandIn));
        let talk = phase == Phase::Discuss;
        state.turn(if talk { Place::Discuss } else { Place::Submit });
        state.say(
            Tone::Heading,
            "The code is handed in; the judge goes on with it.",
        );
    } else if started {
        let text = match phase {
            _ if mode == Mode::Untimed => {
                "No clock. b shows the brief, a asks the interviewer, e opens the editor."
            }
            Phase::Clarify => {
                "The clock runs. b shows the brief, a asks the interviewer, c starts to code."
            }
            _ => "The clock runs. e opens the editor; every save runs the samples.",
        };
        state.say(Tone::Heading, text);
    } else {
        state.say(Tone::Plain, "Here you are again. The clock went on.");
    }
    effects.extend(passing::notice(state));
    effects
}

/// The workspace was looked at. A change runs the samples.
fn kept(state: &mut State, saved: Saved) -> Vec<Effect> {
    let now = state.now;
    let Some(seat) = &mut state.seat else {
        return Vec::new();
    };
    let before = seat.saved.as_ref().map(|(_, saved)| saved.mark.clone());
    let changed = before.as_ref() != Some(&saved.mark);
    // The first look is no save; results of an earlier sitting are found again.
    let wanted = before.is_some() || !seat.session.tests.is_empty();
    let refused = saved.refused.clone();
    if changed {
        seat.saved = Some((now, saved));
    }
    if let Some(why) = refused.filter(|_| changed) {
        state.say(Tone::Bad, format!("not taken in: {why}"));
        return Vec::new();
    }
    let ours = seat.guest.is_none();
    let open = ours && (seat.session.submitted.is_none() || seat.session.mode == Mode::Untimed);
    if changed && wanted && open && !seat.session.frozen_at(now) && !seat.session.paused() {
        if seat.phase.coding() && before.is_some() {
            seat.pane = Pane::Samples;
        }
        return session::test(state);
    }
    Vec::new()
}

/// Whose turn it is now, in words.
fn failed(state: &mut State, failure: &Failure) {
    state.deciding = false;
    let text = told(failure);
    state.say(Tone::Bad, text.clone());
    if let Some(seat) = &mut state.seat
        && state.places.last() == Some(&Place::Submit)
        && seat.judging.is_none()
        && !seat.judged
    {
        seat.broken = Some(text);
    }
}

/// A failure with its remedy.
pub fn told(failure: &Failure) -> String {
    match failure {
        Failure::Usage { what, remedy } | Failure::Machine { what, remedy }
            if !remedy.is_empty() =>
        {
            format!("{what}; {remedy}")
        }
        Failure::Usage { what, .. } | Failure::Machine { what, .. } => what.clone(),
        Failure::Author { id, .. } => {
            format!("{failure}; `fiftyten problem check {id}` tells them")
        }
        Failure::Cancelled => "stopped".to_owned(),
    }
}

/// Word from a run.
pub fn job(state: &mut State, attempt: &str, job: JobNews) -> Vec<Effect> {
    if let JobNews::Bench(event) = &job {
        let text = seat::step(event);
        if let Some(seat) = &mut state.seat {
            let ready = matches!(event, JudgeEvent::BenchReady { .. });
            seat.bench = text.clone().filter(|_| !ready);
        }
        match (event, text) {
            (JudgeEvent::BenchBuilding { .. }, Some(text)) => state.mention(text),
            (_, Some(text)) => state.say(Tone::Plain, text),
            (_, None) => {}
        }
        return Vec::new();
    }
    let job = match job {
        JobNews::Saves(timeline) => {
            report::saves(state, attempt, Some(timeline), None);
            return Vec::new();
        }
        JobNews::SavesEnded(failure) => {
            report::saves(state, attempt, None, failure);
            return Vec::new();
        }
        job => job,
    };
    let now = state.now;
    // Word from a session that was left is void.
    let Some(seat) = state
        .seat
        .as_mut()
        .filter(|seat| seat.attempt.id == attempt)
    else {
        return Vec::new();
    };
    match job {
        JobNews::Bench(_) | JobNews::Saves(_) | JobNews::SavesEnded(_) => {}
        JobNews::Testing(event) => seat.testing(&event),
        JobNews::Judging(event) => seat.judging(event),
        JobNews::Tested(result) => {
            let run = seat.run.take();
            let again = run.as_ref().is_some_and(|run| run.again);
            match result {
                Ok(found) => {
                    let mark = run.and_then(|run| run.mark);
                    seat.tested = Some(Tested {
                        mark,
                        at: now,
                        run: found,
                    });
                    seat.samples = Scroll::default();
                    let (tone, text) = seat.samples_word();
                    let text = format!(
                        "samples: {}",
                        text.split_whitespace().collect::<Vec<_>>().join(" ")
                    );
                    state.say(tone, text);
                }
                Err(Failure::Cancelled) if again => {}
                Err(failure) => failed(state, &failure),
            }
            if again {
                return session::test(state);
            }
        }
        JobNews::Tried(result) => {
            seat.run = None;
            match result {
                Ok(trial) => {
                    let page = (
                        "Your own tests".to_owned(),
                        Body::Words(wording::trial(&trial)),
                    );
                    state.say(
                        Tone::Plain,
                        format!("your tests catch {} of {}", trial.caught, trial.of),
                    );
                    state.open_reader(vec![page]);
                }
                Err(failure) => failed(state, &failure),
            }
        }
        JobNews::Judged(Ok(judged)) => {
            seat.judging = None;
            return vec![Effect::Errand(Errand::Finish(judged))];
        }
        JobNews::Judged(Err(failure)) => {
            seat.judging = None;
            seat.broken = Some(told(&failure));
            state.say(Tone::Bad, told(&failure));
        }
    }
    Vec::new()
}

/// A worker panicked: our fault, told, and everything else goes on.
pub fn died(state: &mut State, what: &str) {
    let text = format!("this is a bug: {what} ended in a panic; nothing is lost, please report it");
    if let Some(seat) = &mut state.seat {
        seat.run = None;
        if seat.judging.take().is_some() {
            seat.broken = Some(text.clone());
        }
    }
    state.say(Tone::Bad, text);
}
