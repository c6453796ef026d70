//! The library under the name of std, as the bench passes it to rustc.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where cargo puts the libraries: beside this test.
fn libraries() -> PathBuf {
    std::env::current_exe()
        .unwrap()
        .parent()
        .unwrap()
        .to_owned()
}

/// The newest build of this library.
fn virtual_std() -> PathBuf {
    let files = std::fs::read_dir(libraries())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.starts_with("libvirtual_std-") && name.ends_with(".rlib")
        })
        .max_by_key(|path| path.metadata().unwrap().modified().unwrap())
        .unwrap()
}

/// Compiles `source` against the library; tests into an executable, else a crate without code.
fn compile(source: &Path, output: &Path, tests: bool) -> Output {
    let library = virtual_std();
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into()));
    for name in ["std", "core", "alloc"] {
        rustc
            .arg("--extern")
            .arg(format!("{name}={}", library.display()));
    }
    rustc
        .arg("-L")
        .arg(format!("dependency={}", libraries().display()));
    rustc
        .args(["--edition", "2024", "-F", "unsafe_code", "-o"])
        .arg(output)
        .arg(source);
    rustc.args(if tests {
        ["--test", "-g"]
    } else {
        ["--crate-type=rlib", "--emit=metadata"]
    });
    rustc.output().unwrap()
}

