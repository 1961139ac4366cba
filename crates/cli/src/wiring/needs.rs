//! What a definition needs before it may start: credentials are resolved before the first state, not in the middle of it.

use connectors::refusal;
use serde_json::Value;
use states_language::machine::{Kind, Machine, State, Task, Workflow};
use states_language::resource::ResourceKind;

use super::resource_ref;

/// Whether a run calls AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aws {
    Never,
    /// A function is named at run time: it may be a local one.
    Perhaps,
    Surely,
}

/// What the states call: `is_local` tells which functions run here.
pub fn aws(machine: &Machine, is_local: &dyn Fn(&str) -> bool) -> Aws {
    let mut most = Aws::Never;
    any_state(&machine.workflow, &mut |state| {
        if let Kind::Task(task) = &state.kind {
            most = most.max(task_calls_aws(state, task, is_local));
        }
        false
    });
    most
}

/// The states whose calls cannot be performed, and why, each as a line.
pub fn refusals(machine: &Machine) -> Vec<String> {
    let mut found = Vec::new();
    any_state(&machine.workflow, &mut |state| {
        if let Kind::Task(task) = &state.kind
            && let Some(why) = refusal(&resource_ref(&task.resource))
        {
            found.push(format!(
                "  the state '{}' calls {}: {why}",
                state.name, task.resource.arn
            ));
        }
        false
    });
    found
}

fn task_calls_aws(state: &State, task: &Task, is_local: &dyn Fn(&str) -> bool) -> Aws {
    let unless_local = |name: &str| match is_local(name) {
        true => Aws::Never,
        false => Aws::Surely,
    };
    match &task.resource.kind {
        ResourceKind::LambdaFunction => unless_local(&task.resource.arn),
        ResourceKind::Optimized { service, action } | ResourceKind::AwsSdk { service, action }
            if (service.as_str(), action.as_str()) == ("lambda", "invoke") =>
        {
            let arguments = state.flow.arguments.as_ref();
            match arguments.and_then(|arguments| arguments.constant_member("FunctionName")) {
                Some(Value::String(name)) => unless_local(name),
                _ => Aws::Perhaps,
            }
        }
        ResourceKind::AwsSdk { .. } | ResourceKind::Optimized { .. } => Aws::Surely,
        ResourceKind::Activity => Aws::Never,
    }
}

fn any_state(workflow: &Workflow, test: &mut dyn FnMut(&State) -> bool) -> bool {
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
