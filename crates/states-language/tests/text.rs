//! Reading text: JSON and YAML trees, substitutions, limits.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use states_language::diagnostic::code;
use states_language::source::{Format, Source};
use states_language::substitution::{MissingValues, SubstitutionError, substitute};
use states_language::syntax::{self, MAX_BYTES, MAX_DEPTH, Node, NodeValue};
use states_language::{ParseOptions, Parsed, Unsupported, parse, unsupported, waits_for_others};

fn json(text: &str) -> Result<Value, String> {
    syntax::parse_json(text)
        .map(|node| node.to_value())
        .map_err(|error| error.message)
}

fn yaml(text: &str) -> Result<Value, String> {
    let source = Source::with_format("a.yaml", text, Format::Yaml);
    syntax::parse(&source)
        .map(|node| node.to_value())
        .map_err(|error| error.message)
}

fn parse_json(text: &str) -> Parsed {
    parse(
        &Source::with_format("a.json", text, Format::Json),
        &ParseOptions::default(),
    )
}

#[test]
fn json_is_strict() {
    for text in [
        "",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "{a:1}",
        "'a'",
        "01",
        "+1",
        "1.",
        ".5",
        "1e",
        "0x1",
        "NaN",
        "nul",
        "truee",
        "\"\n\"",
        "\"\\x\"",
        "\"\\ud800\"",
        "\"\\u12\"",
        "1 2",
        "{\"a\":1 \"b\":2}",
        "// c\n1",
        "\"a",
        "[",
        "{\"a\":1,\"a\":2}",
        "${a b}",
        "1e999",
    ] {
        assert!(json(text).is_err(), "{text:?}");
    }
    assert_eq!(
        json("\u{feff} {\"a\\u0041\\ud83d\\ude00\\n\": [1, -2.5e3, true, null]} "),
        Ok(json!({"aA😀\n": [1, -2500.0, true, null]}))
    );
}

#[test]
fn yaml_has_the_core_schema() {
    let text = "a: 1\nb: 0x1F\nc: 0o17\nd: 1.5e3\ne: -.5\nf: yes\ng: ~\nh: True\ni: '1'\nj: !!str 1\nk: .inf\nl: 1_000\nm: 2026-01-01\nn:\no: \"a\\tb\"\np: 012\n1: q\n";
    let expected = json!({
        "a": 1, "b": 31, "c": 15, "d": 1500.0, "e": -0.5, "f": "yes", "g": null, "h": true, "i": "1", "j": "1", "k": ".inf", "l": "1_000", "m": "2026-01-01", "n": null,
        "o": "a\tb", "p": 12, "1": "q",
    });
    assert_eq!(yaml(text), Ok(expected));
    assert_eq!(
        yaml("a: &x [1, {b: 2}]\nc: *x\n"),
        Ok(json!({"a": [1, {"b": 2}], "c": [1, {"b": 2}]}))
    );
    for text in [
        "a: 1\na: 2",
        "a: 1\n---\nb: 2",
        "{a: 1, a: 2}",
        "a: *b",
        "a: &x [*x]",
        "[a]: 1",
        "a: !!int x",
        "a: [1",
        "\"a",
        "a: b: c",
        "@",
    ] {
        assert!(yaml(text).is_err(), "{text:?}");
    }
}

#[test]
fn yaml_keeps_tags() {
    let source = Source::new("t.yaml", "a: !GetAtt F.Arn\nb: !Sub [x, {}]\nc: !Ref\n");
    let node = syntax::parse(&source).expect("YAML");
    let tag = |name: &str| {
        node.get(name)
            .and_then(|node| node.tag.as_deref().map(str::to_owned))
    };
    assert_eq!(
        [tag("a"), tag("b"), tag("c")],
        [
            Some("!GetAtt".to_owned()),
            Some("!Sub".to_owned()),
            Some("!Ref".to_owned())
        ]
    );
}

#[test]
fn aliases_do_not_explode() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        let items = vec![format!("*a{}", i - 1); 10].join(", ");
        text.push_str(&format!("a{i}: &a{i} [{items}]\n"));
    }
    let error = yaml(&text).expect_err("too many values");
    assert!(error.contains("aliases expand"), "{error}");
}

