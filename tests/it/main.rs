//! One test binary, one module per promise.

mod architecture;
mod attempts;
mod bad_input;
mod cli;
mod desk;
mod judge_bench;
mod judge_limits;
mod judge_samples;
mod judge_verdicts;
mod kit;
mod score_json;
mod screens;
mod screens_desk;
mod screens_pty;
mod screens_random;
mod session;
mod session_facts;
