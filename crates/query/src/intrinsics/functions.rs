//! What each function does, and its limits on AWS.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{IntrinsicError, format};
use crate::Evaluation;
use crate::digest::hex_digest;
use crate::distinct::distinct;
use crate::payload::{MAX_NESTING, nesting_exceeds};
use crate::random::{JavaRandom, mix, uuid};

/// Longest text that can be encoded, decoded or hashed, in characters.
const MAX_TEXT_CHARACTERS: usize = 10_000;
/// Longest array that `States.ArrayRange` makes.
const MAX_RANGE_ITEMS: i128 = 1_000;

/// An intrinsic function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// `States.Array(values…)`
    Array,
    /// `States.ArrayPartition(array, size)`
    ArrayPartition,
    /// `States.ArrayContains(array, value)`
    ArrayContains,
    /// `States.ArrayRange(first, last, step)`
    ArrayRange,
    /// `States.ArrayGetItem(array, index)`
    ArrayGetItem,
    /// `States.ArrayLength(array)`
    ArrayLength,
    /// `States.ArrayUnique(array)`
    ArrayUnique,
    /// `States.Base64Encode(text)`
    Base64Encode,
    /// `States.Base64Decode(text)`
    Base64Decode,
    /// `States.Hash(text, algorithm)`
    Hash,
    /// `States.JsonMerge(object, object, false)`
    JsonMerge,
    /// `States.StringToJson(text)`
    StringToJson,
    /// `States.JsonToString(value)`
    JsonToString,
    /// `States.MathRandom(start, end, seed?)`
    MathRandom,
    /// `States.MathAdd(number, number)`
    MathAdd,
    /// `States.StringSplit(text, delimiters)`
    StringSplit,
    /// `States.UUID()`
    Uuid,
    /// `States.Format(template, values…)`
    Format,
}

impl Function {
    /// All functions.
    pub const ALL: [Function; 18] = [
        Function::Array,
        Function::ArrayPartition,
        Function::ArrayContains,
        Function::ArrayRange,
        Function::ArrayGetItem,
        Function::ArrayLength,
        Function::ArrayUnique,
        Function::Base64Encode,
        Function::Base64Decode,
        Function::Hash,
        Function::JsonMerge,
        Function::StringToJson,
        Function::JsonToString,
        Function::MathRandom,
        Function::MathAdd,
        Function::StringSplit,
        Function::Uuid,
        Function::Format,
    ];

    /// The function of that name, `States.` included.
    pub fn named(name: &str) -> Option<Function> {
        Self::ALL
            .into_iter()
            .find(|function| function.name() == name)
    }

    /// The name, `States.` included.
    pub fn name(self) -> &'static str {
        match self {
            Function::Array => "States.Array",
            Function::ArrayPartition => "States.ArrayPartition",
            Function::ArrayContains => "States.ArrayContains",
            Function::ArrayRange => "States.ArrayRange",
            Function::ArrayGetItem => "States.ArrayGetItem",
            Function::ArrayLength => "States.ArrayLength",
            Function::ArrayUnique => "States.ArrayUnique",
            Function::Base64Encode => "States.Base64Encode",
            Function::Base64Decode => "States.Base64Decode",
            Function::Hash => "States.Hash",
            Function::JsonMerge => "States.JsonMerge",
            Function::StringToJson => "States.StringToJson",
            Function::JsonToString => "States.JsonToString",
            Function::MathRandom => "States.MathRandom",
            Function::MathAdd => "States.MathAdd",
            Function::StringSplit => "States.StringSplit",
            Function::Uuid => "States.UUID",
            Function::Format => "States.Format",
        }
    }

    /// The least and the most arguments that it takes.
    pub fn arity(self) -> (usize, usize) {
        match self {
            Function::Array => (0, usize::MAX),
            Function::Format => (1, usize::MAX),
            Function::Uuid => (0, 0),
            Function::ArrayLength
            | Function::ArrayUnique
            | Function::Base64Encode
            | Function::Base64Decode
            | Function::StringToJson
            | Function::JsonToString => (1, 1),
            Function::ArrayPartition
            | Function::ArrayContains
            | Function::ArrayGetItem
            | Function::Hash
            | Function::MathAdd
            | Function::StringSplit => (2, 2),
            Function::ArrayRange | Function::JsonMerge => (3, 3),
            Function::MathRandom => (2, 3),
        }
    }
}

/// The arguments of one call, with checks that name the argument that is wrong.
struct Arguments<'v> {
    function: Function,
    values: Vec<Cow<'v, Value>>,
}

