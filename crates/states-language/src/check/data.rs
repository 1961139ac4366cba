//! Fields that shape data: paths, payload templates and JSONata expressions.

use query::intrinsics::Call;
use query::jsonata::Expression;
use query::jsonpath::{Path, ReferencePath, Root};
use query::template::{Dialect, Expr, Template, jsonata_text};

use super::variables::StatesMembers;
use super::{Checker, Object, Place, Range};
use crate::diagnostic::code;
use crate::machine::{DataFlow, Dynamic, QueryLanguage, ResultPath, Selection};
use crate::source::Span;
use crate::syntax::{Node, NodeValue, offset_in_source};

const DELIMITERS: &str = "A JSONata expression must begin with '{%' and end with '%}'";

impl<'s> Checker<'s> {
    pub(super) fn data_flow(
        &mut self,
        object: Object<'s, '_>,
        language: QueryLanguage,
        states_members: StatesMembers,
    ) -> DataFlow {
        let arguments = match language {
            QueryLanguage::JsonPath => "Parameters",
            QueryLanguage::Jsonata => "Arguments",
        };
        let mut flow = DataFlow {
            input_path: self.selection(object, "InputPath"),
            arguments: self.template_field(object, arguments, language),
            result_selector: self.template_field(object, "ResultSelector", language),
            result_path: self.result_path(object),
            output_path: self.selection(object, "OutputPath"),
            output: None,
            assign: None,
        };
        (flow.output, flow.assign) = self.output_and_assign(object, language, states_members);
        flow
    }

    /// The fields that are evaluated when a state (or a rule or catcher of it) is left.
    pub(super) fn output_and_assign(
        &mut self,
        object: Object<'s, '_>,
        language: QueryLanguage,
        states_members: StatesMembers,
    ) -> (Option<Template>, Option<Template>) {
        self.states_members = states_members;
        let output = self.template_field(object, "Output", language);
        let assign = self.assign(object, language);
        self.states_members = StatesMembers::InputOnly;
        (output, assign)
    }

    /// `InputPath` or `OutputPath`.
    fn selection(&mut self, object: Object<'s, '_>, name: &'static str) -> Selection {
        match object.get(name) {
            None => Selection::Whole,
            Some(Node {
                value: NodeValue::Null,
                ..
            }) => Selection::Nothing,
            Some(node) => match self.path(node, &object.place.key(name)) {
                Some(path) if matches!(path.root(), Root::Input) && path.text() == "$" => {
                    Selection::Whole
                }
                Some(path) => Selection::Path(path),
                None => Selection::Whole,
            },
        }
    }

    /// Any JSONPath: `$…`, `$$…`, `$variable…`.
    pub(super) fn path(&mut self, node: &'s Node, place: &Place<'_>) -> Option<Path> {
        let text = self.string(node, place)?;
        match Path::parse(text) {
            Ok(path) => {
                self.refer_path(&path, place, node.span);
                Some(path)
            }
            Err(error) => {
                let span = self.span_inside(node, text, error.offset);
                self.schema(place, span, "Value must be a valid JSONPath.")
                    .hint = Some(error.message);
                None
            }
        }
    }

    /// A path that names one value and does not reach into the context object, as the `…Path` twins of scalar fields want it.
    pub(super) fn scalar_path(&mut self, node: &'s Node, place: &Place<'_>) -> Option<Path> {
        let path = self.reference_path(node, place)?;
        if *path.root() == Root::Context {
            self.schema(
                place,
                node.span,
                "Value is not a Reference Path: the Context Object cannot be referenced here",
            );
            return None;
        }
        Some(path)
    }

    /// A path that names one value: no wildcards, slices, filters.
    pub(super) fn reference_path(&mut self, node: &'s Node, place: &Place<'_>) -> Option<Path> {
        let text = self.string(node, place)?;
        let reason = match Path::parse(text) {
            Ok(path) if path.is_definite() => {
                self.refer_path(&path, place, node.span);
                return Some(path);
            }
            Ok(_) => (0, "it may name more than one value".to_owned()),
            Err(_) if !text.starts_with('$') => {
                (0, "Reference path didn't start with '$'".to_owned())
            }
            Err(error) => (error.offset, error.message),
        };
        let span = self.span_inside(node, text, reason.0);
        self.schema(
            place,
            span,
            format!("Value is not a Reference Path: {}", reason.1),
        );
        None
    }

