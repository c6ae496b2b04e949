//! `adopt`: says what it would take over and what the next `apply` would change then, asks, and sets tags.

use std::collections::BTreeSet;

use super::args::{AdoptArgs, Common, Format};
use super::diff::{Pass, show};
use super::exit::Exit;
use super::out::Out;
use super::{CliError, apply, world};
use crate::cloud::Observe as _;
use crate::execute::{Silent, execute};
use crate::manifest::config::ConfigSpec;
use crate::model::desired::Desired;
use crate::model::id::{Installation, Kind, Name, ResourceId};
use crate::plan::adopt::{adopted, adoption, candidates};
use crate::plan::step::Plan;
use crate::render::counted::counted;
use crate::render::summary::Summary;
use crate::render::text;

pub(super) async fn adopt(args: AdoptArgs, common: Common, config: ConfigSpec, out: Out) -> Result<Exit, CliError> {
    let AdoptArgs { what, all: _, manifests, from, yes, full: _, config: _ } = args;
    let format = common.output;
    let loaded = super::load_all(&manifests, &config, format, out)?;
    if loaded.checked.has_errors() {
        return Ok(Exit::Usage);
    }
    let desired = loaded.desired;
    super::refuse_unknown(&what, &desired)?;
    let aws = world::connect(&common, &config, &desired, out).await?;
    let from = from.map(Installation::new);
    // Read as if it were taken over already: what the next apply would ask is asked now.
    let observed = aws.observe(&as_if_taken(&desired, &what, from.as_ref())).await;
    let chosen: BTreeSet<ResourceId> =
        if what.is_empty() { candidates(&desired, &observed) } else { what.into_iter().collect() };
    let plan = adoption(&desired, &observed, &chosen, from.as_ref());
    let told = Exit::of_holds(&plan).unwrap_or(if plan.held().is_empty() { Exit::Yes } else { Exit::No });

    let pass = Pass { desired: &desired, observed: &observed, plan: &plan, aws: &aws, execution: None };
    if format == Format::Json {
        show(&pass, format, out);
    } else {
        Out::data(&text::plan(&plan, &Summary::of(&desired, &plan), &observed.scope, out.style));
    }
    if plan.is_empty() {
        out.say("nothing to take over");
        return Ok(told);
    }
    // What the next apply would find: asked about before anyone agrees.
    let targets = plan.steps().map(|(_, step)| step.target.clone()).collect();
    let then = Desired { only: Some(targets), ..desired.clone() };
    let after = adopted(&observed, &plan);
    let next = crate::plan::plan(&then, &after);
    if format == Format::Json {
        show(&Pass { desired: &then, observed: &after, plan: &next, aws: &aws, execution: None }, format, out);
    } else {
        say_next(&then, &next, &after.scope, out);
    }
    if !yes {
        if !out.interactive {
            out.say("nothing was done: without a terminal to ask on, `adopt` needs --yes");
            return Ok(Exit::Guarded);
        }
        if !Out::ask("take these over?") {
            return Ok(Exit::Guarded);
        }
    }
    let execution = execute(&plan, &aws, &Silent, || false).await;
    if format == Format::Json {
        show(&Pass { execution: Some(&execution), ..pass }, format, out);
    }
    apply::say_failures(&plan, &execution, out, |_| true);
    out.say(&format!("{} of {} taken over", execution.done(), plan.steps().count()));
    Ok(if execution.failures().next().is_some() { Exit::Failed.worse(told) } else { told })
}

/// The manifests as they will be read afterwards; without a choice, all of them.
fn as_if_taken(desired: &Desired, what: &[ResourceId], from: Option<&Installation>) -> Desired {
    let mut taken = desired.clone();
    let chosen = |kind: Kind, name: &Name| what.is_empty() || what.contains(&ResourceId::new(kind, name));
    for (name, secret) in &mut taken.secrets {
        secret.adopt |= chosen(Kind::Secret, name);
    }
    for (name, role) in &mut taken.roles {
        role.adopt |= chosen(Kind::ExecutionRole, name);
    }
    for (name, service) in &mut taken.services {
        service.adopt |= chosen(Kind::Service, name);
    }
    taken.installation = from.cloned().unwrap_or(taken.installation);
    taken
}

/// What the next `apply` would change.
fn say_next(desired: &Desired, next: &Plan, scope: &crate::model::arn::Scope, out: Out) {
    let summary = Summary::of(desired, next);
    match (next.is_empty(), summary.held) {
        (true, 0) => return Out::data("Then nothing differs: the next apply changes nothing of them.\n"),
        (true, held) => {
            let held = counted(held, "resource");
            Out::data(&format!("Then the next apply would change nothing, and hold {held}:\n\n"));
        }
        (false, _) => Out::data("Then the next apply would change:\n\n"),
    }
    Out::data(&text::plan(next, &summary, scope, out.style));
}
