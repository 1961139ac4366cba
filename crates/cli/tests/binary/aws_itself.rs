//! AWS itself, as far as a program can tell: its own names over TLS, reached through a proxy, certified by a CA of the company's.

use std::io::Write;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::CertifiedKey;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

use crate::safety::{ACCOUNT, action, answer, machine};
use crate::support::{Folder, Outcome, read_request};

/// A proxy whose every tunnel ends at this server.
struct Aws {
    url: String,
    ca: String,
    /// Whom each tunnel was for, and what was asked there.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Aws {
    fn start() -> Aws {
        let names = ["*.eu-north-1.amazonaws.com".to_owned()];
        let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names).unwrap();
        let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key.into())
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let connect = read_request(&mut stream);
                let host = connect.split_whitespace().nth(1).unwrap();
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
                let connection = ServerConnection::new(config.clone()).unwrap();
                let mut stream = StreamOwned::new(connection, stream);
                let request = read_request(&mut stream);
                seen.lock()
                    .unwrap()
                    .push(format!("{host} {}", action(&request)));
                let body = answer(&request);
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                // A client that has gone is no failure of the server.
                drop(stream.write_all((head + &body).as_bytes()));
                stream.conn.send_close_notify();
                drop(stream.flush());
            }
        });
        Aws {
            url,
            ca: cert.pem(),
            asked,
        }
    }

    /// `stepwright run` in an environment that names nothing but keys, the region and the way through the proxy.
    fn run(&self, folder: &Folder, options: &str) -> Outcome {
        folder.write("ca.pem", &self.ca);
        let all = format!("run machine.asl.json {options}");
        folder
            .command(all.split_whitespace())
            .env("AWS_ACCESS_KEY_ID", "AKIDITSELF")
            .env("AWS_SECRET_ACCESS_KEY", "very-secret")
            .env("AWS_SESSION_TOKEN", "very-secret-too")
            .env("AWS_REGION", "eu-north-1")
            .env("HTTPS_PROXY", &self.url)
            .env("AWS_CA_BUNDLE", folder.path("ca.pem").to_str().unwrap())
            .go()
            .says_nothing_of(&["very-secret", "AKIDITSELF"])
    }

    /// Since the last time.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

const WHO: &str = "sts.eu-north-1.amazonaws.com:443 GetCallerIdentity";
const LOOK: &str = "ec2.eu-north-1.amazonaws.com:443 DescribeInstances";
const REBOOT: &str = "ec2.eu-north-1.amazonaws.com:443 RebootInstances";

#[test]
fn nothing_is_written_without_consent() {
    let (folder, aws) = (Folder::with(&machine()), Aws::start());
    let refused = aws.run(&folder, "").refused();
    refused.says(&[ACCOUNT, "ec2:rebootInstances", "--yes"]);
    assert_eq!(aws.asked(), [WHO]);
    aws.run(&folder, "--yes --expect-account 111111111111")
        .refused();
    assert_eq!(aws.asked(), [WHO]);

    let rehearsed = aws.run(&folder, "--dry-run --output json").exits(0).json();
    assert_eq!(rehearsed["wouldDo"][0]["action"], "ec2:rebootInstances");
    assert_eq!(aws.asked(), [WHO, LOOK]);

    let options = format!("--yes --expect-account {ACCOUNT} --output json");
    let done = aws.run(&folder, &options).exits(0).json();
    let execution = done["executionArn"].as_str().unwrap();
    assert!(
        execution.starts_with(&format!("arn:aws:states:eu-north-1:{ACCOUNT}:")),
        "{execution}"
    );
    assert_eq!(aws.asked(), [WHO, LOOK, REBOOT]);
}

/// Else its SDK would look for AWS where it is not.
#[test]
fn a_function_that_runs_here_goes_the_same_way() {
    let machine = r#"{"StartAt": "Way", "States": {"Way": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "Way"}, "OutputPath": "$.Payload", "End": true}}}"#;
    let (folder, aws) = (Folder::with(machine), Aws::start());
    folder.write(
        "template.yaml",
        "Resources:\n  Way:\n    Type: AWS::Serverless::Function\n    Properties:\n      Runtime: python3.12\n      \
         Handler: way.handler\n      CodeUri: .\n",
    );
    let names = "['HTTPS_PROXY', 'NO_PROXY', 'AWS_CA_BUNDLE']";
    let code = format!(
        "import os\ndef handler(event, context):\n    return [os.environ[name] for name in {names}]\n"
    );
    folder.write("way.py", code);
    let way = aws.run(&folder, "--quiet").exits(0).json();
    let ca = folder.path("ca.pem");
    assert_eq!(
        way,
        json!([aws.url, "localhost,127.0.0.1,::1", ca.to_str().unwrap()])
    );
}
