//! Amazon EventBridge: buses, rules and their targets, PutEvents, connections and API destinations.

mod api_destinations;
mod buses;
mod connections;
mod envelope;
mod error;
mod index;
mod names;
mod permissions;
mod put_events;
mod records;
mod rules;
mod scheduled;
mod stats;
mod status_changes;
mod tags;
mod target;
mod target_input;
mod targets;
#[cfg(test)]
mod tests;

pub use api_destinations::{ApiCall, Unreachable};
pub use records::{Authorization, Credentials, HttpParameters, OAuth, Parameter, Secret};
pub use stats::Stats;
pub use status_changes::{DETAIL_TYPE as STATUS_CHANGE, StatusDetail, is_told};

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use store::Store;
use tokio::sync::watch;

use crate::Place;
use crate::delivery::{Deliveries, Delivery};
use crate::page::Page;
use crate::scheduler::policy::Policies;
use crate::scheduler::runner::Runner;
use crate::table::{Table, Transaction};
use crate::wire::{AwsService, Output, ServiceCall, ServiceError, ServiceFuture};
use index::Index;
use names::{DEFAULT_BUS, rule_key};
use records::{ApiDestination, Bus, Connection, Rule};
use stats::Counts;

/// How much there may be of everything.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub buses: usize,
    /// Of one bus.
    pub rules: usize,
    /// Of one rule.
    pub targets: usize,
    pub connections: usize,
    pub api_destinations: usize,
}

impl Limits {
    /// The quotas of a new account (EventBridge User Guide, "Quotas").
    pub const AWS: Limits = Limits {
        buses: 100,
        rules: 300,
        targets: 5,
        connections: 3_000,
        api_destinations: 3_000,
    };
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            buses: 1_000,
            rules: 10_000,
            targets: 100,
            ..Limits::AWS
        }
    }
}

/// The service. Cloning is cheap; clones are the same service.
#[derive(Clone)]
pub struct Events(Arc<Shared>);

struct Shared {
    place: Place,
    limits: Limits,
    store: Arc<dyn Store>,
    deliveries: Deliveries,
    /// Of rules with a schedule expression.
    runner: Runner,
    /// This service, for what outlives a call.
    me: Weak<Shared>,
    buses: Table<Bus>,
    rules: Table<Rule>,
    connections: Table<Connection>,
    api_destinations: Table<ApiDestination>,
    /// Held from deciding what to change to having committed it.
    writing: Mutex<()>,
    index: RwLock<Index>,
    /// Whether a rule of the default bus waits for events.
    awaits_status: watch::Sender<bool>,
    counts: Counts,
}

/// Members of an answer.
type Members = Map<String, Value>;

impl Events {
    /// Reads what there is, and hands rules with a schedule expression to the runner. `now_millis` is when the default bus was made, if it
    /// is new. Rules that cannot work are told to `report`; the others work.
    ///
    /// # Errors
    /// The store's.
    pub fn open(
        store: &Arc<dyn Store>,
        deliveries: Deliveries,
        runner: Runner,
        place: Place,
        limits: Limits,
        now_millis: i64,
        report: &dyn Fn(String),
    ) -> Result<Events, store::Error> {
        let buses = Table::open(store, "event-buses")?;
        let rules = Table::open(store, "event-rules")?;
        let connections = Table::open(store, "event-connections")?;
        let api_destinations = Table::open(store, "event-api-destinations")?;
        if buses.get(DEFAULT_BUS).is_none() {
            let bus = Bus {
                created_millis: now_millis,
                modified_millis: now_millis,
                ..Bus::default()
            };
            let mut transaction = Transaction::new(store, None);
            transaction.put(&buses, DEFAULT_BUS, bus);
            transaction.commit()?;
        }
        let shared = Arc::new_cyclic(|me| Shared {
            place,
            limits,
            store: store.clone(),
            deliveries,
            runner,
            me: me.clone(),
            buses,
            rules,
            connections,
            api_destinations,
            writing: Mutex::default(),
            index: RwLock::default(),
            awaits_status: watch::Sender::new(false),
            counts: Counts::default(),
        });
        shared.index_all(report);
        for (key, rule) in shared.rules.all() {
            if let Some(scheduled) = shared.scheduled(&key, &rule) {
                shared.runner.put(scheduled, None)?;
            }
        }
        Ok(Events(shared))
    }

