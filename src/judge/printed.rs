//! What a test of the candidate's own printed, without the words of the test harness.

use super::clean::clean;

/// More lines than these are not kept.
const LINES: usize = 200;

/// The candidate's own words on both outputs of a process that ran `test` alone; none if there are none.
pub fn printed(stdout: &[u8], stderr: &[u8], test: &str) -> Option<String> {
    let (out, err) = (
        String::from_utf8_lossy(stdout),
        String::from_utf8_lossy(stderr),
    );
    // The harness writes what it says about a panic to the same place.
    let err = err.split("\nthread '").next().unwrap_or_default();
    let err = if err.starts_with("thread '") { "" } else { err };
    let both = format!("{}\n{err}", own_part(&out, test).trim_end());
    let kept: Vec<&str> = both.lines().take(LINES).collect();
    let text = clean(
        kept.join("\n")
            .trim_end_matches(['\n', ' '])
            .trim_start_matches('\n'),
    );
    (!text.trim().is_empty()).then_some(text)
}

/// What stands between the harness's first line about the test and its verdict on it.
fn own_part<'t>(text: &'t str, test: &str) -> &'t str {
    let head = format!("test {test} ... ");
    let Some((_, after)) = text.split_once(&head) else {
        return "";
    };
    let verdict = |end: &str| after.rfind(&format!("{end}\n\nfailures:\n\nfailures:\n"));
    match verdict("FAILED").or_else(|| verdict("FAILED\n")) {
        Some(end) => &after[..end],
        None => after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(own: &str) -> String {
        format!(
            "\nrunning 1 test\ntest mine::adds ... {own}FAILED\n\nfailures:\n\nfailures:\n    mine::adds\n\ntest result: FAILED. 0 passed; 1 failed\n\n"
        )
    }

    #[test]
    fn only_the_candidates_own_words_are_left() {
        let found = |out: &str, err: &str| printed(out.as_bytes(), err.as_bytes(), "mine::adds");
        assert_eq!(
            found(&told("one\ntwo FAILED\n"), ""),
            Some("one\ntwo FAILED".to_owned())
        );
        assert_eq!(found(&told(""), ""), None);
        assert_eq!(
            found(&told(""), "[src/lib.rs:1:1] 2 + 2 = 4\n"),
            Some("[src/lib.rs:1:1] 2 + 2 = 4".to_owned())
        );
        assert_eq!(
            found(&told(""), "thread 'mine::adds' panicked at x:\n"),
            None
        );
        // A process that was ended did not get as far as a verdict.
        assert_eq!(
            found("\nrunning 1 test\ntest mine::adds ... still here\n", ""),
            Some("still here".to_owned())
        );
    }

    #[test]
    fn escapes_are_gone_and_a_flood_is_cut() {
        let out = told(&"\u{1b}[2J\u{1b}]0;title\u{7}wet paint\n".repeat(5_000));
        let text = printed(out.as_bytes(), b"", "mine::adds").expect("something was printed");
        assert!(!text.contains('\u{1b}') && text.starts_with("wet paint\n"));
        assert!(text.lines().count() <= LINES);
    }
}
