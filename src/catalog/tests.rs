use super::*;

const SOUND: &str = r#"format = 1
title = "Add two"
tier = 1
group = "Warm-up"
frequency = 10
tags = ["sum"]
difficulty = 1
drill_minutes = 10

[weights]
clarify = 5
core = 30
edge = 15
concurrency = 20
performance = 10
followup = 10
discussion = 10

[[clarify]]
question = "Overflow?"
answer = "Saturates."
tested = true
keys = "overflow/wrap; big/large"

[followup]
twist = "Now three."

[[discussion]]
question = "Why?"
points = ["because"]

[[hints]]
text = "a"
cost = 1

[[hints]]
text = "b"
cost = 2

[[hints]]
text = "c"
cost = 3
"#;

fn sound_folder() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    files.insert(layout::MANIFEST.to_owned(), SOUND.as_bytes().to_vec());
    for name in [
        layout::STATEMENT,
        layout::STARTER,
        layout::FOLLOWUP,
        layout::REFERENCE,
    ] {
        files.insert(name.to_owned(), b"// text\n".to_vec());
    }
    let suite = b"/// Study sums.\n#[test]\nfn two_and_two_make_four() {}\n".to_vec();
    files.insert(layout::SAMPLES.to_owned(), suite.clone());
    for category in Category::ALL {
        files.insert(layout::suite(category), suite.clone());
    }
    files.insert(
        format!("{}other_way.rs", layout::ALTERNATES),
        b"// text\n".to_vec(),
    );
    files.insert(
        format!("{}core/off_by_one.rs", layout::MUTANTS),
        b"//! Flaw: adds one.\n".to_vec(),
    );
    files
}

fn offences_after(change: impl FnOnce(&mut BTreeMap<String, Vec<u8>>)) -> Vec<Offence> {
    let mut files = sound_folder();
    change(&mut files);
    from_files("add-two", &files).unwrap_err()
}

#[test]
fn a_sound_folder_becomes_a_problem() {
    let problem = from_files("add-two", &sound_folder()).unwrap();
    assert_eq!(problem.title, "Add two");
    assert_eq!(problem.suites.len(), 5);
    assert_eq!(
        problem.suites[0].checks[0].study.as_deref(),
        Some("Study sums.")
    );
    assert_eq!(problem.mutants[0].flaw, "adds one.");
    assert_eq!(
        problem.clarifications[0].keys,
        [vec!["overflow", "wrap"], vec!["big", "large"]]
    );
}

#[test]
fn every_offence_of_a_folder_is_told_at_once() {
    let offences = offences_after(|files| {
        files.remove(layout::STATEMENT);
        files.insert("notes.txt".to_owned(), Vec::new());
        files.insert(layout::STARTER.to_owned(), vec![b'a', b'\n', 0xff]);
        files.insert(
            format!("{}edge/quiet.rs", layout::MUTANTS),
            b"fn main() {}".to_vec(),
        );
        files.insert(layout::suite(Category::Edge), b"fn broken( {".to_vec());
        files.insert(layout::suite(Category::Core), b"fn no_tests() {}".to_vec());
    });
    let told: Vec<(&str, Option<usize>)> =
        offences.iter().map(|o| (o.file.as_str(), o.line)).collect();
    assert_eq!(
        told,
        [
            ("notes.txt", None),
            ("solutions/mutants/edge/quiet.rs", Some(1)),
            ("starter.rs", Some(2)),
            ("statement.md", None),
            ("suites/core.rs", None),
            ("suites/edge.rs", Some(1)),
        ]
    );
    assert!(offences.iter().all(|offence| !offence.mend.is_empty()));
}

#[test]
fn a_typo_in_the_manifest_is_told_with_its_line() {
    let offences = offences_after(|files| {
        let text = SOUND
            .replace("difficulty = 1", "dificulty = 1")
            .replace("core = 30", "core = 31");
        files.insert(layout::MANIFEST.to_owned(), text.into_bytes());
    });
    let told: Vec<(Option<usize>, &str)> =
        offences.iter().map(|o| (o.line, o.what.as_str())).collect();
    assert_eq!(
        told,
        [
            (None, "the key `difficulty` is missing"),
            (Some(7), "the key `dificulty` is unknown"),
            (Some(10), "the weights add up to 101, not to 100"),
        ]
    );
}

#[test]
fn a_value_of_the_wrong_type_is_told_with_its_line() {
    let offences = offences_after(|files| {
        files.insert(
            layout::MANIFEST.to_owned(),
            SOUND.replace("tier = 1", "tier = \"one\"").into_bytes(),
        );
    });
    assert_eq!(offences[0].line, Some(3));
}

#[test]
fn a_folder_name_that_is_no_id_is_told() {
    let offences = from_files("Add Two", &sound_folder()).unwrap_err();
    assert!(offences[0].what.contains("no problem id"), "{offences:?}");
}

#[test]
fn a_check_without_a_sentence_for_a_name_is_told() {
    let offences = offences_after(|files| {
        files.insert(
            layout::suite(Category::Core),
            b"#[test]\nfn test1() {}\n".to_vec(),
        );
    });
    assert!(offences[0].what.contains("`test1`"), "{offences:?}");
}

#[test]
fn a_statement_that_nobody_wrote_yet_is_told() {
    let offences = offences_after(|files| {
        files.insert(
            layout::STATEMENT.to_owned(),
            b"# Title\n\nTODO(author): write.\n".to_vec(),
        );
    });
    assert_eq!(
        (offences[0].file.as_str(), offences[0].line),
        ("statement.md", Some(3))
    );
}
