use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::test_data::{Data, evaluation};

fn data() -> Data {
    Data::new(json!({"a": {"b": [1, 2]}, "name": "Ada"})).with("x", json!(42))
}

fn parse(dialect: Dialect, template: Value) -> Template {
    Template::parse(dialect, &template).unwrap_or_else(|errors| panic!("{template}: {errors:?}"))
}

fn run(dialect: Dialect, template: Value) -> Result<Value, TemplateError> {
    evaluation(|evaluation| parse(dialect, template).eval(&data(), evaluation))
}

#[test]
fn json_path_fields_lose_their_suffix() {
    let template = json!({
        "plain": "$.name", "name.$": "$.name", "$.name": 1,
        "deep": {"list": [{"b.$": "$.a.b[0]"}, "$.a", "States.UUID()"], "all.$": "$"},
        "context.$": "$$.Execution.Name", "x.$": "$x", "call.$": "States.Format('{}!', $.name)", "missing.$": "$.none[*]"
    });
    let expected = json!({
        "plain": "$.name", "name": "Ada", "$.name": 1,
        "deep": {"list": [{"b": 1}, "$.a", "States.UUID()"], "all": data().input},
        "context": "run-1", "x": 42, "call": "Ada!", "missing": []
    });
    assert_eq!(run(Dialect::JsonPath, template), Ok(expected));
}

#[test]
fn jsonata_expressions_are_whole_strings() {
    let template = json!({
        "a": "{% $states.input.a.b[1] %}", "b.$": "$.a", "c": " {% $x %} ", "d": ["{%$x%}", {"e": "{% {'k': $x} %}"}],
        "nil": "{% null %}"
    });
    let expected = json!({
        "a": 2, "b.$": "$.a", "c": " {% $x %} ", "d": [42, {"e": {"k": 42}}], "nil": null
    });
    assert_eq!(run(Dialect::Jsonata, template), Ok(expected));
    assert_eq!(
        run(Dialect::Jsonata, json!("{% $states.input %}")),
        Ok(data().input)
    );
    assert_eq!(run(Dialect::Jsonata, json!("{%")), Ok(json!("{%")));
    assert_eq!(
        run(Dialect::Jsonata, json!([1, "{% $number('2') %}", 3])),
        Ok(json!([1, 2, 3]))
    );
}

#[test]
fn constants_are_shared() {
    for value in [
        json!(null),
        json!("text"),
        json!({"a": [1, {"b": "$.x"}]}),
        json!([]),
    ] {
        for dialect in [Dialect::JsonPath, Dialect::Jsonata] {
            let template = parse(dialect, value.clone());
            assert!(template.is_constant());
            assert_eq!(template.constant().map(Payload::value), Some(&value));
            assert_eq!(template.expressions().count(), 0);
            evaluation(|evaluation| {
                assert_eq!(template.eval(&data(), evaluation), Ok(value.clone()));
                let payloads =
                    [(); 2].map(|()| template.eval_payload(&data(), evaluation).unwrap());
                assert!(std::ptr::eq(payloads[0].value(), payloads[1].value()));
            });
        }
    }
}

#[test]
fn errors_name_the_field_as_aws_does() {
    let error = run(Dialect::JsonPath, json!({"outer": {"value.$": "$.none"}})).unwrap_err();
    let cause =
        "The JSONPath '$.none' specified for the field 'value.$' could not be found in the input";
    assert_eq!(error.clone().in_field("Parameters").to_string(), cause);
    let error = run(
        Dialect::JsonPath,
        json!({"value.$": "States.ArrayLength(1)"}),
    )
    .unwrap_err();
    let cause = "The function 'States.ArrayLength(1)' had the following error: Invalid arguments in States.ArrayLength: argument 1 must be an array";
    assert_eq!(error.to_string(), cause);
    for (template, field, cause) in [
        (
            json!("{% $none %}"),
            "Output",
            "The JSONata expression '$none' specified for the field 'Output' returned nothing (undefined).",
        ),
        (
            json!({"result": "{% $none %}"}),
            "Assign",
            "The JSONata expression '$none' specified for the field 'Assign/result' returned nothing (undefined).",
        ),
        (
            json!({"a": [0, {"b": "{% 1 + 'a' %}"}]}),
            "Arguments",
            "The JSONata expression '1 + 'a'' specified for the field 'Arguments/a[1]/b' threw an error during evaluation. T2002: The right side of the \"+\" operator must evaluate to a number",
        ),
        (
            json!(["{% $none %}"]),
            "Items",
            "The JSONata expression '$none' specified for the field 'Items[0]' returned nothing (undefined).",
        ),
        (
            json!({"v": "{% $range(1, 900000, 1) %}"}),
            "Output",
            "The JSONata expression '$range(1, 900000, 1)' specified for the field 'Output/v' threw an error during evaluation: Expression evaluation memory limit exceeded",
        ),
    ] {
        assert_eq!(
            run(Dialect::Jsonata, template)
                .unwrap_err()
                .in_field(field)
                .to_string(),
            cause
        );
    }
}

