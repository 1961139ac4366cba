//! The one state that is tested, taken out of what was given: alone or in a whole definition.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use states_language::machine::{Machine, Workflow};

use crate::control::records::MachineType;
use crate::{Error, definitions};

/// AWS's name for it, in the context object and in errors, whatever it was called.
pub(super) const STATE_NAME: &str = "StateName";
/// Assigns the given variables as far as the checks see, so that reading them is no mistake. It is not run.
const VARIABLES: &str = "Variables of the test";

/// The state: the definition itself, or the one of this name in a whole definition, wherever it stands.
pub(super) fn of_state(definition: &str, state_name: Option<&str>) -> Result<Value, Error> {
    let Ok(parsed) = serde_json::from_str::<Value>(definition) else {
        // Says what is wrong in AWS's words.
        definitions::check(definition, MachineType::Standard)?;
        return Err(Error::InvalidDefinition(
            "the definition is no JSON".to_owned(),
        ));
    };
    let Some(name) = state_name else {
        return match parsed.get("States") {
            None => Ok(parsed),
            Some(_) => Err(Error::validation(
                "stateName must be specified when the definition is that of a state machine",
            )),
        };
    };
    definitions::check(definition, MachineType::Standard)?;
    let language = parsed.get("QueryLanguage");
    let mut state = find(&parsed, name).cloned().ok_or_else(|| {
        Error::validation(format!(
            "State '{name}' does not exist in the state machine definition"
        ))
    })?;
    if let (Some(language), Some(members)) = (language, state.as_object_mut())
        && !members.contains_key("QueryLanguage")
    {
        members.insert("QueryLanguage".to_owned(), language.clone());
    }
    Ok(state)
}

/// A state by its name, in a workflow or in those inside of its states; names are unique in a definition.
fn find<'a>(workflow: &'a Value, name: &str) -> Option<&'a Value> {
    let states = workflow.get("States")?.as_object()?;
    states.get(name).or_else(|| {
        states.values().find_map(|state| {
            let branches = state.get("Branches").and_then(Value::as_array);
            let inside = branches.into_iter().flatten().chain(
                ["ItemProcessor", "Iterator"]
                    .iter()
                    .filter_map(|field| state.get(*field)),
            );
            inside.into_iter().find_map(|workflow| find(workflow, name))
        })
    })
}

/// A machine of the state, with nothing behind it: where it goes next there are ends.
pub(super) fn machine(state: &Value, variables: &Map<String, Value>) -> Result<Machine, Error> {
    let mut states = Map::new();
    states.insert(STATE_NAME.to_owned(), state.clone());
    let mut targets = BTreeSet::new();
    collect_targets(state, &mut targets);
    for target in targets {
        states
            .entry(target)
            .or_insert_with(|| json!({"Type": "Succeed"}));
    }
    if !variables.is_empty() {
        let names: Map<String, Value> = variables
            .keys()
            .map(|name| (name.clone(), Value::Null))
            .collect();
        states.insert(
            VARIABLES.to_owned(),
            json!({"Type": "Pass", "Assign": names, "Next": STATE_NAME}),
        );
    }
    let start_at = match variables.is_empty() {
        true => STATE_NAME,
        false => VARIABLES,
    };
    let mut machine = json!({"StartAt": start_at, "States": states});
    if let Some(language) = state.get("QueryLanguage") {
        machine["QueryLanguage"] = language.clone();
    }
    let machine = definitions::check(&machine.to_string(), MachineType::Standard)?;
    let workflow = Workflow {
        start_at: STATE_NAME.into(),
        ..Workflow::clone(&machine.workflow)
    };
    Ok(Machine {
        workflow: Arc::new(workflow),
        ..Machine::clone(&machine)
    })
}

/// Where a state, a choice or a catcher goes next.
fn collect_targets(value: &Value, targets: &mut BTreeSet<String>) {
    for field in ["Next", "Default"] {
        targets.extend(value.get(field).and_then(Value::as_str).map(str::to_owned));
    }
    for field in ["Choices", "Catch"] {
        let rules = value.get(field).and_then(Value::as_array);
        for rule in rules.into_iter().flatten() {
            collect_targets(rule, targets);
        }
    }
}
