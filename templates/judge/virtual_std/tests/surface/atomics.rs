//! `std::sync::atomic`.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{self, *};

fn panics(f: impl FnOnce()) -> bool {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).is_err()
}

macro_rules! integer {
    ($atomic:ident, $value:ident) => {{
        let mut a = $atomic::new(6);
        assert_eq!(size_of::<$atomic>(), size_of::<$value>());
        assert_eq!(align_of::<$atomic>(), size_of::<$value>());
        assert_eq!(a.load(Acquire), 6);
        a.store(7, Release);
        assert_eq!(a.swap(6, AcqRel), 7);
        assert_eq!(a.fetch_add(4, SeqCst), 6);
        assert_eq!(a.fetch_sub(4, Relaxed), 10);
        assert_eq!(a.fetch_and(3, SeqCst), 6);
        assert_eq!(a.fetch_or(4, SeqCst), 2);
        assert_eq!(a.fetch_xor(1, SeqCst), 6);
        assert_eq!(a.fetch_nand(3, SeqCst), 7);
        assert_eq!(a.fetch_max($value::MAX, SeqCst), !3);
        assert_eq!(a.fetch_add(1, SeqCst), $value::MAX);
        assert_eq!(a.fetch_min(0, SeqCst), $value::MIN);
        a.store(0, SeqCst);
        assert_eq!(a.compare_exchange(0, 1, SeqCst, Relaxed), Ok(0));
        assert_eq!(a.compare_exchange(0, 1, AcqRel, Acquire), Err(1));
        assert_eq!(a.compare_exchange_weak(0, 1, Release, SeqCst), Err(1));
        assert_eq!(a.fetch_update(SeqCst, SeqCst, |x| Some(x + 1)), Ok(1));
        assert_eq!(a.fetch_update(SeqCst, SeqCst, |_| None), Err(2));
        assert_eq!(a.try_update(SeqCst, SeqCst, |x| Some(x + 1)), Ok(2));
        assert_eq!(a.update(SeqCst, SeqCst, |x| x + 1), 3);
        *a.get_mut() += 1;
        assert_eq!(format!("{a:?}"), "5");
        assert_eq!(a.as_ptr().cast_const(), (&raw const a).cast());
        assert_eq!(a.into_inner(), 5);
        assert_eq!($atomic::default().load(SeqCst), 0);
        assert_eq!($atomic::from(3).load(SeqCst), 3);
    }};
}

#[expect(deprecated, reason = "std still has them")]
pub fn lines() {
    integer!(AtomicU8, u8);
    integer!(AtomicI8, i8);
    integer!(AtomicU16, u16);
    integer!(AtomicI16, i16);
    integer!(AtomicU32, u32);
    integer!(AtomicI32, i32);
    integer!(AtomicU64, u64);
    integer!(AtomicI64, i64);
    integer!(AtomicUsize, usize);
    integer!(AtomicIsize, isize);

    let flag = AtomicBool::new(true);
    assert!(flag.fetch_and(false, SeqCst) && !flag.fetch_or(true, SeqCst));
    assert!(flag.fetch_xor(true, SeqCst) && !flag.fetch_nand(true, SeqCst));
    assert!(flag.fetch_not(SeqCst) && !flag.swap(true, SeqCst));
    assert_eq!(flag.compare_exchange(true, false, SeqCst, SeqCst), Ok(true));
    assert!(!AtomicBool::default().compare_and_swap(true, false, SeqCst));
    assert_eq!(format!("{flag:?}"), "false");

    let mut array = [1_u8, 2, 3];
    let pointer = AtomicPtr::new(&raw mut array[0]);
    assert_eq!(pointer.fetch_ptr_add(1, SeqCst), &raw mut array[0]);
    assert_eq!(pointer.fetch_byte_add(1, SeqCst), &raw mut array[1]);
    assert_eq!(pointer.fetch_ptr_sub(1, SeqCst), &raw mut array[2]);
    assert_eq!(pointer.fetch_byte_sub(1, SeqCst), &raw mut array[1]);
    assert_eq!(
        pointer.fetch_or(0, SeqCst),
        pointer.fetch_and(usize::MAX, SeqCst)
    );
    assert_eq!(pointer.fetch_xor(0, SeqCst), pointer.load(SeqCst));
    assert!(AtomicPtr::<u8>::default().load(SeqCst).is_null());
    assert_eq!(format!("{pointer:p}"), format!("{:p}", &raw const array[0]));

    atomic::fence(AcqRel);
    atomic::compiler_fence(SeqCst);
    atomic::spin_loop_hint();
    std::hint::spin_loop();
    assert_eq!(std::hint::black_box(ATOMIC_USIZE_INIT).into_inner(), 0);
    let integer = AtomicU8::new(0);
    // The orderings are computed, since rustc refuses wrong literal ones of the real types.
    let [relaxed, acquire, release, acq_rel] =
        std::hint::black_box([Relaxed, Acquire, Release, AcqRel]);
    assert!(panics(|| integer.store(1, acquire)) && panics(|| integer.store(1, acq_rel)));
    let load = |order| panics(|| assert!(integer.load(order) < 2));
    assert!(load(release) && load(acq_rel) && !load(acquire));
    let exchange = |order| panics(|| _ = integer.compare_exchange(0, 1, SeqCst, order));
    assert!(exchange(release) && exchange(acq_rel) && !exchange(relaxed));
    let weak = |order| panics(|| _ = integer.compare_exchange_weak(0, 1, SeqCst, order));
    assert!(weak(release) && weak(acq_rel) && !weak(relaxed));
    assert!(panics(|| atomic::fence(relaxed)) && panics(|| atomic::compiler_fence(relaxed)));
    assert_eq!(core::sync::atomic::AtomicU8::new(4).into_inner(), 4);
}
