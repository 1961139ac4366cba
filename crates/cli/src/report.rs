//! What a person reads when a workflow has ended: why it failed, what a run in virtual time came to, what an abort left behind.

pub mod cause;
mod hints;

use std::collections::BTreeMap;
use std::time::Duration;

use interpreter::event::StateType;
use interpreter::{Event, Status};

use crate::progress::{
    BOLD, Change, ChangeKind, DIM, FAILED, Items, Line, Model, PLAIN, RETRYING, Raised, stamp,
    words,
};
use crate::wiring::ledger::Entry;

/// Columns of the words at the beginning of a line.
const LABEL: usize = 9;

/// Lines of a stack trace, and of lists: the history has all of them.
const TRACE_LINES: usize = 12;
const LIST_LINES: usize = 8;

/// Characters of a cause.
const CAUSE_CHARACTERS: usize = 2_000;

/// Why an execution did not succeed: the state, its attempts, error and cause, what was caught on the way, and what to do.
/// Ends with a line break; empty for an execution that runs or has succeeded.
pub fn failure(events: &[Event], status: &Status, colour: bool) -> String {
    let failure = match status {
        Status::Running | Status::Succeeded { .. } => return String::new(),
        Status::Failed(failure) | Status::TimedOut(failure) | Status::Aborted(failure) => failure,
    };
    let story = Story::of(events);
    let error = failure.error.as_deref();
    let cause_text = failure.cause.as_deref().unwrap_or("");
    let mut lines = vec![
        Line::new()
            .add(FAILED, status.name())
            .add(PLAIN, "  ")
            .add(BOLD, error.unwrap_or("")),
    ];
    match status {
        Status::Failed(_) => story.failed(error, failure.cause.as_deref(), &mut lines),
        _ => story.stopped(&mut lines),
    }
    let cause = cause::parse(cause_text);
    if !cause.message.is_empty() {
        labelled(&mut lines, "cause", cut(&cause.message).lines());
    }
    let skipped = cause.trace.len().saturating_sub(TRACE_LINES);
    let mut trace: Vec<&str> = cause
        .trace
        .iter()
        .skip(skipped)
        .map(String::as_str)
        .collect();
    let note = format!("… {skipped} earlier lines");
    if skipped > 0 {
        trace.insert(0, &note);
    }
    labelled(&mut lines, "trace", trace);
    if let Status::Failed(_) = status {
        story.went_on(error, failure.cause.as_deref(), &mut lines);
    }
    if let Some(hint) = hints::hint(error.unwrap_or(""), cause_text) {
        labelled(&mut lines, "to do", [hint]);
    }
    render(&lines, colour)
}

/// What a run came to whose waits took no time. Times of events are milliseconds since 1970; `real` is what it took in fact.
/// Ends with a line break.
pub fn summary(events: &[Event], started_millis: i64, ended_millis: i64, real: Duration) -> String {
    let story = Story::of(events);
    let real_millis = i64::try_from(real.as_millis()).unwrap_or(i64::MAX);
    let mut lines = Vec::new();
    let virtual_time = words(ended_millis.saturating_sub(started_millis));
    let times = format!("{virtual_time} of virtual time in {}", words(real_millis));
    labelled(&mut lines, "took", [times.as_str()]);
    for (map, peak) in story.map_peaks() {
        let text = format!(
            "{map}: at most {} of {} items in progress at once; {}",
            peak.running,
            peak.last.total,
            outcome(&peak.last)
        );
        labelled(&mut lines, "peak", [text.as_str()]);
    }
    let retries = story.retries();
    let count: u32 = retries.iter().map(|(_, retries)| retries).sum();
    labelled(&mut lines, "retries", [count.to_string().as_str()]);
    let list = retries.iter().map(|(path, n)| format!("  {path}: {n}"));
    labelled(
        &mut lines,
        "",
        limited(list.collect()).iter().map(String::as_str),
    );
    let caught = story.caught().map(|(_, change, raised, next)| {
        let error = raised.error.as_deref().unwrap_or("an error");
        format!("{error} in {}, went on with {next}", change.path)
    });
    let caught = limited(caught.collect());
    labelled(&mut lines, "caught", caught.iter().map(String::as_str));
    let calls = story.calls();
    let calls: Vec<String> = calls
        .iter()
        .map(|(call, (made, succeeded))| match made - succeeded {
            0 => format!("{call} {made}"),
            failed => format!("{call} {made} ({failed} without success)"),
        })
        .collect();
    labelled(&mut lines, "calls", calls.iter().map(String::as_str));
    render(&lines, false)
}

/// A call in the list of an aborted run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallLine {
    /// The state: `RestartTargets[2] › Reboot`.
    pub path: String,
    /// `ec2:rebootInstances`
    pub action: String,
}