/// All threads of tests have 2 MiB of stack, and debug builds need the most of it.
#[test]
fn nesting_ends_with_an_error_not_with_the_stack() {
    for text in ["[".repeat(100_000), "{\"a\":".repeat(100_000)] {
        assert!(json(&text).expect_err("too deep").contains("nested deeper"));
        assert!(yaml(&text).is_err());
    }
    let mut deep = String::new();
    for i in 0..1_000 {
        deep.push_str(&format!("{}a:\n", " ".repeat(i)));
    }
    assert!(yaml(&deep).expect_err("too deep").contains("nested deeper"));
    // `&a0 [x]`, `&a1 [*a0]`, …: the text is flat, the value is not.
    let mut text = "a0: &a0 [x]\n".to_owned();
    for i in 1..1_000 {
        text.push_str(&format!("a{i}: &a{i} [*a{}]\n", i - 1));
    }
    assert!(yaml(&text).is_err());

    let levels = MAX_DEPTH - 6;
    let rule = format!(
        "{}{{\"Variable\": \"$.a\", \"IsNull\": true}}{}",
        "{\"Not\": ".repeat(levels),
        "}".repeat(levels)
    );
    let nested = rule.replacen("{", "{\"Next\": \"B\", ", 1);
    let parsed = parse_json(&format!(
        "{{\"StartAt\": \"A\", \"States\": {{\"A\": {{\"Type\": \"Choice\", \"Choices\": [{nested}]}}, \"B\": {{\"Type\": \"Succeed\"}}}}}}"
    ));
    assert!(parsed.is_valid(), "{:?}", parsed.diagnostics);

    let mut workflow =
        "{\"StartAt\": \"End\", \"States\": {\"End\": {\"Type\": \"Succeed\"}}}".to_owned();
    for i in 0..(MAX_DEPTH - 4) / 4 {
        workflow = format!(
            "{{\"StartAt\": \"S{i}\", \"States\": {{\"S{i}\": {{\"Type\": \"Parallel\", \"Branches\": [{workflow}], \"End\": true}}}}}}"
        );
    }
    let parsed = parse_json(&workflow);
    let machine = parsed
        .machine
        .unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
    assert!(unsupported(&machine).is_empty());

    let parameters = format!(
        "{}{{\"a.$\": \"$.a\"}}{}",
        "{\"a\": ".repeat(levels),
        "}".repeat(levels)
    );
    let text = format!(
        "{{\"StartAt\": \"A\", \"States\": {{\"A\": {{\"Type\": \"Pass\", \"Parameters\": {parameters}, \"End\": true}}}}}}"
    );
    // A template this deep may be refused, but with a finding.
    let parsed = parse_json(&text);
    assert_eq!(parsed.machine.is_some(), parsed.is_valid());
}

#[test]
fn definitions_have_a_maximum_size() {
    let definition = |bytes: usize| {
        let frame =
            "{\"Comment\": \"\", \"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Succeed\"}}}";
        frame.replacen(
            "\"\"",
            &format!("\"{}\"", "c".repeat(bytes - frame.len())),
            1,
        )
    };
    assert_eq!(definition(MAX_BYTES).len(), MAX_BYTES);
    assert!(parse_json(&definition(MAX_BYTES)).machine.is_some());
    let found = parse_json(&definition(MAX_BYTES + 1)).diagnostics;
    assert_eq!(
        found.iter().map(|found| found.code).collect::<Vec<_>>(),
        [code::TOO_LARGE]
    );
}

fn substituted(
    text: &str,
    format: Format,
    values: &[(&str, &str)],
    missing: MissingValues,
) -> Result<Node, Vec<String>> {
    let source = Source::with_format("a", text, format);
    let mut node = syntax::parse(&source).map_err(|error| vec![error.message])?;
    let values: BTreeMap<String, String> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let place = |error: &SubstitutionError| {
        format!("{error} @ {}", &text[error.span().start..error.span().end])
    };
    substitute(&mut node, text, &values, missing)
        .map_err(|errors| errors.iter().map(place).collect::<Vec<_>>())?;
    Ok(node)
}

