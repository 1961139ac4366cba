//! The events of a group: files of lines, each a JSON array, that are only appended to. The oldest file goes when all of them are too
//! large, or when all that is in it is past the group's retention.
//!
//! An event's id is its place, number of the file and byte, so it stays the same and grows. A line that a crash has cut is taken away when
//! the file is opened; one that cannot be read is passed over.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// How much is kept.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Of a group.
    pub group_bytes: u64,
    /// Of one file.
    pub segment_bytes: u64,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            group_bytes: 64 * 1024 * 1024,
            segment_bytes: 4 * 1024 * 1024,
        }
    }
}

/// What is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Milliseconds since 1970.
    pub timestamp_millis: i64,
    pub message: String,
}

/// An event with where and when it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub id: u64,
    pub stream: Arc<str>,
    pub event: Event,
    pub ingestion_millis: i64,
}

/// A line: time, time of ingestion, stream, message; without a message the stream is deleted.
#[derive(Serialize, Deserialize)]
struct Line<T>(i64, i64, T, Option<T>);

#[derive(Debug, Clone, Copy)]
struct Segment {
    number: u32,
    bytes: u64,
    first_millis: i64,
    last_millis: i64,
}

impl Segment {
    fn new(number: u32) -> Segment {
        Segment {
            number,
            bytes: 0,
            first_millis: i64::MAX,
            last_millis: i64::MIN,
        }
    }
}

/// A stream as far as it has events.
#[derive(Debug, Clone, Copy)]
pub(super) struct StreamInfo {
    pub first_millis: i64,
    pub last_millis: i64,
    pub first_ingestion_millis: i64,
    pub last_ingestion_millis: i64,
    pub bytes: u64,
    /// Events with a smaller id belong to a stream of this name that was deleted.
    begins_at: u64,
    /// Of its latest event.
    last_id: u64,
}

pub(super) struct GroupLog {
    folder: PathBuf,
    bounds: Bounds,
    /// In order; the last one is written to.
    segments: Vec<Segment>,
    pub streams: BTreeMap<Arc<str>, StreamInfo>,
    /// Of deleted streams: the id that a new one of this name begins at.
    deleted: BTreeMap<Arc<str>, u64>,
    file: Option<File>,
}

impl GroupLog {
    /// Reads what is there.
    pub fn open(folder: &Path, bounds: Bounds) -> io::Result<GroupLog> {
        let mut log = GroupLog {
            folder: folder.into(),
            bounds,
            segments: Vec::new(),
            streams: BTreeMap::new(),
            deleted: BTreeMap::new(),
            file: None,
        };
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(log),
            Err(failure) => return Err(failure),
        };
        let mut numbers = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            numbers.extend(
                name.to_string_lossy()
                    .strip_suffix(".jsonl")
                    .and_then(|number| number.parse::<u32>().ok()),
            );
        }
        numbers.sort_unstable();
        for number in numbers {
            let mut segment = Segment::new(number);
            let path = log.path(number);
            let length = read_lines(&path, u64::MAX, |place, line| {
                log.note(id(number, place), &mut segment, line);
            })?;
            segment.bytes = length;
            if std::fs::metadata(&path)?.len() > length {
                OpenOptions::new()
                    .write(true)
                    .open(&path)?
                    .set_len(length)?;
            }
            log.segments.push(segment);
        }
        Ok(log)
    }

    fn path(&self, number: u32) -> PathBuf {
        self.folder.join(format!("{number:010}.jsonl"))
    }

    /// Takes a line into account.
    fn note(&mut self, id: u64, segment: &mut Segment, line: &[u8]) {
        let Ok(Line(at, ingestion, stream, message)) = serde_json::from_slice::<Line<String>>(line)
        else {
            return;
        };
        segment.first_millis = segment.first_millis.min(at);
        segment.last_millis = segment.last_millis.max(at);
        match message {
            Some(message) => self.count(id, &stream, at, ingestion, message.len()),
            None => self.forget(id, &stream),
        }
    }

    fn forget(&mut self, id: u64, stream: &str) {
        self.streams.remove(stream);
        self.deleted.insert(stream.into(), id);
    }

    fn count(&mut self, id: u64, stream: &str, at: i64, ingestion: i64, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        match self.streams.get_mut(stream) {
            Some(info) => {
                info.first_millis = info.first_millis.min(at);
                info.last_millis = info.last_millis.max(at);
                info.last_ingestion_millis = ingestion;
                info.bytes += bytes;
                info.last_id = id;
            }
            None => {
                let info = StreamInfo {
                    first_millis: at,
                    last_millis: at,
                    first_ingestion_millis: ingestion,
                    last_ingestion_millis: ingestion,
                    bytes,
                    begins_at: self.deleted.get(stream).copied().unwrap_or(0).min(id),
                    last_id: id,
                };
                self.streams.insert(stream.into(), info);
            }
        }
    }

    pub fn append(
        &mut self,
        stream: &str,
        events: &[Event],
        now_millis: i64,
        kept_from: i64,
    ) -> io::Result<()> {
        let lines = events
            .iter()
            .map(|event| (event.timestamp_millis, Some(event.message.as_str())));
        self.append_lines(stream, lines, now_millis)?;
        self.drop_old(kept_from)
    }

    /// Hides the events that a stream has had.
    pub fn delete_stream(&mut self, stream: &str, now_millis: i64) -> io::Result<()> {
        self.append_lines(stream, std::iter::once((now_millis, None)), now_millis)
    }

    fn append_lines<'a>(
        &mut self,
        stream: &str,
        lines: impl Iterator<Item = (i64, Option<&'a str>)>,
        now_millis: i64,
    ) -> io::Result<()> {
        for (at, message) in lines {
            let mut segment = match self.segments.last() {
                Some(last) if last.bytes < self.bounds.segment_bytes => *last,
                last => {
                    let next = Segment::new(last.map_or(0, |last| last.number + 1));
                    self.file = None;
                    self.segments.push(next);
                    next
                }
            };
            let mut line = serde_json::to_vec(&Line(at, now_millis, stream, message))?;
            line.push(b'\n');
            if let Err(failure) = self
                .file(segment.number)
                .and_then(|file| file.write_all(&line))
            {
                // Half a line may be there: what follows goes to another file.
                self.file = None;
                self.segments.push(Segment::new(segment.number + 1));
                return Err(failure);
            }
            let id = id(segment.number, segment.bytes);
            segment.bytes += u64::try_from(line.len()).unwrap_or(u64::MAX);
            segment.first_millis = segment.first_millis.min(at);
            segment.last_millis = segment.last_millis.max(at);
            match message {
                Some(message) => self.count(id, stream, at, now_millis, message.len()),
                None => self.forget(id, stream),
            }
            if let Some(last) = self.segments.last_mut() {
                *last = segment;
            }
        }
        Ok(())
    }

    fn file(&mut self, number: u32) -> io::Result<&mut File> {
        let file = match self.file.take() {
            Some(file) => file,
            None => {
                std::fs::create_dir_all(&self.folder)?;
                OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(self.path(number))?
            }
        };
        Ok(self.file.insert(file))
    }

    /// Removes files that are too many or too old, but never the one that is written to.
    fn drop_old(&mut self, kept_from: i64) -> io::Result<()> {
        let mut total = self.stored_bytes();
        while let [oldest, _, ..] = self.segments[..] {
            if total <= self.bounds.group_bytes && oldest.last_millis >= kept_from {
                break;
            }
            match std::fs::remove_file(self.path(oldest.number)) {
                Err(failure) if failure.kind() != io::ErrorKind::NotFound => return Err(failure),
                _ => {}
            }
            self.segments.remove(0);
            total -= oldest.bytes;
            // Streams whose events were all in there, and what hid some of them.
            let first = self
                .segments
                .first()
                .map_or(0, |segment| id(segment.number, 0));
            self.streams.retain(|_, info| info.last_id >= first);
            self.deleted.retain(|_, begin| *begin >= first);
        }
        Ok(())
    }

    fn stored_bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    /// What is there now; reading it needs no lock.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            segments: self
                .segments
                .iter()
                .map(|segment| (*segment, self.path(segment.number)))
                .collect(),
            begins: self
                .streams
                .iter()
                .map(|(name, info)| (name.clone(), info.begins_at))
                .collect(),
        }
    }
}

