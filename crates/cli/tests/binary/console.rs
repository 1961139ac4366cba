//! `stepwright serve`: what its console asks for below `/_ui/`.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::serving::{Served, text};
use crate::support::Folder;

const JSON: &str = "Content-Type: application/json\r\n";

pub fn asked(server: &Served, method: &str, path: &str, body: &str) -> (u16, Value) {
    let (status, answer) = server.request(method, &format!("/_ui/{path}"), JSON, body);
    let answer = match answer.is_empty() {
        true => Value::Null,
        false => serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{path}: {answer}")),
    };
    (status, answer)
}

#[track_caller]
pub fn get(server: &Served, path: &str) -> Value {
    let (status, answer) = asked(server, "GET", path, "");
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect()
}

/// Fails on `{"fail": true}`, waits for a callback on `{"wait": true}`, else succeeds.
pub fn machine() -> Value {
    json!({ "StartAt": "Which", "States": {
        "Which": { "Type": "Choice", "Default": "Done", "Choices": [
            { "Variable": "$.fail", "IsPresent": true, "Next": "Broken" },
            { "Variable": "$.wait", "IsPresent": true, "Next": "Wait" },
        ] },
        "Broken": { "Type": "Fail", "Error": "Patch.Failed", "Cause": "it broke" },
        "Wait": { "Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:work", "End": true },
        "Done": { "Type": "Pass", "Result": { "a": "x".repeat(9_000) }, "End": true },
    } })
}

pub fn start(server: &Served, machine: &str, name: &str, input: &Value) -> String {
    let body = json!({ "stateMachineArn": machine, "name": name, "input": input.to_string() });
    text(&server.ok("StartExecution", body), "executionArn")
}

#[test]
fn executions_are_listed_and_filtered() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    server.ok("CreateActivity", json!({ "name": "work" }));
    let arn = server.create("report", &machine());
    server.create("other", &machine());
    let tags = json!([{ "key": "team", "value": "Platform" }]);
    server.ok("TagResource", json!({ "resourceArn": arn, "tags": tags }));
    let inputs = [json!({}), json!({ "fail": true }), json!({ "wait": true })];
    let arns: Vec<String> = (0..12)
        .map(|at| start(&server, &arn, &format!("Nightly-{at}"), &inputs[at % 3]))
        .collect();
    for (at, execution) in arns.iter().enumerate() {
        server.until_status(execution, ["SUCCEEDED", "FAILED", "RUNNING"][at % 3]);
    }

    let machines = get(&server, "state-machines?text=REP");
    assert_eq!(names(&machines), ["report"]);
    let report = &machines["items"][0];
    assert_eq!(
        (&report["running"], &report["type"]),
        (&json!(4), &json!("STANDARD"))
    );
    assert_eq!(report["recent"][0]["name"], "Nightly-11");
    assert_eq!(names(&get(&server, "state-machines?tag=team")), ["report"]);
    assert_eq!(
        names(&get(&server, "state-machines?tag=team%3Dplat")),
        ["report"]
    );
    assert!(names(&get(&server, "state-machines?tag=team%3Dx")).is_empty());
    let first = get(&server, "state-machines?limit=1");
    let next = text(&first, "next");
    assert_eq!(names(&first), ["other"]);
    assert_eq!(
        names(&get(&server, &format!("state-machines?cursor={next}"))),
        ["report"]
    );

    let of = |query: &str| {
        get(
            &server,
            &format!("executions?stateMachineArn={arn}&{query}"),
        )
    };
    let all = of("");
    assert_eq!(names(&all).len(), 12);
    assert_eq!(all.get("next"), None);
    assert_eq!(
        names(&of("name=nightly-1")),
        ["Nightly-11", "Nightly-10", "Nightly-1"]
    );
    let unsuccessful = of("status=FAILED,ABORTED");
    assert_eq!(
        names(&unsuccessful),
        ["Nightly-10", "Nightly-7", "Nightly-4", "Nightly-1"]
    );
    assert_eq!(unsuccessful["items"][0]["error"], "Patch.Failed");
    assert_eq!(names(&of("error=patch")).len(), 4);
    assert!(names(&of("error=lambda")).is_empty());
    let third = all["items"][3]["startMillis"].as_i64().unwrap();
    assert_eq!(names(&of(&format!("to={third}")))[0], "Nightly-8");
    assert_eq!(
        *names(&of(&format!("from={third}"))).last().unwrap(),
        "Nightly-8"
    );

    // Pages join to the whole list, whatever the filter.
    for filter in ["", "status=FAILED,RUNNING", "name=nightly"] {
        let (mut paged, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = of(&format!("{filter}&limit=5&cursor={cursor}"));
            paged.extend(names(&page).into_iter().map(str::to_owned));
            match page["next"].as_str() {
                Some(next) => cursor = next.replace(' ', "%20"),
                None => break,
            }
        }
        assert_eq!(paged, names(&of(filter)), "{filter}");
    }

    let (status, refused) = asked(&server, "GET", "executions?status=DONE", "");
    assert_eq!(
        (status, &refused["error"]),
        (400, &json!("ValidationException"))
    );
    assert!(text(&refused, "message").contains("'DONE'"));
    server.ok(
        "StopExecution",
        json!({ "executionArn": arns[2], "error": "Enough" }),
    );
    assert_eq!(names(&of("status=ABORTED")), ["Nightly-2"]);
}

