//! Keeps a second screen away from a session.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::Path,
};

use nix::fcntl::{Flock, FlockArg};

use super::HistoryError;

/// The right to run an attempt's session; given back when dropped, and by the system when the holder dies.
///
/// Appending to the journal does not need it: questions and notes may come from another terminal meanwhile.
#[derive(Debug)]
pub struct SessionLock {
    _file: Flock<File>,
}

impl SessionLock {
    /// Takes the lock of the attempt in `dir` and leaves `pid` there for others to read.
    ///
    /// Fails with `Held`, naming the holder, if another process has it.
    pub fn take(dir: &Path, pid: u32) -> Result<SessionLock, HistoryError> {
        let path = dir.join("lock");
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(HistoryError::io("open", &path))?;
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(mut file) => {
                let left = file
                    .set_len(0)
                    .and_then(|()| file.seek(SeekFrom::Start(0)))
                    .and_then(|_| write!(file, "{pid}"));
                left.map_err(HistoryError::io("write", &path))?;
                Ok(SessionLock { _file: file })
            }
            Err((mut file, nix::errno::Errno::EWOULDBLOCK)) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                let holder = if holder.is_empty() {
                    "unknown".to_owned()
                } else {
                    holder
                };
                Err(HistoryError::Held { holder })
            }
            Err((_, errno)) => Err(HistoryError::io("lock", &path)(errno.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_session_is_told_who_holds_the_attempt() {
        let dir = tempfile::tempdir().unwrap();
        let first = SessionLock::take(dir.path(), 4_711).unwrap();
        let error = SessionLock::take(dir.path(), 5).unwrap_err().to_string();
        assert!(error.contains("4711"), "{error}");
        drop(first);
        SessionLock::take(dir.path(), 5).unwrap();
    }
}
