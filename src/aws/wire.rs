//! Calls of services that have no SDK crate here: the SDK's own runtime signs, retries and times them; bodies are plain JSON,
//! or EC2's form and XML. For what changes nothing.
//!
//! Knows how a service is spoken to, not what an operation means.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{AuthSchemeOptionResolverParams, SharedAuthScheme};
use aws_smithy_runtime_api::client::identity::{SharedIdentityCache, SharedIdentityResolver};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError, SensitiveOutput};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::{Region as SdkRegion, SigningRegion};
use aws_types::service_config::ServiceConfigKey;
use serde_json::{Value, json};

use super::xml;
use super::{Aws, fault};
use crate::cloud::fault::Fault;
use crate::model::id::Region;

/// How a service is spoken to.
pub(super) struct Service {
    /// As the SDK's settings name it, for example in `AWS_ENDPOINT_URL_ECR`.
    id: &'static str,
    /// In signatures and in our own names of operations.
    name: &'static str,
    /// The beginning of its host.
    host: &'static str,
    speaks: Speaks,
}

enum Speaks {
    /// awsJson 1.1, with what stands before the operation in `x-amz-target`.
    Json(&'static str),
    /// ec2Query, with the version of the API.
    Ec2(&'static str),
}

pub(super) const EC2: Service = Service { id: "EC2", name: "ec2", host: "ec2", speaks: Speaks::Ec2("2016-11-15") };
pub(super) const ECR: Service =
    Service { id: "ECR", name: "ecr", host: "api.ecr", speaks: Speaks::Json("AmazonEC2ContainerRegistry_V20150921") };
pub(super) const KMS: Service = Service { id: "KMS", name: "kms", host: "kms", speaks: Speaks::Json("TrentService") };
pub(super) const LOGS: Service =
    Service { id: "CloudWatch Logs", name: "logs", host: "logs", speaks: Speaks::Json("Logs_20140328") };
pub(super) const SSM: Service = Service { id: "SSM", name: "ssm", host: "ssm", speaks: Speaks::Json("AmazonSSM") };

/// Credentials, kept from call to call.
#[derive(Clone)]
pub(super) struct Wire {
    identity: Option<SharedIdentityResolver>,
    cache: SharedIdentityCache,
}

impl Wire {
    pub(super) fn new(config: &SdkConfig) -> Self {
        let identity = config.credentials_provider().map(SharedIdentityResolver::new);
        Self { identity, cache: IdentityCache::lazy().load_timeout(Duration::from_secs(30)).build() }
    }
}

impl Aws {
    /// Calls an operation that changes nothing. JSON takes `input` as it is, EC2 takes texts and lists of texts.
    pub(super) async fn read(
        &self,
        service: &'static Service,
        region: &Region,
        operation: &'static str,
        input: &Value,
    ) -> Result<Value, Fault> {
        let name = format!("{}:{operation}", service.name);
        let call = self.operation(service, region, operation);
        let answer = Box::pin(call.invoke(body(service, operation, input))).await;
        answer.map_err(|error: SdkError<ErrorMetadata, HttpResponse>| self.fault(&name, &error))
    }

    fn operation(
        &self,
        service: &'static Service,
        region: &Region,
        operation: &'static str,
    ) -> Operation<String, Value, ErrorMetadata> {
        let region = region.to_string();
        let mut layer = Layer::new("signing");
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        // What is answered is written to no log: a data key of KMS may be in it.
        layer.store_put(SensitiveOutput);
        layer.store_put(SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(SdkRegion::new(region.clone()))),
            name: Some(SigningName::from_static(service.name)),
            ..SigV4OperationSigningConfig::default()
        });
        // Who calls, as the SDK's own clients say it.
        layer.store_put(ApiMetadata::new(service.name, env!("CARGO_PKG_VERSION")));
        if let Some(app) = self.config.app_name() {
            layer.store_put(app.clone());
        }
        let mut components = RuntimeComponentsBuilder::new("signing")
            .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID])))
            .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
            .with_identity_cache(Some(self.wire.cache.clone()));
        if let Some(identity) = &self.wire.identity {
            components.set_identity_resolver(SCHEME_ID, identity.clone());
        }
        let plugin = StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components);
        let config = &self.config;
        let retries = config.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
        let timeouts = config.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled);
        let mut builder = Operation::builder()
            .service_name(service.name)
            .operation_name(operation)
            .behavior_version(aws_config::BehaviorVersion::latest())
            .endpoint_url(&endpoint(config, service, &region))
            .standard_retry(&retries)
            .timeout_config(timeouts)
            .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
            .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .http_client(self.meter.clone())
            .interceptor(UserAgentInterceptor::new())
            .runtime_plugin(plugin);
        if let Some(sleep) = config.sleep_impl() {
            builder = builder.sleep_impl(sleep);
        }
        if let Some(time) = config.time_source() {
            builder = builder.time_source(time);
        }
        builder
            .serializer(move |body: String| Ok(request(service, operation, body)?))
            .deserializer(move |response: &HttpResponse| answer(service, response))
            .build()
    }
}

