//! What all formats know about functions: their packages and their roles.

use std::path::Path;
use std::time::SystemTime;

use serde_json::Value;

use super::model::{Code, Function, Statement};
use super::package::{self, File};
use crate::error::CliError;

/// A function's code as a zip file.
pub struct Package {
    pub zip: Vec<u8>,
    pub notes: Vec<String>,
}

/// Code that fits into a template, under the handler that it has there.
pub struct InlineCode {
    pub text: String,
    pub handler: String,
}

/// A template has at most 51,200 bytes unless it is in S3, and a definition has to fit in as well.
const MAX_INLINE_BYTES: usize = 8 * 1024;

/// The files of a function whose code is here.
pub fn files(function: &Function) -> Result<(Vec<File>, Vec<String>), CliError> {
    match &function.code {
        Code::Inline(text) => {
            let runtime = function.properties.get("Runtime").and_then(Value::as_str);
            let extension = match runtime {
                Some(runtime) if runtime.starts_with("nodejs") => "js",
                _ => "py",
            };
            let file = File {
                name: format!("index.{extension}"),
                content: text.clone().into_bytes(),
                is_executable: false,
            };
            Ok((vec![file], Vec::new()))
        }
        Code::Folder { path, built, .. } => {
            if is_fresh(built, path) {
                return Ok((package::files(built)?, Vec::new()));
            }
            let files = package::files(path)?;
            let notes = missing_packages(&files).map(|what| {
                format!(
                    "{}: the packages of {what} are not in its code; `sam build` first puts them there",
                    function.id
                )
            });
            Ok((files, notes.into_iter().collect()))
        }
        Code::Elsewhere(_) => Ok((Vec::new(), Vec::new())),
    }
}

pub fn package(function: &Function) -> Result<Package, CliError> {
    let (files, notes) = files(function)?;
    Ok(Package {
        zip: package::zip(&files)?,
        notes,
    })
}

/// The code of a function of one small file, in Python or for Node.js. In a template it is `index`.
pub fn inline(function: &Function) -> Result<Option<InlineCode>, CliError> {
    let property = |name: &str| function.properties.get(name).and_then(Value::as_str);
    let (Some(runtime), Some(handler)) = (property("Runtime"), property("Handler")) else {
        return Ok(None);
    };
    let Some((module, name)) = handler.rsplit_once('.') else {
        return Ok(None);
    };
    let extension = match runtime {
        runtime if runtime.starts_with("python") => "py",
        runtime if runtime.starts_with("nodejs") => "js",
        _ => return Ok(None),
    };
    let (files, notes) = files(function)?;
    // Packages that the runtime brings are only named.
    let code: Vec<&File> = files
        .iter()
        .filter(|file| file.name != "requirements.txt")
        .collect();
    let [file] = code[..] else { return Ok(None) };
    if !notes.is_empty()
        || file.name != format!("{module}.{extension}")
        || file.content.len() > MAX_INLINE_BYTES
    {
        return Ok(None);
    }
    Ok(String::from_utf8(file.content.clone())
        .ok()
        .map(|text| InlineCode {
            text,
            handler: format!("index.{name}"),
        }))
}

/// Whether `sam build` has seen all of the source.
fn is_fresh(built: &Path, source: &Path) -> bool {
    let modified = |path: &Path| {
        path.metadata()
            .and_then(|metadata| metadata.modified())
            .ok()
    };
    let template = built.parent().map(|folder| folder.join("template.yaml"));
    let Some(built_at) = template.and_then(|path| modified(&path)) else {
        return false;
    };
    built.is_dir() && newest(source).is_some_and(|newest| newest <= built_at)
}

fn newest(path: &Path) -> Option<SystemTime> {
    let own = path.metadata().ok()?;
    if !own.is_dir() {
        return own.modified().ok();
    }
    let entries = std::fs::read_dir(path).ok()?;
    let inside = entries.filter_map(|entry| newest(&entry.ok()?.path()));
    inside.max().or_else(|| own.modified().ok())
}

/// The declaration of packages that neither the code nor Lambda's runtime has.
fn missing_packages(files: &[File]) -> Option<&'static str> {
    const IN_RUNTIME: [&str; 3] = ["boto3", "botocore", "s3transfer"];
    let text = |name: &str| {
        let file = files.iter().find(|file| file.name == name)?;
        std::str::from_utf8(&file.content).ok()
    };
    let has_folder = |end: &str| {
        files
            .iter()
            .any(|file| file.name.split('/').any(|part| part.ends_with(end)))
    };
    let needs_packages = text("requirements.txt").is_some_and(|text| {
        text.lines()
            .map(|line| line.split(['=', '<', '>', '~', '[', ';', '#', ' ']).next())
            .filter_map(|name| name.filter(|name| !name.is_empty()))
            .any(|name| !IN_RUNTIME.contains(&name))
    });
    if needs_packages && !has_folder(".dist-info") {
        return Some("requirements.txt");
    }
    let dependencies = text("package.json")
        .and_then(|text| serde_json::from_str::<Value>(text).ok())
        .and_then(|package| Some(package.get("dependencies")?.as_object()?.clone()));
    let needs_modules =
        dependencies.is_some_and(|all| all.keys().any(|name| !name.starts_with("@aws-sdk/")));
    (needs_modules && !has_folder("node_modules")).then_some("package.json")
}

/// What every function needs besides what its template says: its logs, and what its properties ask for.
pub fn statements(function: &Function, log_group: Value) -> Vec<Statement> {
    let statement = |sid: &str, actions: &[&str], resources: Vec<Value>| Statement {
        sid: sid.to_owned(),
        actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        resources,
        condition: None,
        is_about_itself: false,
        comment: None,
    };
    let mut all = vec![statement(
        "WriteLogs",
        &["logs:CreateLogStream", "logs:PutLogEvents"],
        vec![log_group],
    )];
    let properties = &function.properties;
    if properties.contains_key("VpcConfig") {
        all.push(statement(
            "ReachTheNetwork",
            &[
                "ec2:AssignPrivateIpAddresses",
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:UnassignPrivateIpAddresses",
            ],
            vec!["*".into()],
        ));
    }
    if properties.contains_key("Tracing") || properties.contains_key("TracingConfig") {
        all.push(statement(
            "Trace",
            &["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
            vec!["*".into()],
        ));
    }
    for name in ["DeadLetterQueue", "DeadLetterConfig"] {
        if let Some(arn) = properties
            .get(name)
            .and_then(|queue| queue.get("TargetArn"))
        {
            let action = match properties[name]["Type"] == "SNS" {
                true => "sns:Publish",
                false => "sqs:SendMessage",
            };
            all.push(statement("BuryDeadLetters", &[action], vec![arn.clone()]));
        }
    }
    all
}
