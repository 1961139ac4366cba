//! What an invocation gives, in the shapes and words of Lambda's `Invoke`.
//!
//! The error objects are those that Lambda sends for functions of its managed runtimes (developer guide, "Troubleshoot
//! invocation issues"; key order as observed).

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use bytes::Bytes;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::log::TAIL_BYTES;
use crate::process::Failure;
use crate::runtime_api::ErrorReport;
use crate::{FunctionSpec, MAX_RESPONSE_BYTES};

/// The version that can be changed.
pub(crate) const LATEST: &str = "$LATEST";

/// What `Invoke` answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// `Unhandled` if the function failed: the payload is then Lambda's error object.
    pub function_error: Option<&'static str>,
    /// JSON text: the handler's result, or `{errorMessage, errorType, requestId, stackTrace}` (the last two are missing
    /// when the process ended without a word).
    pub payload: String,
    /// That of the function.
    pub executed_version: String,
    /// The invocation's id, as the function saw it.
    pub request_id: String,
    /// How long it took, without loading the function.
    pub duration: Duration,
    /// Lambda's lines at the end of the invocation: END, REPORT and how it failed.
    pub(crate) report: String,
    /// The last 4 KB of the invocation's log, as `LogResult` has it: what the function printed between Lambda's own lines.
    pub log_tail: String,
}

/// What was seen of an invocation besides its result.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub(crate) request_id: String,
    pub(crate) duration: Duration,
    /// How long its process took to load, if that was done for it.
    pub(crate) init_duration: Option<Duration>,
    /// The most memory that its process was seen with.
    pub(crate) memory_bytes: u64,
    /// The end of what it printed.
    pub(crate) printed: Vec<u8>,
}

impl Answer {
    pub(crate) fn new(work: Work, spec: &FunctionSpec, result: Result<Bytes, Failure>) -> Self {
        let request_id = work.request_id.as_str();
        let status = match &result {
            Err(failure) if !failure.leaves_process_usable() => Some(failure.report_type()),
            _ => None,
        };
        let (function_error, payload) = match result.map(|payload| result_text(request_id, payload))
        {
            Ok(Ok(text)) => (None, text),
            Ok(Err(text)) => (Some("Unhandled"), text),
            Err(failure) => (Some("Unhandled"), error_text(request_id, spec, failure)),
        };
        let report = report(&work, spec, status.map(|status| (status, payload.as_str())));
        let log_tail = log_tail(&work, spec, &report);
        Self {
            function_error,
            payload,
            executed_version: spec.version.clone(),
            request_id: work.request_id,
            duration: work.duration,
            report,
            log_tail,
        }
    }
}

impl Failure {
    /// What Lambda's report of an invocation calls it.
    fn report_type(&self) -> &'static str {
        match self {
            Self::OutOfMemory => "Runtime.OutOfMemory",
            Self::TimedOut => "Sandbox.Timedout",
            Self::InvalidEntrypoint(_) => "Runtime.InvalidEntrypoint",
            _ => "Runtime.ExitError",
        }
    }
}

/// How Lambda begins the log of an invocation.
pub(crate) fn start_line(request_id: &str, spec: &FunctionSpec) -> String {
    format!("START RequestId: {request_id} Version: {}\n", spec.version)
}

/// How Lambda ends the log of an invocation; `ended` is the status of a process that ended, and its error object.
fn report(work: &Work, spec: &FunctionSpec, ended: Option<(&str, &str)>) -> String {
    let Work { request_id, .. } = work;
    let milliseconds = work.duration.as_secs_f64() * 1000.0;
    let mut report = format!(
        "END RequestId: {request_id}\nREPORT RequestId: {request_id}\tDuration: {milliseconds:.2} ms\t\
         Billed Duration: {:.0} ms\tMemory Size: {} MB\tMax Memory Used: {} MB\t",
        milliseconds.ceil(),
        spec.memory_mib,
        work.memory_bytes.div_ceil(1024 * 1024),
    );
    if let Some(init) = work.init_duration {
        let milliseconds = init.as_secs_f64() * 1000.0;
        report.push_str(&format!("Init Duration: {milliseconds:.2} ms\t"));
    }
    let Some((status, error)) = ended else {
        report.push('\n');
        return report;
    };
    report.push_str(&format!("Status: error\tError Type: {status}\n"));
    let error = serde_json::from_str::<serde_json::Value>(error).unwrap_or_default();
    for field in ["errorMessage", "errorType"] {
        let text = error.get(field).and_then(serde_json::Value::as_str);
        report.push_str(text.unwrap_or(status));
        report.push('\n');
    }
    report
}

fn log_tail(work: &Work, spec: &FunctionSpec, report: &str) -> String {
    let mut log = start_line(&work.request_id, spec).into_bytes();
    log.extend_from_slice(&work.printed);
    log.extend_from_slice(report.as_bytes());
    let start = log.len().saturating_sub(TAIL_BYTES);
    String::from_utf8_lossy(&log[start..]).into_owned()
}

/// A result, which has to be JSON text: it goes into a workflow's data.
fn result_text(request_id: &str, payload: Bytes) -> Result<String, String> {
    let reason = match String::from_utf8(payload.into()) {
        Err(error) => error.to_string(),
        Ok(text) => match serde_json::from_str::<IgnoredAny>(&text) {
            Ok(_) => return Ok(text),
            Err(error) => error.to_string(),
        },
    };
    let message =
        format!("RequestId: {request_id} Error: the runtime's response is not JSON: {reason}");
    Err(json!({ "errorType": "Runtime.MarshalError", "errorMessage": message }).to_string())
}

