//! JSONPath in AWS's dialect, `States.*` intrinsic functions and JSONata: parse once, evaluate many, within limits.
//!
//! Everything here is pure: time, randomness and limits come in with an [`Evaluation`], data through an [`Environment`].
//!
//! - [`jsonpath`]: paths such as `$.a[0]`, `$$.Execution.Id` and `$variable.b`, and the reference paths of `ResultPath`.
//! - [`intrinsics`]: `States.Format('{}', $.a)` and its seventeen siblings.
//! - [`jsonata`]: the text between `{%` and `%}`.
//! - [`template`]: JSON with such expressions inside (`Parameters`, `Arguments`, `Assign`, `Output`, …).
//! - [`Payload`]: the text and the value of one JSON document, each made from the other when first needed.

mod copies;
mod digest;
mod distinct;
mod evaluation;
pub mod intrinsics;
pub mod jsonata;
pub mod jsonpath;
mod payload;
mod random;
pub mod template;
#[cfg(test)]
mod test_data;

pub use evaluation::{CancelFlag, Environment, Evaluation, QueryLimits, SyntaxError};
pub use payload::{MAX_NESTING, Payload, nesting_exceeds, text_nesting_exceeds};
pub use random::{mix, uuid};
pub use serde_json::Value;
