//! What the threads of a program are doing, seen from outside: whether it can ever go on, and how long it queued for a
//! processor.
//!
//! In: the number of the process that the judge started. Out: an [`Activity`], or none where the system does not show such things
//! (anywhere but Linux). Only reads `/proc`; never decides what it means.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

#[cfg(target_os = "linux")]
const FUTEX: libc::c_long = libc::SYS_futex;
#[cfg(not(target_os = "linux"))]
const FUTEX: i64 = -1;

/// Without its flags, `FUTEX_WAIT` and `FUTEX_WAIT_BITSET`: all that std waits with.
const WAITS: [u64; 2] = [0, 9];
/// `FUTEX_PRIVATE_FLAG` and `FUTEX_CLOCK_REALTIME`.
const FLAGS: u64 = 128 | 256;

/// The threads of a program at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Activity {
    /// How often each thread has given the processor away or lost it.
    switches: BTreeMap<u32, u64>,
    /// Every thread waits for another one, without a deadline.
    waits_for_itself: bool,
    /// Time its threads were ready to run and had no processor, summed up.
    pub queued: Duration,
}

impl Activity {
    /// Looks at everything below the process, itself included.
    pub fn of(process: u32) -> Option<Activity> {
        let mut activity = Activity {
            waits_for_itself: true,
            ..Activity::default()
        };
        let mut below = vec![process];
        while let Some(process) = below.pop() {
            let children = children(process);
            // Those who watch over the program have children; checks have none.
            activity.add(process, children.is_empty())?;
            below.extend(children);
        }
        Some(activity)
    }

    /// Whether the program can never go on: now and `before`, all its threads waited for each other, and none has run in
    /// between. Nothing outside a check could wake them.
    pub fn is_stuck_since(&self, before: &Activity) -> bool {
        self.waits_for_itself && before.waits_for_itself && self.switches == before.switches
    }

    fn add(&mut self, process: u32, is_program: bool) -> Option<()> {
        for entry in fs::read_dir(format!("/proc/{process}/task")).ok()? {
            let folder = entry.ok()?.path();
            let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
            let queued = read("schedstat")
                .split_whitespace()
                .nth(1)
                .and_then(|nanoseconds| nanoseconds.parse().ok());
            self.queued += Duration::from_nanos(queued.unwrap_or(0));
            if is_program {
                // The call first: a thread that runs in between is caught by its count the next time.
                self.waits_for_itself &= is_endless_wait(&read("syscall"));
                let number = folder.file_name()?.to_str()?.parse().ok()?;
                self.switches.insert(number, switches(&read("status"))?);
            }
        }
        Some(())
    }
}

fn children(process: u32) -> Vec<u32> {
    let text = fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    text.unwrap_or_default()
        .split_whitespace()
        .filter_map(|number| number.parse().ok())
        .collect()
}

/// The sum of both counts in a `status` file.
fn switches(status: &str) -> Option<u64> {
    let counts: Vec<u64> = status
        .lines()
        .filter(|line| line.contains("voluntary_ctxt_switches:"))
        .filter_map(|line| line.split_whitespace().nth(1)?.parse().ok())
        .collect();
    (!counts.is_empty()).then(|| counts.iter().sum())
}

/// Whether a line of `/proc/…/syscall` is a wait on a futex that no clock ends.
///
/// The line is the number of the call in decimal and its arguments in hexadecimal: address, operation, value, timeout.
fn is_endless_wait(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let call: Option<i64> = words.next().and_then(|word| word.parse().ok());
    let arguments: Vec<u64> = words
        .map_while(|word| u64::from_str_radix(word.strip_prefix("0x")?, 16).ok())
        .collect();
    call == Some(FUTEX)
        && matches!(arguments[..], [_, operation, _, 0, ..] if WAITS.contains(&(operation & !FLAGS)))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::{FUTEX, is_endless_wait, switches};

    #[test]
    fn only_a_wait_without_a_deadline_is_endless() {
        let line = |operation, timeout| {
            format!("{FUTEX} 0x7f10 {operation} 0x2 {timeout} 0x0 0xffffffff 0x7ffd 0x7f11\n")
        };
        assert!(is_endless_wait(&line("0x89", "0x0")));
        assert!(is_endless_wait(&line("0x80", "0x0")));
        assert!(!is_endless_wait(&line("0x89", "0x7ffc0d20")), "a deadline");
        assert!(!is_endless_wait(&line("0x81", "0x0")), "it wakes others");
        assert!(!is_endless_wait("running"));
        assert!(!is_endless_wait(
            "230 0x1 0x0 0x7ffc 0x0 0x0 0x0 0x7ffd 0x7f11"
        ));
        assert!(!is_endless_wait(""));
    }

    #[test]
    fn both_kinds_of_switches_count() {
        let status = "Name:\ta\nvoluntary_ctxt_switches:\t40\nnonvoluntary_ctxt_switches:\t2\n";
        assert_eq!(switches(status), Some(42));
        assert_eq!(switches("Name:\ta\n"), None);
    }
}
