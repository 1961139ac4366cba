//! What is exported: one model for all formats, made of a template or of a bare definition.
//!
//! Values are CloudFormation's (see [`super::cloudformation_value`]).

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::definition::Definition;
use super::types::{self, ResourceType};

#[derive(Debug, Default)]
pub struct Module {
    /// In lower case with hyphens: how the folder or the definition is called.
    pub name: String,
    pub description: Option<String>,
    /// `Metadata`, `Parameters`, `Mappings`, `Conditions`, `Outputs`: as in the template.
    pub metadata: Map<String, Value>,
    pub parameters: Map<String, Value>,
    pub mappings: Map<String, Value>,
    pub conditions: Map<String, Value>,
    pub outputs: Map<String, Value>,
    pub machines: Vec<StateMachine>,
    pub functions: Vec<Function>,
    pub triggers: Vec<Trigger>,
    /// All that is neither state machine nor function, in the order of the template.
    pub others: Vec<Resource>,
    /// What of the template is not in the export or is another thing there: said aloud, and in comments.
    pub notes: Vec<String>,
}

#[derive(Debug)]
pub struct StateMachine {
    pub id: String,
    pub condition: Option<String>,
    /// Properties in SAM's names, with those of `Globals`, without definition, policies and events.
    pub properties: Map<String, Value>,
    /// `Metadata`, where the extensions stand.
    pub metadata: Option<Value>,
    pub definition: Definition,
    /// What the template itself allows the state machine.
    pub policies: Vec<Policy>,
    /// What its role has to allow.
    pub role: Vec<Statement>,
}

#[derive(Debug)]
pub struct Function {
    pub id: String,
    pub condition: Option<String>,
    /// Properties in SAM's names, with those of `Globals`, without code, policies and events.
    pub properties: Map<String, Value>,
    pub code: Code,
    pub policies: Vec<Policy>,
}

#[derive(Debug)]
pub enum Code {
    /// A folder, or a file in it; where `sam build` leaves what it makes of it; and how the template writes it.
    Folder {
        path: PathBuf,
        built: PathBuf,
        uri: String,
    },
    Inline(String),
    /// Anywhere else, as the template writes it.
    Elsewhere(Value),
}

#[derive(Debug, Clone)]
pub enum Policy {
    /// The ARN or name of a managed policy.
    Managed(Value),
    /// SAM's policy template and its parameters.
    Template(String, Map<String, Value>),
    Statements(Vec<Value>),
}

/// An `Allow` of a role.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub sid: String,
    pub actions: Vec<String>,
    pub resources: Vec<Value>,
    pub condition: Option<Value>,
    /// It names the state machine whose role it is in.
    pub is_about_itself: bool,
    /// Why the resources are not narrower.
    pub comment: Option<String>,
}

/// One of the `Events` of a function or a state machine.
#[derive(Debug)]
pub struct Trigger {
    /// Logical id of what is started.
    pub target: String,
    pub starts_machine: bool,
    pub name: String,
    pub kind: TriggerKind,
    pub properties: Map<String, Value>,
    /// Policies of ours: `Metadata: Stepwright: Schedules: NAME`.
    pub policies: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriggerKind {
    /// `Schedule`: a rule with a schedule expression.
    RuleSchedule,
    /// `ScheduleV2`: EventBridge Scheduler.
    Schedule,
    /// `EventBridgeRule`, `CloudWatchEvent`.
    Pattern,
    /// Everything else, which only SAM understands.
    Other,
}

/// A resource as the template has it.
#[derive(Debug)]
pub struct Resource {
    pub id: String,
    pub type_name: String,
    pub condition: Option<String>,
    /// The whole of it, with `Type`.
    pub value: Value,
}

impl Resource {
    pub fn properties(&self) -> Map<String, Value> {
        match self.value.get("Properties") {
            Some(Value::Object(properties)) => properties.clone(),
            _ => Map::new(),
        }
    }
}

impl Trigger {
    /// What SAM calls the resource that it makes of it.
    pub fn id(&self) -> String {
        format!("{}{}", self.target, self.name)
    }
}

impl Module {
    /// The type of what a logical id names, and its condition.
    pub fn resource(&self, id: &str) -> Option<(&str, Option<&str>)> {
        let machine = self.machines.iter().find(|machine| machine.id == id);
        if let Some(machine) = machine {
            return Some((
                "AWS::StepFunctions::StateMachine",
                machine.condition.as_deref(),
            ));
        }
        let function = self.functions.iter().find(|function| function.id == id);
        if let Some(function) = function {
            return Some(("AWS::Lambda::Function", function.condition.as_deref()));
        }
        let other = self.others.iter().find(|other| other.id == id)?;
        Some((&other.type_name, other.condition.as_deref()))
    }

    pub fn resource_type(&self, id: &str) -> Option<&'static ResourceType> {
        types::find(self.resource(id)?.0)
    }

    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}

/// `NightlyRestart` → `nightly-restart` or, by another separator, `nightly_restart`.
pub fn words(name: &str, separator: char) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (i, c) in characters.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            if !out.ends_with(separator) && !out.is_empty() {
                out.push(separator);
            }
            continue;
        }
        let before = i.checked_sub(1).and_then(|i| characters.get(i));
        let begins_word = c.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_ascii_uppercase()
                        && characters.get(i + 1).is_some_and(char::is_ascii_lowercase))
            });
        if begins_word && !out.ends_with(separator) {
            out.push(separator);
        }
        out.push(c.to_ascii_lowercase());
    }
    out.trim_end_matches(separator).to_owned()
}

/// `patch-report` → `PatchReport`: a logical id.
pub fn logical_id(name: &str) -> String {
    let id: String = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .map(|word| {
            let mut characters = word.chars();
            let first = characters.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(characters).collect::<String>()
        })
        .collect();
    match id.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => id,
        false => format!("Machine{id}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{logical_id, words};

    #[test]
    fn names_in_the_ways_of_each_format() {
        assert_eq!(words("NightlyRestart", '-'), "nightly-restart");
        assert_eq!(words("SNSTopic2Arn", '_'), "sns_topic2_arn");
        assert_eq!(words("rolling-restart", '_'), "rolling_restart");
        assert_eq!(words("AWS::Region", '_'), "aws_region");
        assert_eq!(logical_id("patch-report"), "PatchReport");
        assert_eq!(logical_id("2fa.flow"), "Machine2faFlow");
    }
}
