//! AWS itself: the only module that knows the SDK. Reads become [`Observed`](crate::model::observed::Observed), actions
//! become calls. Makes no decision: it asks the planner which further reads are worth their calls.

mod apply;
mod browse;
mod connect;
mod delete;
mod document;
mod fault;
mod history;
mod in_use;
mod inspect;
mod inventory;
mod kept;
mod kms;
pub mod limits;
mod look;
mod meter;
mod patience;
mod policy_text;
#[cfg(feature = "otlp")]
pub mod post;
mod queue;
mod read_value;
mod recall;
mod role;
mod secret;
mod secret_settings;
mod secret_value;
mod service;
mod service_revision;
mod shapes;
mod survey;
mod task_definition;
mod unheard;
mod uses;
mod watch;
mod wire;
mod xml;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc as Shared, Mutex, MutexGuard, PoisonError};

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use crate::cloud::clock::Clock;
use crate::cloud::fault::{Fault, FaultKind};
use crate::cloud::traffic::Traffic;
use crate::cloud::{Receipt, Values};
use crate::model::arn::{Arn, Scope};
use crate::model::id::{Installation, Name};
use crate::model::inventory::Inventory;
use crate::model::observed::Seen;
use crate::model::shapes::ServiceContent;
use crate::model::tags::Digest;
use crate::model::task_definition::ObservedRevision;
use crate::model::time::Timestamp;
use inventory::Listing;
use kept::Kept;
use meter::Meter;
use wire::Wire;

pub use aws_smithy_runtime_api::client::http::SharedHttpClient;
pub use connect::{ANSWER_WITHIN, ConnectError, LEAKY_VARIABLES, Settings};
pub use meter::Calls;
pub use queue::Queue;
pub use read_value::{Value, Which};

/// A connection to AWS. Cheap to clone; clones share caches, limits and counts.
#[derive(Clone)]
pub struct Aws {
    clients: Shared<Clients>,
    config: SdkConfig,
    /// For services without a client.
    wire: Wire,
    clock: Clock,
    scope: Scope,
    identity: Shared<str>,
    installation: Installation,
    bulk_roles: bool,
    look: Look,
    /// Do looks ask once what is not answered, and go on without it?
    brief: bool,
    /// In a sweep, what is looked at for itself all the same.
    exactly: Shared<BTreeSet<Name>>,
    meter: Meter,
    memory: Shared<Memory>,
    /// Where the values come from that are written.
    values: Shared<dyn Values>,
}

/// How closely to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Every object for itself: for `diff`, `apply` and full sweeps.
    Exact,
    /// In bulk, and exactly only where something seems to differ: for the daemon's sweeps.
    Sweep,
}

struct Clients {
    secrets: aws_sdk_secretsmanager::Client,
    iam: aws_sdk_iam::Client,
    tagging: aws_sdk_resourcegroupstagging::Client,
    ecs: aws_sdk_ecs::Client,
    /// For calls that are repeated only after throttling.
    ecs_once: aws_sdk_ecs::Client,
}

/// What the process remembers; nothing depends on it but the number of calls and the patience after a write.
#[derive(Default)]
struct Memory {
    /// Of a revision only the tags and the status can change, so it is read once, and when; again after its tags were
    /// written, and by exact looks that come later.
    revisions: Mutex<Kept<(Timestamp, ObservedRevision)>>,
    /// When tags of a revision were written: a read right after that may be older, and is not to be remembered.
    tagged: Mutex<BTreeMap<Arn, Timestamp>>,
    /// Nor do service revisions.
    service_revisions: Mutex<Kept<ServiceContent>>,
    /// Our own writes, until they must be visible.
    written: Mutex<BTreeMap<Digest, Timestamp>>,
    /// What carried this installation's tags in the last exact look.
    inventory: Mutex<Option<Inventory>>,
    /// Can that be listed? Where it is only counted, and not for want of a permission or of a way there, it is not tried again.
    listing: Mutex<Listing>,
    /// How many calls reading all roles took.
    role_pages: Mutex<Option<usize>>,
}

impl Aws {
    /// Where this connection works.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The clock that everything here waits on.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Who AWS says that we are.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// All calls so far.
    pub fn calls(&self) -> Calls {
        self.meter.calls()
    }

    /// All requests so far, by how they ended: it counts on.
    pub fn traffic(&self) -> Traffic {
        self.meter.traffic()
    }

    /// The same connection, looking in another way.
    #[must_use]
    pub fn with_look(&self, look: Look) -> Self {
        Self { look, exactly: Shared::default(), ..self.clone() }
    }

    /// The same connection for someone who looks again and again: what does not answer holds up no look for long, and is
    /// unreadable in it.
    #[must_use]
    pub fn looking_briefly(self) -> Self {
        Self { brief: true, ..self }
    }

    fn fault<E>(&self, operation: &str, error: &SdkError<E, HttpResponse>) -> Fault
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        fault::fault(operation, &self.identity, error)
    }

    /// An answer that lacks what it should say.
    fn unclear(&self, operation: &str, why: impl Into<String>) -> Fault {
        Fault { kind: FaultKind::Ambiguous, ..self.unsendable(operation, why.into()) }
    }
}

/// What a call yields that makes nothing: AWS's id of it.
fn receipt(answer: &impl RequestId) -> Receipt {
    Receipt { request_id: answer.request_id().map(str::to_owned), ..Receipt::default() }
}

/// A read that found nothing is an answer; any other failure is none.
fn seen<T>(result: Result<T, Fault>) -> Seen<T> {
    match result {
        Ok(thing) => Seen::Present(thing),
        Err(fault) if fault.kind == FaultKind::NotFound => Seen::Absent,
        Err(fault) => Seen::Unreadable(fault.in_full()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A point in time as the SDK gives it.
fn timestamp(time: &aws_smithy_types::DateTime) -> Timestamp {
    Timestamp::from_millis(time.to_millis().unwrap_or_default())
}
