//! The REST protocols: members travel in the path, the query string, headers or the body, as the model says. They differ in
//! the body.

mod answer;
mod json;
mod request;
mod xml;

use serde_json::{Map, Value};
use service_models::{Member, Operation, Shape};

pub use answer::{answers_raw, is_in_answer_body, parse_result};
pub use json::Json;
pub use request::serialize;
pub use xml::Xml;

/// How a protocol writes and reads structures in bodies.
pub trait Format {
    /// As the SDK for Java calls it.
    const NAME: &'static str;
    const CONTENT_TYPE: &'static str;

    /// The body of a payload that is neither bytes nor text.
    fn write_payload(payload: Member, value: Option<&Value>) -> Option<Vec<u8>>;

    /// The body of the members that are bound to no other place.
    fn write_members(
        operation: Operation,
        input: Shape,
        arguments: &Map<String, Value>,
    ) -> Option<Vec<u8>>;

    /// A payload that is neither bytes nor text; `body` is not empty.
    fn read_payload(payload: Member, body: &[u8]) -> Result<Value, String>;

    /// The members that are bound to no other place.
    fn read_members(output: Shape, body: &[u8]) -> Result<Map<String, Value>, String>;
}
