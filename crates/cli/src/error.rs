//! Errors of the command line: what the user can mend, and what only we can.

use std::fmt::Display;
use std::path::Path;

#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// Usage, configuration or a definition that cannot run: exit code 2.
    #[error("{message}")]
    User {
        message: String,
        hint: Option<String>,
    },
    /// What was done cannot be told, for want of space for example: exit code 70.
    #[error("{0}")]
    Output(String),
    /// An error inside Stepwright: exit code 70.
    #[error("{0}")]
    Internal(String),
}

impl CliError {
    pub fn user(message: impl Into<String>) -> CliError {
        CliError::User {
            message: message.into(),
            hint: None,
        }
    }

    pub fn with_hint(self, hint: impl Into<String>) -> CliError {
        match self {
            CliError::User { message, .. } => CliError::User {
                message,
                hint: Some(hint.into()),
            },
            internal => internal,
        }
    }

    pub fn reading(path: &Path, error: impl Display) -> CliError {
        CliError::user(format!("{} cannot be read: {error}", path.display()))
    }

    pub fn exit_code(&self) -> u8 {
        match self {
            CliError::User { .. } => 2,
            CliError::Output(_) | CliError::Internal(_) => 70,
        }
    }
}
