//! Who may work at the same time: as many runs as there are seats, or one measured suite and nobody beside it.
//!
//! Submissions that are judged side by side share one [`Seats`]. Every run of a compiler and of a check takes a seat first, and the
//! clock of its limits begins when it has one, so that a crowd costs patience but never a verdict. A suite that is measured on the
//! real clock asks for silence: nobody new sits down, those who sit finish, then it works alone. Whoever else waits for
//! silence goes next, before anybody sits down again, so that one emptying of the room serves several.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::JudgeError;
use super::sandbox::limits::Limits;

/// How long somebody who waits sleeps at most before looking at the cancel flag again.
const TICK: Duration = Duration::from_millis(25);

/// A room with a number of seats.
#[derive(Debug)]
pub struct Seats {
    /// None for a room in which nobody ever waits.
    seats: Option<usize>,
    room: Mutex<Room>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Room {
    taken: usize,
    silent: bool,
    waiting_for_silence: usize,
}

/// A seat, free again when it is dropped.
#[derive(Debug)]
pub struct Seat<'a>(&'a Seats);

/// Silence, over when it is dropped.
#[derive(Debug)]
pub struct Silence<'a>(&'a Seats);

impl Seats {
    /// A room in which nobody waits: for one judgement, which orders its own steps.
    pub fn open() -> Self {
        Self {
            seats: None,
            room: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// A room with this many seats, at least one.
    pub fn new(seats: usize) -> Self {
        Self {
            seats: Some(seats.max(1)),
            ..Self::open()
        }
    }

    /// Sits down, as soon as there is a seat and nobody has or wants silence. Fails with `Cancelled` only.
    pub fn take(&self, cancel: &AtomicBool) -> Result<Seat<'_>, JudgeError> {
        if let Some(seats) = self.seats {
            let free =
                |room: &Room| room.taken < seats && !room.silent && room.waiting_for_silence == 0;
            match self.wait(self.room(), free, cancel) {
                Ok(mut room) => room.taken += 1,
                Err(_room) => return Err(JudgeError::Cancelled),
            }
        }
        Ok(Seat(self))
    }

    /// Has the room to itself, as soon as everybody has left. Fails with `Cancelled` only.
    pub fn silence(&self, cancel: &AtomicBool) -> Result<Silence<'_>, JudgeError> {
        if self.seats.is_some() {
            let mut room = self.room();
            room.waiting_for_silence += 1;
            let empty = |room: &Room| room.taken == 0 && !room.silent;
            match self.wait(room, empty, cancel) {
                Ok(mut room) => {
                    room.waiting_for_silence -= 1;
                    room.silent = true;
                }
                Err(mut room) => {
                    room.waiting_for_silence -= 1;
                    self.changed.notify_all();
                    return Err(JudgeError::Cancelled);
                }
            }
        }
        Ok(Silence(self))
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the room is ready; the error is the room when somebody raised the flag.
    fn wait<'a>(
        &self,
        mut room: MutexGuard<'a, Room>,
        ready: impl Fn(&Room) -> bool,
        cancel: &AtomicBool,
    ) -> Result<MutexGuard<'a, Room>, MutexGuard<'a, Room>> {
        while !ready(&room) {
            if cancel.load(Ordering::Relaxed) {
                return Err(room);
            }
            let woken = self.changed.wait_timeout(room, TICK);
            room = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(room)
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        if self.0.seats.is_some() {
            self.0.room().taken -= 1;
            self.0.changed.notify_all();
        }
    }
}

impl Drop for Silence<'_> {
    fn drop(&mut self) {
        if self.0.seats.is_some() {
            self.0.room().silent = false;
            self.0.changed.notify_all();
        }
    }
}

/// How many runs this machine bears at once: one a core, and no more than may all use up the memory of a compiler.
pub fn seats_of_this_machine() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let most = memory_bytes().map_or(u64::MAX, |memory| memory / Limits::BUILD.memory_bytes);
    cores
        .min(usize::try_from(most).unwrap_or(usize::MAX))
        .max(1)
}

/// What can be used of the memory, by the machine's word and by that of the container around us; none if neither says.
fn memory_bytes() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("MemAvailable:"))?;
        Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
    });
    let container = fs::read_to_string("/sys/fs/cgroup/memory.max")
        .ok()
        .and_then(|text| text.trim().parse().ok());
    machine.into_iter().chain(container).min()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn no_more_sit_than_there_are_seats_and_nobody_beside_silence() {
        let seats = Seats::new(3);
        let never = AtomicBool::new(false);
        let (sitting, most, disturbed) = (
            AtomicUsize::new(0),
            AtomicUsize::new(0),
            AtomicUsize::new(0),
        );
        std::thread::scope(|scope| {
            for worker in 0..8 {
                let (seats, never) = (&seats, &never);
                let (sitting, most, disturbed) = (&sitting, &most, &disturbed);
                scope.spawn(move || {
                    for round in 0..200 {
                        if (round + worker) % 10 == 0 {
                            let _silence = seats.silence(never).expect("nobody cancels");
                            disturbed.fetch_add(sitting.load(Ordering::SeqCst), Ordering::SeqCst);
                            sitting.fetch_add(1, Ordering::SeqCst);
                            std::thread::yield_now();
                            disturbed
                                .fetch_add(sitting.load(Ordering::SeqCst) - 1, Ordering::SeqCst);
                            sitting.fetch_sub(1, Ordering::SeqCst);
                        } else {
                            let _seat = seats.take(never).expect("nobody cancels");
                            let now = sitting.fetch_add(1, Ordering::SeqCst) + 1;
                            most.fetch_max(now, Ordering::SeqCst);
                            std::thread::yield_now();
                            sitting.fetch_sub(1, Ordering::SeqCst);
                        }
                    }
                });
            }
        });
        assert_eq!(disturbed.into_inner(), 0);
        assert!(most.into_inner() <= 3);
    }

    #[test]
    fn whoever_waits_leaves_when_the_flag_is_raised_and_the_room_is_as_before() {
        let seats = Seats::new(1);
        let (never, raised) = (AtomicBool::new(false), AtomicBool::new(true));
        let seat = seats.take(&never).expect("free");
        assert!(matches!(seats.take(&raised), Err(JudgeError::Cancelled)));
        assert!(matches!(seats.silence(&raised), Err(JudgeError::Cancelled)));
        drop(seat);
        drop(seats.take(&raised).expect("nobody wants silence any more"));
        let silence = seats.silence(&never).expect("empty");
        assert!(seats.take(&raised).is_err());
        drop(silence);
        assert!(seats.take(&never).is_ok());
    }

    #[test]
    fn in_an_open_room_nobody_waits() {
        let seats = Seats::open();
        let raised = AtomicBool::new(true);
        let _silence = seats.silence(&raised).expect("no waiting");
        assert!(seats.take(&raised).is_ok());
    }
}
