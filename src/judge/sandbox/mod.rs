//! The cage: the one room with `unsafe` in it, because everything here happens between fork and exec.
//!
//! Theory of operation. The judge knows before the fork what a program may see ([`view::View`]) and use ([`limits::Limits`]). Everything
//! that takes memory is made then: the Landlock domain, the seccomp filters, the plan of a private root. After the fork the child
//! takes one layer after the other ([`child`]), from the outermost inwards: a session of its own, namespaces, closed descriptors,
//! limits, a user that owns nothing, no capabilities, no new privileges, Landlock, seccomp. It tells through a pipe which layers
//! hold, so that a report never names one that was only hoped for, and starts the program only if all that were wanted do.
//!
//! Which layers a machine can have is found out once, by [`trial`], and remembered until the next boot. Where a layer that was there
//! before is refused later (Ubuntu lets a program make a user namespace and then denies what it is for), the cage falls back to
//! the next best set and says so, unless somebody insisted on more ([`Cage::insist`]).
//!
//! # What remains possible
//!
//! The forgeries in plain safe Rust of `tests/fixtures/hostile` get nothing; those that suites must guard against are below. A pass needs a clean end and one well-formed record, the result
//! channel is out of reach of what our std offers, and the contract (`judge::contract`) pins the types and the equality of
//! everything that a suite compares.
//!
//! Code that abuses a soundness bug of the compiler (`rust-lang/rust#25860` and its like need no `unsafe`) owns the memory of its
//! own process. It can read whatever the check brought along, its expected values too, and write into the result channel what it
//! likes: **it can forge its own verdict**, and leak a hidden check through its message. It can neither read the machine, nor outlive
//! its check, nor disturb another one. No secret inside the process would help, so there is none; the way out would be an oracle in
//! the judge's process, which only checks without threads, time, drops and memory could use. Where it matters, read the code.
//!
//! What needs no bug at all: code can notice that it is being judged or measured (the virtual clock stands still, a debug build has
//! assertions) and be another program there. Suites that measure therefore look at what comes back. And equality that says yes too
//! often can hide in a private field; suites show unequal values too.

#[cfg(target_os = "linux")]
mod child;
mod ending;
#[cfg(target_os = "linux")]
mod landlock;
pub mod layers;
pub mod limits;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod namespaces;
#[cfg(any(test, not(target_os = "linux")))]
mod portable;
#[cfg(target_os = "linux")]
mod seccomp;
#[cfg(target_os = "linux")]
mod supervisor;
pub mod trial;
pub mod view;

#[cfg(target_os = "linux")]
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::Child;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

pub use self::ending::{Ended, exit_descriptor, has_ended, reap};
use self::layers::{Layer, Layers, Level};
#[cfg(target_os = "linux")]
use self::linux::POSSIBLE;
#[cfg(target_os = "linux")]
pub use self::linux::spawn;
#[cfg(not(target_os = "linux"))]
use self::portable::POSSIBLE;
#[cfg(not(target_os = "linux"))]
pub use self::portable::spawn;
use crate::domain::verdict;

/// A layer that this machine does not grant.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Missing {
    /// Its name.
    pub layer: String,
    /// What the system said.
    pub reason: String,
}

/// What the runs of one judge are caged with.
#[derive(Debug)]
pub struct Cage {
    /// Place in [`POSSIBLE`] of the layers that every run must have.
    rung: AtomicU8,
    /// Below this it is not used at all.
    least: AtomicU8,
    /// Exactly the layers of its rung, or nothing.
    pinned: bool,
    /// What held in every run so far.
    held: AtomicU32,
    /// Shared libraries that every program needs.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "only the layers of Linux ask for it")
    )]
    libraries: Vec<PathBuf>,
    missing: Mutex<Vec<Missing>>,
}

impl Cage {
    fn new(rung: usize, libraries: Vec<PathBuf>, missing: Vec<Missing>) -> Self {
        Self {
            rung: AtomicU8::new(u8::try_from(rung).unwrap_or(u8::MAX)),
            least: AtomicU8::new(0),
            pinned: false,
            held: AtomicU32::new(u32::MAX),
            libraries,
            missing: Mutex::new(missing),
        }
    }

    fn pinned(mut self) -> Self {
        self.pinned = true;
        self
    }

    /// The layers that every run must have now.
    pub fn wanted(&self) -> Layers {
        POSSIBLE[usize::from(self.rung.load(Ordering::Relaxed)).min(POSSIBLE.len() - 1)]
    }

    /// The level that these make.
    pub fn level(&self) -> Level {
        self.wanted().and(Layer::Rlimits).level()
    }

    /// From now on nothing is run on less than this level.
    pub fn insist(&self, level: Level) {
        self.least.store(level as u8, Ordering::Relaxed);
    }

    /// What is missing here, and why.
    pub fn missing(&self) -> Vec<Missing> {
        self.missing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// For reports: the layers that held in every run so far, as the runs themselves told.
    pub fn told(&self) -> verdict::Cage {
        let held = Layers(self.held.load(Ordering::Relaxed));
        let held = if held == Layers(u32::MAX) {
            self.wanted()
        } else {
            held
        };
        let layers = held.names().chain(["cleared-environment", "output-caps"]);
        verdict::Cage {
            level: held.level().word().to_owned(),
            layers: layers.map(str::to_owned).collect(),
        }
    }

    fn note(&self, held: Layers) {
        self.held.fetch_and(held.0, Ordering::Relaxed);
    }

    /// Goes on with the next best set of layers. False if that would be less than somebody insisted on.
    #[cfg(target_os = "linux")]
    fn step_down(&self, from: Layers, missing: Missing) -> bool {
        let Some(rung) = POSSIBLE.iter().position(|layers| *layers == from) else {
            return false;
        };
        let least = self.least.load(Ordering::Relaxed);
        let Some(next) = POSSIBLE.get(rung + 1) else {
            return false;
        };
        if self.pinned || (next.and(Layer::Rlimits).level() as u8) < least {
            return false;
        }
        let to = u8::try_from(rung + 1).unwrap_or(u8::MAX);
        // Another run may have come further down already.
        self.rung.fetch_max(to, Ordering::Relaxed);
        self.missing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(missing);
        true
    }
}

/// A program in its cage.
#[derive(Debug)]
pub struct Caged {
    /// What the judge waits for.
    pub child: Child,
    /// Ends the program's world when it is dropped; none where there is no world of its own.
    leash: Option<OwnedFd>,
}

impl Caged {
    fn new(child: Child, leash: Option<OwnedFd>) -> Self {
        Self { child, leash }
    }

    /// Ends everything in the cage. Harmless when nothing of it is left.
    ///
    /// To be called before [`reap`] has answered, while the number still belongs to the child.
    pub fn end(&mut self) {
        // The supervisor ends its world, waits until that is empty, and then ends itself.
        if self.leash.take().is_none() {
            let _ = killpg(
                Pid::from_raw(self.child.id() as libc::pid_t),
                Signal::SIGKILL,
            );
        }
    }
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the cage cannot have {}: {}", self.layer, self.reason)
    }
}

impl std::error::Error for Missing {}

/// Why a cage that somebody insisted on could not be had: the layer travels as the inner error.
#[cfg(target_os = "linux")]
fn too_weak(missing: Missing) -> io::Error {
    io::Error::other(missing)
}
