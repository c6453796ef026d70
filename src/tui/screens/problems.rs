//! The library: a list with a filter, a preview, and a banner for the attempt that is open.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use crate::{
    actions::Listing,
    domain::{problem::Problem, progress::Past, session::Phase},
    tui::{
        field::Field,
        keys::Act,
        layout::{Size, Width, panel, paragraph},
        message::{Effect, Errand},
        prose,
        state::{Entry, Overlay, Place, Purpose, Scroll, State},
        theme::Role,
    },
};

/// The library as it is shown.
#[derive(Debug, Default)]
pub struct Shelf {
    /// What was read; none before.
    pub listing: Option<Box<Listing>>,
    /// What was typed.
    pub filter: String,
    /// Positions in the listing that fit the filter, the best first.
    pub shown: Vec<usize>,
    /// The selected row of `shown`.
    pub cursor: usize,
    scroll: Scroll,
}

impl Shelf {
    /// Takes what was read; the selection stays on its problem.
    pub fn fill(&mut self, listing: Listing) {
        let selected = self.selected().map(|(problem, _)| problem.id.clone());
        self.listing = Some(Box::new(listing));
        self.sift();
        let listing = self.listing.as_deref();
        let place = self.shown.iter().position(|at| {
            listing.is_some_and(|all| Some(&all.problems[*at].0.id) == selected.as_ref())
        });
        self.cursor = place.unwrap_or(0);
    }

