//! The bench: the kit, built once per toolchain and kit, kept warm for every verdict after.
//!
//! `<cache>/bench/<key>/` is named by everything it was built from. It counts as finished when its file `ready` is there,
//! which is written last and in one step; a build that was cut off is simply begun again. One process builds, others wait.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};

use super::build;
use super::cargo::{self, Artifacts};
use super::sandbox::layers::Level;
use super::sandbox::limits::Limits;
use super::sandbox::{Cage, Missing, trial};
use super::seats::Seats;
use super::toolchain::Toolchain;
use super::{JudgeError, JudgeEvent, bench_folder};
use crate::assets;
use crate::domain::verdict::Diagnostic;

/// Benches that nobody used for so long make room for others.
const UNUSED: Duration = Duration::from_secs(30 * 24 * 3600);

/// A finished bench.
#[derive(Debug, Clone)]
pub struct Bench {
    /// What everything below is run in.
    pub(super) cage: Arc<Cage>,
    pub(super) toolchain: Toolchain,
    pub(super) artifacts: Artifacts,
    /// The bench's folder.
    pub(super) folder: PathBuf,
    /// Where incremental state and references built for performance are kept.
    pub(super) cache: PathBuf,
    /// What one run of the compiler may use.
    pub(super) compiler: Limits,
    /// Who may work on it at the same time.
    pub(super) seats: Arc<Seats>,
}

impl Bench {
    /// The compiler it was built with, as its version line.
    pub fn toolchain(&self) -> &str {
        self.toolchain.name()
    }

    /// How good the cage is that code will be run in.
    pub fn cage(&self) -> CageFound {
        CageFound::of(&self.cage)
    }

    /// From now on nothing is run on less than this level; a run that cannot have it fails with `CageTooWeak`.
    pub fn insist_on(&self, level: Level) {
        self.cage.insist(level);
    }

    /// The same bench with other limits for each run of the compiler.
    #[must_use]
    pub fn with_compiler_limits(mut self, limits: Limits) -> Bench {
        self.compiler = limits;
        self
    }

    /// The same bench with a cage of exactly this level: for tests of the cage. Runs fail where the machine does not grant it.
    #[must_use]
    pub fn in_cage(mut self, level: Level) -> Bench {
        self.cage = Arc::new(trial::cage_at(&self.toolchain, level));
        self
    }

    /// The same bench for judgements side by side: as many runs at once as there are seats over all of them, and nobody beside a
    /// suite that is measured. So no judgement changes the conditions of another.
    pub fn with_seats(mut self, seats: usize) -> Bench {
        self.seats = Arc::new(Seats::new(seats));
        self
    }

    /// Whether these errors come from a bench that something was removed from or changed in, rather than from the code.
    pub(super) fn is_damaged(&self, diagnostics: &[Diagnostic]) -> bool {
        let incomplete =
            !self.artifacts.files().all(Path::is_file) || !self.artifacts.dependencies.is_dir();
        // A crate that cannot be found, was built by another compiler, or cannot be read.
        let unfit = |code: &str| ["E0460", "E0462", "E0514", "E0786"].contains(&code);
        // Of a crate that the code itself asks for the compiler only says that there is none.
        let of_kit = |message: &str| {
            message.contains(" depends on")
                && [
                    "engine",
                    "virtual_std",
                    "plain_std",
                    "test_attribute",
                    "judge_kit",
                ]
                .iter()
                .any(|name| message.contains(name))
        };
        incomplete
            || diagnostics.iter().any(|error| {
                error
                    .code
                    .as_deref()
                    .is_some_and(|code| unfit(code) || (code == "E0463" && of_kit(&error.message)))
            })
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// What `ready` holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Ready {
    artifacts: Artifacts,
    seconds: f64,
}

/// What cage a machine grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CageFound {
    /// How good it is.
    pub level: Level,
    /// What every run is given, as reports name it.
    pub layers: Vec<String>,
    /// What the machine does not grant, with what it said.
    pub missing: Vec<Missing>,
}

impl CageFound {
    fn of(cage: &Cage) -> Self {
        Self {
            level: cage.level(),
            layers: cage.told().layers,
            missing: cage.missing(),
        }
    }
}

/// Finds out what cage this machine grants now, by trying it out.
pub fn cage_of(cache: &Path) -> Result<CageFound, JudgeError> {
    Ok(CageFound::of(&trial::cage_anew(&Toolchain::find()?, cache)))
}

/// Whether [`prepare`] would have nothing to build, and if so how long the build took.
pub fn bench_is_ready(cache: &Path) -> Result<Option<f64>, JudgeError> {
    let toolchain = Toolchain::find()?;
    let folder = bench_folder(cache).join(key(&toolchain, &assets::templates("judge")));
    Ok(read_ready(&folder).map(|ready| ready.seconds))
}

/// Has the bench ready, building it if this toolchain and this kit have none yet.
pub fn prepare(cache: &Path, watch: &mut dyn FnMut(JudgeEvent)) -> Result<Bench, JudgeError> {
    prepare_from(&assets::templates("judge"), cache, watch)
}

