//! Schedules and groups as they are stored.

use std::sync::{Arc, LazyLock};

use schedules::{Dialect, Expression, Timetable, Zone};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::validation;
use crate::wire::ServiceError;

pub const DEFAULT_GROUP: &str = "default";
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// A document of the collection `schedules`, keyed `GROUP/NAME`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// As CreateSchedule or UpdateSchedule said, with what AWS fills in, by the model's names. Dates are seconds since 1970.
    pub definition: Map<String, Value>,
    /// Milliseconds since 1970, as the others.
    pub created_millis: i64,
    pub modified_millis: i64,
    /// Occurrences up to here are not its.
    pub since_millis: i64,
    /// Where a rate without start begins: when it got its timetable.
    pub begin_millis: i64,
    /// Of the last CreateSchedule or UpdateSchedule.
    pub client_token: Option<Arc<str>>,
}

/// A document of the collection `schedule-groups`, keyed by its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub created_millis: i64,
    pub modified_millis: i64,
    /// Its schedules are being deleted.
    pub is_deleting: bool,
    /// Keys and values.
    pub tags: Vec<(String, String)>,
    pub client_token: Option<Arc<str>>,
}

impl Schedule {
    pub fn text(&self, member: &str) -> &str {
        let text = self.definition.get(member).and_then(Value::as_str);
        text.unwrap_or_default()
    }

    pub fn is_enabled(&self) -> bool {
        self.text("State") != "DISABLED"
    }

    pub fn target(&self) -> &Map<String, Value> {
        static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
        let target = self.definition.get("Target").and_then(Value::as_object);
        target.unwrap_or(&NONE)
    }

    /// `MaximumEventAgeInSeconds` of the retry policy.
    pub fn maximum_age_seconds(&self) -> i64 {
        self.retry("MaximumEventAgeInSeconds")
            .unwrap_or(DAY_SECONDS)
    }

    pub fn maximum_retry_attempts(&self) -> i64 {
        self.retry("MaximumRetryAttempts").unwrap_or(185)
    }

    fn retry(&self, member: &str) -> Option<i64> {
        let policy = self.target().get("RetryPolicy")?;
        policy.get(member).and_then(Value::as_i64)
    }

    pub fn flexible_window_minutes(&self) -> u32 {
        let window = self.definition.get("FlexibleTimeWindow");
        let minutes = window.and_then(|window| window.get("MaximumWindowInMinutes"));
        let minutes = minutes.and_then(Value::as_u64).unwrap_or(0);
        u32::try_from(minutes).unwrap_or(u32::MAX)
    }

    pub fn deletes_itself(&self) -> bool {
        self.text("ActionAfterCompletion") == "DELETE"
    }

    /// When it is due.
    ///
    /// # Errors
    /// `ValidationException`, in AWS's words.
    pub fn timetable(&self) -> Result<Timetable, ServiceError> {
        let expression = Expression::parse(self.text("ScheduleExpression"), Dialect::Scheduler)
            .map_err(|error| validation(error.to_string()))?;
        let zone = Zone::named(self.text("ScheduleExpressionTimezone")).map_err(|error| {
            validation(format!("Invalid Schedule Expression Timezone: {error}."))
        })?;
        Ok(Timetable {
            expression,
            zone,
            start_millis: self.date("StartDate"),
            end_millis: self.date("EndDate"),
            created_millis: self.begin_millis,
        })
    }

    /// Milliseconds since 1970.
    pub fn date(&self, member: &str) -> Option<i64> {
        let seconds = self.definition.get(member).and_then(Value::as_f64)?;
        Some((seconds * 1000.0).round() as i64)
    }
}

/// A date as answers have it: seconds since 1970.
pub fn seconds(millis: i64) -> Value {
    Value::from(millis as f64 / 1000.0)
}