    pub fn stats(&self) -> Stats {
        self.0.counts.stats()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides on a change and carries it out. `resource` is for the audit log.
    fn change<R>(
        &self,
        call: &ServiceCall,
        resource: &str,
        decide: impl FnOnce(&mut Transaction) -> Result<R, ServiceError>,
    ) -> Result<R, ServiceError> {
        let _lock = self.lock();
        let mut transaction = Transaction::new(&self.store, Some(call.audit(resource)));
        let decided = decide(&mut transaction)?;
        if !transaction.is_empty() {
            transaction.commit()?;
        }
        Ok(decided)
    }

    /// Changes one rule, what events are matched against, and what fires.
    fn change_rule<R>(
        &self,
        call: &ServiceCall,
        bus: &str,
        name: &str,
        decide: impl FnOnce(Option<&Rule>) -> Result<(Change, R), ServiceError>,
    ) -> Result<R, ServiceError> {
        let arn = self.place.rule_arn(bus, name);
        let key: Arc<str> = rule_key(bus, name).into();
        let _lock = self.lock();
        let (change, answer) = decide(self.rules.get(&key).as_deref())?;
        let mut transaction = Transaction::new(&self.store, Some(call.audit(&arn)));
        let policies = match change {
            Change::Keep => None,
            Change::Put(rule, policies) => {
                transaction.put(&self.rules, key.clone(), *rule);
                policies
            }
            Change::Delete => {
                transaction.delete(&self.rules, key.clone());
                None
            }
        };
        let written = match transaction.is_empty() {
            true => Ok(()),
            false => transaction.commit(),
        };
        // Also of what stays as it is, and after an error: what was written by then, or may have been, is followed at the latest when the
        // call is made again.
        self.index_again(&key);
        let rule = self.rules.get(&key);
        let watched = match rule.and_then(|rule| self.scheduled(&key, &rule)) {
            Some(scheduled) => self
                .runner
                .put(scheduled, policies.filter(|_| written.is_ok())),
            None => self.runner.remove(&arn),
        };
        written.and(watched)?;
        Ok(answer)
    }

    /// The bus, if it is here.
    fn bus(&self, name: &str) -> Result<Arc<Bus>, ServiceError> {
        self.buses.get(name).ok_or_else(|| error::no_bus(name))
    }

    /// Makes deliveries durable, then begins them.
    async fn hand_over(self: &Arc<Shared>, deliveries: Vec<Delivery>) -> Result<(), ServiceError> {
        if deliveries.is_empty() {
            return Ok(());
        }
        let shared = self.clone();
        blocking(move || match shared.stage(deliveries.clone()) {
            // One of them is on its way already, by a call that is made again: the others are not.
            Err(store::Error::Conflict(_)) => {
                for delivery in deliveries {
                    match shared.stage(vec![delivery]) {
                        Ok(()) | Err(store::Error::Conflict(_)) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                Ok(())
            }
            staged => Ok(staged?),
        })
        .await
    }

    fn stage(&self, deliveries: Vec<Delivery>) -> Result<(), store::Error> {
        let mut transaction = Transaction::new(&self.store, None);
        for delivery in deliveries {
            self.deliveries.stage(&mut transaction, delivery);
        }
        transaction.commit()
    }

    fn answer(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        match call.operation {
            "CreateEventBus" => self.create_event_bus(call),
            "DescribeEventBus" => self.describe_event_bus(call),
            "ListEventBuses" => self.list_event_buses(call),
            "UpdateEventBus" => self.update_event_bus(call),
            "DeleteEventBus" => self.delete_event_bus(call),
            "PutPermission" => self.put_permission(call),
            "RemovePermission" => self.remove_permission(call),
            "PutRule" => self.put_rule(call),
            "DescribeRule" => self.describe_rule(call),
            "ListRules" => self.list_rules(call),
            "EnableRule" => self.set_rule_state(call, records::RuleState::Enabled),
            "DisableRule" => self.set_rule_state(call, records::RuleState::Disabled),
            "DeleteRule" => self.delete_rule(call),
            "ListRuleNamesByTarget" => self.list_rule_names_by_target(call),
            "PutTargets" => self.put_targets(call),
            "RemoveTargets" => self.remove_targets(call),
            "ListTargetsByRule" => self.list_targets_by_rule(call),
            "TestEventPattern" => test_event_pattern(call),
            "TagResource" => self.tag_resource(call),
            "UntagResource" => self.untag_resource(call),
            "ListTagsForResource" => self.list_tags_for_resource(call),
            "CreateConnection" => self.create_connection(call),
            "UpdateConnection" => self.update_connection(call),
            "DescribeConnection" => self.describe_connection(call),
            "ListConnections" => self.list_connections(call),
            "DeleteConnection" => self.delete_connection(call),
            "DeauthorizeConnection" => self.deauthorize_connection(call),
            "CreateApiDestination" => self.create_api_destination(call),
            "UpdateApiDestination" => self.update_api_destination(call),
            "DescribeApiDestination" => self.describe_api_destination(call),
            "ListApiDestinations" => self.list_api_destinations(call),
            "DeleteApiDestination" => self.delete_api_destination(call),
            // Nothing of the kind can be created here.
            "ListArchives" => Ok(members(json!({ "Archives": [] }))),
            "ListReplays" => Ok(members(json!({ "Replays": [] }))),
            "ListEndpoints" => Ok(members(json!({ "Endpoints": [] }))),
            "ListEventSources" => Ok(members(json!({ "EventSources": [] }))),
            "ListPartnerEventSources" => Ok(members(json!({ "PartnerEventSources": [] }))),
            operation if operation.ends_with("Archive") => Err(error::not_here("Archives")),
            operation if operation.ends_with("Replay") => Err(error::not_here("Replays")),
            operation if operation.ends_with("Endpoint") => {
                Err(error::not_here("Global endpoints"))
            }
            _ => Err(error::not_here("Partner event sources")),
        }
    }
}

/// What becomes of a rule.
enum Change {
    Keep,
    /// With the policies of its schedule, if they change.
    Put(Box<Rule>, Option<Policies>),
    Delete,
}

impl AwsService for Events {
    fn name(&self) -> &'static str {
        "events"
    }

    fn has_resource_of(&self, operation: &str, members: &Members) -> bool {
        self.0.has_resource_of(operation, members)
    }

    fn call<'a>(&'a self, call: ServiceCall) -> ServiceFuture<'a> {
        Box::pin(async move {
            if call.operation == "PutEvents" {
                return self.0.put_events(&call).await.map(Output::of);
            }
            let shared = self.0.clone();
            blocking(move || shared.answer(&call).map(Output::of)).await
        })
    }
}

