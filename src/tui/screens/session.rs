//! The keys of the session.

use crate::{
    domain::{attempt::Mode, session::Phase, verdict::Verdict},
    settings::Key,
    tui::{
        field::Field,
        keys::Act,
        message::{Edit, Effect, Errand},
        seat::{Pane, Run, Seat},
        state::{Body, Choice, Entry, Overlay, Place, Purpose, Reader, Scroll, State, Wanted},
    },
    wording::{self, Line, Tone},
};

/// Why an act has no place now; none if it has.
pub fn hindrance(seat: &Seat, now: u64, act: Act) -> Option<&'static str> {
    let session = &seat.session;
    let phase = session.phase_at(now);
    let moves = matches!(
        act,
        Act::Code | Act::FollowUp | Act::Hint | Act::Validate | Act::Ask | Act::Test | Act::Submit
    );
    if moves && session.paused() {
        return Some("the clock stands; p lets it go on");
    }
    match act {
        Act::Code if phase != Phase::Clarify => {
            Some("the time for questions alone is over; you may still ask")
        }
        Act::FollowUp if session.followup.is_some() => {
            Some("its stub is at the end of src/lib.rs already")
        }
        Act::FollowUp if !seat.twist_told(now) => Some(match session.mode {
            Mode::Mock => "the follow-up comes at minute 35",
            Mode::Drill | Mode::Warmup | Mode::Untimed => "this mode has no follow-up",
        }),
        Act::Hint if phase > Phase::Validate => Some("hints belong to the time of the code"),
        Act::Hint if session.hints.len() >= seat.problem.hints.len() => {
            Some("there are no more hints; those you bought stand in the talk")
        }
        Act::Open if seat.tested.is_none() => Some("no test has run yet; t runs the samples"),
        Act::Validate if !validates(seat, phase) => {
            Some("your own tests are tried in the last five minutes; t runs them on your code")
        }
        Act::Validate if seat.run.is_some() => Some("something runs already; ctrl-c stops it"),
        _ => None,
    }
}

/// Does what a key asks for.
pub fn act(state: &mut State, act: Act) -> Vec<Effect> {
    let Some(seat) = &mut state.seat else {
        return Vec::new();
    };
    let scroll = match seat.pane {
        Pane::Talk => &seat.talk,
        Pane::Samples => &seat.samples,
        Pane::Statement => &seat.statement,
    };
    match act {
        Act::Up => scroll.by(-1),
        Act::Down => scroll.by(1),
        Act::PageUp => scroll.by(-8),
        Act::PageDown => scroll.by(8),
        Act::First => scroll.by(i32::MIN / 2),
        Act::Last => scroll.by(i32::MAX / 2),
        Act::NextPane => {
            seat.pane = match (seat.pane, super::session_view::shows_statement(state.size)) {
                (Pane::Statement, _) => Pane::Talk,
                (Pane::Talk, _) => Pane::Samples,
                (Pane::Samples, true) => Pane::Statement,
                (Pane::Samples, false) => Pane::Talk,
            };
        }
        Act::Edit => return edit(state),
        Act::Copy => {
            let path = seat.file().display().to_string();
            let text = format!("copied, if your terminal allows it: {path}");
            state.say(Tone::Plain, text);
            return vec![Effect::Copy(path)];
        }
        Act::Ask => return entry(state, Purpose::Question),
        Act::Note => return entry(state, Purpose::Note),
        Act::Test => return test(state),
        Act::Validate => return validate(state),
        Act::Code => return vec![Effect::Errand(Errand::Code)],
        Act::Open => open_samples(state),
        Act::Brief => brief(state),
        Act::FollowUp => state.overlay = Some(Overlay::Choice(stub())),
        Act::Hint => hint(state),
        Act::Pause if seat.session.paused() => return vec![Effect::Errand(Errand::Resume)],
        Act::Pause if seat.session.mode == Mode::Mock => {
            state.overlay = Some(Overlay::Choice(pause()));
        }
        Act::Pause => return vec![Effect::Errand(Errand::Pause)],
        Act::Submit => submit(state),
        Act::GiveUp => {
            state.overlay = Some(Overlay::Choice(Choice {
                title: "Give the attempt up?".to_owned(),
                words: vec![Line::plain(
                    "It gets no score. Its files and its journal stay where they are.",
                )],
                answers: vec![('y', "give up", Wanted::GiveUp)],
            }));
        }
        _ => {}
    }
    Vec::new()
}

/// Opens the code where the compiler found the first thing wrong with it.
fn edit(state: &State) -> Vec<Effect> {
    let Some(seat) = &state.seat else {
        return Vec::new();
    };
    let line = match seat.tested.as_ref().map(|tested| &tested.run.verdict) {
        Some(Verdict::NotCompiled(found)) if !seat.stale() => found
            .iter()
            .find(|one| one.file.as_deref() == Some("src/lib.rs") && one.level == "error")
            .and_then(|one| one.line),
        _ => None,
    };
    vec![Effect::Edit(Box::new(Edit {
        file: seat.file(),
        line: line.map(|line| line as usize),
        editor: state.settings.value(Key::Editor).to_owned(),
        panes: state.settings.on(Key::Panes),
    }))]
}

