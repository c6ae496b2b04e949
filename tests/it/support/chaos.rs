//! Faults on the wire: between the SDK and whatever answers, by operation and by index.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

/// What becomes of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It goes through.
    Pass,
    /// The caller may not do that.
    Denied,
    /// AWS says that there is no such thing.
    NotFound,
    /// It goes through, and the answer says of one thing that it failed.
    OneFails,
    /// It goes through, and the answer forgets one thing.
    OneForgotten,
    /// It goes through, and the answer names services by ARNs of the old form, which lack the cluster.
    ShortArns,
    /// It goes through, and the answer is a page of two.
    SmallPage,
    /// AWS has an internal error, before it did anything.
    ServerError,
    /// AWS asks to slow down.
    Throttled,
    /// It never arrives.
    Lost,
    /// It takes effect, and the answer never arrives.
    ReplyLost,
    /// It takes effect, and the answer is waited for in vain: no error either.
    NeverAnswers,
    /// The process dies before it is sent.
    CrashBefore,
    /// The process dies after it took effect.
    CrashAfter,
}

type Rule = Box<dyn FnMut(usize, &str) -> Fate + Send>;

/// An HTTP client that asks a rule about every call: its index, from 0, and its operation.
#[derive(Clone)]
pub(crate) struct Chaos {
    inner: SharedHttpClient,
    state: Arc<Mutex<State>>,
    dead: Arc<tokio::sync::Notify>,
}

struct State {
    rule: Rule,
    seen: Vec<String>,
}

impl Chaos {
    pub(crate) fn new(inner: SharedHttpClient) -> Self {
        let state = State { rule: Box::new(|_, _| Fate::Pass), seen: Vec::new() };
        Self { inner, state: Arc::new(Mutex::new(state)), dead: Arc::default() }
    }

    /// Begins to count anew, under another rule.
    pub(crate) fn set(&self, rule: impl FnMut(usize, &str) -> Fate + Send + 'static) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State { rule: Box::new(rule), seen: Vec::new() };
    }

    /// The operations of all calls since the rule was set.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).seen.clone()
    }

    /// Resolves when a rule has let the process die.
    pub(crate) async fn death(&self) {
        self.dead.notified().await;
    }

    fn fate(&self, operation: &str) -> Fate {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let index = state.seen.len();
        let fate = (state.rule)(index, operation);
        state.seen.push(operation.to_owned());
        fate
    }
}

impl std::fmt::Debug for Chaos {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chaos")
    }
}

impl HttpClient for Chaos {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connector { inner, chaos: self.clone() })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    chaos: Chaos,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let is_query = request.headers().get("x-amz-target").is_none();
        let fate = self.chaos.fate(&operation(&request));
        let (inner, chaos) = (self.inner.clone(), self.chaos.clone());
        HttpConnectorFuture::new(async move {
            match fate {
                Fate::Pass => inner.call(request).await,
                Fate::Denied => Ok(error(is_query, 403, "AccessDeniedException", "not authorized")),
                Fate::NotFound => {
                    let code = if is_query { "NoSuchEntity" } else { "ResourceNotFoundException" };
                    Ok(error(is_query, 404, code, "there is no such thing"))
                }
                Fate::OneFails => Ok(less(inner.call(request).await?, Some("ACCESS_DENIED"))),
                Fate::OneForgotten => Ok(less(inner.call(request).await?, None)),
                Fate::ShortArns => Ok(with_short_arns(&inner.call(request).await?)),
                Fate::SmallPage => inner.call(with_small_pages(request)).await,
                Fate::ServerError => Ok(error(is_query, 500, "InternalFailure", "internal error")),
                Fate::Throttled => Ok(error(is_query, 400, "ThrottlingException", "Rate exceeded")),
                Fate::Lost => Err(ConnectorError::timeout("the request was lost".into())),
                Fate::ReplyLost => {
                    let _applied = inner.call(request).await;
                    Err(ConnectorError::io("the reply was lost".into()))
                }
                Fate::NeverAnswers => {
                    let _applied = inner.call(request).await;
                    std::future::pending().await
                }
                Fate::CrashBefore => {
                    chaos.dead.notify_one();
                    std::future::pending().await
                }
                Fate::CrashAfter => {
                    let _applied = inner.call(request).await;
                    chaos.dead.notify_one();
                    std::future::pending().await
                }
            }
        })
    }
}

fn with_short_arns(response: &HttpResponse) -> HttpResponse {
    let text = String::from_utf8_lossy(response.body().bytes().unwrap_or_default());
    let mut short = HttpResponse::new(response.status(), SdkBody::from(text.replace(":service/shop/", ":service/")));
    for (name, value) in response.headers() {
        short.headers_mut().insert(name.to_owned(), value.to_owned());
    }
    short
}

/// AWS may put less on a page than is asked for.
fn with_small_pages(mut request: HttpRequest) -> HttpRequest {
    let mut input: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap();
    input["maxResults"] = json!(2);
    *request.body_mut() = SdkBody::from(input.to_string());
    request
}

/// A batch answer with one thing less, which may stand among its failures.
fn less(response: HttpResponse, failure: Option<&str>) -> HttpResponse {
    let status = response.status();
    let text = response.body().bytes().unwrap_or_default();
    let Ok(mut answer) = serde_json::from_slice::<Value>(text) else { return response };
    let batches = ["services", "serviceDeployments", "serviceRevisions", "tasks"];
    let Some(batch) = batches.iter().find(|batch| answer[**batch].is_array()) else { return response };
    let forgotten = answer[*batch].as_array_mut().and_then(Vec::pop);
    if let (Some(reason), Some(_), Some(failures)) = (failure, forgotten, answer["failures"].as_array_mut()) {
        failures.push(json!({"arn": "arn:aws:ecs:eu-west-1:123456789012:some/thing", "reason": reason}));
    }
    let mut less = HttpResponse::new(status, SdkBody::from(answer.to_string()));
    less.headers_mut().insert("content-type", "application/x-amz-json-1.1");
    less
}

/// The operation alone, for example `UpdateService`.
fn operation(request: &HttpRequest) -> String {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next().unwrap_or_default().to_owned();
    }
    let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
    body.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default().to_owned()
}

fn error(is_query: bool, status: u16, code: &str, message: &str) -> HttpResponse {
    let (kind, body) = if is_query {
        let xml = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
        );
        ("text/xml", xml)
    } else {
        ("application/x-amz-json-1.1", json!({"__type": code, "message": message}).to_string())
    };
    let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
    response.headers_mut().insert("content-type", kind);
    response
}
