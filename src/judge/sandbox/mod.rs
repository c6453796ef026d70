//! The cage: the one room with `unsafe` in it, because everything here happens between fork and exec.
//!
//! Theory of operation. The judge forks; before the program starts, the child leads a session and a process group of its
//! own, is told to die with the thread that watches it, gives up gaining privileges, takes its limits, switches address
//! randomisation off (the same run, twice the same), and closes every descriptor but 0, 1, 2 and the result channel. The environment
//! was cleared by the caller. Ending a run is SIGKILL to the whole group.
//!
//! Namespaces, Landlock and seccomp have their place here, in files of their own, applied in [`prepare_child`].

pub mod limits;

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use self::limits::{Limits, STACK_BYTES};
use crate::domain::verdict::Cage;

/// The layers that every run has on this system.
pub fn layers() -> Cage {
    let mut layers = vec!["process-group", "rlimits", "cleared-environment", "output-caps"];
    if cfg!(target_os = "linux") {
        layers.extend(["no-new-privs", "dies-with-the-judge", "closed-descriptors"]);
    }
    Cage {
        level: "none".to_owned(),
        layers: layers.into_iter().map(str::to_owned).collect(),
    }
}

/// Starts the command in the cage; `channel` is the one descriptor beyond standard input, output and error that it keeps.
///
/// The calling thread must be the one that waits for the child: on Linux the child dies when that thread ends.
pub fn spawn(command: &mut Command, limits: Limits, channel: Option<BorrowedFd<'_>>) -> io::Result<Child> {
    let channel = channel.map(|descriptor| descriptor.as_raw_fd());
    let judge = nix::unistd::getpid();
    // SAFETY: the closure runs in the forked child of a program with threads, so it may only call functions that are
    // safe in a signal handler: it makes system calls on values copied before the fork, allocates nothing and takes no lock.
    unsafe {
        command.pre_exec(move || prepare_child(limits, channel, judge));
    }
    command.spawn()
}

fn prepare_child(limits: Limits, channel: Option<RawFd>, judge: Pid) -> io::Result<()> {
    nix::unistd::setsid()?;
    die_with_the_judge(judge)?;
    set_limits(limits)?;
    close_all_but(channel)
}

fn set_limits(limits: Limits) -> io::Result<()> {
    let table = [
        // The hard limit is a second later, so that the first signal tells what happened.
        (Resource::RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1),
        (Resource::RLIMIT_CORE, 0, 0),
        (Resource::RLIMIT_FSIZE, limits.file_bytes, limits.file_bytes),
        (Resource::RLIMIT_NOFILE, limits.descriptors, limits.descriptors),
        (Resource::RLIMIT_STACK, STACK_BYTES, STACK_BYTES),
    ];
    for (resource, soft, hard) in table {
        limit(resource, soft, hard)?;
    }
    // macOS refuses both; there the wall clock has to do.
    #[cfg(target_os = "linux")]
    {
        limit(Resource::RLIMIT_DATA, limits.memory_bytes, limits.memory_bytes)?;
        limit(Resource::RLIMIT_AS, limits.address_space(), limits.address_space())?;
    }
    Ok(())
}

/// Sets a limit, or keeps the one from outside where that is tighter already.
fn limit(resource: Resource, soft: u64, hard: u64) -> io::Result<()> {
    let (_, from_outside) = getrlimit(resource)?;
    setrlimit(resource, soft.min(from_outside), hard.min(from_outside))?;
    Ok(())
}

#[cfg(target_os = "linux")]
fn die_with_the_judge(judge: Pid) -> io::Result<()> {
    // SAFETY: prctl and personality with these arguments read and write no memory of ours.
    unsafe {
        check(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL))?;
        check(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))?;
        // Some containers refuse this; a verdict does not depend on addresses, only its repetition is nicer with it.
        libc::personality(libc::ADDR_NO_RANDOMIZE as libc::c_ulong);
    }
    // The judge may have ended before the signal was asked for.
    if nix::unistd::getppid() == judge {
        Ok(())
    } else {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

#[cfg(not(target_os = "linux"))]
fn die_with_the_judge(_judge: Pid) -> io::Result<()> {
    Ok(())
}

#[cfg(target_os = "linux")]
fn close_all_but(channel: Option<RawFd>) -> io::Result<()> {
    // Marked, not closed: the standard library still reports a failing exec through a descriptor of its own. Kernels before
    // 5.11 cannot do this; there, only what this program opened is closed, because it opens everything to be closed.
    // SAFETY: close_range and fcntl act on descriptor numbers only.
    unsafe {
        libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC);
        if let Some(descriptor) = channel {
            check(libc::fcntl(descriptor, libc::F_SETFD, 0))?;
        }
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn close_all_but(channel: Option<RawFd>) -> io::Result<()> {
    if let Some(descriptor) = channel {
        // SAFETY: fcntl acts on a descriptor number only.
        unsafe { check(libc::fcntl(descriptor, libc::F_SETFD, 0))? };
    }
    Ok(())
}

fn check(answer: libc::c_int) -> io::Result<()> {
    if answer < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// How a process ended and what it used.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    /// Exit code or signal.
    pub status: ExitStatus,
    /// Processor time of all its threads and of the children it waited for.
    pub cpu: Duration,
}

/// A descriptor that becomes readable when the child has ended; none where the system has no such thing.
pub fn exit_descriptor(child: &Child) -> Option<OwnedFd> {
    #[cfg(target_os = "linux")]
    {
        let pid = libc::c_long::from(child.id());
        // SAFETY: pidfd_open takes two numbers and returns a fresh descriptor, which nobody else owns.
        unsafe {
            let descriptor = libc::syscall(libc::SYS_pidfd_open, pid, 0);
            (descriptor >= 0).then(|| OwnedFd::from_raw_fd(descriptor as RawFd))
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = child;
        None
    }
}

/// Takes the child's end if it has ended. Once it answered, the child's number may belong to somebody else.
pub fn reap(child: &Child, wait: bool) -> io::Result<Option<Ended>> {
    let pid = child.id() as libc::pid_t;
    let flags = if wait { 0 } else { libc::WNOHANG };
    let mut status = 0;
    // SAFETY: rusage is plain numbers, for which all zeroes is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both pointers are to live locals of the right type.
        let answer = unsafe { libc::wait4(pid, &mut status, flags, &mut usage) };
        if answer == 0 {
            return Ok(None);
        }
        if answer == pid {
            break;
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    Ok(Some(Ended {
        status: ExitStatus::from_raw(status),
        cpu: duration(usage.ru_utime) + duration(usage.ru_stime),
    }))
}

fn duration(time: libc::timeval) -> Duration {
    Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or(0))
        + Duration::from_micros(u64::try_from(time.tv_usec).unwrap_or(0))
}

/// Ends the child's whole group. Harmless when nothing of it is left.
///
/// To be called before [`reap`] has answered, while the number still belongs to the child.
pub fn end_group(child: &Child) {
    let _ = killpg(Pid::from_raw(child.id() as libc::pid_t), Signal::SIGKILL);
}