impl<'v> Arguments<'v> {
    fn error(&self, message: impl Into<String>) -> IntrinsicError {
        IntrinsicError::InvalidArgument {
            function: self.function.name(),
            message: message.into(),
        }
    }

    fn wrong(&self, i: usize, wanted: &str) -> IntrinsicError {
        self.error(format!("argument {} must be {wanted}", i + 1))
    }

    fn get(&self, i: usize) -> &Value {
        self.values.get(i).map_or(&Value::Null, |value| value)
    }

    fn take(&mut self, i: usize) -> Value {
        self.values
            .get_mut(i)
            .map(|value| std::mem::take(value).into_owned())
            .unwrap_or_default()
    }

    fn take_array(&mut self, i: usize) -> Result<Vec<Value>, IntrinsicError> {
        match self.take(i) {
            Value::Array(items) => Ok(items),
            _ => Err(self.wrong(i, "an array")),
        }
    }

    fn array(&self, i: usize) -> Result<&[Value], IntrinsicError> {
        self.get(i)
            .as_array()
            .map(Vec::as_slice)
            .ok_or_else(|| self.wrong(i, "an array"))
    }

    fn text(&self, i: usize) -> Result<&str, IntrinsicError> {
        self.get(i)
            .as_str()
            .ok_or_else(|| self.wrong(i, "a string"))
    }

    fn limited_text(&self, i: usize) -> Result<&str, IntrinsicError> {
        let text = self.text(i)?;
        // Counting is only needed where bytes could exceed the limit.
        if text.len() > MAX_TEXT_CHARACTERS && text.encode_utf16().count() > MAX_TEXT_CHARACTERS {
            return Err(self.wrong(i, &format!("at most {MAX_TEXT_CHARACTERS} characters long")));
        }
        Ok(text)
    }

    /// An integer; a fraction is rounded to the nearest one, halves up.
    fn integer(&self, i: usize) -> Result<i64, IntrinsicError> {
        let wrong = || self.wrong(i, "a number");
        let Value::Number(number) = self.get(i) else {
            return Err(wrong());
        };
        if let Some(integer) = number.as_i64() {
            return Ok(integer);
        }
        let rounded = (number.as_f64().ok_or_else(wrong)? + 0.5).floor();
        // The upper bound itself, 2^63, is no i64.
        if (i64::MIN as f64..i64::MAX as f64).contains(&rounded) {
            Ok(rounded as i64)
        } else {
            Err(self.wrong(i, "a 64-bit integer"))
        }
    }
}

pub(super) fn apply(
    function: Function,
    values: Vec<Cow<'_, Value>>,
    evaluation: &Evaluation<'_>,
) -> Result<Value, IntrinsicError> {
    let mut arguments = Arguments { function, values };
    match function {
        Function::Array => Ok(arguments.values.into_iter().map(Cow::into_owned).collect()),
        Function::ArrayPartition => array_partition(&mut arguments),
        Function::ArrayContains => Ok(arguments.array(0)?.contains(arguments.get(1)).into()),
        Function::ArrayRange => array_range(&arguments),
        Function::ArrayGetItem => array_get_item(&arguments),
        Function::ArrayLength => Ok(arguments.array(0)?.len().into()),
        Function::ArrayUnique => Ok(distinct(arguments.take_array(0)?).into()),
        Function::Base64Encode => Ok(STANDARD.encode(arguments.limited_text(0)?).into()),
        Function::Base64Decode => base64_decode(&arguments),
        Function::Hash => {
            let data = arguments.limited_text(0)?;
            let algorithm = arguments.text(1)?;
            let digest = hex_digest(data.as_bytes(), algorithm);
            digest
                .map(Value::String)
                .ok_or_else(|| arguments.wrong(1, "MD5, SHA-1, SHA-256, SHA-384 or SHA-512"))
        }
        Function::JsonMerge => json_merge(&mut arguments),
        Function::StringToJson => string_to_json(&arguments),
        Function::JsonToString => Ok(arguments.get(0).to_string().into()),
        Function::MathRandom => math_random(&arguments, evaluation),
        Function::MathAdd => math_add(&arguments),
        Function::StringSplit => {
            let delimiters: Vec<char> = arguments.text(1)?.chars().collect();
            let parts = arguments.text(0)?.split(delimiters.as_slice());
            Ok(parts.filter(|part| !part.is_empty()).collect())
        }
        Function::Uuid => Ok(uuid(evaluation.seed).into()),
        Function::Format => {
            let values = arguments.values.iter().skip(1).map(|value| &**value);
            format::fill(arguments.text(0)?, values)
                .map(Value::String)
                .map_err(|message| arguments.error(message))
        }
    }
}

