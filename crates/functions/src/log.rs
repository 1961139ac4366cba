//! What functions print, line by line.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::sync::watch;
use uuid::Uuid;

use crate::FunctionSpec;

/// Longer lines are cut into pieces of this size (the largest event of CloudWatch Logs when Lambda writes there).
const MAX_LINE_BYTES: u64 = 256 * 1024;

/// A mark ends at most so far behind its first byte: a UUID and a line break.
const MARK_BYTES: usize = 40;

/// How much one invocation may print before the rest is left out of the log, so that it does not drown a run.
const MAX_SHOWN_BYTES: usize = 1024 * 1024;

/// How much of an invocation's output Lambda gives back (`LogType` `Tail`).
pub(crate) const TAIL_BYTES: usize = 4096;

/// Follows the output of an invocation, before its request id.
pub(crate) const END_OF_OUTPUT: u8 = 0x1e;

/// Receives [`LogLine`]s, from several threads. It must not block.
pub type LogSink = Arc<dyn Fn(LogLine) + Send + Sync>;

/// Where a line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogStream {
    /// Printed by the function on standard output.
    Stdout,
    /// Printed by the function on standard error.
    Stderr,
    /// Said about the function by this crate: a warning.
    Host,
    /// Lambda's own lines around an invocation: START, END, REPORT.
    Platform,
}

/// One line, without its line break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The function's name.
    pub function: Arc<str>,
    /// Of its process, as CloudWatch Logs names it: `2026/11/23/[$LATEST]0123…`.
    pub log_stream: Arc<str>,
    /// The invocation it was printed in; `None` while the function is being loaded.
    pub request_id: Option<Arc<str>>,
    /// Where it comes from.
    pub stream: LogStream,
    /// The text; bytes that are not UTF-8 are replaced.
    pub text: String,
}

/// Labels the lines of one process with its function and current invocation.
#[derive(Clone)]
pub(crate) struct Labels {
    pub(crate) function: Arc<str>,
    pub(crate) log_stream: Arc<str>,
    current: Arc<Mutex<Current>>,
    sink: LogSink,
}

/// The output of the invocation that runs, or of the load.
#[derive(Default)]
struct Current {
    request_id: Option<Arc<str>>,
    bytes: usize,
    /// The last of them, `TAIL_BYTES` at most.
    tail: VecDeque<u8>,
}

/// A new name for what one process prints.
pub(crate) fn log_stream(spec: &FunctionSpec) -> Arc<str> {
    let day = jiff::Timestamp::now().strftime("%Y/%m/%d");
    format!("{day}/[{}]{}", spec.version, Uuid::new_v4().simple()).into()
}

impl Labels {
    pub(crate) fn new(spec: &FunctionSpec, sink: LogSink) -> Self {
        Self {
            function: spec.name.as_str().into(),
            log_stream: log_stream(spec),
            current: Arc::default(),
            sink,
        }
    }

    pub(crate) fn set_request_id(&self, request_id: &Arc<str>) {
        *self.current() = Current {
            request_id: Some(Arc::clone(request_id)),
            ..Current::default()
        };
    }

    /// The end of what the current invocation has printed so far.
    pub(crate) fn tail(&self) -> Vec<u8> {
        self.current().tail.iter().copied().collect()
    }

    /// A line of this crate's own.
    pub(crate) fn say(&self, text: String) {
        let request_id = self.current().request_id.clone();
        self.send(LogStream::Host, request_id, text);
    }

    /// Lines of Lambda's own.
    pub(crate) fn report(&self, request_id: &Arc<str>, lines: &str) {
        for line in lines.lines() {
            let id = Some(Arc::clone(request_id));
            self.send(LogStream::Platform, id, line.to_owned());
        }
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, stream: LogStream, request_id: Option<Arc<str>>, text: String) {
        (self.sink)(LogLine {
            function: Arc::clone(&self.function),
            log_stream: Arc::clone(&self.log_stream),
            request_id,
            stream,
            text,
        });
    }

    fn write(&self, stream: LogStream, text: &[u8]) {
        let (request_id, bytes) = {
            let mut current = self.current();
            current.tail.extend(text);
            current.tail.push_back(b'\n');
            let surplus = current.tail.len().saturating_sub(TAIL_BYTES);
            current.tail.drain(..surplus);
            current.bytes = current.bytes.saturating_add(text.len() + 1);
            (current.request_id.clone(), current.bytes)
        };
        if bytes <= MAX_SHOWN_BYTES {
            let text = String::from_utf8_lossy(text);
            let text = message(&text, request_id.as_deref()).to_owned();
            self.send(stream, request_id, text);
        } else if bytes - text.len() - 1 <= MAX_SHOWN_BYTES {
            let limit = MAX_SHOWN_BYTES / 1024 / 1024;
            self.say(format!(
                "it has printed {limit} MiB; what follows is not shown"
            ));
        }
    }

