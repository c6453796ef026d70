//! Eight bugs of the corpus, three ways to look for them, side by side. A benchmark, not a test: it prints, it never fails
//! on a figure.
//!
//! `cargo bench --bench detection [REPETITIONS]` prints
//! - how often and after how long each bug is found by our search, by plain stress on real threads and by stress with
//!   noise before each operation, all three on the same source and suite, a process for each repetition, times as seen from
//!   outside the process (a hang without the 300 ms until it is noticed);
//! - how many schedules per second our search runs.

#[path = "../tests/support/corpus.rs"]
mod corpus;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use corpus::{Program, judged, programs, result_of};
use fiftyten::domain::verdict::Outcome;
use fiftyten::judge::{self, Bench};

/// Name in the table, and the program of the corpus.
const BUGS: [(&str, &str); 8] = [
    ("limiter", "01_token_bucket"),
    ("abba", "05_lru_two_locks"),
    ("bb_one_cv", "09_one_condvar"),
    ("if_wait", "08_if_around_wait"),
    ("shutdown", "18_stop_flag"),
    ("aba", "16_free_list"),
    ("cow", "07_copy_on_write_map"),
    ("barrier", "23_cyclic_barrier"),
];
/// Milliseconds that stress gets for one repetition.
const STRESS_MS: u64 = 1_000;
const HANGS: i32 = 3;
const UNNOTICED: Duration = Duration::from_millis(300);
const REPETITIONS: u64 = 7;

fn main() {
    let repetitions = std::env::args().find_map(|argument| argument.parse().ok());
    let repetitions = repetitions.unwrap_or(REPETITIONS);
    let place = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let bench =
        judge::prepare(&place.join("bench-cache"), &mut |_| {}).expect("the bench can be built");
    let known = programs("bugs");
    let bugs: Vec<Program> = BUGS
        .iter()
        .flat_map(|(_, name)| known.iter().position(|program| program.name == *name))
        .map(|index| Program {
            name: known[index].name.clone(),
            source: known[index].source.clone(),
            suite: known[index].suite.clone(),
            expected: known[index].expected,
        })
        .collect();
    assert_eq!(bugs.len(), BUGS.len(), "all eight are in the corpus");
    print_detection(
        &bench,
        &Stress::build(&place.join("stress"), &bugs),
        &bugs,
        repetitions,
    );
    print_rates(&bench);
}

/// Found so often out of all repetitions, with the median time to the finding.
fn cell(mut found: Vec<Duration>, of: u64) -> String {
    found.sort_unstable();
    match found.get(found.len() / 2) {
        Some(median) => format!(
            "{:>3}/{of} {:>8.1} ms",
            found.len(),
            median.as_secs_f64() * 1e3
        ),
        None => format!("  0/{of}           -"),
    }
}

fn print_detection(bench: &Bench, stress: &Stress, bugs: &[Program], repetitions: u64) {
    println!(
        "\nfound by / median time; stress stops after {STRESS_MS} ms; ours with {repetitions} seeds"
    );
    println!(
        "{:10} {:>17} {:>10}   {:>17}   {:>17}",
        "bug", "our search", "schedules", "plain stress", "with noise"
    );
    let seeds: Vec<u64> = (0..repetitions).collect();
    let judgements = judged(bench, bugs, &seeds, 1);
    for ((short, _), bug) in BUGS.iter().zip(bugs) {
        let results: Vec<_> = judgements
            .iter()
            .map(|judgement| result_of(bug, judgement))
            .collect();
        let convicted = results
            .iter()
            .filter(|result| result.outcome == bug.expected);
        let ours = convicted
            .map(|result| Duration::from_secs_f64(result.seconds))
            .collect();
        let schedules = results
            .iter()
            .filter_map(|result| Some(result.story.as_ref()?.found_at))
            .max();
        let beaten = |noisy| {
            (0..repetitions)
                .filter_map(|_| stress.run(noisy, bug))
                .collect()
        };
        println!(
            "{short:10} {:>17} {:>10}   {:>17}   {:>17}",
            cell(ours, repetitions),
            schedules.unwrap_or_default(),
            cell(beaten(false), repetitions),
            cell(beaten(true), repetitions)
        );
    }
}

/// The same programs and suites on real threads.
struct Stress {
    folder: PathBuf,
}