/// Opens a field; what was put aside comes back.
fn entry(state: &mut State, purpose: Purpose) -> Vec<Effect> {
    let Some(seat) = &mut state.seat else {
        return Vec::new();
    };
    let key = if purpose == Purpose::Question {
        "question"
    } else {
        "note"
    };
    let draft = seat.drafts.remove(key).unwrap_or_default();
    if purpose == Purpose::Question {
        seat.pane = Pane::Talk;
        seat.talk = Scroll::default();
    }
    state.overlay = Some(Overlay::Entry(Entry {
        purpose,
        field: Field::with(&draft),
    }));
    Vec::new()
}

/// Runs the samples by hand; a run that compiles starts anew, one that checks is repeated afterwards.
pub fn test(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let Some(seat) = &mut state.seat else {
        return Vec::new();
    };
    if seat.judging.is_some() {
        state.say(
            Tone::Plain,
            "the judge has the code; samples run when it is done",
        );
        return Vec::new();
    }
    match &mut seat.run {
        Some(run) if run.checking => {
            run.again = true;
            Vec::new()
        }
        Some(run) => {
            run.again = true;
            vec![Effect::StopTest]
        }
        None => {
            seat.run = Some(Run {
                since: now,
                checking: false,
                now: "compiling".to_owned(),
                again: false,
                mark: seat.saved.as_ref().map(|(_, saved)| saved.mark.clone()),
            });
            vec![Effect::Test(seat.attempt.id.clone())]
        }
    }
}

/// In a mock the own tests are tried in the last phase of the code.
fn validates(seat: &Seat, phase: Phase) -> bool {
    match seat.session.mode {
        Mode::Mock => phase == Phase::Validate,
        Mode::Drill | Mode::Warmup | Mode::Untimed => phase.coding(),
    }
}

fn validate(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let Some(seat) = &mut state.seat else {
        return Vec::new();
    };
    seat.run = Some(Run {
        since: now,
        checking: true,
        now: "your own tests".to_owned(),
        again: false,
        mark: None,
    });
    vec![Effect::Validate(seat.attempt.id.clone())]
}

fn open_samples(state: &mut State) {
    let Some(tested) = state.seat.as_ref().and_then(|seat| seat.tested.as_ref()) else {
        return;
    };
    let words = wording::samples(&tested.run.verdict, tested.run.seconds);
    let body = match &tested.run.verdict {
        Verdict::NotCompiled(_) => Body::Columns(words),
        Verdict::Judged { .. } | Verdict::Refused(_) => Body::Words(words),
    };
    state.overlay = Some(Overlay::Reader(Reader {
        pages: vec![("What the samples found".to_owned(), body)],
        page: 0,
        scroll: Scroll::default(),
    }));
}

/// The statement on top of whatever is there.
pub fn brief(state: &mut State) {
    let problem = match (state.place(), &state.seat, &state.debrief) {
        (Place::Report, _, Some(debrief)) => &debrief.problem,
        (_, Some(seat), _) => seat.problem.as_ref(),
        _ => return,
    };
    let page = (
        problem.title.clone(),
        Body::Markdown(problem.statement.clone()),
    );
    state.overlay = Some(Overlay::Reader(Reader {
        pages: vec![page],
        page: 0,
        scroll: Scroll::default(),
    }));
}

fn hint(state: &mut State) {
    let Some(seat) = &state.seat else { return };
    let bought = seat.session.hints.len();
    let Some(hint) = seat.problem.hints.get(bought) else {
        return;
    };
    let text = format!(
        "It takes {} of the 100 points. The hints go from gentle to concrete.",
        hint.cost
    );
    state.overlay = Some(Overlay::Choice(Choice {
        title: format!("Hint {} of {}?", bought + 1, seat.problem.hints.len()),
        words: vec![Line::plain(text)],
        answers: vec![('y', "show the hint", Wanted::Hint)],
    }));
}

fn stub() -> Choice {
    Choice {
        title: "Append the stub of the follow-up?".to_owned(),
        words: vec![Line::plain(
            "It goes to the end of src/lib.rs. Save what is open in your editor first, and reload the file after.",
        )],
        answers: vec![('y', "append", Wanted::FollowUp)],
    }
}

fn pause() -> Choice {
    Choice {
        title: "Stop the clock?".to_owned(),
        words: vec![Line::plain(
            "It is granted, but the attempt is marked as paused and does not become your best.",
        )],
        answers: vec![('y', "pause", Wanted::Pause)],
    }
}

fn submit(state: &mut State) {
    let Some(seat) = &state.seat else { return };
    let saved = seat.saved.as_ref().map_or(String::new(), |(at, saved)| {
        format!(
            ", {}, last seen changing at {}",
            wording::counted(saved.lines, "line"),
            state.zoned(*at)
        )
    });
    let mut words = vec![Line::plain(format!(
        "The hidden suites judge src/lib.rs as saved{saved}."
    ))];
    if seat.session.mode == Mode::Mock && seat.session.phase_at(state.now) < Phase::Discuss {
        words.push(Line::plain("That ends the coding; the discussion follows."));
    }
    let (tone, samples) = seat.samples_word();
    if tone == Tone::Bad || seat.stale() {
        words.push(Line::new(
            Tone::Warning,
            format!("Samples: {}", samples.trim()),
        ));
    }
    state.overlay = Some(Overlay::Choice(Choice {
        title: "Hand in?".to_owned(),
        words,
        answers: vec![('y', "hand in", Wanted::Submit)],
    }));
}
