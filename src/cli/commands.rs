//! What each command does: ask an action, print its answer, say what comes next.

use clap::CommandFactory;

use super::{
    AUTHOR, Context, MACHINE, REJECTED,
    args::{Arguments, Command, Format, ModeName, ProblemCommand, Which},
    authoring,
    output::Stop,
    progress::Progress,
    scoring::{self, Scoring},
};
use crate::{
    actions::{self, Failure, Health, ScoreWish, Sitting, Wish},
    domain::{attempt::Mode, session::Phase},
    history,
    wording::{self, Line, Tone},
};

impl From<ModeName> for Mode {
    fn from(name: ModeName) -> Mode {
        match name {
            ModeName::Mock => Mode::Mock,
            ModeName::Drill => Mode::Drill,
            ModeName::Warmup => Mode::Warmup,
            ModeName::Untimed => Mode::Untimed,
        }
    }
}

/// Runs a command and returns the exit code.
pub(super) fn run(context: &mut Context, command: Command) -> Result<u8, Stop> {
    let context = &*context;
    match command {
        Command::List { tier, tag } => list(context, tier, tag.as_deref()),
        Command::Show { id } => show(context, &id),
        Command::Start { id, mode, dir, seed } => start(
            context,
            &Wish {
                problem: id,
                mode: mode.into(),
                dir,
                seed,
            },
        ),
        Command::Status { attempt, format } => status(context, attempt.as_deref(), format.as_deref()),
        Command::Ask { text, which } => ask(context, &which, &text.join(" ")),
        Command::Note { text, which } => {
            let mut sitting = open(context, &which)?;
            actions::note(&context.house, &mut sitting, &text.join(" "))?;
            context.output.remark("noted");
            Ok(0)
        }
        Command::Hint { which } => hint(context, &which),
        Command::Code { which } => {
            let mut sitting = open(context, &which)?;
            let unasked = actions::code(&context.house, &mut sitting)?;
            context.output.lines(&wording::unasked(&unasked))?;
            context.output.remark(wording::guidance(Phase::Implement));
            Ok(0)
        }
        Command::Followup { which } => {
            let mut sitting = open(context, &which)?;
            let twist = actions::followup(&context.house, &mut sitting)?;
            context.output.raw(&format!("{}\n", twist.trim()))?;
            context.output.remark("the stub is at the end of src/lib.rs");
            Ok(0)
        }
        Command::Pause { yes, which } => {
            let mut sitting = open(context, &which)?;
            actions::pause(&context.house, &mut sitting, yes)?;
            context
                .output
                .remark("the clock stands; `fiftyten resume` lets it go on");
            Ok(0)
        }
        Command::Resume { count, which } => resume(context, &which, count),
        Command::Discuss {
            number,
            points,
            text,
            which,
        } => discuss(context, &which, number, points, &text.join(" ")),
        Command::Test { attempt } => test(context, attempt.as_deref()),
        Command::Submit { attempt } => submit(context, attempt.as_deref()),
        Command::Score {
            paths,
            problem,
            format,
            jobs,
            sandbox,
        } => {
            let jobs = jobs.map(usize::from);
            let wish = ScoreWish {
                paths,
                problem,
                jobs,
                cage: sandbox.into(),
                seed: 0,
            };
            scoring::score(context, &Scoring { wish, format })
        }
        Command::Report { attempt, format } => {
            let report = actions::report(&context.house, attempt.as_deref())?;
            scoring::report(context, &report, format)?;
            Ok(0)
        }
        Command::History => past(context),
        Command::Replay { attempt, check, again } => replay(context, &attempt, &check, again),
        Command::Problem(ProblemCommand::New { id }) => authoring::new_problem(context, &id),
        Command::Problem(ProblemCommand::Check { ids, .. }) => authoring::check_problems(context, &ids),
        Command::Setup => setup(context),
        Command::Doctor => doctor(context),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "fiftyten", &mut text);
            context.output.raw(&String::from_utf8_lossy(&text))?;
            Ok(0)
        }
    }
}

fn open(context: &Context, which: &Which) -> Result<Sitting, Failure> {
    Sitting::open(&context.house, which.attempt.as_deref())
}

