//! Stands between the SDK and the network: counts every call by operation, keeps it within the limits, and lets no
//! plain text leave the machine; ends what gets no answer. Retries are calls too.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use super::fault;
use super::limits::Limits;
use super::patience::{self, Patience, Question};
use crate::cloud::fault::FaultKind;
use crate::cloud::host;
use crate::cloud::traffic::{Request, Traffic};

/// Calls by operation, for example `ecs:DescribeServices`.
pub type Calls = BTreeMap<String, u64>;

/// The HTTP client that all service clients share.
#[derive(Clone)]
pub(super) struct Meter {
    inner: SharedHttpClient,
    limits: Arc<Limits>,
    answer_within: Duration,
    patience: Patience,
    calls: Arc<Mutex<Calls>>,
    traffic: Traffic,
}

impl Meter {
    pub(super) fn new(inner: SharedHttpClient, limits: Limits, answer_within: Duration) -> Self {
        let (patience, calls, traffic) = Default::default();
        Self { inner, limits: Arc::new(limits), answer_within, patience, calls, traffic }
    }

    pub(super) fn calls(&self) -> Calls {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn traffic(&self) -> Traffic {
        self.traffic.clone()
    }
}

impl std::fmt::Debug for Meter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meter")
    }
}

impl HttpClient for Meter {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Metered { inner, meter: self.clone() })
    }
}

#[derive(Debug)]
struct Metered {
    inner: SharedHttpConnector,
    meter: Meter,
}

impl HttpConnector for Metered {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if host::is_exposed(request.uri()) {
            let refusal = "the endpoint is plain text and not on this machine: use https";
            return HttpConnectorFuture::ready(Err(ConnectorError::user(refusal.into())));
        }
        let operation = operation(&request);
        let brief = patience::is_brief().then(|| Question::of(&request));
        let (inner, meter, clock) = (self.inner.clone(), self.meter.clone(), self.meter.limits.clock());
        HttpConnectorFuture::new(async move {
            meter.limits.wait(&operation).await;
            *meter.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(operation.clone()).or_default() += 1;
            let sent = clock.now();
            let usual = meter.answer_within;
            let within = brief.as_ref().map_or(usual, |question| meter.patience.with(question, sent, usual));
            let answer = tokio::select! {
                answer = answered(inner.call(request), brief.is_some()) => answer,
                () = clock.sleep(within) => {
                    Err(ConnectorError::timeout(format!("no answer within {:.1} s", within.as_secs_f32()).into()))
                }
            };
            let now = clock.now();
            log(&operation, &answer, now.since(sent));
            meter.traffic.count(ended(operation, &answer));
            match (answer, brief) {
                (Err(error), Some(question)) if error.is_timeout() => {
                    meter.patience.silent(&question, sent, now);
                    // The SDK would ask again, and again.
                    Err(ConnectorError::other(error.into_source(), None))
                }
                (answer, question) => {
                    if let Some(question) = question.filter(|_| answer.is_ok()) {
                        meter.patience.answered(&question, now);
                    }
                    answer
                }
            }
        })
    }
}

/// The answer; one that says no is read to its end, so that it can be counted by its code. Those are short. The `whole`
/// answer is read where nobody would wait for the rest of it.
async fn answered(call: HttpConnectorFuture, whole: bool) -> Result<HttpResponse, ConnectorError> {
    let mut answer = call.await?;
    if (whole || !answer.status().is_success()) && answer.body().bytes().is_none() {
        let body = std::mem::replace(answer.body_mut(), SdkBody::empty());
        let read = ByteStream::new(body).collect().await.map_err(|error| ConnectorError::io(error.into()))?;
        *answer.body_mut() = SdkBody::from(read.into_bytes());
    }
    Ok(answer)
}

fn ended(operation: String, answer: &Result<HttpResponse, ConnectorError>) -> Request {
    let of = |code: String, throttled| Request { operation, code, throttled };
    match answer {
        Ok(response) => {
            let status = response.status().as_u16();
            let code = fault::code(response.body().bytes().unwrap_or_default()).filter(|_| status >= 300);
            let throttled = code.as_deref().is_some_and(|code| fault::kind(code, status) == FaultKind::Throttled);
            of(code.unwrap_or_else(|| status.to_string()), throttled)
        }
        Err(error) if error.is_timeout() => of("timeout".to_owned(), false),
        Err(_) => of("unanswered".to_owned(), false),
    }
}

/// One line a call: never what was sent or answered.
fn log(operation: &str, answer: &Result<HttpResponse, ConnectorError>, took: Duration) {
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    match answer {
        Ok(response) => {
            let id = |name: &str| response.headers().get(name);
            let request = id("x-amzn-requestid").or_else(|| id("x-amzn-request-id")).unwrap_or("none");
            tracing::debug!(operation, status = response.status().as_u16(), milliseconds, request, "call");
        }
        Err(error) => {
            let kind = if error.is_timeout() { "timeout" } else { "no answer" };
            tracing::debug!(operation, status = kind, milliseconds, "call");
        }
    }
}

/// The service and operation: a header names them in the JSON protocols, the form does in the query protocol.
fn operation(request: &HttpRequest) -> String {
    if let Some(target) = request.headers().get("x-amz-target") {
        let (service, operation) = target.rsplit_once('.').unwrap_or(("", target));
        let service = if service.starts_with("AmazonEC2ContainerService") { "ecs" } else { service };
        let service = match service {
            "AmazonSQS" => "sqs",
            "AmazonSSM" => "ssm",
            "TrentService" => "kms",
            "Logs_20140328" => "logs",
            "AmazonEC2ContainerRegistry_V20150921" => "ecr",
            "ResourceGroupsTaggingAPI_20170126" => "tag",
            other => other,
        };
        return format!("{service}:{operation}");
    }
    let body = request.body().bytes().unwrap_or_default();
    let field = |name: &[u8]| {
        let value = body.split(|byte| *byte == b'&').find_map(|pair| pair.strip_prefix(name))?;
        std::str::from_utf8(value).ok()
    };
    let service = match field(b"Version=") {
        Some("2010-05-08") => "iam",
        Some("2011-06-15") => "sts",
        Some("2016-11-15") => "ec2",
        _ => "other",
    };
    format!("{service}:{}", field(b"Action=").unwrap_or("unknown"))
}