#[test]
fn substitutions_in_json() {
    let values = [
        ("Arn", "arn:x"),
        ("n", "5"),
        ("list", "[1, {\"a\": 2}]"),
        ("quote", "a\"b\\c"),
        ("AWS::Region", "eu-west-1"),
        ("topic.arn", "t"),
    ];
    let json = |text: &str| {
        substituted(text, Format::Json, &values, MissingValues::Reject).map(|node| node.to_value())
    };
    assert_eq!(json("\"${Arn}\""), Ok(json!("arn:x")));
    assert_eq!(
        json("{\"a\": ${n}, \"b\": \"${n}\", \"c\": ${ list }}"),
        Ok(json!({"a": 5, "b": "5", "c": [1, {"a": 2}]}))
    );
    assert_eq!(
        json("\"x-${ Arn }-${AWS::Region}-${topic.arn}\""),
        Ok(json!("x-arn:x-eu-west-1-t"))
    );
    assert_eq!(
        json("\"${quote}\""),
        Ok(json!("a\"b\\c")),
        "values in quotes need no escaping"
    );
    assert_eq!(json("{\"${Arn}\": 1}"), Ok(json!({"arn:x": 1})));
    assert_eq!(
        json("\"$${Arn} $${x y\""),
        Ok(json!("${Arn} ${x y")),
        "the escape of templatefile"
    );
    assert_eq!(
        json("\"{% $.a${ 'k': v } %}\""),
        Ok(json!("{% $.a${ 'k': v } %}")),
        "a group-by of JSONata is left alone"
    );
    assert_eq!(
        json("\"${}${ a b }${1a}$ {Arn} ${Arn\""),
        Ok(json!("${}${ a b }${1a}$ {Arn} ${Arn")),
        "no names"
    );
    assert_eq!(json("${Arn}"), Err(vec!["The value of ${Arn} stands without quotes but is no JSON: Unrecognized token 'arn': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false') @ ${Arn}".to_owned()]));
    assert_eq!(
        json("{\"a\": \"\\u0041 ${ Missing }\", \"b\": ${other}}"),
        Err(vec![
            "The substitution ${Missing} has no value @ ${ Missing }".to_owned(),
            "The substitution ${other} has no value @ ${other}".to_owned()
        ])
    );
    assert_eq!(
        json("{\"${Arn}\": 1, \"arn:x\": 2}"),
        Err(vec![
            "Duplicate field 'arn:x' after substitution @ \"arn:x\"".to_owned()
        ])
    );
}

#[test]
fn substitutions_in_yaml() {
    let text = "a: ${n}\nb: '${n}'\nc: x-${n}\nd: |\n  line\n  ${n}\n";
    let node = substituted(text, Format::Yaml, &[("n", "5")], MissingValues::Reject)
        .map(|node| node.to_value());
    assert_eq!(
        node,
        Ok(json!({"a": 5, "b": "5", "c": "x-5", "d": "line\n5\n"}))
    );
    let errors =
        substituted(text, Format::Yaml, &[], MissingValues::Reject).expect_err("no values");
    assert_eq!(
        errors,
        vec!["The substitution ${n} has no value @ ${n}".to_owned(); 4]
    );
}

/// No YAML as it stands, but what templates hold.
#[test]
fn substitutions_in_yaml_between_braces_and_brackets() {
    let text = "a: {b: ${n}, c: ['${n}', ${ n }, $<n>, $${n}]}\n";
    let node = substituted(text, Format::Yaml, &[("n", "5")], MissingValues::Reject)
        .map(|node| node.to_value());
    assert_eq!(
        node,
        Ok(json!({"a": {"b": 5, "c": ["5", 5, "$<n>", "${n}"]}}))
    );
    let errors =
        substituted(text, Format::Yaml, &[], MissingValues::Reject).expect_err("no values");
    assert_eq!(errors.len(), 3);
    assert_eq!(errors[0], "The substitution ${n} has no value @ ${n}");
    // What is wrong besides is told as it stands in the text.
    let broken = "a: {b: ${n}, c: [}\n";
    assert!(substituted(broken, Format::Yaml, &[], MissingValues::Unknown).is_err());
}

#[test]
fn values_that_are_not_known() {
    let node = substituted(
        "{\"a\": ${x}, \"b\": \"1 ${y}\", \"c\": 1, \"${z}\": 2}",
        Format::Json,
        &[],
        MissingValues::Unknown,
    )
    .expect("no errors");
    assert_eq!(
        node.get("a").map(|node| &node.value),
        Some(&NodeValue::Unknown)
    );
    assert_eq!(
        node.get("b").map(|node| &node.value),
        Some(&NodeValue::Unknown)
    );
    assert_eq!(
        node.members().map(|members| members[3].key_unknown),
        Some(true)
    );
}

