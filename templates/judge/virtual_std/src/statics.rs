//! Statics that start fresh in every execution.
//!
//! One check runs its body thousands of times in one process, and a `static` of the candidate must not carry its value
//! from one execution into the next. A primitive knows its own address, and an address inside the writable segments of
//! the program belongs to a static. What the compiler put there owns no heap, so a copy of its bytes taken at the first
//! touch ever is all that is needed to start again.
//!
//! Where those segments lie, only Linux tells. Elsewhere nothing counts as a static: a candidate's static then keeps its value from
//! one schedule to the next, and a program that depends on it is told to be not deterministic.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::sync::OnceLock;

/// Marks a primitive that nobody has touched yet.
const NEVER: u64 = u64::MAX;

/// A static known to the registry.
struct Known {
    /// Its bytes before the first operation on it.
    pristine: Box<[MaybeUninit<u8>]>,
    /// The execution in which it last started.
    started_in: u64,
}

thread_local! {
    /// Statics by address. One per OS thread, like the engine's executions.
    static REGISTRY: RefCell<BTreeMap<usize, Known>> = const { RefCell::new(BTreeMap::new()) };
}

/// Restores `object` to its first state if it lies in a static and this is its first touch in the current execution.
/// Returns whether it is a static.
pub(crate) fn refresh<T: ?Sized>(object: &T) -> bool {
    let start = std::ptr::from_ref(object).cast::<u8>();
    if !segments()
        .iter()
        .any(|segment| segment.contains(&start.addr()))
    {
        return false;
    }
    refresh_static(start, size_of_val(object));
    true
}

fn refresh_static(start: *const u8, length: usize) {
    let execution = engine::execution();
    REGISTRY.with_borrow_mut(|registry| {
        if let Some((&known_start, known)) = registry.range_mut(..=start.addr()).next_back()
            && start.addr() + length <= known_start + known.pristine.len()
        {
            // A part of a larger static (an atomic inside a Mutex) was restored with the whole.
            let is_the_whole = known_start == start.addr() && known.pristine.len() == length;
            if is_the_whole && execution != 0 && known.started_in != execution {
                known.started_in = execution;
                // SAFETY: the bytes are those of a live static of this length that consists of cells, the copy is what
                // it held before its first use, and no other OS thread runs candidate code. Guards into it belonged to
                // an execution that is over.
                unsafe {
                    let target = start.cast_mut().cast::<MaybeUninit<u8>>();
                    std::ptr::copy_nonoverlapping(known.pristine.as_ptr(), target, length);
                }
            }
            return;
        }
        // SAFETY: the range belongs to a live object, and uninitialised padding is allowed by the element type.
        let bytes = unsafe { std::slice::from_raw_parts(start.cast::<MaybeUninit<u8>>(), length) };
        registry.insert(
            start.addr(),
            Known {
                pristine: bytes.into(),
                started_in: execution,
            },
        );
    });
}

/// The execution in which a primitive was last touched.
pub(crate) struct Seen(Cell<u64>);

impl Seen {
    pub(crate) const fn never() -> Self {
        Self(Cell::new(NEVER))
    }
}

/// A primitive that remembers tasks (waiters, owners), which mean nothing once their execution is over.
pub(crate) trait Fresh {
    fn seen(&self) -> &Seen;

    /// Forgets owners and waiters of an earlier execution.
    fn forget_tasks(&self);

    /// To be called before every operation.
    fn refresh(&self) {
        let execution = engine::execution();
        let seen = self.seen().0.get();
        // Outside an execution the state of the last one stays visible, so that a check can look at it afterwards.
        if seen == execution || (execution == 0 && seen != NEVER) {
            return;
        }
        if !refresh(self) && seen != NEVER {
            self.forget_tasks();
        }
        self.seen().0.set(execution);
    }
}

/// The writable segments of the program and its libraries, where statics live.
fn segments() -> &'static [Range<usize>] {
    static SEGMENTS: OnceLock<Vec<Range<usize>>> = OnceLock::new();
    SEGMENTS.get_or_init(find_segments)
}

#[cfg(target_os = "linux")]
fn find_segments() -> Vec<Range<usize>> {
    unsafe extern "C" fn visit(
        info: *mut libc::dl_phdr_info,
        _size: usize,
        found: *mut libc::c_void,
    ) -> libc::c_int {
        // SAFETY: the loader passes a valid description, and `found` is the vector handed to dl_iterate_phdr below.
        unsafe {
            let (info, found) = (&*info, &mut *found.cast::<Vec<Range<usize>>>());
            for header in std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) {
                if header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_W != 0 {
                    let start = info.dlpi_addr as usize + header.p_vaddr as usize;
                    found.push(start..start + header.p_memsz as usize);
                }
            }
        }
        0
    }
    let mut found = Vec::new();
    // SAFETY: the callback only appends to the vector, which outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut found).cast()) };
    found
}

/// Elsewhere the segments are not known, and statics keep their values between executions.
#[cfg(not(target_os = "linux"))]
fn find_segments() -> Vec<Range<usize>> {
    Vec::new()
}
