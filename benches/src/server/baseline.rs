//! What the machine allows: a loopback server that appends 2 KB and syncs before each answer, one fdatasync for all that wait.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};

use bytes::Bytes;
use harness::{CallError, Client};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::load::{Times, load};
use super::{Beside, Figure, Target};

/// The argument of the process that is the server.
pub const CHILD: &str = "--durable-echo";
const RECORD: [u8; 2048] = [b'r'; 2048];
const SEQUENTIAL: usize = 2_000;
const CONCURRENT: usize = 40_000;

pub struct Baseline {
    /// One request after the other.
    p50_millis: f64,
    p99_millis: f64,
    /// With 32 clients at once.
    per_second: f64,
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

pub fn measure() -> io::Result<Baseline> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg(CHILD)
        .stdout(Stdio::piped())
        .spawn()?;
    let stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let _process = Process(child);
    let mut address = String::new();
    BufReader::new(stdout).read_line(&mut address)?;
    let call = |client: &mut Client, _: usize| -> Result<(), CallError> {
        client.call("Echo", &Value::Null).map(drop)
    };
    let run = |clients, count| -> io::Result<Times> {
        load(clients, count, |_| Client::new(address.trim()), call).map_err(io::Error::other)
    };
    let one = run(1, SEQUENTIAL)?;
    let many = run(super::chains::CLIENTS, CONCURRENT)?;
    Ok(Baseline {
        p50_millis: one.millis(50),
        p99_millis: one.millis(99),
        per_second: many.per_second(),
    })
}

impl Baseline {
    pub(super) fn figures(&self) -> Vec<Figure> {
        let figure = |what, value, unit| Figure {
            workload: "baseline",
            what,
            value,
            unit,
            target: Target::None,
            beside: Beside::Nothing,
        };
        vec![
            figure("one request at a time, p50", self.p50_millis, "ms"),
            figure("one request at a time, p99", self.p99_millis, "ms"),
            figure("32 at once", self.per_second, "requests/s"),
        ]
    }

    pub(super) fn latency(&self) -> Beside {
        Beside::Latency {
            baseline_millis: self.p50_millis,
        }
    }

    pub(super) fn throughput(&self) -> Beside {
        Beside::Throughput {
            baseline_per_second: self.per_second,
        }
    }
}

/// The server: prints its address and serves until it is killed.
pub fn child() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("benches: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = File::create(folder.path().join("log"))?;
    let (sender, receiver) = channel();
    std::thread::spawn(move || write(file, &receiver));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let sender = sender.clone();
            tokio::spawn(async move {
                let answer = service_fn(move |request| answer(request, sender.clone()));
                let connection = hyper::server::conn::http1::Builder::new();
                // A client that goes away ends its connection.
                drop(
                    connection
                        .serve_connection(TokioIo::new(stream), answer)
                        .await,
                );
            });
        }
    })
}

async fn answer(
    request: Request<Incoming>,
    writer: Sender<oneshot::Sender<()>>,
) -> Result<Response<Full<Bytes>>, io::Error> {
    let body = request.into_body().collect().await;
    let body = body.map_err(io::Error::other)?.to_bytes();
    serde_json::from_slice::<Value>(&body)?;
    let (done, durable) = oneshot::channel();
    writer.send(done).map_err(io::Error::other)?;
    durable.await.map_err(io::Error::other)?;
    Ok(Response::new(Full::new(Bytes::from_static(b"{}"))))
}

/// Takes what waits, writes it, syncs once, tells all.
fn write(mut file: File, requests: &Receiver<oneshot::Sender<()>>) -> io::Result<()> {
    while let Ok(first) = requests.recv() {
        let waiting: Vec<_> = std::iter::once(first).chain(requests.try_iter()).collect();
        file.write_all(&RECORD.repeat(waiting.len()))?;
        file.sync_data()?;
        for done in waiting {
            // Its client may have gone.
            let _ = done.send(());
        }
    }
    Ok(())
}
