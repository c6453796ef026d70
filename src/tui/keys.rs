//! What can be asked for with a key, and where; the table itself is in `bindings`.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::everywhere;

pub use super::bindings::TABLE;

/// Where a key means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// On every screen that does not take text.
    Everywhere,
    /// The list of problems.
    Problems,
    /// The statement before a start.
    Brief,
    /// The clock runs.
    Session,
    /// The judge works.
    Submit,
    /// The last ten minutes.
    Discuss,
    /// The own view of the work, before the result.
    Rate,
    /// A score with its evidence.
    Report,
    /// The reference and other designs beside the own code.
    Designs,
    /// A failing schedule, step by step.
    Replay,
    /// Past attempts.
    History,
    /// A course of study.
    Plan,
    /// What was chosen.
    Settings,
    /// A text or a question that lies on top.
    Reader,
}

impl Scope {
    /// Where it holds, as the end of a sentence.
    pub fn place(self) -> &'static str {
        match self {
            Scope::Everywhere => "everywhere",
            Scope::Problems => "on the list of problems",
            Scope::Brief => "on a brief",
            Scope::Session => "in a session",
            Scope::Submit => "while the judge works",
            Scope::Discuss => "in the discussion",
            Scope::Rate => "before the result",
            Scope::Report => "on a report",
            Scope::Designs => "among the designs",
            Scope::Replay => "in a failing schedule",
            Scope::History => "in the history",
            Scope::Plan => "on the plan",
            Scope::Settings => "in the settings",
            Scope::Reader => "in a text",
        }
    }

    /// The same as a heading.
    pub fn heading(self) -> String {
        let place = self.place();
        place[..1].to_uppercase() + &place[1..]
    }
}

/// What a person can ask for with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// The keys of this screen.
    Help,
    /// Every command by name.
    Palette,
    /// What was chosen.
    Settings,
    /// The mouse, ours or the terminal's.
    Mouse,
    /// Forget a choice.
    Forget,
    /// What was said so far.
    Log,
    /// The phase, the time left and the samples, in a sentence.
    Time,
    /// One screen back, or close what lies on top.
    Back,
    /// Leave the program, or stop what runs.
    Stop,
    /// To the shell and back with `fg`.
    Suspend,
    /// Draw everything again.
    Repaint,
    /// Selection or text up.
    Up,
    /// Selection or text down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the begin.
    First,
    /// To the end.
    Last,
    /// Open what is selected.
    Open,
    /// The next part of the screen.
    NextPane,
    /// Type to filter.
    Filter,
    /// Go on with the attempt that is open.
    Resume,
    /// Past attempts.
    History,
    /// A course of study.
    Plan,
    /// A problem for a mock, picked.
    Mock,
    /// The other ways to make an attempt.
    Mode,
    /// Open the editor.
    Edit,
    /// Copy the path of the code.
    Copy,
    /// Ask the interviewer.
    Ask,
    /// Write a note: what one would say aloud.
    Note,
    /// Run samples and own tests.
    Test,
    /// Try the own tests on the reference and on flawed solutions.
    Validate,
    /// End the questions and start to code.
    Code,
    /// Buy a hint.
    Hint,
    /// The stub of the twist.
    FollowUp,
    /// Hand in.
    Submit,
    /// Stop or restart the clock.
    Pause,
    /// The statement.
    Brief,
    /// Tick a point that an answer named, or rate a part of the own work.
    Rate,
    /// Leave the own view out.
    Skip,
    /// The keys move the other side.
    Side,
    /// Both sides to the next function.
    NextFunction,
    /// The history in numbers, or as a table again.
    Figures,
    /// The reference and the alternates, after the end.
    Solutions,
    /// Give the attempt up.
    GiveUp,
    /// The discussion, while the judge works.
    Discuss,
    /// End the discussion and read the report.
    Report,
    /// What to drill next.
    Drill,
    /// The next place where the order of threads is not the plain one.
    NextTurn,
    /// The one before.
    PreviousTurn,
    /// The nearest schedule that passes.
    Compare,
    /// The calls of a history as bars.
    Calls,
    /// The code of the step.
    Source,
}

