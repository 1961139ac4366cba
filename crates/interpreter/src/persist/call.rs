//! A call or a child execution at rest, from the commit that opened it until the one that closes it: recovery makes it again
//! or gives it up.

use states_language::resource::{Pattern, Resource, ResourceKind};

use super::{FORMAT, read_call_key, read_identity, write_call_key, write_identity};
use crate::codec::{DecodeError, Encoded, Reader, Writer};
use crate::command::{Call, CallPurpose};
use crate::map_run::ChildExecution;
use states_language::machine::ExecutionType;

const PATTERNS: [Pattern; 4] = [
    Pattern::RequestResponse,
    Pattern::Sync,
    Pattern::Sync2,
    Pattern::WaitForTaskToken,
];

const CALL: u64 = 0;
const CHILD: u64 = 1;

/// What an open call's record says.
#[derive(Debug, Clone)]
pub enum Intent {
    Call(Box<Call>),
    Child(Box<ChildExecution>),
}

impl Intent {
    /// Reads what [`encode_call`] or [`ChildExecution::encode`] wrote.
    pub fn decode(encoded: &Encoded) -> Result<Intent, DecodeError> {
        let (mut r, _) = Reader::new(encoded, FORMAT)?;
        Ok(match r.u64()? {
            CALL => Intent::Call(Box::new(read_call(&mut r)?)),
            CHILD => Intent::Child(Box::new(read_child(&mut r)?)),
            other => {
                return Err(DecodeError::Invalid(format!("unknown intent {other}")));
            }
        })
    }
}

impl ChildExecution {
    pub fn encode(&self) -> Encoded {
        let mut w = Writer::new(FORMAT);
        w.u64(CHILD);
        write_identity(&mut w, &self.identity);
        w.payload(&self.input);
        w.bool(self.execution_type == ExecutionType::Express);
        w.finish()
    }
}

fn read_child(r: &mut Reader<'_>) -> Result<ChildExecution, DecodeError> {
    Ok(ChildExecution {
        identity: read_identity(r)?,
        input: r.payload()?,
        execution_type: match r.bool()? {
            true => ExecutionType::Express,
            false => ExecutionType::Standard,
        },
    })
}

pub fn encode_call(call: &Call) -> Encoded {
    let mut w = Writer::new(FORMAT);
    w.u64(CALL);
    write_call_key(&mut w, call.key);
    w.text(&call.state_name);
    write_resource(&mut w, &call.resource);
    w.payload(&call.arguments);
    w.option(call.role_arn.as_deref(), Writer::text);
    match &call.purpose {
        CallPurpose::Submit => w.u64(0),
        CallPurpose::Await { submitted } => {
            w.u64(1);
            w.payload(submitted);
        }
        CallPurpose::Cancel { submitted } => {
            w.u64(2);
            w.payload(submitted);
        }
    }
    w.bool(call.resend);
    w.finish()
}

fn read_call(r: &mut Reader<'_>) -> Result<Call, DecodeError> {
    Ok(Call {
        key: read_call_key(r)?,
        state_name: r.arc()?,
        resource: read_resource(r)?.into(),
        arguments: r.payload()?,
        role_arn: r.option(Reader::arc)?,
        purpose: match r.u64()? {
            0 => CallPurpose::Submit,
            1 => CallPurpose::Await {
                submitted: r.payload()?,
            },
            2 => CallPurpose::Cancel {
                submitted: r.payload()?,
            },
            other => {
                return Err(DecodeError::Invalid(format!(
                    "unknown purpose of a call {other}"
                )));
            }
        },
        resend: r.bool()?,
    })
}

/// With service and action in their canonical forms, which the ARN may lack.
fn write_resource(w: &mut Writer, resource: &Resource) {
    w.text(&resource.arn);
    match &resource.kind {
        ResourceKind::AwsSdk { service, action } => {
            w.u64(0);
            w.text(service);
            w.text(action);
        }
        ResourceKind::Optimized { service, action } => {
            w.u64(1);
            w.text(service);
            w.text(action);
        }
        ResourceKind::LambdaFunction => w.u64(2),
        ResourceKind::Activity => w.u64(3),
    }
    w.text(resource.pattern.suffix());
}

fn read_resource(r: &mut Reader<'_>) -> Result<Resource, DecodeError> {
    let arn = r.text()?.to_owned();
    let kind = match r.u64()? {
        0 => ResourceKind::AwsSdk {
            service: r.text()?.to_owned(),
            action: r.text()?.to_owned(),
        },
        1 => ResourceKind::Optimized {
            service: r.text()?.to_owned(),
            action: r.text()?.to_owned(),
        },
        2 => ResourceKind::LambdaFunction,
        3 => ResourceKind::Activity,
        other => {
            return Err(DecodeError::Invalid(format!(
                "unknown kind of resource {other}"
            )));
        }
    };
    let suffix = r.text()?;
    let pattern = PATTERNS.into_iter().find(|p| p.suffix() == suffix);
    Ok(Resource {
        arn,
        kind,
        pattern: pattern
            .ok_or_else(|| DecodeError::Invalid(format!("unknown pattern of a call {suffix}")))?,
    })
}
