//! IAM takes 10,240 characters of inline policies of a role: much is said shortly, and too much is held.

use evenkeel::manifest::{SourceFile, load};
use evenkeel::model::id::Installation;
use evenkeel::model::observed::Seen;
use evenkeel::model::policy::Policy;
use evenkeel::model::policy_size::{MOST_INLINE, compact, size};
use evenkeel::model::role::Inline;
use evenkeel::plan::action::Call;
use evenkeel::plan::plan;
use proptest::prelude::*;
use serde_json::json;

use super::wish::{HOMES, Home, Part, parts};
use super::{ROLE, desired, inline, name, policy_after, role, world};

const HOME: Home = HOMES[0];

#[test]
fn a_policy_that_iam_would_not_take_is_held_and_nothing_is_made() {
    // `check` counts the names alone, and these would fit.
    let plan = plan(&desired(&HOME, &[Part::Parameters(132)]), &world(&HOME));
    assert_eq!(plan.steps().count(), 0, "{plan:#?}");
    let held = plan.held().iter().find(|held| held.target.to_string() == "ExecutionRole/exec").unwrap();
    assert_eq!(held.because.name(), "Unsupported");
    let told = held.because.to_string();
    for words in ["for 132 resources", "IAM takes 10240", "another role"] {
        assert!(told.contains(words), "{told}");
    }
    // What waits for it says so.
    assert!(plan.held().iter().any(|held| held.target.to_string() == "TaskDefinition/app"), "{plan:#?}");
}

#[test]
fn a_policy_near_the_limit_is_written_without_what_only_people_read() {
    let few = policy_after(&HOME, &desired(&HOME, &[Part::Parameters(2)]), &world(&HOME), &json!({}));
    assert!(few["Statement"][0]["Sid"].is_string(), "{few}");
    let many = policy_after(&HOME, &desired(&HOME, &[Part::Parameters(90)]), &world(&HOME), &json!({}));
    assert!(size(&many) <= MOST_INLINE && size(&many) > MOST_INLINE / 2, "{}", size(&many));
    assert!(many["Statement"][0]["Sid"].is_null(), "{many}");
}

