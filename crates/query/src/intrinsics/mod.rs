//! The intrinsic functions of JSONPath states: `States.Format('Hello {}', $.name)` and so on.

mod format;
mod functions;
mod parse;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use thiserror::Error;

use crate::copies::{CopyBudget, TooMuchCopied};
use crate::jsonpath::{Path, PathError};
use crate::{Environment, Evaluation, SyntaxError};
pub use functions::Function;

/// A parsed call. A clone costs a reference count.
#[derive(Clone)]
pub struct Call(Arc<Parsed>);

struct Parsed {
    text: String,
    function: Function,
    arguments: Vec<Argument>,
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq)]
enum Argument {
    /// A number, Boolean or null, or a text without its escapes.
    Literal(Value),
    /// The first argument of `States.Format` as a literal: its escapes decide what a brace means, so it is kept as
    /// written between the quotes.
    Template(String),
    Path(Path),
    Call(Call),
}

/// Why a call failed. The error name is `States.IntrinsicFailure`, but for [`IntrinsicError::Path`], where the data lacks
/// an argument.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IntrinsicError {
    /// An argument's path gave no value.
    #[error(transparent)]
    Path(#[from] PathError),
    /// An argument is not what the function takes.
    #[error("Invalid arguments in {function}: {message}")]
    InvalidArgument {
        /// The function as in `States.Array`.
        function: &'static str,
        /// What is wrong with which argument.
        message: String,
    },
}

impl Call {
    /// Whether `text` is meant as a call: it starts with `States.`.
    pub fn is_call(text: &str) -> bool {
        text.starts_with("States.")
    }

    /// Parses a call. Names, the number of arguments and the nesting (at most 10 calls inside each other) are checked.
    pub fn parse(text: &str) -> Result<Call, SyntaxError> {
        parse::call(text)
    }

    /// The call as it was written.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The function called.
    pub fn function(&self) -> Function {
        self.0.function
    }

    /// The result of the call.
    pub fn eval(
        &self,
        env: &dyn Environment,
        evaluation: &Evaluation<'_>,
    ) -> Result<Value, IntrinsicError> {
        self.eval_within(env, evaluation, &mut CopyBudget::new())
    }

    /// Counts what the call copies and makes, because one call can do so with the same large value many times.
    pub(crate) fn eval_within(
        &self,
        env: &dyn Environment,
        evaluation: &Evaluation<'_>,
        copies: &mut CopyBudget,
    ) -> Result<Value, IntrinsicError> {
        let function = self.0.function;
        let too_large = |_: TooMuchCopied| IntrinsicError::InvalidArgument {
            function: function.name(),
            message: format!("the values exceed {} bytes", CopyBudget::BYTES),
        };
        let mut arguments = Vec::with_capacity(self.0.arguments.len());
        for (i, argument) in self.0.arguments.iter().enumerate() {
            arguments.push(match argument {
                Argument::Literal(value) => Cow::Borrowed(value),
                Argument::Template(text) => Cow::Owned(Value::String(text.clone())),
                Argument::Path(path) => {
                    let value = path.eval(env)?;
                    // The functions that take any number of arguments give all of them back.
                    if matches!(value, Cow::Owned(_)) || function.arity().1 == usize::MAX {
                        copies.spend(&value).map_err(too_large)?;
                    }
                    value
                }
                Argument::Call(call) => {
                    let evaluation = evaluation.derived(i as u64);
                    Cow::Owned(call.eval_within(env, &evaluation, copies)?)
                }
            });
        }
        let result = functions::apply(function, arguments, evaluation)?;
        copies.spend(&result).map_err(too_large)?;
        Ok(result)
    }

    /// All paths in the call and the calls inside it, in the order of the text.
    pub fn paths(&self) -> Vec<&Path> {
        let mut paths = Vec::new();
        self.collect_paths(&mut paths);
        paths
    }

    fn collect_paths<'c>(&'c self, paths: &mut Vec<&'c Path>) {
        for argument in &self.0.arguments {
            match argument {
                Argument::Path(path) => paths.push(path),
                Argument::Call(call) => call.collect_paths(paths),
                Argument::Literal(_) | Argument::Template(_) => {}
            }
        }
    }
}

impl PartialEq for Call {
    fn eq(&self, other: &Self) -> bool {
        self.0.function == other.0.function && self.0.arguments == other.0.arguments
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Call({})", self.0.text)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

#[cfg(test)]
mod tests;
