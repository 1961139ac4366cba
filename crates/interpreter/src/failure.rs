//! A failure on its way up: an error name, a cause, and who may catch it.

use std::sync::Arc;

/// Error names that AWS reserves and that are raised or matched here: <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>.
pub mod names {
    pub const ALL: &str = "States.ALL";
    pub const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";
    pub const EXCEED_TOLERATED_FAILURE_THRESHOLD: &str = "States.ExceedToleratedFailureThreshold";
    pub const HEARTBEAT_TIMEOUT: &str = "States.HeartbeatTimeout";
    pub const INTRINSIC_FAILURE: &str = "States.IntrinsicFailure";
    pub const NO_CHOICE_MATCHED: &str = "States.NoChoiceMatched";
    pub const QUERY_EVALUATION_ERROR: &str = "States.QueryEvaluationError";
    pub const RESULT_PATH_MATCH_FAILURE: &str = "States.ResultPathMatchFailure";
    pub const RUNTIME: &str = "States.Runtime";
    pub const TASK_FAILED: &str = "States.TaskFailed";
    pub const TIMEOUT: &str = "States.Timeout";
    /// Stepwright's: the run was asked to drain. See [`Input::Drain`](crate::Input::Drain).
    pub const DRAINED: &str = "Stepwright.Drained";
    /// Stepwright's: the server stopped while the call was out, and making it again could do its work twice.
    pub const OUTCOME_UNKNOWN: &str = "Stepwright.OutcomeUnknown";
}

/// A cause as AWS words it where a state cannot go on: with the state's name and the id of its `…StateEntered` event.
pub fn cause_in_state(state_name: &str, entered_event_id: u64, what: &str) -> String {
    format!(
        "An error occurred while executing the state '{state_name}' (entered at the event id #{entered_event_id}). {what}"
    )
}

/// What is left of such a cause without the state and the event: TestState's way of saying it.
pub fn without_state(cause: &str) -> &str {
    let is_one = cause.starts_with("An error occurred while executing the state '");
    let rest = cause.split_once("). ").filter(|_| is_one);
    rest.map_or(cause, |(_, what)| what)
}

/// Why a state, a branch or an execution failed. A Fail state may leave out both texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub error: Option<Arc<str>>,
    pub cause: Option<Arc<str>>,
    /// A heartbeat that did not come: named `States.Timeout` in events (as AWS records it) but matched by
    /// `States.HeartbeatTimeout` too.
    pub heartbeat: bool,
    /// A JSONata field that could not be evaluated: AWS writes an `EvaluationFailed` event for it first.
    pub evaluation: Option<Evaluation>,
}

/// The place of a failed evaluation, for the `EvaluationFailed` event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// Field path such as `Output/result`; none when the value came from no expression.
    pub location: Option<Arc<str>>,
    /// The expression itself succeeded and its value was refused afterwards: AWS then links the event to the state's
    /// own `StateEntered` event instead of the one before it.
    pub after_entry: bool,
}

impl Failure {
    pub fn new(error: &str, cause: impl Into<Arc<str>>) -> Failure {
        Failure {
            error: Some(error.into()),
            cause: Some(cause.into()),
            heartbeat: false,
            evaluation: None,
        }
    }

    pub fn runtime(cause: impl Into<Arc<str>>) -> Failure {
        Failure::new(names::RUNTIME, cause)
    }

    pub fn timeout() -> Failure {
        Failure {
            error: Some(names::TIMEOUT.into()),
            cause: None,
            heartbeat: false,
            evaluation: None,
        }
    }

    pub fn evaluation(
        cause: impl Into<Arc<str>>,
        location: Option<Arc<str>>,
        after_entry: bool,
    ) -> Failure {
        Failure {
            evaluation: Some(Evaluation {
                location,
                after_entry,
            }),
            ..Failure::new(names::QUERY_EVALUATION_ERROR, cause)
        }
    }

    pub fn error_name(&self) -> &str {
        self.error.as_deref().unwrap_or("")
    }

    /// No Retry and no Catch applies: `States.Runtime` always ends the execution.
    pub fn is_terminal(&self) -> bool {
        self.error_name() == names::RUNTIME
    }

    /// Whether an `ErrorEquals` list names this failure.
    pub fn matches(&self, error_equals: &[String]) -> bool {
        let name = self.error_name();
        let wildcard = name != names::DATA_LIMIT_EXCEEDED && !self.is_terminal();
        !self.is_terminal()
            && error_equals.iter().any(|wanted| match wanted.as_str() {
                names::ALL => wildcard,
                names::TASK_FAILED => wildcard && name != names::TIMEOUT,
                names::HEARTBEAT_TIMEOUT => self.heartbeat || name == names::HEARTBEAT_TIMEOUT,
                wanted => wanted == name,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(name: &str, wanted: &str) -> bool {
        Failure::new(name, "").matches(&[wanted.to_owned()])
    }

    #[test]
    fn states_all_catches_all_but_two() {
        assert!(matches("Anything", names::ALL));
        assert!(matches(names::TIMEOUT, names::ALL));
        assert!(matches(names::QUERY_EVALUATION_ERROR, names::ALL));
        assert!(!matches(names::DATA_LIMIT_EXCEEDED, names::ALL));
        assert!(!matches(names::RUNTIME, names::ALL));
    }

    #[test]
    fn a_data_limit_can_be_named_but_a_runtime_error_cannot() {
        assert!(matches(
            names::DATA_LIMIT_EXCEEDED,
            names::DATA_LIMIT_EXCEEDED
        ));
        assert!(!matches(names::RUNTIME, names::RUNTIME));
    }

    #[test]
    fn task_failed_is_every_error_but_a_timeout() {
        assert!(matches("Ec2.Ec2Exception", names::TASK_FAILED));
        assert!(!matches(names::TIMEOUT, names::TASK_FAILED));
    }

    #[test]
    fn a_missed_heartbeat_is_a_timeout_with_a_name_of_its_own() {
        let failure = Failure {
            heartbeat: true,
            ..Failure::timeout()
        };
        assert!(failure.matches(&[names::HEARTBEAT_TIMEOUT.to_owned()]));
        assert!(failure.matches(&[names::TIMEOUT.to_owned()]));
        assert!(!Failure::timeout().matches(&[names::HEARTBEAT_TIMEOUT.to_owned()]));
    }
}
