//! `Retry` and `Catch`.

use super::graph::{Graph, TransitionField};
use super::variables::StatesMembers;
use super::{Checker, FROM_ONE, FROM_ZERO, Object, Place, Range, fields};
use crate::diagnostic::code;
use crate::machine::{Catcher, JitterStrategy, QueryLanguage, Retrier};
use crate::syntax::Node;

/// One second less than 366 days.
const DELAY: Range = Range {
    minimum: 1,
    maximum: 31_622_399,
};

const JITTER: &[(&str, JitterStrategy)] = &[
    ("FULL", JitterStrategy::Full),
    ("NONE", JitterStrategy::None),
];

/// The error names that the specification and the developer guide reserve.
const ERROR_NAMES: &[&str] = &[
    "States.ALL",
    "States.BranchFailed",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.Http.Socket",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.ParameterPathFailure",
    "States.Permissions",
    "States.QueryEvaluationError",
    "States.ResultPathMatchFailure",
    "States.ResultWriterFailed",
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
];

impl<'s> Checker<'s> {
    pub(super) fn retriers(
        &mut self,
        object: Object<'s, '_>,
        language: QueryLanguage,
    ) -> Vec<Retrier> {
        self.each(object, "Retry", |checker, retrier, last| {
            checker.fields(retrier, &[fields::RETRIER], language);
            let error_equals = checker.error_equals(retrier, last)?;
            let interval_seconds = checker.integer_field(retrier, "IntervalSeconds", FROM_ONE).unwrap_or(1);
            let max_delay_seconds = checker.integer_field(retrier, "MaxDelaySeconds", DELAY);
            if let Some((node, maximum)) = retrier.get("MaxDelaySeconds").zip(max_delay_seconds)
                && maximum <= interval_seconds
            {
                checker.schema(&retrier.place.key("MaxDelaySeconds"), node.span, format!("MaxDelaySeconds ({maximum}) must be greater than IntervalSeconds ({interval_seconds})"));
            }
            checker.string_field(retrier, "Comment");
            Some(Retrier {
                error_equals,
                interval_seconds,
                max_attempts: checker.integer_field(retrier, "MaxAttempts", FROM_ZERO).unwrap_or(3),
                backoff_rate: checker.backoff_rate(retrier).unwrap_or(2.0),
                max_delay_seconds,
                jitter: checker.enumeration(retrier, "JitterStrategy", JITTER).unwrap_or(JitterStrategy::None),
            })
        })
    }

    pub(super) fn catchers(
        &mut self,
        object: Object<'s, '_>,
        language: QueryLanguage,
        graph: &mut Graph<'s>,
    ) -> Vec<Catcher> {
        let mut index = 0;
        self.each(object, "Catch", |checker, catcher, last| {
            checker.fields(catcher, &[fields::CATCHER], language);
            checker.required(catcher, &["Next"]);
            checker.string_field(catcher, "Comment");
            let next = checker.transition(catcher, "Next", TransitionField::Catch(index), graph);
            index += 1;
            let error_equals = checker.error_equals(catcher, last);
            let result_path = checker.result_path(catcher);
            let (output, assign) =
                checker.output_and_assign(catcher, language, StatesMembers::ErrorOutput);
            Some(Catcher {
                error_equals: error_equals?,
                next: next?.into(),
                result_path,
                output,
                assign,
            })
        })
    }

    /// The objects of an array field; `read` is told whether it has the last one.
    fn each<T>(
        &mut self,
        object: Object<'s, '_>,
        name: &'static str,
        mut read: impl FnMut(&mut Self, Object<'s, '_>, bool) -> Option<T>,
    ) -> Vec<T> {
        let place = object.place.key(name);
        let Some(items) = object.get(name).and_then(|node| self.array(node, &place)) else {
            return Vec::new();
        };
        let mut values = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            let place = place.index(i);
            if let Some(object) = self.object(item, &place) {
                values.extend(read(self, object, i + 1 == items.len()));
            }
        }
        values
    }

    fn error_equals(&mut self, object: Object<'s, '_>, last: bool) -> Option<Vec<String>> {
        self.required(object, &["ErrorEquals"]);
        let items = self.filled_array(object, "ErrorEquals")?;
        let place = object.place.key("ErrorEquals");
        let names: Vec<String> = items
            .iter()
            .enumerate()
            .filter_map(|(i, item)| {
                self.error_name(item, &place.index(i), last && items.len() == 1)
            })
            .collect();
        (names.len() == items.len()).then_some(names)
    }

    fn error_name(
        &mut self,
        item: &'s Node,
        place: &Place<'_>,
        may_be_all: bool,
    ) -> Option<String> {
        let name = self.string(item, place)?;
        if name == "States.ALL" && !may_be_all {
            self.schema(
                place,
                item.span,
                "States.ALL must appear alone and at end of list",
            );
        } else if name.starts_with("States.")
            && !name.starts_with("States.Http.StatusCode.")
            && !ERROR_NAMES.contains(&name)
        {
            self.warning(
                code::SCHEMA,
                place,
                item.span,
                format!("No error is named '{name}'; names that begin with 'States.' are reserved"),
            )
            .hint = self.near(name, ERROR_NAMES.iter().copied());
        }
        Some(name.to_owned())
    }

    fn backoff_rate(&mut self, object: Object<'s, '_>) -> Option<f64> {
        let node = object.get("BackoffRate")?;
        let place = object.place.key("BackoffRate");
        let rate = self.number(node, &place)?.as_f64()?;
        if rate < 1.0 {
            self.schema(&place, node.span, "Minimum value is 1.0");
            return None;
        }
        Some(rate)
    }
}
