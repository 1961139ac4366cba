//! CreateStateMachineAlias, UpdateStateMachineAlias, DescribeStateMachineAlias, DeleteStateMachineAlias,
//! ListStateMachineAliases.

use std::sync::Arc;

use interpreter::time::seconds_of_millis;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arn::{Arn, Qualifier};
use crate::control::records::{Alias, Format, Route, Status};
use crate::control::state::{Change, Machine, State};
use crate::control::{ControlPlane, FoundQualifier, machine_arn};
use crate::service::Call;
use crate::state_machines::listed;
use crate::{Error, Reason};

/// Aliases of one state machine.
const MAX_ALIASES: usize = 100;

/// `RoutingConfigurationListItem`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RouteInput {
    state_machine_version_arn: String,
    weight: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateInput {
    name: String,
    description: Option<String>,
    routing_configuration: Vec<RouteInput>,
}

/// Idempotent by name, description and routes.
pub(crate) fn create(control: &ControlPlane, call: &Call) -> Result<Value, Error> {
    let input: CreateInput = call.input()?;
    let (base, routes) = routes(&input.routing_configuration)?;
    let arn = format!("{base}:{}", input.name);
    let creation_millis = control.change(call.now_millis, Some(call.audit(&arn)), |state| {
        let (base, machine) = routed(state, base, &routes)?;
        if machine.body.status == Status::Deleting {
            return Err(Error::StateMachineDeleting(base.to_string()));
        }
        if let Some(existing) = machine.aliases.get(input.name.as_str()) {
            if existing.description == input.description && existing.routes == routes {
                return Ok((vec![], existing.creation_millis));
            }
            let message = "Failed to create alias because an alias with the same name and a different routing configuration already exists.";
            return Err(Error::ConflictException(message.to_owned()));
        }
        if machine.aliases.len() >= MAX_ALIASES {
            let message =
                format!("A state machine can have at most {MAX_ALIASES} aliases: '{base}'");
            return Err(Error::ServiceQuotaExceededException(message));
        }
        let alias = Alias {
            format: Format,
            description: input.description.clone(),
            routes: routes.clone(),
            creation_millis: call.now_millis,
            update_millis: call.now_millis,
        };
        let name = input.name.as_str().into();
        let change = Change::Alias(base.clone(), name, Some(alias));
        Ok((vec![change], call.now_millis))
    })?;
    Ok(json!({
        "stateMachineAliasArn": arn,
        "creationDate": seconds_of_millis(creation_millis),
    }))
}

/// The state machine's ARN and the routes by version number.
fn routes(input: &[RouteInput]) -> Result<(&str, Vec<Route>), Error> {
    let arns: Vec<&str> = input
        .iter()
        .map(|route| route.state_machine_version_arn.as_str())
        .collect();
    let refuse = |what: &str, received: &str| {
        Err(Error::ValidationException {
            message: format!("{what} Received: [{received}]"),
            reason: Some(Reason::InvalidRoutingConfiguration),
        })
    };
    if let [one, other] = arns.as_slice()
        && one == other
    {
        let what = "Routing configuration must contain distinct state machine version ARNs.";
        return refuse(what, &arns.join(", "));
    }
    let weights: Vec<u64> = input.iter().map(|route| route.weight).collect();
    if weights.iter().sum::<u64>() != 100 {
        let weights: Vec<String> = weights.iter().map(u64::to_string).collect();
        let what = "Sum of routing configuration weights must equal 100.";
        return refuse(what, &weights.join(", "));
    }
    let mut base = None;
    let mut routes = Vec::new();
    for route in input {
        let arn = route.state_machine_version_arn.as_str();
        let (machine, Qualifier::Version(version)) = machine_arn(arn)? else {
            let what = "Routing configuration must contain state machine version ARNs.";
            return refuse(what, &arns.join(", "));
        };
        if *base.get_or_insert(machine) != machine {
            let what = "Routing configuration must contain versions of the same state machine.";
            return refuse(what, &arns.join(", "));
        }
        let weight = route.weight;
        routes.push(Route { version, weight });
    }
    // The model wants at least one route.
    base.map(|base| (base, routes))
        .ok_or_else(|| Error::InternalFailure("an alias without routes".to_owned()))
}

/// The state machine of routes, all of whose versions are there.
fn routed<'s>(
    state: &'s State,
    base: &str,
    routes: &[Route],
) -> Result<(&'s Arc<str>, &'s Machine), Error> {
    let (base, machine) = state.machines.get_key_value(base).ok_or_else(not_found)?;
    let mut versions = routes.iter().map(|route| route.version);
    if versions.all(|version| machine.versions.contains_key(&version)) {
        Ok((base, machine))
    } else {
        Err(not_found())
    }
}

fn not_found() -> Error {
    Error::ResourceNotFound {
        message: "Request references a resource that does not exist.".to_owned(),
        resource_name: None,
    }
}

/// The state machine's ARN and the alias's name.
fn alias_arn(arn: &str) -> Result<(&str, &str), Error> {
    match machine_arn(arn)? {
        (base, Qualifier::Alias(name)) => Ok((base, name)),
        _ => Err(Arn::parse(arn)?.wrong_type()),
    }
}

/// An alias and its state machine.
struct Found<'s> {
    /// ARN of the state machine.
    base: &'s Arc<str>,
    machine: &'s Machine,
    name: &'s Arc<str>,
    alias: &'s Alias,
}

