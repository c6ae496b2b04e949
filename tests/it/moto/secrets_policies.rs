//! Whom a secret is shared with, against moto: it keeps any policy as it came (M16).

use serde_json::{Value, json};

use super::lab::{Lab, held, in_real_time, steps};
use super::secrets_settings::{secret, writes};

const ACCOUNT: &str = "<account>";

/// A manifest of the secret with a policy that lets these in.
fn shared(lab: &Lab, principals: &str) -> String {
    let statement = format!(
        "{{Effect: Allow, Principal: {{AWS: {principals}}}, Action: secretsmanager:GetSecretValue, Resource: \"*\"}}"
    );
    let policy = format!("  resourcePolicy: {{Version: \"2012-10-17\", Statement: [{statement}]}}\n");
    secret(&policy).replace(ACCOUNT, &lab.account)
}

impl Lab {
    async fn policy(&self) -> Option<Value> {
        let answer = self.secrets.get_resource_policy().secret_id("shop/db").send().await.unwrap();
        answer.resource_policy().map(|text| serde_json::from_str(text).unwrap())
    }

    async fn share_by_hand(&self, policy: &Value) {
        let put = self.secrets.put_resource_policy().secret_id("shop/db").resource_policy(policy.to_string());
        put.send().await.unwrap();
    }
}

#[test]
fn a_policy_is_set_changed_and_removed_and_public_ones_are_always_blocked() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let aws = lab.connect().await;
        let desired = lab.desired(&shared(&lab, "\"arn:aws:iam::<account>:role/report\""));
        let plans = lab.apply(&aws, &desired).await;
        assert_eq!(steps(&plans[0]), ["Secret/db tagResource Adopted", "Secret/db putResourcePolicy Adopted"]);
        let sent = lab.front.sent("secretsmanager:PutResourcePolicy");
        assert!(sent.iter().all(|sent| sent["BlockPublicPolicy"] == true), "{sent:?}");
        let role = format!("arn:aws:iam::{}:role/report", lab.account);
        assert_eq!(lab.policy().await.unwrap()["Statement"][0]["Principal"]["AWS"], role);
        lab.assert_quiet(&aws, &desired).await;

        let wider = lab.desired(&shared(&lab, "[\"arn:aws:iam::<account>:role/report\", \"<account>\"]"));
        let (_, plan) = lab.look(&lab.an_hour_later().await, &wider).await;
        let paths: Vec<String> =
            plan.steps().flat_map(|(_, step)| &step.changes).map(|change| change.path.to_string()).collect();
        assert_eq!(paths, [format!("resourcePolicy[GetSecretValue for {}]", lab.account)], "one leaf, not the text");
        lab.apply(&lab.an_hour_later().await, &wider).await;
        let later = lab.an_hour_later().await;
        lab.assert_quiet(&later, &wider).await;

        let none = lab.desired(&secret("  resourcePolicy: {}\n"));
        let plans = lab.apply(&later, &none).await;
        assert_eq!(steps(&plans[0]), ["Secret/db deleteResourcePolicy Changed"]);
        assert_eq!(lab.policy().await, None);
        lab.assert_quiet(&later, &none).await;
    });
}

#[test]
fn a_policy_in_other_words_is_no_difference() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let aws = lab.connect().await;
        let desired = lab.desired(&shared(&lab, "[\"arn:aws:iam::<account>:role/report\", \"<account>\"]"));
        lab.apply(&aws, &desired).await;
        let statement = |principal: String| {
            json!({
                "Sid": "x", "Effect": "Allow", "Principal": {"AWS": principal}, "Resource": ["*"],
                "Action": ["SecretsManager:getsecretvalue"],
            })
        };
        let account = &lab.account;
        let apart = [format!("arn:aws:iam::{account}:root"), format!("arn:aws:iam::{account}:role/report")];
        lab.share_by_hand(&json!({"Statement": apart.map(statement), "Version": "2012-10-17"})).await;
        lab.assert_quiet(&aws, &desired).await;
    });
}

