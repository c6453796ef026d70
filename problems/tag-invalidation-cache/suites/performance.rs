//! The cost in a large cache, and what is left in memory.

use judge_kit::{Growth, allocated_bytes, at_most_bytes, growth};

/// Few keys are touched, so that the processor's caches favour neither size.
const HOT: usize = 256;

judge_kit::both_sides! {
    use subject::TagCache;

    fn fill(cache: &TagCache, key: &str, tags: &[&str]) -> bool {
        let ticket = cache.begin_fill(key);
        cache.complete_fill(ticket, "page".to_owned(), tags)
    }

    /// So many entries, ten for each tag, and their names.
    fn filled(size: usize) -> (TagCache, Vec<String>, Vec<String>) {
        let cache = TagCache::new();
        let keys: Vec<_> = (0..size).map(|number| format!("key {number:06}")).collect();
        let tags: Vec<_> = (0..size / 10).map(|number| format!("tag {number:06}")).collect();
        for (number, key) in keys.iter().enumerate() {
            assert!(fill(&cache, key, &[&tags[number / 10 % tags.len()]]));
        }
        (cache, keys, tags)
    }

    /// A get that finds its key.
    pub fn hit(size: usize) -> impl FnMut() -> bool {
        let (cache, keys, _) = filled(size);
        let mut turn = 0;
        move || {
            turn = (turn + 1) % super::HOT;
            cache.get(&keys[turn]).is_some()
        }
    }

    /// The invalidation of a tag that ten entries have, and ten fills.
    pub fn invalidate(size: usize) -> impl FnMut() -> bool {
        let (cache, keys, tags) = filled(size);
        let mut turn = 0;
        move || {
            turn = (turn + 1) % 16;
            cache.invalidate_tag(&tags[turn]);
            (turn * 10..turn * 10 + 10).all(|key| fill(&cache, &keys[key], &[&tags[turn]]))
        }
    }

    /// The invalidation of a key, and a fill with a tag that all entries have.
    pub fn refill(size: usize) -> impl FnMut() -> bool {
        let (cache, keys, _) = filled(size);
        for key in &keys {
            assert!(fill(&cache, key, &["all"]));
        }
        let mut turn = 0;
        move || {
            turn = (turn + 1) % super::HOT;
            cache.invalidate_key(&keys[turn]);
            fill(&cache, &keys[turn], &["all"])
        }
    }
}

#[test]
fn a_hit_hardly_costs_more_in_a_large_cache() {
    growth(
        submission::hit,
        reference::hit,
        [2_000, 32_000],
        Growth::LOGARITHMIC,
    );
}

/// Study: a tag has to know its entries; nobody may look for them.
#[test]
fn an_invalidated_tag_costs_what_it_removes() {
    growth(
        submission::invalidate,
        reference::invalidate,
        [2_000, 32_000],
        Growth::LOGARITHMIC,
    );
}

// A wider limit than for other logarithmic costs: ordered sets of all keys measure 2.5 to 3.5, a search 20 and more.
/// Study: an entry has to leave the list of its tag without a search.
#[test]
fn a_refill_does_not_pay_for_the_others_with_its_tag() {
    growth(
        submission::refill,
        reference::refill,
        [500, 32_000],
        Growth::at_most(8.0),
    );
}

/// So many invalidations of tags that nothing has, half of them while a ticket is open.
fn one_off_tags(cache: &::submission::TagCache, numbers: std::ops::Range<usize>) {
    let middle = (numbers.start + numbers.end) / 2;
    let invalidate = |number| cache.invalidate_tag(&format!("a tag that is used once: {number}"));
    (numbers.start..middle).for_each(invalidate);
    let ticket = cache.begin_fill("a");
    (middle..numbers.end).for_each(invalidate);
    drop(ticket);
    drop(cache.begin_fill("b"));
}

/// Study: only open tickets need to know what was invalidated.
#[test]
fn tags_that_nothing_carries_are_forgotten() {
    let cache = ::submission::TagCache::new();
    // What tables reserve for the first round, they may keep.
    one_off_tags(&cache, 0..20_000);
    let before = allocated_bytes();
    for round in 1..5 {
        one_off_tags(&cache, round * 20_000..(round + 1) * 20_000);
    }
    let grown = allocated_bytes().saturating_sub(before);
    at_most_bytes(
        "what 80,000 more invalidated tags leave behind",
        grown,
        200_000,
    );
}
