//! The parts of the page.

use maud::{Markup, html};

use super::{charts, shown::shown};
use crate::{
    actions::Debriefing,
    domain::{
        own_rating::{self, BEST, Bias},
        report::Report,
        score::{CategoryScore, Evidence},
        session::{SessionFacts, facts::clock},
        timeline::{Moment, Timeline},
        verdict::{CheckResult, Verdict},
    },
    wording::{self, Line, counted, flag_words, outcome_meaning, outcome_word, sentence},
};

/// Columns of a schedule on the page.
const LANES: usize = 100;

/// A check's name as a place reads as its sentence.
fn place(text: &str) -> String {
    match text.contains('_') && !text.contains(' ') {
        true => shown(&sentence(text)),
        false => shown(text),
    }
}

/// Letters of a finding that are shown where only its gist is wanted.
const GIST: usize = 140;

/// What a finding begins with; the whole of it stands with its check.
fn gist(text: &str) -> String {
    let text = shown(text);
    match text.char_indices().nth(GIST) {
        Some((end, _)) => format!("{} …", text[..end].trim_end()),
        None => text,
    }
}

fn evidence(all: &[Evidence]) -> Markup {
    html! {
        ul.evidence { @for one in all { li { (gist(&one.what)) " " span.place { "(" (place(&one.place)) ")" } } } }
    }
}

/// Words that keep their columns.
fn set(lines: &[Line]) -> Markup {
    html! { pre tabindex="0" { (shown(wording::text(lines).trim_end())) } }
}

pub(super) fn score(report: &Report) -> Markup {
    let score = &report.score;
    let max: f64 = score.categories.iter().map(|line| line.max).sum();
    html! {
        table.score {
            caption { "Points by part, each with what they rest on" }
            thead { tr { th scope="col" { "Part" } th scope="col" { "Share" } th.number scope="col" { "Points" } th scope="col" { "Evidence" } } }
            tbody { @for line in &score.categories { (row(line)) } }
        }
        @if max > 0.0 && max < 100.0 {
            p.faint { "What was not measured is left out: " (format!("{max:.0}")) " of 100 make up the whole." }
        }
        @for taken in &score.deductions {
            p.warn { "−" (taken.points) " points: " (shown(&taken.evidence.what)) " (" (place(&taken.evidence.place)) ")" }
        }
        @if !score.held_back.is_empty() {
            h3 { "What keeps a better band away" }
            (evidence(&score.held_back))
        }
    }
}

fn row(line: &CategoryScore) -> Markup {
    let share = line.points / line.max.max(1.0);
    html! {
        tr {
            th scope="row" { (line.category.word()) }
            td.bar { (charts::meter(share)) }
            td.number { (format!("{:.2}", line.points)) " of " (format!("{:.0}", line.max)) }
            td.why { (evidence(&line.evidence)) }
        }
    }
}

pub(super) fn own(report: &Report) -> Option<Markup> {
    let gaps = own_rating::gaps(report);
    if gaps.is_empty() {
        return None;
    }
    let words = |bias: Bias| match bias {
        Bias::TooHigh => "you saw it better than it is",
        Bias::TooLow => "it is better than you saw it",
        Bias::AsFound => "as you saw it",
    };
    Some(html! {
        figure {
            (charts::gaps(&gaps))
            figcaption { "Square: your own view. Circle: what was found." }
        }
        div.wide { table {
            thead { tr { th scope="col" { "Part" } th.number scope="col" { "You" } th.number scope="col" { "Found" } th scope="col" { "So" } } }
            tbody { @for gap in &gaps {
                tr {
                    th scope="row" { (gap.part.word()) }
                    td.number { (format!("{:.0} of {BEST}", gap.own * f64::from(BEST))) }
                    td.number { (format!("{:.0} %", gap.found * 100.0)) }
                    td { (words(gap.bias())) }
                }
            } }
        } }
    })
}

pub(super) fn flags(report: &Report) -> Option<Markup> {
    let flags = &report.score.flags;
    (!flags.is_empty()).then(|| {
        html! {
            @for flag in flags {
                div.check.flag {
                    h3 { (wording::capital(flag_words(flag.flag))) }
                    (evidence(&flag.evidence))
                }
            }
        }
    })
}

pub(super) fn time(timeline: &Timeline) -> Option<Markup> {
    let all = timeline.moments.len() + timeline.waiting;
    if all == 0 {
        return None;
    }
    Some(html! {
        @if timeline.moments.len() > 1 {
            figure {
                (charts::over_time(timeline))
                figcaption { "g first green, p peak, ! something broke." }
            }
        }
        ul.facts { @for fact in wording::timeline_facts(timeline) { li { (shown(&fact.text)) } } }
        details {
            summary { "Every save" }
            div.wide { table {
                thead { tr { th.number scope="col" { "Time" } th.number scope="col" { "Points" } th.number scope="col" { "Checks" } th scope="col" { "What happened" } } }
                tbody { @for one in &timeline.moments { (save(one)) } }
            } }
        }
    })
}

fn save(one: &Moment) -> Markup {
    let standing = &one.standing;
    let broke: Vec<String> = one.broke.iter().map(|name| sentence(name)).collect();
    html! {
        tr {
            th.number scope="row" { (clock(one.at)) }
            td.number { (format!("{:.1}", standing.total)) }
            td.number { (standing.passing.len()) " of " (standing.of) }
            td {
                @if !standing.compiled { "does not compile" }
                @if !broke.is_empty() { "broke: " (shown(&broke.join("; "))) }
            }
        }
    }
}

