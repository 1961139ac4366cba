//! `start`, `stop`, `redrive`, `pause`, `history`, `logs`.

use serde_json::{Value, json};

use super::args::{HistoryArgs, LogsArgs, RedriveArgs, ServerArgs, StartArgs, StopArgs, WaitArgs};
use super::follow::{self, Ended};
use super::server::{Refusal, Server, object, text};
use super::{events, names};
use crate::args::Output;
use crate::error::CliError;
use crate::input;
use crate::progress::{Progress, Style, stamp};
use crate::terminal;

pub fn start(args: &StartArgs) -> Result<u8, CliError> {
    let input = input::execution_input(args.input.as_deref())?;
    let server = Server::connect(&args.server)?;
    let machine = names::state_machine(&server, &args.state_machine)?;
    let body = object(json!({
        "stateMachineArn": machine,
        "input": input.text().as_ref(),
        "name": args.name,
    }));
    if args.wait.wait || args.wait.follow {
        let description = server.call(
            "DescribeStateMachine",
            json!({"stateMachineArn": machine, "includedData": "METADATA_ONLY"}),
        )?;
        if text(&description, "type") == "EXPRESS" {
            return start_sync(&server, args, body);
        }
    }
    let started = server.call("StartExecution", body)?;
    watch(&server, &started, &args.wait, args.server.output)
}

/// An Express execution leaves no history: waiting for it is another operation.
fn start_sync(server: &Server, args: &StartArgs, body: Value) -> Result<u8, CliError> {
    if args.wait.follow {
        return Err(CliError::user(format!(
            "{} is an Express state machine: its executions keep no history to follow",
            args.state_machine
        ))
        .with_hint("--wait waits for the result"));
    }
    let description = server.call("StartSyncExecution", body)?;
    follow::conclude(
        &Ended {
            description,
            events: Vec::new(),
        },
        args.server.output,
    )
}

pub fn redrive(args: &RedriveArgs) -> Result<u8, CliError> {
    let server = Server::connect(&args.server)?;
    let arn = names::execution(&server, &args.execution)?;
    let mut redriven = server.call("RedriveExecution", json!({"executionArn": arn}))?;
    redriven["executionArn"] = arn.into();
    watch(&server, &redriven, &args.wait, args.server.output)
}

/// What has been started: told, waited for, or shown.
fn watch(
    server: &Server,
    started: &Value,
    wait: &WaitArgs,
    output: Output,
) -> Result<u8, CliError> {
    let arn = text(started, "executionArn");
    if !wait.wait && !wait.follow {
        match output {
            Output::Json => terminal::print_json(started)?,
            Output::Text => terminal::print(&format!("{arn}\n"))?,
        }
        return Ok(0);
    }
    let progress = match wait.follow {
        true => follow::progress(follow::live_style()),
        false => follow::progress(Style::Quiet),
    };
    let ended = follow::follow(server, arn, &progress, true)?;
    progress.finish();
    follow::conclude(&ended, output)
}

pub fn stop(args: &StopArgs) -> Result<u8, CliError> {
    let server = Server::connect(&args.server)?;
    let arn = names::execution(&server, &args.execution)?;
    if args.drain {
        server.extension("DrainExecution", json!({"executionArn": arn}))?;
        return told(
            args.server.output,
            json!({"executionArn": arn}),
            "winds down",
        );
    }
    let body = object(json!({"executionArn": arn, "error": args.error, "cause": args.cause}));
    let stopped = server.call("StopExecution", body)?;
    told(args.server.output, stopped, "stopped")
}

pub fn pause(execution: &str, args: &ServerArgs) -> Result<u8, CliError> {
    let server = Server::connect(args)?;
    let arn = names::execution(&server, execution)?;
    server.extension("PauseExecution", json!({"executionArn": arn}))?;
    told(args.output, json!({"executionArn": arn}), "paused")
}

