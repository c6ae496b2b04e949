//! SQS: standard queues, visibility, long polling, redrive to a dead-letter queue.
//!
//! Not here: FIFO queues (refused), encryption (kept, not done), tags of
//! queues after their creation. A queue's policy is
//! asked when EventBridge delivers, not when a caller is judged. Long polls wait in the door: here a
//! request finds messages or none.
//!
//! Ledger: O1.

mod attributes;
mod create;
mod delete;
mod digest;
mod fault;
mod message;
mod policy;
mod queue;
mod receive;
mod send;
mod visibility;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::clock::Millis;
use super::dispatch::{Operation, reads, writes};
use super::place::{Arn, Place};
use super::wire::AwsError;

pub use message::Message;
pub(crate) use policy::lets_in;
pub use queue::Queue;
pub(crate) use receive::patience;

pub(crate) const OPERATIONS: &[Operation] = &[
    writes("ChangeMessageVisibility", visibility::change_message_visibility),
    writes("CreateQueue", create::create_queue),
    writes("DeleteMessage", delete::delete_message),
    writes("DeleteMessageBatch", delete::delete_message_batch),
    writes("DeleteQueue", create::delete_queue),
    reads("GetQueueAttributes", attributes::get_queue_attributes),
    reads("GetQueueUrl", create::get_queue_url),
    writes("ReceiveMessage", receive::receive_message),
    writes("SendMessage", send::send_message),
    writes("SetQueueAttributes", attributes::set_queue_attributes),
];

/// The queues of the Region.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sqs {
    queues: BTreeMap<String, Queue>,
    /// Names that are not free yet, and since when.
    deleted: BTreeMap<String, Millis>,
    /// Where the URLs of queues lead; some clients go there, whatever endpoint
    /// they were given. `None` is AWS.
    #[serde(skip)]
    pub front: Option<String>,
}

impl Sqs {
    /// The queues, by name.
    pub fn queues(&self) -> &BTreeMap<String, Queue> {
        &self.queues
    }

    /// A queue, by name, to be changed behind everyone's back.
    pub fn queue_mut(&mut self, name: &str) -> Option<&mut Queue> {
        self.queues.get_mut(name)
    }

    pub(crate) fn by_arn(&self, arn: &str) -> Option<&Queue> {
        self.queues.get(name_of(arn)?).filter(|queue| queue.arn == arn)
    }

    pub(crate) fn by_arn_mut(&mut self, arn: &str) -> Option<&mut Queue> {
        self.queues.get_mut(name_of(arn)?).filter(|queue| queue.arn == arn)
    }

    fn url(&self, place: &Place, name: &str) -> String {
        match &self.front {
            Some(front) => format!("{front}/{}/{name}", place.account),
            None => format!("https://sqs.{}.amazonaws.com/{}/{name}", place.region, place.account),
        }
    }

    /// The queue of a URL, whatever its host.
    fn find(&mut self, place: &Place, url: &str) -> Result<&mut Queue, AwsError> {
        let Address { account, name } = Address::of(url);
        let ours = account.is_none_or(|account| account == place.account);
        self.queues.get_mut(name).filter(|_| ours).ok_or_else(fault::no_such_queue)
    }
}

/// What the URL of a queue says: `HOST/ACCOUNT/NAME`, or the name alone.
pub(crate) struct Address<'a> {
    pub(crate) account: Option<&'a str>,
    pub(crate) name: &'a str,
}

impl<'a> Address<'a> {
    pub(crate) fn of(url: &'a str) -> Self {
        let (rest, name) = url.rsplit_once('/').unwrap_or(("", url));
        let account = rest.rsplit('/').next().filter(|account| !account.is_empty());
        Self { account, name }
    }
}

fn name_of(arn: &str) -> Option<&str> {
    Arn::parse(arn).filter(|parsed| parsed.service == "sqs").map(|parsed| parsed.resource)
}
