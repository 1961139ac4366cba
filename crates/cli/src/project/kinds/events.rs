//! EventBridge: buses, rules with their targets, connections, API destinations.

use serde_json::{Value, json};

use super::{
    Change, Declared, Kind, Made, Members, members, picked, tag_list, text, with_defaults,
};
use crate::client::server::Refusal;
use crate::project::api::Api;
use crate::template::Problem;

const SERVICE: &str = "eventbridge";

pub static BUS: Kind = Kind {
    type_name: "AWS::Events::EventBus",
    identity: &["Name"],
    later: &[],
    unreadable: &["Tags"],
    secret: &[],
    wanted: |declared| {
        declared.without_effect(&["EventSourceName", "KmsKeyIdentifier", "Policy", "LogConfig"]);
        Ok(members(json!({
            "Name": declared.required("Name")?,
            "Description": declared.text("Description")?,
            "DeadLetterConfig": declared.get("DeadLetterConfig"),
            "Tags": declared.tags(),
        })))
    },
    read: |api, made| {
        let arguments = json!({"Name": made.members.get("Name")});
        let found = api.find(SERVICE, "describeEventBus", arguments)?;
        let names = ["Name", "Description", "DeadLetterConfig"];
        Ok(found.map(|answer| members(picked(&answer, &names).into())))
    },
    create: |api, wanted| {
        let mut request = wanted.clone();
        request.insert("Tags".to_owned(), tag_list(wanted));
        api.call(SERVICE, "createEventBus", request.into())?;
        Ok(Members::new())
    },
    update: |api, change| {
        let mut request = change.wanted.clone();
        request.remove("Tags");
        request.entry("Description").or_insert_with(|| "".into());
        api.call(SERVICE, "updateEventBus", request.into())?;
        Ok(Members::new())
    },
    delete: |api, made| {
        api.call(
            SERVICE,
            "deleteEventBus",
            json!({"Name": made.members.get("Name")}),
        )?;
        Ok(())
    },
};

pub static RULE: Kind = Kind {
    type_name: "AWS::Events::Rule",
    identity: &["Name", "EventBusName"],
    later: &[],
    unreadable: &["Tags", "Stepwright"],
    secret: &[],
    wanted: wanted_rule,
    read: read_rule,
    create: |api, wanted| {
        put_rule(api, wanted)?;
        put_targets(api, wanted)?;
        Ok(Members::new())
    },
    update: |api, change| {
        put_rule(api, change.wanted)?;
        if change.changed.contains("Targets") {
            let ids = |members: &Members| -> Vec<Value> {
                let targets = members.get("Targets").and_then(Value::as_array);
                targets
                    .into_iter()
                    .flatten()
                    .filter_map(|target| target.get("Id").cloned())
                    .collect()
            };
            let wanted = ids(change.wanted);
            let mut gone = ids(change.before);
            gone.retain(|id| !wanted.contains(id));
            remove_targets(api, change.wanted, gone)?;
            put_targets(api, change.wanted)?;
        }
        Ok(Members::new())
    },
    delete: |api, made| {
        let rule = of_rule(made.members, "Rule");
        let targets = api
            .find(SERVICE, "listTargetsByRule", rule)?
            .unwrap_or_default();
        let ids = targets["Targets"].as_array().cloned().unwrap_or_default();
        let ids = ids
            .into_iter()
            .filter_map(|target| target.get("Id").cloned());
        remove_targets(api, made.members, ids.collect())?;
        api.call(SERVICE, "deleteRule", of_rule(made.members, "Name"))?;
        Ok(())
    },
};

const RULE_MEMBERS: [&str; 5] = [
    "Name",
    "Description",
    "State",
    "ScheduleExpression",
    "RoleArn",
];

