//! Execution logs, to log groups of this server or else to CloudWatch Logs, for state machines whose `loggingConfiguration` asks for
//! them (Step Functions Developer Guide, "Using CloudWatch Logs to log execution history").

use std::collections::{BTreeMap, HashSet};
use std::pin::Pin;
use std::sync::Arc;

use api::logs::Logs;
use engine::Committed;
use interpreter::Event;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::client::Client;
use super::outbox::{Delivery, Failed, Told};

/// CloudWatch Logs' limits of one PutLogEvents, and what it counts for each event beside its text.
pub const MAX_EVENTS: usize = 1_000;
const MAX_REQUEST_BYTES: usize = 1_000_000;
const EVENT_OVERHEAD_BYTES: usize = 26;
/// Beyond it an event goes without its data.
const MAX_EVENT_BYTES: usize = 250 * 1024;

/// What is logged of an execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logging {
    pub level: Level,
    pub include_execution_data: bool,
    /// `arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*`
    pub log_group_arn: Arc<str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    All,
    Error,
    Fatal,
}

impl Level {
    /// Whether events of this type are logged.
    fn takes(self, event_type: &str) -> bool {
        let is_end = ["Failed", "TimedOut", "Aborted"]
            .iter()
            .any(|end| event_type.ends_with(end));
        match self {
            Level::All => true,
            Level::Error => is_end || event_type == "FailStateEntered",
            Level::Fatal => is_end && event_type.starts_with("Execution"),
        }
    }
}

/// One event, ready to be sent.
pub struct LogEvent {
    log_group: Arc<str>,
    state_machine: Arc<str>,
    timestamp_millis: i64,
    message: String,
}

impl Told for LogEvent {
    fn bytes(&self) -> usize {
        self.message.len()
    }
}

/// What a commit gives to be logged.
pub fn of_commit(committed: &Committed<'_>, logging: &Logging) -> Vec<LogEvent> {
    let group = log_group_name(&logging.log_group_arn);
    let machine = committed.listing.state_machine_arn.rsplit(':').next();
    let machine: Arc<str> = machine.unwrap_or_default().into();
    let taken = committed
        .events
        .iter()
        .filter(|event| logging.level.takes(&event.detail.type_name()));
    taken
        .map(|event| {
            let message = |with_data| message(committed, event, with_data).to_string();
            let mut text = message(logging.include_execution_data);
            if text.len() > MAX_EVENT_BYTES {
                text = message(false);
            }
            LogEvent {
                log_group: group.into(),
                state_machine: machine.clone(),
                timestamp_millis: event.timestamp_millis,
                message: text,
            }
        })
        .collect()
}

fn message(committed: &Committed<'_>, event: &Event, with_data: bool) -> Value {
    let mut json = match with_data {
        true => event.to_json(),
        false => event.to_json_without_data(),
    };
    // The one member that is an object: `taskScheduledEventDetails`.
    let details = json
        .as_object_mut()
        .and_then(|members| members.values_mut().find(|value| value.is_object()))
        .map(Value::take);
    json!({
        "id": event.id.to_string(),
        "type": event.detail.type_name(),
        "details": details.unwrap_or_else(|| json!({})),
        "previous_event_id": event.previous_event_id.to_string(),
        "event_timestamp": event.timestamp_millis.to_string(),
        "execution_arn": committed.execution,
        "redrive_count": committed.listing.redrive_count.to_string(),
    })
}

fn log_group_name(arn: &str) -> &str {
    let name = arn.split_once(":log-group:").map_or(arn, |(_, name)| name);
    name.strip_suffix(":*").unwrap_or(name)
}

pub struct LogGroups {
    here: Logs,
    /// None: there is nowhere else, and what is logged to groups that are not here is dropped.
    aws: Option<Client>,
    /// Ends the names of our streams, so that no two servers write into the same one.
    suffix: String,
    /// Group and name of those that are known to exist.
    streams: Mutex<HashSet<(Arc<str>, String)>>,
}

impl LogGroups {
    pub fn new(here: Logs, aws: Option<Client>) -> LogGroups {
        let suffix = uuid::Uuid::new_v4().simple().to_string();
        LogGroups {
            here,
            aws,
            suffix: suffix.chars().take(8).collect(),
            streams: Mutex::default(),
        }
    }

    /// `states/MACHINE/2023-05-04-10-00/6fd8ab5f`, a new one each hour.
    fn stream(&self, event: &LogEvent) -> String {
        let time = super::iso(event.timestamp_millis);
        let hour: String = time
            .chars()
            .take(13)
            .map(|c| if c == 'T' { '-' } else { c })
            .collect();
        format!("states/{}/{hour}-00/{}", event.state_machine, self.suffix)
    }

