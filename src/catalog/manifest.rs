//! `problem.toml` → its values. Unknown keys, missing keys and values out of range are all reported at once.

use serde::Deserialize;

use super::{Offence, layout::MANIFEST};
use crate::domain::problem::{Clarification, Discussion, Hint, Weights};

/// The values of a sound manifest.
pub(super) struct Manifest {
    pub title: String,
    pub tier: u8,
    pub group: String,
    pub frequency: u8,
    pub tags: Vec<String>,
    pub difficulty: u8,
    pub drill_minutes: u16,
    pub weights: Weights,
    pub twist: String,
    pub clarifications: Vec<Clarification>,
    pub discussion: Vec<Discussion>,
    pub hints: Vec<Hint>,
}

/// The file as it is written; everything optional, so that one missing key does not hide the next.
#[derive(Deserialize)]
struct Raw {
    format: Option<u32>,
    title: Option<String>,
    tier: Option<u8>,
    group: Option<String>,
    frequency: Option<u8>,
    tags: Option<Vec<String>>,
    difficulty: Option<u8>,
    drill_minutes: Option<u16>,
    weights: Option<Weights>,
    #[serde(default)]
    clarify: Vec<RawClarification>,
    followup: Option<RawFollowUp>,
    #[serde(default)]
    discussion: Vec<RawDiscussion>,
    #[serde(default)]
    hints: Vec<RawHint>,
}

#[derive(Deserialize)]
struct RawClarification {
    question: String,
    answer: String,
    #[serde(default)]
    tested: bool,
    keys: String,
}

#[derive(Deserialize)]
struct RawFollowUp {
    twist: String,
}

#[derive(Deserialize)]
struct RawDiscussion {
    question: String,
    points: Vec<String>,
}

#[derive(Deserialize)]
struct RawHint {
    text: String,
    cost: u8,
}

/// Reads the manifest; `None` if anything is wrong, and then `offences` has grown.
pub(super) fn read(text: &str, offences: &mut Vec<Offence>) -> Option<Manifest> {
    let before = offences.len();
    let raw = parse(text, offences)?;
    let mut complain = |key: &str, what: String, mend: &str| {
        offences.push(Offence::new(MANIFEST, what, mend).at(line_of_key(text, key)));
    };
    if raw.format != Some(1) {
        complain(
            "format",
            "the format is not 1".to_owned(),
            "write `format = 1` as the first line",
        );
    }
    let in_range = [
        ("tier", raw.tier.map(u32::from), 1..=3),
        ("frequency", raw.frequency.map(u32::from), 0..=100),
        ("difficulty", raw.difficulty.map(u32::from), 1..=5),
        ("drill_minutes", raw.drill_minutes.map(u32::from), 5..=60),
    ];
    for (key, value, range) in in_range {
        match value {
            None => complain(key, format!("the key `{key}` is missing"), "add it"),
            Some(value) if !range.contains(&value) => complain(
                key,
                format!(
                    "`{key}` is {value}, outside {}..={}",
                    range.start(),
                    range.end()
                ),
                "choose a value in the range",
            ),
            Some(_) => {}
        }
    }
    for (key, missing) in [
        ("title", raw.title.as_deref().is_none_or(str::is_empty)),
        ("group", raw.group.as_deref().is_none_or(str::is_empty)),
        ("tags", raw.tags.as_ref().is_none_or(Vec::is_empty)),
        ("weights", raw.weights.is_none()),
        (
            "followup",
            raw.followup
                .as_ref()
                .is_none_or(|followup| followup.twist.trim().is_empty()),
        ),
        ("clarify", raw.clarify.is_empty()),
        ("discussion", raw.discussion.is_empty()),
    ] {
        if missing {
            complain(
                key,
                format!("`{key}` is missing or empty"),
                "write it; `fiftyten problem new` shows an example",
            );
        }
    }
    if let Some(total) = raw
        .weights
        .map(|weights| weights.total())
        .filter(|total| *total != 100)
    {
        complain(
            "weights",
            format!("the weights add up to {total}, not to 100"),
            "change them so that they add up to 100",
        );
    }
    if raw.hints.len() != 3 {
        complain(
            "hints",
            format!("there are {} hints, not three", raw.hints.len()),
            "write three, gentle to concrete",
        );
    }
    let clarifications: Vec<Clarification> = raw.clarify.into_iter().map(clarification).collect();
    for entry in clarifications
        .iter()
        .filter(|entry| entry.keys.iter().any(Vec::is_empty) || entry.keys.is_empty())
    {
        complain(
            &entry.question,
            format!(
                "the question \"{}\" has an empty group of keys",
                entry.question
            ),
            "write groups of alternatives such as `read/get; ttl/expir`",
        );
    }
    if offences.len() > before {
        return None;
    }
    Some(Manifest {
        title: raw.title?,
        tier: raw.tier?,
        group: raw.group?,
        frequency: raw.frequency?,
        tags: raw.tags?,
        difficulty: raw.difficulty?,
        drill_minutes: raw.drill_minutes?,
        weights: raw.weights?,
        twist: raw.followup?.twist,
        clarifications,
        discussion: raw
            .discussion
            .into_iter()
            .map(|entry| Discussion {
                question: entry.question,
                points: entry.points,
            })
            .collect(),
        hints: raw
            .hints
            .into_iter()
            .map(|hint| Hint {
                text: hint.text,
                cost: hint.cost,
            })
            .collect(),
    })
}

fn parse(text: &str, offences: &mut Vec<Offence>) -> Option<Raw> {
    let mut unknown = Vec::new();
    let parsed = toml::Deserializer::parse(text).and_then(|source| {
        serde_ignored::deserialize(source, |path| unknown.push(path.to_string()))
    });
    for path in unknown {
        let key = path.rsplit('.').next().unwrap_or(&path).to_owned();
        offences.push(
            Offence::new(
                MANIFEST,
                format!("the key `{path}` is unknown"),
                "remove it, or mend its spelling",
            )
            .at(line_of_key(text, &key)),
        );
    }
    parsed
        .map_err(|error| {
            let line = error.span().map(|span| line_of(text, span.start));
            offences.push(
                Offence::new(
                    MANIFEST,
                    error.message().to_owned(),
                    "mend the manifest at this place",
                )
                .at(line),
            );
        })
        .ok()
}

fn clarification(raw: RawClarification) -> Clarification {
    let words = |group: &str| {
        group
            .split('/')
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect::<Vec<_>>()
    };
    Clarification {
        question: raw.question,
        answer: raw.answer,
        tested: raw.tested,
        keys: raw.keys.split(';').map(words).collect(),
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()
        .iter()
        .take(offset)
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}

/// The first line that writes a key, a table of that name, or the text itself.
fn line_of_key(text: &str, key: &str) -> Option<usize> {
    let writes = |line: &str| {
        let line = line.trim_start();
        let after = line.trim_start_matches('[').strip_prefix(key);
        after.is_some_and(|rest| rest.starts_with([' ', '=', ']']))
            || line.contains(&format!("\"{key}\""))
    };
    text.lines().position(writes).map(|index| index + 1)
}
