//! Cluster, subnets and security groups of a service; and, on Fargate, whether its tasks get where they must.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::draft::{Because, Draft, Known};
use super::finding::{Code, Site};
use super::path::{Stand, To, Way};
use super::reference::Source;
use super::startup::{Capacity, Running, Startup, UNDECIDED};
use super::{path, words};
use crate::model::arn::{Arn, Scope};
use crate::model::grant::Grant;
use crate::model::image::Image;
use crate::model::network::{SecurityGroup, Subnet};
use crate::model::parameter::ParameterName;
use crate::model::path::Path;
use crate::model::revision::Container;
use crate::model::survey::Question;

/// A rollout needs an address for each new task beside the old ones.
const FEW: i64 = 2;

pub(super) fn check<'a>(draft: &mut Draft<'a>, startup: &Startup<'a>, running: &Running<'a>) {
    cluster(draft, running);
    let observed = draft.inquiry.observed;
    let whole = draft.site(&running.target, Path::of("networkConfiguration"), std::slice::from_ref(&running.target));
    let read = running.field(draft.inquiry, "networkConfiguration");
    let Known::There(network) = draft.known(&whole, "the network of the service", read) else { return };
    let Some(network) = network.get("awsvpcConfiguration") else { return };
    let listed = |member: &str| -> Vec<String> {
        let list = network.get(member).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let public = network.get("assignPublicIp").is_some_and(|assigned| assigned == "ENABLED");
    let (subnets, groups) =
        (subnets(draft, running, &listed("subnets")), groups(draft, running, &listed("securityGroups")));
    let (Some(subnets), Some(groups)) = (subnets, groups) else { return };
    let vpcs: BTreeSet<&String> =
        subnets.values().map(|subnet| &subnet.vpc).chain(groups.values().map(|group| &group.vpc)).collect();
    let site = site(draft, running, "subnets");
    let vpc = match vpcs.into_iter().collect::<Vec<_>>().as_slice() {
        [one] => (*one).clone(),
        [] => return,
        several => {
            let because = Because {
                message: format!("subnets and security groups are of several VPCs: {}", words_of(several)),
                ecs: "InvalidParameterException: All subnets and security groups must be in the same VPC.".to_owned(),
                help: "name subnets and security groups of one VPC".to_owned(),
            };
            return draft.find(&site, Code::NetworksDiffer, false, because);
        }
    };
    let what = "whether tasks get to AWS";
    match running.capacity(draft.inquiry, startup) {
        Ok(Capacity::Fargate) => {}
        Ok(Capacity::Undecided) => return draft.unsure(&site, what, UNDECIDED),
        Ok(Capacity::Instances) => {
            let why = "outside Fargate the instance fetches secrets and images, from a network of its own";
            return draft.unsure(&site, what, why);
        }
        Err(why) => return draft.unread(&site, what, why),
    }
    let what = format!("the VPC {vpc}");
    let Known::There(found) = draft.look(&site, &what, Question::Vpc(vpc.clone()), |seen| seen.vpc(&vpc)) else {
        return;
    };
    let needed = needed(startup, &observed.scope);
    if !found.dns_support {
        let because = Because {
            message: format!("the VPC {vpc} resolves no names: its enableDnsSupport is off"),
            ecs: lost(needed.first(), &observed.scope, "dial tcp: lookup … on 169.254.169.253:53: no such host"),
            help: format!("turn it on: aws ec2 modify-vpc-attribute --vpc-id {vpc} --enable-dns-support"),
        };
        return draft.find(&site, Code::DnsDisabled, false, because);
    }
    let mut known: BTreeMap<String, &'a SecurityGroup> = groups;
    let named: BTreeSet<String> =
        if known.is_empty() { found.default_group.iter().cloned().collect() } else { known.keys().cloned().collect() };
    let theirs = found.endpoints.iter().flat_map(|endpoint| &endpoint.groups);
    for id in named.iter().chain(theirs).cloned().collect::<BTreeSet<_>>() {
        match draft
            .look(&site, &format!("the security group {id}"), Question::Group(id.clone()), |seen| seen.group(&id))
        {
            Known::There(group) => drop(known.insert(id, group)),
            Known::Gone => {}
            Known::Nothing => return,
        }
    }
    for (id, subnet) in &subnets {
        let stand =
            Stand { region: &observed.scope.region, vpc: found, id, subnet, groups: &named, known: &known, public };
        ways(draft, &site, &stand, &needed, subnets.len());
    }
}

fn site(draft: &Draft<'_>, running: &Running<'_>, member: &str) -> Site {
    let path = Path::of("networkConfiguration").member("awsvpcConfiguration").member(member);
    draft.site(&running.target, path, std::slice::from_ref(&running.target))
}

fn cluster<'a>(draft: &mut Draft<'a>, running: &Running<'a>) {
    let name = &running.service.cluster;
    let site = draft.site(&running.target, Path::of("cluster"), std::slice::from_ref(&running.target));
    let message = match draft
        .look(&site, &format!("the cluster {name}"), Question::Cluster(name.clone()), |seen| seen.cluster(name))
    {
        Known::There(found) if found.status == "ACTIVE" => return,
        Known::There(found) => format!("the cluster {name} is {}", found.status),
        Known::Gone => format!("there is no cluster {name}"),
        Known::Nothing => return,
    };
    let because = Because {
        message,
        ecs: "ClusterNotFoundException: Cluster not found.".to_owned(),
        help: format!("create it (aws ecs create-cluster --cluster-name {name}), or correct spec.cluster"),
    };
    draft.find(&site, Code::ClusterMissing, false, because);
}

