//! What has to hold after all the kills.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use harness::{CallError, Client};
use serde_json::{Value, json};

use crate::run::{Kill, Outcome, Started};
use crate::shapes::{CallKind, SHAPES, Shape};
use crate::table::Arrival;

/// How long the last server may take until all has ended.
const PATIENCE: Duration = Duration::from_secs(60);
/// The clocks of histories have milliseconds.
const CLOCK_GRAIN: Duration = Duration::from_millis(2);

/// What happened, to show that the test had something to look at.
#[derive(Debug, Default)]
pub struct Counts {
    pub executions: usize,
    pub calls: usize,
    pub calls_made_again: usize,
    pub outcomes_unknown: usize,
}

#[derive(Debug, Default)]
pub struct Verdict {
    pub violations: Vec<String>,
    pub counts: Counts,
}

pub fn verify(outcome: &Outcome) -> Result<Verdict, CallError> {
    let mut client = outcome.server.client();
    let mut verdict = Verdict::default();
    let mut intents = BTreeMap::new();
    for started in &outcome.started {
        let described = client.wait_for_end(&started.arn, PATIENCE)?;
        if described["status"] == "RUNNING" {
            let events = client.history(&started.arn)?;
            verdict.violation(format!("{started:?} does not end: {events:#?}"));
            continue;
        }
        verdict.end(started, &described);
        for arn in with_children(&mut client, started)? {
            let events = client.history(&arn)?;
            verdict.history(&arn, &events);
            intents.extend(attempts(&events));
            verdict.counts.executions += 1;
        }
    }
    verdict.listed(&mut client, &outcome.started)?;
    verdict.calls(&outcome.table.arrivals(), &intents, &outcome.kills);
    verdict.violations.extend(outcome.violations());
    Ok(verdict)
}

/// What the history says of an attempt that makes a call.
#[derive(Debug)]
struct Attempt {
    scheduled_at: SystemTime,
    ended_at: SystemTime,
    /// None: it succeeded.
    error: Option<String>,
}

impl Verdict {
    fn violation(&mut self, what: String) {
        self.violations.push(what);
    }

    fn end(&mut self, started: &Started, described: &Value) {
        let output = described["output"]
            .as_str()
            .and_then(|output| serde_json::from_str(output).ok())
            .unwrap_or_default();
        if described["status"] != "SUCCEEDED" || !started.shape.expects(&started.name, &output) {
            let what = format!(
                "{} ({:?}) ended as {described}",
                started.name, started.shape
            );
            self.violation(what);
        }
    }

    /// Every transition once: ids without a gap, each after its cause, one terminal event and that the last.
    fn history(&mut self, arn: &str, events: &[Value]) {
        let is_terminal = |event: &Value| {
            matches!(
                event["type"].as_str(),
                Some(
                    "ExecutionSucceeded"
                        | "ExecutionFailed"
                        | "ExecutionAborted"
                        | "ExecutionTimedOut"
                )
            )
        };
        for (index, event) in events.iter().enumerate() {
            let previous = event["previousEventId"].as_u64();
            if event["id"] != index + 1 || previous.is_none_or(|previous| previous > index as u64) {
                self.violation(format!(
                    "{arn}: event {} of the history is {event}",
                    index + 1
                ));
            }
            if is_terminal(event) != (index + 1 == events.len()) {
                self.violation(format!(
                    "{arn}: {event} is event {} of {}",
                    index + 1,
                    events.len()
                ));
            }
        }
        if events
            .first()
            .is_none_or(|first| first["type"] != "ExecutionStarted")
        {
            self.violation(format!("{arn} begins with {:?}", events.first()));
        }
    }

    /// Nothing was started that nobody started.
    fn listed(&mut self, client: &mut Client, started: &[Started]) -> Result<(), CallError> {
        for shape in SHAPES {
            let mut wanted: BTreeSet<String> = started
                .iter()
                .filter(|started| started.shape == shape)
                .map(|started| started.arn.clone())
                .collect();
            if shape == Shape::Tasks {
                let nested = started
                    .iter()
                    .filter(|started| started.shape == Shape::Nested);
                for parent in nested {
                    wanted.extend(nested_arn(client, parent)?);
                }
            }
            let listed = list(client, "stateMachineArn", &shape.state_machine_arn())?;
            let listed: BTreeSet<String> = listed.into_iter().collect();
            for arn in wanted.symmetric_difference(&listed) {
                let listed = listed.contains(arn);
                self.violation(format!("{arn}: listed {listed}, started {}", !listed));
            }
        }
        Ok(())
    }