    pub(super) fn result_path(&mut self, object: Object<'s, '_>) -> ResultPath {
        let Some(node) = object.get("ResultPath") else {
            return ResultPath::Replace;
        };
        if node.value == NodeValue::Null {
            return ResultPath::Discard;
        }
        let place = object.place.key("ResultPath");
        let Some(text) = self.string(node, &place) else {
            return ResultPath::Replace;
        };
        match ReferencePath::parse(text) {
            Ok(_) if text == "$" => ResultPath::Replace,
            Ok(path) => ResultPath::At(path),
            Err(error) => {
                let reason = if text.starts_with('$') {
                    error.message
                } else {
                    "Reference path didn't start with '$'".to_owned()
                };
                let span = self.span_inside(node, text, error.offset);
                self.schema(
                    &place,
                    span,
                    format!("Value is not a Reference Path: {reason}"),
                );
                ResultPath::Replace
            }
        }
    }

    pub(super) fn template_field(
        &mut self,
        object: Object<'s, '_>,
        name: &str,
        language: QueryLanguage,
    ) -> Option<Template> {
        let node = object.get(name)?;
        self.template(node, &object.place.key(name), language)
    }

    /// JSON with expressions inside. With unknown parts the rest is checked, but there is no template.
    pub(super) fn template(
        &mut self,
        node: &'s Node,
        place: &Place<'_>,
        language: QueryLanguage,
    ) -> Option<Template> {
        let dialect = match language {
            QueryLanguage::JsonPath => Dialect::JsonPath,
            QueryLanguage::Jsonata => Dialect::Jsonata,
        };
        let unknown = node.contains_unknown();
        self.incomplete |= unknown;
        if language == QueryLanguage::Jsonata {
            self.delimiters(node, place);
        }
        match Template::parse(dialect, &node.to_value()) {
            Ok(template) => {
                self.refer_template(&template, node, place);
                Some(template).filter(|_| !unknown)
            }
            Err(errors) => {
                for error in errors {
                    let (at, steps) = walk(node, &error.pointer);
                    if !at.is_unknown() {
                        self.template_error(
                            at,
                            &steps,
                            place,
                            language,
                            &error.message,
                            error.offset,
                        );
                    }
                }
                self.refer_parts(node, None, place, language);
                None
            }
        }
    }

