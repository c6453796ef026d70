//! The kit is code like any other: formatted, linted, documented and unit-tested, although it is also copied out and compiled on
//! the user's machine.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use fiftyten::assets;

/// Lays the kit out as the bench does; only what changed is written, so that a second run builds little.
fn laid_out() -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kit");
    for (name, text) in assets::templates("judge") {
        let path = place.join(name);
        if fs::read_to_string(&path).is_ok_and(|now| now == text) {
            continue;
        }
        fs::create_dir_all(path.parent().expect("files lie in folders")).unwrap();
        fs::write(&path, text).unwrap();
    }
    place
}

/// Runs cargo there and shows what it said if it fails.
fn cargo(arguments: &[&str], documentation_flags: Option<&str>) {
    let mut command = Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    command
        .args(arguments)
        .current_dir(laid_out())
        .env("CARGO_TERM_COLOR", "never");
    // The flags of the outer run are not meant for this one.
    command
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("RUSTFLAGS");
    if let Some(flags) = documentation_flags {
        command.env("RUSTDOCFLAGS", flags);
    }
    let output = command.output().expect("cargo can be started");
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "cargo {}:\n{said}",
        arguments.join(" ")
    );
}

#[test]
fn the_kit_is_formatted_linted_documented_and_passes_its_own_tests() {
    cargo(&["fmt", "--all", "--check"], None);
    cargo(
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
        None,
    );
    cargo(&["test", "--workspace"], None);
    cargo(&["doc", "--workspace", "--no-deps"], Some("-D warnings"));
}
