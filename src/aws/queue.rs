//! The queue that events come to. Long polls, and deletes what it is told to; what a message says is not its business.

use aws_sdk_sqs::types::DeleteMessageBatchRequestEntry;

use super::Aws;
use crate::cloud::events::{Events, Handle, Message};
use crate::cloud::fault::Fault;

/// As long as SQS lets one wait, in seconds: an empty answer costs as much as a full one.
const WAIT: i32 = 20;

/// As many as SQS gives or takes at once.
const BATCH: i32 = 10;

/// A queue of SQS, in the Region of the connection.
pub struct Queue {
    aws: Aws,
    client: aws_sdk_sqs::Client,
    url: String,
}

impl Aws {
    /// The queue of this URL. Nothing is asked yet.
    pub fn queue(&self, url: &str) -> Queue {
        Queue { aws: self.clone(), client: aws_sdk_sqs::Client::new(&self.config), url: url.to_owned() }
    }
}

impl Events for Queue {
    async fn receive(&self) -> Result<Vec<Message>, Fault> {
        let receive = self.client.receive_message().queue_url(&self.url);
        let receive = receive.max_number_of_messages(BATCH).wait_time_seconds(WAIT);
        let answer = receive.send().await.map_err(|error| self.aws.fault("sqs:ReceiveMessage", &error))?;
        let message = |message: aws_sdk_sqs::types::Message| {
            Some(Message {
                id: message.message_id.unwrap_or_default(),
                handle: Handle(message.receipt_handle?),
                body: message.body.unwrap_or_default(),
            })
        };
        Ok(answer.messages.unwrap_or_default().into_iter().filter_map(message).collect())
    }

    async fn delete(&self, messages: &[Handle]) -> Result<usize, Fault> {
        const OPERATION: &str = "sqs:DeleteMessageBatch";
        if messages.is_empty() {
            return Ok(0);
        }
        let entry = |(number, Handle(handle)): (usize, &Handle)| {
            DeleteMessageBatchRequestEntry::builder().id(number.to_string()).receipt_handle(handle).build().ok()
        };
        let entries = messages.iter().enumerate().filter_map(entry).collect();
        let delete = self.client.delete_message_batch().queue_url(&self.url).set_entries(Some(entries));
        let answer = delete.send().await.map_err(|error| self.aws.fault(OPERATION, &error))?;
        Ok(answer.failed().len())
    }
}