    /// Passes on the lines of `pipe` until it is closed; `finished` gets the id of each invocation whose output is through.
    pub(crate) async fn forward(
        self,
        pipe: impl AsyncRead + Unpin,
        stream: LogStream,
        finished: watch::Sender<Option<Arc<str>>>,
    ) {
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        loop {
            line.clear();
            match (&mut reader)
                .take(MAX_LINE_BYTES)
                .read_until(b'\n', &mut line)
                .await
            {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => {
                    return self.say(format!("its output is no longer readable: {error}"));
                }
            }
            if !line.ends_with(b"\n")
                && line
                    .iter()
                    .rev()
                    .take(MARK_BYTES)
                    .any(|byte| *byte == END_OF_OUTPUT)
            {
                // Not to cut it in two. What goes wrong here does so again at the next line.
                let mut rest = (&mut reader).take(MARK_BYTES as u64);
                drop(rest.read_until(b'\n', &mut line).await);
            }
            let text = line.strip_suffix(b"\n").unwrap_or(&line);
            let request_id = self.current().request_id.clone();
            match end_of_output(text, request_id.as_deref()) {
                Some(text) => {
                    if !text.is_empty() {
                        self.write(stream, text);
                    }
                    finished.send_replace(request_id);
                }
                None => self.write(stream, text.strip_suffix(b"\r").unwrap_or(text)),
            }
        }
    }
}

/// A line without the time, request id and level that Lambda's Node.js runtime writes in front.
fn message<'a>(line: &'a str, request_id: Option<&str>) -> &'a str {
    let mut parts = line.splitn(4, '\t');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(time), Some(id), Some(_), Some(message))
            if time.len() == 24 && id == request_id.unwrap_or("undefined") =>
        {
            message
        }
        _ => line,
    }
}

/// What stands before the end mark of this invocation (a last line without line break), if the line has it.
fn end_of_output<'a>(line: &'a [u8], request_id: Option<&str>) -> Option<&'a [u8]> {
    let line = line.strip_suffix(request_id?.as_bytes())?;
    line.strip_suffix(&[END_OF_OUTPUT])
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(output: &[u8]) -> (Vec<String>, Option<Arc<str>>) {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = {
            let seen = Arc::clone(&seen);
            Arc::new(move |line: LogLine| seen.lock().unwrap().push(line.text))
        };
        let labels = Labels::new(&FunctionSpec::new("f", "python3.12", "h.f", "/"), sink);
        labels.set_request_id(&"id-1".into());
        let (sender, receiver) = watch::channel(None);
        labels.forward(output, LogStream::Stdout, sender).await;
        let lines = seen.lock().unwrap().clone();
        (lines, receiver.borrow().clone())
    }

    #[tokio::test]
    async fn the_end_mark_is_taken_out_and_reported() {
        let (seen, finished) = lines(b"one\r\nno line break\x1eid-1\n").await;
        assert_eq!(seen, ["one", "no line break"]);
        assert_eq!(finished.as_deref(), Some("id-1"));
    }

    #[tokio::test]
    async fn the_end_mark_behind_an_endless_line_is_whole() {
        for missing in 1..7 {
            let text = "x".repeat(MAX_LINE_BYTES as usize - missing);
            let (seen, finished) = lines(format!("{text}\x1eid-1\n").as_bytes()).await;
            assert_eq!(seen, [text]);
            assert_eq!(finished.as_deref(), Some("id-1"));
        }
    }

    #[tokio::test]
    async fn a_mark_of_another_invocation_is_text() {
        let (seen, finished) = lines(b"\x1eid-2\nid-1\n").await;
        assert_eq!(seen, ["\u{1e}id-2", "id-1"]);
        assert_eq!(finished, None);
    }

    #[tokio::test]
    async fn what_stands_in_front_of_a_line_of_node_is_not_shown() {
        let (seen, _) =
            lines(b"2026-11-23T00:10:07.123Z\tid-1\tINFO\ta\tb\n2026\tid-1\tINFO\tc\n").await;
        assert_eq!(seen, ["a\tb", "2026\tid-1\tINFO\tc"]);
    }

    #[tokio::test]
    async fn output_without_end_is_left_out_but_for_its_tail() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = {
            let seen = Arc::clone(&seen);
            Arc::new(move |line: LogLine| seen.lock().unwrap().push(line))
        };
        let labels = Labels::new(&FunctionSpec::new("f", "python3.12", "h.f", "/"), sink);
        let output = format!("{}the end\n", "0123456789\n".repeat(200_000));
        let (sender, _receiver) = watch::channel(None);
        labels
            .clone()
            .forward(output.as_bytes(), LogStream::Stdout, sender)
            .await;
        let seen = seen.lock().unwrap();
        assert_eq!(seen.len(), MAX_SHOWN_BYTES / 11 + 1);
        assert_eq!(
            seen.iter()
                .filter(|line| line.stream == LogStream::Host)
                .count(),
            1
        );
        let tail = labels.tail();
        assert!(tail.len() == TAIL_BYTES && tail.ends_with(b"9\nthe end\n"));
    }

    #[tokio::test]
    async fn endless_lines_are_cut_and_other_bytes_replaced() {
        let mut output = vec![b'x'; 600 * 1024];
        output.extend_from_slice(b"\n\xff\n");
        let (seen, _) = lines(&output).await;
        assert_eq!(
            seen.iter().map(String::len).collect::<Vec<_>>(),
            [262_144, 262_144, 90_112, 3]
        );
    }
}
