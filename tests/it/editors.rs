//! Editors: the one that was chosen, where it opens, and the path for everybody else.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Instant};

use fiftyten::{settings::Settings, tui::message::Effect};

use crate::{
    desk::Desk,
    screens_desk::mock,
    screens_pty::{PATIENCE, Window},
};

/// A program that writes down how it was called, and says a word.
fn scribe(folder: &Path, name: &str, word: &str) -> std::path::PathBuf {
    fs::create_dir_all(folder).unwrap();
    let (program, called) = (folder.join(name), folder.join("called"));
    let text = format!(
        "#!/bin/sh\nprintf '%s %s\\n' {name} \"$*\" >> {}\necho '{word}'\n",
        called.display()
    );
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    called
}

/// Waits until a file holds so many lines.
fn lines_of(path: &Path, wanted: usize) -> Vec<String> {
    let end = Instant::now() + PATIENCE;
    loop {
        let text = fs::read_to_string(path).unwrap_or_default();
        if text.lines().count() >= wanted {
            return text.lines().map(str::to_owned).collect();
        }
        assert!(Instant::now() < end, "{}: {text:?}", path.display());
        std::thread::yield_now();
    }
}

fn path_with(folder: &Path) -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    format!("{}:{path}", folder.display())
}

#[test]
fn the_flag_wins_over_the_setting_over_visual_over_editor() {
    let desk = Desk::new();
    desk.done(&["start", "add-two"]);
    let file = desk.done(&["path"]).trim().to_owned();
    assert!(file.ends_with("workspace/src/lib.rs") && Path::new(&file).is_file());
    let tools = desk.home().join("tools");
    for name in ["flagged", "chosen", "visual", "editor"] {
        scribe(&tools, name, "");
    }
    let call = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = desk.command(arguments);
        command.env("PATH", path_with(&tools));
        command.envs(variables.iter().copied());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let called = lines_of(&tools.join("called"), 1);
        called.last().unwrap().clone()
    };
    let both = [("VISUAL", "visual"), ("EDITOR", "editor")];
    assert_eq!(call(&["edit"], &both[1..]), format!("editor {file}"));
    assert_eq!(call(&["edit"], &both), format!("visual {file}"));
    desk.done(&["config", "set", "editor", "chosen 'with one' -x"]);
    assert_eq!(call(&["edit"], &both), format!("chosen with one -x {file}"));
    let flag = ["edit", "--editor", "flagged"];
    assert_eq!(call(&flag, &both), format!("flagged {file}"));
}

#[test]
fn without_an_editor_the_file_is_named_and_what_to_do() {
    let desk = Desk::new();
    desk.done(&["start", "add-two"]);
    let ran = desk.run(&["edit"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("set VISUAL or EDITOR"), "{}", ran.err);
    assert!(ran.err.contains("src/lib.rs"), "{}", ran.err);
    let ran = desk.run(&["edit", "--editor", "no-such-editor"]);
    assert!(
        ran.err.contains("could not start no-such-editor"),
        "{ran:?}"
    );
}

#[test]
fn inside_tmux_the_editor_gets_a_pane_once_and_the_screen_stays() {
    let home = tempfile::tempdir().unwrap();
    let (data, tools) = (home.path().join("data"), home.path().join("tools"));
    let called = scribe(&tools, "tmux", "%7");
    let path = path_with(&tools);
    let surroundings = [
        ("TMUX", "/tmp/tmux-1/x,1,0"),
        ("EDITOR", "my-editor -q"),
        ("PATH", path.as_str()),
    ];
    let mut window = Window::open(&data, &surroundings);
    window.shows("A shared tally");
    window.press("\r");
    window.shows("not timed yet");
    window.press("\r");
    window.shows("CLARIFY");
    window.press("e");
    let lines = lines_of(&called, 1);
    assert!(
        lines[0].starts_with("tmux split-window -h ") && lines[0].contains("my-editor -q "),
        "{lines:?}"
    );
    window.press("e");
    let lines = lines_of(&called, 2);
    assert_eq!(lines[1], "tmux select-pane -t %7");
    assert!(window.screen.screen().alternate_screen());
    window.press("qy");
    window.shows("R goes on");
    window.press("q");
    assert_eq!(window.ended(), 0);
}

#[test]
fn the_path_goes_to_the_clipboard_and_stands_on_the_screen() {
    let mut screens = mock();
    let before = screens.text();
    screens.press("y");
    let Some(Effect::Copy(path)) = screens.wanted.last() else {
        panic!("{:?}", screens.wanted);
    };
    assert_eq!(path, &screens.seat().file().display().to_string());
    let after = screens.text();
    assert!(after.contains("copied, if your terminal"), "{after}");
    // Nothing but the last word has moved.
    let rows = |text: &str| -> Vec<String> { text.lines().take(20).map(str::to_owned).collect() };
    assert_eq!(rows(&after), rows(&before));
    let home = tempfile::tempdir().unwrap();
    let mut window = Window::open(home.path(), &[]);
    window.shows("A shared tally");
    window.press("\r");
    window.shows("not timed yet");
    window.press("\r");
    window.shows("CLARIFY");
    window.press("y");
    window.shows("copied, if your terminal");
    let sent = String::from_utf8_lossy(&window.sent).into_owned();
    assert!(sent.contains("\u{1b}]52;c;"), "the clipboard is asked");
    window.press("qy");
    window.shows("R goes on");
    window.press("q");
    assert_eq!(window.ended(), 0);
}

#[test]
fn code_that_does_not_compile_opens_at_its_first_error() {
    use fiftyten::{
        actions::TestRun,
        domain::verdict::{Diagnostic, Verdict},
        tui::message::JobNews,
    };
    let mut screens = mock();
    let variable = |name: &str| (name == "EDITOR").then(|| "vi".to_owned());
    screens
        .state
        .adopt(Settings::read(Vec::new(), variable, None));
    screens.press("c");
    screens.save("pub fn a( {}\n");
    let hash = screens
        .seat()
        .saved
        .as_ref()
        .map(|(_, saved)| saved.hash.clone());
    let found = Diagnostic {
        file: Some("src/lib.rs".to_owned()),
        line: Some(41),
        column: None,
        level: "error".to_owned(),
        code: None,
        message: "expected a type".to_owned(),
        rendered: String::new(),
        remedy: None,
    };
    screens.news(JobNews::Tested(Ok(TestRun {
        hash: hash.flatten(),
        verdict: Verdict::NotCompiled(vec![found]),
        cage: None,
        seconds: 0.1,
    })));
    screens.press("e");
    let Some(Effect::Edit(edit)) = screens.wanted.last() else {
        panic!("{:?}", screens.wanted);
    };
    assert_eq!((edit.line, edit.editor.as_str()), (Some(41), "vi"));
}

#[test]
fn a_status_bar_hears_of_every_change_until_ctrl_c() {
    use std::io::{BufRead, BufReader};
    let desk = Desk::new();
    desk.done(&["start", "add-two", "--mode", "untimed"]);
    let clock = desk.home().join("clock");
    fs::write(&clock, "1800000060000").unwrap();
    let format = "{phase} {elapsed}";
    let mut child = desk
        .command(&["status", "--watch", "--format", format])
        .env("FIFTYTEN_NOW", format!("@{}", clock.display()))
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "clarify 1:00");
    fs::write(&clock, "1800000125000").unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "clarify 2:05");
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
