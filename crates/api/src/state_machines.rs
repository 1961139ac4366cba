//! CreateStateMachine, UpdateStateMachine, DescribeStateMachine, DeleteStateMachine, ListStateMachines.

use std::sync::Arc;

use interpreter::time::seconds_of_millis;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::arn::{Arn, Qualifier, check_name};
use crate::configuration::ConfigurationInput;
use crate::control::records::{
    Configuration, Format, MachineType, Publication, Revision, StateMachine, Status, Version,
};
use crate::control::state::Change;
use crate::control::{ControlPlane, FoundQualifier, Loaded, machine_arn};
use crate::service::{Call, Options};
use crate::tags::{self, Tag};
use crate::versions;
use crate::{Error, definitions};

/// State machines of an account and region.
const MAX_STATE_MACHINES: usize = 100_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateInput {
    name: String,
    #[serde(default, rename = "type")]
    kind: MachineType,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(flatten)]
    publication: Publication,
    #[serde(flatten)]
    configuration: ConfigurationInput,
}

/// Idempotent: the same request again answers as the first one, whatever its role and tags are.
pub(crate) fn create(
    control: &ControlPlane,
    options: &Options,
    call: &Call,
) -> Result<Value, Error> {
    let input: CreateInput = call.input()?;
    check_name(&input.name)?;
    check_publication(&input.publication)?;
    let configuration = input.configuration.for_new()?;
    let machine = definitions::check(&configuration.definition, input.kind)?;
    let tags = tags::merged(&Default::default(), input.tags, &input.name)?;
    let arn: Arc<str> = options.arn("stateMachine", &input.name).into();
    if control
        .find(&arn)
        .is_ok_and(|existing| existing.is_deleting)
    {
        control.settle(&arn, call.now_millis)?;
    }
    let revision = Revision {
        format: Format,
        revision_id: None,
        creation_millis: call.now_millis,
        configuration,
    };
    let key: Arc<str> = Uuid::new_v4().to_string().into();
    let body = StateMachine {
        format: Format,
        name: input.name.as_str().into(),
        kind: input.kind,
        status: Status::Active,
        creation_millis: call.now_millis,
        revision: key.clone(),
        revision_id: None,
        last_version: u64::from(input.publication.publish),
        tags,
        created_with: input.publication,
    };
    let existing = control.change(call.now_millis, Some(call.audit(&arn)), |state| {
        if let Some(machine) = state.machines.get(&arn) {
            return if machine.body.status == Status::Deleting {
                Err(Error::StateMachineDeleting(arn.to_string()))
            } else {
                Ok((vec![], Some(machine.body.clone())))
            };
        }
        if state.machines.len() >= MAX_STATE_MACHINES {
            let message = format!(
                "The maximum number of state machines has been reached: {MAX_STATE_MACHINES}"
            );
            return Err(Error::StateMachineLimitExceeded(message));
        }
        let mut changes = vec![
            Change::Revision(key.clone(), Some(revision.clone())),
            Change::Machine(arn.clone(), Some(body.clone())),
        ];
        if body.created_with.publish {
            let version = Version {
                format: Format,
                revision: key.clone(),
                description: body.created_with.version_description.clone(),
                creation_millis: call.now_millis,
            };
            changes.push(Change::Version(arn.clone(), 1, Some(version)));
        }
        Ok((changes, None))
    })?;
    let creation_millis = match existing {
        None => {
            control.keep(key, revision, machine);
            call.now_millis
        }
        Some(existing) => {
            let current = control.loaded(&existing.revision)?;
            let is_same = existing.kind == body.kind
                && existing.created_with == body.created_with
                && is_same_but_role(&current.revision.configuration, &revision.configuration);
            if !is_same {
                return Err(Error::StateMachineAlreadyExists(arn.to_string()));
            }
            existing.creation_millis
        }
    };
    let mut answer = json!({
        "stateMachineArn": *arn,
        "creationDate": seconds_of_millis(creation_millis),
    });
    if body.created_with.publish {
        answer["stateMachineVersionArn"] = format!("{arn}:1").into();
    }
    Ok(answer)
}

fn check_publication(publication: &Publication) -> Result<(), Error> {
    if publication.version_description.is_some() && !publication.publish {
        let message = "Version description can only be set when publish is true";
        return Err(Error::validation(message));
    }
    Ok(())
}

