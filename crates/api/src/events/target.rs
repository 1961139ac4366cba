//! A rule's target: its members checked, and what a delivery to it is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use schedules::{InputPath, Reserved};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::envelope::Event;
use super::target_input::{TargetInput, TransformerMember};
use super::{Members, error};
use crate::Place;
use crate::delivery::requests::check_other;
use crate::delivery::{Delivery, Origin, Target};
use crate::wire::ServiceError;

/// Where the target does not say otherwise (API Reference, "RetryPolicy").
const RETRIES: u32 = 185;
pub(super) const EVENT_AGE_SECONDS: u32 = 24 * 60 * 60;

/// Services whose resources let EventBridge in by a policy of their own: the others need a role.
const WITHOUT_ROLE: [&str; 5] = ["lambda", "sns", "sqs", "logs", "events"];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TargetMembers {
    id: Arc<str>,
    arn: Arc<str>,
    role_arn: Option<Arc<str>>,
    input: Option<String>,
    input_path: Option<String>,
    input_transformer: Option<TransformerMember>,
    kinesis_parameters: Option<KinesisParameters>,
    sqs_parameters: Option<SqsParameters>,
    #[serde(default)]
    http_parameters: HttpParameters,
    #[serde(default)]
    dead_letter_config: DeadLetterConfig,
    #[serde(default)]
    retry_policy: RetryPolicy,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KinesisParameters {
    partition_key_path: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SqsParameters {
    message_group_id: Option<Arc<str>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct HttpParameters {
    path_parameter_values: Vec<String>,
    header_parameters: BTreeMap<Arc<str>, String>,
    query_string_parameters: BTreeMap<Arc<str>, String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct DeadLetterConfig {
    arn: Option<Arc<str>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct RetryPolicy {
    maximum_retry_attempts: Option<u32>,
    maximum_event_age_in_seconds: Option<u32>,
}

/// A target that was checked.
pub(super) struct RuleTarget {
    pub id: Arc<str>,
    kind: Kind,
    input: TargetInput,
    role_arn: Option<Arc<str>>,
    dead_letter_arn: Option<Arc<str>>,
    max_attempts: u32,
    pub max_age_millis: i64,
}

enum Kind {
    /// The same for every event.
    Fixed(Target),
    EventBus(Arc<str>),
    Kinesis(Arc<str>, Option<InputPath>),
    ApiDestination(Arc<str>, HttpValues),
}

struct HttpValues {
    path: Vec<HttpValue>,
    headers: Vec<(Arc<str>, HttpValue)>,
    query: Vec<(Arc<str>, HttpValue)>,
}

/// A text, or a part of the event.
enum HttpValue {
    Text(Arc<str>),
    Path(InputPath),
}

impl RuleTarget {
    /// Reads and checks the members of a target. `rule_role_arn` serves a target that has none of its own.
    pub fn of(
        place: &Place,
        given: &Members,
        rule_role_arn: Option<&str>,
    ) -> Result<RuleTarget, ServiceError> {
        let target: TargetMembers = serde_json::from_value(Value::Object(given.clone()))
            .map_err(|error| ServiceError::new("SerializationException", 400, error.to_string()))?;
        let (id, arn) = (&target.id, &target.arn);
        let input = TargetInput::of(
            id,
            target.input.as_deref(),
            target.input_path.as_deref(),
            target.input_transformer.as_ref(),
        )?;
        let kind = kind(place, &target, given, &input)?;
        let service = arn.split(':').nth(2).unwrap_or_default();
        let needs_role = !WITHOUT_ROLE.contains(&service) || is_api_destination(arn);
        let role_arn = target.role_arn.or_else(|| rule_role_arn.map(Into::into));
        if needs_role && role_arn.is_none() {
            let message = format!("RoleArn is required for target {arn}.");
            return Err(error::validation(message));
        }
        if let Some(queue) = &target.dead_letter_config.arn
            && queue.split(':').nth(2) != Some("sqs")
        {
            return Err(error::validation(format!(
                "Parameter {queue} is not valid. Reason: The dead-letter queue of target {id} has to be a standard queue of Amazon SQS."
            )));
        }
        let RetryPolicy {
            maximum_retry_attempts,
            maximum_event_age_in_seconds,
        } = target.retry_policy;
        let age_seconds = maximum_event_age_in_seconds.unwrap_or(EVENT_AGE_SECONDS);
        Ok(RuleTarget {
            id: target.id,
            kind,
            input,
            role_arn,
            dead_letter_arn: target.dead_letter_config.arn,
            max_attempts: maximum_retry_attempts.unwrap_or(RETRIES).saturating_add(1),
            max_age_millis: i64::from(age_seconds) * 1000,
        })
    }

    /// Whether it hands the event on to another bus.
    pub fn is_event_bus(&self) -> bool {
        matches!(self.kind, Kind::EventBus(_))
    }

    /// A delivery of an event to this target.
    pub fn delivery(
        &self,
        id: Arc<str>,
        origin: Origin,
        event: &Event,
        reserved: &Reserved<'_>,
        now_millis: i64,
    ) -> Delivery {
        let input = match self.kind {
            // What a bus makes of it is an event again.
            Kind::EventBus(_) => event.value["detail"].to_string().into(),
            _ => self.input.of_event(&event.value, &event.text, reserved),
        };
        let needs_event = self.is_event_bus() || !self.input.is_event();
        let keeps_event = self.is_event_bus() || self.dead_letter_arn.is_some();
        Delivery {
            role_arn: self.role_arn.clone(),
            not_after_millis: now_millis.saturating_add(self.max_age_millis),
            max_attempts: self.max_attempts,
            dead_letter_arn: self.dead_letter_arn.clone(),
            dead_letter_body: (needs_event && keeps_event).then(|| event.text.clone()),
            ..Delivery::new(id, origin, self.address(event), input, now_millis)
        }
    }

    fn address(&self, event: &Event) -> Target {
        match &self.kind {
            Kind::Fixed(target) => target.clone(),
            Kind::EventBus(arn) => Target::EventBus {
                arn: arn.clone(),
                detail_type: event.member("detail-type").into(),
                source: event.member("source").into(),
                resources: event.resources(),
            },
            Kind::Kinesis(arn, path) => {
                let key = path.as_ref().and_then(|path| path.select(&event.value));
                Target::Kinesis {
                    arn: arn.clone(),
                    partition_key: key.map_or_else(|| event.member("id").into(), plain),
                }
            }
            Kind::ApiDestination(arn, values) => {
                let of_event = |value: &HttpValue| match value {
                    HttpValue::Text(text) => text.clone(),
                    HttpValue::Path(path) => path.select(&event.value).map_or("".into(), plain),
                };
                let pairs = |values: &[(Arc<str>, HttpValue)]| {
                    let pair =
                        |(key, value): &(Arc<str>, HttpValue)| (key.clone(), of_event(value));
                    values.iter().map(pair).collect()
                };
                Target::ApiDestination {
                    arn: arn.clone(),
                    path_parameters: values.path.iter().map(of_event).collect(),
                    headers: pairs(&values.headers),
                    query: pairs(&values.query),
                }
            }
        }
    }
}

/// A text as it is, everything else as JSON.
fn plain(value: Value) -> Arc<str> {
    match value {
        Value::String(text) => text.into(),
        other => other.to_string().into(),
    }
}

fn is_api_destination(arn: &str) -> bool {
    arn.split(':')
        .nth(5)
        .is_some_and(|resource| resource.starts_with("api-destination/"))
}

fn kind(
    place: &Place,
    target: &TargetMembers,
    given: &Members,
    input: &TargetInput,
) -> Result<Kind, ServiceError> {
    let (id, arn) = (&target.id, target.arn.clone());
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, service, _, _, resource] = parts.as_slice() else {
        return Err(error::validation(format!(
            "Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."
        )));
    };
    let wrong = |expected: &str| {
        error::validation(format!(
            "Parameter {arn} is not valid. Reason: A target of {service} has to be {expected}."
        ))
    };
    let kind = match *service {
        "states" => match resource.strip_prefix("stateMachine:") {
            Some(_) => Kind::Fixed(Target::StateMachine { arn: arn.clone() }),
            None => return Err(wrong("a state machine, a version or an alias")),
        },
        "lambda" => match resource.strip_prefix("function:") {
            Some(_) => Kind::Fixed(Target::Function { arn: arn.clone() }),
            None => return Err(wrong("a function, a version or an alias")),
        },
        "sqs" => {
            let parameters = target.sqs_parameters.as_ref();
            let message_group_id = parameters.and_then(|given| given.message_group_id.clone());
            if resource.ends_with(".fifo") && message_group_id.is_none() {
                return Err(error::validation(format!(
                    "Parameter(s) SqsParameters must be specified for target: {id}."
                )));
            }
            Kind::Fixed(Target::Sqs {
                arn: arn.clone(),
                message_group_id,
            })
        }
        "sns" => Kind::Fixed(Target::Sns { arn: arn.clone() }),
        "logs" => match resource.strip_prefix("log-group:") {
            Some(_) => Kind::Fixed(Target::LogGroup { arn: arn.clone() }),
            None => return Err(wrong("a log group")),
        },
        "kinesis" => {
            let path = target.kinesis_parameters.as_ref();
            let path = path.map(|given| path_of(&given.partition_key_path, "PartitionKeyPath", id));
            Kind::Kinesis(arn.clone(), path.transpose()?)
        }
        "events" if resource.starts_with("event-bus/") => {
            if !input.is_event() {
                return Err(error::validation(format!(
                    "Input, InputPath and InputTransformer are not available for target {id}: an event bus gets the event."
                )));
            }
            Kind::EventBus(arn.clone())
        }
        "events" => match place.api_destination_of_arn(&arn) {
            Some(_) => Kind::ApiDestination(arn.clone(), http_values(&target.http_parameters, id)?),
            None => return Err(wrong("an event bus, or an API destination of this account")),
        },
        _ => {
            let is_parameters = |(name, _): &(&String, &Value)| name.ends_with("Parameters");
            let parameters = given.iter().filter(is_parameters);
            let parameters: Map<_, _> = parameters
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            let parameters = Value::Object(parameters);
            check_other(&arn, &parameters).map_err(|reason| {
                error::validation(format!("Parameter {arn} is not valid. Reason: {reason}"))
            })?;
            Kind::Fixed(Target::Other {
                arn: arn.clone(),
                parameters,
            })
        }
    };
    Ok(kind)
}

fn path_of(text: &str, member: &str, id: &str) -> Result<InputPath, ServiceError> {
    InputPath::parse(text)
        .map_err(|reason| error::validation(format!("{member} for target {id} {reason}")))
}

fn http_values(given: &HttpParameters, id: &str) -> Result<HttpValues, ServiceError> {
    let value = |text: &String| match text.starts_with('$') {
        true => path_of(text, "HttpParameters", id).map(HttpValue::Path),
        false => Ok(HttpValue::Text(text.as_str().into())),
    };
    let pairs = |given: &BTreeMap<Arc<str>, String>| {
        let pair = |(key, text): (&Arc<str>, &String)| Ok((key.clone(), value(text)?));
        given
            .iter()
            .map(pair)
            .collect::<Result<Vec<_>, ServiceError>>()
    };
    Ok(HttpValues {
        path: given
            .path_parameter_values
            .iter()
            .map(value)
            .collect::<Result<_, _>>()?,
        headers: pairs(&given.header_parameters)?,
        query: pairs(&given.query_string_parameters)?,
    })
}
