use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::test_data::{Data, evaluation};

fn data() -> Data {
    Data::new(json!({
        "a": [1, 2, 3, 4, 5], "name": "Ada", "obj": {"Arg1": 1, "Arg2": []}, "nil": null,
        "nested": [[1, 2], {"1": 2, "2": []}, true], "template": "Hi {}", "json": "{\"k\": [1.5, \"v\"]}"
    }))
    .with("x", json!({"it's": "var"}))
}

fn run(text: &str) -> Result<Value, String> {
    let call = Call::parse(text).map_err(|error| format!("syntax: {error}"))?;
    evaluation(|evaluation| call.eval(&data(), evaluation)).map_err(|error| error.to_string())
}

fn value(text: &str) -> Value {
    run(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn arrays() {
    assert_eq!(value("States.Array()"), json!([]));
    assert_eq!(
        value("States.Array(1, 'b', $.nil, true, null, -1.5, $.obj)"),
        json!([1, "b", null, true, null, -1.5, {"Arg1": 1, "Arg2": []}])
    );
    assert_eq!(
        value("States.ArrayPartition($.a, 2)"),
        json!([[1, 2], [3, 4], [5]])
    );
    assert_eq!(
        value("States.ArrayPartition($.a, 9)"),
        json!([[1, 2, 3, 4, 5]])
    );
    assert_eq!(
        value("States.ArrayPartition($.a, 1.5)"),
        json!([[1, 2], [3, 4], [5]])
    );
    assert_eq!(value("States.ArrayPartition(States.Array(), 2)"), json!([]));
    assert_eq!(value("States.ArrayContains($.a, 5)"), json!(true));
    assert_eq!(
        value("States.ArrayContains($.nested, $.a[0:2])"),
        json!(true)
    );
    assert_eq!(value("States.ArrayContains($.nested, null)"), json!(false));
    assert_eq!(value("States.ArrayRange(1, 9, 2)"), json!([1, 3, 5, 7, 9]));
    assert_eq!(value("States.ArrayRange(0, 10, 3)"), json!([0, 3, 6, 9]));
    assert_eq!(value("States.ArrayRange(1, 9, 9)"), json!([1]));
    assert_eq!(value("States.ArrayRange(5, 1, -2)"), json!([5, 3, 1]));
    assert_eq!(value("States.ArrayRange(5, 1, 2)"), json!([]));
    assert_eq!(
        value("States.ArrayLength(States.ArrayRange(1, 1000, 1))"),
        json!(1000)
    );
    assert_eq!(value("States.ArrayGetItem($.a, 4)"), json!(5));
    assert_eq!(value("States.ArrayLength($.a)"), json!(5));
    assert_eq!(
        value("States.ArrayUnique(States.Array(1, '1', 1, $.obj, $.obj, null, null))"),
        json!([1, "1", {"Arg1": 1, "Arg2": []}, null])
    );
}

#[test]
fn texts() {
    assert_eq!(
        value("States.Base64Encode('Data to encode')"),
        json!("RGF0YSB0byBlbmNvZGU=")
    );
    assert_eq!(
        value("States.Base64Decode('RGF0YSB0byBlbmNvZGU=')"),
        json!("Data to encode")
    );
    assert_eq!(
        value("States.Hash('input data', 'SHA-1')"),
        json!("aaff4a450a104cd177d28d18d74485e8cae074b7")
    );
    assert_eq!(
        value("States.Hash('input data', 'MD5')"),
        json!("812f45842bc6d66ee14572ce20db8e86")
    );
    for (algorithm, digits) in [("SHA-256", 64), ("SHA-384", 96), ("SHA-512", 128)] {
        assert_eq!(
            value(&format!("States.Hash('', '{algorithm}')"))
                .as_str()
                .unwrap()
                .len(),
            digits
        );
    }
    assert_eq!(
        value("States.StringSplit('This.is+a,test=string', '.+,=')"),
        json!(["This", "is", "a", "test", "string"])
    );
    assert_eq!(value("States.StringSplit(', , ,', ',')"), json!([" ", " "]));
    assert_eq!(value("States.StringSplit(',,', ',')"), json!([]));
    assert_eq!(
        value("States.StringSplit('Hello\nWorld', '\n')"),
        json!(["Hello", "World"])
    );
    assert_eq!(value("States.StringSplit('abc', '')"), json!(["abc"]));
}

#[test]
fn json() {
    assert_eq!(
        value("States.StringToJson($.json)"),
        json!({"k": [1.5, "v"]})
    );
    assert_eq!(
        value("States.StringToJson('{\"a\": \"b\"}')"),
        json!({"a": "b"})
    );
    assert_eq!(
        value("States.JsonToString($.obj)"),
        json!("{\"Arg1\":1,\"Arg2\":[]}")
    );
    assert_eq!(value("States.JsonToString($.name)"), json!("\"Ada\""));
    assert_eq!(value("States.JsonToString(null)"), json!("null"));
    assert_eq!(
        value("States.JsonMerge($.obj, States.StringToJson('{\"Arg1\": {\"x\": 1}}'), false)"),
        json!({"Arg1": {"x": 1}, "Arg2": []})
    );
}

#[test]
fn numbers_are_rounded_before_they_are_added() {
    for (a, b, sum) in [
        ("-9", "3", -6),
        ("1.49", "1.5", 3),
        ("1.5", "1.51", 4),
        ("-1.49", "-1.5", -2),
        ("-1.5", "-1.51", -3),
        ("0.5", "0", 1),
        ("-0.5", "0.5", 1),
        ("-2.5", "0", -2),
        ("2147483647", "2147483647", 4294967294i64),
    ] {
        assert_eq!(
            value(&format!("States.MathAdd({a}, {b})")),
            json!(sum),
            "{a} + {b}"
        );
    }
}

#[test]
fn format_prints_as_java_does() {
    assert_eq!(
        value("States.Format('Hello {}, it\\'s {}', $.name, 1)"),
        json!("Hello Ada, it's 1")
    );
    assert_eq!(
        value("States.Format('{} {}', $.obj, $.nested)"),
        json!("{Arg1=1, Arg2=[]} [[1, 2], {1=2, 2=[]}, true]")
    );
    assert_eq!(
        value("States.Format('{} {} {}', null, 1.1, '{}')"),
        json!("null 1.1 {}")
    );
    assert_eq!(
        value("States.Format('\\{{}\\} \\\\', 1.0)"),
        json!("{1.0} \\")
    );
    assert_eq!(
        value("States.Format($.template, $$.Execution.Name)"),
        json!("Hi run-1")
    );
    assert_eq!(
        value("States.Format('{} {} {}', 12345678.5, 0.00001, 100.0)"),
        json!("1.23456785E7 1.0E-5 100.0")
    );
    assert_eq!(value("States.Format('no place')"), json!("no place"));
    assert_eq!(value("States.Format('{}', $x['it\\'s'])"), json!("var"));
}

#[test]
fn randomness_is_seeded() {
    let limits = crate::QueryLimits::default();
    let run = |text: &str, seed| {
        let evaluation = Evaluation {
            now_millis: 0,
            seed,
            limits: &limits,
            cancel: None,
        };
        Call::parse(text)
            .unwrap()
            .eval(&data(), &evaluation)
            .unwrap()
    };
    for text in ["States.UUID()", "States.MathRandom(0, 1000000000)"] {
        assert_eq!(run(text, 1), run(text, 1));
        assert_ne!(run(text, 1), run(text, 2));
    }
    assert_eq!(
        run("States.MathRandom(0, 999, 3)", 1),
        run("States.MathRandom(0, 999, 3)", 2)
    );
    let two = run("States.Array(States.UUID(), States.UUID())", 1);
    assert_ne!(two[0], two[1]);
    for seed in 0..200 {
        let random = run("States.MathRandom(-3, 4)", seed).as_i64().unwrap();
        assert!((-3..4).contains(&random));
    }
}

#[test]
fn wrong_arguments_fail() {
    for (call, message) in [
        (
            "States.ArrayLength('x')",
            "Invalid arguments in States.ArrayLength: argument 1 must be an array",
        ),
        (
            "States.ArrayGetItem($.a, 5)",
            "argument 2 must be an index of the array, not 5",
        ),
        (
            "States.ArrayGetItem($.a, -1)",
            "argument 2 must be an index of the array, not -1",
        ),
        (
            "States.ArrayPartition($.a, 0)",
            "argument 2 must be a positive integer",
        ),
        (
            "States.ArrayRange(1, 9, 0)",
            "argument 3 must be other than 0",
        ),
        (
            "States.ArrayRange(0, 1000, 1)",
            "the result has more than 1000 items",
        ),
        (
            "States.ArrayRange(0, 1e300, 1)",
            "argument 2 must be a 64-bit integer",
        ),
        (
            "States.ArrayRange(-9223372036854775808, 9223372036854775807, 1)",
            "more than 1000 items",
        ),
        (
            "States.Base64Decode('?')",
            "argument 1 must be a Base64 encoded string",
        ),
        ("States.Hash('x', 'sha-1')", "argument 2 must be MD5"),
        ("States.Hash(1, 'MD5')", "argument 1 must be a string"),
        (
            "States.JsonMerge($.obj, $.obj, true)",
            "argument 3 must be false",
        ),
        (
            "States.JsonMerge($.obj, 1, false)",
            "argument 2 must be an object",
        ),
        ("States.StringToJson('{')", "argument 1 must be JSON"),
        (
            "States.MathRandom(5, 5)",
            "argument 2 must be greater than argument 1",
        ),
        (
            "States.MathAdd(2147483648, 1)",
            "argument 1 must be between",
        ),
        ("States.MathAdd('1', 1)", "argument 1 must be a number"),
        ("States.Format('{}')", "fewer arguments"),
        ("States.Format('', 1)", "more arguments"),
        ("States.Format('{ }', 1)", "needs a backslash"),
        (
            "States.ArrayLength($.none)",
            "Invalid path '$.none' : No results for path: $['none']",
        ),
    ] {
        let error = run(call).expect_err(call);
        assert!(error.contains(message), "{call}: {error}");
    }
    let long = "x".repeat(10_000);
    assert!(run(&format!("States.Base64Encode('{long}')")).is_ok());
    assert!(
        run(&format!("States.Base64Encode('{long}y')"))
            .unwrap_err()
            .contains("at most 10000 characters")
    );
    assert!(run(&format!("States.Hash('{long}y', 'MD5')")).is_err());
    assert!(run(&format!("States.StringToJson('{}')", "[".repeat(50_000))).is_err());
}

#[test]
fn bad_calls_are_refused_with_a_place() {
    for (text, offset) in [
        ("States.Nothing()", 0),
        ("States.UUID", 11),
        ("States.UUID() x", 14),
        ("States.UUID(1)", 0),
        ("States.ArrayLength()", 0),
        ("States.Array(1", 14),
        ("States.Array(1 2)", 15),
        ("States.Array('a)", 13),
        ("States.Array($.a[)", 13),
        ("States.Array($.a[?(@.b)", 13),
        ("States.Array(x)", 13),
        ("States.Array(,)", 13),
        ("States.Array(States.Foo())", 13),
    ] {
        let error = Call::parse(text).expect_err(text);
        assert!(
            error.offset >= offset && error.offset <= text.len(),
            "{text}: {error}"
        );
    }
    let nested =
        |levels: usize| format!("{}1{}", "States.Array(".repeat(levels), ")".repeat(levels));
    assert!(Call::parse(&nested(10)).is_ok());
    assert!(Call::parse(&nested(11)).is_err());
    assert!(Call::parse(&nested(100_000)).is_err());
}

#[test]
fn calls_know_their_parts() {
    let call = Call::parse(
        "States.Format('{}{}', States.ArrayGetItem($.a[?(@.b == ',)')], 0), $x['a,b'])",
    )
    .unwrap();
    let paths: Vec<&str> = call.paths().into_iter().map(Path::text).collect();
    assert_eq!(paths, ["$.a[?(@.b == ',)')]", "$x['a,b']"]);
    assert_eq!(call.function(), Function::Format);
    assert_eq!(call.to_string(), call.text());
    assert!(
        Function::ALL
            .iter()
            .all(|function| Function::named(function.name()) == Some(*function))
    );
}

#[test]
fn calls_that_copy_much_end_at_a_limit() {
    let data = Data::new(json!({"big": "\\".repeat(1 << 20)}));
    let many = |argument: &str| vec![argument; 100].join(", ");
    for text in [
        format!("States.Array({})", many("$.big")),
        format!("States.Array({})", many("States.Array($.big)")),
        format!("States.Array({})", many("$['big','none']")),
        format!("States.Format('{}', {})", "{}".repeat(100), many("$.big")),
        format!("{}$.big{}", "States.JsonToString(".repeat(9), ")".repeat(9)),
    ] {
        let call = Call::parse(&text).unwrap();
        let error = evaluation(|evaluation| call.eval(&data, evaluation)).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("the values exceed 67108864 bytes"),
            "{error}"
        );
    }
    let call = Call::parse("States.ArrayLength(States.Array($.big, $.big))").unwrap();
    let length = evaluation(|evaluation| call.eval(&data, evaluation));
    assert_eq!(length, Ok(json!(2)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn nothing_panics(
        function in prop::sample::select(Function::ALL.to_vec()),
        arguments in prop::collection::vec(
            r#"\$\.(a|name|obj|nil|nested|json|none)|\$x|'[a-c{}\\, é]{0,6}'|-?[0-9]{1,20}(\.[0-9]{1,3})?|1e[0-9]{1,3}|true|false|null|States\.UUID\(\)|'MD5'"#,
            0..4,
        ),
    ) {
        let text = format!("{}({})", function.name(), arguments.join(", "));
        if let Ok(call) = Call::parse(&text) {
            prop_assert_eq!(call.text(), &text);
            let _ = run(&text);
        }
    }

    #[test]
    fn any_text_is_parsed_without_panic(text in "(States\\.(Array|Format)\\()?.{0,30}") {
        let _ = Call::parse(&text);
    }

    #[test]
    fn splitting_and_encoding_agree_with_the_text(text in "[a-c,;é]{0,20}") {
        let parts = value(&format!("States.StringSplit('{text}', ',;')"));
        let joined: String = parts.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        prop_assert_eq!(joined, text.replace([',', ';'], ""));
        prop_assert_eq!(value(&format!("States.Base64Decode(States.Base64Encode('{text}'))")), json!(text));
    }
}
