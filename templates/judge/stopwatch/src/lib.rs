//! Stopwatch.
