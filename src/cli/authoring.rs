//! What authors of problems ask for: a skeleton, and the proof that a problem is sound.

use std::path::PathBuf;

use super::{AUTHOR, Context, output::Stop, progress::Progress};
use crate::{
    actions::{self, CheckEvent, Failure, Soundness},
    assets::Library,
    domain::problem::ProblemId,
    wording::{Line, Tone},
};

/// `problem new`: lays out the skeleton in the library's folder, or here.
pub(super) fn new_problem(context: &Context, id: &str) -> Result<u8, Stop> {
    let named = ProblemId::new(id).ok_or_else(|| {
        Failure::usage(
            format!("\"{id}\" is no problem id"),
            "lower-case words joined by hyphens, for example leaky-bucket",
        )
    })?;
    let folder = match &context.house.library {
        Library::Folder(folder) => folder.clone(),
        Library::Baked => PathBuf::from("."),
    };
    let nested = folder.join("problems");
    let folder = if nested.is_dir() { nested } else { folder };
    let made = actions::new_problem(&named, &folder)
        .map_err(|error| Failure::usage(format!("{error:#}"), ""))?;
    context
        .output
        .lines(&[Line::plain(made.display().to_string())])?;
    let library = folder.display();
    context.output.remark(&format!(
        "write its brief, then `fiftyten problem check {id} --library {library}`"
    ));
    Ok(0)
}

/// `problem check`: proves the problems named, or all. Exit code 3 if one is not sound.
pub(super) fn check_problems(context: &Context, ids: &[String]) -> Result<u8, Stop> {
    let mut progress = Progress::new(context.output);
    let mut id = String::new();
    let mut printed = Ok(());
    let proofs =
        actions::check_problems(
            &context.house,
            ids,
            &context.cancel,
            &mut |event| match event {
                CheckEvent::Bench(event) => progress.tell(&event),
                CheckEvent::Problem(problem) => id = problem.to_string(),
                CheckEvent::Judging(what) => progress.working(&format!("{id}: {what}")),
                CheckEvent::Proved(proof) if printed.is_ok() => {
                    printed = context.output.lines(&told(&proof))
                }
                CheckEvent::Proved(_) => {}
            },
        );
    progress.clear();
    let proofs = proofs?;
    printed?;
    let unsound = proofs
        .iter()
        .filter(|proof| !proof.offences.is_empty())
        .count();
    if proofs.len() > 1 {
        let (of, sound) = (proofs.len(), proofs.len() - unsound);
        context
            .output
            .lines(&[Line::plain(format!("{sound} of {of} problems are sound"))])?;
    }
    Ok(if unsound == 0 { 0 } else { AUTHOR })
}

fn told(proof: &Soundness) -> Vec<Line> {
    let Soundness {
        id,
        offences,
        kills,
        took,
    } = proof;
    let seconds = took.as_secs_f64();
    if offences.is_empty() {
        let convictions: usize = kills.values().map(Vec::len).sum();
        let checks = kills.len();
        let text = format!(
            "{id}: sound; {checks} hidden checks, {convictions} convictions of mutants, {seconds:.0} s"
        );
        return vec![Line::new(Tone::Good, text)];
    }
    let mut lines = vec![Line::new(
        Tone::Bad,
        format!("{id}: {} offences, {seconds:.0} s", offences.len()),
    )];
    lines.extend(offences.iter().flat_map(|offence| {
        let text = offence.to_string();
        text.lines()
            .map(|line| Line::plain(format!("  {line}")))
            .collect::<Vec<_>>()
    }));
    lines
}