fn list(context: &Context, tier: Option<u8>, tag: Option<&str>) -> Result<u8, Stop> {
    let listing = actions::list(&context.house)?;
    let wanted: Vec<_> = listing
        .problems
        .iter()
        .filter(|(problem, _)| tier.is_none_or(|tier| problem.tier == tier))
        .filter(|(problem, _)| tag.is_none_or(|tag| problem.tags.iter().any(|one| one == tag)))
        .collect();
    let width = wanted
        .iter()
        .map(|(problem, _)| problem.id.as_str().len())
        .max()
        .unwrap_or(0);
    let lines: Vec<Line> = wanted
        .iter()
        .map(|(problem, best)| {
            let best = best
                .as_ref()
                .map(|best| format!("  {:.1} {}", best.total, best.band.word()))
                .unwrap_or_default();
            let stars = "*".repeat(problem.difficulty.into());
            Line::plain(format!(
                "{:<width$}  tier {}  {stars:<5}  {}{best}",
                problem.id.as_str(),
                problem.tier,
                problem.title
            ))
        })
        .collect();
    context.output.lines(&lines)?;
    for (id, offences) in &listing.broken {
        context.output.remark(&format!(
            "{id} is broken in {} places; `fiftyten problem check {id}` tells them",
            offences.len()
        ));
    }
    if listing.problems.is_empty() && !listing.broken.is_empty() {
        Ok(AUTHOR)
    } else {
        Ok(0)
    }
}

fn show(context: &Context, id: &str) -> Result<u8, Stop> {
    let problem = actions::show(&context.house, id)?;
    context.output.raw(&format!("{}\n", problem.statement.trim_end()))?;
    context.output.remark(&format!(
        "\nfiftyten start {id} begins a mock; --mode drill takes {} minutes",
        problem.drill_minutes
    ));
    Ok(0)
}

fn start(context: &Context, wish: &Wish) -> Result<u8, Stop> {
    let mut sitting = actions::start(&context.house, wish)?;
    let status = actions::status(&context.house, &mut sitting)?;
    context
        .output
        .lines(&[Line::plain(status.workspace.display().to_string())])?;
    let next = match status.phase {
        Phase::Clarify => "read README.md there; ask with `fiftyten ask TEXT`, start coding with `fiftyten code`",
        _ => "read README.md there; edit src/lib.rs; `fiftyten test` runs the samples",
    };
    context.output.remark(&format!(
        "attempt {}\n{}\n{next}",
        status.attempt,
        wording::guidance(status.phase)
    ));
    Ok(0)
}

fn status(context: &Context, attempt: Option<&str>, format: Option<&str>) -> Result<u8, Stop> {
    let mut sitting = Sitting::open(&context.house, attempt)?;
    let status = actions::status(&context.house, &mut sitting)?;
    match format {
        Some(format) => context
            .output
            .raw(&format!("{}\n", wording::status_line(&status, format)))?,
        None => context.output.lines(&wording::status(&status))?,
    }
    Ok(0)
}

fn ask(context: &Context, which: &Which, text: &str) -> Result<u8, Stop> {
    let mut sitting = open(context, which)?;
    let answer = actions::ask(&context.house, &mut sitting, text)?;
    context.output.lines(&wording::answer(&answer))?;
    Ok(0)
}

fn hint(context: &Context, which: &Which) -> Result<u8, Stop> {
    let mut sitting = open(context, which)?;
    let hint = actions::hint(&context.house, &mut sitting)?;
    context.output.lines(&[Line::plain(hint.text)])?;
    context.output.remark(&format!(
        "hint {} of {}, {} points off the total",
        hint.number, hint.of, hint.cost
    ));
    Ok(0)
}

fn resume(context: &Context, which: &Which, count: bool) -> Result<u8, Stop> {
    let mut sitting = open(context, which)?;
    if sitting.state.unexplained_gap(context.house.now()).is_some() {
        actions::decide_gap(&context.house, &mut sitting, count)?;
    } else {
        actions::resume(&context.house, &mut sitting)?;
    }
    let status = actions::status(&context.house, &mut sitting)?;
    context.output.lines(&wording::status(&status))?;
    Ok(0)
}

fn discuss(
    context: &Context,
    which: &Which,
    number: Option<usize>,
    points: Option<u8>,
    text: &str,
) -> Result<u8, Stop> {
    let mut sitting = open(context, which)?;
    let topics = actions::topics(&sitting);
    let Some(number) = number else {
        let lines: Vec<Line> = topics
            .iter()
            .enumerate()
            .map(|(at, one)| Line::plain(format!("{}. {}", at + 1, one.question)))
            .collect();
        context.output.lines(&lines)?;
        context
            .output
            .remark("answer with `fiftyten discuss N --points 0-4 TEXT`");
        return Ok(0);
    };
    let topic = number.checked_sub(1).and_then(|at| topics.get(at));
    let topic = topic.ok_or_else(|| {
        Failure::usage(
            format!("there is no question {number}"),
            "`fiftyten discuss` names them",
        )
    })?;
    let Some(points) = points else {
        return Err(Failure::usage("the answer has no rating", "rate it yourself with --points 0-4").into());
    };
    let report = actions::rate(&context.house, &mut sitting, topic, text, points)?;
    let mut lines = vec![Line::new(Tone::Heading, "A good answer mentions")];
    lines.extend(topic.points.iter().map(|point| Line::plain(format!("  {point}"))));
    lines.extend(report.map(|report| {
        Line::plain(format!(
            "Now {:.1} of 100, {}",
            report.score.total,
            report.score.band.word()
        ))
    }));
    context.output.lines(&lines)?;
    Ok(0)
}