pub(super) fn failing(told: &Debriefing) -> Option<Markup> {
    match &told.report.verdict {
        Verdict::NotCompiled(found) => Some(set(&wording::diagnostics(found))),
        Verdict::Refused(found) => Some(set(&wording::refusals(found))),
        Verdict::Judged { checks, .. } => {
            let failed: Vec<&CheckResult> = checks.iter().filter(|check| !check.passed()).collect();
            (!failed.is_empty())
                .then(|| html! { @for check in failed { (failed_check(check, told)) } })
        }
    }
}

fn failed_check(check: &CheckResult, told: &Debriefing) -> Markup {
    let message = check
        .message
        .as_deref()
        .unwrap_or(outcome_meaning(check.outcome));
    let story = check
        .story
        .as_ref()
        .filter(|story| story.tells_of_threads());
    html! {
        div.check {
            h3 { (wording::capital(&shown(&sentence(&check.name)))) }
            p { strong.bad { (outcome_word(check.outcome)) } " in " (check.category.word()) }
            pre.words { (shown(message.trim_end())) }
            @for measured in check.measurements.iter().filter(|one| one.value > one.limit) {
                p { (shown(&measured.what)) " is " (format!("{:.2}", measured.value)) ", " (format!("{:.2}", measured.limit)) " is the limit" }
            }
            @if let Some(study) = &check.study {
                p { strong { "To study: " } (shown(study.trim().trim_start_matches("Study: "))) }
            }
        }
        @if let Some(story) = story {
            details {
                summary { "The failing schedule of: " (shown(&sentence(&check.name))) }
                (set(&wording::story(story, told.submission.as_ref(), LANES)))
            }
        }
    }
}

pub(super) fn slow(report: &Report) -> Option<Markup> {
    let checks = report.verdict.checks().iter();
    let slow: Vec<&CheckResult> = checks
        .filter(|check| check.passed() && !check.full())
        .collect();
    (!slow.is_empty()).then(|| {
        html! {
            ul { @for check in slow {
                li {
                    (check.category.word()) ": " (shown(&sentence(&check.name))) ", counts " (format!("{:.0} %", check.credit * 100.0))
                    @if let Some(message) = &check.message { br; span.faint { (shown(message)) } }
                }
            } }
        }
    })
}

pub(super) fn suspicions(report: &Report) -> Option<Markup> {
    let checks = report.verdict.checks().iter();
    let found: Vec<(&str, &str)> = checks
        .filter_map(|check| Some((check.name.as_str(), check.suspicion.as_deref()?)))
        .collect();
    (!found.is_empty()).then(|| {
        html! {
            p { "They cost nothing here, and would be found elsewhere." }
            ul { @for (name, text) in found { li { (shown(&sentence(name))) ": " (shown(text)) } } }
        }
    })
}

pub(super) fn unexplored(report: &Report) -> Option<Markup> {
    (!report.unexplored.is_empty()).then(|| {
        html! { ul { @for text in &report.unexplored { li { (shown(text)) } } } }
    })
}

pub(super) fn next(report: &Report) -> Option<Markup> {
    let next = report.next_drill.as_ref()?;
    let weak = report.score.weakest();
    Some(html! {
        p { code { "fiftyten start " (shown(next)) " --mode drill" } }
        @if let Some(weak) = weak { p { "The weakest part here is " (weak.word()) "; that problem trains it." } }
    })
}

pub(super) fn session(told: &Debriefing) -> Option<Markup> {
    let facts = &told.report.attempt.as_ref()?.facts;
    Some(html! {
        dl {
            @if let Some(at) = facts.handed_in { dt { (clock(at)) } dd { "handed in" } }
            dt { (facts.first_green.map_or("never".to_owned(), clock)) } dd { "the samples first all passed" }
            dt { (facts.snapshots) } dd { "saves kept, " (counted(facts.test_runs, "test run")) }
            @if let Some((tests, wrong, caught, of)) = facts.validated {
                dt { (caught) " of " (of) } dd { "flawed solutions caught by " (counted(tests, "own test")) ", " (wrong) " of them wrong" }
            }
            @if facts.pauses.0 > 0 { dt { (clock(facts.pauses.1)) } dd { "paused, " (facts.pauses.0) " times" } }
            @if facts.gaps_left_out > 0 { dt { (clock(facts.gaps_left_out)) } dd { "interrupted and not counted" } }
        }
        (said(facts))
        @if !told.answers.is_empty() {
            h3 { "The discussion" }
            @for one in &told.answers {
                p { strong { (shown(&one.question)) } " " span.faint { "you rated your answer " (one.points) " of 4" } }
                p.quoted { (shown(&one.answer)) }
            }
        }
    })
}

/// Questions, notes and hints with their minutes.
fn said(facts: &SessionFacts) -> Markup {
    let lists = [
        ("Questions that counted", &facts.asked),
        ("Questions without an answer", &facts.unmatched),
        ("Notes", &facts.notes),
    ];
    html! {
        @for (heading, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            h3 { (heading) }
            dl { @for one in list { dt { (clock(one.at)) } dd { (shown(&one.text)) } } }
        }
        @if !facts.hints.is_empty() {
            h3 { "Hints" }
            dl { @for hint in &facts.hints { dt { (clock(hint.at)) } dd { "hint " (hint.number) ", −" (hint.cost) " points" } } }
        }
    }
}

pub(super) fn circumstances(report: &Report) -> Markup {
    html! {
        p.faint {
            (counted(report.submission.lines, "line")) " in " (counted(report.submission.files, "file"))
            ", sandbox " (shown(&report.sandbox.level))
            @if !report.toolchain.is_empty() { ", " (shown(&report.toolchain)) }
            ", judged in " (format!("{:.1} s", report.seconds.total)) ", seed " (report.seed)
            ". Written by fiftyten " (env!("CARGO_PKG_VERSION")) "."
        }
    }
}
