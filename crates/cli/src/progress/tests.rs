use std::sync::{Arc, Mutex};

use insta::assert_snapshot;
use interpreter::Input;
use serde_json::{Value, json};

use super::scripted::{self, Batch, Run, START_MILLIS, one_never_starts, restart, targets};
use super::*;

/// Where a test reads what was written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        lock(&self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn text(&self) -> String {
        String::from_utf8(lock(&self.0).clone()).expect("UTF-8")
    }
}

fn progress(style: Style, virtual_time: bool) -> (Progress, Written) {
    let written = Written::default();
    let options = ProgressOptions {
        style,
        colour: false,
        width: Some(100),
        virtual_time,
    };
    (Progress::new(options, Box::new(written.clone())), written)
}

fn commit(progress: &Progress, batches: &[Batch]) {
    for batch in batches {
        progress.committed(&batch.events, &batch.timers, batch.now_millis);
    }
}

fn plain(run: &Run) -> String {
    let (progress, written) = progress(Style::Plain, false);
    progress.define(&run.machine);
    commit(&progress, &run.batches);
    progress.finish();
    written.text()
}

/// The tree, seconds after the start.
fn live(run: &Run, seconds: i64, rows: usize) -> String {
    let mut model = Model::new();
    model.define(&run.machine);
    for batch in run.until(seconds) {
        model.apply(&batch.events, &batch.timers);
    }
    let lines = live::picture(&model, START_MILLIS + seconds * 1000, rows);
    let lines: Vec<String> = lines
        .iter()
        .map(|line| line.render(Some(99), false))
        .collect();
    lines.join("\n")
}

fn restart_with_one_bad_target() -> Run {
    scripted::run(&restart(), targets(4), &one_never_starts(), &[])
}

