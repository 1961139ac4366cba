use insta::assert_snapshot;
use interpreter::{Failure, Input};
use serde_json::{Value, json};

use super::*;
use crate::progress::scripted::{self, Run, START_MILLIS, one_never_starts, restart, targets};

fn report(run: &Run) -> String {
    failure(&run.events(), &run.status, false)
}

fn without_catch(definition: &mut Value) {
    let states = definition["States"].as_object_mut().expect("an object");
    states.retain(|name, _| name == "RestartTargets" || name == "Done");
    states["RestartTargets"]
        .as_object_mut()
        .expect("an object")
        .remove("Catch");
}

#[test]
fn an_error_that_a_fail_state_passes_on_is_told_where_it_arose() {
    let run = scripted::run(&restart(), targets(4), &one_never_starts(), &[]);
    assert_snapshot!(report(&run), @r#"
    FAILED  InstanceNotYetStartedException
      in       RestartTargets[1] › StartupCheck, after 4 attempts
      cause    i-1 has not started yet
      trace      File "/var/task/app.py", line 12, in handler
                   raise InstanceNotYetStartedException(instance)
      then     00:07:08 RestartTargets caught it, went on with RaiseAlarm
               00:07:08 RestartFailed ended the run with it
    "#);
}

#[test]
fn an_error_of_aws_comes_with_what_to_do() {
    let mut definition = restart();
    without_catch(&mut definition);
    let answers = json!({"Reboot": [{"Error": "Ec2.Ec2Exception", "Cause": "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: ec2:RebootInstances"}]});
    let run = scripted::run(&definition, targets(2), &answers, &[]);
    assert_snapshot!(report(&run), @"
    FAILED  Ec2.Ec2Exception
      in       RestartTargets[0] › Reboot
      cause    User: arn:aws:iam::123456789012:user/ci is not authorized to perform: ec2:RebootInstances
      to do    The credentials are valid but lack a permission; the cause names the action. Add it to the role or user that this run uses (`aws sts get-caller-identity` shows which).
    ");
}

#[test]
fn a_fail_states_own_error_lists_what_was_caught_before() {
    let mut definition = restart();
    definition["States"]["RestartFailed"] =
        json!({"Type": "Fail", "Error": "RollingRestartFailed", "Cause": "See the alarm."});
    let run = scripted::run(&definition, targets(4), &one_never_starts(), &[]);
    assert_snapshot!(report(&run), @"
    FAILED  RollingRestartFailed
      in       RestartFailed
      cause    See the alarm.
      before   00:07:08 RestartTargets caught InstanceNotYetStartedException, went on with RaiseAlarm
    ");
}

/// The clean-up fails in its turn: what it was to clean up after matters as much.
#[test]
fn a_failed_clean_up_tells_what_came_before() {
    let mut answers = one_never_starts();
    answers["RaiseAlarm"] =
        json!([{"Error": "Sns.SdkClientException", "Cause": "connection refused"}]);
    let run = scripted::run(&restart(), targets(4), &answers, &[]);
    assert_snapshot!(report(&run), @"
    FAILED  Sns.SdkClientException
      in       RaiseAlarm
      cause    connection refused
      before   00:07:08 RestartTargets caught InstanceNotYetStartedException, went on with RaiseAlarm
      to do    The endpoint could not be reached. Check --endpoint-url, the region, and that the server is up.
    ");
}

/// Two states fail with one error: the first that was caught is the one that the end is about.
#[test]
fn of_equal_errors_the_first_that_was_caught_is_told() {
    let mut definition = restart();
    definition["States"]["RaiseAlarm"]["Catch"] =
        json!([{"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "RestartFailed"}]);
    let mut answers = one_never_starts();
    answers["RaiseAlarm"] = json!([answers["StartupCheck"][1]]);
    let run = scripted::run(&definition, targets(4), &answers, &[]);
    assert_snapshot!(report(&run), @r#"
    FAILED  InstanceNotYetStartedException
      in       RestartTargets[1] › StartupCheck, after 4 attempts
      cause    i-1 has not started yet
      trace      File "/var/task/app.py", line 12, in handler
                   raise InstanceNotYetStartedException(instance)
      then     00:07:08 RestartTargets caught it, went on with RaiseAlarm
               00:07:10 RaiseAlarm caught it, went on with RestartFailed
               00:07:10 RestartFailed ended the run with it
    "#);
}

#[test]
fn a_path_that_finds_nothing_names_its_state() {
    let definition = json!({"StartAt": "Shape", "States": {"Shape": {"Type": "Pass", "InputPath": "$.missing", "End": true}}});
    let run = scripted::run(&definition, json!({}), &json!({}), &[]);
    assert_snapshot!(report(&run), @"
    FAILED  States.Runtime
      in       Shape
      cause    An error occurred while executing the state 'Shape' (entered at the event id #2). Invalid path '$.missing' : No results for path: $['missing']
      to do    A path finds nothing in the state's input. No Retry or Catch applies to States.Runtime: correct the path, or test for it with IsPresent before.
    ");
}

#[test]
fn a_run_out_of_time_tells_where_it_stood() {
    let mut definition = restart();
    definition["TimeoutSeconds"] = json!(61);
    let run = scripted::run(
        &definition,
        targets(4),
        &json!({"StartupCheck": ["Hang"]}),
        &[],
    );
    assert_snapshot!(report(&run), @"
    TIMED_OUT  States.Timeout
      in       RestartTargets[0] › StartupCheck
               RestartTargets[1] › StartupCheck
      to do    The work took longer than TimeoutSeconds of the state or of the state machine. Raise it if the work may take that long, or catch States.Timeout.
    ");
}

#[test]
fn a_drained_run_says_so() {
    let mut definition = restart();
    without_catch(&mut definition);
    let run = scripted::run(&definition, targets(4), &json!({}), &[(10, Input::Drain)]);
    assert_snapshot!(report(&run), @"
    FAILED  Stepwright.Drained
      in       RestartTargets
      cause    The run was asked to stop: 2 of 4 items had finished, no further one was started.
      to do    The run was asked to stop (Ctrl-C, SIGTERM) and was wound down: no further Map item was started. Start it again to go on.
    ");
}

#[test]
fn success_needs_no_report() {
    let run = scripted::run(&restart(), targets(1), &json!({}), &[]);
    assert_eq!(report(&run), "");
}

/// Long causes and traces are cut; the history has them whole.
#[test]
fn a_report_stays_readable() {
    let trace: Vec<String> = (0..100).map(|line| format!("line {line}")).collect();
    let cause = json!({"errorMessage": "m".repeat(10_000), "trace": trace}).to_string();
    let run = scripted::run(&restart(), targets(1), &json!({}), &[]);
    let text = failure(
        &run.events(),
        &Status::Failed(Failure::new("E", cause)),
        true,
    );
    assert!(
        text.contains("8000 more characters")
            && text.contains("line 99")
            && !text.contains("line 87\n"),
        "{text}"
    );
    assert!(text.lines().count() < 20);
}

#[test]
fn a_summary_tells_what_a_run_in_virtual_time_came_to() {
    let run = scripted::run(&restart(), targets(4), &one_never_starts(), &[]);
    let events = run.events();
    let ended_millis = events.last().expect("an event").timestamp_millis;
    assert_snapshot!(summary(&events, START_MILLIS, ended_millis, Duration::from_millis(1_234)), @"
    took     7 min 8 s of virtual time in 1.2 s
    peak     RestartTargets: at most 2 of 4 items in progress at once; 3 succeeded, 1 failed
    retries  3
               RestartTargets[1] › StartupCheck: 3
    caught   InstanceNotYetStartedException in RestartTargets, went on with RaiseAlarm
    calls    ec2:rebootInstances 4
             lambda:invoke 7 (4 without success)
             sns:publish 1
    ");
}

#[test]
fn an_abort_lists_what_was_done_and_what_was_open() {
    let run = scripted::run(
        &restart(),
        targets(4),
        &json!({"StartupCheck": ["Hang"]}),
        &[],
    );
    let events = run.events();
    let entered = |state: &str, action: &str| -> Vec<Entry> {
        let entered = events.iter().filter(|event| {
            matches!(&event.detail, interpreter::event::Detail::StateEntered { name, .. } if &**name == state)
        });
        entered
            .map(|event| Entry {
                task: event.id,
                state_name: state.to_owned(),
                action: action.to_owned(),
                writes: true,
            })
            .collect()
    };
    let writes = call_lines(&events, &entered("Reboot", "ec2:rebootInstances"));
    let open = call_lines(&events, &entered("StartupCheck", "lambda:invoke"));
    assert_snapshot!(aborted(&writes, &open, false), @"
    Completed before the abort, and not undone:
      ec2:rebootInstances  RestartTargets[0] › Reboot
      ec2:rebootInstances  RestartTargets[1] › Reboot
    Open at the abort; they may or may not have taken effect:
      lambda:invoke  RestartTargets[0] › StartupCheck
      lambda:invoke  RestartTargets[1] › StartupCheck
    ");
    assert_snapshot!(aborted(&[], &[], false), @"
    No write was completed before the abort.
    No call was open at the abort.
    ");
}
