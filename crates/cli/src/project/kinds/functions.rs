//! Lambda: functions, versions, aliases, permissions, what becomes of asynchronous invocations.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::{
    Change, Declared, Kind, Made, Members, members, picked, text, untagged, with_defaults,
};
use crate::client::server::Refusal;
use crate::project::api::Api;
use crate::project::code;
use crate::template::{Evaluated, Problem};

const SERVICE: &str = "lambda";

/// Members of the configuration that the API takes and tells.
const CONFIGURATION: [&str; 10] = [
    "Runtime",
    "Handler",
    "Role",
    "Description",
    "Timeout",
    "MemorySize",
    "Environment",
    "EphemeralStorage",
    "TracingConfig",
    "DeadLetterConfig",
];

/// What is compared, but not told by the API: the code's place and its hash.
const CODE: [&str; 2] = ["Code", "CodeHash"];

pub static FUNCTION: Kind = Kind {
    type_name: "AWS::Lambda::Function",
    identity: &["FunctionName"],
    later: &[],
    unreadable: &["Tags", "Code", "CodeHash"],
    secret: &[],
    wanted,
    read: |api, made| {
        let arguments = json!({"FunctionName": made.members.get("FunctionName")});
        let found = api.find(SERVICE, "getFunctionConfiguration", arguments)?;
        Ok(found.map(|answer| {
            let mut found = picked(&answer, &CONFIGURATION);
            found.extend(picked(&answer, &["FunctionName", "Architectures"]));
            if text(&found, "Description").is_empty() {
                found.remove("Description");
            }
            with_function_defaults(found)
        }))
    },
    create,
    update,
    delete: |api, made| {
        let arguments = json!({"FunctionName": made.members.get("FunctionName")});
        api.call(SERVICE, "deleteFunction", arguments)?;
        Ok(())
    },
};

/// Why a function cannot be made here, if that is so.
pub fn elsewhere(function: &Evaluated) -> Option<&'static str> {
    let property = |name: &str| function.properties.get(name);
    if property("PackageType").is_some_and(|kind| kind == "Image") {
        return Some("its code is a container image");
    }
    match property("Code") {
        Some(Value::String(uri)) if uri.starts_with("s3://") || uri.starts_with("https://") => {
            Some("its code is in S3")
        }
        Some(Value::Object(code)) if code.contains_key("ImageUri") => {
            Some("its code is a container image")
        }
        Some(Value::Object(code)) if !code.contains_key("ZipFile") => Some("its code is in S3"),
        _ => None,
    }
}

fn wanted(declared: &Declared<'_>) -> Result<Members, Vec<Problem>> {
    let runtime = declared.required("Runtime")?;
    let handler = match declared.text("Handler")? {
        // Its `bootstrap` decides.
        None if runtime.starts_with("provided") => "bootstrap".to_owned(),
        Some(handler) => handler,
        None => declared.required("Handler")?,
    };
    let (code, hash) = code(declared, &runtime)?;
    let environment = match declared.get("Environment") {
        None => Value::Null,
        Some(environment) => variables(environment).ok_or_else(|| {
            declared.wrong("Environment", "has to hold an object 'Variables' of texts")
        })?,
    };
    if declared
        .get("Layers")
        .is_some_and(|layers| layers.as_array().is_none_or(|list| !list.is_empty()))
    {
        declared.note(
            "layers are not supported: what they bring has to be in its own folder".to_owned(),
        );
    }
    declared.without_effect(&[
        "VpcConfig",
        "ReservedConcurrentExecutions",
        "FileSystemConfigs",
        "SnapStart",
        "KmsKeyArn",
        "ImageConfig",
        "CodeSigningConfigArn",
        "RuntimeManagementConfig",
        "LoggingConfig",
    ]);
    let wanted = members(json!({
        "FunctionName": declared.name(),
        "Runtime": runtime,
        "Handler": handler,
        "Role": declared.required("Role")?,
        "Description": declared.text("Description")?,
        "Timeout": declared.number("Timeout")?,
        "MemorySize": declared.number("MemorySize")?,
        "Environment": environment,
        "Architectures": declared.get("Architectures"),
        "EphemeralStorage": declared.get("EphemeralStorage"),
        "TracingConfig": declared.get("TracingConfig"),
        "DeadLetterConfig": declared.get("DeadLetterConfig"),
        "Tags": declared.tags(),
        "Code": code,
        "CodeHash": hash,
    }));
    Ok(with_function_defaults(wanted))
}

