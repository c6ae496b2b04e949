//! Law 6: what is wanted, what is ACTIVE and what runs may do all that it needs; what nobody needs any more is taken away.
//! Law 13: nothing else is given.

use std::collections::{BTreeMap, BTreeSet};

use evenkeel::model::arn::Arn;
use evenkeel::model::observed::Seen;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;
use serde_json::{Value, json};

use super::wish::{ACCOUNT, Call, HOMES, Home, Whose, calls, parts};
use super::{ROLE, desired, name, neighbours, policy_after, revision, role, world};
use crate::oracle::iam::{Question, allows};
use crate::properties::times;

proptest! {
    #![proptest_config(times(1))]

    #[test]
    fn a_new_role_may_do_what_its_task_definition_needs_and_nothing_else(home in select(HOMES.to_vec()), wanted in parts()) {
        let world = world(&home);
        let policy = policy_after(&home, &desired(&home, &wanted), &world, &json!({"Statement": []}));
        let needed = calls(&home, &wanted);
        let alike = needed.iter().flat_map(|call| neighbours::of(&home, call)).collect();
        judge(&home, &policy, &needed, &alike, "a new role")?;
    }

}

proptest! {
    #![proptest_config(Config { cases: times(1).cases / 4, ..times(1) })]

    #[test]
    fn law_6_a_role_may_do_what_is_wanted_active_and_running_and_later_nothing_else(
        home in select(HOMES.to_vec()),
        wanted in parts(),
        active in parts(),
        foreign in parts(),
        gone in parts(),
    ) {
        // The role has what all of these need; what is gone is needed no more.
        let had = [&active, &foreign, &gone];
        let each = had.map(|parts| policy_after(&home, &desired(&home, parts), &world(&home), &json!({"Statement": []})));
        let before = json!({"Statement": each.iter().flat_map(|one| one["Statement"].as_array().unwrap()).collect::<Vec<_>>()});
        let gone = calls(&home, &gone);
        let mut world = world(&home);
        let desired = desired(&home, &wanted);
        world.roles.insert(name(ROLE), Seen::Present(role(&home, &before)));
        let nothing_known = policy_after(&home, &desired, &world, &before);
        let used_by = [&wanted, &active, &foreign].map(|parts| calls(&home, parts)).into_iter().flatten();
        let used_by: BTreeSet<Call> = used_by.collect();
        let all = used_by.union(&gone).cloned().collect();
        judge(&home, &nothing_known, &all, &BTreeSet::new(), "while it is not known what is in use")?;

        let mut in_use = BTreeSet::new();
        for (number, (parts, ours)) in [(&active, true), (&foreign, false)].into_iter().enumerate() {
            let arn = Arn::new(home.arn(Whose::Ours, "ecs", &format!("task-definition/app:{}", number + 1)));
            world.revisions.insert(arn.clone(), Seen::Present(revision(&home, parts, ours)));
            in_use.insert(arn);
        }
        world.in_use.insert(name(ROLE), Seen::Present(in_use));
        let used = policy_after(&home, &desired, &world, &before);
        // Which key a secret has that no manifest declares is not known: then every key that is granted may be the one.
        let over = gone.iter().filter(|call| call.action != "kms:Decrypt").cloned().collect();
        judge(&home, &used, &used_by, &over, "while revisions are in use")?;

        world.in_use.insert(name(ROLE), Seen::Present(BTreeSet::new()));
        world.roles.insert(name(ROLE), Seen::Present(role(&home, &used)));
        let later = policy_after(&home, &desired, &world, &used);
        let over = used_by.union(&gone).cloned().collect();
        judge(&home, &later, &calls(&home, &wanted), &over, "later")?;
    }
}

/// Everything that is needed is allowed; of what is over, only what is needed itself.
fn judge(
    home: &Home,
    policy: &Value,
    needed: &BTreeSet<Call>,
    over: &BTreeSet<Call>,
    when: &str,
) -> Result<(), TestCaseError> {
    let role = format!("arn:{}:iam::{ACCOUNT}:role/{ROLE}", home.partition);
    let may = |call: &Call| {
        let context: BTreeMap<String, Vec<String>> = call.context.iter().cloned().collect();
        let question = Question { action: &call.action, resource: &call.resource, context };
        allows(&role, &[policy], None, None, &question)
    };
    for call in needed {
        prop_assert!(may(call), "{when}: {call:?} is needed and not allowed by {policy:#}");
    }
    for other in over.iter().filter(|other| !is_needed(needed, other)) {
        prop_assert!(!may(other), "{when}: {other:?} is allowed by {policy:#}");
    }
    Ok(())
}

/// Is the neighbour of one call another that is needed? A log group is made with a name of its own or with that of a stream.
fn is_needed(needed: &BTreeSet<Call>, neighbour: &Call) -> bool {
    let group = |resource: &str| resource.split(":log-stream:").next().unwrap_or_default().to_owned();
    needed.iter().any(|call| {
        let same_group = call.action.starts_with("logs:") && group(&call.resource) == group(&neighbour.resource);
        let same_way = call.action != "kms:Decrypt" || call.context == neighbour.context;
        call.action == neighbour.action && (call.resource == neighbour.resource || same_group) && same_way
    })
}
