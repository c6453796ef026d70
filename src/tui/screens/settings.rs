//! The settings: each value, where it came from, and the next one with a key.

use ratatui::{Frame, layout::Rect, text::Line};

use crate::{
    settings::{Key, Settings, Source, Values},
    tui::{
        field::Field,
        keys::Act,
        layout::{Size, Width, panel, paragraph},
        message::{Effect, Errand},
        prose,
        state::{Entry, Overlay, Purpose, State},
        theme::Role,
    },
    wording::Tone,
};

/// Does what a key asks for.
pub fn act(state: &mut State, act: Act) -> Vec<Effect> {
    let last = state.settings.all().len().saturating_sub(1);
    let row = &mut state.option;
    match act {
        Act::Up => *row = row.saturating_sub(1),
        Act::Down => *row = (*row + 1).min(last),
        Act::PageUp | Act::First => *row = 0,
        Act::PageDown | Act::Last => *row = last,
        Act::Open => return next(state),
        Act::Forget => {
            if let Some(key) = selected(state) {
                return choose(state, key, None);
            }
        }
        _ => {}
    }
    Vec::new()
}

fn selected(state: &State) -> Option<Key> {
    let setting = state.settings.all().get(state.option)?;
    Some(setting.key)
}

/// The next value of the selected setting; a text is typed.
fn next(state: &mut State) -> Vec<Effect> {
    let Some(key) = selected(state) else {
        return Vec::new();
    };
    let now = state.settings.value(key).to_owned();
    match key.known().values {
        Values::Text => {
            state.overlay = Some(Overlay::Entry(Entry {
                purpose: Purpose::Setting(key),
                field: Field::with(&now),
            }));
            Vec::new()
        }
        Values::OneOf(words) => {
            let at = words.iter().position(|word| *word == now);
            let word = words[at.map_or(0, |at| (at + 1) % words.len())];
            choose(state, key, Some(word.to_owned()))
        }
    }
}

/// Asks the clerk to keep a choice.
pub fn choose(state: &State, key: Key, value: Option<String>) -> Vec<Effect> {
    let settings = Box::new(state.settings.clone());
    vec![Effect::Errand(Errand::Choose(settings, key, value))]
}

/// The mouse for this run; the settings keep it for the next ones.
pub fn toggle_mouse(state: &mut State) -> Vec<Effect> {
    state.mouse = !state.mouse;
    let text = match state.mouse {
        true => "the wheel scrolls; shift selects text",
        false => "the mouse is the terminal's again",
    };
    state.say(Tone::Plain, text);
    vec![Effect::Mouse(state.mouse)]
}

/// A choice was kept: it holds from here on, unless something stands above it.
pub fn chosen(state: &mut State, settings: Settings) -> Vec<Effect> {
    let changed = |key: &Key| settings.value(*key) != state.settings.value(*key);
    let key = settings.all().iter().map(|one| one.key).find(changed);
    let mouse = settings.on(Key::Mouse);
    let turned = mouse != state.settings.on(Key::Mouse);
    let told = key.or(selected(state)).map(|key| {
        let (name, value) = (key.known().name, settings.value(key));
        let value = if value.is_empty() { "not set" } else { value };
        match settings.source(key) {
            Source::File | Source::Default => format!("{name}: {value}"),
            above => format!("kept, but {} still makes {name} {value}", above.words()),
        }
    });
    state.adopt(settings);
    if let Some(text) = told {
        state.say(Tone::Plain, text);
    }
    match turned {
        true => {
            state.mouse = mouse;
            vec![Effect::Mouse(mouse)]
        }
        false => Vec::new(),
    }
}

/// The title of the screen and its right end.
pub fn title(state: &State) -> (String, String) {
    let all = state.settings.all().iter();
    let chosen = all.filter(|one| one.source != Source::Default).count();
    ("fiftyten · settings".to_owned(), format!("{chosen} chosen"))
}

/// Draws it.
pub fn view(state: &State, frame: &mut Frame<'_>, area: Rect, size: Size) {
    let inner = panel(frame, area, "Settings", true, state.theme, size);
    let (mut lines, mut first, mut last) = (Vec::new(), 0, 0);
    for (at, one) in state.settings.all().iter().enumerate() {
        let selected = at == state.option;
        let mark = if selected { ">" } else { " " };
        let known = one.key.known();
        let value = if one.value.is_empty() {
            "-"
        } else {
            &one.value
        };
        let room = if size.width == Width::Narrow { 12 } else { 24 };
        let text = format!(
            "{mark} {:<8} {} {}",
            known.name,
            prose::fitted(value, room),
            one.source.words()
        );
        let role = if selected { Role::Selected } else { Role::Text };
        if selected {
            first = lines.len();
        }
        lines.push(Line::styled(
            prose::fitted(&text, inner.width),
            state.theme.style(role),
        ));
        if selected {
            lines.extend(about(state, known.about, known.values, inner.width));
            last = lines.len() - 1;
        }
    }
    let kept = match state.settings.path() {
        Some(path) => format!("Kept in {}", path.display()),
        None => "There is no home folder to keep them in.".to_owned(),
    };
    lines.push(Line::default());
    lines.extend(prose::styled(&kept, inner.width, state.theme, Role::Faint));
    state.option_scroll.show(last, inner.height);
    state.option_scroll.show(first, inner.height);
    let from = usize::from(state.option_scroll.within(lines.len(), inner.height));
    paragraph(frame, inner, lines.into_iter().skip(from).collect());
}

fn about(state: &State, about: &str, values: Values, width: u16) -> Vec<Line<'static>> {
    let values = match values {
        Values::OneOf(words) => format!("    {}", words.join(", ")),
        Values::Text => "    any text".to_owned(),
    };
    let mut lines = prose::styled(&format!("    {about}"), width, state.theme, Role::Text);
    lines.extend(prose::styled(&values, width, state.theme, Role::Faint));
    lines
}
