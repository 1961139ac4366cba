//! Causes as people read them. A function's cause is the JSON that Lambda answers for an unhandled error: `errorMessage`,
//! `errorType`, and `stackTrace` (Python, Java) or `trace` (Node):
//! <https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html>.

use serde_json::Value;

/// The longest message in a line of a log.
const FIRST_LINE_CHARACTERS: usize = 160;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    pub message: String,
    /// Lines of a function's stack trace.
    pub trace: Vec<String>,
}

/// Takes a cause apart; text that is no function's error is the message itself.
pub fn parse(cause: &str) -> Cause {
    let function_error = serde_json::from_str::<Value>(cause)
        .ok()
        .filter(|value| value.get("errorMessage").is_some_and(Value::is_string));
    let Some(error) = function_error else {
        return Cause {
            message: cause.trim().to_owned(),
            trace: Vec::new(),
        };
    };
    let trace = ["stackTrace", "trace"]
        .iter()
        .find_map(|key| error[key].as_array());
    let lines = trace
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .flat_map(str::lines)
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.trim_end().to_owned());
    Cause {
        message: error["errorMessage"].as_str().unwrap_or("").to_owned(),
        trace: lines.collect(),
    }
}

/// The beginning of a cause's message.
pub fn first_line(cause: &str) -> String {
    let message = parse(cause).message;
    let line = message.lines().next().unwrap_or("").trim();
    match line.char_indices().nth(FIRST_LINE_CHARACTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_functions_error_is_unpacked() {
        let cause = r#"{"errorMessage": "not up", "errorType": "E", "stackTrace": ["  File \"app.py\", line 3, in handler\n    raise E()\n"]}"#;
        let parsed = parse(cause);
        assert_eq!(parsed.message, "not up");
        assert_eq!(
            parsed.trace,
            ["  File \"app.py\", line 3, in handler", "    raise E()"]
        );
        let node = parse(
            r#"{"errorMessage": "no", "trace": ["Error: no", "    at handler (index.js:1)"]}"#,
        );
        assert_eq!(node.trace.len(), 2);
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in ["plain", "{\"a\": 1}", "[1]", "\"errorMessage\"", ""] {
            assert_eq!(parse(text).message, text);
        }
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let line = first_line(&format!("{}\nmore", "ä".repeat(500)));
        assert_eq!(line.chars().count(), FIRST_LINE_CHARACTERS + 1);
    }
}
