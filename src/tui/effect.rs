//! Does what the screens want done: errands on the clerk's thread, runs on threads of their own. A panic of a worker is told
//! and ends nothing else.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{
    clerk::Clerk,
    faults,
    input::Input,
    message::{Edit, Effect, Errand, JobNews, Message},
    terminal::Surface,
    watch::Watch,
};
use crate::{
    actions::{self, HandedIn, House, Pace, Sitting},
    workspace::{Around, Editor, Opened, Opening, return_to_pane},
};

/// What the clerk's thread takes.
enum Task {
    Errand(Errand),
    /// Answers once everything before it is done.
    Flush(Sender<()>),
    /// Forgets the session as if killed: nothing is written.
    Forget,
}

/// The longest wait for runs to end when the program does. A bench that is being built does not hear of it; it is built
/// behind a lock and loses nothing.
const PARTING: Duration = Duration::from_secs(3);

/// Everything that acts.
pub struct Hands {
    house: House,
    messages: Sender<Message>,
    tasks: Option<Sender<Task>>,
    clerk: Option<JoinHandle<()>>,
    /// Reads keys; nobody does in the plain mode, which reads lines when it wants one.
    input: Option<Input>,
    watch: Option<Watch>,
    /// The pane in which the editor is, where a multiplexer gave one.
    pane: Arc<Mutex<Option<String>>>,
    /// Ends the run of the samples.
    test: Arc<AtomicBool>,
    /// Ends the judge's work.
    judge: Arc<AtomicBool>,
    /// Ends the judging of saves.
    saves: Arc<AtomicBool>,
    /// Held by every run while it lasts.
    running: Sender<()>,
    /// Is cut off when the last run has ended.
    last: Receiver<()>,
    /// Why the program ends, once it does.
    pub ended: bool,
}

impl Hands {
    /// Starts the clerk.
    ///
    /// Fails if no thread can be started.
    pub fn new(house: House, messages: Sender<Message>, input: Option<Input>) -> io::Result<Hands> {
        let (tasks, work) = channel();
        let (running, last) = channel();
        let clerk = Clerk::new(house.clone());
        let answers = messages.clone();
        let thread = thread::Builder::new()
            .name("clerk".to_owned())
            .spawn(move || serve(clerk, &work, &answers))?;
        Ok(Hands {
            house,
            tasks: Some(tasks),
            clerk: Some(thread),
            input,
            messages,
            watch: None,
            pane: Arc::default(),
            test: Arc::default(),
            judge: Arc::default(),
            saves: Arc::default(),
            running,
            last,
            ended: false,
        })
    }

    /// Does it.
    ///
    /// Fails if the terminal does.
    pub fn carry_out(&mut self, effect: Effect, screen: &mut dyn Surface) -> io::Result<()> {
        match effect {
            Effect::Errand(errand) => self.task(Task::Errand(errand)),
            Effect::WarmUp => self.warm_up(),
            Effect::Test(attempt) => self.start_test(attempt),
            Effect::Validate(attempt) => self.start_trial(attempt),
            Effect::StopTest => self.test.store(true, Ordering::Relaxed),
            Effect::Judge(attempt, handed_in) => self.start_judge(attempt, handed_in),
            Effect::StopJudge => self.judge.store(true, Ordering::Relaxed),
            Effect::JudgeSaves(attempt) => self.judge_saves(attempt),
            Effect::StopSaves => self.saves.store(true, Ordering::Relaxed),
            Effect::Edit(edit) => self.edit(*edit, screen)?,
            Effect::Copy(text) => screen.copy(&text)?,
            Effect::Watch(folder) => self.watch(folder.as_deref()),
            Effect::Suspend => self.suspend(screen)?,
            Effect::Repaint => screen.repaint()?,
            Effect::Bell => screen.bell()?,
            Effect::Title(title) => screen.title(&title)?,
            Effect::Notify(text) => screen.notify(&text)?,
            Effect::Mouse(ours) => screen.mouse(ours)?,
            Effect::Quit => self.ended = true,
        }
        Ok(())
    }

    /// The editor gave the terminal back.
    ///
    /// Fails if the terminal does.
    pub fn take_back(&mut self, screen: &mut dyn Surface) -> io::Result<()> {
        if screen.is_lent() {
            screen.take_back()?;
            self.release();
            self.resized();
        }
        Ok(())
    }

