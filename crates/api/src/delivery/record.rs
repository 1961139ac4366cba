//! A delivery as it is stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that is on its way to a target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Made of its origin, so that the same one is never made twice; the key of its calls, too.
    pub id: Arc<str>,
    /// Of the execution that it starts, so that nobody can guess it. Chosen by chance by [`Delivery::new`].
    pub seed: u64,
    pub origin: Origin,
    pub target: Target,
    /// JSON text.
    pub input: Arc<str>,
    /// Kept and shown; calls are made with the server's own credentials.
    pub role_arn: Option<Arc<str>>,
    /// Milliseconds since 1970, as the others.
    pub created_millis: i64,
    /// No attempt begins behind it.
    pub not_after_millis: i64,
    /// Of all attempts, the first one included.
    pub max_attempts: u32,
    /// A queue; of an asynchronous invocation, a topic too.
    pub dead_letter_arn: Option<Arc<str>>,
    /// What its dead-letter queue gets, if that is not the input: the event that a rule matched.
    pub dead_letter_body: Option<Arc<str>>,
    /// Of an asynchronous invocation.
    pub destinations: Destinations,
    pub attempts: u32,
    /// Those of them that do not count: the target had no time.
    pub turned_away: u32,
    pub next_attempt_millis: i64,
    pub last_error: Option<DeliveryError>,
}

impl Delivery {
    /// As EventBridge has it if nobody says otherwise: 185 more attempts within 24 hours, without a dead-letter queue.
    pub fn new(
        id: impl Into<Arc<str>>,
        origin: Origin,
        target: Target,
        input: impl Into<Arc<str>>,
        now_millis: i64,
    ) -> Delivery {
        Delivery {
            id: id.into(),
            seed: uuid::Uuid::new_v4().as_u64_pair().0,
            origin,
            target,
            input: input.into(),
            role_arn: None,
            created_millis: now_millis,
            not_after_millis: now_millis + 24 * 60 * 60 * 1000,
            max_attempts: 186,
            dead_letter_arn: None,
            dead_letter_body: None,
            destinations: Destinations::default(),
            attempts: 0,
            turned_away: 0,
            next_attempt_millis: now_millis,
            last_error: None,
        }
    }
}

/// Where the result of an asynchronous invocation goes: ARNs of a queue, a topic, a function or a bus.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destinations {
    pub on_success: Option<Arc<str>>,
    pub on_failure: Option<Arc<str>>,
}

/// Why there is a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Of the Scheduler, or a rule with a schedule expression.
    Schedule {
        arn: Arc<str>,
        /// When it was due, milliseconds since 1970.
        occurrence_millis: i64,
        /// Of a rule's target.
        target_id: Option<Arc<str>>,
    },
    Rule {
        arn: Arc<str>,
        target_id: Arc<str>,
        event_id: Arc<str>,
    },
    /// `InvocationType` `Event`.
    Invocation {
        function_arn: Arc<str>,
        request_id: Arc<str>,
    },
    /// What follows another delivery: its dead letter, or the record of its result.
    FollowUp { of: Box<Origin> },
}

impl Origin {
    /// Of the schedule, rule or function behind it.
    pub fn arn(&self) -> &Arc<str> {
        match self {
            Origin::Schedule { arn, .. } | Origin::Rule { arn, .. } => arn,
            Origin::Invocation { function_arn, .. } => function_arn,
            Origin::FollowUp { of } => of.arn(),
        }
    }

    /// Of a rule, with a pattern or a schedule expression.
    pub fn is_of_rule(&self) -> bool {
        match self {
            Origin::Rule { .. } => true,
            Origin::Schedule { target_id, .. } => target_id.is_some(),
            Origin::Invocation { .. } | Origin::FollowUp { .. } => false,
        }
    }
}

/// Where it goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Target {
    /// Of a state machine, a version or an alias.
    StateMachine {
        arn: Arc<str>,
    },
    /// Of a function, a version or an alias.
    Function {
        arn: Arc<str>,
    },
    Sqs {
        arn: Arc<str>,
        message_group_id: Option<Arc<str>>,
    },
    Sns {
        arn: Arc<str>,
    },
    EventBus {
        arn: Arc<str>,
        detail_type: Arc<str>,
        source: Arc<str>,
        resources: Vec<Arc<str>>,
    },
    LogGroup {
        arn: Arc<str>,
    },
    Kinesis {
        arn: Arc<str>,
        partition_key: Arc<str>,
    },
    ApiDestination {
        arn: Arc<str>,
        path_parameters: Vec<Arc<str>>,
        headers: BTreeMap<Arc<str>, Arc<str>>,
        query: BTreeMap<Arc<str>, Arc<str>>,
    },
    /// Any operation of any AWS API: `sqs`, `sendMessage`, as Step Functions names them; the delivery's input is its input.
    Universal {
        service: Arc<str>,
        action: Arc<str>,
    },
    /// A target that AWS has and this server calls by its API (ECS, CodeBuild, …): ARN and parameters as the API has them.
    Other {
        arn: Arc<str>,
        parameters: Value,
    },
    /// The dead-letter queue (or, of an asynchronous invocation, topic) of a delivery that failed.
    DeadLetter {
        arn: Arc<str>,
        attributes: BTreeMap<Arc<str>, Attribute>,
    },
}

/// A message's attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Attribute {
    Text(Arc<str>),
    Number(i64),
}

impl Target {
    /// What takes only so many deliveries at once.
    pub fn lane(&self) -> Arc<str> {
        match self {
            Target::StateMachine { arn }
            | Target::Function { arn }
            | Target::Sqs { arn, .. }
            | Target::Sns { arn }
            | Target::EventBus { arn, .. }
            | Target::LogGroup { arn }
            | Target::Kinesis { arn, .. }
            | Target::ApiDestination { arn, .. }
            | Target::Other { arn, .. }
            | Target::DeadLetter { arn, .. } => arn.clone(),
            Target::Universal { service, action } => format!("{service}:{action}").into(),
        }
    }

    /// As messages in dead-letter queues name it.
    pub fn arn(&self) -> Arc<str> {
        match self {
            Target::Universal { service, action } => {
                format!("arn:aws:scheduler:::aws-sdk:{service}:{action}").into()
            }
            _ => self.lane(),
        }
    }
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct DeliveryError {
    /// As the target's API names it, `ExecutionAlreadyExists`; `SdkClientException` when it could not be asked.
    pub code: String,
    pub message: String,
    pub retry: Retry,
    /// Of a function that failed.
    pub response: Option<FunctionResponse>,
}

/// Whether another attempt is worth it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Retry {
    /// It would fail again: permissions, what is not there, what is malformed.
    No,
    Yes,
    /// The target had no time for it: the attempt does not count among those of an asynchronous invocation.
    TurnedAway,
}

impl DeliveryError {
    pub fn new(retry: Retry, code: impl Into<String>, message: impl Into<String>) -> DeliveryError {
        DeliveryError {
            code: code.into(),
            message: message.into(),
            retry,
            response: None,
        }
    }
}

/// What a target answered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Delivered {
    /// Of a state machine.
    pub execution_arn: Option<Arc<str>>,
    /// Of a function that was invoked.
    pub response: Option<FunctionResponse>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionResponse {
    /// `$LATEST`, `3`
    pub executed_version: Arc<str>,
    /// `Handled`, `Unhandled`
    pub function_error: Option<Arc<str>>,
    /// JSON text.
    pub payload: Arc<str>,
}
