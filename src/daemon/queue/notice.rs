//! What a message says. Pure. Believes nothing but that a secret may have a new version.

use serde::Deserialize;

use crate::model::time::Timestamp;

/// A message, as far as it matters.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Notice {
    /// A label of a secret has moved.
    Secret {
        /// The secret, by name or by ARN.
        secrets: Vec<String>,
        /// The version that carries the label now.
        version: Option<String>,
        /// When that was.
        at: Option<Timestamp>,
    },
    /// An event about something else: a rule sends more than it should.
    Other,
    /// No event at all.
    Poison,
}

/// An event as EventBridge delivers it. What else it has is not looked at: members are added without notice.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "detail-type")]
    detail_type: String,
    source: String,
    #[serde(default)]
    time: Option<String>,
    #[serde(default)]
    resources: Vec<String>,
    #[serde(default)]
    detail: serde_json::Value,
}

/// Reads a message.
pub(super) fn read(body: &str) -> Notice {
    let Ok(Event { detail_type, source, time, resources, detail }) = serde_json::from_str(body) else {
        return Notice::Poison;
    };
    if (source.as_str(), detail_type.as_str()) != ("aws.secretsmanager", "Secret Label Updated") {
        return Notice::Other;
    }
    let text = |member: &str| detail.get(member).and_then(serde_json::Value::as_str).map(str::to_owned);
    let secrets: Vec<String> = resources.into_iter().chain(text("name")).collect();
    if secrets.is_empty() {
        return Notice::Poison;
    }
    let at = time.and_then(|time| time.parse::<Timestamp>().ok());
    Notice::Secret { secrets, version: text("versionId"), at }
}
