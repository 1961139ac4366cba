use serde_json::{Value, json};
use store::MemoryStore;

use super::*;
use crate::Caller;
use crate::wire::Input;

const NOW: i64 = 1_800_000_000_000;

struct Setting {
    store: Arc<dyn Store>,
    folder: tempfile::TempDir,
    bounds: Bounds,
}

impl Setting {
    fn new() -> Setting {
        Setting {
            store: Arc::new(MemoryStore::default()),
            folder: tempfile::tempdir().unwrap(),
            bounds: Bounds::default(),
        }
    }

    fn open(&self) -> Logs {
        let place = Place {
            partition: "aws".into(),
            region: "eu-central-1".into(),
            account: "123456789012".into(),
        };
        Logs::open(
            &self.store,
            place,
            &self.folder.path().join("logs"),
            self.bounds,
        )
        .unwrap()
    }
}

fn call_at(
    logs: &Logs,
    now_millis: i64,
    operation: &'static str,
    input: Value,
) -> Result<Value, ServiceError> {
    let call = ServiceCall {
        operation,
        input: Input {
            members: members(input),
            payload: None,
        },
        caller: Caller {
            principal: "tester".into(),
            source: "test".into(),
        },
        now_millis,
        call_key: None,
    };
    logs.perform(&call)
        .map(|output| Value::Object(output.members))
}

fn call(logs: &Logs, operation: &'static str, input: Value) -> Value {
    call_at(logs, NOW, operation, input).unwrap_or_else(|error| panic!("{operation}: {error}"))
}

fn refused(logs: &Logs, operation: &'static str, input: Value) -> String {
    call_at(logs, NOW, operation, input)
        .expect_err(operation)
        .to_string()
}

fn put(logs: &Logs, stream: &str, events: &[(i64, &str)]) -> Value {
    let events: Vec<Value> = events
        .iter()
        .map(|(at, message)| json!({"timestamp": NOW + at, "message": message}))
        .collect();
    call(
        logs,
        "PutLogEvents",
        json!({"logGroupName": "g", "logStreamName": stream, "logEvents": events}),
    )
}

