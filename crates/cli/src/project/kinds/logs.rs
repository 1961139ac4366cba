//! CloudWatch Logs: groups.

use serde_json::{Value, json};

use super::{Kind, Members, members, picked};
use crate::client::server::Refusal;
use crate::project::api::Api;

const SERVICE: &str = "cloudwatchlogs";

pub static GROUP: Kind = Kind {
    type_name: "AWS::Logs::LogGroup",
    identity: &["LogGroupName"],
    later: &[],
    unreadable: &["Tags"],
    secret: &[],
    wanted: |declared| {
        declared.without_effect(&["KmsKeyId", "DataProtectionPolicy", "FieldIndexPolicies"]);
        Ok(members(json!({
            "LogGroupName": declared.name(),
            "RetentionInDays": declared.number("RetentionInDays")?,
            "Tags": declared.tags(),
        })))
    },
    read: |api, made| {
        let name = made
            .members
            .get("LogGroupName")
            .cloned()
            .unwrap_or_default();
        let found = api.find(
            SERVICE,
            "describeLogGroups",
            json!({"LogGroupNamePrefix": name}),
        )?;
        let found = found.unwrap_or_default();
        let groups = found["LogGroups"].as_array();
        let group = groups
            .into_iter()
            .flatten()
            .find(|group| group["LogGroupName"] == name);
        Ok(group.map(|group| picked(group, &["LogGroupName", "RetentionInDays"])))
    },
    create: |api, wanted| {
        let name = wanted.get("LogGroupName");
        let request = json!({"LogGroupName": name, "Tags": wanted.get("Tags")});
        match api.call(SERVICE, "createLogGroup", request) {
            // A function that has printed something was quicker.
            Err(Refusal::Refused { code, .. }) if code.contains("AlreadyExists") => {}
            Err(error) => return Err(error),
            Ok(_) => {}
        }
        retain(api, wanted)
    },
    update: |api, change| retain(api, change.wanted),
    delete: |api, made| {
        let name = made.members.get("LogGroupName");
        api.call(SERVICE, "deleteLogGroup", json!({"LogGroupName": name}))?;
        Ok(())
    },
};

fn retain(api: &Api, wanted: &Members) -> Result<Members, Refusal> {
    let name = wanted.get("LogGroupName").cloned().unwrap_or(Value::Null);
    match wanted.get("RetentionInDays") {
        Some(days) => {
            let request = json!({"LogGroupName": name, "RetentionInDays": days});
            api.call(SERVICE, "putRetentionPolicy", request)?
        }
        None => {
            api.forget(
                SERVICE,
                "deleteRetentionPolicy",
                json!({"LogGroupName": name}),
            )?;
            Value::Null
        }
    };
    Ok(Members::new())
}
