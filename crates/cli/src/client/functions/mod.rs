//! `functions`: those of a server, their logs, a test invocation.

pub mod args;

use std::collections::HashSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use functions::FunctionName;
use jiff::Timestamp;
use serde_json::{Value, json};

use self::args::{FunctionsArgs, FunctionsCommand, InvokeArgs, LogsArgs, ShowArgs};
use super::args::ServerArgs;
use super::machines::table;
use super::server::{Refusal, Server, object, text};
use crate::args::Output;
use crate::error::CliError;
use crate::input;
use crate::terminal;

/// Between two looks at a log.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How far behind what was printed a log may be: as far back each look goes.
const OVERLAP_MILLIS: i64 = 10_000;

pub fn functions(args: &FunctionsArgs) -> Result<u8, CliError> {
    match &args.command {
        None => list(&args.server),
        Some(FunctionsCommand::Show(args)) => show(args),
        Some(FunctionsCommand::Invoke(args)) => invoke(args),
        Some(FunctionsCommand::Logs(args)) => logs(args),
    }
}

fn list(args: &ServerArgs) -> Result<u8, CliError> {
    let server = Server::connect(args)?;
    let found = all(&server, "listFunctions", json!({}), "Functions")?;
    match args.output {
        Output::Json => terminal::print_json(&found.into())?,
        Output::Text => {
            let rows: Vec<Value> = found
                .iter()
                .map(|function| {
                    json!({
                        "name": text(function, "FunctionName"),
                        "runtime": text(function, "Runtime"),
                        "handler": text(function, "Handler"),
                        "memory": format!("{} MB", function["MemorySize"]),
                        "timeout": format!("{} s", function["Timeout"]),
                        "modified": text(function, "LastModified"),
                    })
                })
                .collect();
            let columns = [
                "name", "runtime", "handler", "memory", "timeout", "modified",
            ];
            terminal::print(&table(&rows, &columns))?;
        }
    }
    Ok(0)
}

fn show(args: &ShowArgs) -> Result<u8, CliError> {
    let server = Server::connect(&args.server)?;
    let named = json!({"FunctionName": args.name});
    let mut found = server.aws("lambda", "getFunction", &named, None)?;
    let name = json!({"FunctionName": found["Configuration"]["FunctionName"]});
    found["Versions"] = all(&server, "listVersionsByFunction", name.clone(), "Versions")?.into();
    found["Aliases"] = all(&server, "listAliases", name, "Aliases")?.into();
    match args.server.output {
        Output::Json => terminal::print_json(&found)?,
        Output::Text => terminal::print(&page(&found))?,
    }
    Ok(0)
}

/// All pages of a list.
fn all(
    server: &Server,
    action: &str,
    mut ask: Value,
    member: &str,
) -> Result<Vec<Value>, CliError> {
    let mut found = Vec::new();
    loop {
        let mut page = server.aws("lambda", action, &ask, None)?;
        if let Some(Value::Array(items)) = page.get_mut(member).map(Value::take) {
            found.extend(items);
        }
        match page.get("NextMarker").filter(|marker| !marker.is_null()) {
            Some(marker) => ask["Marker"] = marker.clone(),
            None => return Ok(found),
        }
    }
}

fn page(found: &Value) -> String {
    let configuration = &found["Configuration"];
    let mut lines = String::new();
    let mut line = |title: &str, text: String| {
        if !text.is_empty() {
            lines.push_str(&format!("{title:<12}{text}\n"));
        }
    };
    let member = |member: &str| text(configuration, member).to_owned();
    line("function", member("FunctionArn"));
    line("about", member("Description"));
    line(
        "runs",
        format!("{} with {}", member("Handler"), member("Runtime")),
    );
    let bounds = format!(
        "{} MB, {} s",
        configuration["MemorySize"], configuration["Timeout"]
    );
    line("bounds", bounds);
    let reserved = &found["Concurrency"]["ReservedConcurrentExecutions"];
    if !reserved.is_null() {
        line("reserved", format!("{reserved} at once"));
    }
    line(
        "code",
        format!(
            "{} bytes, {}",
            configuration["CodeSize"],
            member("CodeSha256")
        ),
    );
    line("modified", member("LastModified"));
    line("role", member("Role"));
    let variables = configuration["Environment"]["Variables"].as_object();
    // Their values may be secrets.
    let names: Vec<&str> = variables
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
        .collect();
    line("environment", names.join(", "));
    for version in found["Versions"].as_array().into_iter().flatten() {
        let about = format!(
            "{}  {}",
            text(version, "LastModified"),
            text(version, "Description")
        );
        line(
            "version",
            format!("{:<8}{}", text(version, "Version"), about.trim_end()),
        );
    }
    for alias in found["Aliases"].as_array().into_iter().flatten() {
        let weights = &alias["RoutingConfig"]["AdditionalVersionWeights"];
        let shares = weights.as_object().into_iter().flatten();
        let shares: String = shares
            .map(|(version, share)| format!(", {version}: {share}"))
            .collect();
        line(
            "alias",
            format!(
                "{:<8}{}{shares}",
                text(alias, "Name"),
                text(alias, "FunctionVersion")
            ),
        );
    }
    lines
}

