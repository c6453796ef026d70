//! Which editor, and how it is started: in this terminal (it takes the screen), in a pane beside it, or in a window.

use std::{
    io,
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, ExitStatus, Stdio},
    thread,
};

/// A command line that opens files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editor {
    words: Vec<String>,
}

/// Why no editor could be started.
#[derive(Debug, thiserror::Error)]
pub enum EditorError {
    /// Nobody named one.
    #[error("no editor is named: set VISUAL or EDITOR, or choose one in the settings")]
    NotNamed,
    /// The words cannot be split, for example because of an open quote.
    #[error("cannot make sense of the editor command \"{0}\"")]
    Unreadable(String),
    /// The program could not be started.
    #[error("could not start {program}: {source}")]
    NotStarted {
        /// The program's name.
        program: String,
        /// The system's word.
        source: io::Error,
    },
    /// The multiplexer gave no pane.
    #[error("{program} gave no pane: {said}")]
    NoPane {
        /// The multiplexer.
        program: String,
        /// Its words.
        said: String,
    },
}

/// How an editor is told which line to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineStyle {
    /// `+12 file`
    Plus,
    /// `file:12`
    Colon,
    /// `-g file:12`
    Goto,
    /// `--line 12 file`
    Long,
}

/// Editors that open a window of their own and give the terminal back at once.
const WINDOWED: [(&str, LineStyle); 10] = [
    ("code", LineStyle::Goto),
    ("codium", LineStyle::Goto),
    ("cursor", LineStyle::Goto),
    ("zed", LineStyle::Colon),
    ("subl", LineStyle::Colon),
    ("gedit", LineStyle::Plus),
    ("rustrover", LineStyle::Long),
    ("idea", LineStyle::Long),
    ("gvim", LineStyle::Plus),
    ("neovide", LineStyle::Plus),
];

/// Editors of the terminal that can begin at a line; others get the file alone.
const LINED: [(&str, LineStyle); 10] = [
    ("vi", LineStyle::Plus),
    ("vim", LineStyle::Plus),
    ("nvim", LineStyle::Plus),
    ("nano", LineStyle::Plus),
    ("emacs", LineStyle::Plus),
    ("kak", LineStyle::Plus),
    ("micro", LineStyle::Plus),
    ("joe", LineStyle::Plus),
    ("hx", LineStyle::Colon),
    ("helix", LineStyle::Colon),
];

/// What the terminal is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Around {
    /// Nothing that could give a pane.
    Nothing,
    /// tmux.
    Tmux,
    /// zellij.
    Zellij,
    /// The terminal inside VS Code.
    VsCode,
}

impl Around {
    /// What the environment says; `panes` tells whether a multiplexer shall be asked for one.
    pub fn named_by(variable: impl Fn(&str) -> Option<String>, panes: bool) -> Around {
        let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        if variable("TERM_PROGRAM").is_some_and(|program| program == "vscode") {
            Around::VsCode
        } else if panes && set("TMUX") {
            Around::Tmux
        } else if panes && set("ZELLIJ") {
            Around::Zellij
        } else {
            Around::Nothing
        }
    }
}

/// What became of an editor.
#[derive(Debug)]
pub enum Opened {
    /// It had the terminal and is closed.
    Closed(ExitStatus),
    /// It runs in a window or in a pane; the pane's name, where there is one.
    Beside(Option<String>),
}

/// An editor about to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    words: Vec<String>,
    way: Way,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Here,
    Window,
    Pane,
}

impl Editor {
    /// The editor of a command line, split as a shell would.
    pub fn of(line: &str) -> Result<Self, EditorError> {
        if line.trim().is_empty() {
            return Err(EditorError::NotNamed);
        }
        match shlex::split(line) {
            Some(words) if !words.is_empty() => Ok(Self { words }),
            _ => Err(EditorError::Unreadable(line.to_owned())),
        }
    }

    fn program(&self) -> String {
        let name = Path::new(&self.words[0]).file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// How a file is opened where one is; `line` counts from 1.
    pub fn opening(&self, file: &Path, line: Option<usize>, around: Around) -> Opening {
        let program = self.program();
        let style = |list: &[(&str, LineStyle)]| {
            let found = list.iter().find(|(name, _)| *name == program);
            found.map(|(_, style)| *style)
        };
        let windowed = style(&WINDOWED);
        let mut words = self.words.clone();
        if around == Around::VsCode && windowed == Some(LineStyle::Goto) {
            words.push("-r".to_owned());
        }
        let mut words = with_file(words, file, line, windowed.or_else(|| style(&LINED)));
        let way = match (windowed.is_some(), around) {
            (true, _) => Way::Window,
            (false, Around::Tmux | Around::Zellij) => Way::Pane,
            (false, Around::Nothing | Around::VsCode) => Way::Here,
        };
        if way == Way::Pane {
            let before: &[&str] = match around {
                // Says the pane's name, so that the next time leads back to it.
                Around::Tmux => &["tmux", "split-window", "-h", "-P", "-F", "#{pane_id}", "--"],
                _ => &[
                    "zellij",
                    "run",
                    "--close-on-exit",
                    "--direction",
                    "right",
                    "--",
                ],
            };
            words.splice(0..0, before.iter().map(|word| (*word).to_owned()));
        }
        Opening { words, way }
    }
}

/// The words with the file at their end, or where `{file}` and `{line}` stand.
fn with_file(
    words: Vec<String>,
    file: &Path,
    line: Option<usize>,
    style: Option<LineStyle>,
) -> Vec<String> {
    let path = file.display().to_string();
    let number = line.unwrap_or(1).to_string();
    let named = words.iter().any(|word| word.contains("{file}"));
    let placed = named || words.iter().any(|word| word.contains("{line}"));
    let mut words: Vec<String> = words
        .into_iter()
        .map(|word| word.replace("{file}", &path).replace("{line}", &number))
        .collect();
    if named {
        return words;
    }
    match style.filter(|_| line.is_some() && !placed) {
        Some(LineStyle::Plus) => words.extend([format!("+{number}"), path]),
        Some(LineStyle::Colon) => words.push(format!("{path}:{number}")),
        Some(LineStyle::Goto) => words.extend(["-g".to_owned(), format!("{path}:{number}")]),
        Some(LineStyle::Long) => words.extend(["--line".to_owned(), number, path]),
        None => words.push(path),
    }
    words
}

impl Opening {
    /// Whether the editor needs the terminal for itself until it is closed.
    pub fn takes_terminal(&self) -> bool {
        self.way == Way::Here
    }

