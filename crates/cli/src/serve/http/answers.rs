//! What is answered where no operation is reached: in the words and shapes of AWS's front end.

use std::borrow::Cow;

use api::wire::ServiceError;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::channel::Channel;
use http_body_util::{Either, Full};
use serde_json::json;

/// Whole, or a stream of which more may come.
pub type Body = Either<Full<Bytes>, Channel<Bytes>>;
pub type Answer = Response<Body>;

pub fn whole(bytes: impl Into<Bytes>) -> Body {
    Either::Left(Full::new(bytes.into()))
}

/// The media type of every answer of the API, and of every request to it.
pub const AMZ_JSON: &str = "application/x-amz-json-1.0";

/// Why a request is not passed on to the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub status: StatusCode,
    /// The error's name: `__type`, and `error` in the metrics.
    pub code: Cow<'static, str>,
    pub message: String,
    /// The methods that the path takes.
    pub allow: Option<&'static str>,
}

impl From<ServiceError> for Refusal {
    fn from(error: ServiceError) -> Refusal {
        Refusal {
            status: StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST),
            code: error.code,
            message: error.message,
            allow: None,
        }
    }
}

impl Refusal {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal {
            status,
            code: code.into(),
            message: message.into(),
            allow: None,
        }
    }

    /// AWS says the same when an account calls too often.
    pub fn throttled() -> Refusal {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "ThrottlingException",
            "Rate exceeded",
        )
    }

    pub fn too_large(limit: usize) -> Refusal {
        Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLargeException",
            format!("Request must be smaller than {limit} bytes"),
        )
    }

    /// A page in a browser, or somebody who leads one here.
    pub fn forbidden(message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::FORBIDDEN, "AccessDeniedException", message)
    }

    /// No such operation: on AWS another status for what is no JSON of this protocol at all.
    pub fn unknown_operation(status: StatusCode) -> Refusal {
        Refusal::new(
            status,
            "UnknownOperationException",
            "The requested operation is not recognized by the service.",
        )
    }

    /// A mistake of ours.
    pub fn internal() -> Refusal {
        Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerError",
            "An error inside Stepwright.",
        )
    }

    /// For protocols other than Step Functions'.
    pub fn error(&self) -> ServiceError {
        ServiceError::new(self.code.clone(), self.status.as_u16(), &*self.message)
    }

    pub fn answer(&self) -> Answer {
        let body = json!({ "__type": self.code, "message": self.message });
        of_api(self.status, body.to_string().into())
    }
}

/// An answer of the API, with an id as each has on AWS.
pub fn of_api(status: StatusCode, body: Bytes) -> Answer {
    let mut answer = with_type(status, AMZ_JSON, body);
    // A UUID's text is always a header's value.
    if let Ok(id) = HeaderValue::from_str(&uuid::Uuid::new_v4().to_string()) {
        answer.headers_mut().insert("x-amzn-requestid", id);
    }
    answer
}

pub fn text(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    with_type(status, "text/plain; charset=utf-8", body.into())
}

pub fn with_type(status: StatusCode, media_type: &'static str, body: Bytes) -> Answer {
    let mut answer = Response::new(whole(body));
    *answer.status_mut() = status;
    let media_type = HeaderValue::from_static(media_type);
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, media_type);
    answer
}
