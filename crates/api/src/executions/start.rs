//! StartExecution and StartSyncExecution.

use std::sync::Arc;

use engine::{Durability, Ended, Existing, StartError, StartExecution};
use interpreter::time::seconds_of_millis;
use interpreter::{Identity, Status};
use query::Payload;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{ExecutionId, Kind, ListedStatus};
use uuid::Uuid;

use super::describe::Included;
use super::{Origin, Outcome, find};
use crate::arn::check_name;
use crate::control::{Loaded, Resolved};
use crate::express_ring::ExpressExecution;
use crate::runtime::to_json;
use crate::service::Call;
use crate::state_machines::IncludedData;
use crate::{Error, Service};

/// AWS bills Express executions in units of these.
const BILLED_MEMORY_MB: i64 = 64;
const BILLED_MILLIS: i64 = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    state_machine_arn: String,
    name: Option<String>,
    input: Option<String>,
    trace_header: Option<String>,
    #[serde(default)]
    included_data: IncludedData,
}

/// An execution that is ready to be started.
struct Prepared {
    resolved: Resolved,
    loaded: Arc<Loaded>,
    id: ExecutionId,
    name: Arc<str>,
    input: Payload,
    trace_header: Option<Arc<str>>,
    seed: u64,
}

/// Answers StartExecution. A Standard execution is idempotent by name and input while it runs; an Express one never is.
pub(crate) async fn start_execution(service: &Service, call: &Call) -> Result<Value, Error> {
    let prepared = prepare(service, call.input()?, Origin::random()).await?;
    started(&prepared, start(service, &prepared, call).await?)
}

/// Answers the StartExecution of a task. With an `origin` it answers the same when it is made again, whatever has become of the
/// execution.
pub(crate) async fn start_by_call(
    service: &Service,
    call: &Call,
    origin: Option<Origin>,
) -> Result<Value, Error> {
    let Some(origin) = origin else {
        return start_execution(service, call).await;
    };
    let seed = origin.seed;
    let prepared = prepare(service, call.input()?, origin).await?;
    let start_millis = match start(service, &prepared, call).await {
        Err(error @ Error::ExecutionAlreadyExists(_)) => {
            let found = find(service, &prepared.id).await?;
            match found.execution.identity.seed == seed {
                true => found.listing.start_millis,
                false => return Err(error),
            }
        }
        other => other?,
    };
    started(&prepared, start_millis)
}

fn started(prepared: &Prepared, start_millis: i64) -> Result<Value, Error> {
    Ok(json!({
        "executionArn": prepared.id.as_ref(),
        "startDate": seconds_of_millis(start_millis),
    }))
}

/// Answers StartSyncExecution: waits for the end, whatever it is.
pub(crate) async fn start_sync_execution(service: &Service, call: &Call) -> Result<Value, Error> {
    let input: Input = call.input()?;
    let included = input.included_data == IncludedData::AllData;
    let prepared = prepare(service, input, Origin::random()).await?;
    if prepared.resolved.kind != Kind::Express {
        return Err(Error::StateMachineTypeNotSupported);
    }
    let request = request(service, &prepared, call, Durability::None);
    let ended = service
        .runtime()
        .ask(|engine, reply| engine.start_sync(request, reply));
    match ended.await? {
        Ok(ended) => sync_answer(&prepared, &ended, included),
        Err(StartError::AlreadyExists(_)) => {
            Err(Error::ExecutionAlreadyExists(prepared.id.to_string()))
        }
        Err(StartError::Store(error)) => Err(error.into()),
    }
}

async fn prepare(service: &Service, input: Input, origin: Origin) -> Result<Prepared, Error> {
    let random = Uuid::new_v4().as_u64_pair().0;
    let resolved = service
        .control()
        .resolve(&input.state_machine_arn, random)?;
    let name = input.name.unwrap_or_else(|| origin.name.to_string());
    check_name(&name)?;
    let text = input.input.unwrap_or_else(|| "{}".to_owned());
    let payload =
        Payload::parse(text).map_err(|error| Error::InvalidExecutionInput(error.to_string()))?;
    let (machine, kind) = (&resolved.state_machine_arn, resolved.kind);
    Ok(Prepared {
        id: execution_arn(machine, kind, &name, &origin),
        loaded: service.loaded(&resolved.revision).await?,
        resolved,
        name: name.into(),
        input: payload,
        trace_header: input.trace_header.map(Into::into),
        seed: origin.seed,
    })
}

