//! A SAM template that deploys what was read: here with `stepwright up`, elsewhere with `sam deploy`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::read::{Account, Machine, Rule};
use crate::export::model::logical_id;
use crate::export::yaml;

pub fn write(account: &Account) -> String {
    let mut resources = Map::new();
    let mut taken = BTreeSet::new();
    for machine in &account.machines {
        let wished = logical_id(&machine.name);
        let mut id = wished.clone();
        let mut number = 2;
        while !taken.insert(id.clone()) {
            id = format!("{wished}{number}");
            number += 1;
        }
        resources.insert(id, resource(machine));
    }
    let template = json!({
        "#1": "Roles, log groups and everything else that these state machines use are named as they were found: they are\nnot part of this template.",
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Description": format!("State machines of {}", account.region),
        "Resources": resources,
    });
    yaml::write_template(&template)
}

/// Copies members that are there.
fn copy(from: &Value, names: &[(&str, &str)], to: &mut Map<String, Value>) {
    for (member, property) in names {
        if let Some(value) = from.get(*member).filter(|value| !value.is_null()) {
            to.insert((*property).to_owned(), value.clone());
        }
    }
}

fn resource(machine: &Machine) -> Value {
    let mut properties = Map::new();
    properties.insert("Name".to_owned(), machine.name.as_str().into());
    if machine.text("Type") == "EXPRESS" {
        properties.insert("Type".to_owned(), "EXPRESS".into());
    }
    let uri = format!("statemachine/{}.asl.json", machine.file);
    properties.insert("DefinitionUri".to_owned(), uri.into());
    properties.insert("Role".to_owned(), machine.text("RoleArn").into());
    let logging = &machine.description["LoggingConfiguration"];
    if logging["Level"]
        .as_str()
        .is_some_and(|level| level != "OFF")
    {
        let mut all = Map::new();
        copy(
            logging,
            &[
                ("Level", "Level"),
                ("IncludeExecutionData", "IncludeExecutionData"),
                ("Destinations", "Destinations"),
            ],
            &mut all,
        );
        properties.insert("Logging".to_owned(), all.into());
    }
    if machine.description["TracingConfiguration"]["Enabled"] == true {
        properties.insert("Tracing".to_owned(), json!({"Enabled": true}));
    }
    let tags: Map<String, Value> = machine
        .tags
        .iter()
        .filter(|(key, _)| !key.starts_with("aws:"))
        .map(|(key, value)| (key.clone(), value.as_str().into()))
        .collect();
    if !tags.is_empty() {
        properties.insert("Tags".to_owned(), tags.into());
    }
    if let Some(alias) = machine.aliases.first() {
        properties.insert("AutoPublishAlias".to_owned(), alias.as_str().into());
    }
    let mut events = Map::new();
    for schedule in &machine.schedules {
        let name = free(&events, schedule["Name"].as_str().unwrap_or("Schedule"));
        events.insert(name, self::schedule(schedule));
    }
    for rule in &machine.rules {
        let name = free(&events, rule.rule["Name"].as_str().unwrap_or("Rule"));
        events.insert(name, self::rule(rule));
    }
    if !events.is_empty() {
        properties.insert("Events".to_owned(), events.into());
    }
    json!({"Type": "AWS::Serverless::StateMachine", "Properties": properties})
}

fn free(events: &Map<String, Value>, name: &str) -> String {
    let wished = logical_id(name);
    let mut name = wished.clone();
    let mut number = 2;
    while events.contains_key(&name) {
        name = format!("{wished}{number}");
        number += 1;
    }
    name
}

fn schedule(schedule: &Value) -> Value {
    let mut properties = Map::new();
    copy(
        schedule,
        &[
            ("Name", "Name"),
            ("Description", "Description"),
            ("ScheduleExpression", "ScheduleExpression"),
            ("ScheduleExpressionTimezone", "ScheduleExpressionTimezone"),
            ("StartDate", "StartDate"),
            ("EndDate", "EndDate"),
            ("State", "State"),
        ],
        &mut properties,
    );
    if schedule["GroupName"]
        .as_str()
        .is_some_and(|group| group != "default")
    {
        copy(schedule, &[("GroupName", "GroupName")], &mut properties);
    }
    if schedule["FlexibleTimeWindow"]["Mode"] == "FLEXIBLE" {
        copy(
            schedule,
            &[("FlexibleTimeWindow", "FlexibleTimeWindow")],
            &mut properties,
        );
    }
    let target = &schedule["Target"];
    copy(
        target,
        &[
            ("RoleArn", "RoleArn"),
            ("Input", "Input"),
            ("RetryPolicy", "RetryPolicy"),
            ("DeadLetterConfig", "DeadLetterConfig"),
        ],
        &mut properties,
    );
    json!({"Type": "ScheduleV2", "Properties": properties})
}

fn rule(Rule { rule, target }: &Rule) -> Value {
    let mut properties = Map::new();
    let is_schedule = rule["ScheduleExpression"].is_string();
    copy(
        rule,
        &match is_schedule {
            true => [
                ("Name", "Name"),
                ("ScheduleExpression", "Schedule"),
                ("Description", "Description"),
                ("State", "State"),
            ],
            false => [
                ("Name", "RuleName"),
                ("EventBusName", "EventBusName"),
                ("State", "State"),
                ("", ""),
            ],
        },
        &mut properties,
    );
    if let Some(Ok(pattern)) = rule["EventPattern"]
        .as_str()
        .map(serde_json::from_str::<Value>)
    {
        properties.insert("Pattern".to_owned(), pattern);
    }
    copy(
        target,
        &[
            ("Input", "Input"),
            ("InputPath", "InputPath"),
            ("InputTransformer", "InputTransformer"),
            ("RetryPolicy", "RetryPolicy"),
            ("DeadLetterConfig", "DeadLetterConfig"),
            ("RoleArn", "RoleArn"),
        ],
        &mut properties,
    );
    let kind = if is_schedule {
        "Schedule"
    } else {
        "EventBridgeRule"
    };
    json!({"Type": kind, "Properties": properties})
}
