//! Finds out what cage this machine grants: compiles a small program in the cage and lets it try to get out.
//!
//! The best set of layers in which the compiler works, an honest check passes and every attempt is stopped is the one that is used.
//! It is remembered in the cache until the machine is booted again or the toolchain, the trainer or the user changes; what is
//! remembered is only where to begin, since every run tells for itself what holds.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::layers::{Layer, Level};
use super::limits::Limits;
use super::view::{View, is_of_toolchain};
use super::{Cage, Missing, POSSIBLE};
use crate::judge::JudgeError;
use crate::judge::build::desk_mode;
use crate::judge::process::{self, End, Exit, Job};
use crate::judge::toolchain::Toolchain;

const PROGRAM: &str = include_str!("program.rs");

/// What is remembered.
#[derive(Debug, Serialize, Deserialize)]
struct Found {
    rung: usize,
    missing: Vec<Missing>,
}

/// The cage of this machine, from memory if it was examined since it was booted.
pub fn cage(toolchain: &Toolchain, cache: &Path) -> Cage {
    let libraries = libraries_of(&toolchain.rustc);
    let memory = cache.join("cage").join(key(toolchain));
    let remembered = fs::read(&memory)
        .ok()
        .and_then(|text| serde_json::from_slice::<Found>(&text).ok());
    match remembered {
        Some(found) => Cage::new(found.rung, libraries, found.missing),
        None => cage_anew(toolchain, cache),
    }
}

/// The cage of this machine as it is right now, to be remembered.
pub fn cage_anew(toolchain: &Toolchain, cache: &Path) -> Cage {
    let libraries = libraries_of(&toolchain.rustc);
    let found = examine(toolchain, cache, &libraries);
    let folder = cache.join("cage");
    // A cache that cannot be written is examined again, that is all.
    if let Ok(text) = serde_json::to_vec(&found) {
        let _ = fs::remove_dir_all(&folder);
        let _ =
            fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join(key(toolchain)), text));
    }
    Cage::new(found.rung, libraries, found.missing)
}

/// How a program ended that was tried out in the cage.
#[derive(Debug, Clone)]
pub struct Tried {
    /// `Code(0)`, `Signal(31)`, `Wall`, …
    pub end: String,
    /// What it printed.
    pub said: String,
    /// The layers that held.
    pub layers: Vec<String>,
}

/// Runs any program as a check of this level is run, and nothing less: for tests of the cage itself.
///
/// Fails if the machine does not grant that level.
pub fn try_out(
    level: Level,
    program: &Path,
    arguments: &[&str],
    folder: &Path,
    limits: Limits,
) -> Result<Tried, JudgeError> {
    let toolchain = Toolchain::find()?;
    let cage = cage_at(&toolchain, level);
    let job = Job {
        arguments: arguments.iter().map(OsString::from).collect(),
        limits,
        ..check(&cage, program, folder)
    };
    let exit = process::run(&job, &cage, &AtomicBool::new(false))
        .map_err(JudgeError::caged("run a program"))?;
    Ok(Tried {
        end: format!("{:?}", exit.end),
        said: String::from_utf8_lossy(&[exit.stdout, exit.stderr].concat()).into_owned(),
        layers: cage.told().layers,
    })
}

/// Seconds from start to end of a program, plainly and in the cage of this level, `rounds` times each in turn.
pub fn cost_of_the_cage(
    level: Level,
    program: &Path,
    rounds: usize,
) -> Result<Vec<(f64, f64)>, JudgeError> {
    let toolchain = Toolchain::find()?;
    let cage = cage_at(&toolchain, level);
    let job = check(&cage, program, Path::new("/"));
    let seconds = |cage: &Cage| {
        let begun = Instant::now();
        process::run(&job, cage, &AtomicBool::new(false))
            .map_err(JudgeError::caged("run a program"))?;
        Ok(begun.elapsed().as_secs_f64())
    };
    let plain = || -> Result<f64, JudgeError> {
        let begun = Instant::now();
        let output = std::process::Command::new(program).env_clear().output();
        output.map_err(JudgeError::io("run a program"))?;
        Ok(begun.elapsed().as_secs_f64())
    };
    (0..rounds)
        .map(|_| Ok((plain()?, seconds(&cage)?)))
        .collect()
}

/// A cage with exactly the layers of this level; nothing is run on less.
pub fn cage_at(toolchain: &Toolchain, level: Level) -> Cage {
    let rung = POSSIBLE
        .iter()
        .rposition(|layers| layers.and(Layer::Rlimits).level() == level)
        .unwrap_or(0);
    Cage::new(rung, libraries_of(&toolchain.rustc), Vec::new()).pinned()
}

fn examine(toolchain: &Toolchain, cache: &Path, libraries: &[PathBuf]) -> Found {
    let mut missing: Vec<Missing> = Vec::new();
    let last = POSSIBLE.len() - 1;
    for rung in 0..last {
        let cage = Cage::new(rung, libraries.to_vec(), Vec::new()).pinned();
        match attempt(toolchain, cache, &cage) {
            Ok(()) => return Found { rung, missing },
            Err(told) => {
                if !missing.iter().any(|known| known.layer == told.layer) {
                    missing.push(told);
                }
            }
        }
    }
    Found {
        rung: last,
        missing,
    }
}

