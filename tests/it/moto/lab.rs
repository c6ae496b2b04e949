//! A laboratory on moto: one account for each test, production code before it, and other people's hands in it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::region::Region;
use evenkeel::aws::{ANSWER_WITHIN, Aws, Settings};
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
use serde_json::{Value, json as object};

use super::front::{Counts, Front};
use super::http::{self, Message};
use super::server;
use super::wire;
use crate::support::leaks::{CANARY, assert_clean, assert_log_clean, record_logs};

pub(crate) const REGION: &str = "eu-west-1";

/// Each step of a plan: `Kind/name operation Why`.
pub(crate) fn steps(plan: &Plan) -> Vec<String> {
    plan.steps().map(|(_, step)| format!("{} {} {}", step.target, step.action.call.name(), step.why.reason())).collect()
}

/// Each hold of a plan: `Kind/name Because`.
pub(crate) fn held(plan: &Plan) -> Vec<String> {
    plan.held().iter().map(|held| format!("{} {}", held.target, held.because.name())).collect()
}

/// An account of moto's, with a door before it.
pub(crate) struct Lab {
    pub(crate) account: String,
    pub(crate) front: Front,
    /// Clients of someone else: they go past the door, uncounted and undisturbed.
    pub(crate) ecs: aws_sdk_ecs::Client,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) secrets: aws_sdk_secretsmanager::Client,
    /// What stands in manifests, and what it is called in this account.
    places: BTreeMap<&'static str, String>,
}

/// Runs a test in real time, and looks for leaks in the log at its end.
pub(crate) fn in_real_time(test: impl Future<Output = ()>) {
    record_logs();
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
    assert_log_clean();
}

impl Lab {
    /// An account with subnets, security groups and the cluster `shop`, and nothing else.
    pub(crate) async fn new() -> Self {
        static ACCOUNTS: AtomicU64 = AtomicU64::new(100_000_000_000);
        let account = ACCOUNTS.fetch_add(1, Ordering::Relaxed).to_string();
        let config = config(&account);
        let lab = Self {
            front: Front::before(server::port()),
            ecs: aws_sdk_ecs::Client::new(&config),
            iam: aws_sdk_iam::Client::new(&config),
            secrets: aws_sdk_secretsmanager::Client::new(&config),
            places: network(&account),
            account,
        };
        lab.ecs.create_cluster().cluster_name("shop").send().await.unwrap();
        lab
    }

    /// The same, with the secret of the shop's database.
    pub(crate) async fn shop() -> Self {
        let lab = Self::new().await;
        lab.create_secret("shop/db");
        lab
    }

    /// A process of evenkeel's, just started: it remembers nothing.
    pub(crate) async fn connect(&self) -> Aws {
        self.connect_after(Duration::ZERO).await
    }

    /// A process started an hour later, by its own clock: every mark of before is old. Tags are not touched for that.
    pub(crate) async fn an_hour_later(&self) -> Aws {
        self.hours_later(1).await
    }

    /// The same, any number of hours later.
    pub(crate) async fn hours_later(&self, hours: u32) -> Aws {
        self.connect_after(Duration::from_hours(1) * hours).await
    }

    async fn connect_after(&self, ahead: Duration) -> Aws {
        let clock = Clock::starting_at(now() + ahead, 1);
        let stand_in = Some(wire::to(self.front.port(), &self.account));
        let settings = Settings {
            clock,
            scale: 0.0,
            answer_within: ANSWER_WITHIN,
            bulk_roles: true,
            installation: Installation::new("default"),
            region: Some(REGION.into()),
            values: std::sync::Arc::new(crate::support::values::Canaries::default()),
            stand_in,
        };
        Aws::connect(settings).await.unwrap()
    }

