//! TestState: one state with real calls or a mocked end, and what its fields made of the data.

mod context;
mod definition;
mod inspection;
mod items;
mod mock;
mod schema;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use interpreter::event::{Detail, ErrorDetail};
use interpreter::failure::without_state;
use interpreter::{
    CallFailure, CallKey, Command, Event, Execution, Identity, Input, Limits, Mocked, Rest, Status,
    Step, TimerKey, TimerPurpose, World,
};
use query::Payload;
use serde::Deserialize;
use serde_json::{Map, Value};
use states_language::machine::Machine;
use uuid::Uuid;

use self::definition::Found;
use self::inspection::Recorder;
use self::mock::{Configuration, Mock};
use crate::service::Call;
use crate::{Error, Service};

/// A test ends after five minutes, as on AWS.
const LONGEST_TEST: Duration = Duration::from_secs(5 * 60);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    definition: String,
    role_arn: Option<String>,
    input: Option<String>,
    #[serde(default)]
    inspection_level: InspectionLevel,
    variables: Option<String>,
    state_name: Option<String>,
    mock: Option<Mock>,
    context: Option<String>,
    #[serde(default)]
    state_configuration: Configuration,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "UPPERCASE")]
enum InspectionLevel {
    #[default]
    Info,
    Debug,
    Trace,
}

/// Answers TestState.
pub(crate) async fn test_state(service: &Service, call: &Call) -> Result<Value, Error> {
    let request: Request = call.input()?;
    let found = definition::of_state(&request.definition, request.state_name.as_deref())?;
    if request.mock.is_none() {
        refuse_what_needs_a_mock(&request, &found)?;
    }
    let outcome = request.mock.as_ref().map(|mock| mock.outcome(&found.state));
    let outcome = outcome.transpose()?;
    let input = parsed(request.input.as_deref(), Error::InvalidExecutionInput)?;
    let variables = parsed(request.variables.as_deref(), |error| {
        Error::validation(format!("Invalid variables provided: {error}"))
    })?;
    let Some(variables) = variables.value().as_object().cloned() else {
        return Err(Error::validation(
            "Invalid variables provided: they must be a JSON object",
        ));
    };
    let machine = definition::machine(&found, &variables)?;
    let identity = identity(service, request.role_arn.as_deref());
    let context = match &request.context {
        Some(context) => context::given(context, &input, &found)?,
        None => context::own(&identity, &input, &found, service.now()),
    };
    let mocked = match &outcome {
        Some(outcome) => request.state_configuration.mocked(&found.state, outcome)?,
        None => Mocked::default(),
    };
    let mut execution = Execution::new(identity, &machine, input, service.now());
    execution.set_context(context);
    let given: BTreeMap<Arc<str>, Payload> = variables
        .into_iter()
        .map(|(name, value)| (name.as_str().into(), Payload::from_value(value)))
        .collect();
    execution.set_variables(given.clone());
    let mut test = Test {
        service,
        limits: Limits {
            transitions_per_step: 1,
            ..service.runtime().limits.clone()
        },
        machine: &machine,
        call_outcome: outcome.filter(|_| found.kind() == "Task"),
        is_answered_by_others: found.waits_for_others() || found.is_activity(),
        mocked,
        execution,
        recorder: Recorder::default(),
        variables: given,
        was_entered: false,
        now_millis: service.now(),
        next_state: None,
        outcome: None,
    };
    let ran = tokio::time::timeout(LONGEST_TEST, test.run()).await;
    if ran.is_err() {
        test.outcome = Some(Outcome::TimedOut);
    }
    Ok(test.answer(&request, &found.state))
}

fn refuse_what_needs_a_mock(request: &Request, found: &Found) -> Result<(), Error> {
    request.state_configuration.require_a_mock()?;
    if matches!(found.kind(), "Map" | "Parallel") {
        return Err(Error::TestStateTypeNotSupported);
    }
    if request.context.is_some() {
        return Err(Error::validation(
            "TestState does not support Context when a mock is not specified.",
        ));
    }
    if found.is_activity() || found.waits_for_others() {
        return Err(Error::validation(format!(
            "TestState does not support the resource '{}' when a mock is not specified",
            found.resource()
        )));
    }
    Ok(())
}

