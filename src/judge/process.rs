//! Runs one program to its end inside the cage, and says how it ended.
//!
//! In: a [`Job`]. Out: an [`Exit`] with everything that was printed, up to the caps. Never decides what an end means.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::activity::Activity;
use super::sandbox::limits::Limits;
use super::sandbox::view::View;
use super::sandbox::{self, Cage, Ended};

/// The variable that tells a check which descriptor takes its record.
const RECORD_VARIABLE: &str = "FIFTYTEN_RECORD_FD";

/// How long the watch sleeps at most before it looks at the cancel flag again.
const TICK: Duration = Duration::from_millis(25);
/// How often it looks at the threads of a program that does not end.
const LOOK: Duration = Duration::from_millis(500);
/// On a machine that is overloaded beyond that, patience ends: so many times the limit on the wall.
const MOST_PATIENCE: u32 = 6;

/// How often the files of a run are added up.
const ADDING_UP: Duration = Duration::from_millis(100);

/// A program with everything it may see.
#[derive(Debug, Clone)]
pub struct Job {
    /// Absolute path.
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    /// The whole environment.
    pub environment: Vec<(OsString, OsString)>,
    /// The working folder.
    pub folder: PathBuf,
    pub limits: Limits,
    /// The files it may see.
    pub view: View,
    /// Whether it gets a result channel.
    pub channel: bool,
}

/// Why a program is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It ended by itself with this code.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
    /// Ended by the judge: too long by the clock on the wall.
    Wall,
    /// Ended by the judge: all its threads wait for each other.
    Stuck,
    /// Used up its processor time.
    Cpu,
    /// Ended by the judge: printed too much.
    Output,
    /// Ended by the judge: wrote too much into the result channel.
    Flood,
    /// Ended by the judge: its files together grew too large.
    Disk,
    /// Ended by the judge because the person in front of it no longer wants to know.
    Cancelled,
}

/// How a job ended.
#[derive(Debug, Clone)]
pub struct Exit {
    pub end: End,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// What came through the result channel.
    pub record: Vec<u8>,
    /// Time on the clock on the wall.
    pub wall: Duration,
    /// Processor time of everything in the cage.
    pub cpu: Duration,
}

impl Job {
    fn command(&self, channel: Option<&UnixStream>) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(theirs) = channel {
            command.env(RECORD_VARIABLE, theirs.as_raw_fd().to_string());
        }
        command
    }
}

/// Runs the job in the cage to its end. Fails only if the program cannot be started or watched.
pub fn run(job: &Job, cage: &Cage, cancel: &AtomicBool) -> io::Result<Exit> {
    let begun = Instant::now();
    let channel = if job.channel {
        Some(UnixStream::pair()?)
    } else {
        None
    };
    let theirs = channel.as_ref().map(|(_, theirs)| theirs);
    let mut caged = sandbox::spawn(
        cage,
        &|| job.command(theirs),
        job.limits,
        &job.view,
        theirs.map(AsFd::as_fd),
    )?;
    // From here on nothing may leave this function before the cage is ended and the child is reaped.
    let record = channel.map(|(ours, _theirs)| ours);
    let mut sources = Sources {
        stdout: Source::new(caged.child.stdout.take()),
        stderr: Source::new(caged.child.stderr.take()),
        record: Source::new(record),
    };
    let exit = sandbox::exit_descriptor(&caged.child);
    let pid = caged.child.id();
    let watched = watch(
        job,
        begun,
        cancel,
        &mut sources,
        exit.as_ref().map(|fd| fd.as_fd()),
        pid,
    );
    caged.end();
    let ended = sandbox::reap(&caged.child, true)?;
    let reason = watched?;
    sources.read(job.limits)?;
    let Some(ended) = ended else {
        return Err(io::ErrorKind::NotFound.into());
    };
    let overflow = sources.overflow(job.limits);
    Ok(Exit {
        end: reason
            .or(overflow)
            .unwrap_or_else(|| end_of(&ended, job.limits)),
        stdout: sources.stdout.bytes,
        stderr: sources.stderr.bytes,
        record: sources.record.bytes,
        wall: begun.elapsed(),
        cpu: ended.cpu,
    })
}

/// Reads until the program has ended (none) or must be ended (the reason).
fn watch(
    job: &Job,
    begun: Instant,
    cancel: &AtomicBool,
    sources: &mut Sources,
    exit: Option<BorrowedFd<'_>>,
    pid: u32,
) -> io::Result<Option<End>> {
    let mut patience = Patience::new(pid, job.limits.wall, job.channel);
    let mut added_up = begun;
    loop {
        sources.wait(exit, TICK)?;
        sources.read(job.limits)?;
        if let Some(reason) = sources.overflow(job.limits) {
            return Ok(Some(reason));
        }
        if sandbox::has_ended(pid) {
            return Ok(None);
        }
        if cancel.load(Ordering::Relaxed) {
            return Ok(Some(End::Cancelled));
        }
        if let Some(reason) = patience.ends(begun.elapsed()) {
            return Ok(Some(reason));
        }
        if added_up.elapsed() >= ADDING_UP {
            added_up = Instant::now();
            let bytes: u64 = job
                .view
                .write
                .iter()
                .map(|folder| bytes_below(folder))
                .sum();
            if bytes > job.limits.folder_bytes {
                return Ok(Some(End::Disk));
            }
        }
    }
}

