//! Takes a submission in: plain `src/**/*.rs` of a package, or one `.rs` file. Nothing else of the folder is ever read.
//!
//! Every step goes from an open folder to a name in it, never through a link, so that what was looked at is what is read. All
//! refusals are told at once, each with its reason and its mend.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;

use super::scan;
use crate::domain::attempt::Submission;
use crate::domain::verdict::Refusal;

const FILE_BYTES: u64 = 256 * 1024;
const TOTAL_BYTES: u64 = 1024 * 1024;
const FILES: usize = 64;
const ENTRIES: usize = 512;
const DEPTH: usize = 8;

/// The file every submission must have.
const ROOT: &str = "src/lib.rs";

/// Reads a package's folder or a single `.rs` file, which then counts as `src/lib.rs`.
///
/// The inner error lists everything that cannot be taken. Fails if `path` itself cannot be opened.
pub fn intake(path: &Path) -> io::Result<Result<Submission, Vec<Refusal>>> {
    let mut intake = Intake::default();
    if std::fs::metadata(path)?.is_dir() {
        let folder = Dir::open_ambient_dir(path, ambient_authority())?;
        match open(&folder, "src", OFlag::O_DIRECTORY) {
            Ok(src) => intake.walk(&Dir::from_std_file(src), "src", 1)?,
            Err(Errno::ENOENT) => {}
            Err(error) => intake.refuse("src", reason_of(error)),
        }
        if intake.refusals.is_empty() && !intake.files.contains_key(ROOT) {
            intake.refuse(
                ROOT,
                "is missing; a submission is a package with its code in src/lib.rs",
            );
        }
    } else {
        intake.take_one(path)?;
    }
    let Intake {
        files,
        mut refusals,
        ..
    } = intake;
    refusals.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(if refusals.is_empty() {
        Ok(submission(files))
    } else {
        Err(refusals)
    })
}

/// A submission out of one text, for solutions that are kept as a file of a problem.
pub fn submission_of(lib: &str) -> Submission {
    submission(BTreeMap::from([(ROOT.to_owned(), lib.to_owned())]))
}

fn submission(files: BTreeMap<String, String>) -> Submission {
    let mut hasher = blake3::Hasher::new();
    for (path, text) in &files {
        // Lengths keep apart what a plain concatenation would mix up.
        for part in [path, text] {
            hasher
                .update(&(part.len() as u64).to_le_bytes())
                .update(part.as_bytes());
        }
    }
    Submission {
        files,
        hash: hasher.finalize().to_hex().to_string(),
    }
}

#[derive(Default)]
struct Intake {
    files: BTreeMap<String, String>,
    refusals: Vec<Refusal>,
    entries: usize,
    bytes: u64,
}

impl Intake {
    fn refuse(&mut self, path: &str, reason: impl Into<String>) {
        let path = path
            .chars()
            .map(|c| if c.is_control() { '\u{fffd}' } else { c })
            .take(200)
            .collect();
        self.refusals.push(Refusal {
            path,
            reason: reason.into(),
        });
    }

    fn take_one(&mut self, path: &Path) -> io::Result<()> {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if !name.ends_with(".rs") {
            self.refuse(
                &name,
                "is neither a folder nor a .rs file; name a cargo package or a Rust file",
            );
            return Ok(());
        }
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let folder = Dir::open_ambient_dir(parent, ambient_authority())?;
        self.take(&folder, &name, ROOT.to_owned(), &name)
    }

