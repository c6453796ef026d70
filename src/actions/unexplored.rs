//! What a submission does that no search on one processor can see, found by rules over the syntax tree.

use std::collections::BTreeMap;

use syn::{spanned::Spanned, visit::Visit};

use crate::domain::attempt::Submission;

/// How many places a sentence names.
const PLACES: usize = 3;

/// One sentence for each kind of such code, with its places; none for code that is explored in full.
pub(super) fn unexplored(submission: &Submission) -> Vec<String> {
    let mut found: BTreeMap<Blind, Vec<String>> = BTreeMap::new();
    for (path, text) in &submission.files {
        let Ok(file) = syn::parse_file(text) else {
            continue;
        };
        Reader {
            path,
            found: &mut found,
        }
        .visit_file(&file);
    }
    found
        .into_iter()
        .map(|(blind, places)| blind.sentence(&places))
        .collect()
}

/// Why the search is blind for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Blind {
    /// Atomics are simulated in one order for all threads, as with `SeqCst`.
    WeakOrdering,
    /// `Arc` and `Weak` are std's own; no other thread runs at their counts.
    SharedCounts,
}

impl Blind {
    fn sentence(self, places: &[String]) -> String {
        let (text, consequence) = match self {
            Blind::WeakOrdering => (
                "Every atomic operation was explored as if it were SeqCst",
                "what a real processor may reorder there was not searched",
            ),
            Blind::SharedCounts => (
                "Counts of Arc were not explored",
                "no other thread ever ran just before or after one was looked at",
            ),
        };
        let shown = places[..places.len().min(PLACES)].join(", ");
        let more = match places.len().saturating_sub(PLACES) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("{text}: {shown}{more}; {consequence}.")
    }
}

struct Reader<'a> {
    path: &'a str,
    found: &'a mut BTreeMap<Blind, Vec<String>>,
}

impl Reader<'_> {
    fn note(&mut self, blind: Blind, word: &str, span: proc_macro2::Span) {
        let place = format!("{word} at {}:{}", self.path, span.start().line);
        let places = self.found.entry(blind).or_default();
        if places.last() != Some(&place) {
            places.push(place);
        }
    }

    fn count(&mut self, name: &syn::Ident) {
        let word = name.to_string();
        if ["strong_count", "weak_count", "upgrade", "try_unwrap"].contains(&word.as_str()) {
            self.note(Blind::SharedCounts, &word, name.span());
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    /// Unit tests may do as they like.
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let test = item.attrs.iter().any(|one| one.path().is_ident("cfg"));
        if !test {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if let Some(last) = path.path.segments.last() {
            let word = last.ident.to_string();
            if ["Relaxed", "Acquire", "Release", "AcqRel"].contains(&word.as_str()) {
                self.note(Blind::WeakOrdering, &word, last.span());
            }
            self.count(&last.ident);
        }
        syn::visit::visit_expr_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.count(&call.method);
        syn::visit::visit_expr_method_call(self, call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str) -> Vec<String> {
        unexplored(&Submission {
            files: BTreeMap::from([("src/lib.rs".to_owned(), code.to_owned())]),
            hash: String::new(),
        })
    }

    #[test]
    fn weak_orderings_are_named_with_their_lines() {
        let code = "fn a(n: &AtomicU64) {\n n.store(1, Ordering::Relaxed);\n n.load(Acquire);\n}\n";
        assert_eq!(
            of(code),
            [
                "Every atomic operation was explored as if it were SeqCst: Relaxed at src/lib.rs:2, \
                 Acquire at src/lib.rs:3; what a real processor may reorder there was not searched."
            ]
        );
    }

    #[test]
    fn counts_of_arc_are_named_and_the_rest_left_out() {
        let code = "fn a(x: &Arc<u8>, w: &Weak<u8>) {\n Arc::strong_count(x);\n w.upgrade();\n w.upgrade();\n w.upgrade();\n}";
        let [sentence] = &of(code)[..] else {
            panic!("one sentence")
        };
        assert!(sentence.contains("strong_count at src/lib.rs:2, upgrade at src/lib.rs:3"));
        assert!(sentence.contains(" and 1 more;"), "{sentence}");
    }

    #[test]
    fn code_that_is_explored_in_full_needs_no_words() {
        let code = "fn a(n: &AtomicU64) { n.load(Ordering::SeqCst); }\n#[cfg(test)]\nmod tests { fn b() { x.load(Relaxed); } }";
        assert_eq!(of(code), [""; 0]);
    }
}
