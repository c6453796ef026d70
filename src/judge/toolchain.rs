//! Finds the compiler once, so that afterwards it is called directly and not through rustup's shim.

use std::ffi::OsString;
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

    /// What a direct call needs to find its libraries where there is no `/proc`, and its linker where there is no PATH.
    pub fn arguments(&self, links: bool) -> Vec<OsString> {
        let mut arguments = Vec::new();
        if let Some(sysroot) = self.sysroot() {
            arguments.extend(["--sysroot".into(), sysroot.as_os_str().to_owned()]);
        }
        if let Some(linker) = self.linker.as_ref().filter(|_| links) {
            let mut argument = OsString::from("-Clinker=");
            argument.push(linker);
            arguments.push(argument);
        }
        arguments
    }

    /// The whole environment of a direct call; `temporary` is a folder that it may write.
    pub fn environment(&self, temporary: &Path, links: bool) -> Vec<(OsString, OsString)> {
        let mut environment = vec![(OsString::from("TMPDIR"), temporary.as_os_str().to_owned())];
        if cfg!(target_os = "linux")
            && let Some(sysroot) = self.sysroot()
        {
            environment.push(("LD_LIBRARY_PATH".into(), sysroot.join("lib").into()));
        }
        // The C compiler finds its linker there. No step of the build runs anything of the candidate's.
        if links && let Some(path) = std::env::var_os("PATH") {
            environment.push(("PATH".into(), path));
        }
        environment
    }

    /// Where the compiler's own libraries are; none if it was not found as `<sysroot>/bin/rustc`.
    fn sysroot(&self) -> Option<&Path> {
        self.rustc
            .parent()?
            .parent()
            .filter(|sysroot| sysroot.is_absolute())
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
