//! Texts that were rendered once.

use std::{
    cell::RefCell,
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    rc::Rc,
};

use ratatui::text::Line;

use super::theme::Theme;

type Page = (u64, u16, Theme);

/// Rendered texts by content, width and theme, so that a frame does not parse Markdown again.
#[derive(Debug, Default)]
pub struct Pages(RefCell<HashMap<Page, Rc<Vec<Line<'static>>>>>);

impl Pages {
    /// More than these are forgotten at once.
    const MOST: usize = 64;

    /// The text as `render` draws it, now or earlier. `kind` tells two ways to draw one text apart.
    pub fn get(
        &self,
        text: &str,
        kind: u8,
        width: u16,
        theme: Theme,
        render: impl FnOnce() -> Vec<Line<'static>>,
    ) -> Rc<Vec<Line<'static>>> {
        let mut hasher = DefaultHasher::new();
        (text, kind).hash(&mut hasher);
        let page = (hasher.finish(), width, theme);
        let mut pages = self.0.borrow_mut();
        if pages.len() >= Self::MOST {
            pages.clear();
        }
        Rc::clone(pages.entry(page).or_insert_with(|| Rc::new(render())))
    }
}
