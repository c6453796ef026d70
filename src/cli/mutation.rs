//! Prints how the hidden suites did against small changes of the references, as a Markdown table that can be kept.

use super::{AUTHOR, Context, output::Stop, progress::Progress};
use crate::{
    actions::{self, MutateEvent, Mutated, Survived},
    domain::problem::Survivor,
    wording::Line,
};

/// The least share of viable changes that a problem's suites must notice, in percent.
const LEAST: f64 = 95.0;

const HEAD: &str = "\
# Mutation testing

Each reference is changed by cargo-mutants, one small change at a time, and judged by its hidden suites. `fiftyten problem mutate --all`
writes this page.

| problem | changes | do not compile | noticed | survive | noticed of viable |
|---|--:|--:|--:|--:|--:|";

/// `problem mutate`: exit code 3 if suites notice too little, or a survivor is unexplained.
pub(super) fn mutate_problems(context: &Context, ids: &[String]) -> Result<u8, Stop> {
    let mut progress = Progress::new(context.output);
    let (mut id, mut done, mut of) = (String::new(), 0, 0);
    let mut printed = context.output.lines(&[Line::plain(HEAD)]);
    let tried =
        actions::mutate_problems(
            &context.house,
            ids,
            &context.cancel,
            &mut |event| match event {
                MutateEvent::Bench(event) => progress.tell(&event),
                MutateEvent::Problem(problem, changes) => {
                    (id, done, of) = (problem.to_string(), 0, changes);
                }
                MutateEvent::Trying(what) => {
                    done += 1;
                    progress.working(&format!("{id}, {} of {of}: {what}", done.min(of)));
                }
                MutateEvent::Done(mutated) if printed.is_ok() => {
                    printed = context.output.lines(&[Line::plain(row(&mutated))]);
                }
                MutateEvent::Done(_) => {}
            },
        );
    progress.clear();
    let tried = tried?;
    printed?;
    let survivors: Vec<Line> = tried.iter().flat_map(survivors).collect();
    context.output.lines(&survivors)?;
    let good = |mutated: &Mutated| mutated.is_settled() && mutated.percent() >= LEAST;
    for mutated in tried.iter().filter(|mutated| !good(mutated)) {
        context.output.remark(&verdict(mutated));
    }
    Ok(if tried.iter().all(good) { 0 } else { AUTHOR })
}

fn row(mutated: &Mutated) -> String {
    let Mutated {
        id,
        unviable,
        killed,
        survivors,
        ..
    } = mutated;
    let viable = mutated.viable();
    format!(
        "| {id} | {} | {unviable} | {killed} | {} | {:.1} % |",
        viable + unviable,
        survivors.len(),
        mutated.percent()
    )
}

fn survivors(mutated: &Mutated) -> Vec<Line> {
    if mutated.survivors.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![
        Line::plain(""),
        Line::plain(format!("## {}: what survives", mutated.id)),
        Line::plain(""),
    ];
    lines.extend(mutated.survivors.iter().map(|survived| {
        let Survived {
            change,
            number,
            line,
            reason,
        } = survived;
        let reason = reason.as_deref().unwrap_or("NOT EXPLAINED");
        Line::plain(format!(
            "- line {number}, `{line}`: {change}. {}",
            reason.trim()
        ))
    }));
    lines
}

/// What is not yet good about a problem, and the mend.
fn verdict(mutated: &Mutated) -> String {
    let unexplained = mutated
        .survivors
        .iter()
        .filter(|survived| survived.reason.is_none())
        .count();
    let mut said = format!("{}:", mutated.id);
    if mutated.percent() < LEAST {
        said += &format!(
            " only {:.1} % noticed, {LEAST} % are asked for;",
            mutated.percent()
        );
    }
    if unexplained > 0 {
        said += &format!(" {unexplained} survivors are not explained;");
    }
    let stale = mutated.stale.iter().map(|Survivor { change, line, .. }| {
        format!(" the explanation of \"{change}\" at `{line}` is not needed any more;")
    });
    said.extend(stale);
    said += " sharpen a suite, or mend solutions/survivors.toml";
    said
}
