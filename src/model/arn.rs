//! Amazon Resource Names: taken as AWS gives them, with a view on their fields.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::id::{AccountId, Partition, Region};

/// An ARN: `arn:partition:service:region:account:resource`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Arn(String);

impl Arn {
    /// `None` unless the text has the six fields of an ARN.
    pub fn parse(text: &str) -> Option<Self> {
        (text.starts_with("arn:") && text.splitn(6, ':').count() == 6).then(|| Self(text.to_owned()))
    }

    /// Takes the text as it is: for what AWS itself states to be an ARN.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn field(&self, index: usize) -> &str {
        self.0.splitn(6, ':').nth(index).unwrap_or_default()
    }

    /// For example `aws` or `aws-cn`.
    pub fn partition(&self) -> &str {
        self.field(1)
    }

    /// For example `secretsmanager`.
    pub fn service(&self) -> &str {
        self.field(2)
    }

    /// Empty for global services.
    pub fn region(&self) -> &str {
        self.field(3)
    }

    /// Empty for some resources, such as S3 buckets.
    pub fn account(&self) -> &str {
        self.field(4)
    }

    /// The number of a revision of a task definition, whose ARN ends in `family:number`; 0 for anything else.
    pub fn revision(&self) -> u64 {
        self.0.rsplit(':').next().and_then(|number| number.parse().ok()).unwrap_or(0)
    }

    /// The ARN of a secret less the hyphen and the six characters that are drawn anew when it is made again.
    pub fn without_random_characters(&self) -> &str {
        match self.0.len().checked_sub(7) {
            Some(at) if self.0.get(at..).is_some_and(|end| end.starts_with('-')) => &self.0[..at],
            _ => &self.0,
        }
    }

    /// The name of a secret: what stands after `secret:`, less the random characters.
    pub fn secret_name(&self) -> &str {
        let resource = self.without_random_characters().splitn(6, ':').nth(5).unwrap_or_default();
        resource.strip_prefix("secret:").unwrap_or(resource)
    }

    /// The name of a repository of ECR; empty for anything else.
    pub fn repository_name(&self) -> &str {
        self.resource().strip_prefix("repository/").unwrap_or_default()
    }

    /// The same in another Region: what a copy of a secret is called.
    #[must_use]
    pub fn in_region(&self, region: &Region) -> Self {
        let mut fields: Vec<&str> = self.0.splitn(6, ':').collect();
        if let Some(field) = fields.get_mut(3) {
            *field = region.as_str();
        }
        Self(fields.join(":"))
    }

    /// What comes after the account; may hold colons.
    pub fn resource(&self) -> &str {
        self.field(5)
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an installation works: one partition, one account, one Region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The partition, from the caller's ARN.
    pub partition: Partition,
    /// The account, from GetCallerIdentity.
    pub account: AccountId,
    /// The Region of the clients.
    pub region: Region,
}

impl Scope {
    /// The ARN of a regional resource of this account.
    pub fn arn(&self, service: &str, resource: &str) -> Arn {
        let Self { partition, account, region } = self;
        Arn(format!("arn:{partition}:{service}:{region}:{account}:{resource}"))
    }

    /// A service of a Region as KMS names it in `kms:ViaService`.
    pub fn via(&self, service: &str, region: &Region) -> String {
        let end = if self.partition.as_str() == "aws-cn" { ".cn" } else { "" };
        format!("{service}.{region}.amazonaws.com{end}")
    }

    /// The ARN of a role of this account that may be given by its name, with its path, alone.
    pub fn role(&self, given: &str) -> Arn {
        Arn::parse(given).unwrap_or_else(|| self.iam(&format!("role/{given}")))
    }

    /// The ARN of an IAM resource of this account; IAM has no Region.
    pub fn iam(&self, resource: &str) -> Arn {
        Arn(format!("arn:{}:iam::{}:{resource}", self.partition, self.account))
    }
}
