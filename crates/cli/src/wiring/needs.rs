//! What a definition needs before it may start: credentials are resolved before the first state, not in the middle of it.

use serde_json::Value;
use states_language::machine::{Kind, Machine, State, Task, Workflow};
use states_language::resource::ResourceKind;

/// Whether a state calls AWS for certain: `is_local` tells which functions run here.
pub fn calls_aws(machine: &Machine, is_local: &dyn Fn(&str) -> bool) -> bool {
    any_state(&machine.workflow, &|state| match &state.kind {
        Kind::Task(task) => task_calls_aws(state, task, is_local),
        _ => false,
    })
}

fn task_calls_aws(state: &State, task: &Task, is_local: &dyn Fn(&str) -> bool) -> bool {
    match &task.resource.kind {
        ResourceKind::LambdaFunction => !is_local(&task.resource.arn),
        ResourceKind::Optimized { service, .. } if service == "lambda" => {
            let arguments = state.flow.arguments.as_ref();
            match arguments.and_then(|arguments| arguments.constant_member("FunctionName")) {
                Some(Value::String(name)) => !is_local(name),
                // Found at run time: it may be a local one.
                _ => false,
            }
        }
        ResourceKind::AwsSdk { .. } | ResourceKind::Optimized { .. } => true,
        ResourceKind::Activity => false,
    }
}

fn any_state(workflow: &Workflow, test: &dyn Fn(&State) -> bool) -> bool {
    workflow.states.values().any(|state| {
        test(state)
            || match &state.kind {
                Kind::Parallel(parallel) => parallel
                    .branches
                    .iter()
                    .any(|branch| any_state(branch, test)),
                Kind::Map(map) => any_state(&map.processor, test),
                _ => false,
            }
    })
}
