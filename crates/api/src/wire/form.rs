//! Requests of the query protocol: `Tags.member.1.Key=a`.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde_json::{Map, Value};
use service_models::{Member, Shape, ShapeKind};

use super::ServiceError;
use super::decode::of_text;
use super::text::parameters;

/// No request needs more.
const MAX_FIELDS: usize = 10_000;
/// Shapes may contain themselves.
const MAX_DEPTH: usize = 32;

/// Reads a form as the members of a shape.
///
/// # Errors
/// `SerializationException`.
pub fn read(shape: Shape, body: &[u8]) -> Result<Map<String, Value>, ServiceError> {
    let body = String::from_utf8_lossy(body);
    let mut fields = Fields::default();
    for (name, value) in parameters(&body) {
        fields.0.insert(name.into_owned(), value.into_owned());
        if fields.0.len() > MAX_FIELDS {
            return refuse(format!("A form can have at most {MAX_FIELDS} fields"));
        }
    }
    fields.structure(shape, "", 0)
}

fn refuse<T>(message: String) -> Result<T, ServiceError> {
    Err(ServiceError::new("SerializationException", 400, message))
}

/// By their dotted names.
#[derive(Default)]
struct Fields(BTreeMap<String, String>);

impl Fields {
    fn structure(
        &self,
        shape: Shape,
        prefix: &str,
        depth: usize,
    ) -> Result<Map<String, Value>, ServiceError> {
        if depth > MAX_DEPTH {
            return refuse(format!("{prefix} is nested too deeply"));
        }
        let mut members = Map::new();
        for member in shape.members() {
            let name = match prefix {
                "" => member.wire_name().to_owned(),
                prefix => format!("{prefix}.{}", member.wire_name()),
            };
            if let Some(value) = self.value(member, &name, depth)? {
                members.insert(member.name().to_owned(), value);
            }
        }
        Ok(members)
    }

    fn value(
        &self,
        member: Member,
        name: &str,
        depth: usize,
    ) -> Result<Option<Value>, ServiceError> {
        let shape = member.shape();
        let is_flattened = member.is_flattened() || shape.is_flattened();
        Ok(match shape.kind() {
            ShapeKind::Structure => match self.has_below(name) {
                true => Some(self.structure(shape, name, depth + 1)?.into()),
                false => None,
            },
            ShapeKind::List => {
                let Some(item) = shape.list_member() else {
                    return Ok(None);
                };
                let items = match is_flattened {
                    true => name.to_owned(),
                    false => format!("{name}.{}", item.location_name().unwrap_or("member")),
                };
                let mut list = Vec::new();
                for number in self.numbers(&items) {
                    list.extend(self.value(item, &format!("{items}.{number}"), depth + 1)?);
                }
                // A list without items has a field of its own.
                (!list.is_empty() || self.0.contains_key(name)).then_some(list.into())
            }
            ShapeKind::Map => {
                let Some((key, value)) = shape.map_members() else {
                    return Ok(None);
                };
                let entries = match is_flattened {
                    true => name.to_owned(),
                    false => format!("{name}.entry"),
                };
                let mut map = Map::new();
                for number in self.numbers(&entries) {
                    let entry = format!("{entries}.{number}");
                    let key = self.0.get(&format!("{entry}.{}", key.wire_name()));
                    let value_name = format!("{entry}.{}", value.wire_name());
                    if let (Some(key), Some(value)) =
                        (key, self.value(value, &value_name, depth + 1)?)
                    {
                        map.insert(key.clone(), value);
                    }
                }
                (!map.is_empty()).then_some(map.into())
            }
            _ => match self.0.get(name) {
                Some(text) => Some(of_text(member, text)?),
                None => None,
            },
        })
    }

    fn below(&self, name: &str) -> impl Iterator<Item = &str> {
        let prefix = format!("{name}.");
        let from = Bound::Included(prefix.clone());
        self.0
            .range((from, Bound::Unbounded))
            .map_while(move |(field, _)| field.strip_prefix(&prefix))
    }

    fn has_below(&self, name: &str) -> bool {
        self.below(name).next().is_some()
    }

    /// Of the items below a name, ascending.
    fn numbers(&self, name: &str) -> Vec<u32> {
        let firsts = self.below(name).filter_map(|rest| rest.split('.').next());
        let mut numbers: Vec<u32> = firsts.filter_map(|first| first.parse().ok()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}
