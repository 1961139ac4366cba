//! Filter patterns: terms. What reads JSON or fields separated by spaces is refused.

use super::error;
use crate::wire::ServiceError;

/// Which messages are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// All of these texts have to be in it.
    required: Vec<String>,
    /// `?a ?b`: one of these, unless there are others that are required.
    optional: Vec<String>,
    /// `-a`: none of these.
    excluded: Vec<String>,
}

impl Filter {
    /// Reads `ERROR`, `"two words" -DEBUG`, `?ERROR ?WARN` (CloudWatch Logs User Guide, "Match terms in unstructured log events").
    pub fn parse(pattern: &str) -> Result<Filter, ServiceError> {
        let mut filter = Filter::default();
        let mut rest = pattern.trim();
        let kind = match rest.chars().next() {
            Some('{') => Some("JSON"),
            Some('[') => Some("fields separated by spaces"),
            Some('%') => Some("regular expressions"),
            _ => None,
        };
        if let Some(kind) = kind {
            return Err(error::invalid(format!(
                "Invalid filter pattern: Stepwright knows terms (ERROR, \"two words\", -DEBUG, ?ERROR ?WARN), no patterns of {kind}"
            )));
        }
        while !rest.is_empty() {
            let (list, behind) = match (rest.strip_prefix('-'), rest.strip_prefix('?')) {
                (Some(behind), _) => (&mut filter.excluded, behind),
                (_, Some(behind)) => (&mut filter.optional, behind),
                _ => (&mut filter.required, rest),
            };
            let term;
            (term, rest) = next_term(behind).ok_or_else(|| {
                error::invalid(format!(
                    "Invalid filter pattern: a quotation mark of {behind} is not closed"
                ))
            })?;
            if term.is_empty() {
                return Err(error::invalid("Invalid filter pattern: a term is empty"));
            }
            list.push(term);
            rest = rest.trim_start();
        }
        Ok(filter)
    }

    pub fn matches(&self, message: &str) -> bool {
        let has = |term: &String| message.contains(term.as_str());
        self.required.iter().all(has)
            && !self.excluded.iter().any(has)
            && (self.optional.is_empty()
                || !self.required.is_empty()
                || self.optional.iter().any(has))
    }
}

/// A word, or what stands between quotation marks, and what follows.
fn next_term(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        let (term, rest) = text.split_at(end);
        return Some((term.into(), rest));
    };
    let mut term = String::new();
    loop {
        let end = rest.find(['"', '\\'])?;
        let (before, behind) = rest.split_at(end);
        term.push_str(before);
        if let Some(behind) = behind.strip_prefix('"') {
            return Some((term, behind));
        }
        let mut escaped = behind.chars();
        escaped.next();
        term.push(escaped.next()?);
        rest = escaped.as_str();
    }
}
