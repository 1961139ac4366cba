//! Step Functions: state machines with versions and aliases, activities.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use states_language::source::Source;
use states_language::substitution::{self, MissingValues};
use states_language::{ParseOptions, syntax};

use super::{
    Change, Declared, Kind, Made, Members, members, picked, tag_list, text, untagged, with_defaults,
};
use crate::client::server::Refusal;
use crate::input;
use crate::project::api::Api;
use crate::template::{Evaluated, Problem, is_unsettled};

const SERVICE: &str = "sfn";

pub static STATE_MACHINE: Kind = Kind {
    type_name: "AWS::StepFunctions::StateMachine",
    identity: &["Name", "Type"],
    later: &["StateMachineRevisionId"],
    unreadable: &["Tags"],
    secret: &[],
    wanted,
    read,
    create,
    update,
    delete,
};

fn wanted(declared: &Declared<'_>) -> Result<Members, Vec<Problem>> {
    let mut wanted = members(json!({
        "Name": declared.name(),
        "Type": declared.text("StateMachineType")?.unwrap_or_else(|| "STANDARD".to_owned()),
        "Definition": definition(declared)?,
        "RoleArn": declared.required("RoleArn")?,
        "Tags": declared.tags(),
        "EncryptionConfiguration": declared.get("EncryptionConfiguration"),
    }));
    wanted.insert(
        "LoggingConfiguration".to_owned(),
        logging(declared.get("LoggingConfiguration")),
    );
    wanted.insert(
        "TracingConfiguration".to_owned(),
        tracing(declared.get("TracingConfiguration")),
    );
    Ok(wanted)
}

fn logging(value: Option<&Value>) -> Value {
    let given = members(value.cloned().unwrap_or_default());
    with_defaults(
        given,
        json!({"Level": "OFF", "IncludeExecutionData": false}),
    )
    .into()
}

fn tracing(value: Option<&Value>) -> Value {
    let given = members(value.cloned().unwrap_or_default());
    with_defaults(given, json!({"Enabled": false})).into()
}

/// The definition as the API takes it: JSON with all substitutions made. JSON without substitutions stays as it is.
fn definition(declared: &Declared<'_>) -> Result<String, Vec<Problem>> {
    let source = definition_source(declared)?;
    let substitutions = match declared.get("DefinitionSubstitutions") {
        Some(Value::Object(values)) => values
            .iter()
            .map(|(name, value)| {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                (name.clone(), text)
            })
            .collect(),
        _ => BTreeMap::new(),
    };
    let is_express = declared.text("StateMachineType")?.as_deref() == Some("EXPRESS");
    // ARNs that are known later look like none.
    let is_settled =
        !is_unsettled(source.text()) && !substitutions.values().any(|text| is_unsettled(text));
    if is_settled {
        let options = ParseOptions {
            allow_other_names: true,
            substitutions: substitutions.clone(),
            express: is_express,
            ..ParseOptions::default()
        };
        let parsed = states_language::parse(&source, &options);
        let problems: Vec<Problem> = parsed
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.is_error())
            .map(|diagnostic| Problem {
                message: diagnostic.message.clone(),
                file: source.name().to_owned(),
                line: diagnostic.line,
                column: diagnostic.column,
                hint: diagnostic.hint.clone(),
            })
            .collect();
        if !problems.is_empty() {
            return Err(problems);
        }
    }
    if substitutions.is_empty() && source.text().trim_start().starts_with('{') {
        return Ok(source.text().to_owned());
    }
    let wrong = |message: String| {
        vec![
            declared
                .resource
                .place
                .problem(format!("{}: {message}", source.name())),
        ]
    };
    let mut node = syntax::parse(&source).map_err(|failure| wrong(failure.message))?;
    substitution::substitute(
        &mut node,
        source.text(),
        &substitutions,
        MissingValues::Reject,
    )
    .map_err(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        wrong(errors.join("; "))
    })?;
    Ok(readable(&node.to_value()))
}

/// Indented, for whoever opens it in an editor, unless that makes it too large.
fn readable(definition: &Value) -> String {
    let indented = format!("{definition:#}");
    match indented.len() <= syntax::MAX_BYTES {
        true => indented,
        false => definition.to_string(),
    }
}