fn messages(answer: &Value) -> Vec<&str> {
    answer["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["message"].as_str().unwrap())
        .collect()
}

fn filter(logs: &Logs, pattern: &str) -> Vec<String> {
    let answer = call(
        logs,
        "FilterLogEvents",
        json!({"logGroupName": "g", "filterPattern": pattern}),
    );
    messages(&answer).into_iter().map(Into::into).collect()
}

/// A group `g` with the streams `a` and `b`.
fn with_streams(setting: &Setting) -> Logs {
    let logs = setting.open();
    call(&logs, "CreateLogGroup", json!({"logGroupName": "g"}));
    for stream in ["a", "b"] {
        call(
            &logs,
            "CreateLogStream",
            json!({"logGroupName": "g", "logStreamName": stream}),
        );
    }
    logs
}

#[test]
fn groups_have_retention_tags_and_an_end() {
    let setting = Setting::new();
    let logs = setting.open();
    for name in ["/aws/b", "/aws/a", "other"] {
        call(
            &logs,
            "CreateLogGroup",
            json!({"logGroupName": name, "tags": {"k": "v"}}),
        );
    }
    assert_eq!(
        refused(&logs, "CreateLogGroup", json!({"logGroupName": "other"})),
        "ResourceAlreadyExistsException: The specified log group already exists"
    );
    call(
        &logs,
        "PutRetentionPolicy",
        json!({"logGroupName": "/aws/a", "retentionInDays": 14}),
    );
    let error = refused(
        &logs,
        "PutRetentionPolicy",
        json!({"logGroupName": "/aws/a", "retentionInDays": 2}),
    );
    assert!(
        error.starts_with(
            "InvalidParameterException: 1 validation error detected: Value '2' at 'retentionInDays'"
        ),
        "{error}"
    );

    let logs = setting.open();
    let page = call(
        &logs,
        "DescribeLogGroups",
        json!({"logGroupNamePrefix": "/aws/", "limit": 1}),
    );
    assert_eq!(
        page,
        json!({
            "logGroups": [{
                "logGroupName": "/aws/a",
                "creationTime": NOW,
                "metricFilterCount": 0,
                "arn": "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/a:*",
                "storedBytes": 0,
                "logGroupClass": "STANDARD",
                "logGroupArn": "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/a",
                "deletionProtectionEnabled": false,
                "retentionInDays": 14,
            }],
            "nextToken": "/aws/a",
        })
    );
    let page = call(
        &logs,
        "DescribeLogGroups",
        json!({"logGroupNamePrefix": "/aws/", "nextToken": "/aws/a"}),
    );
    assert_eq!(page["logGroups"][0]["logGroupName"], "/aws/b");
    assert_eq!(page["nextToken"], Value::Null);
    let page = call(
        &logs,
        "DescribeLogGroups",
        json!({"logGroupNamePattern": "OTH"}),
    );
    assert_eq!(page["logGroups"].as_array().unwrap().len(), 1);

    let arn = "arn:aws:logs:eu-central-1:123456789012:log-group:other";
    call(
        &logs,
        "TagResource",
        json!({"resourceArn": arn, "tags": {"l": "w"}}),
    );
    call(
        &logs,
        "UntagLogGroup",
        json!({"logGroupName": "other", "tags": ["k"]}),
    );
    assert_eq!(
        call(
            &logs,
            "ListTagsForResource",
            json!({"resourceArn": format!("{arn}:*")})
        ),
        json!({"tags": {"l": "w"}})
    );
    assert_eq!(
        call(&logs, "ListTagsLogGroup", json!({"logGroupName": "other"})),
        json!({"tags": {"l": "w"}})
    );
    assert!(logs.has_resource_of("TagResource", &members(json!({"resourceArn": arn}))));

    call(&logs, "DeleteLogGroup", json!({"logGroupName": "other"}));
    assert_eq!(
        refused(&logs, "DeleteLogGroup", json!({"logGroupName": "other"})),
        "ResourceNotFoundException: The specified log group does not exist."
    );
    call(
        &logs,
        "CreateLogGroup",
        json!({"logGroupName": "kept", "deletionProtectionEnabled": true}),
    );
    assert!(
        refused(&logs, "DeleteLogGroup", json!({"logGroupName": "kept"}))
            .starts_with("ValidationException")
    );
}

#[test]
fn events_are_read_as_they_were_written_also_by_the_next_server() {
    let setting = Setting::new();
    let logs = with_streams(&setting);
    assert_eq!(
        refused(
            &logs,
            "PutLogEvents",
            json!({"logGroupName": "g", "logStreamName": "none", "logEvents": []})
        ),
        "ResourceNotFoundException: The specified log stream does not exist."
    );
    put(
        &logs,
        "a",
        &[(-30, "one"), (-10, "three\nwith a line break")],
    );
    put(&logs, "b", &[(-20, "two"), (-10, "four")]);
    for logs in [logs, setting.open()] {
        assert_eq!(
            filter(&logs, ""),
            ["one", "two", "three\nwith a line break", "four"]
        );
        let input = json!({"logGroupName": "g", "logStreamName": "a", "startFromHead": true});
        let answer = call(&logs, "GetLogEvents", input);
        assert_eq!(messages(&answer), ["one", "three\nwith a line break"]);
        assert_eq!(
            answer["events"][0],
            json!({"timestamp": NOW - 30, "message": "one", "ingestionTime": NOW})
        );
        // Intervals: the end belongs to FilterLogEvents, not to GetLogEvents.
        let interval = json!({"logGroupName": "g", "logStreamName": "a", "startTime": NOW - 30, "endTime": NOW - 10});
        assert_eq!(
            messages(&call(&logs, "GetLogEvents", interval.clone())),
            ["one"]
        );
        let mut interval = interval;
        interval.as_object_mut().unwrap().remove("logStreamName");
        assert_eq!(messages(&call(&logs, "FilterLogEvents", interval)).len(), 4);
        let streams = call(
            &logs,
            "DescribeLogStreams",
            json!({"logGroupName": "g", "orderBy": "LogStreamName", "descending": true, "limit": 1}),
        );
        assert_eq!(
            streams,
            json!({
                "logStreams": [{
                    "logStreamName": "b",
                    "creationTime": NOW,
                    "arn": "arn:aws:logs:eu-central-1:123456789012:log-group:g:log-stream:b",
                    "storedBytes": 7,
                    "firstEventTimestamp": NOW - 20,
                    "lastEventTimestamp": NOW - 10,
                    "lastIngestionTime": NOW,
                }],
                "nextToken": "b",
            })
        );
        let answer = call(
            &logs,
            "FilterLogEvents",
            json!({"logGroupIdentifier": "arn:aws:logs:eu-central-1:123456789012:log-group:g:*", "logStreamNames": ["b"]}),
        );
        assert_eq!(messages(&answer), ["two", "four"]);
    }
}

#[test]
fn pages_lead_to_every_event_once() {
    let setting = Setting::new();
    let logs = with_streams(&setting);
    let texts: Vec<String> = (0..10).map(|number| format!("m{number}")).collect();
    for (number, text) in texts.iter().enumerate() {
        let at = i64::try_from(number / 3).unwrap();
        put(
            &logs,
            if number % 2 == 0 { "a" } else { "b" },
            &[(at, text)],
        );
    }
    let mut found = Vec::new();
    let mut token = Value::Null;
    loop {
        let mut input = json!({"logGroupName": "g", "limit": 3});
        if token.is_string() {
            input["nextToken"] = token;
        }
        let page = call(&logs, "FilterLogEvents", input);
        found.extend(
            page["events"]
                .as_array()
                .unwrap()
                .iter()
                .map(|event| event["message"].as_str().unwrap().to_owned()),
        );
        token = page["nextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(found, texts);

    // A stream from its end, back, and forward again; at an end the token stays.
    let get = |input: Value| {
        let mut whole = json!({"logGroupName": "g", "logStreamName": "a", "limit": 2});
        whole.as_object_mut().unwrap().extend(members(input));
        call(&logs, "GetLogEvents", whole)
    };
    let last = get(json!({}));
    assert_eq!(messages(&last), ["m6", "m8"]);
    let before = get(json!({"nextToken": last["nextBackwardToken"]}));
    assert_eq!(messages(&before), ["m2", "m4"]);
    assert_eq!(
        messages(&get(json!({"nextToken": before["nextForwardToken"]}))),
        ["m6", "m8"]
    );
    let end = get(json!({"nextToken": last["nextForwardToken"]}));
    assert_eq!(messages(&end), [""; 0]);
    assert_eq!(end["nextForwardToken"], last["nextForwardToken"]);
    put(&logs, "a", &[(9, "late")]);
    assert_eq!(
        messages(&get(json!({"nextToken": end["nextForwardToken"]}))),
        ["late"]
    );
    assert!(
        refused(
            &logs,
            "FilterLogEvents",
            json!({"logGroupName": "g", "nextToken": "x"})
        )
        .contains("nextToken is invalid")
    );
    // A page is bounded by bytes, too.
    let long = "x".repeat(700_000);
    for at in [20, 21] {
        put(&logs, "b", &[(at, &long)]);
    }
    let page = call(
        &logs,
        "FilterLogEvents",
        json!({"logGroupName": "g", "startTime": NOW + 20}),
    );
    assert_eq!(page["events"].as_array().unwrap().len(), 1);
    assert!(page["nextToken"].is_string());
}

#[test]
fn filters_are_terms() {
    let setting = Setting::new();
    let logs = with_streams(&setting);
    put(
        &logs,
        "a",
        &[
            (0, "ERROR disk full"),
            (1, "WARN disk \"sda\" slow"),
            (2, "INFO ok"),
            (3, "error"),
        ],
    );
    for (pattern, expected) in [
        ("ERROR", &["ERROR disk full"] as &[&str]),
        ("disk", &["ERROR disk full", "WARN disk \"sda\" slow"]),
        ("disk slow", &["WARN disk \"sda\" slow"]),
        ("\"disk full\"", &["ERROR disk full"]),
        ("\"disk \\\"sda\\\"\"", &["WARN disk \"sda\" slow"]),
        (
            "?ERROR ?WARN",
            &["ERROR disk full", "WARN disk \"sda\" slow"],
        ),
        ("disk -WARN", &["ERROR disk full"]),
        ("-disk", &["INFO ok", "error"]),
    ] {
        assert_eq!(filter(&logs, pattern), expected, "{pattern}");
    }
    for pattern in ["{ $.level = \"x\" }", "[a, b]", "%x%", "\"open", "-", "?"] {
        let error = refused(
            &logs,
            "FilterLogEvents",
            json!({"logGroupName": "g", "filterPattern": pattern}),
        );
        assert!(
            error.starts_with("InvalidParameterException: Invalid filter pattern: "),
            "{error}"
        );
    }
}

#[test]
fn what_is_too_old_too_new_or_out_of_order_is_told() {
    let setting = Setting::new();
    let logs = with_streams(&setting);
    const DAY: i64 = 86_400_000;
    call(
        &logs,
        "PutRetentionPolicy",
        json!({"logGroupName": "g", "retentionInDays": 1}),
    );
    let answer = put(
        &logs,
        "a",
        &[
            (-20 * DAY, "old"),
            (-2 * DAY, "expired"),
            (0, "now"),
            (DAY, "new"),
        ],
    );
    assert_eq!(
        answer["rejectedLogEventsInfo"],
        json!({"tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": 2, "tooNewLogEventStartIndex": 3})
    );
    assert_eq!(filter(&logs, ""), ["now"]);
    let later = call_at(
        &logs,
        NOW + 2 * DAY,
        "FilterLogEvents",
        json!({"logGroupName": "g"}),
    )
    .unwrap();
    assert_eq!(messages(&later), [""; 0]);
    let events =
        json!([{"timestamp": NOW, "message": "b"}, {"timestamp": NOW - 1, "message": "a"}]);
    assert_eq!(
        refused(
            &logs,
            "PutLogEvents",
            json!({"logGroupName": "g", "logStreamName": "a", "logEvents": events})
        ),
        "InvalidParameterException: Log events in a single PutLogEvents request must be in chronological order."
    );
    let events = json!([{"timestamp": NOW, "message": "x".repeat(1_048_576)}]);
    assert!(
        refused(
            &logs,
            "PutLogEvents",
            json!({"logGroupName": "g", "logStreamName": "a", "logEvents": events})
        )
        .contains("Upload too large")
    );
}

#[test]
fn a_deleted_stream_or_group_leaves_nothing_to_its_namesake() {
    let setting = Setting::new();
    let logs = with_streams(&setting);
    put(&logs, "a", &[(0, "old")]);
    put(&logs, "b", &[(0, "other")]);
    call(
        &logs,
        "DeleteLogStream",
        json!({"logGroupName": "g", "logStreamName": "a"}),
    );
    assert_eq!(filter(&logs, ""), ["other"]);
    call(
        &logs,
        "CreateLogStream",
        json!({"logGroupName": "g", "logStreamName": "a"}),
    );
    put(&logs, "a", &[(1, "new")]);
    assert_eq!(filter(&logs, ""), ["other", "new"]);
    assert_eq!(filter(&setting.open(), ""), ["other", "new"]);

    call(&logs, "DeleteLogGroup", json!({"logGroupName": "g"}));
    call_at(
        &logs,
        NOW + 1,
        "CreateLogGroup",
        json!({"logGroupName": "g"}),
    )
    .unwrap();
    assert_eq!(filter(&logs, ""), [""; 0]);
    let streams = call(&logs, "DescribeLogStreams", json!({"logGroupName": "g"}));
    assert_eq!(streams, json!({"logStreams": []}));
}

#[test]
fn files_are_bounded_and_survive_a_crash() {
    let mut setting = Setting::new();
    setting.bounds = Bounds {
        group_bytes: 2_000,
        segment_bytes: 500,
    };
    let logs = with_streams(&setting);
    for number in 0..200 {
        put(&logs, "a", &[(number, &format!("message {number}"))]);
        if number == 190 {
            put(&logs, "b", &[(0, "late")]);
        }
    }
    let kept = filter(&logs, "");
    assert!(kept.contains(&"late".to_owned()), "its file is still there");
    assert!((10..60).contains(&kept.len()), "{}", kept.len());
    assert_eq!(kept.last().unwrap(), "message 199");
    let files: Vec<PathBuf> = walk(setting.folder.path());
    let total: u64 = files
        .iter()
        .map(|file| file.metadata().unwrap().len())
        .sum();
    assert!(total <= 2_500, "{total}");

    // A crash in the middle of a line, and a line that something else has damaged.
    let newest = files.iter().max().unwrap();
    let mut bytes = std::fs::read(newest).unwrap();
    bytes.extend(b"not a line\n[1,2,\"a\",\"cut");
    std::fs::write(newest, bytes).unwrap();
    let logs = setting.open();
    assert_eq!(filter(&logs, ""), kept);
    put(&logs, "a", &[(300, "after")]);
    assert_eq!(filter(&setting.open(), "").last().unwrap(), "after");

    // What a deletion could not remove.
    std::fs::create_dir(setting.folder.path().join("logs/orphan-1")).unwrap();
    setting.open();
    assert!(!setting.folder.path().join("logs/orphan-1").exists());
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(walk(&path)),
            false => files.push(path),
        }
    }
    files
}

#[test]
fn a_writer_makes_groups_and_loses_nothing_that_it_took() {
    let setting = Setting::new();
    let logs = setting.open();
    let writer = LogWriter::start(logs.clone(), |error| panic!("{error}")).unwrap();
    for number in 0..1000 {
        let stream: Arc<str> = format!("s{}", number % 2).into();
        writer.put(
            "/aws/lambda/f".into(),
            stream,
            Event {
                timestamp_millis: NOW + number,
                message: number.to_string(),
            },
        );
    }
    writer.close();
    writer.put(
        "/aws/lambda/f".into(),
        "s".into(),
        Event {
            timestamp_millis: NOW,
            message: "late".into(),
        },
    );
    assert_eq!(writer.dropped(), 1);
    let answer = call(
        &logs,
        "FilterLogEvents",
        json!({"logGroupName": "/aws/lambda/f"}),
    );
    let expected: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
    assert_eq!(messages(&answer), expected);
    assert_eq!(
        call(
            &logs,
            "DescribeLogStreams",
            json!({"logGroupName": "/aws/lambda/f"})
        )["logStreams"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}