/// Finds the paths of calls.
pub fn call_lines(events: &[Event], calls: &[Entry]) -> Vec<CallLine> {
    let mut paths: BTreeMap<u64, Option<String>> =
        calls.iter().map(|call| (call.task, None)).collect();
    let mut model = Model::new();
    for event in events {
        model.apply(std::slice::from_ref(event), &[]);
        if let Some(path) = paths.get_mut(&event.id) {
            *path = model.path(event.id);
        }
    }
    let line = |call: &Entry| CallLine {
        path: match paths.get(&call.task) {
            Some(Some(path)) => path.clone(),
            _ => call.state_name.clone(),
        },
        action: call.action.clone(),
    };
    calls.iter().map(line).collect()
}

/// What an aborted run leaves behind: the writes that were completed, and the calls whose answers nobody saw. Ends with a line
/// break.
pub fn aborted(writes: &[CallLine], open: &[CallLine], colour: bool) -> String {
    let mut lines = Vec::new();
    let text = |call: &CallLine| format!("  {}  {}", call.action, call.path);
    let mut list = |title: &str, none: &str, style, calls: &[CallLine]| {
        if calls.is_empty() {
            lines.push(Line::new().add(DIM, none));
            return;
        }
        lines.push(Line::new().add(BOLD, title));
        lines.extend(calls.iter().map(|call| Line::new().add(style, text(call))));
    };
    list(
        "Completed before the abort, and not undone:",
        "No write was completed before the abort.",
        PLAIN,
        writes,
    );
    list(
        "Open at the abort; they may or may not have taken effect:",
        "No call was open at the abort.",
        RETRYING,
        open,
    );
    render(&lines, colour)
}

/// A run, told from its events.
struct Story {
    started_millis: i64,
    changes: Vec<Change>,
    /// The machine's own state at the end, and the failure that it ended with.
    last: Option<(String, Raised)>,
    ends_in_fail_state: bool,
}

/// A Map's counters at the end, and how many items ran at once.
struct Peak {
    running: u64,
    last: Items,
}

impl Story {
    fn of(events: &[Event]) -> Story {
        let mut model = Model::new();
        let changes = model.apply(events, &[]);
        let visit = model.root().and_then(|root| root.visit());
        Story {
            started_millis: model.started_millis().unwrap_or(0),
            changes,
            last: visit.and_then(|visit| Some((visit.name.to_string(), visit.raised.clone()?))),
            ends_in_fail_state: visit.is_some_and(|visit| visit.state_type == StateType::Fail),
        }
    }

    fn stamp(&self, change: &Change) -> String {
        stamp(change.at_millis.saturating_sub(self.started_millis))
    }

    /// Errors that a Catch took over, with their places in the story.
    fn caught(&self) -> impl Iterator<Item = (usize, &Change, &Raised, &str)> {
        let changes = self.changes.iter().enumerate();
        changes.filter_map(|(at, change)| match &change.kind {
            ChangeKind::Caught { raised, next } => Some((at, change, raised, &**next)),
            _ => None,
        })
    }

    /// Where an error arose that a Fail state only passes on: in what was caught first with the same error and, if there is
    /// such a one, the same cause.
    fn origin(&self, error: Option<&str>, cause: Option<&str>) -> Option<(usize, &Raised)> {
        if !self.ends_in_fail_state || error.is_none() {
            return None;
        }
        let same = |with_cause: bool| {
            self.caught()
                .map(|(at, _, raised, _)| (at, raised))
                .find(|(_, raised)| {
                    raised.error.as_deref() == error
                        && (!with_cause || raised.cause.as_deref() == cause)
                })
        };
        same(true).or_else(|| same(false))
    }

    fn failed(&self, error: Option<&str>, cause: Option<&str>, lines: &mut Vec<Line>) {
        let last = self.last.as_ref().map(|(_, raised)| raised);
        let origin = self.origin(error, cause).map(|(_, raised)| raised);
        let Some(raised) = origin.or(last) else {
            return;
        };
        let attempts = match raised.attempts {
            0 | 1 => String::new(),
            attempts => format!(", after {attempts} attempts"),
        };
        labelled(lines, "in", [format!("{}{attempts}", raised.path).as_str()]);
    }

    /// What came between the failure and the end.
    fn went_on(&self, error: Option<&str>, cause: Option<&str>, lines: &mut Vec<Line>) {
        let origin = self.origin(error, cause);
        let mut then = Vec::new();
        for (at, change, raised, next) in self.caught() {
            let what = match raised.error.as_deref() {
                caught if caught.is_some() && caught == error => "it",
                caught => caught.unwrap_or("an error"),
            };
            // What was caught before has to do with it only when the error has no other origin.
            if origin.is_none_or(|(origin, _)| at >= origin) {
                let at = self.stamp(change);
                then.push(format!(
                    "{at} {} caught {what}, went on with {next}",
                    change.path
                ));
            }
        }
        if let (Some((name, _)), Some((_, raised))) = (&self.last, origin)
            && !then.is_empty()
            && raised.path != *name
            && let Some(end) = self.changes.last()
        {
            then.push(format!("{} {name} ended the run with it", self.stamp(end)));
        }
        let label = if origin.is_some() { "then" } else { "before" };
        labelled(lines, label, limited(then).iter().map(String::as_str));
    }

