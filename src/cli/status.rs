//! `get`, `tree`, `explain`: how everything is. They look for themselves, given nothing that could write, or ask a daemon.

use std::collections::BTreeSet;
use std::io::IsTerminal as _;

use super::args::{Common, Format, LookArgs, ManifestArgs, Selection};
use super::exit::Exit;
use super::out::Out;
use super::{CliError, ask, world};
use crate::aws::Aws;
use crate::cloud::{Closer, Inspect as _, Observe as _, Watch as _};
use crate::daemon::findings;
use crate::manifest::config::ConfigSpec;
use crate::model::desired::Desired;
use crate::model::id::{Kind, Name, ResourceId};
use crate::model::observed::{Observed, Seen};
use crate::model::task_definition::SecretUse;
use crate::model::time::Timestamp;
use crate::render::style::Style;
use crate::render::{explain as sheet, table, tree as drawing};
use crate::status::report::{Pass, Report, ResourceStatus, SourceState, report};

pub(super) async fn get(
    what: Vec<Selection>,
    look: LookArgs,
    common: Common,
    config: ConfigSpec,
    out: Out,
) -> Result<Exit, CliError> {
    let named: Vec<ResourceId> = what
        .iter()
        .filter_map(|selection| match selection {
            Selection::One(id) => Some(id.clone()),
            Selection::Kind(_) => None,
        })
        .collect();
    let seen = see(&look, &common, &config, &named, out).await?;
    let is_chosen = |status: &&ResourceStatus| {
        let matches = |selection: &Selection| match selection {
            Selection::Kind(kind) => status.resource.kind == *kind,
            Selection::One(id) => status.resource == *id,
        };
        what.is_empty() || what.iter().any(matches)
    };
    let chosen: Vec<&ResourceStatus> = seen.report.resources.iter().filter(is_chosen).collect();
    if common.output == Format::Json {
        print(&some_of(&seen.report, &chosen));
    } else {
        // What is cut for a window would be lost to a program.
        let width = if std::io::stdout().is_terminal() { out.style.width } else { usize::MAX };
        let style = Style { width, ..out.style };
        Out::data(&table::table(&seen.report, &chosen, seen.now, style));
        seen.summarise(&chosen, out);
    }
    Ok(seen.exit(&chosen))
}

pub(super) async fn tree(
    what: Vec<ResourceId>,
    look: LookArgs,
    common: Common,
    config: ConfigSpec,
    out: Out,
) -> Result<Exit, CliError> {
    let seen = see(&look, &common, &config, &what, out).await?;
    let tops: Vec<&ResourceStatus> = what.iter().filter_map(|id| seen.report.find(id)).collect();
    let all = with_needs(&seen.report, &tops);
    if common.output == Format::Json {
        print(&some_of(&seen.report, &all));
    } else {
        Out::data(&drawing::tree(&seen.report, &tops, out.style));
        seen.summarise(&all, out);
    }
    Ok(seen.exit(&all))
}

pub(super) async fn explain(
    what: ResourceId,
    look: LookArgs,
    common: Common,
    config: ConfigSpec,
    out: Out,
) -> Result<Exit, CliError> {
    let seen = see(&look, &common, &config, std::slice::from_ref(&what), out).await?;
    seen.complain(out);
    let Some(status) = seen.report.find(&what) else { return Err(no_manifest(&what, &seen.report)) };
    if common.output == Format::Json {
        print(status);
    } else {
        Out::data(&sheet::explain(&seen.report, status, seen.now, out.style));
    }
    Ok(seen.exit(&[status]))
}

/// A look, and what it says.
struct Look {
    report: Report,
    broken: bool,
    now: Timestamp,
    /// Was a daemon asked, which looked some time ago?
    asked: bool,
}

impl Look {
    /// A set with errors is shown as far as it goes, and ends with 2 all the same.
    fn exit(&self, chosen: &[&ResourceStatus]) -> Exit {
        let exit = Exit::of_status(&self.report, chosen);
        if self.broken { exit.worse(Exit::Usage) } else { exit }
    }

    /// Where this program has read no manifests, nobody has said yet what is wrong with them.
    fn complain(&self, out: Out) {
        if self.asked {
            complain(&self.report, out);
        }
    }

    fn summarise(&self, chosen: &[&ResourceStatus], out: Out) {
        for line in table::summary(&self.report, chosen, out.aside) {
            out.say(&line);
        }
        self.complain(out);
        if self.asked {
            out.say(&out.aside.dim(table::looked(&self.report, self.now)));
        }
    }
}

