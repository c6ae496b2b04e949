//! Moves after which moto holds something else, though both answer alike: where a secret's versions, or a queue's messages,
//! are seen from then on, a difference is put down to that.

use evenkeel::sandbox::secrets_manager::Secret;
use evenkeel::sandbox::{Queue, World};
use serde_json::Value;

use super::{Difference, fits, shown};

/// A moved AWSCURRENT does not move the value that is served.
pub(super) const CURRENT: &str = "M70";
/// A version that is no longer the current one loses its other labels.
pub(super) const LABELS: &str = "M75";

/// AWSCURRENT that is moved to where it is takes AWSPREVIOUS away.
pub(super) const TO_ITSELF: &str = "M88";

/// A version that a rotation has begun counts as the current one, without its labels.
pub(super) const ROTATED: &str = "M125";

/// A version with which a function was only tested stays.
pub(super) const TESTED: &str = "M14";

/// The version of a token that is AWSPENDING is written again.
pub(super) const PENDING: &str = "M81";

/// An older receipt deletes its message.
pub(super) const RECEIPT: &str = "M148";

/// Of what moto holds something else.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Tainted {
    Secret(String),
    /// A message of one queue can come to another.
    Queues,
}

/// What a secret's versions show of a row.
struct Seen {
    rows: &'static [&'static str],
    operation: &'static str,
    member: &'static str,
    /// What each side says; of a refusal, the code.
    sides: [&'static str; 2],
}

const fn seen(rows: &'static [&'static str], operation: &'static str, member: &'static str) -> Seen {
    Seen { rows, operation, member, sides: ["*", "*"] }
}

const ALL: &[&str] = &[CURRENT, LABELS, TO_ITSELF, ROTATED, TESTED, PENDING];
/// Those that take a label away in moto.
const MOVED: &[&str] = &[CURRENT, LABELS, TO_ITSELF, ROTATED, PENDING];
/// Those that leave a version in moto.
const LEFT: &[&str] = &[ROTATED, TESTED, PENDING];

/// Where the versions of a secret are seen. (In ListSecrets too: see [`Tainted::without_what_is_seen`].)
const OF_VERSIONS: [Seen; 12] = [
    seen(ALL, "DescribeSecret", "VersionIdsToStages*"),
    // A secret that is made again with the token of a version that was AWSPENDING.
    seen(&[PENDING], "DescribeSecret", "Description"),
    seen(&[PENDING], "DescribeSecret", "Tags"),
    seen(ALL, "ListSecretVersionIds", "Versions*"),
    seen(ALL, "GetSecretValue", "SecretString"),
    seen(ALL, "GetSecretValue", "SecretBinary"),
    seen(ALL, "GetSecretValue", "VersionId"),
    seen(ALL, "GetSecretValue", "VersionStages"),
    // A label or a version that is there on one side alone.
    Seen { sides: ["-", "ResourceNotFoundException"], ..seen(MOVED, "GetSecretValue", "error") },
    Seen { sides: ["ResourceNotFoundException", "-"], ..seen(LEFT, "GetSecretValue", "error") },
    seen(ALL, "PutSecretValue", "VersionStages"),
    seen(ALL, "CancelRotateSecret", "VersionId"),
];

/// Where the messages of a queue are seen.
const OF_MESSAGES: [(&str, &str); 4] = [
    ("ReceiveMessage", "Messages*"),
    ("GetQueueAttributes", "Attributes.ApproximateNumberOfMessages*"),
    ("ChangeMessageVisibility", "error"),
    ("DeleteMessage*", "*"),
];

/// Of what that is so from now on, and the row that says why. `done`: how many messages were said to be deleted.
pub(in super::super) fn begins(
    operation: &str,
    input: &Value,
    done: usize,
    before: &World,
    after: &World,
) -> Option<(Tainted, &'static str)> {
    if operation.starts_with("DeleteMessage") {
        let messages = |world: &World| world.sqs.queues().values().flat_map(Queue::messages).count();
        return (messages(before) < messages(after) + done).then_some((Tainted::Queues, RECEIPT));
    }
    let (secret, row) = of_secret(operation, input, before, after)?;
    Some((Tainted::Secret(secret), row))
}

