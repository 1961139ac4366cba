//! EventBridge Scheduler: schedules and their groups.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::events::policy;
use super::{Declared, Kind, Made, Members, members, picked, tag_list, text, with_defaults};
use crate::client::server::Refusal;
use crate::project::api::Api;
use crate::template::Problem;

const SERVICE: &str = "scheduler";

const MEMBERS: [&str; 11] = [
    "Name",
    "GroupName",
    "Description",
    "State",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "StartDate",
    "EndDate",
    "KmsKeyArn",
    "FlexibleTimeWindow",
    "Target",
];

pub static SCHEDULE: Kind = Kind {
    type_name: "AWS::Scheduler::Schedule",
    identity: &["Name", "GroupName"],
    later: &[],
    unreadable: &["Stepwright"],
    secret: &[],
    wanted,
    read: |api, made| {
        let found = api.find(SERVICE, "getSchedule", named(made.members))?;
        Ok(found.map(|answer| complete(picked(&answer, &MEMBERS))))
    },
    create: |api, wanted| put(api, "createSchedule", wanted),
    update: |api, change| put(api, "updateSchedule", change.wanted),
    delete: |api, made| {
        api.call(SERVICE, "deleteSchedule", named(made.members))?;
        Ok(())
    },
};

fn wanted(declared: &Declared<'_>) -> Result<Members, Vec<Problem>> {
    declared.required("ScheduleExpression")?;
    if declared
        .get("Target")
        .is_none_or(|target| !target.is_object())
    {
        return Err(declared.wrong("Target", "is missing"));
    }
    let mut wanted = declared.same(&MEMBERS);
    wanted.insert("Name".to_owned(), declared.name());
    wanted.insert("Stepwright".to_owned(), policy(declared));
    Ok(complete(wanted))
}

/// With the API's defaults, and times in one form.
fn complete(given: Members) -> Members {
    let mut complete = with_defaults(
        members(given.into()),
        json!({
            "GroupName": "default",
            "State": "ENABLED",
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": {"Mode": "OFF"},
        }),
    );
    for name in ["StartDate", "EndDate"] {
        if let Some(at) = complete.get_mut(name)
            && let Some(parsed) = at.as_str().and_then(|text| text.parse::<Timestamp>().ok())
        {
            *at = parsed.to_string().into();
        }
    }
    if let Some(Value::Object(target)) = complete.get_mut("Target") {
        let retries = json!({"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185});
        let given = target.remove("RetryPolicy").unwrap_or_default();
        target.insert(
            "RetryPolicy".to_owned(),
            with_defaults(members(given), retries).into(),
        );
    }
    complete
}

fn named(members: &Members) -> Value {
    picked(&Value::Object(members.clone()), &["Name", "GroupName"]).into()
}

fn put(api: &Api, action: &str, wanted: &Members) -> Result<Members, Refusal> {
    let mut request = wanted.clone();
    // UpdateSchedule keeps a policy that is not named: none is AWS's behaviour and the default of what is missed.
    let policy = request.remove("Stepwright");
    let policy = policy.or_else(|| {
        let default = json!({"Missed": "ONLY_LAST", "Overlap": "ALLOW"});
        (action == "updateSchedule").then_some(default)
    });
    match policy {
        Some(policy) => {
            let more = json!({ "Stepwright": policy });
            api.call_with(SERVICE, action, request.into(), &more)?
        }
        None => api.call(SERVICE, action, request.into())?,
    };
    Ok(Members::new())
}

pub static GROUP: Kind = Kind {
    type_name: "AWS::Scheduler::ScheduleGroup",
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
        let arguments = json!({"Name": made.members.get("Name")});
        let found = api.find(SERVICE, "getScheduleGroup", arguments)?;
        let found = found.filter(|answer| answer["State"] != "DELETING");
        Ok(found.map(|answer| picked(&answer, &["Name"])))
    },
    create: |api, wanted| {
        let request = json!({"Name": wanted.get("Name"), "Tags": tag_list(wanted)});
        api.call(SERVICE, "createScheduleGroup", request)?;
        Ok(Members::new())
    },
    update: |api, change| {
        let arn = api.arn(
            "scheduler",
            &format!("schedule-group/{}", text(change.wanted, "Name")),
        );
        let gone = super::untagged(change);
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
        Ok(Members::new())
    },
    delete: |api, made: &Made<'_>| {
        api.call(
            SERVICE,
            "deleteScheduleGroup",
            json!({"Name": made.members.get("Name")}),
        )?;
        Ok(())
    },
};
