//! The checker against a slow oracle that tries every order.
