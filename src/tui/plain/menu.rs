//! What can be chosen where one is, and what a typed line means there.

use crossterm::event::{KeyCode, KeyEvent};

use crate::{
    domain::problem::Problem,
    tui::{
        availability::hindrance,
        field::Field,
        keys::{self, Act, Scope},
        layout::Size,
        message::Message,
        screens::{brief, history, rate, report_rows},
        state::{Overlay, Place, State},
        view,
    },
};

/// What a line comes to.
#[derive(Debug, Default)]
pub struct Meant {
    /// To be updated with, in order.
    pub messages: Vec<Message>,
    /// To be said at once.
    pub said: Vec<String>,
    /// An answer to the question that the messages bring up.
    pub rest: Option<String>,
}

impl Meant {
    fn message(message: Message) -> Meant {
        Meant {
            messages: vec![message],
            ..Meant::default()
        }
    }

    fn said(line: impl Into<String>) -> Meant {
        Meant {
            said: vec![line.into()],
            ..Meant::default()
        }
    }
}

/// The numbered menu: first what lies on the screen, then what can be done.
pub fn menu(state: &State) -> Vec<String> {
    let items = items(state);
    let acts = acts(state);
    let acts = acts
        .iter()
        .map(|row| format!("{}: {}", row.name, row.about));
    let mut lines: Vec<String> = items
        .into_iter()
        .chain(acts)
        .enumerate()
        .map(|(at, text)| format!("{}. {text}", at + 1))
        .collect();
    lines.push("Type a number or a name. Enter alone repeats this menu, ? tells more.".to_owned());
    lines
}

