//! The reference and the other designs beside the own code, after the end.

use super::report::Debrief;
use crate::{
    tui::state::{Body, Reader, Scroll},
    wording,
};

/// The own code first, then the reference and the alternates; the reference is open.
pub fn pages(debrief: &Debrief) -> Reader {
    let own = debrief.submission.as_ref();
    let own = own.and_then(|one| one.files.get("src/lib.rs"));
    let mut pages: Vec<(String, Body)> = own
        .map(|code| ("Your src/lib.rs".to_owned(), Body::Code(code.clone())))
        .into_iter()
        .collect();
    let page = pages.len();
    let reference = &debrief.problem.reference;
    pages.push((
        "The reference".to_owned(),
        Body::Code(reference.source.clone()),
    ));
    for other in &debrief.problem.alternates {
        let title = format!("Another design: {}", wording::sentence(&other.name));
        pages.push((title, Body::Code(other.source.clone())));
    }
    Reader {
        pages,
        page,
        scroll: Scroll::default(),
    }
}
