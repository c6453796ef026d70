//! The checker against a slow oracle that tries every order.

use super::History;
use super::linearize::{Outcome, Span, linearize};

/// A queue, seen from outside: the value pushed, or the value that came out.
#[derive(Clone, Copy, Debug)]
enum Op {
    Push(u8),
    Pop,
}

type Ret = Option<u8>;

/// One call of a generated history; `ret` is `None` for a pending one.
#[derive(Clone, Debug)]
struct Made {
    op: Op,
    ret: Option<Ret>,
    span: Span,
}

/// The rule of the queue. A pending call may return anything.
fn step(queue: &[u8], call: &Made) -> Option<Vec<u8>> {
    let (next, ret) = perform(queue, call.op);
    (call.ret.is_none() || call.ret == Some(ret)).then_some(next)
}

fn perform(queue: &[u8], op: Op) -> (Vec<u8>, Ret) {
    match op {
        Op::Push(value) => ([queue, &[value]].concat(), None),
        Op::Pop => match queue {
            [] => (Vec::new(), None),
            [first, rest @ ..] => (rest.to_vec(), Some(*first)),
        },
    }
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }
}

/// Runs `calls` calls on two to four threads against a real queue, each taking effect at one moment between its begin
/// and its end; then one result in two histories is falsified. Calls in flight at the end stay pending.
fn history(dice: &mut Dice, calls: usize) -> Vec<Made> {
    let threads = 2 + dice.below(3) as usize;
    let (mut queue, mut made, mut time) = (Vec::new(), Vec::<Made>::new(), 0);
    // What each thread is in: the call, and its result once it has taken effect.
    let mut running: Vec<Option<(usize, Option<Ret>)>> = vec![None; threads];
    let patience = calls * 3 + dice.below(6) as usize;
    for _ in 0..patience {
        let thread = dice.below(threads as u64) as usize;
        time += 1;
        running[thread] = match running[thread] {
            None if made.len() < calls => {
                let op = if dice.below(2) == 0 {
                    Op::Push(dice.below(3) as u8)
                } else {
                    Op::Pop
                };
                made.push(Made {
                    op,
                    ret: None,
                    span: Span {
                        begin: time,
                        end: None,
                    },
                });
                Some((made.len() - 1, None))
            }
            None => None,
            Some((call, None)) => {
                let (next, ret) = perform(&queue, made[call].op);
                queue = next;
                Some((call, Some(ret)))
            }
            Some((call, Some(ret))) => {
                made[call].ret = Some(ret);
                made[call].span.end = Some(time);
                None
            }
        };
    }
    if dice.below(2) == 0 && !made.is_empty() {
        let falsified = dice.below(made.len() as u64) as usize;
        if let Some(ret) = &mut made[falsified].ret {
            *ret = if dice.below(3) == 0 {
                None
            } else {
                Some(dice.below(3) as u8)
            };
        }
    }
    made
}

/// The oracle: every order of every set of calls that holds all finished ones.
fn some_order_is_legal(calls: &[Made]) -> bool {
    (0u32..1 << calls.len()).any(|set| {
        let complete = (0..calls.len()).all(|i| calls[i].ret.is_none() || set & 1 << i != 0);
        let chosen: Vec<_> = (0..calls.len()).filter(|i| set & 1 << i != 0).collect();
        complete && some_permutation(&mut chosen.clone(), 0, &|order| is_legal(calls, order))
    })
}

fn some_permutation(items: &mut [usize], fixed: usize, accept: &dyn Fn(&[usize]) -> bool) -> bool {
    if fixed == items.len() {
        return accept(items);
    }
    (fixed..items.len()).any(|other| {
        items.swap(fixed, other);
        let found = some_permutation(items, fixed + 1, accept);
        items.swap(fixed, other);
        found
    })
}

fn is_legal(calls: &[Made], order: &[usize]) -> bool {
    let in_time = (0..order.len()).all(|late| {
        order[..late].iter().all(|&early| {
            let (early, late) = (calls[early].span, calls[order[late]].span);
            late.end.is_none_or(|end| early.begin < end)
        })
    });
    let mut state = Some(Vec::new());
    for &index in order {
        state = state.and_then(|queue: Vec<u8>| step(&queue, &calls[index]));
    }
    in_time && state.is_some()
}

fn check(calls: &[Made]) -> Outcome {
    let spans: Vec<_> = calls.iter().map(|call| call.span).collect();
    linearize(
        &spans,
        Vec::new(),
        &|queue: &Vec<u8>, index| step(queue, &calls[index]),
        100_000,
    )
}

#[test]
fn agrees_with_the_oracle_on_small_histories() {
    let mut dice = Dice(0x5010);
    let (mut legal, mut illegal, mut pending) = (0, 0, 0);
    for round in 0..6_000 {
        let calls = history(&mut dice, 1 + round % 6);
        pending += usize::from(calls.iter().any(|call| call.ret.is_none()));
        let expected = some_order_is_legal(&calls);
        let outcome = check(&calls);
        assert_eq!(
            outcome == Outcome::Legal,
            expected,
            "{calls:?} gave {outcome:?}"
        );
        *(if expected { &mut legal } else { &mut illegal }) += 1;
    }
    assert!(
        legal > 1_000 && illegal > 500 && pending > 500,
        "{legal} legal, {illegal} illegal, {pending} pending"
    );
}