/// [`prepare`] with another kit: path in the workspace → text.
pub fn prepare_from<T: AsRef<[u8]>>(
    kit: &BTreeMap<String, T>,
    cache: &Path,
    watch: &mut dyn FnMut(JudgeEvent),
) -> Result<Bench, JudgeError> {
    let begun = Instant::now();
    let toolchain = Toolchain::find()?;
    let benches = bench_folder(cache);
    let folder = benches.join(key(&toolchain, kit));
    let mut built = false;
    let ready = match read_ready(&folder) {
        Some(ready) => ready,
        None => {
            fs::create_dir_all(&benches)
                .map_err(JudgeError::io(format!("make {}", benches.display())))?;
            let _lock = lock(&folder.with_extension("lock"), watch)?;
            // Another process may have built it while this one waited.
            match read_ready(&folder) {
                Some(ready) => ready,
                None => {
                    built = true;
                    build_kit(kit, &toolchain, &folder, watch)?
                }
            }
        }
    };
    note_use(&folder);
    build::sweep(cache);
    if built {
        remove_unused(&benches, &folder);
    }
    watch(JudgeEvent::BenchReady {
        seconds: begun.elapsed().as_secs_f64(),
        built,
    });
    let cage = Arc::new(trial::cage(&toolchain, cache));
    Ok(Bench {
        cage,
        toolchain,
        artifacts: ready.artifacts,
        folder,
        cache: cache.to_owned(),
        compiler: Limits::BUILD,
        seats: Arc::new(Seats::open()),
    })
}

fn build_kit<T: AsRef<[u8]>>(
    kit: &BTreeMap<String, T>,
    toolchain: &Toolchain,
    folder: &Path,
    watch: &mut dyn FnMut(JudgeEvent),
) -> Result<Ready, JudgeError> {
    let begun = Instant::now();
    let cargo = toolchain.cargo()?;
    watch(JudgeEvent::BenchStarted {
        estimate_seconds: last_build(folder),
    });
    let workspace = folder.join("kit");
    if workspace.exists() {
        fs::remove_dir_all(&workspace)
            .map_err(JudgeError::io(format!("empty {}", workspace.display())))?;
    }
    for (path, text) in kit {
        let path = workspace.join(path);
        write_file(&path, text.as_ref())
            .map_err(JudgeError::io(format!("write {}", path.display())))?;
    }
    let artifacts = cargo::build(&cargo, toolchain, &workspace, &folder.join("target"), watch)?;
    let ready = Ready {
        artifacts,
        seconds: begun.elapsed().as_secs_f64(),
    };
    let text = serde_json::to_vec_pretty(&ready)
        .map_err(|error| JudgeError::BenchBroken(error.to_string()))?;
    let marker = ready_file(folder);
    write_file(&marker.with_extension("new"), &text)
        .and_then(|()| fs::rename(marker.with_extension("new"), &marker))
        .map_err(JudgeError::io(format!("write {}", marker.display())))?;
    Ok(ready)
}

fn write_file(path: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, text)
}

fn ready_file(folder: &Path) -> PathBuf {
    folder.join("ready")
}

/// What a finished bench left behind, if its libraries are still there.
fn read_ready(folder: &Path) -> Option<Ready> {
    let ready: Ready = serde_json::from_slice(&fs::read(ready_file(folder)).ok()?).ok()?;
    let complete = ready.artifacts.files().all(Path::is_file);
    complete.then_some(ready)
}

/// Names a bench by everything that goes into it.
fn key<T: AsRef<[u8]>>(toolchain: &Toolchain, kit: &BTreeMap<String, T>) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &[u8]| {
        // The length first, so that two parts cannot trade bytes.
        hasher
            .update(&(part.len() as u64).to_le_bytes())
            .update(part);
    };
    add(env!("CARGO_PKG_VERSION").as_bytes());
    add(toolchain.version.as_bytes());
    add(toolchain.rustc.as_os_str().as_encoded_bytes());
    for (path, text) in kit {
        add(path.as_bytes());
        add(text.as_ref());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

fn lock(path: &Path, watch: &mut dyn FnMut(JudgeEvent)) -> Result<Flock<File>, JudgeError> {
    let failed = |error: io::Error| JudgeError::Io {
        action: format!("lock {}", path.display()),
        source: error,
    };
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(failed)?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(lock),
        Err((file, nix::errno::Errno::EWOULDBLOCK)) => {
            watch(JudgeEvent::BenchWaiting {
                path: path.to_owned(),
            });
            Flock::lock(file, FlockArg::LockExclusive).map_err(|(_, error)| failed(error.into()))
        }
        Err((_, error)) => Err(failed(error.into())),
    }
}

/// How long the newest bench beside this one took.
fn last_build(folder: &Path) -> Option<f64> {
    let newest = other_benches(folder.parent()?, folder)
        .filter_map(|other| {
            Some((
                fs::metadata(ready_file(&other)).ok()?.modified().ok()?,
                other,
            ))
        })
        .max()?;
    read_ready(&newest.1).map(|ready| ready.seconds)
}

fn other_benches(benches: &Path, except: &Path) -> impl Iterator<Item = PathBuf> {
    let except = except.to_owned();
    fs::read_dir(benches)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(move |path| path.is_dir() && *path != except)
}

/// Leaves the time of the last use as the marker's own time. A read-only cache is no reason to complain.
fn note_use(folder: &Path) {
    if let Ok(file) = File::options().append(true).open(ready_file(folder)) {
        let _ = file.set_modified(SystemTime::now());
    }
}

/// Removes benches that nobody used for a month, unless somebody builds them right now.
fn remove_unused(benches: &Path, except: &Path) {
    for bench in other_benches(benches, except) {
        let used = fs::metadata(ready_file(&bench))
            .or_else(|_| fs::metadata(&bench))
            .and_then(|data| data.modified());
        let unused = used.is_ok_and(|used| used.elapsed().is_ok_and(|age| age > UNUSED));
        let Ok(file) = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(bench.with_extension("lock"))
        else {
            continue;
        };
        if unused && let Ok(_lock) = Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            // The marker goes first: a bench that is half removed must not look finished.
            let _ = fs::remove_file(ready_file(&bench));
            let _ = fs::remove_dir_all(&bench);
            let _ = fs::remove_file(bench.with_extension("lock"));
        }
    }
}
