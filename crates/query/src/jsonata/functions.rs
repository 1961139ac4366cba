//! The functions that AWS adds to JSONata.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use jlens_core::{Bindings, Error, HostCall, HostFunction};
use serde_json::Value;

use super::analysis::Analysis;
use crate::Evaluation;
use crate::digest::hex_digest;
use crate::random::{JavaRandom, mix, uuid};

/// Their names, without the `$`.
pub(super) const OWN_FUNCTIONS: [&str; 6] =
    ["partition", "range", "hash", "random", "uuid", "parse"];

/// Longest result of `$range`, in items: AWS's own bound.
const MAX_RANGE_ITEMS: i128 = 360_145;

type Arguments<'a> = &'a [Option<Value>];
type FunctionResult = Result<Option<Value>, Error>;

/// The bindings that every evaluation starts with.
pub(super) fn bindings(analysis: &Analysis, evaluation: &Evaluation<'_>) -> Bindings {
    static PURE: OnceLock<Bindings> = OnceLock::new();
    let mut bindings = PURE.get_or_init(pure).clone();
    if analysis.is_random {
        let random_calls = AtomicU64::new(0);
        let uuid_calls = AtomicU64::new(0);
        let (random_seed, uuid_seed) = (evaluation.derived(0).seed, evaluation.derived(1).seed);
        bindings = bind(bindings, "random", "<n?:n>", move |arguments, _| {
            let seed = match arguments.first() {
                Some(Some(Value::Number(seed))) => integer(seed.as_f64()),
                _ => mix(random_seed.wrapping_add(random_calls.fetch_add(1, Ordering::Relaxed)))
                    as i64,
            };
            Ok(Some(JavaRandom::new(seed).next_double().into()))
        });
        bindings = bind(bindings, "uuid", "<:s>", move |_, _| {
            let call = uuid_calls.fetch_add(1, Ordering::Relaxed);
            Ok(Some(uuid(uuid_seed.wrapping_add(call)).into()))
        });
    }
    bindings
}

/// Everything that needs no seed. `$eval` is bound to null: calling it fails with T1006, as on AWS.
fn pure() -> Bindings {
    let bindings = Bindings::new().var("eval", Value::Null);
    let bindings = bind(bindings, "partition", "<an:a>", |arguments, _| {
        partition(arguments)
    });
    let bindings = bind(bindings, "range", "<nnn?:a>", |arguments, _| {
        range(arguments)
    });
    let bindings = bind(bindings, "hash", "<ss?:s>", |arguments, _| hash(arguments));
    bind(bindings, "parse", "<s-:x>", |arguments, _| parse(arguments))
}

fn bind<F>(bindings: Bindings, name: &str, signature: &str, function: F) -> Bindings
where
    F: Fn(Arguments<'_>, &HostCall<'_>) -> FunctionResult + Send + Sync + 'static,
{
    match HostFunction::with_signature(signature, function) {
        Ok(function) => bindings.function(name, function.without_input()),
        // The signatures above are valid: a test calls every function.
        Err(_) => bindings,
    }
}

/// A failure that has no code of JSONata.
fn failure(message: impl Into<String>) -> Error {
    Error::new("").with("message", message.into())
}

/// Fractions are cut off, towards zero; the cast also bounds what no 64-bit integer can hold.
fn integer(number: Option<f64>) -> i64 {
    number.unwrap_or(0.0) as i64
}

fn number(arguments: Arguments<'_>, i: usize) -> Option<i64> {
    let number = arguments.get(i)?.as_ref()?;
    Some(number.as_i64().unwrap_or_else(|| integer(number.as_f64())))
}

fn text(arguments: Arguments<'_>, i: usize) -> Option<&str> {
    arguments.get(i)?.as_ref()?.as_str()
}

/// `$partition(array, size)`: undefined for an empty array and for a size of 0.
fn partition(arguments: Arguments<'_>) -> FunctionResult {
    let (Some(Some(Value::Array(items))), Some(size)) = (arguments.first(), number(arguments, 1))
    else {
        return Ok(None);
    };
    let size = usize::try_from(size)
        .map_err(|_| failure("The chunk size of $partition must not be negative"))?;
    if size == 0 || items.is_empty() {
        return Ok(None);
    }
    Ok(Some(
        items
            .chunks(size)
            .map(|chunk| Value::Array(chunk.to_vec()))
            .collect(),
    ))
}

/// `$range(first, last, step)`: undefined without a step and where the step leads away; one number is no array.
fn range(arguments: Arguments<'_>) -> FunctionResult {
    let numbers = [0, 1, 2].map(|i| number(arguments, i).map(i128::from));
    let [Some(first), Some(last), Some(step)] = numbers else {
        return Ok(None);
    };
    if step == 0 || (last - first).signum() * step.signum() < 0 {
        return Ok(None);
    }
    let count = (last - first) / step + 1;
    if count > MAX_RANGE_ITEMS {
        return Err(Error::new("U1001"));
    }
    if count == 1 {
        return Ok(Some((first as i64).into()));
    }
    // Between two 64-bit integers there are 64-bit integers only.
    Ok(Some(
        (0..count).map(|i| (first + i * step) as i64).collect(),
    ))
}

/// `$hash(text, algorithm)`: undefined without an algorithm.
fn hash(arguments: Arguments<'_>) -> FunctionResult {
    let (Some(data), Some(algorithm)) = (text(arguments, 0), text(arguments, 1)) else {
        return Ok(None);
    };
    let digest = hex_digest(data.as_bytes(), algorithm);
    let digest = digest
        .ok_or_else(|| failure(format!("The hash algorithm '{algorithm}' is not supported")))?;
    Ok(Some(digest.into()))
}

/// `$parse(text)`: the JSON value that the text holds.
fn parse(arguments: Arguments<'_>) -> FunctionResult {
    let Some(json) = text(arguments, 0) else {
        return Ok(None);
    };
    let value = serde_json::from_str(json);
    value
        .map(Some)
        .map_err(|error| failure(format!("The argument of $parse is not JSON: {error}")))
}
