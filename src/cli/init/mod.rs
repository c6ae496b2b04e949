//! `init`: looks at services, writes their manifests, reads those back, and proves that nothing differs.
//!
//! Writes nothing to AWS, and asks for no secret's value.

mod files;
mod look;

use std::collections::{BTreeMap, BTreeSet};

use super::args::{Common, Format, InitServiceArgs};
use super::exit::Exit;
use super::out::Out;
use super::{CliError, diff, world};
use crate::aws::Aws;
use crate::cloud::Observe as _;
use crate::manifest::config::ConfigSpec;
use crate::manifest::diagnostic::Diagnostic;
use crate::manifest::files::Files;
use crate::manifest::import::{Doubt, Imported, Live, LiveService, import};
use crate::manifest::{Loaded, SourceFile, load_files};
use crate::model::desired::Desired;
use crate::model::id::{ClusterName, Kind, ResourceId, RoleName, ServiceName};
use crate::model::observed::Observed;
use crate::plan::adopt::waiting;
use crate::plan::step::Plan;
use crate::render::counted::counted;
use crate::render::summary::Summary;
use crate::render::text;
use files::{Folder, Written};
use look::Looked;

/// Reads `CLUSTER/NAME`, or the ARN of a service.
pub(crate) fn parse_service(text: &str) -> Result<(ClusterName, ServiceName), String> {
    let path = text.split_once(":service/").map_or(text, |(_, path)| path);
    match path.split('/').collect::<Vec<_>>().as_slice() {
        [cluster, name] if !cluster.is_empty() && !name.is_empty() => {
            Ok((ClusterName::new(*cluster), ServiceName::new(*name)))
        }
        _ => Err(format!("`{text}` is no CLUSTER/NAME such as prod/web")),
    }
}

/// A service for which no manifest is written, and why.
pub(super) struct Refused {
    pub(super) service: String,
    pub(super) why: String,
    pub(super) exit: Exit,
}

pub(super) async fn init(
    args: InitServiceArgs,
    common: Common,
    config: ConfigSpec,
    out: Out,
) -> Result<Exit, CliError> {
    let mut nothing = Desired::empty(config.installation());
    nothing.policy = config.policy();
    let aws = world::connect(&common, &config, &nothing, out).await?;
    let Looked { mut services, mut refused, roles, secrets } = look::look(&aws, &nothing, &args).await;
    let folder = Folder::new(args.dir.as_deref(), args.force);
    let mut observe_only: BTreeSet<RoleName> = BTreeSet::new();
    let done = loop {
        let live = Live {
            scope: aws.scope(),
            installation: &nothing.installation,
            services: &services,
            roles: &roles,
            secrets: &secrets,
            observe_only: &observe_only,
        };
        let first = import(&live, &nothing);
        let kept = folder.kept(&first.files)?;
        let existing = load_files(config.installation(), kept.files.clone());
        let imported = import(&live, &existing.desired);
        let written = folder.written(&imported, &kept);
        let files: Vec<SourceFile> =
            kept.files.read.iter().cloned().chain(written.iter().map(Written::source)).collect();
        let mut loaded = load_files(config.installation(), Files { read: files, ..kept.files.clone() });
        loaded.desired.policy = config.policy();
        let unwritable = unwritable(&services, &imported, &written, &existing.checked.found, &loaded);
        if !unwritable.is_empty() {
            services.retain(|live| !unwritable.contains_key(&key(live)));
            refused.extend(unwritable.into_iter().map(|(service, why)| Refused { service, why, exit: Exit::No }));
            continue;
        }
        let (observed, plan) = prove(&aws, &loaded.desired, &imported).await;
        let managed = roles_that_differ(&plan, &imported.desired);
        if managed.is_empty() {
            folder.write(&written, &kept)?;
            break Done { imported, written, desired: loaded.desired, observed, plan, refused };
        }
        observe_only.extend(managed);
    };
    Ok(done.report(&aws, args.dir.is_some(), common.output, out))
}

