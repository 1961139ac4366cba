//! Values without those that are equal to an earlier one.

use std::collections::HashSet;

use serde_json::Value;

/// Keeps the first of values that are equal; the order of keys makes no difference. Takes time in proportion to the size.
pub(crate) fn distinct(mut items: Vec<Value>) -> Vec<Value> {
    // The compact text tells values apart as `==` does, but for the order of keys.
    let mut seen = HashSet::with_capacity(items.len());
    items.retain(|item| match item {
        Value::Array(_) | Value::Object(_) => seen.insert(sorted(item).to_string()),
        item => seen.insert(item.to_string()),
    });
    items
}

/// The value with the keys of its objects in order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields
                .iter()
                .map(|(name, field)| (name.clone(), sorted(field)))
                .collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(fields.into_iter().collect())
        }
        value => value.clone(),
    }
}
