//! Every operation that the sandbox offers is played, or stands here with what is in the way.

use std::collections::BTreeSet;

use evenkeel::sandbox::{Service, World};

use super::super::http::{Message, exchange};
use super::super::server;
use super::moves::{Move, episode};

/// What is in the way.
enum Because {
    /// moto does not know the operation: asked for it, it fails with HTTP 404, 500 or 501, or says UnknownOperation.
    NotThere,
    /// In words.
    Else(&'static str),
}

/// Of a key's state moto knows only the name.
const STATES: &str = "moto uses and changes a key whatever its state (M137), so that all after it would differ";

/// What is not played, and why.
const LEFT_OUT: &[(Service, &str, Because)] = &[
    (Service::Ecs, "DescribeServiceDeployments", Because::NotThere),
    (Service::Ecs, "DescribeServiceRevisions", Because::NotThere),
    (Service::Ecs, "ListServiceDeployments", Because::NotThere),
    (Service::Ecs, "StopServiceDeployment", Because::NotThere),
    (Service::Ecr, "CreatePullThroughCacheRule", Because::NotThere),
    (Service::Ecr, "DescribePullThroughCacheRules", Because::NotThere),
    (Service::Iam, "SimulateCustomPolicy", Because::NotThere),
    (Service::Iam, "SimulatePrincipalPolicy", Because::NotThere),
    (Service::Kms, "CancelKeyDeletion", Because::Else(STATES)),
    (Service::Kms, "EnableKey", Because::Else(STATES)),
    (Service::Kms, "ScheduleKeyDeletion", Because::Else(STATES)),
    (Service::SecretsManager, "StopReplicationToReplica", Because::NotThere),
    (Service::Events, "TestEventPattern", Because::Else("moto answers every question with an empty body")),
];

/// So many episodes hold every move that is likely.
const EPISODES: u64 = 400;

#[test]
fn every_operation_of_the_sandbox_is_played_or_stands_in_the_list_with_a_reason() {
    let name = |service: Service, operation: &str| format!("{}:{operation}", service.signing_name());
    let played: BTreeSet<String> =
        (0..EPISODES).flat_map(episode).map(|step| name(step.service, step.operation)).collect();
    let offered: BTreeSet<String> = Service::ALL
        .into_iter()
        .flat_map(|service| World::offers(service).map(move |operation| name(service, operation)))
        .collect();
    let listed: BTreeSet<String> = LEFT_OUT.iter().map(|(service, operation, _)| name(*service, operation)).collect();
    let open: Vec<&String> = offered.iter().filter(|name| !played.contains(*name) && !listed.contains(*name)).collect();
    assert!(open.is_empty(), "neither played nor left out for a reason: {open:?}");
    let both: Vec<&String> = listed.intersection(&played).collect();
    assert!(both.is_empty(), "played, and in the list of what is not: {both:?}");
    let gone: Vec<&String> = listed.union(&played).filter(|name| !offered.contains(*name)).collect();
    assert!(gone.is_empty(), "the sandbox does not offer them: {gone:?}");
    assert_eq!(listed.len(), LEFT_OUT.len(), "something stands twice in the list");
    crate::sweeps::tell(&format!("sandbox and moto: {} of {} operations are played", played.len(), offered.len()));
}

#[test]
fn moto_does_not_know_what_it_is_said_not_to_know() {
    for (service, operation, because) in LEFT_OUT {
        match because {
            Because::Else(words) => assert!(!words.is_empty(), "{operation}"),
            Because::NotThere => {
                let step = Move::new(*service, operation, serde_json::json!({}));
                let (account, names) = ("299999999999", super::moves::Names::default());
                let name = service.signing_name();
                let call = Message::call((account, "eu-west-1"), name, &step.headers(), &step.body_in(account, &names));
                let answer = exchange(server::port(), &call).unwrap();
                let status = answer.head.split(' ').nth(1).unwrap_or_default().to_owned();
                assert!(["404", "500", "501"].contains(&status.as_str()), "{operation}: {status} {}", answer.text());
            }
        }
    }
}