/// What others have written counts too.
#[test]
fn other_inline_policies_share_the_limit() {
    let wanted = desired(&HOME, &[Part::Parameters(60)]);
    let mut world = world(&HOME);
    let mut live = role(&HOME, &json!({"Statement": []}));
    world.roles.insert(name(ROLE), Seen::Present(live.clone()));
    assert!(plan(&wanted, &world).steps().any(|(_, step)| step.action.call.name() == "putRolePolicy"));
    let resources: Vec<String> =
        (0..150).map(|n| format!("arn:aws:s3:::of-somebody-else/and-of-a-long-name/{n}/*")).collect();
    let theirs = json!({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": resources}]});
    live.inline.insert("theirs".to_owned(), inline(&theirs));
    world.roles.insert(name(ROLE), Seen::Present(live));
    let plan = plan(&wanted, &world);
    assert_eq!(plan.steps().filter(|(_, step)| step.action.call.name() == "putRolePolicy").count(), 0);
    assert!(plan.held().iter().any(|held| held.because.to_string().contains("of others")), "{plan:#?}");
}

/// What would fit, but for its names, is written without them.
#[test]
fn a_small_policy_is_brief_where_the_policies_of_others_leave_no_room() {
    let wanted = desired(&HOME, &[Part::Parameters(20)]);
    let mut world = world(&HOME);
    let readable = policy_after(&HOME, &wanted, &world, &json!({}));
    let (large, small) = (size(&readable), size(&compact(&Policy::read(&readable))));
    assert!(small < large && readable["Statement"][0]["Sid"].is_string(), "{small} {large}");
    for (room, brief) in [(large, Some(false)), (large - 1, Some(true)), (small, Some(true)), (small - 1, None)] {
        let mut live = role(&HOME, &json!({"Statement": []}));
        live.inline.insert("theirs".to_owned(), Inline { policy: Policy::default(), written: MOST_INLINE - room });
        world.roles.insert(name(ROLE), Seen::Present(live));
        let plan = plan(&wanted, &world);
        let put = plan.steps().find_map(|(_, step)| match &step.action.call {
            Call::PutRolePolicy { brief, .. } => Some(*brief),
            _ => None,
        });
        assert_eq!(put, brief, "{room}: {:#?}", plan.held());
        let told = format!("its policy would have {small} characters");
        assert_eq!(plan.held().iter().any(|held| held.because.to_string().contains(&told)), brief.is_none());
    }
}

/// As they are written: what could be said shortly is not, for being short.
#[test]
fn the_policies_of_others_count_as_they_are_written() {
    let wanted = desired(&HOME, &[Part::Parameters(60)]);
    let mut world = world(&HOME);
    let mut live = role(&HOME, &json!({"Statement": []}));
    let statement = |n: usize| {
        let (sid, resource) = (format!("BucketOfSomebodyElse{n}"), format!("arn:aws:s3:::theirs/{n}/*"));
        json!({"Sid": sid, "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [resource]})
    };
    let theirs = json!({"Version": "2012-10-17", "Statement": (0..60).map(statement).collect::<Vec<_>>()});
    let policy = Policy::read(&theirs);
    assert!(size(&theirs) > 2 * size(&compact(&policy)), "{} {}", size(&theirs), size(&compact(&policy)));
    for (written, fits) in [(size(&compact(&policy)), true), (size(&theirs), false)] {
        live.inline.insert("theirs".to_owned(), Inline { policy: policy.clone(), written });
        world.roles.insert(name(ROLE), Seen::Present(live.clone()));
        let plan = plan(&wanted, &world);
        assert_eq!(plan.steps().any(|(_, step)| step.action.call.name() == "putRolePolicy"), fits, "{plan:#?}");
        let told = format!("beside {written} of others");
        assert_eq!(plan.held().iter().any(|held| held.because.to_string().contains(&told)), !fits, "{plan:#?}");
    }
}

/// So does what the same plan makes: all of its ARN is known but six characters.
#[test]
fn secrets_that_are_yet_to_be_made_count_too() {
    let documents = |count: usize| {
        let secret = |n: usize| {
            format!(
                "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {{name: made-{n}}}\n\
                 spec: {{secretName: made/of-a-name-that-is-long/{n}, value: {{generate: {{}}}}}}\n---\n"
            )
        };
        let variable = |n: usize| format!("        V{n}: {{secretRef: {{name: made-{n}}}}}\n");
        let (secrets, variables): (String, String) =
            ((0..count).map(secret).collect(), (0..count).map(variable).collect());
        format!(
            "{secrets}apiVersion: evenkeel.dev/v1alpha1\nkind: ExecutionRole\nmetadata: {{name: {ROLE}}}\nspec: {{}}\n---\n\
             apiVersion: evenkeel.dev/v1alpha1\nkind: TaskDefinition\nmetadata: {{name: app}}\nspec:\n  \
             executionRoleRef: {{name: {ROLE}}}\n  containerDefinitions:\n    - name: main\n      image: example.com/app:1\n      \
             memory: 64\n      secrets:\n{variables}"
        )
    };
    for (count, fits) in [(40, true), (70, false)] {
        let files = [SourceFile { name: "test.yaml".into(), text: documents(count) }];
        let loaded = load(Installation::new("default"), &files);
        assert!(!loaded.checked.has_errors(), "{:#?}", loaded.checked.found);
        let mut world = world(&HOME);
        world.secrets = loaded.desired.secrets.keys().map(|name| (name.clone(), Seen::Absent)).collect();
        let mut live = role(&HOME, &json!({"Statement": []}));
        live.inline.insert("theirs".to_owned(), Inline { policy: Policy::default(), written: 4_500 });
        world.roles.insert(name(ROLE), Seen::Present(live));
        let plan = plan(&loaded.desired, &world);
        assert_eq!(
            plan.steps().any(|(_, step)| step.action.call.name() == "putRolePolicy"),
            fits,
            "{:#?}",
            plan.held()
        );
        let told = format!("for {count} resources beside 4500 of others");
        assert_eq!(
            plan.held().iter().any(|held| held.because.to_string().contains(&told)),
            !fits,
            "{:#?}",
            plan.held()
        );
    }
}

proptest! {
    #![proptest_config(crate::properties::times(1))]

    #[test]
    fn what_is_said_shortly_is_the_same(wanted in parts(), unlike in any::<bool>()) {
        let nothing = json!({"Version": "2012-10-17", "Statement": []});
        let mut policy = policy_after(&HOME, &desired(&HOME, &wanted), &world(&HOME), &nothing);
        if unlike {
            let more = json!([
                {"Effect": "Deny", "NotAction": ["s3:GetObject", "s3:List*"], "Resource": "*"},
                {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "NotResource": ["arn:aws:s3:::a", "arn:aws:s3:::b"]},
                {"Effect": "Deny", "Action": "ssm:GetParameters", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": false}}},
            ]);
            policy["Statement"].as_array_mut().unwrap().extend(more.as_array().unwrap().iter().cloned());
        }
        let read = Policy::read(&policy);
        let short = compact(&read);
        // What is said of everything but a list is taken apart.
        prop_assert!(unlike || size(&short) <= size(&policy), "{short} is not shorter than {policy}");
        prop_assert_eq!(Policy::read(&short), read);
    }
}
