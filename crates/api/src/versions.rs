//! PublishStateMachineVersion, ListStateMachineVersions, DeleteStateMachineVersion.

use std::sync::Arc;

use interpreter::time::seconds_of_millis;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Error;
use crate::arn::{Arn, Qualifier};
use crate::control::records::{Format, StateMachine, Status, Version};
use crate::control::state::{Change, Machine};
use crate::control::{ControlPlane, machine_arn};
use crate::service::Call;
use crate::state_machines::{listed, unqualified};

/// Versions of one state machine.
const MAX_VERSIONS: usize = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PublishInput {
    state_machine_arn: String,
    revision_id: Option<String>,
    description: Option<String>,
}

/// Idempotent: a revision has one version.
pub(crate) fn publish_version(control: &ControlPlane, call: &Call) -> Result<Value, Error> {
    let input: PublishInput = call.input()?;
    let arn = unqualified(&input.state_machine_arn)?;
    let audit = call.audit(&arn);
    let published = control.change(call.now_millis, Some(audit), |state| {
        let machine = state
            .machines
            .get(&arn)
            .ok_or_else(|| Error::StateMachineDoesNotExist(arn.to_string()))?;
        if machine.body.status == Status::Deleting {
            return Err(Error::StateMachineDeleting(arn.to_string()));
        }
        let current = machine.body.revision_id.as_deref().unwrap_or("INITIAL");
        if let Some(expected) = input.revision_id.as_deref().filter(|id| *id != current) {
            return Err(Error::ConflictException(format!(
                "Failed to publish the State Machine version for revision {expected}. The current State Machine revision is {current}."
            )));
        }
        let mut body = StateMachine::clone(&machine.body);
        let mut published = publish(
            machine,
            &arn,
            &mut body,
            input.description.clone(),
            call.now_millis,
        )?;
        let changes = match published.change.take() {
            Some(version) => vec![version, Change::Machine(arn.clone(), Some(body))],
            None => vec![],
        };
        Ok((changes, published))
    })?;
    Ok(json!({
        "stateMachineVersionArn": format!("{arn}:{}", published.number),
        "creationDate": seconds_of_millis(published.creation_millis),
    }))
}

pub(crate) struct Published {
    pub number: u64,
    pub creation_millis: i64,
    /// None if there was one of this revision.
    pub change: Option<Change>,
}

/// The version of the revision that `body` names. A new one gets a number there.
pub(crate) fn publish(
    machine: &Machine,
    arn: &Arc<str>,
    body: &mut StateMachine,
    description: Option<String>,
    now_millis: i64,
) -> Result<Published, Error> {
    let mut versions = machine.versions.iter();
    if let Some((number, version)) = versions.find(|(_, version)| version.revision == body.revision)
    {
        return Ok(Published {
            number: *number,
            creation_millis: version.creation_millis,
            change: None,
        });
    }
    if machine.versions.len() >= MAX_VERSIONS {
        let message = format!("A state machine can have at most {MAX_VERSIONS} versions: '{arn}'");
        return Err(Error::ServiceQuotaExceededException(message));
    }
    body.last_version += 1;
    let version = Version {
        format: Format,
        revision: body.revision.clone(),
        description,
        creation_millis: now_millis,
    };
    Ok(Published {
        number: body.last_version,
        creation_millis: now_millis,
        change: Some(Change::Version(
            arn.clone(),
            body.last_version,
            Some(version),
        )),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListInput {
    state_machine_arn: String,
}

/// The newest first.
pub(crate) fn list(control: &ControlPlane, call: &Call) -> Result<Value, Error> {
    let page = call.page()?;
    let input: ListInput = call.input()?;
    let arn = unqualified(&input.state_machine_arn)?;
    let before = match &page.after {
        None => u64::MAX,
        Some(number) => number.parse().map_err(|_| Error::invalid_page_token())?,
    };
    let state = control.read();
    let machine = state
        .machines
        .get(&arn)
        .ok_or_else(|| Error::StateMachineDoesNotExist(arn.to_string()))?;
    let versions = machine.versions.range(..before).rev();
    let (versions, token) = page.cut(versions, |(number, _)| number.to_string())?;
    let versions = versions
        .into_iter()
        .map(|(number, version)| {
            json!({
                "stateMachineVersionArn": format!("{arn}:{number}"),
                "creationDate": seconds_of_millis(version.creation_millis),
            })
        })
        .collect();
    Ok(listed("stateMachineVersions", versions, token))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeleteInput {
    state_machine_version_arn: String,
}

/// One that is not there is no error; executions that run on it go on.
pub(crate) fn delete(control: &ControlPlane, call: &Call) -> Result<Value, Error> {
    let input: DeleteInput = call.input()?;
    let arn = input.state_machine_version_arn.as_str();
    let (base, Qualifier::Version(number)) = machine_arn(arn)? else {
        return Err(Arn::parse(arn)?.wrong_type());
    };
    control.change(call.now_millis, Some(call.audit(arn)), |state| {
        let Some((base, machine)) = state.machines.get_key_value(base) else {
            return Ok((vec![], ()));
        };
        let aliases = machine.aliases.iter();
        let naming: Vec<&str> = aliases
            .filter(|(_, alias)| alias.routes.iter().any(|route| route.version == number))
            .map(|(name, _)| &**name)
            .collect();
        if !naming.is_empty() {
            let message = format!(
                "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [{}]",
                naming.join(", ")
            );
            return Err(Error::ConflictException(message));
        }
        let change = machine
            .versions
            .contains_key(&number)
            .then(|| Change::Version(base.clone(), number, None));
        Ok((change.into_iter().collect(), ()))
    })?;
    Ok(json!({}))
}
