//! What happens between fork and exec on Linux: one layer after the other, each noted when it holds.
//!
//! Everything here runs in the forked child of a program with threads, so it makes system calls on values that were made before the
//! fork, allocates nothing and takes no lock. What held is told to the judge through the report pipe, by the child itself.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::sys::resource::Resource;
use nix::unistd::Pid;
use seccompiler::BpfProgram;

use super::layers::{Layer, Layers};
use super::limits::{Limits, limit};
use super::namespaces::Namespaces;
use super::seccomp::OWN_NUMBER;

/// A user that owns nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum User {
    /// Always the same, so that a compiler finds its own files again.
    Compiler(u32),
    /// Counted from this number by the process, so that no two checks share one.
    OwnFrom(u32),
}

/// Everything about a caged process that can be known before the fork.
pub struct Prepared {
    pub judge: Pid,
    pub limits: Limits,
    pub channel: Option<RawFd>,
    pub report: RawFd,
    pub namespaces: Option<Namespaces>,
    pub domain: Option<OwnedFd>,
    pub filters: Vec<BpfProgram>,
    pub user: Option<User>,
    /// Most threads and processes of the user; none for root, who is not counted.
    pub threads: Option<u64>,
}

/// What a child says of its cage: the layers that hold, and where it stopped, if it did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    pub held: Layers,
    pub failed: Option<(Layer, i32)>,
}

impl Report {
    /// As it travels through the pipe.
    pub fn to_bytes(self) -> [u8; 12] {
        let (layer, errno) = self
            .failed
            .map_or((u32::MAX, 0), |(layer, errno)| (layer as u32, errno));
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&self.held.0.to_ne_bytes());
        bytes[4..8].copy_from_slice(&layer.to_ne_bytes());
        bytes[8..].copy_from_slice(&errno.to_ne_bytes());
        bytes
    }

    /// From what came through the pipe.
    pub fn from_bytes(bytes: [u8; 12]) -> Report {
        let word = |at: usize| [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        Report {
            held: Layers(u32::from_ne_bytes(word(0))),
            failed: Layer::numbered(u32::from_ne_bytes(word(4)))
                .map(|layer| (layer, i32::from_ne_bytes(word(8)))),
        }
    }
}

type Held = Result<(), (Layer, Errno)>;

fn at(layer: Layer) -> impl Fn(Errno) -> (Layer, Errno) {
    move |errno| (layer, errno)
}

impl Prepared {
    /// Puts the calling process into the cage, or says where it stopped. To be called in the forked child only.
    pub fn enter(&mut self) -> io::Result<()> {
        let mut held = Layers::NONE;
        let entered = self.take_layers(&mut held);
        let failed = entered.err().map(|(layer, errno)| (layer, errno as i32));
        let report = Report { held, failed }.to_bytes();
        // SAFETY: the bytes outlive the call; the judge's pipe has room for them.
        unsafe { libc::write(self.report, report.as_ptr().cast(), report.len()) };
        entered.map_err(|(_, errno)| errno.into())
    }

    fn take_layers(&mut self, held: &mut Layers) -> Held {
        nix::unistd::setsid().map_err(at(Layer::ProcessGroup))?;
        die_with_the_parent().map_err(at(Layer::DiesWithTheJudge))?;
        // The judge may have ended before the signal was asked for.
        if nix::unistd::getppid() != self.judge {
            return Err((Layer::DiesWithTheJudge, Errno::EPIPE));
        }
        *held = held.and(Layer::ProcessGroup);
        // Different in every process that runs now, and seen by all of the machine.
        let number = std::process::id();
        if let Some(namespaces) = &self.namespaces {
            namespaces.enter().map_err(at(Layer::Namespaces))?;
            // A session of its own; a group it cannot lead yet is no reason to stop.
            let _ = nix::unistd::setsid();
            *held = held.and(Layer::Namespaces);
        }
        // SAFETY: reads and writes no memory of ours.
        unsafe {
            libc::umask(0o022);
            // Some containers refuse this; a verdict does not depend on addresses, only its repetition is nicer with it.
            libc::personality(libc::ADDR_NO_RANDOMIZE as libc::c_ulong);
        }
        close_all_but(self.channel).map_err(at(Layer::ClosedDescriptors))?;
        *held = held.and(Layer::ClosedDescriptors);
        set_limits(self.limits, self.threads).map_err(at(Layer::Rlimits))?;
        *held = held.and(Layer::Rlimits);
        if let Some(user) = self.user {
            become_nobody(user, number).map_err(at(Layer::ThrowAwayUser))?;
            *held = held.and(Layer::ThrowAwayUser);
        }
        if drop_capabilities().is_ok() {
            *held = held.and(Layer::NoCapabilities);
        }
        // Again: a change of the user forgets it.
        die_with_the_parent().map_err(at(Layer::DiesWithTheJudge))?;
        *held = held.and(Layer::DiesWithTheJudge);
        // SAFETY: reads and writes no memory of ours.
        check(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) })
            .map_err(at(Layer::NoNewPrivileges))?;
        *held = held.and(Layer::NoNewPrivileges);
        self.wall_off(held)
    }

    fn wall_off(&mut self, held: &mut Layers) -> Held {
        if let Some(domain) = &self.domain {
            // SAFETY: takes two numbers.
            let answer =
                unsafe { libc::syscall(libc::SYS_landlock_restrict_self, domain.as_raw_fd(), 0) };
            check(answer as libc::c_int).map_err(at(Layer::Landlock))?;
            *held = held.and(Layer::Landlock);
        }
        let own = std::process::id();
        for filter in &mut self.filters {
            for step in filter.iter_mut().filter(|step| step.k == OWN_NUMBER) {
                step.k = own;
            }
            seccompiler::apply_filter(filter).map_err(|_| (Layer::Seccomp, Errno::last()))?;
        }
        if !self.filters.is_empty() {
            *held = held.and(Layer::Seccomp);
        }
        Ok(())
    }
}

