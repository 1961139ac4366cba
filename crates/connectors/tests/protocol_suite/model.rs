//! The suites' models, and their results in Step Functions' names.

use anyhow::{Context, Result};
use connectors::protocol::timestamp;
use serde_json::{Map, Value, json};
use service_models::encode::{self, ServiceSource};
use service_models::{Operation, Shape, ShapeKind};

/// The operation of a case, of a service that has no other.
pub fn operation(suite: &Value, case: &Value) -> Result<Operation> {
    let mut operation = case["given"].clone();
    let mut shapes = suite["shapes"].clone();
    modernize(&mut operation, &mut shapes)?;
    let name = operation["name"]
        .as_str()
        .unwrap_or("OperationName")
        .to_owned();
    for (key, default) in [("method", "POST"), ("requestUri", "/")] {
        if operation["http"][key].is_null() {
            operation["http"][key] = default.into();
        }
    }
    let output = operation["output"]["shape"]
        .as_str()
        .map(|name| &shapes[name]);
    let has_members = output
        .and_then(|shape| shape["members"].as_object())
        .is_some_and(|m| !m.is_empty());
    if suite["metadata"]["protocol"] == "query" && has_members {
        // The suites leave out what all models say.
        operation["output"]["resultWrapper"] = format!("{name}Result").into();
    }
    let mut metadata = json!({
        "serviceId": "Protocol Suite", "serviceFullName": "Protocol Suite", "apiVersion": "2020-01-01",
        "endpointPrefix": "suite", "signatureVersion": "v4", "uid": "suite-2020-01-01",
    });
    for (key, value) in suite["metadata"].as_object().context("no metadata")? {
        metadata[key] = value.clone();
    }
    let source = ServiceSource {
        folder: "protocol-suite".to_owned(),
        model: json!({"metadata": metadata, "operations": {&name: operation}, "shapes": shapes}),
        paginators: Map::new(),
        waiters: Map::new(),
        endpoint_rules: Value::Null,
    };
    encode::service(&source)?
        .operation(&name)
        .context("no operation")
}

/// Says what old suites say where models say it today: payloads at the structure, locations at the member, formats of
/// timestamps at the shape; and a character is a string.
fn modernize(operation: &mut Value, shapes: &mut Value) -> Result<()> {
    for reference in ["input", "output"] {
        let reference = &operation[reference];
        if let (Some(shape), Some(payload)) =
            (reference["shape"].as_str(), reference.get("payload"))
        {
            shapes[shape]["payload"] = payload.clone();
        }
    }
    let shapes = shapes.as_object_mut().context("no shapes")?;
    let by_name = shapes.clone();
    let mut added = Map::new();
    for shape in shapes.values_mut() {
        if shape["type"] == "character" {
            shape["type"] = "string".into();
        }
        for (name, member) in shape
            .get_mut("members")
            .and_then(Value::as_object_mut)
            .into_iter()
            .flatten()
        {
            let target_name = member["shape"].as_str().context("no shape")?;
            let target = by_name.get(target_name).context("no such shape")?;
            let member = member.as_object_mut().context("no member")?;
            if target.get("location").is_some() {
                for key in ["location", "locationName"] {
                    if let Some(value) = target.get(key) {
                        member.entry(key).or_insert_with(|| value.clone());
                    }
                }
            }
            if let Some(format) = member.remove("timestampFormat") {
                let own_name = format!("{name}Timestamp");
                added.insert(
                    own_name.clone(),
                    json!({"type": "timestamp", "timestampFormat": format}),
                );
                member.insert("shape".to_owned(), own_name.into());
            }
        }
    }
    shapes.extend(added);
    Ok(())
}

/// A value of the suites as a result of Step Functions: its names, its timestamps.
pub fn result(shape: Shape, value: &Value) -> Result<Value> {
    Ok(match (shape.kind(), value) {
        _ if shape.is_document() => value.clone(),
        (ShapeKind::Structure, Value::Object(fields)) => {
            let fields = fields.iter().map(|(name, value)| {
                let member = shape.members().find(|member| member.name() == name);
                let member = member.with_context(|| format!("no member {name}"))?;
                Ok((member.sfn_name().to_owned(), result(member.shape(), value)?))
            });
            Value::Object(fields.collect::<Result<_>>()?)
        }
        (ShapeKind::List, Value::Array(items)) => {
            let member = shape.list_member().context("no list")?;
            items
                .iter()
                .map(|item| result(member.shape(), item))
                .collect::<Result<_>>()?
        }
        (ShapeKind::Map, Value::Object(entries)) => {
            let (_, member) = shape.map_members().context("no map")?;
            let entries = entries
                .iter()
                .map(|(key, value)| Ok((key.clone(), result(member.shape(), value)?)));
            Value::Object(entries.collect::<Result<_>>()?)
        }
        (ShapeKind::Timestamp, value) => {
            let time =
                timestamp::parse(value).with_context(|| format!("{value} is no timestamp"))?;
            timestamp::iso8601(time).into()
        }
        (_, value) => value.clone(),
    })
}
