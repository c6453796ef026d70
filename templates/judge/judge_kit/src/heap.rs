//! Counts the heap of this process: the global allocator of every suite that links the kit.
//!
//! In: every allocation. Out: live bytes and the number of allocations. Never refuses nor delays one.
//! The counters are split over cache lines, so that threads of a performance suite do not meet in one of them.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};

const SHARDS: usize = 16;

/// One cache line (two on machines that fetch pairs) with the counts of some threads.
#[repr(align(128))]
struct Shard {
    bytes: AtomicIsize,
    allocations: AtomicUsize,
}

static COUNTS: [Shard; SHARDS] = [const {
    Shard {
        bytes: AtomicIsize::new(0),
        allocations: AtomicUsize::new(0),
    }
}; SHARDS];
static NEXT_SHARD: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    // Const and without a destructor: reading it never allocates and works until the thread is gone.
    static SHARD: Cell<usize> = const { Cell::new(usize::MAX) };
}

fn shard() -> &'static Shard {
    let mut index = SHARD.get();
    if index == usize::MAX {
        index = NEXT_SHARD.fetch_add(1, Ordering::Relaxed) % SHARDS;
        SHARD.set(index);
    }
    &COUNTS[index]
}

fn count(bytes: isize, allocations: usize) {
    let shard = shard();
    shard.bytes.fetch_add(bytes, Ordering::Relaxed);
    shard.allocations.fetch_add(allocations, Ordering::Relaxed);
}

/// The system's allocator, counted.
struct Counting;

// SAFETY: every call goes to `System` unchanged, with the caller's own promises; counting neither allocates nor unwinds.
// A layout's size is at most `isize::MAX`, so the casts lose nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as for the whole block.
        let block = unsafe { System.alloc(layout) };
        if !block.is_null() {
            count(layout.size().cast_signed(), 1);
        }
        block
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as for the whole block.
        let block = unsafe { System.alloc_zeroed(layout) };
        if !block.is_null() {
            count(layout.size().cast_signed(), 1);
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as for the whole block.
        unsafe { System.dealloc(block, layout) };
        count(-layout.size().cast_signed(), 0);
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: as for the whole block.
        let moved = unsafe { System.realloc(block, layout, new_size) };
        if !moved.is_null() {
            count(new_size.cast_signed() - layout.size().cast_signed(), 1);
        }
        moved
    }
}

#[global_allocator]
static HEAP: Counting = Counting;

/// Live heap bytes of this process, as asked for: without the allocator's own overhead.
///
/// Compare two readings; the harness and the kit have their share in each.
pub fn allocated_bytes() -> usize {
    let bytes: isize = COUNTS
        .iter()
        .map(|shard| shard.bytes.load(Ordering::Relaxed))
        .sum();
    bytes.max(0).cast_unsigned()
}

/// How many allocations, growing ones included, were made while `work` ran, by any thread.
///
/// What `work` returns is dropped after counting. Simulated primitives allocate now and then for their own sake; exact
/// numbers belong into performance suites.
pub fn allocations_during<R>(work: impl FnOnce() -> R) -> usize {
    let before = allocations();
    let result = work();
    let count = allocations().wrapping_sub(before);
    drop(result);
    count
}

fn allocations() -> usize {
    COUNTS
        .iter()
        .map(|shard| shard.allocations.load(Ordering::Relaxed))
        .fold(0, usize::wrapping_add)
}
