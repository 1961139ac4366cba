//! Groups: what they are called, how long they keep events, tags.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::segments::bytes_in;
use super::{
    Group, Shared, error, flag, folder_name, group_name, integer, members, stream_key, text,
};
use crate::table::Transaction;
use crate::wire::{ServiceCall, ServiceError};

type Answer = Result<Map<String, Value>, ServiceError>;

/// Days that events can be kept.
const RETENTION_DAYS: [i64; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];
const MAX_TAGS: usize = 50;
pub(super) const MAX_LISTED: usize = 50;

impl Shared {
    pub fn create_group(&self, call: &ServiceCall) -> Answer {
        let name = text(call, "logGroupName").unwrap_or_default();
        if name.starts_with("aws/") {
            return Err(error::invalid(
                "Log groups starting with AWS/ are reserved for AWS.",
            ));
        }
        let _writing = self.lock();
        if self.groups.get(name).is_some() {
            return Err(error::exists("group"));
        }
        let mut group = Group::new(call.now_millis);
        group.tags = tags_of(call, "tags");
        group.kms_key_id = text(call, "kmsKeyId").map(Into::into);
        group.deletion_protection = flag(call, "deletionProtectionEnabled");
        if let Some(class) = text(call, "logGroupClass") {
            group.class = class.into();
        }
        self.put(call, name, group)
    }

    pub fn delete_group(&self, call: &ServiceCall) -> Answer {
        let mut open = self.lock();
        let (name, group) = self.group_of(call)?;
        if group.deletion_protection {
            return Err(error::protected(&name));
        }
        let mut change = Transaction::new(&self.store, Some(call.audit(&self.group_arn(&name))));
        change.delete(&self.groups, name.clone());
        let prefix = stream_key(&name, "");
        for (key, _) in self.streams.after(Some(&prefix), usize::MAX) {
            if !key.starts_with(&prefix) {
                break;
            }
            change.delete(&self.streams, key);
        }
        change.commit()?;
        open.remove(&name);
        // What cannot be removed now is at the next start.
        let _ = std::fs::remove_dir_all(self.folder.join(folder_name(&name, &group)));
        Ok(Map::new())
    }

    fn put(&self, call: &ServiceCall, name: &str, group: Group) -> Answer {
        let mut change = Transaction::new(&self.store, Some(call.audit(&self.group_arn(name))));
        change.put(&self.groups, name, group);
        change.commit()?;
        Ok(Map::new())
    }

    /// Changes a group that is there.
    fn change(
        &self,
        call: &ServiceCall,
        change: impl FnOnce(&mut Group) -> Result<(), ServiceError>,
    ) -> Answer {
        let _writing = self.lock();
        let (name, group) = self.group_of(call)?;
        let mut group = Group::clone(&group);
        change(&mut group)?;
        self.put(call, &name, group)
    }

    pub fn put_retention(&self, call: &ServiceCall) -> Answer {
        let days = integer(call, "retentionInDays").unwrap_or_default();
        if !RETENTION_DAYS.contains(&days) {
            return Err(error::invalid(format!(
                "1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum \
                 value set: {RETENTION_DAYS:?}"
            )));
        }
        self.change(call, |group| {
            group.retention_days = Some(days);
            Ok(())
        })
    }

    pub fn delete_retention(&self, call: &ServiceCall) -> Answer {
        self.change(call, |group| {
            group.retention_days = None;
            Ok(())
        })
    }

    pub fn tag(&self, call: &ServiceCall) -> Answer {
        self.change(call, |group| {
            group.tags.extend(tags_of(call, "tags"));
            match group.tags.len() {
                ..=MAX_TAGS => Ok(()),
                number => Err(ServiceError::new(
                    "TooManyTagsException",
                    400,
                    format!(
                        "The resource would have {number} tags; at most {MAX_TAGS} are allowed."
                    ),
                )),
            }
        })
    }

    pub fn untag(&self, call: &ServiceCall) -> Answer {
        let keys = call
            .input
            .members
            .get("tagKeys")
            .or_else(|| call.input.members.get("tags"));
        let keys: Vec<&str> = keys
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        self.change(call, |group| {
            group.tags.retain(|key, _| !keys.contains(&key.as_str()));
            Ok(())
        })
    }

    pub fn list_tags(&self, call: &ServiceCall) -> Answer {
        let (_, group) = self.group_of(call)?;
        Ok(members(json!({"tags": group.tags})))
    }

    pub fn describe_groups(&self, call: &ServiceCall) -> Answer {
        let prefix = text(call, "logGroupNamePrefix");
        let pattern = text(call, "logGroupNamePattern").map(str::to_lowercase);
        if prefix.is_some() && pattern.is_some() {
            return Err(error::invalid(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
            ));
        }
        let class = text(call, "logGroupClass");
        let identifiers = call
            .input
            .members
            .get("logGroupIdentifiers")
            .and_then(Value::as_array);
        let identifiers: Option<Vec<&str>> = identifiers.map(|list| {
            list.iter()
                .filter_map(Value::as_str)
                .map(group_name)
                .collect()
        });
        let is_meant = |name: &str, group: &Group| {
            prefix.is_none_or(|prefix| name.starts_with(prefix))
                && pattern
                    .as_ref()
                    .is_none_or(|pattern| name.to_lowercase().contains(pattern))
                && class.is_none_or(|class| group.class == class)
                && identifiers
                    .as_ref()
                    .is_none_or(|names| names.contains(&name))
        };
        let (limit, after) = listing(call);
        let mut found = self.groups.after(after, usize::MAX);
        found.retain(|(name, group)| is_meant(name, group));
        let next = match found.len() > limit {
            true => found.get(limit - 1).map(|(name, _)| name.clone()),
            false => None,
        };
        let groups: Vec<Value> = found
            .iter()
            .take(limit)
            .map(|(name, group)| self.describe(name, group))
            .collect();
        let mut answer = members(json!({"logGroups": groups}));
        if let Some(next) = next {
            answer.insert("nextToken".into(), json!(next));
        }
        Ok(answer)
    }

    fn describe(&self, name: &Arc<str>, group: &Group) -> Value {
        let stored = bytes_in(&self.folder.join(folder_name(name, group)));
        let arn = self.group_arn(name);
        let mut description = json!({
            "logGroupName": name,
            "creationTime": group.created_millis,
            "metricFilterCount": 0,
            "arn": format!("{arn}:*"),
            "storedBytes": stored,
            "logGroupClass": group.class,
            "logGroupArn": arn,
            "deletionProtectionEnabled": group.deletion_protection,
        });
        if let Some(days) = group.retention_days {
            description["retentionInDays"] = json!(days);
        }
        if let Some(key) = &group.kms_key_id {
            description["kmsKeyId"] = json!(key);
        }
        description
    }
}

/// How many are listed, and behind which name.
pub(super) fn listing(call: &ServiceCall) -> (usize, Option<&str>) {
    let limit = integer(call, "limit").and_then(|limit| usize::try_from(limit).ok());
    (
        limit.unwrap_or(MAX_LISTED).clamp(1, MAX_LISTED),
        text(call, "nextToken"),
    )
}

fn tags_of(call: &ServiceCall, member: &str) -> BTreeMap<String, String> {
    let tags = call.input.members.get(member).and_then(Value::as_object);
    let tag = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
    tags.into_iter().flatten().filter_map(tag).collect()
}
