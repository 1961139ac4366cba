//! What an expression sees while it is evaluated, and what it may use up.

use serde_json::Value;
use thiserror::Error;

use crate::random::mix;

/// Where expressions look things up. All answers are borrowed: an implementation may build its parts lazily, but what
/// it answered once has to stay.
pub trait Environment {
    /// `$` in JSONPath.
    fn input(&self) -> &Value;

    /// `$$` in JSONPath: the context object.
    fn context(&self) -> &Value;

    /// The variable `name` (without the `$`), of this scope or of an outer one.
    fn variable(&self, name: &str) -> Option<&Value>;

    /// The names of all visible variables (without the `$`).
    fn variable_names(&self) -> Vec<&str>;

    /// `$states` in JSONata: an object with `input`, `context` and, where the field allows it, `result` or `errorOutput`.
    fn states(&self) -> Option<&Value> {
        None
    }

    /// One member of `$states`: `input`, `context`, `result` or `errorOutput`. Expressions ask for members one by one; an
    /// environment that answers here never has to copy its parts into one object for [`Environment::states`].
    fn states_member(&self, name: &str) -> Option<&Value> {
        self.states()?.get(name)
    }
}

/// What an evaluation may use up and where its randomness and time come from. Same inputs, same outputs.
#[derive(Clone, Copy, Debug)]
pub struct Evaluation<'a> {
    /// The time that `$now()` and `$millis()` answer, in milliseconds since 1970-01-01T00:00:00Z.
    pub now_millis: i64,
    /// The source of everything random (`States.UUID`, `$random`, …).
    pub seed: u64,
    /// What the evaluation may use up.
    pub limits: &'a QueryLimits,
    /// Stops a running JSONata evaluation from another thread.
    pub cancel: Option<&'a CancelFlag>,
}

impl Evaluation<'_> {
    /// The same evaluation with a seed of its own for part `index`, so that two calls of `States.UUID()` in one template
    /// differ and stay repeatable.
    pub fn derived(&self, index: u64) -> Self {
        Evaluation {
            seed: mix(self.seed ^ mix(index.wrapping_add(1))),
            ..*self
        }
    }
}

/// Upper bounds of one evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryLimits {
    /// How deep JSONata calls and subexpressions may nest.
    pub max_depth: usize,
    /// Steps of one JSONata evaluation. A step is a node evaluated, or 1,024 backtracking steps of a regular expression,
    /// so this bounds regular expressions too (about 20 µs a step there).
    pub max_steps: u64,
    /// Size of a result as compact JSON, and of any text built on the way, in bytes.
    pub max_result_bytes: usize,
    /// Items of any array built on the way.
    pub max_array_items: usize,
}

impl Default for QueryLimits {
    /// Somewhat larger than AWS's (depth 100; 6,990,256 bytes, that is 873,782 numbers; five seconds).
    fn default() -> Self {
        QueryLimits {
            max_depth: 500,
            max_steps: 5_000_000,
            max_result_bytes: 16 * 1024 * 1024,
            max_array_items: 1_000_000,
        }
    }
}

/// Stops evaluations from another thread: clones share one flag, and an evaluation that uses it ends with
/// [`jsonata::JsonataErrorKind::Cancelled`](crate::jsonata::JsonataErrorKind::Cancelled), also from within a regular
/// expression.
#[derive(Clone, Debug, Default)]
pub struct CancelFlag(pub(crate) jlens_core::CancelToken);

impl CancelFlag {
    /// A flag that is not raised.
    pub fn new() -> Self {
        Self::default()
    }

    /// Raises the flag for good.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// Whether the flag was raised.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// A text that is no valid path, call or expression.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message} (at character {offset})")]
pub struct SyntaxError {
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where, in bytes from the start of the text; always at a character boundary.
    pub offset: usize,
}

impl SyntaxError {
    pub(crate) fn new(message: impl Into<String>, offset: usize) -> Self {
        SyntaxError {
            message: message.into(),
            offset,
        }
    }
}