    /// A look, and the plan that follows from it.
    pub(crate) async fn look(&self, aws: &Aws, desired: &Desired) -> (Observed, Plan) {
        let observed = aws.observe(desired).await;
        let plan = evenkeel::plan::plan(desired, &observed);
        scan(aws, desired, &observed, &plan, None);
        (observed, plan)
    }

    /// One pass.
    pub(crate) async fn pass(&self, aws: &Aws, desired: &Desired) -> (Plan, Execution) {
        let (observed, plan) = self.look(aws, desired).await;
        let execution = execute(&plan, aws, &Silent, || false).await;
        scan(aws, desired, &observed, &plan, Some(&execution));
        for (_, fault) in execution.failures() {
            assert_clean("a fault", &format!("{fault} {fault:?} {}", fault.advice()));
        }
        (plan, execution)
    }

    /// Passes until there is nothing left to do. The plans of those that had something.
    pub(crate) async fn apply(&self, aws: &Aws, desired: &Desired) -> Vec<Plan> {
        let mut plans = Vec::new();
        for _ in 0..6 {
            let (plan, execution) = self.pass(aws, desired).await;
            let failures: Vec<_> = execution.failures().collect();
            assert!(failures.is_empty(), "{failures:#?}");
            assert!(plan.held().is_empty(), "{:#?}", plan.held());
            if plan.is_empty() && plan.repairs().is_empty() {
                return plans;
            }
            plans.push(plan);
        }
        panic!("does not converge: {plans:#?}");
    }

    /// Law 1: nothing differs, nothing is shown, and a pass writes nothing, in this process and in one just started.
    pub(crate) async fn assert_quiet(&self, aws: &Aws, desired: &Desired) {
        for aws in [aws, &self.connect().await] {
            self.front.reset();
            let (observed, plan) = self.look(aws, desired).await;
            assert_eq!(text::plan(&plan, &Summary::of(desired, &plan), &observed.scope, Style::plain()), "");
            let (_, execution) = self.pass(aws, desired).await;
            assert_eq!(execution.done(), 0);
            assert_eq!(self.front.writes(), Counts::new());
        }
    }

    /// Manifests without errors, with this account's subnets, and without a wait for IAM to spread permissions.
    pub(crate) fn desired(&self, manifests: &str) -> Desired {
        let file = SourceFile { name: "test.yaml".into(), text: self.placed(manifests) };
        let mut loaded = load(Installation::new("default"), &[file]);
        assert!(!loaded.checked.has_errors(), "{:#?}", loaded.checked.found);
        loaded.desired.policy.settle = Duration::ZERO;
        loaded.desired
    }

    /// Manifests with the names that this account has for what they name: AWS and moto both choose the ids of subnets.
    pub(crate) fn placed(&self, manifests: &str) -> String {
        let names = || self.places.iter().enumerate();
        // In two steps, as an id may begin with the name of another place.
        let text = names().fold(manifests.to_owned(), |text, (n, (name, _))| text.replace(name, &format!("<{n}>")));
        names().fold(text, |text, (n, (_, id))| text.replace(&format!("<{n}>"), id))
    }

    /// Someone makes a secret, whose every key holds the canary.
    pub(crate) fn create_secret(&self, name: &str) {
        self.create_secret_in(REGION, name);
    }

    /// The same, in a Region; gives the ARN.
    pub(crate) fn create_secret_in(&self, region: &str, name: &str) -> String {
        self.put_secret(region, "CreateSecret", "Name", name, 1)["ARN"].as_str().unwrap().to_owned()
    }

    /// Someone rotates a secret; gives the new version's id.
    pub(crate) fn rotate(&self, name: &str) -> String {
        self.put_secret(REGION, "PutSecretValue", "SecretId", name, 2)["VersionId"].as_str().unwrap().to_owned()
    }

    /// The value of a secret, as it is now.
    pub(crate) fn read_value(&self, name: &str) -> Value {
        let body = object!({"SecretId": name, "VersionStage": "AWSCURRENT"});
        let stated = self.call("secretsmanager", "secretsmanager.GetSecretValue", &body);
        serde_json::from_str(stated["SecretString"].as_str().unwrap()).unwrap()
    }

