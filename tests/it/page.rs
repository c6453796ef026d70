//! The report as a page: whole in itself, without a fault in its tags, and deaf to whatever a candidate wrote.

use std::collections::BTreeMap;

use fiftyten::{
    actions::Debriefing,
    domain::{
        attempt::{Mode, Submission},
        own_rating::OwnRating,
        problem::Category::{Core, Performance},
        report::{AttemptPart, Report, Seconds, Subject},
        score::{Part, grade},
        session::{Command, Phase, facts::Said, state::Rating},
        verdict::{Cage, CheckResult, Verdict},
    },
    wording::html::page,
};
use scraper::{Html, Selector};

use crate::{
    desk::{self, Desk},
    saves::story,
    screens_checks::{deadlocked, failed, passed, slow},
    session::Run,
};

/// What somebody might write who wants to own the reader's browser.
const HOSTILE: [&str; 6] = [
    "</pre></code><script>alert(1)</script>",
    "\" onmouseover=\"alert(1)\" x='",
    "<img src=x onerror=alert(1)><svg onload=alert(1)>",
    "]]><!--<style>*{display:none}</style>",
    "&lt;b&gt; &amp;#x3c;script&#x3e; &#60;i&#62;",
    "a\u{1b}[31m\0\u{202e}b\u{feff}\u{fffe}\r",
];

fn fault(html: &Html) -> Vec<String> {
    html.errors.iter().map(ToString::to_string).collect()
}

fn all<'h>(html: &'h Html, what: &str) -> Vec<scraper::ElementRef<'h>> {
    html.select(&Selector::parse(what).expect("a selector"))
        .collect()
}

fn text(html: &Html) -> String {
    all(html, "body")[0].text().collect()
}

/// A debrief in which a candidate's every word is `word`.
fn told(word: &str) -> Debriefing {
    let problem = desk::problem("lock-step");
    let mut run = Run::of(Mode::Mock);
    run.does(
        1.0,
        Command::Note {
            text: format!("note {word}"),
        },
    );
    let mut facts = run
        .state
        .facts(crate::session::at(51.0), problem.clarifications.len());
    assert_eq!(run.state.phase_at(crate::session::at(51.0)), Phase::Discuss);
    facts.unmatched = vec![Said {
        at: 70_000,
        text: word.to_owned(),
    }];
    facts.own_ratings = [(Part::Core, 4), (Part::Edge, 1), (Part::Performance, 2)]
        .map(|(part, points)| OwnRating { part, points })
        .to_vec();
    let mut deadlock = deadlocked("concurrency_suite::nobody_waits_for_ever");
    if let Some(story) = &mut deadlock.story {
        story.why = word.to_owned();
        story.threads[1].name = word.to_owned();
        story.events[0].op = word.to_owned();
    }
    let half = CheckResult {
        credit: 0.5,
        message: Some(word.to_owned()),
        suspicion: Some(word.to_owned()),
        ..passed(Performance, "performance_suite::a_step_costs_the_same")
    };
    let verdict = Verdict::Judged {
        checks: vec![
            passed(Core, "core_suite::a"),
            failed(Core, "core_suite::what_was_seen", word),
            deadlock,
            half,
            slow("performance_suite::it_grows"),
        ],
        warnings: Vec::new(),
    };
    let code = format!("//! {word}\npub fn f() -> &'static str {{\n    \"{word}\"\n}}\n");
    let submission = Submission {
        files: BTreeMap::from([
            ("src/lib.rs".to_owned(), code),
            (format!("src/{word}.rs"), String::new()),
        ]),
        hash: "f00d".to_owned(),
    };
    let report = Report {
        format: 1,
        problem: problem.id.to_string(),
        title: problem.title.clone(),
        submission: Subject::of("workspace", &submission),
        unexplored: vec![word.to_owned()],
        score: grade(&problem.weights, &verdict, Some(&facts)),
        verdict,
        attempt: Some(AttemptPart {
            id: word.to_owned(),
            mode: Mode::Mock,
            started: 0,
            facts,
        }),
        next_drill: Some("add-two".to_owned()),
        seed: 0,
        sandbox: Cage {
            level: "full".to_owned(),
            layers: Vec::new(),
        },
        toolchain: "rustc 1.95.0".to_owned(),
        seconds: Seconds::default(),
        written: 0,
    };
    let answer = Rating {
        question: format!("Why {word}?"),
        own_code: true,
        answer: word.to_owned(),
        points: 3,
    };
    Debriefing {
        report,
        submission: Some(submission),
        problem,
        timeline: story(),
        answers: vec![answer],
    }
}

#[test]
fn the_page_is_well_formed_whole_in_itself_and_has_everything() {
    let source = page(&told("one lock"), "15 Jan 2027 08:00");
    let html = Html::parse_document(&source);
    assert_eq!(fault(&html), Vec::<String>::new());
    let headings: Vec<String> = all(&html, "h2")
        .iter()
        .map(|one| one.text().collect())
        .collect();
    for expected in [
        "Score by part",
        "Your own view beside the finding",
        "Red flags",
        "Score over time",
        "What did not pass",
        "What passed without all points",
        "What to drill next",
        "The session",
        "Your code",
        "Other designs",
    ] {
        assert!(
            headings.iter().any(|one| one == expected),
            "{expected}: {headings:?}"
        );
    }
    // Nothing is fetched from anywhere.
    assert!(
        all(
            &html,
            "script, link, img, iframe, object, embed, [src], [style*=url]"
        )
        .is_empty()
    );
    for word in ["http:", "https:", "url(", "@import", "javascript:"] {
        assert!(!source.contains(word), "{word}");
    }
    let words = text(&html);
    for expected in [
        "you saw it better than it is",
        "31:20  you broke: eviction spares the newest",
        "deadlock",
        "To study: What happens at the edge of the window.",
        "growth is 14.20, 2.50 is the limit",
        "fiftyten start add-two --mode drill",
    ] {
        assert!(
            words.contains(expected),
            "{expected:?} is missing in\n{words}"
        );
    }
}

