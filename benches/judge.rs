//! What a verdict costs, measured side by side in one run. A benchmark, not a test: it prints, it never fails on a figure.
//!
//! `cargo bench --bench judge` prints
//! - edit → sample verdict on our std against plain `cargo test` on the same crate and samples;
//! - submit → full verdict, split into build, checks and all of it, for every reference;
//! - the build against bare rustc on the same files against the real std;
//! - the cage per check against a plain spawn, in pairs;
//! - the bench's size and how long it took to build.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Stdio},
    sync::atomic::AtomicBool,
    time::Instant,
};

use fiftyten::{
    assets::{self, Library},
    catalog,
    domain::problem::{Category, Problem},
    judge::{self, Bench, Level, Order},
    workspace,
};

/// Rounds of each paired measurement; the median is printed.
const ROUNDS: usize = 9;

fn main() {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-cache");
    let bench = judge::prepare(&cache, &mut |_| {}).expect("the bench can be built");
    print_bench(&bench, &cache);
    print_cage();
    let (problems, broken) = catalog::load_all(&Library::Baked).expect("the bank is in the binary");
    assert!(broken.is_empty(), "every problem of the bank loads");
    println!("\nedit -> sample verdict, median of {ROUNDS} pairs");
    println!(
        "{:26} {:>10} {:>12} {:>7}",
        "problem", "ours", "cargo test", "ratio"
    );
    problems
        .iter()
        .for_each(|problem| print_samples(&bench, problem));
    println!("\nsubmit -> full verdict of the reference, median of 3");
    println!(
        "{:26} {:>8} {:>8} {:>8}   {:>9} {:>7}",
        "problem", "build", "checks", "all", "bare rustc", "ratio"
    );
    problems
        .iter()
        .for_each(|problem| print_verdict(&bench, problem));
}

fn print_bench(bench: &Bench, cache: &Path) {
    let bytes: usize = assets::files_below(bench.folder())
        .expect("readable")
        .values()
        .map(Vec::len)
        .sum();
    let built = judge::bench_is_ready(cache)
        .ok()
        .flatten()
        .unwrap_or_default();
    println!(
        "bench: {:.0} MB, built in {built:.1} s, {}",
        bytes as f64 / 1e6,
        bench.toolchain()
    );
}

/// What a check's process costs more than a plain one.
fn print_cage() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = folder.path().join("nothing");
    fs::write(folder.path().join("nothing.rs"), "fn main() {}").expect("writable");
    let status = Command::new("rustc")
        .args(["-O", "nothing.rs", "-o", "nothing"])
        .current_dir(folder.path())
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "an empty program compiles"
    );
    println!("\nthe cage per check against a plain spawn, median of 200 pairs");
    for level in [Level::None, Level::Fallback, Level::Full] {
        match judge::cost_of_the_cage(level, &program, 200) {
            Ok(pairs) => {
                let more = pairs.iter().map(|(plain, caged)| caged - plain).collect();
                println!("{:26} {:+8.2} ms", level.word(), median(more) * 1e3);
            }
            Err(error) => println!("{:26} {error}", level.word()),
        }
    }
}

/// The median of values; the rounds are odd.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn seconds(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64()
}

/// The reference with an edit that no build has seen.
fn edited(problem: &Problem, round: usize) -> String {
    let source = &problem.reference.source;
    format!("{source}\n/// Edit {round}.\npub const EDIT_{round}: usize = {round};\n")
}

fn print_samples(bench: &Bench, problem: &Problem) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    workspace::lay_out(problem, folder.path()).expect("the workspace can be laid out");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let source = edited(problem, round);
        let submission = judge::submission_of(&source);
        let our_time = seconds(|| {
            let never = AtomicBool::new(false);
            let judgement = judge::run_samples(
                bench,
                problem,
                &submission,
                &BTreeMap::new(),
                &never,
                &mut |_| {},
            )
            .expect("judged");
            assert!(
                judgement.verdict.accepted(),
                "the reference passes its samples"
            );
        });
        fs::write(folder.path().join(workspace::SOURCE), &source).expect("writable");
        let their_time = seconds(|| cargo_test(folder.path()));
        // The first round builds what later ones only update.
        if round > 0 {
            ours.push(our_time);
            theirs.push(their_time);
        }
    }
    let ratios = ours
        .iter()
        .zip(&theirs)
        .map(|(our, their)| our / their)
        .collect();
    let (our, their) = (median(ours), median(theirs));
    println!(
        "{:26} {our:8.2} s {their:10.2} s {:7.2}",
        problem.id.as_str(),
        median(ratios)
    );
}

