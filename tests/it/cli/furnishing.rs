//! A new sandbox is furnished with what manifests take for granted, to the end and once.

use evenkeel::sandbox::{Furnished, Millis, Sandbox, World, stopped_clock};
use serde_json::json;

use super::{Place, SHOP, code, run, shop_with, stderr, stdout};

#[test]
fn only_a_new_sandbox_is_furnished_so_that_what_is_misspelt_later_is_found() {
    let place = Place::new("furnish");
    let sandbox = place.sandbox();
    let output = run(&["apply", "-f", SHOP, &sandbox, "--yes", "--rollouts-settle", "0s"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let furnished = "furnished with the cluster shop and the secret shop/db\n";
    assert!(stderr(&output).contains(furnished), "{}", stderr(&output));
    let late = place.0.join("late.yaml");
    let secret = "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {name: late}\nspec: {}\n";
    std::fs::write(&late, secret).unwrap();
    let late = late.display().to_string();
    for _ in 0..2 {
        let output = run(&["diff", "-f", SHOP, "-f", &late, &sandbox]);
        assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
        assert!(stdout(&output).contains("= Secret/late              held: SecretUnusable"), "{}", stdout(&output));
        assert!(stderr(&output).contains("lacks the secret late, and only a new one"), "{}", stderr(&output));
        assert!(stderr(&output).contains("or begin anew with --sandbox=FILE"), "{}", stderr(&output));
    }
    let misspelt = shop_with(&place, "misspelt", "cluster: shop", "cluster: shpo");
    let output = run(&["diff", "-f", &misspelt, &sandbox]);
    assert_eq!(code(&output), 3, "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("the cluster shpo does not exist"), "{}", stdout(&output));
    assert!(stderr(&output).contains("lacks the cluster shpo, and only a new one"), "{}", stderr(&output));
}

/// Two secrets that someone else makes.
const EXTERNAL: &str = "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {name: one}\nspec: {}\n---\n\
                        apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {name: two}\nspec: {}\n";

fn written(place: &Place, name: &str, text: &str) -> String {
    let path = place.0.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// The sandbox of a place, a new one where there is none.
fn opened(place: &Place) -> Sandbox {
    let start = Millis(1_767_225_600_000);
    let world = || World::new("123456789012", "eu-west-1", 1, start);
    Sandbox::open(&place.0.join("state.json"), stopped_clock(start), world).unwrap()
}

/// Changes it, as nobody can from outside.
pub(super) fn change(place: &Place, change: impl FnOnce(&mut World)) {
    let sandbox = opened(place);
    sandbox.with_world(change);
    sandbox.save().unwrap();
}

#[test]
fn a_sandbox_in_which_one_thing_was_made_is_in_use() {
    let place = Place::new("in-use");
    let sandbox = place.sandbox();
    let definition = "apiVersion: evenkeel.dev/v1alpha1\nkind: TaskDefinition\nmetadata: {name: web}\nspec:\n  \
                      containerDefinitions: [{name: web, image: 'web:1', memory: 128}]\n";
    let definition = written(&place, "web.yaml", definition);
    // A look that finds nothing lacking furnishes nothing: it is as new as it was.
    assert_eq!(code(&run(&["diff", "-f", &definition, &sandbox])), 1);
    let external = written(&place, "external.yaml", EXTERNAL);
    let copy = place.0.join("copy.json");
    std::fs::copy(place.0.join("state.json"), &copy).unwrap();
    let first = run(&["diff", "-f", &external, &format!("--sandbox={}", copy.display())]);
    assert!(stderr(&first).contains("furnished with the secrets one, two\n"), "{}", stderr(&first));
    let applied = run(&["apply", "-f", &definition, &sandbox, "--yes"]);
    assert_eq!(code(&applied), 0, "{}{}", stdout(&applied), stderr(&applied));
    let later = run(&["diff", "-f", &definition, "-f", &external, &sandbox]);
    assert!(stderr(&later).contains("lacks the secrets one, two, and only a new one"), "{}", stderr(&later));
}

#[test]
fn a_sandbox_whose_furnishing_was_stopped_is_furnished_to_the_end_and_no_further() {
    let place = Place::new("stopped");
    let room_for = |secrets| change(&place, |world| world.quotas.secrets = secrets);
    let sandbox = place.sandbox();
    let external = written(&place, "external.yaml", EXTERNAL);
    room_for(1);
    let stopped = run(&["diff", "-f", &external, &sandbox]);
    assert_eq!(code(&stopped), 3, "{}{}", stdout(&stopped), stderr(&stopped));
    assert!(
        stderr(&stopped).contains("the sandbox refuses CreateSecret of two: LimitExceeded"),
        "{}",
        stderr(&stopped)
    );
    let left = opened(&place).with_world(|world| (world.furnished, world.secrets.all().len()));
    assert_eq!(left, (Furnished::Begun, 1));
    room_for(1000);
    let rest = run(&["diff", "-f", &external, &sandbox]);
    assert_eq!(code(&rest), 0, "{}{}", stdout(&rest), stderr(&rest));
    assert!(stderr(&rest).contains("furnished with the secret two\n"), "{}", stderr(&rest));
    let third = written(&place, "third.yaml", &EXTERNAL.replace("name: one", "name: three"));
    let later = run(&["diff", "-f", &third, &sandbox]);
    assert!(stderr(&later).contains("lacks the secret three, and only a new one"), "{}", stderr(&later));
}

#[test]
fn the_secret_of_a_service_is_there_as_that_service_makes_it() {
    let place = Place::new("owned");
    let sandbox = place.sandbox();
    let secret =
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {name: db}\nspec: {secretName: rds!cluster-1}\n";
    let secret = written(&place, "secret.yaml", secret);
    let first = run(&["diff", "-f", &secret, &sandbox]);
    assert_eq!(code(&first), 0, "{}{}", stdout(&first), stderr(&first));
    assert!(stderr(&first).contains("furnished with the secret rds!cluster-1\n"), "{}", stderr(&first));
    let second = run(&["diff", "-f", &secret, &sandbox]);
    assert_eq!((code(&second), stderr(&second).contains("furnished")), (0, false), "{}", stderr(&second));
    let owner = opened(&place).with_world(|world| world.secrets.get("rds!cluster-1").unwrap().owning_service.clone());
    assert_eq!(owner.as_deref(), Some("rds"));
}

#[test]
fn a_state_file_of_an_older_form_is_refused_and_left_alone() {
    let place = Place::new("older");
    let state = place.0.join("state.json");
    let text = json!({"format": 1, "world": {}}).to_string();
    std::fs::write(&state, &text).unwrap();
    let refused = run(&["diff", "-f", SHOP, &place.sandbox()]);
    assert_eq!(code(&refused), 3, "{}", stderr(&refused));
    assert!(
        stderr(&refused).contains("holds a sandbox of format 1; this version reads format 2"),
        "{}",
        stderr(&refused)
    );
    assert!(stderr(&refused).contains("help: delete it to begin anew, or name another file"), "{}", stderr(&refused));
    assert_eq!(std::fs::read_to_string(&state).unwrap(), text);
}

#[test]
fn what_the_sandbox_refuses_to_be_furnished_with_is_not_the_fault_of_its_file() {
    let place = Place::new("refused");
    change(&place, |world| world.quotas.secrets = 1);
    let external = written(&place, "external.yaml", EXTERNAL);
    let refused = run(&["diff", "-f", &external, &place.sandbox()]);
    let said = stderr(&refused);
    assert_eq!(code(&refused), 3, "{said}");
    let words =
        "could not make what the manifests take for granted: the sandbox refuses CreateSecret of two: LimitExceeded";
    assert!(said.contains(words) && !said.contains("state file"), "{said}");
    assert!(said.contains("help: leave it out of the manifests, or make it there yourself"), "{said}");
}

#[test]
fn an_image_of_the_account_is_there_by_every_name_of_its_registry() {
    let place = Place::new("images");
    let sandbox = place.sandbox();
    for (index, host) in
        ["dkr.ecr.eu-west-1.amazonaws.com", "dkr.ecr-fips.eu-west-1.amazonaws.com", "dkr-ecr.eu-west-1.on.aws"]
            .into_iter()
            .enumerate()
    {
        let definition = format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: TaskDefinition\nmetadata: {{name: web}}\nspec:\n  \
             executionRoleArn: 'arn:aws:iam::123456789012:role/web'\n  \
             containerDefinitions: [{{name: web, image: '123456789012.{host}/shop/web{index}:1', memory: 128}}]\n"
        );
        let definition = written(&place, "web.yaml", &definition);
        let checked = run(&["check", "--aws", "-f", &definition, &sandbox]);
        let text = stdout(&checked);
        assert!(text.contains("RoleMissing") && !text.contains("ImageMissing"), "{host}: {text}{}", stderr(&checked));
    }
}

#[test]
fn a_secret_that_the_caller_may_not_see_is_not_lacking() {
    let place = Place::new("unseen");
    let sandbox = place.sandbox();
    let external = written(&place, "external.yaml", EXTERNAL);
    assert_eq!(code(&run(&["diff", "-f", &external, &sandbox])), 0);
    change(&place, |world| world.caller = Some("nobody".into()));
    let unseen = run(&["diff", "-f", &external, &sandbox]);
    let told = format!("{}{}", stdout(&unseen), stderr(&unseen));
    assert_eq!(code(&unseen), 3, "{told}");
    assert!(told.contains("secretsmanager:DescribeSecret is not allowed") && !told.contains("lacks"), "{told}");
}

#[test]
fn keys_boundaries_and_policies_that_manifests_name_are_there() {
    let place = Place::new("presumed");
    let sandbox = place.sandbox();
    let text = "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {name: db}\n\
                spec: {kmsKeyId: alias/orders, value: {generate: {length: 32}}}\n---\n\
                apiVersion: evenkeel.dev/v1alpha1\nkind: ExecutionRole\nmetadata: {name: web}\nspec:\n  \
                permissionsBoundary: arn:aws:iam::123456789012:policy/teams/boundary\n  \
                managedPolicyArns: ['arn:aws:iam::123456789012:policy/tracing']\n---\n\
                apiVersion: evenkeel.dev/v1alpha1\nkind: TaskDefinition\nmetadata: {name: web}\nspec:\n  \
                executionRoleRef: {name: web}\n  containerDefinitions:\n    - {name: web, image: 'web:1', memory: 128, \
                secrets: {PASSWORD: {secretRef: {name: db}}}}\n";
    let manifests = written(&place, "all.yaml", text);
    let applied = run(&["apply", "-f", &manifests, &sandbox, "--yes", "--rollouts-settle", "0s"]);
    assert_eq!(code(&applied), 0, "{}{}", stdout(&applied), stderr(&applied));
    let checked = run(&["check", "--aws", "-f", &manifests, &sandbox]);
    let (ends, told) = (code(&checked), stdout(&checked));
    assert!(ends == 0 && told.starts_with("no problems\n"), "{told}{}", stderr(&checked));
    let keys = opened(&place).with_world(|world| world.kms.keys().len());
    assert_eq!(keys, 1, "once, however often it is named");
}

#[test]
fn a_quota_that_is_used_up_is_no_mistake_of_the_manifest() {
    let place = Place::new("quota");
    change(&place, |world| world.quotas.roles = 0);
    let output = run(&["apply", "-f", SHOP, &place.sandbox(), "--yes", "--rollouts-settle", "0s"]);
    assert_eq!(code(&output), 3, "{}{}", stdout(&output), stderr(&output));
    let told = format!("{}{}", stdout(&output), stderr(&output));
    assert!(told.contains("iam:CreateRole was refused") && told.contains("ask for a higher quota"), "{told}");
    assert!(!told.contains("correct the manifest"), "{told}");
}

#[test]
fn policies_of_awss_own_that_manifests_name_are_there_and_nothing_is_said_of_what_they_allow() {
    let place = Place::new("policies-of-aws");
    let sandbox = place.sandbox();
    let (attached, bound) =
        ("arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess", "arn:aws:iam::aws:policy/job-function/Any");
    let text = format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: ExecutionRole\nmetadata: {{name: web}}\nspec:\n  \
         permissionsBoundary: {bound}\n  managedPolicyArns: ['{attached}']\n---\n\
         apiVersion: evenkeel.dev/v1alpha1\nkind: TaskDefinition\nmetadata: {{name: web}}\nspec:\n  \
         executionRoleRef: {{name: web}}\n  containerDefinitions: [{{name: web, image: 'web:1', memory: 128}}]\n"
    );
    let manifests = written(&place, "all.yaml", &text);
    let applied = run(&["apply", "-f", &manifests, &sandbox, "--yes", "--rollouts-settle", "0s"]);
    assert_eq!(code(&applied), 0, "{}{}", stdout(&applied), stderr(&applied));
    opened(&place).with_world(|world| {
        let role = world.iam.role("web").unwrap();
        assert!(role.attached.contains(attached) && role.boundary.as_deref() == Some(bound), "{role:?}");
        let policy = &world.iam.policies()[attached];
        assert_eq!((policy.name.as_str(), policy.path.as_str()), ("AmazonSSMReadOnlyAccess", "/"));
        // What needs no permission at all.
        assert!(policy.document.contains(r#""Action":"sts:GetCallerIdentity""#), "{}", policy.document);
        assert_eq!(world.iam.policies()[bound].path, "/job-function/");
    });
    let quiet = run(&["diff", "-f", &manifests, &sandbox]);
    assert_eq!(code(&quiet), 0, "{}{}", stdout(&quiet), stderr(&quiet));
}
