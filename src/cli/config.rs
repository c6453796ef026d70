//! `fiftyten config`, and the choices of this run: flags and the environment.

use clap::Subcommand;

use super::{
    Context,
    args::{Color, Global},
    has_terminal,
    output::Stop,
};
use crate::{
    actions::Failure,
    settings::{self, Key, Setting, Settings, SettingsError, Source, TABLE},
    wording::Line,
};

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Name the file that choices are kept in
    Path,
    /// Name every setting with its value and where that came from
    List,
    /// Tell the value of a setting
    Get {
        /// The setting, as `fiftyten config list` names it
        name: String,
    },
    /// Keep a choice
    #[command(after_help = "Example:\n  fiftyten config set theme cvd-dark")]
    Set {
        /// The setting, as `fiftyten config list` names it
        name: String,
        /// Its value
        value: String,
    },
    /// Forget a choice, so that the default holds again
    Unset {
        /// The setting, as `fiftyten config list` names it
        name: String,
    },
}

/// Does what the command says.
pub(super) fn run(context: &Context, command: ConfigCommand) -> Result<u8, Stop> {
    let settings = &context.settings;
    match command {
        ConfigCommand::Path => {
            let path = settings.path().ok_or(SettingsError::Homeless)?;
            context.output.raw(&format!("{}\n", path.display()))?;
        }
        ConfigCommand::List => {
            let width = settings.all().iter().map(|one| one.value.chars().count());
            let width = width.max().unwrap_or(0).min(24);
            let lines: Vec<Line> = settings
                .all()
                .iter()
                .map(|one| {
                    let (name, source) = (one.key.known().name, one.source.words());
                    let value = shown(&one.value);
                    Line::plain(format!("{name:<8} {value:<width$}  ({source})"))
                })
                .collect();
            context.output.lines(&lines)?;
        }
        ConfigCommand::Get { name } => {
            let value = settings.value(key(&name)?);
            context.output.raw(&format!("{value}\n"))?;
        }
        ConfigCommand::Set { name, value } => choose(context, key(&name)?, Some(&value))?,
        ConfigCommand::Unset { name } => choose(context, key(&name)?, None)?,
    }
    Ok(0)
}

fn shown(value: &str) -> &str {
    if value.is_empty() { "-" } else { value }
}

fn choose(context: &Context, key: Key, value: Option<&str>) -> Result<(), Stop> {
    let mut settings = context.settings.clone();
    settings.choose(key, value)?;
    let name = key.known().name;
    let (value, source) = (shown(settings.value(key)), settings.source(key));
    let text = match source {
        Source::File | Source::Default => format!("{name} is {value}"),
        Source::Flag(_) | Source::Variable(_) => {
            format!("kept, but {} still makes {name} {value}", source.words())
        }
    };
    context.output.remark(&text);
    Ok(())
}

fn key(name: &str) -> Result<Key, Failure> {
    let names: Vec<&str> = TABLE.iter().map(|known| known.name).collect();
    Key::named(name).ok_or_else(|| {
        Failure::usage(
            format!("there is no setting {name}"),
            format!("there are {}", names.join(", ")),
        )
    })
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Failure {
        match error {
            SettingsError::Value { .. } => {
                Failure::usage(error.to_string(), "`fiftyten config list` names them all")
            }
            SettingsError::Homeless | SettingsError::Unreadable { .. } => {
                Failure::usage(error.to_string(), "")
            }
            SettingsError::Io { .. } => {
                let remedy = "see that its folder is writable, or name another with --config";
                Failure::machine(error.to_string(), remedy)
            }
        }
    }
}

/// What was chosen for this run.
///
/// Fails if a flag names what does not exist.
pub(super) fn settings(global: &Global) -> Result<Settings, Failure> {
    let mut above = Vec::new();
    let mut flag = |key, value: &str, flag: &str| {
        above.push(Setting {
            key,
            value: value.to_owned(),
            source: Source::Flag(flag.to_owned()),
        });
    };
    for text in &global.set {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            let remedy = "for example --set theme=mono";
            Failure::usage(format!("--set {text} has no value"), remedy)
        })?;
        let (key, value) = (key(name)?, value.trim());
        if !key.known().values.takes(value) {
            let wanted = key.known().values.words();
            let what = format!("{name} cannot be {value:?}; it is {wanted}");
            return Err(Failure::usage(
                what,
                "`fiftyten config list` names them all",
            ));
        }
        flag(key, value, &format!("--set {text}"));
    }
    if let Some(editor) = &global.editor {
        flag(Key::Editor, editor, "--editor");
    }
    if global.plain {
        flag(Key::Plain, "true", "--plain");
    }
    if global.color == Color::Never {
        flag(Key::Theme, "mono", "--color never");
    }
    let filled = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let mut variable = |key, value: &str, name: &str| {
        above.push(Setting {
            key,
            value: value.to_owned(),
            source: Source::Variable(name.to_owned()),
        });
    };
    if global.color != Color::Always && filled("NO_COLOR").is_some() {
        variable(Key::Theme, "mono", "NO_COLOR");
    }
    // A script in a dumb terminal's pipe wants usage, not a talk.
    if has_terminal() && filled("TERM").is_some_and(|term| term == "dumb") {
        variable(Key::Plain, "true", "TERM");
    }
    let path = global.config.clone().or_else(settings::usual_path);
    Ok(Settings::read(above, filled, path))
}
