//! What an expression sees while it is evaluated, and what it may use up.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jlens_core::CancelToken;
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

    /// One member of the context object, such as `Execution`. Paths and expressions that name a member ask for it alone;
    /// an environment that answers here makes the whole object only for those that read all of it.
    fn context_member(&self, name: &str) -> Option<&Value> {
        self.context().get(name)
    }

    /// The variable `name` (without the `$`), of this scope or of an outer one.
    fn variable(&self, name: &str) -> Option<&Value>;

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
    /// Steps of one JSONata evaluation: nodes evaluated and functions called back, 0.1 to 1 µs each.
    pub max_steps: u64,
    /// The same for an expression that contains a regular expression: 1,024 steps of backtracking count as one there, so
    /// a step may take about 10 µs. Both bounds make the same expression fail at the same step on every machine.
    pub max_steps_with_regular_expression: u64,
    /// Size of a result as compact JSON, and of any text built on the way, in bytes.
    pub max_result_bytes: usize,
    /// Items of any array built on the way.
    pub max_array_items: usize,
    /// What all operations of an evaluation together may build, in bytes, roughly: also what is dropped again counts.
    pub max_allocated_bytes: usize,
}

impl Default for QueryLimits {
    /// Somewhat larger than AWS's (depth 100; 6,990,256 bytes, that is 873,782 numbers; five seconds).
    fn default() -> Self {
        QueryLimits {
            max_depth: 500,
            max_steps: 5_000_000,
            max_steps_with_regular_expression: 300_000,
            max_result_bytes: 16 * 1024 * 1024,
            max_array_items: 1_000_000,
            max_allocated_bytes: 1024 * 1024 * 1024,
        }
    }
}

/// Stops evaluations from another thread: clones share one flag, and an evaluation that uses it ends with
/// [`jsonata::JsonataErrorKind::Cancelled`](crate::jsonata::JsonataErrorKind::Cancelled), also from within a regular
/// expression.
#[derive(Clone, Debug, Default)]
pub struct CancelFlag(Arc<Flag>);

#[derive(Debug, Default)]
struct Flag {
    is_raised: AtomicBool,
    /// The tokens of running evaluations with their numbers. Each has its own, because it may also be stopped for another
    /// reason.
    running: Mutex<Vec<(u64, CancelToken)>>,
    next_number: AtomicU64,
}

impl CancelFlag {
    /// A flag that is not raised.
    pub fn new() -> Self {
        Self::default()
    }

    /// Raises the flag for good.
    pub fn cancel(&self) {
        self.0.is_raised.store(true, Ordering::SeqCst);
        self.running().iter().for_each(|(_, token)| token.cancel());
    }

    /// Whether the flag was raised.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_raised.load(Ordering::SeqCst)
    }

    /// A token that is cancelled when the flag is raised, as long as the answer lives.
    pub(crate) fn attach(&self) -> Attached<'_> {
        let token = CancelToken::new();
        let number = self.0.next_number.fetch_add(1, Ordering::Relaxed);
        self.running().push((number, token.clone()));
        // Whoever raised the flag before the token was there did not see it.
        if self.is_cancelled() {
            token.cancel();
        }
        Attached {
            flag: self,
            number,
            token,
        }
    }

    fn running(&self) -> MutexGuard<'_, Vec<(u64, CancelToken)>> {
        // The list is whole even after a panic of another thread.
        self.0
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running evaluation's connection to a [`CancelFlag`].
pub(crate) struct Attached<'f> {
    flag: &'f CancelFlag,
    number: u64,
    token: CancelToken,
}

impl Attached<'_> {
    pub(crate) fn token(&self) -> &CancelToken {
        &self.token
    }
}

impl Drop for Attached<'_> {
    fn drop(&mut self) {
        self.flag
            .running()
            .retain(|(number, _)| *number != self.number);
    }
}

/// A text that is no valid path, call or expression.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message} (at offset {offset})")]
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
