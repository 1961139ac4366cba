//! What events are matched against: the patterns of enabled rules, and their targets.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLockReadGuard, RwLockWriteGuard};

use schedules::{Pattern, PatternSet, Reserved};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Shared;
use super::envelope::{Event, iso};
use super::names::DEFAULT_BUS;
use super::records::Rule;
use super::target::RuleTarget;
use crate::Place;
use crate::delivery::{Delivery, Origin};

/// A rule that is ready to hand events to its targets.
pub(super) struct ReadyRule {
    pub arn: Arc<str>,
    pub name: Arc<str>,
    pub targets: Vec<RuleTarget>,
}

/// Rules by their keys, `BUS/NAME`.
#[derive(Default)]
pub(super) struct Index {
    patterns: HashMap<Box<str>, PatternSet<Arc<str>>>,
    rules: HashMap<Arc<str>, Arc<ReadyRule>>,
}

impl Index {
    fn put(&mut self, place: &Place, key: &Arc<str>, rule: &Rule) -> Result<(), String> {
        let (bus, name) = key.rsplit_once('/').unwrap_or((DEFAULT_BUS, key));
        let targets = rule
            .targets
            .iter()
            .map(|target| RuleTarget::of(place, target, rule.role_arn.as_deref()));
        let targets = targets
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| error.to_string())?;
        let pattern = rule
            .event_pattern
            .as_deref()
            .map(Pattern::parse)
            .transpose();
        let pattern = pattern.map_err(|error| error.to_string())?;
        let ready = ReadyRule {
            arn: place.rule_arn(bus, name).into(),
            name: name.into(),
            targets,
        };
        self.rules.insert(key.clone(), Arc::new(ready));
        if let Some(pattern) = pattern.filter(|_| rule.state.is_enabled()) {
            let patterns = self.patterns.entry(bus.into()).or_default();
            patterns.insert(key.clone(), pattern);
        }
        Ok(())
    }

    fn remove(&mut self, key: &Arc<str>) {
        self.rules.remove(key);
        let (bus, _) = key.rsplit_once('/').unwrap_or((DEFAULT_BUS, key));
        if let Some(patterns) = self.patterns.get_mut(bus) {
            patterns.remove(key);
            if patterns.is_empty() {
                self.patterns.remove(bus);
            }
        }
    }

    pub fn rule(&self, key: &str) -> Option<Arc<ReadyRule>> {
        self.rules.get(key).cloned()
    }

    /// Whether any rule of a bus waits for events.
    pub fn has_patterns(&self, bus: &str) -> bool {
        self.patterns.contains_key(bus)
    }

    fn matching(&self, bus: &str, event: &Event) -> Vec<Arc<ReadyRule>> {
        let Some(patterns) = self.patterns.get(bus) else {
            return Vec::new();
        };
        let keys = patterns.matching(&event.value);
        keys.into_iter()
            .filter_map(|key| self.rules.get(key).cloned())
            .collect()
    }
}

/// What an event was before it came to a bus.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    FromOutside,
    /// From another bus: it does not go on to a third one (EventBridge User Guide, "Sending events between event buses"), which also
    /// ends every loop.
    FromBus,
}

impl Shared {
    pub(super) fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn index_mut(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings the index up to what the table holds. A rule that could work when it was put and cannot now is told to `report`.
    pub(super) fn index_all(&self, report: &dyn Fn(String)) {
        let mut index = Index::default();
        for (key, rule) in self.rules.all() {
            if let Err(why) = index.put(&self.place, &key, &rule) {
                report(format!("rule {key} does not work: {why}"));
            }
        }
        self.awaits_status
            .send_replace(index.has_patterns(DEFAULT_BUS));
        *self.index_mut() = index;
    }

    /// Brings the index up to what the table holds of one rule.
    pub(super) fn index_again(&self, key: &Arc<str>) {
        let rule = self.rules.get(key);
        let mut index = self.index_mut();
        index.remove(key);
        if let Some(rule) = rule {
            // What it is made of was checked.
            let _ = index.put(&self.place, key, &rule);
        }
        self.awaits_status
            .send_replace(index.has_patterns(DEFAULT_BUS));
    }

    /// Deliveries of an event to all targets of the rules that it matches.
    pub(super) fn deliveries(
        &self,
        bus: &str,
        event: &Event,
        came: Came,
        now_millis: i64,
    ) -> Vec<Delivery> {
        let rules = self.index().matching(bus, event);
        let event_id: Arc<str> = event.member("id").into();
        let mut deliveries = Vec::new();
        for rule in rules {
            for target in &rule.targets {
                if came == Came::FromBus && target.is_event_bus() {
                    continue;
                }
                let id = delivery_id(&[&rule.arn, &target.id, bus, &event_id]);
                let origin = Origin::Rule {
                    arn: rule.arn.clone(),
                    target_id: target.id.clone(),
                    event_id: event_id.clone(),
                };
                deliveries.push(self.delivery(&rule, target, id.into(), origin, event, now_millis));
            }
        }
        deliveries
    }

    /// A delivery to one target.
    pub(super) fn delivery(
        &self,
        rule: &ReadyRule,
        target: &RuleTarget,
        id: Arc<str>,
        origin: Origin,
        event: &Event,
        now_millis: i64,
    ) -> Delivery {
        let ingestion_time = iso(now_millis);
        let reserved = Reserved {
            rule_arn: &rule.arn,
            rule_name: &rule.name,
            ingestion_time: &ingestion_time,
        };
        target.delivery(id, origin, event, &reserved, now_millis)
    }
}

/// The same for the same event and target, so that no delivery is made twice.
pub(super) fn delivery_id(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    let digest: [u8; 32] = digest.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes)
        .into_uuid()
        .to_string()
}

/// The id of an event: by chance, or the same for the same call of a task.
pub(super) fn event_id(call_key: Option<&str>, number: usize) -> String {
    match call_key {
        Some(key) => delivery_id(&[key, &number.to_string()]),
        None => Uuid::new_v4().to_string(),
    }
}
