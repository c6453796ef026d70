//! Waits for a caged process and says what it used.

use std::io;
use std::os::fd::OwnedFd;
#[cfg(target_os = "linux")]
use std::os::fd::{FromRawFd, RawFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::time::Duration;

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

/// Whether the child with this number has ended. It is not taken yet: the number still belongs to it when the cage is ended.
pub fn has_ended(child: u32) -> bool {
    let flags = libc::WEXITED | libc::WNOWAIT | libc::WNOHANG;
    // SAFETY: the facts are plain numbers, for which all zeroes is a value, and outlive the call. Not nix, which has no
    // `waitid` for macOS.
    let (answer, facts) = unsafe {
        let mut facts: libc::siginfo_t = std::mem::zeroed();
        let answer = libc::waitid(libc::P_PID, child as libc::id_t, &mut facts, flags);
        (answer, facts)
    };
    // Still zero while the child runs.
    answer != 0 || facts.si_signo != 0
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