fn parsed(text: Option<&str>, refusal: impl Fn(String) -> Error) -> Result<Payload, Error> {
    Payload::parse(text.unwrap_or("{}")).map_err(|error| refusal(error.to_string()))
}

/// A test has an execution's names, though nobody finds one under them.
fn identity(service: &Service, role_arn: Option<&str>) -> Identity {
    let options = service.options();
    let place = format!(
        "arn:{}:states:{}:{}",
        options.partition, options.region, options.account
    );
    let (machine, name) = (Uuid::new_v4(), Uuid::new_v4());
    Identity {
        execution_arn: format!("{place}:express:{machine}:{name}").into(),
        execution_name: name.to_string().into(),
        state_machine_arn: format!("{place}:stateMachine:{machine}").into(),
        state_machine_name: machine.to_string().into(),
        role_arn: role_arn.unwrap_or_default().into(),
        region: options.region.clone(),
        seed: Uuid::new_v4().as_u64_pair().0,
        child_of: None,
    }
}

/// The state at work.
struct Test<'a> {
    service: &'a Service,
    limits: Limits,
    machine: &'a Machine,
    /// Stands for the answer to a Task's call.
    call_outcome: Option<mock::Outcome>,
    /// The call's answer is not the Task's end.
    is_answered_by_others: bool,
    mocked: Mocked,
    execution: Execution,
    recorder: Recorder,
    /// As given, then as the state assigned them.
    variables: BTreeMap<Arc<str>, Payload>,
    was_entered: bool,
    /// When the last step was taken.
    now_millis: i64,
    /// The state that would be entered next, and its input.
    next_state: Option<(Arc<str>, Payload)>,
    outcome: Option<Outcome>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Retriable { backoff_millis: i64 },
    TimedOut,
}

