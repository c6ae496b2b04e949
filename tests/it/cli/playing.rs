//! How a sandbox is played: faster than real time, and with faults.

use std::collections::BTreeSet;

use super::{Place, SHOP, code, run, stderr, stdout};

#[test]
#[expect(clippy::disallowed_methods, reason = "real time is what is measured")]
fn a_fast_sandbox_finishes_its_rollouts_at_once_and_goes_on_from_where_it_was() {
    let place = Place::new("fast");
    let sandbox = place.sandbox();
    let apply = ["apply", "-f", SHOP, &sandbox, "--yes", "--wait", "--speed", "600"];
    let begun = std::time::Instant::now();
    let applied = run(&apply);
    assert_eq!(code(&applied), 0, "{}", stderr(&applied));
    assert!(begun.elapsed().as_secs() < 30, "rollouts of minutes took {:?}", begun.elapsed());
    let looked = run(&["get", "-f", SHOP, &sandbox]);
    assert_eq!(code(&looked), 0, "what was followed to its end is over for the next one too: {}", stdout(&looked));
    // The world is now ahead of real time; a clock behind it would stand still, and nothing would ever be done.
    let released = place.0.join("shop");
    std::fs::create_dir_all(&released).unwrap();
    for file in ["database.yaml", "web.yaml", "worker.yaml"] {
        let text = std::fs::read_to_string(std::path::Path::new(SHOP).join(file)).unwrap();
        std::fs::write(released.join(file), text.replace("shop-web:2.0.0", "shop-web:2.1.0")).unwrap();
    }
    let released = released.display().to_string();
    let again = run(&["apply", "-f", &released, &sandbox, "--yes", "--wait", "--speed", "600"]);
    assert_eq!(code(&again), 0, "{}", stderr(&again));
    assert_eq!(stdout(&run(&["diff", "-f", &released, &sandbox])), "");
}

#[test]
fn chaos_of_a_seed_is_told_is_the_same_again_and_does_no_harm() {
    let faults = |name: &str, seed: &str| {
        let place = Place::new(name);
        let sandbox = place.sandbox();
        let mut told = Vec::new();
        for _ in 0..6 {
            let apply = ["apply", "-f", SHOP, &sandbox, "--yes", "--wait", "--speed", "600", "--chaos", seed];
            let applied = run(&apply);
            let lines = stderr(&applied);
            told.push(lines.lines().filter_map(|line| line.strip_prefix("chaos: ")).map(str::to_owned).collect());
            if code(&applied) == 0 {
                let diff = run(&["diff", "-f", SHOP, &sandbox]);
                assert_eq!((code(&diff), stdout(&diff).as_str()), (0, ""), "{}", stderr(&diff));
                return told;
            }
        }
        panic!("it never got through: {told:#?}");
    };
    let first: Vec<BTreeSet<String>> = faults("chaos-1", "11");
    assert!(first[0].len() > 3, "{first:?}");
    // The first calls are the same, so their faults are; later ones depend on how far real time let it get.
    let again = faults("chaos-2", "11");
    let other = faults("chaos-3", "4");
    assert!(first[0].intersection(&again[0]).count() * 2 > first[0].len(), "{first:?} {again:?}");
    assert_ne!(first[0], other[0]);
}

#[test]
fn of_a_connection_that_a_sandbox_does_not_have_the_sdk_says_nothing() {
    let place = Place::new("chaos-words");
    let looked = run(&["diff", "-f", SHOP, &place.sandbox(), "--chaos", "135"]);
    let lines = stderr(&looked);
    assert!(lines.contains("chaos: ") && !lines.contains("aws_smithy"), "{lines}");
}

#[test]
fn speed_and_chaos_are_for_sandboxes_only() {
    for option in [["--speed", "2"], ["--chaos", "1"]] {
        let refused = run(&["diff", "-f", SHOP, option[0], option[1]]);
        assert_eq!(code(&refused), 2, "{}", stderr(&refused));
        assert!(stderr(&refused).contains(&format!("{} is for a sandbox", option[0])), "{}", stderr(&refused));
    }
}
