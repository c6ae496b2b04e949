//! Answers of a moment ago, for those who shall see them again.

use std::collections::VecDeque;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;

use super::answer;
use crate::sandbox::clock::Millis;
use crate::sandbox::wire::Service;

/// A stale answer is younger: AWS gives no time, and evenkeel waits so long
/// before it believes one ([E6]).
const STALE_AT_MOST: Duration = Duration::from_secs(30);

/// Every answer of the last half minute. No `Debug`: answers hold values.
#[derive(Default)]
pub(super) struct Memory(VecDeque<Answered>);

/// A question: whom, where, what, and how it was put.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) service: Service,
    pub(super) region: String,
    pub(super) operation: String,
    pub(super) body: Vec<u8>,
}

struct Answered {
    at: Millis,
    question: Question,
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Memory {
    pub(super) fn keep(&mut self, at: Millis, question: Question, response: &HttpResponse) {
        self.forget(at);
        let headers = response.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let body = response.body().bytes().unwrap_or_default().to_vec();
        let status = response.status().as_u16();
        self.0.push_back(Answered { at, question, status, headers, body });
    }

    /// The oldest answer to the question that is still believable.
    pub(super) fn recall(&mut self, now: Millis, question: &Question) -> Option<Result<HttpResponse, ConnectorError>> {
        self.forget(now);
        let held = self.0.iter().find(|held| held.question == *question)?;
        let headers = held.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Some(answer::response(held.status, headers, held.body.clone()))
    }

    fn forget(&mut self, now: Millis) {
        let horizon = now - STALE_AT_MOST;
        while self.0.front().is_some_and(|held| held.at <= horizon) {
            self.0.pop_front();
        }
    }
}
