//! Which fields an object may have, by the table of state types in the specification (<https://states-language.net/spec.html#state-type-table>).

use super::{Checker, Object};
use crate::machine::QueryLanguage;

/// A field's name and the only query language it is for.
pub(super) type Field = (&'static str, Option<QueryLanguage>);

const PATH: Option<QueryLanguage> = Some(QueryLanguage::JsonPath);
const JSONATA: Option<QueryLanguage> = Some(QueryLanguage::Jsonata);

pub(super) const MACHINE: &[Field] = &[
    ("Comment", None),
    ("QueryLanguage", None),
    ("StartAt", None),
    ("States", None),
    ("Version", None),
    ("TimeoutSeconds", None),
];
pub(super) const BRANCH: &[Field] = &[("Comment", None), ("StartAt", None), ("States", None)];
pub(super) const PROCESSOR: &[Field] = &[
    ("Comment", None),
    ("StartAt", None),
    ("States", None),
    ("ProcessorConfig", None),
];
pub(super) const PROCESSOR_CONFIG: &[Field] = &[("Mode", None), ("ExecutionType", None)];
pub(super) const RETRIER: &[Field] = &[
    ("ErrorEquals", None),
    ("IntervalSeconds", None),
    ("MaxAttempts", None),
    ("BackoffRate", None),
    ("MaxDelaySeconds", None),
    ("JitterStrategy", None),
    ("Comment", None),
];
pub(super) const CATCHER: &[Field] = &[
    ("ErrorEquals", None),
    ("Next", None),
    ("ResultPath", PATH),
    ("Output", JSONATA),
    ("Assign", None),
    ("Comment", None),
];

/// Of all states.
const COMMON: &[Field] = &[("Type", None), ("Comment", None), ("QueryLanguage", None)];
const NEXT: &[Field] = &[("Next", None), ("End", None), ("Assign", None)];
const IN_OUT: &[Field] = &[
    ("InputPath", PATH),
    ("OutputPath", PATH),
    ("Output", JSONATA),
];
const RESULT: &[Field] = &[("Parameters", PATH), ("ResultPath", PATH)];
const ERRORS: &[Field] = &[("ResultSelector", PATH), ("Retry", None), ("Catch", None)];

/// The groups of fields that a state of this type has.
pub(super) fn of_state(type_name: &str) -> &'static [&'static [Field]] {
    match type_name {
        "Pass" => &[COMMON, NEXT, IN_OUT, RESULT, &[("Result", PATH)]],
        "Task" => &[
            COMMON,
            NEXT,
            IN_OUT,
            RESULT,
            ERRORS,
            &[
                ("Resource", None),
                ("Arguments", JSONATA),
                ("TimeoutSeconds", None),
                ("TimeoutSecondsPath", PATH),
                ("HeartbeatSeconds", None),
                ("HeartbeatSecondsPath", PATH),
                ("Credentials", None),
            ],
        ],
        "Choice" => &[
            COMMON,
            IN_OUT,
            &[("Choices", None), ("Default", None), ("Assign", None)],
        ],
        "Wait" => &[
            COMMON,
            NEXT,
            IN_OUT,
            &[
                ("Seconds", None),
                ("SecondsPath", PATH),
                ("Timestamp", None),
                ("TimestampPath", PATH),
            ],
        ],
        "Succeed" => &[COMMON, IN_OUT],
        "Fail" => &[
            COMMON,
            &[
                ("Error", None),
                ("ErrorPath", PATH),
                ("Cause", None),
                ("CausePath", PATH),
            ],
        ],
        "Parallel" => &[
            COMMON,
            NEXT,
            IN_OUT,
            RESULT,
            ERRORS,
            &[("Branches", None), ("Arguments", JSONATA)],
        ],
        "Map" => &[
            COMMON,
            NEXT,
            IN_OUT,
            RESULT,
            ERRORS,
            &[
                ("ItemProcessor", None),
                ("Iterator", None),
                ("ItemSelector", None),
                ("Items", JSONATA),
                ("ItemsPath", PATH),
                ("MaxConcurrency", None),
                ("MaxConcurrencyPath", PATH),
                ("Label", None),
                ("ItemReader", None),
                ("ItemBatcher", None),
                ("ResultWriter", None),
                ("ToleratedFailurePercentage", None),
                ("ToleratedFailurePercentagePath", PATH),
                ("ToleratedFailureCount", None),
                ("ToleratedFailureCountPath", PATH),
            ],
        ],
        _ => &[],
    }
}

pub(super) fn language_name(language: QueryLanguage) -> &'static str {
    match language {
        QueryLanguage::JsonPath => "JSONPath",
        QueryLanguage::Jsonata => "JSONata",
    }
}

impl<'s> Checker<'s> {
    /// Reports fields that the object does not have, or not in this query language.
    pub(super) fn fields(
        &mut self,
        object: Object<'s, '_>,
        groups: &[&[Field]],
        language: QueryLanguage,
    ) {
        for member in object.members {
            if member.key_unknown {
                self.incomplete = true;
                continue;
            }
            match groups
                .iter()
                .copied()
                .flatten()
                .find(|(name, _)| *name == member.key)
            {
                Some((_, None)) => {}
                Some((_, Some(only))) if *only == language => {}
                Some((name, Some(_))) => {
                    let message = wrong_language(name, language);
                    let hint = twin(name)
                        .map(|twin| format!("in {} use '{twin}'", language_name(language)));
                    self.schema(object.place, member.key_span, message).hint = hint;
                }
                None => {
                    let known = groups
                        .iter()
                        .copied()
                        .flatten()
                        .filter(|(_, only)| only.is_none_or(|only| only == language))
                        .map(|(name, _)| *name);
                    self.schema(
                        object.place,
                        member.key_span,
                        format!("Field '{}' is not supported", member.key),
                    )
                    .hint = self.near(&member.key, known);
                }
            }
        }
    }
}

/// The finding about a field of the other query language, in AWS's words.
pub(super) fn wrong_language(field: &str, language: QueryLanguage) -> String {
    let other = match language {
        QueryLanguage::JsonPath => QueryLanguage::Jsonata,
        QueryLanguage::Jsonata => QueryLanguage::JsonPath,
    };
    let (language, other) = (language_name(language), language_name(other));
    format!(
        "The QueryLanguage is set to '{language}', but field '{field}' is only supported for the '{other}' QueryLanguage"
    )
}

/// What takes a field's place in the other query language.
fn twin(name: &str) -> Option<&'static str> {
    Some(match name {
        "Parameters" => "Arguments",
        "Arguments" => "Parameters",
        "InputPath" => "Arguments",
        "OutputPath" | "ResultPath" | "ResultSelector" | "Result" => "Output",
        "Output" => "OutputPath' or 'ResultPath",
        "ItemsPath" => "Items",
        "Items" => "ItemsPath",
        "SecondsPath" => "Seconds",
        "TimestampPath" => "Timestamp",
        "TimeoutSecondsPath" => "TimeoutSeconds",
        "HeartbeatSecondsPath" => "HeartbeatSeconds",
        "MaxConcurrencyPath" => "MaxConcurrency",
        "ToleratedFailurePercentagePath" => "ToleratedFailurePercentage",
        "ToleratedFailureCountPath" => "ToleratedFailureCount",
        "ErrorPath" => "Error",
        "CausePath" => "Cause",
        _ => return None,
    })
}
