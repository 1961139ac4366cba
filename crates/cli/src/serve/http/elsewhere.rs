//! Requests for services that are not here go on to the endpoint of `--endpoint-url`, so that a client needs this one alone. Not to
//! AWS itself: what was signed for this server is not signed for AWS.

use std::time::Duration;

use bytes::Bytes;
use connectors::aws::HttpClient;
use http::header::{self, HeaderMap, HeaderName};
use http::{Request, Response, StatusCode, Uri};

use super::answers::{Answer, Refusal, whole};

/// As long as SDKs wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(60);
/// They concern one connection, are made again for the next one, or are secrets of this server.
const OF_THE_CONNECTION: [HeaderName; 6] = [
    header::COOKIE,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::HOST,
    header::TRANSFER_ENCODING,
];

pub struct Elsewhere {
    /// Without a slash at its end.
    url: String,
    http: HttpClient,
}

impl Elsewhere {
    pub fn new(url: &str, http: HttpClient) -> Elsewhere {
        Elsewhere {
            url: url.trim_end_matches('/').to_owned(),
            http,
        }
    }

    pub async fn forward(&self, request: Request<Bytes>) -> Result<Answer, Refusal> {
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path_and_query();
        let path = path.map_or("/", |path| path.as_str());
        let uri: Result<Uri, _> = format!("{}{path}", self.url).parse();
        parts.uri = uri.map_err(|error| unanswered(&self.url, &error.to_string()))?;
        without_those_of_the_connection(&mut parts.headers);
        let answer = self
            .http
            .exchange(Request::from_parts(parts, body), TIMEOUT);
        let answer = answer
            .await
            .map_err(|lost| unanswered(&self.url, &lost.reason))?;
        let mut response = Response::new(whole(answer.body));
        *response.status_mut() =
            StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
        *response.headers_mut() = answer.headers;
        without_those_of_the_connection(response.headers_mut());
        Ok(response)
    }
}

fn without_those_of_the_connection(headers: &mut HeaderMap) {
    for name in OF_THE_CONNECTION {
        headers.remove(name);
    }
}

fn unanswered(url: &str, reason: &str) -> Refusal {
    Refusal::new(
        StatusCode::BAD_GATEWAY,
        "BadGateway",
        format!(
            "This service is not here, and {url}, where it is asked for, did not answer: {reason}"
        ),
    )
}