fn cargo_test(folder: &Path) {
    let status = Command::new("cargo")
        .args(["test", "--offline", "--quiet"])
        .current_dir(folder)
        .env_remove("CARGO_TARGET_DIR")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("cargo can be started");
    assert!(status.success(), "the samples pass under plain cargo");
}

fn print_verdict(bench: &Bench, problem: &Problem) {
    let (mut builds, mut runs, mut totals, mut bare) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..3 {
        let submission = judge::submission_of(&edited(problem, round));
        let never = AtomicBool::new(false);
        let judgement = judge::judge(
            bench,
            problem,
            &submission,
            &Order::default(),
            &never,
            &mut |_| {},
        )
        .expect("judged");
        assert!(judgement.verdict.accepted(), "the reference is accepted");
        builds.push(judgement.seconds.build);
        runs.push(judgement.seconds.run);
        totals.push(judgement.seconds.total);
        bare.push(bare_rustc(bench, problem, &edited(problem, round)));
    }
    let ratio = median(
        builds
            .iter()
            .zip(&bare)
            .map(|(ours, theirs)| ours / theirs)
            .collect(),
    );
    println!(
        "{:26} {:6.2} s {:6.2} s {:6.2} s   {:7.2} s {ratio:7.2}",
        problem.id.as_str(),
        median(builds),
        median(runs),
        median(totals),
        median(bare),
    );
}

/// What bare rustc needs for the same files: the submission, all simulated suites in one program, and beside them the optimised
/// pair, all on the real std, uncaged. The suites use the same kit; that they would not work without our std does not matter here.
fn bare_rustc(bench: &Bench, problem: &Problem, source: &str) -> f64 {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write =
        |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("writable");
    write("lib.rs", source);
    write("reference.rs", &problem.reference.source);
    let file = |category: Category| format!("{}.rs", category.word().replace('-', "_"));
    let mut suites = String::new();
    for suite in &problem.suites {
        write(&file(suite.category), &suite.source);
        if suite.category != Category::Performance {
            let name = suite.category.word().replace('-', "_");
            suites += &format!("mod {name};\n");
        }
    }
    write("suites.rs", &suites);
    write("measured.rs", "mod performance;\n");
    let name = problem.id.crate_name();
    let made = bench.folder().join("target/release");
    let kit = |library: &str| format!("judge_kit={}", made.join(library).display());
    let dependencies = format!("dependency={}", made.join("deps").display());
    let rustc = |arguments: &str| {
        let status = Command::new("rustc")
            .args(["--edition", "2024", "--cap-lints", "allow", "-L"])
            .args([dependencies.as_str(), "-C", "strip=debuginfo"])
            .args(arguments.split(' '))
            .current_dir(folder.path())
            .stderr(Stdio::null())
            .status()
            .expect("rustc can be started");
        assert!(status.success(), "rustc {arguments}");
    };
    const OPTIMISED: &str = "-Copt-level=3 -Ccodegen-units=1";
    // The judge keeps it, too.
    rustc(&format!(
        "--crate-type rlib {OPTIMISED} --crate-name reference reference.rs"
    ));
    seconds(|| {
        std::thread::scope(|scope| {
            scope.spawn(|| {
                rustc(&format!(
                    "--crate-type rlib {OPTIMISED} --crate-name submission lib.rs"
                ));
                rustc(&format!(
                    "--test {OPTIMISED} --extern {} --extern submission=libsubmission.rlib --extern reference=libreference.rlib measured.rs",
                    kit("libstopwatch.rlib")
                ));
            });
            rustc(&format!("--crate-type rlib --crate-name {name} lib.rs"));
            rustc(&format!(
                "--test --extern {} --extern {name}=lib{name}.rlib suites.rs",
                kit("libjudge_kit.rlib")
            ));
        });
    })
}