/// Looks at everything, and closer at what is named.
async fn see(
    look: &LookArgs,
    common: &Common,
    config: &ConfigSpec,
    named: &[ResourceId],
    out: Out,
) -> Result<Look, CliError> {
    if let Some(address) = look.daemon {
        let report = ask::ask(address).map_err(CliError::Ask)?;
        // Its manifest may be one of those that could not be read.
        refuse_unknown(named, &report).inspect_err(|_| complain(&report, out))?;
        let broken = report.manifests.errors > 0;
        return Ok(Look { report, broken, now: world::now(), asked: true });
    }
    let manifests = ManifestArgs { file: look.file.clone() };
    let loaded = super::load_all(&manifests, config, common.output, out)?;
    let broken = loaded.checked.has_errors();
    let manifests = findings::of(&loaded.checked);
    let desired = loaded.desired;
    let aws = world::connect(common, config, &desired, out).await?;
    let (report, now) = report_on(&aws, &desired, named).await;
    let report = Report { manifests, ..report };
    refuse_unknown(named, &report)?;
    Ok(Look { report, broken, now, asked: false })
}

/// Looks at everything, and closer at what is named: how it is, and when that was.
pub(super) async fn report_on(aws: &Aws, desired: &Desired, named: &[ResourceId]) -> (Report, Timestamp) {
    let observed = aws.observe(desired).await;
    let plan = crate::plan::plan(desired, &observed);
    let closer = closer(aws, desired, &observed, named).await;
    let pass = Pass { desired, observed: &observed, plan: &plan, execution: None, full: true, closer: &closer };
    (report(pass, &SourceState::default(), None), observed.at)
}

fn complain(report: &Report, out: Out) {
    for line in table::refused(report, out.aside) {
        out.say(&line);
    }
}

fn refuse_unknown(named: &[ResourceId], report: &Report) -> Result<(), CliError> {
    let unknown = named.iter().find(|id| report.find(id).is_none());
    unknown.map_or(Ok(()), |unknown| Err(no_manifest(unknown, report)))
}

/// What only matters of what someone asks about by name: versions, deployments, stopped tasks.
async fn closer(aws: &Aws, desired: &Desired, observed: &Observed, named: &[ResourceId]) -> Closer {
    let mut closer = Closer::default();
    let mut secrets: BTreeSet<&Name> = BTreeSet::new();
    for id in named {
        match id.kind {
            Kind::Secret => drop(secrets.insert(&id.name)),
            Kind::ExecutionRole | Kind::TaskDefinition => {}
            Kind::Service => {
                let Some(service) = desired.services.get(&id.name) else { continue };
                let Some(Seen::Present(live)) = observed.services.get(&id.name) else { continue };
                let deployments = aws.deployments(&service.cluster, live).await;
                closer.deployments.insert(id.name.clone(), deployments);
                let stopped = aws.tasks(&service.cluster, live, true, &BTreeSet::new()).await;
                closer.stopped.insert(id.name.clone(), stopped);
                let definition = desired.task_definitions.get(&service.task_definition);
                secrets.extend(definition.into_iter().flat_map(|td| td.secrets.values()).filter_map(
                    |used| match used {
                        SecretUse::Declared { secret, .. } => Some(secret),
                        SecretUse::Raw(_) => None,
                    },
                ));
            }
        }
    }
    for name in secrets {
        if let Some(Seen::Present(secret)) = observed.secrets.get(name) {
            closer.versions.insert(name.clone(), aws.versions(secret).await);
        }
    }
    closer
}

/// These, and everything that they need; where nothing is chosen, everything.
fn with_needs<'r>(report: &'r Report, tops: &[&'r ResourceStatus]) -> Vec<&'r ResourceStatus> {
    let all = report.with_needs(tops.iter().map(|status| &status.resource));
    report.resources.iter().filter(|status| tops.is_empty() || all.contains(&status.resource)).collect()
}

fn some_of(report: &Report, chosen: &[&ResourceStatus]) -> Report {
    Report { resources: chosen.iter().copied().cloned().collect(), ..report.clone() }
}

fn print(document: &impl serde::Serialize) {
    let text = serde_json::to_string(document).unwrap_or_default();
    Out::data(&(text + "\n"));
}

fn no_manifest(what: &ResourceId, report: &Report) -> CliError {
    CliError::no_manifest_of(what, report.resources.iter().map(|status| status.resource.clone()))
}
