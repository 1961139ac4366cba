//! Definition text (JSON or YAML) to an immutable, validated [`Machine`](machine::Machine), or diagnostics with positions.

mod check;
pub mod diagnostic;
pub mod integration;
pub mod machine;
pub mod render;
pub mod resource;
pub mod source;
pub mod substitution;
pub mod syntax;
mod unsupported;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use render::render;
pub use unsupported::{Unsupported, unsupported, waits_for_others};

use diagnostic::{Diagnostic, Severity, code};
use machine::Machine;
use source::{Format, Source, Span};
use substitution::{MissingValues, SubstitutionError};
use syntax::MAX_BYTES;

/// How a definition is read.
#[derive(Debug, Clone, Default)]
pub struct ParseOptions {
    /// What `${name}` stands for.
    pub substitutions: BTreeMap<String, String>,
    pub missing_values: MissingValues,
    /// Why some names have no value; shown with the finding that one has none.
    pub substitution_hints: BTreeMap<String, String>,
    /// Names in a task's parameters that can be understood but are not Step Functions' (those of the wire, or in another case)
    /// are warnings. AWS refuses them.
    pub allow_other_names: bool,
    /// For an Express workflow: nothing in it waits for others.
    pub express: bool,
}

/// What a definition's text is.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// There when no diagnostic is an error and no substitution is without a value.
    pub machine: Option<Arc<Machine>>,
    /// All that was found, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl Parsed {
    /// Whether AWS would accept the definition.
    pub fn is_valid(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }

    fn failed(diagnostic: Diagnostic) -> Parsed {
        Parsed {
            machine: None,
            diagnostics: vec![diagnostic],
        }
    }
}

/// Reads and checks a definition. Every problem is reported at once, but for text that is no JSON or YAML, where the first is all.
pub fn parse(source: &Source, options: &ParseOptions) -> Parsed {
    let error =
        |code, message: String, span| Diagnostic::new(Severity::Error, code, message, source, span);
    if source.text().len() > MAX_BYTES {
        let message = format!(
            "The definition has {} bytes; AWS allows {MAX_BYTES}",
            source.text().len()
        );
        return Parsed::failed(error(
            code::TOO_LARGE,
            message,
            Span::new(MAX_BYTES, MAX_BYTES),
        ));
    }
    if source
        .text()
        .trim_start_matches('\u{feff}')
        .trim()
        .is_empty()
    {
        return Parsed::failed(error(
            code::SCHEMA,
            "Definition must be a valid JSON object".to_owned(),
            Span::default(),
        ));
    }
    let mut node = match syntax::parse(source) {
        Ok(node) => node,
        Err(failure) => {
            let code = match source.format() {
                Format::Json => code::INVALID_JSON,
                Format::Yaml => code::INVALID_YAML,
            };
            let mut diagnostic = error(code, failure.message, failure.span);
            if source.format() == Format::Json {
                diagnostic.location = Some(parser_location(source, failure.span.end));
            }
            return Parsed::failed(diagnostic);
        }
    };
    let mut diagnostics = Vec::new();
    if let Err(errors) = substitution::substitute(
        &mut node,
        source.text(),
        &options.substitutions,
        options.missing_values,
    ) {
        diagnostics.extend(errors.into_iter().map(|failure| {
            let mut found = error(code::SUBSTITUTION, failure.to_string(), failure.span());
            if let SubstitutionError::Unresolved { name, .. } = &failure {
                found.hint = options.substitution_hints.get(name).cloned();
            }
            found
        }));
    }
    let (machine, found) = check::check(&node, source, options);
    diagnostics.extend(found);
    let broken = diagnostics.iter().any(Diagnostic::is_error);
    Parsed {
        machine: machine.filter(|_| !broken).map(Arc::new),
        diagnostics,
    }
}

/// Where AWS's parser stood, as it writes that: the text's beginning, and the place after what it could not read.
fn parser_location(source: &Source, offset: usize) -> String {
    const SHOWN_CHARACTERS: usize = 500;
    let text = source.text();
    let end = text
        .char_indices()
        .nth(SHOWN_CHARACTERS)
        .map_or(text.len(), |(i, _)| i);
    let rest = text[end..].chars().count();
    let truncated = if rest > 0 {
        format!("[truncated {rest} chars]")
    } else {
        String::new()
    };
    let position = source.position(offset);
    format!(
        "[Source: (String)\"{}\"{truncated}; line: {}, column: {}]",
        &text[..end],
        position.line,
        position.column
    )
}