#[test]
fn a_stranger_let_in_by_hand_is_shut_out_again() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let desired = lab.desired(&shared(&lab, "\"<account>\""));
        lab.apply(&lab.connect().await, &desired).await;
        let mut policy = lab.policy().await.unwrap();
        policy["Statement"][0]["Principal"] = json!({"AWS": [lab.account, "999988887777"]});
        lab.share_by_hand(&policy).await;
        let later = lab.an_hour_later().await;
        let plans = lab.apply(&later, &desired).await;
        assert_eq!((plans.len(), steps(&plans[0])), (1, vec!["Secret/db putResourcePolicy Drifted".to_owned()]));
        let change = &plans[0].steps().next().unwrap().1.changes[0];
        assert_eq!(
            (change.path.to_string().as_str(), change.after.is_none()),
            ("resourcePolicy[GetSecretValue for 999988887777]", true)
        );
        assert_eq!(lab.policy().await.unwrap()["Statement"][0]["Principal"]["AWS"], json!(lab.account));
        lab.assert_quiet(&later, &desired).await;
    });
}

#[test]
fn a_policy_for_strangers_is_refused_and_nothing_of_the_secret_is_written() {
    in_real_time(async {
        let lab = Lab::shop().await;
        for (principals, exit, words) in [
            ("\"999988887777\"", 5, "ForbiddenByPolicy"),
            ("[\"<account>\", \"arn:aws:iam::999988887777:role/x\"]", 5, "ForbiddenByPolicy"),
            // That is a mistake in every envelope.
            ("\"*\"", 2, "of the policy lets everyone in"),
        ] {
            let manifests = shared(&lab, principals);
            lab.front.reset();
            let ran = lab.evenkeel(&["apply", "--yes"], &manifests);
            assert_eq!(ran.exit, Some(exit), "{principals}: {} {}", ran.out, ran.err);
            assert!(ran.out.contains(words) || ran.err.contains(words), "{} {}", ran.out, ran.err);
            assert_eq!(writes(&lab), Vec::<String>::new());
        }
        assert_eq!(lab.policy().await, None);
    });
}

#[test]
fn an_envelope_decides_who_may_be_let_in() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let mut desired = lab.desired(&shared(&lab, "\"999988887777\""));
        let mut envelope = evenkeel::model::envelope::Envelope::default();
        envelope.secret_names.push("shop/*".into());
        desired.policy.envelope = Some(envelope.clone());
        let aws = lab.connect().await;
        let (plan, _) = lab.pass(&aws, &desired).await;
        assert_eq!((steps(&plan), held(&plan)), (vec![], vec!["Secret/db OutsideEnvelope".to_owned()]));
        envelope.secret_policy_principals.push("arn:aws:iam::999988887777:*".into());
        desired.policy.envelope = Some(envelope);
        lab.apply(&aws, &desired).await;
        assert_eq!(lab.policy().await.unwrap()["Statement"][0]["Principal"]["AWS"], "999988887777");
    });
}

#[test]
fn a_policy_that_may_not_be_read_changes_nothing_of_its_secret() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let manifests = shared(&lab, "\"<account>\"") + "  description: The database\n";
        let desired = lab.desired(&manifests);
        lab.front.deny(&["secretsmanager:GetResourcePolicy"]);
        let (plan, _) = lab.pass(&lab.connect().await, &desired).await;
        assert_eq!((steps(&plan), held(&plan)), (vec![], vec!["Secret/db Unreadable".to_owned()]));
        let message = plan.held()[0].because.to_string();
        assert!(message.contains("secretsmanager:GetResourcePolicy is not allowed"), "{message}");
        assert_eq!(writes(&lab), Vec::<String>::new());
    });
}

#[test]
fn a_lost_reply_to_put_resource_policy_is_made_good() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let desired = lab.desired(&shared(&lab, "\"<account>\""));
        lab.front.lose_first_reply("secretsmanager:PutResourcePolicy");
        let (plan, _) = lab.pass(&lab.connect().await, &desired).await;
        assert_eq!(steps(&plan).last().unwrap(), "Secret/db putResourcePolicy Adopted");
        let later = lab.an_hour_later().await;
        lab.apply(&later, &desired).await;
        assert_eq!(lab.policy().await.unwrap()["Statement"][0]["Principal"]["AWS"], json!(lab.account));
        lab.assert_quiet(&later, &desired).await;
    });
}
