//! Calls without an SDK, for services of which evenkeel needs no client: bodies in, bodies out, time as told.

use std::time::Duration;

use evenkeel::sandbox::{Millis, Request, Service, World};
use serde_json::Value;

use super::support::{ACCOUNT, REGION, START};

/// A world, and the time that the next call comes at.
pub(crate) struct Raw {
    pub(crate) world: World,
    pub(crate) now: Millis,
}

impl Raw {
    pub(crate) fn new() -> Self {
        Self { world: World::new(ACCOUNT, REGION, 7, START), now: START }
    }

    pub(crate) fn pass(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
        self.world.advance(self.now);
    }

    /// The answer to `service:Operation`, or `service@region:Operation`; a refusal fails the test.
    pub(crate) fn ask(&mut self, call: &str, input: &Value) -> Value {
        let (status, answer) = self.send(call, &input.to_string());
        assert_eq!(status, 200, "{call} {input}: {answer}");
        serde_json::from_str(&answer).unwrap()
    }

    /// The code of the refusal of a call.
    pub(crate) fn refused(&mut self, call: &str, input: &Value) -> String {
        let (status, answer) = self.send(call, &input.to_string());
        assert_eq!(status, 400, "{call} {input}: {answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        answer["__type"].as_str().unwrap().to_owned()
    }

    /// Status and body, whatever the protocol.
    pub(crate) fn send(&mut self, call: &str, body: &str) -> (u16, String) {
        let (service, operation) = call.split_once(':').unwrap();
        let (service, region) = service.split_once('@').unwrap_or((service, REGION));
        let service = Service::ALL.into_iter().find(|known| known.signing_name() == service).unwrap();
        let (operation, region) = (operation.to_owned(), region.to_owned());
        let request = Request { service, operation, region, body: body.as_bytes().to_vec() };
        let response = self.world.call(self.now, &request);
        (response.status, String::from_utf8(response.body).unwrap())
    }
}

/// The texts of a list of an answer.
pub(crate) fn texts(answer: &Value, list: &str, member: &str) -> Vec<String> {
    let items = answer[list].as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().map(|item| item[member].as_str().unwrap_or_default().to_owned()).collect()
}
