//! The log groups of this server, and what functions print into them.

use std::path::Path;
use std::sync::Arc;

use api::Place;
use api::logs::{Bounds, Event, LogWriter, Logs};
use functions::LogLine;
use store::Store;

use super::logs::Log;
use super::metrics::Metrics;
use crate::error::CliError;

/// Below the data directory.
const FOLDER: &str = "logs";

#[derive(Clone)]
pub struct LocalLogs {
    pub service: Logs,
    writer: LogWriter,
}

impl LocalLogs {
    pub fn open(
        data: &Path,
        store: &Arc<dyn Store>,
        place: Place,
        metrics: &Metrics,
        log: &Arc<Log>,
    ) -> Result<LocalLogs, CliError> {
        let service = Logs::open(store, place, &data.join(FOLDER), Bounds::default())
            .map_err(|error| super::account::unusable(data, &error))?;
        let told = log.clone();
        let writer = LogWriter::start(service.clone(), move |error| {
            told.error("logs cannot be written", &[("error", &error)]);
        });
        let writer =
            writer.map_err(|error| CliError::Internal(format!("no thread for logs: {error}")))?;
        let counted = writer.clone();
        metrics.source(move |page| {
            page.counter(
                "stepwright_function_lines_dropped_total",
                "Lines of functions that came faster than they could be kept.",
                counted.dropped() as f64,
            );
        });
        Ok(LocalLogs { service, writer })
    }

    /// Puts a function's line where Lambda does.
    pub fn put(&self, line: &LogLine) {
        // What is said about a function that does not run here.
        if line.log_stream.is_empty() {
            return;
        }
        let event = Event {
            timestamp_millis: jiff::Timestamp::now().as_millisecond(),
            message: line.text.clone(),
        };
        let group = format!("/aws/lambda/{}", line.function);
        self.writer
            .put(group.into(), line.log_stream.clone(), event);
    }

    /// Waits until everything is written.
    pub async fn close(self) {
        // A panic was told by the hook of the standard library.
        let _ = tokio::task::spawn_blocking(move || self.writer.close()).await;
    }
}
