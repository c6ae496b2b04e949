//! The other way in: HTTP on a loopback port, for clients in other processes.
//!
//! A room with async and tokio. It bounds what a client may take (size, time,
//! connections), and leads every request to a door; it knows no operation.
//!
//! Ledger: X6, W70.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// A bound port of this machine alone.
#[derive(Debug)]
pub struct Socket {
    listener: TcpListener,
    address: SocketAddr,
}

/// Why there is no port.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Anyone on the network could reach it, and the sandbox asks nobody who they are.
    #[error("{0} can be reached from other machines: the sandbox listens on loopback alone, such as 127.0.0.1:4566")]
    NotLoopback(SocketAddr),
    /// The system refuses the port.
    #[error("cannot listen on {address}")]
    Bind {
        /// What was asked for.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
}

/// Larger than any request that AWS takes in the services of the sandbox: a batch of SQS has 1 MiB.
const MOST_BYTES: usize = 2 * 1024 * 1024;
const MOST_CONNECTIONS: usize = 128;
/// For the head of a request, and for a connection without one.
const HEAD_WITHIN: Duration = Duration::from_secs(30);
const BODY_WITHIN: Duration = Duration::from_secs(30);
/// A long poll of SQS takes 20 seconds.
const ANSWER_WITHIN: Duration = Duration::from_mins(1);
/// What is under way when the socket closes.
const END_WITHIN: Duration = Duration::from_secs(3);
/// After the system has refused a connection, for want of file handles say.
const BREATH: Duration = Duration::from_millis(100);

impl Socket {
    /// Takes a port; 0 is any that is free.
    ///
    /// # Errors
    ///
    /// The address is not a loopback one, or the system refuses it.
    pub async fn bind(address: SocketAddr) -> Result<Self, SocketError> {
        if !address.ip().is_loopback() {
            return Err(SocketError::NotLoopback(address));
        }
        let failed = |source| SocketError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Leads requests to `door` until `stop` comes, then lets what is under way
    /// end, for three seconds.
    pub async fn serve(self, door: impl HttpConnector + 'static, stop: impl Future<Output = ()>) {
        let door = SharedHttpConnector::new(door);
        let (close, closing) = watch::channel(false);
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let mut connections = JoinSet::new();
        let mut stop = pin!(stop);
        loop {
            let accepted = async {
                // Who finds every place taken waits; an idle connection gives its place up.
                let place = Arc::clone(&places).acquire_owned().await;
                (self.listener.accept().await, place)
            };
            tokio::select! {
                () = &mut stop => break,
                (accepted, place) = accepted => match accepted {
                    Ok((stream, _)) => {
                        let (door, closing) = (door.clone(), closing.clone());
                        connections.spawn(async move {
                            converse(stream, door, closing).await;
                            drop(place);
                        });
                    }
                    Err(_) => tokio::time::sleep(BREATH).await,
                },
                Some(_) = connections.join_next() => {}
            }
        }
        drop(self.listener);
        let _nobody_left = close.send(true);
        let all_ended = async { while connections.join_next().await.is_some() {} };
        // Dropping the rest ends it.
        let _late = timeout(END_WITHIN, all_ended).await;
    }
}

async fn converse(stream: TcpStream, door: SharedHttpConnector, mut closing: watch::Receiver<bool>) {
    let service = service_fn(move |request| {
        let door = door.clone();
        async move { answer(&door, request).await }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).max_buf_size(128 * 1024);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        // How a connection ends is the client's business.
        _ended = &mut connection => return,
        _closing = closing.wait_for(|closing| *closing) => connection.as_mut().graceful_shutdown(),
    }
    let _ended = connection.await;
}

/// Something on the way let the request or its reply be lost: the client hears nothing.
#[derive(Debug, thiserror::Error)]
#[error("nothing comes back")]
struct Lost;

async fn answer(door: &SharedHttpConnector, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Lost> {
    if request.headers().contains_key("origin") {
        return Ok(refusal(StatusCode::FORBIDDEN, "the sandbox does not answer web pages"));
    }
    let (head, body) = request.into_parts();
    let too_large = || Ok(refusal(StatusCode::PAYLOAD_TOO_LARGE, "the sandbox takes requests of 2 MiB"));
    // What says so before it is sent need not be read.
    if body.size_hint().lower() > MOST_BYTES as u64 {
        return too_large();
    }
    let body = match timeout(BODY_WITHIN, Limited::new(body, MOST_BYTES).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => return too_large(),
        Ok(Err(_)) => return Ok(refusal(StatusCode::BAD_REQUEST, "the request ended before its body did")),
        Err(_) => return Ok(refusal(StatusCode::REQUEST_TIMEOUT, "the body of the request took too long")),
    };
    let mut asked = HttpRequest::new(SdkBody::from(body.as_ref()));
    let path = head.uri.path().to_owned();
    if asked.set_uri(path).is_err() || asked.set_method(head.method.as_str()).is_err() {
        return Ok(refusal(StatusCode::BAD_REQUEST, "the method or the path cannot be read"));
    }
    for (name, value) in &head.headers {
        if let Ok(value) = value.to_str() {
            asked.headers_mut().append(name.as_str().to_owned(), value.to_owned());
        }
    }
    let answered = match timeout(ANSWER_WITHIN, door.call(asked)).await {
        Ok(Ok(answered)) => answered,
        Ok(Err(error)) if error.is_io() || error.is_timeout() => return Err(Lost),
        Ok(Err(_)) | Err(_) => {
            return Ok(refusal(StatusCode::INTERNAL_SERVER_ERROR, "the sandbox could not answer"));
        }
    };
    let status = StatusCode::from_u16(answered.status().as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::new(Full::new(Bytes::copy_from_slice(answered.body().bytes().unwrap_or_default())));
    *response.status_mut() = status;
    for (name, value) in answered.headers() {
        if let (Ok(name), Ok(value)) = (hyper::header::HeaderName::try_from(name), value.parse()) {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}

/// In the JSON protocols' form of an error; every SDK shows at least the status.
fn refusal(status: StatusCode, message: &'static str) -> Response<Full<Bytes>> {
    let body = format!(r#"{{"__type":"SandboxException","message":"{message}"}}"#);
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let kind = hyper::header::HeaderValue::from_static("application/x-amz-json-1.1");
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, kind);
    response
}
