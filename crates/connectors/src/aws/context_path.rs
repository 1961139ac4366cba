//! Parameters of endpoint rule sets that are paths into the arguments: the part of JMESPath that the models use for them
//! (names, `[*]`, `keys(…)` and a flattened choice of paths, `[a.b, c.d][]`).

use serde_json::{Map, Value};

/// The value of a path: a text, or the list of the texts that it finds. None when there are none.
pub fn evaluate(path: &str, arguments: &Map<String, Value>) -> Option<Value> {
    let (head, rest) = match path.strip_prefix("keys(") {
        Some(name) => {
            let keys = arguments.get(name.strip_suffix(')')?)?.as_object()?.keys();
            return list(keys.map(|key| Value::from(key.as_str())).collect());
        }
        None => match path.split_once("[*].") {
            Some(parts) => parts,
            None => return field(arguments, path).cloned(),
        },
    };
    let choice = rest
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix("][]"));
    let paths: Vec<&str> = choice.unwrap_or(rest).split(',').map(str::trim).collect();
    let items = field(arguments, head)?.as_array()?.iter();
    let found = items
        .filter_map(Value::as_object)
        .flat_map(|item| paths.iter().filter_map(|path| field(item, path).cloned()));
    list(found.collect())
}

fn list(texts: Vec<Value>) -> Option<Value> {
    (!texts.is_empty()).then_some(Value::Array(texts))
}

/// A text behind names with dots.
fn field<'a>(arguments: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    match path.split_once('.') {
        Some((name, rest)) => field(arguments.get(name)?.as_object()?, rest),
        None => arguments.get(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use service_models::catalog;

    fn value(action: &str, arguments: Value) -> Option<Value> {
        let operation = catalog().service("dynamodb").unwrap().operation(action);
        let [(_, path)] = operation.unwrap().operation_context_params() else {
            panic!("{action}")
        };
        evaluate(path, arguments.as_object().unwrap())
    }

    #[test]
    fn every_path_of_the_models() {
        let paths: usize = catalog()
            .services()
            .flat_map(|service| service.operations())
            .map(|operation| operation.operation_context_params().len())
            .sum();
        assert_eq!(paths, 5, "each has a line here");
        let tables = json!({"RequestItems": {"a": {}, "b": {}}});
        assert_eq!(
            value("batchGetItem", tables.clone()),
            Some(json!(["a", "b"]))
        );
        assert_eq!(value("batchWriteItem", tables), Some(json!(["a", "b"])));
        assert_eq!(
            value(
                "importTable",
                json!({"TableCreationParameters": {"TableName": "t"}})
            ),
            Some(json!("t"))
        );
        let gets = json!({"TransactItems": [{"Get": {"TableName": "a"}}, {}, {"Get": {"TableName": "b"}}]});
        assert_eq!(value("transactGetItems", gets), Some(json!(["a", "b"])));
        let writes = json!({"TransactItems": [
            {"Put": {"TableName": "a"}}, {"Delete": {"TableName": "b"}},
            {"Update": {"TableName": "c"}}, {"ConditionCheck": {"TableName": "d"}}, 1,
        ]});
        assert_eq!(
            value("transactWriteItems", writes),
            Some(json!(["a", "b", "c", "d"]))
        );
        for action in ["batchGetItem", "importTable", "transactGetItems"] {
            assert_eq!(value(action, json!({})), None);
        }
    }
}
