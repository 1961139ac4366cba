//! What functions print, line by line.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::sync::watch;

/// Longer lines are cut into pieces of this size (the largest event of CloudWatch Logs when Lambda writes there).
const MAX_LINE_BYTES: u64 = 256 * 1024;

/// Follows the output of an invocation, before its request id; the bootstrap writes it.
const END_OF_OUTPUT: u8 = 0x1e;

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
}

/// One line, without its line break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The function's name.
    pub function: Arc<str>,
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
    request_id: Arc<Mutex<Option<Arc<str>>>>,
    sink: LogSink,
}

impl Labels {
    pub(crate) fn new(function: Arc<str>, sink: LogSink) -> Self {
        Self {
            function,
            request_id: Arc::default(),
            sink,
        }
    }

    pub(crate) fn set_request_id(&self, request_id: &Arc<str>) {
        *self
            .request_id
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(request_id));
    }

    fn request_id(&self) -> Option<Arc<str>> {
        self.request_id
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn write(&self, stream: LogStream, request_id: Option<Arc<str>>, text: &[u8]) {
        let text = String::from_utf8_lossy(text).into_owned();
        (self.sink)(LogLine {
            function: Arc::clone(&self.function),
            request_id,
            stream,
            text,
        });
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
                    let text = format!("its output is no longer readable: {error}");
                    return self.write(LogStream::Host, self.request_id(), text.as_bytes());
                }
            }
            let text = line.strip_suffix(b"\n").unwrap_or(&line);
            let request_id = self.request_id();
            match end_of_output(text, request_id.as_deref()) {
                Some(text) => {
                    if !text.is_empty() {
                        self.write(stream, request_id.clone(), text);
                    }
                    finished.send_replace(request_id);
                }
                None => self.write(stream, request_id, text.strip_suffix(b"\r").unwrap_or(text)),
            }
        }
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
        let labels = Labels::new("f".into(), sink);
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
    async fn a_mark_of_another_invocation_is_text() {
        let (seen, finished) = lines(b"\x1eid-2\nid-1\n").await;
        assert_eq!(seen, ["\u{1e}id-2", "id-1"]);
        assert_eq!(finished, None);
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
