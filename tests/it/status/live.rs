//! A service's life on the sandbox, as its status tells it: rotation, rollout, failure. Everything that is shown is searched
//! for values.

use std::collections::BTreeSet;
use std::time::Duration;

use evenkeel::cloud::{Closer, Execution, Inspect as _, Observe as _, Watch as _};
use evenkeel::execute::{Silent, execute};
use evenkeel::model::desired::Desired;
use evenkeel::model::id::ResourceId;
use evenkeel::model::observed::Seen;
use evenkeel::render::style::Style;
use evenkeel::render::{explain, table, tree};
use evenkeel::sandbox::ecs::Behaviour;
use evenkeel::status::condition::{Condition, ConditionType, Truth};
use evenkeel::status::detail::Detail;
use evenkeel::status::detail_secret::SecretDetail;
use evenkeel::status::detail_service::ServiceDetail;
use evenkeel::status::history::Outcomes;
use evenkeel::status::reason::Reason;
use evenkeel::status::report::{Pass, Report, ResourceStatus, SourceState, report};
use serde_json::json;

use super::document::assert_valid;
use crate::support::lab::{Lab, in_virtual_time, shop, token};
use crate::support::leaks::assert_clean;
use crate::support::looked;

const BROKEN: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-web:2.1.0";

/// Looks, acts where told to, and reports.
async fn pass(lab: &Lab, desired: &Desired, acting: bool, before: Option<&Report>) -> Report {
    let observed = lab.aws.observe(desired).await;
    let plan = evenkeel::plan::plan(desired, &observed);
    let execution: Option<Execution> =
        if acting { Some(execute(&plan, &lab.aws, &Silent, || false).await) } else { None };
    let closer = closer(lab, desired, &observed).await;
    let pass = Pass { execution: execution.as_ref(), ..looked(desired, &observed, &plan, &closer) };
    let report = report(pass, &SourceState::default(), before);
    assert_valid("a live report", &json!(report));
    assert_clean("the report", &json!(report).to_string());
    let style = Style { color: false, width: 100, full: true };
    let all: Vec<&ResourceStatus> = report.resources.iter().collect();
    assert_clean("the table", &table::table(&report, &all, observed.at, style));
    assert_clean("the tree", &tree::tree(&report, &[], style));
    for status in all {
        assert_clean("a sheet", &explain::explain(&report, status, observed.at, style));
    }
    report
}

async fn closer(lab: &Lab, desired: &Desired, observed: &evenkeel::model::observed::Observed) -> Closer {
    let mut closer = Closer::default();
    for (name, secret) in &observed.secrets {
        if let Seen::Present(secret) = secret {
            closer.versions.insert(name.clone(), lab.aws.versions(secret).await);
        }
    }
    for (name, service) in &observed.services {
        if let Seen::Present(live) = service {
            let cluster = &desired.services[name].cluster;
            closer.deployments.insert(name.clone(), lab.aws.deployments(cluster, live).await);
            closer.stopped.insert(name.clone(), lab.aws.tasks(cluster, live, true, &BTreeSet::new()).await);
        }
    }
    closer
}

fn find<'r>(report: &'r Report, id: &str) -> &'r ResourceStatus {
    report.find(&ResourceId::parse(id).unwrap()).unwrap()
}

fn ready<'r>(report: &'r Report, id: &str) -> &'r Condition {
    find(report, id).ready().unwrap()
}

fn service(report: &Report) -> &ServiceDetail {
    let Some(Detail::Service(service)) = &find(report, "Service/web").detail else { panic!("it is there") };
    service
}

fn secret(report: &Report) -> &SecretDetail {
    let Some(Detail::Secret(secret)) = &find(report, "Secret/shop-db").detail else { panic!("it is there") };
    secret
}

