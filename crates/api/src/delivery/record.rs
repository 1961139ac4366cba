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
    pub origin: Origin,
    pub target: Target,
    /// JSON text.
    pub input: Arc<str>,
    pub role_arn: Option<Arc<str>>,
    /// Milliseconds since 1970, as the others.
    pub created_millis: i64,
    /// No attempt begins behind it.
    pub not_after_millis: i64,
    /// Of all attempts, the first one included.
    pub max_attempts: u32,
    pub dead_letter_arn: Option<Arc<str>>,
    pub attempts: u32,
    pub next_attempt_millis: i64,
    pub last_error: Option<DeliveryError>,
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
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct DeliveryError {
    /// `AWS.Scheduler.InternalServerError`, `NO_PERMISSIONS`, `ExecutionAlreadyExists`: as the target's API or AWS's queue says.
    pub code: String,
    pub message: String,
    pub is_retryable: bool,
}
