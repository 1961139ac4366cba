//! Redrive: an execution that ended without success goes on where it failed. What succeeded is not done again.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html>

use std::collections::BTreeSet;
use std::sync::OnceLock;

use states_language::machine::Kind;

use crate::event::Detail;
use crate::execution::{Entry, FrameId, Phase, Status};
use crate::states::{children, distributed};
use crate::step::Turn;

impl Turn<'_> {
    /// States that were at work or failed are attempted again, with all their retries, and are not entered again but for Fail
    /// states, as AWS has it. Their next events follow their last ones, which tell them apart. Of a Parallel or Map those
    /// children go on that had not succeeded.
    pub(crate) fn redrive(&mut self) -> bool {
        if !self.execution.is_redrivable(self.limits) {
            return false;
        }
        self.execution.status = Status::Running;
        self.execution.redrive_count += 1;
        self.execution.redrive_millis = Some(self.now_millis);
        self.execution.context_execution = OnceLock::new();
        let detail = Detail::ExecutionRedriven {
            redrive_count: self.execution.redrive_count,
        };
        self.emit(self.execution.last_event_id(), detail);
        self.start_timeout();
        let ids: Vec<FrameId> = self.execution.frames.keys().copied().collect();
        let (mut parents, mut map_runs) = (Vec::new(), Vec::new());
        for id in ids {
            let Some(mut frame) = self.take_frame(id) else {
                continue;
            };
            frame.drain_pending = false;
            if frame.phase != Phase::Enter {
                frame.entry = Entry {
                    attempts_before_redrive: frame.entry.attempt() + 1,
                    retries: Vec::new(),
                    ..frame.entry
                };
            }
            match frame.phase {
                Phase::Children(_) => parents.push(id),
                Phase::Distributed(_) => map_runs.push(id),
                _ => {
                    if let Kind::Fail(_) = frame.state.kind {
                        frame.phase = Phase::Enter;
                    }
                    self.execution.ready.push_back(id);
                }
            }
            self.put(frame);
        }
        for id in parents {
            let running = self.execution.frames.values();
            let running: BTreeSet<u32> = running
                .filter_map(|frame| frame.parent.filter(|parent| parent.frame == id))
                .map(|parent| parent.index)
                .collect();
            if let Some(frame) = self.take_frame(id) {
                children::redrive(self, frame, &running);
            }
        }
        for id in map_runs {
            if let Some(frame) = self.take_frame(id) {
                distributed::redrive(self, frame);
            }
        }
        true
    }
}
