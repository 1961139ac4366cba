//! XML bodies of requests.

use std::fmt::Write;

use serde_json::{Map, Value};
use service_models::{Member, Shape, ShapeKind, TimestampFormat, XmlNamespace};

use crate::protocol::scalar_text;

/// A structure as an element, with the members that belong into a body.
pub fn structure(
    out: &mut String,
    name: &str,
    namespace: Option<XmlNamespace>,
    shape: Shape,
    fields: &Map<String, Value>,
) {
    let given = || {
        shape
            .members()
            .filter(|member| member.location().is_none())
            .filter_map(|member| Some((member, fields.get(member.name())?)))
            .filter(|(_, value)| !value.is_null())
    };
    start(out, name, namespace);
    for (member, value) in given().filter(|(member, _)| member.is_xml_attribute()) {
        out.pop(); // the end of the start tag
        let text = scalar_text(member, value, TimestampFormat::Iso8601);
        push(out, format_args!(" {}=\"", member.wire_name()));
        escape(out, &text);
        out.push_str("\">");
    }
    for (member, value) in given().filter(|(member, _)| !member.is_xml_attribute()) {
        self::member(out, member.wire_name(), member, value);
    }
    end(out, name);
}

/// A member's value as one element, or as several where a list or map is flattened.
pub fn member(out: &mut String, name: &str, member: Member, value: &Value) {
    let shape = member.shape();
    let namespace = member.xml_namespace().or(shape.xml_namespace());
    let flattened = super::is_flattened(member);
    match (shape.kind(), value) {
        (ShapeKind::Structure, Value::Object(fields)) => {
            structure(out, name, namespace, shape, fields);
        }
        (ShapeKind::List, Value::Array(items)) => {
            let Some(item_member) = shape.list_member() else {
                return;
            };
            let item_name = if flattened {
                super::flattened_item_name(member, item_member)
            } else {
                start(out, name, namespace);
                item_member.location_name().unwrap_or("member")
            };
            for item in items {
                self::member(out, item_name, item_member, item);
            }
            if !flattened {
                end(out, name);
            }
        }
        (ShapeKind::Map, Value::Object(entries)) => {
            let Some((key_member, value_member)) = shape.map_members() else {
                return;
            };
            if !flattened {
                start(out, name, namespace);
            }
            let (entry_name, entry_namespace) = if flattened {
                (name, namespace)
            } else {
                ("entry", None)
            };
            for (key, entry) in entries {
                start(out, entry_name, entry_namespace);
                text(out, key_member.wire_name(), key_member.xml_namespace(), key);
                self::member(out, value_member.wire_name(), value_member, entry);
                end(out, entry_name);
            }
            if !flattened {
                end(out, name);
            }
        }
        (_, Value::Null) => text(out, name, namespace, ""),
        (_, value) => {
            let scalar = scalar_text(member, value, TimestampFormat::Iso8601);
            text(out, name, namespace, &scalar);
        }
    }
}

fn text(out: &mut String, name: &str, namespace: Option<XmlNamespace>, text: &str) {
    start(out, name, namespace);
    escape(out, text);
    end(out, name);
}

fn start(out: &mut String, name: &str, namespace: Option<XmlNamespace>) {
    push(out, format_args!("<{name}"));
    if let Some(XmlNamespace { uri, prefix }) = namespace {
        match prefix {
            Some(prefix) => push(out, format_args!(" xmlns:{prefix}=\"")),
            None => out.push_str(" xmlns=\""),
        }
        escape(out, uri);
        out.push('"');
    }
    out.push('>');
}

fn end(out: &mut String, name: &str) {
    push(out, format_args!("</{name}>"));
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = out.write_fmt(text);
}

/// Ends of lines too: a parser would make them all the same, and the keys of S3 objects may contain each of them.
fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\r' | '\u{85}' | '\u{2028}' => {
                push(out, format_args!("&#x{:X};", u32::from(character)));
            }
            other => out.push(other),
        }
    }
}
