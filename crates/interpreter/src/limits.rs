//! What one execution may use. AWS's own numbers are one value of it: <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>.

use query::QueryLimits;

/// Limits of an execution: an argument of [`step`](crate::step), never a constant in the code.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Events of one execution's history; the one past it ends the execution with `States.Runtime`.
    pub history_events: u64,
    /// Bytes of one execution's history: each payload counts each time that it stands in an event. The event past it ends the
    /// execution with `States.Runtime`: a loop that gathers data must not eat the machine's memory. AWS has no such limit.
    pub history_bytes: u64,
    /// Bytes of a state's input or output; more is `States.DataLimitExceeded`.
    pub payload_bytes: usize,
    /// Bytes of all variables visible in one scope, as JSON.
    pub variables_bytes: usize,
    /// Iterations of an inline Map that run side by side, whatever `MaxConcurrency` says.
    pub inline_iterations: u64,
    /// Child executions of one Distributed Map that run side by side, whatever `MaxConcurrency` says.
    pub distributed_children: u64,
    /// States nested by Map and Parallel.
    pub nesting_depth: usize,
    /// Transitions of one slice: after them `step` yields.
    pub transitions_per_step: u32,
    /// Seconds that an execution may take; it times out as with `TimeoutSeconds`, of which the smaller counts.
    pub execution_seconds: Option<u64>,
    pub query: QueryLimits,
}

impl Limits {
    /// The quotas that AWS documents for Standard workflows.
    pub fn aws() -> Limits {
        Limits {
            history_events: 25_000,
            history_bytes: u64::MAX,
            payload_bytes: 262_144,
            variables_bytes: 10 * 1024 * 1024,
            inline_iterations: 40,
            distributed_children: 10_000,
            ..Limits::default()
        }
    }

    /// What differs for an Express workflow: it has five minutes.
    pub fn express(self) -> Limits {
        Limits {
            execution_seconds: Some(300),
            ..self
        }
    }
}

impl Default for Limits {
    /// Stepwright's own: room where AWS has walls.
    fn default() -> Limits {
        Limits {
            history_events: 1_000_000,
            history_bytes: 4 * 1024 * 1024 * 1024,
            payload_bytes: 64 * 1024 * 1024,
            variables_bytes: 256 * 1024 * 1024,
            inline_iterations: 256,
            distributed_children: 1_000,
            nesting_depth: 64,
            transitions_per_step: 100,
            execution_seconds: None,
            query: QueryLimits::default(),
        }
    }
}
