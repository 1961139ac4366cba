//! Executions at rest, in every phase, as earlier releases have written them: each later release reads them and goes on.
//!
//! `histories/NAME.json` holds a definition, the records of one execution of it, its events and its open calls, and the types of
//! the events that follow when it goes on. A file is written once and then stays as it is: `STEPWRIGHT_WRITE_HISTORIES=1` writes
//! those that are missing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use interpreter::{
    CallFailure, CallKey, ChildEnd, ChildExecution, Command, Encoded, Event, Execution,
    ExecutionRecord, FrameId, Identity, Input, Intent, Limits, Rest, SHARED_PAYLOAD_BYTES, Status,
    World, decode_events, encode_call, encode_events, step,
};
use query::Payload;
use serde_json::{Map, Value, json};
use states_language::ParseOptions;
use states_language::machine::Machine;
use states_language::source::{Format, Source};

const NOW_MILLIS: i64 = 1_767_225_600_000;
/// Events that an execution may still write; the shown ones need far fewer.
const MAX_STEPS: usize = 100;

/// What is done before an execution is written down, in words that [`Run::take`] knows.
fn cases() -> Vec<(&'static str, Value, &'static [&'static str])> {
    let work = "arn:aws:lambda:us-east-1:123456789012:function:Work";
    let task = |resource: &str, more: Value| {
        let mut state = json!({"Type": "Task", "Resource": resource, "End": true});
        let (state_fields, more) = (state.as_object_mut().unwrap(), more);
        state_fields.extend(more.as_object().unwrap().clone());
        json!({"StartAt": "T", "TimeoutSeconds": 1000, "States": {"T": state}})
    };
    let branch = |name: &str| json!({"StartAt": name, "States": {name: {"Type": "Task", "Resource": work, "End": true}}});
    let parallel = json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [branch("A"), branch("B"), branch("C")], "End": true}}});
    let map = |input: Value| {
        json!({"StartAt": "I", "States": {
            "I": {"Type": "Pass", "Result": input, "Assign": {"v": {"a": 1}}, "Next": "M"},
            "M": {"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": branch("T"), "End": true},
        }})
    };
    let distributed = json!({"StartAt": "M", "States": {"M": {
        "Type": "Map",
        "QueryLanguage": "JSONata",
        "Items": [1, 2, 3],
        "MaxConcurrency": 2,
        "ToleratedFailureCount": 1,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "I",
            "States": {"I": {"Type": "Pass", "End": true}},
        },
        "End": true,
    }}});
    let queue = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
    let nested = "arn:aws:states:::states:startExecution.sync:2";
    let activity = "arn:aws:states:us-east-1:123456789012:activity:a";
    let wait =
        json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": true}}});
    let two = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": true}}});
    vec![
        ("about-to-enter", two.clone(), &["start slowly"]),
        ("succeeded", two, &["start"]),
        ("waiting", wait.clone(), &["start"]),
        ("aborted", wait, &["start", "stop"]),
        (
            "calling",
            task(
                work,
                json!({"TimeoutSeconds": 60, "HeartbeatSeconds": 10, "Comment": "@stepwright:resend", "Credentials": {"RoleArn": "arn:aws:iam::123456789012:role/R"}}),
            ),
            &["start"],
        ),
        (
            "calling-aws",
            task(
                "arn:aws:states:::aws-sdk:ec2:RebootInstances",
                json!({"Parameters": {"InstanceIds": ["i-1"]}}),
            ),
            &["start"],
        ),
        (
            "backing-off",
            task(work, json!({"Retry": [{"ErrorEquals": ["E"]}]})),
            &["start", "fail"],
        ),
        (
            "callback",
            task(
                queue,
                json!({"HeartbeatSeconds": 10, "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"}}),
            ),
            &["start", "answer"],
        ),
        (
            "job",
            task(nested, json!({"Parameters": {"StateMachineArn": "m"}})),
            &["start", "answer"],
        ),
        (
            "job-stopped",
            task(nested, json!({"Parameters": {"StateMachineArn": "m"}})),
            &["start", "answer", "stop"],
        ),
        (
            "activity-scheduled",
            task(activity, json!({"HeartbeatSeconds": 10})),
            &["start"],
        ),
        (
            "activity-started",
            task(activity, json!({"HeartbeatSeconds": 10})),
            &["start", "work"],
        ),
        ("parallel", parallel.clone(), &["start", "answer"]),
        ("parallel-drained", parallel.clone(), &["start", "drain"]),
        ("parallel-failed", parallel, &["start", "answer", "fail"]),
        ("map", map(json!([1, 2, 3, 4])), &["start", "answer"]),
        (
            "large-payloads",
            map(json!(["x".repeat(SHARED_PAYLOAD_BYTES)])),
            &["start"],
        ),
        ("map-of-an-object", map(json!({"a": 1, "b": 2})), &["start"]),
        ("map-failed", map(json!([1, 2, 3])), &["start", "fail"]),
        (
            "distributed",
            distributed.clone(),
            &["start", "end a child"],
        ),
        (
            "distributed-stopped",
            distributed,
            &["start", "end a child", "stop"],
        ),
        (
            "redriven",
            task(
                queue,
                json!({"Parameters": {"QueueUrl": "q", "MessageBody": "m"}}),
            ),
            &["start", "fail", "redrive", "answer"],
        ),
        (
            "timed-out",
            task(work, json!({"TimeoutSeconds": 1})),
            &["start", "fire"],
        ),
    ]
}

