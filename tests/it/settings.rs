//! Settings: chosen by flag, variable, file or on the screen; told with their source; wrong ones stop nobody.

use std::fs;

use fiftyten::{
    settings::{Key, Settings, TABLE},
    tui::{
        glyphs::Glyphs,
        message::{Effect, Message},
        theme::Theme,
    },
};

use crate::{
    desk::Desk,
    screens_desk::{Screens, mock},
};

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../screens");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn a_choice_is_kept_told_with_its_source_and_forgotten() {
    let desk = Desk::new();
    let path = desk.home().join(".config/fiftyten/config.toml");
    assert_eq!(
        desk.done(&["config", "path"]).trim(),
        path.display().to_string()
    );
    assert_eq!(desk.done(&["config", "get", "theme"]), "ansi\n");
    desk.done(&["config", "set", "theme", "cvd-dark"]);
    assert_eq!(desk.done(&["config", "get", "theme"]), "cvd-dark\n");
    assert_eq!(fs::read_to_string(&path).unwrap(), "theme = \"cvd-dark\"\n");
    let list = desk.done(&["config", "list", "--set", "bell=false"]);
    for known in &TABLE {
        assert!(list.contains(known.name), "{list}");
    }
    assert!(list.contains("(config.toml)"), "{list}");
    assert!(list.contains("(--set bell=false)"), "{list}");
    desk.done(&["config", "unset", "theme"]);
    assert_eq!(desk.done(&["config", "get", "theme"]), "ansi\n");
}

#[test]
fn what_does_not_exist_is_the_users_turn_with_what_exists() {
    let desk = Desk::new();
    for (arguments, wanted) in [
        (
            vec!["config", "get", "colour"],
            "there is no setting colour",
        ),
        (vec!["config", "set", "theme", "blue"], "one of ansi, light"),
        (vec!["list", "--set", "theme"], "has no value"),
        (vec!["list", "--set", "theme=blue"], "one of ansi, light"),
    ] {
        let ran = desk.run(&arguments);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains(wanted), "{ran:?}");
    }
}

#[test]
fn an_unknown_line_of_the_file_is_named_with_its_place_and_nothing_fails() {
    let desk = Desk::new();
    let path = desk.home().join(".config/fiftyten/config.toml");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "mode = \"drill\"\nthemes = \"mono\"\n").unwrap();
    let ran = desk.run(&["list"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.err.contains("config.toml:2:1: "), "{}", ran.err);
    assert!(ran.err.contains("did you mean theme?"), "{}", ran.err);
    assert!(desk.run(&["list", "--quiet"]).err.is_empty());
    desk.done(&["start", "add-two"]);
    let status = desk.done(&["status"]);
    assert!(status.contains("drill"), "the chosen mode holds: {status}");
}

/// Somebody at the settings, with a file of their own.
fn at_settings() -> (Screens, std::path::PathBuf) {
    let mut screens = Screens::new(80, 24);
    let path = screens.home().join("config.toml");
    let settings = Settings::read(Vec::new(), |_| None, Some(path.clone()));
    screens.state.adopt(settings);
    screens.press(",");
    (screens, path)
}

#[test]
fn the_screen_shows_every_choice_with_its_source_and_changes_it() {
    let (mut screens, path) = at_settings();
    let elsewhere = std::path::PathBuf::from("/home/ada/.config/fiftyten/config.toml");
    let kept = screens.state.settings.clone();
    screens
        .state
        .adopt(Settings::read(Vec::new(), |_| None, Some(elsewhere)));
    snapshot("settings", &screens.sizes());
    screens.state.adopt(kept);
    screens.press("<enter>");
    assert_eq!(screens.state.theme, Theme::Light);
    assert_eq!(fs::read_to_string(&path).unwrap(), "theme = \"light\"\n");
    assert!(screens.text().contains("config.toml"), "{}", screens.text());
    screens.press("d");
    assert_eq!(screens.state.theme, Theme::Ansi);
    screens.press("jj<enter>nvim --clean<enter>");
    assert_eq!(screens.state.settings.value(Key::Editor), "nvim --clean");
    screens.press("q");
    assert!(screens.text().contains("Problems"), "{}", screens.text());
}

