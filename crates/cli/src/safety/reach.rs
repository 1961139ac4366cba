//! What a definition can call, whichever way it takes.

use connectors::ResourceRef;
use serde_json::Value;
use service_models::Operation;
use states_language::integration;
use states_language::machine::{Machine, State, Task};

use super::access::Access;
use crate::actions::operation_name;
use crate::wiring::needs::{self, Function};
use crate::wiring::resource_ref;

/// One state's call.
#[derive(Debug, Clone)]
pub struct Call<'m> {
    pub state: &'m State,
    pub task: &'m Task,
    /// `ec2:rebootInstances`, `lambda:invoke`.
    pub action: String,
    pub operation: Option<Operation>,
    pub callee: Callee,
    pub is_read: bool,
    pub role: Role,
}

/// Who is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Callee {
    Aws,
    /// A function of the template, by its name: it runs here.
    Local(String),
    /// A function that is named at run time.
    Unknown,
}

/// In which role a call is made (`Credentials.RoleArn`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Own,
    Named(String),
    /// Named at run time.
    Unknown,
}

/// All calls that the states of a machine can make, in the order of the text. `local_name` finds a function that runs here.
pub fn calls<'m>(
    machine: &'m Machine,
    access: &Access,
    local_name: &dyn Fn(&str) -> Option<String>,
) -> Vec<Call<'m>> {
    let tasks = needs::tasks(machine).into_iter();
    tasks
        .map(|(state, task)| {
            let resource = resource_ref(&task.resource);
            let operation = connectors::operation(&resource).or_else(|| documented(&resource));
            Call {
                state,
                task,
                action: action(&resource),
                operation,
                callee: match needs::function(state, task) {
                    Function::Named(name) => local_name(name).map_or(Callee::Aws, Callee::Local),
                    Function::Unknown => Callee::Unknown,
                    Function::None => Callee::Aws,
                },
                is_read: access.is_read(&resource),
                role: role(task),
            }
        })
        .collect()
}

/// The operation behind an optimized integration that cannot be called here yet.
fn documented(resource: &ResourceRef) -> Option<Operation> {
    let ResourceRef::Optimized { service, action } = resource else {
        return None;
    };
    integration::optimized(service, action)?.operation()
}

/// What a resource calls, in the words of a `Resource`; a function's own ARN is an invocation.
pub fn action(resource: &ResourceRef) -> String {
    match resource {
        ResourceRef::Optimized { service, action } => format!("{service}:{action}"),
        ResourceRef::AwsSdk { service, action } => connectors::operation(resource)
            .map_or_else(|| format!("{service}:{action}"), operation_name),
        ResourceRef::LambdaFunction { .. } => "lambda:invoke".to_owned(),
    }
}

/// A member of a state's arguments that stands in the definition as it is.
pub fn constant<'m>(state: &'m State, member: &str) -> Option<&'m str> {
    let arguments = state.flow.arguments.as_ref()?;
    arguments.constant_member(member).and_then(Value::as_str)
}

fn role(task: &Task) -> Role {
    let Some(credentials) = &task.credentials else {
        return Role::Own;
    };
    match credentials.constant_member("RoleArn") {
        Some(Value::String(arn)) => Role::Named(arn.clone()),
        _ => Role::Unknown,
    }
}
