//! Two looks at the same deployments and tasks: the planner's, of this pass, and a closer one, which may be old or have failed.

use evenkeel::cloud::Closer;
use evenkeel::model::arn::Arn;
use evenkeel::model::id::{Name, ResourceId};
use evenkeel::model::observed::Seen;
use evenkeel::model::service::ServiceDeployment;
use evenkeel::model::time::Timestamp;
use evenkeel::render::explain;
use evenkeel::render::style::Style;
use evenkeel::status::detail::Detail;
use evenkeel::status::detail_service::ServiceDetail;
use evenkeel::status::reason::Reason;
use evenkeel::status::report::{SourceState, report};

use crate::cases::{CASES, Case};
use crate::support::looked;

/// A rollout failed, and the planner asked for history and stopped tasks.
fn case() -> &'static Case {
    CASES.iter().find(|case| case.name == "denied-not").unwrap()
}

fn web() -> Name {
    Name::parse("web").unwrap()
}

fn detail(case: &Case, closer: &Closer) -> (ServiceDetail, String) {
    let pass = looked(&case.desired, &case.look.observed, &case.plan, closer);
    let report = report(pass, &SourceState::default(), None);
    let status = report.find(&ResourceId::parse("Service/web").unwrap()).unwrap();
    let ready = status.ready().unwrap();
    assert_eq!(ready.reason, Reason::RolloutFailed);
    let Some(Detail::Service(detail)) = &status.detail else { panic!("it is there") };
    (detail.clone(), ready.message.clone())
}

fn history(case: &Case) -> &[ServiceDeployment] {
    case.look.observed.histories[&web()].present().unwrap()
}

#[test]
fn a_closer_look_that_failed_hides_nothing_of_this_pass() {
    let mut closer = Closer::default();
    closer.deployments.insert(web(), Seen::Unreadable("ecs:ListServiceDeployments is not allowed".into()));
    closer.stopped.insert(web(), Seen::Unreadable("ecs:ListTasks is not allowed".into()));
    let (seen, message) = detail(case(), &closer);
    let past: Vec<&str> = seen.past.as_ref().unwrap().iter().map(|past| past.status.as_str()).collect();
    assert_eq!(past, ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]);
    assert_eq!(seen.past_unreadable, None);
    assert_eq!(seen.stopped[0].cause, "container web ended with exit code 1");
    assert!(message.starts_with("container web ended with exit code 1 (1 task): "), "{message}");
}

#[test]
fn an_old_closer_look_only_adds_what_this_pass_did_not_look_back_on() {
    let case = case();
    let [failed, worked] = history(case) else { panic!("two deployments") };
    let earlier = ServiceDeployment {
        arn: Arn::new(format!("{}0", worked.arn)),
        created_at: Timestamp::from_secs(worked.created_at.as_secs() - 86_400),
        ..worked.clone()
    };
    // When it was looked at, the rollout had not failed yet.
    let then = ServiceDeployment { status: "IN_PROGRESS".into(), reason: None, triggered: false, ..failed.clone() };
    let mut closer = Closer::default();
    closer.deployments.insert(web(), Seen::Present(vec![then, worked.clone(), earlier]));
    closer.stopped.insert(web(), Seen::Present(Vec::new()));
    let (seen, _) = detail(case, &closer);
    let past: Vec<&str> = seen.past.as_ref().unwrap().iter().map(|past| past.status.as_str()).collect();
    assert_eq!(past, ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL", "SUCCESSFUL"]);
    assert_eq!(seen.stopped[0].tasks, 1);
}

#[test]
fn a_task_that_both_looks_saw_is_one() {
    let case = case();
    let mut closer = Closer::default();
    closer.stopped.insert(web(), case.look.observed.stopped_tasks[&web()].clone());
    assert_eq!(detail(case, &closer).0.stopped[0].tasks, 1);
}

/// What `explain` shows of a look whose own read of the history ended so, and the sheet.
fn sheet(this: Option<Seen<Vec<ServiceDeployment>>>, closer: &Closer) -> (ServiceDetail, String) {
    let mut observed = case().look.observed.clone();
    observed.histories.remove(&web());
    observed.histories.extend(this.map(|this| (web(), this)));
    let pass = looked(&case().desired, &observed, &case().plan, closer);
    let report = report(pass, &SourceState::default(), None);
    let status = report.find(&ResourceId::parse("Service/web").unwrap()).unwrap();
    let Some(Detail::Service(detail)) = &status.detail else { panic!("it is there") };
    (detail.clone(), explain::explain(&report, status, observed.at, Style::plain()))
}

/// Hours later it is not what is there.
#[test]
fn what_was_seen_before_the_newest_look_failed_is_shown_as_that() {
    let why = "ecs:ListServiceDeployments is not allowed";
    let mut closer = Closer::default();
    closer.deployments.insert(web(), case().look.observed.histories[&web()].clone());
    closer.outdated.insert(web(), why.to_owned());
    for this in [None, Some(Seen::Unreadable(why.into()))] {
        let (detail, sheet) = sheet(this, &closer);
        assert_eq!(detail.past.as_ref().unwrap().len(), 2);
        assert_eq!(detail.past_unreadable.as_deref(), Some(why));
        assert!(sheet.contains(&format!("could not be read: {why}; these were seen before")), "{sheet}");
    }
}

/// Whoever looks closer does it after the planner's look, and says what has become outdated since.
#[test]
fn what_a_closer_look_has_just_seen_is_not_called_old_because_the_planner_saw_nothing() {
    let why = "ecs:ListServiceDeployments was throttled";
    let mut closer = Closer::default();
    closer.deployments.insert(web(), case().look.observed.histories[&web()].clone());
    let (detail, sheet) = sheet(Some(Seen::Unreadable(why.into())), &closer);
    assert_eq!((detail.past.unwrap().len(), detail.past_unreadable), (2, None));
    assert!(!sheet.contains("could not be read"), "{sheet}");
}

#[test]
fn where_nobody_looked_closer_the_planners_own_look_says_why_it_saw_nothing() {
    let why = "ecs:ListServiceDeployments was throttled";
    let (detail, _) = sheet(Some(Seen::Unreadable(why.into())), &Closer::default());
    assert_eq!((detail.past, detail.past_unreadable.as_deref()), (None, Some(why)));
}
