//! What `apply --wait` waits for, says and ends with: holds, waves and slots, `--timeout`, a terminal.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::Duration;

use evenkeel::sandbox::ecs::Behaviour;

use super::ciphertexts::on_a_terminal;
use super::furnishing::change;
use super::{Place, SHOP, code, program, run, shop_with, stderr, stdout};
use crate::support::program::signal;

/// The shop, its web service suspended.
fn suspended(place: &Place) -> String {
    let held = "  suspend: true\n  serviceName: shop-web\n";
    shop_with(place, "manifests", "  serviceName: shop-web\n", held)
}

#[test]
fn what_is_refused_for_good_is_told_once_and_what_needs_it_is_not_waited_for() {
    let place = Place::new("refused");
    let boundary = "  permissionsBoundary: arn:aws:iam::999999999999:policy/NoSuchPolicy\n  roleName: shop-web-exec ";
    let folder = shop_with(&place, "manifests", "  roleName: shop-web-exec ", boundary);
    let output = run(&["apply", "-f", &folder, "--yes", "--speed", "600", &place.sandbox()]);
    let said = stderr(&output);
    assert_eq!(code(&output), 3, "{said}");
    let about = |words: &str| said.lines().filter(|line| line.contains(words)).count();
    assert_eq!(about("error: ExecutionRole/web: iam:CreateRole found nothing"), 1, "{said}");
    assert!(about("iam:CreateRole              shop-web-exec") <= 6, "{said}");
}

#[test]
fn a_rollout_that_was_begun_is_followed_though_another_service_cannot_be_read() {
    let place = Place::new("beside");
    let sandbox = place.sandbox();
    assert_eq!(code(&run(&["apply", "-f", SHOP, &sandbox, "--yes", "--speed", "600"])), 0);
    let folder = shop_with(&place, "manifests", "shop-web:2.0.0", "shop-web:2.0.1");
    let elsewhere = "apiVersion: evenkeel.dev/v1alpha1\nkind: Service\nmetadata: {name: elsewhere}\nspec:\n  \
                     cluster: not-there\n  taskDefinitionRef: {name: web}\n  launchType: FARGATE\n  desiredCount: 1\n  \
                     networkConfiguration: {awsvpcConfiguration: {subnets: [subnet-a], securityGroups: [sg-web]}}\n";
    std::fs::write(place.0.join("manifests/elsewhere.yaml"), elsewhere).unwrap();
    let verb = ["apply", "-f", folder.as_str(), &sandbox, "--yes", "--rollouts-settle", "0s", "--wait"];
    let output = run(&[verb.as_slice(), &["--speed", "600"]].concat());
    let said = stderr(&output);
    assert_eq!(code(&output), 3, "{said}");
    let told = |words: &[&str]| said.lines().any(|line| words.iter().all(|word| line.contains(word)));
    assert!(told(&["Service/web", "shop-web:2 2/2 running"]), "{said}");
    assert!(told(&["failed: Service/elsewhere: it cannot be followed"]), "{said}");
    // Where nothing was begun, nothing is followed.
    let again = run(&[verb.as_slice(), &["--speed", "600"]].concat());
    let said = stderr(&again);
    assert_eq!(code(&again), 3, "{said}");
    assert!(!said.contains("cannot be followed"), "{said}");
}

