//! What simulated suites are written with. This page is the guide for their authors.
//!
//! A suite is a file of `#[test]` functions beside a problem. It is compiled, like the candidate's crate, against a std
//! whose threads, locks and time are simulated: `std::thread`, `std::sync` and `std::time` in a suite are the simulated
//! ones. A check runs in a process of its own and is the same on every machine.
//!
//! Each `#[test]` name is a sentence; each message is read by the candidate, so it says in words what happened and what
//! the rule is. Up to two `///` lines above the function say what to study.
//!
//! # Rules of one thread: [`check`]
//!
//! ```
//! # use virtual_std as std;
//! use judge_kit::{check, clock};
//! use std::time::{Duration, Instant};
//!
//! check(|| {
//!     let start = Instant::now();
//!     clock::advance(Duration::from_secs(3600));
//!     assert_eq!(start.elapsed(), Duration::from_secs(3600), "an hour costs nothing and is exactly an hour");
//! });
//! ```
//!
//! One schedule: a thread runs until it blocks, sleeps or ends. Time stands still while code runs, so functional checks
//! need no tolerance. It moves when every thread waits, then to the next timer, or when the test says so:
//! [`clock::advance`] as a patient observer, [`clock::jump`] in the middle of whatever others are doing.
//!
//! # Rules of many threads: [`explore`]
//!
//! ```
//! # use virtual_std as std;
//! use judge_kit::explore;
//! use std::sync::{Arc, Mutex};
//! use std::thread;
//!
//! explore(|| {
//!     let free = Arc::new(Mutex::new(1_u32));
//!     let takers: Vec<_> = (0..2)
//!         .map(|_| {
//!             let free = Arc::clone(&free);
//!             thread::spawn(move || {
//!                 let mut free = free.lock().unwrap();
//!                 let found = *free > 0;
//!                 *free -= u32::from(found);
//!                 found
//!             })
//!         })
//!         .collect();
//!     let served = takers.into_iter().map(|taker| taker.join().unwrap()).filter(|found| *found).count();
//!     assert_eq!(served, 1, "{served} of 2 threads got the only connection");
//! });
//! ```
//!
//! The body runs afresh in thousands of schedules: build everything inside it, keep to 2 to 4 threads with 1 to 4
//! operations each. Deadlocks and livelocks are found without an assertion. A thread that still waits when the body
//! returns is no failure; join it if it must end. [`Explore`] tunes the search.
//!
//! A check where many threads do a lot is random schedules only:
//! `Explore::new().schedules(0).random(300).run(|| …)`.
//!
//! # Stopping a thread where it matters: [`Gate`] and [`settle`]
//!
//! ```
//! # use virtual_std as std;
//! use judge_kit::{Gate, check, settle};
//! use std::sync::OnceLock;
//! use std::thread;
//!
//! check(|| {
//!     let (cell, gate) = (OnceLock::new(), Gate::new());
//!     thread::scope(|scope| {
//!         let first = scope.spawn(|| *cell.get_or_init(|| { gate.wait(); 1 }));
//!         gate.await_arrivals(1);
//!         let second = scope.spawn(|| *cell.get_or_init(|| 2));
//!         settle();
//!         assert!(!second.is_finished(), "the second caller did not wait for the first one's value");
//!         gate.open();
//!         assert_eq!((first.join().unwrap(), second.join().unwrap()), (1, 1));
//!     });
//! });
//! ```
//!
//! [`Gate::await_arrivals`] waits for something that must happen. [`settle`] waits until nothing more can happen without
//! you or the clock: ask it before you assert that something has *not* happened.
//!
//! # Doubles for supplied traits: [`Script`] and [`Recorder`]
//!
//! ```
//! use judge_kit::{Recorder, Respond, Script, check, clock};
//! use std::time::Duration;
//!
//! trait Store { fn load(&self, key: u32) -> Result<String, String>; }
//!
//! #[derive(Clone)]
//! struct Double { calls: Recorder<u32>, script: Script }
//! impl Store for Double {
//!     fn load(&self, key: u32) -> Result<String, String> {
//!         self.calls.record(key);
//!         let _inside = self.script.play().map_err(|_| "store is down".to_owned())?;
//!         Ok(format!("value of {key}"))
//!     }
//! }
//!
//! check(|| {
//!     let slow = Respond::Slow(Duration::from_secs(2));
//!     let store = Double { calls: Recorder::new(), script: Script::new([slow, Respond::Fail]) };
//!     assert_eq!(store.load(1), Ok("value of 1".to_owned()));
//!     assert_eq!(clock::now(), Duration::from_secs(2));
//!     assert!(store.load(2).is_err());
//!     assert_eq!(store.calls.seen(), [1, 2]);
//!     assert_eq!(store.script.most_inside(), 1, "two loads ran at once");
//! });
//! ```
//!
//! Both are clones of one shared thing, so keep one for the test and give one away. Each call is a scheduling point.
//!
//! # All results explained by one order: [`History`]
//!
//! ```
//! # use virtual_std as std;
//! use judge_kit::{History, explore};
//! use std::collections::VecDeque;
//! use std::sync::Mutex;
//! use std::thread;
//!
//! #[derive(Clone, Debug)]
//! enum Op { Push(u32), Pop }
//!
//! explore(|| {
//!     let (queue, history) = (Mutex::new(VecDeque::new()), History::new());
//!     let push = |value| history.call(Op::Push(value), || { queue.lock().unwrap().push_back(value); None });
//!     let pop = || history.call(Op::Pop, || queue.lock().unwrap().pop_front());
//!     thread::scope(|scope| {
//!         scope.spawn(|| { push(1); push(2) });
//!         scope.spawn(|| { pop(); pop() });
//!     });
//!     history.linearizable(VecDeque::new(), |queue, op, ret| {
//!         let mut next = queue.clone();
//!         let expected = match op {
//!             Op::Push(value) => { next.push_back(*value); None }
//!             Op::Pop => next.pop_front(),
//!         };
//!         (*ret == expected).then_some(next)
//!     });
//! });
//! ```
//!
//! The clock should stand still in such a check, unless the model knows the time. A drain at the end (pop until empty)
//! makes lost and doubled items visible. Calls that may stay blocked need [`History::linearizable_pending`], many keys
//! [`History::linearizable_by`].
//!
//! # Where linearizability asks too much: an invariant
//!
//! A limiter may admit *at most* N, a cache may evict *about* the oldest, a sum over shards may be of no single moment. No
//! sequential rule says that; an invariant over the calls does. Assert no more than the statement promises.
//!
//! ```
//! # use virtual_std as std;
//! use judge_kit::{History, explore};
//! use std::sync::atomic::{AtomicU32, Ordering};
//! use std::thread;
//!
//! explore(|| {
//!     let (left, history) = (AtomicU32::new(2), History::new());
//!     let admit = || {
//!         let take = |left: u32| left.checked_sub(1);
//!         left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok()
//!     };
//!     thread::scope(|scope| {
//!         for client in 0..3 {
//!             scope.spawn({
//!                 let (history, admit) = (history.clone(), &admit);
//!                 move || history.call(client, admit)
//!             });
//!         }
//!     });
//!     let admitted = history.calls().iter().filter(|call| call.ret == Some(true)).count();
//!     assert!(admitted <= 2, "{admitted} requests were admitted, the limit is 2");
//! });
//! ```
//!
//! # Memory
//!
//! [`DropCounter`] proves that values are dropped, and when; [`allocated_bytes`] that a structure lets go of its memory.
//! [`assert_send_sync`] asks the compiler.
//!
//! # What a hostile answer can do to a check
//!
//! The judge holds the candidate to the starter: functions, public fields and variants have the starter's types, and a type
//! that derives `PartialEq` there derives it here. That is all it holds, so:
//!
//! - An assertion inside a closure that the candidate calls can be caught there. Note what happened ([`Recorder`], a
//!   counter) and assert outside.
//! - Equality that the judge cannot see into (private fields, fields with text in a struct) may always say yes. Compare
//!   fields, match with patterns, or show once that two things differ: `assert_ne!`.
//! - Never import with `*` from the candidate's crate, nor macros from it: it decides what `Option` means there.
//! - What only proves that nothing happened is proved by an empty function. Let a check also see something happen.
//!
//! # What a verdict rests on
//!
//! - Outside of [`check`] and [`explore`] simulated primitives work without scheduling; whatever would block panics.
//! - Use nothing that differs from run to run: no address, no real clock, no environment.
//! - A grant and a deadline at the same instant may go either way; accept both.
//! - Never assert an upper limit on a latency under [`Explore::adversarial_clock`].

mod check;
pub mod clock;
mod drops;
mod gate;
mod heap;
mod history;
mod recorder;
mod script;
mod waiting;

pub use check::{Explore, check, explore};
pub use drops::{DropCounter, Tracked};
pub use gate::Gate;
pub use heap::{allocated_bytes, allocations_during};
pub use history::{Call, History};
pub use recorder::Recorder;
pub use script::{Inside, Respond, Script, Scripted};
pub use virtual_std::thread::{JoinHandle, spawn};

/// Returns when every other thread is blocked, sleeping or finished. No time passes.
///
/// Ask for this before asserting that something has *not* happened.
#[track_caller]
pub fn settle() {
    engine::settle(clock::operation("settle"));
}

/// Compiles only if `T` can be shared and sent between threads.
///
/// ```
/// judge_kit::assert_send_sync::<std::sync::Mutex<u32>>();
/// ```
pub const fn assert_send_sync<T: ?Sized + Send + Sync>() {}
