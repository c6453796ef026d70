//! Starts a program in its cage on Linux: everything up to the fork, and what the child says of it afterwards.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, lchown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use super::child::{Prepared, Report, User};
use super::landlock;
use super::layers::{Layer, Layers};
use super::limits::Limits;
use super::namespaces::Namespaces;
use super::seccomp;
use super::view::View;
use super::{Cage, Caged, Missing, too_weak};

/// The sets of layers that are tried, best first.
pub const POSSIBLE: [Layers; 6] = [
    Layers::of([Layer::Namespaces, Layer::Landlock, Layer::Seccomp]),
    Layers::of([Layer::Namespaces, Layer::Seccomp]),
    Layers::of([Layer::Landlock, Layer::Seccomp]),
    Layers::of([Layer::Seccomp]),
    Layers::of([Layer::Landlock]),
    Layers::NONE,
];

/// The first number of a range of users that nobody has.
const NOBODIES: u32 = 0x6000_0000;
/// More than there can be processes.
const NOBODIES_COUNT: u32 = 1 << 23;

/// Starts what `make` makes, in the cage; `channel` is the one descriptor beyond standard input, output and error that it keeps.
///
/// The calling thread must be the one that waits for the child, for the child dies when that thread ends. Fails if the program
/// cannot be started, or only on less than somebody insisted on.
pub fn spawn(
    cage: &Cage,
    make: &dyn Fn() -> Command,
    limits: Limits,
    view: &View,
    channel: Option<BorrowedFd<'_>>,
) -> io::Result<Caged> {
    loop {
        let wanted = cage.wanted();
        let mut attempt = Attempt::new(cage, make(), limits, view, channel, wanted)?;
        match attempt.start() {
            Ok((caged, report)) => {
                cage.note(report.held);
                return Ok(caged);
            }
            Err((error, None)) => return Err(error),
            Err((_, Some(missing))) => {
                if !cage.step_down(wanted, missing.clone()) {
                    return Err(too_weak(missing));
                }
            }
        }
    }
}

/// One attempt to start a program with one set of layers.
struct Attempt {
    command: Command,
    report: File,
    leash: Option<OwnedFd>,
    /// The child's ends of report and leash, closed once it has its own copies.
    theirs: Vec<OwnedFd>,
    /// A layer that could not even be prepared.
    unprepared: Option<Missing>,
}

impl Attempt {
    fn new(
        cage: &Cage,
        mut command: Command,
        limits: Limits,
        view: &View,
        channel: Option<BorrowedFd<'_>>,
        wanted: Layers,
    ) -> io::Result<Self> {
        let readable = view.readable(&cage.libraries);
        let has_world = wanted.has(Layer::Namespaces);
        let user = nobody(view, &readable, has_world);
        let writer = match user {
            Some(User::Compiler(user)) => Some(user),
            // An attempt with more layers may have given it away, and root without capabilities is one user among others.
            None if nix::unistd::geteuid().is_root() => Some(0),
            _ => None,
        };
        if let Some(writer) = writer {
            view.write
                .iter()
                .try_for_each(|folder| give(folder, writer))?;
        }
        let (report, report_in) = io::pipe()?;
        let (leash_out, leash) = io::pipe()?;
        let folder = command
            .get_current_dir()
            .unwrap_or(Path::new("/"))
            .to_owned();
        let namespaces = has_world
            .then(|| Namespaces::new(view, &readable, &folder, leash_out.as_raw_fd()))
            .transpose()?;
        let domain = wanted
            .has(Layer::Landlock)
            .then(|| landlock::domain(view, &readable))
            .flatten();
        let filters = wanted
            .has(Layer::Seccomp)
            .then(|| seccomp::filters(view.compiles))
            .flatten();
        let lacks = |layer: Layer, there: bool, reason: &str| {
            (wanted.has(layer) && !there).then(|| Missing {
                layer: layer.name().to_owned(),
                reason: reason.to_owned(),
            })
        };
        let unprepared = lacks(
            Layer::Landlock,
            domain.is_some(),
            "the kernel does not offer it",
        )
        .or_else(|| {
            lacks(
                Layer::Seccomp,
                filters.is_some(),
                "no filter for this architecture",
            )
        });
        let mut prepared = Prepared {
            judge: nix::unistd::getpid(),
            limits,
            channel: channel.map(|descriptor| descriptor.as_raw_fd()),
            report: report_in.as_raw_fd(),
            namespaces,
            domain,
            filters: filters.map(<[_]>::to_vec).unwrap_or_default(),
            user,
            threads: most_threads(limits, user, has_world),
        };
        // SAFETY: the closure runs in the forked child of a program with threads, so it may only call functions that are
        // safe in a signal handler: it makes system calls on values made before the fork, allocates nothing and takes no lock.
        unsafe {
            command.pre_exec(move || prepared.enter());
        }
        Ok(Self {
            command,
            report: File::from(OwnedFd::from(report)),
            leash: has_world.then(|| leash.into()),
            theirs: vec![report_in.into(), leash_out.into()],
            unprepared,
        })
    }

