//! A definition with its substitutions, as each format wants it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use states_language::source::{Format, Source};
use states_language::substitution::placeholder_at;
use states_language::syntax::{self, Node, NodeValue};

use super::cloudformation_value::{Piece, as_get_att, as_reference, intrinsic, sub_pieces};
use super::model::words;
use super::yaml;
use crate::error::CliError;

#[derive(Debug)]
pub struct Definition {
    /// The text, with `${name}`.
    pub source: Source,
    root: Node,
    /// What each `${name}` stands for.
    pub substitutions: Map<String, Value>,
}

/// Values that stand in the text in place of `${name}`; in YAML and JSON without quotes what is no text keeps its type.
type Values = BTreeMap<String, String>;

impl Definition {
    pub fn new(source: Source, substitutions: Map<String, Value>) -> Result<Definition, CliError> {
        let root = syntax::parse(&source).map_err(|failure| {
            let position = source.position(failure.span.start);
            CliError::user(format!(
                "{}:{}:{}: {}",
                source.name(),
                position.line,
                position.column,
                failure.message
            ))
        })?;
        Ok(Definition {
            source,
            root,
            substitutions,
        })
    }

    /// `Definition` of a template: functions in it become substitutions.
    pub fn of_object(
        name: &str,
        value: &Value,
        substitutions: Map<String, Value>,
    ) -> Result<Definition, CliError> {
        let mut names = Names(substitutions);
        let plain = names.plain(value);
        let source = Source::with_format(name, format!("{plain:#}\n"), Format::Json);
        Definition::new(source, names.0)
    }

    /// `DefinitionString`: a text, `Fn::Sub` or `Fn::Join` of one, `Fn::ToJsonString` of an object.
    pub fn of_text(
        name: &str,
        value: &Value,
        substitutions: Map<String, Value>,
    ) -> Result<Definition, CliError> {
        let mut names = Names(substitutions);
        if let Some(("Fn::ToJsonString", object)) = intrinsic(value) {
            return Definition::of_object(name, object, names.0);
        }
        let text = names.text(value).ok_or_else(|| {
            CliError::user(format!(
                "the DefinitionString of {name} is no text that can be read here"
            ))
            .with_hint("put the definition into a file and name it in DefinitionUri")
        })?;
        Definition::new(Source::with_format(name, text, Format::Json), names.0)
    }

    pub fn comment(&self) -> Option<String> {
        self.root
            .get("Comment")
            .and_then(Node::as_str)
            .map(str::to_owned)
    }

    /// Names of all `${name}` in it, sorted.
    pub fn placeholders(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        placeholders(&self.root, &mut |name, _| {
            names.insert(name.to_owned());
        });
        names
    }

    /// Names that stand where a number or another value that is no text may stand.
    pub fn unquoted(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        placeholders(&self.root, &mut |name, is_text| {
            if !is_text {
                names.insert(name.to_owned());
            }
        });
        names
    }

    /// Names that are all of a task's `Resource`.
    pub fn resources(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        resources(&self.root, &mut names);
        names
    }

    /// The plain tree; what stands for no text is null.
    pub fn value(&self) -> Value {
        self.root.to_value()
    }

    /// The text in its own language, comments included, with values in place of the names that have one; `otherwise` writes
    /// every other placeholder, or a `${` or `%{` that is none (an empty name).
    pub fn text(&self, values: &Values, otherwise: &dyn Fn(&str, &str) -> String) -> String {
        replace(self.source.text(), self.source.format(), values, otherwise)
    }

    /// As JSON: the text itself where it is JSON, else made of the tree.
    pub fn json(&self, values: &Values, otherwise: &dyn Fn(&str, &str) -> String) -> String {
        match self.source.format() {
            Format::Json => self.text(values, otherwise),
            Format::Yaml => {
                let text = format!("{:#}\n", marked(&self.root));
                let text = text.replace("\"\\u0001", "").replace("\\u0001\"", "");
                replace(&text, Format::Json, values, otherwise)
            }
        }
    }

    /// As YAML: the text itself where it is YAML, else made of the tree.
    pub fn yaml(&self, values: &Values) -> String {
        match self.source.format() {
            Format::Yaml => self.text(values, &as_is),
            Format::Json => {
                let text = yaml::write(&marked(&self.root));
                let text = text.replace("\"\\u0001", "").replace("\\u0001\"", "");
                replace(&text, Format::Yaml, values, &as_is)
            }
        }
    }
}

/// A placeholder without a value stays.
pub fn as_is(_: &str, written: &str) -> String {
    written.to_owned()
}