fn key(live: &LiveService) -> String {
    format!("{}/{}", live.cluster, live.name)
}

/// What to do about what no manifest can say.
const IN_ECS: &str = "change it in ECS (of a task definition, register a revision without it and deploy that), then run `init` again; until then this service is left out";

/// The services whose manifests would not say what is there, and why: what ECS states cannot always be written.
fn unwritable(
    services: &[LiveService],
    imported: &Imported,
    written: &[Written],
    before: &[Diagnostic],
    loaded: &Loaded,
) -> BTreeMap<String, String> {
    let mut wrong: BTreeMap<&str, String> = BTreeMap::new();
    for found in loaded.checked.found.iter().filter(|found| found.is_error() && !before.contains(found)) {
        // What is wrong between a new document and one that was there may be said of either.
        let named = |file: &&Written| file.resources.iter().any(|id| names(&found.message, id));
        let file = written.iter().find(|file| file.name == found.file).or_else(|| written.iter().find(named));
        if let Some(file) = file.or(written.first()) {
            // The help of a field is for whoever has the file, which is not written; what ECS has is changed there.
            let help = if named(&file) { found.help.as_deref().unwrap_or_default() } else { IN_ECS };
            let why = || format!("cannot be written as a manifest: {}: {help}", found.message);
            wrong.entry(&file.name).or_insert_with(why);
        }
    }
    for file in written {
        let differs = file.resources.iter().find(|id| !reads_back(id, &imported.desired, &loaded.desired));
        if let Some(id) = differs {
            wrong.entry(&file.name).or_insert_with(|| {
                format!("cannot be written as a manifest: {id} would be read back as something else")
            });
        }
    }
    let file_of = |live: &LiveService| {
        let noun = imported
            .desired
            .services
            .iter()
            .find(|(_, noun)| noun.cluster == live.cluster && noun.service_name == live.name);
        let id = noun.map(|(name, _)| ResourceId::new(Kind::Service, name));
        written.iter().find(|file| id.as_ref().is_some_and(|id| file.resources.contains(id)))
    };
    // What is wrong with a file that several share is wrong with each of them.
    let shared = wrong.iter().find(|(name, _)| written.iter().any(|file| file.name == **name && !file.has_services()));
    services
        .iter()
        .filter_map(|live| {
            let own = file_of(live).and_then(|file| wrong.get(file.name.as_str()));
            let why = own.or_else(|| shared.map(|(_, why)| why))?;
            Some((key(live), why.clone()))
        })
        .collect()
}

/// Does a text name this resource, and not only one whose name begins or ends like it?
fn names(text: &str, id: &ResourceId) -> bool {
    let id = id.to_string();
    let goes_on = |c: char| c.is_ascii_alphanumeric() || c == '-';
    text.match_indices(&id).any(|(at, _)| !text[..at].ends_with(goes_on) && !text[at + id.len()..].starts_with(goes_on))
}

fn reads_back(id: &ResourceId, meant: &Desired, read: &Desired) -> bool {
    let name = &id.name;
    match id.kind {
        Kind::Secret => meant.secrets.get(name) == read.secrets.get(name),
        Kind::ExecutionRole => meant.roles.get(name) == read.roles.get(name),
        Kind::TaskDefinition => meant.task_definitions.get(name) == read.task_definitions.get(name),
        Kind::Service => meant.services.get(name) == read.services.get(name),
    }
}

/// What `diff` would show of what was written.
async fn prove(aws: &Aws, desired: &Desired, imported: &Imported) -> (Observed, Plan) {
    let new = imported.files.iter().flat_map(|file| file.resources.iter().cloned()).collect();
    let desired = Desired { only: Some(new), ..desired.clone() };
    let observed = aws.observe(&desired).await;
    let plan = crate::plan::plan(&desired, &observed);
    (observed, plan)
}

