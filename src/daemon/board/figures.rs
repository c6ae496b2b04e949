//! The daemon's numbers, by the names of `docs/operations.md`.

use std::collections::BTreeSet;
use std::time::Duration;

use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use tokio::sync::watch;

use super::Said;
use super::conditions::Conditions;
use super::labels::{
    Build, Called, Commit, FailedRollout, Kind, Looked, Looking, Message, Named, OfService, Reason, Resource,
};
use super::requests::Requests;
use super::rollouts::End;
use crate::cloud::Execution;
use crate::cloud::traffic::Traffic;
use crate::daemon::chronicle::Entry;
use crate::daemon::{Pass, Wanted};
use crate::model::id::Name;
use crate::model::observed::Seen;
use crate::model::time::Timestamp;
use crate::plan::held::Because;
use crate::plan::step::Why;

/// All numbers.
pub(in crate::daemon) struct Figures {
    registry: Registry,
    passes: Family<Looked, Counter>,
    pass_seconds: Family<Looking, Histogram, fn() -> Histogram>,
    pass_at: Gauge,
    resources: Family<Kind, Gauge>,
    manifest_errors: Gauge,
    held: Family<Reason, Gauge>,
    drifted: Family<Resource, Gauge>,
    called: Family<Called, Counter>,
    rollouts: Gauge,
    rollout_seconds: Family<OfService, Histogram, fn() -> Histogram>,
    rollout_failures: Family<FailedRollout, Counter>,
    redeploys: Family<OfService, Counter>,
    secret_ages: Family<Named, Gauge>,
    source_up: Gauge,
    source_at: Gauge,
    fetched_at: Gauge,
    source: Family<Commit, Gauge>,
    queue_up: Gauge,
    queue_depth: Gauge,
    queue_messages: Family<Message, Counter>,
    queue_seconds: Histogram,
    queue_missed: Counter,
}

impl Figures {
    pub(super) fn new(traffic: Traffic, said: watch::Receiver<Said>) -> Self {
        let mut registry = Registry::default();
        let figures = Self {
            passes: Family::default(),
            pass_seconds: Family::new_with_constructor(pass_seconds),
            pass_at: Gauge::default(),
            resources: Family::default(),
            manifest_errors: Gauge::default(),
            held: Family::default(),
            drifted: Family::default(),
            called: Family::default(),
            rollouts: Gauge::default(),
            rollout_seconds: Family::new_with_constructor(rollout_seconds),
            rollout_failures: Family::default(),
            redeploys: Family::default(),
            secret_ages: Family::default(),
            source_up: Gauge::default(),
            source_at: Gauge::default(),
            fetched_at: Gauge::default(),
            source: Family::default(),
            queue_up: Gauge::default(),
            queue_depth: Gauge::default(),
            queue_messages: Family::default(),
            queue_seconds: Histogram::new([0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0]),
            queue_missed: Counter::default(),
            registry: Registry::default(),
        };
        let commit = option_env!("EVENKEEL_COMMIT").unwrap_or("unknown");
        let build = Info::new(Build { version: env!("CARGO_PKG_VERSION"), commit });
        registry.register("evenkeel_build", "The program", build);
        figures.register(&mut registry);
        registry.register_collector(Box::new(Requests(traffic)));
        registry.register_collector(Box::new(Conditions(said)));
        Self { registry, ..figures }
    }

    fn register(&self, to: &mut Registry) {
        to.register("evenkeel_reconcile", "Passes, by look and result", self.passes.clone());
        to.register("evenkeel_reconcile_duration_seconds", "How long passes took", self.pass_seconds.clone());
        to.register("evenkeel_reconcile_timestamp_seconds", "When the last pass was over", self.pass_at.clone());
        to.register("evenkeel_resources", "Resources of the manifests", self.resources.clone());
        to.register("evenkeel_manifest_errors", "Errors of the manifests", self.manifest_errors.clone());
        to.register("evenkeel_held", "Resources that are held, by reason", self.held.clone());
        to.register("evenkeel_drifted", "Resources that were changed by hand", self.drifted.clone());
        to.register("evenkeel_calls", "Calls that may have changed something", self.called.clone());
        to.register("evenkeel_rollouts_in_progress", "Services whose rollout is under way", self.rollouts.clone());
        let help = "From the beginning of rollouts that worked to the look that saw them done";
        to.register("evenkeel_rollout_duration_seconds", help, self.rollout_seconds.clone());
        to.register("evenkeel_rollout_failures", "Rollouts that failed, by reason", self.rollout_failures.clone());
        to.register("evenkeel_secret_redeploys", "Services redeployed for a secret", self.redeploys.clone());
        let help = "How long the current version of a secret has been known";
        to.register("evenkeel_secret_age_seconds", help, self.secret_ages.clone());
        to.register("evenkeel_source_up", "1 while the source works", self.source_up.clone());
        let help = "When the state of the source was loaded";
        to.register("evenkeel_source_loaded_timestamp_seconds", help, self.source_at.clone());
        let help = "When the source was last looked at and answered";
        to.register("evenkeel_source_fetch_timestamp_seconds", help, self.fetched_at.clone());
        to.register("evenkeel_source_info", "The commit in force", self.source.clone());
        to.register("evenkeel_queue_up", "1 while the queue of events works", self.queue_up.clone());
        to.register("evenkeel_queue_depth", "Messages in hand whose pass is not over", self.queue_depth.clone());
        to.register("evenkeel_queue_messages", "Messages received, by what they were", self.queue_messages.clone());
        let help = "From an event to the end of the pass that it caused";
        to.register("evenkeel_queue_latency_seconds", help, self.queue_seconds.clone());
        to.register("evenkeel_queue_missed", "New versions that no event told of", self.queue_missed.clone());
    }

