use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::test_data::{Data, InParts, NOW_MILLIS, evaluation};
use crate::{CancelFlag, QueryLimits};

fn parse(text: &str) -> Expression {
    Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn data() -> Data {
    Data::new(json!({
        "name": "Ada", "items": [{"n": 1}, {"n": 2}], "one": [{"n": 1}], "list": [1, [2]], "empty": [],
        "nil": null, "big": 9007199254740993i64, "float": 1.5, "deep": {"a": {"b": [3]}}
    }))
    .with("x", json!(42))
    .with("obj", json!({"items": [{"a": 1}, {"a": [2, 3]}]}))
    .with("count", json!("a variable named like a function"))
}

fn run(text: &str) -> Result<Option<Value>, JsonataError> {
    evaluation(|evaluation| parse(text).eval(&data(), evaluation))
}

fn value(text: &str) -> Value {
    match run(text) {
        Ok(Some(value)) => value,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn states_and_variables_are_bound() {
    assert_eq!(
        value(" 'Hello ' & $states.input.name & '!' "),
        json!("Hello Ada!")
    );
    assert_eq!(value("$sum($states.input.items.n) + $x"), json!(45));
    assert_eq!(value("$states.context.Execution.Name"), json!("run-1"));
    assert_eq!(
        value("$merge([$states.input.items[0], {'m': $x}])"),
        json!({"n": 1, "m": 42})
    );
    assert_eq!(value("$keys($states)"), json!(["input", "context"]));
    assert_eq!(value("$states.input.items[n = 2]"), json!({"n": 2}));
    assert_eq!(value("$obj.items.a"), json!([1, 2, 3]));
    assert_eq!(value("($y := $x; $y * 2)"), json!(84));
    assert_eq!(value("$variable := 1"), json!(1));
}

#[test]
fn members_of_the_context_object_are_looked_up_alone() {
    for text in [
        "$states.context.Execution",
        "$states.context.Execution.Input.name",
        "$states.context.Execution.Input.items.n",
        "$states.context.Nope",
        "$states.context.Nope.a",
        "$states.context.State.RetryCount + 1",
        "$states.context.Execution.Name & $states.context.State.RetryCount & $states.input.name",
        "($c := $states.context; $c.State)",
        "$exists($states.context.Nope)",
        "$exists($states.context)",
        "$count($states.context.Execution.Input.items)",
    ] {
        evaluation(|evaluation| {
            let expression = parse(text);
            assert_eq!(
                expression.eval(&InParts(data()), evaluation),
                expression.eval(&data(), evaluation),
                "{text}"
            );
        });
    }
    assert_eq!(
        value("$keys($states.context)"),
        json!(["Execution", "State"])
    );
}

#[test]
fn undefined_is_none() {
    for text in [
        "$nothing",
        "$states.input.nothing",
        "$states.result",
        "$sum",
        "$states.input.name.x",
        "()",
    ] {
        assert_eq!(run(text), Ok(None), "{text}");
    }
    assert_eq!(value("$states.input.nil"), Value::Null);
    assert_eq!(value("$exists($states.input.nothing)"), json!(false));
}

#[test]
fn integers_stay_integers() {
    assert_eq!(value("$states.input.items[0].n").to_string(), "1");
    assert_eq!(value("2 / 2").to_string(), "1");
    assert_eq!(value("$states.input.big").to_string(), "9007199254740993");
    assert_eq!(
        value("[$states.input.big - 1, 1e18]").to_string(),
        "[9007199254740991,1000000000000000000]"
    );
    assert!(value("1e19").is_f64());
    assert_eq!(value("$states.input").to_string(), data().input.to_string());
}

#[test]
fn a_variable_may_be_named_like_a_function() {
    assert_eq!(value("$count"), json!("a variable named like a function"));
    assert_eq!(
        value("$count & '!'"),
        json!("a variable named like a function!")
    );
    assert_eq!(value("$count($states.input.items)"), json!(2));
}

#[test]
fn own_functions() {
    assert_eq!(value("$partition([0,1,2,3], 3)"), json!([[0, 1, 2], [3]]));
    assert_eq!(value("$partition([0], 5)"), json!([[0]]));
    assert_eq!(value("$partition([1,2,3], 2.9)"), json!([[1, 2], [3]]));
    assert_eq!(run("$partition([1], 0)"), Ok(None));
    assert_eq!(run("$partition([], 2)"), Ok(None));
    assert!(run("$partition([1], -1)").is_err());
    assert_eq!(value("$range(0, 6, 2)"), json!([0, 2, 4, 6]));
    assert_eq!(value("$range(5, 1, -1.5)"), json!([5, 4, 3, 2, 1]));
    assert_eq!(value("$range(1, 9, 9)"), json!(1));
    assert_eq!(run("$range(1, 5, -1)"), Ok(None));
    assert_eq!(run("$range(1, 5)"), Ok(None));
    assert_eq!(value("$count($range(1, 200000, 1))"), json!(200_000));
    assert_eq!(
        value("$hash('input', 'SHA-1')"),
        json!("140f86aae51ab9e1cda9b4254fe98a74eb54c1a1")
    );
    assert_eq!(run("$hash('input')"), Ok(None));
    assert!(run("$hash('input', 'sha-1')").is_err());
    assert_eq!(value("$random(42)"), json!(0.7275636800328681));
    assert_eq!(value("$random() = $random()"), json!(false));
    assert_eq!(value("$uuid() = $uuid()"), json!(false));
    assert_eq!(value("$length($uuid())"), json!(36));
    assert_eq!(
        value("$count($distinct($map([1..50], function($i) { $uuid() })))"),
        json!(50)
    );
    assert_eq!(value("$parse('{\"a\": [1, null]}').a[0]"), json!(1));
    assert_eq!(value("$parse('-0')").to_string(), "0");
    assert!(run("$parse('{')").is_err());
    assert_eq!(
        value("$states.input.deep.a.b ~> $partition(1)"),
        json!([[3]])
    );
    assert_eq!(value("'x' ~> $hash('MD5')"), value("$hash('x', 'MD5')"));
    assert_eq!(value("5 ~> $random"), value("$random(5)"));
}

#[test]
fn time_and_randomness_come_from_outside() {
    assert_eq!(value("$millis()"), json!(NOW_MILLIS));
    assert_eq!(value("$now()"), json!("2025-01-02T03:04:05.678Z"));
    let limits = QueryLimits::default();
    let with_seed = |seed| Evaluation {
        now_millis: 0,
        seed,
        limits: &limits,
        cancel: None,
    };
    for text in ["$random()", "$uuid()", "$shuffle([1..30])"] {
        let expression = parse(text);
        let run = |seed| expression.eval(&data(), &with_seed(seed)).unwrap();
        assert_eq!(run(1), run(1), "{text}");
        assert_ne!(run(1), run(2), "{text}");
    }
}

#[test]
fn eval_fails_when_called() {
    let error = run("$eval('1+1')").unwrap_err();
    assert_eq!(error.code.as_deref(), Some("T1006"));
    assert_eq!(error.kind, JsonataErrorKind::Evaluation);
    assert_eq!(error.tail(), ". T1006: Attempted to invoke a non-function");
    assert!(
        !parse("$eval('$x')")
            .variables()
            .contains(&"eval".to_owned())
    );
}

#[test]
fn errors_read_as_on_aws() {
    let error = run("$sum(['a'])").unwrap_err();
    assert_eq!(
        error.tail(),
        ". T0412: Argument 1 of function \"sum\" must be an array of \"numbers\""
    );
    let error = run("1 + 'a'").unwrap_err();
    assert_eq!(error.code.as_deref(), Some("T2002"));
    assert_eq!(error.to_string(), format!("T2002: {}", error.message));
    assert_eq!(run("$parse('{')").unwrap_err().code, None);
}

#[test]
fn syntax_errors_have_places() {
    for (text, offset) in [("1 +", 3), ("  é.[", 5), ("\"open", 0), ("(((", 3)] {
        let error = Expression::parse(text).unwrap_err();
        assert!(
            error.offset <= text.len() && text.is_char_boundary(error.offset),
            "{text}: {error}"
        );
        assert!(error.offset.abs_diff(offset) <= 2, "{text}: {error}");
    }
    for text in [
        "+1".repeat(50_000),
        "(".repeat(100_000),
        "a[".repeat(100_000),
        "function($x){".repeat(50_000),
        "{'a':".repeat(50_000),
        "-".repeat(100_000),
    ] {
        assert!(Expression::parse(&format!("1{text}")).is_err());
    }
}

#[test]
fn runaway_expressions_end_at_a_limit() {
    let limits = QueryLimits {
        max_steps: 100_000,
        max_steps_with_regular_expression: 1_000,
        max_result_bytes: 100_000,
        max_array_items: 10_000,
        max_allocated_bytes: 10_000_000,
        ..QueryLimits::default()
    };
    let evaluation = Evaluation {
        now_millis: 0,
        seed: 0,
        limits: &limits,
        cancel: None,
    };
    for text in [
        "($f := function($x) { $f($x + 1) }; $f(1))",
        "($f := function($x) { 1 + $f($x + 1) }; $f(1))",
        "[1..100000]",
        "$map([1..10000], function($i) { [1..100] })",
        "($s := function($t, $n) { $n = 0 ? $t : $s($t & $t, $n - 1) }; $s('x', 60))",
        "$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', /^(a+)+$/)",
        "$pad('x', 1000000000)",
        "$map([1..9000], function($i) { [1..9000] })",
        "$states.input.items.(n.([1..5000]).([1..5000]))",
        "$reduce([1..9000], function($a, $i) { $a & $a }, 'x')",
        "$map([1..9000], function($i) { $append([1..5000], [1..5000]) })",
        "$map([1..9000], function($i) { $pad('x', 90000) })",
        "$map([1..9000], function($i) { $states.input.items.$pad('x', 90000) })",
        "$range(1, 9007199254740991, 1)",
    ] {
        let error = parse(text).eval(&data(), &evaluation).unwrap_err();
        assert_eq!(error.kind, JsonataErrorKind::Limit, "{text}: {error}");
        assert_eq!(
            error,
            parse(text).eval(&data(), &evaluation).unwrap_err(),
            "{text}"
        );
    }
}

#[test]
fn cancellation_reaches_into_regular_expressions() {
    let limits = QueryLimits {
        max_steps_with_regular_expression: u64::MAX,
        max_steps: u64::MAX,
        ..QueryLimits::default()
    };
    let cancel = CancelFlag::new();
    let expression =
        parse("$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', /^(a+)+$/)");
    let error = std::thread::scope(|scope| {
        let evaluation = Evaluation {
            now_millis: 0,
            seed: 0,
            limits: &limits,
            cancel: Some(&cancel),
        };
        let running = scope.spawn(move || expression.eval(&data(), &evaluation).unwrap_err());
        cancel.cancel();
        running.join().unwrap()
    });
    assert_eq!(error.kind, JsonataErrorKind::Cancelled);
}

#[test]
fn only_expressions_that_can_repeat_are_metered() {
    for text in [
        "$states.input.items[n > 1].m",
        "'a' & $x",
        "$sum($x.y.(a * b))",
        "$merge([$x, {'a': 1}])",
        "$x.{'a': b}",
        "$f($x)",
    ] {
        assert!(!parse(text).0.analysis.is_repeating, "{text}");
    }
    for text in [
        "[1..$x]",
        "$map($x, function($v) { $v })",
        "$x.(a & b)",
        "$x.{'a': $y.b}",
        "$x.[1, 2]",
        "$x[$count($y) > 1]",
        "$x.$string()",
    ] {
        assert!(parse(text).0.analysis.is_repeating, "{text}");
    }
}

#[test]
fn functions_that_end_with_a_call_mean_the_same() {
    assert_eq!(
        value("$map([1, 2], function($i) { $string($i) })"),
        json!(["1", "2"])
    );
    assert_eq!(
        value("$map([1, 2], function($i) { $i > 1 ? $append([$i], []) : $lookup({}, 'a') })"),
        json!([2])
    );
    assert_eq!(
        value("$map([1], function($i) { ($j := $i; $map([$j], function($k) { $sum([$k, 1]) })) })"),
        json!(2)
    );
    assert_eq!(
        value("($f := function($n) { $n = 0 ? $uppercase('done') : $f($n - 1) }; $f(3000))"),
        json!("DONE")
    );
    let error = run("$map([1], function($i) { $sum(['a']) })").unwrap_err();
    assert_eq!(error.code.as_deref(), Some("T0412"));
}

#[test]
fn free_variables_and_members_are_known() {
    let names = |text| parse(text).variables().join(" ");
    assert_eq!(names("$a.b + $c[$d > 1]"), "a c d");
    assert_eq!(names("($a := 1; $a + $b)"), "b");
    assert_eq!(names("$map($xs, function($x) { $x & $y })"), "xs y");
    assert_eq!(names("$states.input.x ~> $hash('MD5')"), "");
    assert!(parse("$states.input").uses_states());
    assert!(!parse("$x").uses_states());
    assert_eq!(
        parse("$states.input.a & $states.context.b").states_members(),
        Some(vec!["context", "input"])
    );
    assert_eq!(parse("$states").states_members(), None);
    assert_eq!(parse("$x").states_members(), Some(vec![]));
}

#[test]
fn references_without_a_document_are_reported() {
    let unsupported = |text| parse(text).unsupported_references().to_vec();
    assert_eq!(
        unsupported("phone"),
        ["Reference to 'phone' at the top level is not supported."]
    );
    assert_eq!(
        unsupported("phone.number & $x"),
        ["Reference to 'phone' at the top level is not supported."]
    );
    assert_eq!(unsupported("$$"), ["Reference to '$$' is not supported."]);
    assert_eq!(
        unsupported("$map($states.input.a, function($x) { b })").len(),
        1
    );
    for text in [
        "$states.input.items[value > 3]",
        "$x.y.z",
        "$states.input.items^(n).m",
        "$states.input.items{name: $sum(n)}",
        "$states.input.items.(a + b)",
        "$map($states.input.a, function($x) { $x.b })",
        "$states.input ~> |items|{'a': b}|",
        "{'a': $x}",
        "$states.input.items.$string()",
        "$filter($states.input.items, function($i) { $i.n > 1 })[0]",
        "$states.input.items.$",
    ] {
        assert_eq!(unsupported(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_path_of_names_gives_what_the_engine_gives() {
    let data = data();
    for text in [
        "$x",
        "$obj",
        "$obj.items",
        "$obj.items.a",
        "$states.input",
        "$states.input.name",
        "$states.input.items",
        "$states.input.items.n",
        "$states.input.one",
        "$states.input.one.n",
        "$states.input.list",
        "$states.input.empty",
        "$states.input.empty.x",
        "$states.input.nil",
        "$states.input.nil.x",
        "$states.input.deep.a.b",
        "$states.input.nothing.x",
        "$states.nothing",
        "$nothing.x",
        "$states.input.float",
        "$states.context.State.RetryCount",
        "$count.x",
        "$x.y",
    ] {
        evaluation(|evaluation| {
            let expression = parse(text);
            assert!(expression.0.analysis.path.is_some(), "{text}");
            // The engine has 53 bits for integers.
            let without_big =
                |value: Option<Value>| value.map(|value| value.to_string().replace("0993", "0992"));
            let fast = expression.eval(&data, evaluation).map(without_big);
            assert_eq!(
                fast,
                expression
                    .eval_by_engine(&data, evaluation)
                    .map(without_big),
                "{text}"
            );
        });
    }
    for text in [
        "$x[0]",
        "$states.input.items[]",
        "$",
        "$$",
        "$states.*",
        "a",
        "$x.$y",
        "$sum($x)",
    ] {
        assert!(parse(text).0.analysis.path.is_none(), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_panics(text in r#"([$a-c.\[\]()'"{}0-9+*/^~>:=?&|@#%,;< -]|\$states|\$map|\$eval|function|\$parse|/a+/|é){0,25}"#) {
        if let Ok(expression) = Expression::parse(&text) {
            let limits = QueryLimits { max_steps: 10_000, ..QueryLimits::default() };
            let evaluation = Evaluation { now_millis: 0, seed: 0, limits: &limits, cancel: None };
            let result = expression.eval(&data(), &evaluation);
            prop_assert_eq!(&result, &expression.eval(&data(), &evaluation));
        }
    }

    /// What is cut away because the expression does not read it makes no difference.
    #[test]
    fn cutting_changes_nothing(
        path in prop::collection::vec("items|n|one|deep|a|b|list|name", 1..4),
        wrap in "[$]sum|[$]count|[$]string|[$]keys|[$]exists|",
    ) {
        let expression = parse(&format!("{wrap}($states.input.{})", path.join(".")));
        let data = data();
        evaluation(|evaluation| {
            let whole = jlens_core::Bindings::new().var("states", data.states.clone().unwrap_or_default());
            let engine = expression.0.engine.evaluate(None, &whole).map_err(|error| error.code().to_owned());
            let ours = expression.eval(&data, evaluation).map_err(|error| error.code.unwrap_or_default());
            prop_assert_eq!(ours, engine);
            Ok(())
        })?;
    }
}