#[test]
fn the_page_can_be_read_by_ear_and_by_keyboard() {
    let html = Html::parse_document(&page(&told("one lock"), "today"));
    assert_eq!(all(&html, "html[lang]").len(), 1);
    assert_eq!((all(&html, "h1").len(), all(&html, "main").len()), (1, 1));
    for drawing in all(&html, "svg") {
        let attribute = |name| drawing.value().attr(name);
        let silent = attribute("aria-hidden") == Some("true");
        let told = attribute("role") == Some("img")
            && attribute("aria-label").is_some_and(|label| !label.is_empty());
        assert!(silent || told, "{}", drawing.html());
    }
    for section in all(&html, "section") {
        let id = section.value().attr("aria-labelledby").expect("a name");
        assert_eq!(all(&html, &format!("h2#{id}")).len(), 1, "{id}");
        assert_eq!(all(&html, &format!("nav a[href='#{id}']")).len(), 1, "{id}");
    }
    for table in all(&html, "table") {
        let heads = table
            .select(&Selector::parse("th[scope]").expect("fine"))
            .count();
        assert!(heads > 0, "{}", table.html());
    }
    // Headings go down one step at a time.
    let levels: Vec<u32> = all(&html, "h1, h2, h3, h4")
        .iter()
        .map(|one| one.value().name()[1..].parse().expect("a figure"))
        .collect();
    assert!(
        levels.windows(2).all(|pair| pair[1] <= pair[0] + 1),
        "{levels:?}"
    );
}

#[test]
fn whatever_a_candidate_writes_stays_text() {
    let tags = |html: &Html| {
        let mut tags: BTreeMap<String, usize> = BTreeMap::new();
        for one in all(html, "*") {
            let name = one.value().name();
            // Colours and line numbers follow the code.
            if name != "span" {
                *tags.entry(name.to_owned()).or_default() += 1;
            }
        }
        tags
    };
    let plain = tags(&Html::parse_document(&page(&told("harmless"), "today")));
    for word in HOSTILE {
        let source = page(&told(word), "today");
        let html = Html::parse_document(&source);
        assert_eq!(fault(&html), Vec::<String>::new(), "{word}");
        assert_eq!(tags(&html), plain, "{word}");
        let watched = all(&html, "*")
            .iter()
            .any(|one| one.value().attrs().any(|(name, _)| name.starts_with("on")));
        assert!(!watched, "{word}");
        let odd = source.chars().find(|letter| {
            (letter.is_control() && !"\n\t".contains(*letter)) || *letter == '\u{202e}'
        });
        assert_eq!(odd, None, "{word}");
    }
    let words = text(&Html::parse_document(&page(&told(HOSTILE[0]), "today")));
    assert!(words.contains(HOSTILE[0]), "it is still there to be read");
}

#[test]
fn the_page_is_written_by_command_and_an_old_one_stays_if_it_cannot_be() {
    let desk = Desk::new();
    desk.done(&["start", "lock-step"]);
    desk.done(&["code"]);
    desk.done(&["note", "<script>alert(1)</script>"]);
    desk.done(&["rate", "core=2", "edge=4"]);
    desk.write("pub struct Tally;\n");
    desk.run(&["submit"]);
    let shown = desk.done(&["report", "--format", "html"]);
    assert!(shown.starts_with("<!DOCTYPE html>"), "{shown}");
    let file = desk.home().join("report.html");
    let path = file.to_string_lossy().into_owned();
    let ran = desk.run(&["report", "--format", "html", "-o", &path]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{ran:?}");
    assert!(
        ran.err.contains("not judged yet; `fiftyten timeline"),
        "{ran:?}"
    );
    assert_eq!(desk::text(&file), shown);
    let html = Html::parse_document(&shown);
    assert_eq!(fault(&html), Vec::<String>::new());
    assert!(all(&html, "script").is_empty());
    desk.done(&["timeline", "lock-step"]);
    let after = Html::parse_document(&desk.done(&["report", "--format", "html"]));
    assert!(text(&after).contains("peak of 0.0"), "{}", text(&after));
    for (format, start) in [
        ("json", "{"),
        ("text", "A shared tally"),
        ("junit", "<?xml"),
    ] {
        let path = desk.home().join(format).to_string_lossy().into_owned();
        desk.done(&["report", "--format", format, "-o", &path]);
        assert!(
            desk::text(std::path::Path::new(&path)).starts_with(start),
            "{format}"
        );
    }
    let nowhere = desk.run(&["report", "--format", "html", "-o", "/nowhere/at/all.html"]);
    assert_eq!(nowhere.code, Some(2), "{nowhere:?}");
    assert!(nowhere.err.contains("/nowhere/at/all.html"), "{nowhere:?}");
}
