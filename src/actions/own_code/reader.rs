//! Walks the syntax tree of one file and notes every place that a rule knows.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;
use quote::ToTokens;
use syn::{spanned::Spanned, visit::Visit};

use super::rules::Rule;

/// A place that a rule knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) rule: Rule,
    /// The function around it.
    pub(super) function: String,
    /// Of the place, from 1.
    pub(super) line: usize,
    /// First and last line of the function.
    pub(super) lines: (usize, usize),
}

/// Every place in a file.
pub(super) fn read(file: &syn::File) -> Vec<Found> {
    let mut reader = Reader::default();
    reader.visit_file(file);
    reader.settle();
    reader.found
}

#[derive(Default)]
struct Reader {
    function: Option<Function>,
    found: Vec<Found>,
    /// Functions that wait, by the name of the condition variable.
    waits: BTreeMap<String, BTreeSet<String>>,
    /// Where one is woken, by the name of the condition variable.
    wakes: Vec<(String, Found)>,
    /// Where a field gets another entry, and fields that lose some.
    grows: Vec<(String, Rule, Found)>,
    shrinks: BTreeSet<String>,
    bounded: BTreeSet<String>,
}

#[derive(Default)]
struct Function {
    name: String,
    lines: (usize, usize),
    /// Names of its parameters; calling one is calling foreign code.
    parameters: BTreeSet<String>,
    loops: usize,
    /// Guards that live, by block: name of the guard, what is locked.
    held: Vec<Vec<(String, String)>>,
    two_locks: bool,
}

const TAKING: [&str; 3] = ["lock", "read", "write"];

impl Reader {
    fn place(&self, rule: Rule, span: Span) -> Option<Found> {
        let function = self.function.as_ref()?;
        Some(Found {
            rule,
            function: function.name.clone(),
            line: span.start().line,
            lines: function.lines,
        })
    }

    fn note(&mut self, rule: Rule, span: Span) {
        let found = self.place(rule, span);
        self.found.extend(found);
    }

    fn enter(&mut self, signature: &syn::Signature, whole: Span, body: &syn::Block) {
        let named = |input: &syn::FnArg| match input {
            syn::FnArg::Typed(typed) => Some(name_of(&typed.pat)),
            syn::FnArg::Receiver(_) => None,
        };
        let outer = self.function.replace(Function {
            name: signature.ident.to_string(),
            lines: (whole.start().line, whole.end().line),
            parameters: signature.inputs.iter().filter_map(named).collect(),
            ..Function::default()
        });
        self.note(Rule::Longest, signature.ident.span());
        self.visit_block(body);
        self.function = outer;
    }

    fn looped(&mut self, visit: impl FnOnce(&mut Self)) {
        let count = |reader: &mut Self, by: isize| {
            if let Some(function) = &mut reader.function {
                function.loops = function.loops.saturating_add_signed(by);
            }
        };
        count(self, 1);
        visit(self);
        count(self, -1);
    }

    fn in_loop(&self) -> bool {
        self.function.as_ref().is_some_and(|one| one.loops > 0)
    }

    fn holds_a_lock(&self) -> bool {
        let function = self.function.as_ref();
        function.is_some_and(|one| one.held.iter().any(|block| !block.is_empty()))
    }

    /// `let guard = thing.lock()…;` holds until the end of its block.
    fn hold(&mut self, local: &syn::Local) {
        let Some(init) = &local.init else { return };
        let Some((locked, span)) = guard_of(&init.expr) else {
            return;
        };
        let Some(function) = &mut self.function else {
            return;
        };
        let other = function.held.iter().flatten().any(|(_, of)| *of != locked);
        let first = other && !std::mem::replace(&mut function.two_locks, other);
        let name = name_of(&local.pat);
        if let Some(block) = function.held.last_mut() {
            block.push((name, locked));
        }
        if first {
            self.note(Rule::LockOrder, span);
        }
    }

    fn let_go(&mut self, name: &str) {
        if let Some(function) = &mut self.function {
            for block in &mut function.held {
                block.retain(|(guard, _)| guard != name);
            }
        }
    }

    fn called(&mut self, call: &syn::ExprMethodCall) {
        let (method, span) = (call.method.to_string(), call.method.span());
        let of = last_name(&call.receiver);
        match method.as_str() {
            "unwrap" | "expect" if is_taking(&call.receiver) => {
                self.note(Rule::UnwrapOnLock, span);
            }
            "wait" | "wait_timeout" if !call.args.is_empty() => {
                self.waits_at(of);
                if !self.in_loop() {
                    self.note(Rule::WaitsOnce, span);
                }
            }
            "wait_while" | "wait_timeout_while" => self.waits_at(of),
            "notify_one" => {
                let found = self.place(Rule::WakesOne, span);
                self.wakes.extend(of.zip(found));
            }
            "store" | "swap" | "compare_exchange" | "compare_exchange_weak" => {
                let text = call.args.to_token_stream().to_string();
                if text.contains("Relaxed") {
                    self.note(Rule::RelaxedPublication, span);
                }
            }
            "position" | "min_by_key" | "max_by_key" | "find" | "retain" => {
                self.shrinks.extend(of.filter(|_| method == "retain"));
                self.note(Rule::SearchesInOrder, span);
            }
            "clone" | "to_vec" | "to_owned" if self.in_loop() => {
                self.note(Rule::ClonesInLoop, span);
            }
            "push_back" => self.grows_at(of, Rule::UnboundedQueue, span),
            "insert" => self.grows_at(of, Rule::GrowsForEver, span),
            "remove" | "clear" | "drain" | "truncate" | "pop" | "pop_first" | "pop_last"
            | "extract_if" | "remove_entry" | "take" | "split_off" => self.shrinks.extend(of),
            "len" | "capacity" => self.bounded.extend(of),
            _ => {}
        }
    }