fn wanted_rule(declared: &Declared<'_>) -> Result<Members, Vec<Problem>> {
    let pattern = match declared.get("EventPattern") {
        // SAM and CloudFormation take a text, too.
        Some(Value::String(text)) => serde_json::from_str(text)
            .map_err(|error| declared.wrong("EventPattern", &format!("is not JSON: {error}")))?,
        Some(pattern) => pattern.clone(),
        None => Value::Null,
    };
    let bus = declared.text("EventBusName")?.unwrap_or_default();
    let bus = match bus.rsplit('/').next().unwrap_or_default() {
        "" => "default",
        bus => bus,
    };
    let mut wanted = declared.same(&["Description", "State", "ScheduleExpression", "RoleArn"]);
    wanted.insert("Name".to_owned(), declared.name());
    wanted.insert("EventBusName".to_owned(), bus.into());
    wanted.insert("Targets".to_owned(), targets(declared.get("Targets")));
    wanted.insert("Stepwright".to_owned(), policy(declared));
    wanted.insert("Tags".to_owned(), declared.tags());
    let mut wanted = with_defaults(members(wanted.into()), json!({"State": "ENABLED"}));
    // An empty list in a pattern would be lost.
    if !pattern.is_null() {
        wanted.insert("EventPattern".to_owned(), pattern);
    }
    Ok(wanted)
}

/// `Missed` and `Overlap` of `Metadata: Stepwright:`.
pub(super) fn policy(declared: &Declared<'_>) -> Value {
    let metadata = &declared.resource.metadata;
    let direct = picked(&Value::Object(metadata.clone()), &["Missed", "Overlap"]);
    let named = metadata
        .get("Schedules")
        .and_then(|schedules| schedules.get(&declared.resource.logical_id));
    match (direct.is_empty(), named) {
        (true, Some(named)) => named.clone(),
        _ => direct.into(),
    }
}

/// In the order of their ids, as their order says nothing.
fn targets(value: Option<&Value>) -> Value {
    let mut targets = value.and_then(Value::as_array).cloned().unwrap_or_default();
    targets.sort_by_key(|target| target["Id"].as_str().unwrap_or_default().to_owned());
    targets.into()
}

fn read_rule(api: &Api, made: &Made<'_>) -> Result<Option<Members>, Refusal> {
    let Some(answer) = api.find(SERVICE, "describeRule", of_rule(made.members, "Name"))? else {
        return Ok(None);
    };
    let mut found = picked(&answer, &RULE_MEMBERS);
    found.insert(
        "EventBusName".to_owned(),
        text(made.members, "EventBusName").into(),
    );
    let listed = api.find(SERVICE, "listTargetsByRule", of_rule(made.members, "Rule"))?;
    let listed = listed.unwrap_or_default();
    found.insert("Targets".to_owned(), targets(listed.get("Targets")));
    let mut found = members(found.into());
    if let Some(pattern) = answer["EventPattern"].as_str() {
        let parsed = serde_json::from_str(pattern).unwrap_or_else(|_| pattern.into());
        found.insert("EventPattern".to_owned(), parsed);
    }
    Ok(Some(found))
}

/// Names the rule, as `Name` or `Rule`.
fn of_rule(members: &Members, member: &str) -> Value {
    json!({member: members.get("Name"), "EventBusName": members.get("EventBusName")})
}

fn put_rule(api: &Api, wanted: &Members) -> Result<(), Refusal> {
    let mut request = wanted.clone();
    request.remove("Targets");
    request.insert("Tags".to_owned(), tag_list(wanted));
    if let Some(pattern) = wanted.get("EventPattern") {
        request.insert("EventPattern".to_owned(), pattern.to_string().into());
    }
    match request.remove("Stepwright") {
        Some(policy) => {
            let more = json!({ "Stepwright": policy });
            api.call_with(SERVICE, "putRule", request.into(), &more)?
        }
        None => api.call(SERVICE, "putRule", request.into())?,
    };
    Ok(())
}

fn put_targets(api: &Api, wanted: &Members) -> Result<(), Refusal> {
    let Some(targets) = wanted.get("Targets") else {
        return Ok(());
    };
    let mut request = of_rule(wanted, "Rule");
    request["Targets"] = targets.clone();
    failed_entries(api.call(SERVICE, "putTargets", request)?)
}

fn remove_targets(api: &Api, members: &Members, ids: Vec<Value>) -> Result<(), Refusal> {
    if ids.is_empty() {
        return Ok(());
    }
    let mut request = of_rule(members, "Rule");
    request["Ids"] = ids.into();
    failed_entries(api.call(SERVICE, "removeTargets", request)?)
}

/// An answer of 200 may hold refusals.
fn failed_entries(answer: Value) -> Result<(), Refusal> {
    let failed = answer["FailedEntries"]
        .as_array()
        .and_then(|failed| failed.first());
    match failed {
        None => Ok(()),
        Some(failed) => Err(Refusal::Refused {
            code: failed["ErrorCode"].as_str().unwrap_or_default().to_owned(),
            message: format!(
                "target {}: {}",
                failed["TargetId"].as_str().unwrap_or_default(),
                failed["ErrorMessage"].as_str().unwrap_or_default()
            ),
        }),
    }
}

