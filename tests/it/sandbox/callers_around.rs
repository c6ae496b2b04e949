//! Permissions of who calls the services around: each on the thing that it is about.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::raw::Raw;
use super::support::{ACCOUNT, REGION, START, TRUST, allow};

/// A world with one of everything, and what a test names of it: the URL of a queue, the id of a key, a ciphertext of it.
struct Around {
    raw: Raw,
    queue: String,
    key: String,
    sealed: String,
}

impl Around {
    fn new() -> Self {
        let mut raw = Raw::new();
        let text = |answer: &Value| answer.as_str().unwrap().to_owned();
        // Each with one tag, in the spelling of its service.
        let (tags, map) = (json!([{"Key": "team", "Value": "shop"}]), json!({"team": "shop"}));
        let queue = text(&raw.ask("sqs:CreateQueue", &json!({"QueueName": "q", "tags": map}))["QueueUrl"]);
        let of_key = json!({"Tags": [{"TagKey": "team", "TagValue": "shop"}]});
        let key = text(&raw.ask("kms:CreateKey", &of_key)["KeyMetadata"]["KeyId"]);
        raw.ask("kms:CreateAlias", &json!({"AliasName": "alias/k", "TargetKeyId": key}));
        let plain = json!({"KeyId": key, "Plaintext": "dg==", "EncryptionContext": {"of": "shop"}});
        let sealed = text(&raw.ask("kms:Encrypt", &plain)["CiphertextBlob"]);
        raw.ask("ssm:PutParameter", &json!({"Name": "/p/a", "Value": "v", "Type": "String", "Tags": tags}));
        raw.ask("events:PutRule", &json!({"Name": "r", "EventPattern": r#"{"source":["a"]}"#, "Tags": tags}));
        raw.ask("logs:CreateLogGroup", &json!({"logGroupName": "/g", "tags": map}));
        raw.ask("ecr:CreateRepository", &json!({"repositoryName": "web", "tags": tags}));
        Self { raw, queue, key, sealed }
    }

    /// What becomes of a call whose caller has one policy: the status, the code and the text of a refusal.
    fn called_by(&self, policy: &str, call: &str, body: &str) -> (u16, String) {
        let mut raw = Raw { world: self.raw.world.clone(), now: START };
        role(&mut raw, policy);
        raw.send(call, body)
    }
}

fn role(raw: &mut Raw, policy: &str) {
    let form = |operation: &str, fields: &[(&str, &str)]| {
        let fields = fields.iter().map(|(name, value)| format!("&{name}={}", escaped(value)));
        format!("Action={operation}&Version=2010-05-08{}", fields.collect::<String>())
    };
    let create = form("CreateRole", &[("RoleName", "caller"), ("AssumeRolePolicyDocument", TRUST)]);
    assert_eq!(raw.send("iam:CreateRole", &create).0, 200);
    let put = form("PutRolePolicy", &[("RoleName", "caller"), ("PolicyName", "p"), ("PolicyDocument", policy)]);
    assert_eq!(raw.send("iam:PutRolePolicy", &put).0, 200);
    raw.world.caller = Some("caller".to_owned());
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}

#[test]
fn a_call_is_judged_on_what_it_is_about() {
    let around = Around::new();
    let Around { queue, key, sealed, .. } = &around;
    let (q, k) = (arn("sqs", "q"), arn("kms", &format!("key/{key}")));
    let group = |name: &str| arn("logs", &format!("log-group:{name}:log-stream:"));
    let entry = json!({"Source": "a", "DetailType": "d", "Detail": "{}"});
    let cases = [
        ("sqs:ReceiveMessage", json!({"QueueUrl": queue}), "sqs:ReceiveMessage", q.clone()),
        ("sqs:SendMessage", json!({"QueueUrl": queue, "MessageBody": "m"}), "sqs:SendMessage", q.clone()),
        (
            "sqs:DeleteMessageBatch",
            json!({"QueueUrl": queue, "Entries": [{"Id": "1", "ReceiptHandle": "r"}]}),
            "sqs:DeleteMessage",
            q.clone(),
        ),
        ("sqs:GetQueueUrl", json!({"QueueName": "q"}), "sqs:GetQueueUrl", q),
        ("sqs:CreateQueue", json!({"QueueName": "new"}), "sqs:CreateQueue", arn("sqs", "new")),
        ("kms:Encrypt", json!({"KeyId": "alias/k", "Plaintext": "dg=="}), "kms:Encrypt", k.clone()),
        ("kms:DescribeKey", json!({"KeyId": k}), "kms:DescribeKey", k.clone()),
        (
            "kms:Decrypt",
            json!({"CiphertextBlob": sealed, "EncryptionContext": {"of": "shop"}}),
            "kms:Decrypt",
            k.clone(),
        ),
        ("ssm:GetParameter", json!({"Name": "/p/a"}), "ssm:GetParameter", arn("ssm", "parameter/p/a")),
        ("ssm:GetParameters", json!({"Names": ["/p/a"]}), "ssm:GetParameters", arn("ssm", "parameter/p/a")),
        (
            "ssm:PutParameter",
            json!({"Name": "n", "Value": "v", "Type": "String"}),
            "ssm:PutParameter",
            arn("ssm", "parameter/n"),
        ),
        (
            "events:PutRule",
            json!({"Name": "n", "EventPattern": r#"{"source":["a"]}"#}),
            "events:PutRule",
            arn("events", "rule/n"),
        ),
        ("events:ListTargetsByRule", json!({"Rule": "r"}), "events:ListTargetsByRule", arn("events", "rule/r")),
        ("events:PutEvents", json!({"Entries": [entry]}), "events:PutEvents", arn("events", "event-bus/default")),
        ("logs:CreateLogGroup", json!({"logGroupName": "/n"}), "logs:CreateLogGroup", group("/n")),
        ("logs:DeleteLogGroup", json!({"logGroupName": "/g"}), "logs:DeleteLogGroup", group("/g")),
        ("logs:DescribeLogGroups", json!({}), "logs:DescribeLogGroups", group("")),
        (
            "ecr:PutImage",
            json!({"repositoryName": "web", "imageManifest": "{}", "imageTag": "1"}),
            "ecr:PutImage",
            arn("ecr", "repository/web"),
        ),
        ("tagging:GetResources", json!({}), "tag:GetResources", "*".to_owned()),
    ];
    for (call, input, action, resource) in &cases {
        let body = input.to_string();
        let (status, answer) = around.called_by(&allow(&[action], &[resource]), call, &body);
        assert_eq!(status, 200, "{call} with its own permission: {answer}");
        let other = if resource == "*" { "arn:aws:s3:::x".to_owned() } else { format!("{resource}x") };
        let others = allow(&[action], &[&other]);
        let (status, answer) = around.called_by(&others, call, &body);
        assert_eq!(status, 400, "{call} with another's");
        let refused = format!("is not authorized to perform: {action} on resource: {resource} because no identity");
        assert!(answer.contains("AccessDeniedException") && answer.contains(&refused), "{answer}");
        let denies = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "*", "Resource": resource},
        ]});
        let (status, answer) = around.called_by(&denies.to_string(), call, &body);
        assert!(status == 400 && answer.contains("explicit deny in an identity-based policy"), "{call}: {answer}");
    }
}

#[test]
fn what_is_asked_of_tags_names_and_aliases_besides_is_judged_too() {
    let around = Around::new();
    let key = arn("kms", &format!("key/{}", around.key));
    let tagged = json!({"QueueName": "new", "tags": {"a": "b"}}).to_string();
    let alias = json!({"AliasName": "alias/n", "TargetKeyId": around.key}).to_string();
    let both = json!({"Names": ["/p/a", "/p/b"]}).to_string();
    let (a, b) = (arn("ssm", "parameter/p/a"), arn("ssm", "parameter/p/b"));
    for (call, body, policy, may) in [
        ("sqs:CreateQueue", &tagged, allow(&["sqs:CreateQueue"], &["*"]), false),
        ("sqs:CreateQueue", &tagged, allow(&["sqs:CreateQueue", "sqs:TagQueue"], &["*"]), true),
        ("kms:CreateAlias", &alias, allow(&["kms:CreateAlias"], &[&arn("kms", "alias/n")]), false),
        ("kms:CreateAlias", &alias, allow(&["kms:CreateAlias"], &[&key]), false),
        ("kms:CreateAlias", &alias, allow(&["kms:CreateAlias"], &[&key, &arn("kms", "alias/n")]), true),
        ("ssm:GetParameters", &both, allow(&["ssm:GetParameters"], &[&a]), false),
        ("ssm:GetParameters", &both, allow(&["ssm:GetParameters"], &[&a, &b]), true),
    ] {
        let (status, answer) = around.called_by(&policy, call, body);
        assert_eq!(status == 200, may, "{call} with {policy}: {answer}");
    }
}

/// An allowance with a condition.
fn allow_where(action: &str, key: &str, value: &str) -> String {
    let condition = json!({"StringEquals": {key: value}});
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition},
    ]})
    .to_string()
}

