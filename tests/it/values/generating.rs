//! Passwords follow the rules of GetRandomPassword, and are as random as what they are made of.

use std::collections::{BTreeMap, BTreeSet};

use evenkeel::model::password::PasswordRules;
use evenkeel::model::secret_value::{Generate, Template};
use evenkeel::values::generate::{GenerateError, generate, merged, password};
use serde_json::{Value, json};

/// Bytes of a small generator of known seed.
fn dice(seed: u64) -> impl FnMut(&mut [u8]) -> Result<(), GenerateError> {
    let mut random = fastrand::Rng::with_seed(seed);
    move |bytes| {
        random.fill(bytes);
        Ok(())
    }
}

fn made(rules: &PasswordRules, seed: u64) -> String {
    password(rules, dice(seed)).unwrap_or_else(|error| panic!("{error}")).to_string()
}

fn rules(more: impl FnOnce(&mut PasswordRules)) -> PasswordRules {
    let mut rules = PasswordRules::default();
    more(&mut rules);
    rules
}

#[test]
fn a_password_has_32_characters_with_one_of_each_type() {
    for seed in 0..500 {
        let password = made(&PasswordRules::default(), seed);
        assert_eq!(password.len(), 32);
        let has = |is: fn(&char) -> bool| password.chars().any(|c| is(&c));
        assert!(has(char::is_ascii_lowercase) && has(char::is_ascii_uppercase), "{password}");
        assert!(has(char::is_ascii_digit) && has(char::is_ascii_punctuation), "{password}");
        assert!(!password.contains(' '));
    }
}

#[test]
fn what_is_excluded_never_stands_in_a_password() {
    let rules = rules(|rules| {
        rules.length = 200;
        rules.exclude_punctuation = true;
        rules.exclude_uppercase = true;
        rules.include_space = true;
        rules.exclude_characters = "abc012".chars().collect();
    });
    let all: BTreeSet<char> = (0..50).flat_map(|seed| made(&rules, seed).chars().collect::<Vec<_>>()).collect();
    assert_eq!(all, "defghijklmnopqrstuvwxyz3456789 ".chars().collect());
}

#[test]
fn the_shortest_password_has_one_of_each_type_in_any_order() {
    let rules = rules(|rules| rules.length = 4);
    let orders: BTreeSet<Vec<&str>> = (0..2000)
        .map(|seed| {
            let kind = |c: char| match c {
                'a'..='z' => "lower",
                'A'..='Z' => "upper",
                '0'..='9' => "number",
                _ => "punctuation",
            };
            made(&rules, seed).chars().map(kind).collect()
        })
        .collect();
    assert_eq!(orders.len(), 24, "every order of four types comes up, and nothing else");
}

#[test]
fn every_character_is_as_likely_as_every_other() {
    let rules = rules(|rules| {
        rules.length = 4096;
        rules.require_each_included_type = false;
    });
    let mut counts: BTreeMap<char, usize> = BTreeMap::new();
    for seed in 0..100 {
        made(&rules, seed).chars().for_each(|c| *counts.entry(c).or_default() += 1);
    }
    // 409,600 draws of 94 characters: 4,357 each, give or take 66 (one standard deviation).
    assert_eq!(counts.len(), 94);
    assert!(counts.values().all(|count| (4000..4720).contains(count)), "{counts:?}");
}

#[test]
fn rules_that_contradict_each_other_make_nothing() {
    let none = rules(|rules| {
        rules.exclude_lowercase = true;
        rules.exclude_uppercase = true;
        rules.exclude_numbers = true;
        rules.exclude_punctuation = true;
    });
    let no_numbers = rules(|rules| rules.exclude_characters = ('0'..='9').collect());
    let short = rules(|rules| rules.length = 3);
    for (rules, words) in [(none, "no character"), (no_numbers, "leaves no numbers"), (short, "4 types")] {
        assert!(rules.contradiction().unwrap().contains(words));
        assert!(password(&rules, dice(1)).err().unwrap().to_string().contains(words));
    }
    let lax = rules(|rules| {
        rules.length = 1;
        rules.require_each_included_type = false;
    });
    assert_eq!(made(&lax, 1).len(), 1);
}

#[test]
fn the_operating_system_gives_another_value_each_time() {
    let rule = Generate { rules: PasswordRules::default(), json: None, generation: 1 };
    let values: BTreeSet<String> = (0..20).map(|_| generate(&rule).ok().unwrap().reveal().to_owned()).collect();
    assert_eq!(values.len(), 20);
}

#[test]
fn a_template_takes_the_password_in_whatever_characters_it_has() {
    let template =
        |members: Value| Template { members: members.as_object().unwrap().clone(), key: "pass\"word".into() };
    let hard = "\"\\{}\u{1f}/Ümlaut";
    for members in [
        json!({}),
        json!({"username": "shop", "port": 5432, "nested": {"a": [1, {}]}, "brace": "}"}),
        json!({"username": "shop", "zone": {"a": {"b": {}}}}),
        json!({"empty": {}}),
        json!({"list": [{}]}),
        json!({"text": "{}}"}),
    ] {
        let value = merged(Some(&template(members.clone())), hard).ok().unwrap();
        let mut expected = members;
        expected["pass\"word"] = hard.into();
        assert_eq!(serde_json::from_str::<Value>(value.reveal()).unwrap(), expected);
    }
    assert_eq!(merged(None, hard).ok().unwrap().reveal(), hard);
}
