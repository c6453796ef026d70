//! What reaches the screens, and what they want done. Nothing else passes between the drawing thread and the others.

use std::path::PathBuf;

use crossterm::event::KeyEvent;

use super::{keys::Act, screens::plan::Planned};

use crate::{
    actions::{
        Answer, Debriefing, Failure, HandedIn, Judged, Listing, Past, Picked, Rated, TestRun,
        Topic, Trial, Wish,
    },
    domain::{
        own_rating::OwnRating, problem::Problem, score::Part, session::SessionState,
        timeline::Timeline,
    },
    history::Attempt,
    judge::JudgeEvent,
    settings::{Key, Settings},
};

/// What reaches the screens.
#[derive(Debug)]
pub enum Message {
    /// A key.
    Key(KeyEvent),
    /// The wheel, in lines; up is negative.
    Wheel(i32),
    /// Something asked for by name; the figure that goes with it.
    Do(Act, Option<u8>),
    /// Pasted text.
    Paste(String),
    /// Columns and rows.
    Resize(u16, u16),
    /// Unix milliseconds.
    Tick(u64),
    /// Something below the workspace was written, and it is quiet again.
    Touched,
    /// The workspace cannot be watched; why.
    NotWatched(String),
    /// The clerk's answer.
    Reply(Reply),
    /// Word from a run; the attempt it belongs to.
    Job(String, JobNews),
    /// The editor that had the terminal is closed; what went wrong.
    EditorClosed(Option<String>),
    /// A signal asks us to end.
    Terminated,
    /// A worker panicked; what it was busy with.
    WorkerDied(&'static str),
}

/// Word from something that takes seconds.
#[derive(Debug)]
pub enum JobNews {
    /// The bench is being prepared.
    Bench(JudgeEvent),
    /// The samples run.
    Testing(JudgeEvent),
    /// The samples have run.
    Tested(Result<TestRun, Failure>),
    /// The own tests were tried on the reference and on flawed solutions.
    Tried(Result<Trial, Failure>),
    /// The judge works.
    Judging(JudgeEvent),
    /// The judge is done.
    Judged(Result<Box<Judged>, Failure>),
    /// One more save is judged; all that is known now.
    Saves(Timeline),
    /// No more saves are judged; why, if some are left.
    SavesEnded(Option<Failure>),
}

/// What the screens want done.
#[derive(Debug)]
pub enum Effect {
    /// Something for the clerk, who does one thing after the other.
    Errand(Errand),
    /// Has the bench ready before it is needed.
    WarmUp,
    /// Runs samples and own tests of an attempt.
    Test(String),
    /// Tries the candidate's own tests on the reference and on flawed solutions.
    Validate(String),
    /// Ends the run of the samples or of the own tests.
    StopTest,
    /// Lets the judge work on an attempt.
    Judge(String, Box<HandedIn>),
    /// Ends the judge's work.
    StopJudge,
    /// Judges the saves of an attempt that is over, in the background.
    JudgeSaves(String),
    /// Ends that.
    StopSaves,
    /// Opens the editor on a file.
    Edit(Box<Edit>),
    /// Puts a text on the clipboard, where the terminal can.
    Copy(String),
    /// Watches a workspace; none for no more.
    Watch(Option<PathBuf>),
    /// To the shell.
    Suspend,
    /// Draws everything again.
    Repaint,
    /// Rings once.
    Bell,
    /// The terminal's title.
    Title(String),
    /// Whether the mouse is ours.
    Mouse(bool),
    /// A note for the desktop, where the terminal can.
    Notify(String),
    /// Ends the program.
    Quit,
}

/// A file to open, and what with.
#[derive(Debug)]
pub struct Edit {
    /// The file.
    pub file: PathBuf,
    /// From 1; none for wherever the editor likes.
    pub line: Option<usize>,
    /// The editor's command line; empty if nobody named one.
    pub editor: String,
    /// Whether a multiplexer shall give it a pane.
    pub panes: bool,
}

/// What the clerk does: short work on the disk.
#[derive(Debug)]
pub enum Errand {
    /// Reads the library.
    List,
    /// Reads the history.
    History,
    /// Reads a course of study.
    Plan(String),
    /// Picks a problem for a mock.
    Pick {
        /// The same seed and history give the same pick.
        seed: u64,
    },
    /// Begins an attempt.
    Start(Wish),
    /// Goes on with an attempt.
    Open(String),
    /// Closes the session; the clock goes on.
    Leave,
    /// Reads what others wrote and lets the clock do what is due; `alive` leaves a sign of life.
    Look {
        /// Whether to leave the sign.
        alive: bool,
    },
    /// Before the terminal goes to the shell: silence from here on is not a riddle.
    Absent,
    /// Asks the interviewer.
    Ask(String),
    /// Keeps a note.
    Note(String),
    /// Ends the questions.
    Code,
    /// Buys a hint.
    Hint,
    /// Takes the stub of the follow-up.
    FollowUp,
    /// Stops the clock.
    Pause,
    /// Lets it go on.
    Resume,
    /// Says whether the time of absence counts.
    Gap {
        /// It does.
        counted: bool,
    },
    /// Gives the attempt up.
    GiveUp,
    /// Keeps the workspace.
    Save,
    /// Freezes what is to be judged.
    HandIn,
    /// Weighs the verdict.
    Finish(Box<Judged>),
    /// Keeps an answer of the discussion.
    Rate {
        /// The question.
        topic: Topic,
        /// As typed.
        answer: String,
        /// By figure or by points.
        rated: Rated,
    },
    /// Keeps the own view of the work; empty if nobody wants to say.
    RateSelf(Vec<OwnRating>),
    /// Reads the report of an attempt.
    Report(String),
    /// Keeps a choice; none forgets it.
    Choose(Box<Settings>, Key, Option<String>),
}

/// What the clerk answers.
#[derive(Debug)]
pub enum Reply {
    /// The library.
    Listed(Box<Listing>),
    /// The history.
    Remembered(Box<Past>),
    /// A course of study.
    Planned(Box<Planned>),
    /// A problem for a mock.
    Picked(Box<Picked>),
    /// A session is open.
    Seated(Box<Seated>),
    /// The session is closed.
    Left,
    /// The other process is gone; the session is ours now.
    Inherited,
    /// The journal grew.
    Session(Box<SessionState>),
    /// What the interviewer says.
    Answered(Answer),
    /// Something was done; a word about it.
    Done(String),
    /// The workspace was kept.
    Saved(Saved),
    /// The code is frozen; the questions about it are known now, and what earns points.
    HandedIn(Box<HandedIn>, Vec<Topic>, Vec<Part>),
    /// A report is there.
    Reported(Box<Debriefing>),
    /// A choice was kept.
    Chosen(Box<Settings>),
    /// It did not work.
    Failed(Failure),
}

/// An open session as the screens get it.
#[derive(Debug)]
pub struct Seated {
    /// The attempt.
    pub attempt: Attempt,
    /// Its problem.
    pub problem: Problem,
    /// Where the session stands.
    pub session: SessionState,
    /// The questions of the discussion.
    pub topics: Vec<Topic>,
    /// What earns points in it.
    pub rated_parts: Vec<Part>,
    /// The report, if the judge has been there.
    pub judged: bool,
    /// Another process has the session; its number.
    pub guest: Option<String>,
}

/// A state of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// Changes with the sources and the candidate's own tests.
    pub mark: String,
    /// Hash of the sources; none if intake refuses them.
    pub hash: Option<String>,
    /// Lines over all files.
    pub lines: usize,
    /// Why intake refuses it, in words.
    pub refused: Option<String>,
}
