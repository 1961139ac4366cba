//! What of the state machines runs here: construct by construct.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use states_language::machine::{Kind, Workflow};
use states_language::resource::ResourceKind;
use states_language::source::Source;
use states_language::{ParseOptions, unsupported};

use super::read::{Account, Machine};
use super::secrets;
use crate::safety::reach;
use crate::wiring::{needs, resource_ref};

pub struct Report {
    machines: Vec<Entry>,
    unread: Vec<String>,
}

struct Entry {
    name: String,
    arn: String,
    file: String,
    kind: String,
    query_language: &'static str,
    /// Words for constructs, how often they are there, and why they do not run here.
    constructs: BTreeMap<String, (usize, Option<String>)>,
    /// What AWS's rules say against the definition.
    findings: Vec<String>,
    secrets: Vec<(String, &'static str)>,
    versions: usize,
    aliases: Vec<String>,
    started_by: Vec<String>,
}

impl Entry {
    fn of(machine: &Machine) -> Entry {
        let text = machine.pretty_definition();
        let file = format!("statemachine/{}.asl.json", machine.file);
        let source = Source::new(file.as_str(), text.as_str());
        let options = ParseOptions {
            express: machine.text("Type") == "EXPRESS",
            ..ParseOptions::default()
        };
        let parsed = states_language::parse(&source, &options);
        let findings = parsed.diagnostics.iter().map(|finding| {
            let place = finding.location.as_deref().unwrap_or_default();
            format!("{} {place}", finding.message).trim_end().to_owned()
        });
        let mut constructs = BTreeMap::new();
        let mut query_language = "JSONPath";
        if let Some(machine) = &parsed.machine {
            count(&machine.workflow, &mut constructs);
            if machine.query_language == states_language::machine::QueryLanguage::Jsonata {
                query_language = "JSONata";
            }
            for (_, task) in needs::tasks(machine) {
                let resource = resource_ref(&task.resource);
                let (what, why) = match task.resource.kind {
                    ResourceKind::Activity => ("activity".to_owned(), None),
                    _ => (reach::action(&resource), connectors::refusal(&resource)),
                };
                let name = format!("{what}{}", task.resource.pattern.suffix());
                constructs.entry(name).or_insert((0, why)).0 += 1;
            }
            for refused in unsupported(machine) {
                let why = format!("not in this release (state {})", refused.state);
                constructs.entry(refused.what).or_insert((0, Some(why))).0 += 1;
            }
        }
        let definition: Value = serde_json::from_str(&text).unwrap_or_default();
        let schedules = machine
            .schedules
            .iter()
            .map(|schedule| format!("schedule {}", schedule["Name"].as_str().unwrap_or_default()));
        let rules = machine
            .rules
            .iter()
            .map(|rule| format!("rule {}", rule.rule["Name"].as_str().unwrap_or_default()));
        Entry {
            name: machine.name.clone(),
            arn: machine.text("StateMachineArn").to_owned(),
            file,
            kind: machine.text("Type").to_owned(),
            query_language,
            constructs,
            findings: findings.collect(),
            secrets: secrets::suspects(&definition),
            versions: machine.versions,
            aliases: machine.aliases.clone(),
            started_by: schedules.chain(rules).collect(),
        }
    }

    fn is_read(&self) -> bool {
        !self.constructs.is_empty()
    }

    fn refused(&self) -> impl Iterator<Item = (&str, &str)> {
        let refused = self.constructs.iter();
        refused.filter_map(|(name, (_, why))| Some((name.as_str(), why.as_deref()?)))
    }

    fn runs_here(&self) -> bool {
        self.is_read() && self.refused().next().is_none()
    }
}

/// States by their types.
fn count(workflow: &Workflow, constructs: &mut BTreeMap<String, (usize, Option<String>)>) {
    for state in workflow.states.values() {
        let mut name = state.type_name().to_owned();
        match &state.kind {
            Kind::Map(map) => {
                if map.distributed.is_some() {
                    name = "Map (distributed)".to_owned();
                }
                count(&map.processor, constructs);
            }
            Kind::Parallel(parallel) => {
                parallel
                    .branches
                    .iter()
                    .for_each(|branch| count(branch, constructs));
            }
            _ => {}
        }
        constructs.entry(name).or_insert((0, None)).0 += 1;
    }
}

impl Report {
    pub fn of(account: &Account) -> Report {
        Report {
            machines: account.machines.iter().map(Entry::of).collect(),
            unread: account.unread.clone(),
        }
    }

