//! A laboratory: the production code on the sandbox, in virtual time.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpClient;
use evenkeel::aws::{ANSWER_WITHIN, Aws, Settings, SharedHttpClient};
use evenkeel::cloud::clock::Clock;
use evenkeel::cloud::{Execution, Observe as _};
use evenkeel::execute::{Silent, execute};
use evenkeel::manifest::{SourceFile, load};
use evenkeel::model::desired::Desired;
use evenkeel::model::id::Installation;
use evenkeel::model::observed::Observed;
use evenkeel::model::time::Timestamp;
use evenkeel::plan::step::Plan;
use evenkeel::render::style::Style;
use evenkeel::render::summary::Summary;
use evenkeel::render::{json, text};
use evenkeel::sandbox::chaos::{Chaos, Fate};
use evenkeel::sandbox::ecs::RolloutState;
use evenkeel::sandbox::{Millis, Request, Sandbox, Service, World};
use serde_json::{Value, json as object};

use super::leaks::{CANARY, assert_clean, record_logs};
use super::query::query;
use super::values::Canaries;

const ACCOUNT: &str = "123456789012";
const REGION: &str = "eu-west-1";
/// 2026-01-01T00:00:00Z.
const START: i64 = 1_767_225_600_000;
/// Between passes: longer than a read may be behind (E6).
pub(crate) const PAUSE: Duration = Duration::from_secs(40);
const CONVERGES_WITHIN: Duration = Duration::from_secs(1600);

/// A sandbox with faults before it, and production code in front.
pub(crate) struct Lab {
    pub(crate) sandbox: Sandbox,
    pub(crate) chaos: Chaos,
    pub(crate) clock: Clock,
    pub(crate) aws: Aws,
    /// Is everything that a look shows searched for values? It takes most of a look's time.
    scans: bool,
}

/// Runs a test in virtual time, and searches all that was logged meanwhile.
pub(crate) fn in_virtual_time<T>(test: impl Future<Output = T>) -> T {
    record_logs();
    let value = block_on(test);
    super::leaks::assert_log_clean();
    value
}

/// Runs one of very many tests alike in virtual time: without their logs, which take most of the time.
pub(crate) fn in_virtual_time_unlogged<T>(test: impl Future<Output = T>) -> T {
    tracing::subscriber::with_default(tracing::subscriber::NoSubscriber::new(), || block_on(test))
}

fn block_on<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(test)
}

impl Lab {
    pub(crate) async fn new() -> Self {
        Self::seeded(7).await
    }

    /// A lab in which another seed decides what chance does.
    pub(crate) async fn seeded(seed: u64) -> Self {
        let world = World::new(ACCOUNT, REGION, seed, Millis(START));
        Box::pin(Self::within(world, seed, true, Sandbox::http_client)).await
    }