    pub(super) fn text(&self) -> String {
        let mut page = String::new();
        // Writing to memory does not fail.
        let _written = text::encode(&mut page, &self.registry);
        page
    }

    /// The source answered now, or did not.
    pub(super) fn source(&self, up: bool, now: Timestamp) {
        self.source_up.set(i64::from(up));
        if up {
            self.fetched_at.set(now.as_secs());
        }
    }

    pub(super) fn ended(&self, service: &Name, end: &End) {
        let service = service.to_string();
        match end {
            End::Completed(after) => {
                self.rollout_seconds.get_or_create(&OfService { service }).observe(after.as_secs_f64());
            }
            End::Failed(how) => {
                self.rollout_failures.get_or_create(&FailedRollout { service, reason: how.as_str() }).inc();
            }
        }
    }

    pub(super) fn wanted(&self, wanted: &Wanted, now: Timestamp) {
        let Wanted { desired, checked, commit, verified, asks } = wanted;
        self.source_at.set(now.as_secs());
        self.source.clear();
        // What is only shown is not in force.
        if let Some(commit) = commit.as_ref().filter(|_| asks.is_none()) {
            let commit = commit.id.as_str().to_owned();
            let verified = if *verified { "true" } else { "false" };
            self.source.get_or_create(&Commit { commit, verified }).set(1);
        }
        let errors = checked.found.iter().filter(|found| found.is_error()).count();
        self.manifest_errors.set(number(errors));
        let counts = [
            ("Secret", desired.secrets.len()),
            ("ExecutionRole", desired.roles.len()),
            ("TaskDefinition", desired.task_definitions.len()),
            ("Service", desired.services.len()),
        ];
        for (kind, count) in counts {
            self.resources.get_or_create(&Kind { kind }).set(number(count));
        }
    }

    pub(super) fn called(&self, entry: &Entry<'_>) {
        let Entry { operation, why, result, .. } = entry;
        self.called.get_or_create(&Called { operation: operation.clone(), why, result }).inc();
        // Tags that change in the same pass have the same reason, and replace no task.
        let is_redeploy = (operation.as_str(), *why, *result) == ("ecs:UpdateService", "SecretRotated", "done");
        if let Some(service) = entry.resource.strip_prefix("Service/").filter(|_| is_redeploy) {
            self.redeploys.get_or_create(&OfService { service: service.to_owned() }).inc();
        }
    }

    pub(super) fn passed(&self, pass: &Pass<'_>, now: Timestamp) {
        let Pass { look, wanted: _, observed, plan, closer: _, execution } = pass;
        let (look, result) = (look.as_str(), execution.map_or("quiet", Execution::word));
        self.passes.get_or_create(&Looked { look, result }).inc();
        self.pass_seconds.get_or_create(&Looking { look }).observe(now.since(observed.at).as_secs_f64());
        self.pass_at.set(now.as_secs());
        self.held.clear();
        let held: BTreeSet<_> = plan.held().iter().map(|held| (&held.target, held.because.name())).collect();
        for (_, reason) in held {
            self.held.get_or_create(&Reason { reason }).inc();
        }
        self.drifted.clear();
        // In the last pass: what it set back counts too, and is gone in the next one.
        let detected =
            plan.held().iter().filter(|held| held.because == Because::DriftDetected).map(|held| &held.target);
        let corrected = plan.steps().filter(|(_, step)| step.why == Why::Drifted).map(|(_, step)| &step.target);
        for target in detected.chain(corrected) {
            let resource = Resource { kind: target.kind.as_str(), name: target.name.to_string() };
            self.drifted.get_or_create(&resource).set(1);
        }
        let services = observed.services.values().filter_map(Seen::present);
        let moving = services.filter(|service| service.is_rolling());
        self.rollouts.set(number(moving.count()));
    }

    /// How old the current versions of secrets are.
    pub(super) fn ages(&self, ages: &[(Name, Duration)]) {
        self.secret_ages.clear();
        for (name, age) in ages {
            let seconds = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
            self.secret_ages.get_or_create(&Named { name: name.to_string() }).set(seconds);
        }
    }

    pub(super) fn queue_up(&self, up: bool) {
        self.queue_up.set(i64::from(up));
    }

    /// A message was received: `secret`, `other` or `poison`.
    pub(in crate::daemon) fn message(&self, result: &'static str) {
        self.queue_messages.get_or_create(&Message { result }).inc();
    }

    /// So many messages are in hand.
    pub(in crate::daemon) fn depth(&self, messages: usize) {
        self.queue_depth.set(number(messages));
    }

    /// The pass that an event caused is over.
    pub(in crate::daemon) fn followed(&self, after: Duration) {
        self.queue_seconds.observe(after.as_secs_f64());
    }

    pub(super) fn missed(&self) {
        self.queue_missed.inc();
    }
}

fn rollout_seconds() -> Histogram {
    Histogram::new([30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0])
}

fn pass_seconds() -> Histogram {
    Histogram::new([0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0])
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
