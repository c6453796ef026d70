//! How large the code is beside the reference, and what it offers beyond the API.

use std::collections::BTreeSet;

use syn::visit::Visit;

use crate::domain::{attempt::Submission, problem::Problem, session::facts::Bulk};

/// Measures a submission. Files that do not parse offer nothing.
pub(super) fn measure(submission: &Submission, problem: &Problem) -> Bulk {
    let mut asked = public_items(&problem.starter);
    asked.extend(public_items(&problem.followup_stub));
    asked.extend(public_items(&problem.reference.source));
    let mut offered = BTreeSet::new();
    for text in submission.files.values() {
        offered.extend(public_items(text));
    }
    Bulk {
        code_lines: submission.files.values().map(|text| code_lines(text)).sum(),
        reference_lines: code_lines(&problem.reference.source),
        extra_public_items: offered.difference(&asked).count(),
    }
}

/// Lines that are neither blank nor comments, up to the unit tests, which stand last by custom.
fn code_lines(text: &str) -> usize {
    text.lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("#[cfg(test)]"))
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count()
}

fn public_items(text: &str) -> BTreeSet<String> {
    let mut items = Items::default();
    if let Ok(file) = syn::parse_file(text) {
        items.visit_file(&file);
    }
    items.names
}

#[derive(Default)]
struct Items {
    names: BTreeSet<String>,
}

impl Items {
    fn add(&mut self, visibility: &syn::Visibility, name: &syn::Ident) {
        if matches!(visibility, syn::Visibility::Public(_)) {
            self.names.insert(name.to_string());
        }
    }
}

impl<'ast> Visit<'ast> for Items {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.add(&item.vis, &item.ident);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.add(&item.vis, &item.ident);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.add(&item.vis, &item.ident);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.add(&item.vis, &item.ident);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.add(&item.vis, &item.sig.ident);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.add(&item.vis, &item.sig.ident);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_blank_lines_and_tests_are_no_code() {
        assert_eq!(
            code_lines("//! a\n\nfn f() {\n    // b\n    g()\n}\n#[cfg(test)]\nmod tests {}\n"),
            3
        );
    }

    #[test]
    fn only_public_items_count() {
        let names = public_items(
            "pub struct A; struct B; impl A { pub fn f(&self) {} fn g(&self) {} } pub(crate) fn h() {}",
        );
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["A", "f"]);
    }
}
