//! What to do about errors that many people meet.

/// A matcher of error name and cause, and the advice.
type Hint = (fn(&str, &str) -> bool, &'static str);

/// The first that matches is given. Special ones stand before general ones.
const HINTS: &[Hint] = &[
    (
        |error, _| error == "Stepwright.Drained",
        "The run was asked to stop (Ctrl-C, SIGTERM) and was wound down: no further Map item was started. Start it again to go on.",
    ),
    (
        |error, _| error == "Stepwright.OutcomeUnknown",
        "The call went out but its answer was lost, and sending it twice could do harm. Look whether it took effect before you start again.",
    ),
    (
        |error, _| error.ends_with("ResourceNotFoundException") && error.starts_with("Lambda."),
        "The function is neither declared in the SAM template nor known to the Lambda API of this account and region. Compare FunctionName with the template's functions (--template), and check --region and --profile.",
    ),
    (
        |error, cause| {
            contains_any(error, &["ExpiredToken", "RequestExpired"])
                || contains_any(
                    cause,
                    &[
                        "ExpiredToken",
                        "security token included in the request is expired",
                    ],
                )
        },
        "The credentials have expired. Log in again (for example `aws sso login`) and start again.",
    ),
    (
        |error, cause| {
            contains_any(
                error,
                &[
                    "UnrecognizedClient",
                    "InvalidClientTokenId",
                    "SignatureDoesNotMatch",
                    "AuthFailure",
                ],
            ) || contains_any(
                cause,
                &[
                    "UnrecognizedClientException",
                    "InvalidClientTokenId",
                    "SignatureDoesNotMatch",
                ],
            )
        },
        "AWS does not know these credentials. Check --profile, AWS_PROFILE and AWS_ACCESS_KEY_ID, and that the region is enabled for the account.",
    ),
    (
        |error, cause| {
            contains_any(
                error,
                &[
                    "AccessDenied",
                    "UnauthorizedOperation",
                    "NotAuthorized",
                    "AuthorizationError",
                ],
            ) || contains_any(cause, &["is not authorized to perform", "AccessDenied"])
        },
        "The credentials are valid but lack a permission; the cause names the action. Add it to the role or user that this run uses (`aws sts get-caller-identity` shows which).",
    ),
    (
        |error, _| {
            contains_any(
                error,
                &[
                    "Throttl",
                    "TooManyRequests",
                    "RequestLimitExceeded",
                    "SlowDown",
                ],
            )
        },
        "The service is being called too fast. Give the state a Retry with BackoffRate and JitterStrategy FULL, or lower the Map's MaxConcurrency.",
    ),
    (
        |error, cause| error.ends_with("SdkClientException") && is_connection(cause),
        "The endpoint could not be reached. Check --endpoint-url, the region, and that the server is up.",
    ),
    (
        |error, _| error == "States.HeartbeatTimeout",
        "No heartbeat came within HeartbeatSeconds. Raise it, or send heartbeats more often.",
    ),
    (
        |error, _| error == "States.Timeout",
        "The work took longer than TimeoutSeconds of the state or of the state machine. Raise it if the work may take that long, or catch States.Timeout.",
    ),
    (
        |error, _| error == "States.DataLimitExceeded",
        "A state's data is too large. Pass on only what later states need (ResultSelector, OutputPath or Output), or keep the rest in S3 and pass its key.",
    ),
    (
        |error, _| error == "States.NoChoiceMatched",
        "No rule of the Choice state matched its input, and it has no Default. Add a Default, or a rule for this input.",
    ),
    (
        |error, _| error == "States.ParameterPathFailure",
        "A path in Parameters, ResultSelector or ItemSelector finds nothing in its input. Compare it with the state's input in the history (--history FILE).",
    ),
    (
        |error, _| error == "States.ResultPathMatchFailure",
        "ResultPath cannot be written into the state's input, for example because something on its way is no object.",
    ),
    (
        |error, _| error == "States.IntrinsicFailure",
        "An intrinsic function (States.*) got arguments that it cannot work with. Compare them with the state's input in the history (--history FILE).",
    ),
    (
        |error, _| error == "States.QueryEvaluationError",
        "A JSONata expression failed or gave a value of the wrong type; the cause names the field. Compare it with the state's input in the history (--history FILE).",
    ),
    (
        |error, cause| {
            error == "States.Runtime"
                && contains_any(
                    cause,
                    &[
                        "maximum number of history events",
                        "maximum size of its history",
                    ],
                )
        },
        "The execution made more events, or carried more data through them, than one may: perhaps a loop that never ends. Make its condition stricter, or wait between its rounds.",
    ),
    (
        |error, cause| {
            error == "States.Runtime"
                && contains_any(
                    cause,
                    &["JsonPath", "JSONPath", "could not be found", "Invalid path"],
                )
        },
        "A path finds nothing in the state's input. No Retry or Catch applies to States.Runtime: correct the path, or test for it with IsPresent before.",
    ),
    (
        |error, _| error == "States.Runtime",
        "The definition and its data do not fit together here. No Retry or Catch applies to States.Runtime: correct the state.",
    ),
];

/// One or two sentences on what to do, where that is known.
pub fn hint(error: &str, cause: &str) -> Option<&'static str> {
    HINTS
        .iter()
        .find(|(matches, _)| matches(error, cause))
        .map(|(_, advice)| *advice)
}

fn contains_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

fn is_connection(cause: &str) -> bool {
    let cause = cause.to_lowercase();
    contains_any(
        &cause,
        &[
            "connect",
            "refused",
            "dns",
            "resolve",
            "timed out",
            "timeout",
            "unreachable",
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_hint(error: &str, cause: &str, start: &str) {
        let hint = hint(error, cause).unwrap_or("none");
        assert!(hint.starts_with(start), "{error}: {hint}");
    }

    #[test]
    fn well_known_errors_have_advice() {
        assert_hint(
            "Lambda.ResourceNotFoundException",
            "",
            "The function is neither",
        );
        assert_hint(
            "Ec2.Ec2Exception",
            "You are not authorized: api error AccessDenied",
            "The credentials are valid",
        );
        assert_hint(
            "Sns.AuthorizationErrorException",
            "",
            "The credentials are valid",
        );
        assert_hint("Sns.InvalidClientTokenIdException", "", "AWS does not know");
        assert_hint(
            "Ssm.ExpiredTokenException",
            "",
            "The credentials have expired",
        );
        assert_hint(
            "Ec2.SdkClientException",
            "Connection refused (os error 111)",
            "The endpoint could not",
        );
        assert_hint("States.Timeout", "", "The work took longer");
        assert_hint(
            "States.Runtime",
            "The JSONPath '$.a' could not be found in the input",
            "A path finds",
        );
        assert_hint(
            "States.Runtime",
            "anything else",
            "The definition and its data",
        );
        assert_hint("Stepwright.Drained", "", "The run was asked");
    }

    #[test]
    fn an_error_of_the_users_own_has_none() {
        assert_eq!(
            hint("InstanceNotYetStartedException", "i-1 is not up"),
            None
        );
        assert_eq!(hint("", ""), None);
    }
}
