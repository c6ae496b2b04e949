//! Amazon Resource Names: six fields, a partition, a Region that belongs to it, an account, and the right resource, whose
//! name is spelt as its service spells names.

use super::super::diagnostic::Span;
use super::super::node::Node;
use super::Findings;
use crate::model::id::Kind;
use crate::model::partition;

/// What an ARN must name.
pub(in crate::manifest) struct Wanted {
    /// With its article.
    what: &'static str,
    service: &'static str,
    global: bool,
    /// How its resource begins.
    resource: &'static str,
    /// What its name takes beside letters and digits (C25); absent where it is not looked at.
    name: Option<&'static str>,
    example: &'static str,
}

pub(in crate::manifest) const ROLE: Wanted = Wanted {
    what: "a role",
    service: "iam",
    global: true,
    resource: "role/",
    name: Some("_+=,.@-"),
    example: "arn:aws:iam::123456789012:role/NAME",
};
const POLICY: Wanted = Wanted {
    what: "a managed policy",
    service: "iam",
    global: true,
    resource: "policy/",
    name: Some("_+=,.@-"),
    example: "arn:aws:iam::123456789012:policy/NAME",
};
const TARGET_GROUP: Wanted = Wanted {
    what: "a target group",
    service: "elasticloadbalancing",
    global: false,
    resource: "targetgroup/",
    name: None,
    example: "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/NAME/ID",
};
const REGISTRY: Wanted = Wanted {
    what: "a service of Cloud Map",
    service: "servicediscovery",
    global: false,
    resource: "service/",
    name: None,
    example: "arn:aws:servicediscovery:eu-west-1:123456789012:service/srv-ID",
};
const FUNCTION: Wanted = Wanted {
    what: "a Lambda function",
    service: "lambda",
    global: false,
    resource: "function:",
    name: None,
    example: "arn:aws:lambda:eu-west-1:123456789012:function:NAME",
};
pub(in crate::manifest) const SECRET: Wanted = Wanted {
    what: "a secret",
    service: "secretsmanager",
    global: false,
    resource: "secret:",
    name: Some("/_+=.@!-"),
    example: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:NAME-AbCdEf",
};
pub(in crate::manifest) const PARAMETER: Wanted = Wanted {
    what: "a parameter",
    service: "ssm",
    global: false,
    resource: "parameter/",
    name: Some("_.-/"),
    example: "arn:aws:ssm:eu-west-1:123456789012:parameter/NAME",
};

pub(in crate::manifest) const KEY: Wanted = Wanted {
    what: "a key of KMS",
    service: "kms",
    global: false,
    resource: "key/",
    name: Some("-"),
    example: "arn:aws:kms:eu-west-1:123456789012:key/ID",
};
pub(in crate::manifest) const ALIAS: Wanted = Wanted {
    what: "an alias of a key of KMS",
    service: "kms",
    global: false,
    resource: "alias/",
    name: Some("/_-"),
    example: "arn:aws:kms:eu-west-1:123456789012:alias/NAME",
};

/// Where ARNs stand, and of what. Source: API model, the field's own text.
const PLACES: [(Kind, &str, &Wanted); 11] = [
    (Kind::ExecutionRole, "permissionsBoundary", &POLICY),
    (Kind::ExecutionRole, "managedPolicyArns[]", &POLICY),
    (Kind::Service, "loadBalancers[].targetGroupArn", &TARGET_GROUP),
    (Kind::Service, "loadBalancers[].advancedConfiguration.alternateTargetGroupArn", &TARGET_GROUP),
    (Kind::Service, "loadBalancers[].advancedConfiguration.roleArn", &ROLE),
    (Kind::Service, "vpcLatticeConfigurations[].roleArn", &ROLE),
    (Kind::Service, "serviceRegistries[].registryArn", &REGISTRY),
    (Kind::Service, "volumeConfigurations[].managedEBSVolume.roleArn", &ROLE),
    (Kind::Service, "deploymentConfiguration.lifecycleHooks[].roleArn", &ROLE),
    (Kind::Service, "deploymentConfiguration.lifecycleHooks[].hookTargetArn", &FUNCTION),
    (Kind::Service, "serviceConnectConfiguration.services[].tls.roleArn", &ROLE),
];

/// Where ARNs stand in a kind, and of what.
pub(in crate::manifest) fn places(kind: Kind) -> impl Iterator<Item = (&'static str, &'static Wanted)> {
    PLACES.into_iter().filter(move |(of, _, _)| *of == kind).map(|(_, path, wanted)| (path, wanted))
}