fn die_with_the_parent() -> Result<(), Errno> {
    // SAFETY: reads and writes no memory of ours.
    check(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) })
}

fn set_limits(limits: Limits, threads: Option<u64>) -> Result<(), Errno> {
    limits.take_the_common()?;
    let table = [
        (Resource::RLIMIT_DATA, limits.memory_bytes),
        (Resource::RLIMIT_AS, limits.address_space()),
        (Resource::RLIMIT_MEMLOCK, 0),
        (Resource::RLIMIT_MSGQUEUE, 0),
    ];
    for (resource, most) in table {
        limit(resource, most, most)?;
    }
    match threads {
        Some(threads) => limit(Resource::RLIMIT_NPROC, threads, threads),
        None => Ok(()),
    }
}

fn close_all_but(channel: Option<RawFd>) -> Result<(), Errno> {
    // Marked, not closed: the standard library still reports a failing exec through a descriptor of its own. Kernels before
    // 5.11 cannot do this; there, only what this program opened is closed, because it opens everything to be closed.
    // SAFETY: close_range and fcntl act on descriptor numbers only.
    unsafe {
        libc::syscall(
            libc::SYS_close_range,
            3,
            libc::c_uint::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        );
        if let Some(descriptor) = channel {
            check(libc::fcntl(descriptor, libc::F_SETFD, 0))?;
        }
    }
    Ok(())
}

fn become_nobody(user: User, number: u32) -> Result<(), Errno> {
    let id = match user {
        User::Compiler(id) => id,
        User::OwnFrom(first) => first + number,
    };
    // SAFETY: plain numbers; no group is kept. System calls, because libc would tell threads that this process does not have.
    unsafe {
        check(
            libc::syscall(libc::SYS_setgroups, 0, std::ptr::null::<libc::gid_t>()) as libc::c_int,
        )?;
        check(libc::syscall(libc::SYS_setresgid, id, id, id) as libc::c_int)?;
        check(libc::syscall(libc::SYS_setresuid, id, id, id) as libc::c_int)
    }
}

/// Gives up every capability, and the right to ever have one again.
fn drop_capabilities() -> Result<(), Errno> {
    const VERSION_3: u32 = 0x2008_0522;
    let header = [VERSION_3, 0];
    let none = [0_u32; 6];
    // SAFETY: header and sets are laid out as the call wants them and outlive it.
    unsafe {
        for capability in 0..64 {
            // Fails where it is gone already, and from the first number that does not exist.
            libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0);
        }
        check(libc::syscall(libc::SYS_capset, header.as_ptr(), none.as_ptr()) as libc::c_int)
    }
}

fn check(answer: libc::c_int) -> Result<(), Errno> {
    if answer < 0 {
        Err(Errno::last())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_survives_its_pipe() {
        for failed in [None, Some((Layer::Namespaces, 13))] {
            let report = Report {
                held: Layers::of([Layer::Rlimits, Layer::Seccomp]),
                failed,
            };
            assert_eq!(Report::from_bytes(report.to_bytes()), report);
        }
    }
}
