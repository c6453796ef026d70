//! For those who live in an editor and a prompt: the path, the editor, the clock in a status bar.

use std::{io::IsTerminal, sync::atomic::Ordering, thread, time::Duration};

use super::{Context, output::Stop};
use crate::{
    actions::{self, Failure, Sitting},
    domain::session::Phase,
    settings::Key,
    wording,
    workspace::{Around, Editor, Opened},
};

/// What a status bar shows if nothing is said.
const BAR: &str = "{left} {phase} {tests}";
/// Between two looks at the clock.
const LOOK: Duration = Duration::from_millis(200);

/// Names the file that the candidate edits.
pub(super) fn path(context: &Context, attempt: Option<&str>) -> Result<u8, Stop> {
    let sitting = Sitting::open(&context.house, attempt)?;
    let file = sitting.attempt.workspace().join("src/lib.rs");
    context.output.raw(&format!("{}\n", file.display()))?;
    Ok(0)
}

/// Opens it.
pub(super) fn edit(context: &Context, attempt: Option<&str>) -> Result<u8, Stop> {
    let sitting = Sitting::open(&context.house, attempt)?;
    let file = sitting.attempt.workspace().join("src/lib.rs");
    let settings = &context.settings;
    let failed = |error: crate::workspace::EditorError| {
        let remedy = format!("the file is {}", file.display());
        Failure::usage(error.to_string(), remedy)
    };
    let editor = Editor::of(settings.value(Key::Editor)).map_err(failed)?;
    let around = Around::named_by(|name| std::env::var(name).ok(), settings.on(Key::Panes));
    match editor.opening(&file, None, around).run().map_err(failed)? {
        Opened::Closed(status) if !status.success() => {
            let what = format!("the editor ended with {status}");
            Err(Failure::machine(what, "your file is as it was left").into())
        }
        Opened::Closed(_) | Opened::Beside(_) => Ok(0),
    }
}

/// Says where the session stands, and again whenever that changes.
pub(super) fn watch(
    context: &Context,
    attempt: Option<&str>,
    format: Option<&str>,
) -> Result<u8, Stop> {
    let mut sitting = Sitting::open(&context.house, attempt)?;
    let moving = std::io::stdout().is_terminal() && !context.output.plain;
    let mut said = String::new();
    loop {
        let status = actions::status(&context.house, &mut sitting)?;
        let line = wording::status_line(&status, format.unwrap_or(BAR));
        if line != said {
            // On a terminal one line changes; elsewhere there is a line for each state.
            let text = match moving {
                true => format!("\r{line}\x1b[K"),
                false => format!("{line}\n"),
            };
            context.output.raw(&text)?;
            said = line;
        }
        if status.phase == Phase::Over || context.cancel.load(Ordering::Relaxed) {
            if moving {
                context.output.raw("\n")?;
            }
            return Ok(0);
        }
        thread::park_timeout(LOOK);
    }
}
