//! `Once`, `OnceLock`, `LazyLock`.

use std::panic::catch_unwind;
use std::sync::{LazyLock, Mutex, Once, OnceLock, OnceState};

static NUMBERS: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static LAZY: LazyLock<Mutex<Vec<u8>>> = LazyLock::new(|| Mutex::new(vec![1]));
static CELL: OnceLock<String> = OnceLock::new();
static ONCE: Once = Once::new();

pub fn lines() {
    ONCE.call_once(|| NUMBERS.lock().unwrap().push(1));
    ONCE.call_once(|| unreachable!("it has run"));
    assert!(ONCE.is_completed());
    ONCE.wait();
    ONCE.wait_force();
    assert_eq!(*NUMBERS.lock().unwrap(), [1]);
    let once = Once::new();
    catch_unwind(|| once.call_once(|| panic!("on purpose"))).unwrap_err();
    catch_unwind(|| once.call_once(|| {})).expect_err("it is poisoned");
    once.call_once_force(|state: &OnceState| assert!(state.is_poisoned()));
    assert_eq!(format!("{once:?}"), "Once { .. }");

    assert_eq!(CELL.get(), None);
    assert_eq!(CELL.get_or_init(|| "a".to_owned()), "a");
    assert_eq!(CELL.set("b".to_owned()), Err("b".to_owned()));
    assert_eq!(CELL.wait(), "a");
    let mut cell = OnceLock::new();
    assert_eq!(format!("{cell:?}"), "OnceLock(<uninit>)");
    catch_unwind(|| {
        OnceLock::<u8>::new()
            .get_or_init(|| panic!("on purpose"))
            .to_owned()
    })
    .unwrap_err();
    cell.set(1).unwrap();
    *cell.get_mut().unwrap() += 1;
    assert_eq!(format!("{cell:?}"), "OnceLock(2)");
    assert!(cell.clone() == cell && cell == OnceLock::from(2) && OnceLock::<u8>::default() != cell);
    assert_eq!((cell.take(), cell.take()), (Some(2), None));
    assert_eq!(cell.into_inner(), None);

    LAZY.lock().unwrap().push(2);
    assert_eq!(*LAZY.lock().unwrap(), [1, 2]);
    let mut lazy = LazyLock::new(|| 1);
    assert_eq!(LazyLock::get(&lazy), None);
    assert_eq!(format!("{lazy:?}"), "LazyLock(<uninit>)");
    assert_eq!(*LazyLock::force(&lazy) + *lazy, 2);
    *lazy += 1;
    *LazyLock::force_mut(&mut lazy) += 1;
    *LazyLock::get_mut(&mut lazy).unwrap() += 1;
    assert_eq!(format!("{lazy:?}"), "LazyLock(4)");
    assert_eq!(*LazyLock::<u8>::default(), 0);
    let broken: LazyLock<u8> = LazyLock::new(|| panic!("on purpose"));
    catch_unwind(|| *broken).unwrap_err();
    catch_unwind(|| *broken).expect_err("it is poisoned");
}
