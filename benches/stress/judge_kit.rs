//! What the suites of the corpus use of the kit, on real threads: `explore` repeats its body until it fails or time is up.

use std::collections::BTreeMap;
use std::hash::Hash;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Without a new round for so long, the threads hang.
const NO_PROGRESS: Duration = Duration::from_millis(300);
/// The exit code of a process that found its threads hanging.
const HANGS: i32 = 3;

static ROUNDS: AtomicU64 = AtomicU64::new(0);

/// Runs `body` again and again, for as many milliseconds as the environment says.
pub fn explore(body: impl Fn()) {
    let limit = std::env::var("STRESS_MS").ok().and_then(|text| text.parse().ok());
    let limit = Duration::from_millis(limit.unwrap_or(1_000));
    thread::spawn(watch);
    let begun = Instant::now();
    while begun.elapsed() < limit {
        body();
        ROUNDS.fetch_add(1, Ordering::Relaxed);
    }
}

fn watch() {
    let (mut rounds, mut since) = (0, Instant::now());
    loop {
        thread::sleep(Duration::from_millis(2));
        let now = ROUNDS.load(Ordering::Relaxed);
        if now != rounds {
            (rounds, since) = (now, Instant::now());
        } else if since.elapsed() >= NO_PROGRESS {
            process::exit(HANGS);
        }
    }
}

struct Call<Op, Ret> {
    op: Op,
    ret: Ret,
    begin: u64,
    end: u64,
}

/// Calls with their results and when they were made.
pub struct History<Op, Ret> {
    clock: Arc<AtomicU64>,
    calls: Arc<Mutex<BTreeMap<u64, Call<Op, Ret>>>>,
}

impl<Op, Ret> Clone for History<Op, Ret> {
    fn clone(&self) -> Self {
        let (clock, calls) = (Arc::clone(&self.clock), Arc::clone(&self.calls));
        Self { clock, calls }
    }
}

impl<Op, Ret: Clone> History<Op, Ret> {
    #[expect(clippy::new_without_default, reason = "as the kit has it")]
    pub fn new() -> Self {
        Self {
            clock: Arc::default(),
            calls: Arc::default(),
        }
    }

    /// Makes the call and records it.
    pub fn call(&self, op: Op, work: impl FnOnce() -> Ret) -> Ret {
        let begin = self.clock.fetch_add(1, Ordering::SeqCst);
        let ret = work();
        let end = self.clock.fetch_add(1, Ordering::SeqCst);
        let call = Call {
            op,
            ret: ret.clone(),
            begin,
            end,
        };
        self.calls.lock().expect("nobody panics here").insert(begin, call);
        ret
    }

    /// Panics unless some order of the few calls explains their results.
    pub fn linearizable<S: Clone + Eq + Hash>(&self, initial: S, step: impl Fn(&S, &Op, &Ret) -> Option<S>) {
        let calls = self.calls.lock().expect("nobody panics here");
        let left: Vec<&Call<Op, Ret>> = calls.values().collect();
        assert!(explained(&left, &initial, &step), "not linearizable");
    }
}

/// Whether the calls that are left can come in some order after `state`.
fn explained<S, Op, Ret>(left: &[&Call<Op, Ret>], state: &S, step: &impl Fn(&S, &Op, &Ret) -> Option<S>) -> bool {
    left.is_empty()
        || left.iter().enumerate().any(|(index, call)| {
            let first = left.iter().all(|other| call.begin < other.end);
            let mut rest = left.to_vec();
            rest.remove(index);
            first && step(state, &call.op, &call.ret).is_some_and(|next| explained(&rest, &next, step))
        })
}
