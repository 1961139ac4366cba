//! `schedules`: what has a timetable on a server, of EventBridge Scheduler and rules alike.

pub mod args;
mod shown;

use serde_json::{Value, json};

use self::args::{NamedArgs, PolicyArgs, SchedulesArgs, SchedulesCommand};
use super::args::ServerArgs;
use super::server::{Server, object, text, unexpected};
use crate::args::Output;
use crate::error::CliError;
use crate::terminal;

/// Asked for at once.
const PAGE: usize = 1_000;

pub fn schedules(args: &SchedulesArgs) -> Result<u8, CliError> {
    match &args.command {
        None => list(&args.server),
        Some(SchedulesCommand::Show(named)) => show(named),
        Some(SchedulesCommand::Run(run)) => run_now(&run.named),
        Some(SchedulesCommand::Pause(named)) => set_state(named, "DISABLED"),
        Some(SchedulesCommand::Resume(named)) => set_state(named, "ENABLED"),
        Some(SchedulesCommand::Policy(policy)) => set_policy(policy),
    }
}

fn list(args: &ServerArgs) -> Result<u8, CliError> {
    let found = all(&Server::connect(args)?)?;
    match args.output {
        Output::Json => terminal::print_json(&found.into())?,
        Output::Text if found.is_empty() => terminal::tell("the server has no schedules\n"),
        Output::Text => terminal::print(&shown::table(&found))?,
    }
    Ok(0)
}

fn show(args: &NamedArgs) -> Result<u8, CliError> {
    let server = Server::connect(&args.server)?;
    let found = server.extension("DescribeSchedule", json!({ "Arn": named(&server, args)? }))?;
    match args.server.output {
        Output::Json => terminal::print_json(&found)?,
        Output::Text => terminal::print(&shown::page(&found))?,
    }
    Ok(0)
}

fn run_now(args: &NamedArgs) -> Result<u8, CliError> {
    let server = Server::connect(&args.server)?;
    let ran = server.extension("RunSchedule", json!({ "Arn": named(&server, args)? }))?;
    match args.server.output {
        Output::Json => terminal::print_json(&ran)?,
        Output::Text => terminal::print(&shown::ran(&ran))?,
    }
    let went_wrong = |result: &Value| matches!(text(result, "Status"), "FAILED" | "SKIPPED");
    let results = ran.get("Results").and_then(Value::as_array);
    Ok(u8::from(
        results.is_some_and(|results| results.iter().any(went_wrong)),
    ))
}

fn set_state(args: &NamedArgs, state: &str) -> Result<u8, CliError> {
    let server = Server::connect(&args.server)?;
    let arn = named(&server, args)?;
    server.extension("SetScheduleState", json!({ "Arn": arn, "State": state }))?;
    told(&args.server, &json!({ "Arn": arn, "State": state }), state)
}

fn set_policy(args: &PolicyArgs) -> Result<u8, CliError> {
    let server = Server::connect(&args.named.server)?;
    let body = json!({
        "Arn": named(&server, &args.named)?,
        "Missed": args.missed.map(args::MissedName::name),
        "Overlap": args.overlap.map(args::OverlapName::name),
    });
    let now = server.extension("PutSchedulePolicy", object(body))?;
    let line = format!(
        "missed {}, overlap {}",
        text(&now, "Missed"),
        text(&now, "Overlap")
    );
    told(&args.named.server, &now, &line)
}

fn told(args: &ServerArgs, answer: &Value, line: &str) -> Result<u8, CliError> {
    match args.output {
        Output::Json => terminal::print_json(answer)?,
        Output::Text => terminal::print(&format!("{line}\n"))?,
    }
    Ok(0)
}

fn all(server: &Server) -> Result<Vec<Value>, CliError> {
    const OPERATION: &str = "ListSchedules";
    let mut body = json!({ "MaxResults": PAGE });
    let mut found = Vec::new();
    loop {
        let mut page = server.extension(OPERATION, body.clone())?;
        match page.get_mut("Schedules").map(Value::take) {
            Some(Value::Array(schedules)) => found.extend(schedules),
            _ => return Err(unexpected(OPERATION, "Schedules")),
        }
        match page.get("NextToken") {
            Some(token) => body["NextToken"] = token.clone(),
            None => return Ok(found),
        }
    }
}

/// The ARN of what is named.
fn named(server: &Server, args: &NamedArgs) -> Result<String, CliError> {
    let name = &args.name;
    if name.starts_with("arn:") {
        return Ok(name.clone());
    }
    let all = all(server)?;
    let is_named = |schedule: &&Value| {
        let full = text(schedule, "Name");
        full == name || full.rsplit('/').next() == Some(name)
    };
    let found: Vec<&Value> = all.iter().filter(is_named).collect();
    match found[..] {
        [only] => Ok(text(only, "Arn").to_owned()),
        [] => {
            let error = CliError::user(format!("the server has no schedule {name}"));
            Err(error.with_hint("`stepwright schedules` shows all of them"))
        }
        _ => {
            let arns: Vec<_> = found.iter().map(|found| text(found, "Arn")).collect();
            let error = CliError::user(format!("several schedules are called {name}"));
            Err(error.with_hint(format!("give an ARN: {}", arns.join(", "))))
        }
    }
}
