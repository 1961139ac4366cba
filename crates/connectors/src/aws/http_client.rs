//! HTTP and TLS: the connector of the AWS SDK for Rust on hyper and rustls with ring.

use std::error::Error;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::HttpError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Body;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::config::AwsConfig;
use super::trust::Trust;

/// A response body larger than this is refused: a result is 256 KiB on AWS, and memory has an end.
const MAX_RESPONSE_BYTES: usize = 16 * 1024 * 1024;
/// AWS's SDKs wait 3.1 seconds for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3_100);
/// AWS's servers close connections that nothing came through for 20 seconds or more; a request that meets such an end on
/// its way may have arrived, and must not be sent again when it writes.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// A whole response.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// A request without a whole response.
#[derive(Debug)]
pub struct Lost {
    pub reason: String,
    /// It surely did not reach a server.
    pub never_sent: bool,
    pub is_timeout: bool,
    /// The next attempt may have more luck.
    pub is_passing: bool,
}

impl Lost {
    /// `server`: host and port that the request was for.
    fn before_answer(server: &str, error: &(dyn Error + 'static)) -> Lost {
        let cause = root_cause(error);
        let reason = match sources(error).any(is_connect) {
            true => format!("Connect to {server} failed: {cause}"),
            false => cause,
        };
        Lost {
            never_sent: never_sent(error),
            is_timeout: sources(error).any(is_timeout),
            ..Lost::passing(reason)
        }
    }

    fn passing(reason: String) -> Lost {
        Lost {
            reason,
            never_sent: false,
            is_timeout: false,
            is_passing: true,
        }
    }
}

/// Connections, kept and reused. TLS (and with it the system's certificates) is set up when it is first needed.
#[derive(Debug)]
pub struct HttpClient {
    settings: HttpConnectorSettings,
    trust: Trust,
    /// For calls by plain HTTP to this machine, never through a proxy: without the layers of the connectors below, which
    /// cost as much as the call itself.
    plain: Client<hyper_util::client::legacy::connect::HttpConnector, Full<Bytes>>,
    /// The same for what `aws-config` asks.
    local: Connector,
    other: OnceLock<Connector>,
}

impl HttpClient {
    /// With the configuration's certificates.
    pub fn of(config: &AwsConfig) -> HttpClient {
        HttpClient::new(config.settings.trust.clone())
    }

    pub(super) fn new(trust: Trust) -> HttpClient {
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT);
        HttpClient::with_settings(settings.build(), trust)
    }

    fn with_settings(settings: HttpConnectorSettings, trust: Trust) -> HttpClient {
        let local = Connector::builder()
            .connector_settings(settings.clone())
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .proxy_config(ProxyConfig::disabled())
            .build_http();
        let mut connector = hyper_util::client::legacy::connect::HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(settings.connect_timeout());
        let plain = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .build(connector);
        HttpClient {
            settings,
            trust,
            plain,
            local,
            other: OnceLock::new(),
        }
    }

    /// Sends a request and reads the whole response.
    pub async fn exchange(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Answer, Lost> {
        match tokio::time::timeout(timeout, self.whole_exchange(request)).await {
            Ok(result) => result,
            Err(_) => Err(Lost {
                is_timeout: true,
                ..Lost::passing(format!(
                    "Read timed out after {} seconds",
                    timeout.as_secs_f64()
                ))
            }),
        }
    }

    async fn whole_exchange(&self, request: Request<Bytes>) -> Result<Answer, Lost> {
        let uri = request.uri().clone(); // a reference to its bytes
        let lost = |error: &(dyn Error + 'static)| Lost::before_answer(&server(&uri), error);
        if is_plain_local(&uri) {
            let response = self.plain.request(request.map(Full::new)).await;
            return read(response.map_err(|error| lost(&error))?).await;
        }
        let request =
            HttpRequest::try_from(request.map(SdkBody::from)).map_err(|error| lost(&error))?;
        let response = self.send(request).await;
        let response = response.map_err(|error| lost(&error))?.try_into_http1x();
        read(response.map_err(|error| Lost::passing(error.to_string()))?).await
    }

    /// Sends a request; answers when the head of the response is there. The deadline is the caller's.
    fn send(&self, request: HttpRequest) -> HttpConnectorFuture {
        if request.uri().parse().is_ok_and(|uri| is_plain_local(&uri)) {
            return self.local.call(request);
        }
        let build = || {
            Connector::builder()
                .connector_settings(self.settings.clone())
                .pool_idle_timeout(POOL_IDLE_TIMEOUT)
                .proxy_config(ProxyConfig::from_env())
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .tls_context(self.trust.tls_context())
                .build()
        };
        self.other.get_or_init(build).call(request)
    }
}

/// Reads a whole response.
async fn read<B>(response: Response<B>) -> Result<Answer, Lost>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let (parts, mut body) = response.into_parts();
    let too_large = || Lost {
        is_passing: false,
        ..Lost::passing(format!(
            "the response is larger than {MAX_RESPONSE_BYTES} bytes"
        ))
    };
    let promised = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if promised > MAX_RESPONSE_BYTES {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(promised);
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|error| Lost::passing(format!("the response was cut off: {error}")))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > MAX_RESPONSE_BYTES {
            return Err(too_large());
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: bytes,
    })
}