impl Stress {
    /// Builds them twice: against the real std and against one with noise.
    fn build(folder: &Path, bugs: &[Program]) -> Self {
        let stress = Self {
            folder: folder.to_owned(),
        };
        fs::create_dir_all(folder).expect("a folder to build in");
        let (mut library, mut suites) = (String::new(), String::new());
        for Program {
            name,
            source,
            suite,
            ..
        } in bugs
        {
            library += &format!("pub mod n{name};\n");
            suites += &format!(
                "mod n{name} {{ use candidate::n{name} as subject;\nmod suite {{ {suite} }} }}\n"
            );
            fs::write(folder.join(format!("n{name}.rs")), source).expect("writable");
        }
        fs::write(folder.join("lib.rs"), library).expect("writable");
        fs::write(folder.join("suites.rs"), suites).expect("writable");
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/stress");
        stress.rustc(
            &own.join("judge_kit.rs"),
            "libjudge_kit.rlib",
            &["--crate-type=rlib"],
        );
        stress.rustc(
            &own.join("noisy_std.rs"),
            "libnoisy_std.rlib",
            &["--crate-type=rlib"],
        );
        let candidate = ["--crate-type=rlib", "--crate-name=candidate"];
        for (variant, noisy) in [("plain", false), ("noisy", true)] {
            let library = format!("libcandidate_{variant}.rlib");
            let mut arguments = candidate.to_vec();
            if noisy {
                arguments.push("--extern=std=libnoisy_std.rlib");
            }
            stress.rustc(&folder.join("lib.rs"), &library, &arguments);
            let subject = format!("--extern=candidate={library}");
            let arguments = ["--test", "--extern=judge_kit=libjudge_kit.rlib", &subject];
            stress.rustc(&folder.join("suites.rs"), variant, &arguments);
        }
        stress
    }

    fn rustc(&self, source: &Path, output: &str, arguments: &[&str]) {
        let status = Command::new("rustc")
            .args([
                "--edition=2024",
                "-Copt-level=3",
                "--cap-lints=allow",
                "-L.",
            ])
            .args(arguments)
            .arg(source)
            .args(["-o", output])
            .current_dir(&self.folder)
            .status()
            .expect("rustc can be started");
        assert!(status.success(), "rustc failed on {}", source.display());
    }

    /// One repetition: the time after which the bug was found, if it was.
    fn run(&self, noisy: bool, bug: &Program) -> Option<Duration> {
        let begun = Instant::now();
        let status = Command::new(self.folder.join(if noisy { "noisy" } else { "plain" }))
            .args([&format!("n{}::", bug.name), "--test-threads=1"])
            .env("STRESS_MS", STRESS_MS.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("the program can be started");
        let took = begun.elapsed();
        match status.code() {
            Some(0) => None,
            Some(HANGS) => Some(took.saturating_sub(UNNOTICED)),
            _ => Some(took),
        }
    }
}

/// Three threads with ten operations each: name, what the threads share, and one operation.
const LOADS: [(&str, &str, &str); 3] = [
    (
        "mutex +=",
        "Mutex::new(0_u32)",
        "*shared.lock().unwrap() += 1",
    ),
    (
        "atomic +=",
        "AtomicU32::new(0)",
        "shared.fetch_add(1, Ordering::SeqCst)",
    ),
    (
        "cap-2 queue",
        "Queue::default()",
        "if client == 0 { shared.put(round) } else if round < 5 { shared.take() }",
    ),
];
const QUEUE: &str = "
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, Mutex};

#[derive(Default)]
struct Queue {
    items: Mutex<std::collections::VecDeque<u32>>,
    not_full: Condvar,
    not_empty: Condvar,
}

impl Queue {
    fn put(&self, item: u32) {
        let items = self.items.lock().unwrap();
        let mut items = self.not_full.wait_while(items, |items| items.len() == 2).unwrap();
        items.push_back(item);
        self.not_empty.notify_one();
    }

    fn take(&self) {
        let items = self.items.lock().unwrap();
        let mut items = self.not_empty.wait_while(items, |items| items.is_empty()).unwrap();
        items.pop_front();
        self.not_full.notify_one();
    }
}

pub fn run() {
    let shared = SHARED;
    std::thread::scope(|scope| {
        for client in 0..3 {
            let shared = &shared;
            scope.spawn(move || {
                for round in 0..10 {
                    let _ = client + round;
                    OPERATION;
                }
            });
        }
    });
}
";

fn print_rates(bench: &Bench) {
    println!(
        "\nschedules per second: 3 threads, 10 operations each, starting the process included"
    );
    println!("{:12} {:>12} {:>12}", "program", "systematic", "random");
    let program = |index: usize, search: &str, name: &str| {
        let (_, shared, operation) = LOADS[index];
        Program {
            name: format!("{index}_{name}"),
            source: QUEUE
                .replace("SHARED", shared)
                .replace("OPERATION", operation),
            suite: format!(
                "use judge_kit::Explore;\n#[test]\nfn runs() {{\n    \
                 Explore::new().steps(1_000_000_000){search}.run(super::subject::run);\n}}\n"
            ),
            expected: Outcome::Passed,
        }
    };
    let searches = [
        ("systematic", ".schedules(60_000).random(0)"),
        ("random", ".schedules(0).random(5_000)"),
    ];
    let all: Vec<Program> = (0..LOADS.len())
        .flat_map(|index| searches.map(|(name, search)| program(index, search, name)))
        .collect();
    let judgements = judged(bench, &all, &[0], 1);
    for (load, pair) in LOADS.iter().zip(all.chunks(2)) {
        let rates: Vec<String> = pair
            .iter()
            .map(|program| {
                let result = result_of(program, &judgements[0]);
                let coverage = result
                    .coverage
                    .unwrap_or_else(|| panic!("{:?}", result.message));
                let schedules = coverage.systematic + coverage.random;
                format!("{:>9.1}k/s", schedules as f64 / result.seconds / 1e3)
            })
            .collect();
        println!("{:12} {:>12} {:>12}", load.0, rates[0], rates[1]);
    }
}