    /// Ends everything that runs. `killed` leaves the journal as a kill would.
    pub fn end(mut self, killed: bool) {
        if killed {
            self.task(Task::Forget);
        }
        self.watch = None;
        self.test.store(true, Ordering::Relaxed);
        self.judge.store(true, Ordering::Relaxed);
        self.saves.store(true, Ordering::Relaxed);
        drop(self.running);
        // Nobody says anything here; it is cut off, or the time is up.
        let _ = self.last.recv_timeout(PARTING);
        self.tasks = None;
        if let Some(clerk) = self.clerk.take() {
            // It catches its own panics.
            let _ = clerk.join();
        }
    }

    fn task(&self, task: Task) {
        if let Some(tasks) = &self.tasks {
            // The clerk lives as long as we do.
            let _ = tasks.send(task);
        }
    }

    fn warm_up(&self) {
        let (house, messages) = (self.house.clone(), self.messages.clone());
        run("preparing the bench", &self.messages, move || {
            faults::strike();
            let news =
                |event| drop(messages.send(Message::Job(String::new(), JobNews::Bench(event))));
            // What is wrong is told by the first run that needs the bench.
            let _ = actions::setup(&house, &mut { news });
        });
    }

    fn start_test(&mut self, attempt: String) {
        let flag = anew(&mut self.test);
        let (house, messages, running) = (
            self.house.clone(),
            self.messages.clone(),
            self.running.clone(),
        );
        run("running the samples", &self.messages, move || {
            let tell = |news| drop(messages.send(Message::Job(attempt.clone(), news)));
            let found = Sitting::open(&house, Some(&attempt)).and_then(|mut sitting| {
                actions::test(&house, &mut sitting, &flag, &mut |event| {
                    tell(JobNews::Testing(event))
                })
            });
            tell(JobNews::Tested(found));
            drop(running);
        });
    }

    fn start_trial(&mut self, attempt: String) {
        let flag = anew(&mut self.test);
        let (house, messages, running) = (
            self.house.clone(),
            self.messages.clone(),
            self.running.clone(),
        );
        run("trying your tests", &self.messages, move || {
            let tell = |news| drop(messages.send(Message::Job(attempt.clone(), news)));
            let found = Sitting::open(&house, Some(&attempt)).and_then(|mut sitting| {
                actions::validate(&house, &mut sitting, &flag, &mut |event| {
                    tell(JobNews::Testing(event))
                })
            });
            tell(JobNews::Tried(found));
            drop(running);
        });
    }

    fn start_judge(&mut self, attempt: String, handed_in: Box<HandedIn>) {
        let flag = anew(&mut self.judge);
        let (house, messages, running) = (
            self.house.clone(),
            self.messages.clone(),
            self.running.clone(),
        );
        run("judging", &self.messages, move || {
            let tell = |news| drop(messages.send(Message::Job(attempt.clone(), news)));
            let judged = actions::judge_handed_in(&house, &handed_in, &flag, &mut |event| {
                tell(JobNews::Judging(event));
            });
            tell(JobNews::Judged(judged.map(Box::new)));
            drop(running);
        });
    }

    fn judge_saves(&mut self, attempt: String) {
        let flag = anew(&mut self.saves);
        let (house, messages, running) = (
            self.house.clone(),
            self.messages.clone(),
            self.running.clone(),
        );
        run("judging the saves", &self.messages, move || {
            let tell = |news| drop(messages.send(Message::Job(attempt.clone(), news)));
            let ended = Sitting::open(&house, Some(&attempt)).and_then(|sitting| {
                actions::timeline(&house, &sitting, Pace::Gentle, &flag, &mut |known| {
                    tell(JobNews::Saves(known.clone()))
                })
            });
            tell(JobNews::SavesEnded(ended.err()));
            drop(running);
        });
    }

    fn watch(&mut self, folder: Option<&Path>) {
        self.watch = None;
        let Some(folder) = folder else { return };
        match Watch::over(folder, self.messages.clone()) {
            Ok(watch) => self.watch = Some(watch),
            Err(error) => drop(self.messages.send(Message::NotWatched(error.to_string()))),
        }
    }