fn test(context: &Context, attempt: Option<&str>) -> Result<u8, Stop> {
    let mut sitting = Sitting::open(&context.house, attempt)?;
    let mut progress = Progress::new(context.output);
    let run = actions::test(&context.house, &mut sitting, &context.cancel, &mut |event| {
        progress.tell(&event)
    });
    progress.clear();
    let run = run?;
    context.output.lines(&wording::samples(&run.verdict, run.seconds))?;
    Ok(if run.verdict.accepted() { 0 } else { REJECTED })
}

fn submit(context: &Context, attempt: Option<&str>) -> Result<u8, Stop> {
    let mut sitting = Sitting::open(&context.house, attempt)?;
    let mut progress = Progress::new(context.output);
    let report = actions::submit(&context.house, &mut sitting, &context.cancel, &mut |event| {
        progress.tell(&event)
    });
    progress.clear();
    let report = report?;
    scoring::report(context, &report, Format::Text)?;
    if !actions::topics(&sitting).is_empty() && sitting.phase(&context.house) == Phase::Discuss {
        context
            .output
            .remark("ten minutes of talk: `fiftyten discuss` asks the questions");
    }
    Ok(if report.verdict.accepted() { 0 } else { REJECTED })
}

fn past(context: &Context) -> Result<u8, Stop> {
    let past = actions::history(&context.house)?;
    let mut lines: Vec<Line> = Vec::new();
    for line in &past.lines {
        let result = match &line.past {
            Some(past) => format!(
                "{:>5.1}  {}{}",
                past.total,
                past.band.word(),
                if past.marked { ", marked" } else { "" }
            ),
            None if line.abandoned => "    -  given up".to_owned(),
            None if line.phase == Phase::Over => "    -  not handed in".to_owned(),
            None => format!("    -  {}", line.phase.word()),
        };
        lines.push(Line::plain(format!(
            "{}  {:<7}  {result}",
            line.attempt.id,
            line.attempt.manifest.mode.word()
        )));
    }
    if lines.is_empty() {
        context.output.remark("nothing was attempted yet");
    }
    lines.extend(
        past.weakest
            .map(|category| Line::plain(format!("Weakest: {}", category.word()))),
    );
    lines.extend(
        past.next_drill
            .map(|id| Line::plain(format!("Next: fiftyten start {id} --mode drill"))),
    );
    context.output.lines(&lines)?;
    for damage in &past.damaged {
        context.output.error(damage, "the other attempts are fine");
    }
    Ok(if past.damaged.is_empty() { 0 } else { MACHINE })
}

fn replay(context: &Context, attempt: &str, check: &str, again: bool) -> Result<u8, Stop> {
    let replayed = actions::replay(&context.house, Some(attempt), check, again)?;
    let found = history::find(&context.house.data, attempt)?;
    let report = actions::report(&context.house, Some(attempt))?;
    let submission = history::read_snapshot(&found, &report.submission.hash)?;
    context.output.lines(&wording::replayed(
        &replayed,
        submission.as_ref(),
        context.output.width(),
    ))?;
    Ok(0)
}

fn setup(context: &Context) -> Result<u8, Stop> {
    let mut progress = Progress::new(context.output);
    let done = actions::setup(&context.house, &mut |event| progress.tell(&event));
    progress.clear();
    let done = done?;
    let text = if done.built {
        format!("the bench is ready, built in {:.1} s", done.seconds)
    } else {
        "the bench is ready".to_owned()
    };
    context.output.lines(&[Line::new(Tone::Good, text)])?;
    Ok(0)
}

fn doctor(context: &Context) -> Result<u8, Stop> {
    let findings = actions::doctor(&context.house);
    let mut lines = Vec::new();
    for one in &findings {
        let (word, tone) = match one.health {
            Health::Fine => ("ok", Tone::Good),
            Health::Weak => ("weak", Tone::Warning),
            Health::Broken => ("BROKEN", Tone::Bad),
        };
        lines.push(Line::new(tone, format!("{word:<7} {:<12} {}", one.what, one.seen)));
        if !one.remedy.is_empty() {
            lines.push(Line::plain(format!("                     {}", one.remedy)));
        }
    }
    context.output.lines(&lines)?;
    let broken = findings.iter().any(|one| one.health == Health::Broken);
    Ok(if broken { MACHINE } else { 0 })
}
