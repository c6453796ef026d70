//! A problem folder → [`Problem`], or every offence in it at once.
//!
//! In: a [`Library`] or a folder. Out: the problem with all its texts, or the full list of what is wrong, each with its file,
//! its place and its mend. Never compiles or runs anything: that a problem is *sound* is proved by
//! [`crate::actions::check_problems`].

pub mod layout;
mod manifest;
pub mod plans;
mod suites;
mod survivors;

use std::{collections::BTreeMap, fmt, io, path::Path};

use crate::{
    assets::{self, Library},
    domain::problem::{Category, Mutant, Problem, ProblemId, Solution},
};
use layout::Role;

/// What the skeleton of a problem leaves in its statement.
const UNWRITTEN: &str = "TODO(author)";

/// Something wrong in a problem folder: the author's fault, told with its place and its mend.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offence {
    /// Path inside the problem folder; empty for the folder itself.
    pub file: String,
    /// Line from 1, where one is to blame.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub mend: String,
}

impl Offence {
    /// An offence of a whole file.
    pub fn new(file: impl Into<String>, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: None,
            what: what.into(),
            mend: mend.into(),
        }
    }

    /// The same at a line, counted from 1.
    pub fn at(mut self, line: Option<usize>) -> Self {
        self.line = line;
        self
    }
}

impl fmt::Display for Offence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Offence {
            file,
            line,
            what,
            mend,
        } = self;
        let place = match line {
            Some(line) => format!("{file}:{line}"),
            None if file.is_empty() => "the folder".to_owned(),
            None => file.clone(),
        };
        write!(out, "{place}: {what}\n  mend: {mend}")
    }
}

/// Loads one problem of a library.
pub fn load(library: &Library, id: &str) -> Result<Problem, Vec<Offence>> {
    match library.files_of(id) {
        Ok(files) => from_files(id, &files),
        Err(error) => Err(vec![unreadable(id, &error)]),
    }
}

/// Loads a problem folder from disk; its name is the id.
pub fn load_folder(folder: &Path) -> Result<Problem, Vec<Offence>> {
    let id = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    match assets::files_below(folder) {
        Ok(files) => from_files(&id, &files),
        Err(error) => Err(vec![unreadable(&id, &error)]),
    }
}

/// A folder that is no sound problem, by name, with its offences.
pub type Broken = (String, Vec<Offence>);

/// Loads all problems of a library: the sound ones by tier and id, and the offences of the others by folder name.
pub fn load_all(library: &Library) -> io::Result<(Vec<Problem>, Vec<Broken>)> {
    let mut sound = Vec::new();
    let mut broken = Vec::new();
    for id in library.problem_ids()? {
        match load(library, &id) {
            Ok(problem) => sound.push(problem),
            Err(offences) => broken.push((id, offences)),
        }
    }
    sound.sort_by(|a, b| (a.tier, &a.id).cmp(&(b.tier, &b.id)));
    Ok((sound, broken))
}

fn unreadable(id: &str, error: &io::Error) -> Offence {
    Offence::new(
        "",
        format!("cannot read the problem folder {id}: {error}"),
        "name a folder that exists and can be read",
    )
}

