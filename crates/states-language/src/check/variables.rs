//! Variables: names in `Assign`, who reads what nobody assigns, and what an expression may read of `$states`.

use std::collections::HashMap;

use query::intrinsics::Call;
use query::jsonata::Expression;
use query::jsonpath::{Path, Root};
use query::template::{Expr, Template};

use super::data::{InnerStep, walk};
use super::map::ProcessorMode;
use super::{Checker, Object, Place};
use crate::diagnostic::{Diagnostic, Severity, code};
use crate::machine::QueryLanguage;
use crate::source::Span;
use crate::syntax::Node;

/// AWS's bound for a variable's name.
const MAX_NAME_CHARACTERS: usize = 80;

/// The variables of one workflow.
#[derive(Default)]
pub(super) struct Scope<'s> {
    assigned: HashMap<&'s str, Spot>,
    /// What workflows inside assign.
    assigned_inside: HashMap<&'s str, Spot>,
    /// Names with the first place that reads them.
    read: HashMap<String, Spot>,
    /// An `Assign` with unknown names: anything may be assigned.
    unknown: bool,
}

/// A place that outlives the walk.
struct Spot {
    span: Span,
    location: String,
    pointer: String,
}

impl Spot {
    fn new(place: &Place<'_>, span: Span) -> Spot {
        Spot {
            span,
            location: place.location(),
            pointer: place.pointer(),
        }
    }
}

/// Which members of `$states` have a value where an expression stands, besides `input` and `context`.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum StatesMembers {
    #[default]
    InputOnly,
    /// `Output` and `Assign` of a Task, Parallel or Map.
    Result,
    /// `Output` and `Assign` of a catcher.
    ErrorOutput,
}

impl<'s> Checker<'s> {
    pub(super) fn assign(
        &mut self,
        object: Object<'s, '_>,
        language: QueryLanguage,
    ) -> Option<Template> {
        let node = object.get("Assign")?;
        let place = object.place.key("Assign");
        match self.object(node, &place) {
            Some(variables) => {
                for member in variables.members {
                    if member.key_unknown {
                        self.incomplete = true;
                        self.scope(|scope| scope.unknown = true);
                        continue;
                    }
                    let name = match language {
                        QueryLanguage::JsonPath => {
                            member.key.strip_suffix(".$").unwrap_or(&member.key)
                        }
                        QueryLanguage::Jsonata => &member.key,
                    };
                    self.variable_name(name, &place.key(&member.key), member.key_span);
                }
            }
            None => self.scope(|scope| scope.unknown = true),
        }
        self.template(node, &place, language)
    }

    fn variable_name(&mut self, name: &'s str, place: &Place<'_>, span: Span) {
        if name == "states" {
            self.schema(place, span, "The variable name 'states' is reserved");
        } else if !is_variable_name(name) {
            let message = format!(
                "'{name}' is not a valid variable name: it may have letters, digits and '_' and not begin with a digit"
            );
            self.schema(place, span, message);
        } else if name.chars().count() > MAX_NAME_CHARACTERS {
            let message =
                format!("A variable's name can have at most {MAX_NAME_CHARACTERS} characters");
            self.schema(place, span, message);
        } else {
            self.scope(|scope| {
                scope
                    .assigned
                    .entry(name)
                    .or_insert_with(|| Spot::new(place, span));
            });
        }
    }

