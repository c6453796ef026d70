//! What `#[test]` expands to. Not for candidates.

pub use std::prelude::v1::test as libtest;

use crate::panic::{catch_unwind, resume_unwind};
use std::any::Any;
use std::fmt::Debug;
use std::panic::AssertUnwindSafe;

/// What a test may return.
#[diagnostic::on_unimplemented(message = "a test returns `()` or a `Result`, not `{Self}`")]
pub trait Outcome {
    /// Panics if the test failed.
    fn expect_success(self);
}

impl Outcome for () {
    fn expect_success(self) {}
}

impl Outcome for std::convert::Infallible {
    fn expect_success(self) {}
}

impl<T: Outcome, E: Debug> Outcome for Result<T, E> {
    fn expect_success(self) {
        match self {
            Ok(outcome) => outcome.expect_success(),
            Err(error) => panic!("the test returned an error: {error:?}"),
        }
    }
}

/// Runs the test `name`, which is `module_path!()` and the function's name.
pub fn run<O: Outcome>(name: &str, body: impl Fn() -> O) {
    engine::report::run_check(without_crate(name), || body().expect_success());
}

/// Runs a test with `#[should_panic]`, where `expected` is a part of the message.
pub fn run_panicking<O: Outcome>(name: &str, expected: Option<&str>, body: impl Fn() -> O) {
    engine::report::run_check(without_crate(name), || {
        match catch_unwind(AssertUnwindSafe(|| body().expect_success())) {
            Ok(()) => panic!("the test did not panic as expected"),
            Err(payload) => {
                if expected.is_some_and(|expected| !message(&*payload).contains(expected)) {
                    resume_unwind(payload);
                }
            }
        }
    });
}

fn message(payload: &(dyn Any + Send)) -> &str {
    match (
        payload.downcast_ref::<&str>(),
        payload.downcast_ref::<String>(),
    ) {
        (Some(message), _) => message,
        (None, Some(message)) => message,
        (None, None) => "",
    }
}

/// The name as the harness knows it.
fn without_crate(name: &str) -> &str {
    name.split_once("::").map_or(name, |(_, rest)| rest)
}
