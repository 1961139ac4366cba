//! `up`, `plan`, `down`: what a template describes, on a server.
//!
//! template -> [`desired`] (members that the API knows) -> [`plan`] (compared with the API and the stack's document) -> [`apply`].

mod api;
mod apply;
pub mod args;
mod code;
mod desired;
mod kinds;
mod place;
mod plan;
mod show;
mod stack;
mod watch;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::args::Output;
use crate::error::CliError;
use crate::input::{self, read_text};
use crate::template::{self, Settings, Template};
use crate::{template::user_error, terminal};

use api::Api;
use args::{DownArgs, PlanArgs, TemplateArgs, UpArgs};
use desired::Desired;
use place::{Place, Started};
use plan::Plan;
use stack::Stack;

/// There is something to do.
const CHANGES: u8 = 5;
const DEFAULT_REGION: &str = "us-east-1";

/// Whether a resource of this type is made here.
pub fn is_supported(type_name: &str) -> bool {
    kinds::find(type_name).is_some()
}

/// Whether an attribute is known only once the resource is made.
pub fn is_later(type_name: &str, attribute: &str) -> bool {
    kinds::find(type_name).is_some_and(|kind| kind.later.contains(&attribute))
}

pub fn plan(args: &PlanArgs) -> Result<u8, CliError> {
    let project = Project::find(
        args.template.path.as_deref(),
        args.template.stack.as_deref(),
    )?;
    let place = Place::find(&args.place, None)?;
    let api = place.connect()?;
    let account = api
        .as_ref()
        .map(|api| api.account.as_str())
        .or(args.account.as_deref());
    let region = api
        .as_ref()
        .map(|api| api.region.as_str())
        .or(args.place.region.as_deref());
    let desired = project.desired(&args.template, account, region)?;
    let (stack, others) = match &api {
        Some(api) => (Stack::read(api, &project.stack)?, Stack::all(api)?),
        None => (project.new_stack(), Vec::new()),
    };
    let plan = Plan::make(&desired, &stack, &others, api.as_ref(), args.prune)?;
    match args.output {
        Output::Json => {
            let mut shown = project.json(&place.url);
            shown.insert("isServing".to_owned(), api.is_some().into());
            shown.extend(show::plan_json(&plan, &desired));
            terminal::print_json(&shown.into())?;
        }
        Output::Text => {
            let mut text = project.heading(&place.url);
            if api.is_none() {
                text.push_str("No server answers there: `stepwright up` starts one. This is what a new one would get.\n\n");
            }
            text.push_str(&show::plan_text(&plan, &desired));
            text.push_str(&format!("\nPlan: {}\n", show::summary(&plan)));
            terminal::print(&text)?;
        }
    }
    Ok(if plan.is_done() { 0 } else { CHANGES })
}

pub fn up(args: &UpArgs) -> Result<u8, CliError> {
    let project = Project::find(
        args.template.path.as_deref(),
        args.template.stack.as_deref(),
    )?;
    let mut place = Place::find(&args.place, args.server.listen.as_deref())?;
    // What is wrong with the template is told before a server is started for it.
    project.desired(
        &args.template,
        args.server.account.as_deref(),
        args.place.region.as_deref(),
    )?;
    let (api, started) = place.connect_or_start(&args.server)?;
    if let (Some(started), Output::Text) = (&started, args.output) {
        terminal::print(&format!(
            "Started a server at {} (process {})\n  data  {}\n  log   {}\n\n",
            place.url,
            started.pid,
            started.data,
            started.log.display()
        ))?;
    }
    // Before the first time, so that no save is missed.
    let except = vec![PathBuf::from(&api.data)];
    let watch = args
        .watch
        .then(|| watch::Watch::new(project.folders(None), except));
    let mut deployed = deploy(&project, args, &place, &api, started.as_ref());
    let Some(mut watch) = watch else {
        return deployed.map(|_| 0);
    };
    loop {
        match &deployed {
            Ok(desired) => watch.folders(project.folders(Some(desired))),
            // What runs goes on as it is.
            Err(error) => terminal::print_error(
                &error.to_string(),
                Some("what runs stays as it is; the next save is tried again"),
            ),
        }
        if args.output == Output::Text {
            terminal::print(&format!("Watching {} …\n", project.folder().display()))?;
        }
        let changed = watch.next();
        if args.output == Output::Text {
            let names: Vec<String> = changed
                .iter()
                .take(3)
                .map(|path| path.display().to_string())
                .collect();
            terminal::print(&format!("\nSaved: {}\n", names.join(", ")))?;
        }
        deployed = deploy(&project, args, &place, &api, None);
    }
}

