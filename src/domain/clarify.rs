//! Matches a typed question to the ones that the interviewer can answer.
