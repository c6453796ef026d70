//! What one decision costs, and what a sweep costs.

use judge_kit::{Growth, growth, race_reference};

judge_kit::both_sides! {
    use std::net::{IpAddr, Ipv4Addr};
    use std::thread;
    use std::time::Duration;
    use subject::{Caller, Decision, LayeredLimiter, Rule, Scope};

    const HOUR: Duration = Duration::from_secs(3_600);
    const MOMENT: Duration = Duration::from_nanos(1);

    fn limiter(scopes: &[Scope], window: Duration) -> LayeredLimiter {
        let rule = |scope: &Scope| Rule {
            scope: *scope,
            limit: u32::MAX,
            window,
        };
        match LayeredLimiter::new(scopes.iter().map(rule).collect()) {
            Ok(limiter) => limiter,
            Err(error) => panic!("these are valid rules: {error:?}"),
        }
    }

    fn address(number: usize) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(number as u32))
    }

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("user {number}")).collect()
    }

    fn pass(limiter: &LayeredLimiter, user: &str, number: usize) {
        let decision = limiter.check(Caller {
            user: Some(user),
            ip: address(number),
        });
        assert!(matches!(decision, Decision::Allowed { .. }));
    }

    /// A request of one of 250 users among so many, each with an address of its own.
    pub fn among_keys(keys: usize) -> impl FnMut() {
        let limiter = limiter(&[Scope::User, Scope::Ip, Scope::Global], HOUR);
        let names = names(keys);
        for (number, name) in names.iter().enumerate() {
            pass(&limiter, name, number);
        }
        let step = keys / 250;
        let mut turn = 0;
        move || {
            turn = (turn + 1) % 250;
            pass(&limiter, &names[turn * step], turn * step);
        }
    }

    /// Eight threads, each with users and addresses of its own.
    pub fn eight_threads() {
        let limiter = limiter(&[Scope::User, Scope::Ip], HOUR);
        let names = names(64);
        thread::scope(|scope| {
            for thread in 0..8 {
                let (limiter, names) = (&limiter, &names);
                scope.spawn(move || {
                    for round in 0..4_000 {
                        let number = thread * 8 + round % 8;
                        pass(limiter, &names[number], number);
                    }
                });
            }
        });
    }

    /// Thousands of users come, their windows end at once, and all of them are swept.
    pub fn come_and_go() -> impl FnMut() {
        let limiter = limiter(&[Scope::User], MOMENT);
        let names = names(8_000);
        move || {
            for name in &names {
                pass(&limiter, name, 0);
            }
            let swept = limiter.sweep();
            assert_eq!(swept, names.len(), "keys that were swept");
        }
    }
}

/// Study: a check looks at three keys, however many there are.
#[test]
fn a_check_hardly_costs_more_among_many_keys() {
    growth(
        submission::among_keys,
        reference::among_keys,
        [1_000, 16_000],
        Growth::at_most(4.0).of("keys"),
    );
}

#[test]
fn eight_threads_with_keys_of_their_own_keep_up_with_the_reference() {
    race_reference(submission::eight_threads, reference::eight_threads);
}

/// Study: a sweep passes over the keys once, however many of them go.
#[test]
fn a_sweep_of_many_keys_keeps_up_with_the_reference() {
    race_reference(submission::come_and_go(), reference::come_and_go());
}
