//! What a process may use before it is ended. Every limit has an outcome of its own.

use std::time::Duration;

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

const MIB: u64 = 1024 * 1024;

/// The most a process and its threads may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Time on the clock on the wall, without what was spent queueing for a processor.
    pub wall: Duration,
    /// Processor seconds over all threads.
    pub cpu_seconds: u64,
    /// Bytes of private writable memory (`RLIMIT_DATA`: reservations that are never written do not count as use).
    pub memory_bytes: u64,
    /// Bytes of one written file.
    pub file_bytes: u64,
    /// Bytes of all files together in the folders that may be written. Looked at while it runs, so that somewhat more can be there for
    /// a moment.
    pub folder_bytes: u64,
    /// Bytes of standard output and standard error together.
    pub output_bytes: usize,
    /// Bytes in the result channel.
    pub record_bytes: usize,
    /// Open descriptors.
    pub descriptors: u64,
    /// Threads and processes, where the user or the namespace is the run's own, so that nobody else's are counted.
    pub threads: u64,
}

impl Limits {
    /// One check. Generous, so that a busy machine never changes a verdict.
    pub const CHECK: Limits = Limits {
        wall: Duration::from_secs(20),
        cpu_seconds: 10,
        memory_bytes: 1024 * MIB,
        file_bytes: MIB,
        folder_bytes: MIB,
        output_bytes: MIB as usize,
        record_bytes: 256 * 1024,
        descriptors: 64,
        threads: 256,
    };

    /// One run of the compiler. Its output is diagnostics, its files are libraries and programs.
    pub const BUILD: Limits = Limits {
        wall: Duration::from_secs(90),
        cpu_seconds: 30,
        memory_bytes: 2048 * MIB,
        file_bytes: 256 * MIB,
        folder_bytes: 384 * MIB,
        output_bytes: 4 * MIB as usize,
        record_bytes: 0,
        descriptors: 512,
        threads: 512,
    };

    /// Address space as a backstop for what `memory_bytes` does not see (shared mappings): code, libraries and
    /// reserved stacks need room of their own.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "only the layers of Linux ask for it")
    )]
    pub(super) fn address_space(&self) -> u64 {
        self.memory_bytes * 2 + 4096 * MIB
    }

    /// Takes the limits that every Unix knows. Safe between fork and exec: system calls on plain numbers.
    pub(super) fn take_the_common(&self) -> Result<(), Errno> {
        let table = [
            // The hard limit is a second later, so that the first signal tells what happened.
            (Resource::RLIMIT_CPU, self.cpu_seconds, self.cpu_seconds + 1),
            (Resource::RLIMIT_CORE, 0, 0),
            (Resource::RLIMIT_FSIZE, self.file_bytes, self.file_bytes),
            (Resource::RLIMIT_NOFILE, self.descriptors, self.descriptors),
            (Resource::RLIMIT_STACK, STACK_BYTES, STACK_BYTES),
        ];
        table
            .into_iter()
            .try_for_each(|(resource, soft, hard)| limit(resource, soft, hard))
    }
}

/// Sets a limit, or keeps the one from outside where that is tighter already.
pub(super) fn limit(resource: Resource, soft: u64, hard: u64) -> Result<(), Errno> {
    let (_, from_outside) = getrlimit(resource)?;
    setrlimit(resource, soft.min(from_outside), hard.min(from_outside))
}

/// The stack of the main thread; virtual threads bring their own.
pub(super) const STACK_BYTES: u64 = 8 * MIB;
