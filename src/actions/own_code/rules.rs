//! What is worth asking about in somebody's code, with what a good answer mentions.

/// What is worth asking about, the most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rule {
    /// Foreign code runs while a lock is held.
    GuardAcrossCall,
    /// Two locks in one function.
    LockOrder,
    /// A condition variable is waited for once, outside any loop.
    WaitsOnce,
    /// One waiter is woken where several functions wait.
    WakesOne,
    /// Something is published without an order.
    RelaxedPublication,
    /// A lock is unwrapped.
    UnwrapOnLock,
    /// A channel or queue without a bound.
    UnboundedQueue,
    /// A map that only grows.
    GrowsForEver,
    /// Sleeping in a loop until something has happened.
    SleepsToWait,
    /// Eviction or lookup that reads every entry.
    SearchesInOrder,
    /// Cloning again and again.
    ClonesInLoop,
    /// The last resort.
    Longest,
}

impl Rule {
    /// What the interviewer asks.
    pub(super) fn question(self) -> &'static str {
        match self {
            Rule::GuardAcrossCall => {
                "code that is not yours is called while you hold the lock. What can it do to you, and how would you call it without?"
            }
            Rule::LockOrder => {
                "it takes two locks. Which order holds in the whole program, and what keeps somebody from taking them the other way round?"
            }
            Rule::WaitsOnce => {
                "it waits once and goes on. What is true when the wait returns, and what is not?"
            }
            Rule::WakesOne => {
                "it wakes one thread, but more than one function waits there. Who may be woken, and who sleeps on?"
            }
            Rule::RelaxedPublication => {
                "it publishes with a relaxed order. What may another thread see that looks at this value first?"
            }
            Rule::UnwrapOnLock => {
                "the lock is unwrapped. What do later callers see after a thread panicked while holding it?"
            }
            Rule::UnboundedQueue => {
                "nothing bounds this queue. What happens when its consumer is slower for an hour?"
            }
            Rule::GrowsForEver => {
                "something is put in here that nothing takes out again. How large is it after a month?"
            }
            Rule::SleepsToWait => {
                "it sleeps to wait. How late can it notice, and what would wake it in time?"
            }
            Rule::SearchesInOrder => {
                "it looks at one entry after the other. What does that cost at a million entries, and what would not?"
            }
            Rule::ClonesInLoop => {
                "it clones in a loop. Who pays for that, how often, and what would sharing cost instead?"
            }
            Rule::Longest => {
                "explain it line by line: what holds before it, what holds after it, and what if another thread comes in between?"
            }
        }
    }

    /// What a good answer mentions.
    pub(super) fn points(self) -> &'static [&'static str] {
        match self {
            Rule::GuardAcrossCall => &[
                "it may call back into this type: a deadlock, or a borrow that is taken twice",
                "all others wait as long as it takes; a panic in it poisons the lock",
                "copy what is needed, let go of the lock, call, then take the lock and look again",
            ],
            Rule::LockOrder => &[
                "two threads in opposite orders wait for each other for ever",
                "one order for the whole program, named where the locks are declared",
                "or a design with one lock, or with the first released before the second is taken",
            ],
            Rule::WaitsOnce => &[
                "a wait may return without anybody having called notify",
                "another thread may have taken what was announced before the lock came back",
                "so the condition is tested again in a loop, or with wait_while",
            ],
            Rule::WakesOne => &[
                "the one that wakes may not be able to use what changed, and the signal is spent",
                "notify_all, or one condition variable for each thing that is waited for",
                "what waking all costs: they run for the lock, and all but one sleep again",
            ],
            Rule::RelaxedPublication => &[
                "relaxed says nothing about what was written before: the flag may be seen without the data",
                "release on the store, acquire on the load that it meets",
                "relaxed is right for counts that nobody draws conclusions from",
            ],
            Rule::UnwrapOnLock => &[
                "the lock is poisoned, and each later unwrap panics too: one fault takes all callers down",
                "whether the data can be half changed at that point",
                "into_inner and mending, or failing on purpose: a decision, said aloud",
            ],
            Rule::UnboundedQueue => &[
                "memory grows until the process dies, and waiting times grow before that",
                "a bound, and what happens at it: block, refuse, or drop the oldest",
                "the length is worth a metric and an alarm",
            ],
            Rule::GrowsForEver => &[
                "one entry per key that was ever seen; keys from outside make it an attack",
                "removal by age, by size, or when the last user leaves",
                "who removes, and what that costs the caller",
            ],
            Rule::SleepsToWait => &[
                "late by up to the whole nap, and busy for nothing when nothing happens",
                "a condition variable or a channel wakes at the moment of the change",
                "a deadline as the limit of the wait, so that stopping is noticed",
            ],
            Rule::SearchesInOrder => &[
                "linear work, mostly under the lock, on each call",
                "an order that is kept: a list by use, a heap by time, or an index",
                "the size up to which the plain search is the better choice",
            ],
            Rule::ClonesInLoop => &[
                "an allocation and a copy for each round, in proportion to the data",
                "borrowing, moving, or an Arc whose clone is one increment",
                "when copying is right: short data, or to let go of a lock early",
            ],
            Rule::Longest => &[
                "the invariant before and after",
                "each way out, errors included, keeps it",
                "what another thread may see in between, and why that is harmless",
            ],
        }
    }
}