#[test]
fn a_flag_still_wins_after_the_screen_has_kept_another_value() {
    let (mut screens, path) = at_settings();
    let above = vec![fiftyten::settings::Setting {
        key: Key::Theme,
        value: "mono".to_owned(),
        source: fiftyten::settings::Source::Flag("--color never".to_owned()),
    }];
    let settings = Settings::read(above, |_| None, Some(path));
    screens.state.adopt(settings);
    screens.press("<enter>");
    assert_eq!(screens.state.theme, Theme::Mono);
    let text = screens.text();
    assert!(
        text.contains("--color never still makes theme mono"),
        "{text}"
    );
}

#[test]
fn the_mouse_is_taken_only_when_somebody_wants_it_and_the_wheel_moves() {
    let mut screens = Screens::new(80, 24);
    screens.press("M");
    assert!(matches!(screens.wanted.last(), Some(Effect::Mouse(true))));
    screens.tell(Message::Wheel(1));
    assert_eq!(screens.state.shelf.cursor, 1);
    screens.press("M");
    assert!(matches!(screens.wanted.last(), Some(Effect::Mouse(false))));
}

#[test]
fn bells_and_notes_ring_as_they_were_chosen() {
    let run = |bell: &str, notify: &str| {
        let mut screens = mock();
        let chosen = [("FIFTYTEN_BELL", bell), ("FIFTYTEN_NOTIFY", notify)];
        let variable = |name: &str| {
            let found = chosen.iter().find(|(one, _)| *one == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        screens
            .state
            .adopt(Settings::read(Vec::new(), variable, None));
        screens.press("c").pass(44.0);
        screens.wanted.clear();
        screens.pass(5.5);
        let bells = screens.wanted.iter();
        let bells = bells.filter(|one| matches!(one, Effect::Bell)).count();
        let notes: Vec<String> = screens
            .wanted
            .iter()
            .filter_map(|one| match one {
                Effect::Notify(text) => Some(text.clone()),
                _ => None,
            })
            .collect();
        (bells, notes)
    };
    let (bells, notes) = run("true", "true");
    assert_eq!(bells, 2);
    assert!(notes[0].starts_with("5:00 left"), "{notes:?}");
    assert!(notes[1].starts_with("1:00 left"), "{notes:?}");
    assert_eq!(run("false", "false"), (0, Vec::new()));
    assert_eq!(run("0", "1").1.len(), 2);
}

#[test]
fn without_motion_there_are_counts_and_no_bars() {
    let mut screens = mock();
    screens.tell(Message::Resize(44, 12));
    assert!(screens.text().contains("---"), "{}", screens.text());
    let variable = |name: &str| (name == "FIFTYTEN_MOTION").then(|| "none".to_owned());
    screens
        .state
        .adopt(Settings::read(Vec::new(), variable, None));
    assert!(!screens.text().contains("---"), "{}", screens.text());
    screens.press("csy");
    assert!(!screens.text().contains("---"), "{}", screens.text());
}

#[test]
fn ascii_spells_every_screen_without_moving_a_cell() {
    let mut screens = mock();
    for keys in ["", "?", "<esc>b", "<esc>,", "q:", "<esc>csy"] {
        screens.press(keys);
        screens.state.glyphs = Glyphs::Unicode;
        let before = screens.text();
        screens.state.glyphs = Glyphs::Ascii;
        let after = screens.text();
        assert!(after.is_ascii(), "{after}");
        let columns =
            |text: &str| -> Vec<usize> { text.lines().map(|line| line.chars().count()).collect() };
        assert_eq!(columns(&before), columns(&after));
    }
}

#[test]
fn every_theme_draws_the_same_words() {
    let mut screens = mock();
    screens.press("c");
    screens.save("pub fn a() {}\n");
    screens.tested(vec![
        crate::screens_checks::passed(fiftyten::domain::problem::Category::Core, "sample::a"),
        crate::screens_checks::failed(
            fiftyten::domain::problem::Category::Core,
            "sample::b",
            "left: 1\nright: 2",
        ),
    ]);
    let words = |screens: &mut Screens, theme| {
        screens.state.theme = theme;
        screens.text()
    };
    let first = words(&mut screens, Theme::Ansi);
    assert!(first.contains("FAIL") && first.contains("ok"), "{first}");
    for theme in Theme::ALL {
        assert_eq!(words(&mut screens, theme), first, "{theme:?}");
    }
}
