//! The decoded records behind operations, shapes and members.

use std::borrow::Cow;

use super::{
    Acceptor, AcceptorState, Checksum, ContextValue, Expected, Location, Matcher, Paginator,
    ShapeKind, TimestampFormat, Waiter, XmlNamespace,
};
use crate::decode::{Corrupt, Reader, corrupt};
use crate::format::{
    self, member as member_flag, operation as operation_flag, shape as shape_flag,
};
use crate::naming;

/// Everything of a service that is decoded on demand.
#[derive(Debug)]
pub(crate) struct Model {
    pub operations: Box<[OperationData]>,
    pub shapes: Box<[ShapeData]>,
    pub exceptions: Box<[usize]>,
    pub paginators: Box<[Paginator]>,
    pub waiters: Box<[Waiter]>,
}

#[derive(Debug)]
pub(crate) struct OperationData {
    pub(super) name: &'static str,
    pub(super) action: String,
    pub(super) http_method: &'static str,
    pub(super) request_uri: &'static str,
    pub(super) response_code: u16,
    pub(super) flags: usize,
    pub(super) input: Option<usize>,
    pub(super) output: Option<usize>,
    pub(super) input_location_name: Option<&'static str>,
    pub(super) input_xml_namespace: Option<XmlNamespace>,
    pub(super) result_wrapper: Option<&'static str>,
    pub(super) host_prefix: Option<&'static str>,
    pub(super) auth_type: Option<&'static str>,
    pub(super) auth: Box<[&'static str]>,
    pub(super) static_context: Box<[(&'static str, ContextValue)]>,
    pub(super) operation_context: Box<[(&'static str, &'static str)]>,
    pub(super) checksum: Option<Checksum>,
    pub(super) compression: Box<[&'static str]>,
    pub(super) errors: Box<[usize]>,
}

#[derive(Debug)]
pub(crate) struct ShapeData {
    pub(super) kind: ShapeKind,
    pub(super) flags: usize,
    pub(super) name: Option<&'static str>,
    pub(super) timestamp_format: Option<TimestampFormat>,
    pub(super) location_name: Option<&'static str>,
    pub(super) payload: Option<&'static str>,
    pub(super) error_code: Option<&'static str>,
    pub(super) error_status: Option<u16>,
    pub(super) enum_values: Box<[&'static str]>,
    pub(super) xml_namespace: Option<XmlNamespace>,
    pub(super) members: Box<[MemberData]>,
}

#[derive(Debug)]
pub(crate) struct MemberData {
    pub(super) name: &'static str,
    pub(super) sfn_name: Cow<'static, str>,
    pub(super) shape: usize,
    pub(super) flags: usize,
    pub(super) location: Option<Location>,
    pub(super) location_name: Option<&'static str>,
    pub(super) query_name: Option<&'static str>,
    pub(super) context_param: Option<&'static str>,
    pub(super) xml_namespace: Option<XmlNamespace>,
}

impl Model {
    pub fn decode(frame: Vec<u8>, service_id: &'static str) -> Result<Model, Corrupt> {
        let mut reader = Reader::new(frame)?;
        let shapes = reader.list(|r| ShapeData::decode(r, service_id))?;
        let shape_count = shapes.len();
        let checked = move |id: usize| {
            if id < shape_count {
                Ok(id)
            } else {
                Err(corrupt("no such shape"))
            }
        };
        for member in shapes.iter().flat_map(|shape| &shape.members) {
            checked(member.shape)?;
        }
        let exceptions = reader.list(|r| checked(r.number()?))?;
        let operations = reader.list(|r| OperationData::decode(r, &checked))?;
        let paginators = reader.list(Paginator::decode)?;
        let waiters = reader.list(Waiter::decode)?;
        if !reader.is_at_end() {
            return Err(corrupt("bytes after the model"));
        }
        Ok(Model {
            operations,
            shapes,
            exceptions,
            paginators,
            waiters,
        })
    }
}

impl OperationData {
    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn action(&self) -> &str {
        &self.action
    }

    fn decode(
        reader: &mut Reader,
        checked: &dyn Fn(usize) -> Result<usize, Corrupt>,
    ) -> Result<OperationData, Corrupt> {
        use operation_flag::*;
        let name = reader.text()?;
        let http_method = reader.text()?;
        let request_uri = reader.text()?;
        let response_code = u16::try_from(reader.number()?).map_err(corrupt)?;
        let flags = reader.number()?;
        let has = |flag: usize| flags & flag != 0;
        let input_location_name = reader.text_if(has(INPUT_LOCATION_NAME))?;
        let result_wrapper = reader.text_if(has(RESULT_WRAPPER))?;
        let host_prefix = reader.text_if(has(HOST_PREFIX))?;
        let auth_type = reader.text_if(has(AUTH_TYPE))?;
        let input = if has(INPUT) {
            Some(checked(reader.number()?)?)
        } else {
            None
        };
        let output = if has(OUTPUT) {
            Some(checked(reader.number()?)?)
        } else {
            None
        };
        Ok(OperationData {
            name,
            action: naming::action(name),
            http_method,
            request_uri,
            response_code,
            flags,
            input,
            output,
            input_location_name,
            result_wrapper,
            host_prefix,
            auth_type,
            input_xml_namespace: xml_namespace(reader, has(INPUT_XML_NAMESPACE))?,
            auth: if has(AUTH) {
                reader.texts()?
            } else {
                Box::default()
            },
            static_context: if has(STATIC_CONTEXT) {
                reader.list(context_param)?
            } else {
                Box::default()
            },
            operation_context: match has(OPERATION_CONTEXT) {
                true => reader.list(|r| Ok((r.text()?, r.text()?)))?,
                false => Box::default(),
            },
            checksum: if has(CHECKSUM) {
                Some(Checksum::decode(reader)?)
            } else {
                None
            },
            compression: if has(COMPRESSION) {
                reader.texts()?
            } else {
                Box::default()
            },
            errors: reader.list(|r| checked(r.number()?))?,
        })
    }
}

impl Checksum {
    fn decode(reader: &mut Reader) -> Result<Checksum, Corrupt> {
        use format::checksum::*;
        let flags = reader.number()?;
        Ok(Checksum {
            request_algorithm_member: reader.text_if(flags & REQUEST_ALGORITHM_MEMBER != 0)?,
            request_validation_mode_member: reader
                .text_if(flags & REQUEST_VALIDATION_MODE_MEMBER != 0)?,
            response_algorithms: if flags & RESPONSE_ALGORITHMS != 0 {
                reader.texts()?
            } else {
                Box::default()
            },
            is_request_required: flags & REQUEST_REQUIRED != 0,
        })
    }
}

impl ShapeData {
    fn decode(reader: &mut Reader, service_id: &'static str) -> Result<ShapeData, Corrupt> {
        use ShapeKind::*;
        use shape_flag::*;
        let kinds = [
            Structure, List, Map, String, Boolean, Integer, Long, Float, Double, Timestamp, Blob,
        ];
        let kind = *kinds
            .get(reader.number()?)
            .ok_or_else(|| corrupt("kind of shape"))?;
        let flags = reader.number()?;
        let has = |flag: usize| flags & flag != 0;
        let name = reader.text_if(has(NAMED))?;
        let timestamp_format = match reader.text_if(has(TIMESTAMP_FORMAT))? {
            None => None,
            Some("iso8601") => Some(TimestampFormat::Iso8601),
            Some("rfc822") => Some(TimestampFormat::Rfc822),
            Some("unixTimestamp") => Some(TimestampFormat::UnixTimestamp),
            Some(other) => return Err(corrupt(format_args!("timestamp format {other}"))),
        };
        let location_name = reader.text_if(has(LOCATION_NAME))?;
        let payload = reader.text_if(has(PAYLOAD))?;
        let error_code = reader.text_if(has(ERROR_CODE))?;
        let enum_values = if has(ENUM) {
            reader.texts()?
        } else {
            Box::default()
        };
        let xml_namespace = xml_namespace(reader, has(XML_NAMESPACE))?;
        let error_status = match has(ERROR_STATUS) {
            true => Some(u16::try_from(reader.number()?).map_err(corrupt)?),
            false => None,
        };
        let structure = name.unwrap_or_default();
        let members = match kind {
            Structure => {
                let members = reader.list(|r| {
                    let name = r.text()?;
                    MemberData::decode(r, name, naming::member(service_id, structure, name))
                })?;
                with_added(members, naming::added_members(service_id, structure))
            }
            List => Box::new([MemberData::decode(
                reader,
                "member",
                Cow::Borrowed("member"),
            )?]),
            Map => Box::new([
                MemberData::decode(reader, "key", Cow::Borrowed("key"))?,
                MemberData::decode(reader, "value", Cow::Borrowed("value"))?,
            ]),
            _ => Box::default(),
        };
        Ok(ShapeData {
            kind,
            flags,
            name,
            timestamp_format,
            location_name,
            payload,
            error_code,
            error_status,
            enum_values,
            xml_namespace,
            members,
        })
    }
}

impl MemberData {
    fn decode(
        reader: &mut Reader,
        name: &'static str,
        sfn_name: Cow<'static, str>,
    ) -> Result<MemberData, Corrupt> {
        use Location::*;
        use member_flag::*;
        let shape = reader.number()?;
        let flags = reader.number()?;
        let has = |flag: usize| flags & flag != 0;
        let location_name = reader.text_if(has(LOCATION_NAME))?;
        let query_name = reader.text_if(has(QUERY_NAME))?;
        let context_param = reader.text_if(has(CONTEXT_PARAM))?;
        let location = match has(LOCATION) {
            true => {
                let locations = [Uri, QueryString, Header, Headers, StatusCode];
                Some(
                    *locations
                        .get(reader.number()?)
                        .ok_or_else(|| corrupt("location"))?,
                )
            }
            false => None,
        };
        let xml_namespace = xml_namespace(reader, has(XML_NAMESPACE))?;
        Ok(MemberData {
            name,
            sfn_name,
            shape,
            flags,
            location,
            location_name,
            query_name,
            context_param,
            xml_namespace,
        })
    }
}

/// The members and some that are made for Step Functions, with the shape of the member that they are named after.
fn with_added(members: Box<[MemberData]>, names: &[&'static str]) -> Box<[MemberData]> {
    let mut members = members.into_vec();
    for name in names {
        let like = if name.ends_with("Bucket") {
            "Bucket"
        } else {
            "Key"
        };
        let shape = members.iter().find(|member| member.name == like);
        if let Some(shape) = shape.map(|member| member.shape) {
            members.push(MemberData {
                name,
                sfn_name: Cow::Borrowed(name),
                shape,
                flags: 0,
                location: None,
                location_name: None,
                query_name: None,
                context_param: None,
                xml_namespace: None,
            });
        }
    }
    members.into_boxed_slice()
}

impl Paginator {
    fn decode(reader: &mut Reader) -> Result<Paginator, Corrupt> {
        let operation = reader.text()?;
        let flags = reader.number()?;
        Ok(Paginator {
            operation,
            limit_key: reader.text_if(flags & format::paginator::LIMIT_KEY != 0)?,
            more_results: reader.text_if(flags & format::paginator::MORE_RESULTS != 0)?,
            input_tokens: reader.texts()?,
            output_tokens: reader.texts()?,
            result_keys: reader.texts()?,
            non_aggregate_keys: reader.texts()?,
        })
    }
}

impl Waiter {
    fn decode(reader: &mut Reader) -> Result<Waiter, Corrupt> {
        Ok(Waiter {
            name: reader.text()?,
            operation: reader.text()?,
            delay_seconds: reader.number()?,
            max_attempts: reader.number()?,
            acceptors: reader.list(Acceptor::decode)?,
        })
    }
}

impl Acceptor {
    fn decode(reader: &mut Reader) -> Result<Acceptor, Corrupt> {
        let matchers = [
            Matcher::Path,
            Matcher::PathAll,
            Matcher::PathAny,
            Matcher::Error,
            Matcher::Status,
        ];
        let states = [
            AcceptorState::Success,
            AcceptorState::Failure,
            AcceptorState::Retry,
        ];
        Ok(Acceptor {
            matcher: *matchers
                .get(reader.number()?)
                .ok_or_else(|| corrupt("matcher"))?,
            state: *states
                .get(reader.number()?)
                .ok_or_else(|| corrupt("state of an acceptor"))?,
            argument: reader.text()?,
            expected: match reader.number()? {
                flag @ (0 | 1) => Expected::Boolean(flag == 1),
                2 => Expected::Text(reader.text()?),
                3 => Expected::Number(reader.number()?),
                _ => return Err(corrupt("expected value")),
            },
        })
    }
}

fn context_param(reader: &mut Reader) -> Result<(&'static str, ContextValue), Corrupt> {
    let name = reader.text()?;
    let value = match reader.number()? {
        flag @ (0 | 1) => ContextValue::Boolean(flag == 1),
        2 => ContextValue::Text(reader.text()?),
        _ => return Err(corrupt("context parameter")),
    };
    Ok((name, value))
}

fn xml_namespace(reader: &mut Reader, present: bool) -> Result<Option<XmlNamespace>, Corrupt> {
    if !present {
        return Ok(None);
    }
    let (uri, prefix) = (reader.text()?, reader.text()?);
    Ok(Some(XmlNamespace {
        uri,
        prefix: (!prefix.is_empty()).then_some(prefix),
    }))
}
