//! What all states have, and the types Pass, Wait, Succeed and Fail.

use std::collections::BTreeSet;

use super::graph::{Graph, Transition, TransitionField};
use super::variables::StatesMembers;
use super::workflow::LANGUAGES;
use super::{Checker, FROM_ZERO, Object, Place, fields};
use crate::machine::{Dynamic, Fail, Kind, Next, Pass, QueryLanguage, State, Wait};
use crate::source::Span;
use crate::syntax::Node;

/// In the order in which AWS lists them.
const TYPES: &[&str] = &[
    "Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map",
];

impl<'s> Checker<'s> {
    pub(super) fn state(
        &mut self,
        name: &'s str,
        node: &'s Node,
        place: &Place<'_>,
        graph: &mut Graph<'s>,
    ) -> Option<State> {
        self.reading.push(BTreeSet::new());
        let state = self.state_itself(name, node, place, graph);
        let read = self.reading.pop().unwrap_or_default();
        state.map(|state| State {
            variables: read.into_iter().map(Into::into).collect(),
            ..state
        })
    }

    fn state_itself(
        &mut self,
        name: &'s str,
        node: &'s Node,
        place: &Place<'_>,
        graph: &mut Graph<'s>,
    ) -> Option<State> {
        if node.is_unknown() {
            graph.unknown = true;
        }
        let object = self.object(node, place)?;
        self.required(object, &["Type"]);
        let language = self.language(object);
        let words: Vec<_> = TYPES.iter().map(|word| (*word, *word)).collect();
        let Some(type_name) = self.enumeration(object, "Type", &words) else {
            // Without a type the state's fields say nothing; what it may lead to still counts.
            graph.unknown = true;
            return None;
        };
        self.fields(object, fields::of_state(type_name), language);
        let comment = self.string_field(object, "Comment").map(str::to_owned);
        let next = match type_name {
            "Choice" => Some(Next::End),
            "Succeed" | "Fail" => {
                mark_terminal(graph);
                Some(Next::End)
            }
            _ => self.next(object, graph),
        };
        let states_members = match type_name {
            "Task" | "Parallel" | "Map" => StatesMembers::Result,
            _ => StatesMembers::InputOnly,
        };
        let mut flow = self.data_flow(object, language, states_members);
        let kind = match type_name {
            "Pass" => Some(Kind::Pass(Pass {
                result: self.result(object),
            })),
            "Task" => self
                .task(object, language, &flow, graph)
                .map(|task| Kind::Task(Box::new(task))),
            "Choice" => self.choice(object, language, graph).map(Kind::Choice),
            "Wait" => self.wait(object, language).map(Kind::Wait),
            "Succeed" => Some(Kind::Succeed),
            "Fail" => Some(Kind::Fail(self.fail(object, language))),
            "Parallel" => self.parallel(object, language, graph).map(Kind::Parallel),
            _ => self.map(object, name, language, graph).map(|mut map| {
                // The old form's `Parameters` do what `ItemSelector` does.
                map.item_selector = map.item_selector.or_else(|| flow.arguments.take());
                Kind::Map(Box::new(map))
            }),
        };
        Some(State {
            name: name.into(),
            comment,
            query_language: language,
            flow,
            next: next?,
            kind: kind?,
            variables: Vec::new(),
        })
    }

    /// The state's own query language or the machine's; those of the states around it do not count.
    fn language(&mut self, object: Object<'s, '_>) -> QueryLanguage {
        let Some(language) = self.enumeration(object, "QueryLanguage", LANGUAGES) else {
            return self.machine_language;
        };
        if language == QueryLanguage::JsonPath && self.machine_language == QueryLanguage::Jsonata {
            let span = object
                .get("QueryLanguage")
                .map_or(object.span(), |node| node.span);
            self.schema(
                object.place,
                span,
                "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
            );
            return QueryLanguage::Jsonata;
        }
        language
    }

    fn next(&mut self, object: Object<'s, '_>, graph: &mut Graph<'s>) -> Option<Next> {
        let end = object
            .get("End")
            .and_then(|node| self.boolean(node, &object.place.key("End")));
        match (object.get("Next"), end) {
            (Some(_), Some(true)) => {
                self.at_most_one(object, &["Next", "End"]);
                mark_terminal(graph);
                None
            }
            (Some(node), _) => {
                let target = self.transition(object, "Next", TransitionField::Next, graph);
                graph.unknown |= node.is_unknown();
                target.map(|target| Next::State(target.into()))
            }
            (None, Some(true)) => {
                mark_terminal(graph);
                Some(Next::End)
            }
            (None, _) if object.get("End").is_some_and(Node::is_unknown) => {
                graph.unknown = true;
                None
            }
            (None, None) if object.get("End").is_some() => {
                mark_terminal(graph);
                None
            }
            (None, _) => {
                graph.broken = true;
                let message = "One of these fields is required: [Next, End]";
                self.schema(object.place, object.span(), message);
                None
            }
        }
    }

