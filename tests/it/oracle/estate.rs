//! All that an account says of itself, as far as tasks and their secrets go.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Answers, xml};

/// The answers, by what they are about.
pub(crate) struct Estate {
    pub(super) account: String,
    pub(super) region: String,
    /// By ARN.
    pub(super) roles: BTreeMap<String, Role>,
    /// Documents of managed policies, by ARN.
    pub(super) policies: BTreeMap<String, Value>,
    /// By ARN.
    pub(super) secrets: BTreeMap<String, Secret>,
    /// DescribeServices of every service, by ARN.
    pub(super) services: BTreeMap<String, Service>,
    /// DescribeTaskDefinition, by ARN: the ACTIVE ones, and those that services name.
    pub(super) revisions: BTreeMap<String, Value>,
    /// Keys, by what a secret says of its key.
    pub(super) keys: BTreeMap<String, Key>,
}

pub(super) struct Role {
    pub(super) trust: Value,
    pub(super) inline: BTreeMap<String, Value>,
    pub(super) attached: Vec<String>,
    pub(super) boundary: Option<String>,
    pub(super) tags: BTreeMap<String, String>,
}

pub(super) struct Key {
    pub(super) arn: String,
    pub(super) aliases: Vec<String>,
    /// `Enabled`, or why nothing is opened with it.
    pub(super) state: String,
    pub(super) policy: Value,
}

pub(super) struct Secret {
    pub(super) described: Value,
    pub(super) policy: Option<Value>,
    /// The JSON keys of each version, `None` where it is no JSON object.
    pub(super) keys: BTreeMap<String, Option<Vec<String>>>,
}

pub(super) struct Service {
    pub(super) described: Value,
    /// Newest first.
    pub(super) deployments: Vec<Value>,
    /// The revisions that it runs, brings up, or would go back to.
    pub(super) startable: Vec<String>,
}

impl Estate {
    /// Asks for everything.
    pub(crate) fn read(aws: &mut impl Answers, account: &str, region: &str) -> Self {
        let (roles, policies) = iam(aws);
        let secrets = secrets(aws);
        let services = services(aws);
        let mut revisions = BTreeMap::new();
        let active = listed(&ask(aws, "ecs:ListTaskDefinitions", &json!({})), "taskDefinitionArns");
        for arn in services.values().flat_map(|service| service.startable.clone()).chain(active) {
            let input = json!({"taskDefinition": arn, "include": ["TAGS"]});
            revisions.entry(arn).or_insert_with(|| ask(aws, "ecs:DescribeTaskDefinition", &input));
        }
        let mut keys = BTreeMap::new();
        for id in secrets.values().filter_map(|secret| secret.described["KmsKeyId"].as_str()) {
            let described = ask(aws, "kms:DescribeKey", &json!({"KeyId": id}));
            let (arn, state) = (text(&described["KeyMetadata"]["Arn"]), text(&described["KeyMetadata"]["KeyState"]));
            let aliases = ask(aws, "kms:ListAliases", &json!({"KeyId": arn}));
            assert_ne!(aliases["Truncated"], true, "more aliases than one page");
            let aliases = items(&aliases["Aliases"]).iter().map(|alias| text(&alias["AliasName"])).collect();
            let policy = text(&ask(aws, "kms:GetKeyPolicy", &json!({"KeyId": arn, "PolicyName": "default"}))["Policy"]);
            let policy = serde_json::from_str(&policy).unwrap();
            keys.insert(id.to_owned(), Key { arn, aliases, state, policy });
        }
        let (account, region) = (account.to_owned(), region.to_owned());
        Self { account, region, roles, policies, secrets, services, revisions, keys }
    }

    /// How many tasks' worth of revisions were judged.
    pub(crate) fn startable(&self) -> usize {
        self.services.values().map(|service| service.startable.len()).sum()
    }
}

fn iam(aws: &mut impl Answers) -> (BTreeMap<String, Role>, BTreeMap<String, Value>) {
    let form = "Action=GetAccountAuthorizationDetails&Version=2010-05-08&MaxItems=1000";
    let answer = xml::read(&aws.answer("iam:GetAccountAuthorizationDetails", form).unwrap());
    let details = &answer["GetAccountAuthorizationDetailsResponse"]["GetAccountAuthorizationDetailsResult"];
    assert_eq!(details["IsTruncated"], "false", "more of IAM than one page");
    let role = |role: &Value| Role {
        trust: document(&role["AssumeRolePolicyDocument"]),
        inline: items(&role["RolePolicyList"])
            .iter()
            .map(|policy| (text(&policy["PolicyName"]), document(&policy["PolicyDocument"])))
            .collect(),
        attached: items(&role["AttachedManagedPolicies"]).iter().map(|policy| text(&policy["PolicyArn"])).collect(),
        boundary: role["PermissionsBoundary"]["PermissionsBoundaryArn"].as_str().map(str::to_owned),
        tags: items(&role["Tags"]).iter().map(|tag| (text(&tag["Key"]), text(&tag["Value"]))).collect(),
    };
    let roles = items(&details["RoleDetailList"]).iter().map(|found| (text(&found["Arn"]), role(found))).collect();
    let default = |policy: &Value| {
        let versions = items(&policy["PolicyVersionList"]);
        let default = versions.iter().find(|version| version["IsDefaultVersion"] == "true");
        document(&default.expect("every policy has a default version")["Document"])
    };
    let policies = items(&details["Policies"]).iter().map(|policy| (text(&policy["Arn"]), default(policy))).collect();
    (roles, policies)
}

