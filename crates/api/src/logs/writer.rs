//! For those that must not wait while they log: functions' output.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::{Event, Logs};

/// Lines that may wait; beyond it they are dropped and counted.
const QUEUE: usize = 10_000;
/// Lines of one stream that are written at once.
const BATCH: usize = 500;

struct Line {
    group: Arc<str>,
    stream: Arc<str>,
    event: Event,
}

/// Writes lines behind a queue, to groups that it makes. Cloning is cheap; when it is closed what waits is written.
#[derive(Clone)]
pub struct LogWriter(Arc<Shared>);

struct Shared {
    queue: Mutex<Option<SyncSender<Line>>>,
    dropped: AtomicU64,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl LogWriter {
    /// `report` gets what keeps lines from being written.
    ///
    /// # Errors
    /// The operating system has no thread.
    pub fn start(
        logs: Logs,
        report: impl Fn(String) + Send + 'static,
    ) -> std::io::Result<LogWriter> {
        let (sender, receiver) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("logs".into())
            .spawn(move || write_all(&logs, &receiver, &report))?;
        Ok(LogWriter(Arc::new(Shared {
            queue: Mutex::new(Some(sender)),
            dropped: AtomicU64::new(0),
            thread: Mutex::new(Some(thread)),
        })))
    }

    /// Never waits for a file.
    pub fn put(&self, group: Arc<str>, stream: Arc<str>, event: Event) {
        let queue = self.0.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let is_taken = queue.as_ref().is_some_and(|queue| {
            queue
                .try_send(Line {
                    group,
                    stream,
                    event,
                })
                .is_ok()
        });
        if !is_taken {
            self.0.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Lines that came too fast, or after the end.
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// Waits until everything is written. What comes later is dropped.
    pub fn close(&self) {
        drop(
            self.0
                .queue
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let thread = self
            .0
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // A panic was told by the hook of the standard library.
            let _ = thread.join();
        }
    }
}

fn write_all(logs: &Logs, lines: &Receiver<Line>, report: &dyn Fn(String)) {
    let mut next = None;
    while let Some(first) = next.take().or_else(|| lines.recv().ok()) {
        let Line {
            group,
            stream,
            event,
        } = first;
        let mut events = vec![event];
        while events.len() < BATCH {
            match lines.try_recv() {
                Ok(line) if line.group == group && line.stream == stream => events.push(line.event),
                other => {
                    next = other.ok();
                    break;
                }
            }
        }
        let now_millis = jiff::Timestamp::now().as_millisecond();
        if let Err(error) = logs.write(&group, &stream, &events, true, now_millis) {
            report(format!(
                "{} lines of {group} are not logged: {error}",
                events.len()
            ));
        }
    }
}
