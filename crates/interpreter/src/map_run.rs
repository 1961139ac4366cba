//! Map Runs and child executions: what a Distributed Map shows of itself, and the names of its children.

use std::sync::Arc;

use query::{mix, uuid};
use states_language::machine::ExecutionType;

use crate::command::CallKey;
use crate::execution::{Entry, Execution, Identity, Status};
use crate::seed;

/// A Map Run, as DescribeMapRun shows it: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html>.
#[derive(Debug, Clone, PartialEq)]
pub struct MapRun {
    pub arn: Arc<str>,
    pub status: MapRunStatus,
    /// Milliseconds since 1970, as the others.
    pub start_millis: i64,
    pub stop_millis: Option<i64>,
    /// 0: as many as the limit of the server allows.
    pub max_concurrency: u64,
    /// Of items, 0 to 100.
    pub tolerated_failure_percentage: f64,
    /// Items.
    pub tolerated_failure_count: u64,
    pub item_counts: MapRunCounts,
    pub execution_counts: MapRunCounts,
    pub redrive_count: u32,
    pub redrive_millis: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapRunStatus {
    Running,
    Succeeded,
    Failed,
    Aborted,
}

/// `itemCounts` or `executionCounts`. What is not pending any more is in exactly one of the states after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MapRunCounts {
    pub pending: u64,
    pub running: u64,
    pub succeeded: u64,
    pub failed: u64,
    pub timed_out: u64,
    pub aborted: u64,
    /// Did not succeed, and wait to be started again.
    pub pending_redrive: u64,
}

/// What UpdateMapRun changes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MapRunUpdate {
    pub max_concurrency: Option<u64>,
    pub tolerated_failure_percentage: Option<f64>,
    pub tolerated_failure_count: Option<u64>,
}

/// A child of a Distributed Map, to be started. One that is found under its ARN is the same child: by its own
/// [`ChildOf::key`], if it is what this start made before (its end is the answer, when it has ended), and otherwise from before a
/// redrive of the parent ([`Input::RedriveChild`](crate::Input::RedriveChild)).
#[derive(Debug, Clone, PartialEq)]
pub struct ChildExecution {
    /// With [`Identity::child_of`]. Everything in it is derived from the parent, so that a child started again after a crash is
    /// found by its ARN.
    pub identity: Identity,
    pub input: query::Payload,
    pub execution_type: ExecutionType,
}

/// Whose child an execution is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildOf {
    /// The parent's ARN.
    pub execution_arn: Arc<str>,
    /// The call of the parent that waits for the child's end; `call` is the child's index, and `attempt` another after each
    /// redrive.
    pub key: CallKey,
    pub map_run_arn: Arc<str>,
    /// Names the Map in the definition: [`Machine::processor`](states_language::machine::Machine::processor).
    pub label: Arc<str>,
    /// Items that the child works on: more than one of a batch.
    pub item_count: u32,
}

/// How a child ended.
#[derive(Debug, Clone, PartialEq)]
pub struct ChildEnd {
    /// With [`Identity::child_of`].
    pub identity: Identity,
    /// Not [`Status::Running`].
    pub status: Status,
    pub input: query::Payload,
    pub redrive_count: u32,
    /// Milliseconds since 1970.
    pub start_millis: i64,
    pub stop_millis: i64,
}

impl ChildEnd {
    pub fn of(child: &Execution, stop_millis: i64) -> ChildEnd {
        ChildEnd {
            identity: child.identity.clone(),
            status: child.status.clone(),
            input: child.input.clone(),
            redrive_count: child.redrive_count,
            start_millis: child.start_millis,
            stop_millis,
        }
    }
}

impl MapRunStatus {
    /// As DescribeMapRun names it.
    pub fn name(self) -> &'static str {
        match self {
            MapRunStatus::Running => "RUNNING",
            MapRunStatus::Succeeded => "SUCCEEDED",
            MapRunStatus::Failed => "FAILED",
            MapRunStatus::Aborted => "ABORTED",
        }
    }
}

impl MapRunCounts {
    pub fn total(&self) -> u64 {
        self.pending + self.pending_redrive + self.running + self.succeeded + self.unsuccessful()
    }

    /// What counts against the tolerance. AWS names failed and timed out ones; a child that somebody stopped has not done its
    /// work either, and a Map Run that succeeds without it would hide that.
    pub fn unsuccessful(&self) -> u64 {
        self.failed + self.timed_out + self.aborted
    }