    /// Applies the filter again; the best fit is selected.
    pub fn sift(&mut self) {
        self.cursor = 0;
        let Some(listing) = &self.listing else { return };
        let pattern = Pattern::parse(&self.filter, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut fits: Vec<(u32, usize)> = Vec::new();
        for (at, (problem, _)) in listing.problems.iter().enumerate() {
            let text = format!(
                "{} {} {} {}",
                problem.title,
                problem.id,
                problem.group,
                problem.tags.join(" ")
            );
            let mut letters = Vec::new();
            let score = pattern.score(Utf32Str::new(&text, &mut letters), &mut matcher);
            fits.extend(score.map(|score| (score, at)));
        }
        // Scattered letters fit nearly everything; beside a good fit they are noise.
        let best = fits.iter().map(|(score, _)| *score).max().unwrap_or(0);
        fits.retain(|(score, _)| score * 2 >= best);
        fits.sort_by_key(|(score, at)| (u32::MAX - score, *at));
        self.shown = fits.into_iter().map(|(_, at)| at).collect();
    }

    /// The selected problem with its best attempt.
    pub fn selected(&self) -> Option<&(Problem, Option<Past>)> {
        let at = *self.shown.get(self.cursor)?;
        self.listing.as_ref()?.problems.get(at)
    }

    /// Selects a problem by its id, if it is there; the filter goes.
    pub fn select(&mut self, id: &str) -> bool {
        self.filter.clear();
        self.sift();
        let Some(listing) = &self.listing else {
            return false;
        };
        let place = self
            .shown
            .iter()
            .position(|at| listing.problems[*at].0.id.as_str() == id);
        self.cursor = place.unwrap_or(0);
        place.is_some()
    }

    /// A problem by its id.
    pub fn problem(&self, id: &str) -> Option<&Problem> {
        let listing = self.listing.as_ref()?;
        listing
            .problems
            .iter()
            .map(|(problem, _)| problem)
            .find(|problem| problem.id.as_str() == id)
    }
}

/// Does what a key asks for.
pub fn act(state: &mut State, act: Act) -> Vec<Effect> {
    let last = state.shelf.shown.len().saturating_sub(1);
    let cursor = &mut state.shelf.cursor;
    match act {
        Act::Up => *cursor = cursor.saturating_sub(1),
        Act::Down => *cursor = (*cursor + 1).min(last),
        Act::PageUp => *cursor = cursor.saturating_sub(10),
        Act::PageDown => *cursor = (*cursor + 10).min(last),
        Act::First => *cursor = 0,
        Act::Last => *cursor = last,
        Act::Open if state.shelf.selected().is_some() => {
            state.brief_scroll = Scroll::default();
            state.go(Place::Brief);
        }
        Act::Filter => {
            let field = Field::with(&state.shelf.filter);
            state.overlay = Some(Overlay::Entry(Entry {
                purpose: Purpose::Filter,
                field,
            }));
        }
        Act::Resume => {
            let open = state.history.open();
            return open
                .map(|line| Effect::Errand(Errand::Open(line.attempt.id.clone())))
                .into_iter()
                .collect();
        }
        Act::History => {
            state.go(Place::History);
            return vec![Effect::Errand(Errand::History)];
        }
        _ => {}
    }
    Vec::new()
}

/// The title of the screen and its right end.
pub fn title(state: &State) -> (String, String) {
    let Some(listing) = &state.shelf.listing else {
        return ("fiftyten".to_owned(), String::new());
    };
    let done = listing
        .problems
        .iter()
        .filter(|(_, best)| best.as_ref().is_some_and(Past::done))
        .count();
    (
        "fiftyten · problems".to_owned(),
        format!("{done} of {} done", listing.problems.len()),
    )
}

/// Draws it.
pub fn view(state: &State, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let banner = banner(state);
    let [body, below] = Layout::vertical([
        Constraint::Min(1),
        Constraint::Length(u16::from(banner.is_some())),
    ])
    .areas(area);
    if let Some(text) = banner {
        let line = Line::styled(
            prose::cut(&format!(" {text}"), below.width),
            state.theme.style(Role::Accent),
        );
        frame.render_widget(line, below);
    }
    match size.width {
        Width::Narrow => list(state, frame, body, size),
        Width::Medium | Width::Wide | Width::Broad => {
            let left = if size.width == Width::Medium { 36 } else { 48 };
            let [list_area, preview_area] =
                Layout::horizontal([Constraint::Length(left), Constraint::Min(1)]).areas(body);
            list(state, frame, list_area, size);
            preview(state, frame, preview_area, size);
        }
    }
}

/// The attempt that waits.
fn banner(state: &State) -> Option<String> {
    let line = state.history.open()?;
    let title = state
        .shelf
        .problem(&line.attempt.manifest.problem)
        .map_or(line.attempt.manifest.problem.clone(), |problem| {
            problem.title.clone()
        });
    let phase = match line.phase {
        Phase::Discuss => "waiting for the judge".to_owned(),
        phase => format!("in phase {}", phase.word()),
    };
    Some(format!(
        "Open: {title} ({}), {phase}. R goes on.",
        line.attempt.manifest.mode.word()
    ))
}

fn list(state: &State, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let shelf = &state.shelf;
    let title = match shelf.filter.is_empty() {
        true => "Problems".to_owned(),
        false => format!("Problems with \"{}\": {}", shelf.filter, shelf.shown.len()),
    };
    let inner = panel(frame, area, &title, true, state.theme, size);
    let Some(listing) = &shelf.listing else {
        frame.render_widget(Line::raw("Reading the problems ..."), inner);
        return;
    };
    if shelf.shown.is_empty() {
        let text = match (listing.problems.is_empty(), listing.broken.is_empty()) {
            (false, _) => "Nothing fits. Esc shows all.",
            (true, true) => "The library is empty.",
            (true, false) => {
                "Every problem of this library is broken; `fiftyten problem check` tells why."
            }
        };
        paragraph(
            frame,
            inner,
            prose::styled(text, inner.width, state.theme, Role::Text),
        );
        return;
    }
    shelf.scroll.show(shelf.cursor, inner.height);
    let from = usize::from(shelf.scroll.within(shelf.shown.len(), inner.height));
    let rows = shelf
        .shown
        .iter()
        .enumerate()
        .skip(from)
        .take(inner.height.into());
    let lines = rows.map(|(row, at)| {
        let (problem, best) = &listing.problems[*at];
        let mark = if row == shelf.cursor { ">" } else { " " };
        let best = best
            .as_ref()
            .map_or("   -".to_owned(), |best| format!("{:>4.0}", best.total));
        let level = format!("{:<5}", "*".repeat(problem.difficulty.into()));
        let title = prose::fitted(&problem.title, inner.width.saturating_sub(13));
        let style = match row == shelf.cursor {
            true => state.theme.style(Role::Selected),
            false => state.theme.style(Role::Text),
        };
        Line::from(Span::styled(
            format!("{mark} {title} {level}{best} "),
            style,
        ))
    });
    paragraph(frame, inner, lines.collect());
}

fn preview(state: &State, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let Some((problem, best)) = state.shelf.selected() else {
        panel(frame, area, "", false, state.theme, size);
        return;
    };
    let inner = panel(frame, area, &problem.title, false, state.theme, size);
    let mut lines = Vec::new();
    for text in facts(problem) {
        lines.extend(prose::styled(&text, inner.width, state.theme, Role::Text));
    }
    if let Some(best) = best {
        let text = format!("Best so far {:.0}, {}", best.total, best.band.word());
        lines.push(Line::styled(text, state.theme.style(Role::Good)));
    }
    lines.push(Line::default());
    let statement = super::brief::statement(state, problem, inner.width);
    // The title stands in the frame already.
    let skip = usize::from(
        statement
            .first()
            .is_some_and(|line| line.to_string() == problem.title),
    );
    lines.extend(
        statement
            .iter()
            .skip(skip)
            .skip_while(|line| line.width() == 0)
            .cloned(),
    );
    paragraph(frame, inner, lines);
}

/// What there is to know about a problem before its statement.
pub fn facts(problem: &Problem) -> Vec<String> {
    vec![
        format!(
            "Tier {}, {}, asked in {} % of interviews",
            problem.tier, problem.group, problem.frequency
        ),
        format!(
            "Difficulty {} of 5; mock 50 + 10 min, drill {} min",
            problem.difficulty, problem.drill_minutes
        ),
        format!("Tags: {}", problem.tags.join(", ")),
    ]
}
