//! Manners of work that nobody waits for.

/// How much further back in the line, on the system's scale of 0 to 19.
const STEPS: i32 = 5;

/// From now on this thread, and every thread and process that it starts, gets a core only when nobody else wants it.
///
/// Best effort: a system that refuses changes nothing but the pace.
pub fn give_way() {
    let _ = rustix::process::nice(STEPS);
}
