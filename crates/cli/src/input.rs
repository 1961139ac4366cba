//! What stands in options and files: the execution's input, values of substitutions, definitions.

mod terraform;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use query::Payload;
use serde_json::Value;
use states_language::source::Source;

use crate::error::CliError;

/// Reads a text file; bytes that are not UTF-8 are named with their place.
pub fn read_text(path: &Path) -> Result<String, CliError> {
    let bytes = std::fs::read(path).map_err(|error| CliError::reading(path, error))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count()
            + 1;
        CliError::user(format!(
            "{} is not UTF-8: byte {at}, line {line}",
            path.display()
        ))
    })
}

pub fn read_source(path: &Path) -> Result<Source, CliError> {
    Ok(Source::new(path.display().to_string(), read_text(path)?))
}

/// `--input`: JSON, `@FILE`, `file://FILE` or `-`.
pub fn execution_input(option: Option<&str>) -> Result<Payload, CliError> {
    let option = option.unwrap_or("{}");
    let (text, place) = written_or_file(option, "--input")?;
    Payload::parse(text.trim()).map_err(|error| {
        let wrong = CliError::user(format!("the input is not JSON: {place}: {error}"));
        match Path::new(option).is_file() {
            true => wrong.with_hint(format!("to read a file, write --input @{option}")),
            false => wrong,
        }
    })
}

/// What an argument says (the text itself, `@FILE`, `file://FILE` or `-`), and what to call the place that it comes from.
pub fn written_or_file(argument: &str, name: &str) -> Result<(String, String), CliError> {
    if argument == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| CliError::user(format!("standard input cannot be read: {error}")))?;
        return Ok((text, "standard input".to_owned()));
    }
    let file = argument
        .strip_prefix('@')
        .or_else(|| argument.strip_prefix("file://"));
    match file {
        Some(file) => Ok((read_text(Path::new(file))?, file.to_owned())),
        None => Ok((argument.to_owned(), name.to_owned())),
    }
}

/// `--var-file` in order, then `--var`: later ones win. What a state of Terraform's knows about `definition` comes first.
pub fn variables(
    files: &[PathBuf],
    vars: &[String],
    definition: Option<&Source>,
) -> Result<BTreeMap<String, String>, CliError> {
    let mut values = BTreeMap::new();
    for path in files {
        let source = read_source(path)?;
        let node = states_language::syntax::parse(&source).map_err(|failure| {
            let position = source.position(failure.span.start);
            CliError::user(format!(
                "{}:{}:{}: {}",
                path.display(),
                position.line,
                position.column,
                failure.message
            ))
        })?;
        let Value::Object(object) = node.to_value() else {
            return Err(CliError::user(format!(
                "{} has to hold an object of names and values",
                path.display()
            )));
        };
        let object = Value::Object(object);
        if terraform::is_shown(&object) {
            values.extend(terraform::values(&object, definition));
        } else if let Value::Object(object) = object {
            let texts = object.into_iter();
            values.extend(texts.map(|(name, value)| (name, text_of(value))));
        }
    }
    for var in vars {
        let (name, value) = var.split_once('=').ok_or_else(|| {
            CliError::user(format!("--var {var} has no value")).with_hint("write --var NAME=VALUE")
        })?;
        values.insert(name.to_owned(), value.to_owned());
    }
    Ok(values)
}

/// A text as it is, anything else as JSON.
fn text_of(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
