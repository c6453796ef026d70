//! What a person has chosen, and where each choice came from: flag before environment before file before default.
//!
//! In: flags, the environment and the path of `config.toml` as values. Out: [`Settings`] with a source for each value. A file
//! that cannot be understood never stops anybody: what is wrong is told with its place, and the default holds.

mod file;
mod table;

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

pub use file::SettingsError;
pub use table::{Key, Known, TABLE, Values};

/// Where a value came from; the earlier ones win.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A flag of this run, as it was written.
    Flag(String),
    /// This variable of the environment.
    Variable(String),
    /// The file.
    File,
    /// Nobody chose.
    Default,
}

impl Source {
    /// In words, for lists.
    pub fn words(&self) -> String {
        match self {
            Source::Flag(flag) => flag.clone(),
            Source::Variable(name) => format!("${name}"),
            Source::File => "config.toml".to_owned(),
            Source::Default => "default".to_owned(),
        }
    }
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// What is chosen.
    pub key: Key,
    /// The value; switches are `true` or `false`.
    pub value: String,
    /// Where it came from.
    pub source: Source,
}

/// Everything that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    all: Vec<Setting>,
    /// What stands above the file: values of flags and of the environment.
    above: Vec<Setting>,
    /// What stands below it.
    below: Vec<Setting>,
    path: Option<PathBuf>,
    /// What is wrong with the file or the environment, each with its place.
    pub remarks: Vec<String>,
}

impl Default for Settings {
    /// Nobody has chosen anything, and nothing can be kept.
    fn default() -> Settings {
        Settings::read(Vec::new(), |_| None, None)
    }
}

/// The usual place of the file; none without a home.
pub fn usual_path() -> Option<PathBuf> {
    let folder = etcetera::choose_base_strategy().ok()?.config_dir();
    Some(folder.join("fiftyten/config.toml"))
}

