//! A small AWS behind TLS with a CA of its own, a proxy that leads there whatever the name, and the metadata services of
//! containers and instances. Each answer tells who asked: access key ids are made of what they come from.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::json;
use tempfile::NamedTempFile;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::support::SECRET;

/// What the certificate is for: AWS as the tests call it, and this machine.
const NAMES: [&str; 6] = [
    "ssm.eu-west-1.amazonaws.com",
    "sts.eu-west-1.amazonaws.com",
    "portal.sso.eu-west-1.amazonaws.com",
    "query.timestream.eu-west-1.amazonaws.com",
    "query-cell1.timestream.eu-west-1.amazonaws.com",
    "localhost",
];
pub const FAR_AWAY: &str = "2099-01-01T00:00:00Z";

pub struct World {
    pub ca: NamedTempFile,
    /// HTTPS at `localhost`.
    pub tls: SocketAddr,
    /// Plain HTTP: metadata of containers and instances.
    pub metadata: SocketAddr,
    proxy: SocketAddr,
    /// Heads of the requests that the proxy got, in lower case.
    proxied: Arc<Mutex<Vec<String>>>,
}

impl World {
    pub fn new() -> World {
        World::with_proxy_status("200 OK")
    }

    /// The proxy answers tunnels with another status, and then there is none.
    pub fn with_proxy_status(status: &'static str) -> World {
        let ca = NamedTempFile::new().unwrap();
        let acceptor = certify(ca.path());
        let proxied: Arc<Mutex<Vec<String>>> = Arc::default();
        let (log, (tell, told)) = (proxied.clone(), std::sync::mpsc::channel());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let bind = || TcpListener::bind("127.0.0.1:0");
                let (tls, metadata, proxy) = (bind().await, bind().await, bind().await);
                let (tls, metadata, proxy) = (tls.unwrap(), metadata.unwrap(), proxy.unwrap());
                let tls_address = tls.local_addr().unwrap();
                let addresses = [&tls, &metadata, &proxy].map(|l| l.local_addr().unwrap());
                tell.send(addresses).unwrap();
                tokio::join!(
                    serve_tls(tls, acceptor),
                    serve_metadata(metadata),
                    serve_proxy(proxy, tls_address, status, log)
                );
            });
        });
        let [tls, metadata, proxy] = told.recv().unwrap();
        World {
            ca,
            tls,
            metadata,
            proxy,
            proxied,
        }
    }

    pub fn ca(&self) -> &str {
        self.ca.path().to_str().unwrap()
    }

    pub fn proxy(&self, user: &str) -> String {
        format!("http://{user}{}", self.proxy)
    }

    pub fn proxied(&self) -> Vec<String> {
        self.proxied.lock().unwrap().clone()
    }
}

/// A CA, written to a file, and a server's certificate by it.
fn certify(ca_file: &Path) -> TlsAcceptor {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(vec!["Stepwright's tests".to_owned()]).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    std::fs::write(ca_file, ca.self_signed(&ca_key).unwrap().pem()).unwrap();
    let issuer = Issuer::new(ca, ca_key);
    let key = KeyPair::generate().unwrap();
    let names: Vec<String> = NAMES.iter().map(ToString::to_string).collect();
    let certificate = CertificateParams::new(names)
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
    let ring = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn serve_tls(listener: TcpListener, acceptor: TlsAcceptor) {
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream, aws).await;
            }
        });
    }
}

async fn serve_metadata(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve(stream, metadata));
    }
}

struct Asked {
    host: String,
    path: String,
    headers: HeaderMap,
    body: String,
}

impl Asked {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The access key id that signed.
    fn caller(&self) -> String {
        let (_, credential) = self
            .header("authorization")
            .split_once("Credential=")
            .unwrap_or_default();
        credential.split("/2").next().unwrap_or_default().to_owned()
    }
}

async fn serve<S>(stream: S, answer: fn(&Asked) -> (u16, String))
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(
        move |request: http::Request<hyper::body::Incoming>| async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let host = parts
                .headers
                .get("host")
                .map(|host| host.to_str().unwrap().to_owned());
            let asked = Asked {
                host: host.unwrap_or_default(),
                path: parts.uri.to_string(),
                headers: parts.headers,
                body: String::from_utf8_lossy(&body).into_owned(),
            };
            let (status, body) = answer(&asked);
            let response = Response::builder()
                .status(status)
                .header("x-aws-ec2-metadata-token-ttl-seconds", "21600");
            Ok::<_, Infallible>(response.body(Full::new(Bytes::from(body))).unwrap())
        },
    );
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

