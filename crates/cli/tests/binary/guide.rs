//! The pages of `docs/guide`: what they show is run, and has to end as they say.
//!
//! A code block with a file name (```` ```yaml ssm.asl.yaml ````) is that file. A `console` block is a command and its
//! standard output: JSON is compared as JSON, `…` stands for anything.

use std::process::Command;

use regex::Regex;
use serde_json::Value;

use crate::moto::MotoServer;
use crate::support::{Folder, root, succeeded};

struct Block<'p> {
    info: &'p str,
    text: String,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let lines = lines.by_ref().take_while(|line| *line != "```");
            let text = lines.map(|line| format!("{line}\n")).collect();
            blocks.push(Block { info, text });
        }
    }
    blocks
}

/// Whether a text is what the page shows.
fn is_as_shown(shown: &str, text: &str) -> bool {
    let pattern = regex::escape(shown.trim_end()).replace('…', "(?s:.*)");
    let pattern = Regex::new(&format!("^{pattern}$")).unwrap();
    pattern.is_match(text.trim_end())
}

fn is_value_as_shown(shown: &Value, value: &Value) -> bool {
    match (shown, value) {
        (Value::String(shown), Value::String(value)) => is_as_shown(shown, value),
        (Value::Array(shown), Value::Array(values)) => {
            shown.len() == values.len()
                && shown
                    .iter()
                    .zip(values)
                    .all(|(s, v)| is_value_as_shown(s, v))
        }
        (Value::Object(shown), Value::Object(values)) => {
            shown.len() == values.len()
                && shown.iter().all(|(name, shown)| {
                    let value = values.get(name);
                    value.is_some_and(|value| is_value_as_shown(shown, value))
                })
        }
        (shown, value) => shown == value,
    }
}

#[test]
fn an_ellipsis_stands_for_anything() {
    assert!(is_as_shown("a…c", "abbbc") && is_as_shown("a\n…\n", "a\nb\nc\n"));
    assert!(!is_as_shown("a.c", "abc") && !is_as_shown("a", "ab"));
    let shown = serde_json::json!({"a": ["…", 1]});
    assert!(is_value_as_shown(
        &shown,
        &serde_json::json!({"a": ["x", 1]})
    ));
    assert!(!is_value_as_shown(
        &shown,
        &serde_json::json!({"a": ["x", 2]})
    ));
    assert!(!is_value_as_shown(
        &shown,
        &serde_json::json!({"a": ["x", 1], "b": 1})
    ));
}

#[test]
fn every_aws_api_as_a_task() {
    let page = std::fs::read_to_string(root().join("docs/guide/aws-apis.md")).unwrap();
    let Some(server) = MotoServer::start() else {
        return;
    };
    let folder = Folder::new();
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_stepwright"));
    let path = std::env::var("PATH").unwrap();
    let (mut files, mut commands) = (0, 0);
    for block in blocks(&page) {
        if let Some((_, name)) = block.info.split_once(' ') {
            folder.write(name, &block.text);
            files += 1;
            continue;
        }
        if block.info != "console" {
            continue;
        }
        let (command, shown) = block.text.split_once('\n').unwrap();
        let command = command.strip_prefix("$ ").unwrap();
        let output = Command::new("sh")
            .args(["-c", command])
            .current_dir(folder.path(""))
            .env_clear()
            .env(
                "PATH",
                format!("{}:{path}", bin.parent().unwrap().display()),
            )
            .env("HOME", folder.path("home"))
            .env("AWS_ENDPOINT_URL", server.url())
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "testing")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .output();
        let said = succeeded(output);
        let matches = match serde_json::from_str(shown) {
            Ok(shown) => is_value_as_shown(&shown, &serde_json::from_str(&said).unwrap()),
            Err(_) => is_as_shown(shown, &said),
        };
        assert!(matches, "{command}\n--- shown\n{shown}\n--- said\n{said}");
        commands += 1;
    }
    assert_eq!((files, commands), (10, 13));
}
