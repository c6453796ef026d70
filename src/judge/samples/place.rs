//! The folder in which samples are built, kept from one run to the next.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};

use crate::domain::attempt::Submission;
use crate::domain::problem::Problem;
use crate::judge::JudgeError;
use crate::judge::bench::Bench;
use crate::judge::build::write;

/// The folder of a package, kept from run to run unless somebody else is using it.
pub struct Place {
    pub folder: PathBuf,
    /// Where the compiler keeps its state; none while somebody else uses it.
    pub incremental: Option<PathBuf>,
    _held: Held,
}

enum Held {
    Locked { _lock: Flock<File> },
    Passing { _folder: tempfile::TempDir },
}

impl Place {
    pub fn new(
        bench: &Bench,
        problem: &Problem,
        submission: &Submission,
        tests: &BTreeMap<String, String>,
    ) -> Result<Self, JudgeError> {
        let kept = bench.folder.join("samples").join(problem.id.as_str());
        let failed = || JudgeError::io(format!("use {}", kept.display()));
        fs::create_dir_all(&kept).map_err(failed())?;
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(kept.join("lock"))
            .map_err(failed())?;
        let place = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => {
                let incremental = Some(kept.join("incremental"));
                Self {
                    folder: kept,
                    incremental,
                    _held: Held::Locked { _lock: lock },
                }
            }
            Err(_) => {
                let folder = tempfile::tempdir_in(bench.folder())
                    .map_err(JudgeError::io("make a folder"))?;
                Self {
                    folder: folder.path().to_owned(),
                    incremental: None,
                    _held: Held::Passing { _folder: folder },
                }
            }
        };
        for name in ["src", "tests", "out"] {
            // What is no longer part of the package must not be compiled.
            let _ = fs::remove_dir_all(place.folder.join(name));
        }
        for name in ["out", "empty"] {
            fs::create_dir_all(place.folder.join(name)).map_err(JudgeError::io("make a folder"))?;
        }
        for (path, text) in &submission.files {
            write(&place.folder.join(path), text)?;
        }
        for (path, text) in tests.iter().filter(|(path, _)| is_plain(path)) {
            write(&place.folder.join("tests").join(path), text)?;
        }
        Ok(place)
    }

    pub fn out(&self, name: &str) -> PathBuf {
        self.folder.join("out").join(name)
    }
}

/// A path that stays below the folder it is laid out in.
pub fn is_plain(path: &str) -> bool {
    Path::new(path)
        .components()
        .all(|part| matches!(part, std::path::Component::Normal(_)))
}