/// The error object for a failure, with Lambda's names and words. Only an error that the runtime reports has a trace.
fn error_text(request_id: &str, spec: &FunctionSpec, failure: Failure) -> String {
    let (error_type, message) = match failure {
        Failure::Reported(ErrorReport { error_type, body }) => match String::from_utf8(body.into())
        {
            Ok(text) if serde_json::from_str::<IgnoredAny>(&text).is_ok() => return text,
            // What stands in the header is all that is known then.
            _ => {
                let error_type = error_type.unwrap_or_else(|| "Runtime.Unknown".to_owned());
                let message = format!("RequestId: {request_id} Error: {error_type}");
                return json!({ "errorType": error_type, "errorMessage": message }).to_string();
            }
        },
        Failure::ResponseTooLarge => {
            let message = format!(
                "Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
            );
            return json!({ "errorType": "Function.ResponseSizeTooLarge", "errorMessage": message }).to_string();
        }
        Failure::TimedOut => (
            "Sandbox.Timedout",
            format!("Task timed out after {}.00 seconds", spec.timeout_seconds),
        ),
        Failure::Exited(status) => ("Runtime.ExitError", exit_message(status)),
        // What the kernel of Lambda's sandbox does.
        Failure::OutOfMemory | Failure::TooMuch => {
            ("Runtime.ExitError", exit_message(ExitStatus::from_raw(9)))
        }
        Failure::InvalidEntrypoint(reason) => ("Runtime.InvalidEntrypoint", reason),
    };
    json!({ "errorType": error_type, "errorMessage": format!("RequestId: {request_id} Error: {message}") }).to_string()
}

/// Lambda's words for the end of a process, which are those of Go's `os.ProcessState`.
fn exit_message(status: ExitStatus) -> String {
    let reason = match (status.code(), status.signal()) {
        (Some(0), _) => return "Runtime exited without providing a reason".to_owned(),
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => {
            let core = if status.core_dumped() {
                " (core dumped)"
            } else {
                ""
            };
            match signal {
                1 => format!("signal: hangup{core}"),
                2 => format!("signal: interrupt{core}"),
                4 => format!("signal: illegal instruction{core}"),
                6 => format!("signal: aborted{core}"),
                8 => format!("signal: floating point exception{core}"),
                9 => format!("signal: killed{core}"),
                11 => format!("signal: segmentation fault{core}"),
                13 => format!("signal: broken pipe{core}"),
                15 => format!("signal: terminated{core}"),
                other => format!("signal: signal {other}{core}"),
            }
        }
        (None, None) => "an unknown status".to_owned(),
    };
    format!("Runtime exited with error: {reason}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(result: Result<Bytes, Failure>) -> (Option<&'static str>, String) {
        let spec = FunctionSpec::new("f", "python3.12", "h.f", "/");
        let work = Work {
            request_id: "id".to_owned(),
            ..Work::default()
        };
        let answer = Answer::new(work, &spec, result);
        (answer.function_error, answer.payload)
    }

    #[test]
    fn ends_of_processes_are_worded_like_lambda() {
        let message = |raw| exit_message(ExitStatus::from_raw(raw));
        assert_eq!(message(0), "Runtime exited without providing a reason");
        assert_eq!(message(3 << 8), "Runtime exited with error: exit status 3");
        assert_eq!(message(9), "Runtime exited with error: signal: killed");
        assert_eq!(
            message(11 | 0x80),
            "Runtime exited with error: signal: segmentation fault (core dumped)"
        );
    }

    #[test]
    fn a_response_that_is_not_json_is_an_error_of_the_function() {
        assert_eq!(payload(Ok("[1]".into())), (None, "[1]".to_owned()));
        for garbage in [&b"{1"[..], b"\xff", b""] {
            let (function_error, payload) = payload(Ok(Bytes::from_static(garbage)));
            assert_eq!(function_error, Some("Unhandled"));
            let start = r#"{"errorType":"Runtime.MarshalError","errorMessage":"RequestId: id Error: the runtime's response"#;
            assert!(payload.starts_with(start), "{payload}");
        }
    }

    #[test]
    fn the_log_is_lambdas() {
        let spec = FunctionSpec::new("f", "python3.12", "h.f", "/");
        let work = |printed: &str| Work {
            request_id: "id".to_owned(),
            duration: Duration::from_micros(1_504),
            init_duration: Some(Duration::from_millis(100)),
            memory_bytes: 39 * 1024 * 1024,
            printed: printed.into(),
        };
        let report = "REPORT RequestId: id\tDuration: 1.50 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\t\
                      Max Memory Used: 39 MB\tInit Duration: 100.00 ms\t";
        let answer = Answer::new(work("hello\n"), &spec, Ok("1".into()));
        let expected =
            format!("START RequestId: id Version: $LATEST\nhello\nEND RequestId: id\n{report}\n");
        assert_eq!(answer.log_tail, expected);
        let answer = Answer::new(work(&"x".repeat(5000)), &spec, Err(Failure::OutOfMemory));
        assert_eq!(answer.log_tail.len(), TAIL_BYTES);
        let end = "Status: error\tError Type: Runtime.OutOfMemory\n\
                   RequestId: id Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n";
        assert!(
            answer.log_tail.ends_with(&format!("{report}{end}")),
            "{}",
            answer.log_tail
        );
    }

    #[test]
    fn an_error_report_without_a_body_keeps_its_name() {
        let report = ErrorReport {
            error_type: Some("Extension.Crash".to_owned()),
            body: "<html>".into(),
        };
        let expected = r#"{"errorType":"Extension.Crash","errorMessage":"RequestId: id Error: Extension.Crash"}"#;
        assert_eq!(
            payload(Err(Failure::Reported(report))),
            (Some("Unhandled"), expected.to_owned())
        );
    }
}