fn replace(
    text: &str,
    format: Format,
    values: &Values,
    otherwise: &dyn Fn(&str, &str) -> String,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = text[at..].find(['$', '%']).map(|i| at + i) {
        out.push_str(&text[at..found]);
        let rest = &text[found..];
        if rest.starts_with("$${") || rest.starts_with("%%{") {
            out.push_str(&rest[..3]);
            at = found + 3;
        } else if let Some(placeholder) = placeholder_at(text, found) {
            let end = placeholder.span.end;
            match values.get(placeholder.name) {
                Some(value) => out.push_str(&written(value, text, found, format)),
                None => out.push_str(&otherwise(placeholder.name, &text[found..end])),
            }
            at = end;
        } else if rest.starts_with("${") || rest.starts_with("%{") {
            out.push_str(&otherwise("", &rest[..2]));
            at = found + 2;
        } else {
            out.push_str(&rest[..1]);
            at = found + 1;
        }
    }
    out.push_str(&text[at..]);
    out
}

/// A value as it may stand at this place: escaped inside of double quotes.
fn written(value: &str, text: &str, at: usize, format: Format) -> String {
    let line = &text[text[..at].rfind('\n').map_or(0, |i| i + 1)..at];
    let is_quoted = match format {
        Format::Json => {
            let quotes = line
                .char_indices()
                .filter(|(i, c)| *c == '"' && !line[..*i].ends_with('\\'));
            quotes.count() % 2 == 1
        }
        Format::Yaml => line.contains('"') && !line.trim_start().starts_with('#'),
    };
    match is_quoted {
        true => {
            let quoted = Value::from(value).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        }
        false => value.to_owned(),
    }
}

/// The tree with what stands for no text between marks, so that it loses its quotes once it is written.
fn marked(node: &Node) -> Value {
    match &node.value {
        NodeValue::Placeholder(name) => format!("\u{1}${{{name}}}\u{1}").into(),
        NodeValue::Array(items) => items.iter().map(marked).collect(),
        NodeValue::Object(members) => Value::Object(
            members
                .iter()
                .map(|member| (member.key.clone(), marked(&member.value)))
                .collect(),
        ),
        _ => node.to_value(),
    }
}

/// Tells each placeholder's name and whether it is (part of) a text.
fn placeholders(node: &Node, tell: &mut dyn FnMut(&str, bool)) {
    let in_text = |text: &str, tell: &mut dyn FnMut(&str, bool)| {
        let mut at = 0;
        while let Some(found) = text[at..].find("${").map(|i| at + i) {
            at = match placeholder_at(text, found) {
                Some(placeholder) if !text[..found].ends_with('$') => {
                    tell(placeholder.name, true);
                    placeholder.span.end
                }
                _ => found + 2,
            };
        }
    };
    match &node.value {
        NodeValue::Placeholder(name) => tell(name, false),
        NodeValue::String(scalar) => in_text(&scalar.text, tell),
        NodeValue::Array(items) => items.iter().for_each(|item| placeholders(item, tell)),
        NodeValue::Object(members) => {
            for member in members {
                in_text(&member.key, tell);
                placeholders(&member.value, tell);
            }
        }
        _ => {}
    }
}

fn resources(node: &Node, names: &mut BTreeSet<String>) {
    for member in node.members().unwrap_or_default() {
        if member.key == "Resource"
            && let Some(text) = member.value.as_str()
            && let Some(placeholder) = placeholder_at(text, 0)
            && placeholder.span.end == text.len()
        {
            names.insert(placeholder.name.to_owned());
        }
        resources(&member.value, names);
    }
    for item in node.items().unwrap_or_default() {
        resources(item, names);
    }
}

/// Gives names to values that stand in a definition as functions of CloudFormation.
struct Names(Map<String, Value>);

