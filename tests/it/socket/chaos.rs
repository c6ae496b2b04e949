//! `--chaos`: a client of the port meets faults, told as they happen; without it none.

use std::collections::{BTreeMap, BTreeSet};

use super::program::Served;
use crate::moto::http::{Message, exchange};

const CALLS: usize = 150;

/// What a client sees of a call: how many secrets are listed, the code of a refusal, or that nothing came back.
fn call(served: &Served, operation: &str, body: &str) -> String {
    let head = format!("content-type: application/x-amz-json-1.1\r\nx-amz-target: secretsmanager.{operation}");
    let message = Message::call(("sandbox", "eu-west-1"), "secretsmanager", &head, body);
    let Ok(answer) = exchange(served.address.port(), &message) else { return "no answer".to_owned() };
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    match body["__type"].as_str() {
        Some(code) => code.to_owned(),
        None => {
            body["SecretList"].as_array().map_or_else(|| "made".to_owned(), |list| format!("{} listed", list.len()))
        }
    }
}

/// A client's day: what became of each of its calls, and what the sandbox told of it.
fn day(arguments: &[&str]) -> (Vec<String>, Vec<String>) {
    let served = Served::start(arguments);
    for (number, name) in ["a", "b", "c"].iter().enumerate() {
        let body = format!(r#"{{"Name":"{name}","SecretString":"v","ClientRequestToken":"{number:032}"}}"#);
        // With its token it may be called again.
        let made = (0..100).any(|_| call(&served, "CreateSecret", &body) == "made");
        assert!(made, "{name}");
    }
    let seen = (0..CALLS).map(|_| call(&served, "ListSecrets", "{}")).collect();
    for _ in 0..CALLS {
        call(&served, "DescribeSecret", r#"{"SecretId":"a"}"#);
    }
    let (code, said) = served.end("-INT");
    assert_eq!(code, Some(0), "{said}");
    let paged: BTreeSet<&str> = said.lines().filter_map(|line| line.strip_suffix(": a page of two")).collect();
    assert!(paged.iter().all(|line| line.ends_with("chaos: ListSecrets")), "nothing else has pages: {paged:?}");
    let told = said.lines().filter_map(|line| line.split_once("chaos: ListSecrets: ")).map(|(_, fate)| fate.to_owned());
    (seen, told.collect())
}

fn counted(texts: &[String]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for text in texts {
        *counts.entry(text.as_str()).or_insert(0) += 1;
    }
    counts
}

#[test]
fn with_chaos_a_client_meets_faults_and_the_same_seed_brings_the_same() {
    let (seen, told) = day(&["--chaos", "11"]);
    let (seen_by_clients, by_us) = (counted(&seen), counted(&told));
    let count = |counts: &BTreeMap<&str, usize>, what: &str| counts.get(what).copied().unwrap_or(0);
    // What is told is what is met.
    for (met, fates) in [
        ("ThrottlingException", vec!["throttled"]),
        ("InternalFailure", vec!["internal error"]),
        ("no answer", vec!["request lost", "applied, reply lost"]),
        ("AccessDeniedException", vec!["access denied"]),
        ("ExpiredTokenException", vec!["credentials expired"]),
    ] {
        let told: usize = fates.iter().map(|fate| count(&by_us, fate)).sum();
        assert_eq!(count(&seen_by_clients, met), told, "{met}: {seen_by_clients:?} {by_us:?}");
    }
    let kinds: BTreeSet<&str> = seen_by_clients.keys().copied().collect();
    let expected = ["ThrottlingException", "InternalFailure", "no answer", "2 listed", "3 listed"];
    assert!(expected.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    assert!(seen.iter().filter(|what| *what != "3 listed").count() > CALLS / 10, "{seen_by_clients:?}");

    assert_eq!(day(&["--chaos", "11"]).0, seen);
    assert_ne!(day(&["--chaos", "12"]).0, seen);
}

#[test]
fn without_chaos_a_client_meets_none() {
    let (seen, told) = day(&[]);
    assert_eq!(counted(&seen), BTreeMap::from([("3 listed", CALLS)]));
    assert_eq!(told, [] as [String; 0]);
}