#[test]
fn a_service_that_was_never_made_is_not_followed_and_what_holds_it_counts() {
    let place = Place::new("unmade");
    let folder = suspended(&place);
    let config = place.0.join("evenkeel.yaml");
    // An envelope that leaves the cluster out.
    let envelope = "envelope: {secretNames: [\"*\"], rolePaths: [\"/\"], clusters: [other]}";
    std::fs::write(
        &config,
        format!("apiVersion: evenkeel.dev/v1alpha1\nkind: Config\ninstallation: default\n{envelope}\n"),
    )
    .unwrap();
    let config = config.display().to_string();
    let verb = ["apply", "--yes", "--rollouts-settle", "0s", "--wait", "--speed", "600"];
    for (name, more, ends, says) in [
        ("suspended", vec!["-f", folder.as_str()], 1, "Suspended"),
        ("in-time", vec!["-f", folder.as_str(), "--timeout", "5m"], 1, "Suspended"),
        ("outside", vec!["-f", SHOP, "--config", config.as_str()], 5, "OutsideEnvelope"),
    ] {
        let place = Place::new(name);
        let sandbox = place.sandbox();
        let output = run(&[verb.as_slice(), &more, &[sandbox.as_str()]].concat());
        let said = stderr(&output) + &super::stdout(&output);
        assert_eq!(code(&output), ends, "{name}: {said}");
        assert!(said.contains(says), "{name}: {said}");
        let web = said.lines().filter(|line| line.contains("Service/web"));
        let followed = web.filter(|line| ["failed", "gone", "in force"].iter().any(|word| line.contains(word)));
        assert_eq!(followed.collect::<Vec<_>>(), Vec::<&str>::new(), "{name}: {said}");
    }
}

/// A shop that runs, and the folder of its next release: the web service's image ends at once, and these texts are others.
fn release(place: &Place, others: &[(&str, &str)]) -> String {
    let settled = ["--rollouts-settle", "0s", "--speed", "600"];
    let first = ["apply", "-f", SHOP, &place.sandbox(), "--yes", "--wait"];
    assert_eq!(code(&run(&[first.as_slice(), &settled].concat())), 0);
    change(place, |world| {
        let image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-web:2.1.0";
        world.surroundings.images.set(image, Behaviour::exiting(7, Duration::from_secs(5)));
    });
    let folder = shop_with(place, "manifests", "shop-web:2.0.0", "shop-web:2.1.0");
    for (text, instead) in [("shop-worker:1.4.2", "shop-worker:1.4.3")].iter().chain(others) {
        let mut changed = false;
        for file in ["web.yaml", "worker.yaml"].map(|file| format!("{folder}/{file}")) {
            let before = std::fs::read_to_string(&file).unwrap();
            changed |= before.contains(text);
            std::fs::write(file, before.replace(text, instead)).unwrap();
        }
        assert!(changed, "the shop has no {text}");
    }
    folder
}

#[test]
fn while_a_wave_waits_the_rollouts_before_it_are_followed_and_the_timeout_runs() {
    let place = Place::new("waves");
    let waves = [
        ("{enable: true, rollback: true}", "{enable: false, rollback: false}"),
        ("  desiredCount: 1\n", "  desiredCount: 1\n  rollout: {wave: 1}\n"),
    ];
    let folder = release(&place, &waves);
    let verb = ["apply", "-f", &folder, &place.sandbox(), "--yes", "--wait", "--timeout", "1m", "--speed", "15"];
    let output = run(&verb);
    let said = stderr(&output);
    assert_eq!(code(&output), 4, "{said}");
    assert!(!said.contains("waiting up to"), "{said}");
    let waiting =
        said.lines().filter(|line| line.starts_with("waiting: Service/worker waits for Service/web of a lower"));
    assert_eq!(waiting.count(), 1, "{said}");
    let rolling = said.lines().filter(|line| line.contains("rolling out") && line.contains("shop-web:2 "));
    assert!(rolling.count() > 0, "{said}");
    let ending =
        said.lines().find(|line| line.starts_with("failed: Service/web: shop-web:2 is still going on")).unwrap();
    // Before, the two minutes of other waits came first.
    let took = ending.split(" after ").nth(1).and_then(|rest| rest.split(':').next()).unwrap();
    assert!(took.starts_with("1m ") || (took.len() == 3 && took.starts_with('5')), "{said}");
    // What waits is not what the manifests want.
    let row = |word: &str| said.lines().any(|line| line.contains(word) && line.contains("shop-worker:1 1/1"));
    assert_eq!((row("  waiting   "), row("  in force ")), (true, false), "{said}");
    // What was not begun is told.
    assert!(stdout(&output).contains("WaitingForWave") || stdout(&output).contains("waits for Service/web"), "{said}");
}

