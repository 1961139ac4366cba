//! A SAM template: the functions, the state machines and the values of their substitutions.
//!
//! Only what a local run needs is read, and only when it is needed: what cannot be resolved (an import from another stack, a generated
//! id) is an error where somebody asks for it. Names that CloudFormation would generate are the logical ids here.

mod find;
mod function;
mod resolve;
mod resource;
mod state_machine;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use states_language::source::{Source, Span};
use states_language::syntax::{self, Node};

pub use function::Function;
pub use state_machine::StateMachine;

use resolve::Resolver;

/// AWS's account in examples; everything in a template belongs to it unless `AWS::AccountId` is given.
pub const ACCOUNT_ID: &str = "123456789012";
const DEFAULT_REGION: &str = "us-east-1";

/// Something in the template that is wrong or cannot be resolved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problem {
    pub message: String,
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    pub hint: Option<String>,
}

impl Problem {
    fn new(source: &Source, span: Span, message: impl Into<String>) -> Problem {
        let position = source.position(span.start);
        Problem {
            message: message.into(),
            file: source.name().to_owned(),
            line: position.line,
            column: position.column,
            hint: None,
        }
    }

    fn with_hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem {
            file,
            line,
            column,
            message,
            hint,
        } = self;
        write!(f, "{file}:{line}:{column}: {message}")?;
        hint.iter().try_for_each(|hint| write!(f, " ({hint})"))
    }
}

/// Values that do not stand in the template.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Of parameters, and of pseudo parameters such as `AWS::AccountId`.
    pub parameters: BTreeMap<String, String>,
    /// `us-east-1` if not given.
    pub region: Option<String>,
}

/// A template that was read.
#[derive(Debug)]
pub struct Template {
    path: PathBuf,
    source: Source,
    root: Node,
    settings: Settings,
}

impl Template {
    /// Reads a template's text; `path` tells where its relative paths begin.
    pub fn read(path: &Path, text: &str, settings: Settings) -> Result<Template, Vec<Problem>> {
        let source = Source::new(path.display().to_string(), text);
        let root = syntax::parse(&source)
            .map_err(|error| vec![Problem::new(&source, error.span, error.message)])?;
        if root
            .get("Resources")
            .is_none_or(|node| node.members().is_none())
        {
            let message = "This is no template: it has no object 'Resources'";
            return Err(vec![Problem::new(&source, root.span, message)]);
        }
        Ok(Template {
            path: path.to_owned(),
            source,
            root,
            settings,
        })
    }

    /// Twelve digits: in which account the template's resources are.
    pub fn account_id(&self) -> &str {
        let given = self.settings.parameters.get("AWS::AccountId");
        given.map_or(ACCOUNT_ID, String::as_str)
    }

    /// Puts its resources into an account, unless `AWS::AccountId` was given.
    pub fn set_account_id(&mut self, account_id: &str) {
        let parameters = &mut self.settings.parameters;
        parameters
            .entry("AWS::AccountId".to_owned())
            .or_insert_with(|| account_id.to_owned());
    }

    /// In which region the template's resources are.
    pub fn region(&self) -> &str {
        let given = self.settings.parameters.get("AWS::Region");
        given
            .or(self.settings.region.as_ref())
            .map_or(DEFAULT_REGION, String::as_str)
    }

    /// All functions whose condition, if they have one, is true, also those that cannot run here.
    pub fn functions(&self) -> Result<Vec<Function>, Vec<Problem>> {
        let (functions, problems): (Vec<_>, Vec<_>) = self
            .resources()
            .filter_map(|resource| function::function(self, resource).transpose())
            .partition(Result::is_ok);
        match problems.is_empty() {
            true => Ok(functions.into_iter().flatten().collect()),
            false => Err(problems.into_iter().filter_map(Result::err).collect()),
        }
    }

    /// The state machine whose `DefinitionUri` is `definition`, if the template has one.
    pub fn state_machine_for(&self, definition: &Path) -> Result<Option<StateMachine>, Problem> {
        for resource in self.resources() {
            if let Some(machine) = state_machine::state_machine(self, resource, definition)? {
                return Ok(Some(machine));
            }
        }
        Ok(None)
    }

    /// Whether a value can be given to `name`: a parameter's, or a pseudo parameter's.
    pub fn has_parameter(&self, name: &str) -> bool {
        let parameters = self.root.get("Parameters");
        name.starts_with("AWS::")
            || parameters.is_some_and(|parameters| parameters.get(name).is_some())
    }

    fn resolver(&self) -> Resolver<'_> {
        Resolver::new(self)
    }

    fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        let resources = self.root.get("Resources").and_then(Node::members);
        resources
            .unwrap_or_default()
            .iter()
            .map(|member| Resource::new(&member.key, &member.value))
    }

    fn resource(&self, logical_id: &str) -> Option<Resource<'_>> {
        self.resources()
            .find(|resource| resource.logical_id == logical_id)
    }

    /// A path of the template, from the current folder.
    fn beside(&self, relative: &str) -> PathBuf {
        let folder = self.path.parent().unwrap_or_else(|| Path::new(""));
        normal(&folder.join(relative))
    }
}

/// One of `Resources`.
#[derive(Clone, Copy)]
struct Resource<'t> {
    logical_id: &'t str,
    type_name: &'t str,
    node: &'t Node,
}

impl<'t> Resource<'t> {
    fn new(logical_id: &'t str, node: &'t Node) -> Resource<'t> {
        let type_name = node.get("Type").and_then(Node::as_str).unwrap_or_default();
        Resource {
            logical_id,
            type_name,
            node,
        }
    }

    fn property(&self, name: &str) -> Option<&'t Node> {
        self.node.get("Properties")?.get(name)
    }
}

/// Without `.` and, as far as the text tells, `..`.
fn normal(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut parts = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(parts.components().next_back(), Some(Component::Normal(_))) =>
            {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    match parts.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => parts,
    }
}

#[cfg(test)]
mod tests;
