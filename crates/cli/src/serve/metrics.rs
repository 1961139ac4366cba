//! What the server counts, in the text format that Prometheus reads (Prometheus documentation, "Exposition formats").

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Seconds; from a commit of one page to a long poll.
const SECONDS: &[f64] = &[
    0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
    10.0, 60.0,
];
/// Series of one name. Names of errors are the workflows' own, so there could be any number; the rest is counted together.
const MAX_SERIES: usize = 2_000;
const OVERFLOW: &str = "overflow=\"true\"";
/// Figures that somebody else keeps, asked for when the metrics are read.
type Source = Box<dyn Fn(&mut Page) + Send + Sync>;

pub struct Metrics {
    requests: Counters,
    request_seconds: Histograms,
    connections_refused: Counters,
    executions_started: Counters,
    executions_ended: Counters,
    transitions: Counters,
    calls: Counters,
    call_errors: Counters,
    call_seconds: Histograms,
    deliveries: Counters,
    sources: Mutex<Vec<Source>>,
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics {
            requests: Counters::new(
                "stepwright_http_requests_total",
                "Requests answered, by operation (with its service, unless that is Step Functions), status and error.",
            ),
            request_seconds: Histograms::new(
                "stepwright_http_request_seconds",
                "From the head of a request to its answer.",
                SECONDS,
            ),
            connections_refused: Counters::new(
                "stepwright_http_connections_refused_total",
                "Connections closed at once because all others were at work.",
            ),
            executions_started: Counters::new(
                "stepwright_executions_started_total",
                "Executions started.",
            ),
            executions_ended: Counters::new(
                "stepwright_executions_ended_total",
                "Executions ended, by status.",
            ),
            transitions: Counters::new("stepwright_transitions_total", "States entered."),
            calls: Counters::new(
                "stepwright_calls_total",
                "Calls made for tasks, by service and action.",
            ),
            call_errors: Counters::new(
                "stepwright_call_errors_total",
                "Calls that failed, by service and error.",
            ),
            call_seconds: Histograms::new(
                "stepwright_call_seconds",
                "From a call to its answer.",
                SECONDS,
            ),
            deliveries: Counters::new(
                "stepwright_deliveries_total",
                "Status events, log events and spans sent, failed and dropped.",
            ),
            sources: Mutex::default(),
        }
    }
}

impl Metrics {
    /// `service`: as botocore names it; empty for Step Functions.
    pub fn request(
        &self,
        service: &str,
        operation: &str,
        status: u16,
        error: Option<&str>,
        took: Duration,
    ) {
        let status = status.to_string();
        let labels = [
            ("service", service),
            ("operation", operation),
            ("status", &status),
            ("error", error.unwrap_or_default()),
        ];
        self.requests.add(&labels, 1);
        self.request_seconds.observe(
            &[("service", service), ("operation", operation)],
            took.as_secs_f64(),
        );
    }

    pub fn connection_refused(&self) {
        self.connections_refused.add(&[], 1);
    }

    pub fn execution_started(&self) {
        self.executions_started.add(&[], 1);
    }

    pub fn execution_ended(&self, status: &str) {
        self.executions_ended.add(&[("status", status)], 1);
    }

    pub fn transitions(&self, entered: u64) {
        self.transitions.add(&[], entered);
    }

    pub fn call(&self, service: &str, action: &str, error: Option<&str>, took: Duration) {
        self.calls
            .add(&[("service", service), ("action", action)], 1);
        self.call_seconds
            .observe(&[("service", service)], took.as_secs_f64());
        if let Some(error) = error {
            self.call_errors
                .add(&[("service", service), ("error", error)], 1);
        }
    }

    /// `kind`: `status_event`, `log_event`, `span`; `outcome`: `sent`, `failed`, `dropped`.
    pub fn delivered(&self, kind: &str, outcome: &str, number: usize) {
        self.deliveries
            .add(&[("kind", kind), ("outcome", outcome)], number as u64);
    }

