//! A role both ways, scene by scene: set, changed, changed by hand, taken away. Played on the sandbox and on moto.

use evenkeel::plan::step::Plan;
use serde_json::json;

/// What someone else does to the role before evenkeel looks.
#[derive(Clone, Copy)]
pub(crate) enum Hand {
    Nothing,
    Attach(&'static str),
    Detach(&'static str),
    Boundary(&'static str),
    NoBoundary,
    Trust,
    NoPolicy,
}

pub(crate) struct Scene {
    /// The role's manifest.
    spec: &'static str,
    pub(crate) hand: Hand,
    /// The steps of the role: operation and reason.
    pub(crate) steps: &'static [&'static str],
    /// Its boundary and its attached policies in the end.
    boundary: Option<&'static str>,
    attached: &'static [&'static str],
}

const MANAGED: &str = "{permissionsBoundary: POLICY/other, managedPolicyArns: [POLICY/two]}";

/// The name of the role, of its manifest and of what uses it.
pub(crate) const ROLE: &str = "main";

pub(crate) const SCENES: [Scene; 13] = [
    Scene {
        spec: "{permissionsBoundary: POLICY/boundary, managedPolicyArns: [POLICY/one]}",
        hand: Hand::Nothing,
        steps: &["createRole Missing", "attachRolePolicy Missing", "putRolePolicy Missing"],
        boundary: Some("boundary"),
        attached: &["one"],
    },
    Scene {
        spec: "{permissionsBoundary: POLICY/other, managedPolicyArns: [POLICY/one]}",
        hand: Hand::Nothing,
        steps: &["putRolePermissionsBoundary Changed"],
        boundary: Some("other"),
        attached: &["one"],
    },
    Scene {
        spec: MANAGED,
        hand: Hand::Nothing,
        steps: &["attachRolePolicy Changed", "detachRolePolicy NoLongerDesired"],
        boundary: Some("other"),
        attached: &["two"],
    },
    Scene {
        spec: MANAGED,
        hand: Hand::Boundary("boundary"),
        steps: &["putRolePermissionsBoundary Drifted"],
        boundary: Some("other"),
        attached: &["two"],
    },
    Scene {
        spec: MANAGED,
        hand: Hand::NoBoundary,
        steps: &["putRolePermissionsBoundary Drifted"],
        boundary: Some("other"),
        attached: &["two"],
    },
    Scene {
        spec: MANAGED,
        hand: Hand::Attach("one"),
        steps: &["detachRolePolicy Drifted"],
        boundary: Some("other"),
        attached: &["two"],
    },
    Scene {
        spec: MANAGED,
        hand: Hand::Detach("two"),
        steps: &["attachRolePolicy Drifted"],
        boundary: Some("other"),
        attached: &["two"],
    },
    Scene {
        spec: MANAGED,
        hand: Hand::Trust,
        steps: &["updateAssumeRolePolicy Drifted"],
        boundary: Some("other"),
        attached: &["two"],
    },
    Scene {
        spec: MANAGED,
        hand: Hand::NoPolicy,
        steps: &["putRolePolicy Drifted"],
        boundary: Some("other"),
        attached: &["two"],
    },
    // What the manifest no longer says is not managed: nothing is taken away, and nothing is put back.
    Scene { spec: "{}", hand: Hand::Nothing, steps: &[], boundary: Some("other"), attached: &["two"] },
    Scene { spec: "{}", hand: Hand::Boundary("boundary"), steps: &[], boundary: Some("boundary"), attached: &["two"] },
    Scene { spec: "{}", hand: Hand::Attach("one"), steps: &[], boundary: Some("boundary"), attached: &["one", "two"] },
    Scene {
        spec: "{managedPolicyArns: []}",
        hand: Hand::Nothing,
        steps: &["detachRolePolicy NoLongerDesired", "detachRolePolicy NoLongerDesired"],
        boundary: Some("boundary"),
        attached: &[],
    },
];

impl Scene {
    /// The role, and what uses it: its policy lets it read the secret.
    pub(crate) fn manifests(&self, account: &str) -> String {
        let spec = self.spec.replace("POLICY", &format!("arn:aws:iam::{account}:policy"));
        let head = "apiVersion: evenkeel.dev/v1alpha1";
        format!(
            "{head}
kind: Secret
metadata: {{name: db}}
spec: {{secretName: shop/db}}
---
{head}
kind: ExecutionRole
metadata: {{name: {ROLE}}}
spec: {spec}
---
{head}
kind: TaskDefinition
metadata: {{name: {ROLE}}}
spec:
  executionRoleRef: {{name: {ROLE}}}
  containerDefinitions:
    - {{name: web, image: registry.example.com/web:1, memory: 64, secrets: {{DB: {{secretRef: {{name: db}}}}}}}}
"
        )
    }

