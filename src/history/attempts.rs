//! The folder of attempts: one folder each, named by time and problem.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};

use super::{HistoryError, journal::Journal, store};
use crate::domain::attempt::Mode;

/// File names below an attempt's folder.
const MANIFEST: &str = "attempt.toml";
const JOURNAL: &str = "journal.ndjson";
const WORKSPACE: &str = "workspace";

/// What `attempt.toml` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// 1.
    pub format: u32,
    /// The problem's id.
    pub problem: String,
    /// How the attempt is made.
    pub mode: Mode,
    /// The judge's seed.
    pub seed: u64,
    /// Unix milliseconds.
    pub started: u64,
    /// The package that the candidate edits, where it is not inside the attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<PathBuf>,
}

/// One attempt on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The folder's name: time and problem.
    pub id: String,
    /// The folder.
    pub dir: PathBuf,
    /// What it is an attempt at.
    pub manifest: Manifest,
}

impl Attempt {
    /// The package that the candidate edits.
    pub fn workspace(&self) -> PathBuf {
        self.manifest
            .workspace
            .clone()
            .unwrap_or_else(|| self.dir.join(WORKSPACE))
    }

    /// The journal.
    pub fn journal(&self) -> Journal {
        Journal::at(self.dir.join(JOURNAL))
    }
}

/// The folder for the trainer's data: `$XDG_DATA_HOME/fiftyten` or its like. None without a home.
pub fn data_dir() -> Option<PathBuf> {
    Some(
        etcetera::choose_base_strategy()
            .ok()?
            .data_dir()
            .join("fiftyten"),
    )
}

/// Makes the folder of a new attempt. It counts only once [`seal`] has written its manifest.
///
/// `stamp` is the local time as it shall be part of the name. Fails if the disk does.
pub fn create(data: &Path, stamp: &str, manifest: Manifest) -> Result<Attempt, HistoryError> {
    let attempts = data.join("attempts");
    fs::create_dir_all(&attempts).map_err(HistoryError::io("create", &attempts))?;
    let base = format!("{stamp}-{}", manifest.problem);
    // Two starts within a second get two folders.
    let mut id = base.clone();
    let mut number = 2;
    let dir = loop {
        let dir = attempts.join(&id);
        match fs::create_dir(&dir) {
            Ok(()) => break dir,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                id = format!("{base}-{number}");
                number += 1;
            }
            Err(error) => return Err(HistoryError::io("create", &dir)(error)),
        }
    };
    Ok(Attempt { id, dir, manifest })
}

/// Makes a created attempt count: from now on it is listed.
pub fn seal(attempt: &Attempt) -> Result<(), HistoryError> {
    let path = attempt.dir.join(MANIFEST);
    let text = toml::to_string(&attempt.manifest).map_err(|error| HistoryError::Corrupt {
        path: path.clone(),
        line: 1,
        why: error.to_string(),
    })?;
    store::write_whole(&path, text.as_bytes())?;
    if let Some(attempts) = attempt.dir.parent() {
        store::sync_folder(attempts);
    }
    Ok(())
}

/// All attempts, oldest first, and what could not be read. An empty list if nothing was ever attempted.
pub fn list(data: &Path) -> Result<(Vec<Attempt>, Vec<HistoryError>), HistoryError> {
    let folder = data.join("attempts");
    let names: Vec<OsString> = match fs::read_dir(&folder) {
        Ok(entries) => entries.flatten().map(|entry| entry.file_name()).collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(HistoryError::io("list", &folder)(error)),
    };
    let (mut attempts, mut broken) = (Vec::new(), Vec::new());
    for name in names {
        let dir = folder.join(&name);
        // A folder without a manifest is a start that was killed before anything happened.
        if !dir.join(MANIFEST).is_file() {
            continue;
        }
        match open(&dir) {
            Ok(attempt) => attempts.push(attempt),
            Err(error) => broken.push(error),
        }
    }
    attempts.sort_by(|a, b| (a.manifest.started, &a.id).cmp(&(b.manifest.started, &b.id)));
    Ok((attempts, broken))
}

fn open(dir: &Path) -> Result<Attempt, HistoryError> {
    let path = dir.join(MANIFEST);
    let text = fs::read_to_string(&path).map_err(HistoryError::io("read", &path))?;
    let manifest: Manifest = toml::from_str(&text).map_err(|error| HistoryError::Corrupt {
        line: error.span().map_or(1, |span| {
            text[..span.start.min(text.len())].lines().count().max(1)
        }),
        path: path.clone(),
        why: error.message().to_owned(),
    })?;
    Ok(Attempt {
        id: dir
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        dir: dir.to_owned(),
        manifest,
    })
}

/// The attempt of a name, of an unmistakable part of a name, of its folder, of its workspace or a file in there.
///
/// A problem's id stands for its latest attempt. Fails with `Unknown` or `Ambiguous`, and if the disk does.
pub fn find(data: &Path, wanted: &str) -> Result<Attempt, HistoryError> {
    let path = Path::new(wanted);
    if path.join(MANIFEST).is_file() {
        return open(path);
    }
    let (attempts, broken) = list(data)?;
    if let Some(exact) = attempts.iter().find(|attempt| attempt.id == wanted) {
        return Ok(exact.clone());
    }
    if let Some(latest) = attempts
        .iter()
        .rev()
        .find(|attempt| attempt.manifest.problem == wanted)
    {
        return Ok(latest.clone());
    }
    if let Some(inside) = attempts
        .iter()
        .rev()
        .find(|attempt| within(path, &attempt.workspace()))
    {
        return Ok(inside.clone());
    }
    if let Some(damage) = broken.into_iter().find(|error| matches!(error, HistoryError::Corrupt { path, .. } if path.parent().is_some_and(|dir| dir.ends_with(wanted)))) {
        return Err(damage);
    }
    let mut fitting: Vec<Attempt> = attempts
        .into_iter()
        .filter(|attempt| attempt.id.contains(wanted))
        .collect();
    match fitting.len() {
        1 => Ok(fitting.remove(0)),
        0 => Err(HistoryError::Unknown {
            wanted: wanted.to_owned(),
        }),
        _ => Err(HistoryError::Ambiguous {
            wanted: wanted.to_owned(),
            found: fitting.into_iter().map(|attempt| attempt.id).collect(),
        }),
    }
}

/// Whether a path that exists is the folder or inside it.
fn within(path: &Path, folder: &Path) -> bool {
    match (path.canonicalize(), folder.canonicalize()) {
        (Ok(path), Ok(folder)) => path.starts_with(folder),
        _ => false,
    }
}