/// A fresh place for this process's files.
fn place(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("as_std");
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

/// Compiles `code` and returns what rustc says, which must include `expected` unless that is empty.
#[track_caller]
fn expect_error(name: &str, code: &str, expected: &str) {
    let source = place(&format!("{name}.rs"));
    std::fs::write(&source, code).unwrap();
    let output = compile(&source, &place(name), code.contains("#[test]"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && said.contains(expected),
        "{code}\n{said}"
    );
}

#[test]
fn a_submission_and_its_tests_compile_and_run() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/candidate.rs");
    let library = compile(&source, &place("candidate.rmeta"), false);
    assert!(
        library.status.success(),
        "{}",
        String::from_utf8_lossy(&library.stderr)
    );
    let program = place("candidate");
    let tests = compile(&source, &program, true);
    assert!(
        tests.status.success(),
        "{}",
        String::from_utf8_lossy(&tests.stderr)
    );

    let run = Command::new(&program)
        .arg("--test-threads=1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    for (name, outcome) in [
        ("it_counts", "ok"),
        ("it_may_return_a_result", "ok"),
        ("an_error_is_a_failure", "FAILED"),
        ("it_may_panic", "ok"),
        ("a_panic_that_does_not_come", "FAILED"),
        ("another_panic_than_expected", "FAILED"),
        ("it_may_be_ignored", "ignored, not now"),
    ] {
        assert!(
            said.contains(&format!("test tests::{name} ... {outcome}")),
            "{name}: {said}"
        );
    }
    assert!(said.contains("the reason"), "{said}");
}

#[test]
fn what_is_refused_does_not_exist() {
    for (name, code, expected) in [
        (
            "fs",
            "pub use std::fs::File;",
            "unresolved import `std::fs`",
        ),
        (
            "core_arch",
            "pub use core::arch;",
            "unresolved import `core::arch`",
        ),
        (
            "process",
            "pub fn f() { std::process::exit(0) }",
            "cannot find `process` in `std`",
        ),
        (
            "env",
            "pub fn f() { std::env::args(); }",
            "cannot find `env` in `std`",
        ),
        (
            "socket",
            "pub use std::net::TcpStream;",
            "no `TcpStream` in `net`",
        ),
        (
            "hook",
            "pub use std::panic::set_hook;",
            "no `set_hook` in `panic`",
        ),
        ("stdin", "pub use std::io::stdin;", "no `stdin` in `io`"),
        (
            "path",
            "pub use std::path::Path;",
            "unresolved import `std::path`",
        ),
        (
            "ffi",
            "pub use std::ffi::OsString;",
            "unresolved import `std::ffi`",
        ),
        (
            "system",
            "pub use std::alloc::System;",
            "no `System` in `alloc`",
        ),
        (
            "backtrace",
            "pub use std::backtrace::Backtrace;",
            "unresolved import `std::backtrace`",
        ),
        (
            "env_macro",
            "pub const HOME: &str = env!(\"HOME\");",
            "cannot find macro `env`",
        ),
        (
            "option_env_macro",
            "pub const HOME: Option<&str> = option_env!(\"HOME\");",
            "cannot find macro",
        ),
        (
            "include",
            "include!(\"/etc/passwd\");",
            "cannot find macro `include`",
        ),
        (
            "include_str",
            "pub const X: &str = std::include_str!(\"/etc/passwd\");",
            "include_str",
        ),
        (
            "asm",
            "pub fn f() { core::arch::asm!(\"\") }",
            "cannot find `arch` in `core`",
        ),
        (
            "global_asm",
            "std::arch::global_asm!(\"\");",
            "cannot find `arch` in `std`",
        ),
        (
            "allocator",
            "#[global_allocator] static A: u8 = 0;",
            "cannot find attribute `global_allocator`",
        ),
    ] {
        expect_error(name, code, expected);
    }
}

#[test]
fn a_wrong_test_is_told_where_it_stands() {
    for (name, code, expected) in [
        (
            "parameters",
            "#[test]\nfn f(x: u8) {}",
            "a test takes no parameters",
        ),
        (
            "async",
            "#[test]\nasync fn f() {}",
            "there is no executor here",
        ),
        (
            "generic",
            "#[test]\nfn f<T>() {}",
            "a test cannot be generic",
        ),
        (
            "structure",
            "#[test]\nstruct S;",
            "belongs in front of a function",
        ),
        (
            "body",
            "trait T {\n#[test]\nfn f(); }",
            "a test needs a body",
        ),
        (
            "type",
            "#[test]\nfn f() -> u8 { 1 }",
            "a test returns `()` or a `Result`, not `u8`",
        ),
        (
            "mistake",
            "#[test]\nfn f() {\n let x: u8 = \"a\";\n}",
            "mistake.rs:3",
        ),
        (
            "end",
            "#[test]\nfn f() -> Result<(), String> {\n}",
            "mismatched types",
        ),
    ] {
        expect_error(name, code, expected);
    }
}

#[test]
fn threads_cannot_share_what_is_not_meant_for_it() {
    for (name, code, expected) in [
        (
            "guard",
            "pub fn f(m: &std::sync::Mutex<u8>) { s(m.lock()) } fn s(_: impl Send) {}",
            "Send",
        ),
        (
            "rc",
            "pub fn f() { std::thread::spawn(|| drop(std::rc::Rc::new(1))).join().unwrap(); s(std::rc::Rc::new(1)) } fn s(_: impl Send) {}",
            "Send",
        ),
        (
            "mutex",
            "pub fn f(m: std::sync::Mutex<std::rc::Rc<u8>>) { s(m) } fn s(_: impl Sync) {}",
            "Sync",
        ),
        (
            "rwlock",
            "pub fn f(m: std::sync::RwLock<std::cell::Cell<u8>>) { s(m) } fn s(_: impl Sync) {}",
            "Sync",
        ),
        (
            "once_lock",
            "pub fn f(m: std::sync::OnceLock<std::cell::Cell<u8>>) { s(m) } fn s(_: impl Sync) {}",
            "Sync",
        ),
        (
            "receiver",
            "pub fn f(m: std::sync::mpsc::Receiver<u8>) { s(m) } fn s(_: impl Sync) {}",
            "Sync",
        ),
        (
            "sender",
            "pub fn f(m: std::sync::mpsc::Sender<std::rc::Rc<u8>>) { s(m) } fn s(_: impl Send) {}",
            "Send",
        ),
        (
            "borrow",
            "pub fn f() { let x = 1; std::thread::spawn(|| drop(&x)); }",
            "may outlive",
        ),
        (
            "scope",
            "pub fn f() { std::thread::scope(|s| { let x = vec![1]; s.spawn(|| drop(&x)); }) }",
            "may outlive",
        ),
        (
            "wait",
            "pub fn f(c: &std::sync::Condvar, g: std::sync::MutexGuard<'_, u8>) { let _ = c.wait(g); let _ = *g; }",
            "moved",
        ),
    ] {
        expect_error(name, code, expected);
    }
}
