//! Feeds a parser what a hostile candidate might: kept cases first, then mutations of well-formed texts.
//!
//! In the normal test run a fixed number of inputs from a fixed seed, a second or so. `FIFTYTEN_FUZZ_SECONDS=600` goes on for so
//! long, from another seed each time. An input that makes the parser panic is kept under `tests/fixtures/fuzz/<parser>/`.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// No input is longer.
const LONGEST: usize = 16 * 1024;

/// Pieces that parsers trip over.
const PIECES: &[&str] = &[
    "\u{1b}[31m",
    "\u{1b}]0;",
    "\u{7}",
    "\u{9b}",
    "\u{202e}",
    "\u{feff}",
    "\0",
    "\r\n",
    "\n",
    "\t",
    "\\u0000",
    "\\ud800",
    "\\",
    "\"",
    "'",
    "`",
    "```",
    "<!--",
    "]]>",
    "&",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "#",
    "#!",
    "#[",
    "//",
    "/*",
    "*/",
    "r#\"",
    "b'",
    "'a",
    "1e999",
    "-1",
    "18446744073709551616",
    "0.0000001",
    "NaN",
    "null",
    "true",
    "\"\":",
    ",",
    "=",
    ":",
    "[[a]]",
    "a.b.c=1",
    "1979-05-27T07:32:00Z",
    "extern \"C\" {",
    "unsafe(naked)",
    "cfg_attr(",
    "|a|b|\n|-|-|\n",
    "* * *",
    "    code",
    "![](",
    "<b>",
    "&#x10FFFF;",
    "ﬃ",
    "e\u{301}",
    "👩‍👩‍👧",
    "中",
    "\u{0}",
    "\u{ffff}",
    "\u{10ffff}",
];

/// A source of numbers that a seed decides.
pub struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        // SplitMix64: Steele, Lea, Flood 2014.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `end`; 0 for 0.
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 {
            0
        } else {
            (self.roll() % end as u64) as usize
        }
    }
}

/// Runs `parse` on everything; a normal test run makes `short` inputs. It fails, with the input's file, on the first input that makes `parse` panic.
pub fn fuzz(parser: &str, short: u64, seeds: &[&[u8]], parse: impl Fn(&[u8])) {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/fuzz")
        .join(parser);
    for case in cases(&kept) {
        parse(&fs::read(&case).expect("readable"));
    }
    for seed in seeds {
        parse(seed);
    }
    let seconds = std::env::var("FIFTYTEN_FUZZ_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok());
    let long = seconds.map(Duration::from_secs);
    let first = match long {
        Some(_) => SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |now| now.as_nanos() as u64),
        None => 0x5eed,
    };
    let begun = Instant::now();
    let mut dice = Dice(first);
    // What was tried lately is mutated further, so that inputs wander away from the seeds.
    let mut pool: Vec<Vec<u8>> = seeds.iter().map(|seed| seed.to_vec()).collect();
    let mut tried = 0;
    while long.map_or(tried < short, |long| begun.elapsed() < long) {
        let input = mutated(&mut dice, &pool);
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| parse(&input))) {
            let name = format!("case-{:016x}", hash(&input));
            fs::create_dir_all(&kept).expect("a folder");
            fs::write(kept.join(&name), &input).expect("writable");
            eprintln!("{parser}: {} makes it panic", kept.join(name).display());
            resume_unwind(panic);
        }
        if pool.len() < 256 {
            pool.push(input);
        } else {
            // The seeds themselves stay.
            let at = seeds.len() + dice.below(256 - seeds.len());
            pool[at] = if dice.below(4) == 0 {
                seeds[dice.below(seeds.len())].to_vec()
            } else {
                input
            };
        }
        tried += 1;
    }
    if long.is_some() {
        println!(
            "{parser}: {tried} inputs in {:.0?}, no panic",
            begun.elapsed()
        );
    }
}

fn cases(folder: &Path) -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    cases.sort();
    cases
}

fn hash(bytes: &[u8]) -> u64 {
    // FNV-1a; it only names a file.
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn mutated(dice: &mut Dice, pool: &[Vec<u8>]) -> Vec<u8> {
    let mut input = pool[dice.below(pool.len())].clone();
    for _ in 0..=dice.below(6) {
        let at = dice.below(input.len() + 1);
        let end = (at + 1 + dice.below(24)).min(input.len());
        match dice.below(9) {
            0 if at < input.len() => input[at] ^= 1 << dice.below(8),
            1 if at < input.len() => input[at] = dice.below(256) as u8,
            2 if at < end => drop(input.drain(at..end)),
            3 => {
                let piece = PIECES[dice.below(PIECES.len())].as_bytes();
                input.splice(at..at, piece.iter().copied());
            }
            4 => {
                let piece = PIECES[dice.below(PIECES.len())].repeat(1 + dice.below(300));
                input.splice(at..at, piece.bytes());
            }
            5 if at < end => {
                let again = input[at..end].repeat(1 + dice.below(20));
                input.splice(at..at, again);
            }
            6 => {
                let other = &pool[dice.below(pool.len())];
                let from = dice.below(other.len() + 1);
                let part = other[from..(from + dice.below(200)).min(other.len())].to_vec();
                input.splice(at..at, part);
            }
            7 => input.truncate(at),
            8 => swap_lines(dice, &mut input),
            _ => {}
        }
    }
    input.truncate(LONGEST);
    input
}

fn swap_lines(dice: &mut Dice, input: &mut Vec<u8>) {
    let mut lines: Vec<Vec<u8>> = input
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    let (one, other) = (dice.below(lines.len()), dice.below(lines.len()));
    lines.swap(one, other);
    *input = lines.join(&b'\n');
}
