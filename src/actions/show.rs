//! One problem of the library.

use super::{Failure, House};
use crate::{catalog, domain::problem::Problem};

/// How many letters may be wrong in a name that is still understood.
const TYPOS: usize = 4;

/// Loads a problem. Fails with `Usage` and the nearest names if there is none, with `Author` if its folder is broken.
pub fn show(house: &House, id: &str) -> Result<Problem, Failure> {
    let ids = house.library.problem_ids().map_err(|error| {
        Failure::usage(
            format!("cannot list the library: {error}"),
            "name a folder of problems with --library DIR",
        )
    })?;
    if !ids.iter().any(|known| known == id) {
        return Err(unknown(id, &ids));
    }
    catalog::load(&house.library, id).map_err(|offences| Failure::Author {
        id: id.to_owned(),
        offences,
    })
}

fn unknown(id: &str, ids: &[String]) -> Failure {
    let mut near: Vec<(usize, &String)> = ids
        .iter()
        .filter_map(|known| {
            let part = id.len() >= 3
                && (known.contains(id)
                    || known
                        .split('-')
                        .any(|word| word.len() > 3 && id.contains(word)));
            let distance = distance(id, known);
            (part || distance <= TYPOS.min(id.len() / 2)).then_some((distance, known))
        })
        .collect();
    near.sort();
    let names: Vec<&str> = near
        .iter()
        .take(3)
        .map(|(_, known)| known.as_str())
        .collect();
    let remedy = match names.as_slice() {
        [] => "`fiftyten list` names all problems".to_owned(),
        names => format!("did you mean {}?", names.join(", ")),
    };
    Failure::usage(format!("there is no problem named {id}"), remedy)
}

/// Letters to insert, delete or replace to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_finds_its_neighbours() {
        let ids: Vec<String> = ["lru-ttl-cache", "token-bucket", "bounded-buffer"]
            .map(str::to_owned)
            .into();
        for (typed, meant) in [
            ("lru-tll-cache", "lru-ttl-cache"),
            ("bucket", "token-bucket"),
            ("bounded_buffer", "bounded-buffer"),
        ] {
            let Failure::Usage { remedy, .. } = unknown(typed, &ids) else {
                panic!("not the user's turn")
            };
            assert!(remedy.contains(meant), "{typed}: {remedy}");
        }
        let Failure::Usage { remedy, .. } = unknown("zzz", &ids) else {
            panic!("not the user's turn")
        };
        assert!(remedy.contains("list"), "{remedy}");
    }
}