    /// Where an execution stood that ran out of time or was stopped: the innermost states.
    fn stopped(&self, lines: &mut Vec<Line>) {
        let mut paths: Vec<&str> = Vec::new();
        let end = self.changes.last().map_or(0, |change| change.at_millis);
        for change in &self.changes {
            let is_outer = paths.iter().any(|path| path.starts_with(&change.path));
            if change.kind == ChangeKind::Aborted && change.at_millis == end && !is_outer {
                paths.push(&change.path);
            }
        }
        // Frames end innermost and latest first; people look for the first item.
        paths.reverse();
        let paths = limited(paths.into_iter().map(str::to_owned).collect());
        labelled(lines, "in", paths.iter().map(String::as_str));
    }

    /// Each Map, without the indexes of what is around it.
    fn map_peaks(&self) -> BTreeMap<String, Peak> {
        let mut peaks: BTreeMap<String, Peak> = BTreeMap::new();
        for change in &self.changes {
            let (path, items) = match &change.kind {
                ChangeKind::ItemBegan { items } | ChangeKind::ItemSucceeded { items } => (
                    change.path.rsplit_once('[').map_or("", |(map, _)| map),
                    *items,
                ),
                ChangeKind::Failed {
                    items: Some(items), ..
                } => (change.path.as_str(), *items),
                _ => continue,
            };
            let peak = peaks.entry(without_indexes(path)).or_insert(Peak {
                running: 0,
                last: items,
            });
            peak.running = peak.running.max(items.running);
            peak.last = items;
        }
        peaks
    }

    /// Attempts after the first, by state, in the order of their first retries.
    fn retries(&self) -> Vec<(&str, u32)> {
        let mut retries: Vec<(&str, u32)> = Vec::new();
        for change in &self.changes {
            let attempt = match &change.kind {
                ChangeKind::CallBegan { attempt, .. }
                | ChangeKind::MapBegan { attempt, .. }
                | ChangeKind::ParallelBegan { attempt } => *attempt,
                _ => continue,
            };
            if attempt > 1 {
                match retries.iter_mut().find(|(path, _)| *path == change.path) {
                    Some((_, count)) => *count += 1,
                    None => retries.push((&change.path, 1)),
                }
            }
        }
        retries
    }

    /// Calls made and calls that succeeded, by action.
    fn calls(&self) -> BTreeMap<&str, (u32, u32)> {
        let mut calls: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
        for change in &self.changes {
            match &change.kind {
                ChangeKind::CallBegan { call, .. } => calls.entry(call).or_default().0 += 1,
                ChangeKind::CallSucceeded { call, .. } => calls.entry(call).or_default().1 += 1,
                _ => {}
            }
        }
        calls
    }
}

fn outcome(items: &Items) -> String {
    // The run is over: what the last news says is running was aborted.
    let aborted = items.aborted + items.running;
    let counts = [
        (items.succeeded, "succeeded"),
        (items.failed, "failed"),
        (aborted, "aborted"),
    ];
    let not_begun = items.total - (items.succeeded + items.failed + aborted).min(items.total);
    counts
        .into_iter()
        .chain([(not_begun, "not begun")])
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// `Outer[3] › Inner` -> `Outer › Inner`.
fn without_indexes(path: &str) -> String {
    let names = path.split(" › ").map(|name| match name.rsplit_once('[') {
        Some((map, index)) if index.ends_with(']') => map,
        _ => name,
    });
    names.collect::<Vec<_>>().join(" › ")
}

fn limited(mut list: Vec<String>) -> Vec<String> {
    let more = list.len().saturating_sub(LIST_LINES);
    if more > 0 {
        list.truncate(LIST_LINES);
        list.push(format!("… and {more} more"));
    }
    list
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(CAUSE_CHARACTERS) {
        Some((end, _)) => {
            let more = text[end..].chars().count();
            format!(
                "{}… ({more} more characters: see --history FILE)",
                &text[..end]
            )
        }
        None => text.to_owned(),
    }
}

/// Lines with a word before the first.
fn labelled<'a>(lines: &mut Vec<Line>, label: &str, texts: impl IntoIterator<Item = &'a str>) {
    for (place, text) in texts.into_iter().enumerate() {
        let label = if place == 0 { label } else { "" };
        let line = Line::new().add(DIM, format!("  {label:LABEL$}"));
        lines.push(line.add(PLAIN, text));
    }
}

pub fn render(lines: &[Line], colour: bool) -> String {
    let lines = lines.iter().map(|line| line.render(None, colour));
    lines
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

#[cfg(test)]
mod tests;
