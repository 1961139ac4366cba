//! What a schedule sends.

use std::sync::Arc;

use serde_json::json;

use super::record::Schedule;
use super::runner::Occurrence;
use crate::Place;

/// The schedule's own input with the context attributes that are known now (user guide, "Adding context attributes"), else the notification
/// that AWS sends. Only the attempt's number is the delivery's to fill in.
pub fn input(schedule: &Schedule, occurrence: &Occurrence, id: &str, place: &Place) -> Arc<str> {
    let arn = &occurrence.scheduled.arn;
    let due = time(occurrence.at_millis);
    match schedule
        .target()
        .get("Input")
        .and_then(|input| input.as_str())
    {
        Some(input) if input.contains("<aws.scheduler.") => input
            .replace("<aws.scheduler.schedule-arn>", arn)
            .replace("<aws.scheduler.scheduled-time>", &due)
            .replace("<aws.scheduler.execution-id>", id)
            .into(),
        Some(input) => input.into(),
        None => json!({
            "version": "0",
            "id": id,
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": place.account,
            "time": due,
            "region": place.region,
            "resources": [arn],
            "detail": "{}",
        })
        .to_string()
        .into(),
    }
}

/// `2026-12-01T02:00:00Z`
fn time(millis: i64) -> String {
    let seconds = millis.div_euclid(1000);
    let instant = jiff::Timestamp::from_second(seconds);
    instant.map_or_else(|_| seconds.to_string(), |instant| instant.to_string())
}
