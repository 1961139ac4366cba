//! CloudWatch Logs: groups and streams that were created here or that functions of this server write to.
//!
//! Groups and streams that somebody created are rows of tables; what is logged lies in files of a group ([`segments`]), which are bounded
//! and written without waiting for the disk: after a crash of the machine the last seconds may be missing.

mod error;
mod events;
mod filter;
mod groups;
mod page;
mod segments;
mod streams;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use store::Store;

use crate::Place;
use crate::table::{Table, Transaction};
use crate::wire::{AwsService, Output, ServiceCall, ServiceError, ServiceFuture};
use segments::GroupLog;
pub use segments::{Bounds, Event};
pub use writer::LogWriter;

/// The API. Cloning is cheap; clones are the same service.
#[derive(Clone)]
pub struct Logs(Arc<Shared>);

struct Shared {
    place: Place,
    folder: PathBuf,
    bounds: Bounds,
    store: Arc<dyn Store>,
    /// Keyed by name.
    groups: Table<Group>,
    /// Those that somebody created, keyed `GROUP:STREAM` (neither has a colon). Others come into being with their first event.
    streams: Table<Stream>,
    /// What groups have in files, as far as somebody asked. Held from deciding to having committed a change of a table, too.
    open: Mutex<BTreeMap<Arc<str>, Arc<Mutex<GroupLog>>>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    created_millis: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    retention_days: Option<i64>,
    class: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kms_key_id: Option<String>,
    #[serde(default)]
    deletion_protection: bool,
    tags: BTreeMap<String, String>,
}

impl Group {
    fn new(created_millis: i64) -> Group {
        Group {
            created_millis,
            retention_days: None,
            class: "STANDARD".into(),
            kms_key_id: None,
            deletion_protection: false,
            tags: BTreeMap::new(),
        }
    }

