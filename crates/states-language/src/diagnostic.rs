//! What is wrong with a definition, and where.

use serde::Serialize;

use crate::source::{Source, Span};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// AWS rejects the definition.
    Error,
    /// AWS accepts the definition; it can hardly be meant so.
    Warning,
}

/// The codes of AWS's ValidateStateMachineDefinition as far as they were seen in its answers, and our own for findings that AWS has none for.
pub mod code {
    pub const INVALID_JSON: &str = "INVALID_JSON_DESCRIPTION";
    pub const SCHEMA: &str = "SCHEMA_VALIDATION_FAILED";
    pub const MISSING_TARGET: &str = "MISSING_TRANSITION_TARGET";
    pub const MISSING_END: &str = "MISSING_END_STATE";
    pub const DUPLICATE_STATE: &str = "DUPLICATE_STATE_NAME";
    pub const INVALID_JSONATA: &str = "INVALID_JSONATA_EXPRESSION";
    pub const UNSUPPORTED_JSONATA: &str = "UNSUPPORTED_JSONATA_EXPRESSION";
    /// Ours: YAML that cannot be read.
    pub const INVALID_YAML: &str = "INVALID_YAML_DESCRIPTION";
    /// Ours: `${name}` without a usable value.
    pub const SUBSTITUTION: &str = "UNRESOLVED_SUBSTITUTION";
    /// Ours: the quota of 1 MB.
    pub const TOO_LARGE: &str = "DEFINITION_TOO_LARGE";
    /// Ours: a variable that nothing assigns.
    pub const UNASSIGNED_VARIABLE: &str = "UNASSIGNED_VARIABLE";
    /// Ours: states that can be entered but never end.
    pub const NO_PATH_TO_END: &str = "NO_PATH_TO_END";
    /// Ours: a name that AWS refuses when the task is run, or that only Stepwright understands.
    pub const UNKNOWN_MEMBER: &str = "UNKNOWN_PARAMETER";
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    pub severity: Severity,
    /// One of [`code`].
    pub code: &'static str,
    /// In AWS's words where they are known.
    pub message: String,
    /// As AWS writes it: `/States/A/Choices[0]/Next`, for text that is no JSON the beginning of it with line and column; absent
    /// where AWS gives none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The same place as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// In the text of the definition, in bytes.
    #[serde(skip)]
    pub span: Span,
    /// What was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Diagnostic {
    /// Without a place inside the tree.
    pub fn new(
        severity: Severity,
        code: &'static str,
        message: impl Into<String>,
        source: &Source,
        span: Span,
    ) -> Diagnostic {
        let position = source.position(span.start);
        Diagnostic {
            severity,
            code,
            message: message.into(),
            location: None,
            pointer: String::new(),
            line: position.line,
            column: position.column,
            span,
            hint: None,
        }
    }

    /// The message as AWS's API has it: of text that is no JSON it ends with the place.
    pub fn aws_message(&self) -> String {
        match &self.location {
            Some(location) if self.code == code::INVALID_JSON => {
                format!("{}\n at {location}", self.message)
            }
            _ => self.message.clone(),
        }
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// The name that was probably meant: the nearest of `known` if it is near enough, ready to show (`did you mean 'X'?`).
pub fn did_you_mean<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    let lower = written.to_lowercase();
    let limit = (written.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .filter(|name| name.len().abs_diff(written.len()) <= limit)
        .map(|name| {
            (
                strsim::damerau_levenshtein(&lower, &name.to_lowercase()),
                name,
            )
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| format!("did you mean '{name}'?"))
}
