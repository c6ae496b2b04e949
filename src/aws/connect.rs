//! How the clients are made: once, with everything that makes the SDK safe to use.

use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::ErrorKind;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority, RetryReason,
};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::app_name::AppName;
use aws_types::region::Region;

use super::fault::fault;
use super::limits::Limits;
use super::meter::Meter;
use super::wire::Wire;
use super::{Aws, Clients, Memory};
use crate::cloud::Values;
use crate::cloud::clock::Clock;
use crate::cloud::fault::{Fault, FaultKind};
use crate::model::arn::{Arn, Scope};
use crate::model::id::{AccountId, Installation, Partition};

/// How to reach AWS.
pub struct Settings {
    /// The clock of everything that waits.
    pub clock: Clock,
    /// Of AWS's documented rates; 0 turns the limits off.
    pub scale: f64,
    /// How long one request may go unanswered, waiting for its turn not counted: [`ANSWER_WITHIN`] unless a test is short
    /// of time.
    pub answer_within: Duration,
    /// May roles be read in bulk?
    pub bulk_roles: bool,
    /// Whose objects these are: every request says so in its `User-Agent`, which CloudTrail records.
    pub installation: Installation,
    /// The Region, where the configuration names one.
    pub region: Option<String>,
    /// What turns rules and ciphertexts into values.
    pub values: Arc<dyn Values>,
    /// A stand-in for AWS; absent: AWS, as the SDK's own settings say.
    pub stand_in: Option<SharedHttpClient>,
}

/// Why no connection could be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// One of the variables with which the SDK prints values is set.
    #[error("{0} is set: with it, the AWS SDK writes secret values to its log; unset it")]
    LeakyVariable(&'static str),
    /// No Region is known.
    #[error(
        "no AWS Region is known: set AWS_REGION, choose a profile that has one, or set aws.region in the configuration"
    )]
    NoRegion,
    /// AWS did not say who we are.
    #[error("could not ask AWS who the credentials belong to")]
    Identity(#[source] Box<Fault>),
    /// The answer of AWS makes no sense.
    #[error("AWS states the identity `{0}`, which is no ARN")]
    StrangeIdentity(String),
}

impl ConnectError {
    /// Is it the settings that are wrong, and not the world?
    pub fn is_about_settings(&self) -> bool {
        match self {
            Self::LeakyVariable(_) | Self::NoRegion => true,
            Self::Identity(fault) => fault.kind == FaultKind::Configuration,
            Self::StrangeIdentity(_) => false,
        }
    }
}

/// How long AWS may take to answer a request: the slowest answers, of IAM, take a few seconds.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// How long a connection may take to be made.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// How often a call is tried.
const ATTEMPTS: u32 = 5;

/// The SDK waits at most 20 seconds before each further attempt.
const BACKOFF: Duration = Duration::from_secs(80);

/// The variables with which the SDK prints request and response bodies.
pub const LEAKY_VARIABLES: [&str; 2] = ["LOG_SIGNABLE_BODY", "LOG_SENSITIVE_BODIES"];

impl Aws {
    /// Makes the clients and asks AWS who they speak for.
    ///
    /// # Errors
    /// Where no Region or no valid credentials are known.
    pub async fn connect(settings: Settings) -> Result<Self, ConnectError> {
        let Settings { clock, scale, answer_within, bulk_roles, installation, region, values, stand_in } = settings;
        let inner = stand_in.clone().unwrap_or_else(network);
        let limits = Limits::new(scale, clock);
        let timeouts = timeouts(answer_within, limits.longest_wait());
        let meter = Meter::new(inner, limits, answer_within);
        let config = match stand_in {
            Some(_) => sandboxed(region.unwrap_or_else(|| "eu-west-1".to_owned())),
            None => ambient(region).await,
        };
        // Where people set an id of their own, as the SDK lets them, it stays.
        let app = config.app_name().cloned().or_else(|| app_name(&installation));
        let mut config = config.into_builder().http_client(meter.clone()).timeout_config(timeouts);
        config.set_app_name(app);
        let config = config.sleep_impl(ClockSleep(clock)).build();
        let region = config.region().map(Region::to_string).ok_or(ConnectError::NoRegion)?;
        let identity = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await;
        let identity =
            identity.map_err(|error| ConnectError::Identity(Box::new(fault("sts:GetCallerIdentity", "", &error))))?;
        let who = identity.arn().unwrap_or_default().to_owned();
        let arn = Arn::parse(&who).ok_or_else(|| ConnectError::StrangeIdentity(who.clone()))?;
        let scope = Scope {
            partition: Partition::new(arn.partition()),
            account: AccountId::new(identity.account().unwrap_or_else(|| arn.account())),
            region: crate::model::id::Region::new(region),
        };
        let clients = Clients::new(&config);
        Ok(Self {
            clients: Arc::new(clients),
            wire: Wire::new(&config),
            config,
            clock,
            scope,
            identity: who.into(),
            installation,
            bulk_roles,
            look: super::Look::Exact,
            brief: false,
            exactly: Arc::default(),
            meter,
            memory: Arc::new(Memory::default()),
            values,
        })
    }
}

