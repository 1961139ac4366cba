//! `stepwright validate`: every problem of every file, at once.

use std::path::Path;

use serde_json::{Value, json};
use states_language::diagnostic::{Diagnostic, Severity};
use states_language::render::render;
use states_language::source::Source;
use states_language::substitution::MissingValues;
use states_language::{ParseOptions, Parsed};

use crate::args::{Output, ValidateArgs};
use crate::error::CliError;
use crate::{input, terminal};

/// 0 when AWS would accept all files, else 1. A file that cannot be read is an error once the others were checked.
pub fn validate(args: &ValidateArgs) -> Result<u8, CliError> {
    let mut unreadable = Vec::new();
    let mut checked: Vec<(Source, Parsed)> = Vec::new();
    for path in &args.files {
        match input::read_source(path) {
            Ok(source) => {
                let options = ParseOptions {
                    substitutions: input::variables(&args.var_file, &args.vars, Some(&source))?,
                    missing_values: MissingValues::Unknown,
                    ..ParseOptions::default()
                };
                let parsed = states_language::parse(&source, &options);
                checked.push((source, parsed));
            }
            Err(error) => unreadable.push(error),
        }
    }
    match args.output {
        Output::Text => print_text(&checked),
        Output::Json => print_json(&checked),
    }?;
    let rejected = checked.iter().any(|(_, parsed)| !parsed.is_valid());
    match unreadable
        .into_iter()
        .reduce(|first, second| CliError::user(format!("{first}\n{second}")))
    {
        Some(error) => Err(error),
        None => Ok(rejected.into()),
    }
}

fn print_text(checked: &[(Source, Parsed)]) -> Result<(), CliError> {
    let colour = terminal::stdout_has_colour();
    let mut text = String::new();
    for (source, parsed) in checked {
        for diagnostic in &parsed.diagnostics {
            text += &render(diagnostic, source, colour);
            text.push('\n');
        }
        text += &format!("{}: {}\n", source.name(), verdict(parsed));
    }
    terminal::print(&text)
}

fn verdict(parsed: &Parsed) -> String {
    let count = |severity| {
        parsed
            .diagnostics
            .iter()
            .filter(|d| d.severity == severity)
            .count()
    };
    let named = |number: usize, word: &str| {
        format!("{number} {word}{}", if number == 1 { "" } else { "s" })
    };
    match (count(Severity::Error), count(Severity::Warning)) {
        (0, 0) => "valid".to_owned(),
        (0, warnings) => format!("valid, {}", named(warnings, "warning")),
        (errors, 0) => named(errors, "error"),
        (errors, warnings) => format!("{}, {}", named(errors, "error"), named(warnings, "warning")),
    }
}

/// A list with an object a file, shaped like the answer of ValidateStateMachineDefinition, with the file and places added.
fn print_json(checked: &[(Source, Parsed)]) -> Result<(), CliError> {
    let files: Vec<Value> = checked
        .iter()
        .map(|(source, parsed)| {
            let result = if parsed.is_valid() { "OK" } else { "FAIL" };
            json!({"file": source.name(), "result": result, "diagnostics": parsed.diagnostics})
        })
        .collect();
    terminal::print_json(&Value::from(files))
}

/// What stops `run`: every error, rendered.
pub fn rendered_errors(path: &Path, source: &Source, diagnostics: &[Diagnostic]) -> CliError {
    let colour = terminal::stderr_has_colour();
    let errors: Vec<String> = diagnostics
        .iter()
        .filter(|d| d.is_error())
        .map(|d| render(d, source, colour))
        .collect();
    CliError::user(format!(
        "{} cannot run:\n{}",
        path.display(),
        errors.join("\n").trim_end()
    ))
}