    async fn put(
        &self,
        group: &Arc<str>,
        stream: &str,
        mut events: Vec<&LogEvent>,
    ) -> Result<(), String> {
        events.sort_by_key(|event| event.timestamp_millis);
        if self.here.has_group(group) {
            return self.write(group, stream, &events).await;
        }
        match &self.aws {
            Some(client) => self.send(client, group, stream, &events).await,
            None => Ok(()),
        }
    }

    async fn write(
        &self,
        group: &Arc<str>,
        stream: &str,
        events: &[&LogEvent],
    ) -> Result<(), String> {
        let events: Vec<api::logs::Event> = events
            .iter()
            .map(|event| api::logs::Event {
                timestamp_millis: event.timestamp_millis,
                message: event.message.clone(),
            })
            .collect();
        let (here, group, stream) = (self.here.clone(), group.clone(), stream.to_owned());
        let now_millis = jiff::Timestamp::now().as_millisecond();
        let written = tokio::task::spawn_blocking(move || {
            here.write(&group, &stream, &events, false, now_millis)
        });
        match written.await {
            Ok(written) => written.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    async fn send(
        &self,
        client: &Client,
        group: &Arc<str>,
        stream: &str,
        mut rest: &[&LogEvent],
    ) -> Result<(), String> {
        let key = (group.clone(), stream.to_owned());
        let mut streams = self.streams.lock().await;
        if !streams.contains(&key) {
            let arguments = json!({ "LogGroupName": group, "LogStreamName": stream });
            let created = client
                .call("cloudwatchlogs", "createLogStream", arguments)
                .await;
            if let Err(why) = created
                && !why.contains("ResourceAlreadyExists")
            {
                return Err(why);
            }
            // Those of past hours are not written to any more.
            if streams.len() > 10_000 {
                streams.clear();
            }
            streams.insert(key);
        }
        drop(streams);
        while !rest.is_empty() {
            let mut bytes = 0;
            let fit = rest.iter().take_while(|event| {
                bytes += event.message.len() + EVENT_OVERHEAD_BYTES;
                bytes <= MAX_REQUEST_BYTES
            });
            let (now, later) = rest.split_at(fit.count().max(1));
            rest = later;
            let events: Vec<Value> = now
                .iter()
                .map(|event| json!({ "Timestamp": event.timestamp_millis, "Message": event.message }))
                .collect();
            let arguments =
                json!({ "LogGroupName": group, "LogStreamName": stream, "LogEvents": events });
            client
                .call("cloudwatchlogs", "putLogEvents", arguments)
                .await?;
        }
        Ok(())
    }
}

impl Delivery<LogEvent> for LogGroups {
    fn send<'a>(
        &'a self,
        batch: &'a [LogEvent],
    ) -> Pin<Box<dyn Future<Output = Result<(), Failed>> + Send + 'a>> {
        Box::pin(async move {
            let mut by_stream: BTreeMap<(Arc<str>, String), Vec<&LogEvent>> = BTreeMap::new();
            for event in batch {
                let key = (event.log_group.clone(), self.stream(event));
                by_stream.entry(key).or_default().push(event);
            }
            let mut failed = Failed {
                number: 0,
                why: String::new(),
            };
            for ((group, stream), events) in by_stream {
                let number = events.len();
                if let Err(why) = self.put(&group, &stream, events).await {
                    failed = Failed {
                        number: failed.number + number,
                        why,
                    };
                }
            }
            match failed.number {
                0 => Ok(()),
                _ => Err(failed),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_take_what_aws_lists_for_them() {
        for (event_type, levels) in [
            ("ExecutionStarted", "A"),
            ("TaskSucceeded", "A"),
            ("TaskFailed", "AE"),
            ("LambdaFunctionTimedOut", "AE"),
            ("MapIterationAborted", "AE"),
            ("FailStateEntered", "AE"),
            ("ExecutionFailed", "AEF"),
            ("ExecutionTimedOut", "AEF"),
            ("ExecutionAborted", "AEF"),
            ("ExecutionSucceeded", "A"),
        ] {
            for (level, letter) in [(Level::All, 'A'), (Level::Error, 'E'), (Level::Fatal, 'F')] {
                assert_eq!(
                    level.takes(event_type),
                    levels.contains(letter),
                    "{event_type} {level:?}"
                );
            }
        }
    }

    #[test]
    fn a_log_group_is_named_by_its_arn() {
        let arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/states/x:*";
        assert_eq!(log_group_name(arn), "/aws/vendedlogs/states/x");
    }
}