fn definition_source(declared: &Declared<'_>) -> Result<Source, Vec<Problem>> {
    // What stands in the template is shown with the template's name.
    let inline = |property: &str, text: String| {
        let place = declared
            .resource
            .places
            .get(property)
            .unwrap_or(&declared.resource.place);
        let name = format!(
            "{} ({} of '{}')",
            place.file, property, declared.resource.logical_id
        );
        Source::with_format(name, text, states_language::source::Format::Json)
    };
    if let Some(text) = declared.text("DefinitionString")? {
        return Ok(inline("DefinitionString", text));
    }
    if let Some(value) = declared.get("Definition") {
        return Ok(inline("Definition", readable(value)));
    }
    for property in ["DefinitionUri", "DefinitionS3Location"] {
        let Some(uri) = declared.get(property) else {
            continue;
        };
        let local = uri.as_str().filter(|uri| !uri.starts_with("s3://"));
        let Some(local) = local else {
            return Err(declared.wrong(
                property,
                "is in S3: the definition has to be beside the template",
            ));
        };
        let path = declared.template.beside(local);
        return input::read_source(Path::new(&path))
            .map_err(|error| declared.wrong(property, &format!("cannot be used: {error}")));
    }
    let Evaluated {
        logical_id, place, ..
    } = declared.resource;
    Err(vec![
        place
            .problem(format!(
                "The state machine '{logical_id}' has no definition"
            ))
            .with_hint("DefinitionUri, DefinitionString or Definition holds it"),
    ])
}

fn arn(api: &Api, members: &Members) -> String {
    api.arn("states", &format!("stateMachine:{}", text(members, "Name")))
}

fn read(api: &Api, made: &Made<'_>) -> Result<Option<Members>, Refusal> {
    let arn = arn(api, made.members);
    let answer = api.find(
        SERVICE,
        "describeStateMachine",
        json!({"StateMachineArn": arn}),
    )?;
    let Some(answer) = answer.filter(|answer| answer["Status"] != "DELETING") else {
        return Ok(None);
    };
    let mut found = picked(&answer, &["Name", "Type", "Definition", "RoleArn"]);
    found.insert(
        "LoggingConfiguration".to_owned(),
        logging(answer.get("LoggingConfiguration")),
    );
    found.insert(
        "TracingConfiguration".to_owned(),
        tracing(answer.get("TracingConfiguration")),
    );
    if made.members.contains_key("EncryptionConfiguration") {
        found.extend(picked(&answer, &["EncryptionConfiguration"]));
    }
    Ok(Some(found))
}

fn create(api: &Api, wanted: &Members) -> Result<Members, Refusal> {
    let mut request = wanted.clone();
    request.insert("Tags".to_owned(), tag_list(wanted));
    api.call(SERVICE, "createStateMachine", request.into())?;
    Ok(Members::new())
}

fn update(api: &Api, change: &Change<'_>) -> Result<Members, Refusal> {
    let arn = arn(api, change.wanted);
    let names = [
        "Definition",
        "RoleArn",
        "LoggingConfiguration",
        "TracingConfiguration",
        "EncryptionConfiguration",
    ];
    if names.iter().any(|name| change.changed.contains(*name)) {
        let mut request = picked(&Value::Object(change.wanted.clone()), &names);
        request.insert("StateMachineArn".to_owned(), arn.as_str().into());
        api.call(SERVICE, "updateStateMachine", request.into())?;
    }
    retag(api, &arn, change)?;
    Ok(Members::new())
}

fn retag(api: &Api, arn: &str, change: &Change<'_>) -> Result<(), Refusal> {
    if !change.changed.contains("Tags") {
        return Ok(());
    }
    let gone = untagged(change);
    if !gone.is_empty() {
        api.call(
            SERVICE,
            "untagResource",
            json!({"ResourceArn": arn, "TagKeys": gone}),
        )?;
    }
    let tags = tag_list(change.wanted);
    if tags != json!([]) {
        api.call(
            SERVICE,
            "tagResource",
            json!({"ResourceArn": arn, "Tags": tags}),
        )?;
    }
    Ok(())
}

fn delete(api: &Api, made: &Made<'_>) -> Result<(), Refusal> {
    let arn = arn(api, made.members);
    api.call(
        SERVICE,
        "deleteStateMachine",
        json!({"StateMachineArn": arn}),
    )?;
    Ok(())
}

/// A version is published anew when its state machine becomes another one. Those before stay, as SAM keeps them.
pub static VERSION: Kind = Kind {
    type_name: "AWS::StepFunctions::StateMachineVersion",
    identity: &["StateMachineArn"],
    later: &["Arn"],
    unreadable: &["StateMachineArn", "Description", "Of"],
    secret: &[],
    wanted: |declared| {
        let arn = declared.required("StateMachineArn")?;
        Ok(members(json!({
            "StateMachineArn": arn,
            "Description": declared.text("Description")?,
            "Of": state_machine_hash(declared, &arn)?,
        })))
    },
    read: |api, made| {
        let version = text(made.attributes, "Ref");
        if version.is_empty() {
            return Ok(None);
        }
        let found = api.find(
            SERVICE,
            "describeStateMachine",
            json!({"StateMachineArn": version}),
        )?;
        Ok(found.map(|_| Members::new()))
    },
    create: publish,
    update: |api, change| publish(api, change.wanted),
    delete: |api, made| {
        let version = text(made.attributes, "Ref");
        if !version.is_empty() {
            api.call(
                SERVICE,
                "deleteStateMachineVersion",
                json!({"StateMachineVersionArn": version}),
            )?;
        }
        Ok(())
    },
};

