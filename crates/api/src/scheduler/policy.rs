//! What becomes of occurrences that were missed, and of those that come while the execution of an earlier one still runs: extensions
//! beyond AWS.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::wire::ServiceError;

/// The member of CreateSchedule, UpdateSchedule and PutRule that holds them.
pub const MEMBER: &str = "Stepwright";

/// Of a schedule or a rule with a schedule expression.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policies {
    pub missed: Missed,
    pub overlap: Overlap,
}

/// Occurrences that passed while the server was down, or the machine slept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Missed {
    /// Each of them, in order.
    CatchUp,
    #[default]
    OnlyLast,
    Skip,
}

/// An execution that an earlier occurrence started still runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Overlap {
    /// As on AWS.
    #[default]
    Allow,
    Skip,
    /// It starts behind the end.
    Queue,
    /// The earlier one is stopped, this one starts behind its end.
    CancelRunning,
}

impl Missed {
    const NAMES: [(Missed, &str, &str); 3] = [
        (Missed::CatchUp, "CATCH_UP", "CATCHUP"),
        (Missed::OnlyLast, "ONLY_LAST", "ONLYTHELAST"),
        (Missed::Skip, "SKIP", "SKIP"),
    ];

    /// As the API has it.
    pub fn name(self) -> &'static str {
        name(&Missed::NAMES, self)
    }
}

impl Overlap {
    const NAMES: [(Overlap, &str, &str); 4] = [
        (Overlap::Allow, "ALLOW", "ALLOW"),
        (Overlap::Skip, "SKIP", "SKIP"),
        (Overlap::Queue, "QUEUE", "QUEUE"),
        (
            Overlap::CancelRunning,
            "CANCEL_RUNNING",
            "CANCELTHERUNNINGONE",
        ),
    ];

    /// As the API has it.
    pub fn name(self) -> &'static str {
        name(&Overlap::NAMES, self)
    }
}

fn name<T: PartialEq>(names: &[(T, &'static str, &'static str)], value: T) -> &'static str {
    let found = names.iter().find(|(named, ..)| *named == value);
    found.map_or("", |(_, name, _)| name)
}

impl Policies {
    /// Those that an object `{"Missed": …, "Overlap": …}` asks for; what it does not name stays as it is. `catch up` and `CATCH_UP` mean
    /// the same.
    ///
    /// # Errors
    /// `ValidationException`: no object, another member, another value.
    pub fn changed_by(self, wanted: &Value) -> Result<Policies, ServiceError> {
        let Some(members) = wanted.as_object() else {
            let why = format!("{MEMBER} has to be an object with Missed and Overlap.");
            return Err(refused(why));
        };
        let mut policies = self;
        for (member, value) in members {
            match member.as_str() {
                "Missed" => policies.missed = read(member, value, &Missed::NAMES)?,
                "Overlap" => policies.overlap = read(member, value, &Overlap::NAMES)?,
                other => {
                    let why = format!("{MEMBER} has Missed and Overlap, no {other}.");
                    return Err(refused(why));
                }
            }
        }
        Ok(policies)
    }
}

fn read<T: Copy>(
    member: &str,
    value: &Value,
    names: &[(T, &'static str, &'static str)],
) -> Result<T, ServiceError> {
    let letters = |text: &str| -> String {
        let letters = text.chars().filter(char::is_ascii_alphanumeric);
        letters.map(|c| c.to_ascii_uppercase()).collect()
    };
    let wanted = value.as_str().map(letters);
    names
        .iter()
        .find(|(_, name, words)| {
            wanted.as_deref() == Some(*words) || wanted.as_ref() == Some(&letters(name))
        })
        .map(|(named, ..)| *named)
        .ok_or_else(|| {
            let known: Vec<_> = names.iter().map(|(_, name, _)| *name).collect();
            let known = known.join(", ");
            refused(format!(
                "{MEMBER}.{member} is {value}; it can be one of {known}."
            ))
        })
}

fn refused(message: String) -> ServiceError {
    ServiceError::new("ValidationException", 400, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn policies_are_read_as_names_or_words_and_the_others_stay() {
        let only_overlap = Policies::default()
            .changed_by(&json!({"Overlap": "cancel the running one"}))
            .unwrap();
        assert_eq!(only_overlap.overlap, Overlap::CancelRunning);
        assert_eq!(only_overlap.missed, Missed::OnlyLast);
        let both = only_overlap.changed_by(&json!({"Missed": "CATCH_UP", "Overlap": "queue"}));
        let both = both.unwrap();
        assert_eq!(
            (both.missed.name(), both.overlap.name()),
            ("CATCH_UP", "QUEUE")
        );
        assert_eq!(both.changed_by(&json!({})).unwrap(), both);
        let last = both
            .changed_by(&json!({"Missed": "only the last"}))
            .unwrap();
        assert_eq!(last.missed, Missed::OnlyLast);
    }

    #[test]
    fn what_is_no_policy_is_refused_with_what_there_is() {
        for (wanted, message) in [
            (
                json!("QUEUE"),
                "Stepwright has to be an object with Missed and Overlap.",
            ),
            (
                json!({"overlap": "QUEUE"}),
                "Stepwright has Missed and Overlap, no overlap.",
            ),
            (
                json!({"Missed": "never"}),
                "Stepwright.Missed is \"never\"; it can be one of CATCH_UP, ONLY_LAST, SKIP.",
            ),
            (
                json!({"Overlap": 1}),
                "Stepwright.Overlap is 1; it can be one of ALLOW, SKIP, QUEUE, CANCEL_RUNNING.",
            ),
        ] {
            let error = Policies::default().changed_by(&wanted).unwrap_err();
            assert_eq!(error.message, message);
        }
    }
}
