//! Values of a template as CloudFormation's JSON writes them (`{"Ref": …}`, `{"Fn::Sub": …}`): the language in which the model keeps
//! what is known only once something is deployed.

use serde_json::{Map, Value, json};
use states_language::source::Source;
use states_language::syntax::{Node, NodeValue};

/// A template's value with `!Ref` and the like written out.
pub fn of_node(node: &Node, source: &Source) -> Value {
    let plain = match &node.value {
        NodeValue::Array(items) => items.iter().map(|item| of_node(item, source)).collect(),
        NodeValue::Object(members) => Value::Object(
            members
                .iter()
                .map(|member| (member.key.clone(), of_node(&member.value, source)))
                .collect(),
        ),
        // CloudFormation keeps the digits: `012345678901` is no number to it.
        NodeValue::Number(number) => match source.text().get(node.span.start..node.span.end) {
            Some(written) if written != number.to_string() => written.into(),
            _ => Value::Number(number.clone()),
        },
        _ => node.to_value(),
    };
    let tag = node.tag.as_deref().and_then(|tag| tag.strip_prefix('!'));
    let plain = match tag {
        None => plain,
        Some(name @ ("Ref" | "Condition")) => json!({name: plain}),
        Some(name) => json!({format!("Fn::{name}"): plain}),
    };
    // Both forms of GetAtt become the list.
    if let Some(("Fn::GetAtt", Value::String(text))) = intrinsic(&plain)
        && let Some((id, attribute)) = text.split_once('.')
    {
        return get_att(id, attribute);
    }
    plain
}

/// The function of `{"Fn::…": argument}`, `{"Ref": …}` and `{"Condition": …}`, and its argument.
pub fn intrinsic(value: &Value) -> Option<(&str, &Value)> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let (name, argument) = members.iter().next()?;
    let is_function = name == "Ref" || name.starts_with("Fn::");
    // An IAM statement has a member of that name, too, but an object in it.
    (is_function || (name == "Condition" && argument.is_string()))
        .then_some((name.as_str(), argument))
}

pub fn reference(id: &str) -> Value {
    json!({"Ref": id})
}

pub fn get_att(id: &str, attribute: &str) -> Value {
    json!({"Fn::GetAtt": [id, attribute]})
}

/// `id` and attribute of `Fn::GetAtt`.
pub fn as_get_att(value: &Value) -> Option<(&str, &str)> {
    match intrinsic(value)? {
        ("Fn::GetAtt", Value::Array(parts)) => match &parts[..] {
            [Value::String(id), Value::String(attribute)] => Some((id, attribute)),
            _ => None,
        },
        _ => None,
    }
}

/// The name in a `Ref`.
pub fn as_reference(value: &Value) -> Option<&str> {
    match intrinsic(value)? {
        ("Ref", name) => name.as_str(),
        _ => None,
    }
}

/// A piece of a text that is put together.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    Text(String),
    Value(Value),
}

/// The pieces of `Fn::Sub`, in the order of its text; none for any other value.
pub fn sub_pieces(value: &Value) -> Option<Vec<Piece>> {
    let ("Fn::Sub", argument) = intrinsic(value)? else {
        return None;
    };
    let (text, values) = match argument {
        Value::String(text) => (text.as_str(), None),
        Value::Array(parts) => match &parts[..] {
            [Value::String(text), Value::Object(values)] => (text.as_str(), Some(values)),
            [Value::String(text)] => (text.as_str(), None),
            _ => return None,
        },
        _ => return None,
    };
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        literal.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            literal.push_str("${");
            rest = after;
            continue;
        };
        rest = after;
        if let Some(kept) = name.strip_prefix('!') {
            literal.push_str(&format!("${{{kept}}}"));
            continue;
        }
        if !literal.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut literal)));
        }
        let name = name.trim();
        let given = values.and_then(|values| values.get(name));
        pieces.push(Piece::Value(match (given, name.split_once('.')) {
            (Some(value), _) => value.clone(),
            (None, Some((id, attribute))) => get_att(id, attribute),
            (None, None) => reference(name),
        }));
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Text(literal));
    }
    Some(pieces)
}

/// The shortest value for a text of pieces.
pub fn joined(pieces: &[Piece]) -> Value {
    if let [Piece::Value(value)] = pieces {
        return value.clone();
    }
    let mut text = String::new();
    let mut values = Map::new();
    let mut is_text = true;
    for piece in pieces {
        match piece {
            Piece::Text(literal) => text.push_str(&literal.replace("${", "${!")),
            Piece::Value(value) => {
                is_text = false;
                match (as_reference(value), as_get_att(value)) {
                    (Some(name), _) => text.push_str(&format!("${{{name}}}")),
                    (None, Some((id, attribute))) => {
                        text.push_str(&format!("${{{id}.{attribute}}}"));
                    }
                    (None, None) => {
                        let name = format!("Value{}", values.len() + 1);
                        text.push_str(&format!("${{{name}}}"));
                        values.insert(name, value.clone());
                    }
                }
            }
        }
    }
    match (is_text, values.is_empty()) {
        (true, _) => text.replace("${!", "${").into(),
        (false, true) => json!({"Fn::Sub": text}),
        (false, false) => json!({"Fn::Sub": [text, values]}),
    }
}

/// All names that a value refers to: of parameters, resources and pseudo parameters.
pub fn names(value: &Value, found: &mut Vec<String>) {
    if let Some(name) = as_reference(value) {
        found.push(name.to_owned());
    } else if let Some((id, _)) = as_get_att(value) {
        found.push(id.to_owned());
    } else if let Some(pieces) = sub_pieces(value) {
        for piece in pieces {
            if let Piece::Value(value) = piece {
                names(&value, found);
            }
        }
    } else {
        match value {
            Value::Array(items) => items.iter().for_each(|item| names(item, found)),
            Value::Object(members) => members.values().for_each(|member| names(member, found)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Value {
        let source = Source::new("template.yaml", text);
        of_node(&states_language::syntax::parse(&source).unwrap(), &source)
    }

    #[test]
    fn short_forms_are_written_out() {
        assert_eq!(
            read(
                "a: !GetAtt F.Arn\nb: !Sub '${A}'\nc: {Fn::GetAtt: G.Arn}\nd: !If [C, !Ref E, 012]\n"
            ),
            json!({
                "a": {"Fn::GetAtt": ["F", "Arn"]},
                "b": {"Fn::Sub": "${A}"},
                "c": {"Fn::GetAtt": ["G", "Arn"]},
                "d": {"Fn::If": ["C", {"Ref": "E"}, "012"]},
            })
        );
    }

    #[test]
    fn texts_are_taken_apart_and_put_together() {
        let sub = json!({"Fn::Sub": ["arn:${AWS::Partition}:x:${F.Arn}/${!kept}${V}", {"V": {"Fn::If": ["C", "a", "b"]}}]});
        let pieces = sub_pieces(&sub).unwrap();
        assert_eq!(pieces.len(), 6);
        assert_eq!(
            joined(&pieces),
            json!({"Fn::Sub": ["arn:${AWS::Partition}:x:${F.Arn}/${!kept}${Value1}", {"Value1": {"Fn::If": ["C", "a", "b"]}}]})
        );
        assert_eq!(joined(&[Piece::Value(reference("A"))]), reference("A"));
        assert_eq!(joined(&[Piece::Text("a${b}".to_owned())]), json!("a${b}"));
    }
}
