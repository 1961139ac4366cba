//! How much of the data one evaluation may copy: a short path or template can ask for the same large value many times.

use serde_json::Value;

/// What is left of [`CopyBudget::BYTES`].
pub(crate) struct CopyBudget(usize);

/// The budget is used up.
#[derive(Debug)]
pub(crate) struct TooMuchCopied;

impl CopyBudget {
    /// The whole budget: as much JSON as Stepwright lets a payload have unless told otherwise.
    pub(crate) const BYTES: usize = 64 * 1024 * 1024;

    /// What every value counts, in bytes, beside its text or its names: less than it takes in memory, more than a number
    /// takes as JSON.
    const VALUE_BYTES: usize = 8;

    pub(crate) fn new() -> Self {
        CopyBudget(Self::BYTES)
    }

    /// Counts one copy of `value`; looks no further into it than the budget reaches.
    pub(crate) fn spend(&mut self, value: &Value) -> Result<(), TooMuchCopied> {
        match value {
            Value::String(text) => self.spend_bytes(text.len()),
            Value::Array(items) => {
                self.spend_bytes(0)?;
                items.iter().try_for_each(|item| self.spend(item))
            }
            Value::Object(fields) => {
                self.spend_bytes(0)?;
                fields
                    .iter()
                    .try_for_each(|(name, field)| self.spend_field(name, field))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => self.spend_bytes(0),
        }
    }

    /// Counts one copy of a field of an object.
    pub(crate) fn spend_field(&mut self, name: &str, value: &Value) -> Result<(), TooMuchCopied> {
        self.spend_bytes(name.len())?;
        self.spend(value)
    }

    fn spend_bytes(&mut self, text_bytes: usize) -> Result<(), TooMuchCopied> {
        let bytes = text_bytes.saturating_add(Self::VALUE_BYTES);
        let left = self.0.checked_sub(bytes);
        // Once it did not suffice, nothing smaller is let through either.
        self.0 = left.unwrap_or(0);
        left.map(drop).ok_or(TooMuchCopied)
    }

    /// Whether nothing is left.
    pub(crate) fn is_used_up(&self) -> bool {
        self.0 == 0
    }
}
