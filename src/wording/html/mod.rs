//! The debrief as one page for a browser or a printer.
//!
//! Nothing comes from elsewhere: no script, no font, no picture, and the page itself forbids it. Everything that somebody
//! typed or that code printed goes through maud's escaping, after what could steer a reader's eye is made visible.

mod charts;
mod code;
mod parts;
mod shown;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::shown::shown;
use super::{band_meaning, capital, verdict_word};
use crate::actions::Debriefing;

/// Ours, not a candidate's: the only text that is not escaped.
const STYLE: &str = include_str!("style.css");

/// Forbids whatever escaping might have missed.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The page. `when` is the local time of the start, in words.
pub fn page(told: &Debriefing, when: &str) -> String {
    let report = &told.report;
    let title = format!("{}: {:.1} of 100", report.title, report.score.total);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (shown(&title)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { (head(told, when)) }
                (contents(told))
                main { (body(told)) }
                footer { (parts::circumstances(report)) }
            }
        }
    }
    .into_string()
}

fn head(told: &Debriefing, when: &str) -> Markup {
    let report = &told.report;
    let accepted = if report.verdict.accepted() {
        "good"
    } else {
        "bad"
    };
    html! {
        h1 { (shown(&report.title)) }
        p.faint {
            code { (shown(&report.problem)) }
            @if let Some(part) = &report.attempt { " · " (part.mode.word()) " · " (when) " · " code { (shown(&part.id)) } }
        }
        p.total {
            strong { (format!("{:.1}", report.score.total)) }
            span { "of 100" }
            span.band { (capital(report.score.band.word())) }
            span class=(accepted) { (verdict_word(&report.verdict)) }
        }
        p { (capital(band_meaning(report.score.band))) "." }
    }
}

/// A part of the page: where links lead, its heading, and what it says. None if there is nothing to say.
type Section = (&'static str, &'static str, Option<Markup>);

fn sections(told: &Debriefing) -> Vec<Section> {
    let report = &told.report;
    vec![
        ("score", "Score by part", Some(parts::score(report))),
        (
            "own",
            "Your own view beside the finding",
            parts::own(report),
        ),
        ("flags", "Red flags", parts::flags(report)),
        ("time", "Score over time", parts::time(&told.timeline)),
        ("failing", "What did not pass", parts::failing(told)),
        (
            "slow",
            "What passed without all points",
            parts::slow(report),
        ),
        ("suspicions", "Suspicions", parts::suspicions(report)),
        ("unexplored", "Not explored", parts::unexplored(report)),
        ("next", "What to drill next", parts::next(report)),
        ("session", "The session", parts::session(told)),
        ("code", "Your code", code::own(told)),
        ("designs", "Other designs", Some(code::designs(told))),
    ]
}

fn contents(told: &Debriefing) -> Markup {
    let there = sections(told)
        .into_iter()
        .filter(|(.., text)| text.is_some());
    html! {
        nav aria-label="Contents" {
            ul { @for (id, heading, _) in there { li { a href={ "#" (id) } { (heading) } } } }
            p.faint { "What is folded is printed if you open it first." }
        }
    }
}

fn body(told: &Debriefing) -> Markup {
    html! {
        @for (id, heading, text) in sections(told) {
            @if let Some(text) = text {
                section aria-labelledby=(id) {
                    h2 id=(id) { (heading) }
                    (text)
                }
            }
        }
    }
}
