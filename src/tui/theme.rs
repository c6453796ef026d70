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
    /// Okabe and Ito's palette for dark backgrounds, told apart by people with colour vision deficiency.
    CvdDark,
    /// The same, darkened for light backgrounds.
    CvdLight,
    /// No colour at all: bold, dim, reversed, underlined.
    Mono,
}

impl Theme {
    /// Every theme.
    pub const ALL: [Theme; 5] = [
        Theme::Ansi,
        Theme::Light,
        Theme::CvdDark,
        Theme::CvdLight,
        Theme::Mono,
    ];

    /// The theme of a setting's word.
    pub fn named(word: &str) -> Self {
        match word {
            "light" => Theme::Light,
            "cvd-dark" => Theme::CvdDark,
            "cvd-light" => Theme::CvdLight,
            "mono" => Theme::Mono,
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
            (Theme::Light | Theme::CvdLight, Role::Faint | Role::Frame) => {
                plain.fg(Color::Rgb(0x59, 0x59, 0x59))
            }
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
                Color::Rgb(0x59, 0x59, 0x59),
                Color::Rgb(0x60, 0x20, 0x80),
            ],
            Theme::CvdDark => [
                Color::Rgb(0x56, 0xb4, 0xe9),
                Color::Rgb(0xe6, 0x9f, 0x00),
                Color::Rgb(0xe8, 0x70, 0x2a),
                Color::Rgb(0x56, 0xb4, 0xe9),
                Color::Rgb(0xe6, 0x9f, 0x00),
                Color::Rgb(0x9a, 0x9a, 0x9a),
                Color::Rgb(0xcc, 0x79, 0xa7),
            ],
            Theme::CvdLight => [
                Color::Rgb(0x00, 0x72, 0xb2),
                Color::Rgb(0x8a, 0x5f, 0x00),
                Color::Rgb(0xa8, 0x4a, 0x00),
                Color::Rgb(0x00, 0x72, 0xb2),
                Color::Rgb(0x8a, 0x5f, 0x00),
                Color::Rgb(0x59, 0x59, 0x59),
                Color::Rgb(0x8b, 0x3a, 0x6b),
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
        for theme in Theme::ALL {
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
    }

    #[test]
    fn good_and_bad_differ_in_more_than_colour_in_mono() {
        assert_ne!(Theme::Mono.style(Role::Good), Theme::Mono.style(Role::Bad));
    }

    /// Relative luminance as in WCAG 2.
    fn luminance((red, green, blue): (u8, u8, u8)) -> f64 {
        let part = |value: u8| {
            let value = f64::from(value) / 255.0;
            match value <= 0.040_45 {
                true => value / 12.92,
                false => ((value + 0.055) / 1.055).powf(2.4),
            }
        };
        0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)
    }

    #[test]
    fn every_colour_that_is_ours_can_be_read_on_its_background() {
        let backgrounds = [
            (Theme::Light, (0xff, 0xff, 0xff)),
            (Theme::CvdLight, (0xff, 0xff, 0xff)),
            (Theme::CvdDark, (0x1e, 0x1e, 0x1e)),
        ];
        for (theme, background) in backgrounds {
            for role in [
                Role::Faint,
                Role::Good,
                Role::Warning,
                Role::Bad,
                Role::Accent,
                Role::Keyword,
                Role::Literal,
                Role::Comment,
                Role::Name,
            ] {
                let Some(Color::Rgb(red, green, blue)) = theme.style(role).fg else {
                    continue;
                };
                let (one, other) = (luminance((red, green, blue)), luminance(background));
                let contrast = (one.max(other) + 0.05) / (one.min(other) + 0.05);
                assert!(contrast >= 4.5, "{theme:?} {role:?}: {contrast:.1}");
            }
        }
    }

    #[test]
    fn colour_blind_safe_themes_share_no_colour_between_good_warning_and_bad() {
        for theme in [Theme::CvdDark, Theme::CvdLight] {
            let colours = [Role::Good, Role::Warning, Role::Bad].map(|role| theme.style(role).fg);
            assert!(
                colours[0] != colours[1] && colours[1] != colours[2] && colours[0] != colours[2]
            );
        }
    }
}
