//! Schedules of EventBridge Scheduler: many that are due at once, and many that are not.

use std::thread::sleep;
use std::time::Duration;

use harness::{CallError, Client, ROLE_ARN, Server};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::baseline::Baseline;
use super::chains::CLIENTS;
use super::load::{Times, load};
use super::{Beside, Figure, Target, memory_kib, server};

const AT_ONCE: usize = 1_000;
/// From when the first of them is made to when they are due: longer than it takes to make them.
const AHEAD_SECONDS: i64 = 6;
const IDLE: usize = 10_000;
const QUIET: Duration = Duration::from_secs(10);
/// Of the kernel's accounts of processors' time (Linux, `getconf CLK_TCK`).
const TICKS_PER_SECOND: f64 = 100.0;

pub fn figures(baseline: &Baseline) -> Result<Vec<Figure>, CallError> {
    let mut figures = due_at_once(baseline)?;
    figures.extend(idle()?);
    Ok(figures)
}

fn machine(server: &Server) -> Result<String, CallError> {
    let definition = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}});
    server.client().create_state_machine("Due", &definition)
}

fn create(
    server: &Server,
    count: usize,
    machine: &str,
    expression: &str,
) -> Result<Times, CallError> {
    let schedule = json!({
        "ScheduleExpression": expression,
        "FlexibleTimeWindow": { "Mode": "OFF" },
        "Target": { "Arn": machine, "RoleArn": ROLE_ARN, "Input": "{}" },
    });
    let work = |client: &mut Client, index: usize| {
        let path = format!("POST /schedules/s-{index}");
        client.rest("scheduler", &path, &schedule).map(drop)
    };
    load(CLIENTS, count, |_| server.client(), work)
}

fn due_at_once(baseline: &Baseline) -> Result<Vec<Figure>, CallError> {
    let server = server()?;
    let machine = machine(&server)?;
    let due = Timestamp::now().as_second() + AHEAD_SECONDS;
    let at = Timestamp::from_second(due).unwrap_or(Timestamp::MAX);
    let expression = format!("at({})", at.strftime("%Y-%m-%dT%H:%M:%S"));
    let created = create(&server, AT_ONCE, &machine, &expression)?;
    let mut late = Vec::new();
    let mut client = server.client();
    for _ in 0..60 {
        sleep(Duration::from_secs(1));
        late = started(&mut client, &machine)?;
        if late.len() >= AT_ONCE {
            break;
        }
    }
    assert_eq!(late.len(), AT_ONCE, "not all were started");
    for start in &mut late {
        *start = (*start - due as f64) * 1e3;
    }
    late.sort_by(f64::total_cmp);
    let percentile = |percent: usize| late[(late.len() * percent / 100).min(late.len() - 1)];
    let figure = |what, value, target| Figure {
        workload: "1,000 schedules due in one second",
        what,
        value,
        unit: "ms",
        target,
        beside: baseline.latency(),
    };
    Ok(vec![
        figure("started late, p50", percentile(50), Target::None),
        figure("started late, p99", percentile(99), Target::None),
        figure(
            "started late, the last",
            percentile(100),
            Target::AtMost(1000.0),
        ),
        Figure {
            workload: "1,000 schedules due in one second",
            what: "created",
            value: created.per_second(),
            unit: "schedules/s",
            target: Target::None,
            beside: Beside::Nothing,
        },
    ])
}

/// Seconds since 1970 at which executions were started.
fn started(client: &mut Client, machine: &str) -> Result<Vec<f64>, CallError> {
    let mut starts = Vec::new();
    let mut parameters = json!({ "stateMachineArn": machine, "maxResults": 1000 });
    loop {
        let page = client.call("ListExecutions", &parameters)?;
        let executions = page["executions"].as_array().into_iter().flatten();
        starts.extend(executions.filter_map(|execution| execution["startDate"].as_f64()));
        match &page["nextToken"] {
            Value::Null => return Ok(starts),
            token => parameters["nextToken"] = token.clone(),
        }
    }
}

fn idle() -> Result<Vec<Figure>, CallError> {
    let server = server()?;
    let machine = machine(&server)?;
    // What is there for any number of them.
    create(&server, CLIENTS, &machine, "rate(1 day)")?;
    let before_kib = memory_kib(&server, "VmRSS:").map_err(CallError::Io)?;
    let work = |client: &mut Client, index: usize| {
        let schedule = json!({
            "ScheduleExpression": format!("cron({} {} ? * MON-FRI *)", index % 60, index % 24),
            "ScheduleExpressionTimezone": "Europe/Berlin",
            "StartDate": 4_000_000_000u64,
            "FlexibleTimeWindow": { "Mode": "OFF" },
            "Target": { "Arn": machine, "RoleArn": ROLE_ARN, "Input": "{}" },
        });
        let path = format!("POST /schedules/idle-{index}");
        client.rest("scheduler", &path, &schedule).map(drop)
    };
    load(CLIENTS, IDLE, |_| server.client(), work)?;
    let after_kib = memory_kib(&server, "VmRSS:").map_err(CallError::Io)?;
    sleep(Duration::from_secs(2));
    let before = processor_millis(&server);
    sleep(QUIET);
    let used = processor_millis(&server) - before;
    let figure = |what, value, unit, target| Figure {
        workload: "10,000 idle schedules",
        what,
        value,
        unit,
        target,
        beside: Beside::Nothing,
    };
    Ok(vec![
        figure(
            "memory of each",
            (after_kib - before_kib) / IDLE as f64,
            "KiB",
            Target::AtMost(8.0),
        ),
        figure("processor time in 10 s", used, "ms", Target::AtMost(50.0)),
    ])
}

/// Of user and kernel, as the kernel has counted it. What cannot be read is no figure: a zero would pass every target.
fn processor_millis(server: &Server) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.pid()));
    let stat = stat.expect("the kernel tells of the server's process");
    // Behind the name in parentheses the third field comes first.
    let (_, fields) = stat.rsplit_once(')').expect("it has a name");
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: f64 = ticks
        .map(|ticks| ticks.parse::<f64>().expect("ticks are a number"))
        .sum();
    ticks * 1e3 / TICKS_PER_SECOND
}
