//! Files that appear whole or not at all: snapshots by their content, and the report.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::Path,
};

use super::{Attempt, HistoryError};
use crate::domain::{attempt::Submission, report::Report};

/// Keeps a submission under its hash; the same content is kept once.
pub fn write_snapshot(attempt: &Attempt, submission: &Submission) -> Result<(), HistoryError> {
    let folder = attempt.dir.join("snapshots");
    let path = folder.join(format!("{}.json", submission.hash));
    if path.is_file() {
        return Ok(());
    }
    fs::create_dir_all(&folder).map_err(HistoryError::io("create", &folder))?;
    write_json(&path, submission)
}

/// A kept submission; none if there is no such snapshot.
pub fn read_snapshot(attempt: &Attempt, hash: &str) -> Result<Option<Submission>, HistoryError> {
    read_json(&attempt.dir.join("snapshots").join(format!("{hash}.json")))
}

/// Whether a state of the code was kept.
pub fn has_snapshot(attempt: &Attempt, hash: &str) -> bool {
    let path = attempt.dir.join("snapshots").join(format!("{hash}.json"));
    path.is_file()
}

/// What a kept state was worth, as it is remembered; `key` names what it was measured by.
#[derive(serde::Serialize, serde::Deserialize)]
struct Remembered<T> {
    key: String,
    standing: T,
}

/// What is remembered of a kept state. None if nothing is, if it was measured by something else, or if the file is damaged:
/// it can be found out again.
pub fn read_standing<T: serde::de::DeserializeOwned>(
    attempt: &Attempt,
    hash: &str,
    key: &str,
) -> Option<T> {
    let path = attempt.dir.join("timeline").join(format!("{hash}.json"));
    let known: Remembered<T> = read_json(&path).ok().flatten()?;
    (known.key == key).then_some(known.standing)
}

/// Remembers what a kept state was worth.
pub fn write_standing<T: serde::Serialize>(
    attempt: &Attempt,
    hash: &str,
    key: &str,
    standing: &T,
) -> Result<(), HistoryError> {
    let folder = attempt.dir.join("timeline");
    fs::create_dir_all(&folder).map_err(HistoryError::io("create", &folder))?;
    let known = Remembered {
        key: key.to_owned(),
        standing,
    };
    write_json(&folder.join(format!("{hash}.json")), &known)
}

/// Writes the report over an earlier one.
pub fn write_report(attempt: &Attempt, report: &Report) -> Result<(), HistoryError> {
    write_json(&attempt.dir.join("report.json"), report)
}

/// The attempt's report; none if it was not judged yet.
pub fn read_report(attempt: &Attempt) -> Result<Option<Report>, HistoryError> {
    read_json(&attempt.dir.join("report.json"))
}

fn write_json<T: serde::Serialize>(path: &Path, value: &T) -> Result<(), HistoryError> {
    let mut bytes =
        serde_json::to_vec(value).map_err(|error| HistoryError::io("write", path)(error.into()))?;
    bytes.push(b'\n');
    write_whole(path, &bytes)
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, HistoryError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(HistoryError::io("read", path)(error)),
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| HistoryError::Corrupt {
            path: path.to_owned(),
            line: error.line(),
            why: error.to_string(),
        })
}

/// Writes a file beside its place, flushes it and moves it there, so that readers see the old or the new one.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), HistoryError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = || {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(HistoryError::io("write", path))?;
    sync_folder(folder);
    Ok(())
}

/// Makes a new name in a folder last. Best effort: not every file system knows it.
pub(super) fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}
