//! May the role do what ECS does with it? IAM's simulator judges the role's own policies and its boundary; the policies of
//! secrets and keys are judged here, because it does not judge those for roles.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Because, Draft, Known};
use super::finding::{Code, Site};
use super::next;
use super::policy::{self, CONDITIONS, Request, Said, Who};
use super::reference::Reference;
use super::role::{Judged, Policies};
use super::startup::{Demand, Startup};
use super::{image, key, log_group, parameter, reader, words};
use crate::model::arn::Arn;
use crate::model::grant::Grant;
use crate::model::parameter::ParameterName;
use crate::model::path::Segment;
use crate::model::revision::Container;
use crate::model::survey::{Attempt, Decision, Question};

/// Why nobody can tell, where it is not for what a policy says.
pub(super) const UNREAD: &str = "the policy that may allow or deny it could not be read";

const NOT_IN_ORGANIZATION: &str = "a policy of the organization does not allow it";

/// One thing that ECS does with the role.
pub(super) struct Need {
    pub(super) site: Site,
    pub(super) actions: Vec<&'static str>,
    pub(super) resource: String,
    /// The resource as people may see it.
    pub(super) shown: String,
    pub(super) context: BTreeMap<String, Vec<String>>,
    /// What it is for.
    pub(super) what: String,
    /// Does the next apply make or change the resource?
    pub(super) planned: bool,
}

/// What the role's own policies say to all actions of a need.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Own {
    Allowed,
    /// No policy allows it, so a policy of the thing itself still may.
    Silent(&'static str),
    /// In so many words, or by the boundary or the organization.
    Denied(&'static str),
    Unsure,
}

pub(super) fn check<'a>(draft: &mut Draft<'a>, startup: &Startup<'a>, role: &Judged) {
    for (Reference { site, .. }, wanted) in startup.secrets() {
        if let Known::There(next) = next::of(draft, site, wanted)
            && next.secret.deleted.is_none()
        {
            let granted = Some(role).filter(|_| next.is_restored()).and_then(|role| role.granted(draft, &next));
            let role = granted.as_ref().unwrap_or(role);
            reader::check(draft, site, role, wanted, &next);
            key::of_secret(draft, site, role, wanted, &next);
        }
    }
    for demand in &startup.demands {
        meet(draft, startup, role, demand);
    }
}

fn meet(draft: &mut Draft<'_>, startup: &Startup<'_>, role: &Judged, demand: &Demand) {
    let Demand { site, grant } = demand;
    let container = startup.container(&site.path);
    let need = |resource: &str, what: String| {
        let (actions, context, shown) = (grant.actions().to_vec(), BTreeMap::new(), resource.to_owned());
        Need { site: site.clone(), actions, resource: resource.to_owned(), shown, context, what, planned: false }
    };
    match grant {
        // Judged with the secret, with the versions and the key that it has; with the parameter; with the image, where that is
        // still to come.
        Grant::ReadSecret(_) | Grant::Decrypt(..) | Grant::DecryptParameter(..) | Grant::ImportImage(_) => {}
        Grant::ReadParameter(_) => {
            let scope = &draft.inquiry.observed.scope;
            let text = startup.parameters().find(|(at, _)| *at == site).map(|(_, text)| text);
            let named = text.and_then(|text| Some((text, ParameterName::read(text, scope)?)));
            let Some((text, named)) = named else { return };
            let what = format!("to read the parameter {}", words::shown(text));
            let need = Need { shown: parameter::shown(text, &named, scope), ..need(named.arn.as_str(), what) };
            own(draft, role, &need, words::parameter);
            key::of_parameter(draft, site, role, &named);
        }
        Grant::Login => own(draft, role, &need("*", "to log in to ECR".to_owned()), words::login),
        Grant::PullImage(repository) => {
            let text = container.map(Container::image).unwrap_or_default();
            let need = need(repository.as_str(), format!("to pull {text}"));
            own(draft, role, &need, |denied| words::image(text, denied));
            image::import(draft, role, site, text, repository);
        }
        Grant::WriteLogs(group) => {
            let options = container.and_then(|container| container.log_configuration()?.get("options"));
            let prefix = options.and_then(|options| options.get("awslogs-stream-prefix")?.as_str()).unwrap_or("ecs");
            // A stream as one of the container would be called; Service Connect's agent is a container of its own.
            let name = container.map_or("ecs-service-connect", Container::name);
            let stream = format!("{group}:log-stream:{prefix}/{name}/0");
            let what = format!("to write to the log group {}", log_group::name(group));
            own(draft, role, &need(&stream, what), words::logs);
        }
        Grant::CreateLogGroup(group) => {
            if !log_group::is_to_be_made(draft, site, group) {
                return;
            }
            let what = format!("to create the log group {}", log_group::name(group));
            own(draft, role, &need(&format!("{group}:log-stream:"), what), words::logs);
        }
        Grant::ReadFile(object) | Grant::LocateBucket(object) => file(draft, startup, role, demand, object),
        Grant::DescribeFileSystems => {
            own(draft, role, &need("*", "to find the file system".to_owned()), words::agent);
        }
    }
}

