//! What a definition needs before it may start: credentials are resolved before the first state, not in the middle of it.

use connectors::refusal;
use serde_json::Value;
use service_models::Service;
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

/// What the states call: `is_local` tells which functions run here, `is_answered` which states a mock answers for.
pub fn aws(
    machine: &Machine,
    is_local: &dyn Fn(&str) -> bool,
    is_answered: &dyn Fn(&str) -> bool,
) -> Aws {
    tasks(machine)
        .into_iter()
        .filter(|(state, _)| !is_answered(&state.name))
        .map(|(state, task)| task_calls_aws(state, task, is_local))
        .max()
        .unwrap_or(Aws::Never)
}

/// The states whose calls cannot be performed, and why, each as a line.
pub fn refusals(machine: &Machine) -> Vec<String> {
    tasks(machine)
        .into_iter()
        .filter_map(|(state, task)| {
            let why = refusal(&resource_ref(&task.resource))?;
            Some(format!(
                "  the state '{}' calls {}: {why}",
                state.name, task.resource.arn
            ))
        })
        .collect()
}

/// The services that the states call.
pub fn services(machine: &Machine) -> impl Iterator<Item = &'static Service> {
    tasks(machine).into_iter().filter_map(|(_, task)| {
        let operation = connectors::operation(&resource_ref(&task.resource))?;
        Some(operation.service())
    })
}

/// All Task states of a machine, in the order of the text.
pub fn tasks(machine: &Machine) -> Vec<(&State, &Task)> {
    let mut found = Vec::new();
    collect_tasks(&machine.workflow, &mut found);
    found
}

/// The Lambda function that a state invokes.
pub enum Function<'m> {
    /// It invokes none.
    None,
    /// By name or ARN.
    Named(&'m str),
    /// Named at run time.
    Unknown,
}

pub fn function<'m>(state: &'m State, task: &'m Task) -> Function<'m> {
    match &task.resource.kind {
        ResourceKind::LambdaFunction => Function::Named(&task.resource.arn),
        ResourceKind::Optimized { service, action } | ResourceKind::AwsSdk { service, action }
            if (service.as_str(), action.as_str()) == ("lambda", "invoke") =>
        {
            let arguments = state.flow.arguments.as_ref();
            match arguments.and_then(|arguments| arguments.constant_member("FunctionName")) {
                Some(Value::String(name)) => Function::Named(name),
                _ => Function::Unknown,
            }
        }
        _ => Function::None,
    }
}

fn task_calls_aws(state: &State, task: &Task, is_local: &dyn Fn(&str) -> bool) -> Aws {
    match function(state, task) {
        Function::Named(name) if is_local(name) => Aws::Never,
        Function::Unknown => Aws::Perhaps,
        Function::None if task.resource.kind == ResourceKind::Activity => Aws::Never,
        Function::Named(_) | Function::None => Aws::Surely,
    }
}

fn collect_tasks<'m>(workflow: &'m Workflow, found: &mut Vec<(&'m State, &'m Task)>) {
    for state in workflow.states.values() {
        match &state.kind {
            Kind::Task(task) => found.push((state, task)),
            Kind::Parallel(parallel) => {
                for branch in &parallel.branches {
                    collect_tasks(branch, found);
                }
            }
            Kind::Map(map) => collect_tasks(&map.processor, found),
            _ => {}
        }
    }
}
