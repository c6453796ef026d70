//! Which files may be opened: a Landlock domain, made before the fork and entered after it.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, Scope,
};

use super::view::View;

/// The newest interface that the rules below were written for; an older kernel enforces the part it knows.
const KNOWN: ABI = ABI::V7;

/// A domain in which `readable` may be read and run and the view's own folders may be written. None without Landlock.
pub fn domain(view: &View, readable: &[PathBuf]) -> Option<OwnedFd> {
    build(view, readable).ok().and_then(Option::<OwnedFd>::from)
}

fn build(view: &View, readable: &[PathBuf]) -> Result<RulesetCreated, RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir | AccessFs::Execute;
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(KNOWN))?
        // No rule for any port: nothing is bound, nothing is connected to.
        .handle_access(AccessNet::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))?
        .create()?
        // The caller gives up new privileges itself, at its own time.
        .no_new_privs(false);
    for path in readable {
        rules = allow(rules, path, read)?;
    }
    for path in &view.write {
        rules = allow(
            rules,
            path,
            AccessFs::from_all(KNOWN) & !(AccessFs::MakeSock | AccessFs::IoctlDev),
        )?;
    }
    if view.compiles {
        rules = allow(
            rules,
            Path::new("/dev/null"),
            AccessFs::ReadFile | AccessFs::WriteFile,
        )?;
    }
    Ok(rules)
}

fn allow(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    // What is not there needs no rule.
    let Ok(beneath) = PathFd::new(path) else {
        return Ok(rules);
    };
    let access = if path.is_dir() {
        access
    } else {
        access & AccessFs::from_file(KNOWN)
    };
    rules.add_rule(PathBeneath::new(beneath, access))
}
