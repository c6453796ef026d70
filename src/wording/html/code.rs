//! Code on the page: the candidate's own, and after it the reference and the other designs.

use maud::{Markup, html};

use super::shown::shown;
use crate::{
    actions::Debriefing,
    wording::{
        capital,
        code::{Kind, Pieces, rust},
        sentence,
    },
};

/// The code that was judged; none if it was not kept.
pub(super) fn own(told: &Debriefing) -> Option<Markup> {
    let files = &told.submission.as_ref()?.files;
    Some(html! {
        @for (path, text) in files {
            h3 { code { (shown(path)) } }
            (listing(text))
        }
    })
}

/// The reference and the alternates, folded away.
pub(super) fn designs(told: &Debriefing) -> Markup {
    let problem = &told.problem;
    html! {
        p.faint { "Open one beside your own code, and say what it does better and what it costs." }
        details {
            summary { "The reference" }
            (listing(&problem.reference.source))
        }
        @for other in &problem.alternates {
            details {
                summary { "Another design: " (capital(&sentence(&other.name))) }
                (listing(&other.source))
            }
        }
    }
}

fn listing(text: &str) -> Markup {
    // A long line scrolls; whoever has no mouse reaches it with the keyboard.
    html! {
        pre tabindex="0" { code {
            @for (at, pieces) in rust(text).iter().enumerate() { (line(at + 1, pieces)) "\n" }
        } }
    }
}

fn line(number: usize, pieces: &Pieces) -> Markup {
    html! {
        span.no aria-hidden="true" { (number) }
        @for (kind, text) in pieces {
            @match class(*kind) {
                Some(class) => { span class=(class) { (shown(text)) } }
                None => { (shown(text)) }
            }
        }
    }
}

fn class(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Text => None,
        Kind::Keyword => Some("k"),
        Kind::Literal => Some("l"),
        Kind::Comment => Some("c"),
        Kind::Name => Some("n"),
    }
}
