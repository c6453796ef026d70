//! One test binary, one module per promise.

mod architecture;
mod attempts;
mod authoring;
mod bad_input;
mod batch;
mod clarify;
mod cli;
mod concurrency_corpus;
#[path = "../support/corpus.rs"]
mod corpus;
mod debrief;
mod desk;
mod fuzz;
mod hostile;
mod hostile_submissions;
mod judge_bench;
mod judge_limits;
mod judge_samples;
mod judge_verdicts;
mod keys;
mod kit;
mod limits_told;
#[path = "../support/fuzz.rs"]
mod machine;
mod mutation;
mod numbers;
mod page;
mod plain;
mod saves;
mod score_json;
mod screens;
mod screens_checks;
mod screens_desk;
mod screens_lasting;
mod screens_pty;
mod screens_random;
mod screens_replay;
mod session;
mod session_facts;
mod stories;
mod study;
mod weak_cage;