#[test]
fn the_longest_beginning_is_legal_itself_and_no_longer_one_exists() {
    let mut dice = Dice(77);
    let mut seen = 0;
    while seen < 300 {
        let calls = history(&mut dice, 5);
        let Outcome::Illegal { longest } = check(&calls) else {
            continue;
        };
        seen += 1;
        // Legal as a beginning: nobody left over has ended before one of those taken began.
        let is_beginning = |order: &[usize]| {
            is_legal(&calls, order)
                && (0..calls.len()).filter(|i| !order.contains(i)).all(|left| {
                    order.iter().all(|&taken| {
                        calls[left]
                            .span
                            .end
                            .is_none_or(|end| calls[taken].span.begin < end)
                    })
                })
        };
        assert!(is_beginning(&longest), "{calls:?}: {longest:?}");
        let longer = (0u32..1 << calls.len())
            .filter(|set| set.count_ones() as usize > longest.len())
            .any(|set| {
                let mut chosen: Vec<_> = (0..calls.len()).filter(|i| set & 1 << i != 0).collect();
                some_permutation(&mut chosen, 0, &is_beginning)
            });
        assert!(!longer, "{calls:?}: {longest:?} is not the longest");
    }
}

#[test]
fn sixty_four_calls_are_checked_and_the_last_bit_counts() {
    let span = |i: u64| Span {
        begin: 2 * i + 1,
        end: Some(2 * i + 2),
    };
    let mut calls: Vec<_> = (0..64)
        .map(|i| Made {
            op: Op::Push(0),
            ret: Some(None),
            span: span(i),
        })
        .collect();
    assert_eq!(check(&calls), Outcome::Legal);
    calls[63].op = Op::Pop;
    assert!(matches!(check(&calls), Outcome::Illegal { longest } if longest.len() == 63));
}

#[test]
fn a_budget_ends_a_search_that_explodes() {
    let calls: Vec<_> = (0..24)
        .map(|i| Made {
            op: Op::Push(i),
            ret: Some(None),
            span: Span {
                begin: i.into(),
                end: Some(100 + u64::from(i)),
            },
        })
        .chain([Made {
            op: Op::Pop,
            ret: Some(Some(99)),
            span: Span {
                begin: 200,
                end: Some(201),
            },
        }])
        .collect();
    assert_eq!(check(&calls), Outcome::OutOfBudget);
}

fn queue_rule(queue: &[u8], op: &Op, ret: &Ret) -> Option<Vec<u8>> {
    let (next, expected) = perform(queue, *op);
    (expected == *ret).then_some(next)
}

#[test]
fn calls_are_numbered_as_they_happened() {
    let history = History::new();
    history.call(Op::Push(4), || None);
    history.call(Op::Pop, || history.call(Op::Pop, || Some(4)));
    let calls = history.calls();
    let numbers: Vec<_> = calls.iter().map(|call| (call.begin, call.end)).collect();
    assert_eq!(numbers, [(1, Some(2)), (3, Some(6)), (4, Some(5))]);
    assert!(
        calls[0].precedes(&calls[1])
            && !calls[1].precedes(&calls[2])
            && !calls[2].precedes(&calls[1])
    );
}

#[test]
#[should_panic(
    expected = "2 calls, and no order of them obeys the rules: after Push(4) → None nothing can follow; left over: Pop → Some(5) of thread 0"
)]
fn evidence_names_the_longest_beginning_and_what_fits_nowhere() {
    let history = History::new();
    history.call(Op::Push(4), || None);
    history.call(Op::Pop, || Some(5));
    history.linearizable(Vec::new(), |queue, op, ret| queue_rule(queue, op, ret));
}

#[test]
#[should_panic(
    expected = "1 call with key 1, and no order of them obeys the rules: none of them can come first"
)]
fn keys_are_checked_apart() {
    let history = History::new();
    history.call((0, Op::Push(4)), || None);
    history.call((0, Op::Pop), || Some(4));
    history.call((1, Op::Pop), || Some(4));
    history.linearizable_by(
        |(key, _)| *key,
        Vec::new(),
        |queue, (_, op), ret| queue_rule(queue, op, ret),
    );
}

#[test]
#[should_panic(expected = "Push(1) of thread 0 has not returned")]
fn a_pending_call_is_not_overlooked() {
    let history = History::new();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        history.call(Op::Push(1), || panic!("no"))
    }));
    assert!(panicked.is_err());
    history.linearizable(Vec::new(), |queue, op, ret| queue_rule(queue, op, ret));
}

#[test]
fn a_pending_call_may_have_happened_or_not() {
    for popped in [None, Some(1)] {
        let history = History::new();
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            history.call(Op::Push(1), || panic!("no"))
        }));
        history.call(Op::Pop, || popped);
        history.linearizable_pending(Vec::new(), |queue, op, ret| match ret {
            Some(ret) => queue_rule(queue, op, ret),
            None => Some(perform(queue, *op).0),
        });
    }
}
