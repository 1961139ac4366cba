//! XML answers: results by shape, the error documents of the query, ec2 and rest-xml protocols.

mod document;
pub mod write;

use serde_json::{Map, Number, Value};
use service_models::{Member, Shape, ShapeKind};

pub use document::{Element, parse};

use super::rest::is_in_answer_body;
use super::{ParsedError, blob_from_base64, timestamp, typed_number};

/// A structure in Step Functions' names from the children of `element`.
pub fn parse_structure(shape: Shape, element: &Element) -> Result<Map<String, Value>, String> {
    let mut result = Map::new();
    for member in shape.members().filter(|member| is_in_answer_body(*member)) {
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
        return match found {
            Some((_, text)) => parse_scalar(shape, text),
            None => Ok(None),
        };
    }
    let flattened = is_flattened(member);
    if let (true, Some(item_member)) = (flattened, shape.list_member()) {
        let name = flattened_item_name(member, item_member);
        let items = parse_items(item_member, parent.children(name))?;
        return Ok((!items.is_empty()).then_some(Value::Array(items)));
    }
    if let (true, Some(_)) = (flattened, shape.map_members()) {
        let entries = parse_entries(shape, parent.children(member.wire_name()))?;
        return Ok((!entries.is_empty()).then_some(Value::Object(entries)));
    }
    match parent.child(member.wire_name()) {
        Some(child) => parse_value(member, child),
        None => Ok(None),
    }
}

/// Whether the items of a list or map stand among the other members of the structure.
pub fn is_flattened(member: Member) -> bool {
    member.is_flattened() || member.shape().is_flattened()
}

/// The name of a flattened list's items: the list's own in newer models, where the member says that it is flattened; the
/// one that the list has for its items, if any, in older ones, where the list says so.
pub fn flattened_item_name(list: Member, item: Member) -> &'static str {
    match item.location_name() {
        Some(name) if !list.is_flattened() => name,
        _ => list.wire_name(),
    }
}

/// `None` for an element that says nothing, as [`parse_scalar`] finds them.
fn parse_value(member: Member, element: &Element) -> Result<Option<Value>, String> {
    let shape = member.shape();
    match shape.kind() {
        ShapeKind::Structure => parse_structure(shape, element).map(|fields| Some(fields.into())),
        ShapeKind::List => {
            let Some(item_member) = shape.list_member() else {
                return Ok(Some(Value::Array(Vec::new())));
            };
            let name = item_member.location_name().unwrap_or("member");
            parse_items(item_member, element.children(name)).map(|items| Some(items.into()))
        }
        ShapeKind::Map => {
            parse_entries(shape, element.children("entry")).map(|entries| Some(entries.into()))
        }
        _ => parse_scalar(shape, &element.text),
    }
}

fn parse_items<'a>(
    member: Member,
    items: impl Iterator<Item = &'a Element>,
) -> Result<Vec<Value>, String> {
    items
        .filter_map(|item| parse_value(member, item).transpose())
        .collect()
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
        if let Some(value) = entry.child(value_member.wire_name())
            && let Some(value) = parse_value(value_member, value)?
        {
            result.insert(key, value);
        }
    }
    Ok(result)
}

/// A value as the SDKs read it: what is not true is false, and an empty element is no number and no time.
fn parse_scalar(shape: Shape, text: &str) -> Result<Option<Value>, String> {
    use ShapeKind::{Double, Float, Integer, Long};
    let value = match (shape.kind(), text.trim()) {
        (ShapeKind::Boolean, flag) => Value::Bool(flag.eq_ignore_ascii_case("true") || flag == "1"),
        (Integer | Long | Float | Double | ShapeKind::Timestamp, "") => return Ok(None),
        (kind @ (Integer | Long | Float | Double), digits) => number(kind, digits)?,
        (ShapeKind::Timestamp, time) => match timestamp::parse_text(time) {
            Some(time) => Value::String(timestamp::iso8601(time)),
            None => return Err(format!("expected a timestamp, not {time:?}")),
        },
        (ShapeKind::Blob, base64) => blob_from_base64(base64).ok_or("expected base64")?,
        _ => Value::String(text.to_owned()),
    };
    Ok(Some(value))
}

