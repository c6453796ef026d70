//! What each command does: ask an action, print its answer, say what comes next.

use std::collections::BTreeSet;

use clap::CommandFactory;

use super::{
    AUTHOR, Context, MACHINE,
    args::{Arguments, Command, ModeName},
    authoring, config, debrief, desk, manual, mutation,
    output::Stop,
    past,
    problem_args::ProblemCommand,
    progress::Progress,
    replays,
    scoring::{self, Scoring},
    sessions, study, talk,
};
use crate::{
    actions::{self, Health, ScoreWish, Wish},
    domain::attempt::Mode,
    settings::Key,
    wording::{Line, Tone},
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
        Command::Start {
            id,
            mode,
            dir,
            seed,
        } => sessions::start(
            context,
            &Wish {
                problem: id,
                mode: mode.map_or_else(|| default_mode(context), Mode::from),
                dir,
                seed,
            },
        ),
        Command::Plan { plan } => study::plan(context, &plan),
        Command::Mock {
            tier,
            seed,
            dir,
            dry_run,
        } => study::mock(context, tier, seed, dir, dry_run),
        Command::Status {
            attempt,
            format,
            watch: true,
        } => desk::watch(context, attempt.as_deref(), format.as_deref()),
        Command::Status {
            attempt, format, ..
        } => sessions::status(context, attempt.as_deref(), format.as_deref()),
        Command::Path { attempt } => desk::path(context, attempt.as_deref()),
        Command::Edit { attempt } => desk::edit(context, attempt.as_deref()),
        Command::Ask { text, which } => sessions::ask(context, &which, &text.join(" ")),
        Command::Note { text, which } => sessions::note(context, &which, &text.join(" ")),
        Command::Hint { which } => sessions::hint(context, &which),
        Command::Code { which } => sessions::code(context, &which),
        Command::Followup { which } => sessions::followup(context, &which),
        Command::Pause { yes, which } => sessions::pause(context, &which, yes),
        Command::Resume { count, which } => sessions::resume(context, &which, count),
        Command::Discuss {
            number,
            given,
            text,
            which,
        } => talk::discuss(context, &which, number, given, &text.join(" ")),
        Command::Rate {
            ratings,
            skip,
            which,
        } => debrief::rate(context, &which, &ratings, skip),
        Command::Test { attempt } => sessions::test(context, attempt.as_deref()),
        Command::Validate { attempt } => sessions::validate(context, attempt.as_deref()),
        Command::Submit { attempt } => sessions::submit(context, attempt.as_deref()),
        Command::Score {
            paths,
            problem,
            format,
            jobs,
            sandbox,
            resume,
        } => {
            let wish = ScoreWish {
                paths,
                problem,
                jobs: jobs.map(usize::from),
                cage: sandbox.into(),
                seed: 0,
                known: BTreeSet::new(),
            };
            let scoring = Scoring {
                wish,
                format,
                resume,
            };
            scoring::score(context, scoring)
        }
        Command::Report {
            attempt,
            format,
            output,
        } => debrief::report(context, attempt.as_deref(), format, output.as_deref()),
        Command::Designs {
            attempt,
            design,
            beside,
        } => debrief::designs(context, &attempt, design.as_deref(), beside),
        Command::Timeline { attempt, json } => debrief::timeline(context, &attempt, json),
        Command::History { json } => past::past(context, json),
        Command::Replay {
            attempt,
            check,
            again,
            format,
        } => {
            let replayed = actions::replay(&context.house, Some(&attempt), &check, again)?;
            replays::show(context, &replayed, format)
        }
        Command::Problem(ProblemCommand::New { id }) => authoring::new_problem(context, &id),
        Command::Problem(ProblemCommand::Check { ids, .. }) => {
            authoring::check_problems(context, &ids)
        }
        Command::Problem(ProblemCommand::Mutate { ids, .. }) => {
            mutation::mutate_problems(context, &ids)
        }
        Command::Setup => setup(context),
        Command::Doctor => doctor(context),
        Command::Keys => manual::keys(context),
        Command::Config(command) => config::run(context, command),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "fiftyten", &mut text);
            context.output.raw(&String::from_utf8_lossy(&text))?;
            Ok(0)
        }
    }
}

/// How an attempt is made if nothing is said.
fn default_mode(context: &Context) -> Mode {
    Mode::named(context.settings.value(Key::Mode)).unwrap_or(Mode::Mock)
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
            let at = listing.repeat_at.get(problem.id.as_str());
            let due = at.is_some_and(|at| *at <= context.house.now());
            let due = if due { ", due for another try" } else { "" };
            let stars = "*".repeat(problem.difficulty.into());
            Line::plain(format!(
                "{:<width$}  tier {}  {stars:<5}  {}{best}{due}",
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
    context
        .output
        .raw(&format!("{}\n", problem.statement.trim_end()))?;
    context.output.remark(&format!(
        "\nfiftyten start {id} begins a mock; --mode drill takes {} minutes",
        problem.drill_minutes
    ));
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
        lines.push(Line::new(
            tone,
            format!("{word:<7} {:<12} {}", one.what, one.seen),
        ));
        if !one.remedy.is_empty() {
            lines.push(Line::plain(format!("                     {}", one.remedy)));
        }
    }
    context.output.lines(&lines)?;
    let broken = findings.iter().any(|one| one.health == Health::Broken);
    Ok(if broken { MACHINE } else { 0 })
}