#[test]
fn a_log_tells_what_an_operator_looks_for() {
    assert_snapshot!(plain(&restart_with_one_bad_target()), @"
    00:00:00  RestartTargets  4 items
    00:00:00  RestartTargets[0] › Reboot  ec2:rebootInstances
    00:00:00  RestartTargets[1] › Reboot  ec2:rebootInstances
    00:00:00  RestartTargets[0] › LetItBoot  waits 60 s
    00:00:00  RestartTargets[1] › LetItBoot  waits 60 s
    00:01:00  RestartTargets[0] › StartupCheck  lambda:invoke
    00:01:00  RestartTargets[1] › StartupCheck  lambda:invoke
    00:01:02  RestartTargets[1] › StartupCheck  failed: InstanceNotYetStartedException (attempt 1 of 4), next try in 120 s – i-1 has not started yet
    00:01:03  RestartTargets[0]  done, 1 of 4
    00:01:03  RestartTargets[2] › Reboot  ec2:rebootInstances
    00:01:03  RestartTargets[2] › LetItBoot  waits 60 s
    00:02:03  RestartTargets[2] › StartupCheck  lambda:invoke
    00:02:06  RestartTargets[2]  done, 2 of 4
    00:02:06  RestartTargets[3] › Reboot  ec2:rebootInstances
    00:02:06  RestartTargets[3] › LetItBoot  waits 60 s
    00:03:02  RestartTargets[1] › StartupCheck  attempt 2 of 4
    00:03:04  RestartTargets[1] › StartupCheck  failed: InstanceNotYetStartedException (attempt 2 of 4), next try in 120 s – i-1 has not started yet
    00:03:06  RestartTargets[3] › StartupCheck  lambda:invoke
    00:03:09  RestartTargets[3]  done, 3 of 4
    00:05:04  RestartTargets[1] › StartupCheck  attempt 3 of 4
    00:05:06  RestartTargets[1] › StartupCheck  failed: InstanceNotYetStartedException (attempt 3 of 4), next try in 120 s – i-1 has not started yet
    00:07:06  RestartTargets[1] › StartupCheck  attempt 4 of 4
    00:07:08  RestartTargets[1] › StartupCheck  failed: InstanceNotYetStartedException (attempt 4 of 4) – i-1 has not started yet
    00:07:08  RestartTargets  failed: InstanceNotYetStartedException in RestartTargets[1] › StartupCheck; 3 of 4 items done, 1 failed
    00:07:08  RestartTargets  caught InstanceNotYetStartedException, goes on with RaiseAlarm
    00:07:08  RaiseAlarm  sns:publish
    00:07:08  RestartFailed  failed
    00:07:08  FAILED: InstanceNotYetStartedException
    ");
}

#[test]
fn a_tree_shows_who_runs_and_who_waits() {
    let run = restart_with_one_bad_target();
    assert_snapshot!(live(&run, 10, 20), @"
    ● RestartTargets  ▒▒▒▒▒▒▒▒░░░░░░░░  0 of 4 items done, 2 running  00:10
      [0] ◌ LetItBoot  waits, 00:50 left
      [1] ◌ LetItBoot  waits, 00:50 left
    ");
    assert_snapshot!(live(&run, 72, 20), @"
    ● RestartTargets  ████▒▒▒▒▒▒▒▒░░░░  1 of 4 items done, 2 running  01:12
      [1] ↻ StartupCheck  attempt 2 of 4, next try in 01:50 after InstanceNotYetStartedException
      [2] ◌ LetItBoot  waits, 00:51 left
    ");
}

#[test]
fn the_last_picture_tells_how_it_ended() {
    assert_snapshot!(live(&restart_with_one_bad_target(), 100_000, 20), @"
    ! RestartTargets  3 of 4 items done, 1 failed  caught InstanceNotYetStartedException  07:08
    ✓ RaiseAlarm
    ✗ RestartFailed  InstanceNotYetStartedException
    ");
}

/// Hundreds of items stay a few lines.
#[test]
fn a_large_map_keeps_to_the_height_of_the_terminal() {
    let mut definition = restart();
    definition["States"]["RestartTargets"]["MaxConcurrency"] = json!(0);
    let ok = json!({"Return": {}, "After": 3});
    let checks = json!([ok, {"Error": "InstanceNotYetStartedException"}, ok]);
    let run = scripted::run(
        &definition,
        targets(200),
        &json!({"StartupCheck": checks}),
        &[],
    );
    assert_snapshot!(live(&run, 30, 6), @"
    ● RestartTargets  ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒  0 of 200 items done, 200 running  00:30
      [0] ◌ LetItBoot  waits, 00:30 left
      [1] ◌ LetItBoot  waits, 00:30 left
      [2] ◌ LetItBoot  waits, 00:30 left
      [3] ◌ LetItBoot  waits, 00:30 left
      … and 196 more
    ");
    // What is in trouble is never hidden.
    assert_snapshot!(live(&run, 62, 4), @"
    ● RestartTargets  ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒  0 of 200 items done, 200 running  01:02
      [1] ↻ StartupCheck  attempt 2 of 4, next try in 01:58 after InstanceNotYetStartedException
      [0] ● StartupCheck  lambda:invoke  00:02
      … and 198 more
    ");
    for rows in 1..30 {
        assert!(live(&run, 62, rows).lines().count() <= rows, "{rows}");
    }
    // Neither does the log have a line for each.
    assert_snapshot!(plain(&run), @"
    00:00:00  RestartTargets  200 items
    00:01:00  RestartTargets[1] › StartupCheck  failed: InstanceNotYetStartedException (attempt 1 of 4), next try in 120 s
    00:01:03  RestartTargets[10]  done, 10 of 200
    00:01:03  RestartTargets[20]  done, 20 of 200
    00:01:03  RestartTargets[30]  done, 30 of 200
    00:01:03  RestartTargets[40]  done, 40 of 200
    00:01:03  RestartTargets[50]  done, 50 of 200
    00:01:03  RestartTargets[60]  done, 60 of 200
    00:01:03  RestartTargets[70]  done, 70 of 200
    00:01:03  RestartTargets[80]  done, 80 of 200
    00:01:03  RestartTargets[90]  done, 90 of 200
    00:01:03  RestartTargets[100]  done, 100 of 200
    00:01:03  RestartTargets[110]  done, 110 of 200
    00:01:03  RestartTargets[120]  done, 120 of 200
    00:01:03  RestartTargets[130]  done, 130 of 200
    00:01:03  RestartTargets[140]  done, 140 of 200
    00:01:03  RestartTargets[150]  done, 150 of 200
    00:01:03  RestartTargets[160]  done, 160 of 200
    00:01:03  RestartTargets[170]  done, 170 of 200
    00:01:03  RestartTargets[180]  done, 180 of 200
    00:01:03  RestartTargets[190]  done, 190 of 200
    00:03:00  RestartTargets[1] › StartupCheck  attempt 2 of 4
    00:03:03  RestartTargets[1] › StartupCheck  succeeded on attempt 2, after 123 s
    00:03:03  RestartTargets[1]  done, 200 of 200
    00:03:03  SUCCEEDED
    ");
}

fn branches() -> Value {
    let branch = |task: &str| json!({"StartAt": task, "States": {task: {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:rebootInstances", "Parameters": {"InstanceIds": ["i-1"]}, "End": true}}});
    json!({
        "StartAt": "Checks",
        "States": {"Checks": {
            "Type": "Parallel",
            "Branches": [branch("First"), branch("Second")],
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 30, "MaxAttempts": 1}],
            "End": true
        }}
    })
}

#[test]
fn a_parallel_state_that_is_retried_shows_its_branches_and_its_wait() {
    let answers = json!({
        "First": [{"Return": 1, "After": 5}],
        "Second": [{"Error": "Ec2.Ec2Exception", "Cause": "no capacity", "After": 10}, {"Return": 2, "After": 12}]
    });
    let run = scripted::run(&branches(), json!({}), &answers, &[]);
    assert_snapshot!(live(&run, 7, 20), @"
    ● Checks  00:07
      [0] ✓ First  00:05
      [1] ● Second  ec2:rebootInstances  00:07
    ");
    assert_snapshot!(live(&run, 20, 20), @"
    ↻ Checks  attempt 2 of 2, next try in 00:20 after Ec2.Ec2Exception
    ");
    assert_snapshot!(live(&run, 100, 20), @"
    ✓ Checks  on attempt 2  00:52
    ");
    assert_snapshot!(plain(&run), @"
    00:00:00  Checks  branches begin
    00:00:00  Checks[0] › First  ec2:rebootInstances
    00:00:00  Checks[1] › Second  ec2:rebootInstances
    00:00:10  Checks[1] › Second  failed: Ec2.Ec2Exception – no capacity
    00:00:10  Checks  failed: Ec2.Ec2Exception in Checks[1] › Second, next try in 30 s
    00:00:40  Checks  attempt 2
    00:00:40  Checks[0] › First  ec2:rebootInstances
    00:00:40  Checks[1] › Second  ec2:rebootInstances
    00:00:52  Checks[1] › Second  succeeded after 12 s
    00:00:52  SUCCEEDED
    ");
}

#[test]
fn a_loop_is_told_less_and_less_often() {
    let definition = json!({
        "StartAt": "Look",
        "States": {
            "Look": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:describeInstances", "Parameters": {}, "Next": "IsDone"},
            "IsDone": {"Type": "Choice", "Choices": [{"Variable": "$.done", "BooleanEquals": true, "Next": "Done"}], "Default": "Again"},
            "Again": {"Type": "Wait", "Seconds": 15, "Next": "Look"},
            "Done": {"Type": "Succeed"}
        }
    });
    let mut looks = vec![json!({"Return": {"done": false}}); 9];
    looks.push(json!({"Return": {"done": true}}));
    let run = scripted::run(&definition, json!({}), &json!({"Look": looks}), &[]);
    assert_snapshot!(plain(&run), @"
    00:00:00  Look  ec2:describeInstances
    00:00:00  Again  waits 15 s
    00:00:15  Look  ec2:describeInstances (visit 2)
    00:00:15  Again  waits 15 s (visit 2)
    00:00:45  Look  ec2:describeInstances (visit 4)
    00:00:45  Again  waits 15 s (visit 4)
    00:01:45  Look  ec2:describeInstances (visit 8)
    00:01:45  Again  waits 15 s (visit 8)
    00:02:15  SUCCEEDED
    ");
    assert_snapshot!(live(&run, 1000, 20), @"
    ✓ Look ×10
    ✓ Again ×9
    ");
}

#[test]
fn an_aborted_run_leaves_nothing_running() {
    let stop = Input::Stop {
        error: None,
        cause: Some("Aborted from the command line.".into()),
    };
    let run = scripted::run(&restart(), targets(4), &one_never_starts(), &[(70, stop)]);
    assert_snapshot!(live(&run, 71, 20), @"
    - RestartTargets  1 of 4 items done, 2 aborted  aborted  01:10
    ");
    assert_snapshot!(plain(&run), @"
    00:00:00  RestartTargets  4 items
    00:00:00  RestartTargets[0] › Reboot  ec2:rebootInstances
    00:00:00  RestartTargets[1] › Reboot  ec2:rebootInstances
    00:00:00  RestartTargets[0] › LetItBoot  waits 60 s
    00:00:00  RestartTargets[1] › LetItBoot  waits 60 s
    00:01:00  RestartTargets[0] › StartupCheck  lambda:invoke
    00:01:00  RestartTargets[1] › StartupCheck  lambda:invoke
    00:01:02  RestartTargets[1] › StartupCheck  failed: InstanceNotYetStartedException (attempt 1 of 4), next try in 120 s – i-1 has not started yet
    00:01:03  RestartTargets[0]  done, 1 of 4
    00:01:03  RestartTargets[2] › Reboot  ec2:rebootInstances
    00:01:03  RestartTargets[2] › LetItBoot  waits 60 s
    00:01:10  RestartTargets[2] › LetItBoot  aborted
    00:01:10  RestartTargets[1] › StartupCheck  aborted
    00:01:10  RestartTargets  aborted
    00:01:10  ABORTED
    ");
}

#[test]
fn notes_and_function_output_go_through_without_escape_sequences() {
    let (progress, written) = progress(Style::Plain, true);
    progress.note("draining");
    let run = restart_with_one_bad_target();
    commit(&progress, &run.batches[..1]);
    progress.function_log(
        "startup-check",
        false,
        "\u{1b}[31mred\u{1b}[0m\u{1b}[2J\tend\r",
    );
    let text = written.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "00:00:00  ! draining");
    assert_eq!(
        lines[1],
        "00:00:00  virtual time: waits and retries take none"
    );
    assert_eq!(lines.last(), Some(&"00:00:00  startup-check │ red    end "));
}

#[test]
fn a_live_run_ends_with_its_last_picture_below_what_was_printed() {
    let (progress, written) = progress(Style::Live, false);
    let run = restart_with_one_bad_target();
    progress.define(&run.machine);
    commit(&progress, &run.batches);
    progress.function_log("startup-check", true, "checking i-1");
    progress.finish();
    progress.finish();
    progress.note("after the end");
    let size = |size| std::num::NonZero::new(size).expect("a size");
    let mut terminal = vt100::Parser::new(size(20), size(100), 0);
    terminal.process(written.text().replace('\n', "\r\n").as_bytes());
    assert_snapshot!(terminal.screen().contents(), @"
    startup-check │ checking i-1
    ! RestartTargets  3 of 4 items done, 1 failed  caught InstanceNotYetStartedException  07:08
    ✓ RaiseAlarm
    ✗ RestartFailed  InstanceNotYetStartedException
    ! after the end
    ");
}

#[test]
fn quiet_writes_nothing() {
    let (progress, written) = progress(Style::Quiet, true);
    let run = restart_with_one_bad_target();
    commit(&progress, &run.batches);
    progress.note("a note");
    progress.function_log("f", true, "text");
    progress.finish();
    assert_eq!(written.text(), "");
}