    /// A process that has just started, at the moment at which a world stands still. For one of very many tests alike:
    /// what it shows is not searched for values. `door` leads into the sandbox.
    pub(crate) async fn at<C: HttpClient + 'static>(world: World, door: impl FnOnce(&Sandbox) -> C) -> Self {
        // A world is large, and those who ask for a lab hold several.
        Box::pin(Self::within(world, 7, false, door)).await
    }

    async fn within<C: HttpClient + 'static>(
        world: World,
        seed: u64,
        scans: bool,
        door: impl FnOnce(&Sandbox) -> C,
    ) -> Self {
        fastrand::seed(seed);
        let clock = Clock::starting_at(Timestamp::from_millis(world.now().0), 1);
        let time = Arc::new(move || Millis(clock.now().as_millis()));
        let sandbox = Sandbox::new(world, time.clone());
        let chaos = Chaos::new(SharedHttpClient::new(door(&sandbox)), time);
        let aws = connect(&chaos, clock).await;
        Self { sandbox, chaos, clock, aws, scans }
    }

    /// A lab with the shop's cluster and database secret.
    pub(crate) async fn with_shop() -> Self {
        let lab = Self::new().await;
        lab.call(Service::Ecs, "CreateCluster", &object!({"clusterName": "shop"}));
        lab.create_secret("shop/db", 1);
        lab
    }

    /// The process is started again: nothing is remembered, no fault is left.
    pub(crate) async fn restart(&mut self) {
        self.chaos.set(|_, _| Fate::Pass);
        self.aws = connect(&self.chaos, self.clock).await;
    }

    /// Another process's connection.
    pub(crate) async fn another(&self) -> Aws {
        connect(&self.chaos, self.clock).await
    }

    /// A secret with the canary in every key.
    pub(crate) fn create_secret(&self, name: &str, version: u32) {
        let body = object!({"Name": name, "SecretString": value(version), "ClientRequestToken": token(name, version)});
        self.call(Service::SecretsManager, "CreateSecret", &body);
    }

    /// Puts this installation's tags on a secret that someone else made.
    pub(crate) fn adopt_secret(&self, name: &str) {
        let tags = object!([{"Key": "evenkeel.dev/installation", "Value": "default"}]);
        self.call(Service::SecretsManager, "TagResource", &object!({"SecretId": name, "Tags": tags}));
    }

    /// Someone else rotates a secret.
    pub(crate) fn rotate(&self, name: &str, version: u32) {
        let body =
            object!({"SecretId": name, "SecretString": value(version), "ClientRequestToken": token(name, version)});
        self.call(Service::SecretsManager, "PutSecretValue", &body);
    }

    /// Calls the sandbox as another tool would; the call must work.
    pub(crate) fn call(&self, service: Service, operation: &str, body: &Value) -> Value {
        let request = Request {
            service,
            operation: operation.into(),
            region: REGION.into(),
            body: body.to_string().into_bytes(),
        };
        let response = self.sandbox.call(&request).unwrap();
        let text = String::from_utf8(response.body).unwrap();
        assert_eq!(response.status, 200, "{operation}: {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The same of IAM, which speaks in forms; what it answers is XML.
    pub(crate) fn form(&self, operation: &str, members: &Value) -> String {
        let body = query(operation, members).into_bytes();
        let request = Request { service: Service::Iam, operation: operation.into(), region: REGION.into(), body };
        let response = self.sandbox.call(&request).unwrap();
        let text = String::from_utf8(response.body).unwrap();
        assert_eq!(response.status, 200, "{operation}: {text}");
        text
    }

    pub(crate) async fn look(&self, desired: &Desired) -> (Observed, Plan) {
        let observed = self.aws.observe(desired).await;
        let plan = evenkeel::plan::plan(desired, &observed);
        if self.scans {
            self.scan(desired, &observed, &plan);
        }
        (observed, plan)
    }

    /// One pass.
    pub(crate) async fn pass(&self, desired: &Desired) -> (Plan, Execution) {
        let (_, plan) = self.look(desired).await;
        let execution = execute(&plan, &self.aws, &Silent, || false).await;
        for (_, fault) in execution.failures() {
            assert_clean("a fault", &format!("{fault} {fault:?} {}", fault.advice()));
        }
        (plan, execution)
    }

    /// Passes, with time between them, until nothing is left to do and all rollouts are over. How many it took.
    pub(crate) async fn converge(&self, desired: &Desired) -> usize {
        self.converge_with(desired, PAUSE).await
    }

    /// The same, with so much time between passes.
    pub(crate) async fn converge_with(&self, desired: &Desired, pause: Duration) -> usize {
        for pass in 1..CONVERGES_WITHIN.as_secs() / pause.as_secs() {
            let (plan, _) = self.pass(desired).await;
            let waiting = plan.held().iter().any(|held| held.because.ends_by_itself());
            if plan.is_empty() && plan.repairs().is_empty() && !waiting && !self.is_rolling() {
                return usize::try_from(pass).unwrap();
            }
            tokio::time::sleep(pause).await;
        }
        let (_, plan) = self.look(desired).await;
        let stopped = self.sandbox.with_world(|world| {
            world
                .ecs
                .tasks()
                .values()
                .filter_map(|task| task.stop.as_ref().map(|stop| stop.reason.clone()))
                .collect::<Vec<_>>()
        });
        panic!("does not converge: {plan:#?}; tasks stopped: {stopped:#?}");
    }

    /// Is any rollout under way? Asks the sandbox itself.
    fn is_rolling(&self) -> bool {
        self.sandbox.with_world(|world| {
            let mut deployments = world.ecs.services().values().flat_map(|service| &service.deployments);
            deployments.any(|deployment| deployment.rollout == RolloutState::InProgress)
        })
    }

    /// How many calls have changed anything so far.
    pub(crate) fn writes(&self) -> usize {
        self.sandbox.with_world(|world| world.journal.writes().count())
    }

    /// The operations of all calls that have changed anything so far, in order.
    pub(crate) fn written(&self) -> Vec<String> {
        self.sandbox.with_world(|world| world.journal.writes().map(|call| call.operation.clone()).collect())
    }

    /// Everything that a look shows to anyone holds no value.
    fn scan(&self, desired: &Desired, observed: &Observed, plan: &Plan) {
        let summary = Summary::of(desired, plan);
        let calls = self.aws.calls();
        let report = json::Report { desired, observed, plan, summary: &summary, calls: &calls, execution: None };
        let style = Style { color: true, width: 80, full: true };
        assert_clean("the JSON output", &json::report(&report));
        assert_clean("the text output", &text::plan(plan, &summary, &observed.scope, style));
        assert_clean("the plan's Debug", &format!("{plan:?}"));
        assert_clean("the observation", &serde_json::to_string(observed).unwrap());
        assert_clean("the observation's Debug", &format!("{observed:?}"));
    }
}

async fn connect(chaos: &Chaos, clock: Clock) -> Aws {
    Aws::connect(settings(SharedHttpClient::new(chaos.clone()), clock)).await.unwrap()
}

/// A connection without limits through a door.
pub(crate) fn settings(door: SharedHttpClient, clock: Clock) -> Settings {
    Settings {
        clock,
        scale: 0.0,
        answer_within: ANSWER_WITHIN,
        bulk_roles: true,
        installation: Installation::new("default"),
        region: Some(REGION.into()),
        values: Arc::new(Canaries::default()),
        stand_in: Some(door),
    }
}

/// The shop's manifests, with one image tag of the web service.
pub(crate) fn shop(tag: &str) -> Desired {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/examples/shop");
    let file = |name: &str| {
        let text =
            std::fs::read_to_string(folder.join(name)).unwrap().replace("shop-web:2.0.0", &format!("shop-web:{tag}"));
        SourceFile { name: name.to_owned(), text }
    };
    desired(&["database.yaml", "web.yaml", "worker.yaml"].map(file))
}

/// Manifests without errors.
pub(crate) fn desired(files: &[SourceFile]) -> Desired {
    let loaded = load(Installation::new("default"), files);
    assert!(!loaded.checked.has_errors(), "{:#?}", loaded.checked.found);
    loaded.desired
}

/// Manifests without errors, from one text.
pub(crate) fn manifests(text: &str) -> Desired {
    desired(&[SourceFile { name: "test.yaml".into(), text: text.into() }])
}

fn value(version: u32) -> String {
    object!({"username": CANARY, "password": format!("{CANARY}{version}")}).to_string()
}

/// The version id that a test gives to a version.
pub(crate) fn token(name: &str, version: u32) -> String {
    format!("{:0>40}", format!("{}{version}", name.replace('/', "")))
}