impl Clients {
    pub(super) fn new(config: &SdkConfig) -> Self {
        let once = aws_sdk_ecs::config::Builder::from(config).retry_classifier(OnlyThrottling).build();
        Self {
            secrets: aws_sdk_secretsmanager::Client::new(config),
            iam: aws_sdk_iam::Client::new(config),
            tagging: aws_sdk_resourcegroupstagging::Client::new(config),
            ecs: aws_sdk_ecs::Client::new(config),
            ecs_once: aws_sdk_ecs::Client::from_conf(once),
        }
    }
}

/// The SDK's application id. It may have 50 characters; what is longer ends sooner.
fn app_name(installation: &Installation) -> Option<AppName> {
    AppName::new(format!("evenkeel-{installation}").chars().take(50).collect::<String>()).ok()
}

/// The SDK's own settings, as people know them.
async fn ambient(region: Option<String>) -> SdkConfig {
    let loader = aws_config::defaults(BehaviorVersion::latest()).retry_config(retries());
    let loader = match region {
        Some(region) => loader.region(Region::new(region)),
        None => loader,
    };
    loader.load().await
}

/// Nothing of the environment reaches a stand-in.
fn sandboxed(region: String) -> SdkConfig {
    let credentials = Credentials::new("sandbox", "sandbox", None, None, "sandbox");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(retries())
        .build()
}

/// Five attempts: with waits of 1, 2, 4 and 8 seconds they outlast a throttled burst.
fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(ATTEMPTS)
}

/// Nothing waits for ever. A request waits for its turn inside the connector, where the meter begins to count only when
/// it goes out, whatever the connector; the limits of attempts and operations end what the meter does not see, such as half an answer.
fn timeouts(answer: Duration, turn: Duration) -> TimeoutConfig {
    let attempt = 2 * answer + turn;
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_WITHIN.min(answer))
        .operation_attempt_timeout(attempt)
        .operation_timeout(ATTEMPTS * attempt + BACKOFF)
        .build()
}

fn network() -> SharedHttpClient {
    use aws_smithy_http_client::{Builder, tls};
    Builder::new().tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc)).build_https()
}

/// The SDK waits on evenkeel's clock.
#[derive(Clone, Copy, Debug)]
struct ClockSleep(Clock);

impl AsyncSleep for ClockSleep {
    fn sleep(&self, duration: std::time::Duration) -> Sleep {
        let Self(clock) = *self;
        Sleep::new(async move { clock.sleep(duration).await })
    }
}

/// Repeats only what was surely not done: for calls that AWS cannot tell from their repetition.
#[derive(Debug)]
struct OnlyThrottling;

impl ClassifyRetry for OnlyThrottling {
    fn classify_retry(&self, _: &InterceptorContext) -> RetryAction {
        RetryAction::NoActionIndicated
    }

    fn classify_retry_v2(&self, _: &InterceptorContext, previous: &RetryAction) -> RetryAction {
        match previous {
            RetryAction::RetryIndicated(RetryReason::RetryableError { kind: ErrorKind::ThrottlingError, .. }) => {
                previous.clone()
            }
            _ => RetryAction::RetryForbidden,
        }
    }

    fn name(&self) -> &'static str {
        "only throttling"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}
