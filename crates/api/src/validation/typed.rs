//! A body read as the model's types. What the model does not know is skipped without being kept, so that a body costs no more
//! memory than what is asked for.

use std::cell::RefCell;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{Kind, Model, Shape};
use crate::Error;

/// The model bounds some lists at 2, and no request needs more than this.
const MAX_ITEMS: usize = 10_000;

/// Reads a value of a shape. Members that are `null` are as absent; of equal ones the last counts.
///
/// # Errors
/// `SerializationException`, in the words of AWS's reader where a type is wrong.
pub(super) fn read(model: &'static Model, shape: &str, body: &[u8]) -> Result<Value, Error> {
    if body.trim_ascii().is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let mismatch = RefCell::new(None);
    let typed = Typed {
        model,
        name: shape,
        mismatch: &mismatch,
    };
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = typed
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    match (value, mismatch.into_inner()) {
        (Ok(Value::Null), _) => Err(Error::SerializationException(
            "Expected a JSON object".to_owned(),
        )),
        (Ok(value), _) => Ok(value),
        (Err(_), Some(message)) => Err(Error::SerializationException(message)),
        (Err(error), None) => Err(Error::SerializationException(error.to_string())),
    }
}

/// Reads one value.
#[derive(Clone, Copy)]
struct Typed<'n> {
    model: &'static Model,
    name: &'n str,
    /// What was wrong: errors of the reader have a place in their text, and AWS's have none.
    mismatch: &'n RefCell<Option<String>>,
}

impl<'n> Typed<'n> {
    fn of<E: serde::de::Error>(self, name: &'n str) -> Result<(Typed<'n>, &'static Shape), E> {
        let shape = self.model.shapes.get(name);
        let shape = shape.ok_or_else(|| E::custom(format_args!("the model has no {name}")))?;
        Ok((Typed { name, ..self }, shape))
    }

    fn kind<E: serde::de::Error>(self) -> Result<Kind, E> {
        Ok(self.of::<E>(self.name)?.1.kind)
    }

    fn wrong<T, E: serde::de::Error>(self, found: Shown) -> Result<T, E> {
        let message = found.instead_of(self.kind()?);
        self.refuse(message)
    }

    fn refuse<T, E: serde::de::Error>(self, message: String) -> Result<T, E> {
        let error = E::custom(&message);
        self.mismatch.replace(Some(message));
        Err(error)
    }
}

impl<'de> DeserializeSeed<'de> for Typed<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        if self.kind::<D::Error>()? == Kind::Anything {
            return Value::deserialize(reader);
        }
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Typed<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let (_, shape) = self.of::<A::Error>(self.name)?;
        let mut known = Map::new();
        if let (Kind::Map, Some(value)) = (shape.kind, &shape.value) {
            let (typed, _) = self.of::<A::Error>(value)?;
            while let Some(key) = members.next_key::<String>()? {
                if known.len() == MAX_ITEMS {
                    return self.refuse(format!("A map can have at most {MAX_ITEMS} entries"));
                }
                match members.next_value_seed(typed)? {
                    Value::Null => known.remove(&key),
                    value => known.insert(key, value),
                };
            }
            return Ok(Value::Object(known));
        }
        if shape.kind != Kind::Structure {
            return self.wrong(Shown::Structure);
        }
        while let Some(member) = members.next_key::<String>()? {
            let target = shape.members.get(&member).and_then(Value::as_str);
            let Some(target) = target else {
                members.next_value::<IgnoredAny>()?;
                continue;
            };
            let (typed, _) = self.of::<A::Error>(target)?;
            match members.next_value_seed(typed)? {
                Value::Null => known.remove(&member),
                value => known.insert(member, value),
            };
        }
        Ok(Value::Object(known))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let (_, shape) = self.of::<A::Error>(self.name)?;
        let (Kind::List, Some(member)) = (shape.kind, &shape.member) else {
            return self.wrong(Shown::List);
        };
        let (typed, _) = self.of::<A::Error>(member)?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(typed)? {
            if list.len() == MAX_ITEMS {
                return self.refuse(format!("A list can have at most {MAX_ITEMS} items"));
            }
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        match self.kind()? {
            Kind::String | Kind::Blob => Ok(text.into()),
            Kind::Timestamp => match text.parse::<jiff::Timestamp>() {
                Ok(time) => Ok(seconds(time)),
                Err(_) => self.refuse(format!("{text} is no timestamp")),
            },
            _ => self.wrong(Shown::Scalar("STRING_VALUE")),
        }
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        match (self.kind()?, value) {
            (Kind::Boolean, value) => Ok(value.into()),
            (_, true) => self.wrong(Shown::Scalar("TRUE_VALUE")),
            (_, false) => self.wrong(Shown::Scalar("FALSE_VALUE")),
        }
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Value, E> {
        match self.kind()? {
            // A time that no client could read back.
            Kind::Timestamp if jiff::Timestamp::from_second(number).is_err() => {
                self.refuse(format!("{number} is no timestamp"))
            }
            Kind::Integer | Kind::Long | Kind::Float | Kind::Double | Kind::Timestamp => {
                Ok(number.into())
            }
            _ => self.wrong(Shown::Scalar("NUMBER_VALUE")),
        }
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Value, E> {
        self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Value, E> {
        match self.kind()? {
            Kind::Timestamp if jiff::Timestamp::from_second(number as i64).is_err() => {
                self.refuse(format!("{number} is no timestamp"))
            }
            // JSON has no infinite numbers.
            Kind::Float | Kind::Double | Kind::Timestamp => Ok(Number::from_f64(number).into()),
            // AWS cuts fractions off.
            _ => self.visit_i64(number as i64),
        }
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}

/// Seconds since 1970, whole when they are.
pub(crate) fn seconds(time: jiff::Timestamp) -> Value {
    match time.as_millisecond() {
        millis if millis % 1000 == 0 => Value::from(millis / 1000),
        millis => Value::from(millis as f64 / 1000.0),
    }
}

/// What stood where something else was expected.
enum Shown {
    Structure,
    List,
    Scalar(&'static str),
}

impl Shown {
    /// The words of AWS's JSON reader.
    fn instead_of(&self, expected: Kind) -> String {
        let found = match (self, expected) {
            (Shown::List, Kind::Structure) => {
                return "Start of list found where not expected".to_owned();
            }
            (Shown::Structure | Shown::List, _) => {
                return "Start of structure or map found where not expected.".to_owned();
            }
            (Shown::Scalar(found), _) => found,
        };
        match expected {
            Kind::Structure => "Expected null".to_owned(),
            Kind::List => "Expected list or null".to_owned(),
            Kind::Map => "Expected map or null".to_owned(),
            Kind::Blob => format!("{found} can not be converted to a Blob"),
            Kind::Timestamp => format!("{found} can not be converted to a Timestamp"),
            Kind::Double => format!("{found} can not be converted to a Double"),
            // It takes anything.
            Kind::Anything => format!("{found} is not expected"),
            Kind::String => format!("{found} can not be converted to a String"),
            Kind::Integer => format!("{found} can not be converted to an Integer"),
            Kind::Long => format!("{found} can not be converted to a Long"),
            Kind::Float => format!("{found} can not be converted to a Float"),
            Kind::Boolean => format!("{found} can not be converted to a Boolean"),
        }
    }
}
