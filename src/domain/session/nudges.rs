//! What an interviewer would throw in by now.

use super::{
    phases::{MINUTE, Phase},
    state::SessionState,
};
use crate::domain::attempt::Mode;

/// Something an interviewer would throw in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nudge {
    /// Minute 15, and no test run has compiled.
    Compiles,
    /// Minute 25, and the samples do not all pass.
    Core,
    /// Neither a save nor a word.
    Still,
    /// Saves, but no word; soon that counts as silent coding.
    Silent,
}

/// So long without a save and without a word is a standstill.
const STILL: u64 = 6 * MINUTE;

/// So long without a word is worth a question; at 12 minutes it is a red flag.
const SILENT: u64 = 9 * MINUTE;

impl SessionState {
    /// What an interviewer would throw in at a moment: at most one about the code, and one about the talk. Only in a mock, and
    /// only while code is written.
    pub fn nudges(&self, now: u64) -> Vec<Nudge> {
        let phase = self.phase_at(now);
        if self.mode != Mode::Mock || !phase.coding() || self.paused() {
            return Vec::new();
        }
        let code = self.about_code(now).filter(|_| phase == Phase::Implement);
        code.into_iter().chain(self.about_talk(now)).collect()
    }

    fn about_code(&self, now: u64) -> Option<Nudge> {
        let minute = self.elapsed(now) / MINUTE;
        let last = self.tests.last();
        let green = last.is_some_and(|run| run.compiled && run.of > 0 && run.passed == run.of);
        let compiles = last.is_some_and(|run| run.compiled);
        match minute {
            25.. if !green => Some(Nudge::Core),
            15.. if !compiles => Some(Nudge::Compiles),
            _ => None,
        }
    }

    fn about_talk(&self, now: u64) -> Option<Nudge> {
        let begin = self.coding_begins(now)?;
        let notes = self.notes.iter().map(|(at, _)| *at);
        let spoken = notes.chain(self.asked.iter().map(|(at, ..)| *at));
        let spoken = spoken.max().unwrap_or(0).max(begin);
        let saves = self.snapshots.iter().map(|kept| kept.at);
        let worked = saves.chain(self.tests.iter().map(|run| run.at));
        let moved = worked.max().unwrap_or(0).max(spoken);
        let since = |at: u64| self.elapsed(now).saturating_sub(self.elapsed(at));
        if since(moved) >= STILL {
            Some(Nudge::Still)
        } else if since(spoken) >= SILENT {
            Some(Nudge::Silent)
        } else {
            None
        }
    }
}