/// The objects of the passes are older than what became of the rollouts.
#[test]
fn the_last_object_says_how_the_rollouts_ended() {
    let waves = ("  desiredCount: 1\n", "  desiredCount: 1\n  rollout: {wave: 1}\n");
    let no_breaker = ("{enable: true, rollback: true}", "{enable: false, rollback: false}");
    let (failed, completed) = (("Service/web", "RolloutFailed"), ("Service/worker", "Completed"));
    let back = ("Service/web", "RolledBack");
    for (name, texts, more, wanted, ended) in [
        ("object", &[][..], &[][..], &[failed][..], &[back, completed][..]),
        ("object-of-waves", &[waves], &[], &[failed, ("Service/worker", "WaitingForWave")], &[back]),
        // It is no hold: nothing else says it.
        ("object-overdue", &[no_breaker], &["--timeout", "3m"], &[], &[("Service/web", "Overdue"), completed]),
    ] {
        let place = Place::new(name);
        let folder = release(&place, texts);
        let verb = ["apply", "-f", &folder, &place.sandbox(), "--yes", "--wait", "-o", "json", "--speed", "30"];
        let output = run(&[verb.as_slice(), more].concat());
        let said = stdout(&output);
        assert_eq!(code(&output), 4, "{said}");
        let objects: Vec<serde_json::Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let schema = include_str!("../../render/plan.schema.json");
        let schema = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
        let wrong = objects.iter().filter_map(|object| schema.validate(object).err().map(|error| error.to_string()));
        assert_eq!(wrong.collect::<Vec<_>>(), Vec::<String>::new(), "{said}");
        let (last, before) = objects.split_last().unwrap();
        assert!(before.iter().all(|object| object.get("rollouts").is_none()), "{said}");
        let pairs = |member: &str, word: &str| -> Vec<(String, String)> {
            let all = last[member].as_array().unwrap_or_else(|| panic!("no {member}: {last:#}")).iter();
            let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
            all.filter_map(|one| Some((text(&one["resource"])?, text(&one[word])?))).collect()
        };
        let owned = |(resource, word): &(&str, &str)| ((*resource).to_owned(), (*word).to_owned());
        let held = pairs("held", "because");
        assert!(wanted.iter().all(|wanted| held.contains(&owned(wanted))), "{held:?}: {last:#}");
        assert_eq!(pairs("rollouts", "state"), ended.iter().map(owned).collect::<Vec<_>>(), "{last:#}");
        let web = &last["rollouts"][0];
        let (revision, cause) = ("shop-web:2", "container web ended with exit code 7");
        assert_eq!((web["revision"].as_str(), web["cause"].as_str()), (Some(revision), Some(cause)), "{web:#}");
        let instead = (name != "object-overdue").then_some("shop-web:1");
        assert_eq!(web.get("instead").and_then(|it| it.as_str()), instead, "{web:#}");
    }
}