#[test]
fn events_are_compact_and_one_is_whole() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    let arn = server.create("report", &machine());
    let execution = start(&server, &arn, "a", &json!({ "b": "y".repeat(5_000) }));
    server.until_status(&execution, "SUCCEEDED");
    let events = get(&server, &format!("executions/events?arn={execution}"));
    assert_eq!(events["isComplete"], true);
    let history = server.history(&execution);
    let (compact, history) = (
        events["events"].as_array().unwrap(),
        history.as_array().unwrap(),
    );
    assert_eq!(compact.len(), history.len());
    for (compact, whole) in compact.iter().zip(history) {
        assert_eq!(compact["type"], whole["type"]);
        assert_eq!(compact["prev"], whole["previousEventId"]);
        let path = format!("executions/event?arn={execution}&id={}", compact["id"]);
        assert_eq!(get(&server, &path), *whole);
    }
    // Both stand beside their records: only their lengths are read.
    assert_eq!(compact[0]["inputBytes"], 5_008);
    let last = compact.last().unwrap();
    assert_eq!(
        (&last["type"], &last["outputBytes"]),
        (&json!("ExecutionSucceeded"), &json!(9_008))
    );

    let part = get(
        &server,
        &format!("executions/events?arn={execution}&after=2&limit=2"),
    );
    let ids: Vec<&Value> = part["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| &event["id"])
        .collect();
    assert_eq!(
        (ids, &part["isComplete"]),
        (vec![&json!(3), &json!(4)], &json!(false))
    );
    let missing = execution.replace(":a", ":b");
    assert_eq!(
        asked(
            &server,
            "GET",
            &format!("executions/events?arn={missing}"),
            ""
        )
        .0,
        404
    );
    assert_eq!(
        asked(
            &server,
            "GET",
            &format!("executions/event?arn={execution}&id=99"),
            ""
        )
        .0,
        404
    );
    assert_eq!(asked(&server, "GET", "nothing", "").0, 404);
    assert_eq!(asked(&server, "POST", "executions", "{}").0, 405);
}

