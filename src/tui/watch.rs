//! Tells when something below a workspace was written. Watches folders, because editors replace files; whoever listens
//! compares contents, because a touch or a read is no save.

use std::{
    path::Path,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::Duration,
};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::message::Message;

/// An editor writes in several steps; this much silence ends a save.
const QUIET: Duration = Duration::from_millis(150);

/// Watches until it is dropped.
pub struct Watch {
    _watcher: RecommendedWatcher,
}

impl Watch {
    /// Watches the sources and tests of a package.
    ///
    /// Fails if the system cannot watch.
    pub fn over(folder: &Path, messages: Sender<Message>) -> notify::Result<Watch> {
        let (events, seen) = channel();
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                let written = event.is_ok_and(|event| {
                    !matches!(event.kind, EventKind::Access(_)) && concerns_rust(&event)
                });
                if written {
                    // The listener ends with the watch.
                    let _ = events.send(());
                }
            })?;
        // Not the folder as a whole: cargo writes thousands of files below `target`.
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
        for inner in ["src", "tests"] {
            let inner = folder.join(inner);
            if inner.is_dir() {
                watcher.watch(&inner, RecursiveMode::Recursive)?;
            }
        }
        thread::Builder::new()
            .name("watch".to_owned())
            .spawn(move || tell(&seen, &messages))
            .map_err(notify::Error::io)?;
        Ok(Watch { _watcher: watcher })
    }
}

/// A Rust file, or a folder that may hold some.
fn concerns_rust(event: &notify::Event) -> bool {
    event.paths.iter().any(|path| {
        path.extension().is_none_or(|ending| ending == "rs") && !path.ends_with("target")
    })
}

fn tell(seen: &Receiver<()>, messages: &Sender<Message>) {
    while seen.recv().is_ok() {
        loop {
            match seen.recv_timeout(QUIET) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        if messages.send(Message::Touched).is_err() {
            return;
        }
    }
}
