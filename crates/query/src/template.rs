//! Values with expressions inside (`Parameters`, `ResultSelector`, `Arguments`, `Assign`, `Output`, …), parsed once.

use std::borrow::Cow;

use serde_json::{Map, Value};
use thiserror::Error;

use crate::copies::{CopyBudget, TooMuchCopied};
use crate::intrinsics::{Call, IntrinsicError};
use crate::jsonata::{Expression, JsonataError};
use crate::jsonpath::{Path, PathError};
use crate::payload::{MAX_NESTING, Payload, nesting_exceeds};
use crate::{Environment, Evaluation};

/// Which strings of a template are expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// The value of a field whose name ends in `.$` is a path or an intrinsic call; the field loses the suffix.
    JsonPath,
    /// A string that starts with `{%` and ends with `%}` is an expression, wherever it stands.
    Jsonata,
}

/// An expression of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// `$.a`, `$$.a`, `$variable`
    Path(Path),
    /// `States.Format(…)`
    Call(Call),
    /// `{% … %}`
    Jsonata(Expression),
}

impl Expr {
    /// The expression as written, for JSONata what stands between the delimiters.
    pub fn text(&self) -> &str {
        match self {
            Expr::Path(path) => path.text(),
            Expr::Call(call) => call.text(),
            Expr::Jsonata(expression) => expression.text(),
        }
    }

    /// Parses the value of a field `name.$`: a path or an intrinsic call.
    pub fn parse_json_path(text: &str) -> Result<Expr, crate::SyntaxError> {
        if Call::is_call(text) {
            Call::parse(text).map(Expr::Call)
        } else {
            Path::parse(text).map(Expr::Path)
        }
    }
}

/// The text between `{%` and `%}` when the whole string is an expression, else `None`.
pub fn jsonata_text(text: &str) -> Option<&str> {
    text.strip_prefix("{%")?.strip_suffix("%}")
}

/// A place in a template that is no valid expression.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{pointer}: {message}")]
pub struct TemplateSyntaxError {
    /// JSON pointer inside the template, with the field's name as written: `/a/b.$`.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// Where in the string, in bytes.
    pub offset: usize,
}

/// Why a template gave no value.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TemplateError {
    /// The data lacks what a path of a field `name.$` points at (AWS: `States.Runtime`).
    #[error(
        "The JSONPath '{path}' specified for the field '{field}' could not be found in the input"
    )]
    PathNotFound {
        /// The path as written.
        path: String,
        /// The name of the field as written, without its parents: `value.$`.
        field: String,
        /// What exactly is missing.
        error: PathError,
    },
    /// An intrinsic call failed (`States.IntrinsicFailure`).
    #[error("The function '{call}' had the following error: {error}")]
    Intrinsic {
        /// The call as written.
        call: String,
        /// The name of the field as written, without its parents: `value.$`.
        field: String,
        /// Why.
        error: IntrinsicError,
    },
    /// A JSONata expression failed (`States.QueryEvaluationError`).
    #[error("The JSONata expression '{expression}' specified for the field '{field}' threw an error during evaluation{}", error.tail())]
    Jsonata {
        /// The expression as written between the delimiters.
        expression: String,
        /// Where in the template: `a/b[0]`; empty for the template itself.
        field: String,
        /// Why.
        error: JsonataError,
    },
    /// A JSONata expression gave nothing (`States.QueryEvaluationError`).
    #[error(
        "The JSONata expression '{expression}' specified for the field '{field}' returned nothing (undefined)."
    )]
    Undefined {
        /// The expression as written between the delimiters.
        expression: String,
        /// Where in the template: `a/b[0]`; empty for the template itself.
        field: String,
    },
    /// The value nests too many arrays and objects.
    #[error("The value nests more than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// What the expressions give is larger than what one evaluation may copy.
    #[error("The value exceeds {limit_bytes} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit_bytes: usize,
    },
}

impl TemplateError {
    /// The same error with the name of the state's field that holds the template: `Output` and `a/b[0]` make
    /// `Output/a/b[0]`. JSONPath errors name the inner field only, as AWS does.
    pub fn in_field(mut self, state_field: &str) -> Self {
        if let TemplateError::Jsonata { field, .. } | TemplateError::Undefined { field, .. } =
            &mut self
        {
            *field = match field.chars().next() {
                None => state_field.to_owned(),
                Some('[') => format!("{state_field}{field}"),
                Some(_) => format!("{state_field}/{field}"),
            };
        }
        self
    }
}

/// A parsed template.
#[derive(Clone, Debug)]
pub struct Template {
    node: Node,
    /// Set when there are no expressions.
    constant: Option<Payload>,
    expressions: Vec<(String, Expr)>,
}