/// Builds the problem from the texts of its folder, collecting offences on the way.
fn from_files(id: &str, files: &BTreeMap<String, Vec<u8>>) -> Result<Problem, Vec<Offence>> {
    let mut offences = Vec::new();
    let problem_id = ProblemId::new(id);
    if problem_id.is_none() {
        offences.push(Offence::new(
            "",
            format!("\"{id}\" is no problem id"),
            "name the folder with lower-case words joined by hyphens, for example rate-limiter",
        ));
    }
    let texts = readable_texts(files, &mut offences);
    for name in layout::required() {
        if !files.contains_key(&name) {
            offences.push(Offence::new(
                &name,
                "the file is missing",
                "write it; `fiftyten problem new` shows a skeleton",
            ));
        }
    }
    let alternates = solutions(&texts, |role| match role {
        Role::Alternate(name) => Some(name),
        Role::Required | Role::Survivors | Role::Mutant(..) | Role::Unexpected => None,
    });
    if alternates.is_empty() {
        offences.push(Offence::new(
            layout::ALTERNATES,
            "there is no alternate solution",
            "add at least one correct solution of another design than the reference",
        ));
    }
    let mutants = mutants(&texts, &mut offences);
    let survivors = texts
        .get(layout::SURVIVORS)
        .map(|text| survivors::read(text, &mut offences))
        .unwrap_or_default();
    let text = |name: &str| {
        texts
            .get(name)
            .map(|text| (*text).to_owned())
            .unwrap_or_default()
    };
    let samples = suites::read(layout::SAMPLES, Category::Core, &texts, &mut offences);
    let hidden: Vec<_> = Category::ALL
        .into_iter()
        .filter_map(|category| {
            suites::read(&layout::suite(category), category, &texts, &mut offences)
        })
        .collect();
    let manifest = texts
        .get(layout::MANIFEST)
        .and_then(|text| manifest::read(text, &mut offences));
    if text(layout::STATEMENT).trim().is_empty() && texts.contains_key(layout::STATEMENT) {
        offences.push(Offence::new(
            layout::STATEMENT,
            "the statement is empty",
            "write the interviewer's brief",
        ));
    }
    if let Some(line) = text(layout::STATEMENT)
        .lines()
        .position(|line| line.contains(UNWRITTEN))
    {
        let mend = format!("write the brief and remove the line with {UNWRITTEN}");
        offences.push(
            Offence::new(layout::STATEMENT, "the brief is not written yet", mend)
                .at(Some(line + 1)),
        );
    }
    match (problem_id, manifest, samples) {
        (Some(id), Some(manifest), Some(samples)) if offences.is_empty() => Ok(Problem {
            id,
            title: manifest.title,
            tier: manifest.tier,
            group: manifest.group,
            frequency: manifest.frequency,
            tags: manifest.tags,
            difficulty: manifest.difficulty,
            drill_minutes: manifest.drill_minutes,
            weights: manifest.weights,
            statement: text(layout::STATEMENT),
            starter: text(layout::STARTER),
            followup_stub: text(layout::FOLLOWUP),
            twist: manifest.twist,
            clarifications: manifest.clarifications,
            discussion: manifest.discussion,
            hints: manifest.hints,
            samples,
            suites: hidden,
            reference: Solution {
                name: "reference".to_owned(),
                source: text(layout::REFERENCE),
            },
            alternates,
            mutants,
            survivors,
        }),
        _ => {
            offences.sort();
            offences.dedup();
            Err(offences)
        }
    }
}

/// The files as text; anything unexpected or not UTF-8 is an offence.
fn readable_texts<'f>(
    files: &'f BTreeMap<String, Vec<u8>>,
    offences: &mut Vec<Offence>,
) -> BTreeMap<&'f str, &'f str> {
    let mut texts = BTreeMap::new();
    for (path, bytes) in files {
        if layout::role(path) == Role::Unexpected {
            offences.push(Offence::new(
                path,
                "this file does not belong into a problem folder",
                "remove it, or give it one of the names that `fiftyten problem new` lays out",
            ));
            continue;
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                texts.insert(path.as_str(), text);
            }
            Err(error) => {
                let line = bytes[..error.valid_up_to()]
                    .iter()
                    .filter(|byte| **byte == b'\n')
                    .count()
                    + 1;
                offences.push(
                    Offence::new(path, "the file is not UTF-8", "save it as UTF-8 text")
                        .at(Some(line)),
                );
            }
        }
    }
    texts
}

fn solutions(
    texts: &BTreeMap<&str, &str>,
    named: impl Fn(Role) -> Option<String>,
) -> Vec<Solution> {
    texts
        .iter()
        .filter_map(|(path, text)| {
            Some(Solution {
                name: named(layout::role(path))?,
                source: (*text).to_owned(),
            })
        })
        .collect()
}

fn mutants(texts: &BTreeMap<&str, &str>, offences: &mut Vec<Offence>) -> Vec<Mutant> {
    let mut found = Vec::new();
    for (path, text) in texts {
        let Role::Mutant(category, name) = layout::role(path) else {
            continue;
        };
        let first = text.lines().next().unwrap_or_default();
        match first
            .strip_prefix("//! Flaw: ")
            .map(str::trim)
            .filter(|flaw| !flaw.is_empty())
        {
            Some(flaw) => found.push(Mutant {
                category,
                solution: Solution {
                    name,
                    source: (*text).to_owned(),
                },
                flaw: flaw.to_owned(),
            }),
            None => offences.push(
                Offence::new(
                    *path,
                    "the first line does not say the flaw",
                    "begin the file with `//! Flaw: ` and one sentence",
                )
                .at(Some(1)),
            ),
        }
    }
    found
}

#[cfg(test)]
mod tests;
