//! The daemon's port: read-only, and bounded in what a client may take (size, time, connections). What the pages say is
//! theirs; what is on them is the board's.

mod pages;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use hyper::body::Incoming;
use hyper::header::HOST;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::board::Board;
use crate::cloud::host;
use pages::Answer;

/// A bound port.
#[derive(Debug)]
pub struct Socket {
    listener: TcpListener,
    address: SocketAddr,
}

/// Why there is no port.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}")]
pub struct SocketError {
    /// What was asked for.
    pub address: SocketAddr,
    /// Why not.
    pub source: std::io::Error,
}

/// From this machine, and as many from elsewhere.
const MOST_CONNECTIONS: usize = 32;
/// The head of a request; a body is not read.
const MOST_BYTES: usize = 16 * 1024;
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// A connection as a whole: it carries one request.
const OVER_WITHIN: Duration = Duration::from_secs(30);
/// After the system has refused a connection, for want of file handles say.
const BREATH: Duration = Duration::from_millis(100);

impl Socket {
    /// Takes a port; 0 is any that is free.
    ///
    /// # Errors
    ///
    /// The system refuses it.
    pub async fn bind(address: SocketAddr) -> Result<Self, SocketError> {
        let failed = |source| SocketError { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Can no other machine reach it?
    pub fn is_loopback(&self) -> bool {
        self.address.ip().is_loopback()
    }

    /// Shows the board for as long as it is let.
    pub async fn serve(self, board: &Board) {
        let mut places = Places { here: FuturesUnordered::new(), elsewhere: FuturesUnordered::new() };
        loop {
            tokio::select! {
                () = places.end() => {}
                // Who finds every place taken waits in the system's queue.
                accepted = self.listener.accept(), if places.are_left() => match accepted {
                    Ok((stream, peer)) => places.take(peer.ip(), converse(stream, board, self.is_loopback())),
                    Err(_) => tokio::time::sleep(BREATH).await,
                },
            }
        }
    }
}

/// Connections, those from this machine apart: who asks here whether the daemon lives waits for nobody from elsewhere.
struct Places<F> {
    here: FuturesUnordered<F>,
    elsewhere: FuturesUnordered<F>,
}

impl<F: Future<Output = ()>> Places<F> {
    fn are_left(&self) -> bool {
        self.here.len() < MOST_CONNECTIONS
    }

    /// One from elsewhere that finds every place taken is closed: behind it may wait one from here.
    fn take(&mut self, peer: IpAddr, connection: F) {
        let places = if peer.to_canonical().is_loopback() { &self.here } else { &self.elsewhere };
        if places.len() < MOST_CONNECTIONS {
            places.push(connection);
        }
    }

    /// One of them is over.
    async fn end(&mut self) {
        tokio::select! {
            Some(()) = self.here.next() => {}
            Some(()) = self.elsewhere.next() => {}
            else => std::future::pending().await,
        }
    }
}

async fn converse(stream: TcpStream, board: &Board, loopback: bool) {
    let service =
        service_fn(|request| async move { Ok::<_, Infallible>(answer(&request, board, loopback).into_response()) });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).max_buf_size(MOST_BYTES).keep_alive(false);
    // How a connection ends is the client's business.
    let _ended = timeout(OVER_WITHIN, http.serve_connection(TokioIo::new(stream), service)).await;
}

fn answer(request: &Request<Incoming>, board: &Board, loopback: bool) -> Answer {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Answer::text(StatusCode::METHOD_NOT_ALLOWED, "this server is read-only: GET and HEAD\n");
    }
    // A page in a browser can have its own name lead to this machine; it cannot leave that name out.
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    if loopback && !host.is_none_or(is_local) {
        return Answer::text(StatusCode::FORBIDDEN, "ask by address or as localhost\n");
    }
    pages::page(request.uri().path(), request.uri().query(), board)
}

fn is_local(authority: &str) -> bool {
    let host = host::of(authority);
    host::is_loopback(host) || host.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A monitor that hangs, or whoever means harm, must not have ECS end the task.
    #[test]
    fn those_from_elsewhere_take_no_place_of_those_on_this_machine() {
        let mut places = Places { here: FuturesUnordered::new(), elsewhere: FuturesUnordered::new() };
        for number in 0..40 {
            places.take(IpAddr::from([10, 0, 0, number]), std::future::pending());
        }
        assert_eq!((places.elsewhere.len(), places.are_left()), (MOST_CONNECTIONS, true));
        for peer in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            places.take(peer.parse().unwrap(), std::future::pending());
        }
        assert_eq!((places.here.len(), places.elsewhere.len()), (3, MOST_CONNECTIONS));
        for _ in 3..MOST_CONNECTIONS {
            places.take(IpAddr::from([127, 0, 0, 1]), std::future::pending());
        }
        assert!(!places.are_left(), "they wait in the system's queue");
    }
}