#[test]
fn payloads_and_names_are_searched() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    let arn = server.create("report", &machine());
    let execution = start(
        &server,
        &arn,
        "Nightly",
        &json!({ "fail": true, "host": "Web-17" }),
    );
    server.until_status(&execution, "FAILED");
    let find = |text: &str| {
        get(
            &server,
            &format!("executions/search?arn={execution}&text={text}"),
        )
    };
    let found = find("web-17");
    let kinds: Vec<&Value> = found["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["type"])
        .collect();
    assert_eq!(
        kinds,
        [
            "ExecutionStarted",
            "ChoiceStateEntered",
            "ChoiceStateExited",
            "FailStateEntered"
        ]
    );
    assert!(text(&found["items"][0], "excerpt").contains("\"host\":\"Web-17\""));
    assert_eq!(found["items"][1]["name"], "Which");
    assert_eq!(find("it%20broke")["items"][0]["type"], "ExecutionFailed");
    assert_eq!(find("web-18"), json!({ "items": [] }));

    let found = get(&server, "search?text=nIGHT");
    assert_eq!(
        (&found["executions"][0]["arn"], &found["stateMachines"]),
        (&json!(execution), &json!([]))
    );
    assert_eq!(
        get(&server, "search?text=Nightly")["executions"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        get(&server, &format!("search?text={execution}"))["executions"][0]["error"],
        "Patch.Failed"
    );
    assert_eq!(
        get(&server, "search?text=port")["stateMachines"][0]["arn"],
        *arn
    );
    assert_eq!(
        get(&server, "search?text="),
        json!({ "stateMachines": [], "executions": [] })
    );
}

#[test]
fn the_catalog_has_every_action_and_its_shapes() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    let catalog = get(&server, "catalog/actions");
    let services = catalog["services"].as_array().unwrap();
    let actions = services
        .iter()
        .map(|service| service["operations"].as_array().unwrap().len());
    assert!(actions.sum::<usize>() > 18_000);
    let ec2 = services
        .iter()
        .find(|service| service["service"] == "ec2")
        .unwrap();
    assert_eq!(
        (&ec2["title"], &ec2["category"]),
        (&json!("Amazon EC2"), &json!("compute"))
    );
    assert!(
        ec2["operations"]
            .as_array()
            .unwrap()
            .contains(&json!("rebootInstances"))
    );
    let row = |resource: &str| {
        let mut rows = catalog["optimized"].as_array().unwrap().iter();
        rows.find(|row| row["resource"] == resource)
            .unwrap()
            .clone()
    };
    assert_eq!(
        row("states:startExecution"),
        json!({
            "resource": "states:startExecution", "service": "sfn", "operation": "startExecution",
            "patterns": ["requestResponse", "sync", "sync:2", "waitForTaskToken"], "isRunnable": true,
        })
    );
    assert_eq!(row("ecs:runTask")["without"], json!(["Count", "StartedBy"]));

    let shape = get(&server, "catalog/actions/dynamodb/putItem");
    assert_eq!(
        (&shape["isWrite"], &shape["service"]),
        (&json!(true), &json!("dynamodb"))
    );
    assert_eq!(shape["input"]["required"], json!(["TableName", "Item"]));
    let item = &shape["input"]["members"]["Item"]["shape"];
    assert_eq!(
        *item,
        json!({ "type": "map", "key": { "type": "string" }, "value": { "ref": "AttributeValue" } })
    );
    // It holds itself.
    let value = &shape["shapes"]["AttributeValue"]["members"]["L"]["shape"];
    assert_eq!(
        *value,
        json!({ "type": "list", "member": { "ref": "AttributeValue" } })
    );
    assert!(
        shape["errors"]
            .as_array()
            .unwrap()
            .contains(&json!("DynamoDb.ConditionalCheckFailedException"))
    );
    assert!(text(&shape, "reference").starts_with("https://docs.aws.amazon.com/"));
    let token = &get(&server, "catalog/actions/sfn/createStateMachine")["input"];
    assert_eq!(
        token["members"]["Type"]["shape"]["enum"],
        json!(["STANDARD", "EXPRESS"])
    );
    assert_eq!(
        asked(&server, "GET", "catalog/actions/ec2/flyToTheMoon", "").0,
        404
    );

    let head = |headers: &str| {
        server.raw(&format!("GET /_ui/catalog/actions/ec2/runInstances HTTP/1.1\r\nHost: localhost\r\n{headers}Connection: close\r\n\r\n"))
    };
    let first = head("");
    let etag = first
        .lines()
        .find_map(|line| line.strip_prefix("etag: "))
        .unwrap();
    let again = head(&format!("If-None-Match: {etag}\r\n"));
    assert!(again.starts_with("HTTP/1.1 304"), "{again}");
}