    /// What the plan does to the role.
    pub(crate) fn steps_of(plan: Option<&Plan>) -> Vec<String> {
        let steps = plan.into_iter().flat_map(Plan::steps).map(|(_, step)| step);
        let of_role = steps.filter(|step| step.target.to_string() == format!("ExecutionRole/{ROLE}"));
        of_role.map(|step| format!("{} {}", step.action.call.name(), step.why.reason())).collect()
    }

    /// The role is as it should be.
    pub(crate) async fn assert_state(&self, iam: &aws_sdk_iam::Client, account: &str) {
        let role = iam.get_role().role_name(ROLE).send().await.unwrap().role.unwrap();
        let arn = |name: &str| format!("arn:aws:iam::{account}:policy/{name}");
        let boundary = role.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn());
        assert_eq!(boundary, self.boundary.map(arn).as_deref());
        let attached = iam.list_attached_role_policies().role_name(ROLE).send().await.unwrap();
        let mut attached: Vec<_> =
            attached.attached_policies().iter().filter_map(|policy| policy.policy_arn()).collect();
        attached.sort_unstable();
        assert_eq!(attached, self.attached.iter().map(|name| arn(name)).collect::<Vec<_>>());
        let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        let trust = decode(role.assume_role_policy_document().unwrap());
        assert!(trust.contains("ecs-tasks.amazonaws.com") && trust.contains("aws:SourceAccount"), "{trust}");
        let policies = iam.list_role_policies().role_name(ROLE).send().await.unwrap();
        assert_eq!(policies.policy_names(), ["evenkeel-default"]);
        let tags: Vec<&str> = role.tags().iter().map(aws_sdk_iam::types::Tag::key).collect();
        assert!(tags.contains(&"evenkeel.dev/installation") && tags.contains(&"evenkeel.dev/applied"), "{tags:?}");
    }
}

/// The policies that the scenes speak of.
pub(crate) async fn make_policies(iam: &aws_sdk_iam::Client) {
    for policy in ["boundary", "other", "one", "two"] {
        let document =
            json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
        iam.create_policy().policy_name(policy).policy_document(document.to_string()).send().await.unwrap();
    }
}

impl Hand {
    pub(crate) async fn play(self, iam: &aws_sdk_iam::Client, account: &str) {
        let arn = |name: &str| format!("arn:aws:iam::{account}:policy/{name}");
        match self {
            Self::Nothing => {}
            Self::Attach(policy) => {
                iam.attach_role_policy().role_name(ROLE).policy_arn(arn(policy)).send().await.unwrap();
            }
            Self::Detach(policy) => {
                iam.detach_role_policy().role_name(ROLE).policy_arn(arn(policy)).send().await.unwrap();
            }
            Self::Boundary(policy) => {
                let call = iam.put_role_permissions_boundary().role_name(ROLE).permissions_boundary(arn(policy));
                call.send().await.unwrap();
            }
            Self::NoBoundary => {
                iam.delete_role_permissions_boundary().role_name(ROLE).send().await.unwrap();
            }
            Self::Trust => {
                let trust = json!({"Version": "2012-10-17", "Statement": [{
                    "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole",
                }]});
                let call = iam.update_assume_role_policy().role_name(ROLE).policy_document(trust.to_string());
                call.send().await.unwrap();
            }
            Self::NoPolicy => {
                iam.delete_role_policy().role_name(ROLE).policy_name("evenkeel-default").send().await.unwrap();
            }
        }
    }
}
