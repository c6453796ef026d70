//! Sample tests: the same rules as in the hidden suites, with other numbers.

use stampede_guard::{FlightCache, LoadError};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

const AN_HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn a_value_is_loaded_once_and_then_found() {
    let cache = FlightCache::new(AN_HOUR);
    assert_eq!(cache.get_or_load("menu", || Ok("soup")), Ok("soup"));
    let again = cache.get_or_load("menu", || panic!("it is cached"));
    assert_eq!(again, Ok("soup"));
    assert_eq!(cache.len(), 1);
    cache.invalidate("menu");
    assert_eq!(cache.get_or_load("menu", || Ok("salad")), Ok("salad"));
}

#[test]
fn an_error_is_not_kept() {
    let cache = FlightCache::new(AN_HOUR);
    let failed = cache.get_or_load("weather", || Err("no signal".to_owned()));
    assert_eq!(failed, Err(LoadError::Failed("no signal".to_owned())));
    assert_eq!(cache.len(), 0);
    assert_eq!(cache.get_or_load("weather", || Ok("sunny")), Ok("sunny"));
}

#[test]
fn callers_at_the_same_time_share_one_load() {
    let cache = FlightCache::new(AN_HOUR);
    let loads = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let price = cache.get_or_load("price", || {
                    loads.fetch_add(1, Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(10));
                    Ok(250)
                });
                assert_eq!(price, Ok(250));
            });
        }
    });
    assert_eq!(loads.load(Ordering::SeqCst), 1);
}