/// The subnets; `None` where not all of them are there.
fn subnets<'a>(draft: &mut Draft<'a>, running: &Running<'a>, ids: &[String]) -> Option<BTreeMap<String, &'a Subnet>> {
    let site = site(draft, running, "subnets");
    let mut found = BTreeMap::new();
    for id in ids {
        match draft.look(&site, &format!("the subnet {id}"), Question::Subnet(id.clone()), |seen| seen.subnet(id)) {
            Known::There(subnet) => {
                if subnet.free < FEW {
                    let because = Because {
                        message: format!("the subnet {id} has {} addresses left", subnet.free),
                        ecs: "ResourceInitializationError: failed to create network interface: The specified subnet does \
                              not have enough free addresses"
                            .to_owned(),
                        help: "each task takes an address: add a subnet, or make room".to_owned(),
                    };
                    draft.find(&site, Code::SubnetFull, false, because);
                }
                found.insert(id.clone(), subnet);
            }
            Known::Gone => {
                let because = Because {
                    message: format!("there is no subnet {id}"),
                    ecs: format!(
                        "InvalidParameterException: Error retrieving subnet information for [{}]: The subnet ID '{id}' does \
                         not exist (ErrorCode: InvalidSubnetID.NotFound)",
                        ids.join(", ")
                    ),
                    help: "name a subnet of this account and Region".to_owned(),
                };
                draft.find(&site, Code::SubnetMissing, false, because);
            }
            Known::Nothing => {}
        }
    }
    (found.len() == ids.len()).then_some(found)
}

/// The security groups; `None` where not all of them are there.
fn groups<'a>(
    draft: &mut Draft<'a>,
    running: &Running<'a>,
    ids: &[String],
) -> Option<BTreeMap<String, &'a SecurityGroup>> {
    let site = site(draft, running, "securityGroups");
    let mut found = BTreeMap::new();
    for id in ids {
        match draft.look(&site, &format!("the security group {id}"), Question::Group(id.clone()), |seen| seen.group(id))
        {
            Known::There(group) => drop(found.insert(id.clone(), group)),
            Known::Gone => {
                let because = Because {
                    message: format!("there is no security group {id}"),
                    ecs: format!(
                        "InvalidParameterException: Error retrieving security group information for [{}]: The security \
                         group '{id}' does not exist (ErrorCode: InvalidGroup.NotFound)",
                        ids.join(", ")
                    ),
                    help: "name a security group of this account and Region".to_owned(),
                };
                draft.find(&site, Code::SecurityGroupMissing, false, because);
            }
            Known::Nothing => {}
        }
    }
    (found.len() == ids.len()).then_some(found)
}

