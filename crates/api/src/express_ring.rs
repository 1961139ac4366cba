//! The last Express executions: what a console shows of them, for no API describes them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use interpreter::Status;
use store::ExecutionId;

/// Executions that are remembered.
const CAPACITY: usize = 1_000;

/// One Express execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpressExecution {
    pub execution_arn: ExecutionId,
    /// Without version or alias.
    pub state_machine_arn: Arc<str>,
    pub name: Arc<str>,
    /// As DescribeExecution would name it.
    pub status: &'static str,
    /// Milliseconds since 1970.
    pub start_millis: i64,
    pub stop_millis: Option<i64>,
    pub input_bytes: usize,
    /// Of one that succeeded.
    pub output_bytes: Option<usize>,
    pub error: Option<Arc<str>>,
}

/// Remembers the last ones and forgets the oldest, whether it has ended or not.
#[derive(Debug, Default)]
pub(crate) struct ExpressRing {
    rows: Mutex<Rows>,
}

#[derive(Debug, Default)]
struct Rows {
    ring: VecDeque<ExpressExecution>,
    /// Number of the first row, counted from the first one ever.
    first: u64,
    numbers: HashMap<ExecutionId, u64>,
}

impl ExpressRing {
    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn started(&self, execution: ExpressExecution) {
        let mut rows = self.rows();
        if rows.ring.len() == CAPACITY
            && let Some(oldest) = rows.ring.pop_front()
        {
            rows.first += 1;
            rows.numbers.remove(&oldest.execution_arn);
        }
        let number = rows.first + rows.ring.len() as u64;
        rows.numbers.insert(execution.execution_arn.clone(), number);
        rows.ring.push_back(execution);
    }

    /// Of an execution that is not remembered this means nothing.
    pub fn ended(&self, execution: &ExecutionId, status: &Status, stop_millis: i64) {
        let mut rows = self.rows();
        let Some(number) = rows.numbers.get(execution) else {
            return;
        };
        let index = usize::try_from(number - rows.first);
        let Some(row) = index.ok().and_then(|index| rows.ring.get_mut(index)) else {
            return;
        };
        row.status = status.name();
        row.stop_millis = Some(stop_millis);
        match status {
            Status::Running => {}
            Status::Succeeded { output } => row.output_bytes = Some(output.len()),
            Status::Failed(failure) | Status::TimedOut(failure) | Status::Aborted(failure) => {
                row.error = failure.error.clone();
            }
        }
    }

    /// Newest first.
    pub fn newest(&self) -> Vec<ExpressExecution> {
        self.rows().ring.iter().rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use query::Payload;

    use super::*;

    fn execution(number: usize) -> ExpressExecution {
        ExpressExecution {
            execution_arn: format!("arn:{number}").into(),
            state_machine_arn: "arn".into(),
            name: "name".into(),
            status: Status::Running.name(),
            start_millis: number as i64,
            stop_millis: None,
            input_bytes: 2,
            output_bytes: None,
            error: None,
        }
    }

    #[test]
    fn the_oldest_is_forgotten() {
        let ring = ExpressRing::default();
        for number in 0..CAPACITY + 3 {
            ring.started(execution(number));
        }
        let output = Payload::empty_object();
        let status = Status::Succeeded { output };
        ring.ended(&"arn:0".into(), &status, 5);
        ring.ended(&"arn:3".into(), &status, 5);
        let rows = ring.newest();
        assert_eq!(rows.len(), CAPACITY);
        assert_eq!(rows[0].status, "RUNNING");
        let oldest = &rows[CAPACITY - 1];
        assert_eq!(oldest.execution_arn.as_ref(), "arn:3");
        assert_eq!((oldest.status, oldest.output_bytes), ("SUCCEEDED", Some(2)));
    }
}
