//! The performance suite: submission and reference as optimised crates on the real std, side by side in one program.
//!
//! Its checks run alone, one at a time, after everything else, so that they measure the code and not the company.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use super::JudgeError;
use super::bench::Bench;
use super::build::{Desk, Program, file_of, module_of, reason, write};
use super::compile::{Compiled, Rustc};
use super::contract::Contracts;
use crate::domain::problem::{Category, Problem};

/// Builds the program of the performance suite, or tells why there is none.
///
/// To be called once the submission is known to compile against our std.
pub fn build(
    bench: &Bench,
    desk: &Desk,
    problem: &Problem,
    cancel: &AtomicBool,
) -> Result<Program, JudgeError> {
    let program = |path| Program {
        category: Category::Performance,
        path,
    };
    let contracts = Contracts::of(problem, "submission");
    let broken = |compiled: Compiled| Ok(program(Err(Box::new(reason(compiled, &contracts)))));

    let folder = desk.submission();
    let library = desk.out_of("optimised").join("libsubmission.rlib");
    let compiled = Rustc::new(bench, &folder, "src/lib.rs", &library)
        .library(&desk.crate_name)
        .measured()
        .safe()
        .run(cancel)?;
    if !compiled.succeeded {
        return broken(compiled);
    }
    let reference = reference(bench, desk, problem, cancel)?;

    let hidden = desk.hidden();
    let suite = file_of(Category::Performance);
    let source = problem
        .suite(Category::Performance)
        .map(|suite| suite.source.as_str())
        .unwrap_or_default();
    write(&hidden.join(&suite), source)?;
    let module = module_of(Category::Performance);
    write(
        &hidden.join("performance_root.rs"),
        &format!(
            "#[path = \"{suite}\"]\nmod {module};\n{}",
            contracts.modules(false)
        ),
    )?;
    for (file, text) in contracts.files() {
        write(&hidden.join(file), &text)?;
    }
    let path = desk.out().join("performance");
    let compiled = Rustc::new(bench, &hidden, "performance_root.rs", &path)
        .tests("performance")
        .optimised()
        .quiet()
        .with("submission", &library)
        .with("reference", &reference)
        .with("judge_kit", &bench.artifacts.stopwatch)
        .run(cancel)?;
    if compiled.succeeded {
        Ok(program(Ok(path)))
    } else {
        broken(compiled)
    }
}

/// The reference as an optimised crate. It is the same for every submission, so it is kept beside the bench.
fn reference(
    bench: &Bench,
    desk: &Desk,
    problem: &Problem,
    cancel: &AtomicBool,
) -> Result<PathBuf, JudgeError> {
    let source = &problem.reference.source;
    let kept = bench.folder.join("references");
    let name = format!(
        "libreference-{}.rlib",
        &blake3::hash(source.as_bytes()).to_hex()[..16]
    );
    let library = kept.join(&name);
    if library.is_file() {
        return Ok(library);
    }
    write(&desk.hidden().join("reference.rs"), source)?;
    let fresh = desk.out_of("reference").join(&name);
    let compiled = Rustc::new(bench, &desk.hidden(), "reference.rs", &fresh)
        .library("reference")
        .optimised()
        .quiet()
        .run(cancel)?;
    if !compiled.succeeded {
        let said = compiled
            .first_error()
            .map(|error| error.message.clone())
            .unwrap_or_default();
        return Err(JudgeError::BenchBroken(format!(
            "the reference of {} does not compile: {said}",
            problem.id
        )));
    }
    // In one step, so that another judge never sees half a library. Where it cannot be kept, it is used where it is.
    let moved = fs::create_dir_all(&kept).and_then(|()| fs::rename(&fresh, &library));
    Ok(if moved.is_ok() { library } else { fresh })
}
