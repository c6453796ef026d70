//! Which editor, and how it is started: in the terminal (it takes the screen) or beside it.

use std::{
    io,
    path::Path,
    process::{Command, ExitStatus, Stdio},
};

/// A command line that opens files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editor {
    words: Vec<String>,
}

/// Why no editor could be started.
#[derive(Debug, thiserror::Error)]
pub enum EditorError {
    /// Neither `$VISUAL` nor `$EDITOR` names one.
    #[error("no editor is named: set VISUAL or EDITOR, or open the file yourself")]
    NotNamed,
    /// The words in the variable cannot be split, for example because of an open quote.
    #[error("cannot make sense of the editor command \"{0}\"")]
    Unreadable(String),
    /// The program could not be started.
    #[error("could not start the editor {program}")]
    NotStarted {
        /// The program's name.
        program: String,
        /// The system's word.
        source: io::Error,
    },
}

/// Editors that open a window of their own and give the terminal back at once.
const WINDOWED: [&str; 9] = [
    "code",
    "codium",
    "cursor",
    "zed",
    "subl",
    "gedit",
    "rustrover",
    "idea",
    "gvim",
];

impl Editor {
    /// The editor that the given variables name; `visual` wins, as everywhere.
    pub fn named_by(visual: Option<&str>, editor: Option<&str>) -> Result<Self, EditorError> {
        let filled = |text: &&str| !text.trim().is_empty();
        let line = visual
            .filter(filled)
            .or(editor.filter(filled))
            .ok_or(EditorError::NotNamed)?;
        match shlex::split(line) {
            Some(words) if !words.is_empty() => Ok(Self { words }),
            _ => Err(EditorError::Unreadable(line.to_owned())),
        }
    }

    /// Whether it opens a window of its own, so that the screen can stay as it is.
    pub fn is_windowed(&self) -> bool {
        let program = Path::new(&self.words[0])
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        WINDOWED.contains(&program.as_str())
    }

    /// Opens a file. A windowed editor is left alone and `None` comes back at once; any other takes the terminal until it ends.
    pub fn open(&self, file: &Path) -> Result<Option<ExitStatus>, EditorError> {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).arg(file);
        let failed = |source| EditorError::NotStarted {
            program: self.words[0].clone(),
            source,
        };
        if self.is_windowed() {
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            return command.spawn().map(|_| None).map_err(failed);
        }
        command.status().map(Some).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visual_wins_over_editor_and_may_carry_arguments() {
        let editor = Editor::named_by(Some("code --wait"), Some("vi")).unwrap();
        assert_eq!(
            editor,
            Editor {
                words: vec!["code".into(), "--wait".into()]
            }
        );
        assert!(editor.is_windowed());
        assert!(
            !Editor::named_by(Some(" "), Some("/usr/bin/vi"))
                .unwrap()
                .is_windowed()
        );
    }

    #[test]
    fn an_unnamed_or_unreadable_editor_is_told_apart() {
        assert!(matches!(
            Editor::named_by(None, None),
            Err(EditorError::NotNamed)
        ));
        assert!(matches!(
            Editor::named_by(None, Some("vi 'open")),
            Err(EditorError::Unreadable(_))
        ));
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let editor = Editor::named_by(None, Some("no-such-editor-anywhere")).unwrap();
        let error = editor.open(Path::new("x")).unwrap_err();
        assert!(error.to_string().contains("no-such-editor-anywhere"));
    }
}
