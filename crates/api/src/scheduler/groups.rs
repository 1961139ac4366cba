//! The operations on schedule groups, and their tags.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use store::AuditEntry;

use super::Shared;
use super::error::{conflict, internal, no_group, validation};
use super::operations::{list, page, text};
use super::record::{DEFAULT_GROUP, Group, seconds};
use crate::table::Transaction;
use crate::wire::{ServiceCall, ServiceError};

/// Schedules that one transaction deletes.
const BATCH: usize = 1_000;
/// Tags of a resource on AWS.
const MAX_TAGS: usize = 50;

type Answer = Result<Map<String, Value>, ServiceError>;

impl Shared {
    /// It is there from the beginning, and cannot be deleted.
    pub fn make_default_group(&self, now_millis: i64) -> Result<(), store::Error> {
        if self.groups.get(DEFAULT_GROUP).is_some() {
            return Ok(());
        }
        let mut transaction = Transaction::new(&self.store, None);
        let group = new_group(now_millis, BTreeMap::new(), None);
        transaction.put(&self.groups, DEFAULT_GROUP, group);
        transaction.commit()
    }

    pub fn create_group(&self, call: &ServiceCall) -> Answer {
        let name = name(call);
        refuse_default(name)?;
        let tags = changed_tags(&[], call.input.members.get("Tags"))?;
        let token = text(call, "ClientToken").map(Arc::from);
        let group = new_group(call.now_millis, tags, token);
        let arn = self.arn("schedule-group", name);
        let _held = self.runner.hold();
        if let Some(there) = self.groups.get(name) {
            let is_same = group.client_token.is_some()
                && there.client_token == group.client_token
                && there.tags == group.tags
                && !there.is_deleting;
            return match is_same {
                true => Ok(group_answer(&arn)),
                false => Err(conflict(format!("Schedule group {name} already exists."))),
            };
        }
        let mut transaction = Transaction::new(&self.store, Some(call.audit(&arn)));
        transaction.put(&self.groups, name, group);
        transaction.commit()?;
        Ok(group_answer(&arn))
    }

    pub fn get_group(&self, call: &ServiceCall) -> Answer {
        let name = name(call);
        let group = self.groups.get(name).ok_or_else(|| no_group(name))?;
        Ok(self.shown(name, &group))
    }

    /// Answers when group and schedules are gone; meanwhile others see it `DELETING`.
    pub fn delete_group(self: &Arc<Shared>, call: &ServiceCall) -> Answer {
        let name = name(call);
        refuse_default(name)?;
        let arn = self.arn("schedule-group", name);
        {
            let _held = self.runner.hold();
            let Some(group) = self.groups.get(name) else {
                return match self.was_deleted(call, &arn) {
                    true => Ok(Map::new()),
                    false => Err(no_group(name)),
                };
            };
            self.mark_deleting(name, &group, Some(call.audit(&arn)))?;
        }
        self.empty_group(name)?;
        self.deleted(call, &arn);
        Ok(Map::new())
    }

    pub fn list_groups(&self, call: &ServiceCall) -> Answer {
        let prefix = text(call, "NamePrefix").unwrap_or_default();
        let page = page(call)?;
        let all = self.groups.after(page.after.as_deref(), usize::MAX);
        let wanted = all.into_iter().filter(|(name, _)| name.starts_with(prefix));
        let (groups, token) = page
            .cut(wanted, |(name, _)| name.to_string())
            .map_err(internal)?;
        let shown = |(name, group): &(Arc<str>, Arc<Group>)| Value::Object(self.shown(name, group));
        let groups = groups.iter().map(shown).collect();
        Ok(list("ScheduleGroups", groups, token))
    }

    pub fn tag(&self, call: &ServiceCall) -> Answer {
        self.change_tags(call, |group| {
            changed_tags(&group.tags, call.input.members.get("Tags"))
        })
    }

    pub fn untag(&self, call: &ServiceCall) -> Answer {
        let keys = call.input.members.get("TagKeys").and_then(Value::as_array);
        let is_named = |key: &str| keys.is_some_and(|keys| keys.iter().any(|named| named == key));
        self.change_tags(call, |group| {
            let kept = group.tags.iter().filter(|(key, _)| !is_named(key));
            Ok(kept.cloned().collect())
        })
    }

    pub fn list_tags(&self, call: &ServiceCall) -> Answer {
        let (_, group) = self.group_of(text(call, "ResourceArn").unwrap_or_default())?;
        let tag = |(key, value): &(String, String)| json!({ "Key": key, "Value": value });
        let tags = group.tags.iter().map(tag).collect();
        Ok(list("Tags", tags, None))
    }