    /// An editor with a window or a pane of its own runs beside us; any other gets the terminal.
    fn edit(&mut self, edit: Edit, screen: &mut dyn Surface) -> io::Result<()> {
        let editor = match Editor::of(&edit.editor) {
            Ok(editor) => editor,
            Err(error) => {
                let text = format!("{error}: {}", edit.file.display());
                let _ = self.messages.send(Message::EditorClosed(Some(text)));
                return Ok(());
            }
        };
        let around = Around::named_by(|name| std::env::var(name).ok(), edit.panes);
        let opening = editor.opening(&edit.file, edit.line, around);
        if opening.takes_terminal() {
            self.hold();
            screen.lend()?;
        }
        let (messages, pane) = (self.messages.clone(), Arc::clone(&self.pane));
        run("waiting for the editor", &self.messages, move || {
            let wrong = open(&opening, &pane);
            let _ = messages.send(Message::EditorClosed(wrong));
        });
        Ok(())
    }

    /// To the shell; everything that was said is on the disk before.
    fn suspend(&mut self, screen: &mut dyn Surface) -> io::Result<()> {
        self.flush();
        let ours = !screen.is_lent();
        if ours {
            self.hold();
        }
        screen.suspend()?;
        if ours {
            self.release();
            self.resized();
        }
        Ok(())
    }

    /// Waits until the clerk has done everything that it was asked for.
    pub fn flush(&self) {
        let (done, wait) = channel();
        self.task(Task::Flush(done));
        // The clerk is gone only if it panicked, and then there is nothing to wait for.
        let _ = wait.recv();
    }

    fn hold(&self) {
        self.input.iter().for_each(Input::hold);
    }

    fn release(&self) {
        self.input.iter().for_each(Input::release);
    }

    fn resized(&self) {
        if let Ok((columns, rows)) = crossterm::terminal::size() {
            let _ = self.messages.send(Message::Resize(columns, rows));
        }
    }
}

/// Opens an editor, or goes back to the pane in which it still is; what went wrong.
fn open(opening: &Opening, pane: &Mutex<Option<String>>) -> Option<String> {
    let mut pane = pane.lock().unwrap_or_else(PoisonError::into_inner);
    if !opening.takes_terminal() && pane.as_deref().is_some_and(return_to_pane) {
        return None;
    }
    match opening.run() {
        Ok(Opened::Closed(status)) if !status.success() => {
            Some(format!("the editor ended with {status}"))
        }
        Ok(Opened::Closed(_)) => None,
        Ok(Opened::Beside(name)) => {
            *pane = name;
            None
        }
        Err(error) => Some(error.to_string()),
    }
}

/// Ends what ran under a flag, and puts a new one in its place.
fn anew(flag: &mut Arc<AtomicBool>) -> Arc<AtomicBool> {
    flag.store(true, Ordering::Relaxed);
    *flag = Arc::default();
    Arc::clone(flag)
}

/// Runs something on a thread; a panic becomes a message.
fn run(what: &'static str, messages: &Sender<Message>, work: impl FnOnce() + Send + 'static) {
    let died = messages.clone();
    let spawned = thread::Builder::new().name(what.to_owned()).spawn(move || {
        if catch_unwind(AssertUnwindSafe(work)).is_err() {
            let _ = died.send(Message::WorkerDied(what));
        }
    });
    if spawned.is_err() {
        let _ = messages.send(Message::WorkerDied(what));
    }
}

fn serve(mut clerk: Clerk, work: &Receiver<Task>, answers: &Sender<Message>) {
    while let Ok(task) = work.recv() {
        match task {
            Task::Flush(done) => drop(done.send(())),
            Task::Forget => clerk.forget(),
            Task::Errand(errand) => {
                let replies = catch_unwind(AssertUnwindSafe(|| clerk.carry_out(errand)));
                let messages = match replies {
                    Ok(replies) => replies.into_iter().map(Message::Reply).collect(),
                    Err(_) => vec![Message::WorkerDied("work on the attempt")],
                };
                for message in messages {
                    // Nobody listens any more: the program ends, but what was asked for is done.
                    let _ = answers.send(message);
                }
            }
        }
    }
}
