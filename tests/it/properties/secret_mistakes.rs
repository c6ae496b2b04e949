//! Mistakes in the settings of a secret: each is found where it stands, all at once, and nothing of a policy is repeated.

use evenkeel::manifest::{SourceFile, load};
use evenkeel::model::id::Installation;

/// What is wrong with a secret of these fields: line and message.
fn wrong(fields: &str) -> Vec<String> {
    let text = format!("apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {{name: db}}\nspec:\n{fields}");
    let loaded = load(Installation::new("test"), &[SourceFile { name: "db.yaml".into(), text }]);
    loaded.checked.found.iter().map(|found| format!("{}: {}", found.span.line, found.message)).collect()
}

const LAMBDA: &str = "\"arn:aws:lambda:eu-west-1:123456789012:function:rotate\"";

#[test]
fn rotation_that_cannot_be_is_refused_where_it_stands() {
    let rotation = |rest: &str| wrong(&format!("  rotation:\n    lambdaArn: {LAMBDA}\n    {rest}\n"));
    assert_eq!(wrong("  rotation: {}\n"), Vec::<String>::new());
    assert_eq!(rotation("schedule: rate(30 days)"), Vec::<String>::new());
    assert_eq!(rotation("rotateImmediately: true"), ["5: `rotation` needs `lambdaArn` and `schedule`"]);
    assert_eq!(wrong("  rotation: {schedule: rate(7 days)}\n"), ["5: `rotation` needs `lambdaArn` and `schedule`"]);
    assert_eq!(rotation("schedule: rate(2 hours)"), ["7: `schedule` rotates every four hours at most"]);
    assert_eq!(rotation("schedule: rate(4000 days)"), ["7: `schedule` rotates every 1 to 999 days"]);
    let form = "7: `schedule` is `rate(30 days)`, `rate(12 hours)` or `cron(…)` with six fields";
    assert_eq!(rotation("schedule: weekly"), [form]);
    let window = "8: `window` is 1h to 24h, and ends with its day in UTC and before the next one begins";
    assert_eq!(rotation("schedule: rate(4 hours)\n    window: 5h"), [window]);
    assert_eq!(rotation("schedule: rate(4 days)\n    window: 25h"), [window]);
    assert_eq!(rotation("schedule: cron(0 4/6 * * ? *)\n    window: 7h"), [window]);
    let function = wrong("  rotation: {lambdaArn: \"arn:aws:iam::123456789012:role/x\", schedule: rate(7 days)}\n");
    let form = "takes the ARN of a Lambda function, such as arn:aws:lambda:eu-west-1:123456789012:function:NAME";
    assert_eq!(function, [format!("5: `lambdaArn` {form}")]);
}

#[test]
fn copies_that_cannot_be_are_refused() {
    assert_eq!(wrong("  replicas: []\n"), Vec::<String>::new());
    let twice = wrong("  replicas: [{region: us-east-1}, {region: us-east-1, kmsKeyId: alias/x}]\n");
    assert_eq!(twice, ["5: `replicas` names us-east-1 twice"]);
    let nowhere = wrong("  replicas: [{region: somewhere}]\n");
    assert_eq!(nowhere, ["5: `region` takes a Region, such as eu-central-1"]);
    assert_eq!(wrong("  replicas: [{kmsKeyId: alias/x}]\n"), ["5: missing field `region`"]);
}

