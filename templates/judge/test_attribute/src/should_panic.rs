//! `#[should_panic]`, which the runner takes over.

use crate::Problem;
use proc_macro::{Literal, TokenTree};

/// Attributes, each as its `#` and its brackets.
type Attributes = Vec<[TokenTree; 2]>;

/// Takes `#[should_panic]` out of the attributes. The second result is `None` without it, `Some(None)` if any panic is
/// right, and `Some(Some(text))` if its message must contain `text`.
pub(crate) fn split(
    attributes: Attributes,
) -> Result<(Vec<TokenTree>, Option<Option<Literal>>), Problem> {
    let mut rest = Vec::new();
    let mut expectation = None;
    for [hash, brackets] in attributes {
        match expected(&brackets)? {
            Some(found) => expectation = Some(found),
            None => rest.extend([hash, brackets]),
        }
    }
    Ok((rest, expectation))
}

/// What `[should_panic…]` says, or `None` if these are other brackets.
fn expected(brackets: &TokenTree) -> Result<Option<Option<Literal>>, Problem> {
    let TokenTree::Group(group) = brackets else {
        return Ok(None);
    };
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Ident(name), ..] if name.to_string() != "should_panic" => Ok(None),
        [TokenTree::Ident(_)] => Ok(Some(None)),
        [TokenTree::Ident(_), _equals, TokenTree::Literal(text)] => Ok(Some(Some(text.clone()))),
        [TokenTree::Ident(_), TokenTree::Group(inner)] => match inner.stream().into_iter().nth(2) {
            Some(TokenTree::Literal(text)) => Ok(Some(Some(text))),
            _ => Err(Problem {
                message: "write `#[should_panic(expected = \"…\")]`",
                span: inner.span(),
            }),
        },
        [TokenTree::Ident(name), ..] => Err(Problem {
            message: "write `#[should_panic(expected = \"…\")]`",
            span: name.span(),
        }),
        _ => Ok(None),
    }
}
