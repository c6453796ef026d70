//! Every line of `virtual_std`'s surface compiles against this library too, and does what it does there.

#[macro_use(thread_local)]
extern crate plain_std as std;

#[path = "../../virtual_std/tests/surface/mod.rs"]
mod surface;

#[test]
fn every_line_works_with_the_std_of_measurements() {
    for (area, lines) in surface::AREAS {
        println!("{area}");
        lines();
    }
}
