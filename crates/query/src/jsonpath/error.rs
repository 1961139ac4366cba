//! Why a path gave no value, in AWS's words: those of an early 2.x version of the Jayway library, as reported
//! causes of failed executions show.

use thiserror::Error;

/// Why a path gave no value or could not be written to. `path` is the path as written, `normalized` its steps in the form
/// `$['a'][0]`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PathError {
    /// The last step is missing.
    #[error("Invalid path '{path}' : No results for path: {normalized}")]
    NoResults {
        /// The path as written.
        path: String,
        /// All its steps.
        normalized: String,
    },
    /// A name before the last step is missing.
    #[error("Invalid path '{path}' : Missing property in path {normalized}")]
    MissingProperty {
        /// The path as written.
        path: String,
        /// The steps up to the missing name.
        normalized: String,
    },
    /// A name was looked up in something that is no object.
    #[error("Invalid path '{path}' : Property ['{property}'] not found in path {normalized}")]
    NotAnObject {
        /// The path as written.
        path: String,
        /// The name looked up.
        property: String,
        /// The steps up to the value.
        normalized: String,
    },
    /// An index was applied to something that is no array.
    #[error(
        "Invalid path '{path}' : Filter: {step} can only be applied to arrays. Current context is: {found}"
    )]
    NotAnArray {
        /// The path as written.
        path: String,
        /// The index as `[0]`.
        step: String,
        /// The value, as JSON cut after 200 characters.
        found: String,
    },
    /// The path starts with a variable that has no value here.
    #[error("Invalid path '{path}' : The variable '{name}' is not defined")]
    UndefinedVariable {
        /// The path as written.
        path: String,
        /// The variable, without the `$`.
        name: String,
    },
    /// The path visits more values than one evaluation may.
    #[error("Invalid path '{path}' : The path matches more than {limit} values")]
    TooManyResults {
        /// The path as written.
        path: String,
        /// The limit.
        limit: usize,
    },
    /// What the path matches is larger than what one evaluation may copy.
    #[error("Invalid path '{path}' : The values that the path matches exceed {limit_bytes} bytes")]
    ResultTooLarge {
        /// The path as written.
        path: String,
        /// The limit, in bytes.
        limit_bytes: usize,
    },
    /// A reference path does not fit the value that it should write into.
    #[error("Unable to apply ReferencePath {path} to input {input}")]
    NotApplicable {
        /// The path as written.
        path: String,
        /// The value, as JSON.
        input: String,
    },
    /// Writing would nest values too deeply.
    #[error("Unable to apply ReferencePath {path}: the result nests more than {limit} levels")]
    TooDeep {
        /// The path as written.
        path: String,
        /// The limit.
        limit: usize,
    },
}

impl PathError {
    /// The path as it was written.
    pub fn path(&self) -> &str {
        match self {
            PathError::NoResults { path, .. }
            | PathError::MissingProperty { path, .. }
            | PathError::NotAnObject { path, .. }
            | PathError::NotAnArray { path, .. }
            | PathError::UndefinedVariable { path, .. }
            | PathError::TooManyResults { path, .. }
            | PathError::ResultTooLarge { path, .. }
            | PathError::NotApplicable { path, .. }
            | PathError::TooDeep { path, .. } => path,
        }
    }

    /// Whether the path is well-formed but the data has no such value.
    pub fn is_missing(&self) -> bool {
        !matches!(
            self,
            PathError::TooManyResults { .. }
                | PathError::ResultTooLarge { .. }
                | PathError::NotApplicable { .. }
                | PathError::TooDeep { .. }
        )
    }
}
