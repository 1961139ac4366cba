//! What is shown before a run on a real account: whose it is, and what can happen to it.

use std::collections::BTreeMap;

use connectors::aws::AwsConfig;

use super::account::Caller;
use super::reach::{Call, Callee, Role};
use crate::args::RunArgs;
use crate::progress::{BOLD, DIM, FAILED, Line, PLAIN, RETRYING};

/// Columns of the words at the beginning of a line.
const LABEL: usize = 13;
/// States of one action; a line has an end.
const STATES: usize = 6;

/// The lines to be shown. `caller` is known when it was asked for.
pub fn lines(
    args: &RunArgs,
    config: &AwsConfig,
    caller: Option<&Caller>,
    calls: &[Call<'_>],
) -> Vec<Line> {
    let place = match caller {
        Some(caller) => format!("AWS account {} in {}", caller.account_id, config.region()),
        None => format!("region {}", config.region()),
    };
    let title = match args.dry_run {
        true => Line::new()
            .add(BOLD, "Dry run")
            .add(PLAIN, ": reads run, writes do not; "),
        false => Line::new(),
    };
    let mut lines = vec![title.add(BOLD, place)];
    if let Some(caller) = caller {
        lines.push(labelled("caller").add(PLAIN, &caller.arn));
    }
    lines.push(labelled("credentials").add(PLAIN, config.credentials_source()));
    lines.extend(writes(calls));
    let mut functions: Vec<&str> = calls
        .iter()
        .filter_map(|call| match &call.callee {
            Callee::Local(name) if !args.dry_run || call.is_read => Some(name.as_str()),
            _ => None,
        })
        .collect();
    functions.sort_unstable();
    functions.dedup();
    if !functions.is_empty() {
        let text = format!("{} run here, with these credentials", functions.join(", "));
        lines.push(labelled("functions").add(PLAIN, text));
    }
    if args.virtual_time && !args.dry_run {
        let text = "virtual: the run waits for nothing, and AWS is as slow as ever";
        lines.push(labelled("time").add(RETRYING, text));
    }
    lines
}

/// Whether a call is one that is listed as a write. What a function does that runs here is told apart.
fn is_write(call: &Call<'_>) -> bool {
    !call.is_read && !matches!(call.callee, Callee::Local(_))
}

fn labelled(label: &str) -> Line {
    Line::new().add(DIM, format!("  {label:<LABEL$}"))
}

/// A line for each action, with the states that call it.
fn writes(calls: &[Call<'_>]) -> Vec<Line> {
    let mut actions: BTreeMap<(&str, &Role), Vec<&Call<'_>>> = BTreeMap::new();
    for call in calls.iter().filter(|call| is_write(call)) {
        actions
            .entry((&call.action, &call.role))
            .or_default()
            .push(call);
    }
    if actions.is_empty() {
        let none = match calls.iter().all(|call| call.is_read) {
            true => "none: the definition only reads",
            false => "none by the definition itself",
        };
        return vec![labelled("writes").add(PLAIN, none)];
    }
    let width = actions
        .keys()
        .map(|(action, _)| action.len())
        .max()
        .unwrap_or(0);
    let mut lines = Vec::new();
    for ((action, role), calls) in actions {
        let label = if lines.is_empty() { "writes" } else { "" };
        let is_sure = calls.iter().any(|call| call.callee == Callee::Aws);
        let style = if is_sure { FAILED } else { RETRYING };
        let line = labelled(label)
            .add(style, format!("{action:<width$}"))
            .add(PLAIN, format!("  {}", states(&calls)));
        lines.push(match role {
            Role::Own => line,
            Role::Named(arn) => line.add(DIM, format!("  as {arn}")),
            Role::Unknown => line.add(DIM, "  in a role that is named at run time"),
        });
    }
    lines
}

fn states(calls: &[&Call<'_>]) -> String {
    // A function that is named at run time may run here.
    let name = |call: &&Call<'_>| match call.callee {
        Callee::Unknown => format!("{} (perhaps)", call.state.name),
        _ => call.state.name.to_string(),
    };
    let names: Vec<String> = calls.iter().map(name).collect();
    match names.len().checked_sub(STATES) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..STATES].join(", ")),
    }
}
