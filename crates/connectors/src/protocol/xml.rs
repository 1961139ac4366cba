//! XML answers: a small tree, results by shape, the error documents of the query, ec2 and rest-xml protocols.

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use serde_json::{Map, Number, Value};
use service_models::{Member, Shape, ShapeKind};

use super::{ParsedError, blob_from_base64, timestamp};

/// No answer of AWS comes near; it keeps the recursion over a hostile document short.
const MAX_DEPTH: usize = 100;

/// An element without its namespace prefix.
#[derive(Debug, Default)]
pub struct Element {
    pub name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    text: String,
}

impl Element {
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of a child, none when it is empty.
    fn child_text(&self, name: &str) -> Option<String> {
        self.child(name)
            .map(|child| child.text.trim().to_owned())
            .filter(|text| !text.is_empty())
    }
}

/// The root of a document.
pub fn parse(body: &[u8]) -> Result<Element, String> {
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                if open.len() >= MAX_DEPTH {
                    return Err("the document is nested too deeply".to_owned());
                }
                open.push(element(&start)?);
            }
            Event::Empty(start) => close(element(&start)?, &mut open, &mut root)?,
            Event::End(_) => {
                let element = open.pop().ok_or("an end tag without a start tag")?;
                close(element, &mut open, &mut root)?;
            }
            Event::Text(text) => push(&mut open, &text.xml_content(XmlVersion::Implicit1_0)),
            Event::CData(text) => push(&mut open, &text.xml_content(XmlVersion::Implicit1_0)),
            Event::GeneralRef(reference) => push(&mut open, &resolve(&reference)?),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    match (open.last(), root) {
        (Some(element), _) => Err(format!("the document ends inside of {}", element.name)),
        (None, None) => Err("the document is empty".to_owned()),
        (None, Some(root)) => Ok(root),
    }
}

fn element(start: &BytesStart<'_>) -> Result<Element, String> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| error.to_string())?
            .into_owned();
        attributes.push((attribute.key.as_ref().to_owned(), value));
    }
    Ok(Element {
        name: start.local_name().as_ref().to_owned(),
        attributes,
        ..Element::default()
    })
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), String> {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None if root.is_none() => *root = Some(element),
        None => return Err("more than one root element".to_owned()),
    }
    Ok(())
}

fn push(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// `&lt;` and the other four names of XML, `&#10;` and the like.
fn resolve(reference: &BytesRef<'_>) -> Result<String, String> {
    if let Some(character) = reference
        .resolve_char_ref()
        .map_err(|error| error.to_string())?
    {
        return Ok(character.to_string());
    }
    let name: &str = reference;
    let resolved = match name {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "quot" => "\"",
        "apos" => "'",
        other => return Err(format!("unknown entity {other}")),
    };
    Ok(resolved.to_owned())
}

/// A structure in Step Functions' names from the children of `element`.
pub fn parse_structure(shape: Shape, element: &Element) -> Result<Map<String, Value>, String> {
    let mut result = Map::new();
    for member in shape.members().filter(|member| member.location().is_none()) {
        if let Some(value) = parse_member(member, element)? {
            result.insert(member.sfn_name().to_owned(), value);
        }
    }
    Ok(result)
}

fn parse_member(member: Member, parent: &Element) -> Result<Option<Value>, String> {
    let shape = member.shape();
    if member.is_xml_attribute() {
        let name = member.wire_name();
        let found = parent
            .attributes
            .iter()
            .find(|(key, _)| key == name || key.rsplit(':').next() == Some(name));
        return found.map(|(_, text)| parse_scalar(shape, text)).transpose();
    }
    let flattened = shape.is_flattened() || member.is_flattened();
    if let (true, Some(item_member)) = (flattened, shape.list_member()) {
        // The items stand among the other members, under the name of the list or of its items.
        let name = item_member.location_name().unwrap_or(member.wire_name());
        let items: Vec<Value> = parent
            .children(name)
            .map(|item| parse_value(item_member, item))
            .collect::<Result<_, _>>()?;
        return Ok((!items.is_empty()).then_some(Value::Array(items)));
    }
    if let (true, Some(_)) = (flattened, shape.map_members()) {
        let entries = parse_entries(shape, parent.children(member.wire_name()))?;
        return Ok((!entries.is_empty()).then_some(Value::Object(entries)));
    }
    parent
        .child(member.wire_name())
        .map(|child| parse_value(member, child))
        .transpose()
}

fn parse_value(member: Member, element: &Element) -> Result<Value, String> {
    let shape = member.shape();
    match shape.kind() {
        ShapeKind::Structure => parse_structure(shape, element).map(Value::Object),
        ShapeKind::List => {
            let Some(item_member) = shape.list_member() else {
                return Ok(Value::Array(Vec::new()));
            };
            let name = item_member.location_name().unwrap_or("member");
            element
                .children(name)
                .map(|item| parse_value(item_member, item))
                .collect()
        }
        ShapeKind::Map => parse_entries(shape, element.children("entry")).map(Value::Object),
        _ => parse_scalar(shape, &element.text),
    }
}

fn parse_entries<'a>(
    shape: Shape,
    entries: impl Iterator<Item = &'a Element>,
) -> Result<Map<String, Value>, String> {
    let Some((key_member, value_member)) = shape.map_members() else {
        return Ok(Map::new());
    };
    let mut result = Map::new();
    for entry in entries {
        let key = entry
            .child(key_member.wire_name())
            .map(|key| key.text.trim().to_owned());
        let key = key.ok_or_else(|| format!("an entry without {}", key_member.wire_name()))?;
        let value = match entry.child(value_member.wire_name()) {
            Some(value) => parse_value(value_member, value)?,
            None => continue,
        };
        result.insert(key, value);
    }
    Ok(result)
}

