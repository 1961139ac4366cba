//! What would be: when a schedule expression is due, whether a pattern takes an event. Nothing is kept.

use schedules::{Dialect, Expression, Pattern, Timetable, Zone};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::commands;

/// Occurrences that are shown.
const NEXT: usize = 10;
/// Of patterns and expressions, whose work grows with their size; EventBridge takes less of both.
const MAX_PATTERN_BYTES: usize = 16 * 1024;
const MAX_EXPRESSION_BYTES: usize = 1024;
const MAX_EVENT_BYTES: usize = 1024 * 1024;

/// `POST /_ui/schedules/preview`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreviewSchedule {
    expression: String,
    /// IANA's name; empty: UTC.
    #[serde(default)]
    timezone: String,
    /// Of a rule, whose expressions differ a little.
    #[serde(default)]
    is_rule: bool,
    start_millis: Option<i64>,
    end_millis: Option<i64>,
}

/// `POST /_ui/rules/match`
#[derive(Deserialize)]
pub struct MatchPattern {
    /// As JSON texts, so that errors have places.
    pattern: String,
    event: String,
}

impl PreviewSchedule {
    /// `{ nextMillis }`.
    ///
    /// # Errors
    /// A sentence: what is wrong with the expression or the time zone.
    pub fn answer(&self, now_millis: i64) -> Result<Value, String> {
        check_size("expression", &self.expression, MAX_EXPRESSION_BYTES)?;
        let (dialect, zone) = match self.is_rule {
            true => (Dialect::Rule, "UTC"),
            false => (Dialect::Scheduler, self.timezone.as_str()),
        };
        let zone = match zone {
            "" => "UTC",
            zone => zone,
        };
        let timetable = Timetable {
            expression: Expression::parse(self.expression.trim(), dialect)
                .map_err(|error| error.to_string())?,
            zone: Zone::named(zone).map_err(|error| error.to_string())?,
            start_millis: self.start_millis,
            end_millis: self.end_millis,
            created_millis: now_millis,
        };
        let next: Vec<i64> = timetable.between(now_millis, i64::MAX).take(NEXT).collect();
        Ok(json!({ "nextMillis": next }))
    }
}

impl MatchPattern {
    /// What `stepwright match --output json` says.
    ///
    /// # Errors
    /// A sentence: which of the two cannot be read, and where.
    pub fn answer(&self) -> Result<Value, String> {
        check_size("pattern", &self.pattern, MAX_PATTERN_BYTES)?;
        check_size("event", &self.event, MAX_EVENT_BYTES)?;
        let pattern = Pattern::parse(&self.pattern).map_err(|error| {
            format!(
                "Event pattern is not valid. Reason: {} (line {}, column {})",
                error.message, error.line, error.column
            )
        })?;
        let event: Value = serde_json::from_str(&self.event)
            .map_err(|error| format!("The event is not JSON: {error}"))?;
        if !event.is_object() {
            return Err("The event is no JSON object.".into());
        }
        Ok(commands::match_event::object(
            &pattern.mismatches(&event),
            &pattern.warnings(),
        ))
    }
}

fn check_size(what: &str, text: &str, most: usize) -> Result<(), String> {
    match text.len() > most {
        true => Err(format!(
            "The {what} has {} bytes; it may have {most}.",
            text.len()
        )),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preview(given: Value) -> Result<Value, String> {
        let preview: PreviewSchedule = serde_json::from_value(given).unwrap();
        // 2026-01-01T00:00:00Z
        preview.answer(1_767_225_600_000)
    }

    #[test]
    fn the_next_times_are_those_of_the_zone() {
        let given = json!({ "expression": "cron(0 7 1 * ? *)", "timezone": "Europe/Berlin" });
        let next = preview(given).unwrap()["nextMillis"].clone();
        assert_eq!(next[0], 1_767_247_200_000_i64);
        assert_eq!(next.as_array().map(Vec::len), Some(NEXT));
    }

    #[test]
    fn mistakes_are_sentences() {
        let error = preview(json!({ "expression": "at(2027-01-01T00:00:00)", "isRule": true }));
        assert!(error.unwrap_err().contains("EventBridge Scheduler"));
        let error = preview(json!({ "expression": "rate(1 day)", "timezone": "Mars/Base" }));
        assert!(error.unwrap_err().contains("Mars/Base"));
        let given = json!({ "pattern": "{\"source\": 1}", "event": "{}" });
        let given: MatchPattern = serde_json::from_value(given).unwrap();
        assert!(given.answer().unwrap_err().contains("line 1"));
    }

    #[test]
    fn an_event_that_does_not_match_is_told_why() {
        let given =
            json!({ "pattern": "{\"source\": [\"aws.ec2\"]}", "event": "{\"source\": \"mine\"}" });
        let given: MatchPattern = serde_json::from_value(given).unwrap();
        let answer = given.answer().unwrap();
        assert_eq!(answer["matches"], false);
        assert_eq!(answer["mismatches"][0]["path"], "source");
    }
}
