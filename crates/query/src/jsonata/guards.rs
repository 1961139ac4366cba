//! Built-in functions of the engine that one call can keep busy for minutes, or make fill the memory, where neither its
//! limits nor a [`CancelFlag`](crate::CancelFlag) reach: `$distinct` and `$keys` compare each item with all before it, and
//! `$replace` looks at the size of its result only when it is done.
//!
//! Expressions that mention them run with functions of the same names around them, which do the work of large arguments
//! here, in linear time, and refuse what would grow too large. Small arguments go to the built-in, and so does what has
//! one result: only the engine knows whether that is a sequence.

use std::sync::atomic::{AtomicUsize, Ordering};

use jlens_core::{Bindings, Error, HostFunction};
use serde_json::Value;

use crate::QueryLimits;
use crate::distinct::distinct;

/// A built-in function and what stands in its place.
struct Guard {
    /// The built-ins that the definition uses, its own first.
    names: &'static [&'static str],
    definition: &'static str,
}

/// The definitions keep what they use of the built-ins under names of their own: the expression may bind others to those.
/// No built-in is called as the last thing of a function, as [`Meter`](super::meter::Meter) asks for. A comparison with
/// itself tells whether there is an item 1000.
const GUARDS: [Guard; 3] = [
    Guard {
        names: &["distinct"],
        definition: "($native := $distinct; function($a)<x:x> { \
            $a[1000] = $a[1000] ? $stepwright_distinct($a) ?? ($native($a) ?? ()) : ($native($a) ?? ()) })",
    },
    Guard {
        names: &["keys", "spread"],
        definition: "($native := $keys; $fields := $spread; function($o)<x-:a<s>> {( \
            $f := $fields($o); \
            $f[1000] = $f[1000] ? $stepwright_keys($f) ?? ($native($o) ?? ()) : ($native($o) ?? ()) )})",
    },
    Guard {
        names: &["replace", "match", "count"],
        definition: "($native := $replace; $matches := $match; $number := $count; \
            function($s, $p, $r, $l)<s-(sf)(sf)n?:s> {( \
            $way := $stepwright_replace($s, $p, $r, $l); \
            $way = 'count' ? $stepwright_replace($s, $p, $r, $number($matches($s, $p, $l)), true) : (); \
            $way = 'function' \
                ? ($native($s, $p, function($m) { ($stepwright_made($r($m)) ?? ()) }, $l) ?? ()) \
                : ($native($s, $p, $r, $l) ?? ()) )})",
    },
];

/// The guards that an expression needs.
pub(super) struct Guarded {
    /// The expression with the definitions before it.
    pub engine: jlens_core::Expression,
    /// How much text stands before the expression, in UTF-16 code units.
    pub prefix_units: usize,
    /// The built-ins that the definitions use. They cannot be had where a variable of the machine has such a name.
    pub names: Vec<&'static str>,
}

/// The same expression with guards; `None` when it needs none.
pub(super) fn guarded(text: &str) -> Option<Guarded> {
    let mut prefix = String::from("(");
    let mut names = Vec::new();
    for guard in &GUARDS {
        let name = guard.names.first()?;
        if text.contains(&format!("${name}")) {
            prefix.push_str(&format!("${name} := {}; ", guard.definition));
            names.extend(guard.names);
        }
    }
    if names.is_empty() {
        return None;
    }
    Some(Guarded {
        engine: jlens_core::Expression::compile(&format!("{prefix}{text})")).ok()?,
        prefix_units: prefix.encode_utf16().count(),
        names,
    })
}

/// Adds the functions that the definitions call.
pub(super) fn bind(bindings: Bindings, limits: &QueryLimits) -> Bindings {
    let (max_made, max_text) = (limits.max_allocated_bytes, limits.max_result_bytes);
    let distinct_items = HostFunction::new(1, |arguments, _| match arguments.first() {
        Some(Some(Value::Array(items))) => Ok(several(distinct(items.clone()))),
        _ => Ok(None),
    });
    let distinct_keys = HostFunction::new(1, |arguments, _| match arguments.first() {
        Some(Some(Value::Array(fields))) => Ok(several(keys(fields))),
        _ => Ok(None),
    });
    let replace = HostFunction::new(5, move |arguments, _| {
        replacement_way(arguments, max_text).map(|way| Some(way.into()))
    });
    let made_bytes = AtomicUsize::new(0);
    let made = HostFunction::new(1, move |arguments, _| {
        let made = arguments.first().cloned().flatten();
        let bytes = made.as_ref().and_then(Value::as_str).map_or(0, str::len);
        match made_bytes.fetch_add(bytes, Ordering::Relaxed) < max_made {
            true => Ok(made),
            false => Err(Error::new("U1001")),
        }
    });
    bindings
        .function("stepwright_distinct", distinct_items.without_input())
        .function("stepwright_keys", distinct_keys.without_input())
        .function("stepwright_replace", replace.without_input())
        .function("stepwright_made", made.without_input())
}

