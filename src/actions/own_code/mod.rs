//! Two questions about the candidate's own functions, found by rules over the syntax tree.

mod reader;
mod rules;

use std::collections::BTreeSet;

use self::{reader::Found, rules::Rule};
use super::discuss::{Excerpt, Topic};
use crate::domain::attempt::Submission;

/// How many questions are about the candidate's own code.
const QUESTIONS: usize = 2;

/// Questions about the code, the most telling first; each names its function and line, shows the function, and knows what a
/// good answer mentions. Fewer than two only if the code has fewer functions or does not parse.
pub(super) fn questions(submission: &Submission) -> Vec<Topic> {
    let mut found: Vec<(&str, &str, Found)> = Vec::new();
    for (path, text) in &submission.files {
        if let Ok(file) = syn::parse_file(text) {
            let here = reader::read(&file).into_iter();
            found.extend(here.map(|one| (path.as_str(), text.as_str(), one)));
        }
    }
    found.sort_by_key(|(_, _, one)| (one.rule, std::cmp::Reverse(one.lines.1 - one.lines.0)));
    let mut asked = BTreeSet::new();
    let mut rules = BTreeSet::new();
    // One question per function and, but for the last resort, one per rule.
    found
        .into_iter()
        .filter(|(_, _, one)| {
            let spent = one.rule != Rule::Longest && rules.contains(&one.rule);
            let new = !spent && asked.insert(one.function.clone());
            new.then(|| rules.insert(one.rule));
            new
        })
        .take(QUESTIONS)
        .map(|(path, text, one)| topic(path, text, &one))
        .collect()
}

fn topic(path: &str, text: &str, found: &Found) -> Topic {
    let (first, last) = found.lines;
    let lines: Vec<&str> = text
        .lines()
        .skip(first - 1)
        .take(last + 1 - first)
        .collect();
    Topic {
        question: format!(
            "In `{}` ({path}:{}): {}",
            found.function,
            found.line,
            found.rule.question()
        ),
        points: found
            .rule
            .points()
            .iter()
            .map(|one| (*one).to_owned())
            .collect(),
        own_code: true,
        code: Some(Excerpt {
            path: path.to_owned(),
            first,
            line: found.line,
            text: lines.join("\n"),
        }),
    }
}

#[cfg(test)]
mod tests;
