//! `stepwright export`: a workflow in the words of those who deploy it elsewhere.
//!
//! A template or a definition becomes a [`model::Module`]; one writer a format makes files of it.

pub mod args;
mod cloudformation;
mod cloudformation_value;
mod definition;
pub mod files;
mod functions;
mod least_privilege;
pub mod model;
mod package;
mod policy_templates;
mod read;
mod terraform;
mod types;
pub mod yaml;

use std::collections::BTreeMap;

use args::{ExportArgs, Format};
use cloudformation::Dialect;
use definition::file_name;
use files::Files;
use model::{Module, StateMachine};
use read::Found;
use serde_json::Value;

use crate::error::CliError;
use crate::template::Template;
use crate::{input, terminal};

pub fn export(args: &ExportArgs) -> Result<u8, CliError> {
    let mut given = args.vars.clone();
    given.extend(args.parameter_overrides.iter().cloned());
    let definition = args.path.is_file().then(|| input::read_source(&args.path));
    let definition = definition.transpose()?;
    let vars = input::variables(&args.var_file, &given, definition.as_ref())?;
    let mut found = read::read(&args.path, &vars)?;
    let has_folder = args.out.is_some();
    let files = match args.format {
        Format::Asl | Format::Yaml => definitions(args, &found, &vars)?,
        format => {
            parameters(&mut found.module, &vars)?;
            least_privilege::work_out(&mut found.module)?;
            let module = &found.module;
            match format {
                Format::Terraform => terraform::write(module, !has_folder)?,
                Format::Sam => cloudformation::write(module, Dialect::Sam, has_folder)?,
                _ => cloudformation::write(module, Dialect::CloudFormation, has_folder)?,
            }
        }
    };
    match &args.out {
        None => terminal::print(&files.one_text())?,
        Some(folder) => {
            files.write(folder, args.force)?;
            let names: Vec<String> = files
                .list
                .iter()
                .map(|(name, _)| format!("{}\n", folder.join(name).display()))
                .collect();
            terminal::print(&names.concat())?;
        }
    }
    for note in &files.notes {
        terminal::tell(&format!("note: {note}\n"));
    }
    Ok(0)
}

/// Values that were given become the defaults of parameters.
fn parameters(module: &mut Module, vars: &BTreeMap<String, String>) -> Result<(), CliError> {
    for (name, value) in vars {
        if let Some(parameter) = module.parameters.get_mut(name) {
            parameter["Default"] = value.as_str().into();
        }
        for machine in &mut module.machines {
            if let Some(substitution) = machine.definition.substitutions.get_mut(name) {
                *substitution = value.as_str().into();
            }
        }
    }
    Ok(())
}

/// The plain definitions.
fn definitions(
    args: &ExportArgs,
    found: &Found,
    vars: &BTreeMap<String, String>,
) -> Result<Files, CliError> {
    let machines: Vec<&StateMachine> = match &args.state_machine {
        None => found.module.machines.iter().collect(),
        Some(id) => {
            let named = found
                .module
                .machines
                .iter()
                .filter(|machine| machine.id == *id);
            named.collect()
        }
    };
    let ids = || {
        let ids = found
            .module
            .machines
            .iter()
            .map(|machine| machine.id.as_str());
        ids.collect::<Vec<_>>().join(", ")
    };
    if machines.is_empty() {
        let wanted = args.state_machine.as_deref().unwrap_or_default();
        return Err(
            CliError::user(format!("the template has no state machine {wanted}"))
                .with_hint(format!("it has {}", ids())),
        );
    }
    if machines.len() > 1 && args.out.is_none() {
        return Err(
            CliError::user("the template has several state machines").with_hint(format!(
                "--state-machine ID chooses one of {}; --out DIR writes all",
                ids()
            )),
        );
    }
    let mut files = Files::default();
    for machine in machines {
        let mut values = vars.clone();
        if args.resolve {
            values = resolved(args, found, machine, vars)?;
        }
        let definition = &machine.definition;
        let (extension, text) = match args.format {
            Format::Yaml => ("asl.yaml", definition.yaml(&values)),
            _ => ("asl.json", definition.json(&values, &definition::as_is)),
        };
        files.text(&file_name(definition, &machine.id, extension), text);
    }
    Ok(files)
}

/// Values for all substitutions, as `run` would have them.
fn resolved(
    args: &ExportArgs,
    found: &Found,
    machine: &StateMachine,
    vars: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, CliError> {
    let mut values = BTreeMap::new();
    if let Some(path) = &found.template {
        let template = Template::find(Some(path), path, vars, args.region.as_deref())?;
        if let Some(template) = &template {
            let file = std::path::PathBuf::from(machine.definition.source.name());
            values = template.substitutions_for(&file)?.unwrap_or_default();
        }
    }
    for (name, value) in &machine.definition.substitutions {
        if let Value::String(text) = value {
            values.entry(name.clone()).or_insert_with(|| text.clone());
        }
    }
    values.extend(vars.clone());
    let missing: Vec<String> = machine
        .definition
        .placeholders()
        .into_iter()
        .filter(|name| !values.contains_key(name))
        .collect();
    match missing.is_empty() {
        true => Ok(values),
        false => Err(CliError::user(format!(
            "these substitutions have no value: {}",
            missing.join(", ")
        ))
        .with_hint("--var NAME=VALUE gives one; without --resolve they stay")),
    }
}
