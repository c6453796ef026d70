//! The part of the one table of actions that holds on every screen which does not take text.

use super::{
    bindings::row,
    keys::{Act, Binding, Scope},
};

/// The bindings; the screen's own keys win over these.
pub const TABLE: &[Binding] = &[
    row(
        Scope::Everywhere,
        Act::Help,
        &["?", "f1"],
        "help",
        "The keys of this screen; type to filter.",
    ),
    row(
        Scope::Everywhere,
        Act::Palette,
        &[":"],
        "commands",
        "Every command by name, with its key, or with the reason why not now.",
    ),
    row(
        Scope::Everywhere,
        Act::Back,
        &["q", "esc"],
        "back",
        "Go back; on the first screen, quit.",
    ),
    row(
        Scope::Everywhere,
        Act::Stop,
        &["ctrl-c"],
        "stop",
        "Stop what runs; otherwise ask to quit.",
    ),
    row(
        Scope::Everywhere,
        Act::Suspend,
        &["ctrl-z"],
        "suspend",
        "To the shell; `fg` comes back. The clock goes on.",
    ),
    row(
        Scope::Everywhere,
        Act::Repaint,
        &["ctrl-l"],
        "repaint",
        "Draw everything again.",
    ),
    row(Scope::Everywhere, Act::Up, &["k", "up"], "up", "Move up."),
    row(
        Scope::Everywhere,
        Act::Down,
        &["j", "down"],
        "down",
        "Move down.",
    ),
    row(
        Scope::Everywhere,
        Act::PageUp,
        &["ctrl-u", "pageup"],
        "page up",
        "Move a page up.",
    ),
    row(
        Scope::Everywhere,
        Act::PageDown,
        &["ctrl-d", "pagedown"],
        "page down",
        "Move a page down.",
    ),
    row(
        Scope::Everywhere,
        Act::First,
        &["g", "home"],
        "first",
        "To the beginning.",
    ),
    row(
        Scope::Everywhere,
        Act::Last,
        &["G", "end"],
        "last",
        "To the end.",
    ),
    row(
        Scope::Everywhere,
        Act::NextPane,
        &["tab"],
        "next part",
        "To the next part of the screen.",
    ),
    row(
        Scope::Everywhere,
        Act::Settings,
        &[","],
        "settings",
        "What you chose, and where each choice came from.",
    ),
    row(
        Scope::Everywhere,
        Act::Mouse,
        &["M"],
        "mouse",
        "Let the wheel scroll, or give the mouse back.",
    ),
    row(
        Scope::Everywhere,
        Act::Time,
        &["T"],
        "time",
        "Say the phase, the time left and the samples.",
    ),
    row(
        Scope::Everywhere,
        Act::Log,
        &["L"],
        "messages",
        "What was said at the bottom of the screen so far.",
    ),
];
