//! What a workflow comes to when nothing goes wrong around it, found without the engine.

use query::mix;

use crate::workflow::{
    Errors, FAILED_CHILD, Kind, LAST_ERROR, MapState, PASSED, Row, State, TASK_ERROR, Task,
};

/// What a task's call comes to, whenever and wherever it is made: known from what it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Return(String),
    Throw,
    /// It comes back when nobody waits any more.
    Hang,
}

pub fn outcome(seed: u64, state: &str, input: &str, attempt: u32, can_hang: bool) -> Outcome {
    let mut hash = mix(seed ^ u64::from(attempt));
    for byte in state.bytes().chain([0]).chain(input.bytes()) {
        hash = mix(hash ^ u64::from(byte));
    }
    match hash % 20 {
        0..3 => Outcome::Throw,
        3 if can_hang => Outcome::Hang,
        _ => Outcome::Return(format!("r{:04x}", (hash >> 32) & 0xffff)),
    }
}

/// The name of an error, or None where it depends on timing which error it is.
pub type Failed = Option<&'static str>;

/// How a workflow ends that is given this input.
pub fn run(seed: u64, row: &Row, input: &str) -> Result<String, Failed> {
    let mut value = input.to_owned();
    let mut skips = false;
    for state in &row.states {
        if std::mem::take(&mut skips) {
            continue;
        }
        value = match &state.kind {
            Kind::Pass => value + PASSED,
            Kind::Wait { .. } => value,
            Kind::Skip => {
                skips = value.len().is_multiple_of(2);
                value
            }
            Kind::Loop { times, task } => {
                for _ in 0..*times {
                    value = attempts(seed, state, task, &value)?;
                }
                value
            }
            Kind::Task(task) => caught(task.errors, attempts(seed, state, task, &value))?,
            Kind::Parallel { branches, errors } => {
                let branches = branches.iter().map(|row| run(seed, row, &value));
                caught(*errors, joined(branches.collect()))?
            }
            Kind::Map(map) => caught(map.errors, items(seed, map, &value))?,
        };
    }
    match row.fails {
        true => Err(Some(LAST_ERROR)),
        false => Ok(value),
    }
}

fn attempts(seed: u64, state: &State, task: &Task, input: &str) -> Result<String, Failed> {
    let can_hang = task.can_hang();
    let mut attempt = 0;
    loop {
        let error = match outcome(seed, &state.name, input, attempt, can_hang) {
            Outcome::Return(output) => return Ok(output),
            Outcome::Throw => TASK_ERROR,
            Outcome::Hang => "States.Timeout",
        };
        match task.errors.retry {
            Some((max, all)) if attempt < max && (all || error == TASK_ERROR) => attempt += 1,
            _ => return Err(Some(error)),
        }
    }
}

fn caught(errors: Errors, result: Result<String, Failed>) -> Result<String, Failed> {
    match result {
        Err(Some(error)) if errors.catch => Ok(error.to_owned()),
        result => result,
    }
}

fn joined(results: Vec<Result<String, Failed>>) -> Result<String, Failed> {
    let mut values = Vec::new();
    let mut failed: Option<Failed> = None;
    for result in results {
        match (result, failed) {
            (Ok(value), _) => values.push(value),
            (Err(error), None) => failed = Some(error),
            (Err(error), Some(other)) if error != other => failed = Some(None),
            (Err(_), Some(_)) => {}
        }
    }
    failed.map_or_else(|| Ok(values.join("+")), Err)
}

fn items(seed: u64, map: &MapState, input: &str) -> Result<String, Failed> {
    let items = (0..map.items).map(|item| run(seed, &map.row, &format!("{input}{item}")));
    let results: Vec<_> = items.collect();
    let Some(distributed) = map.distributed else {
        return joined(results);
    };
    // It may have been caught: whether the item failed is not known either.
    if results.contains(&Err(None)) {
        return Err(None);
    }
    let failed = results.iter().filter(|result| result.is_err()).count();
    if failed > distributed.tolerated_failures {
        return Err(Some("States.ExceedToleratedFailureThreshold"));
    }
    let values = results.into_iter();
    let values: Vec<String> = values
        .map(|r| r.unwrap_or_else(|_| FAILED_CHILD.into()))
        .collect();
    Ok(values.join("+"))
}
