//! Where expressions look things up: `$`, the context object, variables and `$states`, each built when first asked for.

use std::cell::OnceCell;

use query::{Environment, Payload};
use serde_json::{Map, Value, json};
use states_language::machine::Kind;
use states_language::resource::Pattern;

use crate::execution::{Children, Execution, Frame, Phase};
use crate::states::map;
use crate::time::iso_of_millis;
use crate::token::TaskToken;

pub(crate) struct Names<'a> {
    pub execution: &'a Execution,
    /// Not among the execution's frames while its state runs.
    pub frame: &'a Frame,
    /// `$` of JSONPath.
    pub dollar: &'a Payload,
    /// `$states.result`.
    pub result: Option<&'a Payload>,
    /// `$states.errorOutput`.
    pub error_output: Option<&'a Payload>,
    /// The item that `ItemSelector` is evaluated for.
    pub item: Option<(&'a Children, u32)>,
    pub built: Built,
}

/// What was asked for so far.
#[derive(Default)]
pub(crate) struct Built {
    context: OnceCell<Value>,
    state_machine: OnceCell<Value>,
    state: OnceCell<Value>,
    map: OnceCell<Option<Value>>,
    task: OnceCell<Option<Value>>,
    states: OnceCell<Value>,
}

/// The members of the context object:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>.
const CONTEXT_MEMBERS: [&str; 5] = ["Execution", "StateMachine", "State", "Map", "Task"];

impl Names<'_> {
    /// Holds the execution's input, which may be large: made once for all its states and items.
    fn context_execution(&self) -> &Value {
        let identity = &self.execution.identity;
        self.execution.context_execution.get_or_init(|| {
            let mut context = json!({
                "Id": identity.execution_arn.as_ref(),
                "Input": self.execution.input.value(),
                "StartTime": iso_of_millis(self.execution.start_millis),
                "Name": identity.execution_name.as_ref(),
                "RoleArn": identity.role_arn.as_ref(),
                "RedriveCount": self.execution.redrive_count,
            });
            if let Some(millis) = self.execution.redrive_millis {
                context["RedriveTime"] = iso_of_millis(millis).into();
            }
            context
        })
    }

    fn context_state_machine(&self) -> Value {
        let identity = &self.execution.identity;
        json!({"Id": identity.state_machine_arn.as_ref(), "Name": identity.state_machine_name.as_ref()})
    }

    fn context_state(&self) -> Value {
        let entry = &self.frame.entry;
        let mut state = Map::new();
        state.insert("Name".into(), self.frame.state.name.as_ref().into());
        state.insert(
            "EnteredTime".into(),
            iso_of_millis(entry.entered_millis).into(),
        );
        if let Kind::Task(_) | Kind::Parallel(_) | Kind::Map(_) = self.frame.state.kind {
            state.insert("RetryCount".into(), entry.retry_count().into());
        }
        Value::Object(state)
    }

    fn context_map(&self) -> Option<Value> {
        let (children, index) = self.item.or_else(|| self.enclosing_item())?;
        Some(json!({"Item": map::item_context(children, index)}))
    }

    fn context_task(&self) -> Option<Value> {
        match &self.frame.state.kind {
            Kind::Task(task) if task.resource.pattern != Pattern::RequestResponse => {
                let token = TaskToken::new(&self.execution.identity, self.frame.attempt_key());
                Some(json!({"Token": token.to_string()}))
            }
            _ => None,
        }
    }

    /// The item of the nearest Map around the frame.
    fn enclosing_item(&self) -> Option<(&Children, u32)> {
        let mut link = self.frame.parent;
        while let Some(parent) = link {
            let frame = self.execution.frames.get(&parent.frame)?;
            if let (Kind::Map(_), Phase::Children(children)) = (&frame.state.kind, &frame.phase) {
                return Some((children, parent.index));
            }
            link = frame.parent;
        }
        None
    }

    /// All variables that can be read, innermost first. No scope hides another's: the validator refuses that.
    pub fn visible_variables(&self) -> Vec<&(std::sync::Arc<str>, Payload)> {
        self.scopes().flat_map(|frame| &frame.variables).collect()
    }

    /// This frame and those around it, innermost first.
    fn scopes(&self) -> impl Iterator<Item = &Frame> {
        let parent_of = |frame: &&Frame| {
            frame
                .parent
                .and_then(|parent| self.execution.frames.get(&parent.frame))
        };
        std::iter::successors(Some(self.frame), move |frame| parent_of(frame))
    }
}

impl Environment for Names<'_> {
    fn input(&self) -> &Value {
        self.dollar.value()
    }

    fn context(&self) -> &Value {
        self.built.context.get_or_init(|| {
            CONTEXT_MEMBERS
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), self.context_member(name)?.clone())))
                .collect()
        })
    }

    fn context_member(&self, name: &str) -> Option<&Value> {
        if let Some(context) = &self.execution.context
            && !(name == "Map" && self.item.is_some())
        {
            return context.get(name);
        }
        match name {
            "Execution" => Some(self.context_execution()),
            "StateMachine" => Some(
                self.built
                    .state_machine
                    .get_or_init(|| self.context_state_machine()),
            ),
            "State" => Some(self.built.state.get_or_init(|| self.context_state())),
            "Map" => self.built.map.get_or_init(|| self.context_map()).as_ref(),
            "Task" => self.built.task.get_or_init(|| self.context_task()).as_ref(),
            _ => None,
        }
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        self.scopes()
            .find_map(|frame| {
                frame
                    .variables
                    .iter()
                    .find(|(known, _)| known.as_ref() == name)
            })
            .map(|(_, value)| value.value())
    }

    fn states(&self) -> Option<&Value> {
        Some(self.built.states.get_or_init(|| {
            let members = ["input", "context", "result", "errorOutput"];
            members
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), self.states_member(name)?.clone())))
                .collect()
        }))
    }

    fn states_member(&self, name: &str) -> Option<&Value> {
        match name {
            "input" => Some(self.frame.input.value()),
            "context" => Some(self.context()),
            "result" => self.result.map(Payload::value),
            "errorOutput" => self.error_output.map(Payload::value),
            _ => None,
        }
    }
}
