#![forbid(unsafe_code)]
//! Counts and sums per key and window of event time.

/// Something that happened, as the log delivers it: at least once, in no particular order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The same in each delivery of one event.
    pub id: u64,
    /// What it is counted under.
    pub key: String,
    /// When it happened, in milliseconds.
    pub ts_ms: u64,
    /// What it adds to the sum.
    pub value: i64,
}

/// All accepted events of one key in one window.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WindowResult {
    /// Where the window begins: a multiple of the size.
    pub start: u64,
    /// The key of the events.
    pub key: String,
    /// How many events, at least one.
    pub count: u64,
    /// The sum of their values; it saturates event by event.
    pub sum: i64,
}

/// Why there is no processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigError {
    /// Windows need a size.
    ZeroSize,
}

/// What became of the events pushed so far; each is one of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// Taken into a window.
    pub accepted: u64,
    /// Ignored: the id is in an open window.
    pub duplicates: u64,
    /// Dropped: the window is closed.
    pub late: u64,
}

/// Windows by event time. Shared by reference among threads; each call takes effect at one moment.
pub struct WindowProcessor {
    // Replace this by what you need.
    _state: (),
}

impl WindowProcessor {
    /// A processor with windows of `size_ms`, which waits for events up to `max_delay_ms` behind the
    /// latest one.
    ///
    /// The watermark is the largest time seen less `max_delay_ms`, at least 0; one for all keys, and
    /// it never goes back.
    pub fn new(size_ms: u64, max_delay_ms: u64) -> Result<Self, ConfigError> {
        let _ = (size_ms, max_delay_ms);
        todo!()
    }

    /// Takes one event and returns the windows that it closes, ordered by start, then key.
    ///
    /// First: an event whose id was accepted before, into a window that is still open, is a
    /// duplicate, whatever its key, time and value. It is ignored and does not move the watermark.
    /// Then: an event whose window is closed is late, and dropped. Its id is not remembered.
    /// All others are accepted.
    ///
    /// Windows begin at multiples of the size and are half-open. One is closed as soon as the
    /// watermark is at its end or beyond; an end beyond `u64::MAX` counts as `u64::MAX`. What is
    /// closed is forgotten, ids included.
    pub fn push(&self, event: Event) -> Vec<WindowResult> {
        let _ = event;
        todo!()
    }

    /// The end of the input: closes all open windows, and moves the watermark to the end of the last
    /// one. Returns them ordered by start, then key. With nothing open it changes nothing.
    ///
    /// Events may be pushed afterwards; those before the watermark are late.
    pub fn flush(&self) -> Vec<WindowResult> {
        todo!()
    }

    /// How far the stream is taken to be complete, in milliseconds.
    pub fn watermark(&self) -> u64 {
        todo!()
    }

    /// What became of all events so far, at one moment.
    pub fn counters(&self) -> Counters {
        todo!()
    }

    /// How many pairs of start and key are open.
    pub fn open_windows(&self) -> usize {
        let _ = self._state;
        todo!()
    }
}
