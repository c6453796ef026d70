//! Two questions about the candidate's own functions, found by rules over the syntax tree.

use std::collections::BTreeSet;

use proc_macro2::Span;
use syn::{spanned::Spanned, visit::Visit};

use crate::domain::attempt::Submission;

/// How many questions are about the candidate's own code.
const QUESTIONS: usize = 2;

/// Questions about the code, the most telling first; each names its function and line. Fewer than two only if the code has
/// fewer functions or does not parse.
pub(super) fn questions(submission: &Submission) -> Vec<String> {
    let mut found: Vec<Found> = Vec::new();
    for (path, text) in &submission.files {
        let Ok(file) = syn::parse_file(text) else {
            continue;
        };
        let mut reader = Reader {
            path,
            function: None,
            found: &mut found,
        };
        reader.visit_file(&file);
    }
    found.sort_by_key(|one| (one.rule, std::cmp::Reverse(one.lines)));
    let mut asked = BTreeSet::new();
    let mut rules = BTreeSet::new();
    // One question per function and, but for the last resort, one per rule.
    found
        .into_iter()
        .filter(|one| {
            (one.rule == Rule::Longest || rules.insert(one.rule))
                && asked.insert(one.function.clone())
        })
        .take(QUESTIONS)
        .map(|one| {
            format!(
                "In `{}` ({}:{}): {}",
                one.function,
                one.path,
                one.line,
                one.rule.question()
            )
        })
        .collect()
}

/// What is worth asking about, the most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rule {
    UnwrapOnLock,
    UnboundedChannel,
    SleepsToWait,
    SearchesInOrder,
    Clones,
    Longest,
}

impl Rule {
    fn question(self) -> &'static str {
        match self {
            Rule::UnwrapOnLock => {
                "the lock is unwrapped. What do later callers see after a thread panicked while holding it?"
            }
            Rule::UnboundedChannel => {
                "nothing bounds this channel. What happens when the receiver is slower for an hour?"
            }
            Rule::SleepsToWait => {
                "it sleeps to wait. How late can it notice, and what would wake it in time?"
            }
            Rule::SearchesInOrder => {
                "it looks at one entry after the other. What does that cost at a million entries, and what would not?"
            }
            Rule::Clones => {
                "it clones. Who pays for that, how often, and what would sharing cost instead?"
            }
            Rule::Longest => {
                "explain it line by line: what holds before it, what holds after it, and what if another thread comes in between?"
            }
        }
    }
}

struct Found {
    rule: Rule,
    path: String,
    function: String,
    line: usize,
    lines: usize,
}

struct Reader<'f> {
    path: &'f str,
    /// Name and length of the function around.
    function: Option<(String, usize)>,
    found: &'f mut Vec<Found>,
}

impl Reader<'_> {
    fn note(&mut self, rule: Rule, span: Span) {
        let Some((function, lines)) = &self.function else {
            return;
        };
        self.found.push(Found {
            rule,
            path: self.path.to_owned(),
            function: function.clone(),
            line: span.start().line,
            lines: *lines,
        });
    }

    fn enter(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let lines = body
            .span()
            .end()
            .line
            .saturating_sub(body.span().start().line)
            + 1;
        let outer = self.function.replace((signature.ident.to_string(), lines));
        self.note(Rule::Longest, signature.ident.span());
        syn::visit::visit_block(self, body);
        self.function = outer;
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.enter(&item.sig, &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.enter(&item.sig, &item.block);
    }

    /// Unit tests are not asked about.
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let test = item.attrs.iter().any(|one| one.path().is_ident("cfg"));
        if !test {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let inner = match &*call.receiver {
            syn::Expr::MethodCall(inner) => inner.method.to_string(),
            _ => String::new(),
        };
        let rule = match call.method.to_string().as_str() {
            "unwrap" | "expect" if ["lock", "read", "write"].contains(&inner.as_str()) => {
                Some(Rule::UnwrapOnLock)
            }
            "position" | "min_by_key" | "max_by_key" | "find" | "retain" => {
                Some(Rule::SearchesInOrder)
            }
            "clone" | "to_vec" | "to_owned" => Some(Rule::Clones),
            _ => None,
        };
        if let Some(rule) = rule {
            self.note(rule, call.method.span());
        }
        syn::visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(path) = &*call.func {
            let rule = match path
                .path
                .segments
                .last()
                .map(|last| last.ident.to_string())
                .as_deref()
            {
                Some("channel") => Some(Rule::UnboundedChannel),
                Some("sleep") => Some(Rule::SleepsToWait),
                _ => None,
            };
            if let Some(rule) = rule {
                self.note(rule, call.span());
            }
        }
        syn::visit::visit_expr_call(self, call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::submission_of;

    #[test]
    fn the_most_telling_places_are_asked_about_each_with_its_line() {
        let code = "impl A {\n fn a(&self) { self.m.lock().unwrap(); }\n fn b(&self) { self.m.lock().unwrap(); let c = mpsc::channel(); }\n fn long() {\n  f();\n  g();\n }\n}";
        let asked = questions(&submission_of(code));
        assert!(
            asked[0].starts_with("In `a` (src/lib.rs:2): the lock is unwrapped"),
            "{asked:?}"
        );
        assert!(
            asked[1].starts_with("In `b` (src/lib.rs:3): nothing bounds"),
            "{asked:?}"
        );
    }

    #[test]
    fn without_a_telling_place_the_longest_functions_are_asked_about() {
        let code = "fn a() {}\nfn b() {\n f();\n}\nfn c() {\n f();\n g();\n}\n#[cfg(test)]\nmod tests {\n fn d() {\n\n\n\n\n }\n}";
        let asked = questions(&submission_of(code));
        assert!(
            asked[0].contains("`c`") && asked[1].contains("`b`"),
            "{asked:?}"
        );
        assert_eq!(questions(&submission_of("not rust")), Vec::<String>::new());
    }
}
