//! What Step Functions' own model says of its requests: members, types, lengths, ranges, patterns, enums. `api` checks
//! requests against it. The catalog has no constraints: nobody needs those of the other services.

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use super::source::Models;

/// Facts of a shape that `api` reads, in this order.
const FACTS: &[&str] = &[
    "type",
    "sensitive",
    "required",
    "members",
    "member",
    "min",
    "max",
    "pattern",
    "enum",
];

pub fn generate(models: &Models) -> Result<Vec<u8>> {
    let service = models
        .services
        .iter()
        .find(|service| service.folder == "stepfunctions")
        .context("no model of Step Functions")?;
    let (operations, shapes) = (&service.model["operations"], &service.model["shapes"]);
    let operations = operations.as_object().context("no operations")?;
    let mut inputs = Map::new();
    let mut reached = Map::new();
    for (name, operation) in operations {
        let input = operation["input"]["shape"].as_str().context("no input")?;
        inputs.insert(name.clone(), input.into());
        reach(shapes, input, &mut reached)?;
    }
    reached.sort_keys();
    let model = json!({
        "source": format!("botocore {}, Apache-2.0, see NOTICE", models.version),
        "operations": inputs,
        "shapes": reached,
    });
    let mut bytes = serde_json::to_vec(&model)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Adds a shape and all that it consists of; `{"shape": NAME}` becomes `NAME`.
fn reach(shapes: &Value, name: &str, reached: &mut Map<String, Value>) -> Result<()> {
    if reached.contains_key(name) {
        return Ok(());
    }
    let shape = shapes[name].as_object().with_context(|| name.to_owned())?;
    let mut facts = Map::new();
    for &fact in FACTS {
        let Some(value) = shape.get(fact) else {
            continue;
        };
        let value = match (fact, value) {
            ("members", Value::Object(members)) => members
                .iter()
                .map(|(member, target)| (member.clone(), target["shape"].clone()))
                .collect::<Map<_, _>>()
                .into(),
            ("member", target) => target["shape"].clone(),
            (_, value) => value.clone(),
        };
        facts.insert(fact.to_owned(), value);
    }
    let targets: Vec<String> = facts
        .get("members")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::values)
        .chain(facts.get("member"))
        .filter_map(|target| target.as_str().map(str::to_owned))
        .collect();
    reached.insert(name.to_owned(), facts.into());
    targets
        .iter()
        .try_for_each(|target| reach(shapes, target, reached))
}
