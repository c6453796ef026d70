//! The one table of settings: the file, the environment, the screen and `fiftyten config` are drawn from it.

/// Something that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// Colours of the screens.
    Theme,
    /// Which letters boxes and marks are made of.
    Glyphs,
    /// The command that opens a file.
    Editor,
    /// Whether a terminal multiplexer gives the editor a pane of its own.
    Panes,
    /// How much moves.
    Motion,
    /// Sentences instead of screens.
    Plain,
    /// Whether the wheel scrolls; it takes selecting with the mouse away from the terminal.
    Mouse,
    /// How an attempt is made unless something else is said.
    Mode,
    /// Whether warnings ring.
    Bell,
    /// Whether warnings go to the desktop too.
    Notify,
}

/// What a setting may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Any text.
    Text,
}

/// One row of the table.
#[derive(Debug)]
pub struct Known {
    /// What is chosen.
    pub key: Key,
    /// Its name in the file and on the command line.
    pub name: &'static str,
    /// What it may be.
    pub values: Values,
    /// What holds if nobody chooses.
    pub default: &'static str,
    /// A sentence for people.
    pub about: &'static str,
}

const SWITCH: Values = Values::OneOf(&["true", "false"]);

const fn known(
    key: Key,
    name: &'static str,
    values: Values,
    default: &'static str,
    about: &'static str,
) -> Known {
    Known {
        key,
        name,
        values,
        default,
        about,
    }
}

/// Every setting, in the order in which they are shown.
pub const TABLE: [Known; 10] = [
    known(
        Key::Theme,
        "theme",
        Values::OneOf(&["ansi", "light", "cvd-dark", "cvd-light", "mono"]),
        "ansi",
        "Colours: the terminal's own, for light backgrounds, safe for colour-blind eyes, or none.",
    ),
    known(
        Key::Glyphs,
        "glyphs",
        Values::OneOf(&["auto", "unicode", "ascii"]),
        "auto",
        "Letters for boxes and marks; auto is ascii where the terminal cannot show others.",
    ),
    known(
        Key::Editor,
        "editor",
        Values::Text,
        "",
        "The command that opens your code, with its arguments; a word {line} becomes the line.",
    ),
    known(
        Key::Panes,
        "panes",
        SWITCH,
        "true",
        "Inside tmux or zellij, open the editor in a pane beside the trainer.",
    ),
    known(
        Key::Motion,
        "motion",
        Values::OneOf(&["full", "none"]),
        "full",
        "none shows counts instead of bars and draws once a second.",
    ),
    known(
        Key::Plain,
        "plain",
        SWITCH,
        "false",
        "Sentences line by line instead of screens, for screen readers.",
    ),
    known(
        Key::Mouse,
        "mouse",
        SWITCH,
        "false",
        "The wheel scrolls; selecting text then needs the shift key.",
    ),
    known(
        Key::Mode,
        "mode",
        Values::OneOf(&["mock", "drill", "warmup", "untimed"]),
        "mock",
        "How an attempt is made unless you say otherwise.",
    ),
    known(
        Key::Bell,
        "bell",
        SWITCH,
        "true",
        "Ring when time is short and when a phase ends.",
    ),
    known(
        Key::Notify,
        "notify",
        SWITCH,
        "true",
        "Send the same words to the desktop, where the terminal can.",
    ),
];

impl Key {
    /// The setting of a name.
    pub fn named(name: &str) -> Option<Key> {
        TABLE
            .iter()
            .find(|known| known.name == name)
            .map(|known| known.key)
    }

    /// Its row.
    pub fn known(self) -> &'static Known {
        // Every key has a row; a test holds it. The first row stands in for one that is missing.
        TABLE
            .iter()
            .find(|known| known.key == self)
            .unwrap_or(&TABLE[0])
    }

    /// The variable of the environment that chooses it.
    pub fn variable(self) -> String {
        format!("FIFTYTEN_{}", self.known().name.to_uppercase())
    }
}

impl Values {
    /// Whether a text is one of these.
    pub fn takes(self, text: &str) -> bool {
        match self {
            Values::OneOf(words) => words.contains(&text),
            Values::Text => !text.contains(['\n', '\r', '\0']),
        }
    }

    /// In words, for an error.
    pub fn words(self) -> String {
        match self {
            Values::OneOf(words) => format!("one of {}", words.join(", ")),
            Values::Text => "a text in one line".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_may_be_chosen_and_every_name_leads_to_its_own_row() {
        for known in &TABLE {
            assert!(known.values.takes(known.default), "{}", known.name);
            assert_eq!(Key::named(known.name), Some(known.key));
            assert_eq!(known.key.known().name, known.name);
            assert!(known.about.ends_with('.'));
        }
    }
}
