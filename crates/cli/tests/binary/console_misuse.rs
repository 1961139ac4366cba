//! `stepwright serve`: requests below `/_ui/` that nobody's page makes.

use std::io::{Read, Write};
use std::thread;

use serde_json::{Value, json};

use crate::console::{Stream, asked, get, machine, start};
use crate::serving::Served;
use crate::support::Folder;

#[test]
fn what_makes_no_sense_is_refused_with_a_reason() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    let machine = server.create("report", &machine());
    let execution = start(&server, &machine, "a", &json!({}));
    server.until_status(&execution, "SUCCEEDED");
    let events = format!("executions/events?arn={execution}");
    for (status, path) in [
        (400, "executions?limit=-1".to_owned()),
        (400, "executions?limit=0".to_owned()),
        (400, "executions?limit=99999999999999999999".to_owned()),
        (400, "executions?from=yesterday".to_owned()),
        (400, "executions?cursor=report".to_owned()),
        (400, format!("{events}&after=-1")),
        (400, format!("{events}&limit=10001")),
        (400, "executions/events".to_owned()),
        (404, "executions/events?arn=%00%ff%2e%2e".to_owned()),
        (
            404,
            "executions/search?arn=arn:aws:states&text=a".to_owned(),
        ),
        (400, format!("executions/event?arn={execution}&id=-1")),
        (
            404,
            format!("executions/event?arn={execution}&id=9223372036854775807"),
        ),
        (
            400,
            format!("executions/search?arn={execution}&text=a&cursor=-2"),
        ),
        (400, "state-machines?limit=201".to_owned()),
        (400, "audit?cursor=a".to_owned()),
        (400, "stream?topics=".to_owned()),
        (400, "stream?topics=executions,,".to_owned()),
        (404, "catalog/actions/%2e%2e/%00".to_owned()),
        (404, "catalog/actions/ec2/".to_owned()),
        (400, "drafts/%00".to_owned()),
        (400, format!("drafts/{}", "x".repeat(300))),
        (404, "drafts/%2e%2e%2f".to_owned()),
        (404, String::new()),
        (404, "/info".to_owned()),
        (404, "info/".to_owned()),
        (404, "../info".to_owned()),
    ] {
        let (found, refused) = asked(&server, "GET", &path, "");
        assert_eq!(found, status, "{path}: {refused}");
        let (code, message) = (&refused["error"], &refused["message"]);
        assert!(code.is_string() && message.is_string(), "{path}: {refused}");
    }
    // Places of other lists lead nowhere, or to a place in this one.
    for path in [
        format!("state-machines?cursor={execution}"),
        format!("executions?cursor=5%20{machine}&stateMachineArn=nothing"),
        format!("executions/search?arn={execution}&text=a&cursor=9223372036854775807"),
        "audit?cursor=-9223372036854775808".to_owned(),
        "audit?cursor=9223372036854775807".to_owned(),
        format!("{events}&after=9223372036854775807"),
    ] {
        get(&server, &path);
    }
    for body in [
        "",
        "[]",
        "{\"text\":",
        "\u{0}",
        "{\"name\":1,\"text\":\"\"}",
    ] {
        for (method, path) in [
            ("PUT", "drafts/a"),
            ("POST", "schedules/preview"),
            ("POST", "rules/match"),
        ] {
            let (status, refused) = asked(&server, method, path, body);
            assert_eq!(status, 400, "{path}: {refused}");
        }
    }
    assert_eq!(get(&server, "drafts"), json!([]));
}

#[test]
fn methods_are_those_of_the_endpoint() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    let ask = |method: &str, path: &str, headers: &str| {
        server.raw(&format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Connection: close\r\n\r\n"
        ))
    };
    for path in ["/_ui/info", "/_ui/executions", "/", "/_ui/catalog/actions"] {
        let (head, body) = (ask("HEAD", path, ""), ask("GET", path, ""));
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
        assert!(head.ends_with("\r\n\r\n"), "{path}: {head}");
        let length = format!(
            "content-length: {}",
            body.split_once("\r\n\r\n").unwrap().1.len()
        );
        assert!(head.contains(&length), "{path}: {head}");
    }
    for method in ["OPTIONS", "PATCH", "DELETE", "TRACE"] {
        let answer = ask(method, "/_ui/executions", "");
        assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
        assert!(answer.contains("allow: GET, HEAD\r\n"), "{answer}");
    }
    assert!(ask("GET", "/_ui/rules/match", "").contains("allow: POST\r\n"));
    // A part of an answer is never asked for by the console, so all of it comes.
    let part = ask("GET", "/_ui/info", "Range: bytes=0-1\r\n");
    assert!(part.starts_with("HTTP/1.1 200"), "{part}");
    let large = ask(
        "PUT",
        "/_ui/drafts/a",
        "Content-Type: application/json\r\nContent-Length: 104857600\r\n",
    );
    assert!(large.starts_with("HTTP/1.1 413"), "{large}");
}