impl Wanted {
    /// What it names, with its article.
    pub(in crate::manifest) fn what(&self) -> &'static str {
        self.what
    }

    /// As a pattern, which takes all that [`read`] takes of a name, and more: Regions that begin as those of another partition
    /// do. Behind it may stand a part of a secret.
    pub(in crate::manifest) fn pattern(&self) -> String {
        let Self { what: _, service, global, resource, name, example: _ } = self;
        let begins = |so: &[&str]| so.iter().map(|begin| begin.trim_end_matches('-')).collect::<Vec<_>>().join("|");
        let within = partition::all().map(|(name, so, _)| match global {
            true => name.to_owned(),
            false => format!("{name}:{service}:({})", begins(so)),
        });
        let within = within.collect::<Vec<_>>().join("|");
        let place = if *global { format!("({within}):{service}:") } else { format!("({within})-[a-z0-9-]*") };
        let account = match (self.may_be_of_aws(), self.may_be_public()) {
            (true, _) => "([0-9]{12}|aws)",
            (_, true) => "([0-9]{12})?",
            (false, false) => "[0-9]{12}",
        };
        // Between others, a dash would be a range.
        let class = |others: &str| format!("[A-Za-z0-9{}-]+", others.replace('-', ""));
        let named = match name {
            None => ".+".to_owned(),
            Some(others) if *global => format!("(.*/)?{}", class(others)),
            Some(others) => class(others),
        };
        format!("arn:{place}:{account}:{resource}{named}")
    }

    fn may_be_of_aws(&self) -> bool {
        self.resource == "policy/"
    }

    /// AWS's own parameters are of no account.
    fn may_be_public(&self) -> bool {
        self.resource == "parameter/"
    }
}

pub(super) fn check(kind: Kind, spec: &Node, found: &mut Findings<'_>) {
    for (path, wanted) in places(kind) {
        for place in spec.at(path) {
            if let Some(text) = place.text() {
                arn(text, wanted, &place.span, found);
            }
        }
    }
    // A short name is a role of the account; only what looks like an ARN must be one.
    let roles = ["taskRoleArn", "executionRoleArn"].into_iter().flat_map(|role| spec.at(role));
    let roles = roles.filter_map(|node| Some((node, node.text()?)));
    for (place, text) in roles.filter(|(_, text)| text.contains(':')) {
        arn(text, &ROLE, &place.span, found);
    }
}

/// A key by its ARN, or by that of its alias. What is no ARN is an id or an alias, which only KMS knows.
pub(super) fn key(place: &Node, found: &mut Findings<'_>) -> bool {
    let Some(text) = place.text().filter(|text| text.starts_with("arn:")) else { return true };
    let wanted = if text.contains(":alias/") { &ALIAS } else { &KEY };
    arn(text, wanted, &place.span, found)
}

/// Is it an ARN of what is wanted? Says so where it is not.
pub(super) fn arn(text: &str, wanted: &Wanted, span: &Span, found: &mut Findings<'_>) -> bool {
    let Err(why) = read(text, wanted) else { return true };
    let (message, example) = (format!("this is no ARN of {}: {why}", wanted.what), wanted.example);
    found.wrong(span, message, format!("write it as in `{example}`"));
    false
}

fn read(text: &str, wanted: &Wanted) -> Result<(), String> {
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    let [prefix, within, service, region, account, resource] = fields.as_slice() else {
        return Err("it does not have six fields".to_owned());
    };
    if *prefix != "arn" {
        return Err("it does not begin with `arn:`".to_owned());
    }
    if !partition::is_one(within) {
        return Err(format!("there is no partition `{within}`"));
    }
    if *service != wanted.service {
        return Err(format!("`{service}` is another service"));
    }
    match (wanted.global, region.is_empty()) {
        (true, false) => return Err("IAM has no Region".to_owned()),
        (false, true) => return Err("it has no Region".to_owned()),
        (false, false) if partition::of(region) != Some(*within) => {
            return Err(format!("`{region}` is no Region of the partition `{within}`"));
        }
        _ => {}
    }
    let of_aws = *account == "aws" && wanted.may_be_of_aws()
        || account.is_empty() && wanted.may_be_public() && resource.starts_with("parameter/aws/");
    if !(of_aws || account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())) {
        return Err("an account has twelve digits".to_owned());
    }
    let named = resource.strip_prefix(wanted.resource).filter(|name| !name.is_empty());
    spelt(named.ok_or_else(|| format!("it does not name `{}…`", wanted.resource))?, wanted)
}

/// Would the service take the name? Anything else is nobody's, and may be a pattern in a policy of IAM. The path before a
/// name in IAM is of any characters; behind a colon stands a part of a secret, no name.
fn spelt(named: &str, wanted: &Wanted) -> Result<(), String> {
    let Some(others) = wanted.name else { return Ok(()) };
    let name = if wanted.global { named.rsplit('/').next() } else { named.split(':').next() }.unwrap_or_default();
    let takes = |c: char| c.is_ascii_alphanumeric() || others.contains(c);
    if name.is_empty() || !name.chars().all(takes) {
        return Err(format!("a name takes letters, digits and any of {others}"));
    }
    Ok(())
}
