//! The files baked into the binary: `problems/`, `study/` and `templates/`. `--library DIR` reads problems from a folder instead.
//!
//! Knows folders and bytes only; what the files mean is the business of [`crate::catalog`] and [`crate::judge`].

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use include_dir::{Dir, include_dir};

static PROBLEMS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/problems");
static STUDY: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/study");
static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// Where problems come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Library {
    /// The bank inside the binary.
    Baked,
    /// A folder of problem folders, or a checkout with a `problems/` folder.
    Folder(PathBuf),
}

impl Library {
    /// Names of all problem folders, ascending. Fails if the folder cannot be listed.
    pub fn problem_ids(&self) -> io::Result<Vec<String>> {
        let mut ids: Vec<String> = match self {
            Library::Baked => PROBLEMS
                .dirs()
                .filter_map(|dir| name_of(dir.path()))
                .collect(),
            Library::Folder(root) => fs::read_dir(problems_below(root))?
                .filter_map(Result::ok)
                .filter(|entry| entry.path().is_dir())
                .filter_map(|entry| entry.file_name().into_string().ok())
                .filter(|name| !name.starts_with('.') && name != "target")
                .collect(),
        };
        ids.sort();
        Ok(ids)
    }

    /// Every file of one problem folder, by its path inside the folder with `/` between parts.
    ///
    /// Fails with `NotFound` if there is no such folder.
    pub fn files_of(&self, id: &str) -> io::Result<BTreeMap<String, Vec<u8>>> {
        match self {
            Library::Baked => {
                let dir = PROBLEMS.get_dir(id).ok_or_else(|| missing(id))?;
                let mut files = BTreeMap::new();
                collect_baked(dir, dir.path(), &mut files);
                Ok(files)
            }
            Library::Folder(root) => files_below(&problems_below(root).join(id)),
        }
    }
}

/// Every regular file below a folder, by its path inside the folder with `/` between parts.
pub fn files_below(folder: &Path) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    collect_folder(folder, folder, &mut files)?;
    Ok(files)
}

/// The text files of one folder of `templates/`, with the `.in` of disarmed names stripped.
pub fn templates(folder: &str) -> BTreeMap<String, &'static str> {
    let mut found = BTreeMap::new();
    if let Some(dir) = TEMPLATES.get_dir(folder) {
        collect_templates(dir, dir.path(), &mut found);
    }
    found
}

/// The text files of one folder of `study/`, by name.
pub fn study(folder: &str) -> BTreeMap<String, &'static str> {
    let files = STUDY.get_dir(folder).into_iter().flat_map(Dir::files);
    files
        .filter_map(|file| Some((name_of(file.path())?, file.contents_utf8()?)))
        .collect()
}

fn problems_below(root: &Path) -> PathBuf {
    let nested = root.join("problems");
    if nested.is_dir() {
        nested
    } else {
        root.to_owned()
    }
}

fn name_of(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_str()?.to_owned())
}

fn missing(id: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::NotFound,
        format!("there is no problem folder named {id}"),
    )
}

/// The path below `root` as text; lossy, so that an odd name is reported rather than passed over.
fn relative(path: &Path, root: &Path) -> String {
    let inside = path.strip_prefix(root).unwrap_or(path);
    inside
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}

fn collect_baked(dir: &Dir<'_>, root: &Path, into: &mut BTreeMap<String, Vec<u8>>) {
    for file in dir.files() {
        into.insert(relative(file.path(), root), file.contents().to_vec());
    }
    for inner in dir.dirs() {
        collect_baked(inner, root, into);
    }
}

fn collect_folder(
    folder: &Path,
    root: &Path,
    into: &mut BTreeMap<String, Vec<u8>>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect_folder(&path, root, into)?;
        } else {
            into.insert(relative(&path, root), fs::read(&path)?);
        }
    }
    Ok(())
}

fn collect_templates(
    dir: &'static Dir<'static>,
    root: &Path,
    into: &mut BTreeMap<String, &'static str>,
) {
    for file in dir.files() {
        let path = relative(file.path(), root);
        let name = path.strip_suffix(".in").unwrap_or(&path).to_owned();
        if let Some(text) = file.contents_utf8() {
            into.insert(name, text);
        }
    }
    for inner in dir.dirs() {
        collect_templates(inner, root, into);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_and_the_binary_tell_the_same_problems() {
        let checkout = Library::Folder(PathBuf::from(env!("CARGO_MANIFEST_DIR")));
        assert_eq!(
            Library::Baked.problem_ids().unwrap(),
            checkout.problem_ids().unwrap()
        );
        for id in checkout.problem_ids().unwrap() {
            assert_eq!(
                Library::Baked.files_of(&id).unwrap(),
                checkout.files_of(&id).unwrap(),
                "{id}"
            );
        }
    }

    #[test]
    fn a_missing_problem_is_not_found() {
        let error = Library::Baked.files_of("no-such-problem").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn disarmed_names_come_out_armed() {
        assert!(templates("attempt").contains_key("Cargo.toml"));
    }
}
