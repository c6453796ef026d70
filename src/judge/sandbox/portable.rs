//! The cage where the system is not Linux: limits and a process group, and the level says so.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::layers::{Layer, Layers};
use super::limits::{Limits, STACK_BYTES};
use super::view::View;
use super::{Cage, Caged};

/// What can be had here.
pub const POSSIBLE: [Layers; 1] = [Layers::NONE];

impl Cage {
    /// Starts the command with its limits, in a group of its own.
    pub fn spawn(
        &self,
        make: &dyn Fn() -> Command,
        limits: Limits,
        _view: &View,
        channel: Option<BorrowedFd<'_>>,
    ) -> io::Result<Caged> {
        let channel = channel.map(|descriptor| descriptor.as_raw_fd());
        let mut command = make();
        // SAFETY: the closure runs in the forked child of a program with threads; it makes system calls on values copied
        // before the fork, allocates nothing and takes no lock.
        unsafe {
            command.pre_exec(move || {
                nix::unistd::setsid()?;
                set_limits(limits)?;
                if let Some(descriptor) = channel
                    && libc::fcntl(descriptor, libc::F_SETFD, 0) < 0
                {
                    return Err(io::Error::last_os_error());
                }
                Ok(())
            });
        }
        let held = Layers::of([Layer::ProcessGroup, Layer::Rlimits]);
        self.note(held);
        Ok(Caged::new(command.spawn()?, None))
    }
}

/// The memory limits are refused by macOS; there the wall clock has to do.
fn set_limits(limits: Limits) -> io::Result<()> {
    let table = [
        // The hard limit is a second later, so that the first signal tells what happened.
        (
            Resource::RLIMIT_CPU,
            limits.cpu_seconds,
            limits.cpu_seconds + 1,
        ),
        (Resource::RLIMIT_CORE, 0, 0),
        (Resource::RLIMIT_FSIZE, limits.file_bytes, limits.file_bytes),
        (
            Resource::RLIMIT_NOFILE,
            limits.descriptors,
            limits.descriptors,
        ),
        (Resource::RLIMIT_STACK, STACK_BYTES, STACK_BYTES),
    ];
    for (resource, soft, hard) in table {
        let (_, from_outside) = getrlimit(resource)?;
        setrlimit(resource, soft.min(from_outside), hard.min(from_outside))?;
    }
    Ok(())
}