/// Whether CreateStateMachine takes them for the same: it does not look at the role.
fn is_same_but_role(one: &Configuration, other: &Configuration) -> bool {
    let other = Configuration {
        role_arn: one.role_arn.clone(),
        ..other.clone()
    };
    *one == other
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateInput {
    state_machine_arn: String,
    #[serde(flatten)]
    publication: Publication,
    #[serde(flatten)]
    configuration: ConfigurationInput,
}

/// A revision is made only when something is different. Running executions keep the one they began on.
pub(crate) fn update(control: &ControlPlane, call: &Call) -> Result<Value, Error> {
    let input: UpdateInput = call.input()?;
    let arn = unqualified(&input.state_machine_arn)?;
    check_publication(&input.publication)?;
    if input.configuration.is_empty() {
        let message = "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified";
        return Err(Error::MissingRequiredParameter(message.to_owned()));
    }
    loop {
        let does_not_exist = || Error::StateMachineDoesNotExist(arn.to_string());
        let old = {
            let state = control.read();
            let machine = state.machines.get(&arn).ok_or_else(does_not_exist)?;
            machine.body.clone()
        };
        let current = &control.loaded(&old.revision)?.revision;
        let configuration = input.configuration.clone().over(&current.configuration)?;
        let (new, revision_id) = if configuration == current.configuration {
            (None, current.revision_id.clone())
        } else {
            let machine = definitions::check(&configuration.definition, old.kind)?;
            let id: Arc<str> = Uuid::new_v4().to_string().into();
            let revision = Revision {
                format: Format,
                revision_id: Some(id.clone()),
                creation_millis: call.now_millis,
                configuration,
            };
            (Some((id.clone(), revision, machine)), Some(id))
        };
        let audit = call.audit(&arn);
        let version = control.change(call.now_millis, Some(audit), |state| {
            let machine = state.machines.get(&arn).ok_or_else(does_not_exist)?;
            if machine.body.status == Status::Deleting {
                return Err(Error::StateMachineDeleting(arn.to_string()));
            }
            if machine.body.revision != old.revision {
                // Somebody else updated it meanwhile: compare again.
                return Ok((vec![], None));
            }
            let mut body = StateMachine::clone(&machine.body);
            let mut changes = Vec::new();
            if let Some((key, revision, _)) = &new {
                body.revision = key.clone();
                body.revision_id = revision.revision_id.clone();
                changes.push(Change::Revision(key.clone(), Some(revision.clone())));
            }
            let mut number = None;
            if input.publication.publish {
                let description = input.publication.version_description.clone();
                let published =
                    versions::publish(machine, &arn, &mut body, description, call.now_millis)?;
                number = Some(published.number);
                changes.extend(published.change);
            }
            if !changes.is_empty() {
                changes.push(Change::Machine(arn.clone(), Some(body)));
            }
            Ok((changes, Some(number)))
        })?;
        let Some(version) = version else {
            continue;
        };
        if let Some((key, revision, machine)) = new {
            control.keep(key, revision, machine);
        }
        let mut answer = json!({"updateDate": seconds_of_millis(call.now_millis)});
        if let Some(id) = revision_id {
            answer["revisionId"] = (*id).into();
        }
        if let Some(number) = version {
            answer["stateMachineVersionArn"] = format!("{arn}:{number}").into();
        }
        return Ok(answer);
    }
}

/// The ARN of a state machine without version or alias.
pub(crate) fn unqualified(arn: &str) -> Result<Arc<str>, Error> {
    match machine_arn(arn)? {
        (_, Qualifier::None) => Ok(arn.into()),
        _ => Err(Arn::parse(arn)?.wrong_type()),
    }
}

/// `includedData` of the Describe operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum IncludedData {
    #[default]
    AllData,
    MetadataOnly,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeInput {
    state_machine_arn: String,
    #[serde(default)]
    included_data: IncludedData,
}

pub(crate) fn describe(control: &ControlPlane, call: &Call) -> Result<Value, Error> {
    let input: DescribeInput = call.input()?;
    let arn = input.state_machine_arn.as_str();
    let does_not_exist = || Error::StateMachineDoesNotExist(arn.to_owned());
    if control.find(arn)?.is_deleting {
        control.settle(machine_arn(arn)?.0, call.now_millis)?;
    }
    let found = control.find(arn)?;
    let (body, version) = {
        let state = control.read();
        let machine = state
            .machines
            .get(&found.state_machine_arn)
            .ok_or_else(does_not_exist)?;
        let version = match found.qualifier {
            FoundQualifier::None => None,
            FoundQualifier::Version(number) => Some(
                machine
                    .versions
                    .get(&number)
                    .ok_or_else(does_not_exist)?
                    .clone(),
            ),
            // An alias has an operation of its own.
            FoundQualifier::Alias(_) => return Err(does_not_exist()),
        };
        (machine.body.clone(), version)
    };
    let (revision, creation_millis) = match &version {
        Some(version) => (&version.revision, version.creation_millis),
        None => (&body.revision, body.creation_millis),
    };
    let loaded = control.loaded(revision)?;
    let mut answer = json!({
        "stateMachineArn": arn,
        "name": *body.name,
        "status": body.status,
        "type": body.kind,
        "creationDate": seconds_of_millis(creation_millis),
    });
    if let Some(description) = version.and_then(|version| version.description.clone()) {
        answer["description"] = description.into();
    }
    if let Some(members) = answer.as_object_mut() {
        members.extend(described(&loaded, None, input.included_data)?);
    }
    Ok(answer)
}

/// What both Describe operations say of a revision; with `label` of what the children of that Distributed Map run.
pub(crate) fn described(
    loaded: &Loaded,
    label: Option<&Arc<str>>,
    included: IncludedData,
) -> Result<Map<String, Value>, Error> {
    let Configuration {
        definition,
        role_arn,
        logging,
        tracing,
        encryption,
    } = &loaded.revision.configuration;
    let mut members = Map::new();
    members.insert("roleArn".to_owned(), (**role_arn).into());
    members.insert("loggingConfiguration".to_owned(), json!(logging));
    members.insert("tracingConfiguration".to_owned(), json!(tracing));
    // AWS tells the default since the summer of 2024, and what was recorded earlier lacks it: both hold when it is told of
    // definitions that could not have been written earlier.
    let is_recent = definition.contains("JSONata") || definition.contains("\"Assign\"");
    match encryption {
        Some(encryption) => {
            drop(members.insert("encryptionConfiguration".to_owned(), json!(encryption)))
        }
        None if is_recent => {
            let default = json!({"type": "AWS_OWNED_KEY"});
            members.insert("encryptionConfiguration".to_owned(), default);
        }
        None => {}
    }
    if let Some(id) = &loaded.revision.revision_id {
        members.insert("revisionId".to_owned(), (**id).into());
    }
    let mut shown = "{}".to_owned();
    if included == IncludedData::AllData {
        let machine = match label {
            None => {
                shown = definition.to_string();
                loaded.machine.clone()
            }
            Some(label) => {
                let map = loaded.machine.distributed_map(label);
                let text = map.and_then(|map| definitions::processor_text(definition, &map.name));
                let (Some(text), Some(machine)) = (text, loaded.processor(label)) else {
                    let message = format!("the definition has no Map with label {label}");
                    return Err(Error::InternalFailure(message));
                };
                shown = text;
                machine
            }
        };
        let references = machine.variable_references();
        if !references.is_empty() {
            members.insert("variableReferences".to_owned(), json!(references));
        }
    }
    members.insert("definition".to_owned(), shown.into());
    Ok(members)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeleteInput {
    state_machine_arn: String,
}

/// It is gone once its executions have ended; one that is not there is no error.
pub(crate) fn delete(control: &ControlPlane, call: &Call) -> Result<Value, Error> {
    let input: DeleteInput = call.input()?;
    let arn = unqualified(&input.state_machine_arn)?;
    let audit = call.audit(&arn);
    control.change(call.now_millis, Some(audit), |state| {
        let changes = match state.machines.get(&arn) {
            Some(machine) if machine.body.status == Status::Active => {
                let body = StateMachine {
                    status: Status::Deleting,
                    ..StateMachine::clone(&machine.body)
                };
                vec![Change::Machine(arn.clone(), Some(body))]
            }
            _ => vec![],
        };
        Ok((changes, ()))
    })?;
    control.settle(&arn, call.now_millis)?;
    Ok(json!({}))
}

/// Answers ListStateMachines, by name.
pub(crate) fn list(control: &ControlPlane, call: &Call) -> Result<Value, Error> {
    let page = call.page()?;
    let state = control.read();
    let machines = state.machines.range::<str, _>(page.behind());
    let (machines, token) = page.cut(machines, |(arn, _)| arn.to_string())?;
    let machines: Vec<Value> = machines
        .into_iter()
        .map(|(arn, machine)| {
            json!({
                "stateMachineArn": **arn,
                "name": *machine.body.name,
                "type": machine.body.kind,
                "creationDate": seconds_of_millis(machine.body.creation_millis),
            })
        })
        .collect();
    Ok(listed("stateMachines", machines, token))
}

/// A page of a list.
pub(crate) fn listed(member: &str, items: Vec<Value>, token: Option<String>) -> Value {
    let mut answer = json!({member: items});
    if let Some(token) = token {
        answer["nextToken"] = token.into();
    }
    answer
}
