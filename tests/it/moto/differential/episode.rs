//! One episode: the same moves on a new world and in a new account of moto.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::super::http::{Message, exchange};
use super::super::{secrets_settings, server};
use super::Difference;
use super::known::taint::{self, Tainted};
use super::known::{self, After};
use super::moves::{Move, Names};
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
    // Of what moto holds something else, and why.
    let mut tainted: BTreeSet<(Tainted, &'static str)> = BTreeSet::new();
    for step in moves {
        played.moves += 1;
        let before = stage.world.clone();
        let names = (stage.ours.clone(), stage.theirs.clone());
        let (ours, theirs) = (stage.ask_sandbox(step), stage.ask_moto(step));
        played.refused += usize::from(ours.is_error());
        if ours.is_error() != theirs.is_error() {
            // What one side alone has made goes by no name.
            (stage.ours, stage.theirs) = names;
        }
        let mut after = After::Same;
        let mut differences = ours.differences(&theirs, step.operation);
        if step.operation == "ListSecrets" && !differences.is_empty() {
            for (what, row) in &tainted {
                let without = |view: &View| view.changed(|list| what.without_what_is_seen(row, list));
                let rest = without(&ours).differences(&without(&theirs), step.operation);
                if rest.len() < differences.len() {
                    played.met.push(row);
                    after = After::Apart;
                }
            }
            let without = |view: &View| {
                view.changed(|list| tainted.iter().for_each(|(what, row)| what.without_what_is_seen(row, list)))
            };
            differences = without(&ours).differences(&without(&theirs), step.operation);
        }
        for difference in differences {
            let input = step.input_in(&stage.account, &stage.ours);
            let rows = tainted.iter().filter(|(what, row)| what.explains(row, &difference, &input));
            let rows: Vec<&'static str> = rows.map(|(_, row)| *row).collect();
            if let Some(known) = known::find(&difference, &input, &stage.world) {
                played.met.push(known.row);
                after = after.max(known.after);
            } else if rows.is_empty() {
                played.unknown.push(difference);
            } else {
                played.met.extend(rows);
                after = After::Apart;
            }
        }
        if !played.unknown.is_empty() || after == After::Apart {
            break;
        }
        if after == After::OnlyHere {
            stage.world = before;
        } else if !ours.is_error() {
            let input = step.input_in(&stage.account, &stage.ours);
            let done = if step.operation.ends_with("Batch") { ours.count("Successful") } else { 1 };
            tainted.extend(taint::begins(step.operation, &input, done, &before, &stage.world));
        }
    }
    played
}

/// Both sides.
struct Stage {
    account: String,
    world: World,
    /// What the sandbox calls things.
    ours: Names,
    /// What moto calls them.
    theirs: Names,
    has_function: bool,
}

impl Stage {
    fn new() -> Self {
        static ACCOUNTS: AtomicU64 = AtomicU64::new(300_000_000_000);
        let account = ACCOUNTS.fetch_add(1, Ordering::Relaxed).to_string();
        let (ours, theirs) = (Names::default(), Names::default());
        Self { world: World::new(&account, REGION, 7, START), account, ours, theirs, has_function: false }
    }

    fn ask_sandbox(&mut self, step: &Move) -> View {
        let (service, operation) = (step.service, step.operation.to_owned());
        let body = step.body_in(&self.account, &self.ours).into_bytes();
        let request = Request { service, operation, region: region(service).to_owned(), body };
        let answer = self.world.call(self.world.now() + pace(service), &request);
        View::of(answer.status == 200, &String::from_utf8_lossy(&answer.body), step, &mut self.ours)
    }

    fn ask_moto(&mut self, step: &Move) -> View {
        // moto really looks for the function that is to rotate a secret.
        if step.operation == "RotateSecret" && !self.has_function {
            secrets_settings::function(&self.account, "rotate");
            self.has_function = true;
        }
        let (name, region) = (step.service.signing_name(), region(step.service));
        let body = step.body_in(&self.account, &self.theirs);
        let call = Message::call((&self.account, region), name, &step.headers(), &body);
        let answer = exchange(server::port(), &call).unwrap();
        View::of(answer.is_ok(), &answer.text(), step, &mut self.theirs)
    }
}

/// What moto hides for a while it hides in real time.
fn pace(service: Service) -> Duration {
    if service == Service::Sqs { Duration::from_millis(1) } else { PACE }
}

fn region(service: Service) -> &'static str {
    if matches!(service, Service::Iam | Service::Sts) { "us-east-1" } else { REGION }
}
