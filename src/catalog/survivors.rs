//! `solutions/survivors.toml` → which small changes of the reference no check can notice, and why.

use serde::Deserialize;

use super::{Offence, layout::SURVIVORS};
use crate::domain::problem::Survivor;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    survivor: Vec<RawSurvivor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSurvivor {
    change: String,
    line: String,
    reason: String,
}

/// Reads the file; a problem without survivors has none.
pub(super) fn read(text: &str, offences: &mut Vec<Offence>) -> Vec<Survivor> {
    let raw: Raw = match toml::from_str(text) {
        Ok(raw) => raw,
        Err(error) => {
            let line = error
                .span()
                .map(|span| text[..span.start].matches('\n').count() + 1);
            let mend = "write [[survivor]] tables with `change`, `line` and `reason`";
            offences.push(Offence::new(SURVIVORS, error.message(), mend).at(line));
            return Vec::new();
        }
    };
    raw.survivor
        .into_iter()
        .map(|raw| {
            if raw.reason.trim().is_empty() {
                let what = format!("no reason is given for `{}`", raw.change);
                let mend = "say why no check can notice it, or write one that does";
                offences.push(Offence::new(SURVIVORS, what, mend));
            }
            Survivor {
                change: raw.change,
                line: raw.line,
                reason: raw.reason,
            }
        })
        .collect()
}
