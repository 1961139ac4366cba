//! A template or a definition becomes the model.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use states_language::source::Source;
use states_language::syntax::{self, Node};

use super::cloudformation_value::of_node;
use super::definition::Definition;
use super::model::{
    Code, Function, Module, Policy, Resource, StateMachine, Trigger, TriggerKind, logical_id, words,
};
use crate::error::CliError;
use crate::input;

/// SAM's names for a template, in the order in which it looks for them.
const TEMPLATES: [&str; 3] = ["template.yaml", "template.yml", "template.json"];

/// What was found at the path that was given.
pub struct Found {
    pub module: Module,
    /// The template; none when a definition was given.
    pub template: Option<PathBuf>,
}

/// `path`: a definition, a template, or a folder with a template. `vars` are values for `${NAME}` in a bare definition.
pub fn read(path: &Path, vars: &BTreeMap<String, String>) -> Result<Found, CliError> {
    let file = match path.is_dir() {
        false => path.to_owned(),
        true => {
            let mut candidates = TEMPLATES.iter().map(|name| path.join(name));
            let found = candidates.find(|candidate| candidate.is_file());
            found.ok_or_else(|| {
                CliError::user(format!("{} has no template.yaml", path.display()))
                    .with_hint("name the definition itself, or a folder with a SAM template")
            })?
        }
    };
    let source = input::read_source(&file)?;
    let root = syntax::parse(&source).map_err(|failure| {
        let position = source.position(failure.span.start);
        CliError::user(format!(
            "{}:{}:{}: {}",
            file.display(),
            position.line,
            position.column,
            failure.message
        ))
    })?;
    if root.get("States").is_some() {
        let module = of_definition(&file, source, vars)?;
        return Ok(Found {
            module,
            template: None,
        });
    }
    if root.get("Resources").and_then(Node::members).is_none() {
        return Err(CliError::user(format!(
            "{} is neither a definition (it has no States) nor a template (it has no Resources)",
            file.display()
        )));
    }
    let module = Reader::new(&file, &of_node(&root, &source)).module()?;
    if module.machines.is_empty() {
        return Err(CliError::user(format!(
            "{} has no state machine",
            file.display()
        )));
    }
    Ok(Found {
        module,
        template: Some(file),
    })
}

/// A state machine whose substitutions are parameters.
fn of_definition(
    file: &Path,
    source: Source,
    vars: &BTreeMap<String, String>,
) -> Result<Module, CliError> {
    let stem = file.file_name().unwrap_or_default().to_string_lossy();
    let stem = stem.split('.').next().unwrap_or("workflow");
    let mut definition = Definition::new(source, Map::new())?;
    let mut module = Module {
        name: words(stem, '-'),
        ..Module::default()
    };
    let mut substitutions = Map::new();
    for name in definition.placeholders() {
        if let Some(value) = vars.get(&name) {
            substitutions.insert(name, value.as_str().into());
            continue;
        }
        let id: String = name.split(['.', ':', '-', '_']).map(logical_part).collect();
        let type_name = match definition.unquoted().contains(&name) {
            true => "Number",
            false => "String",
        };
        let description = format!("The value of ${{{name}}} in the definition.");
        module.parameters.insert(
            id.clone(),
            json!({"Type": type_name, "Description": description}),
        );
        substitutions.insert(name, json!({"Ref": id}));
    }
    definition.substitutions = substitutions;
    module.description = definition.comment();
    module.machines.push(StateMachine {
        id: logical_id(stem),
        condition: None,
        properties: Map::new(),
        metadata: None,
        definition,
        policies: Vec::new(),
        role: Vec::new(),
    });
    Ok(module)
}

fn logical_part(part: &str) -> String {
    let mut characters = part.chars();
    let first = characters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

struct Reader<'t> {
    file: &'t Path,
    folder: PathBuf,
    template: &'t Value,
}

