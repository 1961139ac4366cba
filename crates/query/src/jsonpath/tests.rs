use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::copies::CopyBudget;
use crate::test_data::{Data, InParts};

fn data() -> Data {
    Data::new(json!({
        "store": {
            "book": [
                {"title": "A", "price": 8, "isbn": "1", "tags": ["x"]},
                {"title": "B", "price": 12.5},
                {"title": "C", "price": 8.0, "isbn": null},
                "no book"
            ],
            "a-b": 1, "a b": 2, "ä": 3, "it's": 4
        },
        "list": [10, 20, 30, 40, 50],
        "nothing": null,
        "text": "hello",
        "status": "1"
    }))
    .with("x", json!({"y": [1, 2]}))
}

fn eval(path: &str) -> Result<Value, String> {
    let path = Path::parse(path).map_err(|error| format!("syntax: {error}"))?;
    path.eval(&data())
        .map(Cow::into_owned)
        .map_err(|error| error.to_string())
}

fn titles(path: &str) -> String {
    let Value::Array(items) = eval(path).unwrap() else {
        panic!("{path} gave no array")
    };
    items
        .iter()
        .map(|item| item["title"].as_str().unwrap_or("?"))
        .collect()
}

#[test]
fn definite_paths_give_the_value_itself() {
    for (path, expected) in [
        ("$.text", json!("hello")),
        ("$.store.a-b", json!(1)),
        ("$.store['a b']", json!(2)),
        ("$.store.['a b']", json!(2)),
        ("$.store[\"ä\"]", json!(3)),
        ("$.store.ä", json!(3)),
        ("$.store['it\\'s']", json!(4)),
        ("$['store']['book'][1]['price']", json!(12.5)),
        ("$.store.book.[1].title", json!("B")),
        ("$.list[-1]", json!(50)),
        ("$.list[ 0 ]", json!(10)),
        ("$.nothing", Value::Null),
        ("$$.Execution.Name", json!("run-1")),
        ("$$['State'].RetryCount", json!(0)),
        ("$x.y[1]", json!(2)),
        ("$x", json!({"y": [1, 2]})),
        (
            "$['text','status','none']",
            json!({"text": "hello", "status": "1"}),
        ),
    ] {
        assert!(Path::parse(path).unwrap().is_definite(), "{path}");
        assert_eq!(eval(path), Ok(expected), "{path}");
    }
    assert_eq!(eval("$"), Ok(data().input));
    assert_eq!(eval("$$"), Ok(data().context));
}

#[test]
fn members_of_the_context_object_are_looked_up_alone() {
    let (whole, parts) = (data(), InParts(data()));
    for text in [
        "$$.Execution",
        "$$['Execution'].Input.list[1]",
        "$$.Execution.Input.list[*]",
        "$$.Execution.Input.store.book[?(@.price > 8)].title",
        "$$.Execution..title",
        "$$.Execution['Name','Nope']",
        "$$.Nope",
        "$$.Nope.a",
        "$$.Nope[0]",
        "$$.Nope['a','b']",
        "$$.Nope[*]",
        "$$.Nope..a",
        "$$.Execution.Nope",
        "$$.Execution.Nope.a",
        "$$.Execution.Name.a",
        "$$.Execution.Name[0]",
        "$$.Execution[0]",
    ] {
        let path = Path::parse(text).unwrap();
        assert_eq!(path.eval(&parts), path.eval_on(whole.context()), "{text}");
    }
    // What reads more than one member.
    for (text, expected) in [
        (
            "$$.Execution[?($.State.RetryCount == 0)].Name",
            json!(["run-1"]),
        ),
        ("$$.*.RetryCount", json!([0])),
        ("$$..RetryCount", json!([0])),
        ("$$['State','Nope']", json!({"State": {"RetryCount": 0}})),
    ] {
        assert_eq!(eval(text), Ok(expected), "{text}");
    }
    assert_eq!(
        eval("$$.Execution.Nope"),
        Err(
            "Invalid path '$$.Execution.Nope' : No results for path: $['Execution']['Nope']".into()
        )
    );
    assert_eq!(
        eval("$$.Nope"),
        Err("Invalid path '$$.Nope' : No results for path: $['Nope']".into())
    );
}

#[test]
fn definite_paths_borrow() {
    let data = data();
    for path in ["$", "$.store.book[0].title", "$$", "$x.y"] {
        assert!(
            matches!(Path::parse(path).unwrap().eval(&data), Ok(Cow::Borrowed(_))),
            "{path}"
        );
    }
}

