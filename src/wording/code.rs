//! Rust code → words with a meaning, for whoever colours them.

use std::sync::OnceLock;

use syntect::parsing::{ParseState, Scope, ScopeStack, ScopeStackOp, SyntaxSet};

/// What a piece of code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing of the following.
    Text,
    /// A keyword.
    Keyword,
    /// A string or a number.
    Literal,
    /// A comment.
    Comment,
    /// A type or function name.
    Name,
}

/// One line of code in pieces, in order; together they are the line, unchanged.
pub type Pieces = Vec<(Kind, String)>;

/// Reads Rust source; every line of the input is one line of the output.
///
/// The grammar costs a few milliseconds once and its first lines some more: screens call this from a worker.
pub fn rust(source: &str) -> Vec<Pieces> {
    let syntaxes = syntaxes();
    let plain = |line: &str| vec![(Kind::Text, line.to_owned())];
    let Some(syntax) = syntaxes.find_syntax_by_extension("rs") else {
        return source.lines().map(plain).collect();
    };
    let mut state = ParseState::new(syntax);
    let mut stack = ScopeStack::new();
    source
        .lines()
        .map(
            |line| match state.parse_line(&format!("{line}\n"), syntaxes) {
                Ok(changes) => pieces(line, &changes, &mut stack),
                Err(_) => plain(line),
            },
        )
        .collect()
}

fn syntaxes() -> &'static SyntaxSet {
    static SYNTAXES: OnceLock<SyntaxSet> = OnceLock::new();
    SYNTAXES.get_or_init(SyntaxSet::load_defaults_newlines)
}

fn pieces(line: &str, changes: &[(usize, ScopeStackOp)], stack: &mut ScopeStack) -> Pieces {
    let mut pieces = Vec::new();
    let mut from = 0;
    for (at, change) in changes {
        let to = (*at).min(line.len());
        if to > from {
            pieces.push((kind(stack), line[from..to].to_owned()));
            from = to;
        }
        // A stack operation fails only on a broken grammar; the text stays, its meaning is lost.
        let _ = stack.apply(change);
    }
    if from < line.len() {
        pieces.push((kind(stack), line[from..].to_owned()));
    }
    pieces
}

/// The innermost scope that means something to a reader decides.
fn kind(stack: &ScopeStack) -> Kind {
    static MEANINGS: OnceLock<Vec<(Scope, Kind)>> = OnceLock::new();
    let meanings = MEANINGS.get_or_init(|| {
        [
            ("comment", Kind::Comment),
            ("string", Kind::Literal),
            ("constant", Kind::Literal),
            ("keyword", Kind::Keyword),
            ("storage.modifier", Kind::Keyword),
            ("storage.type", Kind::Keyword),
            ("entity.name", Kind::Name),
            ("support", Kind::Name),
        ]
        .into_iter()
        .filter_map(|(name, kind)| Some((Scope::new(name).ok()?, kind)))
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
        .map_or(Kind::Text, |(_, kind)| *kind)
}