impl Shared {
    fn has_resource_of(&self, operation: &str, members: &Members) -> bool {
        let text = |member: &str| members.get(member).and_then(Value::as_str);
        let bus = || self.place.bus_name(text("EventBusName"));
        let has_rule = |name: Option<&str>| {
            name.is_some_and(|name| self.rules.get(&rule_key(bus(), name)).is_some())
        };
        if operation == "PutEvents" {
            // The default bus is everywhere: whoever asks decides about it.
            let entries = members.get("Entries").and_then(Value::as_array);
            return entries.is_some_and(|entries| {
                !entries.is_empty() && entries.iter().all(|entry| self.is_for_own_bus(entry))
            });
        }
        if let Some(arn) = text("ResourceARN") {
            let rule = self.place.rule_of_arn(arn);
            return match rule {
                Some((bus, name)) => self.rules.get(&rule_key(bus, name)).is_some(),
                None => self.is_own_bus(self.place.bus_name(Some(arn))),
            };
        }
        match operation {
            _ if operation.contains("Connection") => {
                text("Name").is_some_and(|name| self.connections.get(name).is_some())
            }
            _ if operation.contains("ApiDestination") => {
                text("Name").is_some_and(|name| self.api_destinations.get(name).is_some())
            }
            "DescribeEventBus" | "UpdateEventBus" | "DeleteEventBus" | "CreateEventBus" => {
                text("Name").is_some_and(|name| self.is_own_bus(self.place.bus_name(Some(name))))
            }
            "PutTargets" | "RemoveTargets" | "ListTargetsByRule" => has_rule(text("Rule")),
            "PutRule" | "DescribeRule" | "EnableRule" | "DisableRule" | "DeleteRule" => {
                has_rule(text("Name")) || self.is_own_bus(bus())
            }
            _ => text("EventBusName").is_some() && self.is_own_bus(bus()),
        }
    }

