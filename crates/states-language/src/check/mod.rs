//! From the tree to the [`Machine`]: every field is read once, and everything wrong on the way is reported.

mod choice;
mod data;
mod distributed;
mod error_handling;
mod fields;
mod graph;
mod map;
mod parameters;
mod state;
mod task;
mod variables;
mod workflow;

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;

use serde_json::Number;

use self::variables::StatesMembers;
use crate::ParseOptions;
use crate::diagnostic::{Diagnostic, Severity, code, did_you_mean};
use crate::machine::{Machine, QueryLanguage};
use crate::source::{Source, Span};
use crate::syntax::{Member, Node, NodeValue};

/// The machine (if nothing is wrong and nothing unknown), and the findings in the order of the text.
pub(crate) fn check(
    node: &Node,
    source: &Source,
    options: &ParseOptions,
) -> (Option<Machine>, Vec<Diagnostic>) {
    let mut checker = Checker {
        source,
        allow_other_names: options.allow_other_names,
        express: options.express,
        diagnostics: Vec::new(),
        incomplete: false,
        machine_language: QueryLanguage::JsonPath,
        state_names: HashMap::new(),
        labels: HashMap::new(),
        scopes: Vec::new(),
        reading: Vec::new(),
        states_members: StatesMembers::InputOnly,
    };
    let machine = checker.machine(node);
    let mut diagnostics = checker.diagnostics;
    diagnostics.sort_by_key(|diagnostic| (diagnostic.location.is_none(), diagnostic.span.start));
    (machine.filter(|_| !checker.incomplete), diagnostics)
}

struct Checker<'s> {
    source: &'s Source,
    /// See [`ParseOptions`](crate::ParseOptions).
    allow_other_names: bool,
    /// The workflow that is read is an Express one.
    express: bool,
    diagnostics: Vec<Diagnostic>,
    /// Something that the machine needs is wrong or unknown.
    incomplete: bool,
    machine_language: QueryLanguage,
    /// All state names of the machine: they are unique across its workflows.
    state_names: HashMap<&'s str, Span>,
    /// All `Label`s of its Distributed Maps.
    labels: HashMap<&'s str, Span>,
    /// From the machine inwards.
    scopes: Vec<variables::Scope<'s>>,
    /// Names of the variables that the state reads, from the outermost state inwards.
    reading: Vec<BTreeSet<String>>,
    /// Of the field that is read.
    states_members: StatesMembers,
}

/// Where in the tree: a list on the stack.
#[derive(Clone, Copy)]
struct Place<'p> {
    parent: Option<&'p Place<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Root,
    Key(&'p str),
    Index(usize),
}

impl<'p> Place<'p> {
    fn root() -> Place<'static> {
        Place {
            parent: None,
            step: Step::Root,
        }
    }

    fn key<'c>(&'c self, key: &'c str) -> Place<'c> {
        Place {
            parent: Some(self),
            step: Step::Key(key),
        }
    }

    fn index(&self, index: usize) -> Place<'_> {
        Place {
            parent: Some(self),
            step: Step::Index(index),
        }
    }

    fn steps(&self) -> Vec<Step<'p>> {
        let mut steps = Vec::new();
        let mut at = Some(self);
        while let Some(place) = at {
            steps.push(place.step);
            at = place.parent;
        }
        steps.reverse();
        steps
    }

    /// As AWS writes it: `/States/A/Choices[0]/Next`; the whole is `/`.
    fn location(&self) -> String {
        let mut text = String::new();
        for step in self.steps() {
            let _ = match step {
                Step::Root => Ok(()),
                Step::Key(key) => write!(text, "/{key}"),
                Step::Index(index) => write!(text, "[{index}]"),
            };
        }
        if text.is_empty() {
            "/".to_owned()
        } else {
            text
        }
    }

    /// RFC 6901.
    fn pointer(&self) -> String {
        let mut text = String::new();
        for step in self.steps() {
            let _ = match step {
                Step::Root => Ok(()),
                Step::Key(key) => write!(text, "/{}", key.replace('~', "~0").replace('/', "~1")),
                Step::Index(index) => write!(text, "/{index}"),
            };
        }
        text
    }
}