    fn waits_at(&mut self, of: Option<String>) {
        if let (Some(of), Some(function)) = (of, &self.function) {
            let waiting = self.waits.entry(of).or_default();
            waiting.insert(function.name.clone());
        }
    }

    fn grows_at(&mut self, of: Option<String>, rule: Rule, span: Span) {
        let found = self.place(rule, span);
        self.grows
            .extend(of.zip(found).map(|(of, found)| (of, rule, found)));
    }

    /// What can only be said when the whole file is known.
    fn settle(&mut self) {
        for (of, found) in std::mem::take(&mut self.wakes) {
            if self.waits.get(&of).is_some_and(|names| names.len() > 1) {
                self.found.push(found);
            }
        }
        for (of, rule, found) in std::mem::take(&mut self.grows) {
            let kept_small = match rule {
                Rule::UnboundedQueue => self.bounded.contains(&of),
                _ => self.shrinks.contains(&of),
            };
            if !kept_small {
                self.found.push(found);
            }
        }
    }
}

/// What is locked, if the expression ends in a guard: `self.state.lock().unwrap()`.
fn guard_of(expr: &syn::Expr) -> Option<(String, Span)> {
    match expr {
        syn::Expr::MethodCall(call) => {
            let name = call.method.to_string();
            if TAKING.contains(&name.as_str()) && call.args.is_empty() {
                return Some((
                    call.receiver.to_token_stream().to_string(),
                    call.method.span(),
                ));
            }
            let passes = ["unwrap", "expect", "unwrap_or_else"].contains(&name.as_str());
            passes.then(|| guard_of(&call.receiver)).flatten()
        }
        syn::Expr::Try(tried) => guard_of(&tried.expr),
        _ => None,
    }
}

fn is_taking(expr: &syn::Expr) -> bool {
    matches!(expr, syn::Expr::MethodCall(call)
        if call.args.is_empty() && TAKING.contains(&call.method.to_string().as_str()))
}

/// `queue` of `mut queue`.
fn name_of(pattern: &syn::Pat) -> String {
    let text = pattern.to_token_stream().to_string();
    text.trim_start_matches("mut ").to_owned()
}

/// `entries` of `self.entries`, `queue` of `queue`.
fn last_name(expr: &syn::Expr) -> Option<String> {
    match expr {
        syn::Expr::Field(field) => Some(field.member.to_token_stream().to_string()),
        syn::Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
        syn::Expr::Reference(inner) => last_name(&inner.expr),
        syn::Expr::Paren(inner) => last_name(&inner.expr),
        _ => None,
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.enter(&item.sig, item.span(), &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.enter(&item.sig, item.span(), &item.block);
    }

    /// Unit tests are not asked about.
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let test = item.attrs.iter().any(|one| one.path().is_ident("cfg"));
        if !test {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        if let Some(function) = &mut self.function {
            function.held.push(Vec::new());
        }
        syn::visit::visit_block(self, block);
        if let Some(function) = &mut self.function {
            function.held.pop();
        }
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        syn::visit::visit_local(self, local);
        self.hold(local);
    }

    fn visit_expr_while(&mut self, expr: &'ast syn::ExprWhile) {
        self.looped(|reader| syn::visit::visit_expr_while(reader, expr));
    }

    fn visit_expr_loop(&mut self, expr: &'ast syn::ExprLoop) {
        self.looped(|reader| syn::visit::visit_expr_loop(reader, expr));
    }

    fn visit_expr_for_loop(&mut self, expr: &'ast syn::ExprForLoop) {
        self.visit_expr(&expr.expr);
        self.looped(|reader| reader.visit_block(&expr.body));
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.called(call);
        syn::visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        match &*call.func {
            syn::Expr::Path(path) => {
                let last = path.path.segments.last().map(|one| one.ident.to_string());
                let own = path.path.get_ident().map(ToString::to_string);
                let parameter = self
                    .function
                    .as_ref()
                    .zip(own)
                    .is_some_and(|(function, own)| function.parameters.contains(&own));
                match last.as_deref() {
                    _ if parameter && self.holds_a_lock() => {
                        self.note(Rule::GuardAcrossCall, call.span());
                    }
                    Some("channel") => self.note(Rule::UnboundedQueue, call.span()),
                    Some("sleep") => self.note(Rule::SleepsToWait, call.span()),
                    Some("drop") => {
                        if let Some(name) = call.args.first().and_then(last_name) {
                            self.let_go(&name);
                        }
                    }
                    _ => {}
                }
            }
            // A field that can be called: a hook, a clock, a loader.
            syn::Expr::Paren(_) if self.holds_a_lock() => {
                self.note(Rule::GuardAcrossCall, call.span());
            }
            _ => {}
        }
        syn::visit::visit_expr_call(self, call);
    }
}
