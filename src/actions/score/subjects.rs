//! Finds out what there is to score: which paths are submissions, and which problem each one solves.
//!
//! A folder of strangers' work holds anything. What is no submission is named with the reason and left alone; only what the person
//! typed wrongly is an error. Nothing of a stranger's is obeyed here: manifests are read as plain data, links are not followed,
//! and an attempt from elsewhere cannot point at code outside of itself.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use super::ScoreWish;
use crate::{
    actions::{Failure, House, show},
    history,
};

/// How deep folders of folders are searched.
const DEPTH: usize = 6;
/// No manifest is longer than this.
const MANIFEST_BYTES: u64 = 64 * 1024;

/// One thing to score.
pub(super) struct Subject {
    /// As it was named.
    pub shown: PathBuf,
    /// Package or file.
    pub code: PathBuf,
    /// The problem's id.
    pub problem: String,
}

/// Something that is not scored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// As it was named, or as it was found.
    pub path: PathBuf,
    /// Why, to be read after the path.
    pub reason: String,
}

/// What the paths of a wish hold.
#[derive(Default)]
pub(super) struct Found {
    pub subjects: Vec<Subject>,
    pub skipped: Vec<Skipped>,
}

/// Looks at every path, and into folders that are no submissions themselves, in the order of their names.
///
/// Fails if a path does not exist, or a problem that was asked for.
pub(super) fn find(house: &House, wish: &ScoreWish) -> Result<Found, Failure> {
    let known = house.library.problem_ids().map_err(|error| {
        Failure::usage(
            format!("cannot list the library: {error}"),
            "name a folder of problems with --library DIR",
        )
    })?;
    if let Some(problem) = &wish.problem {
        show(house, problem)?;
    }
    let mut search = Search {
        house,
        wanted: wish.problem.as_deref(),
        known,
        found: Found::default(),
    };
    for path in &wish.paths {
        search.named(path)?;
    }
    Ok(search.found)
}

struct Search<'a> {
    house: &'a House,
    wanted: Option<&'a str>,
    /// The problems of the library.
    known: Vec<String>,
    found: Found,
}

impl Search<'_> {
    /// What the person typed: a path, or the name of an attempt.
    fn named(&mut self, path: &Path) -> Result<(), Failure> {
        if path.exists() {
            self.look(path, path, 0);
            return Ok(());
        }
        let name = path.to_string_lossy();
        let attempt =
            history::find(&self.house.data, &name).map_err(|error| match Failure::from(error) {
                Failure::Usage { .. } => {
                    Failure::usage(format!("there is no file, folder or attempt {name}"), "")
                }
                other => other,
            })?;
        self.attempt(path, &attempt);
        Ok(())
    }

    /// `top` is the path that was named, `depth` how far below it this one was found.
    fn look(&mut self, path: &Path, top: &Path, depth: usize) {
        if path.join("attempt.toml").is_file() {
            self.attempt_folder(path, depth > 0);
        } else if path.join("src").exists() || path.join("Cargo.toml").exists() {
            self.code(path, top);
        } else if path.is_dir() {
            self.folder(path, top, depth);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            self.code(path, top);
        } else {
            self.skip(path, "is no submission: neither a package nor a .rs file");
        }
    }

    fn folder(&mut self, path: &Path, top: &Path, depth: usize) {
        if depth == DEPTH {
            return self.skip(path, "lies too deep; name it itself");
        }
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries.flatten(),
            Err(error) => return self.skip(path, format!("cannot be read: {error}")),
        };
        let mut inside: Vec<PathBuf> = entries
            .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
            .map(|entry| entry.path())
            .collect();
        inside.sort();
        if inside.is_empty() {
            // As a submission it is one without any code; inside another folder it is just empty.
            if depth == 0 && self.wanted.is_some() {
                self.code(path, top);
            } else {
                self.skip(path, "is empty");
            }
        }
        for path in inside {
            if path.is_symlink() {
                self.skip(&path, "is a link; name what it points at");
            } else {
                self.look(&path, top, depth + 1);
            }
        }
    }

    fn attempt_folder(&mut self, path: &Path, is_found: bool) {
        if is_found && !is_short_file(&path.join("attempt.toml")) {
            return self.skip(path, "has an attempt.toml that is none");
        }
        let attempt = match history::find(&self.house.data, &path.to_string_lossy()) {
            Ok(attempt) => attempt,
            Err(error) => return self.skip(path, format!("is a broken attempt: {error}")),
        };
        let workspace = attempt.workspace();
        let is_own = path.starts_with(&self.house.data);
        if is_found && !is_own && (!workspace.starts_with(path) || workspace.is_symlink()) {
            let reason = format!(
                "keeps its code outside of itself, in {}; name that",
                workspace.display()
            );
            return self.skip(path, reason);
        }
        self.attempt(path, &attempt);
    }

    fn attempt(&mut self, shown: &Path, attempt: &history::Attempt) {
        let problem = self.wanted.unwrap_or(&attempt.manifest.problem).to_owned();
        if !self.known.contains(&problem) {
            return self.skip(
                shown,
                format!("is an attempt at {problem}, which is no problem here"),
            );
        }
        self.found.subjects.push(Subject {
            shown: shown.to_owned(),
            code: attempt.workspace(),
            problem,
        });
    }

    fn code(&mut self, path: &Path, top: &Path) {
        let told = || package_name(path).filter(|name| self.known.contains(name));
        let problem = self.wanted.map(str::to_owned).or_else(told);
        match problem.or_else(|| named_in(path, top, &self.known)) {
            Some(problem) => self.found.subjects.push(Subject {
                shown: path.to_owned(),
                code: path.to_owned(),
                problem,
            }),
            None => self.skip(
                path,
                "does not tell which problem it solves; name it with --problem ID",
            ),
        }
    }

    fn skip(&mut self, path: &Path, reason: impl Into<String>) {
        self.found.skipped.push(Skipped {
            path: path.to_owned(),
            reason: reason.into(),
        });
    }
}

