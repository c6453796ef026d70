//! The files baked into the binary.
