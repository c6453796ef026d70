//! What the simulated parts do, tried with plain programs in many schedules.

#[macro_use(thread_local)]
extern crate virtual_std as std;

mod channels;
mod guilty;
mod innocent;
mod places;
mod poison;
mod spinning;
mod statics;
mod support;
mod threads;
mod time;
