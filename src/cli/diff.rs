//! `diff`: observe, plan, show. It is given nothing that could write.

use std::collections::BTreeSet;

use super::args::{Common, DiffArgs, Format};
use super::exit::Exit;
use super::out::Out;
use super::{CliError, world};
use crate::aws::Aws;
use crate::cloud::{Execution, Observe as _};
use crate::follow::Rollouts;
use crate::manifest::config::ConfigSpec;
use crate::model::desired::Desired;
use crate::model::id::ResourceId;
use crate::model::observed::Observed;
use crate::plan::adopt::waiting;
use crate::plan::step::Plan;
use crate::render::counted::named;
use crate::render::summary::{Summary, quiet};
use crate::render::{json, left, markdown, text};

pub(super) async fn diff(args: DiffArgs, common: Common, config: ConfigSpec, out: Out) -> Result<Exit, CliError> {
    let Some(loaded) = super::load(&args.manifests, &args.shared, &config, common.output, out)? else {
        return Ok(Exit::Usage);
    };
    let desired = loaded.desired;
    let aws = world::connect(&common, &config, &desired, out).await?;
    let observed = aws.observe(&desired).await;
    let plan = crate::plan::plan(&desired, &observed);
    show(&Pass { desired: &desired, observed: &observed, plan: &plan, aws: &aws, execution: None }, common.output, out);
    Ok(Exit::of_holds(&plan).unwrap_or(if plan.is_empty() { Exit::Yes } else { Exit::No }))
}

/// Says what is as it should be, but belongs to nobody.
pub(super) fn say_waiting(waiting: &BTreeSet<ResourceId>, out: Out) {
    if !waiting.is_empty() {
        out.tell(&format!("not taken over yet: {}; `evenkeel adopt` does that", named(waiting.iter())));
    }
}

/// One look and what follows from it.
pub(super) struct Pass<'a> {
    pub(super) desired: &'a Desired,
    pub(super) observed: &'a Observed,
    pub(super) plan: &'a Plan,
    pub(super) aws: &'a Aws,
    pub(super) execution: Option<&'a Execution>,
}

/// Prints a pass as an object, with rollouts that were followed.
pub(super) fn object(pass: &Pass<'_>, rollouts: &Rollouts) {
    let Pass { desired, observed, plan, aws, execution } = pass;
    let (summary, calls) = (Summary::of(desired, plan), aws.calls());
    let report = json::Report { desired, observed, plan, summary: &summary, calls: &calls, execution: *execution };
    Out::data(&(json::followed(&report, rollouts) + "\n"));
}

/// Prints a pass: the plan is data, how it was come by is not.
pub(super) fn show(pass: &Pass<'_>, format: Format, out: Out) {
    let Pass { desired, observed, plan, aws, execution: _ } = pass;
    let summary = Summary::of(desired, plan);
    let calls = aws.calls();
    match format {
        Format::Json => object(pass, &Rollouts::new()),
        Format::Markdown => {
            let comment = markdown::Comment { desired, observed, plan, summary: &summary, full: out.style.full };
            Out::data(&markdown::diff(&comment));
        }
        Format::Text | Format::Github => {
            Out::data(&text::plan(plan, &summary, &observed.scope, out.style));
            for line in left::beside(plan) {
                out.tell(&line);
            }
            let scope = aws.scope();
            let total: u64 = calls.values().sum();
            out.mention(&format!(
                "account {} in {}, installation {}: {total} calls, nothing written",
                scope.account, scope.region, desired.installation
            ));
            if plan.is_empty() && plan.held().is_empty() {
                out.say(&format!("no differences: {}", quiet(desired)));
            }
            say_waiting(&waiting(desired, observed, plan), out);
        }
    }
}