/// The settings that the SDK's own clients read, in their order.
fn endpoint(config: &SdkConfig, service: &Service, region: &str) -> String {
    let key =
        ServiceConfigKey::builder().service_id(service.id).env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
    let own = key.ok().and_then(|key| config.service_config()?.load_config(key));
    if let Some(url) = own.or_else(|| config.endpoint_url().map(str::to_owned)) {
        return url;
    }
    let fips = config.use_fips() == Some(true);
    let host = match (fips, service.name) {
        (false, _) => service.host.to_owned(),
        (true, name) => format!("{name}-fips"),
    };
    if config.use_dual_stack() == Some(true) {
        let host = if fips { host } else { service.name.to_owned() };
        return format!("https://{host}.{region}.api.aws");
    }
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://{host}.{region}.{suffix}")
}

/// What a form escapes; the version of the API stays readable, for whoever counts calls.
const ESCAPED: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn body(service: &Service, operation: &str, input: &Value) -> String {
    let Speaks::Ec2(version) = service.speaks else { return input.to_string() };
    let mut fields = vec![("Action".to_owned(), operation.to_owned()), ("Version".to_owned(), version.to_owned())];
    flatten("", input, &mut fields);
    let escaped = |text: &str| percent_encoding::utf8_percent_encode(text, ESCAPED).to_string();
    // The names are plain, and dots stay.
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    pairs.join("&")
}

/// `Filter.1.Value.2=…`
fn flatten(name: &str, value: &Value, fields: &mut Vec<(String, String)>) {
    let below = |part: &str| if name.is_empty() { part.to_owned() } else { format!("{name}.{part}") };
    match value {
        Value::Object(members) => members.iter().for_each(|(member, value)| flatten(&below(member), value, fields)),
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                flatten(&below(&(number + 1).to_string()), item, fields);
            }
        }
        leaf => fields.push((name.to_owned(), crate::model::document::scalar(leaf))),
    }
}

fn request(
    service: &Service,
    operation: &str,
    body: String,
) -> Result<HttpRequest, aws_smithy_runtime_api::http::HttpError> {
    let length = body.len().to_string();
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.insert("content-length", length);
    match service.speaks {
        Speaks::Json(target) => {
            headers.insert("content-type", "application/x-amz-json-1.1");
            headers.insert("x-amz-target", format!("{target}.{operation}"));
        }
        Speaks::Ec2(_) => drop(headers.insert("content-type", "application/x-www-form-urlencoded")),
    }
    Ok(request)
}

fn answer(service: &Service, response: &HttpResponse) -> Result<Value, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    let text = String::from_utf8_lossy(body);
    let value = match service.speaks {
        Speaks::Json(_) if text.is_empty() => Ok(json!({})),
        Speaks::Json(_) => serde_json::from_str(&text).map_err(|_| "the answer is no JSON"),
        Speaks::Ec2(_) => xml::read(&text).ok_or("the answer is no XML"),
    };
    if response.status().is_success() {
        return value.map_err(OrchestratorError::other);
    }
    let value = value.unwrap_or_default();
    let message = match service.speaks {
        Speaks::Json(_) => value.get("message").or_else(|| value.get("Message")),
        Speaks::Ec2(_) => value.pointer("/Errors/Error/Message"),
    };
    let mut error = ErrorMetadata::builder();
    if let Some(code) = fault::code(body) {
        error = error.code(code);
    }
    if let Some(message) = message.and_then(Value::as_str) {
        error = error.message(message);
    }
    if let Some(id) = response.headers().get("x-amzn-requestid") {
        error = error.custom("aws_request_id", id.to_owned());
    }
    Err(OrchestratorError::operation(error.build()))
}
