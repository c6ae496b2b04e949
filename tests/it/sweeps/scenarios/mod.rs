//! The table of scenarios: a world, a change of it or of the manifests, and what is wanted then.

pub(super) mod access;
mod apps;
mod estate;
mod orphans;
mod ours;
mod shop;
mod values;

use std::pin::Pin;

use evenkeel::model::desired::Desired;

use super::points::Course;
use super::{proving, tell};
use crate::support::lab::Lab;

pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) prepare: fn() -> Prepared,
    /// `make prove` plays it, `make test` plays the prefixes of its plans alone.
    pub(crate) is_long: bool,
}

/// A lab before the change, and what is wanted.
pub(crate) type Prepared = Pin<Box<dyn Future<Output = (Lab, Desired)>>>;

macro_rules! scenarios {
    ($($name:ident $([$long:literal])?: $what:literal, $room:ident::$prepare:ident;)*) => {
        /// All of them.
        pub(crate) const ALL: &[Scenario] = &[$($name::SCENARIO,)*];

        $(mod $name {
            pub(super) const SCENARIO: super::Scenario = super::Scenario {
                name: $what,
                prepare: || Box::pin(super::$room::$prepare()),
                is_long: <[&str]>::len(&[$($long)?]) > 0,
            };

            #[test]
            $(#[ignore = $long])?
            fn law_8_a_crash_around_any_call_and_the_loss_of_any_reply_end_in_the_same_world() {
                super::Course::of(&SCENARIO).sweep();
            }

            #[test]
            fn law_8_every_prefix_of_every_plan_is_safe() {
                super::Course::of(&SCENARIO).every_prefix_is_safe();
            }
        })*
    };
}

scenarios! {
    install: "an installation", shop::install;
    release: "a release", shop::release;
    rotation_current: "a rotation, read by label", shop::rotation;
    failed_release: "a release that fails", shop::failing;
    mending: "the mending of a failed release", shop::mending;
    rotation_pinned: "a rotation, read by version", apps::rotation_pinned;
    shared_secret: "the rotation of a secret that three services share", apps::shared_secret;
    one_family: "a release of two services of one family", apps::one_family;
    waves: "a release in waves", apps::waves;
    wave_install: "an installation in waves", apps::wave_install;
    sizes: "other sizes and networks", apps::sizes;
    members: "members of a service of each kind", apps::members;
    widening: "a role that is widened", access::widening;
    narrowing: "a role that is narrowed", access::narrowing;
    narrowing_after_a_release: "a role that is narrowed once a release has left old revisions behind", access::narrowing_after_a_release;
    narrowing_of_another: "a role of someone else's that is taken over and narrowed", access::narrowing_of_another;
    key: "a role that needs a key and a boundary", access::key;
    drift: "drift made by hand", access::drift;
    owned_policy: "a policy of our own on a role of someone else's", access::owned_policy;
    estate_install: "the installation of an estate", estate::install;
    estate_release: "a release of an estate", estate::release;
    two_rotations ["long: make prove"]: "two rotations in a row", estate::rotations;
    rotation_and_release: "a rotation and a release at once", estate::rotation_and_release;
    overtaking ["long: make prove"]: "a release that overtakes another", estate::overtaking;
    another_secret: "another secret for all readers", estate::another_secret;
    undone ["long: make prove"]: "an estate that was changed by hand", estate::undone;
    adoption: "an adoption", ours::adoption;
    settings: "replicas, rotation and policy of a secret", ours::settings;
    tags: "tags alone", ours::tags;
    removal ["long: make prove"]: "what leaves the manifests", orphans::removal;
    return_of_a_service: "a service that returns after half a removal", orphans::return_of_a_service;
    return_of_a_secret: "a secret that returns when it was to be deleted", orphans::return_of_a_secret;
    old_revisions: "old revisions that need not stay", orphans::old_revisions;
    generate: "a secret that is generated", values::generate;
    next_generation: "the next value of a generated secret", values::next_generation;
    generation_and_settings: "a generated value and settings at once", values::generation_and_settings;
    decrypt: "a secret that stands in Git, encrypted", values::decrypt;
    next_ciphertext: "another ciphertext", values::next_ciphertext;
    back: "the ciphertext of before", values::back;
}

#[test]
fn the_sweeps_have_more_than_two_thousand_points() {
    let mut total = 0;
    for scenario in ALL.iter().filter(|scenario| !scenario.is_long || proving()) {
        let points = Course::of(scenario).calls.len() * 3;
        tell(&format!("{points:5} points: {}", scenario.name));
        total += points;
    }
    tell(&format!("{total:5} points in all"));
    assert!(total >= 2000, "{total}");
}