#[derive(Clone, Debug)]
enum Node {
    /// A part without expressions.
    Constant(Value),
    Object(Vec<(String, Node)>),
    Array(Vec<Node>),
    Expression {
        expr: Expr,
        /// As errors name it.
        field: String,
        /// The place in the order of expressions, which gives each its own seed.
        index: u64,
    },
}

impl Template {
    /// Parses a template; all errors at once.
    pub fn parse(dialect: Dialect, value: &Value) -> Result<Template, Vec<TemplateSyntaxError>> {
        let mut parser = Parser {
            dialect,
            expressions: Vec::new(),
            errors: Vec::new(),
        };
        let node = if nesting_exceeds(value, MAX_NESTING) {
            parser.error(
                String::new(),
                format!("a template nests at most {MAX_NESTING} levels"),
                0,
            );
            Node::Constant(Value::Null)
        } else {
            parser.node(value, "", "")
        };
        if !parser.errors.is_empty() {
            return Err(parser.errors);
        }
        let constant = match &node {
            Node::Constant(value) => Some(Payload::from_value(value.clone())),
            _ => None,
        };
        Ok(Template {
            node,
            constant,
            expressions: parser.expressions,
        })
    }

    /// Whether it has no expressions.
    pub fn is_constant(&self) -> bool {
        self.constant.is_some()
    }

    /// The value of a template without expressions: evaluating it needs no copy.
    pub fn constant(&self) -> Option<&Payload> {
        self.constant.as_ref()
    }

    /// A top-level member without expressions in it, as written.
    pub fn constant_member(&self, name: &str) -> Option<&Value> {
        match &self.node {
            Node::Constant(value) => value.get(name),
            Node::Object(fields) => fields.iter().find_map(|(key, node)| match node {
                Node::Constant(value) if key == name => Some(value),
                _ => None,
            }),
            _ => None,
        }
    }

    /// All expressions with their JSON pointers inside the template (`/a/b.$`).
    pub fn expressions(&self) -> impl Iterator<Item = (&str, &Expr)> {
        self.expressions
            .iter()
            .map(|(pointer, expr)| (pointer.as_str(), expr))
    }

    /// The value of the template.
    pub fn eval(
        &self,
        env: &dyn Environment,
        evaluation: &Evaluation<'_>,
    ) -> Result<Value, TemplateError> {
        let value = self.node.eval(env, evaluation, &mut CopyBudget::new())?;
        if self.constant.is_none() && nesting_exceeds(&value, MAX_NESTING) {
            return Err(TemplateError::TooDeep { limit: MAX_NESTING });
        }
        Ok(value)
    }

    /// The value of the template as a payload; shared, not copied, when it has no expressions.
    pub fn eval_payload(
        &self,
        env: &dyn Environment,
        evaluation: &Evaluation<'_>,
    ) -> Result<Payload, TemplateError> {
        match &self.constant {
            Some(constant) => Ok(constant.clone()),
            None => self.eval(env, evaluation).map(Payload::from_value),
        }
    }

    /// The values of the fields of a template that is an object, as `Assign` needs them: in order, each with its name.
    /// Empty for any other template.
    pub fn eval_fields(
        &self,
        env: &dyn Environment,
        evaluation: &Evaluation<'_>,
    ) -> Result<Vec<(String, Value)>, TemplateError> {
        match self.eval(env, evaluation)? {
            Value::Object(fields) => Ok(fields.into_iter().collect()),
            _ => Ok(Vec::new()),
        }
    }
}

impl Node {
    fn is_constant(&self) -> bool {
        matches!(self, Node::Constant(_))
    }

    fn into_constant(self) -> Option<Value> {
        match self {
            Node::Constant(value) => Some(value),
            _ => None,
        }
    }

    fn eval(
        &self,
        env: &dyn Environment,
        evaluation: &Evaluation<'_>,
        copies: &mut CopyBudget,
    ) -> Result<Value, TemplateError> {
        match self {
            Node::Constant(value) => Ok(value.clone()),
            Node::Object(fields) => {
                let mut object = Map::with_capacity(fields.len());
                for (name, field) in fields {
                    object.insert(name.clone(), field.eval(env, evaluation, copies)?);
                }
                Ok(Value::Object(object))
            }
            Node::Array(items) => items
                .iter()
                .map(|item| item.eval(env, evaluation, copies))
                .collect(),
            Node::Expression { expr, field, index } => {
                let evaluation = evaluation.derived(*index);
                let value = eval(expr, field, env, &evaluation, copies)?;
                match copies.spend(&value) {
                    Ok(()) => Ok(value.into_owned()),
                    Err(TooMuchCopied) => Err(TemplateError::TooLarge {
                        limit_bytes: CopyBudget::BYTES,
                    }),
                }
            }
        }
    }
}