fn array_partition(arguments: &mut Arguments<'_>) -> Result<Value, IntrinsicError> {
    let size = arguments.integer(1)?;
    let size = usize::try_from(size).ok().filter(|size| *size > 0);
    let size = size.ok_or_else(|| arguments.wrong(1, "a positive integer"))?;
    let mut items = arguments.take_array(0)?.into_iter();
    let mut partitions = Vec::new();
    loop {
        let partition: Vec<Value> = items.by_ref().take(size).collect();
        if partition.is_empty() {
            return Ok(Value::Array(partitions));
        }
        partitions.push(Value::Array(partition));
    }
}

fn array_range(arguments: &Arguments<'_>) -> Result<Value, IntrinsicError> {
    let [first, last, step] = [0, 1, 2].map(|i| arguments.integer(i));
    let (first, last, step) = (i128::from(first?), i128::from(last?), i128::from(step?));
    if step == 0 {
        return Err(arguments.wrong(2, "other than 0"));
    }
    let count = (last - first) / step + 1;
    if (last - first).signum() * step.signum() < 0 {
        return Ok(Value::Array(Vec::new()));
    }
    if count > MAX_RANGE_ITEMS {
        return Err(arguments.error(format!("the result has more than {MAX_RANGE_ITEMS} items")));
    }
    // Between two 64-bit integers there are 64-bit integers only.
    Ok((0..count).map(|i| (first + i * step) as i64).collect())
}

fn array_get_item(arguments: &Arguments<'_>) -> Result<Value, IntrinsicError> {
    let items = arguments.array(0)?;
    let index = arguments.integer(1)?;
    let item = usize::try_from(index)
        .ok()
        .and_then(|index| items.get(index));
    item.cloned()
        .ok_or_else(|| arguments.wrong(1, &format!("an index of the array, not {index}")))
}

fn base64_decode(arguments: &Arguments<'_>) -> Result<Value, IntrinsicError> {
    let bytes = STANDARD.decode(arguments.limited_text(0)?);
    let bytes = bytes.map_err(|_| arguments.wrong(0, "a Base64 encoded string"))?;
    // As Java decodes: what is no UTF-8 becomes U+FFFD.
    Ok(String::from_utf8_lossy(&bytes).into())
}

fn json_merge(arguments: &mut Arguments<'_>) -> Result<Value, IntrinsicError> {
    if arguments.get(2) != &Value::Bool(false) {
        return Err(arguments.wrong(2, "false: only shallow merging is supported"));
    }
    match (arguments.take(0), arguments.take(1)) {
        (Value::Object(mut merged), Value::Object(second)) => {
            merged.extend(second);
            Ok(Value::Object(merged))
        }
        (Value::Object(_), _) => Err(arguments.wrong(1, "an object")),
        _ => Err(arguments.wrong(0, "an object")),
    }
}

fn string_to_json(arguments: &Arguments<'_>) -> Result<Value, IntrinsicError> {
    let value: Result<Value, _> = serde_json::from_str(arguments.text(0)?);
    let value = value.map_err(|error| arguments.wrong(0, &format!("JSON: {error}")))?;
    if nesting_exceeds(&value, MAX_NESTING) {
        return Err(arguments.wrong(0, &format!("JSON of at most {MAX_NESTING} levels")));
    }
    Ok(value)
}

/// From `start` up to, but not including, `end`.
fn math_random(
    arguments: &Arguments<'_>,
    evaluation: &Evaluation<'_>,
) -> Result<Value, IntrinsicError> {
    let (start, end) = (arguments.integer(0)?, arguments.integer(1)?);
    let bound = u64::try_from(i128::from(end) - i128::from(start))
        .ok()
        .filter(|bound| *bound > 0);
    let bound = bound.ok_or_else(|| arguments.wrong(1, "greater than argument 1"))?;
    let seed = match arguments.values.len() {
        3 => arguments.integer(2)?,
        _ => mix(evaluation.seed) as i64,
    };
    Ok(start
        .wrapping_add_unsigned(JavaRandom::new(seed).next_below(bound))
        .into())
}

/// Each number is rounded before they are added, as AWS does: 1.5 + 1.51 is 4.
fn math_add(arguments: &Arguments<'_>) -> Result<Value, IntrinsicError> {
    let (a, b) = (arguments.integer(0)?, arguments.integer(1)?);
    for (i, number) in [a, b].into_iter().enumerate() {
        if i32::try_from(number).is_err() {
            return Err(arguments.wrong(i, "between -2147483648 and 2147483647"));
        }
    }
    Ok((a + b).into())
}
