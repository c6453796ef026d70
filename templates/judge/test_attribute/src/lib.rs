//! The `#[test]` of the judge's standard library.
//!
//! It turns `#[test] fn name() -> Ret { body }` into the same function with the real test attribute, whose body hands
//! `|| -> Ret { body }` to the runner. `#[should_panic]` moves into the runner too, so that the record and the harness
//! agree on the outcome. Spans are kept: errors point at the author's lines.

extern crate proc_macro;

mod function;
mod should_panic;

use function::Function;
use proc_macro::{Delimiter, Group, Span, TokenStream, TokenTree};

/// Something that cannot be a test, and where.
struct Problem {
    message: &'static str,
    span: Span,
}

/// Marks a function as a test.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let result = match arguments.into_iter().next() {
        Some(first) => Err(Problem {
            message: "`#[test]` takes no arguments",
            span: first.span(),
        }),
        None => expand(item),
    };
    result.unwrap_or_else(|problem| compile_error(&problem))
}

fn expand(item: TokenStream) -> Result<TokenStream, Problem> {
    let function = Function::parse(item)?;
    let (attributes, should_panic) = should_panic::split(function.attributes)?;

    let name = function.name.to_string();
    let name = name.strip_prefix("r#").unwrap_or(&name);
    let mut call = code(&format!(
        "::std::concat!(::std::module_path!(), \"::{name}\"),"
    ));
    let runner = match should_panic {
        None => "::std::__test::run",
        Some(expected) => {
            call.extend(match expected {
                None => code("::std::option::Option::None,"),
                Some(text) => {
                    let text = TokenTree::from(text).into();
                    with_group(
                        "::std::option::Option::Some",
                        Delimiter::Parenthesis,
                        text,
                        ",",
                    )
                }
            });
            "::std::__test::run_panicking"
        }
    };
    call.extend(code("||"));
    if function.returns.is_empty() {
        call.extend(code("-> ()"));
    }
    call.extend(function.returns);
    call.extend([TokenTree::from(function.body)]);
    let body = with_group(runner, Delimiter::Parenthesis, call, ";");

    let mut output = code("#[::std::__test::libtest]");
    output.extend(attributes);
    output.extend(function.head);
    output.extend([TokenTree::from(function.name)]);
    output.extend(code("()"));
    output.extend([TokenTree::from(Group::new(Delimiter::Brace, body))]);
    Ok(output)
}

/// Tokens of this crate's own making.
fn code(text: &str) -> TokenStream {
    text.parse().expect("the text is Rust")
}

/// `before (content) after` with the given delimiter.
fn with_group(
    before: &str,
    delimiter: Delimiter,
    content: TokenStream,
    after: &str,
) -> TokenStream {
    let mut output = code(before);
    output.extend([TokenTree::from(Group::new(delimiter, content))]);
    output.extend(code(after));
    output
}

/// An error of the compiler at the problem's place.
fn compile_error(problem: &Problem) -> TokenStream {
    let located = |tokens: TokenStream| -> TokenStream {
        tokens
            .into_iter()
            .map(|mut token| {
                token.set_span(problem.span);
                token
            })
            .collect()
    };
    located(code(&format!(
        "::std::compile_error! {{ {:?} }}",
        problem.message
    )))
}
