//! The state machine of a definition file.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use states_language::syntax::Node;

use super::{Problem, Resource, Template, normal, resource};

#[derive(Debug, Clone)]
pub struct StateMachine {
    pub logical_id: String,
    /// `Name` (`StateMachineName`), or the logical id.
    pub name: String,
    /// `DefinitionSubstitutions`, resolved to text.
    pub substitutions: BTreeMap<String, String>,
    /// Those that cannot be resolved, and why: an error once the definition uses one.
    pub unresolved: BTreeMap<String, Problem>,
}

const TYPES: [&str; 2] = [
    "AWS::Serverless::StateMachine",
    "AWS::StepFunctions::StateMachine",
];

/// `None`: no state machine, or another definition's.
pub(super) fn state_machine(
    template: &Template,
    declared: Resource<'_>,
    definition: &Path,
) -> Result<Option<StateMachine>, Problem> {
    if !TYPES.contains(&declared.type_name) {
        return Ok(None);
    }
    let uri = ["DefinitionUri", "DefinitionS3Location"]
        .into_iter()
        .find_map(|name| declared.property(name));
    let Some(path) = uri.and_then(Node::as_str).map(|uri| template.beside(uri)) else {
        return Ok(None);
    };
    if !is_same_file(&path, definition) {
        return Ok(None);
    }
    let resolver = template.resolver();
    let name =
        resource::name(&resolver, declared)?.unwrap_or_else(|| declared.logical_id.to_owned());
    let mut machine = StateMachine {
        logical_id: declared.logical_id.to_owned(),
        name,
        substitutions: BTreeMap::new(),
        unresolved: BTreeMap::new(),
    };
    for member in declared
        .property("DefinitionSubstitutions")
        .and_then(Node::members)
        .unwrap_or_default()
    {
        match resolver.value(&member.value) {
            Ok(Some(Value::String(text))) => {
                drop(machine.substitutions.insert(member.key.clone(), text))
            }
            Ok(Some(value)) => drop(
                machine
                    .substitutions
                    .insert(member.key.clone(), value.to_string()),
            ),
            Ok(None) => {}
            Err(problem) => {
                let hint = || format!("--var {}=VALUE gives the substitution a value", member.key);
                let problem = if problem.hint.is_none() {
                    problem.with_hint(hint())
                } else {
                    problem
                };
                machine.unresolved.insert(member.key.clone(), problem);
            }
        }
    }
    Ok(Some(machine))
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    normal(one) == normal(other)
        || one
            .canonicalize()
            .is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}