/// A number that came as text, as precise as JSON allows. What is no number but a value of floating point stays a text.
pub fn number(kind: ShapeKind, text: &str) -> Result<Value, String> {
    let text = text.trim();
    let whole = text
        .parse::<i64>()
        .map(Number::from)
        .or_else(|_| text.parse::<u64>().map(Number::from))
        .ok();
    let number = match kind {
        ShapeKind::Integer | ShapeKind::Long => whole,
        _ => whole.or_else(|| text.parse().ok().and_then(Number::from_f64)),
    };
    match (number, text) {
        (Some(number), _) => Ok(typed_number(kind, &number)),
        (None, "NaN" | "Infinity" | "-Infinity")
            if kind != ShapeKind::Integer && kind != ShapeKind::Long =>
        {
            Ok(text.into())
        }
        (None, _) => Err(format!("expected a number, not {text:?}")),
    }
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
    Some(error_of(&root, error))
}

/// What the element of an error says; the request's id may stand beside it.
pub fn error_of(root: &Element, error: &Element) -> ParsedError {
    let id = |element: &Element| {
        element
            .child_text("RequestId")
            .or_else(|| element.child_text("RequestID"))
    };
    ParsedError {
        code: error.child_text("Code"),
        message: error
            .child_text("Message")
            .or_else(|| error.child_text("message")),
        request_id: id(root).or_else(|| id(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_read_as_the_sdks_read_them() {
        let output = |service: &str, action: &str| {
            let service = service_models::catalog().service(service).unwrap();
            service.operation(action).unwrap().output().unwrap()
        };
        let parsed = |shape: Shape, text: &str| {
            parse_structure(shape, &parse(text.as_bytes()).unwrap()).map(Value::Object)
        };
        let user = output("iam", "getUser");
        let created = |text: &str| {
            let document = format!("<a><User><CreateDate>{text}</CreateDate></User></a>");
            parsed(user, &document).map(|result| result["User"].clone())
        };
        assert_eq!(
            created(" 2024-05-06T07:08:09Z\n").unwrap(),
            serde_json::json!({"CreateDate": "2024-05-06T07:08:09Z"})
        );
        assert_eq!(created(" ").unwrap(), serde_json::json!({}));
        assert!(created("yesterday").is_err());

        let users = output("iam", "listUsers");
        for (text, flag) in [
            ("true", true),
            ("True", true),
            ("1", true),
            ("FALSE", false),
            ("0", false),
            ("", false),
            ("none", false),
        ] {
            let document = format!("<a><IsTruncated>{text}</IsTruncated></a>");
            assert_eq!(parsed(users, &document).unwrap()["IsTruncated"], flag);
        }

        let summary = output("iam", "getAccountSummary");
        let entries = "<entry><key>Users</key><value>7</value></entry><entry><key>Roles</key><value/></entry>";
        assert_eq!(
            parsed(
                summary,
                &format!("<a><SummaryMap>{entries}</SummaryMap></a>")
            )
            .unwrap()["SummaryMap"],
            serde_json::json!({"Users": 7})
        );
    }

    #[test]
    fn numbers_keep_their_digits() {
        let long = |text: &str| number(ShapeKind::Long, text).map(|number| number.to_string());
        let double = |text: &str| number(ShapeKind::Double, text).map(|number| number.to_string());
        for text in ["9007199254740993", "18446744073709551615"] {
            assert_eq!(
                (long(text).unwrap(), double(text).unwrap()),
                (text.into(), text.into())
            );
        }
        for (text, shown) in [(" 1.5 ", "1.5"), ("5", "5.0"), ("-1", "-1.0")] {
            assert_eq!(double(text).unwrap(), shown);
        }
        assert_eq!(long("-1").unwrap(), "-1");
        assert_eq!(double("-Infinity").unwrap(), "\"-Infinity\"");
        for text in ["NaN", "1.5", "99999999999999999999", "", "one"] {
            assert!(long(text).is_err(), "{text}");
        }
        assert!(double("1,5").is_err() && double("1e999").is_err());
    }
}
