//! What cargo-mutants would change in a solution, as complete texts.

use std::{fs, io, path::Path, process::Command};

use serde::Deserialize;

use super::JudgeError;

/// The manifest that makes a lone file a package in the eyes of cargo-mutants.
const MANIFEST: &str = "[package]\nname = \"solution\"\nversion = \"0.0.0\"\nedition = \"2024\"\n";

/// One small change of a source text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutation {
    /// The change in cargo-mutants' words, without its place: `replace >= with < in Bucket::take`.
    pub change: String,
    /// The line it begins on, from 1.
    pub number: usize,
    /// That line's text, trimmed: tells the place even after other lines have moved.
    pub line: String,
    /// The whole text with the change.
    pub source: String,
}

/// An entry of `cargo mutants --list --json`.
#[derive(Deserialize)]
struct Listed {
    name: String,
    replacement: String,
    span: Span,
}

#[derive(Deserialize)]
struct Span {
    start: Place,
    end: Place,
}

/// Line and column, both from 1; columns count characters.
#[derive(Deserialize)]
struct Place {
    line: usize,
    column: usize,
}

/// Every change that cargo-mutants knows for this text.
///
/// Fails with [`JudgeError::MutantsMissing`] if cargo-mutants is not installed or does not understand the text.
pub fn mutations_of(source: &str) -> Result<Vec<Mutation>, JudgeError> {
    let folder = laid_out(source).map_err(JudgeError::io("lay out the solution"))?;
    let outside = |name: &str| {
        JudgeError::MutantsMissing(format!("it names a place outside the text: {name}"))
    };
    list(folder.path())?
        .iter()
        .map(|listed| mutation(source, listed).ok_or_else(|| outside(&listed.name)))
        .collect()
}

fn laid_out(source: &str) -> io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join("src"))?;
    fs::write(folder.path().join("Cargo.toml"), MANIFEST)?;
    fs::write(folder.path().join("src/lib.rs"), source)?;
    Ok(folder)
}

fn list(package: &Path) -> Result<Vec<Listed>, JudgeError> {
    let ran = Command::new("cargo")
        .args(["mutants", "--list", "--json", "--no-config", "--dir"])
        .arg(package)
        .output()
        .map_err(|_| JudgeError::CargoMissing)?;
    if !ran.status.success() {
        let said = String::from_utf8_lossy(&ran.stderr);
        return Err(JudgeError::MutantsMissing(said.trim().to_owned()));
    }
    serde_json::from_slice(&ran.stdout).map_err(|error| {
        JudgeError::MutantsMissing(format!("its list is not as expected: {error}"))
    })
}

fn mutation(source: &str, listed: &Listed) -> Option<Mutation> {
    let (start, end) = (
        offset(source, &listed.span.start)?,
        offset(source, &listed.span.end)?,
    );
    let before = source.get(..start)?;
    let after = source.get(end..)?;
    let number = listed.span.start.line;
    let line = source.lines().nth(number - 1)?.trim().to_owned();
    // The name begins with `src/lib.rs:8:57: `.
    let change = listed.name.splitn(2, ": ").last()?.to_owned();
    Some(Mutation {
        change,
        number,
        line,
        source: format!("{before}{}{after}", listed.replacement),
    })
}

/// Where a place is in the text, in bytes.
fn offset(source: &str, place: &Place) -> Option<usize> {
    let mut lines = source.split_inclusive('\n');
    let before: usize = lines
        .by_ref()
        .take(place.line.checked_sub(1)?)
        .map(str::len)
        .sum();
    let line = lines.next()?;
    let column = place.column.checked_sub(1)?;
    let inside = line
        .char_indices()
        .map(|(at, _)| at)
        .chain([line.len()])
        .nth(column)?;
    Some(before + inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(name: &str, replacement: &str, start: (usize, usize), end: (usize, usize)) -> Listed {
        let place = |(line, column)| Place { line, column };
        Listed {
            name: name.to_owned(),
            replacement: replacement.to_owned(),
            span: Span {
                start: place(start),
                end: place(end),
            },
        }
    }

    #[test]
    fn a_mutation_changes_its_span_and_nothing_else() {
        let source = "fn é() {\n    a < b;\n}\n";
        let found = listed(
            "src/lib.rs:2:7: replace < with == in é",
            "==",
            (2, 7),
            (2, 8),
        );
        let mutation = mutation(source, &found).unwrap();
        assert_eq!(mutation.source, "fn é() {\n    a == b;\n}\n");
        assert_eq!(mutation.change, "replace < with == in é");
        assert_eq!((mutation.number, mutation.line.as_str()), (2, "a < b;"));
    }

    #[test]
    fn columns_count_characters_and_spans_may_cross_lines() {
        let source = "/* é */ 1\n+ 2";
        let found = listed("src/lib.rs:1:9: replace it", "3", (1, 9), (2, 4));
        assert_eq!(mutation(source, &found).unwrap().source, "/* é */ 3");
    }

    #[test]
    fn a_place_outside_the_text_is_noticed() {
        let found = listed("src/lib.rs:9:1: delete", "", (9, 1), (9, 2));
        assert_eq!(mutation("fn a() {}\n", &found), None);
    }
}
