//! Finding the template of a definition on disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Function, Problem, Settings, StateMachine, Template};
use crate::error::CliError;
use crate::input::read_text;

/// SAM's names for a template, in the order in which it looks for them.
const NAMES: [&str; 3] = ["template.yaml", "template.yml", "template.json"];

impl Template {
    /// The template given, or the one beside the definition or one folder up that has its state machine, or else the one beside it.
    pub fn find(
        given: Option<&Path>,
        definition: &Path,
        vars: &BTreeMap<String, String>,
        region: Option<&str>,
    ) -> Result<Option<Template>, CliError> {
        let settings = Settings {
            parameters: vars.clone(),
            region: region.map(str::to_owned),
            stack: None,
        };
        let read = |path: &Path| {
            let text = read_text(path)?;
            Template::read(path, &text, settings.clone()).map_err(user_error)
        };
        if let Some(path) = given {
            return read(path).map(Some);
        }
        let folder = definition.parent().unwrap_or_else(|| Path::new(""));
        if let Some(path) = in_folder(folder) {
            return read(&path).map(Some);
        }
        // One folder up there may be anything: only a template that names the definition counts.
        let above = match folder.as_os_str().is_empty() {
            true => Path::new("..").to_owned(),
            false => super::normal(&folder.join("..")),
        };
        let Some(path) = in_folder(&above) else {
            return Ok(None);
        };
        let text = read_text(&path)?;
        let Ok(template) = Template::read(&path, &text, settings.clone()) else {
            return Ok(None);
        };
        let machine = template.state_machine(definition)?;
        Ok(machine.map(|_| template))
    }

    /// Values for `${name}` in `definition`; `None` when the template does not declare it.
    pub fn substitutions_for(
        &self,
        definition: &Path,
    ) -> Result<Option<BTreeMap<String, String>>, CliError> {
        let machine = self.state_machine(definition)?;
        Ok(machine.map(|machine| machine.substitutions))
    }

    /// Why some names have no value, for the findings about them.
    pub fn substitution_hints_for(
        &self,
        definition: &Path,
    ) -> Result<BTreeMap<String, String>, CliError> {
        let unresolved = self
            .state_machine(definition)?
            .map(|machine| machine.unresolved);
        let reasons = unresolved.unwrap_or_default().into_iter();
        Ok(reasons
            .map(|(name, problem)| (name, problem.to_string()))
            .collect())
    }

    /// What the state machine of `definition` is called: by its name and by its logical id.
    pub fn state_machine_names(&self, definition: &Path) -> Vec<String> {
        match self.state_machine_for(definition) {
            Ok(Some(machine)) => {
                let mut names = vec![machine.name, machine.logical_id];
                names.dedup();
                names
            }
            // Who asks for its substitutions is told what is wrong.
            Ok(None) | Err(_) => Vec::new(),
        }
    }

    /// The functions with code beside the template, problems as errors of the user.
    pub fn local_functions(&self) -> Result<Vec<Function>, CliError> {
        let mut functions = self.functions().map_err(user_error)?;
        functions.retain(|function| function.elsewhere.is_none());
        Ok(functions)
    }

    /// The functions that cannot run here. Whoever asks for the local ones is told what is wrong.
    pub fn functions_elsewhere(&self) -> Vec<Function> {
        let functions = self.functions().into_iter().flatten();
        functions
            .filter(|function| function.elsewhere.is_some())
            .collect()
    }

    /// The state machine of `definition`, problems as errors of the user.
    pub fn state_machine(&self, definition: &Path) -> Result<Option<StateMachine>, CliError> {
        self.state_machine_for(definition)
            .map_err(|problem| user_error(vec![problem]))
    }
}

/// The template of a folder, if it has one.
pub fn in_folder(folder: &Path) -> Option<PathBuf> {
    let mut paths = NAMES.iter().map(|name| folder.join(name));
    paths.find(|path| path.is_file())
}

/// What is wrong with a template, for people.
pub fn user_error(problems: Vec<Problem>) -> CliError {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    CliError::user(lines.join("\n"))
}
