//! `println!` and its relatives. A search runs the same code thousands of times: only its first schedule is heard, so that a
//! line left in from looking for a mistake neither drowns everything else nor counts as a flood.

use std::fmt::Arguments;

/// Whether what is printed now is heard.
fn heard() -> bool {
    engine::execution() <= 1
}

/// Writes to standard output, through std's own macro: the test harness may be listening there.
#[doc(hidden)]
pub fn out(text: Arguments<'_>) {
    if heard() {
        std::print!("{text}");
    }
}

/// Writes to standard error.
#[doc(hidden)]
pub fn err(text: Arguments<'_>) {
    if heard() {
        std::eprint!("{text}");
    }
}

/// Prints to standard output.
#[macro_export]
macro_rules! print {
    ($($arg:tt)*) => { $crate::__printing::out($crate::format_args!($($arg)*)) };
}

/// Prints to standard output, with a line end.
#[macro_export]
macro_rules! println {
    () => { $crate::__printing::out($crate::format_args!("\n")) };
    ($($arg:tt)*) => { $crate::__printing::out($crate::format_args!("{}\n", $crate::format_args!($($arg)*))) };
}

/// Prints to standard error.
#[macro_export]
macro_rules! eprint {
    ($($arg:tt)*) => { $crate::__printing::err($crate::format_args!($($arg)*)) };
}

/// Prints to standard error, with a line end.
#[macro_export]
macro_rules! eprintln {
    () => { $crate::__printing::err($crate::format_args!("\n")) };
    ($($arg:tt)*) => { $crate::__printing::err($crate::format_args!("{}\n", $crate::format_args!($($arg)*))) };
}

/// Prints a value with its place and hands it on.
#[macro_export]
macro_rules! dbg {
    () => { $crate::eprintln!("[{}:{}:{}]", $crate::file!(), $crate::line!(), $crate::column!()) };
    ($value:expr $(,)?) => {
        // A match keeps temporaries of the expression alive, as std's does.
        match $value {
            value => {
                $crate::eprintln!(
                    "[{}:{}:{}] {} = {:#?}",
                    $crate::file!(),
                    $crate::line!(),
                    $crate::column!(),
                    $crate::stringify!($value),
                    &value
                );
                value
            }
        }
    };
    ($($value:expr),+ $(,)?) => { ($($crate::dbg!($value)),+,) };
}
