//! What this release cannot run although AWS can.

use crate::machine::{Kind, Machine, ProcessorMode, Workflow};
use crate::resource::{Pattern, ResourceKind};

/// A state that cannot be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    pub state: String,
    /// What it uses, as a noun: `a Distributed Map`.
    pub what: String,
}

/// The states of a machine that this release cannot run, in the order of the text.
pub fn unsupported(machine: &Machine) -> Vec<Unsupported> {
    let mut found = Vec::new();
    visit(&machine.workflow, &mut found);
    found
}

fn visit(workflow: &Workflow, found: &mut Vec<Unsupported>) {
    for state in workflow.states.values() {
        let what = match &state.kind {
            Kind::Task(task) => task_feature(
                &task.resource.kind,
                task.resource.pattern,
                &task.resource.arn,
            ),
            Kind::Map(map) if map.mode == ProcessorMode::Distributed => {
                Some("a Distributed Map".to_owned())
            }
            _ => None,
        };
        found.extend(what.map(|what| Unsupported {
            state: state.name.to_string(),
            what,
        }));
        match &state.kind {
            Kind::Parallel(parallel) => {
                for branch in &parallel.branches {
                    visit(branch, found);
                }
            }
            Kind::Map(map) => visit(&map.processor, found),
            _ => {}
        }
    }
}

fn task_feature(kind: &ResourceKind, pattern: Pattern, arn: &str) -> Option<String> {
    match (kind, pattern) {
        (ResourceKind::Activity, _) => Some("an activity".to_owned()),
        (_, Pattern::WaitForTaskToken) => Some(format!("a task token ({arn})")),
        (_, Pattern::Sync | Pattern::Sync2) => Some(format!("a job to wait for ({arn})")),
        _ => None,
    }
}
