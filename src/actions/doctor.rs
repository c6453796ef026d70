//! What this machine can do, and what it lacks.

use super::{Failure, House, list::load_all};
use crate::{
    history,
    judge::{self, Level},
};

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

fn finding(
    what: &str,
    health: Health,
    seen: impl Into<String>,
    remedy: impl Into<String>,
) -> Finding {
    Finding {
        what: what.to_owned(),
        health,
        seen: seen.into(),
        remedy: remedy.into(),
    }
}

/// Looks at everything that an attempt needs. Never fails: what is missing is a finding.
pub fn doctor(house: &House) -> Vec<Finding> {
    let mut findings = vec![toolchain(), cargo(), bench(house)];
    findings.extend(cage(house));
    findings.extend([data(house), problems(house), attempts(house), editor()]);
    findings
}

fn toolchain() -> Finding {
    match judge::Toolchain::find() {
        Ok(found) => finding("compiler", Health::Fine, found.name(), ""),
        Err(error) => finding(
            "compiler",
            Health::Broken,
            error.to_string(),
            error.remedy(),
        ),
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
        Ok(Some(seconds)) => finding(
            "bench",
            Health::Fine,
            format!("ready, built in {seconds:.0} s"),
            "",
        ),
        Ok(None) => finding(
            "bench",
            Health::Weak,
            "not built yet",
            "`fiftyten setup` builds it; the first run would do it too",
        ),
        Err(error) => finding("bench", Health::Broken, error.to_string(), error.remedy()),
    }
}

/// One line for the cage, and one for each layer that is missing with the way to it.
fn cage(house: &House) -> Vec<Finding> {
    let cage = match judge::cage_of(&house.cache) {
        Ok(cage) => cage,
        Err(error) => {
            return vec![finding(
                "sandbox",
                Health::Weak,
                error.to_string(),
                error.remedy(),
            )];
        }
    };
    let seen = format!("level {}: {}", cage.level.word(), cage.layers.join(", "));
    let mut findings = vec![match cage.level {
        Level::Full => finding("sandbox", Health::Fine, seen, ""),
        Level::Fallback => finding(
            "sandbox",
            Health::Weak,
            seen,
            "code can notice which files and processes there are, not read them; see below for what is missing",
        ),
        Level::None => finding(
            "sandbox",
            Health::Weak,
            seen,
            "good enough for your own code; do not score strangers' code here",
        ),
    }];
    findings.extend(cage.missing.iter().map(|missing| {
        let what = format!("sandbox {}", missing.layer);
        finding(
            &what,
            Health::Weak,
            missing.reason.clone(),
            way_to(&missing.layer),
        )
    }));
    findings
}

/// How to get a layer, for what this system says of itself.
fn way_to(layer: &str) -> String {
    let says = |file: &str, value: &str| {
        std::fs::read_to_string(file).is_ok_and(|text| text.trim() == value)
    };
    let way = match layer {
        "namespaces"
            if says(
                "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
                "1",
            ) =>
        {
            "AppArmor denies them: `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0` allows them until the next boot"
        }
        "namespaces" if says("/proc/sys/kernel/unprivileged_userns_clone", "0") => {
            "`sudo sysctl kernel.unprivileged_userns_clone=1` allows them until the next boot"
        }
        "namespaces" if says("/proc/sys/user/max_user_namespaces", "0") => {
            "`sudo sysctl user.max_user_namespaces=10000` allows them until the next boot"
        }
        "namespaces" => {
            "in a container: run it on the host, or with a seccomp profile that allows namespaces"
        }
        "landlock" => "needs Linux 5.13 with `landlock` in the kernel's `lsm=` list",
        "seccomp" => "needs a kernel with CONFIG_SECCOMP_FILTER, on x86_64, aarch64 or riscv64",
        _ => "see that nothing else limits this process from outside",
    };
    way.to_owned()
}

/// Tries what every attempt does: make a folder, write a file, flush it.
fn data(house: &House) -> Finding {
    let shown = house.data.display().to_string();
    let tried = std::fs::create_dir_all(&house.data)
        .and_then(|()| tempfile::NamedTempFile::new_in(&house.data))
        .and_then(|mut file| {
            std::io::Write::write_all(&mut file, &[0; 4096])
                .and_then(|()| file.as_file().sync_all())
        });
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
        Ok((sound, broken)) if broken.is_empty() && !sound.is_empty() => finding(
            "problems",
            Health::Fine,
            format!("{} sound", sound.len()),
            "",
        ),
        Ok((sound, broken)) => {
            let names: Vec<&str> = broken.iter().map(|(id, _)| id.as_str()).collect();
            let seen = format!(
                "{} sound, {} broken: {}",
                sound.len(),
                broken.len(),
                names.join(", ")
            );
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
        Err(failure) => finding(
            "attempts",
            Health::Broken,
            failure.to_string(),
            "see the data folder",
        ),
    }
}

fn editor() -> Finding {
    let named = ["VISUAL", "EDITOR"].into_iter().find_map(|name| {
        let value = std::env::var(name)
            .ok()
            .filter(|value| !value.trim().is_empty())?;
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
