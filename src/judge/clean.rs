//! Makes text that a candidate can influence fit to be shown in a terminal.

use serde_json::Value;

/// Longest text that is kept, in characters; far more than a person reads.
const LONGEST: usize = 8 * 1024;

/// Removes escape sequences, control characters and characters that change the direction of text.
///
/// Line ends and tabs stay. Too long a text is cut with a mark.
pub fn clean(text: &str) -> String {
    let mut kept = String::with_capacity(text.len().min(LONGEST));
    let mut length = 0;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\u{1b}' {
            skip_escape(&mut rest);
        } else if c == '\n' || c == '\t' || !(c.is_control() || turns_text_around(c)) {
            if length == LONGEST {
                kept.push_str(" […]");
                break;
            }
            kept.push(c);
            length += 1;
        }
    }
    kept
}

/// Skips what follows an escape character: a control sequence up to its last byte, or a string up to its end.
fn skip_escape(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match rest.next() {
        Some('[') => {
            for c in rest.by_ref() {
                if ('\u{40}'..='\u{7e}').contains(&c) {
                    break;
                }
            }
        }
        Some(']' | 'P' | '^' | '_' | 'X') => {
            while let Some(c) = rest.next() {
                if c == '\u{7}' || (c == '\u{1b}' && rest.next_if_eq(&'\\').is_some()) {
                    break;
                }
                // A string that never ends must not swallow the lines below it.
                if rest.peek() == Some(&'\n') {
                    break;
                }
            }
        }
        _ => {}
    }
}

fn turns_text_around(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// [`clean`] for every string in a value.
pub fn clean_value(value: &mut Value) {
    match value {
        Value::String(text) => *text = clean(text),
        Value::Array(items) => items.iter_mut().for_each(clean_value),
        Value::Object(fields) => fields.values_mut().for_each(clean_value),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn escapes_and_direction_marks_do_not_reach_the_terminal() {
        assert_eq!(
            clean("\u{1b}[31mred\u{1b}[0m \u{1b}]52;c;aGk=\u{7}x\u{202e}y\r\n\tz\u{9b}"),
            "red xy\n\tz"
        );
    }

    #[test]
    fn a_title_that_never_ends_swallows_its_line_only() {
        assert_eq!(clean("\u{1b}]0;evil\nkept"), "\nkept");
    }

    #[test]
    fn a_very_long_text_is_cut() {
        assert!(clean(&"x".repeat(100_000)).chars().count() < 9_000);
    }
}