#[test]
fn all_syntax_errors_come_at_once() {
    let template = json!({"a.$": "$.", "b": {"c/d.$": 1, "e.$": "States.Nothing()", "ok.$": "$"}, "f": [{"g.$": ""}]});
    let errors = Template::parse(Dialect::JsonPath, &template).unwrap_err();
    let pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/a.$", "/b/c~1d.$", "/b/e.$", "/f/0/g.$"]);
    let errors = Template::parse(
        Dialect::Jsonata,
        &json!({"a": "{% ok %}", "b": ["{%é + %}"]}),
    )
    .unwrap_err();
    assert_eq!((errors.len(), errors[0].pointer.as_str()), (1, "/b/0"));
    assert!(errors[0].offset >= 4, "{errors:?}");
    let mut deep = json!("{% 1 %}");
    for _ in 0..200 {
        deep = json!([deep]);
    }
    assert!(Template::parse(Dialect::Jsonata, &deep).is_err());
}

#[test]
fn expressions_are_listed_with_their_places() {
    let template = parse(
        Dialect::JsonPath,
        json!({"a.$": "$.x", "b": [{"c.$": "States.UUID()"}]}),
    );
    let listed: Vec<_> = template
        .expressions()
        .map(|(pointer, expr)| format!("{pointer} {}", expr.text()))
        .collect();
    assert_eq!(listed, ["/a.$ $.x", "/b/0/c.$ States.UUID()"]);
}

#[test]
fn equal_calls_in_one_template_have_their_own_randomness() {
    let value = run(
        Dialect::JsonPath,
        json!({"a.$": "States.UUID()", "b.$": "States.UUID()"}),
    )
    .unwrap();
    assert_ne!(value["a"], value["b"]);
    let value = run(
        Dialect::Jsonata,
        json!(["{% $uuid() %}", "{% $uuid() %}", "{% $random() %}"]),
    )
    .unwrap();
    assert_ne!(value[0], value[1]);
}

#[test]
fn results_do_not_nest_too_deeply() {
    let mut data = data();
    for _ in 0..MAX_NESTING {
        data.input = json!([data.input]);
    }
    let template = parse(Dialect::JsonPath, json!({"a.$": "$"}));
    let error = evaluation(|evaluation| template.eval(&data, evaluation)).unwrap_err();
    assert_eq!(error, TemplateError::TooDeep { limit: MAX_NESTING });
}

#[test]
fn templates_that_copy_much_end_at_a_limit() {
    let data = Data::new(json!({"big": "x".repeat(1 << 20)}));
    let error = |dialect, template| {
        let template = parse(dialect, template);
        evaluation(|evaluation| template.eval(&data, evaluation)).unwrap_err()
    };
    let limit_bytes = CopyBudget::BYTES;
    for (dialect, name, expression) in [
        (Dialect::JsonPath, ".$", "$.big"),
        (Dialect::JsonPath, ".$", "States.Array($.big)"),
        (Dialect::Jsonata, "", "{% $states.input.big %}"),
    ] {
        let fields = (0..100).map(|i| (format!("f{i}{name}"), json!(expression)));
        let template = Value::Object(fields.collect());
        assert!(matches!(
            error(dialect, template),
            TemplateError::TooLarge { .. } | TemplateError::Intrinsic { .. }
        ));
    }
    assert_eq!(
        error(Dialect::Jsonata, vec!["{% $states.input %}"; 100].into()),
        TemplateError::TooLarge { limit_bytes }
    );
}

proptest! {
    #[test]
    fn nothing_panics(keys in prop::collection::vec("[a-b]{1,2}(\\.\\$)?", 1..4), texts in prop::collection::vec(
        r"\$(\.[a-c]|\[[*0-9]\]|\.\.){0,4}|States\.(UUID|Array)\([$.a,']{0,5}\)|\{% ?[$a-c.()+\[\]*]{0,8} ?%\}|.{0,8}", 4)) {
        let fields = keys.into_iter().zip(texts.iter().map(|text| json!([{"x.$": text}, text])));
        let mut template: Map<String, Value> = fields.collect();
        template.extend(texts.iter().map(|text| (format!("{text}.$"), json!(text))));
        for dialect in [Dialect::JsonPath, Dialect::Jsonata] {
            if let Ok(template) = Template::parse(dialect, &Value::Object(template.clone())) {
                let _ = evaluation(|evaluation| template.eval(&data(), evaluation));
            }
        }
    }
}
