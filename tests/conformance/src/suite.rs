//! The recorded cases as a list to go through, and the list of those that are known to fail.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

#[derive(Debug, PartialEq)]
pub enum Outcome {
    Passed,
    Failed(String),
    /// Needs a feature that is refused as a whole.
    Refused(String),
}

/// Some of the recorded cases, all run in one way.
pub struct Suite<'a> {
    pub name: &'a str,
    /// Where the known failures stand, and what stands there: `file: reason` a line.
    pub list: &'a str,
    pub known_failures: &'a str,
    pub threads: usize,
}

/// Where the recorded cases are; None, said loudly, where they are not.
pub fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    let folder = std::env::var_os("STEPWRIGHT_RECORDED_CASES").map_or(beside, PathBuf::from);
    if folder.join("index.json").is_file() {
        return Some(folder);
    }
    eprintln!(
        "SKIPPED: no recorded cases at ../shared/conformance; set STEPWRIGHT_RECORDED_CASES to test against them"
    );
    None
}

/// Panics, as a test does, when the file is not what it has to be.
pub fn read(path: &Path) -> Value {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What an entry of the index needs.
pub fn needs(entry: &Value) -> Vec<&str> {
    let needs = entry["needs"].as_array().into_iter().flatten();
    needs.filter_map(Value::as_str).collect()
}

impl Suite<'_> {
    /// Runs the cases whose entry of the index is wanted and panics when the known failures are not exactly those that fail.
    pub fn check(
        &self,
        wanted: impl Fn(&Value) -> bool,
        run: &(dyn Fn(&str, &Value) -> Outcome + Sync),
    ) {
        let Some(folder) = folder() else { return };
        let index = read(&folder.join("index.json"));
        let only = std::env::var("STEPWRIGHT_CASE").ok();
        let files: Vec<&str> = index
            .as_array()
            .expect("index.json is a list")
            .iter()
            .filter(|entry| wanted(entry))
            .filter_map(|entry| entry["file"].as_str())
            .filter(|file| {
                only.as_ref()
                    .is_none_or(|only| file.contains(only.as_str()))
            })
            .collect();
        let outcomes = self.run_all(&files, &folder, run);
        self.report(&outcomes);
        self.judge(&outcomes);
    }

    /// Several at a time: cases mostly wait for processes.
    fn run_all<'a>(
        &self,
        files: &[&'a str],
        folder: &Path,
        run: &(dyn Fn(&str, &Value) -> Outcome + Sync),
    ) -> BTreeMap<&'a str, Outcome> {
        let next = AtomicUsize::new(0);
        let outcomes = Mutex::new(BTreeMap::new());
        std::thread::scope(|scope| {
            for _ in 0..self.threads {
                scope.spawn(|| {
                    while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let outcome = run(file, &read(&folder.join(file)));
                        if let Outcome::Failed(why) = &outcome {
                            println!("failed: {file}: {why}");
                        }
                        let mut outcomes = outcomes.lock().expect("no panic while locked");
                        outcomes.insert(*file, outcome);
                    }
                });
            }
        });
        let mut outcomes = outcomes.into_inner().expect("no panic while locked");
        // Functions run in real time, and some cases give them one second: on a busy machine that takes a quiet moment.
        let known = self.known();
        for (file, outcome) in &mut outcomes {
            if matches!(outcome, Outcome::Failed(_)) && !known.contains_key(file) {
                *outcome = run(file, &read(&folder.join(file)));
            }
        }
        outcomes
    }

    fn report(&self, outcomes: &BTreeMap<&str, Outcome>) {
        println!("recorded cases {}: passed / failed / refused", self.name);
        let mut by_category: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
        for (file, outcome) in outcomes {
            let column = match outcome {
                Outcome::Passed => 0,
                Outcome::Failed(_) => 1,
                Outcome::Refused(why) => {
                    println!("  refused: {file}: {why}");
                    2
                }
            };
            let category = file.split('/').nth(1).unwrap_or("");
            by_category.entry(category).or_default()[column] += 1;
            by_category.entry("all").or_default()[column] += 1;
        }
        for (category, [passed, failed, refused]) in &by_category {
            let percent = passed * 100 / (passed + failed).max(1);
            println!("  {category:24} {passed:4} {failed:4} {refused:4}   {percent} %");
        }
    }

    fn judge(&self, outcomes: &BTreeMap<&str, Outcome>) {
        let known = self.known();
        let failed = |file: &str| match outcomes.get(file) {
            Some(Outcome::Failed(why)) => Some(why),
            _ => None,
        };
        let unexpected: Vec<String> = outcomes
            .keys()
            .filter(|file| !known.contains_key(*file))
            .filter_map(|file| failed(file).map(|why| format!("{file}\n    {why}")))
            .collect();
        let healed: Vec<&&str> = known
            .keys()
            .filter(|file| outcomes.contains_key(*file) && failed(file).is_none())
            .collect();
        assert!(
            unexpected.is_empty(),
            "{} cases fail that passed before:\n{}",
            unexpected.len(),
            unexpected.join("\n")
        );
        assert!(
            healed.is_empty(),
            "these pass now; take them off {}: {healed:#?}",
            self.list
        );
    }

    fn known(&self) -> BTreeMap<&str, &str> {
        let lines = self.known_failures.lines();
        lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .filter_map(|line| line.split_once(": "))
            .collect()
    }
}
