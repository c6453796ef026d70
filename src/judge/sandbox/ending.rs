//! Waits for a caged process and says what it used.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
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

/// The processor time that the child and everything below it have used so far; none where the system does not tell.
pub fn cpu_so_far(child: &Child) -> Option<Duration> {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: asks for a number.
        let ticks = u64::try_from(unsafe { libc::sysconf(libc::_SC_CLK_TCK) }).ok()?;
        let used = ticks_below(child.id(), 8)?;
        Some(Duration::from_millis(used * 1_000 / ticks.max(1)))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = child;
        None
    }
}

/// Clock ticks of a process, of the children it has waited for, and of those that still run. Under the supervisor of a world lie the
/// first process and the program, so that `depth` need not be large.
#[cfg(target_os = "linux")]
fn ticks_below(pid: u32, depth: usize) -> Option<u64> {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).ok();
    let stat = read("stat")?;
    // The name of the program stands in brackets and may hold any; the times are the words 14 to 17.
    let words = stat.rsplit_once(')')?.1.split_whitespace();
    let own: u64 = words.skip(11).take(4).flat_map(str::parse::<u64>).sum();
    let children = read(&format!("task/{pid}/children"))?;
    let below = children.split_whitespace().flat_map(str::parse);
    let below: u64 = match depth {
        0 => 0,
        // A child that ended meanwhile is counted with its parent the next time.
        _ => below
            .filter_map(|child| ticks_below(child, depth - 1))
            .sum(),
    };
    Some(own + below)
}

fn duration(time: libc::timeval) -> Duration {
    Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or(0))
        + Duration::from_micros(u64::try_from(time.tv_usec).unwrap_or(0))
}
