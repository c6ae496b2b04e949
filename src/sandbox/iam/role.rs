//! A role, and how IAM shows it.
//!
//! Ledger: I1.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Iam, trust};
use crate::sandbox::clock::Millis;
use crate::sandbox::tags::Tags;

/// A role with everything that hangs on it. Documents are kept as they came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// Name, unique in the account.
    pub name: String,
    /// `/`, or with a slash at both ends.
    pub path: String,
    /// `AROA` and 17 characters; a role made again gets another one.
    pub id: String,
    /// ARN.
    pub arn: String,
    /// When it was created.
    pub created: Millis,
    /// Free text.
    pub description: Option<String>,
    /// Seconds, 3,600 to 43,200.
    pub max_session_duration: i64,
    /// Trust policy.
    pub trust: String,
    /// The ids of the account's roles that it names, by ARN.
    #[serde(default)]
    pub trusted: BTreeMap<String, String>,
    /// ARN of the managed policy that bounds it.
    pub boundary: Option<String>,
    /// Inline policies: name to document.
    pub inline: BTreeMap<String, String>,
    /// ARNs of the attached managed policies.
    pub attached: BTreeSet<String>,
    /// Tags.
    pub tags: Tags,
}

/// What RFC 3986 leaves as it is.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Role {
    /// The members that `GetRole`, `CreateRole` and the account's details share.
    pub(super) fn summary(&self, iam: &Iam) -> Value {
        json!({
            "Path": self.path,
            "RoleName": self.name,
            "RoleId": self.id,
            "Arn": self.arn,
            "CreateDate": self.created.to_string(),
            "AssumeRolePolicyDocument": encoded(&trust::shown(iam, self)),
            "PermissionsBoundary": self.boundary.as_ref().map(|arn| json!({
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": arn,
            })),
            "Tags": tag_list(&self.tags),
        })
    }

    /// As `GetRole` and `CreateRole` give it.
    pub(super) fn full(&self, iam: &Iam) -> Value {
        let mut role = self.summary(iam);
        role["Description"] = json!(self.description);
        role["MaxSessionDuration"] = json!(self.max_session_duration);
        role["RoleLastUsed"] = json!({});
        role
    }

    pub(super) fn attached_list(&self) -> Vec<(String, Value)> {
        self.attached
            .iter()
            .map(|arn| {
                let name = arn.rsplit('/').next().unwrap_or(arn);
                (arn.clone(), json!({"PolicyName": name, "PolicyArn": arn}))
            })
            .collect()
    }
}

/// Documents leave IAM URL-encoded (facts 2.3).
pub(super) fn encoded(document: &str) -> String {
    utf8_percent_encode(document, RESERVED).to_string()
}

pub(super) fn tag_list(tags: &Tags) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}
