//! Roles and what hangs on them.

use aws_sdk_iam::types::{EntityType, Tag};
use serde_json::{Value, json};

use crate::sandbox::support::{ACCOUNT, Aws, TRUST, allow, code, refusal};

const MANAGED: &str = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

/// What a document is on the wire, once decoded.
fn decoded(document: &str) -> String {
    percent_encoding::percent_decode_str(document).decode_utf8().unwrap().into_owned()
}

#[tokio::test(start_paused = true)]
async fn a_role_comes_back_with_everything_it_was_made_with() {
    let aws = Aws::new();
    let make = aws.iam.create_role().role_name("orders-exec").path("/evenkeel/").assume_role_policy_document(TRUST);
    let make = make.description("d <&> d").permissions_boundary(MANAGED).tags(tag("team", "orders"));
    make.send().await.unwrap();
    let role = aws.iam.get_role().role_name("orders-exec").send().await.unwrap().role.unwrap();
    assert_eq!(role.arn(), format!("arn:aws:iam::{ACCOUNT}:role/evenkeel/orders-exec"));
    assert!(role.role_id().starts_with("AROA") && role.role_id().len() == 21);
    assert_eq!(role.description(), Some("d <&> d"));
    assert_eq!(role.max_session_duration(), Some(3_600));
    assert_eq!(role.permissions_boundary().unwrap().permissions_boundary_arn(), Some(MANAGED));
    assert_eq!(role.tags(), [tag("team", "orders")]);
    let document = role.assume_role_policy_document().unwrap();
    assert!(document.starts_with("%7B%22Version%22%3A%222012-10-17%22"), "{document}");
    assert_eq!(decoded(document), TRUST);
}

