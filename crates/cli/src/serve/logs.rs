//! The server's own log: one line an event on standard error, for people or for machines.

use std::fmt::Display;
use std::io::Write;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use clap::ValueEnum;
use jiff::{Timestamp, Unit};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Lines that wait for a slow reader of standard error. Those behind are dropped and counted: no execution waits for a log.
const QUEUE: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    Error,
    Warning,
    Info,
    Debug,
}

/// What an event says beside its message.
pub type Fields<'a> = &'a [(&'a str, &'a dyn Display)];

pub struct Log {
    level: LogLevel,
    format: LogFormat,
    /// None once it is closed.
    lines: Mutex<Option<(SyncSender<String>, JoinHandle<()>)>>,
    dropped: AtomicU64,
}

impl Log {
    pub fn new(level: LogLevel, format: LogFormat) -> std::io::Result<Log> {
        let (sender, receiver) = sync_channel(QUEUE);
        let writer = std::thread::Builder::new()
            .name("log".into())
            .spawn(move || write_lines(&receiver))?;
        Ok(Log {
            level,
            format,
            lines: Mutex::new(Some((sender, writer))),
            dropped: AtomicU64::new(0),
        })
    }

    pub fn error(&self, message: &str, fields: Fields<'_>) {
        self.log(LogLevel::Error, message, fields);
    }

    pub fn warning(&self, message: &str, fields: Fields<'_>) {
        self.log(LogLevel::Warning, message, fields);
    }

    pub fn info(&self, message: &str, fields: Fields<'_>) {
        self.log(LogLevel::Info, message, fields);
    }

    pub fn debug(&self, message: &str, fields: Fields<'_>) {
        self.log(LogLevel::Debug, message, fields);
    }

    pub fn is_enabled(&self, level: LogLevel) -> bool {
        level <= self.level
    }

    /// Lines that nobody will read.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Writes what waits; what comes later is not written.
    pub fn close(&self) {
        let lines = self
            .lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some((sender, writer)) = lines {
            drop(sender);
            // A writer that panicked has nothing more to write.
            drop(writer.join());
        }
    }

    fn log(&self, level: LogLevel, message: &str, fields: Fields<'_>) {
        if !self.is_enabled(level) {
            return;
        }
        let line = line(self.format, level, Timestamp::now(), message, fields);
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((sender, _)) = &*lines
            && let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) =
                sender.try_send(line)
        {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn write_lines(lines: &Receiver<String>) {
    for line in lines {
        // When nobody reads it there is nobody to tell.
        drop(std::io::stderr().lock().write_all(line.as_bytes()));
    }
}

fn line(
    format: LogFormat,
    level: LogLevel,
    time: Timestamp,
    message: &str,
    fields: Fields<'_>,
) -> String {
    let time = time.round(Unit::Millisecond).unwrap_or(time);
    let level = match level {
        LogLevel::Error => "error",
        LogLevel::Warning => "warning",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
    };
    match format {
        LogFormat::Json => {
            let text = |value: &dyn Display| Value::String(value.to_string());
            let mut object = Map::new();
            object.insert("time".to_owned(), text(&format_args!("{time:.3}")));
            object.insert("level".to_owned(), text(&level));
            object.insert("message".to_owned(), text(&message));
            for (name, value) in fields {
                object.insert((*name).to_owned(), text(value));
            }
            format!("{}\n", Value::Object(object))
        }
        LogFormat::Text => {
            let mut line = format!("{time:.3} {level:<7} {message}");
            for (name, value) in fields {
                let value = value.to_string();
                let is_plain = !value.is_empty()
                    && !value.contains(|c: char| {
                        c.is_whitespace() || c.is_control() || matches!(c, '"' | '=')
                    });
                match is_plain {
                    true => line.push_str(&format!(" {name}={value}")),
                    false => line.push_str(&format!(" {name}={value:?}")),
                }
            }
            line.push('\n');
            line
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line() {
        let time = Timestamp::from_millisecond(1_700_000_000_120).unwrap();
        let fields: Fields<'_> = &[
            ("execution", &"arn:aws:x"),
            ("error", &"two\nlines"),
            ("number", &7),
        ];
        let line = |format| line(format, LogLevel::Info, time, "it ended", fields);
        assert_eq!(
            line(LogFormat::Text),
            "2023-11-14T22:13:20.120Z info    it ended execution=arn:aws:x error=\"two\\nlines\" number=7\n"
        );
        assert_eq!(
            line(LogFormat::Json),
            "{\"time\":\"2023-11-14T22:13:20.120Z\",\"level\":\"info\",\"message\":\"it ended\",\
             \"execution\":\"arn:aws:x\",\"error\":\"two\\nlines\",\"number\":\"7\"}\n"
        );
    }
}