pub static CONNECTION: Kind = Kind {
    type_name: "AWS::Events::Connection",
    identity: &["Name"],
    later: &["Arn", "SecretArn", "ArnForPolicy"],
    unreadable: &["AuthParameters"],
    secret: &["AuthParameters"],
    wanted: |declared| {
        declared.without_effect(&["InvocationConnectivityParameters", "KmsKeyIdentifier"]);
        Ok(members(json!({
            "Name": declared.name(),
            "Description": declared.text("Description")?,
            "AuthorizationType": declared.required("AuthorizationType")?,
            "AuthParameters": declared.get("AuthParameters"),
        })))
    },
    read: |api, made| {
        let arguments = json!({"Name": made.members.get("Name")});
        let found = api.find(SERVICE, "describeConnection", arguments)?;
        let names = ["Name", "Description", "AuthorizationType"];
        Ok(found.map(|answer| picked(&answer, &names)))
    },
    create: |api, wanted| connection(api, "createConnection", wanted),
    update: |api, change| connection(api, "updateConnection", change.wanted),
    delete: |api, made| {
        api.call(
            SERVICE,
            "deleteConnection",
            json!({"Name": made.members.get("Name")}),
        )?;
        Ok(())
    },
};

fn connection(api: &Api, action: &str, wanted: &Members) -> Result<Members, Refusal> {
    let answer = api.call(SERVICE, action, Value::Object(wanted.clone()))?;
    let described = api.find(
        SERVICE,
        "describeConnection",
        json!({"Name": wanted.get("Name")}),
    )?;
    let described = described.unwrap_or_default();
    let arn = &answer["ConnectionArn"];
    Ok(members(json!({
        "Arn": arn,
        "ArnForPolicy": without_id(arn),
        "SecretArn": described.get("SecretArn"),
    })))
}

/// Policies name connections and destinations without the UUID at the end of their ARNs.
fn without_id(arn: &Value) -> Option<&str> {
    Some(arn.as_str()?.rsplit_once('/')?.0)
}

const DESTINATION_MEMBERS: [&str; 6] = [
    "Name",
    "Description",
    "ConnectionArn",
    "HttpMethod",
    "InvocationEndpoint",
    "InvocationRateLimitPerSecond",
];

pub static API_DESTINATION: Kind = Kind {
    type_name: "AWS::Events::ApiDestination",
    identity: &["Name"],
    later: &["Arn", "ArnForPolicy"],
    unreadable: &[],
    secret: &[],
    wanted: |declared| {
        let mut wanted = declared.same(&["Description"]);
        wanted.insert("Name".to_owned(), declared.name());
        for name in ["ConnectionArn", "HttpMethod", "InvocationEndpoint"] {
            wanted.insert(name.to_owned(), declared.required(name)?.into());
        }
        let rate = declared
            .number("InvocationRateLimitPerSecond")?
            .unwrap_or(300);
        wanted.insert("InvocationRateLimitPerSecond".to_owned(), rate.into());
        Ok(wanted)
    },
    read: |api, made| {
        let arguments = json!({"Name": made.members.get("Name")});
        let found = api.find(SERVICE, "describeApiDestination", arguments)?;
        Ok(found.map(|answer| {
            let found = picked(&answer, &DESTINATION_MEMBERS);
            with_defaults(found, json!({"InvocationRateLimitPerSecond": 300}))
        }))
    },
    create: |api, wanted| destination(api, "createApiDestination", wanted),
    update: |api, change: &Change<'_>| destination(api, "updateApiDestination", change.wanted),
    delete: |api, made| {
        api.call(
            SERVICE,
            "deleteApiDestination",
            json!({"Name": made.members.get("Name")}),
        )?;
        Ok(())
    },
};

fn destination(api: &Api, action: &str, wanted: &Members) -> Result<Members, Refusal> {
    let answer = api.call(SERVICE, action, Value::Object(wanted.clone()))?;
    let arn = &answer["ApiDestinationArn"];
    Ok(members(
        json!({"Arn": arn, "ArnForPolicy": without_id(arn)}),
    ))
}
