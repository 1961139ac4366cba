//! Variables: names in `Assign`, and who reads what nobody assigns.

use std::collections::HashSet;

use query::intrinsics::Call;
use query::jsonata::Expression;
use query::jsonpath::{Path, Root};
use query::template::Template;

use super::{Checker, Object};
use crate::machine::QueryLanguage;
use crate::source::Span;
use crate::syntax::Node;

/// AWS's bound for a variable's name.
const MAX_NAME_CHARACTERS: usize = 80;

/// The variables of one workflow.
#[derive(Default)]
pub(super) struct Scope<'s> {
    assigned: HashSet<&'s str>,
    read: Vec<(String, Span)>,
    /// An `Assign` with unknown names: anything may be assigned.
    unknown: bool,
}

impl<'s> Checker<'s> {
    pub(super) fn assign(
        &mut self,
        object: Object<'s, '_>,
        language: QueryLanguage,
    ) -> Option<Template> {
        let node = object.get("Assign")?;
        let place = object.place.key("Assign");
        if let Some(variables) = self.object(node, &place) {
            for member in variables.members {
                if member.key_unknown {
                    self.incomplete = true;
                    if let Some(scope) = self.scopes.last_mut() {
                        scope.unknown = true;
                    }
                    continue;
                }
                let name = match language {
                    QueryLanguage::JsonPath => member.key.strip_suffix(".$").unwrap_or(&member.key),
                    QueryLanguage::Jsonata => &member.key,
                };
                if name == "states" {
                    self.schema(
                        &place,
                        member.key_span,
                        "The variable name 'states' is reserved",
                    );
                } else if !is_variable_name(name) {
                    self.schema(&place, member.key_span, format!("'{name}' is not a valid variable name: letters, digits and '_', not beginning with a digit"));
                } else if name.chars().count() > MAX_NAME_CHARACTERS {
                    self.schema(
                        &place,
                        member.key_span,
                        format!(
                            "A variable's name can have at most {MAX_NAME_CHARACTERS} characters"
                        ),
                    );
                } else if let Some(scope) = self.scopes.last_mut() {
                    scope.assigned.insert(name);
                }
            }
        } else if let Some(scope) = self.scopes.last_mut() {
            scope.unknown = true;
        }
        self.template(node, &place, language)
    }

    pub(super) fn refer_path(&mut self, path: &Path, span: Span) {
        if let Root::Variable(name) = path.root() {
            self.refer(name, span);
        }
    }

    pub(super) fn refer_call(&mut self, call: &Call, span: Span) {
        for path in call.paths() {
            self.refer_path(path, span);
        }
    }

    pub(super) fn refer_expression(&mut self, expression: &Expression, span: Span) {
        for name in expression.variables() {
            self.refer(name, span);
        }
    }

    pub(super) fn refer_template(&mut self, _template: &Template, _node: &Node) {}

    /// What a workflow reads and does not assign may be assigned around it.
    pub(super) fn close_scope(&mut self) {
        let Some(scope) = self.scopes.pop() else {
            return;
        };
        if let Some(outer) = self.scopes.last_mut().filter(|_| !scope.unknown) {
            outer.read.extend(
                scope
                    .read
                    .into_iter()
                    .filter(|(name, _)| !scope.assigned.contains(name.as_str())),
            );
        }
    }

    pub(super) fn close_machine(&mut self) {}

    fn refer(&mut self, name: &str, span: Span) {
        if name != "states"
            && let Some(scope) = self.scopes.last_mut()
        {
            scope.read.push((name.to_owned(), span));
        }
    }
}

/// An identifier as in Unicode Annex 31, with `_` also at the beginning.
fn is_variable_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}
