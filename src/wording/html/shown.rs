//! Foreign text made fit to be read: what a page may not hold, or what turns the order of letters, becomes visible.

/// The text with control letters and turners of direction written out. Escaping is the page's work.
pub(super) fn shown(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\t' => clean.push(letter),
            '\r' => {}
            letter if letter.is_control() || turns(letter) || is_no_letter(letter) => {
                clean.push_str(&format!("<U+{:04X}>", u32::from(letter)));
            }
            letter => clean.push(letter),
        }
    }
    clean
}

/// Letters that make text read in another order than it is written.
fn turns(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Code points that no page may hold.
fn is_no_letter(letter: char) -> bool {
    let number = u32::from(letter);
    (0xfdd0..=0xfdef).contains(&number) || number & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_steer_a_terminal_or_an_eye_is_written_out() {
        assert_eq!(
            shown("a\u{1b}[31m\0\u{202e}b\r\n\u{fffe}"),
            "a<U+001B>[31m<U+0000><U+202E>b\n<U+FFFE>"
        );
        assert_eq!(shown("漢字 <b> & \"q\""), "漢字 <b> & \"q\"");
    }
}
