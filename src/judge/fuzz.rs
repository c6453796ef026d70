//! What the judge reads of a candidate's making never makes it panic, and nothing unclean comes out.

#[path = "../../tests/support/fuzz.rs"]
mod machine;

use super::{clean, contract::Contract, diagnostics, record, scan};

const RECORD: &str = r#"{"format":1,"check":"core_suite::adds","outcome":"failed","message":"2 and 3 make 5","credit":0.5,"coverage":{"systematic":21,"delays":2,"preemptions":null,"exhausted":true,"random":3600,"special":1,"leaked":0},"suspicion":null,"failure":{"kind":"deadlock","found_at":3,"token":"t2@5>t3","virtual_ns":7,"why":null,"place":"src/lib.rs:3","threads":[{"id":0,"name":"body","state":"waits for Condvar","at":"src/lib.rs:9","since_step":4,"holds":["Mutex 1"]}],"events":[{"step":1,"thread":0,"op":"Mutex::lock","at":null,"virtual_ns":0,"note":"waits"}],"history":{"calls":[{"thread":1,"op":"Push(1)","ret":null,"begin":1,"end":null,"order":1}]},"passing_token":null},"replay":null,"measurements":[{"what":"growth","value":1.5,"limit":2.5,"decides":true}]}
"#;

const DIAGNOSTIC: &str = r#"{"$message_type":"diagnostic","message":"unresolved import `std::fs`","code":{"code":"E0432","explanation":""},"level":"error","spans":[{"file_name":"src/lib.rs","byte_start":4,"byte_end":11,"line_start":1,"line_end":1,"column_start":5,"column_end":12,"is_primary":true,"text":[],"label":"no `fs` in the root","suggested_replacement":null,"suggestion_applicability":null,"expansion":{"span":{"file_name":"std/macros.rs","line_start":1,"column_start":2,"is_primary":false,"expansion":null}}}],"children":[],"rendered":"error[E0432]: unresolved import `std::fs`\n --> src/lib.rs:1:5\n"}
{"$message_type":"diagnostic","message":"aborting due to 1 previous error","code":null,"level":"error","spans":[],"children":[],"rendered":"error: aborting\n"}
noise
"#;

const SOURCES: [&str; 3] = [
    include_str!("../../tests/fixtures/problems/lock-step/solutions/reference.rs"),
    include_str!("../../tests/fixtures/hostile/refused/naked_function.rs"),
    "#![cfg_attr(all(), link(name = \"c\"))]\nmacro_rules! m { ($($t:tt)*) => { extern $($t)* } }\nfn f<'a>(x: &'a str) -> char { 'x' }",
];

fn fuzz(parser: &str, seeds: &[&[u8]], parse: impl Fn(&[u8])) {
    machine::fuzz(parser, 3_000, seeds, parse);
}

fn assert_clean(text: &str) {
    let dirty = text
        .chars()
        .find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
    assert_eq!(dirty, None, "{text:?}");
    assert!(text.chars().count() <= 8 * 1024 + 4);
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn records() {
    fuzz("records", &[RECORD.as_bytes()], |bytes| {
        if let Ok(Some(record)) = record::read(bytes, "core_suite::adds") {
            assert!((0.0..=1.0).contains(&record.credit));
            for text in [&record.message, &record.suspicion].into_iter().flatten() {
                assert_clean(text);
            }
            for story in [&record.story, &record.replayed].into_iter().flatten() {
                for event in &story.events {
                    assert_clean(&event.op);
                }
            }
        }
    });
}

#[test]
fn diagnostics() {
    fuzz("diagnostics", &[DIAGNOSTIC.as_bytes()], |bytes| {
        for found in diagnostics::read(&lossy(bytes)) {
            assert_clean(&found.message);
            assert_clean(&found.rendered);
            found.file.iter().for_each(|file| assert_clean(file));
        }
    });
}

#[test]
fn tokens() {
    let seeds = SOURCES.map(str::as_bytes);
    fuzz("tokens", &seeds, |bytes| {
        if let Some((line, what)) = scan::forbidden(&lossy(bytes)) {
            assert!(line >= 1 && line <= lossy(bytes).lines().count().max(1));
            assert!(!what.is_empty());
        }
    });
}

#[test]
fn cleaning() {
    let seeds: [&[u8]; 2] = [
        "\u{1b}[31mred\u{1b}[0m \u{1b}]52;c;aGk=\u{7}x\u{202e}y\r\n\tz\u{9b}".as_bytes(),
        b"thread 'main' panicked at src/lib.rs:3:5:\nno room\nnote: run with `RUST_BACKTRACE=1`\n",
    ];
    fuzz("cleaning", &seeds, |bytes| {
        let once = clean::clean(&lossy(bytes));
        assert_clean(&once);
        assert_eq!(clean::clean(&once), once, "cleaning twice is cleaning once");
    });
}

#[test]
fn contracts() {
    let seeds = SOURCES.map(str::as_bytes);
    fuzz("contracts", &seeds, |bytes| {
        let text = lossy(bytes);
        let contract = Contract::of(&text, Some(&text), "submission");
        assert!(contract.text().lines().count() <= 1 + text.len());
    });
}
