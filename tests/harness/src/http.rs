//! HTTP/1.1 as a load generator speaks it: one kept connection, one request at a time, bodies of a told length.
//!
//! A blocking socket and no runtime: a client that shares two cores with the server it measures has to cost little, and a thread
//! that waits for an answer is the simplest thing to reason about when the server is killed under it.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long an answer may take: longer than the longest poll of the API, a minute.
const PATIENCE: Duration = Duration::from_secs(90);

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    /// The other side closes the connection after this answer.
    pub closes: bool,
}

pub struct Connection {
    stream: BufReader<TcpStream>,
    request: Vec<u8>,
    line: String,
}

impl Connection {
    pub fn open(address: &str) -> io::Result<Connection> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Connection {
            stream: BufReader::new(stream),
            request: Vec::new(),
            line: String::new(),
        })
    }

    /// `head` is the request line and the headers without `Content-Length`, each line ended by CR LF.
    pub fn send(&mut self, head: &str, body: &[u8]) -> io::Result<Answer> {
        self.request.clear();
        write!(self.request, "{head}Content-Length: {}\r\n\r\n", body.len())?;
        self.request.extend_from_slice(body);
        self.stream.get_mut().write_all(&self.request)?;
        let status = self
            .line()?
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .ok_or_else(|| bad("no status line"))?;
        let (mut length, mut closes) = (None, false);
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().ok();
            } else if name.eq_ignore_ascii_case("connection") {
                closes = value.trim().eq_ignore_ascii_case("close");
            }
        }
        let mut body = vec![0; length.ok_or_else(|| bad("no Content-Length"))?];
        self.stream.read_exact(&mut body)?;
        Ok(Answer {
            status,
            body,
            closes,
        })
    }

    fn line(&mut self) -> io::Result<&str> {
        self.line.clear();
        if self.stream.read_line(&mut self.line)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(self.line.trim_end())
    }
}

fn bad(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}
