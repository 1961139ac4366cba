//! The examples with their mocks: each case ends as the example's README says.

use serde_json::{Value, json};

use crate::support::{Folder, Outcome, root};

struct Example {
    name: &'static str,
    definition: &'static str,
}

const ROLLING_RESTART: Example = Example {
    name: "rolling-restart",
    definition: "statemachine/rolling-restart.asl.json",
};
const PATCH_REPORT: Example = Example {
    name: "patch-report",
    definition: "statemachine/patch-report.asl.yaml",
};

impl Example {
    /// Runs a case in virtual time; its history goes into the folder.
    #[track_caller]
    fn run(&self, folder: &Folder, case: &str) -> Outcome {
        let path = |file: &str| {
            root()
                .join("examples")
                .join(self.name)
                .join(file)
                .display()
                .to_string()
        };
        let (definition, mocks) = (path(self.definition), path("mocks.json"));
        let input = format!("@{}", path("input.json"));
        let options = [
            "--input",
            &input,
            "--mocks",
            &mocks,
            "--case",
            case,
            "--virtual-time",
            "--history",
            "history.json",
        ];
        folder
            .command(["run", &definition])
            .args(&options)
            .go()
            .within(60)
    }

    /// The cases of the mock file.
    fn cases(&self) -> Vec<String> {
        let path = root().join("examples").join(self.name).join("mocks.json");
        let mocks: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let machines = mocks["StateMachines"].as_object().unwrap();
        let cases = machines
            .values()
            .flat_map(|machine| machine["TestCases"].as_object().unwrap().keys());
        cases.cloned().collect()
    }

    /// `case`, `ends` of the table in the README.
    fn promised(&self) -> Vec<(String, String)> {
        let readme =
            std::fs::read_to_string(root().join("examples").join(self.name).join("README.md"))
                .unwrap();
        let table = readme
            .lines()
            .skip_while(|line| !line.starts_with("| case |"))
            .skip(2);
        let rows = table.take_while(|line| line.starts_with('|'));
        rows.map(|row| {
            let cells: Vec<String> = row
                .trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().replace('`', ""))
                .collect();
            (cells[0].clone(), cells[2].clone())
        })
        .collect()
    }
}

/// The states of a name that were entered.
fn entered(folder: &Folder, name: &str) -> usize {
    folder
        .events()
        .iter()
        .filter(|event| event["stateEnteredEventDetails"]["name"] == name)
        .count()
}

/// How many items of the Map `name` were under way at once, at most.
fn peak(folder: &Folder, name: &str) -> i64 {
    let (mut running, mut peak) = (0, 0);
    for event in folder.events() {
        let ends = ["Succeeded", "Failed", "Aborted"]
            .iter()
            .any(|end| event["type"] == format!("MapIteration{end}"));
        let details = event
            .as_object()
            .unwrap()
            .iter()
            .find(|(key, _)| key.starts_with("mapIteration"));
        if details.is_some_and(|(_, details)| details["name"] == name) {
            running += if ends { -1 } else { 1 };
            peak = peak.max(running);
        }
    }
    peak
}

#[test]
fn every_case_ends_as_the_readme_says() {
    for example in [ROLLING_RESTART, PATCH_REPORT] {
        let promised = example.promised();
        let mut names: Vec<String> = promised.iter().map(|(case, _)| case.clone()).collect();
        let mut cases = example.cases();
        names.sort();
        cases.sort();
        assert_eq!(
            names, cases,
            "{}: README and mocks have the same cases",
            example.name
        );
        for (case, ends) in promised {
            let folder = Folder::new();
            let run = example.run(&folder, &case);
            let last = folder.events().pop().unwrap();
            match ends.split_once(", ") {
                None => {
                    assert_eq!(ends, "SUCCEEDED", "{case}");
                    assert_eq!(last["type"], "ExecutionSucceeded", "{case}: {}", run.stderr);
                    run.exits(0).json();
                }
                Some((status, error)) => {
                    assert_eq!(status, "FAILED", "{case}");
                    assert_eq!(
                        last["executionFailedEventDetails"]["error"], error,
                        "{case}: {}",
                        run.stderr
                    );
                    assert_eq!(run.exits(1).stdout, "", "{case}");
                }
            }
            if example.name == ROLLING_RESTART.name {
                assert!(peak(&folder, "RestartTargets") <= 2, "{case}");
            }
        }
    }
}

/// The demo of the project's README.
#[test]
fn one_server_never_starts() {
    let folder = Folder::new();
    let run = ROLLING_RESTART
        .run(&folder, "OneServerNeverStarts")
        .exits(1)
        .within(30);
    assert_eq!(peak(&folder, "RestartTargets"), 2);
    assert_eq!(
        (
            entered(&folder, "RaiseAlarm"),
            entered(&folder, "EnableMonitoring")
        ),
        (1, 1)
    );
    let cause = folder.events().pop().unwrap()["executionFailedEventDetails"]["cause"].to_string();
    assert!(
        cause.contains("i-0bad0bad0bad0bad0 has not started"),
        "{cause}"
    );
    run.says(&[
        "min", "of virtual time in",
        "RestartTargets: at most 2 of 6 items in progress at once; 5 succeeded, 1 failed",
        "RestartTargets[2] › StartupCheck: 3",
        "StartupCheckFunction │ i-0bad0bad0bad0bad0: check 4: it is simulated to stay down",
        "InstanceNotYetStartedException in RestartTargets, went on with RaiseAlarm",
        "FAILED  InstanceNotYetStartedException\n  in       RestartTargets[2] › StartupCheck, after 4 attempts\n  cause    i-0bad0bad0bad0bad0 has not started",
    ]);
}

#[test]
fn all_restart() {
    let folder = Folder::new();
    let run = ROLLING_RESTART.run(&folder, "AllRestart").exits(0);
    assert_eq!(run.json().as_array().unwrap().len(), 6);
    assert_eq!(
        (
            entered(&folder, "Reboot"),
            entered(&folder, "RaiseAlarm"),
            peak(&folder, "RestartTargets")
        ),
        (6, 0, 2)
    );
    run.says(&[
        "at most 2 of 6 items in progress at once; 6 succeeded",
        "ec2:rebootInstances 6",
    ]);
}

#[test]
fn what_is_not_safe_to_start_touches_nothing() {
    let folder = Folder::new();
    ROLLING_RESTART.run(&folder, "GroupIsNotHealthy").exits(1);
    assert_eq!(
        (
            entered(&folder, "DisableMonitoring"),
            entered(&folder, "RestartTargets")
        ),
        (0, 0)
    );
}

/// The summary is made by the real function from the mocked pages.
#[test]
fn the_report_counts_the_patches_of_all_pages() {
    let folder = Folder::new();
    let run = PATCH_REPORT.run(&folder, "OpenPatches").exits(0);
    let result = run.json();
    assert_eq!(
        (&result["instances"], &result["instancesWithOpenPatches"]),
        (&json!(1), &json!(1))
    );
    assert!(entered(&folder, "ReadPage") >= 3);
    let published = folder.events().into_iter().find(|event| {
        event["type"] == "TaskScheduled"
            && event["taskScheduledEventDetails"]["resourceType"] == "sns"
    });
    let parameters = published.unwrap()["taskScheduledEventDetails"]["parameters"].to_string();
    assert!(
        parameters.contains("open patches") && parameters.contains("waiting for a reboot"),
        "{parameters}"
    );
}
