//! Managed policies: `CreatePolicy`, `GetPolicy`, `GetPolicyVersion`, and those that AWS brings.
//!
//! Ledger: I6, I8, X10.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::document::{self, Kind};
use super::fault;
use super::role::{encoded, tag_list};
use super::tags::merged;
use crate::sandbox::clock::Millis;
use crate::sandbox::tags::{Tag, Tags};
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

/// A managed policy. It has one version, `v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagedPolicy {
    /// ARN; AWS's own stand in the account `aws`.
    pub arn: String,
    /// Name.
    pub name: String,
    /// `ANPA` and 17 characters.
    pub id: String,
    /// `/`, or with a slash at both ends.
    pub path: String,
    /// Free text.
    pub description: Option<String>,
    /// The document, as it came.
    pub document: String,
    /// When it was created.
    pub created: Millis,
    /// Tags.
    pub tags: Tags,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Creation {
    policy_name: String,
    policy_document: String,
    path: Option<String>,
    description: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    policy_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfVersion {
    policy_arn: String,
    version_id: String,
}

/// How the ARNs of AWS's own policies begin.
const OF_AWS: &str = "arn:aws:iam::aws:policy/";

impl World {
    /// Makes a managed policy of this account or of AWS, where there is none of that ARN, for whoever takes it for granted.
    pub fn presume_policy(&mut self, arn: &str, document: &Value) {
        let ours = self.place().global_arn("iam", "policy/");
        let Some(rest) = arn.strip_prefix(&ours).or_else(|| arn.strip_prefix(OF_AWS)) else { return };
        if self.iam.policies.contains_key(arn) {
            return;
        }
        let (path, name) = rest.rsplit_once('/').unwrap_or(("", rest));
        let path = if path.is_empty() { "/".to_owned() } else { format!("/{path}/") };
        if arn.starts_with(OF_AWS) {
            let id = format!("ANPA{}", self.random().upper_and_digits(17));
            let policy = of_aws(name, &path, id, document, self.now());
            self.iam.policies.insert(arn.to_owned(), policy);
        } else {
            let new = json!({"PolicyName": name, "Path": path, "PolicyDocument": document.to_string()});
            // What IAM would not make is missing, as it is in an account.
            let _made = create_policy(self, &new);
        }
    }
}

/// Facts 2.2, without white space.
const MOST_MANAGED: usize = 6_144;

pub(super) fn create_policy(world: &mut World, input: &Value) -> Outcome {
    let input: Creation = parse(input)?;
    document::read(Kind::Identity, &input.policy_document)?;
    if document::size(&input.policy_document) > MOST_MANAGED {
        return Err(fault::limit_exceeded(format!("Cannot exceed quota for PolicySize: {MOST_MANAGED}")));
    }
    let path = input.path.unwrap_or_else(|| "/".to_owned());
    let arn = world.place().global_arn("iam", &format!("policy{path}{}", input.policy_name));
    let is_own = |policy: &&ManagedPolicy| !policy.arn.starts_with(OF_AWS);
    let mut own = world.iam.policies.values().filter(is_own);
    if own.any(|policy| policy.name.eq_ignore_ascii_case(&input.policy_name)) {
        return Err(fault::already_exists(format!(
            "A policy called {} already exists. Duplicate names are not allowed.",
            input.policy_name
        )));
    }
    let most = world.quotas.managed_policies;
    if world.iam.policies.values().filter(is_own).count() >= most {
        return Err(fault::limit_exceeded(format!("Cannot exceed quota for PoliciesPerAccount: {most}")));
    }
    let policy = ManagedPolicy {
        arn: arn.clone(),
        name: input.policy_name,
        id: format!("ANPA{}", world.random().upper_and_digits(17)),
        path,
        description: input.description,
        document: input.policy_document,
        created: world.now(),
        tags: merged(&Tags::new(), &input.tags)?,
    };
    let output = json!({"Policy": view(world, &policy)});
    world.iam.policies.insert(arn, policy);
    Ok(output)
}

pub(super) fn get_policy(world: &mut World, input: &Value) -> Outcome {
    let input: Named = parse(input)?;
    let policy = world
        .iam
        .policies
        .get(&input.policy_arn)
        .ok_or_else(|| fault::no_such_entity(format!("Policy {} was not found.", input.policy_arn)))?;
    Ok(json!({"Policy": view(world, policy)}))
}

/// There is one version of each: `v1`.
pub(super) fn get_policy_version(world: &mut World, input: &Value) -> Outcome {
    let input: OfVersion = parse(input)?;
    let found = world.iam.policies.get(&input.policy_arn).filter(|_| input.version_id == "v1");
    let policy = found.ok_or_else(|| {
        fault::no_such_entity(format!("Policy {} version {} does not exist.", input.policy_arn, input.version_id))
    })?;
    Ok(json!({"PolicyVersion": {
        "Document": encoded(&policy.document),
        "VersionId": "v1",
        "IsDefaultVersion": true,
        "CreateDate": policy.created.to_string(),
    }}))
}

pub(super) fn view(world: &World, policy: &ManagedPolicy) -> Value {
    let roles = world.iam.roles().values();
    json!({
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": "v1",
        "AttachmentCount": roles.clone().filter(|role| role.attached.contains(&policy.arn)).count(),
        "PermissionsBoundaryUsageCount": roles.filter(|role| role.boundary.as_ref() == Some(&policy.arn)).count(),
        "IsAttachable": true,
        "Description": policy.description,
        "CreateDate": policy.created.to_string(),
        "UpdateDate": policy.created.to_string(),
        "Tags": tag_list(&policy.tags),
    })
}

/// The one of AWS's own policies whose document is known here (facts 2.1).
pub(super) fn task_execution(now: Millis) -> ManagedPolicy {
    let document = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": [
                "ecr:GetAuthorizationToken",
                "ecr:BatchCheckLayerAvailability",
                "ecr:GetDownloadUrlForLayer",
                "ecr:BatchGetImage",
                "logs:CreateLogStream",
                "logs:PutLogEvents",
            ],
            "Resource": "*",
        }],
    });
    let id = "ANPASANDBOXSANDBOX0001".to_owned();
    of_aws("AmazonECSTaskExecutionRolePolicy", "/service-role/", id, &document, now)
}

/// A policy that AWS brings.
fn of_aws(name: &str, path: &str, id: String, document: &Value, created: Millis) -> ManagedPolicy {
    ManagedPolicy {
        arn: format!("arn:aws:iam::aws:policy{path}{name}"),
        name: name.to_owned(),
        id,
        path: path.to_owned(),
        description: None,
        document: document.to_string(),
        created,
        tags: Tags::new(),
    }
}