#[test]
fn every_mistake_in_a_policy_is_named_by_its_place_and_nothing_of_it_is_repeated() {
    let policy = |text: &str| wrong(&format!("  resourcePolicy: {text}\n"));
    assert_eq!(policy("{}"), Vec::<String>::new());
    let fine = "{Statement: {Effect: Deny, Principal: \"*\", NotAction: secretsmanager:*, Resource: \"*\"}}";
    assert_eq!(policy(fine), Vec::<String>::new());
    assert_eq!(
        policy("{Version: \"2012-10-17\"}"),
        ["5: the policy has no `Statement`; `resourcePolicy: {}` removes the policy"]
    );
    let many = policy(
        "{Version: \"2013\", Statments: [], Statement: [{Effect: Permit, Principal: {AWS: sentinel}, Action: x}]}",
    );
    assert_eq!(
        many,
        [
            "5: the policy's `Version` is 2012-10-17 or 2008-10-17",
            "5: the policy has no member `Statments`",
            "5: statement 1 of the policy takes exactly one of `Resource` and `NotResource`",
            "5: statement 1 of the policy needs an `Effect`: Allow or Deny",
            "5: an `AWS` principal of statement 1 is no ARN and no account of 12 digits (in quotes)",
            "5: an action of statement 1 of the policy is none of Secrets Manager's",
        ]
    );
    // Read without quotes, an account that begins with 0 has lost it.
    let lost = policy("{Statement: {Effect: Allow, Principal: {AWS: 012345678901}, Action: \"*\", Resource: \"*\"}}");
    assert_eq!(lost, ["5: an `AWS` principal of the statement is no ARN and no account of 12 digits (in quotes)"]);
    let long = format!(
        "{{Statement: {{Effect: Allow, Principal: {{AWS: \"123456789012\"}}, Action: \"*\", Resource: \"{}\"}}}}",
        "x".repeat(20_480)
    );
    let long = policy(&long);
    assert!(long.len() == 1 && long[0].ends_with("characters, and may have 20480"), "{long:?}");
}

#[test]
fn a_mistake_in_a_policy_is_found_where_it_stands_and_not_at_the_policys_key() {
    let statement = |text: &str| {
        wrong(&format!(
            "  resourcePolicy:\n    Statement:\n      - {{Effect: Deny, Principal: \"*\", Action: \"*\", Resource: \"*\"}}\n{text}"
        ))
    };
    let missing =
        statement("      - Effect: Allow\n        Principal: {AWS: \"123456789012\"}\n        Action: \"*\"\n");
    assert_eq!(missing, ["8: statement 2 of the policy takes exactly one of `Resource` and `NotResource`"]);
    let effect =
        statement("      - Action: \"*\"\n        Resource: \"*\"\n        Effect: Permit\n        Principal: \"*\"\n");
    assert_eq!(effect, ["10: statement 2 of the policy needs an `Effect`: Allow or Deny"]);
}

#[test]
fn a_policy_that_lets_everyone_in_on_no_condition_is_refused() {
    let allow = |rest: &str| {
        wrong(&format!("  resourcePolicy: {{Statement: {{Effect: Allow, Action: \"*\", Resource: \"*\", {rest}}}}}\n"))
    };
    let public = ["5: the statement of the policy lets everyone in, which evenkeel has Secrets Manager block"];
    for everyone in [
        "Principal: \"*\"",
        "Principal: {AWS: \"*\"}",
        "Principal: {AWS: [\"123456789012\", \"*\"]}",
        "NotPrincipal: {AWS: \"123456789012\"}",
    ] {
        assert_eq!(allow(everyone), public, "{everyone}");
        assert_eq!(allow(&format!("{everyone}, Condition: {{}}")), public, "{everyone}");
        let bounded = format!("{everyone}, Condition: {{StringEquals: {{\"aws:PrincipalOrgID\": o-example}}}}");
        assert_eq!(allow(&bounded), Vec::<String>::new(), "{everyone}");
    }
    assert_eq!(allow("Principal: {AWS: \"123456789012\"}"), Vec::<String>::new());
}

#[test]
fn a_secret_that_is_only_referred_to_has_no_settings() {
    let arn = "  secretName: arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf\n";
    assert_eq!(wrong(arn), Vec::<String>::new());
    for setting in ["rotation: {}", "replicas: []", "resourcePolicy: {}"] {
        let found = wrong(&format!("{arn}  {setting}\n"));
        assert_eq!(found, ["5: a secret that is named by its ARN is only referred to, never managed"], "{setting}");
    }
}

#[test]
fn a_value_has_one_source_and_a_write_policy_is_for_what_is_encrypted() {
    for (fields, message) in [
        ("  value: {}\n", "5: `value` takes exactly one of `generate`, `encrypted` and `external`"),
        ("  writePolicy: Seed\n", "5: `writePolicy` is for a value that is `encrypted`"),
    ] {
        assert_eq!(wrong(fields), [message]);
    }
}
