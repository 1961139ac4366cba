//! The machine and its workflows: `StartAt` and `States`.

use std::sync::Arc;

use indexmap::IndexMap;

use super::graph::{Graph, GraphState};
use super::map::ProcessorMode;
use super::variables::Scope;
use super::{Checker, FROM_ONE, Object, Place, fields};
use crate::diagnostic::{Diagnostic, Severity, code};
use crate::machine::{Machine, QueryLanguage, Workflow};
use crate::source::Span;
use crate::syntax::{Node, NodeValue};

/// AWS's bound for a state's name.
const MAX_NAME_CHARACTERS: usize = 80;

pub(super) const LANGUAGES: &[(&str, QueryLanguage)] = &[
    ("JSONPath", QueryLanguage::JsonPath),
    ("JSONata", QueryLanguage::Jsonata),
];

impl<'s> Checker<'s> {
    pub(super) fn machine(&mut self, node: &'s Node) -> Option<Machine> {
        let place = Place::root();
        let NodeValue::Object(members) = &node.value else {
            self.diagnostics.push(Diagnostic::new(
                Severity::Error,
                code::SCHEMA,
                "Definition must be a valid JSON object",
                self.source,
                node.span,
            ));
            return None;
        };
        let object = Object {
            node,
            members,
            place: &place,
        };
        self.fields(object, &[fields::MACHINE], QueryLanguage::JsonPath);
        let language = self.enumeration(object, "QueryLanguage", LANGUAGES);
        self.machine_language = language.unwrap_or(QueryLanguage::JsonPath);
        if let Some(version) = self.string_field(object, "Version")
            && version != "1.0"
        {
            let span = object.get("Version").map_or(node.span, |node| node.span);
            self.schema(
                &place.key("Version"),
                span,
                "The field 'Version' should have one of these values: [1.0]",
            );
        }
        let comment = self.string_field(object, "Comment").map(str::to_owned);
        let timeout_seconds = self.integer_field(object, "TimeoutSeconds", FROM_ONE);
        let workflow = self.workflow(object, None);
        Some(Machine {
            comment,
            timeout_seconds,
            query_language: self.machine_language,
            workflow: Arc::new(workflow?),
        })
    }

    /// `StartAt` and `States` of a machine, a branch or a processor (then with its mode), in a scope of variables of its own.
    pub(super) fn workflow(
        &mut self,
        object: Object<'s, '_>,
        mode: Option<ProcessorMode>,
    ) -> Option<Workflow> {
        self.scopes.push(Scope::default());
        let workflow = self.states(object);
        self.close_scope(mode);
        workflow
    }

    fn states(&mut self, object: Object<'s, '_>) -> Option<Workflow> {
        let mut graph = Graph::default();
        self.required(object, &["States", "StartAt"]);
        let start_at = self.string_field(object, "StartAt");
        graph.start_at = start_at.zip(object.get("StartAt").map(|node| node.span));
        graph.unknown = object.get("StartAt").is_some_and(Node::is_unknown);
        let place = object.place.key("States");
        let states_object = object
            .get("States")
            .and_then(|node| self.object(node, &place))?;
        if states_object.members.is_empty() {
            self.schema(&place, states_object.node.span, "Value cannot be empty");
        }
        let mut states = IndexMap::with_capacity(states_object.members.len());
        for member in states_object.members {
            let state_place = place.key(&member.key);
            if member.key_unknown {
                graph.unknown = true;
                self.incomplete = true;
            } else {
                self.state_name(&member.key, member.key_span, &state_place);
            }
            graph.states.push(GraphState {
                name: &member.key,
                name_span: member.key_span,
                transitions: Vec::new(),
                terminal: false,
            });
            if let Some(state) = self.state(&member.key, &member.value, &state_place, &mut graph) {
                states.insert(state.name.clone(), Arc::new(state));
            }
        }
        self.transitions(&graph, object.place);
        Some(Workflow {
            start_at: start_at?.into(),
            states,
        })
    }

    fn state_name(&mut self, name: &'s str, span: Span, place: &Place<'_>) {
        let characters = name.chars().count();
        if characters > MAX_NAME_CHARACTERS {
            self.schema(place, span, format!("A state's name can have at most {MAX_NAME_CHARACTERS} characters, this one has {characters}"));
        } else if name.is_empty() {
            self.schema(place, span, "A state's name cannot be empty");
        }
        if let Some(first) = self.state_names.insert(name, span) {
            let line = self.source.position(first.start).line;
            self.error(
                code::DUPLICATE_STATE,
                place,
                span,
                format!("Duplicate State name: {name}"),
            )
            .hint = Some(format!(
                "names are unique in the whole state machine; the other is in line {line}"
            ));
        }
    }
}