    pub(crate) fn started(&mut self, number: u64, again: bool) {
        let place = match again {
            true => &mut self.pending_redrive,
            false => &mut self.pending,
        };
        *place = place.saturating_sub(number);
        self.running += number;
    }

    pub(crate) fn ended(&mut self, status: &Status, number: u64) {
        let place = match status {
            Status::Running => return,
            Status::Succeeded { .. } => &mut self.succeeded,
            Status::Failed(_) => &mut self.failed,
            Status::TimedOut(_) => &mut self.timed_out,
            Status::Aborted(_) => &mut self.aborted,
        };
        *place += number;
        self.running = self.running.saturating_sub(number);
    }

    fn redrive(&mut self) {
        self.pending_redrive += self.unsuccessful();
        (self.failed, self.timed_out, self.aborted) = (0, 0, 0);
    }

    /// Those that run are stopped.
    pub(crate) fn abort(&mut self) {
        self.aborted += std::mem::take(&mut self.running);
    }
}

impl MapRun {
    /// Whether more has failed than is tolerated. A tolerance of 0 is one that was not given; with none at all, the first
    /// failure is too much.
    pub(crate) fn tolerance_is_exceeded(&self) -> bool {
        let failed = self.item_counts.unsuccessful();
        let (count, percentage) = (
            self.tolerated_failure_count,
            self.tolerated_failure_percentage,
        );
        if count == 0 && percentage == 0.0 {
            return failed > 0;
        }
        // Items are far fewer than 2^53.
        let share = failed as f64 * 100.0 / self.item_counts.total().max(1) as f64;
        (count > 0 && failed > count) || (percentage > 0.0 && share > percentage)
    }

    pub(crate) fn end(&mut self, status: MapRunStatus, now_millis: i64) {
        self.status = status;
        self.stop_millis = Some(now_millis);
        self.item_counts.abort();
        self.execution_counts.abort();
    }

    pub(crate) fn redriven(&mut self, now_millis: i64) {
        self.status = MapRunStatus::Running;
        self.stop_millis = None;
        self.redrive_count += 1;
        self.redrive_millis = Some(now_millis);
        self.item_counts.redrive();
        self.execution_counts.redrive();
    }

    pub(crate) fn update(&mut self, update: &MapRunUpdate) {
        if let Some(concurrency) = update.max_concurrency {
            self.max_concurrency = concurrency;
        }
        if let Some(percentage) = update.tolerated_failure_percentage {
            self.tolerated_failure_percentage = percentage;
        }
        if let Some(count) = update.tolerated_failure_count {
            self.tolerated_failure_count = count;
        }
    }
}

/// `…:mapRun:NAME/LABEL:UUID`: a Map that is tried again gets another.
pub(crate) fn map_run_arn(parent: &Identity, entry: &Entry, label: &str) -> Arc<str> {
    let id = uuid(seed::of_field(parent, entry, "MapRun"));
    arn(parent, "mapRun", &format!("{}:{id}", name(parent, label)))
}

/// Of a child: names and seed are derived from its Map Run and its index.
pub(crate) fn child_identity(
    parent: &Identity,
    execution_type: ExecutionType,
    of: ChildOf,
) -> Identity {
    let seed = of
        .map_run_arn
        .bytes()
        .fold(mix(parent.seed ^ u64::from(of.key.call)), |hash, byte| {
            mix(hash ^ u64::from(byte))
        });
    let (machine, id) = (name(parent, &of.label), uuid(seed));
    let execution_arn = match execution_type {
        ExecutionType::Standard => arn(parent, "execution", &format!("{machine}:{id}")),
        ExecutionType::Express => {
            let run = uuid(mix(seed));
            arn(parent, "express", &format!("{machine}:{id}:{run}"))
        }
    };
    Identity {
        execution_arn,
        execution_name: id.into(),
        state_machine_arn: arn(parent, "stateMachine", &machine),
        state_machine_name: machine.into(),
        role_arn: parent.role_arn.clone(),
        region: parent.region.clone(),
        seed,
        child_of: Some(Arc::new(of)),
    }
}

/// `NAME/LABEL`, also for the child of a child: labels are unique in the whole machine.
fn name(parent: &Identity, label: &str) -> String {
    let machine = &parent.state_machine_name;
    let name = machine.split_once('/').map_or(&**machine, |(name, _)| name);
    format!("{name}/{label}")
}

/// An ARN in the parent's partition, region and account.
fn arn(parent: &Identity, kind: &str, rest: &str) -> Arc<str> {
    let place: Vec<&str> = parent.execution_arn.splitn(6, ':').take(5).collect();
    format!("{}:{kind}:{rest}", place.join(":")).into()
}