    /// Starts it. An editor of the terminal is waited for; a window is on its own from then on, in a process group that
    /// no Ctrl+C of ours reaches.
    pub fn run(&self) -> Result<Opened, EditorError> {
        let program = &self.words[0];
        let failed = |source| EditorError::NotStarted {
            program: program.clone(),
            source,
        };
        let mut command = Command::new(program);
        command.args(&self.words[1..]);
        match self.way {
            Way::Here => command.status().map(Opened::Closed).map_err(failed),
            Way::Window => {
                command.process_group(0);
                command.stdin(Stdio::null());
                command.stdout(Stdio::null()).stderr(Stdio::null());
                let mut child = command.spawn().map_err(failed)?;
                // Nobody waits for the window, but somebody must take its exit.
                thread::spawn(move || child.wait());
                Ok(Opened::Beside(None))
            }
            Way::Pane => {
                let output = command.stdin(Stdio::null()).output().map_err(failed)?;
                if !output.status.success() {
                    return Err(EditorError::NoPane {
                        program: program.clone(),
                        said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
                    });
                }
                let name = String::from_utf8_lossy(&output.stdout).trim().to_owned();
                Ok(Opened::Beside((!name.is_empty()).then_some(name)))
            }
        }
    }
}

/// Goes to a pane of tmux that was opened earlier; false if it is closed.
pub fn return_to_pane(name: &str) -> bool {
    let mut command = Command::new("tmux");
    command.args(["select-pane", "-t", name]);
    command.stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(line: &str, at: Option<usize>, around: Around) -> String {
        let editor = Editor::of(line).unwrap();
        let opening = editor.opening(Path::new("/w/src/lib.rs"), at, around);
        format!("{} ({:?})", opening.words.join(" "), opening.way)
    }

    #[test]
    fn every_editor_is_told_the_line_in_its_own_way() {
        for (line, wanted) in [
            ("vim", "vim +7 /w/src/lib.rs (Here)"),
            (
                "/usr/bin/nvim --clean",
                "/usr/bin/nvim --clean +7 /w/src/lib.rs (Here)",
            ),
            ("hx", "hx /w/src/lib.rs:7 (Here)"),
            ("ed", "ed /w/src/lib.rs (Here)"),
            ("code --wait", "code --wait -g /w/src/lib.rs:7 (Window)"),
            ("zed", "zed /w/src/lib.rs:7 (Window)"),
            ("idea", "idea --line 7 /w/src/lib.rs (Window)"),
            (
                "my 'own editor' -l {line}",
                "my own editor -l 7 /w/src/lib.rs (Here)",
            ),
            ("x {file}@{line}", "x /w/src/lib.rs@7 (Here)"),
        ] {
            assert_eq!(opened(line, Some(7), Around::Nothing), wanted);
        }
        assert_eq!(
            opened("vim", None, Around::Nothing),
            "vim /w/src/lib.rs (Here)"
        );
    }

    #[test]
    fn what_is_around_decides_where_it_opens() {
        assert_eq!(
            opened("vim", Some(3), Around::Tmux),
            "tmux split-window -h -P -F #{pane_id} -- vim +3 /w/src/lib.rs (Pane)"
        );
        assert!(opened("vim", None, Around::Zellij).starts_with("zellij run"));
        assert_eq!(
            opened("code", Some(3), Around::VsCode),
            "code -r -g /w/src/lib.rs:3 (Window)"
        );
        assert!(opened("code", None, Around::Tmux).ends_with("(Window)"));
        assert!(opened("vim", None, Around::VsCode).ends_with("(Here)"));
    }

    #[test]
    fn the_environment_tells_what_is_around() {
        let of = |pairs: &'static [(&str, &str)], panes| {
            let variable = |name: &str| {
                let found = pairs.iter().find(|(one, _)| *one == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            Around::named_by(variable, panes)
        };
        assert_eq!(of(&[("TMUX", "/tmp/x")], true), Around::Tmux);
        assert_eq!(of(&[("TMUX", "/tmp/x")], false), Around::Nothing);
        assert_eq!(of(&[("ZELLIJ", "0")], true), Around::Zellij);
        let both = &[("TMUX", "/tmp/x"), ("TERM_PROGRAM", "vscode")];
        assert_eq!(of(both, true), Around::VsCode);
        assert_eq!(of(&[], true), Around::Nothing);
    }

    #[test]
    fn an_unnamed_an_unreadable_and_a_missing_editor_are_told_apart() {
        assert!(matches!(Editor::of(" "), Err(EditorError::NotNamed)));
        assert!(matches!(
            Editor::of("vi 'open"),
            Err(EditorError::Unreadable(_))
        ));
        let editor = Editor::of("no-such-editor-anywhere").unwrap();
        let opening = editor.opening(Path::new("x"), None, Around::Nothing);
        let error = opening.run().unwrap_err();
        assert!(error.to_string().contains("no-such-editor-anywhere"));
    }
}
