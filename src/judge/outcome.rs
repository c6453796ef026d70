//! Record, exit and limits of one process → the outcome of its check. A pure rule: the same facts, the same words.
//!
//! A check passes only if exactly one well-formed record says so *and* the process ended cleanly. Everything else fails,
//! under the name of what happened.

use super::clean::clean;
use super::process::{End, Exit};
use super::record::{self, Record};
use super::sandbox::limits::Limits;
use crate::domain::verdict::Outcome;

/// What became of one check.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub outcome: Outcome,
    pub message: Option<String>,
    pub credit: f64,
    /// The rest of the record, where there was one.
    pub record: Option<Record>,
}

/// Decides the outcome of `check`, its full name in the program.
pub fn decide(exit: &Exit, check: &str, limits: Limits) -> Finding {
    let stderr = String::from_utf8_lossy(&exit.stderr);
    match exit.end {
        End::Wall => plain(
            Outcome::WallTimeout,
            format!(
                "did not finish: ran for {} s, {} s are allowed; it hangs, or one step of it takes very long",
                exit.wall.as_secs(),
                limits.wall.as_secs()
            ),
        ),
        End::Stuck => plain(
            Outcome::Deadlock,
            "nothing can run any more: on real threads, all of them wait for each other or for a signal that \
             nobody is left to give"
                .to_owned(),
        ),
        End::Cpu => plain(
            Outcome::CpuTimeout,
            format!(
                "used {} s of processor time, {} s are allowed: an endless loop, or far too much work",
                exit.cpu.as_secs().max(limits.cpu_seconds),
                limits.cpu_seconds
            ),
        ),
        End::Output => plain(
            Outcome::OutputLimit,
            format!(
                "printed more than {} KiB, which is all that is allowed",
                limits.output_bytes / 1024
            ),
        ),
        End::Flood => plain(
            Outcome::ResultLimit,
            format!(
                "wrote more than {} KiB into the result channel, which is all that is allowed",
                limits.record_bytes / 1024
            ),
        ),
        End::Disk => plain(
            Outcome::FileLimit,
            format!(
                "wrote more than {} KiB into files, which is all that is allowed",
                limits.folder_bytes / 1024
            ),
        ),
        End::Cancelled => plain(Outcome::Skipped, "cancelled".to_owned()),
        End::Signal(signal) => by_signal(signal, &stderr, limits),
        End::Code(code) => match record::read(&exit.record, check) {
            Err(reason) => plain(Outcome::EndedEarly, reason.to_owned()),
            Ok(record) => by_record(code, record, &stderr, limits),
        },
    }
}

fn by_record(code: i32, record: Option<Record>, stderr: &str, limits: Limits) -> Finding {
    match (code, record) {
        (0, Some(record)) if record.outcome == Outcome::Passed => Finding {
            outcome: Outcome::Passed,
            message: record.message.clone(),
            credit: record.credit,
            record: Some(record),
        },
        (_, Some(record)) if record.outcome != Outcome::Passed => Finding {
            outcome: record.outcome,
            message: record
                .message
                .clone()
                .map(|message| with_own_place(message, &record)),
            credit: record.credit,
            record: Some(record),
        },
        (code, Some(_)) => plain(
            Outcome::EndedEarly,
            format!("passed, and then the process ended with code {code}"),
        ),
        (101, None) => by_panic(stderr, limits),
        (code, None) => plain(
            Outcome::EndedEarly,
            format!("the process ended with code {code} before the check was over"),
        ),
    }
}

/// A panic in the candidate's own code is told with its line; where a hidden check panicked is nobody's business.
fn with_own_place(message: String, record: &Record) -> String {
    let place = record
        .story
        .as_ref()
        .and_then(|story| story.place.as_deref());
    match place.filter(|place| place.starts_with("src/") && !message.contains(*place)) {
        Some(place) if record.outcome == Outcome::Panicked => format!("{message} ({place})"),
        _ => message,
    }
}

/// The harness reports a panic, but nothing came through the channel: a suite on the real std panicked on its way.
fn by_panic(stderr: &str, limits: Limits) -> Finding {
    match panic_in(stderr) {
        // What std says when the system has no thread left to give.
        Some((_, message)) if message.starts_with("failed to spawn thread: Os { code: 11") => {
            plain(
                Outcome::ThreadLimit,
                format!(
                    "wanted one thread more than the {} that are allowed",
                    limits.threads
                ),
            )
        }
        Some((place, message)) if place.starts_with("src/") => {
            plain(Outcome::Panicked, format!("{message} ({place})"))
        }
        Some((_, message)) => plain(Outcome::Failed, message),
        None => plain(
            Outcome::EndedEarly,
            "the process failed before the check was over".to_owned(),
        ),
    }
}

/// Place and message of the last panic that was printed.
fn panic_in(stderr: &str) -> Option<(String, String)> {
    let (_, after) = stderr.rsplit_once(" panicked at ")?;
    let (place, rest) = after.split_once('\n')?;
    let message: Vec<&str> = rest
        .lines()
        .take_while(|line| !line.starts_with("note: ") && !line.starts_with("stack backtrace"))
        .take(20)
        .collect();
    Some((
        clean(place.trim_end_matches(':')),
        clean(message.join("\n").trim_end()),
    ))
}