/// Where a task must get to before it starts, in that order.
fn needed(startup: &Startup<'_>, scope: &Scope) -> Vec<To> {
    let mut needed = Vec::new();
    let home = scope.region.as_str();
    let mut go = |service: &'static str, region: &str| {
        let to = if region == home { To::Service(service) } else { To::Region(service, region.to_owned()) };
        if !needed.contains(&to) {
            needed.push(to);
        }
    };
    let grants = || startup.demands.iter().map(|demand| &demand.grant);
    for grant in grants() {
        if let Grant::PullImage(repository) = grant {
            go("ecr.api", repository.region());
        }
    }
    for reference in &startup.references {
        match &reference.source {
            Source::Secret(wanted) => {
                let arn = Arn::parse(wanted.id.as_str());
                go("secretsmanager", arn.as_ref().map_or(home, Arn::region));
            }
            Source::Parameter { text } => {
                if let Some(named) = ParameterName::read(text, scope) {
                    go("ssm", named.region.as_str());
                }
            }
        }
    }
    for grant in grants() {
        if let Grant::PullImage(repository) = grant {
            go("ecr.dkr", repository.region());
            go("s3", repository.region());
        }
    }
    for grant in grants() {
        if let Grant::WriteLogs(group) = grant {
            go("logs", group.region());
        }
    }
    if grants().any(|grant| matches!(grant, Grant::ReadFile(_))) {
        needed.push(To::Files);
    }
    let mut images = startup.revision.containers().map(Container::image).filter(|image| !image.is_empty());
    if let Some(image) = images.find(|image| Image::in_ecr(image).is_none()) {
        needed.push(To::Image(image.to_owned()));
    }
    needed
}

/// One finding for each reason, with all that it keeps from a task.
fn ways(draft: &mut Draft<'_>, site: &Site, stand: &Stand<'_>, needed: &[To], of: usize) {
    let mut closed: BTreeMap<(String, String), Vec<&To>> = BTreeMap::new();
    let mut unsure: BTreeMap<String, Vec<&To>> = BTreeMap::new();
    for to in needed {
        match path::find(stand, to) {
            Way::Open => {}
            Way::Closed { why, help } => closed.entry((why, help)).or_default().push(to),
            Way::Unsure(why) => unsure.entry(why).or_default().push(to),
        }
    }
    let scope = &draft.inquiry.observed.scope;
    let names = |all: &[&To]| words_of(&all.iter().map(ToString::to_string).collect::<Vec<_>>());
    let where_from = if of > 1 { format!("{} (one of {of})", stand.id) } else { stand.id.to_owned() };
    for ((why, help), all) in closed {
        let because = Because {
            message: format!("tasks in the subnet {where_from} do not get to {}: {why}", names(&all)),
            ecs: lost(all.first().copied(), scope, "dial tcp …:443: i/o timeout"),
            help,
        };
        draft.find(site, Code::NoPath, false, because);
    }
    for (why, all) in unsure {
        draft.unsure(site, &format!("whether tasks in the subnet {where_from} get to {}", names(&all)), &why);
    }
}

/// What ECS says where nothing comes back.
fn lost(to: Option<&To>, scope: &Scope, error: &str) -> String {
    let connection = |what: &str| {
        format!("There is a connection issue between the task and {what}. Check your task network configuration.")
    };
    match to {
        Some(To::Service("ecr.api") | To::Region("ecr.api", _)) => format!(
            "{} The task cannot pull registry auth from Amazon ECR: {} RequestError: send request failed caused by: {error}",
            words::PULLING,
            connection("Amazon ECR")
        ),
        Some(To::Service("secretsmanager") | To::Region("secretsmanager", _)) => format!(
            "{} execution resource retrieval failed: unable to retrieve secret from asm: {} RequestCanceled: request \
             context canceled caused by: context deadline exceeded: {error}",
            words::PULLING,
            connection("AWS Secrets Manager")
        ),
        Some(To::Service("ssm") | To::Region("ssm", _)) => format!(
            "{} execution resource retrieval failed: unable to retrieve secrets from ssm: The task cannot pull secrets from \
             AWS Systems Manager. {} RequestError: send request failed caused by: {error}",
            words::PULLING,
            connection("AWS Systems Manager Parameter Store")
        ),
        Some(To::Service("logs") | To::Region("logs", _)) => {
            words::logs(&format!("RequestError: send request failed caused by: {error}"))
        }
        Some(To::Files) => words::file(&format!("RequestError: send request failed caused by: {error}")),
        Some(To::Image(image)) => words::image(image, &format!("failed to do request: {error}")),
        Some(To::Service(_) | To::Region(..)) => {
            let host = format!("{}.dkr.ecr.{}.amazonaws.com/…", scope.account, scope.region);
            words::image(&host, &format!("failed to do request: {error}"))
        }
        None => format!("{} {error}", words::PULLING),
    }
}

/// `a, b and c`.
fn words_of<T: AsRef<str>>(all: &[T]) -> String {
    match all {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [rest @ .., last] => {
            let rest: Vec<&str> = rest.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", rest.join(", "), last.as_ref())
        }
    }
}