#[test]
fn missing_values_are_named_as_on_aws() {
    for (path, cause) in [
        (
            "$.NoSuchOutputPath",
            "Invalid path '$.NoSuchOutputPath' : No results for path: $['NoSuchOutputPath']",
        ),
        (
            "$.store.none",
            "Invalid path '$.store.none' : No results for path: $['store']['none']",
        ),
        (
            "$.none.a",
            "Invalid path '$.none.a' : Missing property in path $['none']",
        ),
        (
            "$.list[9]",
            "Invalid path '$.list[9]' : No results for path: $['list'][9]",
        ),
        (
            "$.list.length()",
            "Invalid path '$.list.length()' : Property ['length()'] not found in path $['list']",
        ),
        (
            "$.text[0]",
            "Invalid path '$.text[0]' : Filter: [0] can only be applied to arrays. Current context is: \"hello\"",
        ),
        (
            "$z.a",
            "Invalid path '$z.a' : The variable 'z' is not defined",
        ),
    ] {
        assert_eq!(eval(path), Err(cause.to_owned()), "{path}");
    }
}

#[test]
fn indefinite_paths_give_arrays_even_over_missing_data() {
    for (path, expected) in [
        ("$.list[*]", json!([10, 20, 30, 40, 50])),
        ("$.list[1:3]", json!([20, 30])),
        ("$.list[3:]", json!([40, 50])),
        ("$.list[:2]", json!([10, 20])),
        ("$.list[-2:]", json!([40, 50])),
        ("$.list[:-3]", json!([10, 20])),
        ("$.list[-9:]", json!([10, 20, 30, 40, 50])),
        ("$.list[-3:-1]", json!([30, 40])),
        ("$.list[4:9]", json!([50])),
        ("$.list[3:1]", json!([])),
        ("$.list[0,2,-1,9]", json!([10, 30, 50])),
        ("$.store.book[*].title", json!(["A", "B", "C"])),
        (
            "$.store.book[0:2]['title','price']",
            json!([{"title": "A", "price": 8}, {"title": "B", "price": 12.5}]),
        ),
        ("$['store','list'].a-b", json!([1])),
        ("$..isbn", json!(["1", null])),
        ("$..tags[0]", json!(["x"])),
        ("$.store.book..title", json!(["A", "B", "C"])),
        ("$x.*", json!([[1, 2]])),
        ("$x..*", json!([[1, 2], 1, 2])),
        ("$.none[*]", json!([])),
        ("$.none.x[*].y", json!([])),
        ("$.none[1:].x", json!([])),
        ("$.text[*]", json!([])),
        ("$.list[*].x", json!([])),
    ] {
        assert!(!Path::parse(path).unwrap().is_definite(), "{path}");
        assert_eq!(eval(path), Ok(expected), "{path}");
    }
    let empty = json!({});
    for path in [
        "$[*]",
        "$.items[*].itemValue",
        "$.items[1:]",
        "$.item.items[1:5]",
        "$..a",
        "$.a[?(@.b)]",
    ] {
        assert_eq!(
            *Path::parse(path).unwrap().eval_on(&empty).unwrap(),
            json!([]),
            "{path}"
        );
    }
}

#[test]
fn filters() {
    for (filter, expected) in [
        ("@.isbn", "AC"),
        ("!@.isbn", "B?"),
        ("@.price == 8", "AC"),
        ("@.price==8", "AC"),
        ("8 == @.price", "AC"),
        ("@.price != 8", "B?"),
        ("@.price > 8", "B"),
        ("@.price >= 8 && @.price < 12", "AC"),
        ("@.price <= 8 || @.title == 'B'", "ABC"),
        ("@.title == \"A\" || @.title == 'B' && @.price == 1", "A"),
        ("!(@.title == 'A') && @.price", "BC"),
        ("@.isbn == null", "C"),
        ("@.isbn == 1", "A"),
        ("@['isbn'] == '1'", "A"),
        ("@.price == '8'", "AC"),
        ("@.tags[0] == 'x'", "A"),
        ("@.tags[*]", "A"),
        ("@.tags[?(@ == 'x')]", ""),
        ("@.title > 'A'", "BC"),
        ("@.price > 'A'", ""),
        ("@.isbn == $.status", "A"),
        ("@.title==true", ""),
    ] {
        assert_eq!(
            titles(&format!("$.store.book[?({filter})]")),
            expected,
            "{filter}"
        );
    }
    assert_eq!(titles("$.store.book.[?(@.price == 8)]"), "AC");
    assert_eq!(titles("$.store.book[ ?( @.price == 8 ) ]"), "AC");
    assert_eq!(titles("$..[?(@.isbn)]"), "AC");
    assert_eq!(eval("$.store[?(@.a-b == 1)].ä"), Ok(json!([3])));
    assert_eq!(eval("$.store[?(@.a-b == 2)].ä"), Ok(json!([])));
    assert_eq!(eval("$.list[?(@ > 20)]"), Ok(json!([])));
}

