//! A course of study in words.

use super::{Line, Tone};
use crate::{
    actions::{Due, Picked},
    domain::plan::{Choice, Course, Standing, Step},
};

/// The plan with its steps; `now` in unix milliseconds tells what is due.
pub fn plan(course: &Course, due: &[Due], now: u64) -> Vec<Line> {
    let (done, of) = course.done();
    let next = course.next(now);
    let mut lines = vec![
        Line::new(
            Tone::Heading,
            format!("{}: {done} of {of} done", course.plan.title),
        ),
        Line::plain(course.plan.about.clone()),
    ];
    for (number, (part, standings)) in course.plan.parts.iter().zip(&course.standings).enumerate() {
        lines.push(Line::plain(""));
        lines.push(Line::new(
            Tone::Heading,
            format!("{}. {}", number + 1, part.title),
        ));
        for (index, (step, standing)) in part.steps.iter().zip(standings).enumerate() {
            let is_next = next == Some((number, index));
            lines.push(plan_step(step, standing, is_next, now));
        }
        lines.extend(
            part.beside
                .iter()
                .map(|beside| Line::new(Tone::Quiet, format!("    beside  {beside}"))),
        );
    }
    let due: Vec<&str> = due
        .iter()
        .filter(|due| due.at <= now)
        .map(|due| due.problem.as_str())
        .collect();
    if !due.is_empty() {
        lines.push(Line::plain(""));
        lines.push(Line::new(
            Tone::Warning,
            format!("due for another try: {}", due.join(", ")),
        ));
    }
    lines
}

/// One step of a plan.
pub fn plan_step(step: &Step, standing: &Standing, is_next: bool, now: u64) -> Line {
    let mark = if is_next { ">" } else { " " };
    let mode = step.mode.word();
    let (tone, word, what) = match standing {
        Standing::Done { problem, points } => {
            (Tone::Good, "done", format!("{problem}, {points:.0} points"))
        }
        Standing::Missed { problem, again_at } if *again_at <= now => {
            (Tone::Warning, "again", format!("{problem}, due now"))
        }
        Standing::Missed { problem, .. } => {
            (Tone::Warning, "again", format!("{problem}, due tomorrow"))
        }
        Standing::Open(ids) => (Tone::Plain, "open", open(&step.choice, ids)),
        Standing::NotHere => (Tone::Quiet, "later", away(&step.choice)),
    };
    Line::new(tone, format!("{mark} {word:<5}   {mode:<6}  {what}"))
}

fn open(choice: &Choice, ids: &[String]) -> String {
    match choice {
        Choice::AnyOf(_) => ids.join(" or "),
        Choice::Unseen(tier) => format!("a problem of tier {tier} that you have not seen"),
    }
}

fn away(choice: &Choice) -> String {
    match choice {
        Choice::AnyOf(ids) => format!("{}, not in this library", ids.join(" or ")),
        Choice::Unseen(tier) => format!("no problem of tier {tier} is left unseen"),
    }
}

/// Why a problem was picked for a mock.
pub fn picked(picked: &Picked) -> String {
    let Picked {
        problem,
        fresh,
        trains,
    } = picked;
    let mut why = format!("tier {}, {}", problem.tier, problem.group);
    if *fresh {
        why += "; not tried in the last two weeks";
    } else {
        why += "; everything was tried in the last two weeks";
    }
    if !trains.is_empty() {
        let words: Vec<&str> = trains.iter().map(|category| category.word()).collect();
        why += &format!("; trains what is weak: {}", words.join(", "));
    }
    why
}