impl<'t> Reader<'t> {
    fn new(file: &'t Path, template: &'t Value) -> Reader<'t> {
        let folder = file.parent().unwrap_or_else(|| Path::new("")).to_owned();
        Reader {
            file,
            folder,
            template,
        }
    }

    fn section(&self, name: &str) -> Map<String, Value> {
        object(self.template.get(name))
    }

    fn module(&self) -> Result<Module, CliError> {
        let mut module = Module {
            name: self.name(),
            description: self
                .template
                .get("Description")
                .and_then(Value::as_str)
                .map(str::to_owned),
            metadata: self.section("Metadata"),
            parameters: self.section("Parameters"),
            mappings: self.section("Mappings"),
            conditions: self.section("Conditions"),
            outputs: self.section("Outputs"),
            ..Module::default()
        };
        for (id, resource) in self.section("Resources") {
            let type_name = resource["Type"].as_str().unwrap_or_default().to_owned();
            let condition = resource["Condition"].as_str().map(str::to_owned);
            match type_name.as_str() {
                "AWS::Serverless::StateMachine" | "AWS::StepFunctions::StateMachine" => {
                    self.machine(&mut module, id, &resource, condition)?;
                }
                "AWS::Serverless::Function" | "AWS::Lambda::Function" => {
                    self.function(&mut module, id, &resource, condition);
                }
                _ => module.others.push(Resource {
                    id,
                    type_name,
                    condition,
                    value: resource,
                }),
            }
        }
        Ok(module)
    }

    /// The folder's name: what SAM calls the stack if it is not told otherwise.
    fn name(&self) -> String {
        let folder = self.folder.canonicalize().ok();
        let folder = folder.as_deref().and_then(Path::file_name);
        let name = folder.map(|name| words(&name.to_string_lossy(), '-'));
        name.filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
            .unwrap_or_else(|| "workflow".to_owned())
    }

    /// A resource's properties, those of `Globals` beneath.
    fn properties(&self, resource: &Value, globals: &str) -> Map<String, Value> {
        let own = object(resource.get("Properties"));
        let is_serverless = resource["Type"]
            .as_str()
            .is_some_and(|name| name.starts_with("AWS::Serverless::"));
        let mut all = match is_serverless {
            true => object(self.section("Globals").get(globals)),
            false => Map::new(),
        };
        for (name, value) in own {
            match (all.get_mut(&name), value) {
                // Maps are merged, lists are added, as SAM does.
                (Some(Value::Object(below)), Value::Object(own)) if !is_function(&own) => {
                    merge(below, own);
                }
                (Some(Value::Array(below)), Value::Array(own)) => below.extend(own),
                (_, value) => {
                    all.insert(name, value);
                }
            }
        }
        all
    }

    fn machine(
        &self,
        module: &mut Module,
        id: String,
        resource: &Value,
        condition: Option<String>,
    ) -> Result<(), CliError> {
        let mut properties = self.properties(resource, "StateMachine");
        // The names of the plain resource become SAM's.
        for (plain, sam) in [
            ("StateMachineName", "Name"),
            ("StateMachineType", "Type"),
            ("LoggingConfiguration", "Logging"),
            ("TracingConfiguration", "Tracing"),
            ("RoleArn", "Role"),
        ] {
            if let Some(value) = properties.remove(plain) {
                properties.insert(sam.to_owned(), value);
            }
        }
        let substitutions = object(properties.remove("DefinitionSubstitutions").as_ref());
        let uri = ["DefinitionUri", "DefinitionS3Location"]
            .iter()
            .find_map(|name| properties.remove(*name));
        let name = format!("{}.asl.json", words(&id, '-'));
        let definition = match (
            uri,
            properties.remove("Definition"),
            properties.remove("DefinitionString"),
        ) {
            (Some(Value::String(uri)), _, _) if !uri.starts_with("s3://") => {
                let source = input::read_source(&self.folder.join(&uri))?;
                Definition::new(source, substitutions)?
            }
            (None, Some(value), _) => Definition::of_object(&name, &value, substitutions)?,
            (None, None, Some(value)) => Definition::of_text(&name, &value, substitutions)?,
            (Some(_), _, _) => {
                return Err(CliError::user(format!(
                    "{}: the definition of {id} is in S3",
                    self.file.display()
                ))
                .with_hint("fetch it, and name the file in DefinitionUri"));
            }
            (None, None, None) => {
                return Err(CliError::user(format!(
                    "{}: {id} has no definition",
                    self.file.display()
                )));
            }
        };
        let metadata = resource.get("Metadata").cloned();
        let policies = policies(properties.remove("Policies").as_ref());
        self.triggers(module, &id, true, &mut properties, metadata.as_ref());
        if properties.contains_key("Role") {
            module.note(format!(
                "{id} has a role of its own in the template; the role here is worked out from the definition instead"
            ));
            properties.remove("Role");
        }
        module.machines.push(StateMachine {
            id,
            condition,
            properties,
            metadata,
            definition,
            policies,
            role: Vec::new(),
        });
        Ok(())
    }

    fn function(
        &self,
        module: &mut Module,
        id: String,
        resource: &Value,
        condition: Option<String>,
    ) {
        let mut properties = self.properties(resource, "Function");
        let is_serverless = resource["Type"] == "AWS::Serverless::Function";
        let uri = properties
            .remove("CodeUri")
            .or_else(|| properties.remove("Code"));
        let inline = properties.remove("InlineCode");
        let image = properties.get("ImageUri").cloned();
        let folder = |uri: &str| Code::Folder {
            path: self.folder.join(uri),
            built: self.folder.join(".aws-sam/build").join(&id),
            uri: uri.to_owned(),
        };
        let code = match (inline, uri) {
            (Some(Value::String(text)), _) => Code::Inline(text),
            (Some(other), _) => Code::Elsewhere(json!({"ZipFile": other})),
            (None, Some(Value::String(uri))) if uri.contains("://") => Code::Elsewhere(uri.into()),
            (None, Some(Value::String(uri))) => folder(&uri),
            (None, Some(other)) => match &other["ZipFile"] {
                Value::String(text) => Code::Inline(text.clone()),
                _ => Code::Elsewhere(other),
            },
            (None, None) if image.is_some() => Code::Elsewhere(json!({"ImageUri": image})),
            (None, None) if is_serverless => folder("."),
            (None, None) => Code::Elsewhere(Value::Null),
        };
        let policies = policies(properties.remove("Policies").as_ref());
        let metadata = resource.get("Metadata");
        self.triggers(module, &id, false, &mut properties, metadata);
        module.functions.push(Function {
            id,
            condition,
            properties,
            code,
            policies,
        });
    }

    fn triggers(
        &self,
        module: &mut Module,
        target: &str,
        starts_machine: bool,
        properties: &mut Map<String, Value>,
        metadata: Option<&Value>,
    ) {
        let schedules = |metadata: Option<&Value>, name: &str| {
            metadata?
                .get("Stepwright")?
                .get("Schedules")?
                .get(name)
                .cloned()
        };
        for (name, event) in object(properties.remove("Events").as_ref()) {
            let kind = match event["Type"].as_str().unwrap_or_default() {
                "Schedule" => TriggerKind::RuleSchedule,
                "ScheduleV2" => TriggerKind::Schedule,
                "EventBridgeRule" | "CloudWatchEvent" => TriggerKind::Pattern,
                _ => TriggerKind::Other,
            };
            module.triggers.push(Trigger {
                target: target.to_owned(),
                starts_machine,
                policies: schedules(metadata, &name)
                    .or_else(|| schedules(self.template.get("Metadata"), &name)),
                name,
                kind,
                properties: match kind {
                    TriggerKind::Other => object(Some(&event)),
                    _ => object(event.get("Properties")),
                },
            });
        }
    }
}

