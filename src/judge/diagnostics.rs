//! The compiler's messages in the candidate's own lines, with a remedy where we know better.

use serde::Deserialize;

use super::clean::clean;
use crate::domain::verdict::Diagnostic;

/// More messages than these help nobody.
const MOST: usize = 50;

#[derive(Deserialize)]
struct Message {
    message: String,
    code: Option<Code>,
    level: String,
    #[serde(default)]
    spans: Vec<Span>,
    rendered: Option<String>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    line_start: u32,
    column_start: u32,
    is_primary: bool,
    expansion: Option<Box<Expansion>>,
}

#[derive(Deserialize)]
struct Expansion {
    span: Span,
}

/// Reads what `rustc --error-format=json` printed. Lines that are something else are skipped.
pub fn read(stderr: &str) -> Vec<Diagnostic> {
    stderr
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| message.level.starts_with("error") || message.level == "warning")
        // "aborting due to 2 previous errors" and its like have no place and say nothing.
        .filter(|message| !message.spans.is_empty() || !is_summary(&message.message))
        .take(MOST)
        .map(diagnostic)
        .collect()
}

/// An error about the whole submission.
pub fn without_place(message: &str) -> Diagnostic {
    Diagnostic {
        file: None,
        line: None,
        column: None,
        level: "error".to_owned(),
        code: None,
        message: message.to_owned(),
        rendered: format!("error: {message}\n"),
        remedy: None,
    }
}

fn is_summary(message: &str) -> bool {
    message.starts_with("aborting due to")
        || message.contains("warning emitted")
        || message.contains("warnings emitted")
}

fn diagnostic(message: Message) -> Diagnostic {
    let place = message
        .spans
        .iter()
        .find(|span| span.is_primary)
        .map(place_in_source);
    let code = message.code.map(|code| code.code);
    let text = clean(&message.message);
    let rendered = clean(&without_lost_files(
        message.rendered.as_deref().unwrap_or(&message.message),
    ));
    Diagnostic {
        file: place.map(|span| clean(&span.file_name)),
        line: place.map(|span| span.line_start),
        column: place.map(|span| span.column_start),
        // An internal compiler error is an error for the reader.
        level: if message.level.starts_with("error") {
            "error".to_owned()
        } else {
            message.level
        },
        remedy: remedy(code.as_deref(), &text, &rendered),
        code,
        message: text,
        rendered,
    }
}

/// The place where a macro was called rather than the inside of the macro.
fn place_in_source(span: &Span) -> &Span {
    let mut span = span;
    while let Some(expansion) = &span.expansion
        && !span.file_name.starts_with("src/")
    {
        span = &expansion.span;
    }
    span
}

/// Modules of std that the judge's std does not have, with what to do instead.
const REFUSED: [(&str, &str); 8] = [
    (
        "fs",
        "an interview answer needs no files; the judge's std has none",
    ),
    (
        "process",
        "an interview answer starts and ends no processes; return a value or panic instead",
    ),
    (
        "env",
        "an interview answer reads no environment; take what you need as a parameter",
    ),
    (
        "os",
        "an interview answer is the same on every system; the judge's std has no std::os",
    ),
    (
        "path",
        "an interview answer needs no files; the judge's std has no paths",
    ),
    (
        "backtrace",
        "the judge shows where a panic happened; no backtrace is needed",
    ),
    (
        "arch",
        "plain Rust is fast enough here; the judge's std has no std::arch",
    ),
    ("ffi", "an interview answer calls no foreign code"),
];

/// Items that are refused one by one.
const REFUSED_ITEMS: [(&str, &str); 8] = [
    (
        "TcpStream",
        "an interview answer opens no sockets; the addresses of std::net are there",
    ),
    (
        "TcpListener",
        "an interview answer opens no sockets; the addresses of std::net are there",
    ),
    (
        "UdpSocket",
        "an interview answer opens no sockets; the addresses of std::net are there",
    ),
    (
        "stdin",
        "an interview answer reads no input; tests call your functions",
    ),
    (
        "set_hook",
        "the judge watches panics itself; use catch_unwind where a panic must be contained",
    ),
    (
        "take_hook",
        "the judge watches panics itself; use catch_unwind where a panic must be contained",
    ),
    (
        "env!",
        "nothing is read from the environment while the answer is compiled",
    ),
    (
        "include_str!",
        "everything an answer needs is in its own code",
    ),
];

/// What to do about a message, where the compiler cannot know it.
/// Without the lines that name a file beside the build: it is gone when somebody reads this, and where it was is nobody's business.
fn without_lost_files(rendered: &str) -> String {
    rendered
        .split_inclusive('\n')
        .filter(|line| !line.contains("has been written to '"))
        .collect()
}

fn remedy(code: Option<&str>, message: &str, rendered: &str) -> Option<String> {
    if rendered.contains("-F unsafe-code") || rendered.contains("unsafe_code") {
        return Some("the whole exercise is to be done in safe Rust".to_owned());
    }
    let missing = matches!(
        code,
        Some("E0432" | "E0433" | "E0425" | "E0412" | "E0405" | "E0463")
    ) || message.contains("cannot find");
    if !missing {
        return None;
    }
    if code == Some("E0463")
        || rendered.contains("unresolved module or unlinked crate")
        || rendered.contains("use of undeclared crate")
    {
        return Some("answers use the standard library only; no other crates are there".to_owned());
    }
    let says = |words: &[String]| {
        words
            .iter()
            .any(|word| message.contains(word) || rendered.contains(word))
    };
    for (module, why) in REFUSED {
        let paths = [
            format!("std::{module}"),
            format!("`{module}` in `std`"),
            format!("no `{module}` in the root"),
        ];
        if says(&paths) {
            return Some(why.to_owned());
        }
    }
    for (item, why) in REFUSED_ITEMS {
        let name = item.trim_end_matches('!');
        if says(&[
            format!("`{name}`"),
            format!("::{name}"),
            format!("`{item}`"),
        ]) {
            return Some(why.to_owned());
        }
    }
    let of_std = ["std::", "core::", "alloc::"]
        .iter()
        .any(|start| message.contains(start));
    of_std.then(|| {
        "the judge's std holds what an interview answer needs, on stable Rust; this item is not in it".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_refused_module_comes_with_its_remedy_and_its_line() {
        let line = r#"{"$message_type":"diagnostic","message":"unresolved import `std::fs`","code":{"code":"E0432","explanation":""},"level":"error","spans":[{"file_name":"src/lib.rs","byte_start":4,"byte_end":11,"line_start":1,"line_end":1,"column_start":5,"column_end":12,"is_primary":true,"text":[],"label":"no `fs` in the root","suggested_replacement":null,"suggestion_applicability":null,"expansion":null}],"children":[],"rendered":"error[E0432]: unresolved import `std::fs`\n"}"#;
        let summary = r#"{"$message_type":"diagnostic","message":"aborting due to 1 previous error","code":null,"level":"error","spans":[],"children":[],"rendered":"error: aborting\n"}"#;
        let found = read(&format!("{line}\nnoise\n{summary}\n"));
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].file.as_deref(), found[0].line),
            (Some("src/lib.rs"), Some(1))
        );
        assert!(
            found[0]
                .remedy
                .as_deref()
                .is_some_and(|remedy| remedy.contains("needs no files"))
        );
    }
}
