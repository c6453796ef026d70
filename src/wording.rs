//! The only place where a verdict becomes English.
