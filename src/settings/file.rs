//! `config.toml`: read with the place of everything that is wrong, written without touching the lines of others.

use std::{
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
};

use toml_edit::{Document, DocumentMut, Item, Value};

use super::{Key, Setting, Source, TABLE, Values};

/// Why a choice could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The setting does not take this value.
    #[error("{name} cannot be {value:?}; it is {wanted}")]
    Value {
        /// The setting.
        name: &'static str,
        /// As given.
        value: String,
        /// What it may be.
        wanted: String,
    },
    /// There is no home folder.
    #[error("there is no folder to keep settings in; name a file with --config")]
    Homeless,
    /// The file is no TOML.
    #[error("{place}: {why}; mend or delete that line first")]
    Unreadable {
        /// File, line and column.
        place: String,
        /// What is wrong.
        why: String,
    },
    /// The disk said no.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
}

/// What the file chooses, and what is wrong with it.
pub fn read(path: &Path) -> (Vec<Setting>, Vec<String>) {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Default::default(),
        Err(error) => return (Vec::new(), vec![format!("{}: {error}", path.display())]),
    };
    let document = match Document::parse(text.as_str()) {
        Ok(document) => document,
        Err(error) => {
            let place = place(path, &text, error.span());
            return (Vec::new(), vec![format!("{place}: {}", error.message())]);
        }
    };
    let (mut chosen, mut wrong) = (Vec::new(), Vec::new());
    for (name, item) in document.iter() {
        let Some(key) = Key::named(name) else {
            let span = document.key(name).and_then(toml_edit::Key::span);
            let place = place(path, &text, span.or(item.span()));
            wrong.push(format!(
                "{place}: there is no setting {name}{}",
                guess(name)
            ));
            continue;
        };
        let value = plain(item).filter(|value| key.known().values.takes(value));
        match value {
            Some(value) => chosen.push(Setting {
                key,
                value,
                source: Source::File,
            }),
            None => wrong.push(format!(
                "{}: {name} is {}; the default holds",
                place(path, &text, item.span()),
                key.known().values.words()
            )),
        }
    }
    (chosen, wrong)
}

/// Sets one line of the file, or takes it out; comments and other lines stay.
pub fn write(path: &Path, key: Key, value: Option<&str>) -> Result<(), SettingsError> {
    let failed = |source| SettingsError::Io {
        path: path.to_owned(),
        source,
    };
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed(error)),
    };
    let mut document: DocumentMut =
        text.parse()
            .map_err(|error: toml_edit::TomlError| SettingsError::Unreadable {
                place: place(path, &text, error.span()),
                why: error.message().to_owned(),
            })?;
    let name = key.known().name;
    match value {
        None => drop(document.remove(name)),
        Some(value) => {
            let mut new: Value = match key.known().values {
                Values::OneOf(words) if words.contains(&"true") => (value == "true").into(),
                Values::OneOf(_) | Values::Text => value.into(),
            };
            let old = document.get(name).and_then(Item::as_value);
            if let Some(old) = old {
                *new.decor_mut() = old.decor().clone();
            }
            document[name] = Item::Value(new);
        }
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    // Beside it first: a kill must not leave half a file.
    let beside = path.with_extension("toml.new");
    fs::write(&beside, document.to_string())
        .and_then(|()| fs::rename(&beside, path))
        .map_err(failed)
}

/// A value as a plain word; none for tables and lists.
fn plain(item: &Item) -> Option<String> {
    match item.as_value()? {
        Value::String(text) => Some(text.value().clone()),
        Value::Boolean(switch) => Some(switch.value().to_string()),
        _ => None,
    }
}

/// File, line and column, from 1.
fn place(path: &Path, text: &str, span: Option<Range<usize>>) -> String {
    let before = &text[..span.map_or(0, |span| span.start.min(text.len()))];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!("{}:{line}:{column}", path.display())
}

/// A name that was probably meant.
fn guess(name: &str) -> String {
    let near = TABLE.iter().find(|known| {
        let (one, other) = (known.name, name);
        one.starts_with(other) || other.starts_with(one)
    });
    match near {
        Some(known) => format!("; did you mean {}?", known.name),
        None => {
            let names: Vec<&str> = TABLE.iter().map(|known| known.name).collect();
            format!("; there are {}", names.join(", "))
        }
    }
}
