//! Counts of the heap. One test, for the counts are those of the whole process.

use judge_kit::{DropCounter, allocated_bytes, allocations_during, check};

#[test]
fn a_dropped_structure_gives_its_tokens_and_its_memory_back() {
    check(|| {
        let drops = DropCounter::new();
        let before = allocated_bytes();
        let many = vec![drops.token(); 100];
        assert!(allocated_bytes() >= before + 100 * size_of_val(&many[0]));
        assert_eq!(
            (drops.live(), drops.created(), drops.dropped()),
            (100, 100, 0)
        );
        drop(many);
        assert_eq!((drops.live(), drops.dropped()), (0, 100));
        assert_eq!(allocated_bytes(), before);
        assert_eq!(
            allocations_during(|| std::hint::black_box(Vec::<u8>::with_capacity(10))),
            1
        );
        assert_eq!(allocations_during(|| 1 + 1), 0);
    });
}
