//! Finds out what cage this machine grants: compiles a small program in the cage and lets it try to get out.
//!
//! The best set of layers in which the compiler works, an honest check passes and every attempt is stopped is the one that is used.
//! It is remembered in the cache until the machine is booted again or the toolchain, the trainer or the user changes; what is
//! remembered is only where to begin, since every run tells for itself what holds.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use super::limits::Limits;
use super::view::View;
use super::{Cage, Missing, POSSIBLE};
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
    let found = remembered.unwrap_or_else(|| {
        let found = examine(toolchain, cache, &libraries);
        // A cache that cannot be written is examined again, that is all.
        if let (Some(folder), Ok(text)) = (memory.parent(), serde_json::to_vec(&found)) {
            let _ = fs::remove_dir_all(folder);
            let _ = fs::create_dir_all(folder).and_then(|()| fs::write(&memory, text));
        }
        found
    });
    Cage::new(found.rung, libraries, found.missing)
}

/// A cage with exactly the layers of this rung, 0 being the best; nothing is run on less. For trials and tests.
pub fn cage_at(toolchain: &Toolchain, rung: usize) -> Cage {
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
    Found { rung: last, missing }
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
        let told = error.get_ref().and_then(|inner| inner.downcast_ref::<Missing>());
        told.cloned().unwrap_or_else(|| blame(error.to_string()))
    };
    let desks = cache.join("desks");
    fs::create_dir_all(&desks).map_err(io)?;
    let desk = tempfile::Builder::new().prefix("desk-")
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
        return Err(blame(format!("the compiler does not work in it: {}", gist(&compiled))));
    }
    let ran = process::run(&check(cage, &out.join("trial"), &empty), cage, &never).map_err(io)?;
    if ran.end != End::Code(0) {
        return Err(blame(format!("it does not hold: {}", gist(&ran))));
    }
    Ok(())
}

fn compiler(toolchain: &Toolchain, source: &Path, out: &Path) -> Job {
    let mut arguments: Vec<OsString> = ["--edition", "2024", "--test", "-Cdebuginfo=0", "trial.rs", "-o"]
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
        view: View::of_compiler(&toolchain.rustc, vec![source.to_owned()], vec![out.to_owned()])
            .that_links(toolchain.linker.as_deref()),
        channel: false,
    }
}

fn check(cage: &Cage, program: &Path, empty: &Path) -> Job {
    let layers: Vec<&str> = cage.wanted().names().collect();
    Job {
        program: program.to_owned(),
        arguments: ["--test-threads=1", "--nocapture"].map(OsString::from).to_vec(),
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

/// The shared libraries that the loader brings to the compiler, among them those that every program needs.
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
        .collect()
}

/// Names what the memory depends on.
fn key(toolchain: &Toolchain) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &[u8]| {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
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