#[test]
fn executions_that_earlier_releases_wrote_go_on() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories");
    if std::env::var_os("STEPWRIGHT_WRITE_HISTORIES").is_some() {
        write_missing(&folder);
    }
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder of histories")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    assert!(files.len() >= 20, "only {} histories", files.len());
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a readable file");
        let history: Value = serde_json::from_str(&text).expect("JSON");
        check(&file.display().to_string(), &history);
    }
}

fn check(name: &str, history: &Value) {
    let machine = machine(&history["definition"]);
    let record = read_record(&history["record"]);
    let execution = Execution::decode(&machine, &record)
        .unwrap_or_else(|error| panic!("{name}: not read: {error}"));
    assert_eq!(execution.status.name(), history["status"], "{name}");
    for (segment, shown) in list(&history["segments"]).zip(list(&history["events"])) {
        let events = decode_events(&read_encoded(segment))
            .unwrap_or_else(|error| panic!("{name}: events not read: {error}"));
        let events: Value = events.iter().map(Event::to_json).collect();
        assert_eq!(events, *shown, "{name}");
    }
    for (call, shown) in list(&history["calls"]).zip(list(&history["shown_calls"])) {
        let call = Intent::decode(&read_encoded(call))
            .unwrap_or_else(|error| panic!("{name}: a call is not read: {error}"));
        assert_eq!(show_call(&call), *shown, "{name}");
    }
    let mut run = Run::new(machine, execution);
    for call in list(&history["calls"]) {
        if let Ok(Intent::Child(child)) = Intent::decode(&read_encoded(call)) {
            run.child_started(&child);
        }
    }
    run.go_on();
    let types: Vec<String> = run.events.iter().map(|e| e.detail.type_name()).collect();
    assert_eq!(json!(types), history["goes_on_with"], "{name}");
}

fn write_missing(folder: &Path) {
    for (name, definition, words) in cases() {
        let file = folder.join(format!("{name}.json"));
        if file.exists() {
            continue;
        }
        let machine = machine(&definition);
        let input = Payload::from_value(json!({"n": 1}));
        let execution = Execution::new(identity(), &machine, input, NOW_MILLIS);
        let mut run = Run::new(machine, execution);
        let (mut segments, mut shown) = (Vec::new(), Vec::new());
        for word in words {
            let before = run.events.len();
            run.take(word);
            segments.push(show_encoded(&encode_events(&run.events[before..])));
            shown.push(
                run.events[before..]
                    .iter()
                    .map(Event::to_json)
                    .collect::<Value>(),
            );
        }
        let record = run.execution.encode();
        let (status, calls) = (run.execution.status.name(), run.calls.clone());
        run.events.clear();
        run.go_on();
        let types: Vec<String> = run.events.iter().map(|e| e.detail.type_name()).collect();
        let shown_calls: Vec<Value> = calls
            .iter()
            .map(|call| show_call(&Intent::decode(call).expect("a call")))
            .collect();
        let history = json!({
            "definition": definition,
            "status": status,
            "record": show_record(&record),
            "segments": segments,
            "events": shown,
            "calls": calls.iter().map(show_encoded).collect::<Vec<_>>(),
            "shown_calls": shown_calls,
            "goes_on_with": types,
        });
        std::fs::write(file, format!("{history:#}\n")).expect("writes");
    }
}

