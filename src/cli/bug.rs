//! A panic is our fault and says so.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Mutex, PoisonError},
};

/// Runs the program; a panic is told with its place, and ends with our own exit code.
pub(super) fn catch(program: impl FnOnce() -> u8) -> u8 {
    let place = Arc::new(Mutex::new(None::<String>));
    let seen = Arc::clone(&place);
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one hook: it only remembers, screens restore themselves"
    )]
    panic::set_hook(Box::new(move |panic| {
        let payload = panic.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let what = text
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        let at = panic
            .location()
            .map_or("an unknown place".to_owned(), ToString::to_string);
        // The first panic is the cause; what follows from it is noise.
        seen.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(format!("{what} ({at})"));
    }));
    let ended = panic::catch_unwind(AssertUnwindSafe(program));
    let told = place.lock().unwrap_or_else(PoisonError::into_inner).take();
    let _ = panic::take_hook();
    match ended {
        Ok(code) => code,
        Err(_) => {
            let told = told.unwrap_or_default();
            eprintln!("fiftyten: this is a bug: {told}");
            eprintln!("  no attempt is lost; please report these lines and what you did");
            super::BUG
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_our_turn_and_anything_else_keeps_its_code() {
        assert_eq!(catch(|| panic!("a cup fell")), super::super::BUG);
        assert_eq!(catch(|| 3), 3);
    }
}