/// Plans and does it.
fn deploy(
    project: &Project,
    args: &UpArgs,
    place: &Place,
    api: &Api,
    started: Option<&Started>,
) -> Result<Desired, CliError> {
    let desired = project.desired(&args.template, Some(&api.account), Some(&api.region))?;
    let mut stack = Stack::read(api, &project.stack)?;
    stack.template = project.path.display().to_string();
    let plan = Plan::make(&desired, &stack, &Stack::all(api)?, Some(api), args.prune)?;
    let mut shown = project.json(&place.url);
    shown.insert(
        "startedServer".to_owned(),
        started.map_or(Value::Null, Started::json),
    );
    shown.extend(show::plan_json(&plan, &desired));
    let is_done = plan.is_done();
    let is_text = args.output == Output::Text;
    if is_text {
        let mut text = project.heading(&place.url);
        text.push_str(&show::plan_text(&plan, &desired));
        text.push_str(&format!("\nPlan: {}\n", show::summary(&plan)));
        terminal::print(&text)?;
    }
    let mut told = Ok(());
    let applied = apply::apply(api, plan, &mut stack, &mut |step, done| {
        if is_text && told.is_ok() {
            told = terminal::print(&show::done_text(step, done));
        }
    });
    if let Err(error) = applied {
        return Err(match error {
            CliError::User {
                message,
                hint: None,
            } => CliError::user(message)
                .with_hint("what was made until then stays; the next `up` goes on from there"),
            other => other,
        });
    }
    told?;
    let outputs = show::outputs(&desired, &|name| apply::known(&stack, name));
    if !is_done || stack.outputs != outputs {
        stack.outputs = outputs.clone();
        stack.write(api)?;
    }
    if is_text {
        if !outputs.is_empty() {
            let mut page = terminal::page();
            page.heading("Outputs");
            let column = outputs.keys().map(String::len).max().unwrap_or(0) + 4;
            for (name, value) in &outputs {
                let value = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                page.row(
                    2,
                    crate::actions::Span::plain(name.as_str()),
                    column,
                    &[crate::actions::Span::plain(value)],
                );
            }
            terminal::print(&format!("\n{}", page.finish()))?;
        }
    } else {
        shown.insert("outputs".to_owned(), outputs.into());
        terminal::print_json(&shown.into())?;
    }
    Ok(desired)
}

pub fn down(args: &DownArgs) -> Result<u8, CliError> {
    let project = Project::find(args.path.as_deref(), args.stack.as_deref());
    // A stack can be named without its template.
    let name = match (&args.stack, &project) {
        (Some(stack), _) => stack.clone(),
        (None, Ok(project)) => project.stack.clone(),
        (None, Err(_)) => project.map(|project| project.stack)?,
    };
    let place = Place::find(&args.place, None)?;
    let Some(api) = place.connect()? else {
        return told_down(
            args,
            &place,
            &name,
            Vec::new(),
            false,
            "no server answers there",
        );
    };
    let mut stack = Stack::read(&api, &name)?;
    if !args.yes {
        refuse_while_executions_run(&api, &stack)?;
    }
    let had_stack = stack.version > 0;
    let plan = Plan::removal(&stack);
    let mut deleted = Vec::new();
    let mut told = Ok(());
    apply::apply(&api, plan, &mut stack, &mut |step, done| {
        deleted.push(Value::from(step.logical_id.as_str()));
        if args.output == Output::Text && told.is_ok() {
            told = terminal::print(&show::done_text(step, done));
        }
    })?;
    told?;
    stack.delete(&api)?;
    let ends = api.is_background && Stack::all(&api)?.is_empty();
    if ends {
        place::end(&api)?;
    }
    let nothing = if had_stack {
        ""
    } else {
        "the server has no such stack"
    };
    told_down(args, &place, &name, deleted, ends, nothing)
}

fn told_down(
    args: &DownArgs,
    place: &Place,
    name: &str,
    deleted: Vec<Value>,
    has_ended: bool,
    nothing: &str,
) -> Result<u8, CliError> {
    match args.output {
        Output::Json => terminal::print_json(&json!({
            "stack": name,
            "server": place.url,
            "deleted": deleted,
            "hasEndedServer": has_ended,
        }))?,
        Output::Text => {
            let what = match nothing {
                "" => "is gone".to_owned(),
                nothing => format!("is not there: {nothing}"),
            };
            let server = if has_ended {
                "The server has ended; its data stays.\n"
            } else {
                ""
            };
            terminal::print(&format!("Stack {name} on {} {what}\n{server}", place.url))?;
        }
    }
    Ok(0)
}

