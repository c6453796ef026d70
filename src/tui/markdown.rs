//! Markdown → styled lines, wrapped to a width with hanging indents, code kept as it is but for the edge of the column.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use ratatui::{
    style::{Modifier, Style},
    text::{Line, Span},
};
use unicode_width::UnicodeWidthStr;

use super::{
    highlight, prose,
    theme::{Role, Theme},
};

/// Renders a text for a column of `width` cells. Code keeps its lines; what is too long goes on further in.
pub fn render(text: &str, width: u16, theme: Theme) -> Vec<Line<'static>> {
    let mut page = Page {
        width: usize::from(width.max(10)),
        theme,
        ..Page::default()
    };
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        page.take(event);
    }
    page.end_paragraph();
    while page.lines.last().is_some_and(|line| line.width() == 0) {
        page.lines.pop();
    }
    page.lines
}

/// What is being written, with the blocks that are open around it.
#[derive(Default)]
struct Page {
    width: usize,
    theme: Theme,
    lines: Vec<Line<'static>>,
    /// Words of the paragraph so far, with their styles; a space separates two of them unless `glued`.
    words: Vec<Word>,
    styles: Vec<Style>,
    lists: Vec<Option<u64>>,
    /// The mark of the list item that has not been written yet.
    bullet: Option<String>,
    code: Option<(String, String)>,
    quote_depth: usize,
    row: Vec<String>,
    in_cell: bool,
}

struct Word {
    text: String,
    style: Style,
    glued: bool,
}

impl Page {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.code.is_some() => {
                if let Some((_, code)) = &mut self.code {
                    code.push_str(&text);
                }
            }
            Event::Text(text) if self.in_cell => self.cell(&text),
            Event::Code(text) if self.in_cell => self.cell(&text),
            Event::Text(text) => self.text(&text, self.style()),
            Event::Code(text) => {
                let style = self.style().patch(self.theme.style(Role::Accent));
                self.text(&text, style);
            }
            Event::SoftBreak => self.text(" ", Style::new()),
            Event::HardBreak => self.end_paragraph(),
            Event::Rule => {
                self.end_paragraph();
                self.lines.push(Line::styled(
                    "─".repeat(self.width.min(40)),
                    self.theme.style(Role::Frame),
                ));
                self.blank();
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.end_paragraph();
                let underline = level == HeadingLevel::H1;
                let heading = self.theme.style(Role::Heading);
                self.styles.push(if underline {
                    heading.add_modifier(Modifier::UNDERLINED)
                } else {
                    heading
                });
            }
            Tag::Strong => self.styles.push(Style::new().add_modifier(Modifier::BOLD)),
            Tag::Emphasis => self
                .styles
                .push(Style::new().add_modifier(Modifier::ITALIC)),
            Tag::List(first) => {
                self.end_paragraph();
                self.lists.push(first);
            }
            Tag::Item => {
                self.end_paragraph();
                let mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".to_owned(),
                };
                self.bullet = Some(mark);
            }
            Tag::BlockQuote(_) => {
                self.end_paragraph();
                self.quote_depth += 1;
            }
            Tag::CodeBlock(kind) => {
                self.end_paragraph();
                let language = match kind {
                    CodeBlockKind::Fenced(name) => name.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new()));
            }
            Tag::TableCell => {
                self.row.push(String::new());
                self.in_cell = true;
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => {
                self.end_paragraph();
                if self.lists.is_empty() {
                    self.blank();
                }
            }
            TagEnd::Heading(_) => {
                self.end_paragraph();
                self.styles.pop();
                self.blank();
            }
            TagEnd::Strong | TagEnd::Emphasis => {
                self.styles.pop();
            }
            TagEnd::Item => self.end_paragraph(),
            TagEnd::List(_) => {
                self.lists.pop();
                if self.lists.is_empty() {
                    self.blank();
                }
            }
            TagEnd::BlockQuote(_) => self.quote_depth -= 1,
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::TableCell => self.in_cell = false,
            TagEnd::TableHead | TagEnd::TableRow => {
                let row = std::mem::take(&mut self.row).join("  ·  ");
                let style = if tag == TagEnd::TableHead {
                    self.theme.style(Role::Heading)
                } else {
                    Style::new()
                };
                self.text(&row, style);
                self.end_paragraph();
            }
            TagEnd::Table => self.blank(),
            _ => {}
        }
    }

    fn style(&self) -> Style {
        self.styles
            .iter()
            .fold(Style::new(), |all, style| all.patch(*style))
    }

    fn cell(&mut self, text: &str) {
        if let Some(cell) = self.row.last_mut() {
            cell.push_str(text);
        }
    }

    /// Splits running text into words; a piece that touches the one before it is glued to it.
    fn text(&mut self, text: &str, style: Style) {
        let mut glued = !text.starts_with(char::is_whitespace);
        for word in text.split_whitespace() {
            self.words.push(Word {
                text: word.to_owned(),
                style,
                glued,
            });
            glued = false;
        }
        if text.ends_with(char::is_whitespace) {
            self.words.push(Word {
                text: String::new(),
                style,
                glued: false,
            });
        }
    }

    fn end_paragraph(&mut self) {
        let words = std::mem::take(&mut self.words);
        if words.iter().all(|word| word.text.is_empty()) && self.bullet.is_none() {
            return;
        }
        let quote = "│ ".repeat(self.quote_depth);
        let depth = self.lists.len().saturating_sub(1);
        let mark = self.bullet.take().unwrap_or_else(|| {
            if self.lists.is_empty() {
                String::new()
            } else {
                "  ".into()
            }
        });
        let first = format!("{quote}{}{mark}", "  ".repeat(depth));
        let rest = format!("{quote}{}{}", "  ".repeat(depth), " ".repeat(mark.width()));
        self.lines.extend(wrap(words, &first, &rest, self.width));
    }

    fn end_code(&mut self) {
        let Some((language, code)) = self.code.take() else {
            return;
        };
        let lines = if language.starts_with("rust") {
            highlight::rust(&code, self.theme)
        } else {
            highlight::plain(&code)
        };
        for mut line in lines {
            line.spans.insert(0, Span::raw("  "));
            self.lines.extend(prose::folded(line, self.width));
        }
        self.blank();
    }

    fn blank(&mut self) {
        if self.lines.last().is_some_and(|line| line.width() > 0) {
            self.lines.push(Line::default());
        }
    }
}