/// Compiles and runs the trial in this cage. What goes wrong is blamed on a layer.
fn attempt(toolchain: &Toolchain, cache: &Path, cage: &Cage) -> Result<(), Missing> {
    let blame = |reason: String| {
        let strongest = cage.wanted().names().next().unwrap_or("rlimits");
        Missing {
            layer: strongest.to_owned(),
            reason,
        }
    };
    let io = |error: std::io::Error| {
        let told = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Missing>());
        told.cloned().unwrap_or_else(|| blame(error.to_string()))
    };
    let desks = cache.join("desks");
    fs::create_dir_all(&desks).map_err(io)?;
    let desk = tempfile::Builder::new()
        .prefix("desk-")
        .permissions(desk_mode())
        .tempdir_in(&desks)
        .map_err(io)?;
    let [source, out, empty] = ["source", "out", "empty"].map(|name| desk.path().join(name));
    for folder in [&source, &out, &empty] {
        fs::create_dir(folder).map_err(io)?;
    }
    fs::write(source.join("trial.rs"), PROGRAM).map_err(io)?;
    let never = AtomicBool::new(false);
    let compiled = process::run(&compiler(toolchain, &source, &out), cage, &never).map_err(io)?;
    if compiled.end != End::Code(0) {
        return Err(blame(format!(
            "the compiler does not work in it: {}",
            gist(&compiled)
        )));
    }
    let ran = process::run(&check(cage, &out.join("trial"), &empty), cage, &never).map_err(io)?;
    if ran.end != End::Code(0) {
        return Err(blame(format!("it does not hold: {}", gist(&ran))));
    }
    Ok(())
}

fn compiler(toolchain: &Toolchain, source: &Path, out: &Path) -> Job {
    let mut arguments: Vec<OsString> = [
        "--edition",
        "2024",
        "--test",
        "-Cdebuginfo=0",
        "trial.rs",
        "-o",
    ]
    .map(OsString::from)
    .to_vec();
    arguments.push(out.join("trial").into());
    arguments.extend(toolchain.arguments(true));
    Job {
        program: toolchain.rustc.clone(),
        arguments,
        environment: toolchain.environment(out, true),
        folder: source.to_owned(),
        limits: Limits::BUILD,
        view: View::of_compiler(
            &toolchain.rustc,
            vec![source.to_owned()],
            vec![out.to_owned()],
        )
        .that_links(toolchain.linker.as_deref()),
        channel: false,
    }
}

fn check(cage: &Cage, program: &Path, empty: &Path) -> Job {
    let layers: Vec<&str> = cage.wanted().names().collect();
    Job {
        program: program.to_owned(),
        arguments: ["--test-threads=1", "--nocapture"]
            .map(OsString::from)
            .to_vec(),
        environment: vec![("FIFTYTEN_TRIAL".into(), layers.join(" ").into())],
        folder: empty.to_owned(),
        limits: Limits::CHECK,
        view: View::of_check(program, empty),
        channel: true,
    }
}

/// The line that tells most of what a failed step printed.
fn gist(exit: &Exit) -> String {
    let said = String::from_utf8_lossy(&exit.stderr);
    let line = said
        .lines()
        .find(|line| line.contains("error") || line.contains("panicked") || line.contains("failed"))
        .or_else(|| said.lines().next())
        .unwrap_or("it ended without a word");
    format!("{} ({:?})", line.trim(), exit.end)
}

/// The system's shared libraries that the loader brings to the compiler, among them those that every program needs.
fn libraries_of(rustc: &Path) -> Vec<PathBuf> {
    if !cfg!(target_os = "linux") {
        return Vec::new();
    }
    let asked = std::process::Command::new(rustc)
        .env_clear()
        // The loader lists what it would load and starts nothing.
        .env("LD_TRACE_LOADED_OBJECTS", "1")
        .current_dir("/")
        .output();
    let said = asked.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&said)
        .lines()
        .flat_map(str::split_whitespace)
        .filter(|word| word.starts_with('/'))
        .map(PathBuf::from)
        .filter(|library| !is_of_toolchain(rustc, library))
        .collect()
}

/// Names what the memory depends on.
fn key(toolchain: &Toolchain) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &[u8]| {
        hasher
            .update(&(part.len() as u64).to_le_bytes())
            .update(part);
    };
    add(&fs::read("/proc/sys/kernel/random/boot_id").unwrap_or_default());
    add(PROGRAM.as_bytes());
    add(toolchain.version.as_bytes());
    add(toolchain.rustc.as_os_str().as_encoded_bytes());
    add(&nix::unistd::geteuid().as_raw().to_le_bytes());
    // Another build of the trainer may cage in another way.
    if let Ok(facts) = std::env::current_exe().and_then(fs::metadata) {
        add(&facts.len().to_le_bytes());
        add(format!("{:?}", facts.modified().ok()).as_bytes());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_ended_when_its_files_together_grow_too_large() {
        let folder = tempfile::tempdir().expect("a folder");
        let writes = "i=0; while [ $i -lt 300 ]; do i=$((i+1)); head -c 1000000 /dev/zero > part$i; done; sleep 10";
        let job = Job {
            program: "/bin/sh".into(),
            arguments: ["-c", writes].map(OsString::from).to_vec(),
            environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
            folder: folder.path().to_owned(),
            limits: Limits {
                folder_bytes: 8 * 1024 * 1024,
                ..Limits::BUILD
            },
            view: View {
                write: vec![folder.path().to_owned()],
                compiles: true,
                ..View::default()
            },
            channel: false,
        };
        let bare = Cage::new(POSSIBLE.len() - 1, Vec::new(), Vec::new());
        let exit = process::run(&job, &bare, &AtomicBool::new(false)).expect("there is a shell");
        assert_eq!(exit.end, End::Disk, "{exit:?}");
    }
}
