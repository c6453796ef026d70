//! A suite file → its checks: the `#[test]` functions with their doc comments.

use std::collections::BTreeMap;

use syn::{Attribute, Expr, ExprLit, Item, Lit, Meta};

use super::{Offence, layout};
use crate::domain::problem::{Category, Check, Suite};

/// Reads one suite. A file that does not parse, has no check, or names a check twice is an offence.
pub(super) fn read(
    path: &str,
    category: Category,
    texts: &BTreeMap<&str, &str>,
    offences: &mut Vec<Offence>,
) -> Option<Suite> {
    let source = texts.get(path)?;
    let file = match syn::parse_file(source) {
        Ok(file) => file,
        Err(error) => {
            let line = error.span().start().line;
            offences.push(
                Offence::new(
                    path,
                    format!("this is not Rust: {error}"),
                    "mend the syntax",
                )
                .at(Some(line)),
            );
            return None;
        }
    };
    let checks: Vec<Check> = file.items.iter().filter_map(check).collect();
    if checks.is_empty() {
        offences.push(Offence::new(
            path,
            "the suite has no check",
            "write at least one `#[test]` function whose name is a sentence",
        ));
        return None;
    }
    let few_words = |name: &str| name.split('_').count() < 3;
    for check in checks
        .iter()
        .filter(|check| few_words(&check.name) && path != layout::SAMPLES)
    {
        offences.push(Offence::new(
            path,
            format!("the check `{}` does not say what it checks", check.name),
            "name it with a sentence, for example `a_request_exactly_one_window_old_has_left`",
        ));
    }
    Some(Suite {
        category,
        source: (*source).to_owned(),
        checks,
    })
}

fn check(item: &Item) -> Option<Check> {
    let Item::Fn(function) = item else {
        return None;
    };
    let is_test = function
        .attrs
        .iter()
        .any(|attribute| attribute.path().is_ident("test"));
    is_test.then(|| Check {
        name: function.sig.ident.to_string(),
        study: doc_text(&function.attrs),
    })
}

fn doc_text(attributes: &[Attribute]) -> Option<String> {
    let lines: Vec<String> = attributes.iter().filter_map(doc_line).collect();
    let text = lines.join(" ");
    // Screens say "study:" themselves.
    let text = text
        .strip_prefix("Study:")
        .map_or(text.as_str(), str::trim_start);
    (!text.is_empty()).then(|| text.to_owned())
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    let Expr::Lit(ExprLit {
        lit: Lit::Str(text),
        ..
    }) = &pair.value
    else {
        return None;
    };
    pair.path
        .is_ident("doc")
        .then(|| text.value().trim().to_owned())
}
