//! Counts what was made and what was dropped.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Hands out tokens and knows how many of them still live.
///
/// ```
/// use judge_kit::DropCounter;
/// let drops = DropCounter::new();
/// let kept = drops.token();
/// let copy = kept.clone();
/// drop(kept);
/// assert_eq!((drops.created(), drops.live(), drops.dropped()), (2, 1, 1));
/// # drop(copy);
/// ```
#[derive(Clone, Debug, Default)]
pub struct DropCounter {
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    created: AtomicUsize,
    dropped: AtomicUsize,
}

impl DropCounter {
    /// A counter at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// A new token of this counter.
    pub fn token(&self) -> Tracked {
        self.counts.created.fetch_add(1, Ordering::Relaxed);
        Tracked {
            counts: Arc::clone(&self.counts),
        }
    }

    /// Tokens that were made and not dropped yet.
    pub fn live(&self) -> usize {
        self.created() - self.dropped()
    }

    /// Tokens ever made, clones included.
    pub fn created(&self) -> usize {
        self.counts.created.load(Ordering::Relaxed)
    }

    /// Tokens dropped so far.
    pub fn dropped(&self) -> usize {
        self.counts.dropped.load(Ordering::Relaxed)
    }
}

/// A token of a [`DropCounter`]: a clone is one more, a drop one less. Neither is a scheduling point.
pub struct Tracked {
    counts: Arc<Counts>,
}

impl Clone for Tracked {
    fn clone(&self) -> Self {
        self.counts.created.fetch_add(1, Ordering::Relaxed);
        Self {
            counts: Arc::clone(&self.counts),
        }
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.counts.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Tracked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tracked")
    }
}
