//! What others own of a task definition is judged as they have set it, and left open where that is not known.

use evenkeel::model::desired::Desired;
use evenkeel::model::id::Name;
use evenkeel::model::observed::{Observed, Seen};
use evenkeel::preflight::finding::{Code, Report};
use evenkeel::preflight::{Inquiry, check};
use evenkeel::sandbox::Service;
use evenkeel::survey::survey;
use serde_json::json;

use super::{case, setting};
use crate::support::lab::{Lab, in_virtual_time, manifests};

const IMAGE: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web";

/// Two services of one task definition, whose image somebody else sets; the manifest's is for the beginning.
fn desired(tag: &str) -> Desired {
    let base = std::fs::read_to_string(case::root().join("base.yaml")).unwrap();
    let base = base.replace(
        "  family: web\n",
        "  family: web\n  ignoreDifferences: [{path: \"containerDefinitions[web].image\"}]\n",
    );
    let base = base.replace("/web:1", &format!("/web:{tag}"));
    let (rest, service) = base.split_at(base.rfind("---").unwrap());
    let second = service
        .replace("metadata: {name: web}", "metadata: {name: more}")
        .replace("serviceName: web", "serviceName: more");
    manifests(&format!("{rest}{service}{second}"))
}

/// Applied as revision 1 with the manifest's image; then `more` runs revision 2, with an image that is not there.
async fn lab(desired: &Desired) -> Lab {
    let lab = setting::up(&[]).await;
    lab.converge(desired).await;
    let described = lab.call(Service::Ecs, "DescribeTaskDefinition", &json!({"taskDefinition": "web"}));
    let mut content = described["taskDefinition"].clone();
    content["containerDefinitions"][0]["image"] = json!(format!("{IMAGE}:gone"));
    let members = content.as_object_mut().unwrap();
    for member in [
        "taskDefinitionArn",
        "revision",
        "status",
        "requiresAttributes",
        "compatibilities",
        "registeredAt",
        "registeredBy",
    ] {
        members.remove(member);
    }
    lab.call(Service::Ecs, "RegisterTaskDefinition", &content);
    lab.call(Service::Ecs, "UpdateService", &json!({"cluster": "shop", "service": "more", "taskDefinition": "web:2"}));
    lab
}

async fn told(lab: &Lab, desired: &Desired, observed: &Observed) -> Report {
    let plan = evenkeel::plan::plan(desired, observed);
    let surveyed = survey(desired, observed, &plan, true, &lab.aws).await;
    check(Inquiry { desired, observed, plan: &plan, surveyed: &surveyed, values: true })
}

fn images(report: &Report) -> Vec<&str> {
    let images = report.findings.iter().filter(|finding| finding.code == Code::ImageMissing);
    images.map(|finding| finding.message.as_str()).collect()
}

/// By the number of the revision, not by the name of the service that runs it.
#[test]
fn what_others_own_is_as_the_newest_revision_has_it() {
    in_virtual_time(async {
        let lab = lab(&desired("1")).await;
        let desired = desired("1");
        let (observed, _) = lab.look(&desired).await;
        let gone = format!("there is no image {IMAGE}:gone");
        assert_eq!(images(&told(&lab, &desired, &observed).await), [gone.as_str()]);
    });
}

#[test]
fn law_2_what_others_own_is_open_where_it_cannot_be_read() {
    in_virtual_time(async {
        let lab = lab(&desired("1")).await;
        // The image of the manifest is not there either, and nobody wants it.
        let mut desired = desired("unwanted");
        let (observed, _) = lab.look(&desired).await;
        let mut without_service = observed.clone();
        let more = Name::parse("more").unwrap();
        without_service.services.insert(more.clone(), Seen::Unreadable("no".into()));
        let mut without_revision = observed.clone();
        let newest = observed.services[&more].present().unwrap().task_definition.clone();
        without_revision.revisions.insert(newest, Seen::Unreadable("no".into()));
        for observed in [&without_service, &without_revision] {
            let report = told(&lab, &desired, observed).await;
            assert_eq!(images(&report), [""; 0]);
            assert!(
                report.unverified.iter().any(|open| open.unreadable && open.what.contains("[web].image")),
                "{report:#?}"
            );
        }
        // Where no service is, the newest revision counts, if it is known.
        desired.services.clear();
        let mut without_newest = observed.clone();
        without_newest.newest.clear();
        let report = told(&lab, &desired, &without_newest).await;
        assert_eq!(images(&report), [""; 0]);
        assert!(report.is_incomplete());
    });
}
