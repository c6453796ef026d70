//! Size classes, and the parts that every screen is made of: header, boxes, the last word, footer.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::{Block, Paragraph},
};
use unicode_width::UnicodeWidthStr;

use super::{
    keys::{Act, Binding},
    prose,
    theme::{Role, Theme},
};

/// How wide the screen is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Width {
    /// A pane beside an editor: below 60 columns. No boxes.
    Narrow,
    /// The usual terminal.
    Medium,
    /// From 110 columns.
    Wide,
    /// From 160 columns.
    Broad,
}

/// How high the screen is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Height {
    /// One to three lines.
    Strip,
    /// Below ten lines.
    Low,
    /// Below twenty lines.
    Short,
    /// Twenty lines and more.
    Tall,
}

/// A size class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// How wide.
    pub width: Width,
    /// How high.
    pub height: Height,
}

impl Size {
    /// The class of a size in columns and rows.
    pub fn of(columns: u16, rows: u16) -> Size {
        Size {
            width: match columns {
                0..60 => Width::Narrow,
                60..110 => Width::Medium,
                110..160 => Width::Wide,
                160.. => Width::Broad,
            },
            height: match rows {
                0..4 => Height::Strip,
                4..10 => Height::Low,
                10..20 => Height::Short,
                20.. => Height::Tall,
            },
        }
    }
}

/// A titled part of the screen: a box where there is room, else a heading. Returns the room inside.
pub fn panel(
    frame: &mut Frame<'_>,
    area: Rect,
    title: &str,
    focused: bool,
    theme: Theme,
    size: Size,
) -> Rect {
    if area.is_empty() {
        return area;
    }
    if size.width == Width::Narrow || size.height <= Height::Low {
        if title.is_empty() || area.height < 3 {
            return area;
        }
        let line = Line::styled(prose::cut(title, area.width), theme.style(Role::Heading));
        frame.render_widget(line, Rect { height: 1, ..area });
        return Rect {
            y: area.y + 1,
            height: area.height - 1,
            ..area
        };
    }
    let role = if focused {
        Role::FrameFocused
    } else {
        Role::Frame
    };
    // The part with the keyboard has a mark besides its heavier frame.
    let mark = if focused { "> " } else { "" };
    let title = prose::cut(&format!("{mark}{title}"), area.width.saturating_sub(4));
    let block = Block::bordered().border_style(theme.style(role));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if !title.is_empty() && area.width > 4 {
        let at = Rect {
            x: area.x + 1,
            height: 1,
            width: area.width - 2,
            ..area
        };
        let line = Line::from(Span::styled(
            format!(" {title} "),
            theme.style(Role::Heading),
        ));
        frame.render_widget(line, at);
    }
    // One column of air on both sides.
    Rect {
        x: inner.x + u16::from(inner.width > 2),
        width: inner.width.saturating_sub(2),
        ..inner
    }
}

/// Lines from the top of an area; what does not fit is cut.
pub fn paragraph(frame: &mut Frame<'_>, area: Rect, lines: Vec<Line<'static>>) {
    frame.render_widget(Paragraph::new(lines), area);
}

/// One line with a left and a right end; the right end stays whole.
pub fn ends(left: &str, right: Span<'static>, width: u16, theme: Theme) -> Line<'static> {
    let room = usize::from(width).saturating_sub(right.width() + 2);
    let left = prose::fitted(left, u16::try_from(room).unwrap_or(0).saturating_sub(1)) + " ";
    let style = theme.style(Role::Heading);
    Line::from(vec![
        Span::styled(format!(" {left}"), style),
        right,
        Span::raw(" "),
    ])
}

/// The keys of a screen, the most wanted first; `? help` and what `q` does keep their place at the right end.
pub fn footer<'b>(
    rows: impl Iterator<Item = &'b Binding>,
    offered: impl Fn(Act) -> bool,
    back: &str,
    width: u16,
    theme: Theme,
) -> Line<'static> {
    let right = if width < 40 {
        "? q".to_owned()
    } else {
        format!("? help  q {back}")
    };
    let right = if width < 34 || back.is_empty() {
        right.replace(" q", "")
    } else {
        right
    };
    let room = usize::from(width).saturating_sub(right.width() + 2);
    let mut spans = vec![Span::raw(" ")];
    let mut used = 1;
    for row in rows.filter(|row| offered(row.act)) {
        let key = match row.act {
            Act::Rate if row.keys.len() > 5 => "1-9",
            Act::Rate => "0-4",
            _ => row.keys.first().copied().unwrap_or_default(),
        };
        let wide = key.width() + row.name.width() + 3;
        if used + wide > room + 2 {
            break;
        }
        used += wide;
        spans.push(Span::styled(key.to_owned(), theme.style(Role::Accent)));
        spans.push(Span::styled(
            format!(" {}  ", row.name),
            theme.style(Role::Faint),
        ));
    }
    let gap = usize::from(width).saturating_sub(used + right.width() + 1);
    spans.push(Span::raw(" ".repeat(gap)));
    spans.push(Span::styled(right, theme.style(Role::Faint)));
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::{Scope, rows};

    #[test]
    fn the_footer_keeps_its_right_end_at_every_width() {
        for width in 30..200 {
            let line = footer(rows(Scope::Session), |_| true, "back", width, Theme::Mono);
            let text = line.to_string();
            assert!(
                text.trim_end().ends_with("? help  q back") || width < 40,
                "{width}: {text}"
            );
            assert!(
                text.contains('?') && line.width() <= usize::from(width),
                "{width}: {text}"
            );
        }
    }

    #[test]
    fn every_size_has_a_class() {
        assert_eq!(
            Size::of(44, 12),
            Size {
                width: Width::Narrow,
                height: Height::Short
            }
        );
        assert_eq!(
            Size::of(80, 24),
            Size {
                width: Width::Medium,
                height: Height::Tall
            }
        );
        assert_eq!(
            Size::of(200, 3),
            Size {
                width: Width::Broad,
                height: Height::Strip
            }
        );
    }
}
