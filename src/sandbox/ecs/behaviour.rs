//! Scripted behaviour of containers, by their image.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::sandbox::surroundings::hex_digest;

/// What every container of an image does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Behaviour {
    /// Whether the image can be pulled.
    pub exists: bool,
    /// `sha256:…`; `None` makes one from the image's name and what it does:
    /// what does something else is another image.
    pub digest: Option<String>,
    /// How and when the container ends; `None` runs for ever.
    pub exits: Option<Exit>,
    /// Whether the container's own health check passes, where it has one.
    pub healthy: bool,
    /// Whether a load balancer finds it healthy.
    #[serde(default = "yes")]
    pub healthy_target: bool,
    /// The database that the container needs.
    #[serde(default)]
    pub logs_in: Option<LogIn>,
}

/// A container that logs in to a database with what it was started with, and
/// ends when it is not let in ([D2]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogIn {
    /// Name of the database.
    pub database: String,
    /// The user.
    pub user: Given,
    /// The variable with the password: one of the container's secrets.
    pub password: String,
    /// Exit code when it is not let in.
    pub code: i32,
    /// How long after RUNNING it logs in first.
    pub after: Duration,
    /// How long until it logs in anew; `None` keeps its first connection.
    pub again: Option<Duration>,
}

/// Where a container has a text from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Given {
    /// From itself.
    Text(String),
    /// From one of its secrets, by the name of the variable.
    Variable(String),
}

/// The end of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exit {
    /// Exit code.
    pub code: i32,
    /// How long after RUNNING.
    pub after: Duration,
}

/// Behaviours by image. What is not in it runs for ever, healthy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ImageBook(BTreeMap<String, Behaviour>);

impl Behaviour {
    /// Runs for ever, healthy.
    #[must_use]
    pub fn well() -> Self {
        Self { exists: true, digest: None, exits: None, healthy: true, healthy_target: true, logs_in: None }
    }

    /// There is no such image, nor one that the tag led to before.
    #[must_use]
    pub fn missing() -> Self {
        Self { exists: false, ..Self::well() }
    }

    /// Ends with `code`, `after` RUNNING began.
    #[must_use]
    pub fn exiting(code: i32, after: Duration) -> Self {
        Self { exits: Some(Exit { code, after }), ..Self::well() }
    }

    /// Runs, and fails every health check.
    #[must_use]
    pub fn unhealthy() -> Self {
        Self { healthy: false, healthy_target: false, ..Self::well() }
    }

    /// Runs as long as a database lets it in: `user` is fixed, the password is
    /// in the variable `password`. Ends with 1, 5 seconds after RUNNING or
    /// when it logs in `again`.
    #[must_use]
    pub fn needing(database: &str, user: Given, password: &str, again: Option<Duration>) -> Self {
        let (database, password) = (database.to_owned(), password.to_owned());
        let log_in = LogIn { database, user, password, code: 1, after: Duration::from_secs(5), again };
        Self { logs_in: Some(log_in), ..Self::well() }
    }
}

fn yes() -> bool {
    true
}

/// A digest that only depends on the name and, where that is not nothing, on what the image does, as a state file has it.
fn made_up(image: &str, behaviour: &Behaviour) -> String {
    let does = || serde_json::to_string(behaviour).unwrap_or_default();
    let content = if *behaviour == Behaviour::well() { String::new() } else { format!(" {}", does()) };
    format!("sha256:{}", hex_digest(&format!("{image}{content}")))
}

impl ImageBook {
    /// Sets what an image does: its exact name, or a prefix that ends in `*`.
    ///
    /// A service revision that is there goes on with the image that the name
    /// stood for when it was made; one that found none looks again.
    pub fn set(&mut self, image: &str, behaviour: Behaviour) {
        self.0.insert(image.to_owned(), behaviour);
    }

    /// Back to running for ever, healthy.
    pub fn forget(&mut self, image: &str) {
        self.0.remove(image);
    }

    /// The exact name wins, then the longest prefix.
    pub(crate) fn of(&self, image: &str) -> Behaviour {
        let by_prefix = || {
            let prefixes = self.0.iter().filter_map(|(name, behaviour)| Some((name.strip_suffix('*')?, behaviour)));
            let matching = prefixes.filter(|(prefix, _)| image.starts_with(prefix));
            matching.max_by_key(|(prefix, _)| prefix.len()).map(|(_, behaviour)| behaviour)
        };
        self.0.get(image).or_else(by_prefix).cloned().unwrap_or_else(Behaviour::well)
    }

    /// The digest that an image stands for at this moment, as far as the book says.
    pub(crate) fn digest(&self, image: &str) -> Option<String> {
        if let Some((_, digest)) = image.split_once('@') {
            return Some(digest.to_owned());
        }
        let behaviour = self.of(image);
        behaviour.exists.then(|| behaviour.digest.clone().unwrap_or_else(|| made_up(image, &behaviour)))
    }
}
