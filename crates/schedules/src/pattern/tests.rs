use proptest::prelude::*;
use serde_json::json;

use super::*;

fn pattern(pattern: &Value) -> Pattern {
    Pattern::parse(&pattern.to_string()).unwrap_or_else(|error| panic!("{pattern}: {error}"))
}

/// Whether `{"a": LEAF}` is met by `{"a": VALUE}`.
fn leaf_matches(leaf: &Value, value: &Value) -> bool {
    pattern(&json!({"a": leaf})).matches(&json!({"a": value}))
}

#[test]
fn conditions_on_one_value() {
    let deep = json!([[["x"]], [["y", ["z"]]]]);
    for (leaf, yes, no) in [
        // Values.
        (
            json!(["x"]),
            vec![json!("x"), json!(["y", "x"]), json!([["x"]]), deep.clone()],
            vec![
                json!("X"),
                json!("xx"),
                json!(null),
                json!([]),
                json!({"x": "x"}),
            ],
        ),
        (
            json!(["x", "y"]),
            vec![json!("x"), json!("y")],
            vec![json!("z")],
        ),
        (
            json!([1]),
            vec![json!(1), json!(1.0), json!([2, 1])],
            vec![json!("1"), json!(true), json!(1.000001)],
        ),
        (
            json!([300.0]),
            vec![json!(300), json!(3e2)],
            vec![json!(301)],
        ),
        (
            json!([0]),
            vec![json!(-0.0), json!(0)],
            vec![json!(0.000001), json!(null)],
        ),
        // Beyond what is compared as numbers only the same text is equal.
        (
            json!([123456789012i64]),
            vec![json!(123456789012i64)],
            vec![json!(123456789013i64), json!("123456789012")],
        ),
        (
            json!([0.1234567]),
            vec![json!(0.1234567)],
            vec![json!(0.123456)],
        ),
        (
            json!([true]),
            vec![json!(true)],
            vec![json!("true"), json!(false), json!(1)],
        ),
        (
            json!([null]),
            vec![json!(null)],
            vec![json!("null"), json!(""), json!(0)],
        ),
        (json!([""]), vec![json!("")], vec![json!(null), json!(" ")]),
        (
            json!([{"exactly": "10.0.0.1"}]),
            vec![json!("10.0.0.1")],
            vec![json!("x")],
        ),
        // Addresses are equal however they are written.
        (
            json!(["::1"]),
            vec![json!("::1"), json!("0:0:0:0:0:0:0:1")],
            vec![json!("::2"), json!("1")],
        ),
        // Beginnings and ends.
        (
            json!([{"prefix": "ab"}]),
            vec![json!("ab"), json!("abc")],
            vec![json!("a"), json!("xab"), json!(12)],
        ),
        (
            json!([{"prefix": ""}]),
            vec![json!(""), json!("x")],
            vec![json!(1), json!(null)],
        ),
        (
            json!([{"prefix": {"equals-ignore-case": "äB"}}]),
            vec![json!("Äbc"), json!("äB")],
            vec![json!("ä"), json!("xäb")],
        ),
        (
            json!([{"suffix": ".png"}]),
            vec![json!("a.png"), json!(".png")],
            vec![json!("a.PNG"), json!("png"), json!(".png ")],
        ),
        (
            json!([{"suffix": {"equals-ignore-case": ".Png"}}]),
            vec![json!("a.PNG"), json!("A.png")],
            vec![json!("apng")],
        ),
        (
            json!([{"equals-ignore-case": "Alice"}]),
            vec![json!("ALICE"), json!("alice")],
            vec![json!("alic"), json!("alicee")],
        ),
        // Everything else.
        (
            json!([{"anything-but": "x"}]),
            vec![json!("y"), json!(1), json!(null), json!(["x", "y"])],
            vec![json!("x"), json!(["x"]), json!([])],
        ),
        (
            json!([{"anything-but": ["x", "y"]}]),
            vec![json!("z")],
            vec![json!("x"), json!("y")],
        ),
        (
            json!([{"anything-but": 1}]),
            vec![json!(2), json!("1"), json!("x")],
            vec![json!(1), json!(1.0)],
        ),
        (
            json!([{"anything-but": [1, 2.5]}]),
            vec![json!(3)],
            vec![json!(2.5), json!(1)],
        ),
        (
            json!([{"anything-but": {"prefix": "in"}}]),
            vec![json!("out"), json!(1)],
            vec![json!("init")],
        ),
        (
            json!([{"anything-but": {"prefix": ["in", "out"]}}]),
            vec![json!("x")],
            vec![json!("init"), json!("output")],
        ),
        (
            json!([{"anything-but": {"suffix": ["1", "2"]}}]),
            vec![json!("x3")],
            vec![json!("x1"), json!("x2")],
        ),
        (
            json!([{"anything-but": {"wildcard": "*/lib/*"}}]),
            vec![json!("/usr/bin/a")],
            vec![json!("/usr/lib/a")],
        ),
        (
            json!([{"anything-but": {"wildcard": ["a*", "*z"]}}]),
            vec![json!("bc")],
            vec![json!("ab"), json!("bz")],
        ),
        (
            json!([{"anything-but": {"equals-ignore-case": ["A", "b"]}}]),
            vec![json!("c")],
            vec![json!("a"), json!("B")],
        ),
        // Numbers.
        (
            json!([{"numeric": ["=", 3.018e2]}]),
            vec![json!(301.8)],
            vec![json!(301.81), json!("301.8")],
        ),
        (
            json!([{"numeric": [">", 0, "<=", 5]}]),
            vec![json!(5), json!(0.000001), json!(4.999999)],
            vec![json!(0), json!(5.000001), json!(null), json!("1")],
        ),
        (
            json!([{"numeric": [">=", -5e9]}]),
            vec![json!(-5000000000i64), json!(5000000000i64)],
            vec![
                json!(-5000000001i64),
                json!(5000000001i64),
                json!(1.0000001),
            ],
        ),
        (
            json!([{"numeric": ["<", -1]}]),
            vec![json!(-1.000001)],
            vec![json!(-1), json!(1)],
        ),
        (
            json!([{"numeric": ["<=", 0.1]}, {"numeric": [">", 9]}]),
            vec![json!(0.1), json!(9.5)],
            vec![json!(0.2), json!(9)],
        ),
        // Addresses.
        (
            json!([{"cidr": "10.0.0.0/24"}]),
            vec![json!("10.0.0.0"), json!("10.0.0.255")],
            vec![
                json!("10.0.1.0"),
                json!("9.255.255.255"),
                json!("x"),
                json!(10),
                json!("::a00:0"),
            ],
        ),
        (
            json!([{"cidr": "10.0.0.4/29"}]),
            vec![json!("10.0.0.4"), json!("10.0.0.7")],
            vec![json!("10.0.0.3"), json!("10.0.0.8")],
        ),
        (
            json!([{"cidr": "0.0.0.0/0"}]),
            vec![json!("255.255.255.255")],
            vec![json!("::1")],
        ),
        (
            json!([{"cidr": "2001:db8::/32"}]),
            vec![json!("2001:db8::1"), json!("2001:DB8:ffff::")],
            vec![json!("2001:db9::"), json!("1.2.3.4")],
        ),
        // Wildcards.
        (
            json!([{"wildcard": "*"}]),
            vec![json!(""), json!("x")],
            vec![json!(1)],
        ),
        (
            json!([{"wildcard": "a*b"}]),
            vec![json!("ab"), json!("axxb"), json!("abab")],
            vec![json!("a"), json!("ba"), json!("abx")],
        ),
        (
            json!([{"wildcard": "aba*aba"}]),
            vec![json!("abaaba")],
            vec![json!("aba"), json!("ababa")],
        ),
        (
            json!([{"wildcard": "*.b.*"}]),
            vec![json!("a.b.c"), json!(".b.")],
            vec![json!("a.b")],
        ),
        (
            json!([{"wildcard": "a*b*c*d"}]),
            vec![json!("abcd"), json!("axbxcxd"), json!("abcbcd")],
            vec![json!("acbd")],
        ),
        (
            json!([{"wildcard": r"a\*b\\*"}]),
            vec![json!(r"a*b\"), json!(r"a*b\c")],
            vec![json!(r"axb\")],
        ),
        (
            json!([{"wildcard": "plain"}]),
            vec![json!("plain")],
            vec![json!("plainer")],
        ),
        // Presence.
        (
            json!([{"exists": true}]),
            vec![json!("x"), json!(null), json!([1]), json!(false)],
            vec![json!({}), json!({"b": 1}), json!([]), json!([{}])],
        ),
        (
            json!([{"exists": false}]),
            vec![json!({}), json!({"b": 1}), json!([])],
            vec![json!("x"), json!(null), json!([[1]])],
        ),
        (
            json!(["x", {"exists": false}]),
            vec![json!("x"), json!([])],
            vec![json!("y")],
        ),
        // One of several.
        (
            json!(["x", {"prefix": "y"}, 1, null]),
            vec![json!("x"), json!("yes"), json!(1), json!(null)],
            vec![json!("z"), json!(2)],
        ),
    ] {
        for value in yes {
            assert!(
                leaf_matches(&leaf, &value),
                "{leaf} should be met by {value}"
            );
        }
        for value in no {
            assert!(
                !leaf_matches(&leaf, &value),
                "{leaf} should not be met by {value}"
            );
        }
    }
}

#[test]
fn conditions_on_several_fields() {
    let event = json!({
        "source": "aws.x",
        "detail": {
            "state": "running",
            "limits": {"cpu": 4},
            "items": [{"k": "a", "v": 1, "sub": [{"n": 1}, {"n": 2, "m": 3}]}, {"k": "b", "v": 2}],
            "list": ["p", "q"],
            "odd": [{"x": 1}, "text"],
        },
    });
    for (candidate, expected) in [
        (
            json!({"source": ["aws.x"], "detail": {"state": ["running"]}}),
            true,
        ),
        (
            json!({"source": ["aws.y"], "detail": {"state": ["running"]}}),
            false,
        ),
        (
            json!({"detail": {"limits": {"cpu": [{"numeric": [">", 3]}]}}}),
            true,
        ),
        (json!({"detail": {"limits": [{"exists": true}]}}), false),
        (json!({"detail": {"limits": [{"exists": false}]}}), true),
        (json!({"nothing": [{"exists": false}]}), true),
        (json!({"nothing": {"below": [{"exists": false}]}}), true),
        (json!({"nothing": {"below": [{"exists": true}]}}), false),
        (
            json!({"detail": {"state": {"below": [{"exists": false}]}}}),
            true,
        ),
        // What is asked for below an array holds for one element.
        (json!({"detail": {"items": {"k": ["a"], "v": [1]}}}), true),
        (json!({"detail": {"items": {"k": ["a"], "v": [2]}}}), false),
        (
            json!({"detail": {"items": {"sub": {"n": [2], "m": [3]}}}}),
            true,
        ),
        (
            json!({"detail": {"items": {"sub": {"n": [1], "m": [3]}}}}),
            false,
        ),
        (
            json!({"detail": {"items": {"k": ["b"], "sub": {"n": [1]}}}}),
            false,
        ),
        // What does not exist does so in no element.
        (
            json!({"detail": {"items": {"k": ["b"], "sub": {"n": [{"exists": false}]}}}}),
            false,
        ),
        (
            json!({"detail": {"items": {"none": [{"exists": false}]}}}),
            true,
        ),
        (json!({"detail": {"odd": {"x": [1]}}}), true),
        (json!({"detail": {"odd": ["text"]}}), true),
        (json!({"detail": {"list": ["q"]}}), true),
        // Alternatives.
        (
            json!({"$or": [{"source": ["aws.y"]}, {"detail": {"state": ["running"]}}]}),
            true,
        ),
        (
            json!({"$or": [{"source": ["aws.y"]}, {"detail": {"state": ["stopped"]}}]}),
            false,
        ),
        (
            json!({"source": ["aws.x"], "detail": {"$or": [{"state": ["stopped"]}, {"list": ["p"], "limits": {"cpu": [4]}}]}}),
            true,
        ),
        (
            json!({"detail": {"$or": [{"a": [1]}, {"$or": [{"b": [1]}, {"state": ["running"]}]}]}}),
            true,
        ),
        (
            json!({"detail": {"$or": [{"state": ["running"]}, {"a": [1]}], "list": ["r"]}}),
            false,
        ),
        (
            json!({"detail": {"items": {"v": [2], "$or": [{"k": ["a"]}, {"k": ["c"]}]}}}),
            false,
        ),
    ] {
        let pattern = pattern(&candidate);
        assert_eq!(pattern.matches(&event), expected, "{candidate}");
        assert_eq!(
            pattern.mismatches(&event).is_empty(),
            expected,
            "{candidate}"
        );
    }
    for event in [json!(null), json!([{"a": 1}]), json!("a")] {
        assert!(!pattern(&json!({"a": [1]})).matches(&event));
    }
}

#[test]
fn what_is_no_pattern_is_refused_in_the_words_of_event_ruler() {
    for (text, message, line, column) in [
        ("", "Unexpected end-of-input", 1, 1),
        ("\"text\"", "Filter is not an object", 1, 2),
        ("[]", "Filter is not an object", 1, 2),
        ("{}", "Empty objects are not allowed", 1, 3),
        ("{\"a\": {}}", "Empty objects are not allowed", 1, 9),
        ("{\"a\": []}", "Empty arrays are not allowed", 1, 9),
        (
            "{\n \"source\": \"aws.ec2\"}",
            "\"source\" must be an object or an array",
            2,
            13,
        ),
        ("{\"a\": 5}", "\"a\" must be an object or an array", 1, 8),
        (
            "{\"a\": [[1]]}",
            "Match value must be String, number, true, false, or null",
            1,
            9,
        ),
        ("{\"a\": [{}]}", "Match expression name not found", 1, 9),
        (
            "{\"a\": [{\"regex\": \"x\"}]}",
            "Unrecognized match type regex",
            1,
            19,
        ),
        (
            "{\"a\": [{\"prefix\": 1}]}",
            "prefix match pattern must be a string",
            1,
            20,
        ),
        (
            "{\"a\": [{\"prefix\": \"1\", \"suffix\": \"2\"}]}",
            "Only one key allowed in match expression",
            1,
            35,
        ),
        (
            "{\"a\": [{\"prefix\": {\"x\": \"2\"}}]}",
            "Unsupported prefix pattern: x",
            1,
            26,
        ),
        (
            "{\"a\": [{\"suffix\": {}}]}",
            "Suffix expression name not found",
            1,
            20,
        ),
        (
            "{\"a\": [{\"wildcard\": \"a**b\"}]}",
            "Consecutive wildcard characters at pos 2",
            1,
            22,
        ),
        (
            "{\"a\": [{\"wildcard\": \"a\\\\b\"}]}",
            "Invalid escape character at pos 2",
            1,
            22,
        ),
        (
            "{\"a\": [{\"wildcard\": \"ab\\\\\"}]}",
            "Invalid escape character at pos 3",
            1,
            22,
        ),
        (
            "{\"a\": [{\"exists\": \"true\"}]}",
            "exists match pattern must be either true or false.",
            1,
            20,
        ),
        (
            "{\"a\": [{\"cidr\": \"10.0.0.0\"}]}",
            "Malformed CIDR, one '/' required",
            1,
            18,
        ),
        (
            "{\"a\": [{\"cidr\": \"10.0.0.0/x\"}]}",
            "Malformed CIDR, mask bits must be an integer",
            1,
            18,
        ),
        (
            "{\"a\": [{\"cidr\": \"10.0.0.0/-1\"}]}",
            "Malformed CIDR, mask bits must not be negative",
            1,
            18,
        ),
        (
            "{\"a\": [{\"cidr\": \"10.0.0.0/32\"}]}",
            "IPv4 mask bits must be < 32",
            1,
            18,
        ),
        (
            "{\"a\": [{\"cidr\": \"::/128\"}]}",
            "IPv6 mask bits must be < 128",
            1,
            18,
        ),
        (
            "{\"a\": [{\"cidr\": \"x/1\"}]}",
            "Nonstandard IP address: x",
            1,
            18,
        ),
        (
            "{\"a\": [{\"numeric\": \"=\"}]}",
            "Value of numeric must be an array.",
            1,
            21,
        ),
        (
            "{\"a\": [{\"numeric\": []}]}",
            "Invalid member in numeric match: ]",
            1,
            22,
        ),
        (
            "{\"a\": [{\"numeric\": [1]}]}",
            "Invalid member in numeric match: 1",
            1,
            22,
        ),
        (
            "{\"a\": [{\"numeric\": [\"!=\", 1]}]}",
            "Unrecognized numeric range operator: !=",
            1,
            28,
        ),
        (
            "{\"a\": [{\"numeric\": [\"=\", \"1\"]}]}",
            "Value of equals must be numeric",
            1,
            27,
        ),
        (
            "{\"a\": [{\"numeric\": [\">\"]}]}",
            "Value of > must be numeric",
            1,
            25,
        ),
        (
            "{\"a\": [{\"numeric\": [\"<\", 1, \">\", 0]}]}",
            "Too many elements in numeric expression",
            1,
            30,
        ),
        (
            "{\"a\": [{\"numeric\": [\">\", 1, \"=\", 2]}]}",
            "Bad numeric range operator: =",
            1,
            30,
        ),
        (
            "{\"a\": [{\"numeric\": [\">\", 1, 2]}]}",
            "Bad value in numeric range: 2",
            1,
            30,
        ),
        (
            "{\"a\": [{\"numeric\": [\">\", 5, \"<\", 5]}]}",
            "Bottom must be less than top",
            1,
            35,
        ),
        (
            "{\"a\": [{\"numeric\": [\">\", 5, \"<\", 6, 7]}]}",
            "Too many terms in numeric range expression",
            1,
            38,
        ),
        (
            "{\"a\": [{\"numeric\": [\">\", 6e9]}]}",
            "Value must be between -5.0E9 and 5.0E9, inclusive",
            1,
            29,
        ),
        (
            "{\"a\": [{\"numeric\": [\">\", 1e-7]}]}",
            "Only values upto 6 decimals are supported",
            1,
            30,
        ),
        (
            "{\"a\": [{\"anything-but\": []}]}",
            "Inside anything but list, either all values are number or string, mixed type is not supported",
            1,
            27,
        ),
        (
            "{\"a\": [{\"anything-but\": [1, \"1\"]}]}",
            "Inside anything but list, either all values are number or string, mixed type is not supported",
            1,
            33,
        ),
        (
            "{\"a\": [{\"anything-but\": [null]}]}",
            "Inside anything but list, start|null|boolean is not supported.",
            1,
            30,
        ),
        (
            "{\"a\": [{\"anything-but\": true}]}",
            "Value of anything-but must be an array or single string/number value.",
            1,
            29,
        ),
        (
            "{\"a\": [{\"anything-but\": {\"cidr\": \"x\"}}]}",
            "Unsupported anything-but pattern: cidr",
            1,
            35,
        ),
        (
            "{\"a\": [{\"anything-but\": {\"prefix\": \"\"}}]}",
            "Null prefix/suffix not allowed",
            1,
            37,
        ),
        (
            "{\"a\": [{\"anything-but\": {\"prefix\": [1]}}]}",
            "prefix/suffix match pattern must be a string",
            1,
            38,
        ),
        (
            "{\"$or\": {\"a\": [1]}}",
            "It must be an Array followed with $or.",
            1,
            10,
        ),
        (
            "{\"$or\": [1, 2]}",
            "Only JSON object is allowed in array of $or relationship.",
            1,
            11,
        ),
        (
            "{\"$or\": [{\"a\": [1]}]}",
            "There must have at least 2 Objects in $or relationship.",
            1,
            21,
        ),
        (
            "{\"$or\": [{\"prefix\": [1]}, {\"a\": [1]}]}",
            "prefix is Ruler reserved fieldName which cannot be used inside $or.",
            1,
            22,
        ),
        (
            "{\"a\": [1], \"a\": [2]}",
            "Path `a` cannot be allowed multiple times",
            1,
            20,
        ),
        (
            "{\"d\": {\"a\": [1]}, \"d\": {\"a\": [2]}}",
            "Path `d.a` cannot be allowed multiple times",
            1,
            33,
        ),
        (
            "{\"a\": [1], \"$or\": [{\"a\": [1]}, {\"b\": [1]}]}",
            "Path `a` cannot be allowed multiple times",
            1,
            29,
        ),
        ("{\"a\": [01]}", "Unrecognized token '01'", 1, 8),
        ("{\"a\": [yes]}", "Unrecognized token 'yes'", 1, 8),
        ("{\"a\" [1]}", "Unexpected character ('[' (code 91))", 1, 6),
        ("{\"a\": [1]", "Unexpected end-of-input", 1, 10),
        (
            "{\"a\": [1]} x",
            "Unexpected character ('x' (code 120))",
            1,
            12,
        ),
    ] {
        let error = Pattern::parse(text).expect_err(text);
        assert_eq!(
            (error.message.as_str(), error.line, error.column),
            (message, line, column),
            "{text}"
        );
        assert_eq!(
            error.to_string(),
            format!(
                "Event pattern is not valid. Reason: {message}\n at [Source: (String)\"{text}\"; line: {line}, column: {column}]"
            )
        );
    }
    let deep = format!("{}[1]{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    assert_eq!(
        Pattern::parse(&deep).unwrap_err().message,
        "More than 100 levels of nesting"
    );
    // Both alternatives may ask for one field.
    pattern(&json!({"$or": [{"a": [1]}, {"a": [2]}]}));
    pattern(&json!({"\u{1F600}": ["\"\\\n\u{e9}"]}));
}

#[test]
fn what_keeps_an_event_from_matching_is_told() {
    let pattern = pattern(&json!({
        "source": ["aws.x"],
        "detail": {"state": ["a", {"anything-but": {"prefix": "r"}}], "n": [{"numeric": [">", 1, "<=", 5]}], "items": {"k": ["c"], "v": [1]}},
        "$or": [{"account": ["1"]}, {"region": ["r"]}],
    }));
    let event = json!({"source": "aws.x", "detail": {"state": "running", "items": [{"k": "a", "v": 1}]}, "region": "s"});
    let told: Vec<String> = pattern
        .mismatches(&event)
        .iter()
        .map(Mismatch::to_string)
        .collect();
    assert_eq!(
        told,
        [
            r#"detail.state: the pattern asks for ["a", {"anything-but":[{"prefix":"r"}]}], the event has "running""#,
            r#"detail.n: the pattern asks for [{"numeric":[">",1,"<=",5]}], the event has no such field"#,
            r#"detail.items: the pattern asks for one element with all of its conditions, the event has [{"k":"a","v":1}]"#,
            "$or: the pattern asks for one of: account [\"1\"]; region [\"r\"], the event has \
             {\"source\":\"aws.x\",\"detail\":{\"state\":\"running\",\"items\":[{\"k\":\"a\",\"v\":1}]},\"region\":\"s\"}",
        ]
    );
}

#[test]
fn what_no_event_has_is_told() {
    for (candidate, expected) in [
        (
            json!({"source": ["aws.x"], "detail": {"a": [1]}, "resources": [{"exists": false}]}),
            vec![],
        ),
        (
            json!({"account": [123456789012i64]}),
            vec![
                "account is a text in every event: 123456789012 never matches, write \"123456789012\"",
            ],
        ),
        (
            json!({"detail": ["x"]}),
            vec!["detail is an object in every event: conditions belong to the fields in it"],
        ),
        (
            json!({"source": {"a": [1]}}),
            vec!["source is no object in any event"],
        ),
        (
            json!({"id": [{"exists": false}]}),
            vec!["id exists in every event"],
        ),
        (
            json!({"$or": [{"state": ["x"]}, {"source": ["x"]}], "more": [{"exists": false}]}),
            vec![
                "state: no event has this at its top; events have version, id, detail-type, source, account, time, region, resources, detail",
            ],
        ),
    ] {
        assert_eq!(pattern(&candidate).warnings(), expected, "{candidate}");
    }
}

#[test]
fn hostile_wildcards_take_no_time() {
    let stars = "a*".repeat(2_000);
    let pattern = pattern(&json!({"a": [{"wildcard": format!("{stars}b")}]}));
    let text = "a".repeat(1_000_000);
    let begin = std::time::Instant::now();
    assert!(!pattern.matches(&json!({"a": text})));
    assert!(pattern.matches(&json!({"a": text + "b"})));
    // Quadratic would be minutes.
    assert!(begin.elapsed().as_secs() < 5);
}

#[test]
fn a_set_finds_what_single_patterns_find() {
    let mut set = PatternSet::default();
    set.insert(
        "exact",
        pattern(&json!({"source": ["a", "b"], "detail": {"x": [1]}})),
    );
    set.insert(
        "any",
        pattern(&json!({"detail": {"x": [{"exists": true}]}})),
    );
    set.insert(
        "or",
        pattern(&json!({"$or": [{"source": ["a"]}, {"detail": {"tags": ["t"]}}]})),
    );
    let event = json!({"source": "a", "detail": {"x": [1], "tags": [["t"]]}});
    assert_eq!(set.matching(&event), [&"exact", &"any", &"or"]);
    assert_eq!(set.len(), 3);
    set.insert("exact", pattern(&json!({"source": ["c"]})));
    assert_eq!(set.matching(&event), [&"any", &"or"]);
    set.remove(&"or");
    set.remove(&"or");
    set.insert("late", pattern(&json!({"detail": {"tags": ["t"]}})));
    assert_eq!(set.matching(&event), [&"any", &"late"]);
    assert_eq!(set.matching(&json!({"source": "c"})), [&"exact"]);
    for key in ["exact", "any", "late"] {
        set.remove(&key);
    }
    assert!(set.is_empty() && set.matching(&event).is_empty());
}

/// Values of few kinds, so that patterns and events meet.
fn small_text() -> impl Strategy<Value = String> {
    "[ab]{0,2}"
}

fn matcher() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => small_text().prop_map(|text| json!(text)),
        1 => (0..3).prop_map(|number| json!(number)),
        1 => Just(json!(null)),
        1 => any::<bool>().prop_map(|exists| json!({"exists": exists})),
        1 => small_text().prop_map(|text| json!({"prefix": text})),
        1 => small_text().prop_map(|text| json!({"anything-but": text})),
        1 => small_text().prop_map(|text| json!({"wildcard": format!("*{text}")})),
    ]
}

fn fields() -> impl Strategy<Value = Value> {
    let leaf = proptest::collection::vec(matcher(), 1..3).prop_map(Value::Array);
    leaf.prop_recursive(3, 16, 3, |inner| {
        let object = proptest::collection::btree_map("[xyz]", inner, 1..3)
            .prop_map(|members| json!(members));
        prop_oneof![
            3 => object.clone(),
            1 => (object.clone(), object).prop_filter_map("objects", |(a, b)| {
                Some(json!({"$or": [a.as_object()?, b.as_object()?]}))
            }),
        ]
    })
    .prop_map(|value| {
        if value.is_object() {
            value
        } else {
            json!({"x": value})
        }
    })
}

fn event() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        small_text().prop_map(|text| json!(text)),
        (0..3).prop_map(|number| json!(number)),
        Just(json!(null)),
    ];
    leaf.prop_recursive(3, 24, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            proptest::collection::btree_map("[xyz]", inner, 0..3)
                .prop_map(|members| json!(members)),
        ]
    })
    .prop_map(|value| {
        if value.is_object() {
            value
        } else {
            json!({"x": value})
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_set_is_its_patterns(patterns in proptest::collection::vec(fields(), 1..20), events in proptest::collection::vec(event(), 1..10), removed in 0..20usize) {
        let patterns: Vec<Pattern> = patterns.iter().filter_map(|text| Pattern::parse(&text.to_string()).ok()).collect();
        let mut set = PatternSet::default();
        for (key, pattern) in patterns.iter().enumerate() {
            set.insert(key, pattern.clone());
        }
        set.remove(&removed);
        for event in &events {
            let expected: Vec<usize> = (0..patterns.len()).filter(|key| *key != removed && patterns[*key].matches(event)).collect();
            let mut found: Vec<usize> = set.matching(event).into_iter().copied().collect();
            found.sort_unstable();
            prop_assert_eq!(found, expected);
            for pattern in &patterns {
                prop_assert_eq!(pattern.mismatches(event).is_empty(), pattern.matches(event));
            }
        }
    }

    /// A wildcard is what a search of all ways says.
    #[test]
    fn wildcards_are_what_they_say(parts in proptest::collection::vec("[ab]{0,2}", 1..4), text in "[ab]{0,8}") {
        fn naive(pattern: &[u8], text: &[u8]) -> bool {
            match pattern.split_first() {
                None => text.is_empty(),
                Some((b'*', rest)) => (0..=text.len()).any(|taken| naive(rest, &text[taken..])),
                Some((byte, rest)) => text.first() == Some(byte) && naive(rest, &text[1..]),
            }
        }
        let wildcard = parts.join("*").replace("**", "*");
        if !wildcard.contains("**") {
            prop_assert_eq!(leaf_matches(&json!([{"wildcard": wildcard}]), &json!(text)), naive(wildcard.as_bytes(), text.as_bytes()));
        }
    }

    #[test]
    fn no_text_breaks_it(text in "[\\[\\]{}\":,0-9a-z$*\\\\ .-]{0,60}") {
        let _ = Pattern::parse(&text);
    }

    #[test]
    fn numbers_are_compared_exactly(value in -5_000_000_000_000_000i64..=5_000_000_000_000_000) {
        let text = format!("{}{}.{:06}", if value < 0 { "-" } else { "" }, (value / 1_000_000).abs(), (value % 1_000_000).abs());
        prop_assert_eq!(matcher::text_micros(&text), Ok(value));
        prop_assert_eq!(matcher::text_micros(&format!("{value}e-6")), Ok(value));
    }
}
