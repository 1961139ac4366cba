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

/// The state that is tested.
pub(super) struct Found {
    pub state: Value,
    /// Of the whole definition: states inside of this one have it, too.
    language: Option<Value>,
    /// It belongs to a Map's processor.
    pub is_in_a_map: bool,
}

impl Found {
    pub fn kind(&self) -> &str {
        self.state["Type"].as_str().unwrap_or_default()
    }

    pub fn resource(&self) -> &str {
        self.state["Resource"].as_str().unwrap_or_default()
    }

    /// A Task that ends when somebody else says so.
    pub fn waits_for_others(&self) -> bool {
        let patterns = [".sync", ".sync:2", ".waitForTaskToken"];
        patterns
            .iter()
            .any(|suffix| self.resource().ends_with(suffix))
    }

    pub fn is_activity(&self) -> bool {
        self.resource().contains(":activity:")
    }
}

/// The definition itself, or the state of this name in a whole definition, wherever it stands.
pub(super) fn of_state(definition: &str, state_name: Option<&str>) -> Result<Found, Error> {
    let Ok(parsed) = serde_json::from_str::<Value>(definition) else {
        // Says what is wrong in AWS's words.
        definitions::check(definition, MachineType::Standard)?;
        return Err(Error::InvalidDefinition(
            "the definition is no JSON".to_owned(),
        ));
    };
    let Some(name) = state_name else {
        return match parsed.get("States") {
            None => Ok(Found {
                language: parsed.get("QueryLanguage").cloned(),
                state: parsed,
                is_in_a_map: false,
            }),
            Some(_) => Err(Error::validation(
                "stateName must be specified when the definition is that of a state machine",
            )),
        };
    };
    definitions::check(definition, MachineType::Standard)?;
    let language = parsed.get("QueryLanguage");
    let (state, is_in_a_map) = find(&parsed, name, false).ok_or_else(|| {
        Error::validation(format!(
            "State '{name}' does not exist in the state machine definition"
        ))
    })?;
    let mut state = state.clone();
    if let (Some(language), Some(members)) = (language, state.as_object_mut())
        && !members.contains_key("QueryLanguage")
    {
        members.insert("QueryLanguage".to_owned(), language.clone());
    }
    Ok(Found {
        state,
        language: language.cloned(),
        is_in_a_map,
    })
}

/// A state by its name, in a workflow or in those inside of its states; names are unique in a definition. And whether a Map is
/// around it.
fn find<'a>(workflow: &'a Value, name: &str, in_a_map: bool) -> Option<(&'a Value, bool)> {
    let states = workflow.get("States")?.as_object()?;
    let inside = |state| find_below(state, name, in_a_map);
    let here = states.get(name).map(|state| (state, in_a_map));
    here.or_else(|| states.values().find_map(inside))
}

/// A state in the branches or the processor of this one.
pub(super) fn find_inside<'a>(state: &'a Value, name: &str) -> Option<&'a Value> {
    find_below(state, name, false).map(|(state, _)| state)
}

fn find_below<'a>(state: &'a Value, name: &str, in_a_map: bool) -> Option<(&'a Value, bool)> {
    let branches = state.get("Branches").and_then(Value::as_array);
    let processors = ["ItemProcessor", "Iterator"].iter();
    let mut processors = processors.filter_map(|field| state.get(*field));
    let mut branches = branches.into_iter().flatten();
    branches
        .find_map(|workflow| find(workflow, name, in_a_map))
        .or_else(|| processors.find_map(|workflow| find(workflow, name, true)))
}

/// A machine of the state, with nothing behind it: where it goes next there are ends.
pub(super) fn machine(found: &Found, variables: &Map<String, Value>) -> Result<Machine, Error> {
    let state = &found.state;
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
    if let Some(language) = &found.language {
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
