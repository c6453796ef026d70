//! The cage where the system is not Linux: limits and a process group, and the level says so.
//!
//! Compiled for tests on Linux too, so that it cannot rot unseen.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::layers::{Layer, Layers};
use super::limits::Limits;
use super::view::View;
use super::{Cage, Caged};

/// What can be had here.
pub const POSSIBLE: [Layers; 1] = [Layers::NONE];

/// Starts the command with its limits, in a group of its own. There is no limit on memory: macOS refuses those.
pub fn spawn(
    cage: &Cage,
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
            limits.take_the_common()?;
            if let Some(descriptor) = channel
                && libc::fcntl(descriptor, libc::F_SETFD, 0) < 0
            {
                return Err(io::Error::last_os_error());
            }
            Ok(())
        });
    }
    let held = Layers::of([Layer::ProcessGroup, Layer::Rlimits]);
    cage.note(held);
    Ok(Caged::new(command.spawn()?, None))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::judge::sandbox::reap;

    #[test]
    fn a_program_has_its_limits_and_a_group_of_its_own_and_ends_with_it() {
        assert_eq!(POSSIBLE, [Layers::NONE]);
        let cage = Cage::new(usize::MAX, Vec::new(), Vec::new());
        let limits = Limits {
            cpu_seconds: 7,
            descriptors: 33,
            ..Limits::CHECK
        };
        let make = || {
            let mut command = Command::new("/bin/sh");
            command
                .args(["-c", "ulimit -t; ulimit -n; ulimit -c; sleep 1000 & wait"])
                .stdout(std::process::Stdio::piped());
            command
        };
        let mut caged =
            spawn(&cage, &make, limits, &View::default(), None).expect("there is a shell");
        let mut out = caged.child.stdout.take().expect("piped");
        let mut said = [0; 7];
        out.read_exact(&mut said).expect("three numbers");
        assert_eq!(&said, b"7\n33\n0\n");
        assert_eq!(cage.told().level, "none");
        caged.end();
        let ended = reap(&caged.child, true).expect("a child").expect("ended");
        assert!(!ended.status.success());
        // Nobody of the group holds the other end any more.
        assert_eq!(out.read(&mut [0]).expect("readable"), 0);
    }
}