    /// Whether a bus was made here: the default one was not.
    fn is_own_bus(&self, name: &str) -> bool {
        name != DEFAULT_BUS && self.buses.get(name).is_some()
    }
}

/// The input as a type of the operation's own. The model was checked before.
fn input<T: DeserializeOwned>(call: &ServiceCall) -> Result<T, ServiceError> {
    serde_json::from_value(Value::Object(call.input.members.clone())).map_err(|_| {
        // The reader's error repeats values, which may be secret.
        let message = format!(
            "The members of {} are not as its model has them.",
            call.operation
        );
        ServiceError::new("SerializationException", 400, message)
    })
}

/// The members of an object; those that are `null` are left out.
fn members(value: Value) -> Members {
    match value {
        Value::Object(mut members) => {
            members.retain(|_, value| !value.is_null());
            members
        }
        _ => Members::new(),
    }
}

/// Seconds since 1970, as timestamps of this protocol.
fn seconds(millis: i64) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "exact for 200,000 years")]
    let seconds = millis as f64 / 1000.0;
    seconds.into()
}

/// A list's page: `member` is the list's name, `shown` makes an item of a row. `rows` are in the order of their keys.
fn list<T>(
    call: &ServiceCall,
    member: &str,
    rows: impl IntoIterator<Item = (Arc<str>, T)>,
    shown: impl Fn(&str, &T) -> Value,
) -> Result<Members, ServiceError> {
    let mut others = call.input.members.clone();
    for (theirs, ours) in [("NextToken", "nextToken"), ("Limit", "maxResults")] {
        if let Some(value) = others.remove(theirs) {
            others.insert(ours.to_owned(), value);
        }
    }
    let invalid_token = |_| error::validation("Parameter NextToken is not valid.");
    let page = Page::of(call.operation, &Value::Object(others), call.now_millis);
    let page = page.map_err(invalid_token)?;
    let after = page.after.clone();
    let behind = |(key, _): &(Arc<str>, T)| after.as_deref().is_none_or(|after| **key > *after);
    let rows = rows.into_iter().filter(behind);
    let (rows, token) = page
        .cut(rows, |(key, _)| key.to_string())
        .map_err(|error| error::internal(error.to_string()))?;
    let items: Vec<Value> = rows.iter().map(|(key, row)| shown(key, row)).collect();
    let mut answer = Members::new();
    answer.insert(member.to_owned(), items.into());
    if let Some(token) = token {
        answer.insert("NextToken".to_owned(), token.into());
    }
    Ok(answer)
}

/// A text inside of a request as JSON; why it is none.
fn parsed(text: &str) -> Result<Value, String> {
    if query::text_nesting_exceeds(text, query::MAX_NESTING) {
        return Err("it is nested too deeply".to_owned());
    }
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn test_event_pattern(call: &ServiceCall) -> Result<Members, ServiceError> {
    let text = |member: &str| call.input.members.get(member).and_then(Value::as_str);
    let pattern = rules::pattern(text("EventPattern").unwrap_or_default())?;
    let invalid = |reason: String| {
        error::validation(format!("Parameter Event is not valid. Reason: {reason}"))
    };
    let event = parsed(text("Event").unwrap_or_default()).map_err(invalid)?;
    const MANDATORY: [&str; 7] = [
        "id",
        "account",
        "source",
        "time",
        "region",
        "resources",
        "detail-type",
    ];
    if let Some(missing) = MANDATORY.iter().find(|field| event.get(field).is_none()) {
        return Err(invalid(format!("The event has no '{missing}'.")));
    }
    Ok(members(json!({ "Result": pattern.matches(&event) })))
}

/// Does what may wait for the store.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ServiceError> + Send + 'static,
) -> Result<T, ServiceError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|panicked| Err(error::internal(panicked.to_string())))
}
