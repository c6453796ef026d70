//! A course of study: what is done, what is due, what comes next. Enter opens the brief of a step in the step's mode.

use ratatui::{Frame, layout::Rect, text::Line};

use crate::{
    actions::{Due, Picked},
    domain::{
        attempt::Mode,
        plan::{Course, Standing, Step},
    },
    tui::{
        keys::Act,
        layout::{Size, panel, paragraph},
        message::{Effect, Errand},
        prose,
        state::{Place, Scroll, State},
        theme::Role,
    },
    wording::{self, Tone},
};

/// A course as it was read.
#[derive(Debug)]
pub struct Planned {
    /// The course.
    pub course: Course,
    /// What should be repeated, and when.
    pub due: Vec<Due>,
    /// Ids of all courses.
    pub plans: Vec<String>,
}

/// The plan as it is shown.
#[derive(Debug, Default)]
pub struct Desk {
    /// What was read; none before.
    pub planned: Option<Box<Planned>>,
    /// The selected step, counted over all parts.
    pub cursor: usize,
    scroll: Scroll,
}

impl Desk {
    /// Takes a course; another one than before begins at its next step.
    pub fn fill(&mut self, planned: Planned, now: u64) {
        let same = |old: &Planned| old.course.plan.id == planned.course.plan.id;
        if !self.planned.as_deref().is_some_and(same) {
            let next = planned.course.next(now);
            self.cursor = next.map_or(0, |(part, step)| {
                let before = planned.course.plan.parts.iter().take(part);
                before.map(|one| one.steps.len()).sum::<usize>() + step
            });
        }
        self.planned = Some(Box::new(planned));
    }

    /// Every step with its standing, in order.
    pub fn steps(&self) -> Vec<(&Step, &Standing)> {
        let Some(planned) = &self.planned else {
            return Vec::new();
        };
        let parts = planned.course.plan.parts.iter();
        let steps = parts.flat_map(|part| &part.steps);
        steps
            .zip(planned.course.standings.iter().flatten())
            .collect()
    }
}

/// Does what a key asks for.
pub fn act(state: &mut State, act: Act) -> Vec<Effect> {
    let last = state.desk.steps().len().saturating_sub(1);
    let cursor = &mut state.desk.cursor;
    match act {
        Act::Up => *cursor = cursor.saturating_sub(1),
        Act::Down => *cursor = (*cursor + 1).min(last),
        Act::PageUp => *cursor = cursor.saturating_sub(10),
        Act::PageDown => *cursor = (*cursor + 10).min(last),
        Act::First => *cursor = 0,
        Act::Last => *cursor = last,
        Act::NextPane => {
            let Some(planned) = &state.desk.planned else {
                return Vec::new();
            };
            let at = planned
                .plans
                .iter()
                .position(|id| *id == planned.course.plan.id);
            let next = at.map_or(0, |at| (at + 1) % planned.plans.len());
            return vec![Effect::Errand(Errand::Plan(planned.plans[next].clone()))];
        }
        Act::Open => open(state),
        Act::Mock => return mock(state),
        _ => {}
    }
    Vec::new()
}

/// The brief of the selected step, in its mode; a miss comes back as a drill.
fn open(state: &mut State) {
    let steps = state.desk.steps();
    let Some((step, standing)) = steps.get(state.desk.cursor) else {
        return;
    };
    let (problem, mode) = match standing {
        Standing::Missed { problem, .. } => (problem.clone(), Mode::Drill),
        Standing::Done { problem, .. } => (problem.clone(), step.mode),
        Standing::Open(ids) => (ids[0].clone(), step.mode),
        Standing::NotHere => {
            state.say(Tone::Plain, "the library has no problem for this step");
            return;
        }
    };
    brief(state, &problem, mode);
}

fn brief(state: &mut State, problem: &str, mode: Mode) {
    if state.shelf.select(problem) {
        state.mode = mode;
        state.brief_scroll = Scroll::default();
        state.go(Place::Brief);
    }
}

/// Has a problem picked for a mock; the moment decides which.
pub fn mock(state: &State) -> Vec<Effect> {
    vec![Effect::Errand(Errand::Pick { seed: state.now })]
}

/// A problem was picked: its brief, and why this one.
pub fn picked(state: &mut State, picked: &Picked) {
    brief(state, picked.problem.id.as_str(), Mode::Mock);
    let text = format!("Picked: {}.", wording::picked(picked));
    state.say(Tone::Heading, text);
}

/// The title of the screen and its right end.
pub fn title(state: &State) -> (String, String) {
    let right = state.desk.planned.as_deref().map(|planned| {
        let (done, of) = planned.course.done();
        format!("{done} of {of} done")
    });
    ("fiftyten · plan".to_owned(), right.unwrap_or_default())
}

/// Draws it.
pub fn view(state: &State, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let name = |planned: &Planned| format!("{}, tab turns", planned.course.plan.title);
    let planned = state.desk.planned.as_deref();
    let title = planned.map_or("Plan".to_owned(), name);
    let inner = panel(frame, area, &title, true, state.theme, size);
    let Some(planned) = planned else {
        frame.render_widget(Line::raw("Reading the plan ..."), inner);
        return;
    };
    let (lines, selected) = rows(state, planned, inner.width);
    state.desk.scroll.show(selected, inner.height);
    if selected < usize::from(inner.height) {
        // The first step is shown with what the plan asks for.
        state.desk.scroll.show(0, inner.height);
    }
    let from = usize::from(state.desk.scroll.within(lines.len(), inner.height));
    let shown = lines.into_iter().skip(from).take(inner.height.into());
    paragraph(frame, inner, shown.collect());
}

/// The plan as text for a menu: one line per step.
pub fn items(state: &State) -> Vec<String> {
    let steps = state.desk.steps().into_iter();
    let words = steps.map(|(step, standing)| {
        let line = wording::plan_step(step, standing, false, state.now);
        line.text.split_whitespace().collect::<Vec<_>>().join(" ") + "."
    });
    words.collect()
}

/// All lines, and which of them is selected.
fn rows(state: &State, planned: &Planned, width: u16) -> (Vec<Line<'static>>, usize) {
    let theme = state.theme;
    let course = &planned.course;
    let mut lines = prose::styled(&course.plan.about, width, theme, Role::Faint);
    let (mut at, mut selected) = (0, 0);
    let next = course.next(state.now);
    for (number, (part, standings)) in course.plan.parts.iter().zip(&course.standings).enumerate() {
        lines.push(Line::default());
        let head = format!("{}. {}", number + 1, part.title);
        lines.extend(prose::styled(&head, width, theme, Role::Heading));
        for (index, (step, standing)) in part.steps.iter().zip(standings).enumerate() {
            let is_next = next == Some((number, index));
            let line = wording::plan_step(step, standing, is_next, state.now);
            // The mark is the cursor's here; what comes next says so at its end.
            let text = line.text.get(2..).unwrap_or_default();
            let tail = if is_next { "  <- next" } else { "" };
            let is_selected = at == state.desk.cursor;
            let (mark, role) = match is_selected {
                true => (">", Role::Selected),
                false => (" ", prose::role(line.tone)),
            };
            if is_selected {
                selected = lines.len();
            }
            let text = format!("{mark} {text}{tail}");
            lines.push(Line::styled(prose::fitted(&text, width), theme.style(role)));
            at += 1;
        }
        for beside in &part.beside {
            let text = format!("  beside  {beside}");
            lines.push(Line::styled(
                prose::cut(&text, width),
                theme.style(Role::Faint),
            ));
        }
    }
    (lines, selected)
}
