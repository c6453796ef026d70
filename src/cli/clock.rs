//! What time it is: the wall clock, or one that is told, so that rehearsing an hour takes no hour.

use std::{fs, sync::Arc};

use crate::actions::{Clock, Failure, wall_clock};

/// The wall clock, or the moment in `FIFTYTEN_NOW` in unix milliseconds, or the one in the file that `@FILE` there names,
/// read anew each time.
///
/// Fails if what is there is no number.
pub(super) fn clock() -> Result<Clock, Failure> {
    let Ok(text) = std::env::var("FIFTYTEN_NOW") else {
        return Ok(wall_clock());
    };
    let wrong = || Failure::usage("FIFTYTEN_NOW is not a number of milliseconds", "unset it");
    let Some(path) = text.strip_prefix('@').map(str::to_owned) else {
        let moment: u64 = text.parse().map_err(|_| wrong())?;
        return Ok(Arc::new(move || moment));
    };
    let read = move || -> Option<u64> { fs::read_to_string(&path).ok()?.trim().parse().ok() };
    let first = read().ok_or_else(wrong)?;
    // A file that is being written is empty for a moment; time stands still then.
    let last = std::sync::atomic::AtomicU64::new(first);
    Ok(Arc::new(move || {
        let order = std::sync::atomic::Ordering::Relaxed;
        if let Some(moment) = read() {
            last.store(moment, order);
        }
        last.load(order)
    }))
}
