//! Which letters boxes and marks are made of. Screens draw with Unicode; where a terminal cannot show it, the finished frame
//! is spelled in ASCII, so that no screen has to know.

use ratatui::buffer::Buffer;

/// A set of letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Glyphs {
    /// Lines, dots and ellipses.
    #[default]
    Unicode,
    /// `+ - |` and the like.
    Ascii,
}

impl Glyphs {
    /// The set of a word; `auto` looks at the environment.
    pub fn named(word: &str) -> Glyphs {
        match word {
            "ascii" => Glyphs::Ascii,
            "unicode" => Glyphs::Unicode,
            _ => Glyphs::suited(|name| std::env::var(name).ok()),
        }
    }

    /// What an environment can show: the Linux console and locales that say they are not UTF-8 get ASCII. Where nobody
    /// says anything, as in most containers, the terminal is a modern one.
    pub fn suited(variable: impl Fn(&str) -> Option<String>) -> Glyphs {
        let named = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter();
        let locale = named
            .filter_map(&variable)
            .find(|value| !value.is_empty())
            .map(|value| value.to_lowercase().replace('-', ""));
        let console = variable("TERM").is_some_and(|term| term == "linux");
        match locale {
            _ if console => Glyphs::Ascii,
            Some(locale) if !locale.contains("utf8") => Glyphs::Ascii,
            _ => Glyphs::Unicode,
        }
    }

    /// Spells a frame. Every letter takes as many columns as before.
    pub fn apply(self, frame: &mut Buffer) {
        if self == Glyphs::Unicode {
            return;
        }
        for cell in &mut frame.content {
            if let Some(plain) = ascii(cell.symbol()) {
                cell.set_symbol(plain);
            }
        }
    }
}

/// The ASCII letter for one of ours; what others wrote stays as it is.
fn ascii(symbol: &str) -> Option<&'static str> {
    Some(match symbol {
        "─" | "━" | "═" => "-",
        "│" | "┃" | "║" => "|",
        "┌" | "┐" | "└" | "┘" | "├" | "┤" | "┬" | "┴" | "┼" => "+",
        "…" => "~",
        "·" => "-",
        "•" => "*",
        "█" | "▇" | "▆" | "▅" | "▄" | "▃" | "▂" | "▁" => "#",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_tells_what_can_be_shown() {
        let of = |pairs: &'static [(&str, &str)]| {
            Glyphs::suited(|name| {
                let found = pairs.iter().find(|(one, _)| *one == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[]), Glyphs::Unicode);
        assert_eq!(of(&[("LANG", "de_DE.UTF-8")]), Glyphs::Unicode);
        assert_eq!(of(&[("LANG", "C.utf8"), ("LC_ALL", "C")]), Glyphs::Ascii);
        assert_eq!(
            of(&[("TERM", "linux"), ("LANG", "en_US.UTF-8")]),
            Glyphs::Ascii
        );
    }
}
