//! What a shard decides.

use engine::StartExecution;
use engine::shard::{Effect, Message, Outcome, Shard, Taken};
use interpreter::{CallKey, Input, Limits, TimerKey, World};
use query::Payload;
use serde_json::{Value, json};
use store::{ExecutionId, MemoryStore, Store, Unit};

use crate::support::{identity, machine, types};

const TASK: &str = "arn:aws:lambda:us-east-1:123456789012:function:Work";

fn start(name: &str, definition: &Value) -> Message {
    Message::Start(Box::new(StartExecution::new(
        machine(definition),
        identity(name),
        Payload::empty_object(),
    )))
}

fn take(execution: &str, input: Input) -> Message {
    Message::Take {
        execution: execution.into(),
        input,
    }
}

fn answer(key: CallKey) -> Input {
    Input::CallCompleted {
        key,
        result: Ok(Payload::null()),
    }
}

fn step(shard: &mut Shard, message: Message, now_millis: i64, limits: &Limits) -> Option<Step> {
    let transition = shard.take(message, now_millis, limits, None)?;
    shard.committed(&transition.outcome);
    let (unit, outcome) = (transition.unit?, transition.outcome);
    Some(Step { unit, outcome })
}

fn world(now_millis: i64, limits: &Limits) -> World<'_> {
    World {
        now_millis,
        limits,
        interrupts: None,
        activity_exists: None,
        trace: None,
        mocked: None,
    }
}

/// What was decided of an execution that is durable step by step.
struct Step {
    unit: Unit,
    outcome: Outcome,
}

fn wait(seconds: u64) -> Value {
    json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": seconds, "End": true}}})
}

fn task(fields: Value) -> Value {
    let mut state = json!({"Type": "Task", "Resource": TASK, "End": true});
    state
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    json!({"StartAt": "T", "States": {"T": state}})
}

fn called(transition: &Step) -> CallKey {
    transition
        .outcome
        .effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Call(call) => Some(call.key),
            Effect::StartChild(_) | Effect::Abandon(_) => None,
        })
        .expect("a call")
}

fn due(shard: &mut Shard, now_millis: i64) -> Vec<ExecutionId> {
    let messages = shard.due_messages(now_millis, usize::MAX).into_iter();
    messages
        .map(|message| message.execution().clone())
        .collect()
}

#[test]
fn timers_come_in_the_order_of_their_time() {
    let (mut shard, limits) = (Shard::default(), Limits::default());
    for (name, seconds) in [("slow", 9), ("fast", 3), ("middle", 5)] {
        step(&mut shard, start(name, &wait(seconds)), 0, &limits).unwrap();
    }
    assert_eq!(shard.next_due(0), Some(3_000));
    assert!(due(&mut shard, 2_999).is_empty());
    let names = |shard: &mut Shard, now| -> Vec<String> {
        due(shard, now)
            .iter()
            .map(|name| name.to_string())
            .collect()
    };
    assert_eq!(names(&mut shard, 5_000), ["fast", "middle"]);
    assert_eq!(names(&mut shard, 10_000), ["fast", "middle", "slow"]);
    let fast = due(&mut shard, 3_000).remove(0);
    let transition = step(&mut shard, Message::Wake(fast), 3_000, &limits).unwrap();
    assert_eq!(transition.outcome.status.name(), "SUCCEEDED");
    assert!(transition.unit.ended);
    assert_eq!(shard.next_due(3_000), Some(5_000));
}

#[test]
fn a_used_up_slice_goes_on_at_once_and_after_the_others() {
    let mut shard = Shard::default();
    let limits = Limits {
        transitions_per_step: 1,
        ..Limits::default()
    };
    let chain = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": true}}});
    let first = step(&mut shard, start("a", &chain), 0, &limits).unwrap();
    assert_eq!(
        types(&first.outcome.events),
        ["ExecutionStarted", "PassStateEntered", "PassStateExited"]
    );
    step(&mut shard, start("b", &chain), 0, &limits).unwrap();
    assert_eq!(
        shard.next_due(17),
        Some(17),
        "at once, whatever the time is"
    );
    let messages = due(&mut shard, 17);
    assert_eq!(
        messages
            .iter()
            .map(|name| name.as_ref())
            .collect::<Vec<_>>(),
        ["a", "b"]
    );
    assert!(due(&mut shard, 17).is_empty(), "told once");
    for name in messages {
        let transition = step(&mut shard, Message::Wake(name), 17, &limits).unwrap();
        assert_eq!(transition.outcome.status.name(), "SUCCEEDED");
        assert_eq!(transition.unit.expected_version, 1);
        assert_eq!(transition.unit.events.unwrap().first_event_id, 4);
    }
}

#[test]
fn a_yielded_execution_is_told_once_to_go_on() {
    let mut shard = Shard::default();
    let limits = Limits {
        transitions_per_step: 1,
        ..Limits::default()
    };
    let endless = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Choice", "Choices": [{"Variable": "$.n", "IsPresent": true, "Next": "C"}], "Default": "A"}, "C": {"Type": "Succeed"}}});
    step(&mut shard, start("a", &endless), 0, &limits).unwrap();
    let stale = Input::TimerFired(TimerKey {
        frame: None,
        generation: 99,
    });
    shard.step(take("a", stale), &mut world(0, &limits));
    assert_eq!(due(&mut shard, 0).len(), 1);
}

