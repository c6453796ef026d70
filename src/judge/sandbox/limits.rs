//! What a process may use before it is ended. Every limit has an outcome of its own.

use std::time::Duration;

const MIB: u64 = 1024 * 1024;

/// The most a process and its threads may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Time on the clock on the wall.
    pub wall: Duration,
    /// Processor seconds over all threads.
    pub cpu_seconds: u64,
    /// Bytes of private writable memory (`RLIMIT_DATA`: reservations that are never written do not count as use).
    pub memory_bytes: u64,
    /// Bytes of one written file.
    pub file_bytes: u64,
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
        output_bytes: 4 * MIB as usize,
        record_bytes: 0,
        descriptors: 512,
        threads: 512,
    };

    /// Address space as a backstop for what `memory_bytes` does not see (shared mappings): code, libraries and
    /// reserved stacks need room of their own.
    pub(super) fn address_space(&self) -> u64 {
        self.memory_bytes * 2 + 4096 * MIB
    }
}

/// The stack of the main thread; virtual threads bring their own.
pub(super) const STACK_BYTES: u64 = 8 * MIB;