/// Fills lines greedily; groups of glued words stay together unless they alone are wider than the line.
fn wrap(words: Vec<Word>, first: &str, rest: &str, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut spans = vec![Span::raw(first.to_owned())];
    let (mut used, mut empty, mut gap) = (first.width(), true, false);
    let mut groups: Vec<Vec<Word>> = Vec::new();
    for word in words {
        match groups.last_mut() {
            Some(group) if word.glued && !word.text.is_empty() && !gap => group.push(word),
            _ if word.text.is_empty() => gap = true,
            _ => {
                groups.push(vec![word]);
                gap = false;
            }
        }
    }
    for group in groups {
        let wide: usize = group.iter().map(|word| word.text.width()).sum();
        if !empty && used + 1 + wide > width {
            lines.push(Line::from(std::mem::replace(
                &mut spans,
                vec![Span::raw(rest.to_owned())],
            )));
            (used, empty) = (rest.width(), true);
        }
        if !empty {
            spans.push(Span::raw(" "));
            used += 1;
        }
        used += wide;
        empty = false;
        spans.extend(
            group
                .into_iter()
                .map(|word| Span::styled(word.text, word.style)),
        );
    }
    lines.push(Line::from(spans));
    // A name that is wider than the column goes on in the next line.
    let folded = lines.into_iter();
    folded.flat_map(|line| prose::folded(line, width)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str, width: u16) -> Vec<String> {
        render(source, width, Theme::Mono)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn paragraphs_wrap_and_keep_their_words_together() {
        assert_eq!(
            text("one two *three*, four `five`.\n\nsix", 11),
            ["one two", "three, four", "five.", "", "six"]
        );
    }

    #[test]
    fn a_twist_in_a_narrow_column_is_still_a_list() {
        let twist = "Please add `acquire`.\n\n- It waits, and\n  never spins.\n- In order.\n";
        assert_eq!(
            text(twist, 14),
            [
                "Please add",
                "acquire.",
                "",
                "- It waits,",
                "  and never",
                "  spins.",
                "- In order."
            ]
        );
    }

    #[test]
    fn list_items_hang_below_their_mark() {
        assert_eq!(
            text("1. alpha beta\n2. gamma\n   - delta epsilon", 12),
            [
                "1. alpha",
                "   beta",
                "2. gamma",
                "  - delta",
                "    epsilon"
            ]
        );
    }

    #[test]
    fn code_is_indented_and_folded_further_in_without_losing_a_letter() {
        let code = "```rust\nfn one() {}\nfn get(&self, key: &K) -> V;\n```";
        assert_eq!(
            text(code, 22),
            ["  fn one() {}", "  fn get(&self, key:", "      &K) -> V;"]
        );
    }

    #[test]
    fn no_line_of_prose_is_wider_than_the_column() {
        let prose = "Handlers on **many threads** call it for every request, and they need to *tell the client* when.";
        for width in 10..80 {
            for line in text(prose, width) {
                assert!(line.width() <= usize::from(width), "{width}: {line}");
            }
        }
    }
}
