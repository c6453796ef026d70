//! Refuses what `-F unsafe_code` lets through: code that reaches the linker or brings machine code of its own.
//!
//! Looks at tokens, not at syntax, so that a macro that is to build such an item later is seen where its parts are written. It is
//! no wall, the cage is; it names the line where an honest person went too far and a dishonest one began.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

/// Attributes that reach the linker or change what a program begins with.
const ATTRIBUTES: [&str; 13] = [
    "naked",
    "link",
    "link_name",
    "link_section",
    "link_ordinal",
    "no_mangle",
    "export_name",
    "no_main",
    "no_link",
    "used",
    "linkage",
    "global_allocator",
    "ffi_const",
];

/// Macros that bring machine code.
const ASSEMBLY: [&str; 3] = ["naked_asm", "global_asm", "asm"];

/// Deep enough for whatever fits into a file.
const STACK: usize = 64 * 1024 * 1024;

/// The first forbidden thing of a file: its line from 1, and what it is, in words.
pub fn forbidden(text: &str) -> Option<(usize, String)> {
    // On a thread of its own, because the lexer keeps every text it ever saw for as long as the thread lives.
    std::thread::scope(|scope| {
        let scan = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || scan(text));
        match scan.map(|thread| thread.join()) {
            Ok(Ok(found)) => found,
            _ => by_words(text),
        }
    })
}

fn scan(text: &str) -> Option<(usize, String)> {
    let Ok(tokens) = text.parse::<TokenStream>() else {
        return by_words(text);
    };
    let mut streams = vec![(tokens, false)];
    let mut first: Option<(usize, String)> = None;
    while let Some((stream, in_attribute)) = streams.pop() {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            let found = match token {
                TokenTree::Ident(ident) => reason(ident, &tokens[at + 1..], in_attribute),
                _ => None,
            };
            let line = token.span().start().line;
            if let Some(found) = found
                && first.as_ref().is_none_or(|(earliest, _)| line < *earliest)
            {
                first = Some((line, found));
            }
        }
        for at in 0..tokens.len() {
            if let TokenTree::Group(group) = &tokens[at] {
                let attribute =
                    group.delimiter() == Delimiter::Bracket && follows_a_hash(&tokens[..at]);
                streams.push((group.stream(), in_attribute || attribute));
            }
        }
    }
    first
}

/// Whether what comes next is the bracket of `#[…]` or `#![…]`.
fn follows_a_hash(before: &[TokenTree]) -> bool {
    let is = |token: Option<&TokenTree>, sign| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign);
    let last = before.last();
    is(last, '#')
        || (is(last, '!')
            && is(
                before.len().checked_sub(2).and_then(|at| before.get(at)),
                '#',
            ))
}

fn reason(ident: &Ident, after: &[TokenTree], in_attribute: bool) -> Option<String> {
    let name = ident.to_string();
    let name = name.trim_start_matches("r#");
    if in_attribute && ATTRIBUTES.contains(&name) {
        return Some(format!("the attribute `{name}`"));
    }
    let is_called =
        matches!(after.first(), Some(TokenTree::Punct(punct)) if punct.as_char() == '!');
    if name == "naked_asm" || (ASSEMBLY.contains(&name) && is_called) {
        return Some(format!("assembly (`{name}`)"));
    }
    (name == "extern" && !is_harmless(after)).then(|| "an `extern` block".to_owned())
}

/// `extern crate`, `extern fn` and `extern "C" fn` link nothing.
fn is_harmless(after_extern: &[TokenTree]) -> bool {
    let after = match after_extern.first() {
        Some(TokenTree::Literal(_)) => &after_extern[1..],
        _ => after_extern,
    };
    matches!(after.first(), Some(TokenTree::Ident(word)) if word == "fn" || word == "crate")
}

/// For texts that are no Rust: whoever hides something in one is not given the benefit of the doubt.
fn by_words(text: &str) -> Option<(usize, String)> {
    text.lines().enumerate().find_map(|(at, line)| {
        [
            "unsafe(naked",
            "naked_asm",
            "global_asm",
            "#[link",
            "extern {",
        ]
        .into_iter()
        .find(|word| line.contains(word))
        .map(|word| (at + 1, format!("`{word}` in a text that is not Rust")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Option<usize> {
        forbidden(text).map(|(line, _)| line)
    }

    #[test]
    fn what_reaches_the_linker_is_found_with_its_line() {
        assert_eq!(
            line("fn a() {}\n#[unsafe(naked)]\nextern \"C\" fn b() {}"),
            Some(2)
        );
        assert_eq!(
            line("mod m {\n  unsafe extern \"C\" { fn puts(); }\n}"),
            Some(2)
        );
        assert_eq!(line("#![cfg_attr(all(), link(name = \"c\"))]"), Some(1));
        assert_eq!(
            line("macro_rules! m { ($($t:tt)*) => { extern $($t)* } }"),
            Some(1)
        );
        assert_eq!(line("use core::arch::naked_asm as n;"), Some(1));
        assert_eq!(
            line("macro_rules! m { ($a:ident) => { #[unsafe($a)] fn f() {} } }\nm!(r#naked_asm);"),
            Some(2)
        );
    }

    #[test]
    fn honest_words_are_left_alone() {
        for text in [
            "/// extern, naked, asm! #[link]\nfn link(naked: u8, used: u8) {}",
            "extern crate std as other; pub extern \"C\" fn f() {}",
            "#[derive(Debug)] struct Link; type F = extern \"C\" fn();",
            "const TEXT: &str = \"extern { }\";",
            "fn f( {",
        ] {
            assert_eq!(forbidden(text), None, "{text}");
        }
    }

    #[test]
    fn depth_does_not_end_the_judge() {
        let deep = format!(
            "const A: u8 = {}1{};",
            "(".repeat(100_000),
            ")".repeat(100_000)
        );
        assert_eq!(forbidden(&deep), None);
    }
}
