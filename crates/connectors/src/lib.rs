//! Performs one call at a time: any operation of any AWS service, the optimized integrations, Lambda functions.
//!
//! [`Connectors::call`] takes a task's resource and arguments and gives its result, or the failure that AWS Step Functions
//! would report: the same error name for a Retry or Catch, the same words in the cause. Lambda functions that run on this
//! machine come through the port [`LocalFunctions`]; [`mocks`] answers instead of AWS where a test wants it.

pub mod aws;
mod call;
mod failure;
pub mod mocks;
mod optimized;
pub mod protocol;
pub mod rehearsal;

pub use call::{
    CallError, CallRequest, Connectors, ResourceRef, is_read_only, is_repeatable, operation,
    other_names, refusal,
};
pub use failure::TaskFailure;
pub use optimized::lambda::{
    FunctionAnswer, FunctionRefusal, LocalFunctions, LocalFuture, LocalInvocation,
};
pub use protocol::arguments::OtherName;