    /// No call without an intent; made again only when it was open at a kill and is safe; never a second one of a write that may
    /// be made once only; an unknown outcome only where a kill came between.
    fn calls(&mut self, arrivals: &[Arrival], intents: &BTreeMap<String, Attempt>, kills: &[Kill]) {
        let killed_between = |from: SystemTime, to: SystemTime| {
            kills
                .iter()
                .any(|kill| kill.to + CLOCK_GRAIN >= from && kill.from <= to + CLOCK_GRAIN)
        };
        let mut by_key: BTreeMap<&str, Vec<&Arrival>> = BTreeMap::new();
        for arrival in arrivals {
            by_key.entry(&arrival.key).or_default().push(arrival);
        }
        self.counts.calls = arrivals.len();
        for (key, calls) in &by_key {
            self.counts.calls_made_again += calls.len() - 1;
            let Some(attempt) = intents.get(*key) else {
                self.violation(format!("{key}: {} calls without an intent", calls.len()));
                continue;
            };
            for call in calls {
                if call.at + CLOCK_GRAIN < attempt.scheduled_at {
                    self.violation(format!("{key}: called before its intent"));
                }
            }
            for pair in calls.windows(2) {
                if pair[0].server == pair[1].server {
                    self.violation(format!("{key}: made again by the same server"));
                }
                if pair[0].client_token != pair[1].client_token {
                    self.violation(format!("{key}: made again with another client token"));
                }
            }
            match CallKind::of(key) {
                Some(CallKind::Once) if calls.len() > 1 => {
                    self.violation(format!("{key}: a write made {} times", calls.len()));
                }
                Some(CallKind::Safe) if calls[0].client_token.is_none() => {
                    self.violation(format!("{key}: no client token"));
                }
                Some(_) => {}
                None => self.violation(format!("{key}: a call that no state makes")),
            }
        }
        for (key, attempt) in intents {
            match (&attempt.error, by_key.contains_key(key.as_str())) {
                (None, true) => {}
                (None, false) => self.violation(format!("{key}: succeeded without a call")),
                (Some(error), _)
                    if error == "Stepwright.OutcomeUnknown"
                        && CallKind::of(key) == Some(CallKind::Once)
                        && killed_between(attempt.scheduled_at, attempt.ended_at) =>
                {
                    self.counts.outcomes_unknown += 1;
                }
                (Some(error), called) => {
                    self.violation(format!("{key}: failed with {error}, called: {called}"));
                }
            }
        }
    }
}

/// The attempts of a history that call the table, by the call's key.
fn attempts(events: &[Value]) -> BTreeMap<String, Attempt> {
    let mut attempts: BTreeMap<String, Attempt> = BTreeMap::new();
    let mut keys: BTreeMap<u64, String> = BTreeMap::new();
    for event in events {
        let id = event["id"].as_u64().unwrap_or_default();
        let previous = event["previousEventId"].as_u64().unwrap_or_default();
        if let Some(key) = scheduled_key(event) {
            keys.insert(id, key.clone());
            let at = time(event);
            attempts.insert(
                key,
                Attempt {
                    scheduled_at: at,
                    ended_at: at,
                    error: Some("no end".to_owned()),
                },
            );
        } else if let Some(key) = keys.get(&previous).cloned() {
            keys.insert(id, key.clone());
            if let Some(attempt) = attempts.get_mut(&key) {
                attempt.ended_at = time(event);
                match event["type"].as_str() {
                    Some("TaskSucceeded") => attempt.error = None,
                    Some("TaskFailed" | "TaskTimedOut" | "TaskStartFailed") => {
                        attempt.error = error(event);
                        keys.remove(&id);
                    }
                    Some("TaskStarted" | "TaskSubmitted") => {}
                    _ => drop(keys.remove(&id)),
                }
            }
        }
    }
    attempts
}

fn scheduled_key(event: &Value) -> Option<String> {
    let text = event["taskScheduledEventDetails"]["parameters"].as_str()?;
    let parameters: Value = serde_json::from_str(text).ok()?;
    let items = [
        &parameters["Key"],
        &parameters["Item"],
        &parameters["TransactItems"][0]["Put"]["Item"],
    ];
    let key = items.iter().find_map(|item| item["id"]["S"].as_str())?;
    Some(key.to_owned())
}

fn error(event: &Value) -> Option<String> {
    let details = event.as_object()?.iter();
    let mut details = details.filter(|(key, _)| key.ends_with("EventDetails"));
    let error = details.find_map(|(_, details)| details["error"].as_str());
    Some(error.unwrap_or("no error").to_owned())
}

fn time(event: &Value) -> SystemTime {
    let seconds = event["timestamp"].as_f64().unwrap_or_default();
    UNIX_EPOCH + Duration::from_secs_f64(seconds)
}

/// The execution and those that it started.
fn with_children(client: &mut Client, started: &Started) -> Result<Vec<String>, CallError> {
    let mut arns = vec![started.arn.clone()];
    match started.shape {
        Shape::Nested => arns.extend(nested_arn(client, started)?),
        Shape::Distributed => {
            let map_runs = client.call("ListMapRuns", &json!({"executionArn": started.arn}))?;
            for map_run in map_runs["mapRuns"].as_array().into_iter().flatten() {
                let map_run_arn = map_run["mapRunArn"].as_str().unwrap_or_default();
                arns.extend(list(client, "mapRunArn", map_run_arn)?);
            }
        }
        _ => {}
    }
    Ok(arns)
}

