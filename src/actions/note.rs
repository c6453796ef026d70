//! Something said about the work, kept with its minute.

use super::{Failure, House, Sitting};
use crate::domain::session::Command;

/// Notes it. Fails if the text is empty.
pub fn note(house: &House, sitting: &mut Sitting, text: &str) -> Result<(), Failure> {
    sitting.act(
        house,
        Command::Note {
            text: text.to_owned(),
        },
    )?;
    Ok(())
}