#[test]
fn a_second_start_and_strangers_are_dropped() {
    let (mut shard, limits) = (Shard::default(), Limits::default());
    assert!(step(&mut shard, start("a", &wait(5)), 0, &limits).is_some());
    assert!(step(&mut shard, start("a", &wait(1)), 0, &limits).is_none());
    assert_eq!(shard.next_due(0), Some(5_000));
    assert!(step(&mut shard, take("b", Input::Drain), 0, &limits).is_none());
}

#[test]
fn an_answer_is_taken_once() {
    let (mut shard, limits) = (Shard::default(), Limits::default());
    let two = json!({"StartAt": "T", "States": {
        "T": {"Type": "Task", "Resource": TASK, "Next": "U"},
        "U": {"Type": "Task", "Resource": TASK, "End": true},
    }});
    let first = step(&mut shard, start("a", &two), 0, &limits).unwrap();
    let key = called(&first);
    assert_eq!(first.unit.opened_calls[0].key, key);
    let second = step(&mut shard, take("a", answer(key)), 0, &limits).unwrap();
    assert_eq!(second.unit.closed_calls, [key]);
    assert_ne!(called(&second), key);
    let again = shard.step(take("a", answer(key)), &mut world(0, &limits));
    assert_eq!(again, Taken::No);
    assert!(shard.seal().is_empty());
}

#[test]
fn an_answer_after_its_timeout_is_dropped() {
    let (mut shard, limits) = (Shard::default(), Limits::default());
    let definition = task(
        json!({"TimeoutSeconds": 5, "Retry": [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1}]}),
    );
    let first = step(&mut shard, start("a", &definition), 0, &limits).unwrap();
    let key = called(&first);
    let timed_out = step(&mut shard, Message::Wake("a".into()), 5_000, &limits).unwrap();
    assert!(
        matches!(timed_out.outcome.effects[..], [Effect::Abandon(abandoned)] if abandoned == key)
    );
    assert_eq!(timed_out.unit.closed_calls, [key]);
    assert_eq!(timed_out.unit.next_due_millis, Some(6_000));
    let stale = Input::TimerFired(TimerKey {
        frame: Some(key.frame),
        generation: 1,
    });
    for late in [
        take("a", answer(key)),
        take("a", stale),
        Message::Wake("a".into()),
    ] {
        assert_eq!(shard.step(late, &mut world(5_500, &limits)), Taken::No);
        assert_eq!(shard.next_due(5_500), Some(6_000));
    }
}

#[test]
fn an_answer_clears_the_timeout() {
    let (mut shard, limits) = (Shard::default(), Limits::default());
    let definition = json!({"StartAt": "T", "States": {
        "T": {"Type": "Task", "Resource": TASK, "TimeoutSeconds": 5, "HeartbeatSeconds": 2, "Next": "W"},
        "W": {"Type": "Wait", "Seconds": 100, "End": true},
    }});
    let first = step(&mut shard, start("a", &definition), 0, &limits).unwrap();
    assert_eq!(first.unit.next_due_millis, Some(2_000));
    step(
        &mut shard,
        take("a", answer(called(&first))),
        1_000,
        &limits,
    )
    .unwrap();
    assert_eq!(shard.next_due(1_000), Some(101_000));
}

#[test]
fn an_execution_at_rest_needs_to_be_read_back() {
    let (mut shard, store) = (Shard::default(), MemoryStore::new());
    let limits = Limits::default();
    let id: ExecutionId = "a".into();
    let definition = task(json!({"TimeoutSeconds": 5}));
    let machine = machine(&definition);
    let first = step(&mut shard, start("a", &definition), 0, &limits).unwrap();
    let key = called(&first);
    store.commit(vec![first.unit]).unwrap();
    shard.evict(&id);
    assert!(!shard.is_resident(&id));
    assert_eq!(shard.next_due(0), Some(5_000), "its timer stays");
    assert!(step(&mut shard, take("a", answer(key)), 0, &limits).is_none());
    let stored = store.execution(&id).unwrap().unwrap();
    shard.restore(&id, machine, stored).unwrap();
    let done = step(&mut shard, take("a", answer(key)), 0, &limits).unwrap();
    assert_eq!(done.outcome.status.name(), "SUCCEEDED");
    assert_eq!(store.commit(vec![done.unit]).unwrap(), [Ok(())]);
    assert!(store.open_executions().unwrap().is_empty());
}

#[test]
fn what_is_forgotten_leaves_nothing_behind() {
    let mut shard = Shard::default();
    let limits = Limits {
        transitions_per_step: 1,
        ..Limits::default()
    };
    let definition = json!({"TimeoutSeconds": 9, "StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": true}}});
    step(&mut shard, start("a", &definition), 0, &limits).unwrap();
    shard.forget(&"a".into());
    assert_eq!(shard.next_due(0), None);
    assert!(due(&mut shard, i64::MAX).is_empty());
    assert!(step(&mut shard, take("a", Input::Continue), 0, &limits).is_none());
}