/// Of each service: the tags of what is there, and the tags that a request brings.
#[test]
fn what_a_policy_asks_of_tags_is_judged_in_each_service() {
    let around = Around::new();
    let Around { queue, key, sealed, .. } = &around;
    let tags = json!([{"Key": "team", "Value": "shop"}]);
    let on_what_is_there = [
        ("sqs:ReceiveMessage", json!({"QueueUrl": queue})),
        ("sqs:GetQueueUrl", json!({"QueueName": "q"})),
        ("kms:DescribeKey", json!({"KeyId": key})),
        ("kms:Decrypt", json!({"CiphertextBlob": sealed, "EncryptionContext": {"of": "shop"}})),
        ("ssm:GetParameter", json!({"Name": "/p/a"})),
        ("events:DescribeRule", json!({"Name": "r"})),
        ("logs:DeleteLogGroup", json!({"logGroupName": "/g"})),
        ("ecr:DescribeImages", json!({"repositoryName": "web"})),
    ];
    let what_is_made = [
        ("sqs:CreateQueue", "sqs:*", json!({"QueueName": "n", "tags": {"team": "shop"}})),
        ("kms:CreateKey", "kms:*", json!({"Tags": [{"TagKey": "team", "TagValue": "shop"}]})),
        ("ssm:PutParameter", "ssm:*", json!({"Name": "n", "Value": "v", "Type": "String", "Tags": tags})),
        ("events:PutRule", "events:*", json!({"Name": "n", "EventPattern": r#"{"source":["a"]}"#, "Tags": tags})),
        ("logs:CreateLogGroup", "logs:*", json!({"logGroupName": "/n", "tags": {"team": "shop"}})),
        ("ecr:CreateRepository", "ecr:*", json!({"repositoryName": "new", "tags": tags})),
    ];
    let there = on_what_is_there.iter().map(|(call, input)| (*call, *call, "aws:ResourceTag/team", input));
    let made = what_is_made.iter().map(|(call, actions, input)| (*call, *actions, "aws:RequestTag/team", input));
    for (call, actions, condition, input) in there.chain(made) {
        for (value, may) in [("shop", true), ("other", false)] {
            let policy = allow_where(actions, condition, value);
            let (status, answer) = around.called_by(&policy, call, &input.to_string());
            assert_eq!(status == 200, may, "{call} where {condition} is {value}: {answer}");
        }
    }
}

#[test]
fn what_is_about_everything_or_about_others_is_judged_as_that() {
    let around = Around::new();
    let Around { queue, key, .. } = &around;
    let entry = json!({"Entries": [{"Source": "a", "DetailType": "d", "Detail": "{}"}]});
    let (list, rule) = (json!({}), json!({"Name": "r", "EventBusName": "other"}));
    let pattern = json!({"Name": "n", "EventBusName": "other", "EventPattern": r#"{"source":["a"]}"#});
    let owner = "999999999999";
    let elsewhere = |service: &str, resource: &str| format!("arn:aws:{service}:{REGION}:{owner}:{resource}");
    let (by_alias, by_id) =
        (json!({"KeyId": "alias/k", "Plaintext": "dg=="}), json!({"KeyId": key, "Plaintext": "dg=="}));
    let key = arn("kms", &format!("key/{key}"));
    let theirs = queue.replace(ACCOUNT, owner);
    for (call, input, policy, may) in [
        ("kms:CreateKey", &list, allow(&["kms:CreateKey"], &[&key]), false),
        ("kms:CreateKey", &list, allow(&["kms:CreateKey"], &["*"]), true),
        ("kms:ListAliases", &list, allow(&["kms:ListAliases"], &[&key, &arn("kms", "alias/k")]), false),
        ("kms:ListAliases", &list, allow(&["kms:ListAliases"], &["*"]), true),
        ("kms:Encrypt", &by_alias, allow_where("kms:Encrypt", "kms:RequestAlias", "alias/k"), true),
        ("kms:Encrypt", &by_id, allow_where("kms:Encrypt", "kms:RequestAlias", "alias/k"), false),
        ("events:PutEvents", &entry, allow_where("events:PutEvents", "events:source", "a"), true),
        ("events:PutEvents", &entry, allow_where("events:PutEvents", "events:source", "b"), false),
        ("events:PutEvents", &entry, allow_where("events:PutEvents", "events:detail-type", "d"), true),
        ("events:PutEvents", &entry, allow_where("events:PutEvents", "events:detail-type", "e"), false),
    ] {
        let (status, answer) = around.called_by(&policy, call, &input.to_string());
        assert_eq!(status == 200, may, "{call} with {policy}: {answer}");
    }
    // What others have is not there; who may not ask is told that first.
    for (call, input, resource, refused) in [
        ("events:DescribeRule", rule, arn("events", "rule/other/r"), "ResourceNotFoundException"),
        ("events:PutRule", pattern, arn("events", "rule/other/n"), "ResourceNotFoundException"),
        (
            "ecr:DescribeImages",
            json!({"repositoryName": "web", "registryId": owner}),
            elsewhere("ecr", "repository/web"),
            "RepositoryNotFoundException",
        ),
        (
            "sqs:GetQueueUrl",
            json!({"QueueName": "q", "QueueOwnerAWSAccountId": owner}),
            elsewhere("sqs", "q"),
            "QueueDoesNotExist",
        ),
        ("sqs:ReceiveMessage", json!({"QueueUrl": theirs}), elsewhere("sqs", "q"), "QueueDoesNotExist"),
    ] {
        let may = around.called_by(&allow(&[call], &[&resource]), call, &input.to_string()).1;
        assert!(may.contains(refused), "{call}: {may}");
        let own = resource.replace(owner, ACCOUNT).replace("rule/other", "rule");
        let may_not = around.called_by(&allow(&[call], &[&own]), call, &input.to_string()).1;
        assert!(may_not.contains("AccessDeniedException"), "{call}: {may_not}");
    }
}

/// By its name, by its ARN, and with a version, which is no part of what is judged: always the same parameter.
#[test]
fn a_parameter_is_judged_as_the_same_however_it_is_named() {
    let mut around = Around::new();
    let tags = json!([{"Key": "team", "Value": "shop"}]);
    around.raw.ask("ssm:PutParameter", &json!({"Name": "/p/t", "Value": "v", "Type": "String", "Tags": tags}));
    around.raw.ask("ssm:PutParameter", &json!({"Name": "r", "Value": "v", "Type": "String", "Tags": tags}));
    let (t, r) = (arn("ssm", "parameter/p/t"), arn("ssm", "parameter/r"));
    let names = [(&t, "/p/t".to_owned()), (&t, t.clone()), (&r, "r".to_owned()), (&r, r.clone())];
    for (resource, name) in names.iter().flat_map(|(arn, name)| [(arn, name.clone()), (arn, format!("{name}:1"))]) {
        let body = json!({"Name": name}).to_string();
        let of = |team: &str| {
            json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ssm:GetParameter",
                "Resource": resource, "Condition": {"StringEquals": {"ssm:resourceTag/team": team}}}})
            .to_string()
        };
        for (policy, may) in [
            (allow(&["ssm:GetParameter"], &[resource]), true),
            (allow(&["ssm:GetParameter"], &[&format!("{resource}x")]), false),
            (of("shop"), true),
            (of("other"), false),
        ] {
            let (status, answer) = around.called_by(&policy, "ssm:GetParameter", &body);
            assert_eq!(status == 200, may, "{name} with {policy}: {answer}");
        }
    }
}

#[test]
fn the_policy_of_a_key_counts_for_who_calls_kms_itself() {
    let mut around = Around::new();
    let body = json!({"KeyId": around.key, "Plaintext": "dg==", "EncryptionContext": {"of": "shop"}}).to_string();
    let all = allow(&["kms:*"], &["*"]);
    let nothing = allow(&["s3:ListBucket"], &["*"]);
    let me = format!("arn:aws:iam::{ACCOUNT}:role/caller");
    let of_shop = json!({"StringEquals": {"kms:EncryptionContext:of": "shop"}});
    let of_other = json!({"StringEquals": {"kms:EncryptionContext:of": "other"}});
    for (who, condition, identity, refused) in [
        (format!("arn:aws:iam::{ACCOUNT}:root"), json!({}), &all, None),
        (format!("arn:aws:iam::{ACCOUNT}:root"), json!({}), &nothing, Some("no identity-based policy allows")),
        (format!("arn:aws:iam::{ACCOUNT}:role/other"), json!({}), &all, Some("no resource-based policy allows")),
        (me.clone(), json!({}), &nothing, None),
        (me.clone(), of_shop, &nothing, None),
        (me, of_other, &nothing, Some("no resource-based policy allows")),
    ] {
        let statement = json!({"Effect": "Allow", "Principal": {"AWS": who}, "Action": "kms:*", "Resource": "*", "Condition": condition});
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        around.raw.ask("kms:PutKeyPolicy", &json!({"KeyId": around.key, "Policy": policy}));
        let (status, answer) = around.called_by(identity, "kms:Encrypt", &body);
        match refused {
            None => assert_eq!(status, 200, "{policy}: {answer}"),
            Some(because) => assert!(status == 400 && answer.contains(because), "{policy}: {answer}"),
        }
    }
}

#[test]
fn ec2_refuses_in_its_own_code() {
    let around = Around::new();
    let look = "Action=DescribeVpcs&Version=2016-11-15";
    let (status, answer) = around.called_by(&allow(&["s3:ListBucket"], &["*"]), "ec2:DescribeVpcs", look);
    assert_eq!(status, 403);
    assert!(answer.contains("<Code>UnauthorizedOperation</Code>"), "{answer}");
    assert!(answer.contains("is not authorized to perform: ec2:DescribeVpcs"), "{answer}");
    assert_eq!(around.called_by(&allow(&["ec2:Describe*"], &["*"]), "ec2:DescribeVpcs", look).0, 200);
}
