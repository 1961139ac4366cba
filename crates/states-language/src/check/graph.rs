//! Transitions of one workflow: missing targets, states that nothing leads to, and whether there is an end.

use std::collections::HashMap;

use super::{Checker, Place};
use crate::diagnostic::{Diagnostic, Severity, code};
use crate::source::Span;

#[derive(Default)]
pub(super) struct Graph<'s> {
    pub start_at: Option<(&'s str, Span)>,
    pub states: Vec<GraphState<'s>>,
    /// A transition or a state's name is unknown: what seems missing may be there.
    pub unknown: bool,
    /// A transition is missing or leads nowhere: what else follows from that is not worth a finding.
    pub broken: bool,
}

pub(super) struct GraphState<'s> {
    pub name: &'s str,
    pub name_span: Span,
    pub transitions: Vec<Transition<'s>>,
    /// An `End`, Succeed or Fail.
    pub terminal: bool,
}

pub(super) struct Transition<'s> {
    pub field: TransitionField,
    pub target: &'s str,
    pub span: Span,
}

#[derive(Clone, Copy)]
pub(super) enum TransitionField {
    Next,
    Default,
    Choice(usize),
    Catch(usize),
}

/// Of the states in one finding.
const SHOWN_NAMES: usize = 5;

impl<'s> Checker<'s> {
    /// Which of these AWS reports, and in which words, was measured with ValidateStateMachineDefinition: every field's missing target is
    /// called a 'Next' target; a workflow without any terminal state is not searched for unreachable ones; unreachable means that no
    /// transition names the state (what follows an unreachable state is not reported).
    pub(super) fn transitions(&mut self, graph: &Graph<'s>, place: &Place<'_>) {
        let index: HashMap<&str, usize> = graph
            .states
            .iter()
            .enumerate()
            .map(|(i, state)| (state.name, i))
            .collect();
        let names = || graph.states.iter().map(|state| state.name);
        let states_place = place.key("States");
        let mut broken = graph.broken;
        if let Some((target, span)) = graph.start_at
            && !index.contains_key(target)
        {
            self.missing_target(graph, target, span, &place.key("StartAt"), names());
            broken = true;
        }
        for state in &graph.states {
            let state_place = states_place.key(state.name);
            for transition in state
                .transitions
                .iter()
                .filter(|transition| !index.contains_key(transition.target))
            {
                broken = true;
                let (target, span) = (transition.target, transition.span);
                match transition.field {
                    TransitionField::Next => {
                        self.missing_target(graph, target, span, &state_place.key("Next"), names())
                    }
                    TransitionField::Default => self.missing_target(
                        graph,
                        target,
                        span,
                        &state_place.key("Default"),
                        names(),
                    ),
                    TransitionField::Choice(i) => self.missing_target(
                        graph,
                        target,
                        span,
                        &state_place.key("Choices").index(i).key("Next"),
                        names(),
                    ),
                    TransitionField::Catch(i) => self.missing_target(
                        graph,
                        target,
                        span,
                        &state_place.key("Catch").index(i).key("Next"),
                        names(),
                    ),
                }
            }
        }
        if graph.states.is_empty() || graph.unknown {
            return;
        }
        if !graph.states.iter().any(|state| state.terminal) {
            self.incomplete = true;
            let span = graph
                .start_at
                .map_or(graph.states[0].name_span, |(_, span)| span);
            let mut diagnostic = Diagnostic::new(
                Severity::Error,
                code::MISSING_END,
                "Workflow has no terminal state",
                self.source,
                span,
            );
            diagnostic.pointer = place.pointer();
            diagnostic.hint = Some(
                "add \"End\": true to a state, or a state of the type Succeed or Fail".to_owned(),
            );
            self.diagnostics.push(diagnostic);
            return;
        }
        if graph.start_at.is_none() {
            return;
        }
        let reached = reachable(graph, &index);
        let mut named = vec![false; graph.states.len()];
        for (from, state) in graph.states.iter().enumerate() {
            for to in state
                .transitions
                .iter()
                .filter_map(|transition| index.get(transition.target))
                .filter(|to| **to != from)
            {
                named[*to] = true;
            }
        }
        if let Some(start) = graph.start_at.and_then(|(name, _)| index.get(name)) {
            named[*start] = true;
        }
        for (i, state) in graph.states.iter().enumerate() {
            let place = states_place.key(state.name);
            if !named[i] {
                let message = format!("State \"{}\" is not reachable.", state.name);
                self.error(code::MISSING_TARGET, &place, state.name_span, message);
            } else if !reached[i] && !broken {
                let message = format!(
                    "State \"{}\" follows only states that are not reachable.",
                    state.name
                );
                self.warning(code::MISSING_TARGET, &place, state.name_span, message);
            }
        }
        if broken {
            return;
        }
        let ending = can_end(graph, &index);
        let endless: Vec<_> = (0..graph.states.len())
            .filter(|i| reached[*i] && !ending[*i])
            .map(|i| &graph.states[i])
            .collect();
        if let Some(first) = endless.first() {
            let names: Vec<_> = endless
                .iter()
                .take(SHOWN_NAMES)
                .map(|state| format!("\"{}\"", state.name))
                .collect();
            let more = if endless.len() > SHOWN_NAMES {
                ", …"
            } else {
                ""
            };
            let message = format!(
                "No path leads from here to an end, only to the limit of events or a timeout: {}{more}",
                names.join(", ")
            );
            self.warning(
                code::NO_PATH_TO_END,
                &states_place.key(first.name),
                first.name_span,
                message,
            );
        }
    }

    fn missing_target<'n>(
        &mut self,
        graph: &Graph<'s>,
        target: &str,
        span: Span,
        place: &Place<'_>,
        names: impl Iterator<Item = &'n str>,
    ) {
        if graph.unknown {
            self.incomplete = true;
            return;
        }
        let hint = self.near(target, names);
        let elsewhere = hint.is_none() && self.state_names.contains_key(target);
        self.error(
            code::MISSING_TARGET,
            place,
            span,
            format!("Missing 'Next' target: {target}"),
        )
        .hint = if elsewhere {
            Some(
                "a state of this name is in another workflow; transitions stay inside theirs"
                    .to_owned(),
            )
        } else {
            hint
        };
    }
}

fn reachable(graph: &Graph<'_>, index: &HashMap<&str, usize>) -> Vec<bool> {
    let mut reached = vec![false; graph.states.len()];
    let mut open: Vec<usize> = graph
        .start_at
        .and_then(|(name, _)| index.get(name))
        .copied()
        .into_iter()
        .collect();
    while let Some(at) = open.pop() {
        if !std::mem::replace(&mut reached[at], true) {
            open.extend(
                graph.states[at]
                    .transitions
                    .iter()
                    .filter_map(|transition| index.get(transition.target)),
            );
        }
    }
    reached
}

fn can_end(graph: &Graph<'_>, index: &HashMap<&str, usize>) -> Vec<bool> {
    let mut before = vec![Vec::new(); graph.states.len()];
    for (from, state) in graph.states.iter().enumerate() {
        for to in state
            .transitions
            .iter()
            .filter_map(|transition| index.get(transition.target))
        {
            before[*to].push(from);
        }
    }
    let mut ending = vec![false; graph.states.len()];
    let mut open: Vec<usize> = (0..graph.states.len())
        .filter(|i| graph.states[*i].terminal)
        .collect();
    while let Some(at) = open.pop() {
        if !std::mem::replace(&mut ending[at], true) {
            open.extend(&before[at]);
        }
    }
    ending
}
