//! What a request is for.

use api::wire::{self, Route};
use http::request::Parts;
use http::{Method, StatusCode, header};
use service_models::Operation;

use super::answers::{AMZ_JSON, Refusal};

const TARGET_PREFIX: &str = "AWSStepFunctions.";
/// Of operations that AWS does not have.
const EXTENSION_PREFIX: &str = "Stepwright.";

/// Of a zip file of 50 MB, the most that AWS takes, in base64.
const CODE_BYTES: usize = 70 * 1024 * 1024;
/// An invocation may have 6 MB on AWS, and no other request of these services has more.
const SERVICE_BYTES: usize = 8 * 1024 * 1024;

pub enum Asked {
    /// `StartExecution`; extensions keep their prefix.
    StepFunctions(String),
    /// Of one of the services around it.
    Service(Operation),
    /// Its body says which operation.
    Form,
    /// Of a service that is not here; the name that it is signed for.
    Elsewhere(String),
}

impl Asked {
    /// `forwards`: what is for services that are not here goes on.
    pub fn of(parts: &Parts, forwards: bool) -> Result<Asked, Refusal> {
        let header = |name: &str| {
            let value = parts.headers.get(name);
            value.and_then(|value| value.to_str().ok())
        };
        let media_type = header(header::CONTENT_TYPE.as_str()).unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        let is_amz_json = media_type.eq_ignore_ascii_case(AMZ_JSON);
        let target = header("x-amz-target").unwrap_or_default();
        let operation = match target.strip_prefix(TARGET_PREFIX) {
            Some(operation) => operation,
            None if target.starts_with(EXTENSION_PREFIX) => target,
            // Of its protocol, but for nobody.
            None if target.is_empty() && is_amz_json => "",
            None => {
                let route = wire::route(parts);
                if !matches!(route, Ok(Route::Operation(_)))
                    && forwards
                    && let Some(service) = not_here(parts)
                {
                    return Ok(Asked::Elsewhere(service.to_owned()));
                }
                return match route {
                    Ok(Route::Operation(operation)) => Ok(Asked::Service(operation)),
                    Ok(Route::Form) => Ok(Asked::Form),
                    Err(error) => Err(error.into()),
                };
            }
        };
        if parts.method != Method::POST || parts.uri.path() != "/" || !is_amz_json {
            return Err(Refusal::unknown_operation(StatusCode::NOT_FOUND));
        }
        Ok(Asked::StepFunctions(operation.to_owned()))
    }

    /// The same when the body is there.
    pub fn with_body(self, body: &[u8]) -> Result<Asked, Refusal> {
        match self {
            Asked::Form => Ok(Asked::Service(wire::route_form(body)?)),
            asked => Ok(asked),
        }
    }

    /// How long its body may be. `step_functions`: that of a request to Step Functions.
    pub fn body_bytes(&self, step_functions: usize) -> usize {
        match self {
            Asked::StepFunctions(_) => step_functions,
            Asked::Service(operation) => match operation.name() {
                "CreateFunction" | "UpdateFunctionCode" | "PublishLayerVersion" => CODE_BYTES,
                _ => SERVICE_BYTES,
            },
            Asked::Form => SERVICE_BYTES,
            Asked::Elsewhere(_) => CODE_BYTES,
        }
    }
}

/// The service that a request is signed for, if no service of this server signs so.
fn not_here(parts: &Parts) -> Option<&str> {
    let service = wire::signed_for(&parts.headers)?;
    let is_here = service == "states" || wire::SERVICES.contains(&service);
    (!is_here).then_some(service)
}
