//! Random chains: a secret with its settings, a role in each mode, and the task definition and service that use both; and the
//! same ones written in another way.

use aws_sdk_iam::Client;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use crate::generated_manifests::{Written, manifests};

/// What the manifests are written for.
pub(crate) struct World<'w> {
    pub(crate) account: &'w str,
    /// A function that can rotate.
    pub(crate) function: &'w str,
}

/// One chain as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    application: Written,
    secret: Map<String, Value>,
    role: Role,
    pinning: Option<&'static str>,
    uses: Vec<(Option<&'static str>, Option<&'static str>)>,
    /// Does the first container log to CloudWatch? With a role it can, on Fargate too.
    logs: bool,
}

#[derive(Clone, Debug)]
struct Role {
    mode: &'static str,
    path: Option<&'static str>,
    boundary: bool,
    attached: Option<Vec<&'static str>>,
    grants: Vec<&'static str>,
}

pub(crate) fn chains() -> impl Strategy<Value = Chain> {
    let pin = || option::of(select(vec!["VersionId", "Current"]));
    let uses = proptest::collection::vec((option::of(select(vec!["username", "password"])), pin()), 0..4);
    (manifests().boxed(), secret().boxed(), role().boxed(), pin().boxed(), uses.boxed(), any::<bool>()).prop_map(
        |(application, secret, role, pinning, uses, logs)| Chain { application, secret, role, pinning, uses, logs },
    )
}

fn role() -> impl Strategy<Value = Role> {
    let attached = option::of(subsequence(vec!["one", "two"], 0..=2));
    let grants = subsequence(vec!["parameter", "parameter of an ARN", "file", "cache", "key"], 0..=5);
    let mode = select(vec!["ManageRole", "ManageRole", "ManagePolicy", "Observe"]);
    (mode, option::of(select(vec!["/", "/evenkeel/"])), any::<bool>(), attached, grants)
        .prop_map(|(mode, path, boundary, attached, grants)| Role { mode, path, boundary, attached, grants })
}

