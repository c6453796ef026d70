//! The candidate's package: lays it out, appends the follow-up's stub, opens the editor.
//!
//! In: a [`Problem`] and a folder. Out: a cargo package that works with every Rust tool. No hidden suite, solution or mutant
//! ever gets in here. What the candidate writes is read back by [`crate::judge`], never by this room.

mod editor;

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

pub use editor::{Around, Editor, EditorError, Opened, Opening, return_to_pane};

use crate::{assets, domain::problem::Problem};

/// The file that the candidate edits, below the package.
pub const SOURCE: &str = "src/lib.rs";
/// The public samples, below the package.
pub const SAMPLES: &str = "tests/sample.rs";

/// Why a package could not be laid out or changed: the machine's or the user's fault, never the candidate's.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// The folder holds something already; nothing is ever overwritten.
    #[error("the folder {} is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// The stub is already in the file.
    #[error("the follow-up's stub is already in {}", .0.display())]
    StubPresent(PathBuf),
    /// The disk said no.
    #[error("could not {action} {}", path.display())]
    Io {
        /// What was tried: `write`, `create`.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
}

/// Lays out the package of `problem` in `folder`, which is created if missing and must be empty.
pub fn lay_out(problem: &Problem, folder: &Path) -> Result<(), WorkspaceError> {
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(WorkspaceError::NotEmpty(folder.to_owned()));
    }
    for (name, template) in assets::templates("attempt") {
        let name = if name == "gitignore" {
            ".gitignore".to_owned()
        } else {
            name
        };
        write(&folder.join(name), &filled(template, problem))?;
    }
    write(&folder.join(SOURCE), &problem.starter)?;
    write(&folder.join(SAMPLES), &problem.samples.source)
}

/// Appends the stub of the twist to the candidate's source, leaving every byte before it as it is.
///
/// Fails with [`WorkspaceError::StubPresent`] if it is there already.
pub fn append_followup(problem: &Problem, folder: &Path) -> Result<(), WorkspaceError> {
    let path = folder.join(SOURCE);
    let failed = |action| {
        let path = path.clone();
        move |source| WorkspaceError::Io {
            action,
            path,
            source,
        }
    };
    let now = fs::read_to_string(&path).map_err(failed("read"))?;
    if now.contains(problem.followup_stub.trim()) {
        return Err(WorkspaceError::StubPresent(path));
    }
    let gap = if now.ends_with('\n') { "\n" } else { "\n\n" };
    let mut file = fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .map_err(failed("open"))?;
    file.write_all(format!("{gap}{}", problem.followup_stub).as_bytes())
        .map_err(failed("append to"))
}

fn filled(template: &str, problem: &Problem) -> String {
    template
        .replace("{{id}}", problem.id.as_str())
        .replace("{{title}}", &problem.title)
        .replace("{{statement}}", problem.statement.trim_end())
}

fn write(path: &Path, text: &str) -> Result<(), WorkspaceError> {
    let failed = |action, path: &Path, source| WorkspaceError::Io {
        action,
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| failed("create", folder, error))?;
    }
    fs::write(path, text).map_err(|error| failed("write", path, error))
}
