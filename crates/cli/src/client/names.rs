//! From what people type to ARNs.

use serde_json::json;

use super::server::{Refusal, Server, text};
use crate::error::CliError;

/// State machines that are looked through for a name.
const MOST_MACHINES: usize = 100_000;

/// The ARN of a state machine (an ARN stays as it is, with version or alias).
pub fn state_machine(server: &Server, name: &str) -> Result<String, CliError> {
    if name.starts_with("arn:") {
        return Ok(name.to_owned());
    }
    // `NAME:ALIAS` or `NAME:3`.
    let (plain, qualifier) = match name.split_once(':') {
        Some((plain, qualifier)) => (plain, Some(qualifier)),
        None => (name, None),
    };
    let machines = machines(server)?;
    let found = machines.iter().find(|(known, _)| known == plain);
    let (_, arn) = found.ok_or_else(|| {
        let known = machines.iter().map(|(known, _)| known.as_str());
        let error = CliError::user(format!("the server has no state machine {plain}"));
        match closest(plain, known) {
            Some(close) => error.with_hint(format!("is it {close}?")),
            None => {
                error.with_hint("`stepwright list` shows them; `stepwright create FILE` makes one")
            }
        }
    })?;
    Ok(match qualifier {
        Some(qualifier) => format!("{arn}:{qualifier}"),
        None => arn.clone(),
    })
}

/// The ARN of an execution, from `STATE_MACHINE/NAME`, an ARN, or a name that only one state machine's execution has.
pub fn execution(server: &Server, name: &str) -> Result<String, CliError> {
    if name.starts_with("arn:") {
        return Ok(name.to_owned());
    }
    let Some((machine, execution)) = name.split_once('/') else {
        return execution_anywhere(server, name);
    };
    Ok(execution_arn(&state_machine(server, machine)?, execution))
}

/// `arn:…:stateMachine:M` and `E` to `arn:…:execution:M:E`.
fn execution_arn(machine_arn: &str, execution: &str) -> String {
    format!(
        "{}:{execution}",
        machine_arn.replacen(":stateMachine:", ":execution:", 1)
    )
}

fn execution_anywhere(server: &Server, name: &str) -> Result<String, CliError> {
    let mut found = Vec::new();
    for (_, machine) in machines(server)? {
        let arn = execution_arn(&machine, name);
        match server.call(
            "DescribeExecution",
            json!({"executionArn": arn, "includedData": "METADATA_ONLY"}),
        ) {
            Ok(_) => found.push(arn),
            Err(Refusal::Refused { .. }) => {}
            Err(Refusal::Other(error)) => return Err(error),
        }
    }
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(CliError::user(format!("the server has no execution {name}"))
            .with_hint("write STATE_MACHINE/NAME or the ARN; `stepwright list STATE_MACHINE` shows executions")),
        _ => Err(CliError::user(format!("several state machines have an execution {name}"))
            .with_hint(format!("give an ARN: {}", found.join(", ")))),
    }
}

/// Names and ARNs.
fn machines(server: &Server) -> Result<Vec<(String, String)>, CliError> {
    let body = json!({"maxResults": 1000});
    let machines = server.list("ListStateMachines", body, "stateMachines", MOST_MACHINES)?;
    let pair = |machine| {
        (
            text(machine, "name").to_owned(),
            text(machine, "stateMachineArn").to_owned(),
        )
    };
    Ok(machines.iter().map(pair).collect())
}

fn closest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let distance = |other: &str| strsim::osa_distance(name, other);
    known
        .filter(|other| distance(other) <= 1 + name.len() / 4)
        .min_by_key(|other| distance(other))
}
