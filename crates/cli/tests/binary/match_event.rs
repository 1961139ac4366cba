//! `stepwright match`.

use serde_json::{Value, json};

use crate::support::Folder;

const EVENT: &str = r#"{"source": "aws.states", "detail": {"status": "FAILED", "n": 7}}"#;

#[test]
fn an_event_matches_or_is_told_what_keeps_it_from_it() {
    let folder = Folder::new();
    folder.write("event.json", EVENT);
    folder.write(
        "pattern.json",
        r#"{"source": ["aws.states"], "detail": {"status": [{"prefix": "SUCC"}], "n": [{"numeric": [">", 5]}]}, "account": [1]}"#,
    );
    let pattern = r#"{"detail": {"status": ["FAILED"]}}"#;
    let run = folder
        .command(["match", pattern, "@event.json"])
        .go()
        .exits(0);
    assert_eq!(run.stdout, "matches\n");

    let run = folder
        .command(["match", "file://pattern.json", "-"])
        .stdin(EVENT)
        .go()
        .exits(1);
    assert_eq!(
        run.stdout,
        "does not match\n  \
         detail.status: the pattern asks for [{\"prefix\":\"SUCC\"}], the event has \"FAILED\"\n  \
         account: the pattern asks for [1], the event has no such field\n\
         warning: account is a text in every event: 1 never matches, write \"1\"\n"
    );
    let run = folder
        .command(["match", "@pattern.json", EVENT, "--output", "json"])
        .go()
        .exits(1);
    let told: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(told["matches"], json!(false));
    assert_eq!(
        told["mismatches"][0],
        json!({"path": "detail.status", "expected": "[{\"prefix\":\"SUCC\"}]", "found": "FAILED"})
    );
}

#[test]
fn what_is_no_pattern_or_no_event_is_usage() {
    let folder = Folder::new();
    folder.write("pattern.json", "{\n  \"source\": \"aws.states\"\n}");
    for (pattern, event, expected) in [
        (
            "@pattern.json",
            EVENT,
            "pattern.json:2:14: Event pattern is not valid. Reason: \"source\" must be an object or an array",
        ),
        ("{\"a\": [1]}", "x", "the event is not JSON: EVENT: "),
        ("{\"a\": [1]}", "[]", "the event is no object: EVENT: "),
        ("@none.json", EVENT, "none.json cannot be read: "),
        (
            "-",
            "-",
            "pattern and event cannot both come from standard input",
        ),
    ] {
        let run = folder.command(["match", pattern, event]).go().exits(2);
        assert!(run.stderr.contains(expected), "{}", run.stderr);
    }
}
