//! Finds the compiler once, so that afterwards it is called directly and not through rustup's shim.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::JudgeError;

/// A Rust toolchain as it is called by the judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// The compiler proper, `<sysroot>/bin/rustc`.
    pub rustc: PathBuf,
    /// Everything `rustc -vV` says; names the bench.
    pub version: String,
    /// The C compiler that drives the linker.
    pub linker: Option<PathBuf>,
}

impl Toolchain {
    /// Asks the `rustc` on the PATH where it really lives.
    ///
    /// Fails with `RustcMissing` if there is none or it does not answer.
    pub fn find() -> Result<Self, JudgeError> {
        let rustc = Path::new("rustc");
        let sysroot = PathBuf::from(ask(rustc, &["--print", "sysroot"])?.trim());
        let direct = sysroot.join("bin/rustc");
        let rustc = if direct.is_file() {
            direct
        } else {
            find_on_path("rustc").unwrap_or_else(|| rustc.to_owned())
        };
        let version = ask(&rustc, &["-vV"])?;
        Ok(Self {
            rustc,
            version,
            linker: find_on_path("cc"),
        })
    }

    /// The first line of the version, for reports.
    pub fn name(&self) -> &str {
        self.version.lines().next().unwrap_or_default()
    }

    /// The cargo of the same toolchain, or the one on the PATH. Fails with `CargoMissing` if there is neither.
    pub fn cargo(&self) -> Result<PathBuf, JudgeError> {
        let beside = self.rustc.with_file_name("cargo");
        if beside.is_file() {
            Ok(beside)
        } else {
            find_on_path("cargo").ok_or(JudgeError::CargoMissing)
        }
    }
}

/// Runs the compiler away from any folder of a candidate: a `rust-toolchain.toml` there must not choose it.
fn ask(rustc: &Path, arguments: &[&str]) -> Result<String, JudgeError> {
    let output = Command::new(rustc)
        .args(arguments)
        .current_dir("/")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => JudgeError::RustcMissing("it is not on the PATH".to_owned()),
            _ => JudgeError::RustcMissing(error.to_string()),
        })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr)
            .lines()
            .next()
            .unwrap_or("it failed")
            .to_owned();
        return Err(JudgeError::RustcMissing(said));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn find_on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
        .map(|candidate| candidate.canonicalize().unwrap_or(candidate))
}
