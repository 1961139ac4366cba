//! Map Runs: DescribeMapRun, ListMapRuns and UpdateMapRun.

use std::sync::Arc;

use engine::ControlError;
use interpreter::time::seconds_of_millis;
use interpreter::{MapRun, MapRunCounts, MapRunUpdate};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::ExecutionId;

use crate::Reason;
use crate::arn::{Arn, Resource};
use crate::executions;
use crate::runtime::to_json;
use crate::service::Call;
use crate::{Error, Service};

/// The Map Run of this ARN, and whose it is.
async fn find(service: &Service, arn: &str) -> Result<(ExecutionId, MapRun), Error> {
    let parsed = Arn::parse(arn)?;
    let Resource::MapRun { .. } = parsed.resource else {
        return Err(parsed.wrong_type());
    };
    let key = arn.to_owned();
    let found = service
        .runtime()
        .read(move |store| store.map_run(&key))
        .await?;
    let (execution, record) = found.ok_or_else(|| Error::resource_not_found(arn))?;
    Ok((execution, decode(&record)?))
}

fn decode(record: &store::MapRun) -> Result<MapRun, Error> {
    MapRun::decode(&record.record)
        .map_err(|error| Error::InternalFailure(format!("{} cannot be read: {error}", record.arn)))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Description<'a> {
    map_run_arn: &'a str,
    execution_arn: &'a str,
    status: &'static str,
    start_date: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_date: Option<f64>,
    max_concurrency: u64,
    tolerated_failure_percentage: f64,
    tolerated_failure_count: u64,
    item_counts: Counts,
    execution_counts: Counts,
    redrive_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    redrive_date: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Counts {
    pending: u64,
    running: u64,
    succeeded: u64,
    failed: u64,
    timed_out: u64,
    aborted: u64,
    total: u64,
    results_written: u64,
    failures_not_redrivable: u64,
    pending_redrive: u64,
}

impl From<&MapRunCounts> for Counts {
    fn from(counts: &MapRunCounts) -> Counts {
        Counts {
            pending: counts.pending,
            running: counts.running,
            succeeded: counts.succeeded,
            failed: counts.failed,
            timed_out: counts.timed_out,
            aborted: counts.aborted,
            total: counts.total(),
            // Of a ResultWriter, which there is none of yet.
            results_written: 0,
            // Whatever failed can be redriven as long as its Map Run can.
            failures_not_redrivable: 0,
            pending_redrive: counts.pending_redrive,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Describe {
    map_run_arn: String,
}

/// Answers DescribeMapRun.
pub(crate) async fn describe_map_run(service: &Service, call: &Call) -> Result<Value, Error> {
    let Describe { map_run_arn } = call.input()?;
    let (execution, run) = find(service, &map_run_arn).await?;
    to_json(&Description {
        map_run_arn: &map_run_arn,
        execution_arn: &execution,
        status: run.status.name(),
        start_date: seconds_of_millis(run.start_millis),
        stop_date: run.stop_millis.map(seconds_of_millis),
        max_concurrency: run.max_concurrency,
        tolerated_failure_percentage: run.tolerated_failure_percentage,
        tolerated_failure_count: run.tolerated_failure_count,
        item_counts: (&run.item_counts).into(),
        execution_counts: (&run.execution_counts).into(),
        redrive_count: run.redrive_count,
        redrive_date: run.redrive_millis.map(seconds_of_millis),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    execution_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    execution_arn: Arc<str>,
    map_run_arn: Arc<str>,
    state_machine_arn: Arc<str>,
    start_date: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_date: Option<f64>,
}

/// Answers ListMapRuns: newest first.
pub(crate) async fn list_map_runs(service: &Service, call: &Call) -> Result<Value, Error> {
    let page = call.page()?;
    let List { execution_arn } = call.input()?;
    let found = executions::find(service, &execution_arn).await?;
    let id = found.id.clone();
    let runs = service
        .runtime()
        .read(move |store| store.map_runs(&id))
        .await?;
    // A page begins behind the run that ended the one before; runs are few.
    let before = match &page.after {
        None => runs.len(),
        Some(after) => runs
            .iter()
            .position(|run| *run.arn == **after)
            .ok_or_else(Error::invalid_page_token)?,
    };
    let newest_first = runs[..before].iter().rev();
    let (runs, token) = page.cut(newest_first, |run| run.arn.to_string())?;
    let items = runs.into_iter().map(|record| {
        let run = decode(record)?;
        Ok(Item {
            execution_arn: found.id.clone(),
            map_run_arn: record.arn.clone(),
            state_machine_arn: machine_of(&record.arn),
            start_date: seconds_of_millis(run.start_millis),
            stop_date: run.stop_millis.map(seconds_of_millis),
        })
    });
    let items: Vec<Item> = items.collect::<Result<_, Error>>()?;
    let mut answer = json!({"mapRuns": items});
    if let Some(token) = token {
        answer["nextToken"] = token.into();
    }
    Ok(answer)
}

/// `…:stateMachine:NAME/LABEL` of a Map Run's ARN.
fn machine_of(map_run_arn: &str) -> Arc<str> {
    let (machine, _) = map_run_arn.rsplit_once(':').unwrap_or((map_run_arn, ""));
    machine.replacen(":mapRun:", ":stateMachine:", 1).into()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    map_run_arn: String,
    max_concurrency: Option<u64>,
    tolerated_failure_percentage: Option<f64>,
    tolerated_failure_count: Option<u64>,
}

/// Answers UpdateMapRun.
pub(crate) async fn update_map_run(service: &Service, call: &Call) -> Result<Value, Error> {
    let input: Update = call.input()?;
    let update = MapRunUpdate {
        max_concurrency: input.max_concurrency,
        tolerated_failure_percentage: input.tolerated_failure_percentage,
        tolerated_failure_count: input.tolerated_failure_count,
    };
    if update == MapRunUpdate::default() {
        return Err(Error::ValidationException {
            message: "Either the maxConcurrency, the toleratedFailureCount, or the toleratedFailurePercentage must be specified".to_owned(),
            reason: Some(Reason::MissingRequiredParameter),
        });
    }
    let arn: Arc<str> = input.map_run_arn.into();
    let (execution, _) = find(service, &arn).await?;
    let audit = Some(call.audit(&arn));
    let updated = service.runtime().ask(|engine, reply| {
        engine.update_map_run(&execution, &arn, update, audit, reply);
    });
    updated.await?.map_err(|error| match error {
        ControlError::DoesNotExist => Error::resource_not_found(&arn),
        ControlError::Store(error) => error.into(),
        _ => Error::ValidationException {
            message: format!("Map Run has completed and cannot be updated: '{arn}'"),
            reason: Some(Reason::CannotUpdateCompletedMapRun),
        },
    })?;
    Ok(json!({}))
}