/// When a program that does not end by itself is ended.
///
/// The clock on the wall stands still while the program queues for a processor: on a busy machine, too, it is the processor time
/// that decides over one that computes.
struct Patience {
    pid: u32,
    wall: Duration,
    /// Whether its threads are watched: a check has nobody to wait for but itself.
    alone: bool,
    next_look: Duration,
    last: Activity,
}

impl Patience {
    fn new(pid: u32, wall: Duration, alone: bool) -> Self {
        Self {
            pid,
            wall,
            alone,
            next_look: LOOK * 2,
            last: Activity::default(),
        }
    }

    fn ends(&mut self, elapsed: Duration) -> Option<End> {
        if elapsed >= self.next_look {
            self.next_look = elapsed + LOOK;
            // None while it is just ending, and where the system does not tell.
            if let Some(now) = Activity::of(self.pid) {
                if self.alone && now.is_stuck_since(&self.last) {
                    return Some(End::Stuck);
                }
                self.last = now;
            }
        }
        let waited = elapsed.saturating_sub(self.last.queued);
        let too_long = waited >= self.wall || elapsed >= self.wall * MOST_PATIENCE;
        too_long.then_some(End::Wall)
    }
}

/// What the files of a folder take up. A file that vanishes meanwhile takes up nothing.
fn bytes_below(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(facts) if facts.is_dir() => bytes_below(&entry.path()),
            // Blocks are of 512 bytes, whatever those of the disk are; a file with holes takes up less than its length.
            Ok(facts) => facts.blocks() * 512,
            Err(_) => 0,
        })
        .sum()
}

fn end_of(ended: &Ended, limits: Limits) -> End {
    match ended.status.signal() {
        None => End::Code(ended.status.code().unwrap_or(-1)),
        Some(libc::SIGXCPU) => End::Cpu,
        Some(libc::SIGKILL) if ended.cpu >= Duration::from_secs(limits.cpu_seconds) => End::Cpu,
        Some(signal) => End::Signal(signal),
    }
}

/// One stream of bytes with its end.
struct Source<R> {
    stream: Option<R>,
    bytes: Vec<u8>,
}

impl<R: Read + AsFd> Source<R> {
    fn new(stream: Option<R>) -> Self {
        if let Some(stream) = &stream {
            // Cannot fail on a descriptor that was just made; if it did, a read would wait and the next tick would tell.
            let _ = fcntl(stream, FcntlArg::F_SETFL(OFlag::O_NONBLOCK));
        }
        Self {
            stream,
            bytes: Vec::new(),
        }
    }

    /// Takes what is there, one byte more than `cap` at most.
    fn read(&mut self, cap: usize) -> io::Result<()> {
        let Some(stream) = &mut self.stream else {
            return Ok(());
        };
        let mut buffer = [0; 16 * 1024];
        while self.bytes.len() <= cap {
            let room = buffer.len().min(cap + 1 - self.bytes.len());
            match stream.read(&mut buffer[..room]) {
                Ok(0) => {
                    self.stream = None;
                    break;
                }
                Ok(count) => self.bytes.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // A socket whose other end was killed with unread data says so instead of plainly ending.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                    self.stream = None;
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

struct Sources {
    stdout: Source<std::process::ChildStdout>,
    stderr: Source<std::process::ChildStderr>,
    record: Source<UnixStream>,
}

impl Sources {
    fn wait(&self, exit: Option<BorrowedFd<'_>>, at_most: Duration) -> io::Result<()> {
        let streams = [
            self.stdout.stream.as_ref().map(AsFd::as_fd),
            self.stderr.stream.as_ref().map(AsFd::as_fd),
            self.record.stream.as_ref().map(AsFd::as_fd),
            exit,
        ];
        let mut polled: Vec<PollFd<'_>> = streams
            .into_iter()
            .flatten()
            .map(|fd| PollFd::new(fd, PollFlags::POLLIN))
            .collect();
        // Without a descriptor for the end, look often.
        let at_most = if exit.is_some() {
            at_most
        } else {
            at_most.min(Duration::from_millis(2))
        };
        let milliseconds = u16::try_from(at_most.as_millis())
            .unwrap_or(u16::MAX)
            .max(1);
        match poll(&mut polled, PollTimeout::from(milliseconds)) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn read(&mut self, limits: Limits) -> io::Result<()> {
        self.stdout.read(limits.output_bytes)?;
        self.stderr.read(limits.output_bytes)?;
        self.record.read(limits.record_bytes)
    }

    fn overflow(&self, limits: Limits) -> Option<End> {
        if self.record.bytes.len() > limits.record_bytes {
            Some(End::Flood)
        } else if self.stdout.bytes.len() + self.stderr.bytes.len() > limits.output_bytes {
            Some(End::Output)
        } else {
            None
        }
    }
}
