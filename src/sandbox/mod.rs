//! AWS in a box: a strict, deterministic, in-process emulator of the parts of
//! Secrets Manager, IAM, ECS and STS that evenkeel calls, and of what stands
//! around them: KMS, SQS, EventBridge, tags, parameters, log groups, networks.
//!
//! Two doors lead into one world: behind the AWS SDK's own HTTP client seam,
//! and on a loopback port. Requests are really built, signed, sent and
//! parsed, and time is what the clock says. What the sandbox
//! does not offer it refuses in clear words; it never answers with less than
//! AWS would. It knows nothing of evenkeel: it speaks the wire.
//!
//! # Layout
//!
//! * [`World`] is everything, pure and synchronous: a request and a time in, a
//!   response out. Same seed, same calls at the same times: same bytes.
//! * [`Sandbox`] is a world with a clock, perhaps a state file, and a [`Door`]
//!   for SDK clients, which a [`Socket`] opens to other processes. Only those
//!   two are async.
//! * `api` refuses requests that AWS's own API models do not allow, and in
//!   tests answers that they do not.
//! * [`chaos`] stands before a door and lets calls meet faults.
//! * One folder per service, one small file per operation or tight group. A
//!   new operation is such a file, a line in its service's `OPERATIONS`, and a
//!   name in `api/generate.py`.
//!
//! A remark such as "facts 4.5" names a section of the project's collection of
//! AWS facts; the ledger of AWS behaviour says which test holds which.
//!
//! Everyone may do everything, unless [`World::caller`] names a role; what ECS
//! does as a task's execution role is always judged. What it does not know:
//! other Regions (empty) and other accounts (absent).

mod agenda;
mod api;
mod caller;
pub mod chaos;
mod cidr;
mod clock;
mod conditions;
mod database;
mod dispatch;
mod door;
mod ec2;
mod ecr;
pub mod ecs;
mod events;
mod furnished;
mod handle;
pub mod iam;
mod journal;
mod kms;
mod lagged;
mod log;
mod logs;
mod page;
mod place;
mod plaintext;
mod quotas;
mod random;
mod readings;
pub mod secrets_manager;
mod socket;
mod sqs;
mod ssm;
mod state;
mod sts;
mod surroundings;
mod tagging;
mod tags;
mod throttle;
mod wire;
mod world;

pub use clock::{Clock, Millis, stopped_clock, tokio_clock};
pub use conditions::{CONDITIONS, Condition, NoCondition};
pub use database::Database;
pub use door::Door;
pub use ec2::{Endpoint, Network, Route, RouteTable, Rule, SecurityGroup, Subnet, Vpc};
pub use ecr::{Ecr, Image, Repository};
pub use events::{Delivery, EventRule, EventTarget, Events};
pub use furnished::Furnished;
pub use handle::Sandbox;
pub use journal::{Call, Entry, Journal, What};
pub use kms::{Key, Kms};
pub use logs::{LogGroup, Logs};
pub use place::Place;
pub use plaintext::Plaintext;
pub use quotas::Quotas;
pub use readings::{NoReading, ReadAs, Reading, Readings};
pub use socket::{Socket, SocketError};
pub use sqs::{Message, Queue, Sqs};
pub use ssm::{Ssm, StoredParameter};
pub use state::StateError;
pub use surroundings::{Parameter, Surroundings};
pub use tagging::Tagging;
pub use tags::Tags;
pub use wire::{Effect, Request, Response, Service};
pub use world::World;
