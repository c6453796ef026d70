//! The same hash order in every run.
//!
//! The standard library keeps one pair of keys per real thread and counts it up for each `RandomState`. This module
//! finds that pair in the thread-local blocks of the loaded objects, proves the find by writing to it, and sets it
//! back before each execution. Where there is no such pair (another layout, or a system without `dl_iterate_phdr`)
//! nothing is set: hash order then differs between runs, and a failure that depends on it is reported as not
//! deterministic instead of being told wrongly. [`are_fixed`] says which of the two holds.

use std::cell::Cell;
use std::hash::RandomState;

/// Keys at the start of each execution. Any numbers would do.
const KEYS: (u64, u64) = (0x5F1F_7E10_0000_0001, 0x0F1F_7E11_0000_0002);

#[derive(Clone, Copy)]
enum Place {
    Unknown,
    Missing,
    /// Address of the key that is counted up, and of the other one.
    Found(*mut u64, *mut u64),
}

thread_local! {
    static PLACE: Cell<Place> = const { Cell::new(Place::Unknown) };
}

/// Whether hash order is the same in every execution on this real thread.
pub fn are_fixed() -> bool {
    matches!(place(), Place::Found(..))
}

/// Sets the keys back to where each execution starts.
pub(crate) fn reset() {
    if let Place::Found(counted, other) = place() {
        // SAFETY: both addresses lie in the thread-local block of this very thread, which lives as long as it does,
        // and were proved to be the pair.
        unsafe {
            counted.write(KEYS.0);
            other.write(KEYS.1);
        }
    }
}

fn place() -> Place {
    match PLACE.get() {
        Place::Unknown => {
            let found = find();
            PLACE.set(found);
            found
        }
        known => known,
    }
}

/// The two keys of a new `RandomState`, in the order in which they lie in it.
fn fresh() -> [u64; 2] {
    const { assert!(size_of::<RandomState>() == 16) };
    // SAFETY: the sizes are equal and both fields are plain numbers, of which every pattern is valid.
    unsafe { std::mem::transmute::<RandomState, [u64; 2]>(RandomState::new()) }
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn find() -> Place {
    let keys = fresh();
    for (start, words) in thread_local_blocks() {
        for index in 0..words.saturating_sub(1) {
            // SAFETY: the linker says that so many initialised words belong to this thread's block.
            let (first, second) = unsafe { (start.add(index), start.add(index + 1)) };
            for (counted, other) in [(first, second), (second, first)] {
                for (one, two) in [(keys[0], keys[1]), (keys[1], keys[0])] {
                    // SAFETY: as above; volatile, because the library writes there behind the compiler's back.
                    let holds = unsafe {
                        counted.read_volatile() == one.wrapping_add(1)
                            && other.read_volatile() == two
                    };
                    if holds && proves(counted, other) {
                        return Place::Found(counted, other);
                    }
                }
            }
        }
    }
    Place::Missing
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn find() -> Place {
    Place::Missing
}

/// Writes known keys and looks whether the next `RandomState` has them; undoes it if not.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn proves(counted: *mut u64, other: *mut u64) -> bool {
    // SAFETY: both addresses lie in this thread's block and hold numbers that equal the keys just drawn; if they are
    // something else after all, the old values are back before anybody can look.
    unsafe {
        let before = (counted.read_volatile(), other.read_volatile());
        counted.write_volatile(KEYS.0);
        other.write_volatile(KEYS.1);
        let mut seen = fresh();
        seen.sort_unstable();
        let mut wanted = [KEYS.0, KEYS.1];
        wanted.sort_unstable();
        if seen == wanted {
            return true;
        }
        counted.write_volatile(before.0);
        other.write_volatile(before.1);
    }
    false
}

/// Start and length in words of this thread's block of each loaded object.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn thread_local_blocks() -> Vec<(*mut u64, usize)> {
    unsafe extern "C" fn collect(
        info: *mut libc::dl_phdr_info,
        _size: libc::size_t,
        blocks: *mut libc::c_void,
    ) -> libc::c_int {
        // SAFETY: the linker passes a valid description, and our own vector as it was given to it.
        let (info, blocks) = unsafe { (&*info, &mut *blocks.cast::<Vec<(*mut u64, usize)>>()) };
        let block = info.dlpi_tls_data.cast::<u64>();
        if block.is_null() || info.dlpi_phdr.is_null() {
            return 0;
        }
        // SAFETY: the object has so many program headers.
        let headers =
            unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
        for header in headers {
            if header.p_type == libc::PT_TLS && block.is_aligned() {
                blocks.push((block, header.p_memsz as usize / size_of::<u64>()));
            }
        }
        0
    }
    let mut blocks: Vec<(*mut u64, usize)> = Vec::new();
    // SAFETY: the callback is given the vector it expects, for the time of the call only.
    unsafe { libc::dl_iterate_phdr(Some(collect), (&raw mut blocks).cast()) };
    blocks
}
