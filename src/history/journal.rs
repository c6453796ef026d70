//! The journal: one JSON line per entry, appended and flushed to the disk before anybody hears of it.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use nix::fcntl::{Flock, FlockArg};

use super::HistoryError;
use crate::domain::session::Entry;

/// The journal of one attempt. Several processes may append to it: each append holds the file's lock for a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    path: PathBuf,
}

impl Journal {
    /// The journal in a file, which need not exist yet.
    pub fn at(path: PathBuf) -> Journal {
        Journal { path }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Length of the file in bytes; 0 without one. Tells cheaply whether somebody else appended.
    pub fn length(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |meta| meta.len())
    }

    /// All entries; a torn last line is left out.
    ///
    /// Fails with `Corrupt` for any other line that is no entry, naming it.
    pub fn entries(&self) -> Result<Vec<Entry>, HistoryError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(HistoryError::io("read", &self.path)(error)),
        };
        self.parse(&bytes)
    }

    fn parse(&self, bytes: &[u8]) -> Result<Vec<Entry>, HistoryError> {
        let whole = &bytes[..whole_length(bytes)];
        let mut entries = Vec::new();
        for (at, line) in whole.split(|byte| *byte == b'\n').enumerate() {
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let entry = serde_json::from_slice(line).map_err(|error| HistoryError::Corrupt {
                path: self.path.clone(),
                line: at + 1,
                why: format!("not a line of a journal: {error}"),
            })?;
            entries.push(entry);
        }
        Ok(entries)
    }

    /// Appends entries, each on its line, and waits until the disk has them. All or none: what a full disk took of them is
    /// cut off again. A torn last line from before is cut off first.
    pub fn append(&self, entries: &[Entry]) -> Result<(), HistoryError> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut text = String::new();
        for entry in entries {
            let line = serde_json::to_string(entry)
                .map_err(|error| HistoryError::io("write", &self.path)(error.into()))?;
            text += &line;
            text.push('\n');
        }
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&self.path)
            .map_err(HistoryError::io("open", &self.path))?;
        let mut file = Flock::lock(file, FlockArg::LockExclusive)
            .map_err(|(_, errno)| HistoryError::io("lock", &self.path)(errno.into()))?;
        let end = mend(&mut file).map_err(HistoryError::io("mend", &self.path))?;
        let written = file
            .write_all(text.as_bytes())
            .and_then(|()| file.sync_data());
        if let Err(error) = written {
            // If cutting fails too, the rest is a torn line, which readers leave out.
            let _ = file.set_len(end);
            return Err(HistoryError::io("write", &self.path)(error));
        }
        Ok(())
    }
}

/// Length of the lines that are whole: up to the last line break, or everything if the last line lacks only that.
fn whole_length(bytes: &[u8]) -> usize {
    let start = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let last = &bytes[start..];
    if serde_json::from_slice::<Entry>(last).is_ok() {
        bytes.len()
    } else {
        start
    }
}

/// Cuts a torn last line off, or ends a whole one that lacks its line break. Returns the new length.
fn mend(file: &mut File) -> io::Result<u64> {
    let length = file.metadata()?.len();
    if length == 0 {
        return Ok(0);
    }
    let mut last = [0];
    file.seek(SeekFrom::Start(length - 1))?;
    file.read_exact(&mut last)?;
    if last[0] == b'\n' {
        return Ok(length);
    }
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    let whole = whole_length(&bytes);
    file.set_len(whole as u64)?;
    if whole == bytes.len() {
        file.write_all(b"\n")?;
    }
    Ok(file.metadata()?.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::session::Event;

    fn note(at: u64) -> Entry {
        Entry::new(
            at,
            Event::Noted {
                text: format!("note \"{at}\"\nü"),
            },
        )
    }

    fn journal() -> (tempfile::TempDir, Journal) {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::at(dir.path().join("journal.ndjson"));
        (dir, journal)
    }

    #[test]
    fn what_was_appended_is_read_back_in_order() {
        let (_dir, journal) = journal();
        assert_eq!(journal.entries().unwrap(), []);
        journal.append(&[note(1), note(2)]).unwrap();
        journal.append(&[note(3)]).unwrap();
        assert_eq!(journal.entries().unwrap(), [note(1), note(2), note(3)]);
    }

    #[test]
    fn a_journal_cut_at_any_byte_loses_at_most_its_last_line_and_can_be_continued() {
        let (_dir, journal) = journal();
        journal.append(&[note(1), note(2), note(3)]).unwrap();
        let bytes = fs::read(journal.path()).unwrap();
        for cut in 0..=bytes.len() {
            fs::write(journal.path(), &bytes[..cut]).unwrap();
            let before = journal.entries().unwrap();
            let lines = bytes[..cut].iter().filter(|byte| **byte == b'\n').count();
            assert!(before.len() >= lines, "cut at {cut}");
            journal.append(&[note(9)]).unwrap();
            let mut wanted = before;
            wanted.push(note(9));
            assert_eq!(journal.entries().unwrap(), wanted, "cut at {cut}");
        }
    }

    #[test]
    fn a_damaged_line_in_the_middle_is_named() {
        let (_dir, journal) = journal();
        journal.append(&[note(1), note(2), note(3)]).unwrap();
        let text = fs::read_to_string(journal.path()).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        lines[1] = "{\"at\":2,\"event\":\"dreamt\"}";
        fs::write(journal.path(), lines.join("\n") + "\n").unwrap();
        let error = journal.entries().unwrap_err().to_string();
        assert!(error.contains("journal.ndjson:2:"), "{error}");
    }

    #[test]
    fn several_writers_lose_nothing() {
        let (_dir, journal) = journal();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let journal = journal.clone();
                scope.spawn(move || {
                    (0..25).for_each(|at| journal.append(&[note(writer * 100 + at)]).unwrap())
                });
            }
        });
        assert_eq!(journal.entries().unwrap().len(), 100);
    }
}
