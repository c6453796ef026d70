//! The reference and the other designs beside the own code, after the end.

use std::rc::Rc;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Modifier,
    text::{Line, Span},
};

use super::{evidence, report::Debrief};
use crate::{
    tui::{
        highlight,
        keys::Act,
        layout::{Size, Width, panel, paragraph},
        message::Effect,
        state::{Scroll, State},
        theme::Role,
    },
    wording,
};

/// Where somebody is among the designs.
#[derive(Debug, Default)]
pub struct Bench {
    /// 0 is the reference, then the alternates.
    pub design: usize,
    /// Whether the keys move the own code; it is also the one shown where there is room for one only.
    pub own: bool,
    /// The function that both sides were brought to last.
    pub function: Option<String>,
    left: Scroll,
    right: Scroll,
}

impl Bench {
    fn focused(&self) -> &Scroll {
        if self.own { &self.left } else { &self.right }
    }
}

/// The designs by name, the reference first.
pub fn designs(debrief: &Debrief) -> Vec<(String, &str)> {
    let problem = &debrief.problem;
    let reference = (
        "The reference".to_owned(),
        problem.reference.source.as_str(),
    );
    let others = problem.alternates.iter().map(|one| {
        let name = wording::capital(&wording::sentence(&one.name));
        (format!("Another design: {name}"), one.source.as_str())
    });
    std::iter::once(reference).chain(others).collect()
}

/// The own code: the file that the candidate was given.
fn own(debrief: &Debrief) -> &str {
    let submission = debrief.submission.as_ref();
    let file = submission.and_then(|one| one.files.get("src/lib.rs"));
    file.map_or("// The code of this attempt was not kept.", String::as_str)
}

/// Does what a key asks for.
pub fn act(state: &mut State, act: Act) -> Vec<Effect> {
    let Some(debrief) = &mut state.debrief else {
        return Vec::new();
    };
    let count = debrief.problem.alternates.len() + 1;
    match act {
        Act::NextPane => {
            debrief.bench.design = (debrief.bench.design + 1) % count;
            debrief.bench.own = false;
            debrief.bench.right.by(i32::MIN / 2);
            if let Some(name) = debrief.bench.function.clone() {
                bring(debrief, &name);
            }
        }
        Act::Side => debrief.bench.own = !debrief.bench.own,
        Act::NextFunction => {
            if let Some(name) = next_function(debrief) {
                bring(debrief, &name);
                debrief.bench.function = Some(name);
            }
        }
        Act::Up => debrief.bench.focused().by(-1),
        Act::Down => debrief.bench.focused().by(1),
        Act::PageUp => debrief.bench.focused().by(-15),
        Act::PageDown => debrief.bench.focused().by(15),
        Act::First => debrief.bench.focused().by(i32::MIN / 2),
        Act::Last => debrief.bench.focused().by(i32::MAX / 2),
        _ => {}
    }
    Vec::new()
}

/// The function of the shown design that comes after the last one; after the last of all, the first again.
fn next_function(debrief: &Debrief) -> Option<String> {
    let designs = designs(debrief);
    let (_, source) = designs.get(debrief.bench.design)?;
    let names: Vec<String> = functions(source)
        .into_iter()
        .map(|(_, name)| name)
        .collect();
    let last = debrief.bench.function.as_ref();
    let at = last.and_then(|last| names.iter().position(|name| name == last));
    let next = at.map_or(0, |at| (at + 1) % names.len().max(1));
    names.get(next).cloned()
}

/// Scrolls both sides to a function, each as far as it has one of that name.
fn bring(debrief: &Debrief, name: &str) {
    let line = |source: &str| {
        let found = functions(source)
            .into_iter()
            .find(|(_, known)| known == name);
        found.map(|(line, _)| line)
    };
    let designs = designs(debrief);
    let right = designs.get(debrief.bench.design).map(|(_, source)| *source);
    for (scroll, line) in [
        (&debrief.bench.left, line(own(debrief))),
        (&debrief.bench.right, right.and_then(line)),
    ] {
        if let Some(line) = line {
            scroll.by(i32::MIN / 2);
            // One line of what stands above it: its attribute or the end of its comment.
            scroll.by(i32::try_from(line.saturating_sub(1)).unwrap_or(0));
        }
    }
}

/// Line, from 0, and name of each function that callers see, in order; the first of each name.
fn functions(source: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    for (at, line) in source.lines().enumerate() {
        let Some(rest) = line.trim_start().strip_prefix("pub fn ") else {
            continue;
        };
        let name: String = rest
            .chars()
            .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
            .collect();
        if found.iter().all(|(_, known)| *known != name) {
            found.push((at, name));
        }
    }
    found
}

/// The title of the screen and its right end.
pub fn title(debrief: &Debrief) -> (String, String) {
    let designs = designs(debrief);
    let name = designs.get(debrief.bench.design).map(|(name, _)| name);
    let name = name.map_or("designs", String::as_str);
    (
        format!("{} · {name}", debrief.report.title),
        format!(
            "{} of {}, tab turns",
            debrief.bench.design + 1,
            designs.len()
        ),
    )
}

/// Draws both sides where there is room, else the one with the keyboard.
pub fn view(state: &State, debrief: &Debrief, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let bench = &debrief.bench;
    let designs = designs(debrief);
    let Some((name, source)) = designs.get(bench.design) else {
        return;
    };
    if size.width >= Width::Wide {
        let [left, right] =
            Layout::horizontal([Constraint::Percentage(50), Constraint::Min(1)]).areas(area);
        side(
            state,
            debrief,
            ("Your src/lib.rs", own(debrief)),
            true,
            frame,
            left,
            size,
        );
        side(state, debrief, (name, source), false, frame, right, size);
    } else if bench.own {
        side(
            state,
            debrief,
            ("Your src/lib.rs", own(debrief)),
            true,
            frame,
            area,
            size,
        );
    } else {
        side(state, debrief, (name, source), false, frame, area, size);
    }
}

fn side(
    state: &State,
    debrief: &Debrief,
    (name, source): (&str, &str),
    own: bool,
    frame: &mut Frame<'_>,
    area: Rect,
    size: Size,
) {
    let bench = &debrief.bench;
    let scroll = if own { &bench.left } else { &bench.right };
    let inner = panel(frame, area, name, own == bench.own, state.theme, size);
    let theme = state.theme;
    let coloured: Rc<Vec<Line<'static>>> = state
        .pages
        .get(source, 2, 0, theme, || highlight::rust(source, theme));
    let from = usize::from(scroll.within(coloured.len(), inner.height));
    let marked = bench.function.as_ref().and_then(|wanted| {
        let found = functions(source)
            .into_iter()
            .find(|(_, name)| name == wanted);
        found.map(|(line, _)| line)
    });
    let shown = coloured.iter().enumerate().skip(from);
    let lines = shown.take(inner.height.into()).map(|(at, line)| {
        let mut line = line.clone();
        let mark = if marked == Some(at) { ">" } else { " " };
        let number = Span::styled(format!("{mark}{:>3} ", at + 1), theme.style(Role::Faint));
        line.spans.insert(0, number);
        if marked == Some(at) {
            line = line.patch_style(Modifier::BOLD);
        }
        evidence::cut(line, inner.width)
    });
    paragraph(frame, inner, lines.collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_that_callers_see_are_found_once_each() {
        let source = "impl A {\n    pub fn get(&self) {}\n    fn hidden() {}\n    pub fn put<K>(k: K) {}\n}\nimpl B {\n    pub fn get() {}\n}\n";
        assert_eq!(
            functions(source),
            [(1, "get".to_owned()), (3, "put".to_owned())]
        );
    }
}