fn find<'s>(state: &'s State, arn: &str) -> Result<Found<'s>, Error> {
    let (base, name) = alias_arn(arn)?;
    let (base, machine) = state.machines.get_key_value(base).ok_or_else(not_found)?;
    let (name, alias) = machine.aliases.get_key_value(name).ok_or_else(not_found)?;
    Ok(Found {
        base,
        machine,
        name,
        alias,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateInput {
    state_machine_alias_arn: String,
    description: Option<String>,
    routing_configuration: Option<Vec<RouteInput>>,
}

pub(crate) fn update(control: &ControlPlane, call: &Call) -> Result<Value, Error> {
    let input: UpdateInput = call.input()?;
    let arn = input.state_machine_alias_arn.as_str();
    let (base, _) = alias_arn(arn)?;
    if input.description.is_none() && input.routing_configuration.is_none() {
        return Err(Error::ValidationException {
            message: "Either the description or the RoutingConfiguration must be specified"
                .to_owned(),
            reason: Some(Reason::MissingRequiredParameter),
        });
    }
    let routes = match &input.routing_configuration {
        None => None,
        Some(given) => {
            let (machine, routes) = routes(given)?;
            if machine != base {
                return Err(Error::ValidationException {
                    message: format!(
                        "Routing configuration must contain versions of the alias's state machine. Received: [{machine}]"
                    ),
                    reason: Some(Reason::InvalidRoutingConfiguration),
                });
            }
            Some(routes)
        }
    };
    let update_millis = control.change(call.now_millis, Some(call.audit(arn)), |state| {
        let Found {
            base,
            machine,
            name,
            alias,
        } = find(state, arn)?;
        if machine.body.status == Status::Deleting {
            return Err(Error::StateMachineDeleting(base.to_string()));
        }
        let mut changed = alias.clone();
        if let Some(routes) = &routes {
            routed(state, base, routes)?;
            changed.routes = routes.clone();
        }
        changed.description = input.description.clone().or(changed.description);
        changed.update_millis = call.now_millis;
        let change = Change::Alias(base.clone(), name.clone(), Some(changed));
        Ok((vec![change], call.now_millis))
    })?;
    Ok(json!({"updateDate": seconds_of_millis(update_millis)}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ArnInput {
    state_machine_alias_arn: String,
}

pub(crate) fn describe(control: &ControlPlane, call: &Call) -> Result<Value, Error> {
    let input: ArnInput = call.input()?;
    let state = control.read();
    let Found {
        base, name, alias, ..
    } = find(&state, &input.state_machine_alias_arn)?;
    let routes: Vec<Value> = alias
        .routes
        .iter()
        .map(|route| {
            json!({
                "stateMachineVersionArn": format!("{base}:{}", route.version),
                "weight": route.weight,
            })
        })
        .collect();
    let mut answer = json!({
        "stateMachineAliasArn": input.state_machine_alias_arn,
        "name": **name,
        "routingConfiguration": routes,
        "creationDate": seconds_of_millis(alias.creation_millis),
        "updateDate": seconds_of_millis(alias.update_millis),
    });
    if let Some(description) = &alias.description {
        answer["description"] = description.as_str().into();
    }
    Ok(answer)
}

pub(crate) fn delete(control: &ControlPlane, call: &Call) -> Result<Value, Error> {
    let input: ArnInput = call.input()?;
    let arn = input.state_machine_alias_arn.as_str();
    control.change(call.now_millis, Some(call.audit(arn)), |state| {
        let Found { base, name, .. } = find(state, arn)?;
        Ok((vec![Change::Alias(base.clone(), name.clone(), None)], ()))
    })?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListInput {
    state_machine_arn: String,
}

/// All of a state machine, or those that route to a version; in the order of their creation.
pub(crate) fn list(control: &ControlPlane, call: &Call) -> Result<Value, Error> {
    let page = call.page()?;
    let input: ListInput = call.input()?;
    let found = control.find(&input.state_machine_arn)?;
    let version = match found.qualifier {
        FoundQualifier::None => None,
        FoundQualifier::Version(number) => Some(number),
        FoundQualifier::Alias(_) => {
            return Err(Arn::parse(&input.state_machine_arn)?.wrong_type());
        }
    };
    let state = control.read();
    let machine = state.machines.get(&found.state_machine_arn);
    let aliases = machine.into_iter().flat_map(|machine| &machine.aliases);
    let mut aliases: Vec<(String, &Arc<str>, &Alias)> = aliases
        .filter(|(_, alias)| {
            let mut routes = alias.routes.iter();
            version.is_none_or(|version| routes.any(|route| route.version == version))
        })
        .map(|(name, alias)| {
            (
                format!("{:020} {name}", alias.creation_millis),
                name,
                &**alias,
            )
        })
        .filter(|(key, ..)| page.after.as_ref().is_none_or(|after| key > after))
        .collect();
    aliases.sort_by(|one, other| one.0.cmp(&other.0));
    let (aliases, token) = page.cut(aliases.into_iter(), |(key, ..)| key.clone())?;
    let aliases = aliases
        .into_iter()
        .map(|(_, name, alias)| {
            json!({
                "stateMachineAliasArn": format!("{}:{name}", found.state_machine_arn),
                "creationDate": seconds_of_millis(alias.creation_millis),
            })
        })
        .collect();
    Ok(listed("stateMachineAliases", aliases, token))
}