/// A file in S3, or its bucket.
fn file(draft: &mut Draft<'_>, startup: &Startup<'_>, role: &Judged, demand: &Demand, resource: &Arn) {
    let Demand { site, grant } = demand;
    let within =
        |field: &str| site.path.segments().iter().any(|part| matches!(part, Segment::Member(it) if it == field));
    let kind = if within("environmentFiles") {
        "environment file"
    } else if within("firelensConfiguration") {
        "configuration of the log router"
    } else {
        "credential spec"
    };
    // The bucket is asked for on account of the file.
    let of_bucket = |object: &&Arn| object.as_str().split('/').next() == Some(resource.as_str());
    let files = startup.demands.iter().filter(|other| other.site == *site).filter_map(|other| match &other.grant {
        Grant::ReadFile(object) => Some(object),
        _ => None,
    });
    let object = match grant {
        Grant::ReadFile(object) => object.clone(),
        _ => files.into_iter().find(of_bucket).unwrap_or(resource).clone(),
    };
    if matches!(grant, Grant::ReadFile(_)) {
        draft.unsure(site, &format!("the {kind} {object}"), "objects in S3 are not looked for");
    }
    let need = Need {
        site: site.clone(),
        actions: grant.actions().to_vec(),
        resource: resource.to_string(),
        shown: resource.to_string(),
        context: BTreeMap::new(),
        what: format!("to read the {kind} {object}"),
        planned: false,
    };
    own(draft, role, &need, |denied| match kind {
        "environment file" => words::file(denied),
        "credential spec" => words::agent(denied),
        _ => words::router(&object, denied),
    });
}

/// What the role's policies say, found where that is no.
fn own(draft: &mut Draft<'_>, role: &Judged, need: &Need, ecs: impl Fn(&str) -> String) {
    match ask(draft, role, need) {
        Some(said @ (Own::Denied(_) | Own::Silent(_))) => {
            let denied = words::denied(&role.arn, need.actions[0], &need.shown);
            refuse(draft, role, need, said, ecs(&denied));
        }
        Some(Own::Unsure) => unsure(draft, role, need, CONDITIONS),
        Some(Own::Allowed) | None => {}
    }
}

pub(super) fn unsure(draft: &mut Draft<'_>, role: &Judged, need: &Need, why: &str) {
    let what = format!("whether {} may do {} {}", role.arn, need.actions.join(", "), need.what);
    draft.unsure(&need.site, &what, why);
}

/// What the role's own policies do not allow.
pub(super) fn refuse(draft: &mut Draft<'_>, role: &Judged, need: &Need, own: Own, ecs: String) {
    let (arn, actions, shown) = (&role.arn, need.actions.join(", "), &need.shown);
    let (why, help) = match own {
        Own::Allowed | Own::Unsure => return,
        Own::Denied(why) if role.planned => {
            (why, "whatever the next apply grants, this forbids it: look at the boundary and at what denies".to_owned())
        }
        Own::Silent(why) if role.planned => (why, format!("the next apply does not grant it: {}", ungranted(need))),
        Own::Denied(why) | Own::Silent(why) => {
            let named = role.site.at.as_ref().map(|at| format!("; the role is named at {at}"));
            (why, format!("allow {actions} on {shown}{}", named.unwrap_or_default()))
        }
    };
    let message = format!("the role {arn} may not do {actions} on {shown}, {}: {why}", need.what);
    draft.find(&need.site, Code::PermissionMissing, role.planned || need.planned, Because { message, ecs, help });
}

/// What to do where evenkeel does not derive it.
fn ungranted(need: &Need) -> String {
    const ATTACH: &str = "attach a policy that allows it (in ManageRole by `managedPolicyArns`)";
    match need.actions[..] {
        ["kms:Decrypt"] => format!(
            "give the role `grants: [{{decrypt: {{key: …, through: {}}}}}]` with this key, or name the role in the key's \
             policy; only the key of a secret that a manifest declares, and of its copies, is known to the plan",
            if need.context.get("kms:ViaService").into_iter().flatten().any(|via| via.starts_with("ssm.")) {
                "ParameterStore"
            } else {
                "SecretsManager"
            }
        ),
        _ => ATTACH.to_owned(),
    }
}