#[test]
fn what_this_release_and_nobody_alone_can_run() {
    let task = |name: &str, resource: &str, next: &str| {
        format!("\"{name}\": {{\"Type\": \"Task\", \"Resource\": \"{resource}\", {next}}}")
    };
    let processor = "\"ItemProcessor\": {\"ProcessorConfig\": {\"Mode\": \"DISTRIBUTED\", \"ExecutionType\": \"STANDARD\"}, \"StartAt\": \"F\", \"States\": {\"F\": {\"Type\": \"Task\", \"Resource\": \"arn:aws:states:us-east-1:123456789012:activity:a\", \"End\": true}}}";
    let states = [
        task(
            "A",
            "arn:aws:states:::aws-sdk:ec2:RebootInstances",
            "\"Next\": \"B\"",
        ),
        task(
            "B",
            "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "\"Next\": \"C\"",
        ),
        task(
            "C",
            "arn:aws:states:::states:startExecution.sync:2",
            "\"Next\": \"D\"",
        ),
        task(
            "D",
            "arn:aws:states:::glue:startJobRun.sync",
            "\"Next\": \"E\"",
        ),
        format!(
            "\"E\": {{\"Type\": \"Map\", \"ItemReader\": {{\"Resource\": \"arn:aws:states:::s3:getObject\"}}, {processor}, \"End\": true}}"
        ),
    ];
    let parsed = parse_json(&format!(
        "{{\"StartAt\": \"A\", \"States\": {{{}}}}}",
        states.join(", ")
    ));
    let machine = parsed
        .machine
        .unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
    let lines = |found: Vec<Unsupported>| {
        let lines = found.into_iter();
        lines
            .map(|found| format!("{}: {}", found.state, found.what))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        lines(unsupported(&machine)),
        [
            "D: a job to wait for (arn:aws:states:::glue:startJobRun.sync)",
            "E: an ItemReader",
        ]
    );
    assert_eq!(
        lines(waits_for_others(&machine)),
        [
            "B: a task token (arn:aws:states:::lambda:invoke.waitForTaskToken)",
            "C: an execution to wait for (arn:aws:states:::states:startExecution.sync:2)",
            "F: an activity",
        ]
    );
}

#[test]
fn other_names_are_errors_unless_they_are_allowed() {
    let diagnostics = |resource: &str, parameters: &str, allow_other_names| {
        let task = format!(
            r#"{{"Type": "Task", "Resource": "arn:aws:states:::{resource}", "Parameters": {parameters}, "End": true}}"#
        );
        let text = format!(r#"{{"StartAt": "A", "States": {{"A": {task}}}}}"#);
        let options = ParseOptions {
            allow_other_names,
            ..ParseOptions::default()
        };
        let parsed = parse(&Source::with_format("a", &text, Format::Json), &options);
        assert_eq!(parsed.machine.is_some(), parsed.is_valid());
        let found = parsed.diagnostics.iter();
        found
            .map(|found| (found.is_error(), found.pointer.clone()))
            .collect::<Vec<_>>()
    };
    let wire = r#"{"instanceIds": [], "Filters": [{"name": "a", "Value": "b"}]}"#;
    let at = |is_error, name: &str| (is_error, format!("/States/A/Parameters/{name}"));
    assert_eq!(
        diagnostics("aws-sdk:ec2:describeInstances", wire, true),
        [
            at(false, "instanceIds"),
            at(false, "Filters/0/name"),
            at(true, "Filters/0/Value")
        ],
    );
    assert_eq!(
        diagnostics("aws-sdk:ec2:describeInstances", wire, false),
        [
            at(true, "instanceIds"),
            at(true, "Filters/0/name"),
            at(true, "Filters/0/Value")
        ],
    );
    // Optimized integrations have the names of an older SDK too, and no others.
    let item = r#"{"tableName": "t", "Item": {"bool": {"BOOL": true}, "no": {"Nul": true}}}"#;
    assert_eq!(
        diagnostics("dynamodb:putItem", item, false),
        [at(true, "tableName")]
    );
    assert_eq!(
        diagnostics("dynamodb:putItem", item, true),
        [at(false, "tableName")]
    );
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("\\PC{0,6}", inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn check_spans(node: &Node, text: &str) -> Result<(), TestCaseError> {
    let written = text.get(node.span.start..node.span.end).unwrap_or_default();
    prop_assert_eq!(json(written), Ok(node.to_value()));
    if let Some(decoded) = node.as_str() {
        for (offset, character) in decoded.char_indices() {
            let at = syntax::offset_in_source(text, node.span, decoded, offset);
            let rest = text.get(at..).unwrap_or_default();
            prop_assert!(
                rest.starts_with(character) || rest.starts_with('\\'),
                "{:?} at {} of {:?}",
                character,
                at,
                text
            );
        }
    }
    for item in node.items().unwrap_or_default() {
        check_spans(item, text)?;
    }
    for member in node.members().unwrap_or_default() {
        check_spans(&member.value, text)?;
    }
    Ok(())
}

const DEFINITION: &str = r#"{"StartAt": "A", "QueryLanguage": "JSONPath", "States": {
  "A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f", "Payload.$": "$.a[0]"}, "TimeoutSeconds": 5,
    "Retry": [{"ErrorEquals": ["States.ALL"], "BackoffRate": 1.5}], "Catch": [{"ErrorEquals": ["E"], "ResultPath": "$.e", "Next": "C"}], "Next": "B"},
  "B": {"Type": "Choice", "Choices": [{"And": [{"Variable": "$.a", "NumericEquals": 1}, {"Not": {"Variable": "$.b", "IsNull": true}}], "Next": "C"}], "Default": "D"},
  "C": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input & ${x} %}", "Assign": {"v": "{% 1 %}"}, "End": true},
  "D": {"Type": "Map", "ItemProcessor": {"StartAt": "E", "States": {"E": {"Type": "Wait", "Seconds": ${s}, "End": true}}}, "Next": "C"}}}"#;

