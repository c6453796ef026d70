//! The floors of the house, held by a test: a room uses only floors below its own, and rooms on one floor do not know each other.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Room and floor, as the map in `src/lib.rs` draws them.
const FLOORS: [(&str, u8); 11] = [
    ("domain", 0),
    ("assets", 0),
    ("catalog", 1),
    ("workspace", 1),
    ("settings", 1),
    ("judge", 1),
    ("history", 1),
    ("actions", 2),
    ("wording", 3),
    ("cli", 4),
    ("tui", 4),
];

/// The only stairs between neighbours: without arguments, the command line opens the screens.
const DOOR: (&str, &str) = ("cli", "tui");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files_below(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The room of a file below `src/`; none for `lib.rs` and `main.rs`.
fn room(file: &Path) -> Option<String> {
    let inside = file.strip_prefix(root().join("src")).ok()?;
    let first = inside
        .components()
        .next()?
        .as_os_str()
        .to_string_lossy()
        .into_owned();
    let name = first.strip_suffix(".rs").unwrap_or(&first).to_owned();
    (name != "lib" && name != "main").then_some(name)
}

fn floor(room: &str) -> Option<u8> {
    FLOORS
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, floor)| *floor)
}

/// Every room that a source text names through `crate::`, in `use` trees with braces too.
fn rooms_named(text: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (start, _) in text.match_indices("crate::") {
        if text[..start].ends_with('$') {
            continue;
        }
        let rest = &text[start + "crate::".len()..];
        let named = |text: &str| {
            text.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect::<String>()
        };
        match rest.strip_prefix('{') {
            Some(inside) => rooms.extend(top_level_names(inside)),
            None => rooms.push(named(rest)),
        }
    }
    rooms
}

/// The first words of the entries of a brace group, not looking into nested groups.
fn top_level_names(inside: &str) -> Vec<String> {
    let mut depth = 0;
    let mut names = vec![String::new()];
    let mut in_path = false;
    for c in inside.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(String::new());
                in_path = false;
            }
            ':' if depth == 0 => in_path = true,
            c if depth == 0 && !in_path && (c.is_alphanumeric() || c == '_') => {
                names.last_mut().expect("never empty").push(c);
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// What is wrong with one file of the house.
fn wrong_stairs(room: &str, text: &str) -> Vec<String> {
    let Some(own) = floor(room) else {
        return vec![format!("the room `{room}` is on no floor")];
    };
    rooms_named(text)
        .into_iter()
        .filter(|other| other != room && (room, other.as_str()) != DOOR)
        .filter_map(|other| match floor(&other) {
            None => None,
            Some(floor) if floor < own => None,
            Some(floor) => Some(format!(
                "`{room}` (floor {own}) uses `{other}` (floor {floor})"
            )),
        })
        .collect()
}

#[test]
fn a_room_uses_only_floors_below_its_own() {
    let mut wrong = Vec::new();
    for file in rust_files_below(&root().join("src")) {
        let Some(room) = room(&file) else { continue };
        let text = fs::read_to_string(&file).unwrap();
        let code: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n");
        wrong.extend(
            wrong_stairs(&room, &code)
                .into_iter()
                .map(|what| format!("{}: {what}", file.display())),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_planted_stair_upward_is_found() {
    assert_eq!(wrong_stairs("domain", "use crate::cli::args;").len(), 1);
    assert_eq!(
        wrong_stairs(
            "catalog",
            "use crate::{domain::problem::Problem, judge::Bench};"
        )
        .len(),
        1
    );
    assert_eq!(
        wrong_stairs("actions", "use crate::{judge::{self, Bench}, domain};").len(),
        0
    );
    assert_eq!(wrong_stairs("attic", "").len(), 1);
}

/// A word that may stand only in some rooms, and why.
struct Absence {
    words: &'static [&'static str],
    only_in: &'static [&'static str],
}

const ABSENCES: [Absence; 4] = [
    Absence {
        words: &["ratatui::", "crossterm::"],
        only_in: &["src/tui/"],
    },
    Absence {
        words: &["unsafe {", "unsafe fn", "unsafe impl"],
        only_in: &["src/judge/sandbox/"],
    },
    Absence {
        words: &["process::Command", "Command::new"],
        only_in: &["src/judge/", "src/workspace/editor.rs"],
    },
    Absence {
        words: &["SystemTime::now", "Instant::now"],
        only_in: &["src/judge/", "src/actions/", "src/cli/", "src/tui/"],
    },
];

#[test]
fn what_is_dangerous_or_special_stays_in_its_room() {
    let mut wrong = Vec::new();
    for file in rust_files_below(&root().join("src")) {
        let inside = file
            .strip_prefix(root())
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let text = fs::read_to_string(&file).unwrap();
        for Absence { words, only_in } in &ABSENCES {
            if only_in.iter().any(|room| inside.starts_with(room)) {
                continue;
            }
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            let named =
                code.flat_map(|line| words.iter().filter(move |word| line.contains(**word)));
            wrong.extend(
                named.map(|word| format!("{inside} names {word}, which belongs into {only_in:?}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_longer_than_400_lines() {
    let folders = ["src", "tests/it", "templates/judge", "benches"];
    let long: Vec<String> = folders
        .iter()
        .flat_map(|folder| rust_files_below(&root().join(folder)))
        .map(|file| (fs::read_to_string(&file).unwrap().lines().count(), file))
        .filter(|(lines, _)| *lines > 400)
        .map(|(lines, file)| format!("{} has {lines}", file.display()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn every_room_of_the_house_is_on_the_map() {
    let map = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for (room, floor) in FLOORS {
        assert!(
            map.contains(&format!("| {floor} | [`{room}`] |")),
            "the map in src/lib.rs lacks {room} on floor {floor}"
        );
    }
}
