//! `STEPWRIGHT_SEED=…` makes another plan; a failure says which one it was.

use std::time::{Duration, Instant};

use crash::run::{Plan, run};
use crash::schedules;
use crash::verify::verify;
use harness::{Options, Server};
use serde_json::json;

fn seed() -> u64 {
    let given = std::env::var("STEPWRIGHT_SEED").ok();
    given.map_or(1, |seed| seed.parse().expect("STEPWRIGHT_SEED is a number"))
}

#[test]
fn nothing_is_lost_and_nothing_done_twice() {
    let plan = Plan {
        seed: seed(),
        executions: 1_000,
        kills: 50,
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let outcome = run(&plan, &data).unwrap_or_else(|error| panic!("seed {}: {error}", plan.seed));
    let verdict = verify(&outcome)
        .unwrap_or_else(|error| panic!("seed {}: {error}; {}", plan.seed, outcome.server.log()));
    println!("{:?}, {} kills", verdict.counts, outcome.kills.len());
    let shown: Vec<&String> = verdict.violations.iter().take(20).collect();
    assert!(
        shown.is_empty(),
        "seed {}: {} violations, the first: {shown:#?}",
        plan.seed,
        verdict.violations.len()
    );
    assert_eq!(outcome.started.len(), plan.executions);
    // A run in which no call was open at any kill would show nothing.
    assert!(verdict.counts.calls_made_again > 0);
    assert!(verdict.counts.outcomes_unknown > 0);
}

#[test]
fn every_schedule_fires_once_and_every_event_arrives() {
    let plan = schedules::Plan {
        seed: seed(),
        schedules: 300,
        events: 300,
        kills: 25,
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let verdict = schedules::run(&plan, &data);
    let verdict = verdict.unwrap_or_else(|error| panic!("seed {}: {error}", plan.seed));
    println!("{verdict:?}");
    let shown: Vec<&String> = verdict.violations.iter().take(20).collect();
    assert!(
        shown.is_empty(),
        "seed {}: {} violations, the first: {shown:#?}",
        plan.seed,
        verdict.violations.len()
    );
    assert_eq!(verdict.schedules, plan.schedules);
    assert!(verdict.events_acknowledged > plan.events / 2);
}

const OPEN_EXECUTIONS: usize = 10_000;
const FIRST_ANSWER: Duration = Duration::from_secs(1);
/// Another program may have the machine for a moment: one of so many restarts has to be in time.
const RESTARTS: usize = 3;

#[test]
fn the_first_answer_comes_soon_after_a_restart_with_many_open_executions() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let options = Options {
        data: Some(folder.path().join("data")),
        ..Options::default()
    };
    let mut server = Server::start(&options).expect("the server starts");
    let machine = server
        .client()
        .create_state_machine(
            "Waiting",
            &json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 86_400, "End": true}}}),
        )
        .expect("the state machine is created");
    start_all(&server, &machine);
    let mut best = Duration::MAX;
    for restart in 0..RESTARTS {
        server.kill().expect("the server is killed");
        let begun = Instant::now();
        server = Server::start(&options).expect("the server starts again");
        let name = format!("after-{restart}");
        let started = server.client().start(&machine, &name, "{}");
        best = best.min(begun.elapsed());
        started.expect("an execution is started");
    }
    println!("first answer with {OPEN_EXECUTIONS} open executions: {best:?}");
    assert!(best < FIRST_ANSWER, "the first answer took {best:?}");
    let page = server.client().call(
        "ListExecutions",
        &json!({"stateMachineArn": machine, "statusFilter": "RUNNING", "maxResults": 1000}),
    );
    let page = page.expect("executions are listed");
    assert_eq!(page["executions"].as_array().map(Vec::len), Some(1_000));
}

fn start_all(server: &Server, machine: &str) {
    const CLIENTS: usize = 16;
    std::thread::scope(|scope| {
        for first in 0..CLIENTS {
            let mut client = server.client();
            scope.spawn(move || {
                for index in (first..OPEN_EXECUTIONS).step_by(CLIENTS) {
                    let started = client.start(machine, &format!("open-{index}"), "{}");
                    started.expect("an execution is started");
                }
            });
        }
    });
}