/// An object of the definition at its place.
#[derive(Clone, Copy)]
struct Object<'s, 'p> {
    node: &'s Node,
    members: &'s [Member],
    place: &'p Place<'p>,
}

impl<'s> Object<'s, '_> {
    fn get(&self, name: &str) -> Option<&'s Node> {
        self.member(name).map(|member| &member.value)
    }

    fn member(&self, name: &str) -> Option<&'s Member> {
        self.members.iter().find(|member| member.key == name)
    }

    /// Where to point when the object as a whole is wrong: at its beginning.
    fn span(&self) -> Span {
        Span::new(
            self.node.span.start,
            self.node.span.end.min(self.node.span.start + 1),
        )
    }
}

/// `minimum..=maximum` of a number field.
#[derive(Clone, Copy)]
struct Range {
    minimum: u64,
    maximum: u64,
}

/// Findings that have hints.
const MAX_HINTS: usize = 100;

/// AWS's bound for all counts of seconds and attempts.
const MAX_INTEGER: u64 = 99_999_999;
const FROM_ZERO: Range = Range {
    minimum: 0,
    maximum: MAX_INTEGER,
};
const FROM_ONE: Range = Range {
    minimum: 1,
    maximum: MAX_INTEGER,
};

impl<'s> Checker<'s> {
    fn error(
        &mut self,
        code: &'static str,
        place: &Place<'_>,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.incomplete = true;
        self.report(Severity::Error, code, place, span, message)
    }

    fn schema(
        &mut self,
        place: &Place<'_>,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.error(code::SCHEMA, place, span, message)
    }

    fn warning(
        &mut self,
        code: &'static str,
        place: &Place<'_>,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.report(Severity::Warning, code, place, span, message)
    }

    fn report(
        &mut self,
        severity: Severity,
        code: &'static str,
        place: &Place<'_>,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let mut diagnostic = Diagnostic::new(severity, code, message, self.source, span);
        diagnostic.location = Some(place.location());
        diagnostic.pointer = place.pointer();
        self.push(diagnostic)
    }

    fn push(&mut self, diagnostic: Diagnostic) -> &mut Diagnostic {
        let at = self.diagnostics.len();
        self.diagnostics.push(diagnostic);
        &mut self.diagnostics[at]
    }