    pub fn json(&self) -> Value {
        let machines = self.machines.iter().map(|entry| {
            let constructs = entry.constructs.iter().map(|(name, (number, why))| {
                json!({"construct": name, "count": number, "runsHere": why.is_none(), "why": why})
            });
            let secrets = entry
                .secrets
                .iter()
                .map(|(path, what)| json!({"path": path, "looksLike": what}));
            json!({
                "name": entry.name,
                "stateMachineArn": entry.arn,
                "file": entry.file,
                "type": entry.kind,
                "queryLanguage": entry.query_language,
                "runsHere": entry.runs_here(),
                "constructs": constructs.collect::<Vec<_>>(),
                "findings": entry.findings,
                "suspectedSecrets": secrets.collect::<Vec<_>>(),
                "versions": entry.versions,
                "aliases": entry.aliases,
                "startedBy": entry.started_by,
            })
        });
        json!({"stateMachines": machines.collect::<Vec<_>>(), "unread": self.unread})
    }

    pub fn summary(&self, folder: &Path) -> String {
        let mut lines = String::new();
        for entry in &self.machines {
            let verdict = match (entry.runs_here(), entry.is_read()) {
                (true, _) => "runs here".to_owned(),
                (false, true) => {
                    let names: Vec<&str> = entry.refused().map(|(name, _)| name).collect();
                    format!("does not run here yet: {}", names.join(", "))
                }
                (false, false) => "AWS would not accept it".to_owned(),
            };
            lines += &format!("{}: {verdict}\n", entry.name);
            for (path, what) in &entry.secrets {
                lines += &format!("  looks like {what}: {path}\n");
            }
        }
        for why in &self.unread {
            lines += &format!("not read: {why}\n");
        }
        let number = self.machines.len();
        let plural = if number == 1 { "" } else { "s" };
        lines
            + &format!(
                "{number} state machine{plural} in {}; REPORT.md has the details\n",
                folder.display()
            )
    }

    pub fn markdown(&self) -> String {
        let mut text = String::from("# Imported state machines\n\n");
        let ready = self
            .machines
            .iter()
            .filter(|entry| entry.runs_here())
            .count();
        text += &format!(
            "{ready} of {} run here as they are. Nothing was changed where they came from.\n\n",
            self.machines.len()
        );
        text += "| state machine | type | language | runs here |\n|---|---|---|---|\n";
        for entry in &self.machines {
            let verdict = match (entry.runs_here(), entry.is_read()) {
                (true, _) => "yes",
                (false, true) => "not yet",
                (false, false) => "no: not valid",
            };
            text += &format!(
                "| [{}]({}) | {} | {} | {verdict} |\n",
                cell(&entry.name),
                entry.file,
                entry.kind,
                entry.query_language
            );
        }
        if !self.unread.is_empty() {
            text += "\n## What could not be read\n\n";
            for why in &self.unread {
                text += &format!("- {}\n", cell(why));
            }
        }
        for entry in &self.machines {
            text += &format!("\n## {}\n\n`{}`\n\n", cell(&entry.name), entry.arn);
            if !entry.started_by.is_empty() {
                text += &format!("Started by: {}.\n\n", entry.started_by.join(", "));
            }
            if entry.versions > 0 || !entry.aliases.is_empty() {
                let aliases = match entry.aliases.is_empty() {
                    true => "none".to_owned(),
                    false => entry.aliases.join(", "),
                };
                text += &format!(
                    "Versions: {}; aliases: {aliases}. The template publishes by the first alias.\n\n",
                    entry.versions
                );
            }
            for finding in &entry.findings {
                text += &format!("- {}\n", cell(finding));
            }
            for (path, what) in &entry.secrets {
                text += &format!("- looks like {what}, and is in the file as it was: `{path}`\n");
            }
            if entry.is_read() {
                text += "\n| construct | how often | runs here |\n|---|---|---|\n";
                for (name, (number, why)) in &entry.constructs {
                    let verdict = why
                        .as_deref()
                        .map_or_else(|| "yes".to_owned(), |why| format!("not yet: {}", cell(why)));
                    text += &format!("| {name} | {number} | {verdict} |\n");
                }
            }
        }
        text
    }
}

/// A text as a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
