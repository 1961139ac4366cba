//! `--mocks FILE --case NAME`: the mock configuration file of Step Functions Local.

use serde_json::json;

use crate::support::Folder;

const MACHINE: &str = r#"{"StartAt": "Find", "States": {
  "Find": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:describeInstances", "Parameters": {},
    "Retry": [{"ErrorEquals": ["Ec2.Ec2Exception"], "IntervalSeconds": 60, "MaxAttempts": 3}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Caught"}],
    "ResultPath": "$.found", "Next": "Tell"},
  "Tell": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Parameters": {"TopicArn": "t", "Message": "m"}, "End": true},
  "Caught": {"Type": "Pass", "End": true}
}}"#;

fn folder() -> Folder {
    let folder = Folder::with(MACHINE);
    let file = json!({
        "StateMachines": {"machine": {"TestCases": {
            "ThirdTime": {"Find": "ThirdTime", "Tell": "Told"},
            "Refused": {"Find": "Refused"},
            "Forgotten": {"Find": "Found"},
            "TooShort": {"Find": "TooShort", "Tell": "Told"},
        }}},
        "MockedResponses": {
            "ThirdTime": {
                "0-1": {"Throw": {"Error": "Ec2.Ec2Exception", "Cause": "Request limit exceeded."}},
                "2": {"Return": {"Reservations": [1]}},
            },
            "Found": {"0": {"Return": {"Reservations": []}}},
            "TooShort": {"0": {"Throw": {"Error": "Ec2.Ec2Exception", "Cause": "once"}}},
            "Refused": {"0": {"Throw": {"Error": "Ec2.Refused", "Cause": "no"}}},
            "Told": {"0": {"Return": {"MessageId": "1"}}},
        },
    });
    folder.write("mocks.json", file.to_string());
    folder
}

#[test]
fn answers_come_by_number_and_range() {
    let run = folder()
        .run("--mocks mocks.json --case ThirdTime --virtual-time")
        .exits(0)
        .within(20);
    assert_eq!(run.json(), json!({"MessageId": "1"}));
    run.says(&["attempt 3 of 4", "took     3 min", "retries  2"]);
}

#[test]
fn a_mocked_error_is_caught() {
    let run = folder().run("--mocks mocks.json --case Refused").exits(0);
    assert_eq!(
        run.json(),
        json!({"failure": {"Error": "Ec2.Refused", "Cause": "no"}})
    );
}

#[test]
fn an_unknown_case_lists_those_that_there_are() {
    folder()
        .run("--mocks mocks.json --case Nope")
        .refused()
        .says(&[
            "mocks.json",
            "Nope",
            "Forgotten, Refused, ThirdTime, TooShort",
        ]);
    let folder = folder();
    folder.write("other.asl.json", MACHINE);
    let run = folder
        .command([
            "run",
            "other.asl.json",
            "--mocks",
            "mocks.json",
            "--case",
            "Refused",
        ])
        .go();
    run.refused().says(&["no state machine other", "machine"]);
}

/// Mocks are there so that nothing reaches AWS: not by a Catch either.
#[test]
fn a_call_that_no_mock_answers_names_its_state() {
    let run = folder().run("--mocks mocks.json --case Forgotten").exits(1);
    run.says(&["No mock answers the state 'Tell', which calls arn:aws:states:::sns:publish"]);
    let run = folder()
        .run("--mocks mocks.json --case TooShort --virtual-time")
        .exits(1);
    run.says(&[
        "MockedResponses/TooShort has answers for 1 calls of state Find, and this is call 2 of it",
    ]);
}

#[test]
fn a_wrong_mock_file_is_told_before_the_run() {
    let folder = folder();
    folder
        .run("--mocks nowhere.json --case A")
        .refused()
        .says(&["nowhere.json cannot be read"]);
    for (text, says) in [
        ("{", "is no JSON"),
        (
            r#"{"StateMachines": []}"#,
            "StateMachines must be an object",
        ),
        (
            r#"{"MockedResponses": {"A": {"1": {"Return": {}}}}}"#,
            "the numbers must start at 0",
        ),
        (
            r#"{"MockedResponses": {"A": {"0": {"Answer": {}}}}}"#,
            "MockedResponses/A/0",
        ),
    ] {
        folder.write("wrong.json", text);
        folder
            .run("--mocks wrong.json --case A")
            .refused()
            .says(&["wrong.json", says]);
    }
}

/// Mocks need no connector: what cannot be called yet can be mocked.
#[test]
fn a_mock_answers_for_an_integration_that_cannot_be_called_yet() {
    let folder = Folder::with(
        r#"{"StartAt": "Put", "States": {"Put": {"Type": "Task", "Resource": "arn:aws:states:::athena:stopQueryExecution",
          "Parameters": {"QueryExecutionId": "q"}, "End": true}}}"#,
    );
    let file = json!({
        "StateMachines": {"machine": {"TestCases": {"Put": {"Put": "Done"}}}},
        "MockedResponses": {"Done": {"0": {"Return": {"done": true}}}},
    });
    folder.write("mocks.json", file.to_string());
    let run = folder.run("--mocks mocks.json --case Put").exits(0);
    assert_eq!(run.json(), json!({"done": true}));
    folder
        .run("--endpoint-url http://127.0.0.1:1")
        .refused()
        .says(&[
            "the state 'Put'",
            "athena:stopQueryExecution",
            "not supported yet",
        ]);
}
