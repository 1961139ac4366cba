//! A run whose writes are only told. Its reads are real, and a loop that waits for what no write has brought about ends it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use connectors::{CallRequest, Connectors, rehearsal};
use interpreter::{Call, CallResult, FrameId};
use query::Payload;
use serde_json::Value;

use super::access::Access;
use super::reach;
use crate::progress::{DIM, Line, PLAIN, Progress, RETRYING};

/// So often one walk through a workflow may get the same answer to the same read; then nothing new is to be expected of it.
const SAME_ANSWERS: u32 = 4;
/// And so often any answer: some carry the time, or the request's id.
const ANSWERS: u32 = 20;
/// So often all walks together, such as the items of a Map, may get the same answer: then AWS is not asked again.
const SAME_ANSWERS_IN_ALL: u32 = 50;
/// Reads in a row that brought nothing new, in whatever walks.
const MAX_REPEATS: usize = 2_000;
/// So often one walk may make the same write.
const SAME_WRITES: u32 = 1_000;

/// A write that was not made.
#[derive(Debug, Clone, PartialEq)]
pub struct Would {
    /// Id of the `TaskStateEntered` event.
    pub task: u64,
    pub state_name: String,
    /// `ec2:rebootInstances`
    pub action: String,
    /// Without what the models mark as sensitive, here and in what was read.
    pub arguments: Value,
    pub role_arn: Option<String>,
}

/// How a call is to be answered.
pub enum Way {
    /// By AWS, or by a function that the user trusts to read only.
    Really,
    /// By a value of its shape.
    Rehearsed,
    /// As before: asking again would bring nothing new.
    AsBefore(CallResult),
    /// Not at all: the dry run ends.
    DeadEnd,
}

pub struct DryRun {
    /// Answers instead of AWS.
    pub rehearsal: Connectors,
    access: Access,
    progress: Arc<Progress>,
    /// Ends the run, with the reason.
    end: Box<dyn Fn(String) + Send + Sync>,
    course: Mutex<Course>,
}

/// What has happened so far.
#[derive(Default)]
struct Course {
    would: Vec<Would>,
    /// Writes that differ, as text, and how many of them each walk has come to.
    different: HashSet<String>,
    progress: HashMap<FrameId, usize>,
    seen: HashMap<Asked, Seen>,
    /// Walks that only repeat themselves, and how many reads in a row were such ones.
    stuck: BTreeSet<FrameId>,
    repeats: usize,
    /// How often an answer was changed to what may be later: for one walk, or for all of them.
    pretended: HashMap<(Option<FrameId>, Asked), usize>,
    /// The states of which that was told.
    pretending: HashSet<Arc<str>>,
    dead_end: Option<String>,
    /// Of what was read.
    secrets: rehearsal::Secrets,
}

/// State and arguments.
type Asked = (Arc<str>, Arc<str>);
/// A walk through a workflow since its latest new write.
type Walk = (FrameId, usize);

/// The latest answer to a call, and how often it came.
struct Seen {
    answer: CallResult,
    in_all: u32,
    by_walk: HashMap<Walk, Times>,
}

#[derive(Default)]
struct Times {
    same: u32,
    any: u32,
}

/// The answer of a read that would bring nothing new: to this walk, or to none.
struct Known {
    answer: CallResult,
    walk: Option<FrameId>,
}

impl Course {
    fn walk(&self, call: &Call) -> Walk {
        let frame = call.key.frame;
        (frame, self.progress.get(&frame).copied().unwrap_or(0))
    }

    fn known(&self, call: &Call) -> Option<Known> {
        let seen = self.seen.get(&asked(call))?;
        let times = seen.by_walk.get(&self.walk(call));
        let is_stuck = times.is_some_and(|t| t.same >= SAME_ANSWERS || t.any >= ANSWERS);
        (is_stuck || seen.in_all >= SAME_ANSWERS_IN_ALL).then(|| Known {
            answer: seen.answer.clone(),
            walk: is_stuck.then_some(call.key.frame),
        })
    }

    /// Whether a walk makes the same write without end.
    fn writes_on(&self, call: &Call) -> bool {
        let seen = self.seen.get(&asked(call));
        let times = seen.and_then(|seen| seen.by_walk.get(&self.walk(call)));
        times.is_some_and(|times| times.any >= SAME_WRITES)
    }

    /// What a known answer may be later; each time another one, until there is none.
    fn later(&mut self, call: &Call, request: &CallRequest, known: &Known) -> Option<Payload> {
        let answer = known.answer.as_ref().ok()?;
        let count = self.pretended.entry((known.walk, asked(call))).or_default();
        let later = rehearsal::later(&request.resource, answer.value(), *count)?;
        *count += 1;
        Some(Payload::from_value(later))
    }
}

fn asked(call: &Call) -> Asked {
    (call.state_name.clone(), call.arguments.text().clone())
}