fn with_function_defaults(members: Members) -> Members {
    with_defaults(
        super::members(members.into()),
        json!({
            "Timeout": 3,
            "MemorySize": 128,
            "Architectures": ["x86_64"],
            "EphemeralStorage": {"Size": 512},
            "TracingConfig": {"Mode": "PassThrough"},
        }),
    )
}

/// Where the code is and a hash of what it is.
fn code(declared: &Declared<'_>, runtime: &str) -> Result<(Value, String), Vec<Problem>> {
    if let Some(Value::Object(code)) = declared.get("Code") {
        let extension = match runtime {
            runtime if runtime.starts_with("python") => "py",
            runtime if runtime.starts_with("nodejs") => "js",
            _ => {
                let what = format!("stands in the template, which cannot be run with {runtime}");
                return Err(declared.wrong("Code", &what));
            }
        };
        let Some(text) = code.get("ZipFile").and_then(Value::as_str) else {
            return Err(declared.wrong("Code", "has to be a folder or a text"));
        };
        let zip = code::zip(&format!("index.{extension}"), text.as_bytes());
        return Ok((
            json!({"ZipFile": BASE64.encode(zip)}),
            code::hash(text.as_bytes()),
        ));
    }
    let uri = declared.text("Code")?.unwrap_or_default();
    let folder = declared.template.beside(&uri);
    let folder = folder
        .canonicalize()
        .ok()
        .filter(|folder| folder.is_dir())
        .ok_or_else(|| {
            let what = format!("names {}, which is no folder", folder.display());
            declared.wrong("Code", &what)
        })?;
    let hash = code::folder_hash(&folder)
        .map_err(|error| declared.wrong("Code", &format!("names {}: {error}", folder.display())))?;
    Ok((json!({"LocalFolder": folder.display().to_string()}), hash))
}

fn variables(environment: &Value) -> Option<Value> {
    let Some(variables) = environment.get("Variables") else {
        return Some(Value::Null);
    };
    let variables = variables.as_object()?.iter().map(|(name, value)| {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => return None,
        };
        Some((name.clone(), text.into()))
    });
    let variables: Members = variables.collect::<Option<_>>()?;
    Some(json!({ "Variables": variables }))
}

fn create(api: &Api, wanted: &Members) -> Result<Members, Refusal> {
    let mut request = wanted.clone();
    for name in CODE {
        request.remove(name);
    }
    request.insert("Code".to_owned(), json!({}));
    let more = json!({"Code": wanted.get("Code")});
    api.call_with(SERVICE, "createFunction", request.into(), &more)?;
    Ok(Members::new())
}

fn update(api: &Api, change: &Change<'_>) -> Result<Members, Refusal> {
    let name = change
        .wanted
        .get("FunctionName")
        .cloned()
        .unwrap_or_default();
    if CODE
        .iter()
        .chain(&["Architectures"])
        .any(|name| change.changed.contains(*name))
    {
        let mut request = picked(&Value::Object(change.wanted.clone()), &["Architectures"]);
        request.insert("FunctionName".to_owned(), name.clone());
        let more = change.wanted.get("Code").cloned().unwrap_or_default();
        api.call_with(SERVICE, "updateFunctionCode", request.into(), &more)?;
    }
    if CONFIGURATION
        .iter()
        .any(|name| change.changed.contains(*name))
    {
        let mut request = picked(&Value::Object(change.wanted.clone()), &CONFIGURATION);
        request.insert("FunctionName".to_owned(), name.clone());
        // What is not named would stay.
        let nothing = json!({"Description": "", "Environment": {"Variables": {}}, "DeadLetterConfig": {"TargetArn": ""}});
        for (member, value) in members_of(nothing) {
            if change.changed.contains(&member) {
                request.entry(member).or_insert(value);
            }
        }
        api.call(SERVICE, "updateFunctionConfiguration", request.into())?;
    }
    if change.changed.contains("Tags") {
        let arn = api.arn(
            "lambda",
            &format!("function:{}", text(change.wanted, "FunctionName")),
        );
        let gone = untagged(change);
        if !gone.is_empty() {
            api.call(
                SERVICE,
                "untagResource",
                json!({"Resource": arn, "TagKeys": gone}),
            )?;
        }
        if let Some(tags) = change.wanted.get("Tags") {
            api.call(
                SERVICE,
                "tagResource",
                json!({"Resource": arn, "Tags": tags}),
            )?;
        }
    }
    Ok(Members::new())
}

fn members_of(value: Value) -> Members {
    match value {
        Value::Object(members) => members,
        _ => Members::new(),
    }
}

/// `arn:…:function:NAME:QUALIFIER`, `NAME:QUALIFIER` or `NAME`.
fn qualified(function: &str) -> (String, Option<String>) {
    let rest = function
        .split_once(":function:")
        .map_or(function, |(_, rest)| rest);
    match rest.split_once(':') {
        Some((name, qualifier)) => (name.to_owned(), Some(qualifier.to_owned())),
        None => (rest.to_owned(), None),
    }
}