#[test]
fn escapes_in_names_stay() {
    let value = json!({"Test\\\"\"Name\"": 1, "a\\n": 2});
    for (path, expected) in [("$['Test\\\"\"Name\"']", 1), ("$['a\\n']", 2)] {
        assert_eq!(
            *Path::parse(path).unwrap().eval_on(&value).unwrap(),
            json!(expected),
            "{path}"
        );
    }
}

#[test]
fn bad_paths_are_refused_with_a_place() {
    for (path, offset) in [
        ("", 0),
        ("a.b", 0),
        (" $.a", 0),
        ("$.", 2),
        ("$..", 3),
        ("$...a", 3),
        ("$.a b", 3),
        ("$.a[", 4),
        ("$.a[]", 4),
        ("$.a['b'", 7),
        ("$.a['b", 4),
        ("$.a[1:2:3]", 7),
        ("$.a[:]", 5),
        ("$.a[?]", 5),
        ("$.a[?(@.b =~ /x/)]", 10),
        ("$.a[?(@.b in ['x'])]", 10),
        ("$.a[?(@.b.length() > 1)]", 16),
        ("$.a[?(1)]", 7),
        ("$.a[?(@.b ==)]", 12),
        ("$.a[?(@.b == 1]", 14),
        ("$.a[99999999999999999999]", 4),
        ("$.ä[x]", 5),
        ("$ .a", 1),
        ("$a b", 2),
    ] {
        let error = Path::parse(path).expect_err(path);
        assert_eq!(error.offset, offset, "{path}: {error}");
    }
    for path in [
        format!("$.a[?({}@.a{})]", "(".repeat(100_000), ")".repeat(100_000)),
        format!("$.a[?({}@.a)]", "!".repeat(100_000)),
        format!("${}", "[?(@.a".repeat(100_000)),
        format!("${}", ".a".repeat(100_000)),
    ] {
        assert!(Path::parse(&path).is_err());
    }
}

#[test]
fn a_path_that_explodes_ends_at_a_limit() {
    let mut value = json!(1);
    for _ in 0..60 {
        value = json!([value, 1]);
    }
    let path = Path::parse("$..*..*..*..*..*").unwrap();
    assert!(matches!(
        path.eval_on(&value),
        Err(PathError::TooManyResults { .. })
    ));
}

#[test]
fn a_path_that_copies_much_ends_at_a_limit() {
    let text = "x".repeat(1 << 20);
    let mut deep = json!(text);
    for _ in 0..60 {
        deep = json!({"a": deep});
    }
    let value = json!({"deep": deep, "a": [text], "o": {"t": text}});
    let error = |path: &str| Path::parse(path).unwrap().eval_on(&value).unwrap_err();
    let zeros = "0,".repeat(100);
    for path in [
        "$.deep..*..*..*".to_owned(),
        format!("$.a[{zeros}0]"),
        format!("$..[?(@.t == 'x' || @.a[{zeros}0] == 1)]"),
    ] {
        let limit_bytes = CopyBudget::BYTES;
        assert_eq!(
            error(&path),
            PathError::ResultTooLarge { path, limit_bytes }
        );
    }
    // Asking whether something exists copies nothing; a name counts once.
    let exists = Path::parse(&format!("$.o[?(@.t && !@.a[{zeros}0])]")).unwrap();
    assert_eq!(exists.eval_on(&value).unwrap().as_array().unwrap().len(), 1);
    let names = vec!["'t'"; 1000].join(",");
    let merged = Path::parse(&format!("$.o[{names}]")).unwrap();
    assert_eq!(*merged.eval_on(&value).unwrap(), value["o"]);
}