#[test]
fn a_rotation_is_told_from_the_new_version_to_the_end_of_the_rollout() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let desired = shop("2.0.0");
        lab.converge(&desired).await;
        let quiet = pass(&lab, &desired, true, None).await;
        assert!(quiet.resources.iter().all(ResourceStatus::is_ready), "{quiet:#?}");
        assert!(
            service(&quiet).past.as_ref().is_some_and(|past| past[0].status == "SUCCESSFUL"),
            "successes count too"
        );
        lab.rotate("shop/db", 2);
        let debouncing = pass(&lab, &desired, true, Some(&quiet)).await;
        assert_eq!(ready(&debouncing, "Service/web").reason, Reason::Debouncing);
        assert!(find(&debouncing, "Service/web").until.is_some());
        assert_eq!(secret(&debouncing).current.as_ref().unwrap().as_str(), token("shop/db", 2));
        assert!(secret(&debouncing).readers.iter().all(|reader| reader.up_to_date == Some(false)));
        tokio::time::sleep(Duration::from_mins(1)).await;
        let acted = pass(&lab, &desired, true, Some(&debouncing)).await;
        let web = find(&acted, "Service/web");
        assert_eq!(
            (ready(&acted, "Service/web").reason, web.history[0].result),
            (Reason::SecretRotated, Outcomes::Done)
        );
        assert_eq!(web.history[0].secrets, ["Secret/shop-db"]);
        let rolling = pass(&lab, &desired, true, Some(&acted)).await;
        let condition = ready(&rolling, "Service/web");
        assert_eq!((condition.status, condition.reason), (Truth::Unknown, Reason::RolloutInProgress));
        assert!(condition.message.starts_with("shop-web:2 is being rolled out: "), "{}", condition.message);
        lab.converge(&desired).await;
        let over = pass(&lab, &desired, true, Some(&rolling)).await;
        assert!(over.resources.iter().all(ResourceStatus::is_ready), "{over:#?}");
        assert!(secret(&over).readers.iter().all(|reader| reader.up_to_date == Some(true)));
        let read = &service(&over).secrets[0];
        assert_eq!(read.version, read.current);
        assert!(read.current_since.is_some());
        assert_eq!(find(&over, "Service/web").history, web.history, "nothing else was done");
    });
}

#[test]
fn a_failed_rollout_stalls_its_service_alone_and_says_of_what_tasks_stopped() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        lab.sandbox.with_world(|world| {
            world.surroundings.images.set(BROKEN, Behaviour::exiting(1, Duration::from_secs(5)));
        });
        let desired = shop("2.1.0");
        lab.converge(&desired).await;
        let failed = pass(&lab, &desired, true, None).await;
        let condition = ready(&failed, "Service/web");
        assert_eq!((condition.status, condition.reason), (Truth::False, Reason::RolloutFailed));
        let stalled = |status: &&ResourceStatus| status.condition(ConditionType::Stalled).is_some();
        let all: Vec<String> =
            failed.resources.iter().filter(stalled).map(|status| status.resource.to_string()).collect();
        assert_eq!(all, ["Service/web"]);
        let web = service(&failed);
        assert_eq!(web.revision, "shop-web:1", "ECS went back");
        let past = web.past.as_ref().unwrap();
        assert!(past[0].status.starts_with("ROLLBACK") && past[0].revision == "shop-web:2", "{past:#?}");
        assert!(past.iter().any(|past| past.status == "SUCCESSFUL"), "{past:#?}");
        let stopped = &web.stopped[0];
        assert_eq!(
            (stopped.revision.as_str(), stopped.cause.as_str()),
            ("shop-web:2", "container web ended with exit code 1")
        );
        let sheet = explain::explain(&failed, find(&failed, "Service/web"), failed.last_pass.at.0, Style::plain());
        for words in [
            "✗ Service/web  not ready: RolloutFailed",
            "tasks of shop-web:2: container web ended",
            "cause         container web ended with exit code 1 (",
        ] {
            assert!(sheet.contains(words), "{words} is missing:\n{sheet}");
        }
        assert_eq!(find(&failed, "Service/worker").ready().unwrap().status, Truth::True);
    });
}