struct Run {
    machine: Arc<Machine>,
    execution: Execution,
    now_millis: i64,
    events: Vec<Event>,
    /// Records of the calls that were made.
    calls: Vec<Encoded>,
    children: BTreeMap<CallKey, ChildExecution>,
    rest: Rest,
}

impl Run {
    fn new(machine: Arc<Machine>, execution: Execution) -> Run {
        Run {
            rest: match execution.has_ready_frames() {
                true => Rest::Yielded,
                false => Rest::Waiting,
            },
            machine,
            execution,
            now_millis: NOW_MILLIS,
            events: Vec::new(),
            calls: Vec::new(),
            children: BTreeMap::new(),
        }
    }

    fn child_started(&mut self, child: &ChildExecution) {
        let of = child.identity.child_of.as_ref().expect("a child");
        self.children.insert(of.key, child.clone());
    }

    /// The child runs to its end.
    fn child_ended(&mut self, key: CallKey) -> Input {
        let child = self.children.remove(&key).expect("a child");
        let label = &child.identity.child_of.as_ref().expect("a child").label;
        let machine = Arc::new(self.machine.processor(label).expect("its processor"));
        let execution = Execution::new(child.identity, &machine, child.input, self.now_millis);
        let mut run = Run::new(machine, execution);
        run.take("start");
        run.go_on();
        Input::ChildEnded(Box::new(ChildEnd::of(&run.execution, self.now_millis)))
    }

    fn take(&mut self, word: &str) {
        let call = self.execution.open_calls().first().copied();
        let key = || call.expect("an open call");
        let input = match word {
            "start" | "start slowly" => Input::Start,
            "answer" => Input::CallCompleted {
                key: key(),
                result: Ok(Payload::from_value(json!({"answer": 1}))),
            },
            "fail" => Input::CallCompleted {
                key: key(),
                result: Err(CallFailure {
                    error: "E".into(),
                    cause: "c".into(),
                }),
            },
            "work" => Input::ActivityStarted {
                key: key(),
                worker_name: Some("w".into()),
            },
            "end a child" => self.child_ended(key()),
            "fire" => self.next_timer(),
            "drain" => Input::Drain,
            "redrive" => Input::Redrive,
            "stop" => Input::Stop {
                error: Some("Operator".into()),
                cause: None,
            },
            other => panic!("nobody knows how to {other}"),
        };
        let transitions = if word == "start slowly" { 1 } else { 100 };
        self.step(input, transitions);
    }

    fn next_timer(&mut self) -> Input {
        let timers = self.execution.open_timers().into_iter();
        let next = timers
            .min_by_key(|timer| timer.due_millis)
            .expect("a timer");
        self.now_millis = self.now_millis.max(next.due_millis);
        Input::TimerFired(next.key)
    }

    fn step(&mut self, input: Input, transitions_per_step: u32) {
        let limits = Limits {
            transitions_per_step,
            ..Limits::aws()
        };
        let mut world = World {
            now_millis: self.now_millis,
            limits: &limits,
            interrupts: None,
            activity_exists: None,
            trace: None,
            mocked: None,
        };
        let step = step(&self.machine, &mut self.execution, input, &mut world);
        assert!(step.taken, "nobody took it");
        for command in &step.commands {
            match command {
                Command::Call(call) => self.calls.push(encode_call(call)),
                Command::StartChild(child) => {
                    self.calls.push(child.encode());
                    self.child_started(child);
                }
                _ => {}
            }
        }
        self.events.extend(step.events);
        self.rest = step.rest;
    }

