//! One test binary, one module per promise.

mod architecture;
mod desk;
mod judge_bench;
mod judge_limits;
mod judge_samples;
mod judge_verdicts;
mod kit;
