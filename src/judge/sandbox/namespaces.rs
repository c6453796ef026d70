//! A world of its own for one program: no network, no other processes, and a root that holds nothing but what its view names.
//!
//! Theory of operation. Three processes stand behind a program in namespaces. The *supervisor* is the judge's direct child. It stays
//! outside, holds one end of the *leash*, a pipe whose other end only the judge has, and ends the world as soon as the leash
//! is let go, be it by intent or because the judge died. The *first process* is number 1 of the world: it lays out the root,
//! starts the program, hands its end to the supervisor, and when it goes the kernel ends whatever is left. The supervisor
//! waits until the world is empty and then ends exactly as the program did, so that the judge sees one child with one end.
//!
//! The root is a tiny tmpfs with the very same paths as outside, bound one by one, so that no name in a message differs. It is laid
//! over `/proc`, which every Linux has and no view ever names, and then becomes the root.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::RawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr::null;

use nix::errno::Errno;

use super::supervisor::{be_the_first, supervise};
use super::view::View;

const ALL: libc::c_int = libc::CLONE_NEWPID
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP;

/// Where the new root is laid out before it is the root.
const ROOT: &CStr = c"/proc";

enum Step {
    Folder(CString),
    File(CString),
    Bind {
        from: CString,
        to: CString,
    },
    /// Makes all that was laid out so far read-only.
    Seal,
    /// Lets files of this place be written, but never be devices or gain privileges.
    Open(CString),
    /// Lets this one device be used.
    Device(CString),
}

/// Everything about a world that can be known before the fork.
pub struct Namespaces {
    steps: Vec<Step>,
    /// What to write into the maps of users and groups; none for root, who needs no user namespace.
    maps: Option<[CString; 2]>,
    folder: CString,
    /// The supervisor's end of the leash.
    pub leash: RawFd,
}

impl Namespaces {
    /// Plans a world in which `readable` and the view's own folders exist, and `folder` is the working folder.
    pub fn new(view: &View, readable: &[PathBuf], folder: &Path, leash: RawFd) -> io::Result<Self> {
        let mut steps = Vec::new();
        // The outermost only: one bind brings all that is below.
        let writable = || view.write.iter();
        let inside_readable = |path: &Path| readable.iter().any(|outer| path.starts_with(outer));
        for path in readable
            .iter()
            .chain(writable().filter(|path| !inside_readable(path)))
        {
            lay_out(&mut steps, path)?;
        }
        let null_device = Path::new("/dev/null");
        if view.compiles {
            lay_out(&mut steps, null_device)?;
        }
        for path in readable {
            steps.push(bind(path)?);
        }
        steps.push(Step::Seal);
        for path in writable() {
            steps.extend([bind(path)?, Step::Open(inside(path)?)]);
        }
        if view.compiles {
            steps.extend([bind(null_device)?, Step::Device(inside(null_device)?)]);
        }
        let (user, group) = (nix::unistd::geteuid(), nix::unistd::getegid());
        let maps = (!user.is_root())
            .then(|| -> io::Result<_> { Ok([line(user.as_raw())?, line(group.as_raw())?]) })
            .transpose()?;
        Ok(Self {
            steps,
            maps,
            folder: CString::new(folder.as_os_str().as_bytes())?,
            leash,
        })
    }

    /// Makes the world. Returns only in the process that is to become the program; the supervisor and the first process never return.
    pub fn enter(&self) -> Result<(), Errno> {
        let mut status = [-1; 2];
        // SAFETY: the array has room for the two descriptors.
        check(unsafe { libc::pipe2(status.as_mut_ptr(), libc::O_CLOEXEC) })?;
        let [status_out, status_in] = status;
        let flags = if self.maps.is_some() {
            ALL | libc::CLONE_NEWUSER
        } else {
            ALL
        };
        let first = fork_with(flags)?;
        if first != 0 {
            supervise(first, status_out, self.leash);
        }
        // SAFETY: reads and writes no memory of ours.
        check(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) })?;
        self.write_maps()?;
        self.lay_out_root()?;
        let program = fork_with(0)?;
        if program != 0 {
            be_the_first(program, status_in);
        }
        Ok(())
    }

    fn write_maps(&self) -> Result<(), Errno> {
        let Some([users, groups]) = &self.maps else {
            return Ok(());
        };
        write_file(c"/proc/self/setgroups", c"deny")?;
        write_file(c"/proc/self/uid_map", users)?;
        write_file(c"/proc/self/gid_map", groups)
    }

    fn lay_out_root(&self) -> Result<(), Errno> {
        mount(None, c"/", None, libc::MS_REC | libc::MS_PRIVATE, None)?;
        let plain = libc::MS_NOSUID | libc::MS_NODEV;
        mount(
            Some(c"none"),
            ROOT,
            Some(c"tmpfs"),
            plain,
            Some(c"mode=755,size=256k,nr_inodes=4k"),
        )?;
        for step in &self.steps {
            step.take()?;
        }
        // SAFETY: the strings end with a zero and outlive the calls. Both places of the swap are the working folder: the old root
        // then lies on top of the new one and is taken off again.
        unsafe {
            check(libc::chdir(ROOT.as_ptr()))?;
            check_long(libc::syscall(
                libc::SYS_pivot_root,
                c".".as_ptr(),
                c".".as_ptr(),
            ))?;
            check(libc::umount2(c".".as_ptr(), libc::MNT_DETACH))?;
            check(libc::chdir(self.folder.as_ptr()))
        }
    }
}