fn of_secret(operation: &str, input: &Value, before: &World, after: &World) -> Option<(String, &'static str)> {
    let token = input["ClientRequestToken"].as_str().unwrap_or_default();
    let is_pending = |held: &Secret| held.with_label("AWSPENDING").is_some_and(|(id, _)| id == token);
    let created = input["Name"].as_str().filter(|_| operation == "CreateSecret");
    if let Some(name) = created.filter(|name| before.secrets.get(name).is_some_and(is_pending)) {
        return Some((name.to_owned(), PENDING));
    }
    if operation == "RotateSecret" {
        let row = if input["RotateImmediately"] == false { TESTED } else { ROTATED };
        return Some((input["SecretId"].as_str().unwrap_or_default().to_owned(), row));
    }
    if operation == "UpdateSecretVersionStage" && input["VersionStage"] == "AWSCURRENT" {
        let id = input["SecretId"].as_str().unwrap_or_default();
        let to_itself = |held: &Secret| held.current() == input["MoveToVersionId"].as_str();
        let named = before.secrets.all().iter().find(|(name, held)| id.ends_with(name.as_str()) && to_itself(held));
        if let Some((name, _)) = named {
            return Some((name.clone(), TO_ITSELF));
        }
    }
    after.secrets.all().iter().find_map(|(name, now)| {
        let held = before.secrets.get(name)?;
        let left = held.current().filter(|id| now.current() != Some(*id))?;
        if operation == "UpdateSecretVersionStage" {
            return Some((name.clone(), CURRENT));
        }
        has_more_labels(held, left).then(|| (name.clone(), LABELS))
    })
}

impl Tainted {
    /// Is this difference seen where what moto holds otherwise, for the reason of this row, is seen?
    pub(in super::super) fn explains(&self, row: &str, difference: &Difference, input: &Value) -> bool {
        let Difference { operation, member, sandbox, moto } = difference;
        let is_seen = |asked: &str, told: &str| fits(asked, operation) && fits(told, member);
        match self {
            Self::Queues => OF_MESSAGES.iter().any(|(asked, told)| is_seen(asked, told)),
            Self::Secret(name) => {
                let mut ids = [&input["SecretId"], &input["Name"]].into_iter().filter_map(Value::as_str);
                let code = |side: &Value| shown(side).split(':').next().unwrap_or_default().to_owned();
                let is_here = |seen: &Seen| {
                    let codes = fits(seen.sides[0], &code(sandbox)) && fits(seen.sides[1], &code(moto));
                    seen.rows.contains(&row) && is_seen(seen.operation, seen.member) && codes
                };
                ids.any(|id| id.ends_with(name)) && OF_VERSIONS.iter().any(is_here)
            }
        }
    }

    /// A list of secrets without what is seen of this one for the reason of the row: its versions, and what a secret has that
    /// is made again.
    pub(in super::super) fn without_what_is_seen(&self, row: &str, list: &mut Value) {
        let Self::Secret(name) = self else { return };
        let made_again = ["Description", "Tags"].into_iter().filter(|_| row == PENDING);
        let seen: Vec<&str> = made_again.chain(["SecretVersionsToStages"]).collect();
        for entry in list["SecretList"].as_array_mut().into_iter().flatten().filter(|entry| entry["Name"] == **name) {
            if let Some(members) = entry.as_object_mut() {
                members.retain(|member, _| !seen.contains(&member.as_str()));
            }
        }
    }
}

fn has_more_labels(secret: &Secret, id: &str) -> bool {
    secret.versions.get(id).is_some_and(|version| version.stages.iter().any(|label| label != "AWSCURRENT"))
}
