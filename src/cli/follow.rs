//! Follows rollouts to their end, one line for each thing that happens.

use std::collections::BTreeMap;
use std::time::Duration;

use super::apply::Stop;
use super::exit::Exit;
use super::out::Out;
use crate::aws::Aws;
use crate::cloud::Observe as _;
use crate::model::desired::Desired;
use crate::model::id::Name;
use crate::model::observed::Seen;
use crate::model::service::{Deployment, ObservedService};
use crate::plan::held::Because;

const PAUSE: Duration = Duration::from_secs(5);

/// Waits until no rollout of the manifests' services is under way, and says which failed.
pub(super) async fn to_the_end(desired: &Desired, aws: &Aws, stop: &Stop, out: Out) -> Exit {
    let clock = aws.clock();
    let longest = desired.services.values().map(|service| service.rollout.timeout).max().unwrap_or_default();
    let started = clock.now();
    let mut told: BTreeMap<Name, String> = BTreeMap::new();
    loop {
        let observed = aws.observe(desired).await;
        let services = observed.services.iter().filter_map(|(name, seen)| Some((name, seen.present()?)));
        let mut under_way = 0;
        for (name, service) in services {
            under_way += usize::from(service.primary().is_some_and(Deployment::is_in_progress));
            let line = line(name, service, out);
            if told.get(name) != Some(&line) {
                out.say(&line);
                told.insert(name.clone(), line);
            }
        }
        let plan = crate::plan::plan(desired, &observed);
        let unreadable = observed.services.values().any(|seen| matches!(seen, Seen::Unreadable(_)));
        if under_way == 0 || unreadable {
            let failed = plan.held().iter().filter(|held| matches!(held.because, Because::RolloutFailed(_)));
            for held in failed {
                out.say(&format!("{} {}: {}", out.aside.bad("failed:"), held.target, held.because));
            }
            let done = if plan.is_empty() && plan.held().is_empty() { Exit::Yes } else { Exit::No };
            return Exit::of_holds(&plan).unwrap_or(done);
        }
        if clock.now().since(started) > longest {
            out.say("the rollouts take longer than their timeout");
            return Exit::RolloutFailed;
        }
        tokio::select! {
            () = clock.sleep(PAUSE) => {}
            () = stop.happens() => return Exit::Interrupted,
        }
    }
}

/// The state of a service's newest deployment.
pub(super) fn line(name: &Name, service: &ObservedService, out: Out) -> String {
    let style = out.aside;
    let Some(primary) = service.primary() else { return format!("  Service/{name}: no deployment") };
    let revision = primary.task_definition.resource().trim_start_matches("task-definition/").to_owned();
    let state = match primary.rollout_state.as_deref() {
        Some("COMPLETED") => style.good("COMPLETED  "),
        Some("FAILED") => style.bad("FAILED     "),
        Some(_) | None => style.warn("IN_PROGRESS"),
    };
    let Deployment { desired, running, pending, failed_tasks, .. } = primary;
    let failed = if *failed_tasks > 0 { style.bad(format!(", {failed_tasks} failed")) } else { String::new() };
    format!(
        "  {state}  {:<20} {revision:<16} {running}/{desired} running, {pending} starting{failed}",
        format!("Service/{name}")
    )
}
