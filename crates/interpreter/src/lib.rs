//! The pure step function of the Amazon States Language.
//!
//! [`step`] takes a [`Machine`](states_language::machine::Machine), an [`Execution`], an [`Input`] and a [`World`] (time,
//! limits) and answers a [`Step`]: history events, commands for the outside, and what changed. No clock, no I/O, no thread, no
//! randomness of its own: same inputs, same outputs.

mod codec;
mod command;
mod data_flow;
mod drain;
mod environment;
pub mod event;
mod execution;
mod failing;
pub mod failure;
mod limits;
mod map_run;
mod mocked;
mod persist;
mod redrive;
mod seed;
mod states;
mod step;
pub mod time;
mod token;
mod trace;

pub use codec::{DecodeError, Encoded, SHARED_PAYLOAD_BYTES};
pub use command::{
    Call, CallFailure, CallKey, CallPurpose, CallResult, Command, Input, RESEND, TaskResult,
    TimerKey, TimerPurpose,
};
pub use event::Event;
pub use execution::{Execution, FrameId, Identity, OpenTimer, Status, WaitingTask, is_waited_for};
pub use failure::Failure;
pub use limits::Limits;
pub use map_run::{
    ChildEnd, ChildExecution, ChildOf, MapRun, MapRunCounts, MapRunStatus, MapRunUpdate,
};
pub use mocked::Mocked;
pub use persist::{ExecutionRecord, Intent, decode_events, encode_call, encode_events};
pub use step::{Changes, Interrupts, Rest, Step, World, step};
pub use token::{InvalidToken, TaskToken};
pub use trace::{Handling, Stage, Trace};
