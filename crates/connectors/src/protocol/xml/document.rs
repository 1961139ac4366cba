//! Documents as small trees, with a limit to everything that a hostile one could do without end.

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// No answer of AWS comes near; it keeps the recursion over a hostile document short.
const MAX_DEPTH: usize = 100;
/// Elements and attributes of a document. One takes some 150 bytes of memory where it stands for four in the document; a
/// page of a thousand EC2 instances has about 200,000.
const MAX_NODES: usize = 500_000;
/// Of one element: looking for doubled ones among them takes the square of their number.
const MAX_ATTRIBUTES: usize = 100;

/// An element without its namespace prefix.
#[derive(Debug, Default)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    children: Vec<Element>,
    pub text: String,
}

impl Element {
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    pub fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of a child, none when it is empty.
    pub fn child_text(&self, name: &str) -> Option<String> {
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
    let mut nodes = 0_usize;
    let mut counted = |element: Element| {
        nodes += 1 + element.attributes.len();
        if nodes > MAX_NODES {
            return Err(format!("the document has more than {MAX_NODES} elements"));
        }
        Ok(element)
    };
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                if open.len() >= MAX_DEPTH {
                    return Err("the document is nested too deeply".to_owned());
                }
                open.push(counted(element(&start)?)?);
            }
            Event::Empty(start) => close(counted(element(&start)?)?, &mut open, &mut root)?,
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
        if attributes.len() >= MAX_ATTRIBUTES {
            return Err(format!(
                "an element has more than {MAX_ATTRIBUTES} attributes"
            ));
        }
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
    fn large_documents_have_a_limit() {
        let siblings = |count: usize| parse(format!("<a>{}</a>", "<b/>".repeat(count)).as_bytes());
        assert_eq!(
            siblings(MAX_NODES - 1).unwrap().children.len(),
            MAX_NODES - 1
        );
        assert!(siblings(MAX_NODES).unwrap_err().contains("500000 elements"));
        let attributes = |count: usize| {
            let attributes: String = (0..count).map(|i| format!(" k{i}='1'")).collect();
            parse(format!("<a{attributes}/>").as_bytes())
        };
        assert!(attributes(MAX_ATTRIBUTES).is_ok());
        let error = attributes(MAX_ATTRIBUTES + 1).unwrap_err();
        assert!(error.contains("100 attributes"), "{error}");
    }
}
