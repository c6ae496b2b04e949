//! Every prefix of every plan is safe: whichever steps have been taken when it stops, every task can start.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use evenkeel::cloud::fault::Fault;
use evenkeel::cloud::{Apply, Receipt};
use evenkeel::execute::{Silent, execute};
use evenkeel::model::arn::Arn;
use evenkeel::plan::action::Action;
use evenkeel::sandbox::{Sandbox, World};

use super::judge::estate;
use super::points::Course;
use super::{proving, tell};
use crate::support::lab::{Lab, in_virtual_time_unlogged};

/// Takes the steps of a plan one by one, and asks the oracle after each.
struct OneByOne<'a> {
    lab: &'a Lab,
    /// `None`: in the plan's order. Else how long the steps that could be taken at once wait for each other.
    chance: Option<Mutex<fastrand::Rng>>,
    turn: tokio::sync::Mutex<()>,
    /// After which call, what.
    faults: Mutex<Vec<(String, String)>>,
    judged: Mutex<usize>,
}

impl Apply for OneByOne<'_> {
    async fn apply(&self, action: &Action<Arn>) -> Result<Receipt, Fault> {
        if let Some(chance) = &self.chance {
            let wait = chance.lock().unwrap().u64(0..1000);
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
        let _turn = self.turn.lock().await;
        let receipt = self.lab.aws.apply(action).await;
        let estate = self.lab.sandbox.with_world(|world| estate(world));
        let after = |fault| (action.call.name(), fault);
        self.faults.lock().unwrap().extend(estate.faults().into_iter().map(after));
        *self.judged.lock().unwrap() += 1;
        receipt
    }
}

impl Course {
    /// Pass by pass: the plan's own order, then others that the executor could take.
    pub(super) fn every_prefix_is_safe(&self) {
        let orders = if proving() { 20 } else { 3 };
        let (mut world, mut prefixes, mut plans) = (self.before().clone(), 0, 0);
        // A scenario has fewer passes; most of them have nothing to do.
        for _ in 0..12 {
            let mut next = None;
            for order in 0..orders {
                let (after, judged) = self.one_pass(&world, order);
                prefixes += judged;
                plans += usize::from(judged > 0 && order == 0);
                next = next.or(Some(after));
                if judged < 2 {
                    break;
                }
            }
            world = next.expect("one order at least");
        }
        tell(&format!("prefixes of {}: {prefixes} safe, of {plans} plans in {orders} orders", self.name()));
        assert!(prefixes > 0, "{}: no plan had a step", self.name());
        assert!(estate(&world).startable() > 0, "{}: nothing runs", self.name());
    }

    /// The world a while after a pass, and how many prefixes of its plan were judged.
    fn one_pass(&self, world: &World, order: u64) -> (World, usize) {
        in_virtual_time_unlogged(async {
            let lab = Lab::at(world.clone(), Sandbox::http_client).await;
            let (_, plan) = lab.look(self.wanted()).await;
            let chance = (order > 0).then(|| Mutex::new(fastrand::Rng::with_seed(order)));
            let (turn, faults, judged) = (tokio::sync::Mutex::new(()), Mutex::default(), Mutex::default());
            let steps = OneByOne { lab: &lab, chance, turn, faults, judged };
            // What somebody broke before is not the plan's doing, as long as it is not yet mended.
            let broken: BTreeSet<String> = estate(world).faults().into_iter().collect();
            execute(&plan, &steps, &Silent, || false).await;
            let OneByOne { faults, judged, .. } = steps;
            let faults = faults.into_inner().unwrap();
            let made: Vec<_> = faults.into_iter().filter(|(_, fault)| !broken.contains(fault)).collect();
            assert!(made.is_empty(), "{}, order {order}: {made:#?}\n{plan:#?}", self.name());
            tokio::time::sleep(Duration::from_secs(40)).await;
            (lab.sandbox.with_world(|world| world.clone()), judged.into_inner().unwrap())
        })
    }
}