/// Roles that would not stay as they are if they were managed.
fn roles_that_differ(plan: &Plan, written: &Desired) -> Vec<RoleName> {
    let targets = plan.steps().map(|(_, step)| &step.target).chain(plan.held().iter().map(|held| &held.target));
    let roles = targets.filter(|id| id.kind == Kind::ExecutionRole).filter_map(|id| written.roles.get(&id.name));
    let managed = roles.filter(|role| role.mode != crate::model::role::RoleMode::Observe);
    managed.map(|role| role.role_name.clone()).collect()
}

struct Done {
    imported: Imported,
    written: Vec<Written>,
    desired: Desired,
    observed: Observed,
    plan: Plan,
    refused: Vec<Refused>,
}

impl Done {
    fn report(self, aws: &Aws, to_files: bool, format: Format, out: Out) -> Exit {
        let Self { imported, written, desired, observed, plan, refused } = self;
        // What is held was compared and is not driven: where nothing else is to be done, what was written is what is there.
        let (differences, held) = (plan.steps().count(), plan.held().len());
        match format {
            Format::Json => {
                let files: Vec<_> = written.iter().map(|file| file.json(!to_files)).collect();
                let doubts = imported
                    .doubts
                    .iter()
                    .map(|Doubt { about, text }| serde_json::json!({"resource": about, "text": text}));
                let refused = refused
                    .iter()
                    .map(|Refused { service, why, exit: _ }| serde_json::json!({"service": service, "why": why}));
                let object = serde_json::json!({
                    "formatVersion": "1",
                    "files": files,
                    "differences": differences,
                    "held": held,
                    "doubts": doubts.collect::<Vec<_>>(),
                    "refused": refused.collect::<Vec<_>>(),
                });
                Out::data(&format!("{object}\n"));
            }
            _ if to_files => written.iter().for_each(|file| Out::data(&format!("{}\n", file.name))),
            _ => Out::data(&written.iter().map(|file| file.text.as_str()).collect::<Vec<_>>().join("---\n")),
        }
        for Doubt { about, text } in &imported.doubts {
            out.say(&format!("{} {about}: {text}", out.aside.warn("warning:")));
        }
        for Refused { service, why, exit: _ } in &refused {
            out.say(&format!("{} {service} {why}", out.aside.bad("error:")));
        }
        if differences > 0 {
            out.say("what was written differs from what is there:");
        } else if held > 0 {
            out.say("what was written is not driven yet:");
        }
        if differences + held > 0 {
            out.say(&text::plan(&plan, &Summary::of(&desired, &plan), &observed.scope, out.aside));
        }
        let services = imported.desired.services.len();
        if services > 0 {
            out.say(&format!(
                "{} in {}: {}",
                counted(services, "service"),
                counted(written.len(), "file"),
                summed_up(differences, held),
            ));
            diff::say_waiting(&waiting(&imported.desired, &observed, &plan), out);
        }
        let total: u64 = aws.calls().values().sum();
        tracing::info!(calls = total, "written");
        let exits = refused.iter().map(|refused| refused.exit).chain((differences > 0).then_some(Exit::No));
        let of_holds = Exit::of_holds(&plan).filter(|_| differences > 0 || !plan.is_complete());
        exits.chain(of_holds).fold(Exit::Yes, Exit::worse)
    }
}

/// How much differs, and how much of the rest is held.
fn summed_up(differences: usize, held: usize) -> String {
    let differs = if differences == 0 { "nothing differs".to_owned() } else { counted(differences, "difference") };
    match held {
        0 => differs,
        1 => format!("{differs}, and 1 resource is held"),
        more => format!("{differs}, and {more} resources are held"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_not_taken_for_one_whose_name_begins_like_it() {
        let id = ResourceId::parse("Service/web").unwrap();
        assert!(names("Service/web and Service/mail are both for `web`", &id));
        assert!(names("it is Service/web", &id));
        assert!(names("Service/web-2, and Service/web too", &id));
        assert!(!names("Service/web-2 and Service/mail are both for `web`", &id));
        assert!(!names("MyService/web", &id));
    }
}
