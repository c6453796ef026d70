//! A performance suite as an author writes it; here both sides are this very crate.

extern crate stopwatch as reference;
extern crate stopwatch as submission;

/// A module of its own, as the crates of both sides have their names at the root.
mod suite {
    stopwatch::both_sides! {
        use subject::allocated_bytes;

        /// Reads the counters.
        pub fn reading(size: usize) -> impl FnMut() -> usize {
            let _ballast = vec![0_u8; size];
            allocated_bytes
        }

        pub fn sorting() -> Vec<u64> {
            let mut values: Vec<u64> = (0..20_000).map(|i: u64| i.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
            values.sort_unstable();
            values
        }
    }

    use stopwatch::{Growth, allocations_during, at_most_bytes, growth, race_reference};

    #[test]
    fn a_suite_is_written_once_for_both_sides() {
        growth(
            submission::reading,
            reference::reading,
            [2_000, 32_000],
            Growth::CONSTANT,
        );
    }

    #[test]
    fn equal_work_is_equally_fast() {
        race_reference(submission::sorting, reference::sorting);
    }

    #[test]
    fn work_done_twelve_times_costs_points_and_fails_nobody() {
        race_reference(
            || (0..12).map(|_| submission::sorting().len()).sum::<usize>(),
            reference::sorting,
        );
    }

    #[test]
    fn work_done_five_times_still_passes() {
        race_reference(
            || (0..5).map(|_| submission::sorting().len()).sum::<usize>(),
            reference::sorting,
        );
    }

    #[test]
    #[should_panic(expected = "32,000 summands cost ")]
    fn a_growing_cost_is_told_with_its_sizes() {
        let scan = |size: usize| {
            let values = vec![1_u64; size];
            move || std::hint::black_box(&values).iter().sum::<u64>()
        };
        growth(
            scan,
            reference::reading,
            [2_000, 32_000],
            Growth::at_most(4.0).of("summands"),
        );
    }

    #[test]
    #[should_panic(expected = "one entry takes 129 bytes; the limit is 128")]
    fn too_many_bytes_fail() {
        at_most_bytes("one entry", 128, 128);
        at_most_bytes("one entry", 129, 128);
    }

    #[test]
    fn allocations_are_counted() {
        assert!(allocations_during(|| vec![1_u8; 100]) >= 1);
    }
}
