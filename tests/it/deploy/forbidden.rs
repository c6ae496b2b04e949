//! What the controller's policy must not allow, as requests: of other clusters, of its own role, of secrets, roles and services
//! that are nobody's or another installation's, and of keys.

use evenkeel::sandbox::Service;
use serde_json::{Value, json};

use super::policies::{BOUNDARY, of_the_shop};
use crate::sandbox::support::TRUST;
use crate::support::lab::Lab;

/// What the controller must not be able to do: service, operation, request.
pub(super) fn forbidden(lab: &Lab) -> Vec<(Service, &'static str, Value)> {
    let mut all = Vec::new();
    let mut ecs = |operation, body| all.push((Service::Ecs, operation, body));
    for cluster in ["other", "prod"] {
        ecs("CreateService", json!({"cluster": cluster, "serviceName": "x", "taskDefinition": "shop-web"}));
        ecs("UpdateService", json!({"cluster": cluster, "service": "x", "desiredCount": 0}));
        ecs("DescribeServices", json!({"cluster": cluster, "services": ["x"]}));
        ecs("ListTasks", json!({"cluster": cluster}));
    }
    ecs("DeleteService", json!({"cluster": "shop", "service": "shop-web", "force": true}));
    ecs("CreateCluster", json!({"clusterName": "mine"}));
    let cluster = "arn:aws:ecs:eu-west-1:123456789012:cluster/shop";
    ecs("TagResource", json!({"resourceArn": cluster, "tags": [{"key": "a", "value": "b"}]}));
    ecs("UntagResource", json!({"resourceArn": cluster, "tagKeys": ["a"]}));
    let elsewhere = "arn:aws:ecs:eu-west-1:123456789012:service-deployment/other/x/abc";
    ecs("StopServiceDeployment", json!({"serviceDeploymentArn": elsewhere}));
    for role in ["arn:aws:iam::123456789012:role/admin", "arn:aws:iam::123456789012:role/evenkeel"] {
        for member in ["executionRoleArn", "taskRoleArn"] {
            let container = json!([{"name": "web", "image": "web:1", "memory": 64}]);
            ecs("RegisterTaskDefinition", json!({"family": "x", "containerDefinitions": container, member: role}));
        }
    }
    let mut secrets = |operation, body| all.push((Service::SecretsManager, operation, body));
    for secret in ["shop/db", "shop/mail"] {
        secrets("GetSecretValue", json!({"SecretId": secret}));
        secrets(
            "PutSecretValue",
            json!({"SecretId": secret, "SecretString": "x", "ClientRequestToken": "0".repeat(36)}),
        );
        secrets("DeleteSecret", json!({"SecretId": secret}));
        secrets("UpdateSecretVersionStage", json!({"SecretId": secret, "VersionStage": "AWSCURRENT"}));
        secrets("UpdateSecret", json!({"SecretId": secret, "Description": "mine"}));
        secrets("UpdateSecret", json!({"SecretId": secret, "KmsKeyId": "alias/shop"}));
        secrets("RotateSecret", json!({"SecretId": secret}));
        secrets("CancelRotateSecret", json!({"SecretId": secret}));
        secrets("RestoreSecret", json!({"SecretId": secret}));
        secrets("PutResourcePolicy", json!({"SecretId": secret, "ResourcePolicy": "{}"}));
        secrets("DeleteResourcePolicy", json!({"SecretId": secret}));
        secrets("UntagResource", json!({"SecretId": secret, "TagKeys": ["team"]}));
        secrets("TagResource", json!({"SecretId": secret, "Tags": [{"Key": "team", "Value": "x"}]}));
        let stranger = json!([{"Key": "evenkeel.dev/installation", "Value": "other"}]);
        secrets("TagResource", json!({"SecretId": secret, "Tags": stranger}));
    }
    secrets("CreateSecret", json!({"Name": "mine", "SecretString": "x", "ClientRequestToken": "0".repeat(36)}));
    let mut iam = |operation, body| all.push((Service::Iam, operation, body));
    let document = of_the_shop("controller.json");
    for role in ["admin", "evenkeel"] {
        iam("PutRolePolicy", json!({"RoleName": role, "PolicyName": "more", "PolicyDocument": document}));
        iam("DeleteRolePolicy", json!({"RoleName": role, "PolicyName": "controller"}));
        iam("AttachRolePolicy", json!({"RoleName": role, "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}));
        iam("DetachRolePolicy", json!({"RoleName": role, "PolicyArn": BOUNDARY}));
        iam("UpdateAssumeRolePolicy", json!({"RoleName": role, "PolicyDocument": document}));
        iam("PutRolePermissionsBoundary", json!({"RoleName": role, "PermissionsBoundary": BOUNDARY}));
        iam("DeleteRole", json!({"RoleName": role}));
    }
    let made = |path: &str, boundary: Option<&str>| {
        let mut made = json!({"RoleName": "x", "Path": path, "AssumeRolePolicyDocument": document});
        if let Some(boundary) = boundary {
            made["PermissionsBoundary"] = boundary.into();
        }
        made
    };
    iam("CreateRole", made("/", Some(BOUNDARY)));
    iam("CreateRole", made("/evenkeel/", None));
    iam("CreateRole", made("/evenkeel/", Some("arn:aws:iam::aws:policy/AdministratorAccess")));
    iam("CreatePolicy", json!({"PolicyName": "mine", "PolicyDocument": document}));
    neighbours(lab, &mut all);
    keys(lab, &mut all);
    all
}

/// In its own cluster and under its own path it may change what carries its own tag: nothing of others, and nothing of nobody.
fn neighbours(lab: &Lab, all: &mut Vec<(Service, &'static str, Value)>) {
    let tag = |installation: &str| json!([{"key": "evenkeel.dev/installation", "value": installation}]);
    lab.sandbox.with_world(|world| world.caller = None);
    let container = json!([{"name": "web", "image": "web:1", "memory": 64}]);
    lab.call(Service::Ecs, "RegisterTaskDefinition", &json!({"family": "theirs", "containerDefinitions": container}));
    for (name, tags) in [("nobodys", json!([])), ("theirs", tag("other"))] {
        let made = json!({"cluster": "shop", "serviceName": name, "taskDefinition": "theirs", "desiredCount": 1, "tags": tags});
        lab.call(Service::Ecs, "CreateService", &made);
    }
    lab.form("CreateRole", &json!({"RoleName": "nobodys", "Path": "/evenkeel/", "AssumeRolePolicyDocument": TRUST}));
    lab.sandbox.with_world(|world| world.caller = Some("evenkeel".into()));
    for name in ["nobodys", "theirs"] {
        let arn = format!("arn:aws:ecs:eu-west-1:123456789012:service/shop/{name}");
        let mut ecs = |operation, body| all.push((Service::Ecs, operation, body));
        ecs("UpdateService", json!({"cluster": "shop", "service": name, "desiredCount": 0}));
        ecs("DeleteService", json!({"cluster": "shop", "service": name, "force": true}));
        ecs("UntagResource", json!({"resourceArn": arn, "tagKeys": ["evenkeel.dev/installation"]}));
        ecs("TagResource", json!({"resourceArn": arn, "tags": [{"key": "team", "value": "x"}]}));
        ecs("TagResource", json!({"resourceArn": arn, "tags": tag("another")}));
    }
    let theirs = "arn:aws:ecs:eu-west-1:123456789012:service/shop/theirs";
    all.push((Service::Ecs, "TagResource", json!({"resourceArn": theirs, "tags": tag("default")})));
    let document = of_the_shop("controller.json");
    all.push((Service::Iam, "UpdateAssumeRolePolicy", json!({"RoleName": "nobodys", "PolicyDocument": document})));
    all.push((Service::Iam, "DeleteRole", json!({"RoleName": "nobodys"})));
}

/// The id of the customer's key.
pub(super) fn own_key(lab: &Lab) -> String {
    lab.sandbox.with_world(|world| world.kms.keys().values().find(|key| !key.of_aws).unwrap().id.clone())
}

/// Of keys it may decrypt what was encrypted for its installation, and use them through Secrets Manager: nothing else.
fn keys(lab: &Lab, all: &mut Vec<(Service, &'static str, Value)>) {
    let mut kms = |operation, body| all.push((Service::Kms, operation, body));
    let contexts = [
        json!({}),
        json!({"app": "shop"}),
        json!({"evenkeel-installation": "other", "evenkeel-secret": "shop/sealed"}),
        json!({"SecretARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/made-AbCdEf"}),
    ];
    for context in contexts {
        let sealed = json!({"KeyId": "alias/shop", "Plaintext": "eA==", "EncryptionContext": context});
        lab.sandbox.with_world(|world| world.caller = None);
        let made = lab.call(Service::Kms, "Encrypt", &sealed);
        lab.sandbox.with_world(|world| world.caller = Some("evenkeel".into()));
        kms("Decrypt", json!({"CiphertextBlob": made["CiphertextBlob"], "EncryptionContext": context}));
        kms("Encrypt", sealed);
        kms("GenerateDataKey", json!({"KeyId": "alias/shop", "KeySpec": "AES_256", "EncryptionContext": context}));
    }
    let own = own_key(lab);
    for operation in ["DisableKey", "EnableKey", "ScheduleKeyDeletion", "CancelKeyDeletion"] {
        kms(operation, json!({"KeyId": own}));
    }
    kms("PutKeyPolicy", json!({"KeyId": own, "Policy": "{}"}));
    kms("CreateKey", json!({}));
    kms("CreateAlias", json!({"AliasName": "alias/mine", "TargetKeyId": own}));
}