    /// Reads the name of a state in `field` and notes the transition.
    pub(super) fn transition(
        &mut self,
        object: Object<'s, '_>,
        field: &'static str,
        at: TransitionField,
        graph: &mut Graph<'s>,
    ) -> Option<&'s str> {
        let node = object.get(field)?;
        graph.unknown |= node.is_unknown();
        let target = self.string(node, &object.place.key(field))?;
        if let Some(state) = graph.states.last_mut() {
            state.transitions.push(Transition {
                field: at,
                target,
                span: node.span,
            });
        }
        Some(target)
    }

    fn result(&mut self, object: Object<'s, '_>) -> Option<serde_json::Value> {
        let node = object.get("Result")?;
        self.incomplete |= node.contains_unknown();
        Some(node.to_value())
    }

    fn wait(&mut self, object: Object<'s, '_>, language: QueryLanguage) -> Option<Wait> {
        match language {
            QueryLanguage::JsonPath => self.exactly_one(
                object,
                &["Seconds", "SecondsPath", "Timestamp", "TimestampPath"],
            ),
            QueryLanguage::Jsonata => self.exactly_one(object, &["Seconds", "Timestamp"]),
        }
        if let Some(seconds) =
            self.dynamic_integer(object, "Seconds", "SecondsPath", FROM_ZERO, language)
        {
            return Some(Wait::Seconds(seconds));
        }
        if let Some(node) = object.get("TimestampPath") {
            return self
                .scalar_path(node, &object.place.key("TimestampPath"))
                .map(|path| Wait::Timestamp(Dynamic::Path(path)));
        }
        let node = object.get("Timestamp")?;
        let place = object.place.key("Timestamp");
        let timestamp = self.dynamic_string(node, &place, language)?;
        if let Dynamic::Literal(text) = &timestamp {
            self.timestamp(text, node.span, &place)?;
        }
        Some(Wait::Timestamp(timestamp))
    }

    /// `None` with a finding when the text is no RFC 3339 timestamp.
    pub(super) fn timestamp(&mut self, text: &str, span: Span, place: &Place<'_>) -> Option<()> {
        if is_rfc3339(text) {
            return Some(());
        }
        self.schema(place, span, "String does not match RFC3339 timestamp");
        None
    }

    fn fail(&mut self, object: Object<'s, '_>, language: QueryLanguage) -> Fail {
        let mut field = |name, path_name| {
            self.at_most_one(object, &[name, path_name]);
            match (object.get(name), object.get(path_name)) {
                (Some(node), _) => self.dynamic_string(node, &object.place.key(name), language),
                (None, Some(node)) => self.path_or_call(node, &object.place.key(path_name)),
                (None, None) => None,
            }
        };
        Fail {
            error: field("Error", "ErrorPath"),
            cause: field("Cause", "CausePath"),
        }
    }

    /// An array that must have items.
    pub(super) fn filled_array(
        &mut self,
        object: Object<'s, '_>,
        name: &'static str,
    ) -> Option<&'s [Node]> {
        let node = object.get(name)?;
        let place = object.place.key(name);
        let items = self.array(node, &place)?;
        if items.is_empty() {
            self.schema(&place, node.span, "Value cannot be empty");
            return None;
        }
        Some(items)
    }
}

fn mark_terminal(graph: &mut Graph<'_>) {
    if let Some(state) = graph.states.last_mut() {
        state.terminal = true;
    }
}

/// RFC 3339 with an upper-case `T` and `Z`, as the specification wants it (<https://states-language.net/spec.html#timestamps>).
fn is_rfc3339(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shape = |pattern: &[u8], bytes: &[u8]| {
        bytes.len() == pattern.len()
            && pattern.iter().zip(bytes).all(|(p, b)| {
                if *p == b'0' {
                    b.is_ascii_digit()
                } else {
                    p == b
                }
            })
    };
    let Some((date_time, rest)) = bytes.split_at_checked(19) else {
        return false;
    };
    if !shape(b"0000-00-00T00:00:00", date_time) {
        return false;
    }
    let fraction = match rest.strip_prefix(b".") {
        Some(digits) => digits.iter().take_while(|b| b.is_ascii_digit()).count() + 1,
        None => 0,
    };
    let zone = &rest[fraction.min(rest.len())..];
    fraction != 1
        && (zone == b"Z" || shape(b"+00:00", zone) || shape(b"-00:00", zone))
        && text.parse::<jiff::Timestamp>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_rfc3339;

    #[test]
    fn timestamps() {
        for good in [
            "2016-03-14T01:59:00Z",
            "2016-12-05T21:29:29.123456Z",
            "2024-02-29T00:00:00+05:30",
        ] {
            assert!(is_rfc3339(good), "{good}");
        }
        for bad in [
            "",
            "2016-13-05T21:29:29Z",
            "05-12-2016T21:29:29Z",
            "2016-12-05T25:29:29Z",
            "2016-12-05 21:29:29Z",
            "2016-12-05T21:29:29",
            "2016-12-05T21:29:29.Z",
            "2016-12-05t21:29:29z",
            "2016-12-05T21:29Z",
            "é016-12-05T21:29:29Z",
        ] {
            assert!(!is_rfc3339(bad), "{bad}");
        }
    }
}