/// A version is published anew when its function becomes another one. Those before stay, as SAM keeps them.
pub static VERSION: Kind = Kind {
    type_name: "AWS::Lambda::Version",
    identity: &["FunctionName"],
    later: &["Version", "FunctionArn"],
    unreadable: &["FunctionName", "Description", "Of"],
    secret: &[],
    wanted: |declared| {
        let (name, _) = qualified(&declared.required("FunctionName")?);
        let is_meant = |one: &&Evaluated| {
            one.type_name == FUNCTION.type_name && one.name.as_deref() == Some(&name)
        };
        let of = match declared.all.iter().find(is_meant) {
            Some(resource) => {
                let quiet = std::cell::RefCell::default();
                let wanted = (FUNCTION.wanted)(&Declared {
                    resource,
                    notes: &quiet,
                    ..*declared
                })?;
                Some(code::hash(Value::Object(wanted).to_string().as_bytes()))
            }
            None => None,
        };
        Ok(members(json!({
            "FunctionName": name,
            "Description": declared.text("Description")?,
            "Of": of,
        })))
    },
    read: |api, made| {
        let arguments = json!({
            "FunctionName": made.members.get("FunctionName"),
            "Qualifier": made.attributes.get("Version"),
        });
        if made.attributes.get("Version").is_none() {
            return Ok(None);
        }
        let found = api.find(SERVICE, "getFunctionConfiguration", arguments)?;
        Ok(found.map(|_| Members::new()))
    },
    create: publish,
    update: |api, change| publish(api, change.wanted),
    delete: |api, made| {
        if let Some(version) = made.attributes.get("Version") {
            let name = made.members.get("FunctionName");
            api.call(
                SERVICE,
                "deleteFunction",
                json!({"FunctionName": name, "Qualifier": version}),
            )?;
        }
        Ok(())
    },
};

fn publish(api: &Api, wanted: &Members) -> Result<Members, Refusal> {
    let request = picked(
        &Value::Object(wanted.clone()),
        &["FunctionName", "Description"],
    );
    let answer = api.call(SERVICE, "publishVersion", request.into())?;
    let (arn, version) = (&answer["FunctionArn"], &answer["Version"]);
    Ok(members(
        json!({"Ref": arn, "FunctionArn": arn, "Version": version}),
    ))
}

pub static ALIAS: Kind = Kind {
    type_name: "AWS::Lambda::Alias",
    identity: &["FunctionName", "Name"],
    later: &[],
    unreadable: &["FunctionName"],
    secret: &[],
    wanted: |declared| {
        let (name, _) = qualified(&declared.required("FunctionName")?);
        declared.without_effect(&["ProvisionedConcurrencyConfig"]);
        let mut wanted = members(json!({
            "FunctionName": name,
            "Name": declared.required("Name")?,
            "FunctionVersion": declared.required("FunctionVersion")?,
            "Description": declared.text("Description")?,
        }));
        if let Some(routing) = declared.get("RoutingConfig") {
            let weights = routing
                .get("AdditionalVersionWeights")
                .and_then(Value::as_array);
            let weights: Members = weights
                .into_iter()
                .flatten()
                .filter_map(|one| {
                    let version = one.get("FunctionVersion")?.as_str()?;
                    Some((version.to_owned(), one.get("FunctionWeight")?.clone()))
                })
                .collect();
            wanted.insert(
                "RoutingConfig".to_owned(),
                json!({"AdditionalVersionWeights": weights}),
            );
        }
        Ok(wanted)
    },
    read: |api, made| {
        let arguments = picked(
            &Value::Object(made.members.clone()),
            &["FunctionName", "Name"],
        );
        let found = api.find(SERVICE, "getAlias", arguments.into())?;
        Ok(found.map(|answer| {
            let names = ["Name", "FunctionVersion", "Description", "RoutingConfig"];
            let mut found = members(picked(&answer, &names).into());
            if text(&found, "Description").is_empty() {
                found.remove("Description");
            }
            found
        }))
    },
    create: |api, wanted| {
        api.call(SERVICE, "createAlias", Value::Object(wanted.clone()))?;
        Ok(Members::new())
    },
    update: |api, change| {
        let mut request = change.wanted.clone();
        request.entry("Description").or_insert_with(|| "".into());
        request
            .entry("RoutingConfig")
            .or_insert_with(|| json!({"AdditionalVersionWeights": {}}));
        api.call(SERVICE, "updateAlias", request.into())?;
        Ok(Members::new())
    },
    delete: |api, made| {
        let request = picked(
            &Value::Object(made.members.clone()),
            &["FunctionName", "Name"],
        );
        api.call(SERVICE, "deleteAlias", request.into())?;
        Ok(())
    },
};

