//! The judge at work: what is built, what runs, what has failed so far.

use ratatui::{Frame, layout::Rect, text::Line};

use crate::{
    domain::{problem::Category, session::facts::clock},
    tui::{
        keys::Act,
        layout::{Size, Width, panel, paragraph},
        message::Effect,
        prose,
        seat::{Judging, Seat},
        state::{Place, State},
        theme::Role,
    },
    wording::{self, Tone},
};

/// Why an act has no place now; none if it has.
pub fn hindrance(seat: &Seat, act: Act) -> Option<&'static str> {
    match act {
        Act::Discuss if seat.session.plan.discuss.is_none() => Some("only a mock has a discussion"),
        Act::Discuss if seat.topics.is_empty() => Some("the questions are not known yet"),
        Act::Submit if seat.judging.is_some() => Some("the judge works on it already"),
        Act::Submit if seat.broken.is_none() => Some("the code is handed in"),
        _ => None,
    }
}

/// Does what a key asks for.
pub fn act(state: &mut State, act: Act) -> Vec<Effect> {
    match act {
        Act::Discuss => state.turn(Place::Discuss),
        Act::Submit => return crate::tui::update::hand_in(state),
        _ => {}
    }
    Vec::new()
}

/// The right end of the title.
pub fn clock_words(state: &State, seat: &Seat) -> (Tone, String) {
    match &seat.judging {
        Some(judging) => (
            Tone::Plain,
            format!("running {}", clock(state.now.saturating_sub(judging.since))),
        ),
        None if seat.judged => (Tone::Good, "judged".to_owned()),
        None => (Tone::Warning, "not judged".to_owned()),
    }
}

/// How far the judge is, in a few words.
pub fn progress(seat: &Seat) -> String {
    match &seat.judging {
        Some(judging) if judging.ended.is_empty() => "the judge compiles".to_owned(),
        Some(judging) => {
            let all: usize = seat
                .problem
                .suites
                .iter()
                .map(|suite| suite.checks.len())
                .sum();
            format!("the judge is at check {} of {all}", judging.ended.len())
        }
        None if seat.judged => "the judge is done".to_owned(),
        None => "not judged".to_owned(),
    }
}

/// Draws it.
pub fn view(state: &State, seat: &Seat, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let inner = panel(frame, area, "Judge", true, state.theme, size);
    let theme = state.theme;
    let mut lines = Vec::new();
    if let Some(why) = &seat.broken {
        lines.extend(prose::styled(
            "The judge could not work; your code is safe.",
            inner.width,
            theme,
            Role::Bad,
        ));
        lines.extend(prose::styled(why, inner.width, theme, Role::Text));
        lines.push(Line::default());
        lines.extend(prose::styled(
            "s tries again, q goes back.",
            inner.width,
            theme,
            Role::Text,
        ));
    } else if let Some(judging) = &seat.judging {
        lines.extend(work(seat, judging, inner.width, state, size));
    } else {
        lines.extend(prose::styled(
            "Freezing the code ...",
            inner.width,
            theme,
            Role::Text,
        ));
    }
    paragraph(frame, inner, lines);
}

fn work(
    seat: &Seat,
    judging: &Judging,
    width: u16,
    state: &State,
    size: Size,
) -> Vec<Line<'static>> {
    let theme = state.theme;
    let mut lines = Vec::new();
    if let Some(bench) = seat.bench.as_ref().or(judging.bench.as_ref()) {
        lines.extend(prose::styled(
            &format!("bench        run   {bench}"),
            width,
            theme,
            Role::Text,
        ));
    }
    let seconds: f64 = judging.built.iter().map(|(_, seconds)| seconds).sum();
    let build = match judging.building.last() {
        Some(what) => format!("build        run   {what}"),
        None if judging.built.is_empty() => "build        wait".to_owned(),
        None => format!("build        ok    {seconds:.1} s"),
    };
    lines.push(Line::raw(prose::cut(&build, width)));
    // The interviewer tells the result after the talk.
    let secret = seat.session.plan.discuss.is_some() && !seat.talked;
    let bar = match size.width {
        _ if state.still() => 0,
        Width::Narrow => 8,
        Width::Medium | Width::Wide | Width::Broad => 20,
    };
    for category in Category::ALL {
        let all = seat
            .problem
            .suite(category)
            .map_or(0, |suite| suite.checks.len());
        let ended = judging
            .ended
            .iter()
            .filter(|check| check.category == category);
        let (done, failed) = ended.fold((0, 0), |(done, failed), check| {
            (done + 1, failed + usize::from(!check.passed()))
        });
        let now = judging.running.iter().find(|(of, _)| *of == category);
        let (word, role) = match (if secret { 0 } else { failed }, done) {
            (1.., _) => ("FAIL", Role::Bad),
            (0, done) if done >= all && secret => ("done", Role::Text),
            (0, done) if done >= all => ("ok", Role::Good),
            (0, 0) if now.is_none() => ("wait", Role::Faint),
            (0, _) => ("run", Role::Text),
        };
        let share = done as f64 / all.max(1) as f64;
        let mut text = format!(
            "{:<12} {word:<5} {done:>2}/{all:<2} {}",
            category.word(),
            prose::bar(share, bar)
        );
        if let Some((_, name)) = now {
            text += &format!("  now: {}", wording::sentence(name));
        }
        lines.push(Line::styled(prose::cut(&text, width), theme.style(role)));
    }
    lines.push(Line::default());
    let failed: Vec<_> = judging
        .ended
        .iter()
        .filter(|check| !check.passed())
        .collect();
    if secret {
        let text = "What failed is told after the discussion; d goes there.";
        lines.extend(prose::styled(text, width, theme, Role::Faint));
        return lines;
    }
    if !failed.is_empty() {
        let text = format!("Failed so far: {}", failed.len());
        lines.push(Line::styled(text, theme.style(Role::Heading)));
    }
    for check in failed {
        let text = format!(
            "{:<5} {}: {}",
            wording::outcome_word(check.outcome),
            check.category.word(),
            wording::sentence(&check.name)
        );
        lines.extend(prose::styled(&text, width, theme, Role::Bad));
    }
    lines
}