fn publish(api: &Api, wanted: &Members) -> Result<Members, Refusal> {
    let request = picked(
        &Value::Object(wanted.clone()),
        &["StateMachineArn", "Description"],
    );
    let answer = api.call(SERVICE, "publishStateMachineVersion", request.into())?;
    let arn = answer["StateMachineVersionArn"].clone();
    Ok(members(json!({"Ref": arn, "Arn": arn})))
}

/// What the state machine of the template with this ARN is made of.
fn state_machine_hash(declared: &Declared<'_>, arn: &str) -> Result<Option<String>, Vec<Problem>> {
    let is_meant = |one: &&Evaluated| {
        let name = one.name.as_deref().unwrap_or_default();
        one.type_name == STATE_MACHINE.type_name && arn.ends_with(&format!(":{name}"))
    };
    let Some(machine) = declared.all.iter().find(is_meant) else {
        return Ok(None);
    };
    let wanted = (STATE_MACHINE.wanted)(&Declared {
        resource: machine,
        ..*declared
    })?;
    let hash = Sha256::digest(Value::Object(wanted).to_string());
    Ok(Some(
        hash.iter().map(|byte| format!("{byte:02x}")).collect(),
    ))
}

pub static ALIAS: Kind = Kind {
    type_name: "AWS::StepFunctions::StateMachineAlias",
    identity: &["Name"],
    later: &["Arn"],
    unreadable: &["Name"],
    secret: &[],
    wanted: |declared| {
        let routes = declared.get("RoutingConfiguration").cloned().or_else(|| {
            // With a gradual deployment everything goes to the new version at once.
            let version = declared
                .get("DeploymentPreference")?
                .get("StateMachineVersionArn")?;
            Some(json!([{"StateMachineVersionArn": version, "Weight": 100}]))
        });
        let routes = routes.ok_or_else(|| declared.wrong("RoutingConfiguration", "is missing"))?;
        Ok(members(json!({
            "Name": declared.required("Name")?,
            "Description": declared.text("Description")?,
            "RoutingConfiguration": routes,
        })))
    },
    read: |api, made| {
        let alias = text(made.attributes, "Ref");
        if alias.is_empty() {
            return Ok(None);
        }
        let arguments = json!({"StateMachineAliasArn": alias});
        let found = api.find(SERVICE, "describeStateMachineAlias", arguments)?;
        Ok(found.map(|answer| picked(&answer, &["Description", "RoutingConfiguration"])))
    },
    create: |api, wanted| {
        let answer = api.call(
            SERVICE,
            "createStateMachineAlias",
            Value::Object(wanted.clone()),
        )?;
        let arn = answer["StateMachineAliasArn"].clone();
        Ok(members(json!({"Ref": arn, "Arn": arn})))
    },
    update: |api, change| {
        let arn = text(change.attributes, "Ref");
        let mut request = picked(
            &Value::Object(change.wanted.clone()),
            &["Description", "RoutingConfiguration"],
        );
        request.insert("StateMachineAliasArn".to_owned(), arn.into());
        api.call(SERVICE, "updateStateMachineAlias", request.into())?;
        Ok(change.attributes.clone())
    },
    delete: |api, made| {
        let alias = text(made.attributes, "Ref");
        if !alias.is_empty() {
            api.call(
                SERVICE,
                "deleteStateMachineAlias",
                json!({"StateMachineAliasArn": alias}),
            )?;
        }
        Ok(())
    },
};

pub static ACTIVITY: Kind = Kind {
    type_name: "AWS::StepFunctions::Activity",
    identity: &["Name"],
    later: &[],
    unreadable: &["Tags"],
    secret: &[],
    wanted: |declared| {
        Ok(members(
            json!({"Name": declared.name(), "Tags": declared.tags()}),
        ))
    },
    read: |api, made| {
        let arn = activity_arn(api, made.members);
        let found = api.find(SERVICE, "describeActivity", json!({"ActivityArn": arn}))?;
        Ok(found.map(|answer| picked(&answer, &["Name"])))
    },
    create: |api, wanted| {
        let request = json!({"Name": wanted.get("Name"), "Tags": tag_list(wanted)});
        api.call(SERVICE, "createActivity", request)?;
        Ok(Members::new())
    },
    update: |api, change| {
        retag(api, &activity_arn(api, change.wanted), change)?;
        Ok(Members::new())
    },
    delete: |api, made| {
        let arn = activity_arn(api, made.members);
        api.call(SERVICE, "deleteActivity", json!({"ActivityArn": arn}))?;
        Ok(())
    },
};

fn activity_arn(api: &Api, members: &Members) -> String {
    api.arn("states", &format!("activity:{}", text(members, "Name")))
}
