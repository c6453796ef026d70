//! One table of actions: keys, help, palette, the page of keys and what the screens do with them agree.

use std::collections::HashSet;

use fiftyten::tui::{
    keys::{self, Act, Scope},
    message::{Effect, Message},
    state::Overlay,
};

use crate::{
    desk::Desk,
    screens_checks::passed,
    screens_desk::{Screens, mock},
};

/// The screens on which a person can be.
const SCREENS: [Scope; 9] = [
    Scope::Problems,
    Scope::Brief,
    Scope::Session,
    Scope::Submit,
    Scope::Discuss,
    Scope::Rate,
    Scope::Report,
    Scope::Designs,
    Scope::History,
];

/// Somebody in front of a screen.
fn at(scope: Scope) -> Screens {
    let handed_in = || {
        let mut screens = mock();
        screens.press("csy");
        screens
    };
    match scope {
        Scope::Problems => Screens::new(80, 24),
        Scope::Brief => {
            let mut screens = Screens::new(80, 24);
            screens.press("<enter>");
            screens
        }
        Scope::Session => mock(),
        Scope::Submit => handed_in(),
        Scope::Discuss => {
            let mut screens = handed_in();
            screens.press("d");
            screens
        }
        Scope::Rate => {
            let mut screens = handed_in();
            screens.press("dx");
            screens
        }
        Scope::Report | Scope::Designs => {
            let mut screens = handed_in();
            screens.press("dxs");
            screens.reported(vec![passed(
                fiftyten::domain::problem::Category::Core,
                "core_suite::a",
            )]);
            if scope == Scope::Designs {
                screens.press("r");
            }
            screens
        }
        Scope::History => {
            let mut screens = mock();
            screens.press("qyh");
            screens
        }
        other => panic!("nobody can be at {other:?}"),
    }
}

#[test]
fn no_key_means_two_things_on_one_screen_and_every_action_has_a_name_of_its_own() {
    for scope in SCREENS {
        let (mut keys, mut names) = (HashSet::new(), HashSet::new());
        for row in keys::rows(scope) {
            for key in row.keys {
                assert!(keys.insert(*key), "{key} on {scope:?}");
            }
            assert!(names.insert(row.name), "{} on {scope:?}", row.name);
            assert!(row.about.ends_with('.') && !row.name.is_empty());
        }
    }
}

#[test]
fn every_action_of_every_screen_does_something_or_says_why_not() {
    for scope in SCREENS {
        for row in keys::rows(scope).filter(|row| row.scope == scope) {
            let mut screens = at(scope);
            let (before, wanted) = (screens.text(), screens.wanted.len());
            let place = screens.state.place();
            let key = row.keys[0];
            let typed = if key.chars().count() == 1 {
                key.to_owned()
            } else {
                format!("<{key}>")
            };
            screens.press(&typed);
            let heard = screens.text() != before
                || screens.wanted.len() > wanted
                || screens.state.place() != place;
            assert!(heard, "{key} ({}) on {scope:?}:\n{before}", row.name);
        }
    }
}

#[test]
fn the_palette_finds_every_action_by_its_name_and_does_it() {
    for scope in SCREENS {
        for row in keys::rows(scope) {
            let mut screens = at(scope);
            screens.press(&format!(":{}", row.name));
            let text = screens.text();
            assert!(
                text.contains(row.name),
                "{} on {scope:?}:\n{text}",
                row.name
            );
        }
    }
    let mut screens = mock();
    screens.press(":note<enter>");
    assert!(matches!(screens.state.overlay, Some(Overlay::Entry(_))));
    let mut screens = Screens::new(80, 24);
    screens.press(":hist<enter>");
    assert!(screens.text().contains("Attempts"), "{}", screens.text());
}

#[test]
fn what_has_no_place_now_is_in_the_palette_with_its_reason() {
    let mut screens = mock();
    screens.press(":");
    insta::with_settings!({ snapshot_path => "../screens", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("palette", screens.sizes());
    });
    screens.press("stub");
    assert!(screens.text().contains("minute 35"), "{}", screens.text());
    screens.press("<enter>");
    assert!(matches!(screens.state.overlay, Some(Overlay::Help(_))));
    assert!(
        screens.text().contains("not now: stub"),
        "{}",
        screens.text()
    );
    screens.press("<esc>f");
    assert!(screens.text().contains("minute 35"), "{}", screens.text());
    assert!(screens.seat().session.followup.is_none());
}

#[test]
fn what_is_the_same_on_every_screen_works_from_the_palette_too() {
    for (name, wanted) in [("repaint", "Repaint"), ("suspend", "Suspend")] {
        let mut screens = Screens::new(80, 24);
        screens.press(&format!(":{name}<enter>"));
        let last = format!("{:?}", screens.wanted.last());
        assert!(last.contains(wanted), "{last}");
    }
    let mut screens = Screens::new(80, 24);
    screens.press(":stop<enter><ctrl-c>");
    assert!(matches!(screens.wanted.last(), Some(Effect::Quit)));
}

#[test]
fn messages_are_kept_and_can_be_read_again() {
    let mut screens = mock();
    screens
        .press("ia first thought<enter>f")
        .pass(0.1)
        .press("L");
    let text = screens.text();
    assert!(
        text.contains("noted") && text.contains("minute 35"),
        "{text}"
    );
    screens.tell(Message::Resize(44, 12));
    assert!(screens.text().contains("minute 35"), "{}", screens.text());
}

#[test]
fn the_page_of_keys_is_the_table_and_the_page_in_the_docs_is_the_page() {
    let page = keys::page();
    for row in keys::all() {
        assert!(page.contains(row.about), "{}", row.name);
    }
    assert!(keys::all().any(|row| row.act == Act::Palette));
    let desk = Desk::new();
    assert_eq!(desk.done(&["keys"]), page);
    let kept = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/KEYS.md");
    assert_eq!(
        crate::desk::text(&kept),
        page,
        "write it again: cargo run -- keys > docs/KEYS.md"
    );
}
