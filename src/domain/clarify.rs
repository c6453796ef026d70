//! Matches a typed question to the ones that the interviewer can answer.
//!
//! The language is the bank's: a clarification has groups of alternatives; a typed question matches if every group has an
//! alternative in it. A single word counts as the beginning of a typed word, several words count wherever they stand.

use super::problem::Clarification;

/// How well a clarification fits a typed question; the larger wins, earlier in the list wins a draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    groups: usize,
    letters: usize,
}

/// The clarification that a typed question asks for; none if the interviewer has no answer to it.
///
/// Several may match: the one with the most groups wins, then the one with the longest matched text, then the first.
pub fn answer<'p>(clarifications: &'p [Clarification], typed: &str) -> Option<&'p Clarification> {
    let words = words(typed);
    let mut best: Option<(Fit, &Clarification)> = None;
    for clarification in clarifications {
        let Some(fit) = fit(clarification, &words) else {
            continue;
        };
        if best.is_none_or(|(so_far, _)| fit > so_far) {
            best = Some((fit, clarification));
        }
    }
    best.map(|(_, clarification)| clarification)
}

/// How a clarification fits; none if a group has no alternative in the words, or if there is no group at all.
fn fit(clarification: &Clarification, words: &[String]) -> Option<Fit> {
    let mut letters = 0;
    for group in &clarification.keys {
        letters += group
            .iter()
            .filter_map(|alternative| matched_letters(alternative, words))
            .max()?;
    }
    (!clarification.keys.is_empty()).then_some(Fit {
        groups: clarification.keys.len(),
        letters,
    })
}

/// Length of the alternative in letters if it occurs in the words.
fn matched_letters(alternative: &str, typed: &[String]) -> Option<usize> {
    let wanted = words(alternative);
    let text = wanted.join(" ");
    let found = match wanted.as_slice() {
        [] => false,
        [word] => typed
            .iter()
            .any(|candidate| candidate.starts_with(word.as_str())),
        _ => typed.join(" ").contains(&text),
    };
    found.then(|| text.chars().count())
}

/// Lower-case words of letters and digits; an apostrophe vanishes, so that `hasn't` is one word.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace(['\'', '\u{2019}'], "")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `keys` as the bank writes them: `a/b; c/d`.
    fn clarification(question: &str, keys: &str) -> Clarification {
        Clarification {
            question: question.to_owned(),
            answer: String::new(),
            tested: false,
            keys: keys
                .split(';')
                .map(|group| {
                    group
                        .split('/')
                        .map(|word| word.trim().to_owned())
                        .collect()
                })
                .collect(),
        }
    }

    fn asked<'p>(list: &'p [Clarification], typed: &str) -> Option<&'p str> {
        answer(list, typed).map(|found| found.question.as_str())
    }

    #[test]
    fn every_group_must_have_an_alternative() {
        let list = [clarification("ttl", "read/get; ttl/expir/extend")];
        assert_eq!(
            asked(&list, "Does a READ extend the life of an entry?"),
            Some("ttl")
        );
        assert_eq!(asked(&list, "does getting it delay expiry"), Some("ttl"));
        assert_eq!(asked(&list, "what happens on a read?"), None);
        assert_eq!(asked(&list, ""), None);
    }

    #[test]
    fn a_single_word_counts_only_as_the_beginning_of_a_word() {
        let list = [clarification("key", "key")];
        assert_eq!(asked(&list, "what are the keys?"), Some("key"));
        assert_eq!(asked(&list, "can a monkey use it?"), None);
    }

    #[test]
    fn several_words_count_wherever_they_stand_whatever_separates_them() {
        let list = [clarification("lock", "lock-free/hasn't seen")];
        assert_eq!(asked(&list, "must it be lock  free?"), Some("lock"));
        assert_eq!(asked(&list, "a block-free design"), Some("lock"));
        assert_eq!(
            asked(&list, "a user who hasn\u{2019}t seen it"),
            Some("lock")
        );
        assert_eq!(asked(&list, "free the lock"), None);
    }

    #[test]
    fn the_tie_goes_to_groups_then_letters_then_the_first() {
        let list = [
            clarification("one group", "capacity of the cache"),
            clarification("two groups", "cap; zero"),
            clarification("two longer groups", "capac; zero"),
            clarification("as long", "capac; zero"),
        ];
        assert_eq!(
            asked(&list, "can the capacity of the cache be zero"),
            Some("two longer groups")
        );
        assert_eq!(
            asked(&list, "the capacity of the cache?"),
            Some("one group")
        );
    }

    #[test]
    fn keys_without_a_letter_match_nothing() {
        assert_eq!(asked(&[clarification("none", "?/ ")], "what? "), None);
        let mut empty = clarification("none", "a");
        empty.keys.clear();
        assert_eq!(asked(&[empty], "a"), None);
    }

    /// A small generator, so that the properties below need no clock and no crate.
    fn next(seed: &mut u64) -> usize {
        *seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) as usize
    }

    #[test]
    fn a_match_survives_more_words_other_case_and_other_separators() {
        const WORDS: [&str; 8] = [
            "read", "ttl", "zero", "key", "lock", "window", "order", "full",
        ];
        const NOISE: [&str; 6] = ["what", "if", "the", "does", "it", "and"];
        const SEPARATORS: [&str; 4] = [" ", ", ", "  ", "?! "];
        let mut seed = 7;
        for _ in 0..2_000 {
            let list: Vec<Clarification> = (0..4)
                .map(|at| {
                    let keys = format!(
                        "{}; {}",
                        WORDS[next(&mut seed) % 8],
                        WORDS[next(&mut seed) % 8]
                    );
                    clarification(&at.to_string(), &keys)
                })
                .collect();
            let plain: Vec<&str> = (0..3).map(|_| WORDS[next(&mut seed) % 8]).collect();
            let mut dressed = String::new();
            for word in &plain {
                dressed += NOISE[next(&mut seed) % 6];
                dressed += SEPARATORS[next(&mut seed) % 4];
                dressed += &word.to_uppercase();
                dressed += SEPARATORS[next(&mut seed) % 4];
            }
            assert_eq!(
                asked(&list, &plain.join(" ")),
                asked(&list, &dressed),
                "{plain:?} and {dressed:?}"
            );
        }
    }

    #[test]
    fn a_question_made_of_its_own_keys_is_always_answered() {
        let mut seed = 11;
        for _ in 0..2_000 {
            let groups: Vec<String> = (0..1 + next(&mut seed) % 3)
                .map(|_| format!("w{}/x{}", next(&mut seed) % 50, next(&mut seed) % 50))
                .collect();
            let typed: Vec<&str> = groups
                .iter()
                .filter_map(|group| group.split('/').next())
                .collect();
            let list = [clarification("it", &groups.join("; "))];
            assert_eq!(asked(&list, &typed.join(" ")), Some("it"));
        }
    }
}
