//! Calls cargo for the bench, reads its messages, finds the libraries it made.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use super::toolchain::Toolchain;
use super::{JudgeError, JudgeEvent};

/// What the kit's build left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifacts {
    /// The std that candidates are compiled against.
    pub virtual_std: PathBuf,
    /// The std that they are measured against.
    pub plain_std: PathBuf,
    /// What simulated suites use.
    pub judge_kit: PathBuf,
    /// What performance suites use.
    pub stopwatch: PathBuf,
    /// Where the libraries below these are.
    pub dependencies: PathBuf,
}

impl Artifacts {
    /// Everything that must be on disk for the bench to be usable.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        [
            &self.virtual_std,
            &self.plain_std,
            &self.judge_kit,
            &self.stopwatch,
        ]
        .into_iter()
        .map(PathBuf::as_path)
    }
}

/// Builds the kit, without a network if the crates are in cargo's cache, else with one.
pub fn build(
    cargo: &Path,
    toolchain: &Toolchain,
    workspace: &Path,
    target: &Path,
    watch: &mut dyn FnMut(JudgeEvent),
) -> Result<Artifacts, JudgeError> {
    let offline = attempt(cargo, toolchain, workspace, target, true, watch)?;
    let said = match offline {
        Ok(artifacts) => return Ok(artifacts),
        Err(said) if !wants_network(&said) => return Err(JudgeError::BenchBroken(gist(&said))),
        Err(_) => attempt(cargo, toolchain, workspace, target, false, watch)?,
    };
    said.map_err(|said| {
        if wants_network(&said) {
            JudgeError::CratesMissing(gist(&said))
        } else {
            JudgeError::BenchBroken(gist(&said))
        }
    })
}

/// One run of cargo; the inner error is what it said.
fn attempt(
    cargo: &Path,
    toolchain: &Toolchain,
    workspace: &Path,
    target: &Path,
    offline: bool,
    watch: &mut dyn FnMut(JudgeEvent),
) -> Result<Result<Artifacts, String>, JudgeError> {
    let mut command = cargo_of_our_own(cargo, toolchain, workspace);
    command
        .args([
            "build",
            "--release",
            "--message-format=json-render-diagnostics",
            "--target-dir",
        ])
        .arg(target);
    command.arg("--locked");
    if offline {
        command.arg("--offline");
    }
    let of = packages_to_build(cargo, toolchain, workspace);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => JudgeError::CargoMissing,
        _ => JudgeError::Io {
            action: format!("run {}", cargo.display()),
            source: error,
        },
    })?;
    let stderr = child.stderr.take();
    let reader = std::thread::spawn(move || {
        let mut said = String::new();
        if let Some(stderr) = stderr {
            // What is not UTF-8 ends the text early; it is only ever shown to a person.
            let _ = BufReader::new(stderr).read_to_string(&mut said);
        }
        said
    });
    let mut found = Found::default();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(crate_name) = found.take(&line) {
                let done = found.packages.len();
                watch(JudgeEvent::BenchBuilding {
                    crate_name,
                    done,
                    of: of.max(done),
                });
            }
        }
    }
    let status = child.wait().map_err(JudgeError::io("wait for cargo"))?;
    let said = reader.join().unwrap_or_default();
    if !status.success() {
        return Ok(Err(said));
    }
    Ok(found.artifacts().ok_or_else(|| {
        "error: the kit lacks one of virtual_std, plain_std, judge_kit, stopwatch".to_owned()
    }))
}

/// Cargo in the kit's folder, untouched by the settings of the person's own builds.
fn cargo_of_our_own(cargo: &Path, toolchain: &Toolchain, workspace: &Path) -> Command {
    let mut command = Command::new(cargo);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let kept = ["CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"].contains(&text.as_ref())
            || text.starts_with("CARGO_HTTP")
            || text.starts_with("CARGO_NET");
        // A wrapper, other flags or another target folder must not leak into the kit.
        if !kept && (text.starts_with("CARGO") || text.starts_with("RUST")) {
            command.env_remove(&name);
        }
    }
    command
        .env("RUSTC", &toolchain.rustc)
        .current_dir(workspace)
        .stdin(Stdio::null());
    command
}

/// How many packages the kit's build goes through; 0 if cargo does not know yet. Only ever shown.
fn packages_to_build(cargo: &Path, toolchain: &Toolchain, workspace: &Path) -> usize {
    let tree = cargo_of_our_own(cargo, toolchain, workspace)
        .args(["tree", "--workspace", "--offline", "--locked"])
        .args([
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--no-dedupe",
            "--format",
            "{p}",
        ])
        .output();
    let packages: BTreeSet<String> = match tree {
        Ok(tree) => String::from_utf8_lossy(&tree.stdout)
            .lines()
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect(),
        Err(_) => BTreeSet::new(),
    };
    packages.len()
}

/// Whether cargo failed for want of a crate and not for want of sense.
fn wants_network(said: &str) -> bool {
    // A lock file that does not fit is our own fault, and no network mends it.
    !said.contains("because --locked was passed")
        && [
            "--offline",
            "no matching package",
            "failed to download",
            "failed to get",
            "failed to query",
            "Could not resolve",
            "network failure",
            "spurious network error",
            "download of",
        ]
        .iter()
        .any(|sign| said.contains(sign))
}

/// The first error with the few lines below it.
fn gist(said: &str) -> String {
    let mut lines = said
        .lines()
        .skip_while(|line| !line.starts_with("error"))
        .take(12)
        .collect::<Vec<_>>();
    if lines.is_empty() {
        lines = said.lines().rev().take(5).collect();
        lines.reverse();
    }
    lines.join("\n").trim_start_matches("error: ").to_owned()
}

/// A message of cargo, as far as it matters here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    package_id: String,
    #[serde(default)]
    target: Target,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

#[derive(Deserialize, Default)]
struct Target {
    #[serde(default)]
    name: String,
    #[serde(default)]
    kind: Vec<String>,
}

#[derive(Default)]
struct Found {
    packages: BTreeSet<String>,
    libraries: BTreeMap<String, PathBuf>,
}

impl Found {
    /// Takes one line of cargo's; answers with the crate's name if the line says that one is finished.
    fn take(&mut self, line: &str) -> Option<String> {
        let message: Message = serde_json::from_str(line).ok()?;
        let built = message.reason == "compiler-artifact"
            && message
                .target
                .kind
                .iter()
                .all(|kind| kind != "custom-build");
        if !built {
            return None;
        }
        self.packages.insert(message.package_id);
        if let Some(library) = message
            .filenames
            .iter()
            .find(|file| file.extension().is_some_and(|end| end == "rlib"))
        {
            self.libraries
                .insert(message.target.name.clone(), library.clone());
        }
        Some(message.target.name)
    }

    fn artifacts(self) -> Option<Artifacts> {
        let library = |name: &str| self.libraries.get(name).cloned();
        let virtual_std = library("virtual_std")?;
        let folder = virtual_std.parent()?;
        // Members of the workspace are laid out beside `deps`, which holds everything.
        let dependencies = if folder.ends_with("deps") {
            folder.to_owned()
        } else {
            folder.join("deps")
        };
        Some(Artifacts {
            virtual_std,
            plain_std: library("plain_std")?,
            judge_kit: library("judge_kit")?,
            stopwatch: library("stopwatch")?,
            dependencies,
        })
    }
}
