//! `mapItemReaderData`: a file as an ItemReader finds it, made into items.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>

use query::Payload;
use serde_json::{Map, Value};

use crate::Error;

pub(super) fn read(state: &Value, data: &str) -> Result<Payload, Error> {
    let config = &state["ItemReader"]["ReaderConfig"];
    let input_type = config["InputType"].as_str().unwrap_or("JSON");
    let items = match input_type {
        "JSON" => json(data, config["ItemsPointer"].as_str().unwrap_or_default())?,
        "JSONL" => lines(data)?,
        "CSV" => table(data, config),
        other => {
            return Err(refused(format!(
                "data of the InputType '{other}' cannot be given to a test"
            )));
        }
    };
    let most = config["MaxItems"].as_u64().filter(|most| *most > 0);
    let most = most.map_or(usize::MAX, |most| {
        usize::try_from(most).unwrap_or(usize::MAX)
    });
    Ok(Payload::from_value(items.into_iter().take(most).collect()))
}

fn refused(why: String) -> Error {
    Error::validation(format!("Invalid MapItemReaderData provided: {why}"))
}

fn json(data: &str, pointer: &str) -> Result<Vec<Value>, Error> {
    let value: Value = serde_json::from_str(data).map_err(|error| refused(error.to_string()))?;
    match value.pointer(pointer) {
        Some(Value::Array(items)) => Ok(items.clone()),
        Some(_) if pointer.is_empty() => Err(refused("it must be a JSON array".to_owned())),
        _ => Err(refused(format!(
            "there is no array at the ItemsPointer '{pointer}'"
        ))),
    }
}

fn lines(data: &str) -> Result<Vec<Value>, Error> {
    let lines = data.lines().filter(|line| !line.trim().is_empty());
    let items: Result<_, _> = lines.map(serde_json::from_str).collect();
    items.map_err(|error: serde_json::Error| refused(error.to_string()))
}

/// A row each, by the names of the first row or those that are given.
fn table(data: &str, config: &Value) -> Vec<Value> {
    let delimiter = match config["CSVDelimiter"].as_str() {
        Some("PIPE") => '|',
        Some("SEMICOLON") => ';',
        Some("SPACE") => ' ',
        Some("TAB") => '\t',
        _ => ',',
    };
    let mut rows = rows(data, delimiter).into_iter();
    let given = config["CSVHeaders"].as_array().map(|names| {
        let names = names.iter().filter_map(Value::as_str);
        names.map(str::to_owned).collect::<Vec<_>>()
    });
    let names = given.or_else(|| rows.next()).unwrap_or_default();
    let item = |row: Vec<String>| {
        let fields = names.iter().cloned().zip(row.into_iter().map(Value::from));
        Value::Object(fields.collect::<Map<_, _>>())
    };
    rows.map(item).collect()
}

/// RFC 4180: a field in quotes may hold delimiters, line ends and doubled quotes.
fn rows(data: &str, delimiter: char) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut is_quoted = false;
    let mut chars = data.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if is_quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => field.push(char),
            '\r' => {}
            '\n' => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            _ if char == delimiter => row.push(std::mem::take(&mut field)),
            _ => field.push(char),
        }
    }
    if !row.is_empty() || !field.is_empty() {
        row.push(field);
        rows.push(row);
    }
    rows.retain(|row| row.iter().any(|field| !field.is_empty()));
    rows
}