    /// A call of a service without a client here.
    pub(crate) fn call(&self, service: &str, target: &str, body: &Value) -> Value {
        let headers = format!("content-type: application/x-amz-json-1.1\r\nx-amz-target: {target}");
        let answer = ask(&Message::call((&self.account, REGION), service, &headers, &body.to_string()));
        serde_json::from_str(&answer).unwrap()
    }

    /// Values do not go through the SDK here: the log of this process is searched for them.
    fn put_secret(&self, region: &str, operation: &str, id: &str, name: &str, version: u8) -> Value {
        let token = version_id(name, version);
        let value = object!({"username": CANARY, "password": format!("{CANARY}{version}")}).to_string();
        let body = object!({id: name, "SecretString": value, "ClientRequestToken": token}).to_string();
        let headers = format!("content-type: application/x-amz-json-1.1\r\nx-amz-target: secretsmanager.{operation}");
        let answer = ask(&Message::call((&self.account, region), "secretsmanager", &headers, &body));
        let stated: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(stated["VersionId"], token.as_str());
        stated
    }
}

/// The version id that a test gives to a version.
pub(crate) fn version_id(name: &str, version: u8) -> String {
    format!("{:0>40}", format!("{}{version}", name.replace('/', "-")))
}

/// Everything that a look shows to anyone holds no value.
fn scan(aws: &Aws, desired: &Desired, observed: &Observed, plan: &Plan, execution: Option<&Execution>) {
    let summary = Summary::of(desired, plan);
    let calls = aws.calls();
    let report = json::Report { desired, observed, plan, summary: &summary, calls: &calls, execution };
    let style = Style { color: true, width: 80, full: true };
    assert_clean("the JSON output", &json::report(&report));
    assert_clean("the text output", &text::plan(plan, &summary, &observed.scope, style));
    assert_clean("the plan's Debug", &format!("{plan:?}"));
    assert_clean("the observation", &serde_json::to_string(observed).unwrap());
    assert_clean("the observation's Debug", &format!("{observed:?}"));
}

/// Clients that call moto itself.
fn config(account: &str) -> SdkConfig {
    let credentials = Credentials::new("someone-else", "someone-else", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(wire::to(server::port(), account))
        .build()
}

/// Subnets that exist, and security groups: CreateService looks them up.
fn network(account: &str) -> BTreeMap<&'static str, String> {
    let ec2 = |form: &str| {
        let kind = "content-type: application/x-www-form-urlencoded";
        ask(&Message::call((account, REGION), "ec2", kind, &format!("{form}&Version=2016-11-15")))
    };
    let subnets = ec2("Action=DescribeSubnets");
    let mut ids = elements(&subnets, "subnetId");
    let group = |name: &str| {
        let answer = ec2(&format!("Action=CreateSecurityGroup&GroupName={name}&GroupDescription=test"));
        elements(&answer, "groupId").remove(0)
    };
    let (web, worker) = (group("web"), group("worker"));
    [("subnet-b", ids.remove(1)), ("subnet-a", ids.remove(0)), ("sg-web", web), ("sg-worker", worker)].into()
}

/// What stands in the elements of that name.
pub(crate) fn elements(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let found = xml.split(open.as_str()).skip(1).filter_map(|rest| rest.split_once(close.as_str()));
    found.map(|(text, _)| text.to_owned()).collect()
}

/// A call of moto itself, which must work.
pub(crate) fn ask(request: &Message) -> String {
    let answer = http::exchange(server::port(), request).unwrap();
    assert!(answer.is_ok(), "{}", answer.text());
    answer.text()
}

/// The time of day.
#[expect(clippy::disallowed_methods, reason = "moto keeps real time, and so does a program that asks a port")]
pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap())
}
