//! GetFunction, GetFunctionConfiguration, ListFunctions, DeleteFunction; pages of lists.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Map, Value, json};

use super::name::{LATEST, is_number, key};
use super::record::{Code, Function};
use super::{Lambda, error};
use crate::wire::{ServiceCall, ServiceError};

/// Items of a page when nobody says otherwise, and at most.
const PAGE: usize = 50;
const MAX_PAGE: u64 = 10_000;

impl Lambda {
    pub(super) fn get_function(
        &self,
        call: &ServiceCall,
    ) -> Result<Map<String, Value>, ServiceError> {
        let named = self.named(&call.input.members)?;
        let found = self.find(&named, None)?;
        let qualifier = named.qualifier.as_deref();
        // Code has no address of its own here: it was uploaded, or it is in a folder.
        let code = match &found.version.code {
            Code::Package { .. } => json!({"RepositoryType": "S3"}),
            Code::LocalFolder { path, .. } => {
                json!({"RepositoryType": "LocalFolder", "Location": format!("file://{path}")})
            }
        };
        let shown = self.shown(&named.name, &found.version, qualifier);
        let mut answer = Map::from_iter([
            ("Configuration".to_owned(), Value::Object(shown)),
            ("Code".to_owned(), code),
        ]);
        // Both belong to the function as a whole.
        if !found.function.tags.is_empty() {
            answer.insert("Tags".to_owned(), json!(found.function.tags));
        }
        if let Some(reserved) = found.function.reserved_concurrency {
            let concurrency = json!({"ReservedConcurrentExecutions": reserved});
            answer.insert("Concurrency".to_owned(), concurrency);
        }
        Ok(answer)
    }

    pub(super) fn get_configuration(
        &self,
        call: &ServiceCall,
    ) -> Result<Map<String, Value>, ServiceError> {
        let named = self.named(&call.input.members)?;
        let found = self.find(&named, None)?;
        Ok(self.shown(&named.name, &found.version, named.qualifier.as_deref()))
    }

    pub(super) fn list_functions(
        &self,
        call: &ServiceCall,
    ) -> Result<Map<String, Value>, ServiceError> {
        let members = &call.input.members;
        let with_versions = members
            .get("FunctionVersion")
            .is_some_and(|all| all == "ALL");
        let mut all = Vec::new();
        for (name, function) in self.tables().functions.all() {
            let latest = with_versions.then_some(LATEST);
            let shown = self.shown(&name, &function.latest, latest);
            all.push((key(&name, ""), shown));
            if with_versions {
                let versions = self.versions_of(&name);
                all.extend(versions.iter().map(|version| {
                    (
                        key(&name, &version.number),
                        self.shown_version(&name, version),
                    )
                }));
            }
        }
        paged(
            members,
            "Functions",
            &all,
            |(key, _)| key.clone(),
            |(_, shown)| json!(shown),
        )
    }

    /// A version, or the function with all that is its.
    pub(super) fn delete_function(
        &self,
        call: &ServiceCall,
    ) -> Result<Map<String, Value>, ServiceError> {
        let named = self.named(&call.input.members)?;
        let name = named.name.as_str();
        let _changes = self.lock();
        let function = self.function(name)?;
        let mut change = self.transaction(call, name);
        let mut removed = Vec::new();
        match named.qualifier.as_deref() {
            Some(LATEST) => {
                return Err(error::invalid(
                    "$LATEST version cannot be deleted without deleting the function.",
                ));
            }
            Some(number) if is_number(number) => {
                let aliases = self.aliases_of(name);
                let user = aliases
                    .iter()
                    .find(|(_, alias)| alias.versions().any(|used| used == number));
                if let Some((alias, _)) = user {
                    return Err(error::conflict(format!(
                        "Version {number} of the function {name} is used by the alias {alias}: delete or change that first."
                    )));
                }
                change.delete(&self.tables().versions, key(name, number));
                let mut function = Function::clone(&function);
                function.policies.remove(number);
                function.event_invoke.remove(number);
                change.put(&self.tables().functions, name, function);
                removed.push(number.to_owned());
            }
            Some(alias) => {
                return Err(error::invalid(format!(
                    "'{alias}' is no version: DeleteAlias deletes an alias."
                )));
            }
            None => {
                removed.push(LATEST.to_owned());
                for version in self.versions_of(name) {
                    change.delete(&self.tables().versions, key(name, &version.number));
                    removed.push(version.number);
                }
                for (alias, _) in self.aliases_of(name) {
                    change.delete(&self.tables().aliases, key(name, &alias));
                }
                change.delete(&self.tables().functions, name);
            }
        }
        change.commit()?;
        let host = &self.options().host;
        let retired = removed.iter().map(|number| host.remove(name, number));
        self.clean_up(retired.collect());
        Ok(Map::new())
    }

    /// All functions' names.
    pub fn names(&self) -> Vec<Arc<str>> {
        let functions = self.tables().functions.all();
        functions.into_iter().map(|(name, _)| name).collect()
    }
}

/// The page that `Marker` and `MaxItems` ask for. Markers name the item that came last.
pub(super) fn paged<T>(
    members: &Map<String, Value>,
    list: &str,
    items: &[T],
    key: impl Fn(&T) -> String,
    show: impl Fn(&T) -> Value,
) -> Result<Map<String, Value>, ServiceError> {
    let marker = members
        .get("Marker")
        .and_then(Value::as_str)
        .filter(|marker| !marker.is_empty());
    let start = match marker {
        None => 0,
        Some(marker) => {
            let last = BASE64
                .decode(marker)
                .ok()
                .and_then(|last| String::from_utf8(last).ok());
            let place = last.and_then(|last| items.iter().position(|item| key(item) == last));
            // An item that has gone meanwhile leaves no place to go on from.
            place.ok_or_else(|| error::invalid("The Marker is not one of this list."))? + 1
        }
    };
    let wanted = members
        .get("MaxItems")
        .and_then(Value::as_u64)
        .filter(|wanted| *wanted > 0);
    let limit = wanted.map_or(PAGE, |wanted| {
        usize::try_from(wanted.min(MAX_PAGE)).unwrap_or(PAGE)
    });
    let page: Vec<&T> = items.iter().skip(start).take(limit).collect();
    let shown = page.iter().map(|item| show(item)).collect();
    let mut answer = Map::from_iter([(list.to_owned(), Value::Array(shown))]);
    if let Some(last) = page.last().filter(|_| start + page.len() < items.len()) {
        answer.insert("NextMarker".to_owned(), BASE64.encode(key(last)).into());
    }
    Ok(answer)
}
