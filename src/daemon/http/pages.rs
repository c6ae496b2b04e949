//! The pages: which path shows what of the board.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::{Response, StatusCode};

use crate::daemon::board::Board;

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const INDEX: &str = "\
/livez    does the loop turn?
/readyz   are manifests loaded and was there a pass? ?verbose says what is missing
/metrics  numbers, for Prometheus
/status   every resource with its conditions, for `evenkeel get --daemon`
/plan     the last pass, as the JSON object of `evenkeel diff`
";

/// What is answered.
pub(super) struct Answer {
    status: StatusCode,
    kind: &'static str,
    body: Bytes,
}

/// The page of a path.
pub(super) fn page(path: &str, query: Option<&str>, board: &Board) -> Answer {
    match path {
        "/" => Answer::text(StatusCode::OK, INDEX),
        "/livez" if board.is_alive() => Answer::text(StatusCode::OK, "ok\n"),
        "/livez" => Answer::text(StatusCode::SERVICE_UNAVAILABLE, "the loop has not turned in time\n"),
        "/readyz" => ready(board, query.is_some_and(is_verbose)),
        "/metrics" => Answer { status: StatusCode::OK, kind: METRICS, body: board.numbers().into() },
        "/plan" => document(board.said().plan.map(|plan| plan.to_string())),
        "/status" => document(board.said().status.and_then(|status| serde_json::to_string(&*status).ok())),
        _ => Answer::text(StatusCode::NOT_FOUND, "there is no such page: / lists them\n"),
    }
}

/// What a pass leaves behind.
fn document(text: Option<String>) -> Answer {
    match text {
        Some(text) => Answer { status: StatusCode::OK, kind: JSON, body: text.into() },
        None => Answer::text(StatusCode::SERVICE_UNAVAILABLE, "no pass is over yet\n"),
    }
}

fn is_verbose(query: &str) -> bool {
    query.split('&').any(|pair| pair.split('=').next() == Some("verbose"))
}

/// A source or a queue that fails does not make the daemon unready: what was last good stays in force.
fn ready(board: &Board, verbose: bool) -> Answer {
    let missing = board.missing();
    let status = if missing.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    if !verbose {
        return Answer::text(status, if missing.is_empty() { "ok\n" } else { "not ready: ?verbose says why\n" });
    }
    let said = board.said();
    let mut lines: Vec<String> = missing.iter().map(|text| format!("missing: {text}")).collect();
    lines.extend(said.passed.map(|at| format!("ok: the last pass was over at {at}")));
    lines.push(
        said.source.map_or_else(|| "ok: the source".to_owned(), |(_, why)| format!("failing: the source: {why}")),
    );
    lines.extend(said.unanswered.map(|why| format!("waits: {why}")));
    lines.extend(said.queue.map(|why| format!("failing: the queue of events: {why}")));
    Answer::text(status, &(lines.join("\n") + "\n"))
}

impl Answer {
    pub(super) fn text(status: StatusCode, text: &str) -> Self {
        Self { status, kind: TEXT, body: Bytes::copy_from_slice(text.as_bytes()) }
    }

    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        let Self { status, kind, body } = self;
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = status;
        let mut set =
            |name: HeaderName, value| drop(response.headers_mut().insert(name, HeaderValue::from_static(value)));
        set(CONTENT_TYPE, kind);
        set(CACHE_CONTROL, "no-store");
        set(X_CONTENT_TYPE_OPTIONS, "nosniff");
        if status == StatusCode::METHOD_NOT_ALLOWED {
            set(ALLOW, "GET, HEAD");
        }
        response
    }
}
