//! Carries a plan out, step by step. The stack's document says at every moment what was made, so that the next `up` goes on where this
//! one could not.

use serde_json::Value;

use super::api::{Api, is_not_found};
use super::kinds::{Change, Made, Members};
use super::plan::{Action, Plan, Step, differences, has_unsettled, named, settle_members};
use super::stack::{Entry, Stack, kept};
use crate::error::CliError;

/// Does what a plan says. `tell` hears of each step that was done.
pub fn apply(
    api: &Api,
    plan: Plan,
    stack: &mut Stack,
    tell: &mut dyn FnMut(&Step, Action),
) -> Result<(), CliError> {
    for mut step in plan.steps {
        if matches!(step.action, Action::Nothing | Action::Keep) {
            continue;
        }
        if step.action == Action::Delete {
            delete(api, &step)?;
            stack.remove(&step.logical_id);
            stack.write(api)?;
            tell(&step, Action::Delete);
            continue;
        }
        step.wanted = settle_members(&step.wanted, &|name| known(stack, name));
        if let Some((name, _)) = step.wanted.iter().find(|(_, value)| has_unsettled(value)) {
            return Err(CliError::user(format!(
                "{} ({}): its {name} needs something that was not made",
                step.logical_id, step.kind.type_name
            )));
        }
        let done = carry_out(api, &mut step, stack)?;
        if done != Action::Nothing {
            tell(&step, done);
        }
    }
    Ok(())
}

fn carry_out(api: &Api, step: &mut Step, stack: &mut Stack) -> Result<Action, CliError> {
    let kind = step.kind;
    let mut entry = Entry {
        logical_id: step.logical_id.clone(),
        type_name: kind.type_name.to_owned(),
        physical_id: kind.physical_id(&step.wanted),
        members: kept(kind, &step.wanted),
        attributes: step.attributes.clone(),
        is_unfinished: false,
    };
    let fail = |refusal| named(refusal, kind, &step.logical_id);
    let done = match step.action {
        Action::Update => {
            // What was only known later may be what it was.
            step.differences = differences(&step.before, &entry.members);
            let changed = step.changed();
            if !changed.is_empty() {
                let change = Change {
                    wanted: &step.wanted,
                    before: &step.before,
                    attributes: &step.attributes,
                    changed: &changed,
                };
                let attributes = (kind.update)(api, &change).map_err(fail)?;
                entry.attributes.extend(attributes);
            }
            match changed.is_empty() && !step.is_adopted {
                true => Action::Nothing,
                false => Action::Update,
            }
        }
        action => {
            if action == Action::Replace {
                delete(api, step)?;
            }
            // Should the answer get lost, the next `up` knows whose it is.
            stack.put(Entry {
                members: Members::new(),
                attributes: Members::new(),
                is_unfinished: true,
                ..entry.clone()
            });
            stack.write(api)?;
            entry.attributes = (kind.create)(api, &step.wanted).map_err(fail)?;
            action
        }
    };
    stack.put(entry);
    stack.write(api)?;
    Ok(done)
}

fn delete(api: &Api, step: &Step) -> Result<(), CliError> {
    let made = Made {
        members: &step.before,
        last: &step.before,
        attributes: &step.attributes,
    };
    match (step.kind.delete)(api, &made) {
        Ok(()) => Ok(()),
        // Somebody has done it already.
        Err(refusal) if is_not_found(&refusal) => Ok(()),
        Err(refusal) => Err(named(refusal, step.kind, &step.logical_id)),
    }
}

/// `Id.Attribute` of what was made.
pub fn known(stack: &Stack, name: &str) -> Option<String> {
    let (id, attribute) = name.split_once('.')?;
    match stack.entry(id)?.attributes.get(attribute)? {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
