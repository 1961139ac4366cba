//! ListExecutions.

use std::sync::Arc;

use interpreter::time::seconds_of_millis;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Cursor, ExecutionId, Kind, ListQuery, ListedStatus, Listing, Scope};

use crate::arn::{Arn, Resource};
use crate::control::FoundQualifier;
use crate::runtime::to_json;
use crate::service::Call;
use crate::state_machines::listed;
use crate::{Error, Service};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    state_machine_arn: Option<String>,
    map_run_arn: Option<String>,
    status_filter: Option<String>,
    redrive_filter: Option<RedriveFilter>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum RedriveFilter {
    Redriven,
    NotRedriven,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    execution_arn: &'a str,
    state_machine_arn: &'a str,
    name: &'a str,
    status: &'static str,
    start_date: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    map_run_arn: Option<&'a Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_machine_version_arn: Option<&'a Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_machine_alias_arn: Option<&'a Arc<str>>,
    redrive_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    redrive_date: Option<f64>,
}

/// Answers ListExecutions: newest start first.
pub(crate) async fn list_executions(service: &Service, call: &Call) -> Result<Value, Error> {
    let page = call.page()?;
    let input: Input = call.input()?;
    let scope = scope(service, &input).await?;
    let query = ListQuery {
        scope,
        status: input.status_filter.as_deref().and_then(listed_status),
        redriven: input
            .redrive_filter
            .map(|filter| filter == RedriveFilter::Redriven),
        after: page.after.as_deref().map(cursor).transpose()?,
        // One more shows whether another page follows.
        limit: page.limit + 1,
    };
    let found = service
        .runtime()
        .read(move |store| store.list(&query))
        .await?;
    let (found, token) = page.cut(found.into_iter(), |(id, listing)| {
        format!("{} {id}", listing.start_millis)
    })?;
    let items = found
        .iter()
        .map(|(id, listing)| to_json(&item(id, listing)))
        .collect::<Result<_, _>>()?;
    Ok(listed("executions", items, token))
}

/// Whose executions: the state machine, version, alias or Map Run exists.
async fn scope(service: &Service, input: &Input) -> Result<Scope, Error> {
    match (&input.state_machine_arn, &input.map_run_arn) {
        (Some(arn), None) => of_state_machine(service, arn),
        (None, Some(arn)) => {
            let parsed = Arn::parse(arn)?;
            let Resource::MapRun { .. } = parsed.resource else {
                return Err(parsed.wrong_type());
            };
            let arn: Arc<str> = arn.as_str().into();
            let key = arn.clone();
            let found = service
                .runtime()
                .read(move |store| store.map_run(&key))
                .await?;
            match found {
                Some(_) => Ok(Scope::MapRun(arn)),
                None => Err(Error::resource_not_found(&arn)),
            }
        }
        (None, None) => Err(Error::validation(
            "Must provide a StateMachine ARN or MapRun ARN",
        )),
        (Some(_), Some(_)) => Err(Error::validation(
            "Must provide either a StateMachine ARN or a MapRun ARN, not both",
        )),
    }
}

/// Those of a state machine, or of one version or alias of it.
fn of_state_machine(service: &Service, arn: &str) -> Result<Scope, Error> {
    let found = service.control().find(arn)?;
    if found.kind == Kind::Express {
        return Err(Error::StateMachineTypeNotSupported);
    }
    Ok(match found.qualifier {
        FoundQualifier::None => Scope::StateMachine(found.state_machine_arn),
        FoundQualifier::Version(_) => Scope::Version(arn.into()),
        FoundQualifier::Alias(_) => Scope::Alias(arn.into()),
    })
}

fn listed_status(name: &str) -> Option<ListedStatus> {
    use ListedStatus::{Aborted, Failed, PendingRedrive, Running, Succeeded, TimedOut};
    [
        Running,
        Succeeded,
        Failed,
        TimedOut,
        Aborted,
        PendingRedrive,
    ]
    .into_iter()
    .find(|status| status.name() == name)
}

fn cursor(after: &str) -> Result<Cursor, Error> {
    let (start_millis, execution) = after
        .split_once(' ')
        .ok_or_else(Error::invalid_page_token)?;
    Ok(Cursor {
        start_millis: start_millis
            .parse()
            .map_err(|_| Error::invalid_page_token())?,
        execution: execution.into(),
    })
}

fn item<'a>(id: &'a ExecutionId, listing: &'a Listing) -> Item<'a> {
    Item {
        execution_arn: id,
        state_machine_arn: &listing.state_machine_arn,
        name: &listing.name,
        status: listing.status.name(),
        start_date: seconds_of_millis(listing.start_millis),
        stop_date: listing.stop_millis.map(seconds_of_millis),
        map_run_arn: listing.map_run_arn.as_ref(),
        item_count: listing.item_count,
        state_machine_version_arn: listing.version_arn.as_ref(),
        state_machine_alias_arn: listing.alias_arn.as_ref(),
        redrive_count: listing.redrive_count,
        redrive_date: listing.redrive_millis.map(seconds_of_millis),
    }
}