    /// [`did_you_mean`], but not for hundreds of findings: nobody reads those, and comparing names takes time.
    fn near<'k>(&self, written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
        match self.diagnostics.len() < MAX_HINTS {
            true => did_you_mean(written, known),
            false => None,
        }
    }

    fn unknown<T>(&mut self) -> Option<T> {
        self.incomplete = true;
        None
    }

    fn object<'p>(&mut self, node: &'s Node, place: &'p Place<'p>) -> Option<Object<'s, 'p>> {
        match &node.value {
            NodeValue::Object(members) => Some(Object {
                node,
                members,
                place,
            }),
            _ if node.is_unknown() => self.unknown(),
            _ => self.wrong_type(node, place, "Object"),
        }
    }

    fn array(&mut self, node: &'s Node, place: &Place<'_>) -> Option<&'s [Node]> {
        match &node.value {
            NodeValue::Array(items) => Some(items),
            _ if node.is_unknown() => self.unknown(),
            _ => self.wrong_type(node, place, "Array"),
        }
    }

    fn string(&mut self, node: &'s Node, place: &Place<'_>) -> Option<&'s str> {
        match node.as_str() {
            Some(text) => Some(text),
            None if node.is_unknown() => self.unknown(),
            None => self.wrong_type(node, place, "String"),
        }
    }

    fn string_field(&mut self, object: Object<'s, '_>, name: &str) -> Option<&'s str> {
        let node = object.get(name)?;
        self.string(node, &object.place.key(name))
    }

    fn boolean(&mut self, node: &Node, place: &Place<'_>) -> Option<bool> {
        if let NodeValue::Bool(value) = node.value {
            return Some(value);
        }
        if node.is_unknown() {
            return self.unknown();
        }
        let hint = matches!(node.as_str(), Some("yes" | "no" | "on" | "off"));
        self.schema(place, node.span, "Expected value of type Boolean")
            .hint = hint.then(|| "the booleans of YAML 1.2 are true and false".to_owned());
        None
    }

    fn number<'n>(&mut self, node: &'n Node, place: &Place<'_>) -> Option<&'n Number> {
        match &node.value {
            NodeValue::Number(number) => Some(number),
            _ if node.is_unknown() => self.unknown(),
            _ => self.wrong_type(node, place, "Number"),
        }
    }

    fn integer(&mut self, node: &Node, place: &Place<'_>, range: Range) -> Option<u64> {
        let NodeValue::Number(number) = &node.value else {
            return if node.is_unknown() {
                self.unknown()
            } else {
                self.wrong_type(node, place, "Integer")
            };
        };
        let value = match number.as_u64() {
            Some(value) if value >= range.minimum => value,
            None if !number.is_i64() => return self.wrong_type(node, place, "Integer"),
            _ => {
                self.schema(
                    place,
                    node.span,
                    format!("Minimum value is {}", range.minimum),
                );
                return None;
            }
        };
        if value > range.maximum {
            self.schema(
                place,
                node.span,
                format!("Maximum value is {}", range.maximum),
            );
            return None;
        }
        Some(value)
    }

    fn integer_field(&mut self, object: Object<'s, '_>, name: &str, range: Range) -> Option<u64> {
        let node = object.get(name)?;
        self.integer(node, &object.place.key(name), range)
    }

    fn wrong_type<T>(&mut self, node: &Node, place: &Place<'_>, expected: &str) -> Option<T> {
        self.schema(
            place,
            node.span,
            format!("Expected value of type {expected}"),
        );
        None
    }

    fn enumeration<T: Copy>(
        &mut self,
        object: Object<'s, '_>,
        name: &str,
        values: &[(&str, T)],
    ) -> Option<T> {
        let text = self.string_field(object, name)?;
        if let Some((_, value)) = values.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let words: Vec<_> = values.iter().map(|(word, _)| *word).collect();
        let span = object.get(name).map_or(object.span(), |node| node.span);
        self.schema(
            &object.place.key(name),
            span,
            format!(
                "The field '{name}' should have one of these values: [{}]",
                words.join(", ")
            ),
        )
        .hint = self.near(text, words.iter().copied());
        None
    }

    /// Those of `names` that are missing, in one finding; true when all are there.
    fn required(&mut self, object: Object<'s, '_>, names: &[&str]) -> bool {
        let missing: Vec<_> = names
            .iter()
            .copied()
            .filter(|name| object.get(name).is_none())
            .collect();
        if missing.is_empty() {
            return true;
        }
        if object.members.iter().any(|member| member.key_unknown) {
            self.incomplete = true;
            return false;
        }
        self.schema(
            object.place,
            object.span(),
            format!("These fields are required: [{}]", missing.join(", ")),
        );
        false
    }

    /// Reports a second field of those that exclude each other.
    fn at_most_one(&mut self, object: Object<'s, '_>, names: &[&str]) {
        let mut present = object
            .members
            .iter()
            .filter(|member| names.contains(&member.key.as_str()));
        if let (Some(_), Some(second)) = (present.next(), present.next()) {
            self.schema(
                object.place,
                second.key_span,
                format!(
                    "There should only be one of the following fields: [{}]",
                    names.join(", ")
                ),
            );
        }
    }

    fn exactly_one(&mut self, object: Object<'s, '_>, names: &[&str]) {
        self.at_most_one(object, names);
        self.at_least_one(object, names);
    }

    fn at_least_one(&mut self, object: Object<'s, '_>, names: &[&str]) {
        if names.iter().all(|name| object.get(name).is_none()) {
            if object.members.iter().any(|member| member.key_unknown) {
                self.incomplete = true;
                return;
            }
            self.schema(
                object.place,
                object.span(),
                format!("One of these fields is required: [{}]", names.join(", ")),
            );
        }
    }
}
