//! What the judge found: one outcome per check, a verdict over all. A verdict is a value, never an error.

use serde::{Deserialize, Serialize};

use super::problem::Category;

/// How one check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A clean end and exactly one well-formed record that says so.
    Passed,
    /// An assertion of the check did not hold, or a measurement was over its limit.
    Failed,
    /// The candidate's own code panicked.
    Panicked,
    /// Nobody could run any more.
    Deadlock,
    /// Threads kept running without getting anywhere.
    Livelock,
    /// No order of the calls explains what they returned.
    NotLinearizable,
    /// Not finished within the wall-clock limit.
    WallTimeout,
    /// Used up its processor time.
    CpuTimeout,
    /// Wanted more memory than allowed.
    MemoryLimit,
    /// Printed more than allowed.
    OutputLimit,
    /// Started more threads than allowed.
    ThreadLimit,
    /// Wrote a larger file than allowed.
    FileLimit,
    /// Wrote more into the result channel than allowed.
    ResultLimit,
    /// The process ended without a record.
    EndedEarly,
    /// Ended by a signal: stack overflow, abort, illegal access.
    Crashed,
    /// Tried what the cage forbids.
    SecurityViolation,
    /// The suite does not compile against the submission.
    NotBuilt,
    /// Not run, because something before it made it pointless.
    Skipped,
}

impl Outcome {
    /// Every outcome, for tables and completeness tests.
    pub const ALL: [Outcome; 18] = [
        Outcome::Passed,
        Outcome::Failed,
        Outcome::Panicked,
        Outcome::Deadlock,
        Outcome::Livelock,
        Outcome::NotLinearizable,
        Outcome::WallTimeout,
        Outcome::CpuTimeout,
        Outcome::MemoryLimit,
        Outcome::OutputLimit,
        Outcome::ThreadLimit,
        Outcome::FileLimit,
        Outcome::ResultLimit,
        Outcome::EndedEarly,
        Outcome::Crashed,
        Outcome::SecurityViolation,
        Outcome::NotBuilt,
        Outcome::Skipped,
    ];
}

/// One check with what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckResult {
    /// Which suite it belongs to.
    pub category: Category,
    /// The check's name: a sentence with underscores.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What was seen, in words, cleaned of terminal escapes.
    pub message: Option<String>,
    /// Share of the check's points: 1.0 for a pass, 0.5 for a slow but tolerable measurement, else 0.0.
    pub credit: f64,
    /// The smallest failing schedule as a token such as `t2@5>t3`.
    pub schedule: Option<String>,
    /// What the search covered.
    pub coverage: Option<Coverage>,
    /// A finding that needs a spurious wake-up or a late clock; told, not counted.
    pub suspicion: Option<String>,
    /// The failing schedule as a story.
    pub story: Option<Story>,
    /// What a performance check measured, with its limits.
    pub measurements: Vec<Measurement>,
    /// What to study when it failed.
    pub study: Option<String>,
    /// What a failing test of the candidate's own, or a sample, printed; cleaned of terminal escapes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed: Option<String>,
    /// Wall-clock seconds of the process.
    pub seconds: f64,
}

impl CheckResult {
    /// Whether what was checked holds. A slow but correct answer passes with less credit.
    pub fn passed(&self) -> bool {
        self.outcome == Outcome::Passed
    }

    /// Whether it passed with all its points.
    pub fn full(&self) -> bool {
        self.passed() && self.credit >= 1.0
    }
}

/// One measured ratio with the largest one allowed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// `growth`, `ratio to the reference`, …
    pub what: String,
    /// What was measured; 1.0 is as good as it gets.
    pub value: f64,
    /// The largest value that counts in full.
    pub limit: f64,
    /// Whether more than the limit fails the check, rather than costing points.
    #[serde(default = "yes")]
    pub decides: bool,
}

/// What a record of an older kit meant.
fn yes() -> bool {
    true
}

/// What a search went through before it said "passed".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Schedules of the systematic part.
    pub systematic: u64,
    /// Most delays per schedule in the systematic part.
    pub delays: u32,
    /// Most preemptions per schedule in the systematic part.
    pub preemptions: u32,
    /// Whether the systematic part reached its end within the budget.
    pub exhausted: bool,
    /// Schedules of the random part.
    pub random: u64,
}

/// A failing schedule, ready to be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Story {
    /// One word: `deadlock`, `assertion`, …
    pub kind: String,
    /// Which schedule of the search it was, from 1.
    pub found_at: u64,
    /// The deviations from the default schedule; `default` for none.
    pub token: String,
    /// Virtual time at the end, nanoseconds since the check began.
    pub virtual_ns: u64,
    /// One sentence that says why.
    pub why: String,
    /// `file:line` of the panic, where there was one.
    #[serde(default)]
    pub place: Option<String>,
    /// Every thread as it was at the end.
    pub threads: Vec<Lane>,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// The calls of a history, where one was recorded.
    pub history: Option<CallHistory>,
    /// The nearest schedule that passes.
    pub passing_token: Option<String>,
    /// What happens in it, to be compared with; none if it is long.
    #[serde(default)]
    pub passing: Option<Box<Story>>,
}