fn by_signal(signal: i32, stderr: &str, limits: Limits) -> Finding {
    let says = |words: &str| stderr.contains(words);
    match signal {
        libc::SIGSYS => plain(
            Outcome::SecurityViolation,
            "tried what the cage forbids".to_owned(),
        ),
        libc::SIGXFSZ => plain(
            Outcome::FileLimit,
            format!(
                "wrote a file of more than {} KiB, which is all that is allowed",
                limits.file_bytes / 1024
            ),
        ),
        libc::SIGABRT if says("memory allocation of ") => {
            plain(Outcome::MemoryLimit, memory(stderr, limits))
        }
        libc::SIGABRT if says("overflowed its stack") => {
            plain(Outcome::Crashed, OVERFLOW.to_owned())
        }
        libc::SIGABRT if says("panic in a destructor") || says("panicked while panicking") => {
            plain(
                Outcome::Crashed,
                "a destructor panicked while another panic was unwinding, which aborts the process"
                    .to_owned(),
            )
        }
        libc::SIGABRT => plain(
            Outcome::Crashed,
            "the process was aborted (SIGABRT)".to_owned(),
        ),
        libc::SIGSEGV | libc::SIGBUS => plain(Outcome::Crashed, OVERFLOW.to_owned()),
        libc::SIGKILL => plain(
            Outcome::Crashed,
            "the process was killed (SIGKILL); perhaps the machine ran out of memory".to_owned(),
        ),
        other => plain(
            Outcome::Crashed,
            format!("the process was ended by signal {other}"),
        ),
    }
}

/// What was asked for when there was nothing left, in words.
pub fn memory(stderr: &str, limits: Limits) -> String {
    let allowed = limits.memory_bytes / (1024 * 1024);
    let asked: Option<u64> = stderr
        .rsplit_once("memory allocation of ")
        .and_then(|(_, rest)| rest.split_once(" bytes failed")?.0.parse().ok());
    match asked {
        Some(asked) if asked >= limits.memory_bytes => format!(
            "wanted {} MiB of memory at once, {allowed} MiB are allowed",
            asked / (1024 * 1024)
        ),
        Some(asked) => format!(
            "wanted {} KiB of memory more, but had used up the {allowed} MiB that are allowed",
            asked.div_ceil(1024)
        ),
        None => format!("wanted more than the {allowed} MiB of memory that are allowed"),
    }
}

const OVERFLOW: &str =
    "overflowed its stack: recursion too deep, or a long chain dropped recursively";

fn plain(outcome: Outcome, message: String) -> Finding {
    Finding {
        outcome,
        message: Some(message),
        credit: 0.0,
        record: None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const PASS: &str = "{\"format\":1,\"check\":\"a\",\"outcome\":\"passed\"}\n";
    const FAIL: &str =
        "{\"format\":1,\"check\":\"a\",\"outcome\":\"deadlock\",\"message\":\"stuck\"}\n";

    fn outcome(end: End, record: &str, stderr: &str) -> Outcome {
        let exit = Exit {
            end,
            stdout: b"test result: ok. 1 passed".to_vec(),
            stderr: stderr.as_bytes().to_vec(),
            record: record.as_bytes().to_vec(),
            wall: Duration::ZERO,
            cpu: Duration::ZERO,
        };
        decide(&exit, "a", Limits::CHECK).outcome
    }

    #[test]
    fn only_a_record_and_a_clean_end_together_make_a_pass() {
        assert_eq!(outcome(End::Code(0), PASS, ""), Outcome::Passed);
        assert_eq!(outcome(End::Code(0), "", ""), Outcome::EndedEarly);
        assert_eq!(outcome(End::Code(101), PASS, ""), Outcome::EndedEarly);
        assert_eq!(
            outcome(End::Signal(libc::SIGSEGV), PASS, ""),
            Outcome::Crashed
        );
        assert_eq!(
            outcome(End::Code(0), &PASS.repeat(2), ""),
            Outcome::EndedEarly
        );
        assert_eq!(outcome(End::Code(0), FAIL, ""), Outcome::Deadlock);
    }

    #[test]
    fn each_limit_has_a_name_of_its_own() {
        assert_eq!(outcome(End::Wall, PASS, ""), Outcome::WallTimeout);
        assert_eq!(outcome(End::Stuck, PASS, ""), Outcome::Deadlock);
        assert_eq!(outcome(End::Cpu, PASS, ""), Outcome::CpuTimeout);
        assert_eq!(outcome(End::Output, PASS, ""), Outcome::OutputLimit);
        let memory = "memory allocation of 536870912 bytes failed";
        assert_eq!(
            outcome(End::Signal(libc::SIGABRT), "", memory),
            Outcome::MemoryLimit
        );
        assert_eq!(
            outcome(End::Signal(libc::SIGSYS), "", ""),
            Outcome::SecurityViolation
        );
    }

    #[test]
    fn a_panic_without_a_record_belongs_to_the_file_it_happened_in() {
        let own = "\nthread 'main' (7) panicked at src/lib.rs:3:5:\nno room\nnote: run with `RUST_BACKTRACE=1`\n";
        assert_eq!(outcome(End::Code(101), "", own), Outcome::Panicked);
        assert_eq!(
            outcome(
                End::Code(101),
                "",
                &own.replace("src/lib.rs", "suites/performance.rs")
            ),
            Outcome::Failed
        );
    }
}