impl Step {
    fn take(&self) -> Result<(), Errno> {
        // SAFETY: the strings end with a zero and outlive the calls; the descriptor is ours and used once.
        unsafe {
            match self {
                Step::Folder(path) => match check(libc::mkdir(path.as_ptr(), 0o755)) {
                    Err(Errno::EEXIST) => Ok(()),
                    other => other,
                },
                Step::File(path) => {
                    let file = libc::open(
                        path.as_ptr(),
                        libc::O_CREAT | libc::O_WRONLY | libc::O_CLOEXEC,
                        0o644,
                    );
                    check(file)?;
                    check(libc::close(file))
                }
                Step::Bind { from, to } => {
                    mount(Some(from), to, None, libc::MS_BIND | libc::MS_REC, None)
                }
                Step::Seal => {
                    let sealed =
                        libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;
                    set_attributes(ROOT, sealed, libc::AT_RECURSIVE)
                }
                Step::Open(path) => {
                    set_attributes(path, libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV, 0)
                }
                Step::Device(path) => {
                    set_attributes(path, libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NOEXEC, 0)
                }
            }
        }
    }
}

/// The folders above a path and an empty place for itself.
fn lay_out(steps: &mut Vec<Step>, path: &Path) -> io::Result<()> {
    let above: Vec<&Path> = path
        .ancestors()
        .skip(1)
        .filter(|above| *above != Path::new("/"))
        .collect();
    for folder in above.into_iter().rev() {
        steps.push(Step::Folder(inside(folder)?));
    }
    steps.push(if path.is_dir() {
        Step::Folder(inside(path)?)
    } else {
        Step::File(inside(path)?)
    });
    Ok(())
}

fn bind(path: &Path) -> io::Result<Step> {
    Ok(Step::Bind {
        from: CString::new(path.as_os_str().as_bytes())?,
        to: inside(path)?,
    })
}

/// The path in the new root while that is still laid out.
fn inside(path: &Path) -> io::Result<CString> {
    Ok(CString::new(
        [ROOT.to_bytes(), path.as_os_str().as_bytes()].concat(),
    )?)
}

/// Maps one user or group to itself.
fn line(id: u32) -> io::Result<CString> {
    Ok(CString::new(format!("{id} {id} 1\n"))?)
}

fn mount(
    from: Option<&CStr>,
    to: &CStr,
    kind: Option<&CStr>,
    flags: libc::c_ulong,
    data: Option<&CStr>,
) -> Result<(), Errno> {
    let raw = |text: Option<&CStr>| text.map_or(null(), CStr::as_ptr);
    // SAFETY: all strings end with a zero and outlive the call; the ones left out are null, as the call allows.
    check(unsafe { libc::mount(raw(from), to.as_ptr(), raw(kind), flags, raw(data).cast()) })
}

fn set_attributes(path: &CStr, set: u64, flags: libc::c_int) -> Result<(), Errno> {
    let attributes = libc::mount_attr {
        attr_set: set,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    // SAFETY: the string ends with a zero, the attributes are as large as is said, and both outlive the call.
    check_long(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            &raw const attributes,
            size_of_val(&attributes),
        )
    })
}

fn write_file(path: &CStr, text: &CStr) -> Result<(), Errno> {
    let text = text.to_bytes();
    // SAFETY: path and text outlive the calls; the descriptor is ours.
    unsafe {
        let file = libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
        check(file)?;
        let written = libc::write(file, text.as_ptr().cast(), text.len());
        let errno = Errno::last();
        libc::close(file);
        if usize::try_from(written) == Ok(text.len()) {
            Ok(())
        } else {
            Err(errno)
        }
    }
}

/// Forks into new namespaces; 0 in the child. Not libc's fork, which would run other people's handlers.
fn fork_with(flags: libc::c_int) -> Result<libc::pid_t, Errno> {
    // SAFETY: without a stack of its own the child goes on in a copy of this one, as after fork. This process has one thread.
    let pid = unsafe {
        libc::syscall(
            libc::SYS_clone,
            libc::c_long::from(flags | libc::SIGCHLD),
            0,
            0,
            0,
            0,
        )
    };
    check_long(pid)?;
    Ok(pid as libc::pid_t)
}

fn check(answer: libc::c_int) -> Result<(), Errno> {
    check_long(libc::c_long::from(answer))
}

fn check_long(answer: libc::c_long) -> Result<(), Errno> {
    if answer < 0 {
        Err(Errno::last())
    } else {
        Ok(())
    }
}
