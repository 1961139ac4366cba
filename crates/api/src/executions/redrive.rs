//! RedriveExecution, and what DescribeExecution says about it.

use store::ListedStatus;

use super::Found;
use crate::Service;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// After its end an execution can be redriven for 14 days; AWS lets one run for a year, whatever it did in between.
const REDRIVABLE_MILLIS: i64 = 14 * DAY_MILLIS;
const LONGEST_EXECUTION_MILLIS: i64 = 365 * DAY_MILLIS;

/// `redriveStatus` and `redriveStatusReason`.
pub(super) struct RedriveStatus {
    pub name: &'static str,
    pub reason: Option<&'static str>,
}

/// Whether an execution can be redriven now; the reasons are those of the API reference.
pub(super) fn status(service: &Service, found: &Found, now: i64) -> RedriveStatus {
    let listing = &found.listing;
    let not = |reason| RedriveStatus {
        name: "NOT_REDRIVABLE",
        reason: Some(reason),
    };
    let ended_for = now - listing.stop_millis.unwrap_or(now);
    match listing.status {
        ListedStatus::Running => not("Execution is RUNNING and cannot be redriven"),
        ListedStatus::PendingRedrive => not("Execution is PENDING_REDRIVE and cannot be redriven"),
        ListedStatus::Succeeded => not("Execution is SUCCEEDED and cannot be redriven"),
        _ if is_deleting(service, &listing.state_machine_arn) => {
            not("State machine is in DELETING status")
        }
        // What begins again needs room for its end.
        _ if found.execution.last_event_id() + 1 >= service.runtime().limits.history_events => {
            not("Execution history event limit exceeded")
        }
        _ if now - listing.start_millis >= LONGEST_EXECUTION_MILLIS => {
            not("Execution has exceeded the max execution time")
        }
        _ if ended_for >= REDRIVABLE_MILLIS => not("Execution redrivable period exceeded"),
        _ if listing.map_run_arn.is_some() => RedriveStatus {
            name: "REDRIVABLE_BY_MAP_RUN",
            reason: None,
        },
        _ => RedriveStatus {
            name: "REDRIVABLE",
            reason: None,
        },
    }
}

fn is_deleting(service: &Service, state_machine_arn: &str) -> bool {
    let found = service.control().find(state_machine_arn);
    found.is_ok_and(|found| found.is_deleting)
}