impl Story {
    /// Whether the order of threads has anything to do with it; a panic in the plainest run of one thread does not.
    pub fn tells_of_threads(&self) -> bool {
        self.threads.len() > 1 || self.token != "default"
    }
}

/// One thread at the end of a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// 0 is the body of the check.
    pub id: u32,
    /// Its name, or `thread N`.
    pub name: String,
    /// `finished`, `running`, `waits for Condvar`, …
    pub state: String,
    /// `file:line` of what it does or waits in.
    pub at: Option<String>,
    /// The step since which it has waited.
    pub since_step: Option<u64>,
    /// Locks it holds, in words.
    pub holds: Vec<String>,
}

/// One step of a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Counts from 1.
    pub step: u64,
    /// Which thread took it.
    pub thread: u32,
    /// For example `Mutex::lock`.
    pub op: String,
    /// `file:line`.
    pub at: Option<String>,
    /// Virtual time, nanoseconds since the check began.
    pub virtual_ns: u64,
    /// `waits`, `timed out`, …
    pub note: Option<String>,
    /// What it came to, for locks and other threads.
    #[serde(flatten)]
    pub outcome: EventOutcome,
}

/// What an operation came to, for locks and other threads. Reports of an older kit say nothing about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventOutcome {
    /// Number of the lock, channel or other primitive, from 1 in the order in which they are met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<u32>,
    /// Number of the lock that was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub took: Option<u32>,
    /// Number of the lock that was let go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub let_go: Option<u32>,
    /// Threads that can go on because of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub woke: Vec<u32>,
    /// The thread whose end is waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joins: Option<u32>,
    /// When the wait ends by itself: virtual nanoseconds since the check began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until_ns: Option<u64>,
}

/// The calls of a history with the longest legal order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallHistory {
    /// In the order in which they began.
    pub calls: Vec<Call>,
}

/// One call of a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Which thread made it.
    pub thread: u32,
    /// The operation as text.
    pub op: String,
    /// What it returned; none if it never did.
    pub ret: Option<String>,
    /// Stamp at the call.
    pub begin: u64,
    /// Stamp at the return.
    pub end: Option<u64>,
    /// Its place in the longest legal order, from 1; none for the call that fits nowhere.
    pub order: Option<u32>,
}

/// A message of the compiler in the candidate's own lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// `src/lib.rs` or another file of the submission.
    pub file: Option<String>,
    /// From 1; none for messages without a place.
    pub line: Option<u32>,
    /// From 1.
    pub column: Option<u32>,
    /// `error` or `warning`.
    pub level: String,
    /// `E0433` and its like.
    pub code: Option<String>,
    /// The first line of the message.
    pub message: String,
    /// The message as the compiler draws it, cleaned.
    pub rendered: String,
    /// What to do, where we know better than the compiler (a refused module, a missing item of the API).
    pub remedy: Option<String>,
}

/// A file that intake did not take, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Path below the submission.
    pub path: String,
    /// The reason with the mend.
    pub reason: String,
}

/// The judge's finding over all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The submission was compiled and its checks were run.
    Judged {
        /// In the order of categories and files.
        checks: Vec<CheckResult>,
        /// Warnings in the candidate's code.
        warnings: Vec<Diagnostic>,
    },
    /// The submission alone does not compile.
    NotCompiled(Vec<Diagnostic>),
    /// Intake did not take it.
    Refused(Vec<Refusal>),
}

impl Verdict {
    /// Every check passed.
    pub fn accepted(&self) -> bool {
        matches!(self, Verdict::Judged { checks, .. } if !checks.is_empty() && checks.iter().all(CheckResult::passed))
    }

    /// `accepted`, `rejected`, `not_compiled` or `refused`.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Judged { .. } if self.accepted() => "accepted",
            Verdict::Judged { .. } => "rejected",
            Verdict::NotCompiled(_) => "not_compiled",
            Verdict::Refused(_) => "refused",
        }
    }

    /// All checks; empty unless judged.
    pub fn checks(&self) -> &[CheckResult] {
        match self {
            Verdict::Judged { checks, .. } => checks,
            Verdict::NotCompiled(_) | Verdict::Refused(_) => &[],
        }
    }
}

/// How well candidate code was caged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cage {
    /// `full`, `fallback` or `none`.
    pub level: String,
    /// The layers that held, by name: `rlimits`, `process-group`, `no-new-privs`, `landlock`, `seccomp`, `namespaces`, …
    pub layers: Vec<String>,
}