    /// References of the expressions that are right in a template in which others are not.
    fn refer_parts(
        &mut self,
        node: &'s Node,
        key: Option<&str>,
        place: &Place<'_>,
        language: QueryLanguage,
    ) {
        match &node.value {
            NodeValue::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    self.refer_parts(item, None, &place.index(i), language);
                }
            }
            NodeValue::Object(members) => {
                for member in members {
                    let (key, place) = (member.key.as_str(), place.key(&member.key));
                    self.refer_parts(&member.value, Some(key), &place, language);
                }
            }
            NodeValue::String(scalar) => {
                let expression = match language {
                    QueryLanguage::Jsonata => jsonata_text(&scalar.text)
                        .and_then(|text| Expression::parse(text).ok())
                        .map(Expr::Jsonata),
                    QueryLanguage::JsonPath => key
                        .filter(|key| key.ends_with(".$"))
                        .and_then(|_| Expr::parse_json_path(&scalar.text).ok()),
                };
                if let Some(expression) = expression {
                    self.refer_inner(&expression, node.span, &[], place);
                }
            }
            _ => {}
        }
    }

    /// Strings that look like expressions and are none.
    fn delimiters(&mut self, node: &'s Node, place: &Place<'_>) {
        match &node.value {
            NodeValue::String(scalar)
                if scalar.text.starts_with("{%") != scalar.text.ends_with("%}") =>
            {
                self.error(code::INVALID_JSONATA, place, node.span, DELIMITERS);
            }
            NodeValue::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    self.delimiters(item, &place.index(i));
                }
            }
            NodeValue::Object(members) => {
                for member in members {
                    self.delimiters(&member.value, &place.key(&member.key));
                }
            }
            _ => {}
        }
    }

    /// AWS reports JSONPath templates at the object that has the field, JSONata at the string.
    fn template_error(
        &mut self,
        node: &'s Node,
        steps: &[InnerStep<'s>],
        place: &Place<'_>,
        language: QueryLanguage,
        message: &str,
        offset: usize,
    ) {
        if let [step, rest @ ..] = steps
            && (language == QueryLanguage::Jsonata || !rest.is_empty())
        {
            return self.template_error(node, rest, &step.at(place), language, message, offset);
        }
        let span = node
            .as_str()
            .map_or(node.span, |text| self.span_inside(node, text, offset));
        match (language, steps.first()) {
            (QueryLanguage::JsonPath, Some(InnerStep::Key(key))) => {
                let text = format!(
                    "The value for the field '{key}' must be a valid JSONPath or a valid intrinsic function call"
                );
                self.schema(place, span, text.clone()).hint =
                    (message != text).then(|| message.to_owned());
            }
            (QueryLanguage::JsonPath, _) => {
                self.schema(place, span, message);
            }
            (QueryLanguage::Jsonata, _) => {
                self.error(code::INVALID_JSONATA, place, span, message);
            }
        }
    }

    /// From byte `offset` of a string's text to its end.
    fn span_inside(&self, node: &Node, text: &str, offset: usize) -> Span {
        let start = offset_in_source(self.source.text(), node.span, text, offset);
        Span::new(start, node.span.end.max(start))
    }

    /// The expression of `{% … %}`; `None` with a finding when the text is no whole expression or does not parse.
    pub(super) fn expression(&mut self, node: &'s Node, place: &Place<'_>) -> Option<Expression> {
        let text = self.string(node, place)?;
        let Some(inner) = jsonata_text(text) else {
            self.error(code::INVALID_JSONATA, place, node.span, DELIMITERS);
            return None;
        };
        match Expression::parse(inner) {
            Ok(parsed) => {
                self.refer_expression(&parsed, place, node.span);
                Some(parsed)
            }
            Err(error) => {
                let span = self.span_inside(node, text, 2 + error.offset);
                self.error(code::INVALID_JSONATA, place, span, error.message);
                None
            }
        }
    }

    /// A number of a field or of its `…Path` twin, or a JSONata expression.
    pub(super) fn dynamic_integer(
        &mut self,
        object: Object<'s, '_>,
        name: &'static str,
        path_name: &'static str,
        range: Range,
        language: QueryLanguage,
    ) -> Option<Dynamic<u64>> {
        self.at_most_one(object, &[name, path_name]);
        if let Some(node) = object.get(name) {
            let place = object.place.key(name);
            return if language == QueryLanguage::Jsonata && node.as_str().is_some() {
                self.expression(node, &place).map(Dynamic::Jsonata)
            } else {
                self.integer(node, &place, range).map(Dynamic::Literal)
            };
        }
        let node = object.get(path_name)?;
        self.scalar_path(node, &object.place.key(path_name))
            .map(Dynamic::Path)
    }

    /// Text of a field, or a JSONata expression.
    pub(super) fn dynamic_string(
        &mut self,
        node: &'s Node,
        place: &Place<'_>,
        language: QueryLanguage,
    ) -> Option<Dynamic<String>> {
        let text = self.string(node, place)?;
        if language == QueryLanguage::Jsonata && text.starts_with("{%") {
            return self.expression(node, place).map(Dynamic::Jsonata);
        }
        Some(Dynamic::Literal(text.to_owned()))
    }

    /// `ErrorPath` and `CausePath`: a reference path, the context object included, or an intrinsic call.
    pub(super) fn path_or_call(
        &mut self,
        node: &'s Node,
        place: &Place<'_>,
    ) -> Option<Dynamic<String>> {
        let text = self.string(node, place)?;
        if !text.starts_with("States.") {
            return self.reference_path(node, place).map(Dynamic::Path);
        }
        match Call::parse(text) {
            Ok(call) => {
                self.refer_call(&call, place, node.span);
                Some(Dynamic::Intrinsic(call))
            }
            Err(error) => {
                let span = self.span_inside(node, text, error.offset);
                self.schema(
                    place,
                    span,
                    "Value must be a valid JSONPath or a valid intrinsic function call",
                )
                .hint = Some(error.message);
                None
            }
        }
    }
}

#[derive(Clone, Copy)]
pub(super) enum InnerStep<'n> {
    Key(&'n str),
    Index(usize),
}

impl<'n> InnerStep<'n> {
    pub(super) fn at<'c>(&self, place: &'c Place<'c>) -> Place<'c>
    where
        'n: 'c,
    {
        match self {
            InnerStep::Key(key) => place.key(key),
            InnerStep::Index(index) => place.index(*index),
        }
    }
}

/// The value at a JSON pointer (as far as it leads), and the steps to it.
pub(super) fn walk<'n>(root: &'n Node, pointer: &str) -> (&'n Node, Vec<InnerStep<'n>>) {
    let mut node = root;
    let mut steps = Vec::new();
    for part in pointer.split('/').skip(1) {
        let name = part.replace("~1", "/").replace("~0", "~");
        let next = match &node.value {
            NodeValue::Object(members) => members
                .iter()
                .find(|member| member.key == name)
                .map(|member| (&member.value, InnerStep::Key(&member.key))),
            NodeValue::Array(items) => name.parse().ok().and_then(|index: usize| {
                items.get(index).map(|item| (item, InnerStep::Index(index)))
            }),
            _ => None,
        };
        let Some((inner, step)) = next else { break };
        node = inner;
        steps.push(step);
    }
    (node, steps)
}