/// The execution that a `Nested` one says it has started.
fn nested_arn(client: &mut Client, parent: &Started) -> Result<Option<String>, CallError> {
    let events = client.history(&parent.arn)?;
    let submitted = events.iter().find_map(|event| {
        let output = event["taskSubmittedEventDetails"]["output"].as_str()?;
        let output: Value = serde_json::from_str(output).ok()?;
        output["ExecutionArn"].as_str().map(str::to_owned)
    });
    Ok(submitted)
}

/// The ARNs of all executions of a state machine or a Map Run.
fn list(client: &mut Client, of: &str, arn: &str) -> Result<Vec<String>, CallError> {
    let mut arns = Vec::new();
    let mut parameters = json!({of: arn, "maxResults": 1000});
    loop {
        let mut page = client.call("ListExecutions", &parameters)?;
        let executions = page["executions"].as_array().into_iter().flatten();
        arns.extend(
            executions
                .filter_map(|execution| execution["executionArn"].as_str().map(str::to_owned)),
        );
        match page["nextToken"].take() {
            Value::Null => return Ok(arns),
            token => parameters["nextToken"] = token,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(millis)
    }

    /// By the first server before 500 ms, by the second after.
    fn arrival(key: &str, client_token: Option<&str>, millis: u64) -> Arrival {
        Arrival {
            key: key.to_owned(),
            client_token: client_token.map(str::to_owned),
            at: at(millis),
            server: usize::from(millis > 500),
        }
    }

    /// The violations of calls of one attempt from 100 to 900 ms that ended with `error`, with a kill at 500 ms.
    fn violations(key: &str, error: Option<&str>, arrivals: &[Arrival]) -> Vec<String> {
        let attempt = Attempt {
            scheduled_at: at(100),
            ended_at: at(900),
            error: error.map(str::to_owned),
        };
        let intents = BTreeMap::from([(key.to_owned(), attempt)]);
        let mut verdict = Verdict::default();
        let kill = Kill {
            from: at(499),
            to: at(501),
        };
        verdict.calls(arrivals, &intents, &[kill]);
        verdict.violations
    }

    #[test]
    fn a_read_may_be_made_again_after_a_kill_and_only_then() {
        let calls = |again| [arrival("e/Read", None, 200), arrival("e/Read", None, again)];
        assert!(violations("e/Read", None, &calls(600)).is_empty());
        let found = violations("e/Read", None, &calls(300));
        assert_eq!(found, ["e/Read: made again by the same server"]);
    }

    #[test]
    fn a_write_is_made_again_with_the_same_client_token() {
        let calls = |token| {
            [
                arrival("e/Safe", Some("t"), 200),
                arrival("e/Safe", Some(token), 600),
            ]
        };
        assert!(violations("e/Safe", None, &calls("t")).is_empty());
        let found = violations("e/Safe", None, &calls("u"));
        assert_eq!(found, ["e/Safe: made again with another client token"]);
    }

    #[test]
    fn a_write_without_a_token_is_made_once() {
        let calls = [arrival("e/Once", None, 200), arrival("e/Once", None, 600)];
        assert!(violations("e/Once", None, &calls[..1]).is_empty());
        assert!(violations("e/Once", Some("Stepwright.OutcomeUnknown"), &calls[..1]).is_empty());
        let found = violations("e/Once", None, &calls);
        assert_eq!(found, ["e/Once: a write made 2 times"]);
    }

    #[test]
    fn a_call_needs_an_intent_before_it_and_a_success_a_call() {
        let found = violations("e/Read", None, &[arrival("e/Read", None, 50)]);
        assert_eq!(found, ["e/Read: called before its intent"]);
        let found = violations("e/Read", None, &[]);
        assert_eq!(found, ["e/Read: succeeded without a call"]);
        let mut verdict = Verdict::default();
        verdict.calls(&[arrival("e/Read", None, 200)], &BTreeMap::new(), &[]);
        assert_eq!(verdict.violations, ["e/Read: 1 calls without an intent"]);
    }

    #[test]
    fn histories_have_no_gap_and_one_end() {
        let event =
            |id: u64, kind: &str| json!({"id": id, "previousEventId": id - 1, "type": kind});
        let count = |events: &[Value]| {
            let mut verdict = Verdict::default();
            verdict.history("e", events);
            verdict.violations.len()
        };
        let (start, end) = (event(1, "ExecutionStarted"), event(2, "ExecutionSucceeded"));
        assert_eq!(count(&[start.clone(), end.clone()]), 0);
        assert_eq!(count(&[start.clone(), event(3, "ExecutionSucceeded")]), 1);
        assert_eq!(
            count(&[start.clone(), end.clone(), event(3, "ExecutionSucceeded")]),
            1
        );
        assert_eq!(count(&[end]), 2);
        assert_eq!(count(&[start]), 1);
    }
}
