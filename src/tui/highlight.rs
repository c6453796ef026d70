//! Rust code → styled lines. The grammar costs a few milliseconds once and the first lines some more, so screens call this from
//! the worker and draw plain text meanwhile.

use ratatui::text::{Line, Span};

use super::theme::{Role, Theme};
use crate::wording::code::{self, Kind};

/// Highlights Rust source; every line of the input is one line of the output, unchanged but for style.
pub fn rust(source: &str, theme: Theme) -> Vec<Line<'static>> {
    let styled = |(kind, text): (Kind, String)| Span::styled(text, theme.style(role(kind)));
    code::rust(source)
        .into_iter()
        .map(|pieces| Line::from(pieces.into_iter().map(styled).collect::<Vec<_>>()))
        .collect()
}

fn role(kind: Kind) -> Role {
    match kind {
        Kind::Text => Role::Text,
        Kind::Keyword => Role::Keyword,
        Kind::Literal => Role::Literal,
        Kind::Comment => Role::Comment,
        Kind::Name => Role::Name,
    }
}

/// Compiles the grammar, so that the first real text does not wait for it.
pub fn warm_up() {
    rust(
        "/// a\npub fn f<T>(a: &str) -> Option<u8> where T: Copy { let b = \"c\"; Some(1) } // d\n",
        Theme::Mono,
    );
}

/// The same lines without styles.
pub fn plain(source: &str) -> Vec<Line<'static>> {
    source
        .lines()
        .map(|line| Line::raw(line.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "// why\npub fn add(a: u8) -> u8 {\n    a + 2\n}\n";

    #[test]
    fn no_character_is_lost_or_added() {
        let text: Vec<String> = rust(SOURCE, Theme::Ansi)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(text, SOURCE.lines().collect::<Vec<_>>());
    }

    #[test]
    fn comments_keywords_and_numbers_have_their_roles() {
        let lines = rust(SOURCE, Theme::Ansi);
        let style_of = |line: usize, word: &str| {
            lines[line]
                .spans
                .iter()
                .find(|span| span.content.contains(word))
                .map(|span| span.style)
        };
        assert_eq!(style_of(0, "why"), Some(Theme::Ansi.style(Role::Comment)));
        assert_eq!(style_of(1, "fn"), Some(Theme::Ansi.style(Role::Keyword)));
        assert_eq!(style_of(2, "2"), Some(Theme::Ansi.style(Role::Literal)));
    }
}
