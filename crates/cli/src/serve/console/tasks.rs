//! `GET /_ui/tasks`: Tasks that wait for an activity's worker or for a callback.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::Machines;
use interpreter::{Execution, WaitingTask, is_waited_for};
use serde_json::{Value, json};
use states_language::machine::{Kind, Workflow};
use store::{Error, Listing, Store};

/// How long one request may look: what waits is found by looking at the executions that run.
const TIME: Duration = Duration::from_secs(1);
const MOST: usize = 1_000;
/// Of an input, as text.
const INPUT_BYTES: usize = 64 * 1024;

/// `{ items, isComplete }`, newest first.
pub fn open(store: &dyn Store, machines: &dyn Machines) -> Result<Value, Error> {
    let began = Instant::now();
    let mut items: Vec<(i64, Value)> = Vec::new();
    let mut is_complete = true;
    // By revision and label: most definitions wait for nobody, and their executions need not be read.
    let mut waits: HashMap<(Arc<str>, Option<Arc<str>>), bool> = HashMap::new();
    for open in store.open_executions()? {
        if open.has_ended {
            continue;
        }
        if items.len() >= MOST || began.elapsed() > TIME {
            is_complete = false;
            break;
        }
        let Some((listing, header)) = store.summary(&open.execution)? else {
            continue;
        };
        let damaged = |error: interpreter::DecodeError| Error::Corrupt(error.to_string());
        let identity = Execution::decode_header(&header).map_err(damaged)?.identity;
        let machine = machines.machine(&listing, &identity)?;
        let label = identity.child_of.as_ref().map(|of| of.label.clone());
        let may_wait = waits
            .entry((listing.revision.clone(), label))
            .or_insert_with(|| waits_for_somebody(&machine.workflow));
        if !*may_wait {
            continue;
        }
        // It may have ended since.
        let Some(stored) = store.execution(&open.execution)? else {
            continue;
        };
        let execution = Execution::decode(&machine, &stored.record).map_err(damaged)?;
        items.extend(execution.waiting_tasks().map(|task| {
            (
                task.entered_millis,
                shown(&execution, &stored.listing, &task),
            )
        }));
    }
    items.sort_by_key(|(entered_millis, _)| std::cmp::Reverse(*entered_millis));
    let items: Vec<Value> = items.into_iter().map(|(_, item)| item).collect();
    Ok(json!({ "items": items, "isComplete": is_complete }))
}

fn shown(execution: &Execution, listing: &Listing, task: &WaitingTask<'_>) -> Value {
    let identity = &execution.identity;
    let is_short = task.input.len() <= INPUT_BYTES;
    json!({
        "token": task.token.to_string(),
        "executionArn": identity.execution_arn,
        "executionName": listing.name,
        "stateMachineArn": identity.state_machine_arn,
        "stateName": task.state_name,
        "resource": task.resource.arn,
        "input": is_short.then(|| task.input.text()),
        "enteredMillis": task.entered_millis,
        "enteredEventId": task.entered_event_id,
        "lastEventId": task.last_event_id,
        "timeoutMillis": task.timeout_millis,
        "heartbeatSeconds": task.heartbeat_seconds,
    })
}

fn waits_for_somebody(workflow: &Workflow) -> bool {
    workflow.states.values().any(|state| match &state.kind {
        Kind::Task(task) => is_waited_for(&task.resource),
        Kind::Parallel(parallel) => parallel
            .branches
            .iter()
            .any(|branch| waits_for_somebody(branch)),
        Kind::Map(map) => waits_for_somebody(&map.processor),
        _ => false,
    })
}
