//! Parameters of a request.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use api::wire::parameters;
use http::request::Parts;

use super::invalid;
use crate::serve::http::answers::Refusal;

/// The last of each name; an empty one counts as none.
pub struct Query(HashMap<String, String>);

impl Query {
    pub fn of(request: &Parts) -> Query {
        let given = parameters(request.uri.query().unwrap_or_default());
        let given = given.map(|(name, value)| (name.into_owned(), value.into_owned()));
        Query(given.filter(|(_, value)| !value.is_empty()).collect())
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name)
            .ok_or_else(|| invalid(format!("The parameter '{name}' is missing.")))
    }

    /// Without regard to case.
    pub fn folded(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_lowercase)
    }

    pub fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let parsed = self.text(name).map(|text| {
            text.parse().map_err(|_| {
                invalid(format!(
                    "The parameter '{name}' has to be a whole number, not '{text}'."
                ))
            })
        });
        parsed.transpose()
    }

    /// `limit`, or the default.
    pub fn limit(&self, default: usize, allowed: RangeInclusive<usize>) -> Result<usize, Refusal> {
        let given = self.number("limit")?.map(usize::try_from);
        match given {
            None => Ok(default),
            Some(Ok(limit)) if allowed.contains(&limit) => Ok(limit),
            Some(_) => Err(invalid(format!(
                "The parameter 'limit' has to be from {} to {}.",
                allowed.start(),
                allowed.end()
            ))),
        }
    }
}
