//! What locks, channels and other primitives are called: by the field that the candidate's own line names.

use std::collections::{BTreeMap, BTreeSet};

use super::labels::file_and_line;
use crate::domain::{attempt::Submission, verdict::Story};

/// What gets a name, by the begin of its type's name.
const PRIMITIVES: [&str; 11] = [
    "Mutex",
    "RwLock",
    "Condvar",
    "Barrier",
    "Once",
    "LazyLock",
    "Sender",
    "SyncSender",
    "Receiver",
    "Atomic",
    "Thread",
];

/// A name for each primitive of a story. Two of one name get numbers.
pub(super) fn objects(story: &Story, submission: Option<&Submission>) -> BTreeMap<u32, String> {
    let mut names: BTreeMap<u32, (String, bool)> = BTreeMap::new();
    let mut nouns: BTreeMap<u32, &str> = BTreeMap::new();
    let mut looked_at = BTreeSet::new();
    for event in story.events.iter().filter(|event| !event.is_deviation()) {
        let Some(object) = event.outcome.object else {
            continue;
        };
        if !looked_at.insert((object, event.at.as_deref(), event.op.as_str())) {
            continue;
        }
        let (noun, verb) = event.op.split_once("::").unwrap_or((&event.op, ""));
        let known = PRIMITIVES.iter().any(|one| noun.starts_with(one));
        if known {
            nouns.entry(object).or_insert(noun);
        }
        if !known || names.get(&object).is_some_and(|(_, field)| *field) {
            continue;
        }
        let found = event.at.as_deref().and_then(|at| {
            let (file, line) = file_and_line(at)?;
            receiver(submission?.files.get(file)?, line, verb)
        });
        // A field says more than the parameter of a helper that it was handed to.
        if let Some((name, field)) = found
            && (field || !names.contains_key(&object))
        {
            names.insert(object, (name, field));
        }
    }
    let mut names: BTreeMap<u32, String> = names
        .into_iter()
        .map(|(object, (name, _))| (object, name))
        .collect();
    for (object, noun) in nouns {
        names.entry(object).or_insert_with(|| noun.to_owned());
    }
    let mut of_name: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (object, name) in &names {
        of_name.entry(name.clone()).or_default().push(*object);
    }
    for (name, objects) in of_name.iter().filter(|(_, objects)| objects.len() > 1) {
        for (number, object) in (1..).zip(objects) {
            names.insert(*object, format!("{name}#{number}"));
        }
    }
    names
}

/// What a method is called on, by the last name before its dot: `map` for `self.map.lock()`; and whether that is a field.
fn receiver(text: &str, line: usize, method: &str) -> Option<(String, bool)> {
    let (mut start, mut length) = (0, 0);
    for (number, one) in (1..).zip(text.split_inclusive('\n')) {
        length = one.len();
        if number == line {
            break;
        }
        start += length;
    }
    let wanted = format!(".{method}");
    let in_line = text.get(start..start + length)?;
    let dot = in_line.match_indices(&wanted).find_map(|(at, _)| {
        let after = in_line[at + wanted.len()..].chars().next()?;
        matches!(after, '(' | ':').then_some(start + at)
    })?;
    let mut before = text[..dot].trim_end();
    // `shards[i]` is one of the shards.
    while let Some(inner) = before.strip_suffix(']') {
        before = &inner[..inner.rfind('[')?];
    }
    let name = last_name(before);
    let owner = before.strip_suffix(name)?.strip_suffix('.');
    let is_number = name.chars().all(|letter| letter.is_ascii_digit());
    match (name, owner) {
        ("" | "self", _) => None,
        (_, Some(owner)) if is_number => {
            let owner = last_name(owner);
            let owner = if owner.is_empty() { "self" } else { owner };
            Some((format!("{owner}.{name}"), true))
        }
        (_, owner) => Some((name.to_owned(), owner.is_some())),
    }
}

fn last_name(text: &str) -> &str {
    let part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let rest = text.trim_end_matches(part);
    &text[rest.len()..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_called_as_the_field_it_lies_in() {
        let text = "let a = self.map.lock();\n    self.gate\n        .wait_while(x.lock(), |q| q.is_empty());\nshards[i % 4].lock();\nself.0.load(X);\nmake().lock();\nlock();\ninner.0.store(1);\n";
        let field = |name| Some((name, true));
        let table = [
            (1, "lock", field("map")),
            (3, "wait_while", field("gate")),
            (3, "lock", Some(("x", false))),
            (4, "lock", Some(("shards", false))),
            (5, "load", field("self.0")),
            (6, "lock", None),
            (7, "lock", None),
            (8, "store", field("inner.0")),
            (99, "lock", None),
            (1, "wait", None),
        ];
        for (line, method, expected) in table {
            assert_eq!(
                receiver(text, line, method),
                expected.map(|(name, field): (&str, bool)| (name.to_owned(), field)),
                "{line} {method}"
            );
        }
    }
}
