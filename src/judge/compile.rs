//! One run of the compiler, called directly and caged.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::JudgeError;
use super::bench::Bench;
use super::diagnostics;
use super::outcome;
use super::process::{self, End, Exit, Job};
use super::sandbox::limits::Limits;
use super::sandbox::view::View;
use crate::domain::verdict::Diagnostic;

/// Arguments of one compiler run, in the words of the judge.
#[derive(Debug, Clone)]
pub struct Rustc<'a> {
    bench: &'a Bench,
    folder: PathBuf,
    arguments: Vec<OsString>,
    links: bool,
    /// The libraries and folders that the caged compiler may read.
    reads: Vec<PathBuf>,
    /// The folders that it may write; the first is that of its output.
    writes: Vec<PathBuf>,
}

/// What came out of it: errors make it failed, warnings do not.
#[derive(Debug, Clone)]
pub struct Compiled {
    pub succeeded: bool,
    pub diagnostics: Vec<Diagnostic>,
}

impl Compiled {
    /// The first error.
    pub fn first_error(&self) -> Option<&Diagnostic> {
        self.diagnostics
            .iter()
            .find(|diagnostic| diagnostic.level == "error")
    }
}

impl<'a> Rustc<'a> {
    /// Compiles `source` (a path below `folder`, so that messages name it so) into the file `output`.
    ///
    /// It sees `folder` and the libraries it is given, and may write the folder of its output. No file of either may be one that the
    /// code it compiles must not include.
    pub fn new(bench: &'a Bench, folder: &Path, source: &str, output: &Path) -> Self {
        let mut rustc = Self {
            bench,
            folder: folder.to_owned(),
            arguments: bench.toolchain.arguments(false),
            links: false,
            reads: vec![folder.to_owned(), bench.artifacts.dependencies.clone()],
            writes: output.parent().map(Path::to_owned).into_iter().collect(),
        };
        rustc.add([
            "--edition",
            "2024",
            "--error-format=json",
            "--diagnostic-width=100",
            "-Cdebuginfo=0",
        ]);
        rustc
            .arguments
            .extend([source.into(), "-o".into(), output.into()]);
        rustc.add_path("-Ldependency=", &bench.artifacts.dependencies);
        rustc
    }

    /// A library under this crate name.
    pub fn library(mut self, crate_name: &str) -> Self {
        self.add(["--crate-type", "rlib", "--crate-name", crate_name]);
        self
    }

    /// A program of the `#[test]` functions.
    pub fn tests(mut self, crate_name: &str) -> Self {
        self.add(["--test", "--crate-name", crate_name, "-Cstrip=debuginfo"]);
        self.links = true;
        if let Some(linker) = &self.bench.toolchain.linker {
            self.add_path("-Clinker=", &linker.clone());
        }
        self
    }

    /// Our std in place of the real one, and the checks of a debug build.
    pub fn simulated(mut self) -> Self {
        for name in ["std", "core", "alloc"] {
            self.add_library(name, &self.bench.artifacts.virtual_std);
        }
        self.add([
            "-Copt-level=0",
            "-Coverflow-checks=on",
            "-Cdebug-assertions=on",
        ]);
        self
    }

    /// The real std behind the list of what ours has, as fast as it gets: no name means anything else than in the simulated build.
    pub fn measured(mut self) -> Self {
        for name in ["std", "core", "alloc"] {
            self.add_library(name, &self.bench.artifacts.plain_std);
        }
        self.optimised()
    }

    /// The real std, as fast as it gets.
    pub fn optimised(mut self) -> Self {
        self.add(["-Copt-level=3", "-Ccodegen-units=1"]);
        self
    }

    /// The candidate's code: no `unsafe`.
    pub fn safe(mut self) -> Self {
        self.add(["-Funsafe_code"]);
        self
    }

    /// Our own or the author's code: its warnings are nobody's business here.
    pub fn quiet(mut self) -> Self {
        self.add(["--cap-lints", "allow"]);
        self
    }

    /// A library it may use.
    pub fn with(mut self, name: &str, library: &Path) -> Self {
        self.add_library(name, library);
        self
    }

    /// Keeps the state of this build for the next one of the same code.
    pub fn incremental(mut self, folder: &Path) -> Self {
        self.add_path("-Cincremental=", folder);
        // Where it cannot be made, the compiler says so in its own words.
        let _ = std::fs::create_dir_all(folder);
        self.writes.push(folder.to_owned());
        self
    }