#[test]
fn a_draft_is_not_overwritten() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    let draft = |revision: u64, text: &str| {
        json!({ "stateMachineArn": null, "baseRevisionId": null, "name": "new <b>", "text": text, "language": "json",
                "config": { "type": "STANDARD" }, "revision": revision }).to_string()
    };
    let (status, saved) = asked(&server, "PUT", "drafts/a%3Ab", &draft(0, "{"));
    assert_eq!(
        (status, &saved["revision"], &saved["id"]),
        (200, &json!(1), &json!("a:b")),
        "{saved}"
    );
    assert_eq!(saved["user"], "anonymous");
    assert_eq!(
        asked(&server, "PUT", "drafts/a%3Ab", &draft(1, "{}")).0,
        200
    );
    let (status, conflict) = asked(&server, "PUT", "drafts/a%3Ab", &draft(1, "mine"));
    assert_eq!((status, &conflict["error"]), (409, &json!("Conflict")));
    assert_eq!(
        (&conflict["draft"]["text"], &conflict["draft"]["revision"]),
        (&json!("{}"), &json!(2))
    );
    assert_eq!(
        asked(&server, "PUT", "drafts/a%3Ab", &draft(0, "again")).0,
        409
    );
    let all = get(&server, "drafts");
    assert_eq!(
        (
            all.as_array().unwrap().len(),
            &all[0]["name"],
            all[0].get("text")
        ),
        (1, &json!("new <b>"), None)
    );
    assert_eq!(get(&server, "drafts/a:b")["text"], "{}");
    assert_eq!(asked(&server, "PUT", "drafts/c", "{}").0, 400);
    assert_eq!(
        asked(&server, "PUT", "drafts/c", &draft(0, &"x".repeat(3 << 20))).0,
        400
    );
    assert_eq!(asked(&server, "DELETE", "drafts/a:b", "").0, 204);
    assert_eq!(asked(&server, "GET", "drafts/a:b", "").0, 404);
    let (_, gone) = asked(&server, "PUT", "drafts/a:b", &draft(2, "late"));
    assert_eq!(
        (&gone["error"], &gone["draft"]),
        (&json!("Conflict"), &Value::Null)
    );
}

/// A stream that is read line by line.
pub struct Stream(BufReader<TcpStream>);

impl Stream {
    pub fn open(server: &Served, topics: &str, last: &str) -> Stream {
        let mut stream = server.connect();
        let last = match last {
            "" => String::new(),
            last => format!("Last-Event-ID: {last}\r\n"),
        };
        write!(
            stream,
            "GET /_ui/stream?topics={topics} HTTP/1.1\r\nHost: localhost\r\n{last}\r\n"
        )
        .unwrap();
        Stream(BufReader::new(stream))
    }

    /// The next message's event, data and id.
    #[track_caller]
    pub fn next(&mut self) -> (String, Value, Option<String>) {
        let (mut event, mut data, mut id) = (String::new(), Value::Null, None);
        loop {
            let mut line = String::new();
            assert_ne!(
                self.0.read_line(&mut line).unwrap(),
                0,
                "the stream has ended"
            );
            match line.trim_end().split_once(": ") {
                Some(("event", value)) => value.clone_into(&mut event),
                Some(("data", value)) => data = serde_json::from_str(value).unwrap(),
                Some(("id", value)) => id = Some(value.to_owned()),
                _ if line == ":\n" => panic!("nothing comes"),
                _ if line == "\n" && !event.is_empty() => return (event, data, id),
                _ => {}
            }
        }
    }

    /// Reads on until a message is as wanted; its id.
    #[track_caller]
    pub fn until(&mut self, mut wanted: impl FnMut(&str, &Value) -> bool) -> (Value, String) {
        let mut last = String::new();
        loop {
            let (event, data, id) = self.next();
            last = id.unwrap_or(last);
            if wanted(&event, &data) {
                return (data, last);
            }
        }
    }
}

fn ids(data: &Value) -> Vec<u64> {
    let events = data["events"].as_array().unwrap();
    events
        .iter()
        .map(|event| event["id"].as_u64().unwrap())
        .collect()
}