fn secrets(aws: &mut impl Answers) -> BTreeMap<String, Secret> {
    let all = ask(aws, "secretsmanager:ListSecrets", &json!({"MaxResults": 100, "IncludePlannedDeletion": true}));
    assert!(all["NextToken"].is_null(), "more secrets than one page");
    let mut secrets = BTreeMap::new();
    for listed in items(&all["SecretList"]) {
        let arn = text(&listed["ARN"]);
        let id = json!({"SecretId": arn});
        let described = ask(aws, "secretsmanager:DescribeSecret", &id);
        let is_deleted = !described["DeletedDate"].is_null();
        let policy = if is_deleted { Value::Null } else { ask(aws, "secretsmanager:GetResourcePolicy", &id) };
        let policy = policy["ResourcePolicy"].as_str().map(|policy| serde_json::from_str(policy).unwrap());
        let mut keys = BTreeMap::new();
        let versions = described["VersionIdsToStages"].as_object().into_iter().flatten();
        for version in versions.map(|(id, _)| id).filter(|_| !is_deleted) {
            let wanted = json!({"SecretId": arn, "VersionId": version}).to_string();
            let read: Value = match aws.answer("secretsmanager:GetSecretValue", &wanted) {
                Ok(read) => serde_json::from_str(&read).unwrap(),
                // A version may be there without a value yet.
                Err(code) if code.contains("ResourceNotFoundException") => continue,
                Err(code) => {
                    assert!(is_shut(aws, &described), "secretsmanager:GetSecretValue: {code}");
                    continue;
                }
            };
            let value: Option<Value> = read["SecretString"].as_str().and_then(|value| serde_json::from_str(value).ok());
            let members = value.as_ref().and_then(Value::as_object);
            keys.insert(version.clone(), members.map(|members| members.keys().cloned().collect()));
        }
        secrets.insert(arn, Secret { described, policy, keys });
    }
    secrets
}

fn services(aws: &mut impl Answers) -> BTreeMap<String, Service> {
    let mut services = BTreeMap::new();
    for cluster in listed(&ask(aws, "ecs:ListClusters", &json!({})), "clusterArns") {
        let all = ask(aws, "ecs:ListServices", &json!({"cluster": cluster, "maxResults": 100}));
        for arn in listed(&all, "serviceArns") {
            let input = json!({"cluster": cluster, "services": [arn], "include": ["TAGS"]});
            let described = ask(aws, "ecs:DescribeServices", &input)["services"][0].clone();
            let deployments =
                ask(aws, "ecs:ListServiceDeployments", &json!({"cluster": cluster, "service": arn, "maxResults": 100}));
            assert_last(&deployments, "serviceDeployments");
            let deployments = items(&deployments["serviceDeployments"]).to_vec();
            let mut startable = vec![text(&described["taskDefinition"])];
            startable.extend(items(&described["deployments"]).iter().map(|one| text(&one["taskDefinition"])));
            startable.sort();
            startable.dedup();
            services.insert(arn, Service { described, deployments, startable });
        }
    }
    services
}

fn ask(aws: &mut impl Answers, call: &str, input: &Value) -> Value {
    let answer = aws.answer(call, &input.to_string()).unwrap_or_else(|code| panic!("{call}: {code}"));
    serde_json::from_str(&answer).unwrap()
}

fn listed(answer: &Value, member: &str) -> Vec<String> {
    assert_last(answer, member);
    items(&answer[member]).iter().map(text).collect()
}

/// What is counted is counted to its end.
fn assert_last(answer: &Value, member: &str) {
    assert!(answer["nextToken"].is_null(), "more than one page of {member}");
}

/// Does the key of a secret open nothing?
fn is_shut(aws: &mut impl Answers, described: &Value) -> bool {
    let key = described["KmsKeyId"].as_str();
    key.is_some_and(|key| ask(aws, "kms:DescribeKey", &json!({"KeyId": key}))["KeyMetadata"]["KeyState"] != "Enabled")
}

/// IAM sends documents URL-encoded.
fn document(encoded: &Value) -> Value {
    let text = encoded.as_str().unwrap_or_default();
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8().unwrap();
    serde_json::from_str(&decoded).unwrap()
}

pub(super) fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