    fn scope(&mut self, change: impl FnOnce(&mut Scope<'s>)) {
        if let Some(scope) = self.scopes.last_mut() {
            change(scope);
        }
    }

    pub(super) fn refer_path(&mut self, path: &Path, place: &Place<'_>, span: Span) {
        if let Root::Variable(name) = path.root() {
            self.refer(name, place, span);
        }
    }

    pub(super) fn refer_call(&mut self, call: &Call, place: &Place<'_>, span: Span) {
        for path in call.paths() {
            self.refer_path(path, place, span);
        }
    }

    /// AWS rejects names that read a context item, since there is none, and `$states.errorOutput` outside a catcher.
    pub(super) fn refer_expression(
        &mut self,
        expression: &Expression,
        place: &Place<'_>,
        span: Span,
    ) {
        for message in expression.unsupported_references() {
            self.error(code::UNSUPPORTED_JSONATA, place, span, message.clone());
        }
        for member in expression.states_members().into_iter().flatten() {
            match (member, self.states_members) {
                ("errorOutput", StatesMembers::InputOnly | StatesMembers::Result) => {
                    let message = "Reference to '$states.errorOutput' is only supported in the 'Output' and 'Assign' of a 'Catch'";
                    self.error(code::UNSUPPORTED_JSONATA, place, span, message);
                }
                ("result", StatesMembers::InputOnly | StatesMembers::ErrorOutput) => {
                    let message = "$states.result has no value here: only the 'Output' and 'Assign' of a Task, Parallel or Map have a result";
                    self.warning(code::UNSUPPORTED_JSONATA, place, span, message);
                }
                ("input" | "context" | "result" | "errorOutput", _) => {}
                (other, _) => {
                    let hint = self.near(other, ["input", "context", "result", "errorOutput"]);
                    let message = format!("$states has no '{other}'");
                    self.warning(code::UNSUPPORTED_JSONATA, place, span, message)
                        .hint = hint;
                }
            }
        }
        for name in expression.variables() {
            self.refer(name, place, span);
        }
    }

    pub(super) fn refer_template(
        &mut self,
        template: &Template,
        node: &'s Node,
        place: &Place<'_>,
    ) {
        for (pointer, expression) in template.expressions() {
            let (at, steps) = walk(node, pointer);
            self.refer_inner(expression, at.span, &steps, place);
        }
    }

    pub(super) fn refer_inner(
        &mut self,
        expression: &Expr,
        span: Span,
        steps: &[InnerStep<'s>],
        place: &Place<'_>,
    ) {
        match steps {
            [step, rest @ ..] => self.refer_inner(expression, span, rest, &step.at(place)),
            [] => match expression {
                Expr::Path(path) => self.refer_path(path, place, span),
                Expr::Call(call) => self.refer_call(call, place, span),
                Expr::Jsonata(expression) => self.refer_expression(expression, place, span),
            },
        }
    }

    fn refer(&mut self, name: &str, place: &Place<'_>, span: Span) {
        if name == "states" {
            return;
        }
        if let Some(read) = self.reading.last_mut() {
            read.insert(name.to_owned());
        }
        self.scope(|scope| {
            if !scope.read.contains_key(name) {
                scope.read.insert(name.to_owned(), Spot::new(place, span));
            }
        });
    }

    /// Ends a workflow. What it reads and does not assign may be assigned around it, unless it is the processor of a
    /// Distributed Map: its executions see nothing of the outside. What it assigns, no workflow around it may assign
    /// (developer guide, "Passing data between states with variables", on scopes).
    pub(super) fn close_scope(&mut self, mode: Option<ProcessorMode>) {
        let Some(scope) = self.scopes.pop() else {
            return;
        };
        let Scope {
            assigned,
            assigned_inside,
            read,
            unknown,
        } = scope;
        for (name, spot) in &assigned_inside {
            if assigned.contains_key(name) {
                let message =
                    format!("The variable '{name}' is already assigned in an outer scope");
                self.report_at(Severity::Error, code::SCHEMA, spot, message);
            }
        }
        let free = read
            .into_iter()
            .filter(|(name, _)| !unknown && !assigned.contains_key(name.as_str()));
        let visible = !matches!(mode, Some(ProcessorMode::Distributed(_)));
        if let Some(outer) = self.scopes.last_mut().filter(|_| visible) {
            for (name, spot) in free {
                outer.read.entry(name).or_insert(spot);
            }
            for (name, spot) in assigned_inside.into_iter().chain(assigned) {
                outer.assigned_inside.entry(name).or_insert(spot);
            }
            return;
        }
        for (name, spot) in free {
            let hint = self.near(&name, assigned.keys().copied());
            let message = format!("No state assigns the variable '{name}' that is read here");
            self.report_at(Severity::Warning, code::UNASSIGNED_VARIABLE, &spot, message)
                .hint = hint;
        }
    }

    fn report_at(
        &mut self,
        severity: Severity,
        code: &'static str,
        spot: &Spot,
        message: String,
    ) -> &mut Diagnostic {
        self.incomplete |= severity == Severity::Error;
        let mut diagnostic = Diagnostic::new(severity, code, message, self.source, spot.span);
        diagnostic.location = Some(spot.location.clone());
        diagnostic.pointer = spot.pointer.clone();
        self.push(diagnostic)
    }
}

/// An identifier of Unicode Annex 31, `_` also at the beginning.
fn is_variable_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}
