//! What workers call: GetActivityTask, SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat.

use std::time::Duration;

use engine::{Machines, TokenError};
use interpreter::TaskToken;
use interpreter::event::ErrorDetail;
use query::Payload;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arn::{Arn, Resource};
use crate::service::Call;
use crate::{Error, Service};

/// How long a worker waits for work before it is told that there is none.
const LONG_POLL: Duration = Duration::from_secs(60);
/// For a task that is being committed when the time is over. If there is none, nobody waits.
const LAST_MOMENT: Duration = Duration::from_millis(500);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Poll {
    activity_arn: String,
    worker_name: Option<String>,
}

/// Answers GetActivityTask: within a minute, without members when there was no work. Dropped before, nothing is lost: the
/// task stays with the next worker.
pub(crate) async fn get_activity_task(service: &Service, call: &Call) -> Result<Value, Error> {
    let Poll {
        activity_arn,
        worker_name,
    } = call.input()?;
    let parsed = Arn::parse(&activity_arn)?;
    let Resource::Activity { .. } = parsed.resource else {
        return Err(parsed.wrong_type());
    };
    if !service.control().activity_exists(&activity_arn) {
        return Err(Error::ActivityDoesNotExist(activity_arn));
    }
    let (sender, mut receiver) = tokio::sync::oneshot::channel();
    let poll = service.runtime().engine.poll_activity(
        &activity_arn.into(),
        worker_name.map(Into::into),
        Box::new(move |task| drop(sender.send(task))),
    );
    let mut answer = tokio::time::timeout(LONG_POLL, &mut receiver).await;
    drop(poll);
    if answer.is_err() {
        // A task that was on its way just then is not lost.
        answer = tokio::time::timeout(LAST_MOMENT, receiver).await;
    }
    let Ok(Ok(Some(task))) = answer else {
        return Ok(json!({}));
    };
    Ok(json!({
        "taskToken": task.token.to_string(),
        "input": task.input.text().as_ref(),
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    task_token: String,
    output: Option<String>,
    error: Option<String>,
    cause: Option<String>,
}

impl Answer {
    fn token(&self) -> Result<TaskToken, Error> {
        self.task_token
            .parse()
            .map_err(|_| refused(TokenError::Invalid))
    }
}

/// Answers SendTaskSuccess.
pub(crate) async fn send_task_success(service: &Service, call: &Call) -> Result<Value, Error> {
    let answer: Answer = call.input()?;
    // AWS looks at the token first.
    let token = answer.token()?;
    let output = answer.output.unwrap_or_default();
    let output = Payload::parse(output).map_err(|error| Error::InvalidOutput(error.to_string()))?;
    send(service, &token, Ok(output), call).await
}

/// Answers SendTaskFailure.
pub(crate) async fn send_task_failure(service: &Service, call: &Call) -> Result<Value, Error> {
    let answer: Answer = call.input()?;
    let token = answer.token()?;
    let failure = ErrorDetail {
        error: answer.error.map(Into::into),
        cause: answer.cause.map(Into::into),
    };
    send(service, &token, Err(failure), call).await
}

async fn send(
    service: &Service,
    token: &TaskToken,
    result: interpreter::TaskResult,
    call: &Call,
) -> Result<Value, Error> {
    let audit = Some(call.audit(token.execution_arn()));
    let runtime = service.runtime();
    let answered = runtime.ask(|engine, reply| engine.answer_task(token, result, audit, reply));
    answered.await?.map_err(refused)?;
    Ok(json!({}))
}

/// Answers SendTaskHeartbeat.
pub(crate) async fn send_task_heartbeat(service: &Service, call: &Call) -> Result<Value, Error> {
    let token = call.input::<Answer>()?.token()?;
    let runtime = service.runtime();
    let answered = runtime.ask(|engine, reply| engine.heartbeat(&token, reply));
    answered.await?.map_err(refused)?;
    Ok(json!({}))
}

fn refused(error: TokenError) -> Error {
    match error {
        TokenError::Invalid => Error::InvalidToken("Invalid token".to_owned()),
        TokenError::TimedOut => {
            Error::TaskTimedOut("Provided task does not exist anymore".to_owned())
        }
        TokenError::DoesNotExist => {
            Error::TaskDoesNotExist("Provided task does not exist".to_owned())
        }
        TokenError::Store(error) => error.into(),
    }
}
