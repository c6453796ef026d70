//! What scoring a crowd costs: 200 submissions of the whole bank, one at a time and side by side.
//!
//! `cargo bench --bench batch [-- SUBMISSIONS JOBS]`. Prints the rate, the memory of the trainer itself on the way, and whether the
//! verdicts are the same. Fails if they are not.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use serde_json::Value;

/// Of each problem, beside the reference.
const ALTERNATES: usize = 2;
const MUTANTS: usize = 3;

fn main() {
    let numbers: Vec<usize> = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let submissions = numbers.first().copied().unwrap_or(200);
    let jobs = numbers.get(1).copied().unwrap_or(2);
    let folder = tempfile::tempdir().expect("a folder");
    let distinct = lay_out(folder.path(), submissions);
    println!("{submissions} submissions, {distinct} of them different");
    let alone = score(folder.path(), 1);
    let beside = score(folder.path(), jobs);
    let differing: Vec<&String> = alone
        .iter()
        .filter(|(name, verdict)| beside.get(*name) != Some(verdict))
        .map(|(name, _)| name)
        .collect();
    println!("{} of {submissions} verdicts differ", differing.len());
    for name in &differing {
        println!("  {name}\n    {}\n    {}", alone[*name], beside[*name]);
    }
    assert!(differing.is_empty() && alone.len() == submissions);
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            files.extend(files_below(&entry.path()));
        } else {
            files.push(entry.path());
        }
    }
    files.sort();
    files
}

/// Some solutions of each problem, then copies of them until there are enough. Answers how many are different.
fn lay_out(folder: &Path, submissions: usize) -> usize {
    let bank = Path::new(env!("CARGO_MANIFEST_DIR")).join("problems");
    let mut solutions: Vec<(String, PathBuf)> = Vec::new();
    for problem in fs::read_dir(bank).expect("the bank").flatten() {
        let kept = problem.path().join("solutions");
        let id = problem.file_name().to_string_lossy().into_owned();
        let mutants = files_below(&kept.join("mutants"));
        let far_apart = mutants.iter().step_by((mutants.len() / MUTANTS).max(1));
        let chosen = [kept.join("reference.rs")]
            .into_iter()
            .chain(
                files_below(&kept.join("alternates"))
                    .into_iter()
                    .take(ALTERNATES),
            )
            .chain(far_apart.take(MUTANTS).cloned());
        solutions.extend(chosen.map(|path| (id.clone(), path)));
    }
    for (at, (problem, path)) in solutions.iter().cycle().take(submissions).enumerate() {
        let stem = path.file_stem().expect("a name").to_string_lossy();
        let to = folder.join(format!("{problem}/{at:03}_{stem}.rs"));
        fs::create_dir_all(to.parent().expect("a folder")).expect("created");
        fs::copy(path, to).expect("copied");
    }
    solutions.len().min(submissions)
}

/// Scores the folder; name → what was found, without times and prices of slowness.
fn score(folder: &Path, jobs: usize) -> BTreeMap<String, String> {
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_fiftyten"))
        .args(["score", "--quiet", "--format", "ndjson", "--jobs"])
        .arg(jobs.to_string())
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the trainer starts");
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut found = BTreeMap::new();
    let mut memory = Vec::new();
    for line in BufReader::new(child.stdout.take().expect("piped")).lines() {
        let value: Value = serde_json::from_str(&line.expect("text")).expect("an object");
        let name = value["submission"]["path"].to_string();
        found.insert(name, verdict(&value));
        if found.len() % 20 == 0 {
            memory.extend(kilobytes(&status, "VmRSS:").map(|now| now / 1024));
        }
        let most = kilobytes(&status, "VmHWM:");
        if let Some(most) = most.filter(|_| found.len() % 100 == 0) {
            println!(
                "  {} done, at most {:.1} MB",
                found.len(),
                most as f64 / 1024.0
            );
        }
    }
    child.wait().expect("it ends");
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "--jobs {jobs}: {seconds:.1} s, {:.2} a second; MB after each 20: {memory:?}",
        found.len() as f64 / seconds
    );
    found
}

/// The verdict and every check's outcome. Points for speed are left out: they are measured anew each time.
fn verdict(value: &Value) -> String {
    let categories = value["categories"].as_array().into_iter().flatten();
    let checks =
        categories.flat_map(|category| category["checks"].as_array().into_iter().flatten());
    let outcomes: Vec<String> = checks
        .filter(|check| check["outcome"] != "passed")
        .map(|check| format!("{} {}", check["name"], check["outcome"]))
        .collect();
    format!("{} {}", value["verdict"], outcomes.join(", "))
}

fn kilobytes(status: &Path, field: &str) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}
