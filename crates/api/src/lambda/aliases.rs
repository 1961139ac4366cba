//! Aliases: names of versions, with a share of the invocations for another one if wanted.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::name::{LATEST, is_number, key};
use super::read::paged;
use super::record::{Alias, Function};
use super::{Lambda, error};
use crate::wire::{ServiceCall, ServiceError};

impl Lambda {
    pub(super) fn create_alias(
        &self,
        call: &ServiceCall,
    ) -> Result<Map<String, Value>, ServiceError> {
        let (name, alias_name) = self.named_alias(call)?;
        if is_number(&alias_name) {
            return Err(error::invalid(format!(
                "The alias '{alias_name}' is a number: that is the name of a version."
            )));
        }
        let _changes = self.lock();
        let function = self.function(&name)?;
        if self
            .tables()
            .aliases
            .get(&key(&name, &alias_name))
            .is_some()
        {
            let arn = self.arn(&name, Some(&alias_name));
            return Err(error::conflict(format!("Alias already exists: {arn}")));
        }
        let alias = Alias {
            version: String::new(),
            description: String::new(),
            weights: BTreeMap::new(),
            revision_id: String::new(),
        };
        self.store_alias(call, &function, (&name, &alias_name), alias)
    }

    pub(super) fn update_alias(
        &self,
        call: &ServiceCall,
    ) -> Result<Map<String, Value>, ServiceError> {
        let (name, alias_name) = self.named_alias(call)?;
        let _changes = self.lock();
        let function = self.function(&name)?;
        let alias = self.alias(&name, &alias_name)?;
        let wanted = call.input.members.get("RevisionId").and_then(Value::as_str);
        if wanted.is_some_and(|wanted| wanted != alias.revision_id) {
            return Err(error::revision_differs("Lambda Alias"));
        }
        self.store_alias(call, &function, (&name, &alias_name), alias)
    }

    /// Changes what the request names.
    fn store_alias(
        &self,
        call: &ServiceCall,
        function: &Function,
        (name, alias_name): (&str, &str),
        mut alias: Alias,
    ) -> Result<Map<String, Value>, ServiceError> {
        let members = &call.input.members;
        let text = |member: &str| members.get(member).and_then(Value::as_str);
        if let Some(version) = text("FunctionVersion") {
            alias.version = version.to_owned();
        }
        if let Some(description) = text("Description") {
            alias.description = description.to_owned();
        }
        if let Some(routing) = members.get("RoutingConfig") {
            let weights = routing
                .get("AdditionalVersionWeights")
                .and_then(Value::as_object);
            alias.weights = weights
                .into_iter()
                .flatten()
                .filter_map(|(version, weight)| Some((version.clone(), weight.as_f64()?)))
                .collect();
        }
        check_routing(&alias)?;
        for number in alias.versions() {
            self.version(function, name, number)?;
        }
        alias.revision_id = Uuid::new_v4().to_string();
        let mut change = self.transaction(call, name);
        change.put(&self.tables().aliases, key(name, alias_name), alias.clone());
        change.commit()?;
        Ok(self.shown_alias(name, alias_name, &alias))
    }

    pub(super) fn get_alias(&self, call: &ServiceCall) -> Result<Map<String, Value>, ServiceError> {
        let (name, alias_name) = self.named_alias(call)?;
        let alias = self.alias(&name, &alias_name)?;
        Ok(self.shown_alias(&name, &alias_name, &alias))
    }

    /// One that is not there is no error.
    pub(super) fn delete_alias(
        &self,
        call: &ServiceCall,
    ) -> Result<Map<String, Value>, ServiceError> {
        let (name, alias_name) = self.named_alias(call)?;
        let _changes = self.lock();
        let mut function = Function::clone(&*self.function(&name)?);
        function.policies.remove(&alias_name);
        function.event_invoke.remove(&alias_name);
        let mut change = self.transaction(call, &name);
        change.delete(&self.tables().aliases, key(&name, &alias_name));
        change.put(&self.tables().functions, name.as_str(), function);
        change.commit()?;
        Ok(Map::new())
    }

    pub(super) fn list_aliases(
        &self,
        call: &ServiceCall,
    ) -> Result<Map<String, Value>, ServiceError> {
        let members = &call.input.members;
        let name = self.unqualified(members)?;
        self.function(&name)?;
        let version = members.get("FunctionVersion").and_then(Value::as_str);
        let mut aliases = self.aliases_of(&name);
        aliases.retain(|(_, alias)| {
            version.is_none_or(|version| alias.versions().any(|used| used == version))
        });
        let shown = |(alias_name, alias): &(String, Alias)| {
            json!(self.shown_alias(&name, alias_name, alias))
        };
        paged(
            members,
            "Aliases",
            &aliases,
            |(alias_name, _)| alias_name.clone(),
            shown,
        )
    }

    pub(super) fn aliases_of(&self, name: &str) -> Vec<(String, Alias)> {
        let before = key(name, "");
        let rows = self.tables().aliases.after(Some(&before), usize::MAX);
        let of_function = rows.iter().map_while(|(key, alias)| {
            Some((key.strip_prefix(&before)?.to_owned(), Alias::clone(alias)))
        });
        of_function.collect()
    }

    fn named_alias(&self, call: &ServiceCall) -> Result<(String, String), ServiceError> {
        let name = self.unqualified(&call.input.members)?;
        let alias = call.input.members.get("Name").and_then(Value::as_str);
        Ok((name, alias.unwrap_or_default().to_owned()))
    }

    fn alias(&self, name: &str, alias_name: &str) -> Result<Alias, ServiceError> {
        let alias = self.tables().aliases.get(&key(name, alias_name));
        let alias =
            alias.ok_or_else(|| error::alias_not_found(&self.arn(name, Some(alias_name))))?;
        Ok(Alias::clone(&alias))
    }

    fn shown_alias(&self, name: &str, alias_name: &str, alias: &Alias) -> Map<String, Value> {
        let mut shown = Map::from_iter([
            (
                "AliasArn".to_owned(),
                self.arn(name, Some(alias_name)).into(),
            ),
            ("Name".to_owned(), alias_name.into()),
            ("FunctionVersion".to_owned(), alias.version.as_str().into()),
            ("Description".to_owned(), alias.description.as_str().into()),
            ("RevisionId".to_owned(), alias.revision_id.as_str().into()),
        ]);
        if !alias.weights.is_empty() {
            let routing = json!({"AdditionalVersionWeights": alias.weights});
            shown.insert("RoutingConfig".to_owned(), routing);
        }
        shown
    }
}

/// One more version at most, none of them `$LATEST`, and shares that can be.
fn check_routing(alias: &Alias) -> Result<(), ServiceError> {
    if alias.weights.is_empty() {
        return Ok(());
    }
    if alias.weights.len() > 1 {
        return Err(error::invalid(
            "Number of items in AdditionalVersionWeights cannot be greater than 1",
        ));
    }
    if alias.versions().any(|version| version == LATEST) {
        return Err(error::invalid(
            "$LATEST is not supported for an alias pointing to more than 1 version",
        ));
    }
    if alias.weights.contains_key(&alias.version) {
        return Err(error::invalid(format!(
            "Invalid function version {version}. Function version {version} is already included in routing configuration.",
            version = alias.version
        )));
    }
    match alias
        .weights
        .values()
        .all(|weight| (0.0..=1.0).contains(weight))
    {
        true => Ok(()),
        false => Err(error::invalid(
            "Weights of AdditionalVersionWeights are between 0 and 1.",
        )),
    }
}
