//! `std::hint`: spinning gives way to others.

use crate::operation::op;
use engine::Effect;
use std::panic::Location;

pub use std::hint::{black_box, cold_path, select_unpredictable};

/// Says that this thread waits for another one, which may therefore run.
#[track_caller]
pub fn spin_loop() {
    engine::yield_point(op("hint::spin_loop", &(), Location::caller()));
    engine::progress(Effect::Wait);
}
