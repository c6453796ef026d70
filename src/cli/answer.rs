//! What `score` prints, format by format, as the reports come in.
//!
//! Nothing but what is still to be printed is kept, so that hundreds of submissions take no more memory than a few. Whatever ends the
//! run, [`Answer::finish`] makes what was printed whole: a closed array, valid XML, a table of what is done.

use std::io::{IsTerminal, stdout};

use quick_junit::TestSuite;

use super::{
    args::Format,
    formats, json,
    output::{Output, Stop},
    table::{self, Row},
};
use crate::{
    actions::{Scored, Skipped},
    wording,
};

/// An answer in the making.
pub(super) struct Answer {
    output: Output,
    kind: Kind,
    several: bool,
    done: usize,
    accepted: usize,
    skipped: usize,
}

enum Kind {
    Text { rows: Vec<Row> },
    Json { begun: bool },
    Ndjson { after_a_torn_line: bool },
    Junit { suites: Vec<TestSuite> },
}

impl Answer {
    /// `several`: more than one path was named, so that the answer is a list however many submissions are found.
    pub fn new(output: Output, format: Format, several: bool, after_a_torn_line: bool) -> Self {
        Self {
            output,
            kind: match format {
                Format::Text => Kind::Text { rows: Vec::new() },
                Format::Json => Kind::Json { begun: false },
                Format::Ndjson => Kind::Ndjson { after_a_torn_line },
                Format::Junit => Kind::Junit { suites: Vec::new() },
            },
            several,
            done: 0,
            accepted: 0,
            skipped: 0,
        }
    }

    /// So many reports will come, and these paths will have none.
    pub fn expect(&mut self, of: usize, skipped: Vec<Skipped>) -> Result<(), Stop> {
        self.several |= of > 1;
        skipped.into_iter().try_for_each(|one| self.skip(one))
    }

    /// A path without a report. Only JUnit has a word for it; elsewhere it is a remark.
    pub fn skip(&mut self, skipped: Skipped) -> Result<(), Stop> {
        self.skipped += 1;
        if let Kind::Junit { suites } = &mut self.kind {
            suites.push(formats::skipped(&skipped));
        }
        Ok(())
    }

    /// The next report.
    pub fn take(&mut self, scored: Scored) -> Result<(), Stop> {
        let Scored { report, same_as } = &scored;
        let same_as = same_as.as_deref();
        self.done += 1;
        self.accepted += usize::from(report.verdict.accepted());
        match &mut self.kind {
            Kind::Text { .. } if !self.several => self.output.lines(&wording::report(report)),
            Kind::Text { rows } => {
                rows.push(Row::of(report, same_as));
                Ok(())
            }
            Kind::Json { .. } if !self.several => {
                self.output.raw(&(json::pretty(report, same_as) + "\n"))
            }
            Kind::Json { begun } => {
                let before = if *begun { ",\n" } else { "[\n" };
                *begun = true;
                let object = json::pretty(report, same_as).replace('\n', "\n  ");
                self.output.raw(&format!("{before}  {object}"))
            }
            Kind::Ndjson { after_a_torn_line } => {
                let before = if std::mem::take(after_a_torn_line) {
                    "\n"
                } else {
                    ""
                };
                let line = json::line(report, same_as);
                self.output.raw(&format!("{before}{line}\n"))
            }
            Kind::Junit { suites } => {
                suites.push(formats::suite(report, same_as));
                Ok(())
            }
        }
    }

    /// Reports so far.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Whether none of them is less than accepted.
    pub fn all_accepted(&self) -> bool {
        self.accepted == self.done
    }

    /// Prints what is still missing.
    pub fn finish(self) -> Result<(), Stop> {
        match self.kind {
            Kind::Text { rows } if self.several => {
                // A file or a pipe has no width.
                let width = stdout().is_terminal().then(|| self.output.width());
                self.output
                    .lines(&table::table(&rows, self.accepted, self.skipped, width))
            }
            Kind::Json { begun: true } => self.output.raw("\n]\n"),
            Kind::Json { begun: false } if self.several => self.output.raw("[]\n"),
            Kind::Junit { suites } => self.output.raw(&formats::junit(suites)?),
            Kind::Text { .. } | Kind::Json { .. } | Kind::Ndjson { .. } => Ok(()),
        }
    }
}
