//! What leaves the manifests is deleted, by the program, on a server that is not ours.

use serde_json::Value;

use super::drift::MAIL;
use super::lab::{Lab, in_real_time};
use super::shop::shop;

/// The shop, less everything of its worker.
fn without_worker() -> String {
    let text = shop("2.0.0");
    let (all, kept): (Vec<&str>, Vec<&str>) =
        (text.split("---\n").collect(), text.split("---\n").filter(|one| !one.contains("name: worker}")).collect());
    assert_eq!(all.len(), kept.len() + 3, "role, task definition and service");
    kept.join("---\n")
}

const ON: [&str; 4] = ["--prune-enabled", "true", "--prune-max-fraction", "0.6"];

#[test]
fn what_leaves_the_manifests_is_told_of_then_shown_then_deleted() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let ran = lab.evenkeel(&["apply", "--yes", "--rollouts-settle", "0s"], &shop("2.0.0"));
        assert_eq!(ran.exit, Some(0), "{}", ran.err);

        let ran = lab.evenkeel(&["diff", "-o", "json"], &without_worker());
        let plan: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!((ran.exit, plan["left"][0]["because"].as_str()), (Some(0), Some("PruneOff")), "{}", ran.out);
        let ran = lab.evenkeel(&["diff"], &without_worker());
        assert_eq!(ran.out, "", "nothing differs");
        assert!(ran.err.contains("Service/worker is in no manifest any more, and stays"), "{}", ran.err);

        let guarded = lab.evenkeel(&["diff", "--prune-enabled", "true"], &without_worker());
        assert_eq!(guarded.exit, Some(5), "{}", guarded.out);

        let shown = lab.evenkeel(&["diff"].into_iter().chain(ON).collect::<Vec<_>>(), &without_worker());
        assert_eq!(shown.exit, Some(1), "{}", shown.out);
        assert!(shown.out.contains("delete the service shop-worker in shop"), "{}", shown.out);

        let applied = lab.evenkeel(&["apply", "--yes"].into_iter().chain(ON).collect::<Vec<_>>(), &without_worker());
        assert_eq!(applied.exit, Some(0), "{}\n{}", applied.out, applied.err);
        let writes = lab.front.writes();
        for operation in ["ecs:DeleteService", "ecs:DeregisterTaskDefinition", "iam:DeleteRolePolicy", "iam:DeleteRole"]
        {
            assert_eq!(writes.get(operation), Some(&1), "{operation}: {writes:?}");
        }
        assert!(lab.iam.get_role().role_name("shop-worker-exec").send().await.is_err());
        let quiet = lab.evenkeel(&["diff"].into_iter().chain(ON).collect::<Vec<_>>(), &without_worker());
        assert_eq!((quiet.exit, quiet.out.as_str()), (Some(0), ""), "{}", quiet.err);
    });
}

#[test]
fn a_secret_that_leaves_is_scheduled_for_deletion_within_its_window_and_restored_when_it_returns() {
    in_real_time(async {
        let lab = Lab::shop().await;
        lab.create_secret("shop/mail");
        let kept = shop("2.0.0");
        let all = kept.clone()
            + &MAIL.replace("shop/mail,", "shop/mail, deletionPolicy: ScheduleDeletion, recoveryWindowDays: 9,");
        let ran = lab.evenkeel(&["apply", "--yes"], &all);
        assert_eq!(ran.exit, Some(0), "{}", ran.err);

        let ran = lab.evenkeel(&["apply", "--yes"].into_iter().chain(ON).collect::<Vec<_>>(), &kept);
        assert_eq!(ran.exit, Some(0), "{}\n{}", ran.out, ran.err);
        assert_eq!(lab.front.writes().get("secretsmanager:DeleteSecret"), Some(&1));
        let described = lab.secrets.describe_secret().secret_id("shop/mail").send().await.unwrap();
        let days = described.deleted_date().unwrap().secs() - described.last_changed_date().unwrap().secs();
        assert_eq!(days / 86_400, 9, "never at once");

        let ran = lab.evenkeel(&["apply", "--yes"], &all);
        assert_eq!(ran.exit, Some(0), "{}\n{}", ran.out, ran.err);
        let described = lab.secrets.describe_secret().secret_id("shop/mail").send().await.unwrap();
        assert_eq!((described.deleted_date(), described.description()), (None, Some("Mail")));
        let quiet = lab.evenkeel(&["diff"], &all);
        assert_eq!((quiet.exit, quiet.out.as_str()), (Some(0), ""), "{}", quiet.err);
    });
}
