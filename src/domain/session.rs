//! The timed run of an attempt as a pure machine.