    /// Figures that are asked for at each reading.
    pub fn source(&self, source: impl Fn(&mut Page) + Send + Sync + 'static) {
        lock(&self.sources).push(Box::new(source));
    }

    pub fn render(&self) -> String {
        let mut text = String::with_capacity(16 * 1024);
        for counters in [
            &self.requests,
            &self.connections_refused,
            &self.executions_started,
            &self.executions_ended,
            &self.transitions,
            &self.calls,
            &self.call_errors,
            &self.deliveries,
        ] {
            counters.render(&mut text);
        }
        for histograms in [&self.request_seconds, &self.call_seconds] {
            histograms.render(&mut text);
        }
        let mut page = Page(text);
        for source in &*lock(&self.sources) {
            source(&mut page);
        }
        page.0
    }
}

/// The text that is made.
pub struct Page(String);

impl Page {
    pub fn gauge(&mut self, name: &str, help: &str, value: f64) {
        head(&mut self.0, name, help, "gauge");
        sample(&mut self.0, name, "", value);
    }

    pub fn counter(&mut self, name: &str, help: &str, value: f64) {
        head(&mut self.0, name, help, "counter");
        sample(&mut self.0, name, "", value);
    }

    /// `buckets`: upper bounds, and how many were at most that.
    pub fn histogram(
        &mut self,
        name: &str,
        help: &str,
        buckets: &[(f64, u64)],
        sum: f64,
        count: u64,
    ) {
        head(&mut self.0, name, help, "histogram");
        let bucket = format!("{name}_bucket");
        for (bound, number) in buckets {
            sample(
                &mut self.0,
                &bucket,
                &format!("le=\"{bound}\""),
                *number as f64,
            );
        }
        sample(&mut self.0, &bucket, "le=\"+Inf\"", count as f64);
        sample(&mut self.0, &format!("{name}_sum"), "", sum);
        sample(&mut self.0, &format!("{name}_count"), "", count as f64);
    }
}

/// Numbers that only grow, by labels.
struct Counters {
    name: &'static str,
    help: &'static str,
    series: Mutex<BTreeMap<String, u64>>,
}

impl Counters {
    fn new(name: &'static str, help: &'static str) -> Counters {
        Counters {
            name,
            help,
            series: Mutex::default(),
        }
    }

    fn add(&self, labels: &[(&str, &str)], number: u64) {
        let mut labels = rendered(labels);
        let mut series = lock(&self.series);
        if series.len() >= MAX_SERIES && !series.contains_key(&labels) {
            labels = OVERFLOW.to_owned();
        }
        *series.entry(labels).or_default() += number;
    }

    fn render(&self, text: &mut String) {
        head(text, self.name, self.help, "counter");
        for (labels, number) in &*lock(&self.series) {
            sample(text, self.name, labels, *number as f64);
        }
    }
}

struct Histograms {
    name: &'static str,
    help: &'static str,
    /// Upper ends of the buckets.
    bounds: &'static [f64],
    series: Mutex<BTreeMap<String, Histogram>>,
}

struct Histogram {
    /// One a bound, and one for what is above all.
    counts: Vec<u64>,
    sum: f64,
}

impl Histograms {
    fn new(name: &'static str, help: &'static str, bounds: &'static [f64]) -> Histograms {
        Histograms {
            name,
            help,
            bounds,
            series: Mutex::default(),
        }
    }

    fn observe(&self, labels: &[(&str, &str)], value: f64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        let mut series = lock(&self.series);
        let histogram = series.entry(rendered(labels)).or_insert_with(|| Histogram {
            counts: vec![0; self.bounds.len() + 1],
            sum: 0.0,
        });
        if let Some(count) = histogram.counts.get_mut(bucket) {
            *count += 1;
        }
        histogram.sum += value;
    }

