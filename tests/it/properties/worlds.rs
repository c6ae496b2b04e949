//! The planner over many worlds: those of the cases, and mixtures of them.

use std::collections::{BTreeMap, BTreeSet};

use evenkeel::model::desired::Desired;
use evenkeel::model::id::ResourceId;
use evenkeel::model::observed::{Observed, Seen};
use evenkeel::plan::check::check;
use evenkeel::plan::held::Because;
use evenkeel::plan::plan;
use evenkeel::plan::step::{Plan, Risk};
use evenkeel::render::json::{Report, report};
use evenkeel::render::summary::Summary;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::cases::{CASES, Case};

proptest! {
    #![proptest_config(super::times(4))]

    #[test]
    fn the_same_input_gives_the_same_plan_to_the_byte(mixed in mixture()) {
        let (desired, observed) = (mixed.desired(), mixed.world());
        let (first, second) = (plan(desired, &observed), plan(&desired.clone(), &observed.clone()));
        prop_assert_eq!(bytes(desired, &observed, &first), bytes(desired, &observed, &second));
        prop_assert_eq!(first, second);
    }

    #[test]
    fn no_plan_breaks_a_rule_of_plans(mixed in mixture()) {
        let (desired, observed) = (mixed.desired(), mixed.world());
        let found = check(desired, &observed, &plan(desired, &observed));
        prop_assert!(found.is_empty(), "{:?}: {}", mixed, found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "));
    }

    #[test]
    fn what_cannot_be_read_adds_no_step(mixed in mixture(), which in any::<Index>()) {
        let (desired, observed) = (mixed.desired(), mixed.world());
        let mut degraded = observed.clone();
        let hidden = hide(&mut degraded, which.index(count(&observed)));
        let (full, less) = (plan(desired, &observed), plan(desired, &degraded));
        let added = added(&full, &less);
        prop_assert!(added.is_empty(), "{:?} without {}: {:?}", mixed, hidden, added);
    }
}

#[test]
fn in_no_case_adds_what_cannot_be_read_a_step() {
    let mut wrong = Vec::new();
    for case in CASES.iter() {
        for index in 0..count(&case.look.observed) {
            let mut degraded = case.look.observed.clone();
            let hidden = hide(&mut degraded, index);
            let full = plan(&case.desired, &without_receipts(&case.look.observed));
            let less = plan(&case.desired, &without_receipts(&degraded));
            let name = format!("{} without {hidden}", case.name);
            wrong.extend(added(&full, &less).iter().map(|(id, operation)| format!("{name}: {operation} {id}")));
            wrong.extend(check(&case.desired, &degraded, &less).iter().map(|finding| format!("{name}: {finding}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The steps that only the second plan has, less what the first holds for a reason that ends when less is known: a slot
/// is free where another service is held, a role gets the rest while the secret outside the envelope cannot be read, and
/// what starts no deployment waits for none where the part that does is held.
fn added(full: &Plan, less: &Plan) -> BTreeSet<(ResourceId, &'static str)> {
    let held = |is: fn(&Because) -> bool| -> BTreeSet<&ResourceId> {
        full.held().iter().filter(|held| is(&held.because)).map(|held| &held.target).collect()
    };
    let waiting = held(|because| matches!(because, Because::WaitingForSlot(_) | Because::OutsideEnvelope(_)));
    let parted = held(|because| {
        use Because::{Immutable, NotOurs, OutsideEnvelope, Suspended, Unsupported};
        !matches!(because, NotOurs(_) | Suspended | Unsupported(_) | OutsideEnvelope(_) | Immutable(_))
    });
    let behind =
        full.held().iter().filter(|held| matches!(&held.because, Because::WaitingOn(id) if waiting.contains(id)));
    let allowed: BTreeSet<&ResourceId> = waiting.iter().copied().chain(behind.map(|held| &held.target)).collect();
    let deploys = |target: &ResourceId| {
        less.steps().any(|(_, step)| step.target == *target && step.risk.contains(&Risk::Redeploy))
    };
    let excused = |target: &ResourceId| allowed.contains(target) || (parted.contains(target) && !deploys(target));
    steps(less).difference(&steps(full)).filter(|(target, _)| !excused(target)).cloned().collect()
}

/// A receipt is of one call to the letter. Where less is known another call is planned, which was not made yet.
fn without_receipts(observed: &Observed) -> Observed {
    Observed { written: BTreeMap::new(), ..observed.clone() }
}

/// The manifests of one case in a world that is put together from those of others.
#[derive(Clone)]
struct Mixture {
    manifests: &'static Case,
    parts: [&'static Case; 4],
}

impl std::fmt::Debug for Mixture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.parts.map(|case| case.name.as_str());
        write!(f, "{} with secrets, roles, services, answers of {names:?}", self.manifests.name)
    }
}

fn mixture() -> impl Strategy<Value = Mixture> {
    (any::<Index>(), proptest::array::uniform4(any::<Index>())).prop_map(|(manifests, parts)| Mixture {
        manifests: manifests.get(&CASES),
        parts: parts.map(|part| part.get(&CASES) as &Case),
    })
}

impl Mixture {
    fn desired(&self) -> &Desired {
        &self.manifests.desired
    }

    fn world(&self) -> Observed {
        let [secrets, roles, services, answers] = self.parts.map(|case| &case.world);
        let mut world = answers.clone();
        world.secrets.clone_from(&secrets.secrets);
        world.roles.clone_from(&roles.roles);
        world.services.clone_from(&services.services);
        // Every revision that anything in the world names was looked at.
        world.revisions.extend(services.revisions.clone());
        without_receipts(&world)
    }
}

fn bytes(desired: &Desired, observed: &Observed, plan: &Plan) -> String {
    let summary = Summary::of(desired, plan);
    report(&Report { desired, observed, plan, summary: &summary, calls: &BTreeMap::new(), execution: None })
}

fn steps(plan: &Plan) -> BTreeSet<(ResourceId, &'static str)> {
    plan.steps().map(|(_, step)| (step.target.clone(), step.action.call.operation().1)).collect()
}

fn count(world: &Observed) -> usize {
    let Observed {
        secrets,
        roles,
        services,
        newest,
        revisions,
        in_use,
        version_dates,
        resource_policies,
        keys_of_copies,
        histories,
        ..
    } = world;
    secrets.len()
        + roles.len()
        + services.len()
        + newest.len()
        + revisions.len()
        + in_use.len()
        + version_dates.len()
        + resource_policies.len()
        + keys_of_copies.len()
        + histories.len()
}

/// Makes one thing of the world unreadable, and says which.
fn hide(world: &mut Observed, index: usize) -> String {
    fn one<K: std::fmt::Debug, T>(map: &mut BTreeMap<K, Seen<T>>, what: &str, index: &mut usize) -> Option<String> {
        let length = map.len();
        let found = map.iter_mut().nth(*index).map(|(key, seen)| {
            *seen = Seen::Unreadable("hidden".to_owned());
            format!("{what} {key:?}")
        });
        *index = index.saturating_sub(length);
        found
    }
    let mut index = index;
    let Observed {
        secrets,
        roles,
        services,
        newest,
        revisions,
        in_use,
        version_dates,
        resource_policies,
        keys_of_copies,
        histories,
        ..
    } = world;
    one(secrets, "secret", &mut index)
        .or_else(|| one(roles, "role", &mut index))
        .or_else(|| one(services, "service", &mut index))
        .or_else(|| one(newest, "newest", &mut index))
        .or_else(|| one(revisions, "revision", &mut index))
        .or_else(|| one(in_use, "in use", &mut index))
        .or_else(|| one(version_dates, "version date", &mut index))
        .or_else(|| one(resource_policies, "resource policy", &mut index))
        .or_else(|| one(keys_of_copies, "key of copy", &mut index))
        .or_else(|| one(histories, "history", &mut index))
        .expect("the index is one of them")
}
