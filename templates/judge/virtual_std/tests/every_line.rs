//! Every line of the surface compiles against this library and does what it does with the real std.

#[macro_use(thread_local)]
extern crate virtual_std as std;

mod surface;

/// Twice, so that the statics must start fresh. One test, since executions on several OS threads would share them.
#[test]
fn every_line_works_with_the_judges_std() {
    for (area, lines) in surface::AREAS.into_iter().chain(surface::AREAS) {
        if let Err(failure) = engine::run_once(Box::new(lines)) {
            panic!("{area}: {}", failure.message);
        }
    }
}
