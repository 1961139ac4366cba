use serde_json::json;

use super::*;

fn event() -> Value {
    json!({
        "version": "0",
        "id": "7bf73129",
        "source": "aws.ec2",
        "time": "2026-11-11T21:29:54Z",
        "resources": ["arn:a", "arn:b"],
        "detail": {
            "instance-id": "i-0123456789",
            "state": "RUNNING",
            "count": 2,
            "tags": [{"key": "a"}, {"key": "b"}, {}],
            "quoted": "say \"hi\"\n",
            "nothing": null,
        },
    })
}

const PATHS: &[(&str, &str)] = &[
    ("instance", "$.detail.instance-id"),
    ("state", "$.detail.state"),
    ("count", "$.detail.count"),
    ("tags", "$.detail.tags"),
    ("keys", "$.detail.tags[*].key"),
    ("second", "$.resources[1]"),
    ("quoted", "$.detail.quoted"),
    ("nothing", "$.detail.nothing"),
    ("missing", "$.detail.no.such"),
    ("bracket", "$['detail'][\"state\"]"),
];

fn transformer(template: &str) -> Result<InputTransformer, TransformError> {
    let paths = PATHS
        .iter()
        .map(|(name, path)| ((*name).to_owned(), (*path).to_owned()))
        .collect();
    InputTransformer::parse(&paths, template)
}

fn apply(template: &str) -> String {
    let reserved = Reserved {
        rule_arn: "arn:aws:events:us-east-1:123456789012:rule/example",
        rule_name: "example",
        ingestion_time: "2026-11-11T21:29:55Z",
    };
    transformer(template).unwrap().apply(&event(), &reserved)
}

/// The examples of "Amazon EventBridge input transformation", and what they leave open.
#[test]
fn templates_become_inputs() {
    for (template, expected) in [
        (
            r#""instance <instance> is in <state>""#,
            r#""instance i-0123456789 is in RUNNING""#,
        ),
        (
            r#""instance \"<instance>\" is in <state>""#,
            r#""instance \"i-0123456789\" is in RUNNING""#,
        ),
        (
            r#"{ "instance" : <instance>, "state": <state> }"#,
            r#"{"instance":"i-0123456789","state":"RUNNING"}"#,
        ),
        (
            r#"{"i": <instance>, "s": "<state>", "t": "instance \"<instance>\" is in <state>"}"#,
            r#"{"i":"i-0123456789","s":"RUNNING","t":"instance \"i-0123456789\" is in RUNNING"}"#,
        ),
        (
            r#"{"s": [ 9, <state>, true ], "Transformed" : "Yes"}"#,
            r#"{"s":[9,"RUNNING",true],"Transformed":"Yes"}"#,
        ),
        (
            r#""<aws.events.rule-name> triggered""#,
            r#""example triggered""#,
        ),
        (
            r#"{"a": <aws.events.rule-arn>, "t": <aws.events.event.ingestion-time>}"#,
            r#"{"a":"arn:aws:events:us-east-1:123456789012:rule/example","t":"2026-11-11T21:29:55Z"}"#,
        ),
        (
            r#"{"e": <aws.events.event>}"#,
            r#"{"e":{"version":"0","id":"7bf73129","source":"aws.ec2","time":"2026-11-11T21:29:54Z","resources":["arn:a","arn:b"]}}"#,
        ),
        // Values of every type, in place of a value and in a text.
        (
            r#"[<count>, "<count>", <nothing>, <second>, <bracket>]"#,
            r#"[2,"2",null,"arn:b","RUNNING"]"#,
        ),
        (
            r#"{"k": <keys>, "t": "tags <keys>"}"#,
            r#"{"k":["a","b"],"t":"tags [\"a\",\"b\"]"}"#,
        ),
        // Whatever the event holds, the result is JSON.
        (
            r#"{"q": <quoted>, "t": "<quoted>"}"#,
            r#"{"q":"say \"hi\"\n","t":"say \"hi\"\n"}"#,
        ),
        // What the event does not have is not in the output.
        (
            r#"{"m": <missing>, "n": [1, <missing>], "t": "a<missing>b"}"#,
            r#"{"n":[1],"t":"ab"}"#,
        ),
        ("<state>", r#""RUNNING""#),
        ("<missing>", r#""""#),
        // Lines of texts.
        ("\"one <state>\"\n\"two\"", "\"one RUNNING\"\n\"two\""),
        // No JSON at all.
        (
            "<instance> is in state <state>, 1 < 2 > 1",
            "i-0123456789 is in state RUNNING, 1 < 2 > 1",
        ),
    ] {
        assert_eq!(apply(template), expected, "{template}");
    }
    let whole: Value = serde_json::from_str(&apply("<aws.events.event.json>")).unwrap();
    assert_eq!(whole, event());
}

#[test]
fn what_cannot_be_filled_is_refused() {
    for (template, expected) in [
        (
            r#"{"a": <unknown>}"#,
            "contains invalid placeholder unknown.",
        ),
        (
            r#""<aws.events.other>""#,
            "contains invalid placeholder aws.events.other.",
        ),
        (
            r#"{"<state>": 1}"#,
            "is not valid: the key \"<state>\" has a placeholder; only values can.",
        ),
    ] {
        assert_eq!(transformer(template).unwrap_err().to_string(), expected);
    }
    let error = transformer(r#"{"a": <state> "b"}"#)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("is not valid: it is no JSON with placeholders: "),
        "{error}"
    );
    for (name, path) in [
        ("a", "detail"),
        ("a", "$..b"),
        ("a", "$.a["),
        ("a", "$.a[?(@.b)]"),
        ("aws.x", "$"),
    ] {
        let paths = [(name.to_owned(), path.to_owned())].into();
        let error = InputTransformer::parse(&paths, "\"\"").unwrap_err();
        assert!(matches!(error, TransformError::Path(_)), "{name} {path}");
    }
}

#[test]
fn an_input_path_is_a_part_of_the_event() {
    let select = |path| InputPath::parse(path).unwrap().select(&event());
    assert_eq!(select("$"), Some(event()));
    assert_eq!(select("$.detail.state"), Some(json!("RUNNING")));
    assert_eq!(select("$.detail.tags[0]"), Some(json!({"key": "a"})));
    assert_eq!(select("$.detail.tags[9]"), None);
    assert_eq!(select("$.resources.*"), Some(json!(["arn:a", "arn:b"])));
}