/// The ARN of a state machine's execution.
fn execution_arn(state_machine_arn: &str, kind: Kind, name: &str, origin: &Origin) -> ExecutionId {
    let (before, machine) = state_machine_arn
        .split_once(":stateMachine:")
        .unwrap_or((state_machine_arn, ""));
    match kind {
        Kind::Standard => format!("{before}:execution:{machine}:{name}").into(),
        Kind::Express => format!("{before}:express:{machine}:{name}:{}", origin.id).into(),
    }
}

/// Starts it and answers since when it runs, milliseconds since 1970.
async fn start(service: &Service, prepared: &Prepared, call: &Call) -> Result<i64, Error> {
    let durability = match prepared.resolved.kind {
        Kind::Standard => Durability::Full,
        Kind::Express => Durability::Accept,
    };
    let request = request(service, prepared, call, durability);
    let started = service
        .runtime()
        .ask(|engine, reply| engine.start(request, reply));
    match started.await? {
        Ok(started) => Ok(started.start_millis),
        Err(StartError::AlreadyExists(existing)) if is_same(&existing, prepared) => {
            Ok(existing.listing.start_millis)
        }
        Err(StartError::AlreadyExists(_)) => {
            Err(Error::ExecutionAlreadyExists(prepared.id.to_string()))
        }
        Err(StartError::Store(error)) => Err(error.into()),
    }
}

/// What the engine is asked; an Express execution is remembered for the console.
fn request(
    service: &Service,
    prepared: &Prepared,
    call: &Call,
    durability: Durability,
) -> StartExecution {
    let Prepared {
        resolved,
        loaded,
        id,
        name,
        input,
        trace_header,
        seed,
    } = prepared;
    if resolved.kind == Kind::Express {
        service.runtime().hub.express.started(ExpressExecution {
            execution_arn: id.clone(),
            state_machine_arn: resolved.state_machine_arn.clone(),
            name: name.clone(),
            status: Status::Running.name(),
            start_millis: call.now_millis,
            stop_millis: None,
            input_bytes: input.len(),
            output_bytes: None,
            error: None,
        });
    }
    let identity = Identity {
        execution_arn: id.clone(),
        execution_name: name.clone(),
        state_machine_arn: resolved.state_machine_arn.clone(),
        state_machine_name: resolved.name.clone(),
        role_arn: loaded.revision.configuration.role_arn.clone(),
        region: service.options().region.clone(),
        seed: *seed,
        child_of: None,
    };
    let mut request = StartExecution::new(loaded.machine.clone(), identity, input.clone());
    request.listing.version_arn = resolved.version_arn.clone();
    request.listing.alias_arn = resolved.alias_arn.clone();
    request.listing.kind = resolved.kind;
    request.listing.revision = resolved.revision.clone();
    request.durability = durability;
    request.trace_header = trace_header.clone();
    request.audit = Some(call.audit(id));
    request
}

/// Whether the execution that has the name already is the one that is asked for.
fn is_same(existing: &Existing, prepared: &Prepared) -> bool {
    existing.listing.status == ListedStatus::Running
        && (existing.input.text() == prepared.input.text()
            || existing.input.value() == prepared.input.value())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SyncAnswer<'a> {
    execution_arn: &'a str,
    state_machine_arn: &'a str,
    name: &'a str,
    start_date: f64,
    stop_date: f64,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a str>,
    input_details: Included,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
    output_details: Included,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_header: Option<&'a str>,
    billing_details: BillingDetails,
}

#[derive(Serialize)]
struct BillingDetails {
    #[serde(rename = "billedMemoryUsedInMB")]
    billed_memory_used_in_mb: i64,
    #[serde(rename = "billedDurationInMilliseconds")]
    billed_duration_in_milliseconds: i64,
}

fn sync_answer(prepared: &Prepared, ended: &Ended, included: bool) -> Result<Value, Error> {
    let outcome = Outcome::from(&ended.status);
    // It counts from the first unit that has begun.
    let duration = (ended.stop_millis - ended.start_millis).max(1);
    to_json(&SyncAnswer {
        execution_arn: &prepared.id,
        state_machine_arn: &prepared.resolved.state_machine_arn,
        name: &prepared.name,
        start_date: seconds_of_millis(ended.start_millis),
        stop_date: seconds_of_millis(ended.stop_millis),
        status: ended.status.name(),
        error: outcome.error,
        cause: outcome.cause,
        input: included.then_some(prepared.input.text()),
        input_details: Included { included },
        output: outcome.output.filter(|_| included),
        output_details: Included { included },
        trace_header: prepared.trace_header.as_deref(),
        billing_details: BillingDetails {
            billed_memory_used_in_mb: BILLED_MEMORY_MB,
            billed_duration_in_milliseconds: (duration + BILLED_MILLIS - 1) / BILLED_MILLIS
                * BILLED_MILLIS,
        },
    })
}