impl Test<'_> {
    async fn run(&mut self) {
        let mut input = Input::Start;
        loop {
            let step = self.step(input);
            self.take_note(step.events);
            if self.next_state.is_some() || step.rest == Rest::Ended {
                return;
            }
            if step.rest == Rest::Yielded {
                input = Input::Continue;
                continue;
            }
            match self.wait(step.commands).await {
                Some(next) => input = next,
                None => return,
            }
        }
    }

    /// What the state assigns, and which state is entered after it.
    fn take_note(&mut self, events: Vec<Event>) {
        for event in events {
            match event.detail {
                Detail::StateEntered { name, input, .. } => {
                    if self.was_entered {
                        self.next_state = Some((name, input));
                        return;
                    }
                    self.was_entered = true;
                }
                Detail::StateExited {
                    assigned_variables, ..
                } => self.variables.extend(assigned_variables),
                _ => {}
            }
        }
    }

    fn step(&mut self, input: Input) -> Step {
        self.now_millis = self.service.now();
        let mut world = World {
            now_millis: self.now_millis,
            limits: &self.limits,
            interrupts: None,
            trace: Some(&mut self.recorder),
            activity_exists: None,
            mocked: Some(&self.mocked),
        };
        interpreter::step(self.machine, &mut self.execution, input, &mut world)
    }

    /// Does what the state wants: a call, or a wait, which nobody has to sit through. None: it would be tried again.
    async fn wait(&mut self, commands: Vec<Command>) -> Option<Input> {
        let now = self.now_millis;
        let mut call = None;
        let mut timers: Vec<(i64, TimerKey)> = Vec::new();
        for command in commands {
            match command {
                Command::Call(wanted) => call = Some(wanted),
                Command::SetTimer {
                    due_millis,
                    purpose: TimerPurpose::RetryBackoff,
                    ..
                } => {
                    let backoff_millis = due_millis - now;
                    self.outcome = Some(Outcome::Retriable { backoff_millis });
                    return None;
                }
                Command::SetTimer {
                    key,
                    purpose: TimerPurpose::Wait,
                    ..
                } => return Some(Input::TimerFired(key)),
                Command::SetTimer {
                    key, due_millis, ..
                } => timers.push((due_millis, key)),
                _ => {}
            }
        }
        let call = call?;
        if let Some(outcome) = self.call_outcome.take() {
            return Some(self.mocked_answer(call.key, outcome));
        }
        let id = self.execution.identity.execution_arn.clone();
        let answer = self.service.runtime().performer.perform(&id, &call);
        let Some((due_millis, timer)) = timers.into_iter().min() else {
            let result = answer.await;
            return Some(Input::CallCompleted {
                key: call.key,
                result,
            });
        };
        let left = u64::try_from(due_millis - now).unwrap_or(0);
        Some(
            match tokio::time::timeout(Duration::from_millis(left), answer).await {
                Ok(result) => Input::CallCompleted {
                    key: call.key,
                    result,
                },
                Err(_) => Input::TimerFired(timer),
            },
        )
    }

    fn mocked_answer(&self, key: CallKey, outcome: mock::Outcome) -> Input {
        match self.is_answered_by_others {
            true => Input::TaskAnswered {
                key,
                result: outcome.map_err(|failure| ErrorDetail {
                    error: failure.error,
                    cause: failure.cause,
                }),
            },
            false => Input::CallCompleted {
                key,
                result: outcome.map_err(|failure| CallFailure {
                    error: failure.error_name().to_owned(),
                    cause: failure.cause.as_deref().unwrap_or_default().to_owned(),
                }),
            },
        }
    }

    fn answer(&self, request: &Request, state: &Value) -> Value {
        let mut answer = Map::new();
        let mut put = |name: &str, value: Value| drop(answer.insert(name.to_owned(), value));
        let fail = |put: &mut dyn FnMut(&str, Value), failure: &interpreter::Failure| {
            if let Some(error) = &failure.error {
                put("error", error.as_ref().into());
            }
            if let Some(cause) = &failure.cause {
                put("cause", without_state(cause).into());
            }
        };
        let handled = self.recorder.failed.as_ref();
        let status = match (&self.execution.status, self.outcome) {
            (_, Some(Outcome::TimedOut)) => {
                fail(&mut put, &interpreter::Failure::timeout());
                "FAILED"
            }
            (_, Some(Outcome::Retriable { .. })) => {
                if let Some(handled) = handled {
                    fail(&mut put, &handled.failure);
                }
                "RETRIABLE"
            }
            (Status::Succeeded { .. } | Status::Running, None) => {
                match (&self.next_state, &self.execution.status) {
                    (Some((name, output)), _) => {
                        put("output", output.text().as_ref().into());
                        put("nextState", name.as_ref().into());
                    }
                    (None, Status::Succeeded { output }) => {
                        put("output", output.text().as_ref().into());
                    }
                    (None, _) => {}
                }
                match handled {
                    Some(handled) => {
                        fail(&mut put, &handled.failure);
                        "CAUGHT_ERROR"
                    }
                    None => "SUCCEEDED",
                }
            }
            (
                Status::Failed(failure) | Status::TimedOut(failure) | Status::Aborted(failure),
                None,
            ) => {
                fail(&mut put, failure);
                "FAILED"
            }
        };
        put("status", status.into());
        if request.inspection_level != InspectionLevel::Info {
            let backoff_millis = match self.outcome {
                Some(Outcome::Retriable { backoff_millis }) => Some(backoff_millis),
                _ => None,
            };
            let items_read = self.mocked.read_items.as_ref();
            let data = inspection::data(
                &self.recorder,
                state,
                &self.variables,
                backoff_millis,
                items_read,
            );
            put("inspectionData", data);
        }
        Value::Object(answer)
    }
}
