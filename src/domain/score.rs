//! Verdict and session weighed by the rubric.
