//! One episode: the same moves on a new world and in a new account of moto.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::super::http::{Message, exchange};
use super::super::server;
use super::Difference;
use super::known::{self, After, taint};
use super::moves::Move;
use super::view::View;
use evenkeel::sandbox::{Millis, Request, Service, World};

const REGION: &str = "eu-west-1";
/// 2026-01-01T00:00:00Z.
const START: Millis = Millis(1_767_225_600_000);
/// Between two moves: a service comes to rest in it, and no deleted secret is gone before the end.
const PACE: Duration = Duration::from_mins(10);

/// What became of an episode.
#[derive(Default)]
pub(super) struct Played {
    /// How many moves were made.
    pub(super) moves: usize,
    /// How many of them the sandbox refused.
    pub(super) refused: usize,
    /// The row of every known difference that was met.
    pub(super) met: Vec<&'static str>,
    /// The differences of the last move that nobody knows.
    pub(super) unknown: Vec<Difference>,
}

/// Plays until the end, or until the two differ in a way that nobody knows, or hold different things.
pub(super) fn play(moves: &[Move]) -> Played {
    let mut stage = Stage::new();
    let mut played = Played::default();
    // Secrets of which moto holds something else, and why.
    let mut tainted: BTreeMap<String, &'static str> = BTreeMap::new();
    for step in moves {
        played.moves += 1;
        let before = stage.world.clone();
        let (ours, theirs) = (stage.ask_sandbox(step), stage.ask_moto(step));
        played.refused += usize::from(ours.is_error());
        let mut after = After::Same;
        for difference in ours.differences(&theirs, step.operation) {
            let input = step.input_in(&stage.account);
            let tainted = tainted.iter().find(|(name, _)| taint::reaches(name, step.operation, &input));
            match (known::find(&difference, &input, &stage.world), tainted) {
                (Some(known), _) => {
                    played.met.push(known.row);
                    after = after.max(known.after);
                }
                (None, Some((_, row))) => {
                    played.met.push(row);
                    after = After::Apart;
                }
                (None, None) => played.unknown.push(difference),
            }
        }
        if !played.unknown.is_empty() || after == After::Apart {
            break;
        }
        if after == After::OnlyHere {
            stage.world = before;
        } else if !ours.is_error() {
            let input = step.input_in(&stage.account);
            tainted.extend(taint::begins(step.operation, &input, &before, &stage.world));
        }
    }
    played
}

/// Both sides.
struct Stage {
    account: String,
    world: World,
}

impl Stage {
    fn new() -> Self {
        static ACCOUNTS: AtomicU64 = AtomicU64::new(300_000_000_000);
        let account = ACCOUNTS.fetch_add(1, Ordering::Relaxed).to_string();
        Self { world: World::new(&account, REGION, 7, START), account }
    }

    fn ask_sandbox(&mut self, step: &Move) -> View {
        let (service, operation) = (step.service, step.operation.to_owned());
        let body = step.body_in(&self.account).into_bytes();
        let request = Request { service, operation, region: region(service).to_owned(), body };
        let answer = self.world.call(self.world.now() + PACE, &request);
        View::of(answer.status == 200, &String::from_utf8_lossy(&answer.body), step)
    }

    fn ask_moto(&self, step: &Move) -> View {
        let json = |target: &str| {
            format!("content-type: application/x-amz-json-1.1\r\nx-amz-target: {target}.{}", step.operation)
        };
        let headers = match step.service {
            Service::Iam => "content-type: application/x-www-form-urlencoded".to_owned(),
            Service::Ecs => json("AmazonEC2ContainerServiceV20141113"),
            Service::Ssm => json("AmazonSSM"),
            other => json(other.signing_name()),
        };
        let (name, region) = (step.service.signing_name(), region(step.service));
        let call = Message::call((&self.account, region), name, &headers, &step.body_in(&self.account));
        let answer = exchange(server::port(), &call).unwrap();
        View::of(answer.is_ok(), &answer.text(), step)
    }
}

fn region(service: Service) -> &'static str {
    if service == Service::Iam { "us-east-1" } else { REGION }
}