fn parse_scalar(shape: Shape, text: &str) -> Result<Value, String> {
    match shape.kind() {
        ShapeKind::Boolean => match text.trim() {
            "true" | "1" => Ok(Value::Bool(true)),
            "false" | "0" => Ok(Value::Bool(false)),
            other => Err(format!("expected a boolean, not {other:?}")),
        },
        ShapeKind::Integer | ShapeKind::Long | ShapeKind::Float | ShapeKind::Double => {
            Ok(number(text))
        }
        ShapeKind::Timestamp => match timestamp::parse_text(text) {
            Some(time) => Ok(Value::String(timestamp::iso8601(time))),
            None => Err(format!("expected a timestamp, not {text:?}")),
        },
        ShapeKind::Blob => Ok(blob_from_base64(text)),
        _ => Ok(Value::String(text.to_owned())),
    }
}

/// A number as precise as JSON allows; texts such as `NaN` stay texts.
pub fn number(text: &str) -> Value {
    let text = text.trim();
    let whole = text
        .parse::<i64>()
        .map(Number::from)
        .or_else(|_| text.parse::<u64>().map(Number::from));
    let number = whole
        .ok()
        .or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64));
    number.map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

/// The error in `<ErrorResponse><Error>`, `<Response><Errors><Error>` or `<Error>`.
pub fn parse_error(body: &[u8]) -> Option<ParsedError> {
    let root = parse(body).ok()?;
    let error = match root.name.as_str() {
        "Error" => Some(&root),
        _ => root
            .child("Error")
            .or_else(|| root.child("Errors")?.child("Error")),
    }?;
    let id = |element: &Element| {
        element
            .child_text("RequestId")
            .or_else(|| element.child_text("RequestID"))
    };
    Some(ParsedError {
        code: error.child_text("Code"),
        message: error
            .child_text("Message")
            .or_else(|| error.child_text("message")),
        request_id: id(&root).or_else(|| id(error)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_read() {
        let root = parse(b"<?xml version=\"1.0\"?><a x:k='1 &amp; 2'>t&lt;<![CDATA[<raw>]]>&#33;<n:b/><!-- c --></a>").unwrap();
        assert_eq!(root.text, "t<<raw>!");
        assert_eq!(root.attributes, [("x:k".to_owned(), "1 & 2".to_owned())]);
        assert!(root.child("b").is_some());
    }

    #[test]
    fn broken_documents_are_errors() {
        for broken in [
            "",
            "text",
            "<a>",
            "<a><b></a>",
            "</a>",
            "<a/><b/>",
            "<a>&nbsp;</a>",
            "<a",
            "<!doctype html><p>x",
        ] {
            assert!(parse(broken.as_bytes()).is_err(), "{broken}");
        }
        assert!(parse(b"<a>\xff</a>").is_err());
        assert!(parse("<a>".repeat(100_000).as_bytes()).is_err());
    }

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!(number("9007199254740993").to_string(), "9007199254740993");
        assert_eq!(
            number("18446744073709551615").to_string(),
            "18446744073709551615"
        );
        assert_eq!(number(" 1.5 ").to_string(), "1.5");
        assert_eq!(number("NaN"), Value::String("NaN".into()));
    }
}