    fn render(&self, text: &mut String) {
        head(text, self.name, self.help, "histogram");
        let bounds = self
            .bounds
            .iter()
            .map(f64::to_string)
            .chain(["+Inf".to_owned()]);
        let bounds: Vec<String> = bounds.collect();
        for (labels, histogram) in &*lock(&self.series) {
            let comma = if labels.is_empty() { "" } else { "," };
            let mut all = 0;
            for (bound, count) in bounds.iter().zip(&histogram.counts) {
                all += count;
                let labels = format!("{labels}{comma}le=\"{bound}\"");
                sample(text, &format!("{}_bucket", self.name), &labels, all as f64);
            }
            sample(text, &format!("{}_sum", self.name), labels, histogram.sum);
            sample(text, &format!("{}_count", self.name), labels, all as f64);
        }
    }
}

/// `a="1",b="2"`; labels without a value are left out.
fn rendered(labels: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(64);
    for (name, value) in labels.iter().filter(|(_, value)| !value.is_empty()) {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(name);
        text.push_str("=\"");
        for c in value.chars() {
            match c {
                '\\' => text.push_str("\\\\"),
                '"' => text.push_str("\\\""),
                '\n' => text.push_str("\\n"),
                c => text.push(c),
            }
        }
        text.push('"');
    }
    text
}

fn head(text: &mut String, name: &str, help: &str, kind: &str) {
    // A string takes all that is written.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn sample(text: &mut String, name: &str, labels: &str, value: f64) {
    let _ = match labels.is_empty() {
        true => writeln!(text, "{name} {value}"),
        false => writeln!(text, "{name}{{{labels}}} {value}"),
    };
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_workflows_make_up_take_little_memory() {
        let metrics = Metrics::default();
        for number in 0..MAX_SERIES + 3 {
            let error = format!("E{number}");
            metrics.call("lambda", "invoke", Some(&error), Duration::ZERO);
        }
        metrics.call("lambda", "invoke", Some("E0"), Duration::ZERO);
        let text = metrics.render();
        for line in [
            "stepwright_call_errors_total{service=\"lambda\",error=\"E0\"} 2\n",
            "stepwright_call_errors_total{overflow=\"true\"} 3\n",
        ] {
            assert!(text.contains(line), "{line}");
        }
    }

    #[test]
    fn everything_is_rendered_as_prometheus_reads_it() {
        let metrics = Metrics::default();
        metrics.request("", "StartExecution", 200, None, Duration::from_micros(150));
        metrics.request(
            "",
            "StartExecution",
            400,
            Some("a\"b"),
            Duration::from_millis(2),
        );
        metrics.source(|page| {
            page.gauge("stepwright_waits", "Open waits.", 2.0);
            page.histogram(
                "stepwright_commit_seconds",
                "Commits.",
                &[(0.5, 1), (1.0, 2)],
                3.5,
                3,
            );
        });
        let text = metrics.render();
        for line in [
            "# TYPE stepwright_http_requests_total counter",
            "stepwright_http_requests_total{operation=\"StartExecution\",status=\"200\"} 1",
            "stepwright_http_requests_total{operation=\"StartExecution\",status=\"400\",error=\"a\\\"b\"} 1",
            "stepwright_http_request_seconds_bucket{operation=\"StartExecution\",le=\"0.0001\"} 0",
            "stepwright_http_request_seconds_bucket{operation=\"StartExecution\",le=\"0.0002\"} 1",
            "stepwright_http_request_seconds_bucket{operation=\"StartExecution\",le=\"0.002\"} 2",
            "stepwright_http_request_seconds_bucket{operation=\"StartExecution\",le=\"+Inf\"} 2",
            "stepwright_http_request_seconds_count{operation=\"StartExecution\"} 2",
            "stepwright_commit_seconds_bucket{le=\"1\"} 2",
            "stepwright_commit_seconds_bucket{le=\"+Inf\"} 3",
            "stepwright_commit_seconds_sum 3.5",
            "# TYPE stepwright_waits gauge",
            "stepwright_waits 2",
        ] {
            assert!(
                text.lines().any(|known| known == line),
                "no {line} in\n{text}"
            );
        }
    }
}
