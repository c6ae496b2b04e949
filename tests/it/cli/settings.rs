//! Settings and what becomes of wrong ones: flags, variables, the file; the folder; the log.

use super::{Place, SHOP, code, program, run, stderr, stdout};

#[test]
fn of_two_sets_in_one_folder_the_folders_are_named() {
    let output = run(&["check", "-f", "deploy/examples", "-o", "json"]);
    assert_eq!(code(&output), 2);
    let hint = "where deploy/examples/rds-web/manifests and deploy/examples/shop are sets of their own, name one of them alone";
    assert!(stdout(&output).contains(hint), "{}", stdout(&output));
}

#[test]
fn a_file_that_is_named_twice_is_one_file() {
    let place = Place::new("twice");
    let (folder, file) = (place.0.display().to_string(), place.0.join("db.yaml").display().to_string());
    std::fs::write(&file, "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {name: db}\nspec: {}\n").unwrap();
    let other = format!("{folder}/./");
    for files in [["-f", &file, "-f", &file], ["-f", &folder, "-f", &file], ["-f", &file, "-f", &other]] {
        let checked = run(&[&["check"], &files[..]].concat());
        assert_eq!((code(&checked), stdout(&checked).as_str()), (0, "no problems\n"), "{files:?}");
    }
    // Two names in one folder are two manifests, as they are for the daemon.
    std::os::unix::fs::symlink("db.yaml", place.0.join("link.yaml")).unwrap();
    let checked = run(&["check", "-f", &folder]);
    assert_eq!(code(&checked), 2);
    assert!(stdout(&checked).contains("Secret/db is written twice"), "{}", stdout(&checked));
}

#[test]
fn an_empty_file_among_manifests_is_a_mistake_and_one_with_a_comment_is_none() {
    let place = Place::new("empty-file");
    let folder = place.0.display().to_string();
    std::fs::write(
        place.0.join("a.yaml"),
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {name: a}\nspec: {}\n",
    )
    .unwrap();
    std::fs::write(place.0.join("b.yaml"), "# nothing yet\n").unwrap();
    assert_eq!(code(&run(&["check", "-f", &folder])), 0);
    std::fs::write(place.0.join("b.yaml"), "\n").unwrap();
    let checked = run(&["check", "-f", &folder]);
    assert_eq!(code(&checked), 2);
    let told = stdout(&checked);
    assert!(told.contains("the file is empty") && told.contains("b.yaml"), "{told}");
}

#[test]
fn a_configuration_says_what_to_do_about_what_is_wrong_with_it_as_a_whole() {
    let place = Place::new("config-whole");
    let config = place.0.join("evenkeel.yaml").display().to_string();
    let head = "apiVersion: evenkeel.dev/v1alpha1\nkind: Config\ninstallation: a\n";
    for (text, words) in [
        (String::new(), "help: keep one, with `kind: Config`"),
        (format!("{head}---\n{head}"), "help: keep one, with `kind: Config`"),
        (format!("{head}source: {{}}\n"), "help: write one of them"),
        (format!("{head}source: {{git: {{url: nothing}}}}\n"), "source.git.url: the address of a repository"),
        (format!("{head}http: {{listen: \"127.0.0.1:99999\"}}\n"), "`listen` takes ADDRESS:PORT"),
        (format!("{head}http: {{listen: \"999.0.0.1:8080\"}}\n"), "http.listen: `999.0.0.1:8080`"),
    ] {
        std::fs::write(&config, &text).unwrap();
        let refused = run(&["check", "-f", SHOP, "--config", &config]);
        assert_eq!(code(&refused), 2, "{text}");
        assert!(stderr(&refused).contains(words), "{}", stderr(&refused));
    }
}

#[test]
fn what_is_wrong_with_a_configuration_comes_in_the_order_of_its_lines() {
    let place = Place::new("config-order");
    let config = place.0.join("evenkeel.yaml").display().to_string();
    let text = "apiVersion: evenkeel.dev/v1alpha1\nkind: Config\ninstallation: a\nnope: 1\naws: {region: nowhere}\n\
                rollouts: {settle: 15}\nlimits: {scale: -1}\n";
    std::fs::write(&config, text).unwrap();
    let refused = stderr(&run(&["check", "-f", SHOP, "--config", &config]));
    let lines: Vec<&str> =
        refused.lines().filter_map(|line| line.split_once("evenkeel.yaml:")).map(|at| at.1).collect();
    assert_eq!(lines, ["4:1]", "5:15]", "6:20]", "7:17]"], "{refused}");
}