pub static PERMISSION: Kind = Kind {
    type_name: "AWS::Lambda::Permission",
    identity: &["FunctionName", "Qualifier", "StatementId"],
    later: &[],
    unreadable: &[
        "FunctionName",
        "Qualifier",
        "StatementId",
        "Action",
        "Principal",
        "SourceArn",
        "SourceAccount",
        "EventSourceToken",
        "PrincipalOrgID",
    ],
    secret: &[],
    wanted: |declared| {
        let (name, qualifier) = qualified(&declared.required("FunctionName")?);
        let mut wanted = members(json!({
            "FunctionName": name,
            "Qualifier": qualifier,
            "StatementId": declared.resource.logical_id,
            "Action": declared.required("Action")?,
            "Principal": declared.required("Principal")?,
        }));
        wanted.extend(declared.same(&[
            "SourceArn",
            "SourceAccount",
            "EventSourceToken",
            "PrincipalOrgID",
        ]));
        Ok(wanted)
    },
    read: |api, made| {
        let arguments = picked(
            &Value::Object(made.members.clone()),
            &["FunctionName", "Qualifier"],
        );
        let Some(answer) = api.find(SERVICE, "getPolicy", arguments.into())? else {
            return Ok(None);
        };
        let policy: Value =
            serde_json::from_str(answer["Policy"].as_str().unwrap_or_default()).unwrap_or_default();
        let statements = policy["Statement"].as_array().cloned().unwrap_or_default();
        let id = text(made.members, "StatementId");
        let is_there = statements.iter().any(|statement| statement["Sid"] == id);
        Ok(is_there.then(Members::new))
    },
    create: |api, wanted| {
        api.call(SERVICE, "addPermission", Value::Object(wanted.clone()))?;
        Ok(Members::new())
    },
    update: |api, change| {
        remove_permission(api, change.wanted)?;
        api.call(
            SERVICE,
            "addPermission",
            Value::Object(change.wanted.clone()),
        )?;
        Ok(Members::new())
    },
    delete: |api, made| remove_permission(api, made.members),
};

fn remove_permission(api: &Api, members: &Members) -> Result<(), Refusal> {
    let names = ["FunctionName", "Qualifier", "StatementId"];
    let request = picked(&Value::Object(members.clone()), &names);
    api.call(SERVICE, "removePermission", request.into())?;
    Ok(())
}

const INVOKE_MEMBERS: [&str; 3] = [
    "MaximumRetryAttempts",
    "MaximumEventAgeInSeconds",
    "DestinationConfig",
];

pub static INVOKE_CONFIG: Kind = Kind {
    type_name: "AWS::Lambda::EventInvokeConfig",
    identity: &["FunctionName", "Qualifier"],
    later: &[],
    unreadable: &["FunctionName", "Qualifier"],
    secret: &[],
    wanted: |declared| {
        let (name, _) = qualified(&declared.required("FunctionName")?);
        let mut wanted = members(json!({
            "FunctionName": name,
            "Qualifier": declared.required("Qualifier")?,
            "MaximumRetryAttempts": declared.number("MaximumRetryAttempts")?,
            "MaximumEventAgeInSeconds": declared.number("MaximumEventAgeInSeconds")?,
        }));
        wanted.extend(members(declared.same(&["DestinationConfig"]).into()));
        Ok(wanted)
    },
    read: |api, made| {
        let arguments = picked(
            &Value::Object(made.members.clone()),
            &["FunctionName", "Qualifier"],
        );
        let found = api.find(SERVICE, "getFunctionEventInvokeConfig", arguments.into())?;
        Ok(found.map(|answer| members(picked(&answer, &INVOKE_MEMBERS).into())))
    },
    create: |api, wanted| {
        api.call(
            SERVICE,
            "putFunctionEventInvokeConfig",
            Value::Object(wanted.clone()),
        )?;
        Ok(Members::new())
    },
    update: |api, change| {
        api.call(
            SERVICE,
            "putFunctionEventInvokeConfig",
            Value::Object(change.wanted.clone()),
        )?;
        Ok(Members::new())
    },
    delete: |api, made: &Made<'_>| {
        let request = picked(
            &Value::Object(made.members.clone()),
            &["FunctionName", "Qualifier"],
        );
        api.call(SERVICE, "deleteFunctionEventInvokeConfig", request.into())?;
        Ok(())
    },
};