/// More than one item.
fn several(items: Vec<Value>) -> Option<Value> {
    (items.len() > 1).then_some(Value::Array(items))
}

/// The names of objects that have one field each, as `$spread` makes them; what it could not spread has none.
fn keys(fields: &[Value]) -> Vec<Value> {
    let names = fields.iter().filter_map(Value::as_object);
    distinct(
        names
            .flat_map(|field| field.keys().cloned().map(Value::String))
            .collect(),
    )
}

/// How `$replace(text, pattern, replacement, limit)` is done: `native`, `function` (by a function, whose texts have to be
/// counted) or `count` (the matches of a regular expression have to be counted first). With a fifth argument the fourth is
/// their number. Fails when the result would be too large.
fn replacement_way(arguments: &[Option<Value>], max_text: usize) -> Result<&'static str, Error> {
    let argument = |i: usize| arguments.get(i).and_then(Option::as_ref);
    let text = |i: usize| argument(i).and_then(Value::as_str);
    let is_counted = argument(4).is_some();
    let Some(subject) = text(0) else {
        return Ok("native");
    };
    let Some(replacement) = text(2) else {
        return Ok(match text(1) {
            Some(_) => "native",
            None => "function",
        });
    };
    let limit = argument(3).and_then(Value::as_f64);
    // Saturates: no limit and negative ones are as good as any.
    let limit = limit.map_or(usize::MAX, |limit| limit.ceil() as usize);
    let (matches, references) = match text(1) {
        Some("") => return Ok("native"),
        Some(pattern) => (subject.matches(pattern).count(), 0),
        // `$0` and the like stand for parts of the text.
        None => (subject.len() + 1, replacement.matches('$').count()),
    };
    let bytes = matches
        .min(limit)
        .saturating_mul(replacement.len())
        .saturating_add(subject.len().saturating_mul(1 + references));
    // The bytes are an upper bound, and the engine looks at the result itself.
    match (bytes <= max_text.saturating_mul(4), text(1)) {
        (true, _) => Ok("native"),
        (false, None) if !is_counted => Ok("count"),
        (false, _) => Err(Error::new("U1001")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Expression, JsonataErrorKind};
    use super::*;
    use crate::Evaluation;
    use crate::test_data::{Data, evaluation};

    fn run(text: &str) -> Result<Option<Value>, String> {
        let expression = Expression::parse(text).unwrap();
        assert!(expression.0.guarded.is_some(), "{text}");
        let result = evaluation(|evaluation| expression.eval(&Data::new(json!({})), evaluation));
        result.map_err(|error| error.code.unwrap_or_default())
    }

    fn native(text: &str) -> Result<Option<Value>, String> {
        let engine = jlens_core::Expression::compile(text).unwrap();
        let result = engine.evaluate(None, &Bindings::new());
        result.map_err(|error| error.code().to_owned())
    }

    #[test]
    fn guarded_functions_mean_the_same() {
        let large = "$map([1..1500], function($i) { ";
        for text in [
            "$distinct([1, 2, 1, '1', true, null, null, [1], [1], {'a': 1, 'b': 2}, {'b': 2, 'a': 1}])",
            "$distinct([3, 3])",
            "$distinct([{'a': 3}, {'a': 3}].a)",
            "$distinct([])",
            "$distinct(())",
            "$distinct(5)",
            "$distinct()",
            "$distinct(1, 2)",
            "$map([[1, 1], [2, 2]], $distinct)",
            "[1, 1, 2] ~> $distinct",
            "[1, 1, 2] ~> $distinct ~> $count",
            "($d := $distinct(?); $d([1, 1]))",
            "($count := 1; $exists := 2; $native := 3; $distinct([1, 1, $native]))",
            "($distinct := function($x) { 'mine' }; $distinct([1]))",
            &format!("$distinct({large}$i % 7 }}))"),
            &format!("$distinct({large}1 }}))"),
            &format!("$distinct([{large}1 }})])"),
            &format!("$distinct({large}0 * ($i - 700) }}))"),
            &format!("$distinct({large}{{'a': $i % 5, 'b': [$i % 3 = 0, null, 'x', 1.5]}} }}))"),
            &format!("$distinct({large}$i % 2 ? [] : [$i % 4] }}))"),
            &format!("$distinct($distinct({large}$i }}))[[0..4]])"),
            "$keys({'a': 1, 'b': 2})",
            "$keys({'a': 1})",
            "$keys([{'a': 1}, {'b': 2}, {'a': 3}])",
            "$keys([])",
            "$keys(())",
            "$keys('x')",
            "$keys(1, 2)",
            "{'a': 1, 'b': 2}.$keys()",
            "($spread := 1; $keys({'a': 1}))",
            &format!("$keys($merge({large}{{$string($i): $i}} }})))"),
            &format!("$keys({large}{{'same': $i}} }}))"),
            &format!("$keys({large}{{'one': $i, 'two': [{{'x': 1}}]}} }}))"),
            &format!("$keys({large}$i % 2 ? 'text' : {{$string($i % 5): $i}} }}))"),
            "$replace('abcb', 'b', 'x')",
            "$replace('abcb', 'b', 'x', 1)",
            "$replace('abcb', 'b', 'x', 0)",
            "$replace('abcb', 'b', 'x', -1)",
            "$replace('abcb', '', 'x')",
            "$replace('abcb', 'b')",
            "$replace('abcb')",
            "$replace((), 'b', 'x')",
            "$replace(1, 'b', 'x')",
            "'abcb'.$replace('b', 'x')",
            "'abcb' ~> $replace('b', 'x')",
            "$map(['ab', 'b'], $replace(?, 'b', 'x'))",
            "$replace('abcb', /b/, '$0$0')",
            "$replace('abcb', /(b)/, '<$1>', 1)",
            "$replace('abcb', /b/, function($m) { $m.match & $m.start })",
            "$replace('abcb', /b/, function($m) { 1 })",
            "$replace('abcb', /b/, function($m) { $nothing })",
            "$replace('abcb', /z/, function($m) { 1 })",
            "$replace('abcb', 'b', function($m) { 'x' })",
            "$replace('abcb', function($s) { {'start': 1, 'end': 2, 'match': 'b', 'groups': []} }, 'x', 1)",
        ] {
            assert_eq!(run(text), native(text), "{text}");
        }
        // Matches that have to be counted.
        let counted = run("$length($replace($pad('x', 100000), /x/, $pad('y', 1000)))");
        assert_eq!(counted, Ok(Some(json!(100_999))));
    }

    #[test]
    fn a_variable_may_be_named_like_a_guarded_function() {
        let expression = Expression::parse("$distinct & $count($distinct([1, 1]))").unwrap();
        let data = Data::new(json!({})).with("distinct", json!("mine"));
        let error = evaluation(|evaluation| expression.eval(&data, evaluation)).unwrap_err();
        assert_eq!(error.code.as_deref(), Some("T1006"));
        let expression = Expression::parse("$distinct").unwrap();
        let value = evaluation(|evaluation| expression.eval_by_engine(&data, evaluation));
        assert_eq!(value, Ok(Some(json!("mine"))));
    }

    /// Quadratic work would take minutes here.
    #[test]
    fn large_arguments_take_linear_time() {
        assert_eq!(
            run("$count($distinct([1..200000]))"),
            Ok(Some(json!(200_000)))
        );
        assert_eq!(
            run("$count($keys($merge([1..50000].{$string($): 1})))"),
            Ok(Some(json!(50_000)))
        );
    }

    #[test]
    fn what_replace_makes_has_limits() {
        let limits = QueryLimits {
            max_result_bytes: 100_000,
            max_allocated_bytes: 10_000_000,
            ..QueryLimits::default()
        };
        for text in [
            "$replace($pad('x', 90000, 'x'), 'x', $pad('y', 90000))",
            "$replace($pad('x', 1000, 'x'), /x/, $pad('y', 90000))",
            "$replace($pad('x', 90000, 'x'), /x+/, $pad('$', 90000, '$0'))",
            "($y := $pad('y', 90000); $replace($pad('x', 1000, 'x'), /x/, function() { $y }))",
        ] {
            let expression = Expression::parse(text).unwrap();
            let data = Data::new(json!({}));
            let limited = |evaluation: &Evaluation<'_>| {
                let evaluation = Evaluation {
                    limits: &limits,
                    ..*evaluation
                };
                expression.eval(&data, &evaluation).unwrap_err()
            };
            let error = evaluation(limited);
            assert_eq!(error.kind, JsonataErrorKind::Limit, "{text}: {error}");
        }
    }

    #[test]
    fn places_are_those_in_the_expression_as_written() {
        let expression = Expression::parse("$count($distinct([1])) + 'é' + 'a'").unwrap();
        let data = Data::new(json!({}));
        let error = evaluation(|evaluation| expression.eval(&data, evaluation)).unwrap_err();
        let native = jlens_core::Expression::compile(expression.text()).unwrap();
        let native = native.evaluate(None, &Bindings::new()).unwrap_err();
        assert_eq!(error.position, native.position());
        assert!(error.position.is_some());
    }
}