    /// To the end: everything that is open is answered, then timers fire; what ended without success is redriven once.
    fn go_on(&mut self) {
        for _ in 0..MAX_STEPS {
            let (call, token) = (self.execution.open_calls(), self.execution.open_tokens());
            let answer = || Payload::from_value(json!("done"));
            let input = match (&self.execution.status, call.first(), token.first()) {
                (Status::Succeeded { .. }, _, _) => return,
                (Status::Failed(_) | Status::Aborted(_) | Status::TimedOut(_), _, _) => {
                    Input::Redrive
                }
                _ if self.rest == Rest::Yielded => Input::Continue,
                (_, Some(&key), _) if self.children.contains_key(&key) => self.child_ended(key),
                (_, Some(&key), _) => Input::CallCompleted {
                    key,
                    result: Ok(answer()),
                },
                (_, None, Some(&key)) => Input::TaskAnswered {
                    key,
                    result: Ok(answer()),
                },
                _ => self.next_timer(),
            };
            self.step(input, 100);
        }
        panic!("no end: {:#?}", self.execution);
    }
}

fn machine(definition: &Value) -> Arc<Machine> {
    let source = Source::with_format("definition", definition.to_string(), Format::Json);
    let parsed = states_language::parse(&source, &ParseOptions::default());
    parsed
        .machine
        .unwrap_or_else(|| panic!("not accepted: {:#?}", parsed.diagnostics))
}

fn identity() -> Identity {
    Identity {
        execution_arn: "arn:aws:states:us-east-1:123456789012:execution:M:e".into(),
        execution_name: "e".into(),
        state_machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:M".into(),
        state_machine_name: "M".into(),
        role_arn: "arn:aws:iam::123456789012:role/R".into(),
        region: "us-east-1".into(),
        seed: 42,
        child_of: None,
    }
}

fn show_call(intent: &Intent) -> Value {
    match intent {
        Intent::Call(call) => json!({
            "key": format!("{:?}", call.key),
            "state": call.state_name.as_ref(),
            "resource": call.resource.arn,
            "role": call.role_arn.as_deref(),
            "arguments": call.arguments.value(),
            "purpose": format!("{:?}", call.purpose),
            "resend": call.resend,
        }),
        Intent::Child(child) => json!({
            "execution": child.identity.execution_arn.as_ref(),
            "input": child.input.value(),
        }),
    }
}

fn show_record(record: &ExecutionRecord) -> Value {
    let frames = record.frames.iter();
    let results = record.results.iter();
    json!({
        "header": show_encoded(&record.header),
        "frames": frames.map(|(id, frame)| (id.0.to_string(), show_encoded(frame))).collect::<Map<_, _>>(),
        "results": results.map(|((id, index), result)| json!([id.0, index, result.text().as_ref()])).collect::<Vec<_>>(),
    })
}

fn read_record(shown: &Value) -> ExecutionRecord {
    let frames = shown["frames"].as_object().expect("frames").iter();
    let frames = frames.map(|(id, frame)| {
        let id = id.parse().expect("a frame's id");
        (FrameId(id), read_encoded(frame))
    });
    let results = list(&shown["results"]).map(|result| {
        let number = |at: usize| result[at].as_u64().expect("a number");
        let index = u32::try_from(number(1)).expect("an index");
        ((FrameId(number(0)), index), payload(&result[2]))
    });
    ExecutionRecord {
        header: read_encoded(&shown["header"]),
        frames: frames.collect(),
        results: results.collect(),
    }
}

fn show_encoded(encoded: &Encoded) -> Value {
    let payloads = encoded
        .payloads
        .iter()
        .map(|payload| payload.text().as_ref());
    json!({
        "bytes": BASE64.encode(&encoded.bytes),
        "payloads": payloads.collect::<Vec<_>>(),
    })
}

fn read_encoded(shown: &Value) -> Encoded {
    Encoded {
        bytes: BASE64
            .decode(shown["bytes"].as_str().expect("bytes"))
            .expect("base64"),
        payloads: list(&shown["payloads"]).map(payload).collect(),
    }
}

fn payload(text: &Value) -> Payload {
    // A failed child's result is marked, and so no JSON.
    Payload::from_text_unchecked(text.as_str().expect("a text").into())
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("a list").iter()
}
