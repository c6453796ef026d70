//! Leaves events out where there are too many, so that a busy thread does not crowd out the others' part of the story.

use std::collections::VecDeque;

use crate::task::MOST_TASKS;
use crate::trace::Event;

/// Of a thread's share, one in so many events is kept for how it began; the others for how it ended.
const BEGINNING: usize = 4;

/// Tasks are told apart by so many low bits of their numbers; more would hardly be read.
const LANES: usize = MOST_TASKS;

/// Leaves out events until about `room` are left: each thread has an equal share, its first and its last ones. Those who do
/// little keep all, and so does what makes this schedule differ from the plain one.
///
/// Takes no memory, so that no check sees the heap move.
pub(crate) fn thin(events: &mut VecDeque<Event>, room: usize) {
    if events.len() <= room {
        return;
    }
    let mut counts = [0; LANES];
    for event in &*events {
        counts[lane(event)] += 1;
    }
    let share = share(&counts, room);
    let mut seen = [0; LANES];
    let mut left_out = [0; LANES];
    // A lane's last event stays always, so every gap has an event behind it.
    events.retain_mut(|event| {
        let lane = lane(event);
        let place = seen[lane];
        seen[lane] += 1;
        let begins = place < share / BEGINNING;
        let ends = counts[lane] - place <= (share - share / BEGINNING).max(1);
        if begins || ends || event.deviation.is_some() {
            event.left_out += std::mem::take(&mut left_out[lane]);
            return true;
        }
        left_out[lane] += event.left_out + 1;
        false
    });
}

fn lane(event: &Event) -> usize {
    usize::from(event.task) % LANES
}

/// The largest share with which all lanes together need no more than the room.
fn share(counts: &[usize; LANES], room: usize) -> usize {
    let needed = |share: usize| counts.iter().map(|&count| count.min(share)).sum::<usize>();
    let (mut fits, mut exceeds) = (1, room + 1);
    while exceeds - fits > 1 {
        let middle = fits.midpoint(exceeds);
        if needed(middle) <= room {
            fits = middle;
        } else {
            exceeds = middle;
        }
    }
    fits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Op;

    fn event(step: u64, task: u16) -> Event {
        Event {
            step,
            task,
            op: Op::new("Mutex::lock", 0),
            now: 0,
            left_out: 0,
            note: None,
            outcome: crate::trace::Outcome::default(),
            deviation: None,
        }
    }

    #[test]
    fn the_quiet_keep_their_steps_and_the_busy_give_theirs_up() {
        let story = (0..10).map(|step| event(step, 1));
        let janitor = (10..5_000).map(|step| event(step, 2));
        let mut events: VecDeque<Event> = story.chain(janitor).collect();
        thin(&mut events, 1_000);
        thin(&mut events, 100);
        let of = |task| events.iter().filter(move |event| event.task == task);
        assert_eq!(of(1).count(), 10);
        assert_eq!(of(2).count(), 90);
        assert_eq!(of(2).next().map(|event| event.step), Some(10));
        assert_eq!(of(2).next_back().map(|event| event.step), Some(4_999));
        let left_out: u32 = of(2).map(|event| event.left_out).sum();
        assert_eq!(left_out, 4_990 - 90);
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        let mut events: VecDeque<Event> = (0..50).map(|step| event(step, 0)).collect();
        thin(&mut events, 50);
        assert_eq!(events.len(), 50);
        assert!(events.iter().all(|event| event.left_out == 0));
    }
}