fn invoke(args: &InvokeArgs) -> Result<u8, CliError> {
    let payload = input::execution_input(args.payload.as_deref())?;
    let server = Server::connect(&args.server)?;
    let ask = object(json!({
        "FunctionName": args.name,
        "Qualifier": args.qualifier,
        "InvocationType": if args.is_async { "Event" } else { "RequestResponse" },
        "LogType": (!args.is_async).then_some("Tail"),
        "Payload": payload.text().as_ref(),
    }));
    let mut answer = server.aws("lambda", "invoke", &ask, None)?;
    let log = answer.get("LogResult").and_then(Value::as_str);
    let log = log.and_then(|log| BASE64.decode(log).ok());
    let log = log.map(|log| String::from_utf8_lossy(&log).into_owned());
    let result = text(&answer, "Payload").to_owned();
    let result = serde_json::from_str::<Value>(&result).unwrap_or(Value::String(result));
    let has_failed = answer
        .get("FunctionError")
        .is_some_and(|error| !error.is_null());
    match args.server.output {
        Output::Json => {
            answer["LogResult"] = log.into();
            answer["Payload"] = result;
            terminal::print_json(&object(answer))?;
        }
        Output::Text if args.is_async => terminal::tell("its event is queued\n"),
        Output::Text => {
            terminal::tell(log.as_deref().unwrap_or_default());
            terminal::print_json(&result)?;
        }
    }
    Ok(u8::from(has_failed))
}

fn logs(args: &LogsArgs) -> Result<u8, CliError> {
    let name = FunctionName::parse(&args.name).map_or(args.name.as_str(), |parsed| parsed.name);
    let server = Server::connect(&args.server)?;
    let group = format!("/aws/lambda/{name}");
    let mut since = Timestamp::now().as_millisecond() - since_millis(args);
    let mut shown = HashSet::new();
    loop {
        let mut latest = since;
        for event in events(&server, &group, since, args.follow)? {
            let millis = event["Timestamp"].as_i64().unwrap_or(since);
            latest = latest.max(millis);
            if !shown.insert(text(&event, "EventId").to_owned()) {
                continue;
            }
            match args.server.output {
                Output::Json => terminal::print(&format!("{event}\n"))?,
                Output::Text => terminal::print(&shown_line(millis, text(&event, "Message")))?,
            }
        }
        if !args.follow {
            return Ok(0);
        }
        since = since.max(latest - OVERLAP_MILLIS);
        std::thread::sleep(LOOK_AGAIN);
    }
}

fn since_millis(args: &LogsArgs) -> i64 {
    i64::try_from(args.since.as_millis()).unwrap_or(i64::MAX / 2)
}

fn shown_line(millis: i64, message: &str) -> String {
    let at = Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH);
    let at = at.to_zoned(jiff::tz::TimeZone::system());
    format!(
        "{}  {}\n",
        at.strftime("%Y-%m-%d %H:%M:%S.%3f"),
        message.trim_end()
    )
}

/// `may_be_missing`: nothing may have been printed yet.
fn events(
    server: &Server,
    group: &str,
    since: i64,
    may_be_missing: bool,
) -> Result<Vec<Value>, CliError> {
    let mut ask = json!({"LogGroupName": group, "StartTime": since.max(0)});
    let mut found = Vec::new();
    loop {
        let mut page = match server.aws("cloudwatchlogs", "filterLogEvents", &ask, None) {
            Err(Refusal::Refused { code, .. }) if code == "ResourceNotFoundException" => {
                return match may_be_missing {
                    true => Ok(found),
                    false => Err(CliError::user(format!("there is no log group {group}"))
                        .with_hint("it comes with the first line that the function prints; `stepwright functions` lists functions")),
                };
            }
            page => page?,
        };
        if let Some(Value::Array(events)) = page.get_mut("Events").map(Value::take) {
            found.extend(events);
        }
        match page.get("NextToken").filter(|token| !token.is_null()) {
            Some(token) => ask["NextToken"] = token.clone(),
            None => return Ok(found),
        }
    }
}