#[test]
fn whoever_stops_it_reads_in_the_last_object_how_far_the_rollouts_were() {
    let place = Place::new("object-stopped");
    let folder = release(&place, &[]);
    let mut command = program(&["apply", "-f", &folder, &place.sandbox(), "--yes", "--wait", "-o", "json"]);
    let mut child = command.args(["--speed", "5"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(told.any(|line| line.contains("rolling out") && line.contains("Service/web")));
    signal(&child, "-INT");
    let rest: Vec<String> = told.collect();
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 130, "{rest:#?}");
    let said = stdout(&output);
    let last: serde_json::Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    let web = &last["rollouts"][0];
    assert_eq!((&web["resource"], &web["state"]), (&"Service/web".into(), &"Rolling".into()), "{last:#}");
}

#[test]
fn converged_is_said_where_rollouts_ended_well_and_nowhere_before() {
    let place = Place::new("converged");
    let verb = ["apply", &place.sandbox(), "--yes", "--wait", "--rollouts-settle", "0s", "--speed", "600", "-f", SHOP];
    for _ in 0..2 {
        let output = run(&verb);
        let said = stderr(&output);
        assert_eq!(code(&output), 0, "{said}");
        let lines = |words: &str| -> Vec<usize> {
            said.lines().enumerate().filter(|(_, line)| line.contains(words)).map(|(at, _)| at).collect()
        };
        let (told, followed) = (lines("converged, after "), lines("Service/web              shop-web:1 2/2 running"));
        assert_eq!((told.len(), followed.is_empty()), (1, false), "{said}");
        assert!(followed.iter().all(|followed| *followed < told[0]), "{said}");
    }
    let place = Place::new("not-converged");
    let folder = release(&place, &[]);
    let output = run(&["apply", "-f", &folder, &place.sandbox(), "--yes", "--wait", "--speed", "30"]);
    assert_eq!((code(&output), stderr(&output).contains("converged")), (4, false), "{}", stderr(&output));
}

#[test]
fn nothing_is_begun_after_the_time_that_timeout_sets_within_a_pass_either() {
    let place = Place::new("pass");
    // Nothing has to wait for another pass: only the time keeps the first one from doing all of it.
    let verb = ["apply", "-f", SHOP, &place.sandbox(), "--yes", "--wait", "--timeout", "1s", "--rollouts-settle", "0s"];
    let output = run(&[verb.as_slice(), &["--speed", "6000"]].concat());
    let said = stderr(&output);
    assert_eq!(code(&output), 1, "{said}");
    assert_eq!(said.matches("the time that --timeout sets is over before what waits can begin").count(), 1, "{said}");
    // It ends with the first calls, or before them where the machine is slow; what needs them is left.
    assert!(!said.contains("ecs:CreateService"), "{said}");
    assert!(!said.contains("in force") && stdout(&output).contains("+ Service/web"), "{said}");
}

#[test]
fn a_slot_that_a_failed_rollout_leaves_is_taken_and_each_has_its_end() {
    let place = Place::new("slots");
    let folder = release(&place, &[]);
    let verb = ["apply", "-f", &folder, &place.sandbox(), "--yes", "--wait", "--rollouts-max-concurrent", "1"];
    let output = run(&[verb.as_slice(), &["--speed", "30"]].concat());
    let said = stderr(&output);
    assert_eq!(code(&output), 4, "{said}");
    let line = |words: &[&str]| {
        let all: Vec<usize> = (said.lines().enumerate())
            .filter(|(_, line)| words.iter().all(|word| line.contains(word)))
            .map(|(at, _)| at)
            .collect();
        assert_eq!(all.len(), 1, "{words:?}: {said}");
        all[0]
    };
    let stopped = said.lines().filter(|line| line.contains("task stopped") && line.contains("Service/web")).count();
    assert!(stopped > 0, "{said}");
    let back = line(&["rolled back", "  Service/web"]);
    assert!(line(&["done", "Service/worker", "ecs:UpdateService"]) > back, "{said}");
    assert!(line(&["completed", "Service/worker", "shop-worker:2"]) > back, "{said}");
    assert!(line(&["failed: Service/web: shop-web:2 was rolled back to shop-web:1"]) > back, "{said}");
    assert!(!said.lines().any(|line| line.contains("in force") && line.contains("Service/web")), "{said}");
}

#[test]
fn on_a_terminal_the_table_stays_with_the_end_of_each_rollout_and_a_log_takes_its_place() {
    for (name, more, is_drawn) in [("drawn", &[][..], true), ("logged", &["-v"], false)] {
        let place = Place::new(name);
        let folder = release(&place, &[]);
        let verb = ["apply", "-f", &folder, &place.sandbox(), "--yes", "--wait", "--speed", "30"];
        let output = on_a_terminal(None, &[verb.as_slice(), &["--no-color"], more].concat());
        let said = stdout(&output);
        assert_eq!(code(&output), 4, "{said}");
        let (hidden, shown) = (said.rfind("\u{1b}[?25l"), said.rfind("\u{1b}[?25h"));
        assert_eq!((hidden.is_some(), shown > hidden), (is_drawn, is_drawn), "{said:?}");
        let (head, ends) = ("rollouts: 2 of 2 over", ["shop-web:2     rolled back", "shop-worker:2  completed"]);
        if let Some(hidden) = hidden {
            let table = &said[hidden..];
            assert!(table.contains(head) && ends.iter().all(|end| table.contains(end)), "{table}");
        } else {
            assert!(!said.contains("rollouts: "), "{said}");
        }
        assert!(said.contains("cause: container web ended with exit code 7"), "{said}");
    }
}
