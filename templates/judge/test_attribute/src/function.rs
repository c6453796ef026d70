//! Taking a test function apart.

use crate::Problem;
use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

/// A function that can be a test.
pub(crate) struct Function {
    /// Every attribute as its `#` and its brackets.
    pub(crate) attributes: Vec<[TokenTree; 2]>,
    /// Visibility and `fn`.
    pub(crate) head: TokenStream,
    pub(crate) name: Ident,
    /// `-> Type`, or nothing.
    pub(crate) returns: TokenStream,
    pub(crate) body: Group,
}

impl Function {
    pub(crate) fn parse(item: TokenStream) -> Result<Self, Problem> {
        let mut tokens = item.into_iter().peekable();
        let mut attributes = Vec::new();
        while let Some(hash) = tokens.next_if(|token| is_punct(token, '#')) {
            let brackets = tokens.next().ok_or(not_a_function(hash.span()))?;
            attributes.push([hash, brackets]);
        }

        let mut head = Vec::new();
        loop {
            let token = tokens.next().ok_or(not_a_function(end_of(&head)))?;
            let word = token.to_string();
            let is_visibility = matches!(&token, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis);
            head.push(token);
            match word.as_str() {
                "fn" => break,
                "pub" | "crate" => {}
                "async" => {
                    return Err(problem(
                        "a test cannot be `async`: there is no executor here",
                        end_of(&head),
                    ));
                }
                "unsafe" | "extern" | "const" => {
                    return Err(problem(
                        "a test is a plain `fn`, without `unsafe`, `extern` or `const`",
                        end_of(&head),
                    ));
                }
                _ if is_visibility => {}
                _ => return Err(not_a_function(end_of(&head))),
            }
        }

        let Some(TokenTree::Ident(name)) = tokens.next() else {
            return Err(not_a_function(end_of(&head)));
        };
        match tokens.next() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                if !group.stream().is_empty() {
                    return Err(problem("a test takes no parameters", group.span()));
                }
            }
            Some(token) if is_punct(&token, '<') => {
                return Err(problem("a test cannot be generic", token.span()));
            }
            _ => return Err(not_a_function(name.span())),
        }

        let mut returns: Vec<TokenTree> = tokens.collect();
        match returns.pop() {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => {
                let returns = returns.into_iter().collect();
                Ok(Self {
                    attributes,
                    head: head.into_iter().collect(),
                    name,
                    returns,
                    body,
                })
            }
            _ => Err(problem("a test needs a body", name.span())),
        }
    }
}

fn is_punct(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn end_of(tokens: &[TokenTree]) -> Span {
    tokens.last().map_or_else(Span::call_site, TokenTree::span)
}

fn not_a_function(span: Span) -> Problem {
    problem("`#[test]` belongs in front of a function", span)
}

fn problem(message: &'static str, span: Span) -> Problem {
    Problem { message, span }
}
