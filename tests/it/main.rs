//! One test binary, one module per promise.

mod desk;
mod judge_bench;
mod judge_limits;
mod judge_samples;
mod judge_verdicts;
