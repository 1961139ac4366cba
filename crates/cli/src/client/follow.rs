//! Waiting for an execution on a server, and showing it meanwhile.

use std::sync::Arc;

use interpreter::{Event, Failure, Status, failure};
use query::Payload;
use serde_json::{Value, json};

use super::events;
use super::server::{Server, text};
use crate::args::Output;
use crate::error::CliError;
use crate::progress::{Progress, ProgressOptions, Style};
use crate::report;
use crate::terminal;

/// How long the server may hold an answer back until something happens.
const POLL_SECONDS: u64 = 20;

/// An execution that has ended.
pub struct Ended {
    /// What DescribeExecution answers.
    pub description: Value,
    pub events: Vec<Event>,
}

/// Shows nothing, lines or a tree.
pub fn progress(style: Style) -> Progress {
    let options = ProgressOptions {
        style,
        colour: terminal::stderr_has_colour(),
        width: None,
        virtual_time: false,
    };
    Progress::new(options, Box::new(std::io::stderr()))
}

/// The style of `--follow`.
pub fn live_style() -> Style {
    match terminal::stderr_is_live() {
        true => Style::Live,
        false => Style::Plain,
    }
}

/// Tells `progress` every event until the execution ends; with `wait` false only those that are there.
pub fn follow(
    server: &Server,
    execution_arn: &str,
    progress: &Progress,
    wait: bool,
) -> Result<Ended, CliError> {
    let mut seen = Vec::new();
    let mut last_id = 0;
    loop {
        let page = server.extension(
            "FollowExecution",
            json!({
                "executionArn": execution_arn,
                "afterEventId": last_id,
                "waitSeconds": if wait { POLL_SECONDS } else { 0 },
            }),
        )?;
        let raw = page
            .get("events")
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        last_id = raw
            .iter()
            .filter_map(|event| event.get("id")?.as_u64())
            .fold(last_id, u64::max);
        let events: Vec<Event> = raw.iter().filter_map(events::read).collect();
        if let Some(last) = events.last() {
            progress.committed(&events, &[], last.timestamp_millis);
        }
        let is_empty = raw.is_empty();
        seen.extend(events);
        let runs = matches!(text(&page, "status"), "RUNNING" | "PENDING_REDRIVE");
        if is_empty && (!runs || !wait) {
            break;
        }
    }
    let description = server.call("DescribeExecution", json!({"executionArn": execution_arn}))?;
    Ok(Ended {
        description,
        events: seen,
    })
}

/// The end as `run` tells it: result to standard output, reason to standard error, and the exit code.
pub fn conclude(ended: &Ended, output: Output) -> Result<u8, CliError> {
    let of = &ended.description;
    let status = status(of);
    if !matches!(status, Status::Succeeded { .. } | Status::Running) {
        terminal::tell(&report::failure(
            &ended.events,
            &status,
            terminal::stderr_has_colour(),
        ));
    }
    match (output, &status) {
        (Output::Json, _) => {
            let text = |name: &str| of.get(name).cloned().unwrap_or(Value::Null);
            let output = match &status {
                Status::Succeeded { output } => output.value().clone(),
                _ => Value::Null,
            };
            terminal::print_json(&json!({
                "status": text("status"),
                "output": output,
                "error": match &status {
                    Status::TimedOut(_) => failure::names::TIMEOUT.into(),
                    _ => text("error"),
                },
                "cause": text("cause"),
                "executionArn": text("executionArn"),
            }))?;
        }
        (Output::Text, Status::Succeeded { output }) => terminal::print_result(output)?,
        (Output::Text, _) => {}
    }
    Ok(exit_code(&status))
}

pub fn exit_code(status: &Status) -> u8 {
    match status {
        Status::Succeeded { .. } => 0,
        Status::Running | Status::Failed(_) => 1,
        Status::TimedOut(_) => 3,
        Status::Aborted(_) => 4,
    }
}

/// The status that DescribeExecution or StartSyncExecution tells.
fn status(description: &Value) -> Status {
    let member = |name: &str| description.get(name).and_then(Value::as_str).map(Arc::from);
    let failure = || Failure {
        error: member("error"),
        cause: member("cause"),
        heartbeat: false,
        evaluation: None,
    };
    match text(description, "status") {
        "SUCCEEDED" => Status::Succeeded {
            output: member("output").map_or_else(Payload::null, Payload::from_text_unchecked),
        },
        "FAILED" => Status::Failed(failure()),
        // The API names no error beside the machine's own timeout.
        "TIMED_OUT" => Status::TimedOut(Failure::timeout()),
        "ABORTED" => Status::Aborted(failure()),
        _ => Status::Running,
    }
}
