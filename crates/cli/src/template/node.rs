//! Nodes that stand in no text: what SAM's transform makes. They have the place of what they were made of.

use states_language::source::Span;
use states_language::syntax::{Member, Node, NodeValue, Scalar};

pub(super) fn text(at: Span, text: impl Into<String>) -> Node {
    let scalar = Scalar {
        text: text.into(),
        plain: false,
    };
    Node::new(at, NodeValue::String(scalar))
}

/// Nobody is to look for its digits in the text.
pub(super) fn number(at: Span, number: i64) -> Node {
    let at = Span::new(at.start, at.start);
    Node::new(at, NodeValue::Number(number.into()))
}

pub(super) fn list(at: Span, items: Vec<Node>) -> Node {
    Node::new(at, NodeValue::Array(items))
}

pub(super) fn member(key: impl Into<String>, value: Node) -> Member {
    Member {
        key: key.into(),
        key_span: value.span,
        value,
        key_unknown: false,
    }
}

pub(super) fn object<const N: usize>(at: Span, members: [(&str, Node); N]) -> Node {
    let members = members.map(|(key, value)| member(key, value));
    Node::new(at, NodeValue::Object(members.into()))
}

/// `Ref`
pub(super) fn reference(at: Span, logical_id: &str) -> Node {
    object(at, [("Ref", text(at, logical_id))])
}

/// `Fn::GetAtt`
pub(super) fn attribute(at: Span, logical_id: &str, name: &str) -> Node {
    let parts = vec![text(at, logical_id), text(at, name)];
    object(at, [("Fn::GetAtt", list(at, parts))])
}

/// `Fn::Sub`
pub(super) fn sub(at: Span, pattern: &str) -> Node {
    object(at, [("Fn::Sub", text(at, pattern))])
}

/// A tree of another text: all of it at the place where this text names it.
pub(super) fn moved(node: &mut Node, at: Span) {
    node.span = Span::new(at.start, at.start);
    match &mut node.value {
        NodeValue::Array(items) => items.iter_mut().for_each(|item| moved(item, at)),
        NodeValue::Object(members) => {
            for member in members {
                member.key_span = node.span;
                moved(&mut member.value, at);
            }
        }
        _ => {}
    }
}

/// Members of an object that is being put together.
pub(super) struct Members(Vec<Member>);

impl Members {
    pub fn new() -> Members {
        Members(Vec::new())
    }

    pub fn put(&mut self, key: &str, value: Node) -> &mut Members {
        self.0.push(member(key, value));
        self
    }

    pub fn maybe(&mut self, key: &str, value: Option<Node>) -> &mut Members {
        if let Some(value) = value {
            self.put(key, value);
        }
        self
    }

    pub fn finish(self, at: Span) -> Node {
        Node::new(at, NodeValue::Object(self.0))
    }
}