#[tokio::test(start_paused = true)]
async fn missing_and_taken_names_have_their_own_errors() {
    let aws = Aws::new();
    aws.role("r", &allow(&["s3:GetObject"], &["*"])).await;
    let missing = refusal(aws.iam.get_role().role_name("x").send().await);
    assert_eq!(missing, ("NoSuchEntity".to_owned(), "The role with name x cannot be found.".to_owned()));
    let get = aws.iam.get_role_policy().role_name("r").policy_name("x").send().await;
    assert_eq!(code(get), "NoSuchEntity");
    for name in ["r", "R"] {
        let again = aws.iam.create_role().role_name(name).assume_role_policy_document(TRUST).send().await;
        assert_eq!(code(again), "EntityAlreadyExists", "names differ in more than case");
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_is_deleted_only_when_nothing_hangs_on_it() {
    let aws = Aws::new();
    aws.role("r", &allow(&["s3:GetObject"], &["*"])).await;
    aws.iam.attach_role_policy().role_name("r").policy_arn(MANAGED).send().await.unwrap();
    let delete = || aws.iam.delete_role().role_name("r").send();
    assert_eq!(code(delete().await), "DeleteConflict");
    aws.iam.delete_role_policy().role_name("r").policy_name("inline").send().await.unwrap();
    assert_eq!(code(delete().await), "DeleteConflict");
    aws.iam.detach_role_policy().role_name("r").policy_arn(MANAGED).send().await.unwrap();
    delete().await.unwrap();
    assert_eq!(code(delete().await), "NoSuchEntity");
    let first = aws.iam.create_role().role_name("r").assume_role_policy_document(TRUST).send().await.unwrap();
    aws.iam.delete_role().role_name("r").send().await.unwrap();
    let second = aws.iam.create_role().role_name("r").assume_role_policy_document(TRUST).send().await.unwrap();
    assert_ne!(first.role().unwrap().role_id(), second.role().unwrap().role_id());
}

#[tokio::test(start_paused = true)]
async fn inline_policies_are_kept_to_the_letter_and_replaced_by_name() {
    let aws = Aws::new();
    let odd = "{ \"Version\":\"2012-10-17\",\n \"Statement\": {\"Effect\":\"Allow\",\"Action\":\"S3:getobject\",\"Resource\":\"*\"}}";
    aws.role("r", odd).await;
    let got = aws.iam.get_role_policy().role_name("r").policy_name("inline").send().await.unwrap();
    assert_eq!(decoded(got.policy_document()), odd);
    aws.put_policy("r", &allow(&["ecr:BatchGetImage"], &["*"])).await;
    let list = aws.iam.list_role_policies().role_name("r").send().await.unwrap();
    assert_eq!((list.policy_names(), list.is_truncated()), (["inline".to_owned()].as_slice(), false));
}

#[tokio::test(start_paused = true)]
async fn inline_policies_together_have_a_limit_that_ignores_white_space() {
    let aws = Aws::new();
    let policy = |arns: usize| {
        let resources: Vec<String> = (0..arns).map(|number| format!("arn:aws:s3:::bucket-{number:060}")).collect();
        let resources: Vec<&str> = resources.iter().map(String::as_str).collect();
        allow(&["s3:GetObject"], &resources)
    };
    let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    let fits = policy(120);
    assert!(bare(&fits) < 10_240);
    aws.role("r", &format!("{}{}", " ".repeat(20_000), fits)).await;
    let second =
        aws.iam.put_role_policy().role_name("r").policy_name("second").policy_document(policy(20)).send().await;
    let expected = "Maximum policy size of 10240 bytes exceeded for role r";
    assert_eq!(refusal(second), ("LimitExceeded".to_owned(), expected.to_owned()));
    aws.put_policy("r", &policy(121)).await;
}

#[tokio::test(start_paused = true)]
async fn malformed_documents_are_refused() {
    let aws = Aws::new();
    aws.role("r", &allow(&["s3:GetObject"], &["*"])).await;
    let statement = |inner: &str| format!(r#"{{"Version":"2012-10-17","Statement":[{{{inner}}}]}}"#);
    for (why, document) in [
        ("no JSON", "nonsense".to_owned()),
        ("a key twice", r#"{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}"#.to_owned()),
        ("no statement", r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned()),
        ("another version", allow(&["s3:GetObject"], &["*"]).replace("2012-10-17", "2020-01-01")),
        ("an unknown element", statement(r#""Effect":"Allow","Action":"s3:*","Resource":"*","Resources":"*""#)),
        ("no action", statement(r#""Effect":"Allow","Resource":"*""#)),
        ("no resource", statement(r#""Effect":"Allow","Action":"s3:*""#)),
        ("no vendor", statement(r#""Effect":"Allow","Action":"GetObject","Resource":"*""#)),
        ("no ARN", statement(r#""Effect":"Allow","Action":"s3:*","Resource":"bucket""#)),
        ("a principal", statement(r#""Effect":"Allow","Action":"s3:*","Resource":"*","Principal":"*""#)),
        (
            "an unknown operator",
            statement(r#""Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringIs":{"a":"b"}}"#),
        ),
        ("an odd Sid", statement(r#""Sid":"a-b","Effect":"Allow","Action":"s3:*","Resource":"*""#)),
    ] {
        let put = aws.iam.put_role_policy().role_name("r").policy_name("p").policy_document(document).send().await;
        assert_eq!(code(put), "MalformedPolicyDocument", "{why}");
    }
    for (why, document) in [
        ("no principal", allow(&["sts:AssumeRole"], &["*"])),
        ("a resource", TRUST.replace("\"Action\"", "\"Resource\":\"*\",\"Action\"")),
        ("another service's action", TRUST.replace("sts:AssumeRole", "s3:GetObject")),
    ] {
        let update = aws.iam.update_assume_role_policy().role_name("r").policy_document(document).send().await;
        assert_eq!(code(update), "MalformedPolicyDocument", "{why}");
    }
    let long = TRUST.replace("ecs-tasks", &"x".repeat(2_048));
    assert_eq!(
        code(aws.iam.update_assume_role_policy().role_name("r").policy_document(long).send().await),
        "LimitExceeded"
    );
}

/// A trust policy for a principal.
fn trusting(principal: &Value) -> String {
    let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

#[tokio::test(start_paused = true)]
async fn who_a_trust_policy_names_must_exist_and_shows_by_its_id_when_it_is_gone() {
    let aws = Aws::new();
    let friend = aws.role("friend", &allow(&["s3:GetObject"], &["*"])).await;
    for (principal, taken) in [
        (json!({"AWS": friend}), true),
        (json!({"AWS": [ACCOUNT, format!("arn:aws:iam::{ACCOUNT}:root"), "*"]}), true),
        (json!({"AWS": "arn:aws:iam::210987654321:role/of-others"}), true),
        (json!({"AWS": format!("arn:aws:sts::{ACCOUNT}:assumed-role/friend/session")}), true),
        (json!({"Service": ["ecs-tasks.amazonaws.com", "lambda.amazonaws.com.cn"]}), true),
        (json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:role/none")}), false),
        (json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:user/none")}), false),
        (json!({"AWS": "garbage"}), false),
        (json!({"Service": "nonsense"}), false),
    ] {
        let made = aws.iam.create_role().role_name("r").assume_role_policy_document(trusting(&principal)).send().await;
        if taken {
            made.unwrap();
            let update = aws.iam.update_assume_role_policy().role_name("r").policy_document(trusting(&principal));
            update.send().await.unwrap();
            aws.iam.delete_role().role_name("r").send().await.unwrap();
        } else {
            assert_eq!(code(made), "MalformedPolicyDocument", "{principal}");
            let update = aws.iam.update_assume_role_policy().role_name("friend");
            let update = update.policy_document(trusting(&principal)).send().await;
            assert_eq!(code(update), "MalformedPolicyDocument", "{principal}");
        }
    }
    let trust = async || {
        let role = aws.iam.get_role().role_name("r").send().await.unwrap().role.unwrap();
        decoded(&role.assume_role_policy_document.unwrap())
    };
    let document = trusting(&json!({"AWS": friend, "Service": "ecs-tasks.amazonaws.com"}));
    aws.iam.create_role().role_name("r").assume_role_policy_document(&document).send().await.unwrap();
    assert_eq!(trust().await, document, "to the letter");
    let id = aws.iam.get_role().role_name("friend").send().await.unwrap().role.unwrap().role_id;
    aws.iam.delete_role_policy().role_name("friend").policy_name("inline").send().await.unwrap();
    aws.iam.delete_role().role_name("friend").send().await.unwrap();
    assert!(id.starts_with("AROA"));
    assert_eq!(trust().await, document.replace(&friend, &id));
    // Another one of its name is another one.
    aws.role("friend", &allow(&["s3:GetObject"], &["*"])).await;
    assert_eq!(trust().await, document.replace(&friend, &id));
    // And nobody can be told to trust one that is gone.
    let again = aws.iam.update_assume_role_policy().role_name("r").policy_document(trust().await).send().await;
    assert_eq!(code(again), "MalformedPolicyDocument");
}

#[tokio::test(start_paused = true)]
async fn managed_policies_are_attached_only_when_they_exist() {
    let aws = Aws::new();
    aws.role("r", &allow(&["s3:GetObject"], &["*"])).await;
    let attach = |arn: &str| aws.iam.attach_role_policy().role_name("r").policy_arn(arn).send();
    for none in ["arn:aws:iam::123456789012:policy/none", "arn:aws:iam::aws:policy/NobodyMadeThisUp"] {
        assert_eq!(code(attach(none).await), "NoSuchEntity", "{none}");
    }
    let document = allow(&["s3:GetObject"], &["*"]);
    let made = aws.iam.create_policy().policy_name("own").policy_document(&document).send().await.unwrap();
    let own = made.policy().unwrap().arn().unwrap().to_owned();
    attach(&own).await.unwrap();
    attach(&own).await.unwrap();
    attach(MANAGED).await.unwrap();
    let list = aws.iam.list_attached_role_policies().role_name("r").send().await.unwrap();
    let names: Vec<_> = list.attached_policies().iter().filter_map(|policy| policy.policy_name()).collect();
    assert_eq!(names, ["own", "AmazonECSTaskExecutionRolePolicy"]);
    let policy = aws.iam.get_policy().policy_arn(&own).send().await.unwrap().policy.unwrap();
    assert_eq!((policy.attachment_count(), policy.default_version_id()), (Some(1), Some("v1")));
    let again = aws.iam.create_policy().policy_name("own").policy_document(&document).send().await;
    assert_eq!(code(again), "EntityAlreadyExists");
    aws.iam.detach_role_policy().role_name("r").policy_arn(&own).send().await.unwrap();
    assert_eq!(code(aws.iam.detach_role_policy().role_name("r").policy_arn(&own).send().await), "NoSuchEntity");
}

#[tokio::test(start_paused = true)]
async fn ten_managed_policies_are_enough() {
    let aws = Aws::new();
    aws.role("r", &allow(&["s3:GetObject"], &["*"])).await;
    for number in 0..11 {
        let document = allow(&["s3:GetObject"], &["*"]);
        let made = aws.iam.create_policy().policy_name(format!("p{number}")).policy_document(document).send().await;
        let arn = made.unwrap().policy.unwrap().arn.unwrap();
        let attached = aws.iam.attach_role_policy().role_name("r").policy_arn(arn).send().await;
        if number < 10 {
            attached.unwrap();
        } else {
            assert_eq!(code(attached), "LimitExceeded");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_boundary_is_a_policy_that_exists() {
    let aws = Aws::new();
    aws.role("r", &allow(&["s3:GetObject"], &["*"])).await;
    let put = |arn: &str| aws.iam.put_role_permissions_boundary().role_name("r").permissions_boundary(arn).send();
    assert_eq!(code(put("arn:aws:iam::123456789012:policy/none").await), "NoSuchEntity");
    put(MANAGED).await.unwrap();
    let nowhere = format!("arn:aws:iam::{ACCOUNT}:policy/nowhere");
    let make = aws.iam.create_role().role_name("guarded").assume_role_policy_document(TRUST);
    assert_eq!(code(make.permissions_boundary(nowhere).send().await), "NoSuchEntity");
    aws.iam.delete_role_permissions_boundary().role_name("r").send().await.unwrap();
    let role = aws.iam.get_role().role_name("r").send().await.unwrap().role.unwrap();
    assert!(role.permissions_boundary().is_none());
    assert_eq!(code(aws.iam.delete_role_permissions_boundary().role_name("r").send().await), "NoSuchEntity");
}

#[tokio::test(start_paused = true)]
async fn tag_keys_of_roles_ignore_case_and_keep_it() {
    let aws = Aws::new();
    aws.role("r", &allow(&["s3:GetObject"], &["*"])).await;
    let put = |tags: Vec<Tag>| aws.iam.tag_role().role_name("r").set_tags(Some(tags)).send();
    put(vec![tag("Team", "a"), tag("env", "x")]).await.unwrap();
    put(vec![tag("team", "b")]).await.unwrap();
    let tags = aws.iam.list_role_tags().role_name("r").send().await.unwrap();
    assert_eq!(tags.tags(), [tag("env", "x"), tag("team", "b")]);
    assert_eq!(code(put(vec![tag("a", "1"), tag("A", "2")]).await), "InvalidInput");
    aws.iam.untag_role().role_name("r").tag_keys("TEAM").tag_keys("none").send().await.unwrap();
    assert_eq!(aws.iam.list_role_tags().role_name("r").send().await.unwrap().tags(), [tag("env", "x")]);
    let many = (0..50).map(|number| tag(&format!("k{number}"), "v")).collect();
    assert_eq!(code(put(many).await), "LimitExceeded");
}

#[tokio::test(start_paused = true)]
async fn the_accounts_details_come_in_real_pages() {
    let aws = Aws::new();
    for number in 0..130 {
        aws.role(&format!("r{number:03}"), &allow(&["s3:GetObject"], &["*"])).await;
    }
    let details = || aws.iam.get_account_authorization_details().filter(EntityType::Role);
    let first = details().send().await.unwrap();
    assert_eq!((first.role_detail_list().len(), first.is_truncated()), (100, true));
    let second = details().marker(first.marker().unwrap()).send().await.unwrap();
    assert_eq!((second.role_detail_list().len(), second.is_truncated(), second.marker()), (30, false, None));
    assert_eq!(details().max_items(1_000).send().await.unwrap().role_detail_list().len(), 130);
    assert_eq!(code(details().max_items(1_001).send().await), "ValidationError");
    assert_eq!(code(details().marker("forged").send().await), "ValidationError");
    let foreign = aws.iam.get_account_authorization_details().marker(first.marker().unwrap()).send().await;
    assert_eq!(code(foreign), "ValidationError", "a marker belongs to its filter");

    let role = &first.role_detail_list()[0];
    assert_eq!(role.role_name(), Some("r000"));
    assert_eq!(decoded(role.assume_role_policy_document().unwrap()), TRUST);
    assert!(decoded(role.role_policy_list()[0].policy_document().unwrap()).contains("s3:GetObject"));
    let all = aws.iam.get_account_authorization_details().max_items(1_000).send().await.unwrap();
    assert_eq!((all.role_detail_list().len(), all.policies().len()), (130, 1));
}
