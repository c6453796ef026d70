//! The parts that are std's own: names resolve, macros expand, derives work.

use std::any::{Any, TypeId};
use std::borrow::{self, Cow};
use std::cell::{LazyCell, OnceCell, RefCell, UnsafeCell};
use std::cmp::{Ordering, Reverse, max, min};
use std::collections::hash_map::{self, DefaultHasher, RandomState};
use std::collections::{
    BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque, binary_heap, btree_map,
};
use std::convert::{Infallible, identity};
use std::error::Error;
use std::fmt::{self, Debug, Display, Write as _};
use std::future::{Future, ready};
use std::hash::{BuildHasher, Hash, Hasher};
use std::io::{self, BufRead, Cursor, Read, Write};
use std::iter::{self, FusedIterator, Peekable, Sum};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::{NonZeroU32, ParseIntError, Wrapping};
use std::ops::{Add, Bound, ControlFlow, Deref, Index, RangeInclusive};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::str::{Chars, FromStr};
use std::task::{Context, Poll, Waker};

/// Has everything that can be derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Kind {
    #[default]
    Plain,
    Numbered(u8),
}

#[derive(Debug)]
struct Failure(ParseIntError);

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no number: {}", self.0)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn parse(text: &str) -> Result<u8, Box<dyn Error + Send + Sync>> {
    Ok(text.parse::<u8>().map_err(Failure)?)
}

pub fn lines() {
    macros();
    collections();
    traits();
}

fn macros() {
    assert!(vec![1; 2] == [1, 1], "{}", 1);
    assert_ne!(format!("{:>3}", 1), "1");
    let one = std::hint::black_box(1);
    debug_assert!(one < 2);
    debug_assert_eq!(one, 1);
    debug_assert_ne!(one, 2);
    print!("");
    eprint!("");
    println!("{}", stringify!(a line of the surface test));
    eprintln!("{}", concat!("a", 1));
    assert!(matches!(dbg!(Kind::default()), Kind::Plain) && cfg!(test));
    let _ = (
        file!(),
        line!(),
        column!(),
        module_path!(),
        format_args!("").to_string(),
    );
    let mut text = String::new();
    writeln!(text, "a").unwrap();
    for f in [
        || todo!(),
        || unimplemented!("x"),
        || unreachable!("{}", 1),
        || std::panic!("{}", 1),
    ] {
        let _: Box<dyn Any + Send> = std::panic::catch_unwind::<fn(), ()>(f).unwrap_err();
    }
    assert_eq!(one, std::cfg_select! { test => 1, _ => 2 });
    let value = 5;
    assert_eq!(
        std::format!("{value}"),
        ::core::primitive::u8::to_string(&5)
    );
}

fn collections() {
    let mut map: HashMap<&str, u8> = HashMap::from([("a", 1)]);
    if let hash_map::Entry::Occupied(mut entry) = map.entry("a") {
        *entry.get_mut() += 1;
    }
    let tree: BTreeMap<_, _> = map.into_iter().collect();
    assert_eq!(tree.range("a"..).next(), Some((&"a", &2)));
    let _: (
        Option<btree_map::Iter<'_, u8, u8>>,
        Option<binary_heap::PeekMut<'_, u8>>,
    ) = (None, None);
    let mut heap = BinaryHeap::from([Reverse(2), Reverse(1)]);
    assert_eq!(heap.pop(), Some(Reverse(1)));
    let mut queue: VecDeque<u8> = (0..3).collect();
    queue.rotate_left(1);
    assert_eq!(queue, [1, 2, 0]);
    let sets = (
        HashSet::from([1]),
        BTreeSet::from([1]),
        LinkedList::from([1]),
    );
    assert_eq!(sets.0.len() + sets.1.len() + sets.2.len(), 3);
    let hasher: DefaultHasher = RandomState::new().build_hasher();
    assert_ne!(
        hasher.finish(),
        BuildHasher::hash_one(&RandomState::new(), Kind::Numbered(1))
    );
}

#[expect(clippy::legacy_numeric_constants, reason = "std still has the modules")]
fn legacy() -> u64 {
    std::u64::MAX
}

fn traits() {
    assert_eq!(
        parse("x").unwrap_err().to_string(),
        "no number: invalid digit found in string"
    );
    assert_eq!(
        Cow::Borrowed("a").into_owned() + &String::from_str("b").unwrap(),
        "ab"
    );
    assert_eq!(max(1, 2).cmp(&min(1, 2)), Ordering::Greater);
    assert_eq!(
        (u8::MAX, legacy(), i64::MIN.checked_abs()),
        (255, 18_446_744_073_709_551_615, None)
    );
    assert_eq!(
        (std::f64::consts::PI as u8, std::f32::consts::E as u8),
        (3, 2)
    );
    assert_eq!((Wrapping(255_u8) + Wrapping(1)).0, 0);
    assert_eq!(NonZeroU32::new(1).map(NonZeroU32::get), Some(1));
    assert_eq!(
        iter::successors(Some(1), |x| Some(x * 2))
            .take(3)
            .sum::<i32>(),
        7
    );
    assert_eq!(std::mem::replace(&mut 1, 2) + std::mem::take(&mut 1), 2);
    assert_eq!(std::array::from_fn::<_, 2, _>(identity), [0, 1]);
    assert_eq!(std::char::from_digit(7, 10), Some('7'));
    assert!(std::ptr::eq(&raw const *"a", &raw const *"a") || std::ptr::null::<u8>().is_null());
    std::hint::cold_path();
    assert!(std::hint::select_unpredictable(true, true, false));
    assert_eq!(TypeId::of::<u8>(), 1_u8.type_id());
    let addresses = (
        Ipv4Addr::LOCALHOST,
        Ipv6Addr::LOCALHOST,
        SocketAddr::from(([1, 2, 3, 4], 5)),
    );
    assert_eq!("127.0.0.1".parse::<IpAddr>(), Ok(IpAddr::V4(addresses.0)));
    let mut bytes = Vec::new();
    bytes.write_all(b"ab\nc").unwrap();
    assert_eq!(
        Cursor::new(&bytes)
            .lines()
            .map(io::Result::unwrap)
            .collect::<Vec<_>>(),
        ["ab", "c"]
    );
    assert_eq!(io::Error::other("x").kind(), io::ErrorKind::Other);
    assert_eq!(io::empty().read(&mut [0]).unwrap(), 0);
    let mut future = pin!(ready(1));
    let poll = Pin::as_mut(&mut future).poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(poll, Poll::Ready(1));
    let shared = Rc::new(RefCell::new((
        OnceCell::from(1),
        LazyCell::new(|| 2),
        UnsafeCell::new(3),
    )));
    assert_eq!(
        shared.borrow().0.get().copied().unwrap_or_default() + *shared.borrow().1,
        3
    );
    let _: (PhantomData<Infallible>, Bound<u8>, ControlFlow<u8>) =
        (PhantomData, Bound::Unbounded, ControlFlow::Break(1));
    fn bounds<T: Add + Sum + Hash + Debug + borrow::Borrow<T> + borrow::BorrowMut<T>>(_: T) {}
    bounds(1_u8);
    fn more<I: FusedIterator, D: Deref<Target = str>, X: Index<usize> + ?Sized>(_: I, _: D, _: &X) {
    }
    let characters: Peekable<Chars<'_>> = "a".chars().peekable();
    more(characters, String::new(), [1].as_slice());
    assert_eq!(
        RangeInclusive::new(1, 3)
            .rev()
            .collect::<std::boxed::Box<[_]>>()[..],
        [3, 2, 1]
    );
}