#[test]
fn of_many_who_save_a_draft_one_wins() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    let save = |id: &str, revision: u64, text: &str| {
        let draft = json!({ "name": "n", "text": text, "language": "json", "revision": revision });
        asked(&server, "PUT", &format!("drafts/{id}"), &draft.to_string())
    };
    for revision in 0..3 {
        let saved: Vec<(u16, Value)> = thread::scope(|scope| {
            let savers: Vec<_> = (0..8)
                .map(|who| scope.spawn(move || save("one", revision, &who.to_string())))
                .collect();
            savers
                .into_iter()
                .map(|saver| saver.join().unwrap())
                .collect()
        });
        let mut winners = saved.iter().filter(|(status, _)| *status == 200);
        let (_, winner) = winners.next().unwrap();
        assert!(winners.next().is_none(), "{saved:?}");
        assert_eq!(get(&server, "drafts/one"), *winner);
        assert_eq!(winner["revision"], revision + 1);
    }
    let long = json!({ "name": "n".repeat(70_000), "text": "", "language": "json" }).to_string();
    assert_eq!(asked(&server, "PUT", "drafts/long", &long).0, 400);

    // However many come at once, there are no more than 200.
    let refused: usize = thread::scope(|scope| {
        let savers = (0..4).map(|saver| {
            scope.spawn(move || {
                let saved = (0..52).map(|at| save(&format!("{saver}-{at}"), 0, "{}"));
                let refused = saved.filter(|(_, answer)| answer["error"] == "TooManyDrafts");
                refused.count()
            })
        });
        let savers: Vec<_> = savers.collect();
        savers.into_iter().map(|saver| saver.join().unwrap()).sum()
    });
    assert_eq!(get(&server, "drafts").as_array().unwrap().len(), 200);
    assert_eq!(refused, 4 * 52 - 199);
    // One that is there can still be saved.
    assert_eq!(save("one", 3, "").0, 200);
}

#[test]
fn a_stream_tells_who_is_waited_for() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    server.ok("CreateActivity", json!({ "name": "work" }));
    let machine = server.create("report", &machine());
    let mut stream = Stream::open(&server, "tasks", "");
    assert_eq!(stream.next().1, json!({ "changed": false }));
    let execution = start(&server, &machine, "a", &json!({ "wait": true }));
    let (_, place) = stream.until(|event, data| event == "tasks" && data["changed"] == true);
    assert_eq!(
        get(&server, "tasks")["items"][0]["executionArn"],
        *execution
    );
    drop(stream);

    // Whoever waits for nobody is not told of.
    let other = start(&server, &machine, "b", &json!({}));
    server.until_status(&other, "SUCCEEDED");
    let mut stream = Stream::open(&server, "tasks", &place);
    assert_eq!(stream.next().1, json!({ "changed": false }));
    drop(stream);
    server.ok("StopExecution", json!({ "executionArn": execution }));
    let mut stream = Stream::open(&server, "tasks", &place);
    assert_eq!(stream.next().1, json!({ "changed": true }));
    assert_eq!(get(&server, "tasks")["items"], json!([]));
}

#[test]
fn the_end_waits_for_nobody_who_does_not_read() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    let large = json!({ "StartAt": "Many", "States": { "Many": {
        "Type": "Map", "End": true, "ItemProcessor": { "StartAt": "P", "States": {
            "P": { "Type": "Pass", "End": true } } } } } });
    let machine = server.create("large", &large);
    let items: Vec<u32> = (0..2_500).collect();
    let execution = start(&server, &machine, "a", &json!(items));
    server.until_status(&execution, "SUCCEEDED");
    let asked = [
        format!("executions/events?arn={execution}&limit=10000"),
        format!("stream?topics=execution:{execution}@0"),
        "stream?topics=executions,tasks".to_owned(),
    ];
    let held: Vec<_> = asked
        .iter()
        .map(|path| {
            let mut client = server.connect();
            let request = format!("GET /_ui/{path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            // So many answers fit into no buffer.
            client.write_all(request.repeat(20).as_bytes()).unwrap();
            // It has begun to answer.
            client.read_exact(&mut [0; 1]).unwrap();
            client
        })
        .collect();
    let began = std::time::Instant::now();
    server.end();
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    drop(held);
}