impl HttpConnector for HttpClient {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.send(request)
    }
}

/// The client that `aws-config` uses for SSO, STS and the like: the same way out, with the timeouts that it asks for. A
/// client per question is enough for what is asked once an hour.
pub fn for_credentials(trust: Trust) -> SharedHttpClient {
    http_client_fn(move |settings, _| {
        SharedHttpConnector::new(HttpClient::with_settings(settings.clone(), trust.clone()))
    })
}

/// The host of an HTTP or HTTPS URL, without port.
pub fn host(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    uri.scheme_str()
        .filter(|scheme| matches!(*scheme, "http" | "https"))?;
    Some(bare_host(&uri)?.to_ascii_lowercase())
}

fn bare_host(uri: &Uri) -> Option<&str> {
    let host = uri.host()?;
    Some(host.trim_start_matches('[').trim_end_matches(']'))
}

/// Host and port, without a password that may stand before them.
fn server(uri: &Uri) -> String {
    let host = uri.host().unwrap_or_default();
    let port = uri
        .port_u16()
        .map_or(String::new(), |port| format!(":{port}"));
    host.to_owned() + &port
}

/// Plain HTTP to this machine, or to what only this machine can reach: the metadata services of EC2 and of containers.
fn is_plain_local(uri: &Uri) -> bool {
    uri.scheme_str() == Some("http") && bare_host(uri).is_some_and(is_local)
}

fn is_local(host: &str) -> bool {
    const EC2_METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    const EKS_POD_IDENTITY: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23);
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || [EC2_METADATA, EKS_POD_IDENTITY].contains(&ip),
        Err(_) => {
            let host = host.to_ascii_lowercase();
            host == "localhost" || host.ends_with(".localhost")
        }
    }
}

/// Whether the request surely never reached a server, so that sending it again does nothing twice.
fn never_sent(error: &(dyn Error + 'static)) -> bool {
    sources(error).any(|source| {
        let hyper = source.downcast_ref::<hyper::Error>();
        let connector = source.downcast_ref::<ConnectorError>();
        is_connect(source)
            || hyper.is_some_and(|error| error.is_canceled() || error.is_user())
            || connector.is_some_and(ConnectorError::is_user)
            || source.is::<HttpError>()
    })
}

fn is_connect(error: &(dyn Error + 'static)) -> bool {
    let client = error.downcast_ref::<hyper_util::client::legacy::Error>();
    client.is_some_and(|error| error.is_connect())
}

fn is_timeout(error: &(dyn Error + 'static)) -> bool {
    let connector = error.downcast_ref::<ConnectorError>();
    let io = error.downcast_ref::<std::io::Error>();
    connector.is_some_and(ConnectorError::is_timeout)
        || io.is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut)
}

/// The innermost reason, which says most: "Connection refused (os error 111)".
fn root_cause(error: &(dyn Error + 'static)) -> String {
    sources(error)
        .last()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

fn sources<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_proxy_reaches_is_recognized() {
        for url in [
            "http://localhost:5000",
            "http://127.0.0.1/",
            "http://[::1]:80/x",
            "http://s3.localhost:4566",
            "http://169.254.169.254/latest/api/token",
            "http://[fd00:ec2::254]/latest/api/token",
        ] {
            assert!(is_plain_local(&url.parse().unwrap()), "{url}");
        }
        for url in [
            "https://localhost",
            "http://moto:5000",
            "http://10.0.0.1",
            "http://localhost.evil.com",
        ] {
            assert!(!is_plain_local(&url.parse().unwrap()), "{url}");
        }
    }
}
