//! One AWS account in one Region: all of its state, and the passage of time.
//!
//! Pure and synchronous. Whoever calls says what time it is; the same calls at
//! the same times from the same seed give the same bytes.
//!
//! Ledger: X1, X3.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::agenda::{Agenda, Event};
use super::clock::Millis;
use super::dispatch;
use super::ec2::Network;
use super::ecr::{CacheRules, Ecr};
use super::ecs::{self, Ecs};
use super::events::{self, Events};
use super::furnished::Furnished;
use super::iam::{Iam, session_arn};
use super::journal::Journal;
use super::kms::{self, Kms};
use super::logs::Logs;
use super::place::Place;
use super::quotas::Quotas;
use super::random::Random;
use super::readings::Readings;
use super::secrets_manager::{self, SecretsManager};
use super::sqs::{self, Sqs};
use super::ssm::Ssm;
use super::surroundings::Surroundings;
use super::tagging::Tagging;
use super::throttle::Throttle;
use super::wire::{AwsError, Request, Response, Service};

/// The whole state of an emulated AWS account in one Region.
///
/// The public fields are for tests and demonstrations: to look, and to change
/// things behind the client's back.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct World {
    place: Place,
    now: Millis,
    seed: u64,
    random: Random,
    requests: u64,
    agenda: Agenda,
    throttle: Throttle,
    /// Whether AWS's request rates are enforced. Off at first.
    pub throttling: bool,
    /// How much the account may have.
    #[serde(default)]
    pub quotas: Quotas,
    /// The other readings of what is not known.
    #[serde(default, rename = "otherReadings")]
    pub readings: Readings,
    /// The name of the role that every call comes from; then its permissions
    /// count. `None`: everyone may do everything.
    #[serde(default)]
    pub caller: Option<String>,
    /// Only what was made exists: log groups, the account's images in ECR,
    /// subnets, security groups, task roles; and the network decides what a
    /// task reaches. Off at first: tasks find what nobody made.
    #[serde(default)]
    pub closed: bool,
    /// How far it is furnished; a call that changes something before that begins ends it.
    pub furnished: Furnished,
    /// Calls and notes, oldest first.
    pub journal: Journal,
    /// Secrets Manager.
    pub secrets: SecretsManager,
    /// IAM.
    pub iam: Iam,
    /// ECS.
    pub ecs: Ecs,
    /// KMS.
    #[serde(default)]
    pub kms: Kms,
    /// SQS.
    #[serde(default)]
    pub sqs: Sqs,
    /// EventBridge.
    #[serde(default)]
    pub events: Events,
    /// Parameters of Systems Manager.
    #[serde(default)]
    pub ssm: Ssm,
    /// Groups of CloudWatch Logs.
    #[serde(default)]
    pub logs: Logs,
    /// The networks of EC2.
    #[serde(default)]
    pub network: Network,
    /// The images of ECR.
    #[serde(default)]
    pub ecr: Ecr,
    /// The pull-through caches of ECR.
    #[serde(default)]
    pub(crate) cache_rules: CacheRules,
    #[serde(default)]
    pub(crate) tagging: Tagging,
    /// What ECS tasks meet that is no service of the sandbox.
    pub surroundings: Surroundings,
}

impl World {
    /// An account (12 digits) as it is on its first day: a cluster `default`,
    /// AWS's own managed policies, nothing else.
    pub fn new(account: &str, region: &str, seed: u64, now: Millis) -> Self {
        let place = Place { account: account.to_owned(), region: region.to_owned() };
        Self {
            now,
            seed,
            random: Random::seeded(seed),
            requests: 0,
            agenda: Agenda::default(),
            throttle: Throttle::default(),
            throttling: false,
            quotas: Quotas::default(),
            readings: Readings::default(),
            caller: None,
            closed: false,
            furnished: Furnished::NotYet,
            journal: Journal::default(),
            secrets: SecretsManager::new(),
            iam: Iam::new(now),
            ecs: Ecs::new(&place),
            kms: Kms::default(),
            sqs: Sqs::default(),
            events: Events::seeded(seed),
            ssm: Ssm::default(),
            logs: Logs::default(),
            network: Network::new(&place),
            ecr: Ecr::default(),
            cache_rules: CacheRules::default(),
            tagging: Tagging::default(),
            surroundings: Surroundings::default(),
            place,
        }
    }

    /// Lets time pass until `now`, then answers. Time never runs backwards: an
    /// earlier `now` counts as the world's own.
    pub fn call(&mut self, now: Millis, request: &Request) -> Response {
        self.advance(now);
        dispatch::answer(self, request)
    }

    /// Does everything that falls due up to `now`, in order.
    pub fn advance(&mut self, now: Millis) -> bool {
        let mut happened = false;
        while let Some((at, event)) = self.agenda.due(now) {
            (self.now, happened) = (self.now.max(at), true);
            match event {
                Event::SecretDue(name) => secrets_manager::window_ends(self, &name),
                Event::SecretReplicated(name, region) => secrets_manager::replicated(self, &name, &region),
                Event::RotationDue(name) => secrets_manager::rotation_due(self, &name),
                Event::RotationStep(name) => secrets_manager::rotation_step(self, &name),
                Event::KeyDue(id) => kms::deletion_due(self, &id),
                Event::TaskStep(task) => ecs::task_step(self, &task),
                Event::TaskForgotten(task) => ecs::forget_task(self, &task),
                Event::Arrival(number) => events::deliver(self, number),
                Event::ServiceTurn(service) => ecs::service_turn(self, &service),
            }
            secrets_manager::announce(self);
        }
        self.now = self.now.max(now);
        happened
    }

    /// The world's own time: that of the last call or advance.
    pub fn now(&self) -> Millis {
        self.now
    }

    /// When something will next happen by itself.
    pub fn next_event(&self) -> Option<Millis> {
        self.agenda.next()
    }

    /// How long a request may wait for something to answer with. Only a long
    /// poll of an empty queue may.
    pub(crate) fn patience(&mut self, request: &Request) -> Option<Duration> {
        let is_poll = request.service == Service::Sqs && request.operation == "ReceiveMessage";
        if is_poll && request.region == self.place.region { sqs::patience(self, &request.body) } else { None }
    }

    /// The operations that the sandbox offers of a service, in AWS's spelling.
    pub fn offers(service: Service) -> impl Iterator<Item = &'static str> {
        dispatch::operations(service).iter().map(|operation| operation.name)
    }

    /// The account and the Region.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The principal that every call counts as coming from.
    pub fn caller_arn(&self) -> String {
        session_arn(&self.place, self.caller.as_deref().unwrap_or("sandbox"), "sandbox")
    }

    pub(crate) fn at(&mut self, when: Millis, event: Event) {
        self.agenda.add(when, event);
    }

    pub(crate) fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// Request ids come from a source of their own, so that a read in between
    /// does not change which names a later write makes up.
    pub(crate) fn next_request_id(&mut self) -> String {
        self.requests += 1;
        Random::seeded(self.seed.rotate_left(32) ^ self.requests).uuid()
    }

    pub(crate) fn throttle(&mut self, service: Service, operation: &str) -> Result<(), AwsError> {
        if self.throttling { self.throttle.take(self.now, service, operation) } else { Ok(()) }
    }

    /// The same account in a Region where nobody has ever made anything.
    pub(crate) fn empty_region(&self, region: &str) -> Self {
        let mut world = Self::new(&self.place.account, region, self.seed, self.now);
        world.ecs.forget_clusters();
        world.sqs.front.clone_from(&self.sqs.front);
        world.readings.clone_from(&self.readings);
        world
    }
}
