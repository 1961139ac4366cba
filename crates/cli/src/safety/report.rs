//! What a dry run tells at its end.

use interpreter::{Event, Status, failure};
use serde_json::{Value, json};

use super::dry_run::{DryRun, Would};
use crate::progress::{BOLD, DIM, Line, PLAIN, RETRYING};
use crate::report;
use crate::wiring::ledger::Entry;

/// A dry run that is over.
pub struct Rehearsed {
    /// The writes in their order, each with its place in the run.
    would: Vec<(Would, String)>,
    pub policy: Value,
    /// Why it ended before its end.
    pub dead_end: Option<String>,
}

impl Rehearsed {
    pub fn of(dry_run: &DryRun, policy: Value, events: &[Event]) -> Rehearsed {
        let would = dry_run.would();
        let entries: Vec<Entry> = would
            .iter()
            .map(|would| Entry {
                task: would.task,
                state_name: would.state_name.clone(),
                action: would.action.clone(),
                writes: true,
            })
            .collect();
        let paths = report::call_lines(events, &entries);
        let paths = paths.into_iter().map(|line| line.path);
        Rehearsed {
            would: would.into_iter().zip(paths).collect(),
            policy,
            dead_end: dry_run.dead_end(),
        }
    }

    /// For people: why it ended, what it would have done, and with which policy.
    pub fn lines(&self, status: &Status, with_policy: bool) -> Vec<Line> {
        let mut lines = Vec::new();
        if let Some(reason) = &self.dead_end {
            lines.push(Line::new().add(RETRYING, "INCOMPLETE  ").add(PLAIN, reason));
        } else if may_be_made_up(status) && !self.would.is_empty() {
            lines.push(Line::new().add(DIM, "  dry run  ").add(
                PLAIN,
                "What is listed below was not done: its results were made up, and functions gave back what they got. If it failed \
                 for that, a mock (--mocks, --case) leads on, or --assume-read lambda:invoke where functions only read.",
            ));
        }
        let is_whole = matches!(status, Status::Succeeded { .. });
        lines.push(Line::new().add(
            BOLD,
            match (self.would.is_empty(), is_whole) {
                (true, _) => "Nothing would have been written.",
                (false, true) => "Would have been done, in this order:",
                (false, false) => "Would have been done up to here, in this order:",
            },
        ));
        let digits = self.would.len().to_string().len();
        for (number, (would, path)) in self.would.iter().enumerate() {
            let role = would.role_arn.as_ref().map(|arn| format!("  as {arn}"));
            lines.push(
                Line::new()
                    .add(DIM, format!("  {:>digits$}  ", number + 1))
                    .add(RETRYING, &would.action)
                    .add(PLAIN, format!("  {path}"))
                    .add(DIM, role.unwrap_or_default()),
            );
            let indent = " ".repeat(digits + 4);
            lines.push(Line::new().add(PLAIN, format!("{indent}{}", would.arguments)));
        }
        if with_policy {
            let title = "IAM policy for all that the definition can reach (narrow what is \"*\"):";
            lines.push(Line::new().add(BOLD, title));
            let text = format!("{:#}", self.policy);
            lines.extend(text.lines().map(|line| Line::new().add(PLAIN, line)));
        }
        lines
    }

    /// The writes, for programs.
    pub fn would_do(&self) -> Value {
        let entry = |(would, path): &(Would, String)| {
            let mut entry = json!({
                "state": would.state_name,
                "path": path,
                "action": would.action,
                "arguments": would.arguments,
            });
            if let Some(role_arn) = &would.role_arn {
                entry["roleArn"] = role_arn.as_str().into();
            }
            entry
        };
        self.would.iter().map(entry).collect()
    }
}

/// Whether a run may have failed for what was made up.
fn may_be_made_up(status: &Status) -> bool {
    match status {
        Status::Failed(failed) => failed.error.as_deref() != Some(failure::names::DRAINED),
        Status::TimedOut(_) => true,
        Status::Running | Status::Succeeded { .. } | Status::Aborted(_) => false,
    }
}