/// A group's files at one moment.
pub(super) struct Snapshot {
    segments: Vec<(Segment, PathBuf)>,
    /// Streams with the id that their events begin at.
    begins: BTreeMap<Arc<str>, u64>,
}

impl Snapshot {
    /// Hands over all events of streams from one time to another (both inclusive), in the order in which they were written.
    pub fn read(
        &self,
        from_millis: i64,
        to_millis: i64,
        streams: &dyn Fn(&str) -> bool,
        mut take: impl FnMut(Stored),
    ) -> io::Result<()> {
        for (segment, path) in &self.segments {
            if segment.last_millis < from_millis || segment.first_millis > to_millis {
                continue;
            }
            let read = read_lines(path, segment.bytes, |place, line| {
                let Ok(Line(timestamp_millis, ingestion_millis, name, Some(message))) =
                    serde_json::from_slice::<Line<String>>(line)
                else {
                    return;
                };
                let id = id(segment.number, place);
                let Some((stream, begins_at)) = self.begins.get_key_value(name.as_str()) else {
                    return;
                };
                if id >= *begins_at
                    && (from_millis..=to_millis).contains(&timestamp_millis)
                    && streams(&name)
                {
                    let event = Event {
                        timestamp_millis,
                        message,
                    };
                    take(Stored {
                        id,
                        stream: stream.clone(),
                        event,
                        ingestion_millis,
                    });
                }
            });
            match read {
                // It was too old meanwhile.
                Err(gone) if gone.kind() == io::ErrorKind::NotFound => {}
                Err(failure) => return Err(failure),
                Ok(_) => {}
            }
        }
        Ok(())
    }
}

/// What a group's files take, without reading them.
pub(super) fn bytes_in(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files
        .filter_map(|file| Some(file.metadata().ok()?.len()))
        .sum()
}

fn id(number: u32, place: u64) -> u64 {
    u64::from(number) << 32 | (place & u64::from(u32::MAX))
}

/// Hands over the whole lines within the first bytes of a file, each with its place; how long they are together.
fn read_lines(path: &Path, bytes: u64, mut take: impl FnMut(u64, &[u8])) -> io::Result<u64> {
    let mut reader = BufReader::with_capacity(1 << 16, File::open(path)?.take(bytes));
    let mut place = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = reader.read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Ok(place);
        }
        take(place, &line);
        place += u64::try_from(length).unwrap_or(u64::MAX);
    }
}
