//! What an execution role may be given, as closed types: no manifest carries policy JSON for a role.
//!
//! Knows which IAM actions each need takes; the sources stand in `docs/aws-behaviour.md`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::arn::{Arn, Scope};
use super::id::{KeyId, Region};
use super::policy::{Permission, Policy};
use super::policy_size::{compact, size};

/// One thing that ECS does with an execution role when it starts a task.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Grant<R> {
    /// Read a secret.
    ReadSecret(R),
    /// Read an SSM parameter.
    ReadParameter(Arn),
    /// Use a customer's key through Secrets Manager of a Region.
    Decrypt(KeyId, Region),
    /// Use a customer's key through Parameter Store of a Region.
    DecryptParameter(KeyId, Region),
    /// Log in to ECR.
    Login,
    /// Pull from an ECR repository.
    PullImage(Arn),
    /// Have ECR import an image from elsewhere into a repository of a pull-through cache, and make that where it is missing.
    ImportImage(Arn),
    /// Write to a log group.
    WriteLogs(Arn),
    /// Make a log group.
    CreateLogGroup(Arn),
    /// Read an environment file, an object in S3.
    ReadFile(Arn),
    /// Find out in which Region the bucket of an environment file is.
    LocateBucket(Arn),
    /// Find out where a file system of FSx is.
    DescribeFileSystems,
}

impl<R> Grant<R> {
    /// The IAM actions behind it.
    pub fn actions(&self) -> &'static [&'static str] {
        match self {
            Self::ReadSecret(_) => &["secretsmanager:GetSecretValue"],
            Self::ReadParameter(_) => &["ssm:GetParameters"],
            Self::Decrypt(..) | Self::DecryptParameter(..) => &["kms:Decrypt"],
            Self::Login => &["ecr:GetAuthorizationToken"],
            Self::PullImage(_) => {
                &["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
            }
            Self::ImportImage(_) => &["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"],
            Self::WriteLogs(_) => &["logs:CreateLogStream", "logs:PutLogEvents"],
            Self::CreateLogGroup(_) => &["logs:CreateLogGroup"],
            Self::ReadFile(_) => &["s3:GetObject"],
            Self::LocateBucket(_) => &["s3:GetBucketLocation"],
            Self::DescribeFileSystems => &["fsx:DescribeFileSystems"],
        }
    }

    /// Replaces the reference.
    ///
    /// # Errors
    /// Those of `f`.
    pub fn try_map<S, E>(&self, f: impl Fn(&R) -> Result<S, E>) -> Result<Grant<S>, E> {
        Ok(match self {
            Self::ReadSecret(secret) => Grant::ReadSecret(f(secret)?),
            Self::ReadParameter(parameter) => Grant::ReadParameter(parameter.clone()),
            Self::Decrypt(key, region) => Grant::Decrypt(key.clone(), region.clone()),
            Self::DecryptParameter(key, region) => Grant::DecryptParameter(key.clone(), region.clone()),
            Self::Login => Grant::Login,
            Self::PullImage(repository) => Grant::PullImage(repository.clone()),
            Self::ImportImage(repository) => Grant::ImportImage(repository.clone()),
            Self::WriteLogs(group) => Grant::WriteLogs(group.clone()),
            Self::CreateLogGroup(group) => Grant::CreateLogGroup(group.clone()),
            Self::ReadFile(object) => Grant::ReadFile(object.clone()),
            Self::LocateBucket(bucket) => Grant::LocateBucket(bucket.clone()),
            Self::DescribeFileSystems => Grant::DescribeFileSystems,
        })
    }
}

impl Grant<Arn> {
    /// The statement's name, its resources and its condition.
    fn needs(&self, scope: &Scope) -> (&'static str, Vec<String>, Option<Value>) {
        match self {
            Self::ReadSecret(secret) => ("ReadSecrets", vec![secret.to_string()], None),
            Self::ReadParameter(parameter) => ("ReadParameters", vec![parameter.to_string()], None),
            Self::Decrypt(key, region) => {
                let (resource, condition) = decrypt(key, "secretsmanager", region, scope);
                ("DecryptSecrets", vec![resource], Some(condition))
            }
            Self::DecryptParameter(key, region) => {
                let (resource, condition) = decrypt(key, "ssm", region, scope);
                ("DecryptParameters", vec![resource], Some(condition))
            }
            // ECR answers a login for the whole registry: this action takes no resource.
            Self::Login => ("LoginToRegistry", vec!["*".into()], None),
            Self::PullImage(repository) => ("PullImages", vec![repository.to_string()], None),
            Self::ImportImage(repository) => ("ImportImages", vec![repository.to_string()], None),
            Self::WriteLogs(group) => ("WriteLogs", vec![format!("{group}:*")], None),
            Self::CreateLogGroup(group) => ("CreateLogGroups", vec![group.to_string(), format!("{group}:*")], None),
            Self::ReadFile(object) => ("ReadFiles", vec![object.to_string()], None),
            Self::LocateBucket(bucket) => ("LocateBuckets", vec![bucket.to_string()], None),
            Self::DescribeFileSystems => ("DescribeFileSystems", vec!["*".into()], None),
        }
    }
}