#[test]
fn a_wrong_flag_is_found_like_a_wrong_key_of_the_file() {
    let place = Place::new("wrong-flags");
    let sandbox = place.sandbox();
    for (flag, text) in [
        ("--installation", "no good name!"),
        ("--installation", ""),
        ("--rollouts-max-concurrent", "0"),
        ("--rollouts-max-concurrent", "several"),
        ("--limits-scale", "-1"),
        ("--limits-scale", "NaN"),
        ("--limits-scale", "inf"),
        ("--limits-bulk-roles", "perhaps"),
        ("--rollouts-settle", "soon"),
        ("--source-git-path", "clusters"),
    ] {
        let output = run(&["diff", "-f", SHOP, &sandbox, &format!("{flag}={text}")]);
        assert_eq!(code(&output), 2, "{flag}={text}: {}", stderr(&output));
        let variable = flag.trim_start_matches('-').replace('-', "_").to_uppercase();
        let named = format!("{flag} (EVENKEEL_{variable})");
        assert!(stderr(&output).contains(&named), "{flag}={text}: {}", stderr(&output));
    }
}

#[test]
fn a_wrong_variable_is_named_and_an_empty_one_is_absent() {
    let place = Place::new("wrong-variables");
    let arguments = ["diff", "-f", SHOP, &place.sandbox(), "-o", "json"];
    let wrong = program(&arguments).env("EVENKEEL_ROLLOUTS_MAX_CONCURRENT", "0").output().unwrap();
    assert_eq!(code(&wrong), 2);
    assert!(stderr(&wrong).contains("EVENKEEL_ROLLOUTS_MAX_CONCURRENT"), "{}", stderr(&wrong));
    let empty = program(&arguments).env("EVENKEEL_INSTALLATION", "").env("EVENKEEL_LIMITS_SCALE", "").output().unwrap();
    assert_eq!(code(&empty), 1, "{}", stderr(&empty));
    assert!(stdout(&empty).contains(r#""installation":"default""#), "{}", stdout(&empty));
}

#[test]
fn flags_of_several_keys_and_lists_reach_the_configuration() {
    let place = Place::new("flag-lists");
    let sandbox = place.sandbox();
    let allowed = ["--envelope-clusters=other, shop", "--envelope-secret-names=*", "--envelope-role-paths=/"];
    let both: Vec<&str> = ["diff", "-f", SHOP, &sandbox].into_iter().chain(allowed).collect();
    let output = run(&both);
    assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
    let output = run(&["diff", "-f", SHOP, &sandbox, "--envelope-clusters=other"]);
    assert_eq!(code(&output), 5, "{}{}", stdout(&output), stderr(&output));
}

#[test]
fn an_envelope_without_content_is_an_error_and_not_no_envelope() {
    let place = Place::new("null-envelope");
    let config = place.0.join("evenkeel.yaml");
    let head = "apiVersion: evenkeel.dev/v1alpha1\nkind: Config\ninstallation: prod\n";
    for (body, message) in [
        ("envelope:\n", "`envelope` is empty: remove the key, or write `{}` to forbid everything"),
        ("rollouts: {settle: }\n", "`settle` is empty: remove the key, or give it a value"),
    ] {
        std::fs::write(&config, format!("{head}{body}")).unwrap();
        let output = run(&["diff", "-f", SHOP, &place.sandbox(), "--config", &config.display().to_string()]);
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains(message), "{}", stderr(&output));
    }
    std::fs::write(&config, format!("{head}envelope: {{}}\n")).unwrap();
    let output = run(&["diff", "-f", SHOP, &place.sandbox(), "--config", &config.display().to_string()]);
    assert_eq!(code(&output), 5, "{}", stderr(&output));
}

#[test]
fn what_happens_is_logged_and_on_request_every_call() {
    let place = Place::new("log");
    let arguments = ["diff", "-f", SHOP, &place.sandbox()];
    let quiet = run(&arguments);
    assert!(!stderr(&quiet).contains("looked"), "{}", stderr(&quiet));
    let more: Vec<&str> = arguments.into_iter().chain(["-v"]).collect();
    let more = stderr(&run(&more));
    assert!(more.contains("looked") && more.contains("calls="), "{more}");
    assert!(!more.contains("ecs:DescribeServices"), "{more}");
    let all: Vec<&str> = arguments.into_iter().chain(["-vv"]).collect();
    let all = stderr(&run(&all));
    let call = all.lines().find(|line| line.contains(r#"operation="ecs:DescribeServices""#)).expect("a line a call");
    assert!(call.contains("status=200") && call.contains("milliseconds=") && call.contains("request="), "{call}");
    let asked = program(&arguments).env("EVENKEEL_LOG", "evenkeel=loudly").output().unwrap();
    assert_eq!(code(&asked), 1);
    assert!(stderr(&asked).contains("EVENKEEL_LOG is left aside"), "{}", stderr(&asked));
}

#[test]
fn wrong_settings_end_with_2_and_claim_nothing_about_effects() {
    let variables = [("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")];
    let asked = |extra: &[(&str, &str)], without: &str| {
        let mut program = program(&["diff", "-f", SHOP]);
        let kept = variables.iter().filter(|(name, _)| *name != without);
        let set = kept.chain(extra).chain([&("AWS_EC2_METADATA_DISABLED", "true")]).copied();
        program.envs(set).output().unwrap()
    };
    let plain = asked(&[("AWS_ENDPOINT_URL", "http://203.0.113.1")], "");
    assert_eq!(code(&plain), 2, "{}", stderr(&plain));
    assert!(stderr(&plain).contains("plain text") && !stderr(&plain).contains("its effect"), "{}", stderr(&plain));
    let nowhere = asked(&[], "AWS_REGION");
    assert_eq!(code(&nowhere), 2, "{}", stderr(&nowhere));
    let leaky = asked(&[("LOG_SENSITIVE_BODIES", "1")], "");
    assert_eq!(code(&leaky), 2, "{}", stderr(&leaky));
}

#[test]
fn the_manual_page_has_every_verbs_options_and_every_key_with_its_meaning() {
    let page = stdout(&run(&["man"]));
    for option in ["only", "keep\\-going", "speed", "wait", "crd", "sandbox", "rollouts\\-max\\-concurrent"] {
        assert!(page.contains(&format!("\\-\\-{option}")), "{option}: {page}");
    }
    assert!(page.contains("How many services are redeployed at once"), "{page}");
    assert_eq!(page.matches("How many services are redeployed at once").count(), 1);
    assert_eq!(page.matches(".TH ").count(), 1);
}

#[test]
fn what_is_mistyped_is_refused_with_what_is_meant() {
    for (typed, tip) in [
        (["diff", SHOP].as_slice(), "tip: manifests are named with '-f': '-f deploy/examples/shop'"),
        (&["diff", "-f", SHOP, "--sandbox", "state.json"], "'--sandbox=state.json'"),
        (&["diff", "-f", SHOP, "--only", "service/web"], "`service/web` is no KIND/NAME (did you mean Service/web?)"),
        (&["explain", "-f", SHOP, "Servce/web"], "(did you mean Service/web?)"),
        (&["explain", "-f", SHOP, "web"], "`web` is no KIND/NAME such as Service/web"),
        (&["get", "-f", SHOP, "services"], "`services` is no kind (did you mean Service?)"),
        (&["get", "-f", SHOP, "secrets/shop-db"], "(did you mean Secret/shop-db?)"),
        (&["schema", "taskdefinition"], "did you mean TaskDefinition?"),
        (&["schema", "Pod"], ": Secret, ExecutionRole, TaskDefinition, Service or Config"),
        (&["adopt", "-f", SHOP], "<KIND/NAME|--all>"),
        (&["init", "service"], "<CLUSTER/NAME|--all <CLUSTER>>"),
    ] {
        let output = run(typed);
        assert_eq!(code(&output), 2, "{typed:?}");
        assert!(stderr(&output).contains(tip), "{typed:?}: {}", stderr(&output));
    }
    assert!(!stderr(&run(&["demo", "shop"])).contains("tip:"), "the demo reads no manifests");
}

#[test]
fn the_configuration_belongs_to_the_verbs_that_use_it() {
    for verb in ["demo", "man", "completions"] {
        let help = stdout(&run(&[verb, "--help"]));
        assert!(!help.contains("--rollouts-settle"), "{verb}: {help}");
    }
    assert!(stdout(&run(&["apply", "--help"])).contains("--rollouts-settle"));
    for arguments in [&["demo", "--config", "/nonexistent"] as &[_], &["check", "-f", SHOP, "--config", "/nonexistent"]]
    {
        assert_eq!(code(&run(arguments)), 2, "{arguments:?}");
    }
    let place = Place::new("check-config");
    let config = place.0.join("evenkeel.yaml");
    std::fs::write(&config, "apiVersion: evenkeel.dev/v1alpha1\nkind: Config\ninstalation: prod\n").unwrap();
    let output = run(&["check", "-f", SHOP, "--config", &config.display().to_string()]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("did you mean `installation`?"), "{}", stderr(&output));
}

#[test]
fn a_folder_without_manifests_is_a_mistake() {
    let place = Place::new("empty");
    std::fs::create_dir_all(place.0.join("folder/inner")).unwrap();
    std::fs::write(place.0.join("folder/notes.txt"), "none").unwrap();
    let folder = place.0.join("folder").display().to_string();
    let sandbox = place.sandbox();
    for arguments in [&["check", "-f", &folder] as &[&str], &["diff", "-f", SHOP, "-f", &folder, &sandbox]] {
        let output = run(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(stderr(&output).contains("no manifests in"), "{}", stderr(&output));
    }
}