    /// Starts it. The error comes with the layer at fault, if it was one.
    fn start(&mut self) -> Result<(Caged, Report), (io::Error, Option<Missing>)> {
        if let Some(missing) = self.unprepared.take() {
            return Err((io::ErrorKind::Unsupported.into(), Some(missing)));
        }
        let spawned = self.command.spawn();
        self.theirs.clear();
        let report = self.read_report();
        let child: Child = spawned.map_err(|error| {
            let failed = report.and_then(|report| report.failed);
            let missing = failed.map(|(layer, errno)| Missing {
                layer: layer.name().to_owned(),
                reason: io::Error::from_raw_os_error(errno).to_string(),
            });
            (error, missing)
        })?;
        Ok((
            Caged::new(child, self.leash.take()),
            report.unwrap_or_default(),
        ))
    }

    /// What the child said. It said it before the program started, and cannot say it any more.
    fn read_report(&mut self) -> Option<Report> {
        let mut bytes = [0; 12];
        set_nonblocking(self.report.as_fd());
        self.report.read_exact(&mut bytes).ok()?;
        Some(Report::from_bytes(bytes))
    }
}

fn set_nonblocking(descriptor: BorrowedFd<'_>) {
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    // Cannot fail on a descriptor that was just made.
    let _ = fcntl(descriptor, FcntlArg::F_SETFL(OFlag::O_NONBLOCK));
}

/// A user for the program, if this process may choose one and that user can reach what it must.
fn nobody(view: &View, readable: &[PathBuf], has_world: bool) -> Option<User> {
    let exists =
        || std::fs::read_to_string("/proc/self/uid_map").is_ok_and(|map| maps_all_nobodies(&map));
    let reaches = || {
        has_world
            || readable
                .iter()
                .chain(&view.write)
                .all(|path| open_to_others(path))
    };
    let chosen = nix::unistd::geteuid().is_root() && exists() && reaches();
    chosen.then_some(if view.compiles {
        User::Compiler(NOBODIES)
    } else {
        User::OwnFrom(NOBODIES + 1)
    })
}

/// Tasks are counted over all that a user runs, in a user namespace over all that runs in it. Where the user is not the run's own,
/// the limit leaves room for whatever else there is.
fn most_threads(limits: Limits, user: Option<User>, has_world: bool) -> Option<u64> {
    const ROOM: u64 = 2048;
    let is_root = nix::unistd::geteuid().is_root();
    // All compilers of the machine share one user.
    let own = matches!(user, Some(User::OwnFrom(_)));
    if own || (has_world && !is_root) {
        return Some(limits.threads);
    }
    // The fourth word is running/all tasks of the machine.
    let load = std::fs::read_to_string("/proc/loadavg").ok()?;
    let all: u64 = load
        .split_whitespace()
        .nth(3)?
        .split_once('/')?
        .1
        .parse()
        .ok()?;
    (user.is_some() || !is_root).then_some(all + ROOM)
}

fn maps_all_nobodies(map: &str) -> bool {
    map.lines().any(|line| {
        let numbers: Vec<u64> = line
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect();
        let (first, last) = (u64::from(NOBODIES), u64::from(NOBODIES + NOBODIES_COUNT));
        matches!(numbers[..], [inside, _, count] if inside <= first && last < inside + count)
    })
}

/// Whether anybody may pass through every folder above the path.
fn open_to_others(path: &Path) -> bool {
    path.ancestors().skip(1).all(|folder| {
        folder
            .metadata()
            .is_ok_and(|facts| facts.mode() & 0o001 != 0)
    })
}

/// Makes the user the owner of a folder with all that is in it, unless it is already.
fn give(folder: &Path, user: u32) -> io::Result<()> {
    if folder.symlink_metadata()?.uid() == user {
        return Ok(());
    }
    lchown(folder, Some(user), Some(user))?;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let given = entry.file_type().and_then(|kind| {
            if kind.is_dir() {
                give(&entry.path(), user)
            } else {
                lchown(entry.path(), Some(user), Some(user))
            }
        });
        // Another compiler may be at work below, and take its passing files away.
        match given {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