impl Names {
    fn plain(&mut self, value: &Value) -> Value {
        if let Some((function, _)) = intrinsic(value) {
            let text = match function {
                "Fn::Sub" | "Fn::Join" => self.text(value),
                _ => None,
            };
            return text
                .unwrap_or_else(|| format!("${{{}}}", self.name(value)))
                .into();
        }
        match value {
            Value::Array(items) => items.iter().map(|item| self.plain(item)).collect(),
            Value::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|(key, value)| (key.clone(), self.plain(value)))
                    .collect(),
            ),
            other => other.clone(),
        }
    }

    fn text(&mut self, value: &Value) -> Option<String> {
        if let Value::String(text) = value {
            return Some(text.clone());
        }
        if let Some(pieces) = sub_pieces(value) {
            let texts = pieces.into_iter().map(|piece| match piece {
                Piece::Text(text) => text,
                // What is no part of the template is a substitution of the definition's own.
                Piece::Value(value) => match as_reference(&value) {
                    Some(name) if self.0.contains_key(name) => format!("${{{name}}}"),
                    _ => format!("${{{}}}", self.name(&value)),
                },
            });
            return Some(texts.collect());
        }
        match intrinsic(value)? {
            ("Fn::Join", Value::Array(parts)) => match &parts[..] {
                [Value::String(separator), Value::Array(items)] => {
                    let texts: Vec<String> = items
                        .iter()
                        .map(|item| match item {
                            Value::String(text) => text.clone(),
                            other => format!("${{{}}}", self.name(other)),
                        })
                        .collect();
                    Some(texts.join(separator))
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn name(&mut self, value: &Value) -> String {
        if let Some((name, _)) = self.0.iter().find(|(_, known)| *known == value) {
            return name.clone();
        }
        let wished = match (as_reference(value), as_get_att(value)) {
            (Some(name), _) => name.replace("::", ""),
            (None, Some((id, attribute))) => format!("{id}{}", attribute.replace('.', "")),
            (None, None) => "Value".to_owned(),
        };
        let mut name = wished.clone();
        let mut number = 2;
        while self.0.contains_key(&name) {
            name = format!("{wished}{number}");
            number += 1;
        }
        self.0.insert(name.clone(), value.clone());
        name
    }
}

/// What a definition's file is called: by its own name if it has one.
pub fn file_name(definition: &Definition, id: &str, extension: &str) -> String {
    let own = definition.source.name().rsplit(['/', '\\']).next();
    let stem = own.and_then(|name| name.split('.').next()).unwrap_or("");
    match stem.is_empty() {
        true => format!("{}.{extension}", words(id, '-')),
        false => format!("{stem}.{extension}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn functions_in_a_definition_become_substitutions() {
        let definition = Definition::of_object(
            "m.asl.json",
            &json!({"StartAt": "A", "States": {"A": {
                "Type": "Task",
                "Resource": {"Fn::GetAtt": ["Check", "Arn"]},
                "Parameters": {"a": {"Fn::Sub": "x-${AWS::Region}-${Table}"}, "b": {"Fn::If": ["C", 1, 2]}},
                "End": true
            }}}),
            Map::new(),
        )
        .unwrap();
        assert_eq!(
            definition.placeholders().into_iter().collect::<Vec<_>>(),
            ["AWSRegion", "CheckArn", "Table", "Value"]
        );
        assert_eq!(
            definition.substitutions["CheckArn"],
            json!({"Fn::GetAtt": ["Check", "Arn"]})
        );
        assert!(
            definition
                .source
                .text()
                .contains(r#""a": "x-${AWSRegion}-${Table}""#)
        );
        assert_eq!(
            definition.resources(),
            BTreeSet::from(["CheckArn".to_owned()])
        );
    }

    #[test]
    fn definition_strings_are_read() {
        let text =
            r#"{"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":${Seconds},"End":true}}}"#;
        for value in [
            json!({"Fn::Sub": text}),
            json!({"Fn::Join": ["", [text.split("${Seconds}").next(), {"Ref": "Seconds"}, text.split("${Seconds}").nth(1)]]}),
        ] {
            let definition = Definition::of_text("m.asl.json", &value, Map::new()).unwrap();
            assert_eq!(definition.source.text(), text);
            assert_eq!(
                definition.unquoted(),
                BTreeSet::from(["Seconds".to_owned()])
            );
            assert_eq!(
                definition.substitutions["Seconds"],
                json!({"Ref": "Seconds"})
            );
        }
    }

    #[test]
    fn values_are_put_in_as_their_place_demands() {
        let text = "{\"a\": \"x${A}\", \"b\": ${B}, \"c\": \"$${A} ${ a: 1 } %{ ${C}\"}";
        let definition = Definition::new(Source::new("m.json", text), Map::new()).unwrap();
        let values = BTreeMap::from([
            ("A".to_owned(), "q\"".to_owned()),
            ("B".to_owned(), "2".to_owned()),
        ]);
        assert_eq!(
            definition.json(&values, &as_is),
            "{\"a\": \"xq\\\"\", \"b\": 2, \"c\": \"$${A} ${ a: 1 } %{ ${C}\"}"
        );
        let escaped = definition.json(&values, &|name, written| match name {
            "" => format!("{}{written}", &written[..1]),
            name => format!("${{{}}}", name.to_lowercase()),
        });
        assert!(
            escaped.ends_with("$${A} $${ a: 1 } %%{ ${c}\"}"),
            "{escaped}"
        );
        assert!(
            definition.yaml(&values).contains("b: 2\n"),
            "{}",
            definition.yaml(&values)
        );
    }
}
