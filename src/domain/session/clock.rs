//! What time it is in a session: counted time, phases, deadlines. Everything follows from the journal and the moment asked for.

use super::{
    phases::{MINUTE, Phase},
    state::SessionState,
};
use crate::domain::attempt::Mode;

impl SessionState {
    /// Stretches before a moment that are not working time, in order, without overlaps: pauses and gaps that do not count.
    fn idle_stretches(&self, until: u64) -> Vec<(u64, u64)> {
        let pauses = self
            .pauses
            .iter()
            .map(|pause| (pause.from, pause.until.unwrap_or(until)));
        let gaps = self
            .gaps
            .iter()
            .filter(|(_, _, counted)| !counted)
            .map(|(from, to, _)| (*from, *to));
        let mut stretches: Vec<(u64, u64)> = pauses
            .chain(gaps)
            .map(|(from, to)| (from.max(self.started), to.min(until)))
            .collect();
        stretches.sort_unstable();
        let mut reached = 0;
        for (from, to) in &mut stretches {
            *from = reached.max(*from);
            reached = reached.max(*to);
        }
        stretches.retain(|(from, to)| from < to);
        stretches
    }

    /// Milliseconds of [`SessionState::idle_stretches`].
    fn idle(&self, until: u64) -> u64 {
        let stretches = self.idle_stretches(until);
        stretches.iter().map(|(from, to)| to - from).sum()
    }

    /// Counted milliseconds from the start to a moment; a clock that was set back counts as standing still.
    pub fn elapsed(&self, now: u64) -> u64 {
        now.saturating_sub(self.started)
            .saturating_sub(self.idle(now))
    }

    /// The unix millisecond at which a counted time is reached, as the journal stands at `now`.
    pub fn moment_of(&self, elapsed: u64, now: u64) -> u64 {
        // Idle time moves the moment on, and moving on may pass further idle time. A journal from elsewhere may name any moment.
        let mut moment = self.started.saturating_add(elapsed);
        for (from, to) in self.idle_stretches(now) {
            if from >= moment {
                break;
            }
            moment = moment.saturating_add(to - from);
        }
        moment
    }

    /// The phase at a moment.
    pub fn phase_at(&self, now: u64) -> Phase {
        if self.abandoned.is_some() {
            return Phase::Over;
        }
        let elapsed = self.elapsed(now);
        if self.submitted.is_some() {
            return match (self.mode, self.discussion_ends()) {
                (_, Some(end)) if elapsed < end => Phase::Discuss,
                (Mode::Untimed, None) => Phase::Implement,
                _ => Phase::Over,
            };
        }
        for (phase, end) in &self.plan.phases {
            let skipped = *phase == Phase::Clarify && self.coding_since.is_some();
            if !skipped && end.is_none_or(|end| elapsed < end) {
                return *phase;
            }
        }
        match (self.plan.freeze, self.discussion_ends()) {
            (Some(_), Some(end)) if elapsed < end => Phase::Discuss,
            (Some(_), _) => Phase::Over,
            // Without a freeze the work goes on over time.
            (None, _) => self.plan.last(),
        }
    }

    /// Counted time at which the talk ends: it begins when the code is handed in, and at the freeze at the latest.
    fn discussion_ends(&self) -> Option<u64> {
        let handed_in = self.submitted.as_ref().map(|(at, ..)| self.elapsed(*at));
        let begin = handed_in.unwrap_or(u64::MAX).min(self.plan.freeze?);
        Some(begin.saturating_add(self.plan.discuss?))
    }

    /// Counted milliseconds left in the phase; negative over time; none where the mode has no clock.
    pub fn left_in_phase(&self, now: u64) -> Option<i64> {
        let phase = self.phase_at(now);
        let end = match phase {
            Phase::Over => return None,
            Phase::Discuss => self.discussion_ends()?,
            _ => {
                let own = self.plan.phases.iter().find(|(of, _)| *of == phase);
                own.and_then(|(_, end)| *end)?
            }
        };
        Some(left(end, self.elapsed(now)))
    }

    /// Counted milliseconds left until the code freezes or the short form ends; none without a clock or after submitting.
    pub fn left_to_code(&self, now: u64) -> Option<i64> {
        if self.submitted.is_some() || self.abandoned.is_some() {
            return None;
        }
        self.plan.end().map(|end| left(end, self.elapsed(now)))
    }

    /// Whether the time for code is up: in a mock at 50:00, elsewhere never.
    pub fn frozen_at(&self, now: u64) -> bool {
        self.plan
            .freeze
            .is_some_and(|freeze| self.elapsed(now) >= freeze)
    }

    /// Whether the attempt can still be worked on.
    pub fn open(&self, now: u64) -> bool {
        self.phase_at(now) != Phase::Over || (self.submitted.is_none() && self.abandoned.is_none())
    }

    /// The moment at which coding began or begins by the clock.
    pub fn coding_begins(&self, now: u64) -> Option<u64> {
        let by_clock = match self.plan.phases.first() {
            Some((Phase::Clarify, Some(end))) => Some(self.moment_of(*end, now)),
            Some((Phase::Clarify, None)) | None => None,
            Some(_) => Some(self.started),
        };
        match (self.coding_since, by_clock) {
            (Some(early), Some(clock)) => Some(early.min(clock)),
            (early, clock) => early.or(clock),
        }
    }

    /// A stretch without a sign of life that somebody should decide about: only while a screen was watching, and only
    /// if it is longer than half a minute. Pausing is no gap.
    pub fn unexplained_gap(&self, now: u64) -> Option<(u64, u64)> {
        let silent = now.saturating_sub(self.last);
        (self.watched && !self.paused() && silent > MINUTE / 2 && self.open(now))
            .then_some((self.last, now))
    }
}

/// What is left until `end`; negative after it.
fn left(end: u64, elapsed: u64) -> i64 {
    let number = |milliseconds| i64::try_from(milliseconds).unwrap_or(i64::MAX);
    number(end).saturating_sub(number(elapsed))
}
