//! The two processes beside the program: the supervisor outside its world, and number 1 inside. They wait, end what must end,
//! and pass the program's end on unchanged.

use std::os::fd::RawFd;

use nix::errno::Errno;

/// Waits for the end of the world, or ends it when the leash is let go; then ends as the program did.
pub(super) fn supervise(first: libc::pid_t, status: RawFd, leash: RawFd) -> ! {
    keep_only([status, leash]);
    let watched = |fd| libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    };
    let mut both = [watched(status), watched(leash)];
    let mut raw: libc::c_int = 0;
    // SAFETY: the array, the number and the sizes fit the calls; the process number is our own child's, not yet waited for.
    unsafe {
        while libc::poll(both.as_mut_ptr(), 2, -1) < 0 && Errno::last() == Errno::EINTR {}
        if both[0].revents == 0 {
            libc::kill(first, libc::SIGKILL);
        }
        let told = libc::read(status, (&raw mut raw).cast(), size_of::<libc::c_int>());
        let mut ignored = 0;
        while libc::wait4(first, &mut ignored, 0, std::ptr::null_mut()) < 0
            && Errno::last() == Errno::EINTR
        {}
        if usize::try_from(told) != Ok(size_of::<libc::c_int>()) {
            libc::_exit(254);
        }
        end_like(raw)
    }
}

/// Ends this process in the way that a waited-for status tells.
fn end_like(status: libc::c_int) -> ! {
    // SAFETY: plain numbers and locals; signals of our own process only.
    unsafe {
        if libc::WIFSIGNALED(status) {
            let signal = libc::WTERMSIG(status);
            let none = libc::rlimit {
                rlim_cur: 0,
                rlim_max: 0,
            };
            libc::setrlimit(libc::RLIMIT_CORE, &none);
            libc::signal(signal, libc::SIG_DFL);
            let mut only: libc::sigset_t = std::mem::zeroed();
            libc::sigaddset(&mut only, signal);
            libc::sigprocmask(libc::SIG_UNBLOCK, &only, std::ptr::null_mut());
            libc::kill(libc::getpid(), signal);
            libc::_exit(128 + signal);
        }
        libc::_exit(libc::WEXITSTATUS(status))
    }
}

/// Number 1 of the world: waits for the program, takes the ends of orphans, tells the supervisor.
pub(super) fn be_the_first(program: libc::pid_t, status: RawFd) -> ! {
    keep_only([status, status]);
    let mut raw: libc::c_int = 0;
    // SAFETY: pointers to a live local of the right type and size.
    unsafe {
        loop {
            let ended = libc::wait4(-1, &mut raw, 0, std::ptr::null_mut());
            if ended == program {
                libc::write(status, (&raw const raw).cast(), size_of::<libc::c_int>());
                libc::_exit(0);
            }
            if ended < 0 && Errno::last() != Errno::EINTR {
                libc::_exit(253);
            }
        }
    }
}

/// Closes every descriptor but these.
fn keep_only(mut kept: [RawFd; 2]) {
    kept.sort_unstable();
    let [low, high] = kept.map(|fd| libc::c_uint::try_from(fd).unwrap_or(0));
    let close = |from: libc::c_uint, to: libc::c_uint| {
        if from > to {
            return;
        }
        // SAFETY: acts on descriptor numbers of this process, which owns nothing that would miss them.
        unsafe {
            if libc::syscall(libc::SYS_close_range, from, to, 0) != 0 {
                for fd in from..=to.min(4096) {
                    libc::close(fd as libc::c_int);
                }
            }
        }
    };
    if low > 0 {
        close(0, low - 1);
    }
    close(low + 1, high.saturating_sub(1));
    close(high + 1, libc::c_uint::MAX);
}
