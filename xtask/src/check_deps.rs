//! Checks `cargo metadata` against the permitted edges between our crates (ARCHITECTURE.md, "Rooms").

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// (crate, crates of ours it may depend on). `*` means any.
const PERMITTED: &[(&str, &[&str])] = &[
    ("states-language", &["query", "service-models"]),
    ("query", &[]),
    ("interpreter", &["states-language", "query"]),
    // Payloads are in the interface of `interpreter`.
    ("store", &["interpreter", "query"]),
    ("store-sqlite", &["store", "interpreter", "query"]),
    ("store-postgres", &["store"]),
    // `states-language` and `query` are in the interface of `interpreter` (the machine, payloads): no new direction.
    (
        "engine",
        &[
            "interpreter",
            "store",
            "schedules",
            "states-language",
            "query",
        ],
    ),
    ("service-models", &[]),
    ("connectors", &["service-models", "query", "interpreter"]),
    ("functions", &[]),
    ("schedules", &[]),
    (
        "api",
        &[
            "engine",
            "store",
            "interpreter",
            "states-language",
            // Payloads are in the interface of `interpreter`.
            "query",
            "functions",
            "schedules",
            "service-models",
        ],
    ),
    ("console-assets", &[]),
    ("cli", &["*"]),
    (
        "simulator",
        &["engine", "store", "interpreter", "states-language", "query"],
    ),
    ("conformance", &["*"]), // tests only
    ("compat", &["harness"]),
    ("crash", &["harness"]),
    ("harness", &[]),
    ("benches", &["*"]),
    ("xtask", &["harness", "service-models"]),
];

/// The `stepwright` package is the room `cli`.
fn room(package: &str) -> &str {
    if package == "stepwright" {
        "cli"
    } else {
        package
    }
}

/// Fails with one line for each edge that is not permitted. Dependencies for tests only are not looked at:
/// they do not end up in a user's build.
pub fn run() -> Result<()> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .context("running cargo metadata")?;
    ensure!(
        output.status.success(),
        "cargo metadata failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let violations = violations(&metadata)?;
    if violations.is_empty() {
        println!("all edges between crates are permitted");
        return Ok(());
    }
    bail!(
        "edges that are not permitted:\n  {}",
        violations.join("\n  ")
    )
}

fn violations(metadata: &Value) -> Result<Vec<String>> {
    let packages = metadata["packages"]
        .as_array()
        .context("no packages in cargo metadata")?;
    let ours: BTreeSet<&str> = packages.iter().filter_map(|p| p["name"].as_str()).collect();
    let mut violations = Vec::new();
    for package in packages {
        let name = package["name"].as_str().context("package without a name")?;
        let Some((_, permitted)) = PERMITTED.iter().find(|(known, _)| *known == room(name)) else {
            violations.push(format!("{name}: not in the table of rooms"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let to = dependency["name"].as_str().unwrap_or_default();
            let for_tests = dependency["kind"] == "dev";
            if ours.contains(to)
                && !for_tests
                && !permitted.contains(&"*")
                && !permitted.contains(&room(to))
            {
                violations.push(format!("{name} -> {to}"));
            }
        }
    }
    Ok(violations)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn metadata(edges: &[(&str, &str, Option<&str>)]) -> Value {
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for (from, to, _) in edges {
            names.extend([*from, *to]);
        }
        let packages: Vec<Value> = names
            .iter()
            .map(|name| {
                let dependencies: Vec<Value> = edges
                    .iter()
                    .filter(|(from, _, _)| from == name)
                    .map(|(_, to, kind)| json!({"name": to, "kind": kind}))
                    .collect();
                json!({"name": name, "dependencies": dependencies})
            })
            .collect();
        json!({"packages": packages})
    }

    #[test]
    fn permitted_edges_pass() {
        let found = violations(&metadata(&[
            ("interpreter", "query", None),
            ("stepwright", "engine", None),
        ]))
        .unwrap();
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn a_forbidden_edge_is_named() {
        let found = violations(&metadata(&[("query", "engine", None)])).unwrap();
        assert_eq!(found, ["query -> engine"]);
    }

    #[test]
    fn test_dependencies_are_free() {
        let found = violations(&metadata(&[("query", "engine", Some("dev"))])).unwrap();
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn a_crate_nobody_knows_is_named() {
        let found = violations(&metadata(&[("cupboard", "query", None)])).unwrap();
        assert_eq!(found, ["cupboard: not in the table of rooms"]);
    }
}
