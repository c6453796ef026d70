use super::*;
use crate::judge::submission_of;

/// Function and rule of every question that is asked.
fn asked(code: &str) -> Vec<String> {
    let topics = questions(&submission_of(code));
    topics.into_iter().map(|topic| topic.question).collect()
}

/// Whether a rule knows a place of the code, and at which line.
fn line_of(rule: Rule, code: &str) -> Option<usize> {
    let file = syn::parse_file(code).expect("the test's code parses");
    let found = reader::read(&file);
    found
        .iter()
        .find(|one| one.rule == rule)
        .map(|one| one.line)
}

#[test]
fn the_most_telling_places_are_asked_about_each_with_its_line() {
    let code = "impl A {\n fn a(&self) { self.m.lock().unwrap(); }\n fn b(&self) { self.m.lock().unwrap(); let c = mpsc::channel(); }\n fn long() {\n  f();\n  g();\n }\n}";
    let asked = asked(code);
    assert!(
        asked[0].starts_with("In `a` (src/lib.rs:2): the lock is unwrapped"),
        "{asked:?}"
    );
    assert!(
        asked[1].starts_with("In `b` (src/lib.rs:3): nothing bounds"),
        "{asked:?}"
    );
}

#[test]
fn without_a_telling_place_the_longest_functions_are_asked_about() {
    let code = "fn a() {}\nfn b() {\n f();\n}\nfn c() {\n f();\n g();\n}\n#[cfg(test)]\nmod tests {\n fn d() {\n\n\n\n\n }\n}";
    let questions = asked(code);
    assert!(
        questions[0].contains("`c`") && questions[1].contains("`b`"),
        "{questions:?}"
    );
    assert_eq!(asked("not rust"), Vec::<String>::new());
}

#[test]
fn a_question_shows_its_function_and_knows_what_a_good_answer_mentions() {
    let code = "fn a() {}\n\npub fn nap() {\n    loop {\n        thread::sleep(TICK);\n    }\n}\n";
    let topic = &questions(&submission_of(code))[0];
    let excerpt = topic.code.as_ref().expect("its code");
    assert_eq!((excerpt.first, excerpt.line), (3, 5));
    assert!(excerpt.text.starts_with("pub fn nap() {") && excerpt.text.ends_with('}'));
    assert_eq!(topic.points.len(), 3);
}

#[test]
fn each_rule_knows_its_place_and_leaves_the_sound_form_alone() {
    let cases: [(Rule, &str, &str); 10] = [
        (
            Rule::GuardAcrossCall,
            "fn a(&self, f: impl Fn()) {\nlet g = self.m.lock().unwrap();\nf();\n}",
            "fn a(&self, f: impl Fn()) {\nlet g = self.m.lock().unwrap();\ndrop(g);\nf();\n}",
        ),
        (
            Rule::GuardAcrossCall,
            "fn a(&self) {\nlet g = self.m.lock().unwrap();\n(self.load)(1);\n}",
            "fn a(&self) {\n{ let g = self.m.lock().unwrap(); }\n(self.load)(1);\n}",
        ),
        (
            Rule::LockOrder,
            "fn a(&self) {\nlet a = self.a.lock().unwrap();\nlet b = self.b.lock().unwrap();\n}",
            "fn a(&self) {\nlet a = self.a.lock().unwrap();\ndrop(a);\nlet b = self.b.lock().unwrap();\n}",
        ),
        (
            Rule::WaitsOnce,
            "fn a(&self) {\nif empty() {\ng = self.c.wait(g).unwrap();\n}\n}",
            "fn a(&self) {\nwhile empty() {\ng = self.c.wait(g).unwrap();\n}\n}",
        ),
        (
            Rule::WakesOne,
            "fn a(&self) { while x { g = self.c.wait(g); } }\nfn b(&self) { while y { g = self.c.wait(g); } }\nfn n(&self) { self.c.notify_one(); }",
            "fn a(&self) { while x { g = self.c.wait(g); } }\nfn b(&self) { while y { g = self.d.wait(g); } }\nfn n(&self) { self.c.notify_one(); }",
        ),
        (
            Rule::RelaxedPublication,
            "fn a(&self) {\nself.ready\n.store(true, Ordering::Relaxed);\n}",
            "fn a(&self) {\nself.ready.store(true, Release);\nself.n.fetch_add(1, Relaxed);\n}",
        ),
        (
            Rule::UnboundedQueue,
            "fn a(&mut self) {\n\nself.q.push_back(1);\n}",
            "fn a(&mut self) {\nif self.q.len() < self.most {\nself.q.push_back(1);\n}\n}",
        ),
        (
            Rule::GrowsForEver,
            "fn a(&mut self) {\n\nself.m.insert(k, v);\n}",
            "fn a(&mut self) { self.m.insert(k, v); }\nfn b(&mut self) { self.m.remove(&k); }",
        ),
        (
            Rule::ClonesInLoop,
            "fn a(&self) {\nfor x in y {\nz(x.clone());\n}\n}",
            "fn a(&self) {\nfor x in y.clone() {\nz(x);\n}\n}",
        ),
        (
            Rule::SearchesInOrder,
            "fn a(&self) {\n\nself.m.iter().min_by_key(|e| e.at);\n}",
            "fn a(&self) {\nself.m.get(&k);\n}",
        ),
    ];
    for (rule, telling, sound) in cases {
        assert_eq!(line_of(rule, telling), Some(3), "{rule:?} in\n{telling}");
        assert_eq!(line_of(rule, sound), None, "{rule:?} in\n{sound}");
    }
}
