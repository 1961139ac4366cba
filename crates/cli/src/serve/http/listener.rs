//! Takes connections.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::connections::{Connection, Connections};
use super::{Front, stopped};

/// For the whole head of a request, from the end of the one before.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// For clients to take their answers when the server ends.
const LAST_READ: Duration = Duration::from_secs(2);
/// After an error that taking the next connection at once would only repeat.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `stop` is true, then lets what runs finish.
pub async fn serve(
    listener: TcpListener,
    front: Arc<Front>,
    connections: Arc<Connections>,
    stop: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(stop.clone()) => break,
        };
        match accepted {
            Ok((stream, peer)) => match connections.open() {
                Some(connection) => {
                    let (front, stop) = (front.clone(), stop.clone());
                    tokio::spawn(converse(stream, peer, front, connection, stop));
                }
                None => front.metrics.connection_refused(),
            },
            // The client has gone already.
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
            Err(error) => {
                front.log.warning(
                    "a connection cannot be accepted",
                    &[("error", &error.to_string())],
                );
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    // Requests that are at work are finished; nobody waits long for clients that do not read what they asked for.
    let all_closed = tokio::time::timeout(LAST_READ, connections.closed());
    if all_closed.await.is_err() {
        connections.close_idle();
        connections.closed().await;
    }
}

/// One connection, to its end.
async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    front: Arc<Front>,
    connection: Connection,
    stop: watch::Receiver<bool>,
) {
    // An answer is one write: nothing is gained by waiting for more. Where it cannot be set answers are later, not wrong.
    drop(stream.set_nodelay(true));
    let connection = Arc::new(connection);
    let place = connection.clone();
    let service = service_fn(move |request| {
        let (front, place) = (front.clone(), place.clone());
        async move { Ok::<_, std::convert::Infallible>(front.answer(request, peer, &place).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(served);
    // What goes wrong on a connection is its client's to notice.
    tokio::select! {
        _ = served.as_mut() => {}
        () = connection.evicted() => {}
        () = stopped(stop) => {
            served.as_mut().graceful_shutdown();
            tokio::select! {
                _ = served => {}
                () = connection.evicted() => {}
            }
        }
    }
}