fn refuse_while_executions_run(api: &Api, stack: &Stack) -> Result<(), CliError> {
    for entry in &stack.resources {
        if entry.type_name != "AWS::StepFunctions::StateMachine" {
            continue;
        }
        let name = entry
            .members
            .get("Name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let arn = api.arn("states", &format!("stateMachine:{name}"));
        let arguments = json!({"StateMachineArn": arn, "StatusFilter": "RUNNING", "MaxResults": 1});
        // Executions of an Express workflow are not listed, and are over soon.
        let Ok(Some(answer)) = api.find("sfn", "listExecutions", arguments) else {
            continue;
        };
        if answer["Executions"]
            .as_array()
            .is_some_and(|running| !running.is_empty())
        {
            return Err(CliError::user(format!("executions of {name} run"))
                .with_hint("--yes takes the stack away all the same: they go on to their end, or until the server ends"));
        }
    }
    Ok(())
}

/// A template and the stack that is made of it.
struct Project {
    path: PathBuf,
    stack: String,
}

impl Project {
    fn find(path: Option<&Path>, stack: Option<&str>) -> Result<Project, CliError> {
        let given = path.unwrap_or(Path::new("."));
        let path = match given.is_dir() {
            true => template::in_folder(given).ok_or_else(|| {
                CliError::user(format!("{} has no template", given.display())).with_hint(
                    "template.yaml, template.yml or template.json is looked for; or name a file",
                )
            })?,
            false if given.is_file() => given.to_owned(),
            false => return Err(CliError::reading(given, "there is no such file or folder")),
        };
        let stack = match stack {
            Some(stack) => stack.to_owned(),
            None => stack_name(&path),
        };
        let is_valid = stack.starts_with(|c: char| c.is_ascii_alphabetic())
            && stack.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && stack.len() <= 128;
        match is_valid {
            true => Ok(Project { path, stack }),
            false => Err(CliError::user(format!("'{stack}' is no name of a stack"))
                .with_hint("--stack NAME: letters, digits and hyphens, a letter first")),
        }
    }

    fn new_stack(&self) -> Stack {
        Stack {
            name: self.stack.clone(),
            ..Stack::default()
        }
    }

    fn folder(&self) -> PathBuf {
        let folder = self
            .path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        folder.unwrap_or(Path::new(".")).to_owned()
    }

    /// What is watched: the template's folder, and code that is elsewhere.
    fn folders(&self, desired: Option<&Desired>) -> Vec<PathBuf> {
        let folder = self.folder();
        let folder = folder.canonicalize().unwrap_or(folder);
        let mut folders = vec![folder.clone()];
        for resource in desired.into_iter().flat_map(|desired| &desired.resources) {
            let code = resource
                .members
                .get("Code")
                .and_then(|code| code.get("LocalFolder"));
            let code = code.and_then(Value::as_str).map(PathBuf::from);
            folders.extend(code.filter(|code| !code.starts_with(&folder)));
        }
        folders
    }

    fn desired(
        &self,
        args: &TemplateArgs,
        account: Option<&str>,
        region: Option<&str>,
    ) -> Result<Desired, CliError> {
        let mut parameters = input::variables(&args.var_file, &args.vars, None)?;
        for given in &args.parameter_overrides {
            let (name, value) = parameter_override(given)?;
            parameters.insert(name, value);
        }
        let settings = Settings {
            parameters,
            region: Some(region.unwrap_or(DEFAULT_REGION).to_owned()),
            stack: Some(self.stack.clone()),
        };
        let text = read_text(&self.path)?;
        let mut template = Template::read(&self.path, &text, settings).map_err(user_error)?;
        if let Some(account) = account {
            template.set_account_id(account);
        }
        if let Some((name, hint)) = template.unknown_names().into_iter().next() {
            let error =
                CliError::user(format!("{} has no parameter '{name}'", self.path.display()));
            return Err(match hint {
                Some(hint) => error.with_hint(hint),
                None => error,
            });
        }
        Desired::of(&template).map_err(user_error)
    }

    fn json(&self, url: &str) -> Map<String, Value> {
        let mut shown = Map::new();
        shown.insert("stack".to_owned(), self.stack.as_str().into());
        shown.insert("server".to_owned(), url.into());
        shown.insert(
            "template".to_owned(),
            self.path.display().to_string().into(),
        );
        shown
    }

    fn heading(&self, url: &str) -> String {
        format!(
            "Stack {} on {url}, from {}\n\n",
            self.stack,
            self.path.display()
        )
    }
}

/// The name of the template's folder, with what no stack's name has as hyphens.
fn stack_name(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = absolute.parent().and_then(Path::file_name);
    let name = folder.map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_else(|| "stack".to_owned());
    let replaced: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    match replaced.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => replaced,
        false => format!("stack-{}", replaced.trim_start_matches('-')),
    }
}

/// `Key=Value`, or `ParameterKey=Key,ParameterValue=Value`.
fn parameter_override(given: &str) -> Result<(String, String), CliError> {
    let long = given
        .strip_prefix("ParameterKey=")
        .and_then(|rest| rest.split_once(",ParameterValue="));
    let (name, value) = long.or_else(|| given.split_once('=')).ok_or_else(|| {
        CliError::user(format!("--parameter-overrides {given} has no value"))
            .with_hint("write NAME=VALUE")
    })?;
    Ok((name.to_owned(), value.to_owned()))
}
