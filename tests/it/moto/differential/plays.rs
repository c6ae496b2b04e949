//! The runs: a few thousand operations in `make test`, a hundred thousand in `make prove`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Instant;

use super::episode::{Played, play};
use super::known::rows;
use super::moves::{Move, episode};
use super::shrink::shortest;
use super::{Difference, shown};
use crate::sweeps::{proving, tell};

/// How many operations: with the rare ones, enough for every known difference to be met.
const WANTED: usize = 2_900;
const WANTED_TO_PROVE: usize = 100_000;

/// Episodes that show what the first ones do not.
const RARE: [u64; 27] = [
    73, 74, 76, 77, 79, 90, 101, 105, 108, 136, 143, 157, 170, 178, 183, 204, 208, 233, 429, 732, 941, 2049, 2289,
    2352, 2968, 3249, 3880,
];

/// Each is made as short as it can be, which takes hundreds of calls.
const MOST_REPORTS: usize = 12;

/// Plays as many operations as that.
const OPERATIONS: &str = "EVENKEEL_DIFFERENTIAL_OPERATIONS";
/// Plays one episode alone, by the number that a report names.
const SEED: &str = "EVENKEEL_DIFFERENTIAL_SEED";

/// What became of a run.
#[derive(Default)]
struct Run {
    episodes: usize,
    made: usize,
    refused: usize,
    /// How often each known difference was met, by its row, and the first episode.
    met: BTreeMap<&'static str, (usize, u64)>,
    /// Differences that nobody knows, by their kind.
    reports: BTreeMap<String, String>,
}

#[test]
fn the_sandbox_and_moto_answer_alike_but_for_what_is_known() {
    let usual = if proving() { WANTED_TO_PROVE } else { WANTED };
    let wanted = asked(OPERATIONS).map_or(usual, |count| usize::try_from(count).unwrap());
    let alone = asked(SEED);
    let others = (0..100_000).filter(|seed| !RARE.contains(seed));
    let seeds: Vec<u64> = alone.map_or_else(|| RARE.into_iter().chain(others).collect(), |seed| vec![seed]);
    #[expect(clippy::disallowed_methods, reason = "moto's time is real, and that is what is measured")]
    let begun = Instant::now();
    let mut run = Run::default();
    for seed in seeds {
        run.add(seed);
        if run.made >= wanted || run.reports.len() >= MOST_REPORTS {
            break;
        }
    }
    let Run { episodes, made, refused, met, reports } = run;
    let seconds = begun.elapsed().as_secs();
    tell(&format!("sandbox and moto: {made} operations in {episodes} episodes and {seconds} s, {refused} refused"));
    tell(&format!("sandbox and moto: known differences, how often and where first: {met:?}"));
    let list: Vec<&str> = reports.values().map(String::as_str).collect();
    assert!(list.is_empty(), "{} differences that nobody knows:\n{}", list.len(), list.join("\n"));
    if alone.is_none() {
        assert!(refused * 10 > made && refused * 2 < made, "{refused} of {made} were refused");
        let never: Vec<&str> = rows().filter(|row| !met.contains_key(row)).collect();
        assert!(never.is_empty(), "known differences that were not met: {never:?}");
    }
}

#[test]
fn every_known_difference_has_a_row_in_the_ledger_and_every_such_row_is_known() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/aws-behaviour.md");
    let ledger = std::fs::read_to_string(path).unwrap();
    let lines = ledger.lines().filter(|line| line.starts_with("| M"));
    let ids = |line: &str| line.split('|').nth(1).unwrap_or_default().trim().to_owned();
    let all: BTreeSet<String> = lines.clone().map(ids).collect();
    let ours: BTreeSet<String> = lines.filter(|line| line.contains("plays::the_sandbox_and_moto")).map(ids).collect();
    let known: BTreeSet<String> = rows().map(str::to_owned).collect();
    assert_eq!(known.difference(&all).collect::<Vec<_>>(), Vec::<&String>::new(), "known, and without a row");
    assert_eq!(ours.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "rows that nothing knows");
}

impl Run {
    fn add(&mut self, seed: u64) {
        let moves = episode(seed);
        let Played { moves: made, refused, met, unknown } = play(&moves);
        self.episodes += 1;
        self.made += made;
        self.refused += refused;
        for row in met {
            self.met.entry(row).or_insert((0, seed)).0 += 1;
        }
        for difference in unknown {
            let kind = format!("{:?}", difference.kind());
            self.reports.entry(kind).or_insert_with(|| report(seed, &shortest(&moves[..made], &difference)));
        }
    }
}

/// What a person needs to see the difference again.
fn report(seed: u64, moves: &[Move]) -> String {
    let mut text = String::new();
    for Difference { operation, member, sandbox, moto } in play(moves).unknown {
        let (sandbox, moto) = (shown(&sandbox), shown(&moto));
        let _ = writeln!(text, "{operation}, {member}:\n    the sandbox: {sandbox}\n    moto:        {moto}");
    }
    let _ = writeln!(text, "  after ({SEED}={seed}):");
    for step in moves {
        let _ = writeln!(text, "    {step}");
    }
    text
}

#[expect(clippy::disallowed_methods, reason = "a person asks for another run by a variable")]
fn asked(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|number| number.parse().expect("a number"))
}