fn aws(asked: &Asked) -> (u16, String) {
    if asked.host.starts_with("portal.sso.") {
        if asked.header("x-amz-sso_bearer_token") != "sso-token" {
            return (
                401,
                r#"{"message":"Session token not found or invalid"}"#.to_owned(),
            );
        }
        let credentials = json!({"roleCredentials": {
            "accessKeyId": "from-sso", "secretAccessKey": SECRET, "sessionToken": "t",
            "expiration": 4_070_908_800_000u64,
        }});
        return (200, credentials.to_string());
    }
    if asked.host.starts_with("sts.") {
        return sts(asked);
    }
    if asked.header("x-amz-target") == "Timestream_20181101.DescribeEndpoints" {
        let cell = "query-cell1.timestream.eu-west-1.amazonaws.com";
        let endpoints = json!({"Endpoints": [{"Address": cell, "CachePeriodInMinutes": 60}]});
        return (200, endpoints.to_string());
    }
    if asked.header("x-amz-target") == "Timestream_20181101.Query" {
        return (200, json!({"QueryId": asked.host}).to_string());
    }
    let value = json!({"Parameter": {"Name": "n", "Value": asked.caller()}});
    (200, value.to_string())
}

fn sts(asked: &Asked) -> (u16, String) {
    let field = |name: &str| {
        let mut fields = asked
            .body
            .split('&')
            .filter_map(|field| field.split_once('='));
        fields
            .find(|(key, _)| *key == name)
            .map_or("", |(_, value)| value)
    };
    let action = field("Action");
    let role = field("RoleArn").rsplit("%2F").next().unwrap_or_default();
    let id = match action {
        "AssumeRole" if role == "forbidden" => {
            let error = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>";
            return (403, error.to_owned());
        }
        "AssumeRole" => format!("{role}-by-{}", asked.caller()),
        _ if field("WebIdentityToken") == "web-token" => format!("{role}-by-web-identity"),
        _ => {
            let error = "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>no such token</Message></Error></ErrorResponse>";
            return (400, error.to_owned());
        }
    };
    let answer = format!(
        "<{action}Response><{action}Result><Credentials><AccessKeyId>{id}</AccessKeyId>\
         <SecretAccessKey>{SECRET}</SecretAccessKey><SessionToken>t</SessionToken>\
         <Expiration>{FAR_AWAY}</Expiration></Credentials><AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/{role}/s</Arn>\
         <AssumedRoleId>i</AssumedRoleId></AssumedRoleUser></{action}Result></{action}Response>"
    );
    (200, answer)
}

fn metadata(asked: &Asked) -> (u16, String) {
    let credentials = |id: &str| {
        let json = json!({
            "Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2020-01-01T00:00:00Z",
            "AccessKeyId": id, "SecretAccessKey": SECRET, "Token": "t", "Expiration": FAR_AWAY,
        });
        (200, json.to_string())
    };
    match asked.path.as_str() {
        "/container" if asked.header("authorization") == "container-token" => {
            credentials("from-container")
        }
        "/container" => (401, format!("no {SECRET} for you")),
        "/broken" => (200, format!("{{\"AccessKeyId\": \"{SECRET}")),
        "/latest/api/token" => (200, "imds-token".to_owned()),
        _ if asked.header("x-aws-ec2-metadata-token") != "imds-token" => (401, String::new()),
        "/latest/meta-data/placement/region" => (200, "eu-west-1".to_owned()),
        path if path.ends_with("/worker") => credentials("from-instance"),
        path if path.contains("/iam/security-credentials") => (200, "worker".to_owned()),
        _ => (404, String::new()),
    }
}

async fn serve_proxy(
    listener: TcpListener,
    target: SocketAddr,
    status: &'static str,
    log: Arc<Mutex<Vec<String>>>,
) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let log = log.clone();
        tokio::spawn(async move {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") && stream.read_buf(&mut head).await.unwrap_or(0) > 0
            {
                // A request that is not for a tunnel brings its body along.
                if head.starts_with(b"POST") && head.windows(4).any(|four| four == b"\r\n\r\n") {
                    break;
                }
            }
            let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
            let is_tunnel = head.starts_with("connect ");
            log.lock().unwrap().push(head);
            if !is_tunnel {
                let answer = format!(
                    "HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"
                );
                let _ = stream.write_all(answer.as_bytes()).await;
                return;
            }
            let end = if status.starts_with('2') {
                "\r\n\r\n"
            } else {
                "\r\nContent-Length: 0\r\n\r\n"
            };
            let _ = stream
                .write_all(format!("HTTP/1.1 {status}{end}").as_bytes())
                .await;
            if status.starts_with('2') {
                let mut server = TcpStream::connect(target).await.unwrap();
                let _ = copy_bidirectional(&mut stream, &mut server).await;
            }
        });
    }
}
