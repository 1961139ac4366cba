//! Rules with a schedule expression: the scheduler's runner fires them.

use std::sync::{Arc, Weak};

use schedules::{Timetable, Zone};
use serde_json::{Value, json};

use super::envelope::{Event, EventParts};
use super::records::Rule;
use super::target::EVENT_AGE_SECONDS;
use super::{Shared, rules};
use crate::delivery::{Delivery, Origin};
use crate::scheduler::runner::{Kind, Occurrence, Owner, Scheduled};

const DETAIL_TYPE: &str = "Scheduled Event";
const SOURCE: &str = "aws.events";

/// Makes what an occurrence of a rule sends.
struct RuleOwner {
    /// The service holds the runner, which holds this.
    events: Weak<Shared>,
    key: Arc<str>,
}

impl Owner for RuleOwner {
    fn deliveries(&self, occurrence: &Occurrence) -> Vec<Delivery> {
        let Some(events) = self.events.upgrade() else {
            return Vec::new();
        };
        let Some(rule) = events.index().rule(&self.key) else {
            return Vec::new();
        };
        let event_id = occurrence.delivery_id(None);
        let event = Event::new(
            &events.place,
            EventParts {
                id: &event_id,
                detail_type: DETAIL_TYPE,
                source: SOURCE,
                time_millis: occurrence.at_millis,
                resources: json!([rule.arn]),
                detail: Value::Object(serde_json::Map::new()),
            },
        );
        let delivery = |target: &super::target::RuleTarget| {
            let id = occurrence.delivery_id(Some(&target.id));
            let origin = Origin::Schedule {
                arn: rule.arn.clone(),
                occurrence_millis: occurrence.at_millis,
                target_id: Some(target.id.clone()),
            };
            events.delivery(&rule, target, id, origin, &event, occurrence.now_millis)
        };
        rule.targets.iter().map(delivery).collect()
    }
}

impl Shared {
    /// A rule as the runner watches it. None: it has no schedule expression, or one that is none.
    pub(super) fn scheduled(&self, key: &Arc<str>, rule: &Rule) -> Option<Scheduled> {
        let text = rule.schedule_expression.as_deref()?;
        let ready = self.index().rule(key)?;
        let ages = ready.targets.iter().map(|target| target.max_age_millis);
        let longest = i64::from(EVENT_AGE_SECONDS) * 1000;
        Some(Scheduled {
            arn: ready.arn.clone(),
            kind: Kind::Rule,
            name: key.clone(),
            expression: text.into(),
            timetable: Timetable {
                expression: rules::schedule(text).ok()?,
                zone: Zone::utc(),
                start_millis: None,
                end_millis: None,
                created_millis: rule.timetable_millis,
            },
            created_millis: rule.created_millis,
            since_millis: rule.since_millis,
            is_enabled: rule.state.is_enabled(),
            flexible_window_minutes: 0,
            maximum_age_millis: ages.max().unwrap_or(longest),
            owner: Arc::new(RuleOwner {
                events: self.me.clone(),
                key: key.clone(),
            }),
        })
    }
}