    fn change_tags(
        &self,
        call: &ServiceCall,
        change: impl FnOnce(&Group) -> Result<BTreeMap<String, String>, ServiceError>,
    ) -> Answer {
        let arn = text(call, "ResourceArn").unwrap_or_default();
        let _held = self.runner.hold();
        let (name, group) = self.group_of(arn)?;
        let mut group = (*group).clone();
        group.tags = change(&group)?.into_iter().collect();
        group.modified_millis = call.now_millis;
        let mut transaction = Transaction::new(&self.store, Some(call.audit(arn)));
        transaction.put(&self.groups, name, group);
        transaction.commit()?;
        Ok(Map::new())
    }

    /// The group that an ARN names: schedules have no tags.
    pub fn group_of(&self, arn: &str) -> Result<(String, Arc<Group>), ServiceError> {
        let name = arn.rsplit_once('/').map_or(arn, |(_, name)| name);
        let found = self.groups.get(name);
        let found = found.filter(|_| arn == self.arn("schedule-group", name));
        let group = found.ok_or_else(|| no_group(name))?;
        Ok((name.to_owned(), group))
    }

    /// What a deletion left undone when the server ended.
    pub fn finish_deletions(self: &Arc<Shared>) -> Result<(), store::Error> {
        for (name, group) in self.groups.all() {
            if group.is_deleting {
                self.empty_group(&name)?;
            }
        }
        Ok(())
    }

    fn mark_deleting(
        &self,
        name: &str,
        group: &Group,
        audit: Option<AuditEntry>,
    ) -> Result<(), store::Error> {
        let mut transaction = Transaction::new(&self.store, audit);
        let deleting = Group {
            is_deleting: true,
            ..group.clone()
        };
        transaction.put(&self.groups, name, deleting);
        transaction.commit()
    }

    /// Deletes schedules in pieces, so that others fire in between, and the group with the last of them.
    fn empty_group(self: &Arc<Shared>, name: &str) -> Result<(), store::Error> {
        let prefix = format!("{name}/");
        loop {
            let mut held = self.runner.hold();
            let mut keys = self.schedules.after(Some(&prefix), BATCH);
            keys.retain(|(key, _)| key.starts_with(&prefix));
            let is_last = keys.len() < BATCH;
            let mut transaction = Transaction::new(&self.store, None);
            for (key, _) in &keys {
                transaction.delete(&self.schedules, key.clone());
                held.stage_removal(&mut transaction, &self.schedule_arn(key));
            }
            if is_last {
                transaction.delete(&self.groups, name);
            }
            let keys: Vec<&str> = keys.iter().map(|(key, _)| &**key).collect();
            self.commit(&mut held, transaction, &keys)?;
            if is_last {
                return Ok(());
            }
        }
    }

    fn shown(&self, name: &str, group: &Group) -> Map<String, Value> {
        let state = if group.is_deleting {
            "DELETING"
        } else {
            "ACTIVE"
        };
        Map::from_iter([
            ("Arn".to_owned(), json!(self.arn("schedule-group", name))),
            ("Name".to_owned(), json!(name)),
            ("State".to_owned(), json!(state)),
            ("CreationDate".to_owned(), seconds(group.created_millis)),
            (
                "LastModificationDate".to_owned(),
                seconds(group.modified_millis),
            ),
        ])
    }
}

fn new_group(now: i64, tags: BTreeMap<String, String>, token: Option<Arc<str>>) -> Group {
    Group {
        created_millis: now,
        modified_millis: now,
        is_deleting: false,
        tags: tags.into_iter().collect(),
        client_token: token,
    }
}

fn group_answer(arn: &str) -> Map<String, Value> {
    Map::from_iter([("ScheduleGroupArn".to_owned(), json!(arn))])
}

fn name(call: &ServiceCall) -> &str {
    text(call, "Name").unwrap_or_default()
}

fn refuse_default(name: &str) -> Result<(), ServiceError> {
    match name {
        DEFAULT_GROUP => Err(validation(
            "This operation cannot be performed on schedule group default.",
        )),
        _ => Ok(()),
    }
}

fn changed_tags(
    before: &[(String, String)],
    tags: Option<&Value>,
) -> Result<BTreeMap<String, String>, ServiceError> {
    let mut all: BTreeMap<_, _> = before.iter().cloned().collect();
    for tag in tags.and_then(Value::as_array).into_iter().flatten() {
        let text = |member: &str| tag.get(member).and_then(Value::as_str).unwrap_or_default();
        if text("Key").to_ascii_lowercase().starts_with("aws:") {
            return Err(validation("Tag keys cannot begin with aws:."));
        }
        all.insert(text("Key").to_owned(), text("Value").to_owned());
    }
    match all.len() > MAX_TAGS {
        true => Err(validation(format!(
            "A schedule group has at most {MAX_TAGS} tags."
        ))),
        false => Ok(all),
    }
}
