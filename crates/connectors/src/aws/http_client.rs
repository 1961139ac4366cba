//! HTTP and TLS: the connector of the AWS SDK for Rust on hyper and rustls with ring.

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

/// AWS's SDKs wait 3.1 seconds for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3_100);

/// Connections, kept and reused. TLS (and with it the system's certificates) is set up when it is first needed.
#[derive(Debug)]
pub struct HttpClient {
    settings: HttpConnectorSettings,
    /// For plain HTTP to this machine: never through a proxy.
    local: Connector,
    other: OnceLock<Connector>,
}

impl HttpClient {
    pub fn new() -> HttpClient {
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT);
        HttpClient::with_settings(settings.build())
    }

    fn with_settings(settings: HttpConnectorSettings) -> HttpClient {
        let local = Connector::builder()
            .connector_settings(settings.clone())
            .proxy_config(ProxyConfig::disabled())
            .build_http();
        HttpClient {
            settings,
            local,
            other: OnceLock::new(),
        }
    }

    /// Sends a request; answers when the head of the response is there. The deadline is the caller's.
    pub fn send(&self, request: HttpRequest) -> HttpConnectorFuture {
        if is_plain_local(request.uri()) {
            return self.local.call(request);
        }
        let build = || {
            Connector::builder()
                .connector_settings(self.settings.clone())
                .proxy_config(ProxyConfig::from_env())
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .build()
        };
        self.other.get_or_init(build).call(request)
    }
}

impl HttpConnector for HttpClient {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.send(request)
    }
}

/// The client that `aws-config` uses for SSO, STS and the like: the same way out, with the timeouts that it asks for. A
/// client per question is enough for what is asked once an hour.
pub fn for_credentials() -> SharedHttpClient {
    http_client_fn(|settings, _| {
        SharedHttpConnector::new(HttpClient::with_settings(settings.clone()))
    })
}

/// The host of an HTTP or HTTPS URL, without port.
pub fn host(url: &str) -> Option<String> {
    let uri: http::Uri = url.parse().ok()?;
    uri.scheme_str()
        .filter(|scheme| matches!(*scheme, "http" | "https"))?;
    Some(
        uri.host()?
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_ascii_lowercase(),
    )
}

/// Plain HTTP to this machine, or to what only this machine can reach: the metadata services of EC2 and of containers.
fn is_plain_local(url: &str) -> bool {
    url.starts_with("http://") && host(url).is_some_and(|host| is_local(&host))
}

fn is_local(host: &str) -> bool {
    const EC2_METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    const EKS_POD_IDENTITY: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23);
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || [EC2_METADATA, EKS_POD_IDENTITY].contains(&ip),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// Whether the request surely never reached a server, so that sending it again does nothing twice.
pub fn never_sent(error: &ConnectorError) -> bool {
    sources(error).any(|source| {
        source
            .downcast_ref::<hyper_util::client::legacy::Error>()
            .is_some_and(|error| error.is_connect())
    }) || error.is_user()
}

/// The innermost reason, which says most: "Connection refused (os error 111)".
pub fn root_cause(error: &ConnectorError) -> String {
    sources(error)
        .last()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

fn sources<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
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
            assert!(is_plain_local(url), "{url}");
        }
        for url in [
            "https://localhost",
            "http://moto:5000",
            "http://10.0.0.1",
            "no url",
            "http://localhost.evil.com",
        ] {
            assert!(!is_plain_local(url), "{url}");
        }
    }
}
