//! Properties of the step function, on random machines with random outcomes.

mod generate;
mod run;

use std::collections::BTreeSet;

use interpreter::{DecodeError, Encoded, Execution, ExecutionRecord, decode_events, encode_events};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use generate::{row, script};
use run::{Mode, machine, run};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The checks of every step are in `run`.
    #[test]
    fn both_modes_give_the_same_and_so_does_a_second_run(row in row(), script in script()) {
        let machine = machine(&row, &script);
        let resident = run(&machine, &script, Mode::Resident);
        prop_assert_eq!(&resident, &run(&machine, &script, Mode::Resident));
        prop_assert_eq!(&resident, &run(&machine, &script, Mode::ReadBack));
    }

    #[test]
    fn damaged_records_are_errors(
        row in row(),
        script in script(),
        damages in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..40),
    ) {
        let machine = machine(&row, &script);
        let left = run(&machine, &script, Mode::Resident);
        let segment = encode_events(&left.events);
        for (which, place, byte, how) in damages {
            let record = which.get(&left.records);
            // No panic, and not more memory than the record's size justifies; what it reads is not told.
            drop::<Result<_, DecodeError>>(decode_events(&damage(&segment, place, byte, how)));
            drop(Execution::decode(&machine, &ExecutionRecord { header: damage(&record.header, place, byte, how), ..record.clone() }));
            for (&id, frame) in &record.frames {
                let mut damaged = record.clone();
                damaged.frames.insert(id, damage(frame, place, byte, how));
                drop(Execution::decode(&machine, &damaged));
            }
        }
    }
}

fn damage(encoded: &Encoded, place: prop::sample::Index, byte: u8, how: u8) -> Encoded {
    let mut damaged = encoded.clone();
    if damaged.bytes.is_empty() {
        return damaged;
    }
    let at = place.index(damaged.bytes.len());
    match how {
        0 => damaged.bytes[at] = byte,
        1 => damaged.bytes.truncate(at),
        2 => damaged.bytes.insert(at, byte),
        _ => {
            damaged.bytes.remove(at);
        }
    }
    damaged
}

/// The random machines reach every kind of event, so that the properties above speak of all of them.
#[test]
fn random_machines_reach_every_event() {
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..600 {
        let row = row().new_tree(&mut runner).unwrap().current();
        let script = script().new_tree(&mut runner).unwrap().current();
        let left = run(&machine(&row, &script), &script, Mode::Resident);
        seen.extend(left.events.iter().map(|event| event.detail.type_name()));
    }
    let expected = "ActivityFailed ActivityScheduled ActivityStarted ActivitySucceeded ActivityTimedOut \
        ExecutionRedriven MapRunRedriven TaskSubmitFailed TaskSubmitted ChoiceStateEntered ChoiceStateExited EvaluationFailed ExecutionAborted ExecutionFailed \
        ExecutionStarted ExecutionSucceeded ExecutionTimedOut FailStateEntered LambdaFunctionFailed \
        LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionSucceeded LambdaFunctionTimedOut MapIterationAborted \
        MapIterationFailed MapIterationStarted MapIterationSucceeded MapRunAborted MapRunFailed MapRunStarted \
        MapRunSucceeded MapStateAborted MapStateEntered MapStateExited \
        MapStateFailed MapStateStarted MapStateSucceeded ParallelStateAborted ParallelStateEntered ParallelStateExited \
        ParallelStateFailed ParallelStateStarted ParallelStateSucceeded PassStateEntered PassStateExited \
        SucceedStateEntered SucceedStateExited TaskFailed TaskScheduled TaskStarted TaskStateAborted TaskStateEntered \
        TaskStateExited TaskSucceeded TaskTimedOut WaitStateAborted WaitStateEntered WaitStateExited";
    let missing: Vec<&str> = expected
        .split_whitespace()
        .filter(|kind| !seen.contains(*kind))
        .collect();
    assert!(missing.is_empty(), "never reached: {missing:?}");
}