    fn walk(&mut self, folder: &Dir, below: &str, depth: usize) -> io::Result<()> {
        if depth > DEPTH {
            self.refuse(
                below,
                format!("lies deeper than {DEPTH} folders; move it up"),
            );
            return Ok(());
        }
        let mut names = Vec::new();
        for entry in folder.entries()? {
            self.entries += 1;
            if self.entries > ENTRIES {
                self.refuse(
                    below,
                    format!(
                        "src holds more than {ENTRIES} files and folders; keep only the code there"
                    ),
                );
                return Ok(());
            }
            names.push(entry?.file_name());
        }
        names.sort();
        for name in names {
            let path = format!("{below}/{}", name.to_string_lossy());
            let Some(name) = name.to_str().filter(|name| plain(name)) else {
                self.refuse(
                    &path,
                    "has a name with other characters than A-Z a-z 0-9 _ . -, or a leading dot or hyphen; rename it",
                );
                continue;
            };
            match open(folder, name, OFlag::O_DIRECTORY) {
                Ok(inner) => self.walk(&Dir::from_std_file(inner), &path, depth + 1)?,
                Err(Errno::ENOTDIR | Errno::ELOOP) => {
                    let is_link = folder.symlink_metadata(name)?.is_symlink();
                    if is_link || name.ends_with(".rs") {
                        self.take(folder, name, path.clone(), &path)?;
                    }
                    // Other files in src are left where they are; nothing reads them.
                }
                Err(error) => self.refuse(&path, reason_of(error)),
            }
        }
        Ok(())
    }

    /// Reads one file out of an open folder and keeps it under `path`; `shown` is what a refusal calls it.
    fn take(&mut self, folder: &Dir, name: &str, path: String, shown: &str) -> io::Result<()> {
        let file = match open(folder, name, OFlag::O_NONBLOCK) {
            Ok(file) => file,
            Err(error) => {
                self.refuse(shown, reason_of(error));
                return Ok(());
            }
        };
        let facts = file.metadata()?;
        if !facts.is_file() {
            self.refuse(shown, "is not a regular file; remove it");
        } else if facts.nlink() != 1 {
            self.refuse(
                shown,
                "is a hard link to another file; copy the text into a file of its own",
            );
        } else if self.files.len() >= FILES {
            self.refuse(
                shown,
                format!("is one file too many, {FILES} are taken; put modules together"),
            );
        } else {
            self.read(file, path, shown)?;
        }
        Ok(())
    }

    fn read(&mut self, file: File, path: String, shown: &str) -> io::Result<()> {
        let mut bytes = Vec::new();
        // One byte more than allowed tells "too large" even of a file that grows while it is read.
        file.take(FILE_BYTES + 1).read_to_end(&mut bytes)?;
        let length = bytes.len() as u64;
        if length > FILE_BYTES {
            self.refuse(
                shown,
                format!(
                    "is larger than {} KiB; an answer is a few hundred lines",
                    FILE_BYTES / 1024
                ),
            );
        } else if self.bytes + length > TOTAL_BYTES {
            self.refuse(
                shown,
                format!(
                    "brings the submission over {} KiB; keep only the answer",
                    TOTAL_BYTES / 1024
                ),
            );
        } else {
            self.bytes += length;
            match String::from_utf8(bytes) {
                Ok(text) => {
                    if let Some((line, what)) = scan::forbidden(&text) {
                        self.refuse(
                            shown,
                            format!("has {what} (line {line}); an interview answer is plain safe Rust, remove it"),
                        );
                    }
                    self.files.insert(path, text);
                }
                Err(error) => {
                    let at = error.utf8_error().valid_up_to();
                    let line = error.as_bytes()[..at]
                        .iter()
                        .filter(|byte| **byte == b'\n')
                        .count()
                        + 1;
                    self.refuse(
                        shown,
                        format!("is not UTF-8 (line {line}); save it as UTF-8"),
                    );
                }
            }
        }
        Ok(())
    }
}

/// A name that means the same to every program and cannot be taken for an option.
fn plain(name: &str) -> bool {
    name.chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
        && !name.starts_with(['.', '-'])
}

/// Opens `name` right in `folder`, never through a link.
fn open(folder: &Dir, name: &str, flags: OFlag) -> Result<File, Errno> {
    let flags = flags | OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    openat(folder, name, flags, Mode::empty()).map(File::from)
}

fn reason_of(error: Errno) -> String {
    match error {
        Errno::ELOOP => "is a symbolic link; put the file itself there".to_owned(),
        Errno::ENOTDIR => "is not a folder; the code of a package lies in src/".to_owned(),
        Errno::EACCES => "cannot be read; give yourself the permission".to_owned(),
        // A socket or a device without a driver.
        Errno::ENXIO => "is not a regular file; remove it".to_owned(),
        other => format!("cannot be opened: {}", other.desc()),
    }
}