proptest! {
    #[test]
    fn json_reads_what_serde_json_writes(value in any_value()) {
        for text in [serde_json::to_string(&value).unwrap(), serde_json::to_string_pretty(&value).unwrap()] {
            let node = syntax::parse_json(&text).unwrap();
            prop_assert_eq!(node.to_value(), value.clone());
            check_spans(&node, &text)?;
        }
    }

    #[test]
    fn json_accepts_what_serde_json_accepts(text in r#"[\[\]{},:"\\0-9eE+.\- tfnul/abx]{0,24}"#) {
        if !text.contains('$') {
            let theirs = serde_json::from_str::<Value>(&text);
            match (json(&text), theirs) {
                (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
                (Err(message), Ok(_)) => prop_assert!(message.starts_with("Duplicate field"), "{}: {}", text, message),
                (Ok(_), Err(error)) => prop_assert!(false, "{}: {}", text, error),
                (Err(_), Err(_)) => {}
            }
        }
    }

    #[test]
    fn nothing_panics_on_any_text(text in any::<String>()) {
        for format in [Format::Json, Format::Yaml] {
            let source = Source::with_format("a", text.clone(), format);
            let parsed = parse(&source, &ParseOptions::default());
            for diagnostic in &parsed.diagnostics {
                states_language::render(diagnostic, &source, true);
            }
        }
    }

    #[test]
    fn nothing_panics_on_changed_definitions(at in 0..DEFINITION.len(), length in 0..40_usize, put in prop_oneof![Just(String::new()), "\\PC{0,8}", r#"["{}\[\],:$0-9a.]{0,6}"#], unknown: bool, yaml: bool) {
        let end = (at + length).min(DEFINITION.len());
        let text = format!("{}{put}{}", &DEFINITION[..at], &DEFINITION[end..]);
        let source = Source::with_format("a", text, if yaml { Format::Yaml } else { Format::Json });
        let missing_values = if unknown { MissingValues::Unknown } else { MissingValues::Reject };
        let parsed = parse(&source, &ParseOptions { missing_values, ..ParseOptions::default() });
        prop_assert!(parsed.machine.is_none() || parsed.is_valid());
        for diagnostic in &parsed.diagnostics {
            let text = states_language::render(diagnostic, &source, false);
            prop_assert!(text.contains(diagnostic.code));
        }
    }

    #[test]
    fn yaml_reads_json(value in any_value()) {
        // Control characters are no YAML, and some of Unicode's spaces end lines there.
        let text = serde_json::to_string(&value).unwrap();
        prop_assume!(text.bytes().all(|b| (b' '..=b'~').contains(&b)));
        prop_assert_eq!(yaml(&text), Ok(value));
    }
}
