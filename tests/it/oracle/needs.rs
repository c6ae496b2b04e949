//! What a task needs before its containers run, from its task definition: what is read, and by which permission.
//!
//! Source: ECS Developer Guide, "Amazon ECS task execution IAM role" and "Pass Secrets Manager secrets through
//! environment variables".

use serde_json::Value;

use super::estate::{items, text};

/// One thing that ECS reads as the execution role.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// An action on a resource, nothing else.
    Permission(&'static str, String),
    /// `arn:aws:secretsmanager:region:account:secret:name-suffix:key:stage:version`, in parts.
    Secret { arn: String, key: String, stage: String, version: String },
}

/// Everything that a revision needs.
pub(super) fn of(revision: &Value, account: &str, region: &str) -> Vec<Need> {
    let mut needs = Vec::new();
    for container in items(&revision["containerDefinitions"]) {
        needs.extend(image(&text(&container["image"])));
        let secrets = items(&container["secrets"]).iter();
        let options = items(&container["logConfiguration"]["secretOptions"]).iter();
        needs.extend(secrets.chain(options).map(|one| reference(&text(&one["valueFrom"]), account, region)));
        if let Some(credentials) = container["repositoryCredentials"]["credentialsParameter"].as_str() {
            needs.push(reference(credentials, account, region));
        }
        for file in items(&container["environmentFiles"]) {
            let object = text(&file["value"]);
            let bucket = object.split('/').next().unwrap_or_default().to_owned();
            needs.extend([Need::Permission("s3:GetObject", object), Need::Permission("s3:GetBucketLocation", bucket)]);
        }
        let log = &container["logConfiguration"];
        if log["logDriver"] == "awslogs" {
            let (group, there) = (text(&log["options"]["awslogs-group"]), text(&log["options"]["awslogs-region"]));
            let prefix = text(&log["options"]["awslogs-stream-prefix"]);
            let stream = format!("{prefix}/{}/0123456789abcdef", text(&container["name"]));
            let arn = format!("arn:aws:logs:{there}:{account}:log-group:{group}:log-stream:{stream}");
            needs.push(Need::Permission("logs:CreateLogStream", arn.clone()));
            needs.push(Need::Permission("logs:PutLogEvents", arn));
        }
    }
    needs
}

fn image(image: &str) -> Vec<Need> {
    let host: Vec<&str> = image.split('/').next().unwrap_or_default().split('.').collect();
    let [account, "dkr", "ecr", region, "amazonaws", "com"] = host.as_slice() else { return Vec::new() };
    let path = image.split_once('/').map_or("", |(_, path)| path);
    let name = path.split(['@', ':']).next().unwrap_or_default();
    let repository = format!("arn:aws:ecr:{region}:{account}:repository/{name}");
    vec![
        Need::Permission("ecr:GetAuthorizationToken", "*".to_owned()),
        Need::Permission("ecr:BatchCheckLayerAvailability", repository.clone()),
        Need::Permission("ecr:GetDownloadUrlForLayer", repository.clone()),
        Need::Permission("ecr:BatchGetImage", repository),
    ]
}

fn reference(value_from: &str, account: &str, region: &str) -> Need {
    let parts: Vec<&str> = value_from.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "secretsmanager", _, _, "secret", _, rest @ ..] => {
            let rest = |at: usize| rest.get(at).copied().unwrap_or_default().to_owned();
            Need::Secret { arn: parts[..7].join(":"), key: rest(0), stage: rest(1), version: rest(2) }
        }
        ["arn", ..] => Need::Permission("ssm:GetParameters", value_from.to_owned()),
        _ => {
            let name = value_from.trim_start_matches('/');
            Need::Permission("ssm:GetParameters", format!("arn:aws:ssm:{region}:{account}:parameter/{name}"))
        }
    }
}

#[test]
fn a_pinned_version_a_key_and_an_image_are_told_from_their_texts() {
    let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf";
    let pinned = reference(&format!("{arn}:key::id"), "1", "r");
    let expected =
        Need::Secret { arn: arn.to_owned(), key: "key".to_owned(), stage: String::new(), version: "id".to_owned() };
    assert_eq!(pinned, expected);
    assert_eq!(
        reference("/a/b", "1", "r"),
        Need::Permission("ssm:GetParameters", "arn:aws:ssm:r:1:parameter/a/b".to_owned())
    );
    assert_eq!(image("123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1").len(), 4);
    assert!(image("example.com/shop:1").is_empty());
}
