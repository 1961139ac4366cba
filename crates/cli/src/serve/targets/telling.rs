//! What becomes of deliveries, in the log and in the metrics.

use std::sync::Arc;

use api::delivery::{Deliveries, Delivery, Origin, Outcome, Told};

use crate::serve::logs::{Log, LogLevel};
use crate::serve::metrics::Metrics;

/// Lets log and metrics hear of deliveries.
pub fn tell(deliveries: &Deliveries, metrics: &Metrics, log: &Arc<Log>) {
    let log = log.clone();
    deliveries.listen(Arc::new(move |batch: &[Told]| {
        batch.iter().for_each(|told| line(&log, told));
        Ok(())
    }));
    let deliveries = deliveries.clone();
    metrics.source(move |page| {
        let stats = deliveries.stats();
        for (name, help, value) in [
            (
                "stepwright_deliveries_waiting",
                "Deliveries of schedules, rules and asynchronous invocations that have not ended.",
                stats.waiting,
            ),
            (
                "stepwright_deliveries_under_way",
                "Those that are being attempted.",
                stats.under_way,
            ),
        ] {
            page.gauge(name, help, value as f64);
        }
        for (name, help, value) in [
            (
                "stepwright_delivery_attempts_total",
                "Attempts to reach a target.",
                stats.attempts,
            ),
            (
                "stepwright_deliveries_done_total",
                "Deliveries that reached their targets.",
                stats.delivered,
            ),
            (
                "stepwright_delivery_retries_total",
                "Attempts that failed and are made again.",
                stats.failed,
            ),
            (
                "stepwright_deliveries_dropped_total",
                "Deliveries that were given up.",
                stats.dropped,
            ),
            (
                "stepwright_deliveries_lost_total",
                "Dead letters and results of invocations that did not reach where they belong.",
                stats.lost,
            ),
        ] {
            page.counter(name, help, value as f64);
        }
    });
}

fn line(log: &Log, told: &Told) {
    let Told { delivery, outcome } = told;
    let target = delivery.target.arn();
    let origin = ("origin", delivery.origin.arn() as &dyn std::fmt::Display);
    let attempts = ("attempts", &delivery.attempts as &dyn std::fmt::Display);
    match outcome {
        Outcome::Delivered(delivered) => {
            if log.is_enabled(LogLevel::Debug) {
                let execution = delivered.execution_arn.as_deref().unwrap_or("none");
                let execution = ("execution", &execution as &dyn std::fmt::Display);
                log.debug("delivered", &[origin, ("target", &target), execution]);
            }
        }
        Outcome::Failed(error) => log.info(
            "not delivered yet",
            &[origin, ("target", &target), attempts, ("error", error)],
        ),
        Outcome::Dropped { error, is_buried } => log.warning(
            what(delivery),
            &[
                origin,
                ("target", &target),
                attempts,
                ("error", error),
                ("dead_letter", is_buried),
            ],
        ),
    }
}

fn what(delivery: &Delivery) -> &'static str {
    match delivery.origin {
        Origin::FollowUp { .. } => "a dead letter or the result of an invocation is lost",
        _ => "a delivery is given up",
    }
}