fn eval<'v>(
    expr: &Expr,
    field: &str,
    env: &'v dyn Environment,
    evaluation: &Evaluation<'_>,
    copies: &mut CopyBudget,
) -> Result<Cow<'v, Value>, TemplateError> {
    match expr {
        Expr::Path(path) => path.eval(env).map_err(|error| TemplateError::PathNotFound {
            path: path.text().to_owned(),
            field: field.to_owned(),
            error,
        }),
        Expr::Call(call) => call
            .eval_within(env, evaluation, copies)
            .map(Cow::Owned)
            .map_err(|error| TemplateError::Intrinsic {
                call: call.text().to_owned(),
                field: field.to_owned(),
                error,
            }),
        Expr::Jsonata(expression) => match expression.eval(env, evaluation) {
            Ok(Some(value)) => Ok(Cow::Owned(value)),
            Ok(None) => Err(TemplateError::Undefined {
                expression: expression.text().to_owned(),
                field: field.to_owned(),
            }),
            Err(error) => Err(TemplateError::Jsonata {
                expression: expression.text().to_owned(),
                field: field.to_owned(),
                error,
            }),
        },
    }
}

struct Parser {
    dialect: Dialect,
    expressions: Vec<(String, Expr)>,
    errors: Vec<TemplateSyntaxError>,
}

impl Parser {
    /// `pointer` is a JSON pointer, `field` the same as AWS's errors write it.
    fn node(&mut self, value: &Value, pointer: &str, field: &str) -> Node {
        match value {
            Value::Object(fields) => self.object(fields, pointer, field),
            Value::Array(items) => {
                let parse = |(i, item)| {
                    self.node(item, &format!("{pointer}/{i}"), &format!("{field}[{i}]"))
                };
                array(items.iter().enumerate().map(parse).collect())
            }
            Value::String(text) if self.dialect == Dialect::Jsonata => match jsonata_text(text) {
                Some(source) => {
                    let parsed = Expression::parse(source).map(Expr::Jsonata);
                    self.expression(parsed, pointer, field, "{%".len())
                }
                None => Node::Constant(value.clone()),
            },
            value => Node::Constant(value.clone()),
        }
    }

    fn object(&mut self, fields: &Map<String, Value>, pointer: &str, field: &str) -> Node {
        let mut nodes = Vec::with_capacity(fields.len());
        for (name, value) in fields {
            let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
            let path_name = name
                .strip_suffix(".$")
                .filter(|_| self.dialect == Dialect::JsonPath);
            let (name, node) = match path_name {
                Some(short) => (short, self.path_field(value, &pointer, name)),
                None => {
                    let separator = if field.is_empty() { "" } else { "/" };
                    (
                        name.as_str(),
                        self.node(value, &pointer, &format!("{field}{separator}{name}")),
                    )
                }
            };
            nodes.push((name.to_owned(), node));
        }
        object(nodes)
    }

    /// The value of a field `name.$`; errors name the field alone, without its parents.
    fn path_field(&mut self, value: &Value, pointer: &str, name: &str) -> Node {
        match value.as_str() {
            Some(text) => self.expression(Expr::parse_json_path(text), pointer, name, 0),
            None => {
                let message = format!(
                    "The value for the field '{name}' must be a valid JSONPath or a valid intrinsic function call"
                );
                self.error(pointer.to_owned(), message, 0);
                Node::Constant(Value::Null)
            }
        }
    }

    fn expression(
        &mut self,
        parsed: Result<Expr, crate::SyntaxError>,
        pointer: &str,
        field: &str,
        start: usize,
    ) -> Node {
        match parsed {
            Ok(expr) => {
                let index = self.expressions.len() as u64;
                self.expressions.push((pointer.to_owned(), expr.clone()));
                Node::Expression {
                    expr,
                    field: field.to_owned(),
                    index,
                }
            }
            Err(error) => {
                self.error(pointer.to_owned(), error.message, start + error.offset);
                Node::Constant(Value::Null)
            }
        }
    }

    fn error(&mut self, pointer: String, message: String, offset: usize) {
        self.errors.push(TemplateSyntaxError {
            pointer,
            message,
            offset,
        });
    }
}

/// The items as one constant where none of them has an expression.
fn array(items: Vec<Node>) -> Node {
    if !items.iter().all(Node::is_constant) {
        return Node::Array(items);
    }
    Node::Constant(items.into_iter().filter_map(Node::into_constant).collect())
}

/// The fields as one constant where none of them has an expression.
fn object(fields: Vec<(String, Node)>) -> Node {
    if !fields.iter().all(|(_, node)| node.is_constant()) {
        return Node::Object(fields);
    }
    let constant = |(name, node): (String, Node)| Some((name, node.into_constant()?));
    Node::Constant(Value::Object(
        fields.into_iter().filter_map(constant).collect(),
    ))
}

#[cfg(test)]
mod tests;
