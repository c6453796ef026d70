//! The questions of the real bank are found by their own wording.

use fiftyten::{assets::Library, catalog, domain::clarify};

#[test]
fn every_question_of_the_bank_finds_its_own_answer() {
    let (problems, _) = catalog::load_all(&Library::Baked).expect("the bank is inside");
    assert!(!problems.is_empty());
    let mut wrong = Vec::new();
    for problem in &problems {
        for one in &problem.clarifications {
            let found = clarify::answer(&problem.clarifications, &one.question)
                .map(|found| found.question.as_str());
            if found != Some(one.question.as_str()) {
                wrong.push(format!(
                    "{}: {:?} finds {found:?}",
                    problem.id, one.question
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