/// The name in a package's manifest, which the trainer's own packages share with their problem.
fn package_name(path: &Path) -> Option<String> {
    let path = path.join("Cargo.toml");
    if !is_short_file(&path) {
        return None;
    }
    let mut text = String::new();
    let file = File::open(path).ok()?;
    file.take(MANIFEST_BYTES).read_to_string(&mut text).ok()?;
    let manifest: toml::Table = toml::from_str(&text).ok()?;
    let name = manifest.get("package")?.get("name")?.as_str()?;
    Some(name.replace('_', "-"))
}

/// Neither a link nor a pipe nor without an end.
fn is_short_file(path: &Path) -> bool {
    path.symlink_metadata()
        .is_ok_and(|facts| facts.is_file() && facts.len() <= MANIFEST_BYTES)
}

/// The problem in the name of a path or of a folder around it, up to the one that was named: the nearest, and there the longest.
fn named_in(path: &Path, top: &Path, known: &[String]) -> Option<String> {
    let absolute = std::path::absolute(path).ok()?;
    let top = std::path::absolute(top).ok()?;
    let around = absolute
        .ancestors()
        .take_while(|folder| folder.starts_with(&top));
    around.filter_map(Path::file_stem).find_map(|name| {
        let words = format!("-{}-", name.to_string_lossy().replace(['_', ' ', '.'], "-"));
        known
            .iter()
            .filter(|id| words.contains(&format!("-{id}-")))
            .max_by_key(|id| id.len())
            .cloned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_tells_the_problem() {
        let known = ["token-bucket", "bucket", "lru-ttl-cache"].map(str::to_owned);
        let told = |path: &str| named_in(Path::new(path), Path::new("/in"), &known);
        for (path, id) in [
            ("/in/alice_token_bucket.rs", Some("token-bucket")),
            ("/in/lru-ttl-cache/alice.rs", Some("lru-ttl-cache")),
            ("/in/lru-ttl-cache/bucket.v2.rs", Some("bucket")),
            ("/in/20270115T080000-token-bucket", Some("token-bucket")),
            ("/in/buckets.rs", None),
            ("/token-bucket/alice.rs", None),
        ] {
            assert_eq!(told(path).as_deref(), id, "{path}");
        }
    }
}
