//! A log of the run, for CI and pipes: a line for what an operator wants to find again, none for what goes without saying.
//!
//! A task has a line when it begins; that it succeeded shows by what comes next, unless it took long or several attempts.
//! A loop is shown less and less often. Items of large Maps are counted, and only their failures told.

use super::change::{Change, ChangeKind};
use super::duration::{stamp, words};
use super::line::{BOLD, DIM, FAILED, Line, PLAIN, RETRYING, SUCCEEDED};
use super::model::Items;
use crate::report::cause;

/// In larger Maps the starts of their items' states are not told.
const CROWD: u64 = 100;

/// In larger Maps only every twentieth part of the items is told as done.
const DONE_LINES: u64 = 20;

/// A call that took longer has a line when it has succeeded.
const LONG_CALL_MILLIS: i64 = 10_000;

/// The line for a change, if it is worth one. Times are told since `started_millis`.
pub fn line(change: &Change, started_millis: i64) -> Option<Line> {
    let text = text(change)?;
    let at = stamp(change.at_millis - started_millis);
    let line = Line::new().add(DIM, at).add(PLAIN, "  ");
    Some(if change.path.is_empty() {
        line.join(text)
    } else {
        line.add(BOLD, &change.path).add(PLAIN, "  ").join(text)
    })
}

fn text(change: &Change) -> Option<Line> {
    let plain = |text: String| Some(Line::new().add(PLAIN, text));
    let is_crowded = change.crowd > CROWD;
    match &change.kind {
        ChangeKind::CallBegan {
            call,
            attempt: 1,
            visits,
            ..
        } if !is_crowded => plain(format!("{call}{}", visit(*visits)?)),
        ChangeKind::CallBegan {
            attempt,
            attempts_allowed,
            ..
        } if *attempt > 1 => plain(of(*attempt, *attempts_allowed)),
        ChangeKind::CallSucceeded {
            attempt,
            elapsed_millis,
            ..
        } if *attempt > 1 => Some(Line::new().add(SUCCEEDED, "succeeded").add(
            PLAIN,
            format!(" on attempt {attempt}, after {}", words(*elapsed_millis)),
        )),
        ChangeKind::CallSucceeded { elapsed_millis, .. }
            if *elapsed_millis >= LONG_CALL_MILLIS && !is_crowded =>
        {
            let after = format!(" after {}", words(*elapsed_millis));
            Some(Line::new().add(SUCCEEDED, "succeeded").add(PLAIN, after))
        }
        ChangeKind::WaitBegan {
            until_millis,
            visits,
        } if !is_crowded => {
            let time = until_millis.map(|until| format!(" {}", words(until - change.at_millis)));
            let visit = visit(*visits)?;
            plain(format!("waits{}{visit}", time.unwrap_or_default()))
        }
        ChangeKind::MapBegan { items, attempt } => plain(match (attempt, items) {
            (1, 1) => "1 item".to_owned(),
            (1, _) => format!("{items} items"),
            _ => format!("attempt {attempt}, {items} items"),
        }),
        ChangeKind::ParallelBegan { attempt: 1 } => plain("branches begin".to_owned()),
        ChangeKind::ParallelBegan { attempt } => plain(format!("attempt {attempt}")),
        ChangeKind::ItemSucceeded { items } => {
            let every = items.total.div_ceil(DONE_LINES).max(1);
            let done = items.succeeded;
            (done % every == 0 || done == items.total).then(|| {
                let count = format!(", {done} of {}", items.total);
                Line::new().add(SUCCEEDED, "done").add(PLAIN, count)
            })
        }
        ChangeKind::Failed { .. } => Some(failed(change)),
        ChangeKind::Aborted if !is_crowded => plain("aborted".to_owned()),
        ChangeKind::Caught { raised, next } => {
            let error = raised.error.as_deref().unwrap_or("the error");
            let caught = format!("caught {error}");
            let next = format!(", goes on with {next}");
            Some(Line::new().add(RETRYING, caught).add(PLAIN, next))
        }
        ChangeKind::Ended { status, error } => {
            let style = if *status == "SUCCEEDED" {
                SUCCEEDED
            } else {
                FAILED
            };
            let error = error.as_deref().map(|error| format!(": {error}"));
            let line = Line::new().add(style, status);
            Some(line.add(PLAIN, error.unwrap_or_default()))
        }
        _ => None,
    }
}

fn failed(change: &Change) -> Line {
    let ChangeKind::Failed {
        raised,
        attempts_allowed,
        next_try_millis,
        items,
    } = &change.kind
    else {
        return Line::new();
    };
    let style = if next_try_millis.is_some() {
        RETRYING
    } else {
        FAILED
    };
    let mut line = Line::new().add(style, "failed");
    if let Some(error) = &raised.error {
        line = line.add(PLAIN, ": ").add(style, error);
    }
    let is_own = raised.path == change.path;
    if !is_own {
        line = line.add(PLAIN, format!(" in {}", raised.path));
    } else if raised.attempts > 0 && attempts_allowed.is_some_and(|allowed| allowed > 1) {
        let attempt = of(raised.attempts, *attempts_allowed);
        line = line.add(PLAIN, format!(" ({attempt})"));
    }
    if let Some(items) = items {
        line = line.add(PLAIN, format!("; {}", counted(items)));
    }
    if let Some(next_try) = next_try_millis {
        let wait = words(next_try - change.at_millis);
        line = line.add(PLAIN, format!(", next try in {wait}"));
    }
    match raised.cause.as_deref().map(cause::first_line) {
        Some(message) if is_own && !message.is_empty() => line.add(DIM, format!(" – {message}")),
        _ => line,
    }
}

/// `3 of 6 items done, 1 failed, 2 aborted`.
pub fn counted(items: &Items) -> String {
    let mut text = format!("{} of {} items done", items.succeeded, items.total);
    for (count, what) in [
        (items.running, "running"),
        (items.failed, "failed"),
        (items.aborted, "aborted"),
    ] {
        if count > 0 {
            text.push_str(&format!(", {count} {what}"));
        }
    }
    text
}

/// `attempt 2 of 4`.
pub fn of(attempt: u32, attempts_allowed: Option<u32>) -> String {
    match attempts_allowed {
        Some(allowed) => format!("attempt {attempt} of {allowed}"),
        None => format!("attempt {attempt}"),
    }
}

/// How a state's visit is told; none when this one is not: a loop shows at its visits 1, 2, 4, 8 …
fn visit(visits: u32) -> Option<String> {
    match visits {
        1 => Some(String::new()),
        _ if visits.is_power_of_two() => Some(format!(" (visit {visits})")),
        _ => None,
    }
}
