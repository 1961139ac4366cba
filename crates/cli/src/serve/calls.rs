//! The engine's port for calls: each is a task on the asynchronous runtime, and only so many are at work at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use connectors::ResourceRef;
use engine::{Answer, Calls, Recovery};
use interpreter::{Call, CallFailure, CallKey, CallPurpose, CallResult, failure};
use states_language::resource::Pattern;
use store::ExecutionId;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;

use super::local::ThisServer;
use super::logs::{Log, LogLevel};
use super::metrics::Metrics;
use crate::wiring::performer::Performer;
use crate::wiring::resource_ref;

type Open = Arc<Mutex<HashMap<(ExecutionId, CallKey), OpenCall>>>;

struct OpenCall {
    task: AbortHandle,
    /// What it starts has to be stopped when nobody waits for it any more: it is not cut short, but stopped behind its answer.
    starts_job: bool,
}

pub struct ServeCalls {
    runtime: Handle,
    performer: Arc<Performer>,
    this_server: Arc<ThisServer>,
    metrics: Arc<Metrics>,
    log: Arc<Log>,
    /// Calls beyond it wait for their turn; a task's timeout counts meanwhile.
    at_work: Arc<Semaphore>,
    /// So that those that nobody waits for any more are cut short.
    open: Open,
    resend_writes: bool,
}

impl ServeCalls {
    pub fn new(
        runtime: Handle,
        performer: Arc<Performer>,
        this_server: Arc<ThisServer>,
        metrics: Arc<Metrics>,
        log: Arc<Log>,
        max_calls: usize,
        resend_writes: bool,
    ) -> ServeCalls {
        let open = Open::default();
        let counted = open.clone();
        metrics.source(move |page| {
            let open = lock(&counted).len();
            page.gauge(
                "stepwright_open_calls",
                "Calls without an answer yet.",
                open as f64,
            );
        });
        ServeCalls {
            runtime,
            performer,
            this_server,
            metrics,
            log,
            at_work: Arc::new(Semaphore::new(max_calls)),
            open,
            resend_writes,
        }
    }
}

impl Calls for ServeCalls {
    fn begin(&self, execution: &ExecutionId, call: Box<Call>, answer: Answer) {
        let name = (execution.clone(), call.key);
        let (performer, this_server) = (self.performer.clone(), self.this_server.clone());
        let (metrics, log) = (self.metrics.clone(), self.log.clone());
        let (at_work, open, key) = (self.at_work.clone(), self.open.clone(), name.clone());
        let starts_job = starts_job(&call);
        // The lock is held over both, so that a call that ends at once is found open.
        let mut opened = lock(&self.open);
        let task = self.runtime.spawn(async move {
            let began = Instant::now();
            let result = match call.purpose {
                CallPurpose::Submit => {
                    // The semaphore is never closed.
                    let _permit = at_work.acquire().await;
                    performer.perform(&key.0, &call).await
                }
                // It may wait for days, so it takes no permit.
                CallPurpose::Await { .. } | CallPurpose::Cancel { .. } => {
                    nested(&this_server, &key.0, &call).await
                }
            };
            let is_awaited = lock(&open).remove(&key).is_some();
            tell(&metrics, &log, &key.0, &call, &result, began.elapsed());
            match result {
                Ok(submitted) if starts_job && !is_awaited => {
                    let purpose = CallPurpose::Cancel { submitted };
                    let cancel = Call { purpose, ..*call };
                    if let Err(failure) = nested(&this_server, &key.0, &cancel).await {
                        log.warning(
                            "what an abandoned task had started is not stopped",
                            &[
                                ("execution", &key.0),
                                ("state", &cancel.state_name),
                                ("cause", &failure.cause),
                            ],
                        );
                    }
                }
                result => answer.send(result),
            }
        });
        let task = task.abort_handle();
        opened.insert(name, OpenCall { task, starts_job });
    }

    fn abandon(&self, execution: &ExecutionId, key: CallKey) {
        if let Some(call) = lock(&self.open).remove(&(execution.clone(), key))
            && !call.starts_job
        {
            call.task.abort();
        }
    }

    fn recovery(&self, call: &Call) -> Recovery {
        let is_repeatable = || {
            let resource = resource_ref(&call.resource);
            connectors::is_repeatable(&resource) || starts_execution(&resource)
        };
        match call.purpose {
            CallPurpose::Await { .. } | CallPurpose::Cancel { .. } => Recovery::Repeat,
            CallPurpose::Submit if call.resend || self.resend_writes || is_repeatable() => {
                Recovery::Repeat
            }
            CallPurpose::Submit => Recovery::Unknown,
        }
    }
}

/// On this server: it knows a start again by the call's key.
fn starts_execution(resource: &ResourceRef) -> bool {
    let operation = connectors::operation(resource);
    operation.is_some_and(|operation| {
        (operation.service().boto_name(), operation.name()) == ("stepfunctions", "StartExecution")
    })
}

/// Whether it starts a nested execution that its task waits for.
fn starts_job(call: &Call) -> bool {
    let waits = matches!(call.resource.pattern, Pattern::Sync | Pattern::Sync2);
    waits && call.purpose == CallPurpose::Submit && starts_execution(&resource_ref(&call.resource))
}

/// What follows a nested execution's start is for the API, which knows its end.
async fn nested(this_server: &ThisServer, execution: &ExecutionId, call: &Call) -> CallResult {
    let service = this_server.get().await.step_functions;
    let answered = service.nested_call(execution, call).await;
    answered.unwrap_or_else(|| Err(cannot_wait(call)))
}

fn tell(
    metrics: &Metrics,
    log: &Log,
    execution: &ExecutionId,
    call: &Call,
    result: &CallResult,
    took: Duration,
) {
    let (service, action) = service_and_action(call);
    let error = result.as_ref().err().map(|failure| failure.error.as_str());
    metrics.call(&service, &action, error, took);
    if log.is_enabled(LogLevel::Debug) {
        log.debug(
            "call answered",
            &[
                ("execution", execution),
                ("state", &call.state_name),
                ("service", &service),
                ("action", &action),
                ("milliseconds", &took.as_millis()),
                ("error", &error.unwrap_or("none")),
            ],
        );
    }
}

fn cannot_wait(call: &Call) -> CallFailure {
    CallFailure {
        error: failure::names::RUNTIME.to_owned(),
        cause: format!(
            "The state '{}' cannot run: waiting for the end of {} is not supported yet",
            call.state_name, call.resource.arn
        ),
    }
}

fn service_and_action(call: &Call) -> (String, String) {
    match resource_ref(&call.resource) {
        ResourceRef::AwsSdk { service, action } | ResourceRef::Optimized { service, action } => {
            (service, action)
        }
        ResourceRef::LambdaFunction { .. } => ("lambda".to_owned(), "invoke".to_owned()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