fn object(value: Option<&Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(members)) => members.clone(),
        _ => Map::new(),
    }
}

fn is_function(members: &Map<String, Value>) -> bool {
    members.len() == 1
        && members
            .keys()
            .all(|key| key == "Ref" || key.starts_with("Fn::"))
}

fn merge(below: &mut Map<String, Value>, own: Map<String, Value>) {
    for (name, value) in own {
        match (below.get_mut(&name), value) {
            (Some(Value::Object(below)), Value::Object(own)) if !is_function(&own) => {
                merge(below, own);
            }
            (_, value) => {
                below.insert(name, value);
            }
        }
    }
}

/// `Policies` in all of SAM's forms.
fn policies(value: Option<&Value>) -> Vec<Policy> {
    let items = match value {
        None => return Vec::new(),
        Some(Value::Array(items)) => items.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    items
        .iter()
        .map(|item| match item {
            Value::Object(members) if members.contains_key("Statement") => {
                Policy::Statements(match &members["Statement"] {
                    Value::Array(statements) => statements.clone(),
                    one => vec![one.clone()],
                })
            }
            Value::Object(members) if members.len() == 1 && !is_function(members) => {
                let (name, parameters) = members.iter().next().unwrap_or((&EMPTY, &Value::Null));
                Policy::Template(name.clone(), object(Some(parameters)))
            }
            other => Policy::Managed(other.clone()),
        })
        .collect()
}

static EMPTY: String = String::new();