#[test]
fn filters_in_filters_see_where_the_path_starts() {
    let found = |path: &str| eval(path).unwrap().as_array().unwrap().len();
    for text in ["hello", "other"] {
        let path = format!("$.store[?(@.book[?(@.title == 'B' && $.text == '{text}')])]");
        assert_eq!(found(&path), usize::from(text == "hello"), "{path}");
    }
}

#[test]
fn reference_paths_write() {
    let set = |path: &str, target: Value| {
        let mut target = target;
        let result = ReferencePath::parse(path)
            .unwrap()
            .set(&mut target, json!("new"));
        result.map(|()| target).map_err(|error| error.to_string())
    };
    assert_eq!(set("$", json!([1])), Ok(json!("new")));
    assert_eq!(
        set("$.a", json!({"a": 1, "b": 2})),
        Ok(json!({"a": "new", "b": 2}))
    );
    assert_eq!(
        set("$.x.y['z w']", json!({})),
        Ok(json!({"x": {"y": {"z w": "new"}}}))
    );
    assert_eq!(
        set("$.a.b", json!({"a": {"c": 1}})),
        Ok(json!({"a": {"c": 1, "b": "new"}}))
    );
    assert_eq!(
        set("$.a[1].b", json!({"a": [0, {}]})),
        Ok(json!({"a": [0, {"b": "new"}]}))
    );
    for (path, input) in [
        ("$.a", json!("text")),
        ("$.a.b", json!({"a": 1})),
        ("$.a[0]", json!({})),
        ("$.a[2]", json!({"a": [1, 2]})),
        ("$.a[-1]", json!({"a": [1, 2]})),
        ("$.a.b[0]", json!({"a": {}})),
        ("$[0]", json!({"a": 1})),
    ] {
        let cause = format!("Unable to apply ReferencePath {path} to input {input}");
        assert_eq!(set(path, input), Err(cause), "{path}");
    }
    for path in [
        "$.a[*]",
        "$..a",
        "$.a[0,1]",
        "$.a[0:1]",
        "$['a','b']",
        "$.a[?(@.b)]",
        "$$.a",
        "$x",
        "a",
        "",
    ] {
        assert!(ReferencePath::parse(path).is_err(), "{path}");
    }
}

#[test]
fn writing_never_nests_too_deeply() {
    let path = ReferencePath::parse("$.a").unwrap();
    let mut value = json!(1);
    let mut writes = 0;
    loop {
        let mut target = json!({});
        match path.set(&mut target, value) {
            Ok(()) => value = target,
            Err(error) => break assert!(matches!(error, PathError::TooDeep { .. }), "{error}"),
        }
        writes += 1;
    }
    assert_eq!(writes, crate::MAX_NESTING);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn nothing_panics(text in r#"\$?([$@a-c.\[\]()'"?*:,0-9=!<>&| -]|\.\.|\[\?\(@|list|store|book|\\|é){0,20}"#) {
        if let Ok(path) = Path::parse(&text) {
            let result = path.eval(&data()).map(Cow::into_owned);
            if !path.is_definite() && *path.root() == Root::Input {
                prop_assert!(result.is_ok_and(|value| value.is_array()));
            }
        }
        if let Ok(path) = ReferencePath::parse(&text) {
            let mut target = data().input;
            if path.set(&mut target, json!("new")).is_ok() {
                let read = Path::parse(&text).unwrap();
                prop_assert_eq!(&*read.eval_on(&target).unwrap(), &json!("new"));
            }
        }
    }

    #[test]
    fn any_text_is_parsed_without_panic(text in ".{0,40}") {
        let _ = Path::parse(&text);
        let _ = Path::parse(&format!("$.a[?({text})]"));
        if let Ok(path) = Path::parse(&format!("$['{text}']")) && !text.contains(['\\', '\'']) {
            let value = json!({text.as_str(): 7});
            prop_assert_eq!(&*path.eval_on(&value).unwrap(), &json!(7));
        }
    }

    #[test]
    fn slices_are_pythons_where_signs_agree(len in 0usize..6, from in 0i64..8, to in 0i64..8) {
        let items: Vec<usize> = (0..len).collect();
        let path = Path::parse(&format!("$[{from}:{to}]")).unwrap();
        let clamp = |bound: i64| (bound as usize).min(len);
        let expected = items.get(clamp(from)..clamp(to)).unwrap_or_default().to_vec();
        let value = json!(items);
        prop_assert_eq!(path.eval_on(&value).unwrap().into_owned(), json!(expected));
    }
}
