//! Rust code → styled lines. The grammar costs a few milliseconds once and the first lines some more, so screens call this from
//! the worker and draw plain text meanwhile.

use std::sync::OnceLock;

use ratatui::text::{Line, Span};
use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};

use super::theme::{Role, Theme};

/// Highlights Rust source; every line of the input is one line of the output, unchanged but for style.
pub fn rust(source: &str, theme: Theme) -> Vec<Line<'static>> {
    let syntaxes = syntaxes();
    let Some(syntax) = syntaxes.find_syntax_by_extension("rs") else {
        return plain(source);
    };
    let mut state = ParseState::new(syntax);
    let mut stack = ScopeStack::new();
    source
        .lines()
        .map(|line| {
            let text = format!("{line}\n");
            match state.parse_line(&text, syntaxes) {
                Ok(changes) => spans(line, &changes, &mut stack, theme),
                Err(_) => Line::raw(line.to_owned()),
            }
        })
        .collect()
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

fn syntaxes() -> &'static SyntaxSet {
    static SYNTAXES: OnceLock<SyntaxSet> = OnceLock::new();
    SYNTAXES.get_or_init(SyntaxSet::load_defaults_newlines)
}

fn spans(
    line: &str,
    changes: &[(usize, syntect::parsing::ScopeStackOp)],
    stack: &mut ScopeStack,
    theme: Theme,
) -> Line<'static> {
    let mut spans = Vec::new();
    let mut from = 0;
    for (at, change) in changes {
        let to = (*at).min(line.len());
        if to > from {
            spans.push(Span::styled(
                line[from..to].to_owned(),
                theme.style(role(stack)),
            ));
            from = to;
        }
        // A stack operation fails only on a broken grammar; the text stays, its style is lost.
        let _ = stack.apply(change);
    }
    if from < line.len() {
        spans.push(Span::styled(
            line[from..].to_owned(),
            theme.style(role(stack)),
        ));
    }
    Line::from(spans)
}

/// The innermost scope that means something to a reader decides.
fn role(stack: &ScopeStack) -> Role {
    static MEANINGS: OnceLock<Vec<(Scope, Role)>> = OnceLock::new();
    let meanings = MEANINGS.get_or_init(|| {
        [
            ("comment", Role::Comment),
            ("string", Role::Literal),
            ("constant", Role::Literal),
            ("keyword", Role::Keyword),
            ("storage.modifier", Role::Keyword),
            ("storage.type", Role::Keyword),
            ("entity.name", Role::Name),
            ("support", Role::Name),
        ]
        .into_iter()
        .filter_map(|(name, role)| Some((Scope::new(name).ok()?, role)))
        .collect()
    });
    let meaning = |scope: &Scope| {
        meanings
            .iter()
            .find(|(prefix, _)| prefix.is_prefix_of(*scope))
    };
    stack
        .as_slice()
        .iter()
        .rev()
        .find_map(meaning)
        .map_or(Role::Text, |(_, role)| *role)
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
