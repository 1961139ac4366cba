//! Somebody who does the work of Task states: an endpoint in place of AWS that speaks AWS JSON and answers what it is told to.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

pub struct WorkerRequest<'a> {
    /// The operation, as `X-Amz-Target` names it after the dot.
    pub operation: &'a str,
    pub body: &'a [u8],
}

/// Answers the JSON of a response. It may take its time: each connection has a thread.
type Handler = dyn Fn(&WorkerRequest<'_>) -> String + Send + Sync;

/// Serves until the process ends.
pub struct Worker {
    address: String,
}

impl Worker {
    pub fn start(
        handler: impl Fn(&WorkerRequest<'_>) -> String + Send + Sync + 'static,
    ) -> io::Result<Worker> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let handler: Arc<Handler> = Arc::new(handler);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let handler = handler.clone();
                // A connection ends when its client does, mostly by being killed.
                std::thread::spawn(move || drop(serve(stream, &*handler)));
            }
        });
        Ok(Worker { address })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn serve(stream: TcpStream, handler: &Handler) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let (mut line, mut body) = (String::new(), Vec::new());
    loop {
        let (mut operation, mut length) = (String::new(), 0);
        loop {
            line.clear();
            if stream.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let Some((name, value)) = line.trim_end().split_once(':') else {
                if line == "\r\n" {
                    break;
                }
                continue;
            };
            if name.eq_ignore_ascii_case("x-amz-target") {
                let after_dot = value.rsplit('.').next();
                after_dot.unwrap_or(value).trim().clone_into(&mut operation);
            } else if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
        }
        body.resize(length, 0);
        stream.read_exact(&mut body)?;
        let answer = handler(&WorkerRequest {
            operation: &operation,
            body: &body,
        });
        write!(
            stream.get_mut(),
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        )?;
    }
}
