//! Begins an attempt.

use std::{fs, path::PathBuf};

use super::{Failure, House, Sitting, show};
use crate::{
    domain::{
        attempt::Mode,
        session::{Entry, Event},
    },
    history::{self, Manifest},
    workspace,
};

/// What is to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The problem's id.
    pub problem: String,
    /// How.
    pub mode: Mode,
    /// Where the package goes; inside the attempt if nothing is said. Must be empty or new.
    pub dir: Option<PathBuf>,
    /// The judge's seed; 0 is the normal verdict.
    pub seed: u64,
}

/// Lays out the workspace and starts the clock.
///
/// An attempt exists from the moment its journal and its manifest are on the disk; whatever fails before leaves nothing that
/// counts. Fails if the problem is unknown or broken, if the folder is not empty, or if the disk does.
pub fn start(house: &House, wish: &Wish) -> Result<Sitting, Failure> {
    let problem = show(house, &wish.problem)?;
    let outside = match &wish.dir {
        Some(dir) => Some(
            std::path::absolute(dir)
                .map_err(|error| Failure::usage(format!("{}: {error}", dir.display()), ""))?,
        ),
        None => None,
    };
    if let Some(dir) = &outside {
        workspace::lay_out(&problem, dir)?;
    }
    let started = house.now();
    let manifest = Manifest {
        format: 1,
        problem: problem.id.to_string(),
        mode: wish.mode,
        seed: wish.seed,
        started,
        workspace: outside.clone(),
    };
    let attempt = history::create(&house.data, &stamp(started), manifest)?;
    let begun = || -> Result<(), Failure> {
        if outside.is_none() {
            workspace::lay_out(&problem, &attempt.workspace())?;
        }
        let event = Event::Started {
            problem: problem.id.to_string(),
            mode: wish.mode,
            seed: wish.seed,
            drill_minutes: problem.drill_minutes,
        };
        attempt.journal().append(&[Entry::new(started, event)])?;
        history::seal(&attempt)?;
        Ok(())
    };
    if let Err(failure) = begun() {
        // Half an attempt is of no use to anybody; what cannot be removed either is left out of every list.
        let _ = fs::remove_dir_all(&attempt.dir);
        return Err(failure);
    }
    let mut sitting = Sitting::of(house, attempt)?;
    sitting.keep(house)?.ok();
    Ok(sitting)
}

/// Local time as the first half of an attempt's name.
fn stamp(now: u64) -> String {
    let moment =
        jiff::Timestamp::from_millisecond(i64::try_from(now).unwrap_or(0)).unwrap_or_default();
    moment
        .to_zoned(jiff::tz::TimeZone::system())
        .strftime("%Y%m%d-%H%M%S")
        .to_string()
}
