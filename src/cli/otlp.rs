//! Traces of the daemon's passes, over OTLP: what was looked at, which calls were made, how long it took. The variables of
//! OpenTelemetry (`OTEL_EXPORTER_OTLP_ENDPOINT` and the others) say where to and how; without an endpoint nothing is sent.
//!
//! Only spans and log lines of evenkeel's own go out, never the SDK's.

use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::registry::LookupSpan;

use crate::aws::post::Post;
use crate::daemon::TRACE;

/// Where spans wait until they are sent, while there is someone to send them to.
static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// At the end of the program: a supervisor waits no longer than ten seconds, of which the last calls may take nine.
const LAST_SPANS: Duration = Duration::from_millis(900);

/// What collects spans; nothing where no endpoint is named. Where one is named that cannot be used, says why.
pub(super) fn layer<S: Subscriber + for<'s> LookupSpan<'s>>() -> (Option<impl Layer<S>>, Option<String>) {
    let named = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"].into_iter().any(is_set);
    if !named {
        return (None, None);
    }
    let failed = |why: &dyn std::fmt::Display| format!("no traces are sent: {why}");
    let sender = match Sender::new() {
        Ok(sender) => sender,
        Err(error) => return (None, Some(failed(&error))),
    };
    let exporter = match SpanExporter::builder().with_http().with_http_client(sender).build() {
        Ok(exporter) => exporter,
        Err(error) => return (None, Some(failed(&error))),
    };
    let resource = Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    let resource = if is_set("OTEL_SERVICE_NAME") { resource } else { resource.with_service_name("evenkeel") };
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build()).build();
    let tracer = PROVIDER.get_or_init(|| provider).tracer("evenkeel");
    let ours = Targets::new().with_target("evenkeel", LevelFilter::INFO).with_target(TRACE, LevelFilter::INFO);
    let layer = tracing_opentelemetry::layer().with_tracer(tracer).with_location(false).with_threads(false);
    (Some(layer.with_filter(ours)), None)
}

/// Sends what has not been sent yet.
pub(super) fn flush() {
    if let Some(provider) = PROVIDER.get() {
        // Whoever collects may be gone.
        let _unsent = provider.shutdown_with_timeout(LAST_SPANS);
    }
}

/// Spans are sent from a thread of their own, which has no runtime around it.
#[derive(Debug)]
struct Sender {
    runtime: tokio::runtime::Runtime,
    post: Post,
}

impl Sender {
    fn new() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { runtime, post: Post::new() })
    }
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let headers = request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let uri = request.uri().to_string();
        let sending = self.post.send(&uri, headers, request.body().to_vec());
        let (status, body) = self.runtime.block_on(sending)?;
        Ok(Response::builder().status(status).body(Bytes::from(body))?)
    }
}

#[expect(clippy::disallowed_methods, reason = "the command line is where the environment is read")]
fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}