/// What the role's own policies say; `None` while that is not known.
pub(super) fn ask(draft: &mut Draft<'_>, role: &Judged, need: &Need) -> Option<Own> {
    // What stands in another Region is asked for there.
    let elsewhere = Arn::parse(&need.resource).map(|arn| arn.region().to_owned()).filter(|region| !region.is_empty());
    let region = elsewhere.unwrap_or_else(|| draft.inquiry.observed.scope.region.to_string());
    let mut context = BTreeMap::from([
        ("aws:PrincipalArn".to_owned(), vec![role.arn.to_string()]),
        ("aws:PrincipalAccount".to_owned(), vec![role.arn.account().to_owned()]),
        ("aws:RequestedRegion".to_owned(), vec![region]),
        ("aws:SecureTransport".to_owned(), vec!["true".to_owned()]),
    ]);
    context.extend(role.tags.iter().map(|(tag, value)| (format!("aws:PrincipalTag/{tag}"), vec![value.clone()])));
    context.extend(need.context.clone());
    let Policies { role: source, live, added, attached, boundary } = &role.policies;
    let attempt = Attempt {
        role: source.clone(),
        added: added.clone(),
        attached: attached.clone(),
        boundary: boundary.clone(),
        actions: need.actions.iter().map(|action| (*action).to_owned()).collect(),
        resource: need.resource.clone(),
        context,
    };
    let what = format!("what {} may do", role.arn);
    match draft.look(&need.site, &what, Question::Permission(attempt.clone()), |seen| seen.permission(&attempt)) {
        Known::There(decisions) => {
            let all: Option<Vec<&Decision>> = need.actions.iter().map(|action| decisions.get(*action)).collect();
            if all.is_none() {
                draft.unread(&need.site, &what, "IAM's simulator answered less than it was asked");
            }
            let all = all?;
            let own = strictest(&all);
            let told = source.is_some() || all.iter().all(|decision| decision.within_organization.is_some());
            Some(if told { own } else { organization(draft, role, need, live.as_ref(), attempt).unwrap_or(own) })
        }
        Known::Gone => Some(Own::Silent("it does not exist")),
        Known::Nothing => None,
    }
}

/// What an organization forbids, where policies alone were asked about: those are nobody's, and of no account. A role that
/// is there can be asked about as it is, for that alone.
fn organization(
    draft: &mut Draft<'_>,
    role: &Judged,
    need: &Need,
    live: Option<&Arn>,
    attempt: Attempt,
) -> Option<Own> {
    let what = format!("what the policies of an organization say to {}", role.arn);
    let Some(live) = live else {
        if draft.inquiry.surveyed.is_in_organization() != Some(false) {
            draft.unsure(&role.site, &what, "IAM's simulator tells it only of a role that is there");
        }
        return None;
    };
    let (added, attached) = (Vec::new(), BTreeSet::new());
    let as_it_is = Attempt { role: Some(live.clone()), added, attached, boundary: None, ..attempt };
    let question = Question::Permission(as_it_is.clone());
    let seen = draft.look(&need.site, &what, question, |seen| seen.permission(&as_it_is));
    let Known::There(decisions) = seen else { return None };
    let is_open = |decision: &Decision| !decision.allowed && decision.within_organization.is_none();
    if decisions.values().any(is_open) && draft.inquiry.surveyed.is_in_organization() == Some(true) {
        draft.unsure(&role.site, &what, "IAM's simulator does not tell it of every resource");
    }
    let forbids = decisions.values().any(|decision| decision.within_organization == Some(false));
    forbids.then_some(Own::Denied(NOT_IN_ORGANIZATION))
}

fn strictest(decisions: &[&Decision]) -> Own {
    let one = |decision: &&Decision| match decision {
        Decision { allowed: true, .. } => Own::Allowed,
        Decision { denied: true, .. } => Own::Denied("a policy denies it"),
        // What is missing may be what the boundary asks for.
        Decision { missing, .. } if !missing.is_empty() => Own::Unsure,
        Decision { within_boundary: Some(false), .. } => Own::Denied("its permissions boundary does not allow it"),
        Decision { within_organization: Some(false), .. } => Own::Denied(NOT_IN_ORGANIZATION),
        _ => Own::Silent("no policy allows it"),
    };
    let rank = |own: &Own| match own {
        Own::Allowed => 0,
        Own::Unsure => 1,
        Own::Silent(_) => 2,
        Own::Denied(_) => 3,
    };
    decisions.iter().map(one).max_by_key(rank).unwrap_or(Own::Unsure)
}

/// What a policy of the thing itself says to the role.
pub(super) fn judge(policy: &crate::model::policy::Policy, need: &Need, role: &Judged) -> Said {
    let mut context: policy::Context =
        need.context.iter().map(|(key, values)| (key.to_ascii_lowercase(), values.clone())).collect();
    context.insert("aws:principalarn".to_owned(), vec![role.arn.to_string()]);
    context.insert("aws:principalaccount".to_owned(), vec![role.arn.account().to_owned()]);
    context.insert("aws:securetransport".to_owned(), vec!["true".to_owned()]);
    let request = Request {
        who: Who::Role(&role.arn, role.bounded),
        action: need.actions[0],
        resource: Some(&need.resource),
        context: &context,
    };
    policy::judge(policy, request)
}