#[test]
fn a_stream_tells_what_happens_and_goes_on_without_a_gap() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    server.ok("CreateActivity", json!({ "name": "work" }));
    let arn = server.create("report", &machine());
    let execution = start(&server, &arn, "a", &json!({ "wait": true }));
    let topics = format!("executions,execution:{execution}@0");
    let mut stream = Stream::open(&server, &topics, "");
    let (event, first, _) = stream.next();
    assert_eq!(
        (&*event, &first),
        ("executions", &json!({ "changed": [], "missed": false }))
    );
    // Its activity is scheduled.
    let (mut seen, mut last) = (Vec::new(), String::new());
    while !seen.ends_with(&[5]) {
        let (_, data, id) = stream.next();
        seen.extend(ids(&data));
        last = id.unwrap_or(last);
        assert_eq!(data["summary"]["status"], "RUNNING");
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);

    // Pausing makes no event, and is told.
    server.request(
        "POST",
        "/",
        &format!(
            "{}X-Amz-Target: Stepwright.PauseExecution\r\n",
            crate::serving::JSON
        ),
        &json!({ "executionArn": execution }).to_string(),
    );
    let (_, last) = stream.until(|_, data| data["summary"]["isPaused"] == true);
    assert!(last.ends_with("@5"), "{last}");
    drop(stream);

    // Meanwhile …
    server.ok(
        "StopExecution",
        json!({ "executionArn": execution, "error": "Enough" }),
    );
    let other = start(&server, &arn, "b", &json!({}));
    server.until_status(&other, "SUCCEEDED");
    let mut stream = Stream::open(&server, &format!("executions,execution:{execution}"), &last);
    let (mut is_stopped, mut has_begun, mut ended) = (false, false, None);
    let (_, last) = stream.until(|event, data| {
        assert_ne!(data["missed"], true);
        let mut changed = data["changed"].as_array().into_iter().flatten();
        is_stopped |= changed.any(|one| one["error"] == "Enough");
        has_begun |= data["changed"][0]["name"] == "b";
        ended = ended
            .take()
            .or((event == "execution").then(|| data.clone()));
        has_begun && ended.is_some()
    });
    assert!(is_stopped);
    let ended = ended.unwrap();
    assert_eq!(
        (ids(&ended)[0], &ended["summary"]["status"]),
        (6, &json!("ABORTED"))
    );
    // A redrive opens it again.
    server.ok("RedriveExecution", json!({ "executionArn": execution }));
    let mut told = (false, false);
    stream.until(|_, data| {
        told.0 |= data["summary"]["redriveCount"] == 1 && data["summary"]["status"] == "RUNNING";
        told.1 |= data["changed"][0]["redriveCount"] == 1;
        told == (true, true)
    });

    // Another run of the server does not know the place in the list, but that in the history.
    drop(stream);
    server.end();
    let server = Served::start(&folder, &[]);
    let mut stream = Stream::open(&server, &format!("executions,execution:{execution}"), &last);
    let (_, missed, _) = stream.next();
    assert_eq!(missed["missed"], true);
    let (redriven, _) = stream.until(|event, _| event == "execution");
    assert!(ids(&redriven)[0] > 6);
    // An open stream does not hold up the end.
    server.end();
    let mut line = String::new();
    while stream.0.read_line(&mut line).unwrap_or(0) > 0 {}

    let server = Served::start(&folder, &[]);
    let (status, refused) = asked(&server, "GET", "stream?topics=weather", "");
    assert_eq!(
        (status, &refused["error"]),
        (400, &json!("ValidationException"))
    );
    assert_eq!(asked(&server, "GET", "stream", "").0, 400);
}

#[test]
fn whoever_has_no_key_learns_nothing_but_that() {
    let folder = Folder::new();
    folder.write(
        "keys",
        "[a]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = secret\n",
    );
    let server = Served::start(&folder, &["--credentials", "keys"]);
    assert_eq!(
        get(&server, "info")["login"],
        json!({ "user": null, "hasUsers": false })
    );
    for path in [
        "state-machines",
        "executions",
        "stream?topics=executions",
        "drafts",
    ] {
        let (status, refused) = asked(&server, "GET", path, "");
        assert!((400..404).contains(&status), "{path}: {refused}");
        assert!(refused["message"].is_string(), "{refused}");
    }
    let (status, _) = server.request("GET", "/_ui/info", "Origin: http://evil.test\r\n", "");
    assert_eq!(status, 403);
}
