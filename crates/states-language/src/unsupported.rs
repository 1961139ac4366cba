//! What this release cannot run although AWS can, and what nobody can run alone.

use crate::machine::{Distributed, Kind, Machine, State, Task, Workflow};
use crate::resource::{Pattern, ResourceKind};

/// A state that cannot be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    pub state: String,
    /// What it uses, as a noun: `an ItemReader`.
    pub what: String,
}

/// The states of a machine that this release cannot run, in the order of the text.
pub fn unsupported(machine: &Machine) -> Vec<Unsupported> {
    find(machine, |state| match &state.kind {
        Kind::Task(task) if is_job(task) && !is_execution(task) => {
            Some(format!("a job to wait for ({})", task.resource.arn))
        }
        Kind::Map(map) => map.distributed.as_ref().and_then(distributed_feature),
        _ => None,
    })
}

/// The states that wait until somebody calls the Step Functions API: where it is not served they would wait for ever.
pub fn waits_for_others(machine: &Machine) -> Vec<Unsupported> {
    find(machine, |state| match &state.kind {
        Kind::Task(task) if task.resource.kind == ResourceKind::Activity => {
            Some("an activity".to_owned())
        }
        Kind::Task(task) if task.resource.pattern == Pattern::WaitForTaskToken => {
            Some(format!("a task token ({})", task.resource.arn))
        }
        Kind::Task(task) if is_job(task) && is_execution(task) => {
            Some(format!("an execution to wait for ({})", task.resource.arn))
        }
        _ => None,
    })
}

fn distributed_feature(distributed: &Distributed) -> Option<String> {
    if distributed.has_item_reader {
        Some("an ItemReader".to_owned())
    } else if distributed.has_result_writer {
        Some("a ResultWriter".to_owned())
    } else {
        None
    }
}

fn is_job(task: &Task) -> bool {
    matches!(task.resource.pattern, Pattern::Sync | Pattern::Sync2)
}

fn is_execution(task: &Task) -> bool {
    matches!(&task.resource.kind, ResourceKind::Optimized { service, .. } if service == "states")
}

fn find(machine: &Machine, what: impl Fn(&State) -> Option<String>) -> Vec<Unsupported> {
    let mut found = Vec::new();
    visit(&machine.workflow, &what, &mut found);
    found
}

fn visit(
    workflow: &Workflow,
    what: &impl Fn(&State) -> Option<String>,
    found: &mut Vec<Unsupported>,
) {
    for state in workflow.states.values() {
        found.extend(what(state).map(|what| Unsupported {
            state: state.name.to_string(),
            what,
        }));
        match &state.kind {
            Kind::Parallel(parallel) => {
                for branch in &parallel.branches {
                    visit(branch, what, found);
                }
            }
            Kind::Map(map) => visit(&map.processor, what, found),
            _ => {}
        }
    }
}
