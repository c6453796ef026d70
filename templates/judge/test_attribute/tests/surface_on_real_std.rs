//! Every line of `virtual_std`'s surface works with the real std too. This crate's tests are the ones of the kit that
//! have it.

#[path = "../../virtual_std/tests/surface/mod.rs"]
mod surface;

#[test]
fn every_line_works_with_the_real_std() {
    for (area, lines) in surface::AREAS {
        println!("{area}");
        lines();
    }
}
