//! What each kind of text looks like: a role → a style. No screen names a colour.
//!
//! No information is carried by colour alone: every state has a word or a mark besides.

use ratatui::style::{Color, Modifier, Style};

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Running text.
    Text,
    /// Less important than the rest.
    Faint,
    /// Titles and headings.
    Heading,
    /// A selected row.
    Selected,
    /// Passed, done, good.
    Good,
    /// Needs attention: five minutes left, a suspicion, stale results.
    Warning,
    /// Failed, over time.
    Bad,
    /// Keys in the footer, links.
    Accent,
    /// The frame of a box.
    Frame,
    /// The frame of the box that has the keyboard.
    FrameFocused,
    /// Code: a keyword.
    Keyword,
    /// Code: a string or number.
    Literal,
    /// Code: a comment.
    Comment,
    /// Code: a type or function name.
    Name,
}

/// A set of styles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Theme {
    /// The terminal's own sixteen colours, no background.
    #[default]
    Ansi,
    /// Dark tones for light backgrounds.
    Light,
    /// Okabe and Ito's palette, told apart by people with colour vision deficiency.
    ColourBlindSafe,
    /// No colour at all: bold, dim, reversed, underlined.
    Mono,
}

impl Theme {
    /// The theme for a `NO_COLOR` value, a `--color` wish and a named theme; no colour wins.
    pub fn choose(no_colour: bool, named: Option<&str>) -> Self {
        match named {
            _ if no_colour => Theme::Mono,
            Some("light") => Theme::Light,
            Some("colour-blind-safe") => Theme::ColourBlindSafe,
            Some("mono") => Theme::Mono,
            _ => Theme::Ansi,
        }
    }

    /// The style of a role.
    pub fn style(self, role: Role) -> Style {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        match (self, role) {
            (_, Role::Text) => plain,
            (_, Role::Heading | Role::FrameFocused) => bold,
            (_, Role::Selected) => plain.add_modifier(Modifier::REVERSED),
            (Theme::Mono, Role::Faint | Role::Comment | Role::Frame) => {
                plain.add_modifier(Modifier::DIM)
            }
            (Theme::Mono, Role::Bad) => bold.add_modifier(Modifier::UNDERLINED),
            (Theme::Mono, Role::Warning | Role::Keyword | Role::Accent) => bold,
            (Theme::Mono, Role::Good | Role::Literal | Role::Name) => plain,
            (Theme::Light, Role::Faint | Role::Frame) => plain.fg(Color::DarkGray),
            (_, Role::Faint | Role::Frame) => plain.add_modifier(Modifier::DIM),
            (theme, role) => bold_where_loud(theme.coloured(role), role),
        }
    }

    fn coloured(self, role: Role) -> Style {
        let [good, warning, bad, accent, literal, comment, name] = match self {
            Theme::Ansi | Theme::Mono => [
                Color::Green,
                Color::Yellow,
                Color::Red,
                Color::Cyan,
                Color::Green,
                Color::DarkGray,
                Color::Blue,
            ],
            Theme::Light => [
                Color::Rgb(0x00, 0x60, 0x20),
                Color::Rgb(0x8a, 0x5f, 0x00),
                Color::Rgb(0xa0, 0x10, 0x20),
                Color::Rgb(0x00, 0x50, 0x90),
                Color::Rgb(0x00, 0x60, 0x20),
                Color::DarkGray,
                Color::Rgb(0x60, 0x20, 0x80),
            ],
            Theme::ColourBlindSafe => [
                Color::Rgb(0x56, 0xb4, 0xe9),
                Color::Rgb(0xe6, 0x9f, 0x00),
                Color::Rgb(0xe8, 0x70, 0x2a),
                Color::Rgb(0x56, 0xb4, 0xe9),
                Color::Rgb(0xe6, 0x9f, 0x00),
                Color::DarkGray,
                Color::Rgb(0xcc, 0x79, 0xa7),
            ],
        };
        Style::new().fg(match role {
            Role::Good => good,
            Role::Warning => warning,
            Role::Bad => bad,
            Role::Accent | Role::Keyword => accent,
            Role::Literal => literal,
            Role::Comment => comment,
            Role::Name => name,
            Role::Text
            | Role::Faint
            | Role::Heading
            | Role::Selected
            | Role::Frame
            | Role::FrameFocused => {
                return Style::new();
            }
        })
    }
}

fn bold_where_loud(style: Style, role: Role) -> Style {
    match role {
        Role::Bad | Role::Warning | Role::Keyword => style.add_modifier(Modifier::BOLD),
        _ => style,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOUD: [Role; 5] = [
        Role::Heading,
        Role::Selected,
        Role::Bad,
        Role::Warning,
        Role::FrameFocused,
    ];

    #[test]
    fn what_must_stand_out_stands_out_in_every_theme() {
        for theme in [
            Theme::Ansi,
            Theme::Light,
            Theme::ColourBlindSafe,
            Theme::Mono,
        ] {
            for role in LOUD {
                assert_ne!(
                    theme.style(role),
                    theme.style(Role::Text),
                    "{theme:?} {role:?}"
                );
            }
        }
    }

    #[test]
    fn mono_has_no_colour_at_all() {
        for role in LOUD.into_iter().chain([
            Role::Good,
            Role::Accent,
            Role::Keyword,
            Role::Name,
            Role::Comment,
        ]) {
            let style = Theme::Mono.style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
        assert_eq!(Theme::choose(true, Some("light")), Theme::Mono);
    }

    #[test]
    fn good_and_bad_differ_in_more_than_colour_in_mono() {
        assert_ne!(Theme::Mono.style(Role::Good), Theme::Mono.style(Role::Bad));
    }
}
