//! Calls that are like one that is needed, and are not needed: other actions, other Regions, other accounts, names that begin
//! alike, other ways to a key.

use super::wish::{ACCOUNT, Call, Home, STRANGER};

/// Actions that nobody asks for, by those that somebody does.
const OTHERS: [(&str, &[&str]); 12] = [
    (
        "secretsmanager:GetSecretValue",
        &["secretsmanager:PutSecretValue", "secretsmanager:DescribeSecret", "secretsmanager:BatchGetSecretValue"],
    ),
    ("ssm:GetParameters", &["ssm:PutParameter", "ssm:GetParametersByPath", "ssm:GetParameterHistory"]),
    ("kms:Decrypt", &["kms:Encrypt", "kms:CreateGrant", "kms:GenerateDataKey"]),
    ("ecr:GetAuthorizationToken", &["ecr:CreateRepository"]),
    ("ecr:BatchCheckLayerAvailability", &["ecr:PutImage"]),
    ("ecr:GetDownloadUrlForLayer", &["ecr:UploadLayerPart"]),
    ("ecr:BatchGetImage", &["ecr:BatchDeleteImage"]),
    ("logs:CreateLogStream", &["logs:CreateLogGroup", "logs:DeleteLogStream", "logs:GetLogEvents"]),
    ("logs:PutLogEvents", &["logs:PutRetentionPolicy"]),
    ("logs:CreateLogGroup", &["logs:DeleteLogGroup"]),
    ("s3:GetObject", &["s3:PutObject", "s3:GetObjectVersion", "s3:ListBucket"]),
    ("s3:GetBucketLocation", &["s3:ListBucket"]),
];

/// The neighbours of a call.
pub(super) fn of(home: &Home, call: &Call) -> Vec<Call> {
    let mut all = Vec::new();
    for other in OTHERS.iter().filter(|(action, _)| *action == call.action).flat_map(|(_, others)| *others) {
        all.push(Call { action: (*other).to_owned(), ..call.clone() });
    }
    all.extend(resources(home, &call.resource).into_iter().map(|resource| Call { resource, ..call.clone() }));
    if call.action == "kms:Decrypt" {
        let replaced = |key: &str, values: &[&str]| {
            let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
            let given = call
                .context
                .iter()
                .map(|(name, old)| (name.clone(), if name == key { values.clone() } else { old.clone() }));
            given.collect::<Vec<_>>()
        };
        let via = format!("ssm.{}.{}", home.region, home.domain);
        let direct = call.context.iter().filter(|(name, _)| name != "kms:viaservice").cloned().collect();
        all.push(Call { context: replaced("kms:viaservice", &[&via]), ..call.clone() });
        all.push(Call { context: direct, ..call.clone() });
        // Another key, which has another alias.
        let mut context = replaced("kms:resourcealiases", &["alias/other"]);
        all.push(Call { resource: call.resource.clone() + "0", context: context.clone(), ..call.clone() });
        context.retain(|(name, _)| name != "kms:resourcealiases");
        all.push(Call { resource: call.resource.clone() + "1", context, ..call.clone() });
    }
    all
}

/// Resources that are called alike.
fn resources(home: &Home, resource: &str) -> Vec<String> {
    let fields: Vec<&str> = resource.splitn(6, ':').collect();
    let [arn, partition, service, region, account, rest] = fields.as_slice() else { return Vec::new() };
    let with =
        |region: &str, account: &str, rest: &str| format!("{arn}:{partition}:{service}:{region}:{account}:{rest}");
    let mut all = Vec::new();
    if !region.is_empty() {
        all.extend([home.region, home.elsewhere].iter().map(|region| with(region, account, rest)));
        all.extend([ACCOUNT, STRANGER].iter().map(|account| with(region, account, rest)));
        all.push(with("*", account, rest));
    }
    let names: Vec<String> = match *service {
        "secretsmanager" => {
            let name = rest.strip_suffix("-AbCdEf").unwrap();
            ["x-AbCdEf", "-AbCdEf-AbCdEf", "/more-AbCdEf", "-AbCdEfG", ""].map(|end| format!("{name}{end}")).into()
        }
        "logs" => {
            let (_, name) = rest.split_once(':').unwrap();
            let (group, stream) = name.split_once(':').unwrap();
            ["x", "/more"].map(|end| format!("log-group:{group}{end}:{stream}")).into()
        }
        "kms" => Vec::new(),
        _ => {
            let mut names: Vec<String> = ["x", "/more", "-1"].map(|end| format!("{rest}{end}")).into();
            names.extend(rest.rsplit_once('/').map(|(parent, _)| parent.to_owned()));
            names.extend(rest.rsplit_once('/').map(|(parent, _)| format!("{parent}/*")));
            names
        }
    };
    all.extend(names.iter().map(|name| with(region, account, name)));
    all.retain(|neighbour| neighbour != resource);
    all
}
