//! Comparing what means the same.

use anyhow::{Context, Result, ensure};
use quick_xml::events::Event;
use serde_json::Value;
use service_models::Protocol;

/// Numbers by value: `1` is `1.0`.
pub fn json(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| json(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, a)| b.get(k).is_some_and(|b| json(a, b)))
        }
        (a, b) => a == b,
    }
}

/// The suites leave out the character set of forms; some have a space between the items of a list, some have none.
pub fn header(sent: Option<&str>, expected: &Value) -> bool {
    let bare = |text: &str| text.replace("; charset=utf-8", "").replace(", ", ",");
    sent.map(bare) == expected.as_str().map(bare)
}

pub fn body(protocol: Protocol, sent: &[u8], expected: &str) -> Result<()> {
    let sent = std::str::from_utf8(sent)?;
    let same = match protocol {
        Protocol::Query | Protocol::Ec2 => fields(sent) == fields(expected),
        Protocol::RestXml => match (elements(sent), elements(expected)) {
            (Ok(a), Ok(b)) => a == b,
            _ => sent == expected,
        },
        _ => match (serde_json::from_str(sent), serde_json::from_str(expected)) {
            (Ok(a), Ok(b)) => json(&a, &b),
            _ => sent == expected,
        },
    };
    ensure!(same, "body\n{sent}\nnot\n{expected}");
    Ok(())
}

/// The fields of a form, whose order does not matter.
fn fields(form: &str) -> Vec<&str> {
    let mut fields: Vec<&str> = form.split('&').collect();
    fields.sort_unstable();
    fields
}

/// The elements and texts of a document, without the white space between them. The order of attributes does not matter,
/// and neither does that of the members of a structure, but the suites have it as the models do.
fn elements(document: &str) -> Result<Vec<String>> {
    let mut reader = quick_xml::Reader::from_str(document.trim());
    reader.config_mut().expand_empty_elements = true;
    let (mut elements, mut text) = (Vec::new(), String::new());
    loop {
        let event = reader.read_event()?;
        if !matches!(event, Event::Text(_) | Event::GeneralRef(_)) && !text.trim().is_empty() {
            elements.push(std::mem::take(&mut text).trim().to_owned());
        }
        match event {
            Event::Start(start) => {
                text.clear();
                let mut attributes = Vec::new();
                for attribute in start.attributes() {
                    let attribute = attribute?;
                    attributes.push(format!(" {}={:?}", attribute.key.as_ref(), attribute.value));
                }
                attributes.sort();
                elements.push(format!(
                    "<{}{}>",
                    start.name().as_ref(),
                    attributes.concat()
                ));
            }
            Event::End(end) => {
                text.clear();
                elements.push(format!("</{}>", end.name().as_ref()));
            }
            Event::Text(part) => text.push_str(&part),
            Event::GeneralRef(part) => {
                let character = part.resolve_char_ref()?;
                text.push_str(&character.map_or(format!("&{};", &*part), String::from));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    elements.first().context("no document")?;
    Ok(elements)
}