impl Settings {
    /// Reads everything. `above` stands above all, the first of several for one key wins; `variable` tells a variable of the
    /// environment.
    pub fn read(
        mut above: Vec<Setting>,
        variable: impl Fn(&str) -> Option<String>,
        path: Option<PathBuf>,
    ) -> Settings {
        let mut remarks = Vec::new();
        let filled = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        for known in &TABLE {
            let name = known.key.variable();
            let Some(value) = filled(&name) else { continue };
            let value = match (known.values.takes("true"), value.as_str()) {
                (true, "1") => "true".to_owned(),
                (true, "0") => "false".to_owned(),
                _ => value,
            };
            if known.values.takes(&value) {
                above.push(Setting {
                    key: known.key,
                    value,
                    source: Source::Variable(name),
                });
            } else {
                remarks.push(format!(
                    "${name}: {value:?} is not {}",
                    known.values.words()
                ));
            }
        }
        let below = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| {
            Some(Setting {
                key: Key::Editor,
                value: filled(name)?,
                source: Source::Variable(name.to_owned()),
            })
        });
        let mut settings = Settings {
            all: Vec::new(),
            above,
            below: below.collect(),
            path,
            remarks,
        };
        settings.weigh();
        settings
    }

    /// Reads the file again and decides for each setting who wins.
    fn weigh(&mut self) {
        let (kept, wrong) = match &self.path {
            Some(path) => file::read(path),
            None => (Vec::new(), Vec::new()),
        };
        self.remarks.extend(wrong);
        let of = |list: &[Setting], key| list.iter().find(|one| one.key == key).cloned();
        let chosen = |known: &Known| {
            of(&self.above, known.key)
                .or_else(|| of(&kept, known.key))
                .or_else(|| of(&self.below, known.key))
                .unwrap_or(Setting {
                    key: known.key,
                    value: known.default.to_owned(),
                    source: Source::Default,
                })
        };
        self.all = TABLE.iter().map(chosen).collect();
    }

    /// All, in the order of the table.
    pub fn all(&self) -> &[Setting] {
        &self.all
    }

    /// What was chosen.
    pub fn value(&self, key: Key) -> &str {
        self.of(key).map_or("", |setting| &setting.value)
    }

    /// Whether a switch is on.
    pub fn on(&self, key: Key) -> bool {
        self.value(key) == "true"
    }

    /// Where a value came from.
    pub fn source(&self, key: Key) -> &Source {
        self.of(key)
            .map_or(&Source::Default, |setting| &setting.source)
    }

    fn of(&self, key: Key) -> Option<&Setting> {
        self.all.iter().find(|setting| setting.key == key)
    }

    /// Where choices are kept; none without a home.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Keeps a choice in the file, whose other lines stay as they are; none forgets it. What stands above the file still
    /// wins in this run.
    ///
    /// Fails if the value is none that the setting takes, or if the file cannot be understood or written.
    pub fn choose(&mut self, key: Key, value: Option<&str>) -> Result<(), SettingsError> {
        if let Some(value) = value.filter(|value| !key.known().values.takes(value)) {
            return Err(SettingsError::Value {
                name: key.known().name,
                value: value.to_owned(),
                wanted: key.known().values.words(),
            });
        }
        let path = self.path.as_deref().ok_or(SettingsError::Homeless)?;
        file::write(path, key, value)?;
        self.remarks.clear();
        self.weigh();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn flag(key: Key, value: &str) -> Setting {
        Setting {
            key,
            value: value.to_owned(),
            source: Source::Flag("--set".to_owned()),
        }
    }

    #[test]
    fn a_flag_wins_over_the_environment_over_the_file_over_the_default() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config.toml");
        fs::write(
            &path,
            "theme = \"light\"\nmotion = \"none\"\nbell = false\n",
        )
        .unwrap();
        let variable = |name: &str| match name {
            "FIFTYTEN_THEME" => Some("mono".to_owned()),
            "FIFTYTEN_MOTION" => Some("full".to_owned()),
            "FIFTYTEN_MOUSE" => Some("1".to_owned()),
            "EDITOR" => Some("vi".to_owned()),
            _ => None,
        };
        let above = vec![flag(Key::Theme, "cvd-dark")];
        let settings = Settings::read(above, variable, Some(path));
        let seen = |key| (settings.value(key).to_owned(), settings.source(key).words());
        assert_eq!(seen(Key::Theme), ("cvd-dark".into(), "--set".into()));
        assert_eq!(
            seen(Key::Motion),
            ("full".into(), "$FIFTYTEN_MOTION".into())
        );
        assert_eq!(seen(Key::Bell), ("false".into(), "config.toml".into()));
        assert_eq!(seen(Key::Editor), ("vi".into(), "$EDITOR".into()));
        assert_eq!(seen(Key::Mode), ("mock".into(), "default".into()));
        assert!(settings.on(Key::Mouse) && settings.remarks.is_empty());
    }

    #[test]
    fn a_choice_keeps_the_rest_of_the_file_and_can_be_forgotten() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("deep/config.toml");
        let mut settings = Settings::read(Vec::new(), |_| None, Some(path.clone()));
        settings.choose(Key::Mouse, Some("true")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "mouse = true\n");
        let text = "# mine\ntheme = \"light\" # for the sun\nunheard = 1\n";
        fs::write(&path, text).unwrap();
        settings.choose(Key::Theme, Some("mono")).unwrap();
        assert_eq!(settings.value(Key::Theme), "mono");
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(
            text,
            "# mine\ntheme = \"mono\" # for the sun\nunheard = 1\n"
        );
        settings.choose(Key::Theme, None).unwrap();
        assert_eq!(settings.source(Key::Theme), &Source::Default);
        assert!(settings.choose(Key::Theme, Some("blue")).is_err());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_stops_nobody() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config.toml");
        fs::write(
            &path,
            "themes = \"light\"\n\nbell = \"loud\"\nmode = \"drill\"\n",
        )
        .unwrap();
        let settings = Settings::read(Vec::new(), |_| None, Some(path.clone()));
        let remarks = settings.remarks.join("\n");
        assert!(remarks.contains("config.toml:1:1: ") && remarks.contains("themes"));
        assert!(remarks.contains("did you mean theme?"), "{remarks}");
        assert!(remarks.contains("config.toml:3:8: "), "{remarks}");
        assert_eq!(
            (settings.value(Key::Bell), settings.value(Key::Mode)),
            ("true", "drill")
        );
        fs::write(&path, "mode = \n").unwrap();
        let mut settings = Settings::read(Vec::new(), |_| None, Some(path));
        assert!(
            settings.remarks[0].contains("config.toml:1:"),
            "{:?}",
            settings.remarks
        );
        assert!(settings.choose(Key::Bell, Some("false")).is_err());
    }
}