/// Words stand for what only a world knows.
fn secret() -> impl Strategy<Value = Map<String, Value>> {
    let tags = option::of(proptest::collection::btree_map("[a-z]{1,6}", "[a-z0-9 ]{0,6}", 0..4));
    let rotation = option::of(select(vec![
        json!({}),
        json!({"schedule": "rate(30 days)"}),
        json!({"schedule": "rate( 7  Day )", "rotateImmediately": false}),
    ]));
    let replicas = option::of(subsequence(vec!["us-east-1", "eu-central-1"], 0..=2));
    let statements = subsequence(
        vec![
            json!({"Sid": "Read", "Effect": "Allow", "Principal": {"AWS": "ACCOUNT"}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}),
            json!({"Effect": "Deny", "Principal": "*", "Action": ["secretsmanager:DeleteSecret", "secretsmanager:PutSecretValue"], "Resource": "*",
                   "Condition": {"Bool": {"aws:SecureTransport": false}}}),
            json!({"Effect": "Deny", "NotPrincipal": {"AWS": ["ACCOUNT"]}, "Action": "secretsmanager:DeleteSecret", "Resource": "*"}),
            json!({"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "secretsmanager:PutResourcePolicy", "NotResource": ["arn:aws:secretsmanager:*:*:secret:other-*"]}),
        ],
        0..=4,
    );
    let description = option::of("[A-Za-z][A-Za-z ]{0,20}");
    let value = option::of(select(vec![
        json!({"external": {}}),
        json!({"generate": {"json": {"template": {"username": "shop"}, "key": "password"}}}),
        json!({"generate": {"length": 20, "excludePunctuation": true, "generation": 2, "json": {"template": {"username": "shop", "port": 5432}, "key": "password"}}}),
    ]));
    let deletion = option::of(select(vec![
        ("Retain", None),
        ("ScheduleDeletion", None),
        ("ScheduleDeletion", Some(7)),
        ("ScheduleDeletion", Some(30)),
    ]));
    (description, any::<bool>(), tags, rotation, replicas, option::of(statements), value, deletion).prop_map(
        |(description, key, tags, rotation, replicas, policy, value, deletion)| {
            // What rotates is never overwritten, and held is not quiet: of a secret that is there no value is made.
            let rotates = rotation.as_ref().is_some_and(|rotation: &Value| rotation["schedule"].is_string());
            let value = value.filter(|value: &Value| !rotates || value["generate"].is_null());
            let replicas = replicas.map(|all| all.into_iter().map(|region| json!({"region": region})).collect());
            let document = |statements: Vec<Value>| json!({"Version": "2012-10-17", "Statement": statements});
            let policy = policy.map(|all| if all.is_empty() { json!({}) } else { document(all) });
            let members = [
                ("description", description.map(Value::from)),
                ("kmsKeyId", key.then(|| "alias/shop".into())),
                ("tags", tags.map(|tags| json!(tags))),
                ("rotation", rotation),
                ("replicas", replicas),
                ("resourcePolicy", policy),
                ("value", value),
                ("deletionPolicy", deletion.map(|(policy, _)| policy.into())),
                ("recoveryWindowDays", deletion.and_then(|(_, days)| days).map(Value::from)),
            ];
            members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
        },
    )
}

impl Chain {
    /// What someone else made before.
    pub(crate) async fn prepare(&self, name: &str, iam: &Client) {
        if self.role.mode != "ManageRole" {
            let statement = json!({"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"});
            let trust = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
            iam.create_role().role_name(name).assume_role_policy_document(trust).send().await.unwrap();
        }
        if self.role.mode == "Observe" {
            let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
            let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
            iam.put_role_policy().role_name(name).policy_name("all").policy_document(policy).send().await.unwrap();
        }
    }

    pub(crate) fn manifests(&self, name: &str, world: &World<'_>) -> Vec<Value> {
        self.with(self.application.manifests(name), self.secret.clone(), &self.role(world, false), name, world)
    }

    /// The lists of a policy in another order, one word as a list, defaults written out, a parameter by its ARN.
    pub(crate) fn otherwise(&self, name: &str, world: &World<'_>) -> Vec<Value> {
        let mut secret = self.secret.clone();
        if let Some(Value::Array(replicas)) = secret.get_mut("replicas") {
            replicas.reverse();
        }
        let statements = secret.get_mut("resourcePolicy").and_then(|policy| policy.get_mut("Statement"));
        if let Some(Value::Array(statements)) = statements {
            statements.reverse();
            for statement in statements {
                statement["Sid"] = "Another".into();
                statement["Action"] = match statement["Action"].take() {
                    Value::Array(mut actions) => {
                        actions.reverse();
                        actions.into()
                    }
                    one => json!([one.as_str().unwrap().to_lowercase()]),
                };
            }
        }
        self.with(self.application.otherwise(name), secret, &self.role(world, true), name, world)
    }

    fn with(
        &self,
        application: Vec<Value>,
        mut secret: Map<String, Value>,
        role: &Value,
        name: &str,
        world: &World<'_>,
    ) -> Vec<Value> {
        secret.insert("secretName".into(), format!("{name}/secret").into());
        if let Some(rotation) = secret.get_mut("rotation").filter(|rotation| rotation["schedule"].is_string()) {
            rotation["lambdaArn"] = world.function.into();
        }
        let text = Value::from(secret).to_string().replace("ACCOUNT", world.account);
        let secret = serde_json::from_str(&text).unwrap();
        let mut all = application;
        let spec = &mut all[0]["spec"];
        spec["executionRoleRef"] = json!({"name": name});
        if let Some(pinning) = self.pinning {
            spec["secretPinning"] = pinning.into();
        }
        let reference = |(number, (key, pin)): (usize, &(Option<&str>, Option<&str>))| {
            let mut reference = json!({"name": name});
            for (member, word) in [("key", key), ("pin", pin)] {
                if let Some(word) = word {
                    reference[member] = (*word).into();
                }
            }
            (format!("SECRET_{number}"), json!({"secretRef": reference}))
        };
        let secrets: Map<String, Value> = self.uses.iter().enumerate().map(reference).collect();
        let containers = spec["containerDefinitions"].as_array_mut().unwrap();
        let web = containers.iter_mut().find(|container| container["name"] == "web").unwrap();
        web["secrets"] = secrets.into();
        if self.logs {
            let options =
                json!({"awslogs-group": "/ecs/shop", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "web"});
            web["logConfiguration"] = json!({"logDriver": "awslogs", "options": options});
        }
        all.extend([manifest("Secret", name, &secret), manifest("ExecutionRole", name, role)]);
        all
    }

    fn role(&self, world: &World<'_>, otherwise: bool) -> Value {
        let Role { mode, path, boundary, attached, grants } = &self.role;
        let policy = |name: &str| format!("arn:aws:iam::{}:policy/{name}", world.account);
        let arn = format!("arn:aws:ssm:eu-west-1:{}:parameter/shop/flag", world.account);
        let grant = |word: &&'static str| match *word {
            "cache" => json!({"pullThrough": if otherwise { "team/" } else { "team" }}),
            "key" => json!({"decrypt": {"key": "alias/flags", "through": "ParameterStore"}}),
            "file" => json!({"envFile": {"bucket": "shop-config", "key": "prod.env"}}),
            "parameter" if otherwise => json!({"parameter": arn}),
            "parameter" => json!({"parameter": "/shop/flag"}),
            _ => json!({"parameter": arn.replace("shop/flag", "other")}),
        };
        let mut grants: Vec<Value> = grants.iter().map(grant).collect();
        let mut spec = json!({});
        if *mode != "ManageRole" || otherwise {
            spec["mode"] = (*mode).into();
        }
        if otherwise {
            grants.reverse();
        }
        if *mode != "Observe" {
            spec["grants"] = grants.into();
        }
        if *mode == "ManageRole" {
            if let Some(path) = path.or(otherwise.then_some("/")) {
                spec["path"] = path.into();
            }
            if *boundary {
                spec["permissionsBoundary"] = policy("boundary").into();
            }
            if let Some(attached) = attached {
                let mut attached: Vec<String> = attached.iter().map(|name| policy(name)).collect();
                if otherwise {
                    attached.reverse();
                }
                spec["managedPolicyArns"] = json!(attached);
            }
        }
        spec
    }
}

fn manifest(kind: &str, name: &str, spec: &Value) -> Value {
    let metadata = json!({"name": name, "annotations": {"evenkeel.dev/adopt": "true"}});
    json!({"apiVersion": "evenkeel.dev/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec})
}
