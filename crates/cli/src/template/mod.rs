//! A SAM template: the functions, the state machines and the values of their substitutions.
//!
//! For `run` and `serve --template` only what they need is read, and only when it is needed: what cannot be resolved (an import from
//! another stack, a generated id) is an error where somebody asks for it, and names that CloudFormation would generate are the logical
//! ids. `up` and `export` work out the whole of it as a stack (`evaluate`), with names like CloudFormation's.

mod evaluate;
mod find;
mod foreach;
mod function;
mod include;
mod intrinsic;
mod node;
mod parameters;
mod resolve;
mod resource;
mod sam;
mod state_machine;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use states_language::source::{Source, Span};
use states_language::syntax::{self, Node};

pub use evaluate::{Evaluated, Output, Skipped};
pub use find::{in_folder, user_error};
pub use function::Function;
pub use resource::{is_unsettled, settle, settle_value};
pub use state_machine::StateMachine;

use resolve::Resolver;
use sam::Expansion;

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

    pub fn with_hint(mut self, hint: impl Into<String>) -> Problem {
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

/// A place of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

impl Place {
    pub fn problem(&self, message: impl Into<String>) -> Problem {
        Problem {
            message: message.into(),
            file: self.file.clone(),
            line: self.line,
            column: self.column,
            hint: None,
        }
    }
}

/// Values that do not stand in the template.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Of parameters, and of pseudo parameters such as `AWS::AccountId`; of resources that are elsewhere, too (`Topic`, `Key.Arn`).
    pub parameters: BTreeMap<String, String>,
    /// `us-east-1` if not given.
    pub region: Option<String>,
    /// The stack that is made of it: names are those that CloudFormation would generate. None: there is no stack.
    pub stack: Option<String>,
}

/// A template that was read.
#[derive(Debug)]
pub struct Template {
    path: PathBuf,
    source: Source,
    root: Node,
    settings: Settings,
    /// As CloudFormation would get it.
    expansion: Expansion,
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
        let mut template = Template {
            path: path.to_owned(),
            source,
            root,
            settings,
            expansion: Expansion::default(),
        };
        if let Some(root) = foreach::expand(&template).map_err(|problem| vec![problem])? {
            template.root = root;
        }
        template.expansion = sam::expand(&template);
        Ok(template)
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

    /// One that is written in the template, or that SAM makes.
    fn resource(&self, logical_id: &str) -> Option<Resource<'_>> {
        let mut all = self.resources().chain(self.expanded());
        all.find(|resource| resource.logical_id == logical_id)
    }

    /// The resources as CloudFormation would get them.
    fn expanded(&self) -> impl Iterator<Item = Resource<'_>> {
        self.expansion.resources.iter().map(sam::Expanded::resource)
    }

    /// Everything that can be referred to.
    fn names(&self) -> impl Iterator<Item = &str> {
        let parameters = self.root.get("Parameters").and_then(Node::members);
        let parameters = parameters.unwrap_or_default().iter();
        let resources = self.resources().map(|resource| resource.logical_id);
        parameters
            .map(|member| member.key.as_str())
            .chain(resources)
    }

    /// The stack's name, else the folder's: a stack that is not deployed has none.
    pub fn stack_name(&self) -> String {
        if let Some(stack) = &self.settings.stack {
            return stack.clone();
        }
        let folder = self.path.parent().and_then(Path::file_name);
        let name = folder.map(|name| name.to_string_lossy().into_owned());
        name.unwrap_or_else(|| "stack".to_owned())
    }

    fn place(&self, span: Span) -> Place {
        let position = self.source.position(span.start);
        Place {
            file: self.source.name().to_owned(),
            line: position.line,
            column: position.column,
        }
    }

    /// A path of the template, from the current folder.
    pub fn beside(&self, relative: &str) -> PathBuf {
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
    /// The resource of SAM that it was made of.
    from: Option<&'t str>,
}

impl<'t> Resource<'t> {
    fn new(logical_id: &'t str, node: &'t Node) -> Resource<'t> {
        let type_name = node.get("Type").and_then(Node::as_str).unwrap_or_default();
        Resource {
            logical_id,
            type_name,
            node,
            from: None,
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
mod evaluation_tests;
#[cfg(test)]
mod tests;
