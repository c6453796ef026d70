//! What the program tells about itself: the page of keys.

use super::{Context, output::Stop};
use crate::tui;

/// Prints the page of keys, made from the table that the screens use.
pub(super) fn keys(context: &Context) -> Result<u8, Stop> {
    context.output.raw(&tui::keys::page())?;
    Ok(0)
}