/// One row of the table.
pub struct Binding {
    /// Where it holds.
    pub scope: Scope,
    /// What it asks for.
    pub act: Act,
    /// The keys as they are written in help; the first one stands in the footer.
    pub keys: &'static [&'static str],
    /// One or two words for the footer.
    pub name: &'static str,
    /// A sentence for the help.
    pub about: &'static str,
}

/// What a key asks for on a screen; the screen's own keys win over the common ones.
pub fn act(scope: Scope, key: KeyEvent) -> Option<Act> {
    let pressed = written(key)?;
    rows(scope)
        .find(|row| row.keys.contains(&pressed.as_str()))
        .map(|row| row.act)
}

/// Every row: those of each screen, then the common ones.
pub fn all() -> impl Iterator<Item = &'static Binding> {
    TABLE.iter().chain(everywhere::TABLE)
}

/// The rows that hold on a screen: its own, then the common ones.
pub fn rows(scope: Scope) -> impl Iterator<Item = &'static Binding> {
    all().filter(move |row| row.scope == scope || row.scope == Scope::Everywhere)
}

/// The page of keys in Markdown, for `fiftyten keys` and `docs/KEYS.md`.
pub fn page() -> String {
    let mut page =
        "# Keys\n\nOn every screen `:` finds a command by its name and `?` shows the keys.\n"
            .to_owned();
    let mut scope = None;
    for row in all() {
        if scope != Some(row.scope) {
            scope = Some(row.scope);
            page += &format!("\n## {}\n\n", row.scope.heading());
        }
        let keys: Vec<String> = row.keys.iter().map(|key| format!("`{key}`")).collect();
        page += &format!("- {} **{}**: {}\n", keys.join(" "), row.name, row.about);
    }
    page
}

/// A key as the table writes it.
fn written(key: KeyEvent) -> Option<String> {
    let name = match key.code {
        KeyCode::Char(' ') => "space".to_owned(),
        KeyCode::Char(letter) => letter.to_string(),
        KeyCode::Enter => "enter".to_owned(),
        KeyCode::Esc => "esc".to_owned(),
        KeyCode::Tab => "tab".to_owned(),
        KeyCode::Up => "up".to_owned(),
        KeyCode::Down => "down".to_owned(),
        KeyCode::Left => "left".to_owned(),
        KeyCode::Right => "right".to_owned(),
        KeyCode::PageUp => "pageup".to_owned(),
        KeyCode::PageDown => "pagedown".to_owned(),
        KeyCode::Home => "home".to_owned(),
        KeyCode::End => "end".to_owned(),
        KeyCode::F(number) => format!("f{number}"),
        _ => return None,
    };
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(if control {
        format!("ctrl-{}", name.to_lowercase())
    } else {
        name
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const SCOPES: [Scope; 12] = [
        Scope::Problems,
        Scope::Brief,
        Scope::Session,
        Scope::Submit,
        Scope::Discuss,
        Scope::Rate,
        Scope::Report,
        Scope::Designs,
        Scope::Replay,
        Scope::History,
        Scope::Plan,
        Scope::Reader,
    ];

    #[test]
    fn no_key_means_two_things_on_one_screen() {
        for scope in SCOPES {
            let mut seen = HashSet::new();
            for row in rows(scope) {
                for key in row.keys {
                    assert!(seen.insert(*key), "{key} on {scope:?}");
                }
            }
        }
    }

    #[test]
    fn every_row_can_be_reached_and_explains_itself() {
        for row in all() {
            assert!(
                !row.keys.is_empty() && row.about.ends_with('.'),
                "{}",
                row.name
            );
        }
        let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(act(Scope::Session, control_c), Some(Act::Stop));
        assert_eq!(
            act(Scope::Session, KeyEvent::from(KeyCode::Char('c'))),
            Some(Act::Code)
        );
        assert_eq!(
            act(Scope::History, KeyEvent::from(KeyCode::Char('c'))),
            None
        );
    }
}
