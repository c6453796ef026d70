//! `study/plans/*.toml` → courses of study, or every offence in one.

use serde::Deserialize;

use super::Offence;
use crate::{
    assets,
    domain::{
        attempt::Mode,
        plan::{Choice, Part, Plan, Step},
        problem::ProblemId,
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPlan {
    format: u32,
    title: String,
    about: String,
    parts: Vec<RawPart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPart {
    title: String,
    steps: Vec<RawStep>,
    #[serde(default)]
    beside: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    mode: Mode,
    problem: Option<String>,
    #[serde(default)]
    any: Vec<String>,
    unseen_tier: Option<u8>,
}

/// Ids of the plans inside the binary, ascending.
pub fn ids() -> Vec<String> {
    assets::study("plans")
        .keys()
        .filter_map(|name| name.strip_suffix(".toml"))
        .map(str::to_owned)
        .collect()
}

/// A plan by its id; none if there is no such plan. Offences would be ours: a test reads every plan.
pub fn load(id: &str) -> Option<Result<Plan, Vec<Offence>>> {
    let file = format!("{id}.toml");
    let texts = assets::study("plans");
    Some(read(id, &file, texts.get(&file)?))
}

fn read(id: &str, file: &str, text: &str) -> Result<Plan, Vec<Offence>> {
    let raw: RawPlan = toml::from_str(text).map_err(|error| {
        let line = error
            .span()
            .map(|span| text[..span.start].matches('\n').count() + 1);
        let mend = "write `format`, `title`, `about`, and [[parts]] with `title` and `steps`";
        vec![Offence::new(file, error.message(), mend).at(line)]
    })?;
    let mut offences = Vec::new();
    if raw.format != 1 {
        offences.push(Offence::new(
            file,
            "the format is not 1",
            "write `format = 1`",
        ));
    }
    let parts = raw
        .parts
        .into_iter()
        .map(|part| Part {
            steps: part
                .steps
                .into_iter()
                .filter_map(|step| {
                    step_of(step)
                        .map_err(|(what, mend)| {
                            let what = format!("part \"{}\": {what}", part.title);
                            offences.push(Offence::new(file, what, mend));
                        })
                        .ok()
                })
                .collect(),
            title: part.title,
            beside: part.beside,
        })
        .collect();
    if offences.is_empty() {
        Ok(Plan {
            id: id.to_owned(),
            title: raw.title,
            about: raw.about,
            parts,
        })
    } else {
        Err(offences)
    }
}

fn step_of(raw: RawStep) -> Result<Step, (String, &'static str)> {
    let RawStep {
        mode,
        problem,
        any,
        unseen_tier,
    } = raw;
    let ids: Vec<String> = problem.into_iter().chain(any).collect();
    if let Some(odd) = ids.iter().find(|id| ProblemId::new(id).is_none()) {
        let mend = "name a problem with lower-case words joined by hyphens";
        return Err((format!("\"{odd}\" is no problem id"), mend));
    }
    let choice = match (unseen_tier, ids.is_empty()) {
        (None, false) => Choice::AnyOf(ids),
        (Some(tier), true) => Choice::Unseen(tier),
        _ => {
            let what = "a step names no problem, or a problem and a tier".to_owned();
            return Err((what, "write `problem`, `any` or `unseen_tier`"));
        }
    };
    Ok(Step { mode, choice })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plan_inside_the_binary_can_be_read() {
        assert_eq!(ids(), ["six-weeks", "three-days"]);
        for id in ids() {
            let plan = load(&id).expect("it is inside").expect("it has no offence");
            assert!(plan.parts.iter().all(|part| part.steps.len() >= 4), "{id}");
        }
        assert!(load("two-hours").is_none());
    }

    #[test]
    fn every_fault_is_told_with_its_part() {
        let text = "format = 2\ntitle = \"t\"\nabout = \"a\"\n[[parts]]\ntitle = \"one\"\n\
                    steps = [{ mode = \"drill\" }, { mode = \"mock\", problem = \"No Id\" }]\n";
        let offences = read("x", "x.toml", text).unwrap_err();
        let told: Vec<String> = offences.iter().map(ToString::to_string).collect();
        assert_eq!(offences.len(), 3, "{told:?}");
        assert!(told[1].contains("part \"one\""), "{told:?}");
        assert!(told[2].contains("\"No Id\" is no problem id"), "{told:?}");
    }

    #[test]
    fn an_unknown_key_is_told_with_its_line() {
        let text = "format = 1\ntitle = \"t\"\nabout = \"a\"\nparts = []\ncolour = 3\n";
        let offences = read("x", "x.toml", text).unwrap_err();
        assert_eq!(offences[0].line, Some(5), "{offences:?}");
    }
}