/// A key is named by id or ARN; an alias is no resource of an action, only a condition can name it.
fn decrypt(key: &KeyId, service: &str, region: &Region, scope: &Scope) -> (String, Value) {
    let through = json!(scope.via(service, region));
    let id = key.as_str();
    let alias = id.find("alias/").map(|at| &id[at..]);
    match (alias, Arn::parse(id)) {
        (None, Some(arn)) => (arn.to_string(), json!({"StringEquals": {"kms:ViaService": through}})),
        (None, None) => {
            let arn = Scope { region: region.clone(), ..scope.clone() }.arn("kms", &format!("key/{id}"));
            (arn.to_string(), json!({"StringEquals": {"kms:ViaService": through}}))
        }
        (Some(alias), arn) => {
            let account = arn.as_ref().map_or(scope.account.as_str(), Arn::account).to_owned();
            let any = format!("arn:{}:kms:{region}:{account}:key/*", scope.partition);
            let named = json!({"kms:ResourceAliases": alias});
            (any, json!({"StringEquals": {"kms:ViaService": through}, "ForAnyValue:StringEquals": named}))
        }
    }
}

/// Could this permission have come from a grant? Nothing wider, and nothing else, is ever written.
pub fn is_of_a_grant(permission: &Permission) -> bool {
    let Permission { effect, principal, action, resource, condition } = permission;
    let literal = |tail: &str| {
        let named = resource.strip_suffix(tail).unwrap_or(resource);
        named.starts_with("arn:") && !named.contains(['*', '?'])
    };
    let resource_fits = match action.as_str() {
        "ecr:GetAuthorizationToken" | "fsx:DescribeFileSystems" => resource == "*",
        // Of a secret that is known by its name alone, the six characters are not.
        "secretsmanager:GetSecretValue" => literal("-??????"),
        "logs:CreateLogStream" | "logs:PutLogEvents" | "logs:CreateLogGroup" => literal(":*"),
        "kms:Decrypt" => literal("*") && condition.contains("kms:viaservice"),
        "ecr:BatchCheckLayerAvailability"
        | "ecr:BatchGetImage"
        | "ecr:GetDownloadUrlForLayer"
        | "ecr:BatchImportUpstreamImage"
        | "ecr:CreateRepository"
        | "ssm:GetParameters"
        | "s3:GetObject"
        | "s3:GetBucketLocation" => literal(""),
        _ => false,
    };
    effect == "Allow" && principal.is_empty() && resource_fits
}

/// So large a policy names its statements; a larger one leaves out what only people read. Less than half of what a role may
/// have, which others may want too.
const READABLE: usize = 4_000;

/// The inline policy of an execution role: grants, and what it already had for the sake of others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyBody<R: Ord> {
    /// What is derived and granted.
    pub grants: BTreeSet<Grant<R>>,
    /// Permissions that revisions outside this installation still use: kept, never added.
    pub kept: BTreeSet<Permission>,
}

impl<R: Ord> PolicyBody<R> {
    /// Replaces the references.
    ///
    /// # Errors
    /// Those of `f`.
    pub fn try_map<S: Ord, E>(&self, f: impl Fn(&R) -> Result<S, E>) -> Result<PolicyBody<S>, E> {
        let grants = self.grants.iter().map(|grant| grant.try_map(&f)).collect::<Result<_, E>>()?;
        Ok(PolicyBody { grants, kept: self.kept.clone() })
    }
}

impl PolicyBody<Arn> {
    /// The policy document to send: for people, unless there is much of it.
    pub fn to_json(&self, scope: &Scope) -> Value {
        type Key = (&'static str, &'static [&'static str], Option<String>);
        let mut statements: BTreeMap<Key, (BTreeSet<String>, Option<Value>)> = BTreeMap::new();
        for grant in &self.grants {
            let (sid, resources, condition) = grant.needs(scope);
            let key = (sid, grant.actions(), condition.as_ref().map(ToString::to_string));
            let entry = statements.entry(key).or_insert_with(|| (BTreeSet::new(), condition));
            entry.0.extend(resources);
        }
        let derived = statements.into_iter().enumerate().map(|(index, ((sid, actions, _), (resources, condition)))| {
            let mut statement = json!({"Effect": "Allow", "Action": actions, "Resource": resources});
            // A Sid is unique in a policy; only those that decrypt can stand more than once.
            let sid = if condition.is_some() { format!("{sid}{index}") } else { sid.to_owned() };
            statement["Sid"] = sid.into();
            if let Some(condition) = condition {
                statement["Condition"] = condition;
            }
            statement
        });
        let kept = self.kept.iter().map(Permission::to_statement);
        let document = json!({"Version": "2012-10-17", "Statement": derived.chain(kept).collect::<Vec<_>>()});
        if size(&document) <= READABLE { document } else { compact(&Policy::read(&document)) }
    }

    /// The same in as few characters as it takes.
    pub fn to_brief_json(&self, scope: &Scope) -> Value {
        compact(&self.to_policy(scope))
    }

    /// The policy in canonical form.
    pub fn to_policy(&self, scope: &Scope) -> Policy {
        Policy::read(&self.to_json(scope))
    }
}

/// The trust policy of an execution role: ECS tasks of this account and Region, and nobody else.
///
/// The conditions keep another account's ECS from using the role (the confused deputy).
pub fn trust(scope: &Scope) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": scope.account},
            "ArnLike": {"aws:SourceArn": scope.arn("ecs", "*")},
        },
    }]})
}
