//! Asks rustfmt whether files are as it would write them. Part of the judge because it starts a tool of the toolchain.

use std::{fs, path::Path, process::Command};

use super::{Bench, JudgeError};

/// The files that rustfmt would change, each with the first line it would touch.
///
/// Fails with `RustcMissing` naming rustfmt if the toolchain has none.
pub fn unformatted(
    bench: &Bench,
    files: &[(String, &str)],
) -> Result<Vec<(String, Option<usize>)>, JudgeError> {
    let folder = tempfile::tempdir().map_err(JudgeError::io("make a folder for formatting"))?;
    let mut arguments = Vec::new();
    for (index, (_, text)) in files.iter().enumerate() {
        let path = folder.path().join(format!("file_{index}.rs"));
        fs::write(&path, text).map_err(JudgeError::io("write a file for formatting"))?;
        arguments.push(path);
    }
    let beside = bench.toolchain.rustc.with_file_name("rustfmt");
    let rustfmt = if beside.is_file() {
        beside.as_path()
    } else {
        Path::new("rustfmt")
    };
    let output = Command::new(rustfmt)
        .args(["--check", "--edition", "2024", "--color", "never"])
        .args(&arguments)
        .current_dir(folder.path())
        .output()
        .map_err(|error| {
            JudgeError::RustcMissing(format!("rustfmt: {error}; `rustup component add rustfmt`"))
        })?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    Ok(files
        .iter()
        .enumerate()
        .filter_map(|(index, (name, _))| {
            Some((
                name.clone(),
                first_place(&said, &format!("file_{index}.rs:"))?,
            ))
        })
        .collect())
}

/// The line of the first remark about a file; `Some(None)` if the remark has no readable line.
fn first_place(said: &str, file: &str) -> Option<Option<usize>> {
    let start = said.find(file)? + file.len();
    let digits: String = said[start..]
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    Some(digits.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_remark_about_a_file_gives_its_line() {
        let said = "Diff in /tmp/x/file_1.rs:12:\n-a\n+b\nDiff in /tmp/x/file_1.rs:40:\n";
        assert_eq!(first_place(said, "file_1.rs:"), Some(Some(12)));
        assert_eq!(first_place(said, "file_0.rs:"), None);
    }
}
