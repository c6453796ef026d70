//! Lays out the skeleton of a new problem: complete, sound but for its brief, to be replaced piece by piece.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use crate::{assets, domain::problem::ProblemId};

/// Writes the skeleton of `id` below `folder` and returns its place.
///
/// Fails if something of that name exists, or if the disk does.
pub fn new_problem(id: &ProblemId, folder: &Path) -> anyhow::Result<PathBuf> {
    let place = folder.join(id.as_str());
    if place.exists() {
        bail!("{} exists already; nothing was changed", place.display());
    }
    for (name, template) in assets::templates("problem") {
        let path = place.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)
                .with_context(|| format!("could not create {}", parent.display()))?;
        }
        fs::write(&path, filled(template, id))
            .with_context(|| format!("could not write {}", path.display()))?;
    }
    Ok(place)
}

fn filled(template: &str, id: &ProblemId) -> String {
    let title = id.as_str().replace('-', " ");
    let mut letters = title.chars();
    let title: String = letters
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(letters)
        .collect();
    template
        .replace("{{id}}", id.as_str())
        .replace("{{crate}}", &id.crate_name())
        .replace("{{title}}", &title)
}