impl DryRun {
    pub fn new(
        rehearsal: Connectors,
        access: Access,
        progress: Arc<Progress>,
        end: Box<dyn Fn(String) + Send + Sync>,
    ) -> DryRun {
        DryRun {
            rehearsal,
            access,
            progress,
            end,
            course: Mutex::default(),
        }
    }

    fn course(&self) -> MutexGuard<'_, Course> {
        self.course.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The writes so far, in their order.
    pub fn would(&self) -> Vec<Would> {
        self.course().would.clone()
    }

    /// Why the run ended before its end.
    pub fn dead_end(&self) -> Option<String> {
        self.course().dead_end.clone()
    }

    /// How a call is to be answered.
    pub fn way(&self, call: &Call, request: &CallRequest) -> Way {
        let mut course = self.course();
        if !self.access.is_read(&request.resource) {
            return match course.writes_on(call) {
                true => self.dead_end_at(&mut course, call, request, "makes the same write with"),
                false => Way::Rehearsed,
            };
        }
        let frame = call.key.frame;
        let Some(known) = course.known(call) else {
            course.repeats = 0;
            course.stuck.remove(&frame);
            // What was never made cannot be looked at.
            return match rehearsal::mentions_placeholder(&request.arguments) {
                true => Way::Rehearsed,
                false => Way::Really,
            };
        };
        course.stuck.insert(frame);
        course.repeats += 1;
        // Others may still get on.
        if course.repeats <= course.stuck.len().min(MAX_REPEATS) {
            return Way::AsBefore(known.answer);
        }
        let Some(later) = course.later(call, request, &known) else {
            return self.dead_end_at(&mut course, call, request, "gets the same answer from");
        };
        if course.pretending.insert(call.state_name.clone()) {
            self.progress.note(&format!(
                "{} gets the same answer over and over; from now on it gets made-up ones, as if what it waits for came about",
                call.state_name
            ));
        }
        Way::AsBefore(Ok(later))
    }

    fn dead_end_at(
        &self,
        course: &mut Course,
        call: &Call,
        request: &CallRequest,
        does: &str,
    ) -> Way {
        if course.dead_end.is_none() {
            let reason = format!(
                "the dry run ends here: the state '{}' {does} {} over and over; it may wait for what a \
                 write would bring about. A mock for it (--mocks, --case) leads on.",
                call.state_name,
                reach::action(&request.resource)
            );
            course.dead_end = Some(reason.clone());
            (self.end)(reason);
        }
        Way::DeadEnd
    }

    /// Takes note of what must not be told of a real answer.
    pub fn learn_secrets(&self, request: &CallRequest, result: &CallResult) {
        if let Ok(answer) = result {
            let mut course = self.course();
            course.secrets.learn(&request.resource, answer.value());
        }
    }

    /// Keeps an answer. While nothing would have been written, a failure that comes again is the definition's own affair.
    pub fn answered(&self, call: &Call, result: &CallResult) {
        let mut course = self.course();
        if result.is_err() && course.would.is_empty() {
            return;
        }
        let walk = course.walk(call);
        let seen = course.seen.entry(asked(call)).or_insert_with(|| Seen {
            answer: result.clone(),
            in_all: 0,
            by_walk: HashMap::new(),
        });
        if seen.answer != *result {
            seen.answer = result.clone();
            seen.in_all = 0;
            seen.by_walk.values_mut().for_each(|times| times.same = 0);
        }
        seen.in_all += 1;
        let times = seen.by_walk.entry(walk).or_default();
        times.same += 1;
        times.any += 1;
    }

    /// Notes a call that was answered and not made, if it would have written.
    pub fn not_made(&self, call: &Call, request: &CallRequest) {
        if self.access.is_read(&request.resource) {
            return;
        }
        let mut course = self.course();
        let would = Would {
            task: call.key.task,
            state_name: call.state_name.to_string(),
            action: reach::action(&request.resource),
            arguments: course.secrets.hide(&with_function(request)),
            role_arn: request.role_arn.clone(),
        };
        self.progress.tell(
            Line::new()
                .add(RETRYING, format!("would {}", would.action))
                .add(PLAIN, format!("  {}  ", would.state_name))
                .add(DIM, would.arguments.to_string()),
        );
        // The walk gets on: what it has read may be worth another look.
        let text = format!("{} {} {}", would.state_name, would.action, would.arguments);
        if course.different.insert(text) {
            *course.progress.entry(call.key.frame).or_default() += 1;
            course.repeats = 0;
            course.stuck.remove(&call.key.frame);
        }
        course.would.push(would);
    }
}

/// A function's own ARN stands in the resource: its arguments alone would not tell what is called.
fn with_function(request: &CallRequest) -> Value {
    let arguments = request.shown_arguments();
    match &request.resource {
        connectors::ResourceRef::LambdaFunction { arn } => {
            serde_json::json!({"FunctionName": arn, "Payload": arguments})
        }
        _ => arguments,
    }
}
