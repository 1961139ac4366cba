//! Each file of `diagnostics/` is a definition; what is found in it is a snapshot beside it.

use std::path::Path;

use states_language::source::Source;
use states_language::substitution::MissingValues;
use states_language::{ParseOptions, parse, render};

#[test]
fn findings() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder of cases")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension != "snap")
    });
    paths.sort();
    assert!(paths.len() > 20, "only {} cases", paths.len());
    for path in paths {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name")
            .to_owned();
        let text = std::fs::read_to_string(&path).expect("a readable case");
        let source = Source::new(&name, text);
        let options = ParseOptions {
            missing_values: MissingValues::Unknown,
            express: name.starts_with("express"),
            ..ParseOptions::default()
        };
        let parsed = parse(&source, &options);
        let mut found: Vec<String> = parsed
            .diagnostics
            .iter()
            .map(|diagnostic| render(diagnostic, &source, false))
            .collect();
        found.push(format!(
            "valid: {}, machine: {}\n",
            parsed.is_valid(),
            parsed.machine.is_some()
        ));
        insta::with_settings!({ snapshot_path => &folder, prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, found.join("\n"));
        });
    }
}