/// What lies on the screen and can be chosen, each in a line.
fn items(state: &State) -> Vec<String> {
    match (state.place(), &state.seat, &state.debrief) {
        (Place::Problems, ..) => {
            let all = state.shelf.listing.as_ref().map(|all| &all.problems);
            let shown = state.shelf.shown.iter();
            shown
                .filter_map(|at| all?.get(*at))
                .map(|(problem, best)| {
                    let best = best.as_ref().map_or("not tried".to_owned(), |best| {
                        format!("best {:.0} of 100", best.total)
                    });
                    let (title, level) = (&problem.title, problem.difficulty);
                    format!("{title}, difficulty {level} of 5, {best}.")
                })
                .collect()
        }
        (Place::Brief, ..) => {
            let Some((problem, _)) = state.shelf.selected() else {
                return Vec::new();
            };
            modes(state, problem)
        }
        (Place::Discuss, Some(seat), _) => {
            let topics = seat.topics.iter();
            topics.map(|topic| topic.question.clone()).collect()
        }
        (Place::Rate, Some(seat), _) => rate::items(seat),
        (Place::Report, _, Some(debrief)) => {
            let rows = debrief.rows();
            let rows = rows.into_iter();
            rows.map(|row| squeezed(&report_rows::row_text(debrief, row, 30).1))
                .collect()
        }
        (Place::History, ..) => {
            let lines = state.history.past.iter().flat_map(|past| past.lines.iter());
            let size = Size::of(80, 24);
            let lines = lines.rev();
            lines
                .map(|line| squeezed(&history::row_text(state, line, size)))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn modes(state: &State, problem: &Problem) -> Vec<String> {
    let modes = brief::MODES.iter();
    modes
        .map(|(mode, about)| {
            let chosen = if *mode == state.mode { ", chosen" } else { "" };
            let minutes = brief::minutes(*mode, problem);
            format!("Mode {}, {minutes}: {about}{chosen}.", mode.word())
        })
        .collect()
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What can be done here and now, in the order of the footer; what the items do already is left out.
fn acts(state: &State) -> Vec<&'static keys::Binding> {
    let scope = view::scope(state);
    let items = !items(state).is_empty();
    let own = keys::rows(scope).filter(|row| {
        let done_by_items = match row.act {
            Act::Open => items && scope != Scope::Brief && scope != Scope::Rate,
            Act::Mode => true,
            _ => false,
        };
        row.scope == scope && !done_by_items && hindrance(state, row.act).is_none()
    });
    let common = [Act::Time, Act::Log, Act::Back];
    let common = keys::rows(scope).filter(move |row| {
        let wanted = common.contains(&row.act) && row.scope == Scope::Everywhere;
        wanted && (row.act != Act::Time || state.seat.is_some())
    });
    own.chain(common).collect()
}

/// What a line means where one is.
pub fn meant(state: &mut State, line: &str) -> Meant {
    match &mut state.overlay {
        Some(Overlay::Choice(choice)) => {
            let answers = choice.answers.iter().enumerate();
            let found = answers
                .filter(|(at, (key, name, _))| {
                    line == (at + 1).to_string()
                        || line.eq_ignore_ascii_case(name)
                        || line.eq_ignore_ascii_case(&key.to_string())
                        || (*key == 'y' && line.eq_ignore_ascii_case("yes"))
                })
                .map(|(_, (key, ..))| *key)
                .next();
            Meant::message(Message::Key(KeyEvent::from(
                found.map_or(KeyCode::Esc, KeyCode::Char),
            )))
        }
        Some(Overlay::Entry(entry)) => {
            if line.is_empty() {
                return Meant {
                    messages: vec![Message::Key(KeyCode::Esc.into())],
                    said: vec!["Put aside.".to_owned()],
                    rest: None,
                };
            }
            // What was put aside earlier was said; a new line takes its place.
            entry.field = Field::default();
            Meant {
                messages: vec![
                    Message::Paste(line.to_owned()),
                    Message::Key(KeyCode::Enter.into()),
                ],
                ..Meant::default()
            }
        }
        Some(Overlay::Help(_) | Overlay::Reader(_)) | None => chosen(state, line),
    }
}

fn chosen(state: &mut State, line: &str) -> Meant {
    if line.is_empty() {
        return Meant {
            said: menu(state),
            ..Meant::default()
        };
    }
    if let Ok(number) = line.parse::<usize>() {
        return numbered(state, number);
    }
    let scope = view::scope(state);
    let mut modes = brief::MODES.iter().map(|(mode, _)| *mode);
    if let Some(mode) = modes.find(|mode| scope == Scope::Brief && line == mode.word()) {
        state.mode = mode;
        return Meant::default();
    }
    let by_key = keys::rows(scope).find(|row| row.keys.contains(&line));
    let lower = line.to_lowercase();
    let named = |row: &&keys::Binding| {
        let rest = lower.strip_prefix(row.name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    let by_name = keys::rows(scope)
        .filter(named)
        .max_by_key(|row| row.name.len());
    let mut beginning = keys::rows(scope).filter(|row| row.name.starts_with(&lower));
    let by_beginning = match (beginning.next(), beginning.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    };
    let Some(row) = by_key.or(by_name).or(by_beginning) else {
        return Meant::said(format!(
            "There is no \"{line}\" here. Enter alone repeats the menu."
        ));
    };
    let rest = match by_key.is_none() && by_name.is_some() {
        true => line[row.name.len()..].trim(),
        false => "",
    };
    if row.act == Act::Rate {
        return rated(rest);
    }
    Meant {
        messages: vec![Message::Do(row.act, None)],
        rest: (!rest.is_empty()).then(|| rest.to_owned()),
        ..Meant::default()
    }
}

fn rated(rest: &str) -> Meant {
    match rest.parse() {
        Ok(points @ 0..=4) => Meant::message(Message::Do(Act::Rate, Some(points))),
        _ => Meant::said("Type rate and a figure from 0 to 4, for example: rate 3."),
    }
}

fn numbered(state: &mut State, number: usize) -> Meant {
    let items = items(state).len();
    let Some(at) = number.checked_sub(1) else {
        return Meant::said("The menu begins with 1.");
    };
    if at >= items {
        return match acts(state).get(at - items) {
            Some(row) if row.act == Act::Rate => rated(""),
            Some(row) => Meant::message(Message::Do(row.act, None)),
            None => Meant::said(format!("The menu has no {number}.")),
        };
    }
    match (state.place(), &mut state.seat, &mut state.debrief) {
        (Place::Problems, ..) => state.shelf.cursor = at,
        (Place::Brief, ..) => {
            state.mode = brief::MODES[at].0;
            return Meant::default();
        }
        (Place::Discuss, Some(seat), _) => seat.topic = at,
        (Place::Rate, Some(seat), _) => {
            seat.sheet.cursor = at;
            return Meant::said("Type rate and a figure from 0 to 4 for it.");
        }
        (Place::Report, _, Some(debrief)) => debrief.cursor = at,
        _ => state.history.cursor = at,
    }
    Meant::message(Message::Do(Act::Open, None))
}