    /// Runs the compiler to its end.
    pub fn run(self, cancel: &AtomicBool) -> Result<Compiled, JudgeError> {
        let toolchain = &self.bench.toolchain;
        let temporary = self
            .writes
            .first()
            .cloned()
            .unwrap_or_else(|| self.folder.clone());
        let mut view = View::of_compiler(&toolchain.rustc, self.reads, self.writes);
        if self.links {
            view = view.that_links(toolchain.linker.as_deref());
        }
        let job = Job {
            program: toolchain.rustc.clone(),
            arguments: self.arguments,
            environment: toolchain.environment(&temporary, self.links),
            folder: self.folder,
            limits: self.bench.compiler,
            view,
            channel: false,
        };
        let seat = self.bench.seats.take(cancel)?;
        let exit =
            process::run(&job, &self.bench.cage, cancel).map_err(JudgeError::caged("run rustc"))?;
        drop(seat);
        let mut diagnostics = diagnostics::read(&String::from_utf8_lossy(&exit.stderr));
        let succeeded = exit.end == End::Code(0);
        for error in &mut diagnostics {
            // The compiler knows that it may not have more, but not how much it may have.
            if error.message.starts_with("tried to allocate more memory") {
                let allowed = self.bench.compiler.memory_bytes / (1024 * 1024);
                error.message += &format!(": {allowed} MiB are allowed");
            }
        }
        if exit.end == End::Cancelled {
            return Err(JudgeError::Cancelled);
        }
        if !succeeded && self.bench.is_damaged(&diagnostics) {
            return Err(JudgeError::BenchDamaged {
                path: self.bench.folder.clone(),
                said: "a library of the kit is missing or does not fit".to_owned(),
            });
        }
        if !succeeded
            && !diagnostics
                .iter()
                .any(|diagnostic| diagnostic.level == "error")
        {
            // The compiler has a message for everything but its own end.
            let said = String::from_utf8_lossy(&exit.stderr);
            if said.contains("No space left on device") {
                return Err(JudgeError::Io {
                    action: "write what the compiler makes".to_owned(),
                    source: std::io::ErrorKind::StorageFull.into(),
                });
            }
            let why = why_it_ended(&exit, &said, self.bench.compiler);
            diagnostics.insert(0, diagnostics::without_place(&why));
        } else if !matches!(exit.end, End::Code(_)) {
            // Ended in the middle of its errors: the limit comes first, for it says why there are no more of them.
            let said = String::from_utf8_lossy(&exit.stderr);
            let why = why_it_ended(&exit, &said, self.bench.compiler);
            diagnostics.insert(0, diagnostics::without_place(&why));
        }
        Ok(Compiled {
            succeeded,
            diagnostics,
        })
    }

    fn add_library(&mut self, name: &str, library: &Path) {
        self.add_path(&format!("--extern={name}="), library);
        self.reads.push(library.to_owned());
    }

    fn add<const N: usize>(&mut self, arguments: [&str; N]) {
        self.arguments
            .extend(arguments.into_iter().map(OsString::from));
    }

    fn add_path(&mut self, option: &str, path: &Path) {
        let mut argument = OsString::from(option);
        argument.push::<&OsStr>(path.as_ref());
        self.arguments.push(argument);
    }
}

/// Why a compiler left without an error of its own.
fn why_it_ended(exit: &Exit, said: &str, limits: Limits) -> String {
    let memory = ["memory allocation of ", "out of memory"];
    match exit.end {
        End::Wall | End::Stuck => format!(
            "the compiler did not finish: it ran for {} s, {} s are allowed",
            exit.wall.as_secs(),
            limits.wall.as_secs()
        ),
        End::Cpu => format!(
            "the compiler used {} s of processor time, {} s are allowed",
            exit.cpu.as_secs().max(limits.cpu_seconds),
            limits.cpu_seconds
        ),
        End::Output | End::Flood => format!(
            "the compiler printed more than {} KiB of errors, which is all that is allowed",
            limits.output_bytes / 1024
        ),
        End::Disk => format!(
            "the compiler wrote files of more than {} MiB together, which is all that is allowed",
            limits.folder_bytes / (1024 * 1024)
        ),
        End::Signal(libc::SIGXFSZ) => format!(
            "the compiler wrote a file of more than {} MiB, which is all that is allowed",
            limits.file_bytes / (1024 * 1024)
        ),
        End::Code(_) | End::Signal(_) if memory.iter().any(|sign| said.contains(sign)) => {
            format!("the compiler {}", outcome::memory(said, limits))
        }
        End::Signal(libc::SIGSEGV | libc::SIGBUS) => {
            "the compiler overflowed its stack: this code is nested too deeply".to_owned()
        }
        End::Code(_) | End::Signal(_) | End::Cancelled => {
            "the compiler gave up on this code".to_owned()
        }
    }
}
