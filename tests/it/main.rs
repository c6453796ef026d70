//! One test binary, one module per promise.

mod architecture;
mod attempts;
mod authoring;
mod bad_input;
mod clarify;
mod cli;
mod desk;
mod hostile;
mod judge_bench;
mod judge_limits;
mod judge_samples;
mod judge_verdicts;
mod kit;
mod score_json;
mod session;
mod session_facts;
