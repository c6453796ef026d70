//! What a caged program may see of the machine's files. Everything else does not exist for it, or may not be opened.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// Files and folders with what may be done with them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// May be read and run, with everything below.
    pub read: Vec<PathBuf>,
    /// The one folder that may be written, if any, and others below it.
    pub write: Vec<PathBuf>,
    /// A compiler may start programs and needs a `/dev/null`; a check is one process.
    pub compiles: bool,
}

/// Where a linker and what it links are found. Only builds without a stranger's source in them see these.
const LINKING: [&str; 10] = [
    "/usr",
    "/bin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
    "/gnu/store",
    "/etc/alternatives",
    "/run/current-system/sw",
];

impl View {
    /// A check: its own program, and an empty folder to be in.
    pub fn of_check(program: &Path, folder: &Path) -> View {
        View {
            read: vec![program.to_owned(), folder.to_owned()],
            ..View::default()
        }
    }

    /// A compiler with its own folder, what it reads, and the one folder it writes.
    pub fn of_compiler(rustc: &Path, read: Vec<PathBuf>, write: Vec<PathBuf>) -> View {
        let mut view = View {
            read,
            write,
            compiles: true,
        };
        view.read.extend(toolchain_of(rustc));
        view
    }

    /// With everything that linking a program takes.
    #[must_use]
    pub fn that_links(mut self, linker: Option<&Path>) -> View {
        self.read.extend(LINKING.iter().map(PathBuf::from));
        self.read.extend(linker.map(Path::to_owned));
        self
    }

    /// The readable paths, plain, each once, none below another, none that is not there.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "only the layers of Linux ask for it")
    )]
    pub fn readable(&self, libraries: &[PathBuf]) -> Vec<PathBuf> {
        let paths: BTreeSet<PathBuf> = self
            .read
            .iter()
            .chain(libraries)
            .map(|path| plain(path))
            .filter(|path| path.is_absolute() && path.exists())
            .collect();
        let mut outermost: Vec<PathBuf> = Vec::new();
        // In order of names a folder comes before what is in it.
        for path in paths {
            let covered = outermost
                .iter()
                .chain(&self.write)
                .any(|outer| path.starts_with(outer));
            if !covered {
                outermost.push(path);
            }
        }
        outermost
    }
}

/// Whether the path is one of the compiler's own files, and nobody else's.
pub fn is_of_toolchain(rustc: &Path, path: &Path) -> bool {
    toolchain_of(rustc)
        .iter()
        .any(|own| plain(path).starts_with(own))
}

/// A compiler's own files: its whole sysroot, unless that is where a system keeps everything else too.
fn toolchain_of(rustc: &Path) -> Vec<PathBuf> {
    let Some(sysroot) = rustc.parent().and_then(Path::parent) else {
        return vec![rustc.to_owned()];
    };
    let shared = ["/", "/usr", "/usr/local"]
        .iter()
        .any(|path| Path::new(path) == sysroot);
    if shared {
        vec![rustc.to_owned(), sysroot.join("lib/rustlib")]
    } else {
        vec![sysroot.to_owned()]
    }
}

/// The path without `.` and `..`, which the loader likes to put into names.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_below_a_readable_folder_is_not_named_again() {
        let view = View {
            read: vec![
                "/usr".into(),
                "/usr/bin".into(),
                "/usr/bin/../lib".into(),
                "/no/such".into(),
            ],
            ..View::default()
        };
        assert_eq!(view.readable(&[]), [PathBuf::from("/usr")]);
    }
}
