//! Answers of the query protocol.

use jiff::Timestamp;
use serde_json::{Map, Value};
use service_models::{Member, Operation, Shape, ShapeKind, TimestampFormat};

/// `<GetRoleResponse><GetRoleResult>…</GetRoleResult><ResponseMetadata>…`
pub fn answer(operation: Operation, members: &Map<String, Value>, request_id: &str) -> String {
    let mut xml = Xml::default();
    let root = format!("{}Response", operation.name());
    xml.element(&root, operation.service().xml_namespace(), |xml| {
        if let Some(shape) = operation.output() {
            match operation.result_wrapper() {
                Some(wrapper) => xml.element(wrapper, None, |xml| xml.members(shape, members)),
                None => xml.members(shape, members),
            }
        }
        xml.element("ResponseMetadata", None, |xml| {
            xml.text("RequestId", request_id);
        });
    });
    xml.finish()
}

/// A document that is being written.
#[derive(Default)]
pub struct Xml(String);

impl Xml {
    pub fn finish(self) -> String {
        self.0
    }

    pub fn element(&mut self, name: &str, namespace: Option<&str>, inside: impl FnOnce(&mut Xml)) {
        self.0.push('<');
        self.0.push_str(name);
        if let Some(namespace) = namespace {
            self.0.push_str(" xmlns=\"");
            self.escaped(namespace);
            self.0.push('"');
        }
        self.0.push('>');
        inside(self);
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    pub fn text(&mut self, name: &str, text: &str) {
        self.element(name, None, |xml| xml.escaped(text));
    }

    fn escaped(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\r' => self.0.push_str("&#xD;"),
                // XML has no way to write the others.
                c if c.is_control() && c != '\t' && c != '\n' => self.0.push('\u{FFFD}'),
                c => self.0.push(c),
            }
        }
    }

    fn members(&mut self, shape: Shape, members: &Map<String, Value>) {
        for member in shape.members() {
            let value = members.get(member.name()).filter(|value| !value.is_null());
            if let Some(value) = value {
                self.value(member.wire_name(), member, value);
            }
        }
    }

    fn value(&mut self, name: &str, member: Member, value: &Value) {
        let shape = member.shape();
        let is_flattened = member.is_flattened() || shape.is_flattened();
        match (shape.kind(), value) {
            (ShapeKind::Structure, Value::Object(fields)) => {
                self.element(name, None, |xml| xml.members(shape, fields));
            }
            (ShapeKind::List, Value::Array(items)) => {
                let Some(item_member) = shape.list_member() else {
                    return;
                };
                let item_name = match is_flattened {
                    true => item_member.location_name().unwrap_or(name),
                    false => item_member.location_name().unwrap_or("member"),
                };
                let write = |xml: &mut Xml| {
                    for item in items {
                        xml.value(item_name, item_member, item);
                    }
                };
                match is_flattened {
                    true => write(self),
                    false => self.element(name, None, write),
                }
            }
            (ShapeKind::Map, Value::Object(entries)) => {
                let Some((key_member, value_member)) = shape.map_members() else {
                    return;
                };
                let entry_name = if is_flattened { name } else { "entry" };
                let write = |xml: &mut Xml| {
                    for (key, entry) in entries {
                        xml.element(entry_name, None, |xml| {
                            xml.text(key_member.wire_name(), key);
                            xml.value(value_member.wire_name(), value_member, entry);
                        });
                    }
                };
                match is_flattened {
                    true => write(self),
                    false => self.element(name, None, write),
                }
            }
            (ShapeKind::Timestamp, value) => {
                let format = shape.timestamp_format().unwrap_or(TimestampFormat::Iso8601);
                self.text(name, &timestamp(value, format));
            }
            (_, Value::String(text)) => self.text(name, text),
            (_, other) => self.text(name, &other.to_string()),
        }
    }
}

fn timestamp(seconds: &Value, format: TimestampFormat) -> String {
    match format {
        TimestampFormat::Iso8601 => shown(seconds, "%Y-%m-%dT%H:%M:%SZ"),
        TimestampFormat::Rfc822 => http_date(seconds),
        TimestampFormat::UnixTimestamp => seconds.to_string(),
    }
}

/// Seconds since 1970 as a header has them.
pub fn http_date(seconds: &Value) -> String {
    shown(seconds, "%a, %d %b %Y %H:%M:%S GMT")
}

/// Whole seconds: AWS shows no fractions here.
fn shown(seconds: &Value, format: &str) -> String {
    let whole = seconds.as_f64().map(|seconds| seconds.floor() as i64);
    match whole.and_then(|whole| Timestamp::from_second(whole).ok()) {
        Some(time) => time.strftime(format).to_string(),
        None => seconds.to_string(),
    }
}