/// Lets a paused execution go on.
pub fn resume(execution: &str, args: &ServerArgs) -> Result<u8, CliError> {
    let server = Server::connect(args)?;
    let arn = names::execution(&server, execution)?;
    server.extension("ResumeExecution", json!({"executionArn": arn}))?;
    told(args.output, json!({"executionArn": arn}), "goes on")
}

fn told(output: Output, answer: Value, what: &str) -> Result<u8, CliError> {
    match output {
        Output::Json => terminal::print_json(&answer)?,
        Output::Text => terminal::print(&format!("{what}\n"))?,
    }
    Ok(0)
}

pub fn history(args: &HistoryArgs) -> Result<u8, CliError> {
    let server = Server::connect(&args.server)?;
    let arn = names::execution(&server, &args.execution)?;
    let limit = args.limit.unwrap_or(usize::MAX);
    let body = json!({
        "executionArn": arn,
        "reverseOrder": args.reverse,
        "includeExecutionData": !args.no_data,
        "maxResults": limit.clamp(1, 1000),
    });
    let events = server.list("GetExecutionHistory", body, "events", limit)?;
    if args.server.output == Output::Json {
        return terminal::print_json(&json!({"events": events})).map(|()| 0);
    }
    let first = match args.reverse {
        true => started_millis(&server, &arn)?,
        false => events
            .first()
            .and_then(|event| events::millis(event.get("timestamp")?)),
    };
    let lines: String = events
        .iter()
        .map(|event| line(event, first.unwrap_or(0)))
        .collect();
    terminal::print(&lines)?;
    Ok(0)
}

fn started_millis(server: &Server, arn: &str) -> Result<Option<i64>, Refusal> {
    let description = server.call(
        "DescribeExecution",
        json!({"executionArn": arn, "includedData": "METADATA_ONLY"}),
    )?;
    Ok(description.get("startDate").and_then(events::millis))
}

/// `00:00:02    7  TaskFailed              Reboot  …`
fn line(event: &Value, first_millis: i64) -> String {
    let at = event
        .get("timestamp")
        .and_then(events::millis)
        .unwrap_or(first_millis);
    let details = event.as_object().and_then(|members| {
        members
            .iter()
            .find(|(name, _)| name.ends_with("EventDetails"))
            .map(|(_, details)| details)
    });
    let mut told = Vec::new();
    for member in [
        "name",
        "resource",
        "index",
        "length",
        "error",
        "cause",
        "input",
        "parameters",
        "output",
        "mapRunArn",
        "workerName",
    ] {
        match details.and_then(|details| details.get(member)) {
            Some(Value::String(text)) => told.push(one_line(text)),
            Some(Value::Number(number)) => told.push(number.to_string()),
            _ => {}
        }
    }
    let id = event.get("id").and_then(Value::as_u64).unwrap_or(0);
    let line = format!(
        "{}  {id:>5}  {:<26}  {}",
        stamp(at - first_millis),
        text(event, "type"),
        told.join("  ")
    );
    format!("{}\n", line.trim_end())
}

/// The beginning of a text, on one line and without what a terminal would obey.
fn one_line(text: &str) -> String {
    const MOST: usize = 160;
    let mut line: String = text
        .chars()
        .take(MOST)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(MOST).is_some() {
        line.push('…');
    }
    line
}

pub fn logs(args: &LogsArgs) -> Result<u8, CliError> {
    let server = Server::connect(&args.server)?;
    let arn = names::execution(&server, &args.execution)?;
    if args.server.output == Output::Json {
        let body = json!({"executionArn": arn, "maxResults": 1000});
        let events = server.list("GetExecutionHistory", body, "events", usize::MAX)?;
        return terminal::print_json(&json!({"events": events})).map(|()| 0);
    }
    let options = crate::progress::ProgressOptions {
        style: Style::Plain,
        colour: terminal::stdout_has_colour(),
        width: terminal::stdout_size().map(|(columns, _)| columns),
        virtual_time: false,
    };
    let progress = Progress::new(options, Box::new(std::io::stdout()));
    follow::follow(&server, &arn, &progress, args.follow)?;
    progress.finish();
    Ok(0)
}