    /// Events before are not shown any more.
    fn kept_from(&self, now_millis: i64) -> i64 {
        const DAY_MILLIS: i64 = 86_400_000;
        self.retention_days.map_or(0, |days| {
            now_millis.saturating_sub(days.saturating_mul(DAY_MILLIS))
        })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stream {
    created_millis: i64,
}

impl Logs {
    /// Reads groups and streams. What is logged goes to `folder`, which is made when something is.
    ///
    /// # Errors
    /// The store's.
    pub fn open(
        store: &Arc<dyn Store>,
        place: Place,
        folder: &Path,
        bounds: Bounds,
    ) -> Result<Logs, store::Error> {
        let shared = Shared {
            place,
            folder: folder.into(),
            bounds,
            store: store.clone(),
            groups: Table::open(store, "log-groups")?,
            streams: Table::open(store, "log-streams")?,
            open: Mutex::default(),
        };
        shared.sweep();
        Ok(Logs(Arc::new(shared)))
    }

    /// Whether a group is here.
    pub fn has_group(&self, name: &str) -> bool {
        self.0.groups.get(name).is_some()
    }

    /// Appends events to a stream, which need not exist; neither needs the group when `makes_group`. It waits for the files.
    ///
    /// # Errors
    /// The store's, or what the file system says.
    pub fn write(
        &self,
        group: &str,
        stream: &str,
        events: &[Event],
        makes_group: bool,
        now_millis: i64,
    ) -> Result<(), ServiceError> {
        let shared = &self.0;
        if makes_group && !self.has_group(group) {
            let open = shared.lock();
            if shared.groups.get(group).is_none() {
                let mut change = Transaction::new(&shared.store, None);
                change.put(&shared.groups, group, Group::new(now_millis));
                change.commit()?;
            }
            drop(open);
        }
        shared.append(group, stream, events, now_millis)
    }

    fn perform(&self, call: &ServiceCall) -> Result<Output, ServiceError> {
        let shared = &self.0;
        let answer = match call.operation {
            "CreateLogGroup" => shared.create_group(call),
            "DeleteLogGroup" => shared.delete_group(call),
            "DescribeLogGroups" => shared.describe_groups(call),
            "PutRetentionPolicy" => shared.put_retention(call),
            "DeleteRetentionPolicy" => shared.delete_retention(call),
            "TagLogGroup" | "TagResource" => shared.tag(call),
            "UntagLogGroup" | "UntagResource" => shared.untag(call),
            "ListTagsLogGroup" | "ListTagsForResource" => shared.list_tags(call),
            "CreateLogStream" => shared.create_stream(call),
            "DeleteLogStream" => shared.delete_stream(call),
            "DescribeLogStreams" => shared.describe_streams(call),
            "PutLogEvents" => shared.put_events(call),
            "GetLogEvents" => shared.get_events(call),
            "FilterLogEvents" => shared.filter_events(call),
            other => Err(error::not_served(other)),
        };
        answer.map(Output::of)
    }
}

impl AwsService for Logs {
    fn name(&self) -> &'static str {
        "logs"
    }

    fn has_resource_of(&self, _operation: &str, members: &Map<String, Value>) -> bool {
        ["logGroupName", "logGroupIdentifier", "resourceArn"]
            .iter()
            .filter_map(|member| members.get(*member)?.as_str())
            .any(|group| self.has_group(group_name(group)))
    }

    fn call(&self, call: ServiceCall) -> ServiceFuture<'_> {
        let logs = self.clone();
        Box::pin(async move {
            let done = tokio::task::spawn_blocking(move || logs.perform(&call)).await;
            done.unwrap_or_else(|failure| Err(error::unavailable(failure)))
        })
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Arc<Mutex<GroupLog>>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `arn:aws:logs:REGION:ACCOUNT:log-group:NAME`
    fn group_arn(&self, name: &str) -> String {
        let Place {
            partition,
            region,
            account,
        } = &self.place;
        format!("arn:{partition}:logs:{region}:{account}:log-group:{name}")
    }

    fn group(&self, name: &str) -> Result<Arc<Group>, ServiceError> {
        self.groups.get(name).ok_or_else(error::no_group)
    }

    /// The name of a call's group, by its name or its ARN, and the group.
    fn group_of(&self, call: &ServiceCall) -> Result<(Arc<str>, Arc<Group>), ServiceError> {
        let named = ["logGroupName", "logGroupIdentifier", "resourceArn"]
            .iter()
            .find_map(|member| text(call, member));
        let Some(named) = named else {
            return Err(error::invalid(
                "Either logGroupName or logGroupIdentifier has to be given.",
            ));
        };
        let name = group_name(named);
        Ok((name.into(), self.group(name)?))
    }

    /// What a group has in files.
    fn files(&self, name: &str, group: &Group) -> Result<Arc<Mutex<GroupLog>>, ServiceError> {
        let mut open = self.lock();
        // It may have been deleted since.
        self.group(name)?;
        if let Some(files) = open.get(name) {
            return Ok(files.clone());
        }
        let folder = self.folder.join(folder_name(name, group));
        let files =
            GroupLog::open(&folder, self.bounds).map_err(|failure| error::io(&folder, &failure))?;
        let files = Arc::new(Mutex::new(files));
        open.insert(name.into(), files.clone());
        Ok(files)
    }

    fn append(
        &self,
        name: &str,
        stream: &str,
        events: &[Event],
        now_millis: i64,
    ) -> Result<(), ServiceError> {
        let group = self.group(name)?;
        let files = self.files(name, &group)?;
        let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
        let appended = files.append(stream, events, now_millis, group.kept_from(now_millis));
        appended.map_err(|failure| error::io(&self.folder, &failure))
    }

    /// Removes files of groups that are gone: a crash between the two halves of a deletion.
    fn sweep(&self) {
        let Ok(folders) = std::fs::read_dir(&self.folder) else {
            return;
        };
        let known: Vec<String> = self
            .groups
            .all()
            .iter()
            .map(|(name, group)| folder_name(name, group))
            .collect();
        for folder in folders.flatten() {
            if !known
                .iter()
                .any(|known| *known == folder.file_name().to_string_lossy())
            {
                // It is tried again at the next start.
                let _ = std::fs::remove_dir_all(folder.path());
            }
        }
    }
}

/// Groups' names are longer than those of files may be, and a group that is made anew does not have the events of the old one.
fn folder_name(name: &str, group: &Group) -> String {
    let hash = Sha256::digest(name.as_bytes());
    let hash: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{hash}-{}", group.created_millis)
}

/// The name in an ARN, or the name itself.
fn group_name(text: &str) -> &str {
    let name = match text.split_once(":log-group:") {
        Some((_, name)) => name,
        None => text,
    };
    name.strip_suffix(":*").unwrap_or(name)
}

fn stream_key(group: &str, stream: &str) -> String {
    format!("{group}:{stream}")
}

fn text<'a>(call: &'a ServiceCall, member: &str) -> Option<&'a str> {
    call.input.members.get(member)?.as_str()
}

fn integer(call: &ServiceCall, member: &str) -> Option<i64> {
    call.input.members.get(member)?.as_i64()
}

fn flag(call: &ServiceCall, member: &str) -> bool {
    call.input
        .members
        .get(member)
        .and_then(Value::as_bool)
        .unwrap_or(false)
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
