//! What this machine can do, and what it lacks.

use super::{Failure, House, list::load_all};
use crate::{history, judge};

/// How well something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// As it should be.
    Fine,
    /// Works, but less well.
    Weak,
    /// Stands in the way.
    Broken,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at: `compiler`, `bench`, …
    pub what: String,
    /// How well it is.
    pub health: Health,
    /// What was seen.
    pub seen: String,
    /// What to do about it; empty where all is fine.
    pub remedy: String,
}

fn finding(what: &str, health: Health, seen: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding {
        what: what.to_owned(),
        health,
        seen: seen.into(),
        remedy: remedy.into(),
    }
}

/// Looks at everything that an attempt needs. Never fails: what is missing is a finding.
pub fn doctor(house: &House) -> Vec<Finding> {
    vec![
        toolchain(),
        cargo(),
        bench(house),
        cage(),
        data(house),
        problems(house),
        attempts(house),
        editor(),
    ]
}

fn toolchain() -> Finding {
    match judge::Toolchain::find() {
        Ok(found) => finding("compiler", Health::Fine, found.name(), ""),
        Err(error) => finding("compiler", Health::Broken, error.to_string(), error.remedy()),
    }
}

fn cargo() -> Finding {
    match judge::Toolchain::find().and_then(|found| found.cargo()) {
        Ok(path) => finding("cargo", Health::Fine, path.display().to_string(), ""),
        Err(error) => finding("cargo", Health::Broken, error.to_string(), error.remedy()),
    }
}

fn bench(house: &House) -> Finding {
    match judge::bench_is_ready(&house.cache) {
        Ok(Some(seconds)) => finding("bench", Health::Fine, format!("ready, built in {seconds:.0} s"), ""),
        Ok(None) => finding(
            "bench",
            Health::Weak,
            "not built yet",
            "`fiftyten setup` builds it; the first run would do it too",
        ),
        Err(error) => finding("bench", Health::Broken, error.to_string(), error.remedy()),
    }
}

fn cage() -> Finding {
    let cage = judge::layers();
    let seen = format!("level {}: {}", cage.level, cage.layers.join(", "));
    match cage.level.as_str() {
        "full" => finding("sandbox", Health::Fine, seen, ""),
        _ => finding(
            "sandbox",
            Health::Weak,
            seen,
            "good enough for your own code; do not score strangers' code here",
        ),
    }
}

/// Tries what every attempt does: make a folder, write a file, flush it.
fn data(house: &House) -> Finding {
    let shown = house.data.display().to_string();
    let tried = std::fs::create_dir_all(&house.data)
        .and_then(|()| tempfile::NamedTempFile::new_in(&house.data))
        .and_then(|mut file| std::io::Write::write_all(&mut file, &[0; 4096]).and_then(|()| file.as_file().sync_all()));
    match tried {
        Ok(()) => finding("data folder", Health::Fine, shown, ""),
        Err(error) => finding(
            "data folder",
            Health::Broken,
            format!("{shown}: {error}"),
            "make it writable, or name another with --data DIR",
        ),
    }
}

fn problems(house: &House) -> Finding {
    match load_all(house) {
        Ok((sound, broken)) if broken.is_empty() && !sound.is_empty() => {
            finding("problems", Health::Fine, format!("{} sound", sound.len()), "")
        }
        Ok((sound, broken)) => {
            let names: Vec<&str> = broken.iter().map(|(id, _)| id.as_str()).collect();
            let seen = format!("{} sound, {} broken: {}", sound.len(), broken.len(), names.join(", "));
            finding(
                "problems",
                Health::Broken,
                seen,
                "`fiftyten problem check` tells every offence with its mend",
            )
        }
        Err(failure) => finding(
            "problems",
            Health::Broken,
            failure.to_string(),
            "name a folder of problems with --library DIR",
        ),
    }
}

fn attempts(house: &House) -> Finding {
    match history::list(&house.data).map_err(Failure::from) {
        Ok((attempts, broken)) if broken.is_empty() => {
            finding("attempts", Health::Fine, attempts.len().to_string(), "")
        }
        Ok((attempts, broken)) => {
            let seen = format!("{} readable; {}", attempts.len(), broken[0]);
            finding(
                "attempts",
                Health::Weak,
                seen,
                "mend or move the folder named here; the others are fine",
            )
        }
        Err(failure) => finding("attempts", Health::Broken, failure.to_string(), "see the data folder"),
    }
}

fn editor() -> Finding {
    let named = ["VISUAL", "EDITOR"].into_iter().find_map(|name| {
        let value = std::env::var(name).ok().filter(|value| !value.trim().is_empty())?;
        Some(format!("${name} is {value}"))
    });
    match named {
        Some(seen) => finding("editor", Health::Fine, seen, ""),
        None => finding(
            "editor",
            Health::Weak,
            "neither $VISUAL nor $EDITOR is set",
            "set $EDITOR, or open the workspace yourself",
        ),
    }
}
