//! Rules that need no judge: the public face and the formatting.

use std::collections::BTreeSet;

use super::public_items;
use crate::{
    catalog::{Offence, layout},
    domain::problem::{Problem, Solution},
    judge::{self, Bench, JudgeError},
};

/// Starter with follow-up, reference, and alternates agree on every public item.
pub(super) fn starter_and_reference_offer_the_same_items(
    problem: &Problem,
    offences: &mut Vec<Offence>,
) {
    let promised = format!("{}\n{}", problem.starter, problem.followup_stub);
    let Some(promised) = items(layout::STARTER, &promised, offences) else {
        return;
    };
    for (file, solution) in correct_solutions(problem) {
        let Some(offered) = items(&file, &solution.source, offences) else {
            continue;
        };
        for lacking in promised.difference(&offered) {
            offences.push(Offence::new(
                &file,
                format!("the starter promises `{lacking}`, which this solution does not offer"),
                "give both the same public items",
            ));
        }
        for extra in offered.difference(&promised) {
            offences.push(Offence::new(
                &file,
                format!("this solution offers `{extra}`, which the starter does not promise"),
                "make it private, or add it to starter.rs or followup.rs",
            ));
        }
    }
}

/// Reference and alternates with their files.
pub(super) fn correct_solutions(problem: &Problem) -> impl Iterator<Item = (String, &Solution)> {
    let alternates = problem.alternates.iter().map(|solution| {
        (
            format!("{}{}.rs", layout::ALTERNATES, solution.name),
            solution,
        )
    });
    std::iter::once((layout::REFERENCE.to_owned(), &problem.reference)).chain(alternates)
}

/// The path of a mutant's file.
pub(super) fn mutant_file(mutant: &crate::domain::problem::Mutant) -> String {
    format!(
        "{}{}/{}.rs",
        layout::MUTANTS,
        layout::stem(mutant.category),
        mutant.solution.name
    )
}

fn items(file: &str, source: &str, offences: &mut Vec<Offence>) -> Option<BTreeSet<String>> {
    public_items::of(source)
        .map_err(|(message, line)| {
            offences.push(
                Offence::new(
                    file,
                    format!("this is not Rust: {message}"),
                    "mend the syntax",
                )
                .at(Some(line)),
            );
        })
        .ok()
}

/// Every Rust file of the folder is as rustfmt writes it.
pub(super) fn all_rust_is_formatted(
    bench: &Bench,
    problem: &Problem,
    offences: &mut Vec<Offence>,
) -> Result<(), JudgeError> {
    let mut files: Vec<(String, &str)> = vec![
        (layout::STARTER.to_owned(), &problem.starter),
        (layout::FOLLOWUP.to_owned(), &problem.followup_stub),
        (layout::SAMPLES.to_owned(), &problem.samples.source),
    ];
    files.extend(
        problem
            .suites
            .iter()
            .map(|suite| (layout::suite(suite.category), suite.source.as_str())),
    );
    files.extend(
        correct_solutions(problem).map(|(file, solution)| (file, solution.source.as_str())),
    );
    files.extend(
        problem
            .mutants
            .iter()
            .map(|mutant| (mutant_file(mutant), mutant.solution.source.as_str())),
    );
    for (file, line) in judge::unformatted(bench, &files)? {
        offences.push(
            Offence::new(
                file,
                "this file is not formatted",
                "run `rustfmt --edition 2024` on it",
            )
            .at(line),
        );
    }
    Ok(())
}
