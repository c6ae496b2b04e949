//! Answers that say less than they seem to: a page that is empty and not the last, a result that is left out. What they
//! leave open is open, and what they go on with is read.

use evenkeel::model::desired::Desired;
use evenkeel::preflight::finding::{Code, Report, Unverified};
use serde_json::json;

use super::{case, preflight, setting};
use crate::support::door::editing;
use crate::support::lab::{in_virtual_time, manifests};

/// A preflight of the base's manifests, less what they have in the place of something else, with answers edited.
pub(super) fn told(
    replace: &[(&str, &str)],
    events: &str,
    edit: impl FnMut(&str, &str) -> Option<String> + Send + 'static,
) -> Report {
    let mut text = std::fs::read_to_string(case::root().join("base.yaml")).unwrap();
    for (old, new) in replace {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    in_virtual_time(async {
        let events: Vec<case::Event> = serde_saphyr::from_str(events).unwrap();
        let lab = setting::up_behind(&events, |sandbox| editing(sandbox.http_client(), edit)).await;
        let desired: Desired = manifests(&setting::filled(&lab, &text));
        preflight(&lab, &desired, true).await
    })
}

pub(super) fn codes(report: &Report) -> Vec<Code> {
    report.findings.iter().map(|finding| finding.code).collect()
}

fn opens(report: &Report) -> Vec<String> {
    report.unverified.iter().filter(|open| open.unreadable).map(|open| format!("{}: {}", open.what, open.why)).collect()
}

/// Does it say who asked, and what to do about it?
fn is_in_full(open: &str) -> bool {
    open.contains(" got no usable answer as arn:aws:") && open.ends_with("; run again")
}

/// The control: nothing is edited, and nothing is open or wrong.
#[test]
fn answers_as_they_are_leave_nothing_open() {
    let report = told(&[], "[]", |_, _| None);
    assert_eq!((codes(&report), opens(&report)), (Vec::new(), Vec::new()));
}

#[test]
fn law_2_an_empty_page_with_another_after_it_is_no_missing_parameter() {
    let mut whole = None;
    let report = told(&[], "[]", move |asked, answer| {
        if !asked.contains("DescribeParameters") {
            return None;
        }
        if asked.contains("NextToken") {
            return whole.take();
        }
        whole = Some(answer.to_owned());
        Some(r#"{"Parameters": [], "NextToken": "more"}"#.to_owned())
    });
    assert_eq!((codes(&report), opens(&report)), (Vec::new(), Vec::new()));
}

#[test]
fn law_2_pages_without_an_end_are_no_missing_parameter() {
    let report = told(&[], "[]", |asked, _| {
        asked.contains("DescribeParameters").then(|| r#"{"Parameters": [], "NextToken": "more"}"#.to_owned())
    });
    assert_eq!(codes(&report), []);
    assert!(opens(&report).iter().any(|open| open.contains("/shop/flag") && is_in_full(open)), "{report:#?}");
}

/// DescribeParameters lists neither.
#[test]
fn law_2_a_parameter_of_aws_and_a_reference_to_a_secret_are_not_called_missing() {
    for name in
        ["/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended", "/aws/reference/secretsmanager/prod/db"]
    {
        let report = told(&[("/shop/flag", name)], "[]", |_, _| None);
        assert_eq!(codes(&report), [], "{name}");
        let open = report.unverified.iter().any(|open| open.what.contains(name) && !open.unreadable);
        assert!(open, "{name}: {report:#?}");
    }
}

/// The role has no permission of its own, and nobody knows whether the secret's policy lets it in.
#[test]
fn law_2_a_resource_policy_that_nobody_can_judge_may_let_the_role_in() {
    let actions = r#"["ssm:GetParameters", "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage", "logs:CreateLogStream", "logs:PutLogEvents"]"#;
    let role = format!(
        r#"{{call: "iam:PutRolePolicy", input: {{RoleName: web-exec, PolicyName: start, PolicyDocument: {{Version: "2012-10-17",
        Statement: [{{Effect: Allow, Action: {actions}, Resource: "*"}}]}}}}}}"#
    );
    let policy = r#"{call: "secretsmanager:PutResourcePolicy", input: {SecretId: prod/db, ResourcePolicy: '{"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/web-exec"}, "Resource": "*",
        "Action": "secretsmanager:GetSecretValue", "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}]}'}}"#;
    let denied = r#"{"__type": "AccessDeniedException", "message": "no"}"#;
    let may = "may do secretsmanager:GetSecretValue";
    for (events, denies) in [(format!("[{role}]"), true), (format!("[{role}, {policy}]"), false)] {
        let edit =
            move |asked: &str, _: &str| (denies && asked.contains("GetResourcePolicy")).then(|| denied.to_owned());
        let report = told(&[], &events, edit);
        assert_eq!(codes(&report), [], "{report:#?}");
        let whys = report.unverified.iter().filter(|open| open.what.contains(may)).map(|open| open.why.as_str());
        let why = if denies { "could not be read" } else { "depends on what is only known" };
        assert!(whys.clone().all(|told| told.contains(why)) && whys.count() == 1, "{report:#?}");
        let keeps_out = report.unverified.iter().any(|open| open.what.contains("keeps"));
        assert!(!keeps_out, "{report:#?}");
        assert_eq!(opens(&report).iter().any(|open| open.contains("the resource policy of prod/db")), denies);
    }
    // Where there is none, that is known.
    let report = told(&[], &format!("[{role}]"), |_, _| None);
    assert_eq!(codes(&report), [Code::PermissionMissing], "{report:#?}");
}

/// Across accounts the secret's policy has to let the role in too.
#[test]
fn law_2_a_resource_policy_of_another_account_that_nobody_can_judge_may_keep_the_role_out() {
    for (condition, expected) in
        [(r#", "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}"#, true), ("", false)]
    {
        let report = told(&[], "[]", move |asked, answer| {
            let theirs =
                answer.replace(":secretsmanager:eu-west-1:123456789012:", ":secretsmanager:eu-west-1:999999999999:");
            let policy = format!(
                r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue",
                "Principal": {{"AWS": "arn:aws:iam::123456789012:role/web-exec"}}, "Resource": "*"{condition}}}]}}"#
            );
            if asked.contains("GetResourcePolicy") {
                return Some(json!({"ResourcePolicy": policy}).to_string());
            }
            asked.starts_with("secretsmanager.").then_some(theirs)
        });
        assert!(!codes(&report).contains(&Code::ResourcePolicyDenies), "{report:#?}");
        let whether = "whether the resource policy of prod/db (Secret/db) lets in";
        let open = report.unverified.iter().any(|open| open.what.contains(whether) && !open.unreadable);
        assert_eq!(open, expected, "{report:#?}");
    }
}

/// A parameter stands for a secret of another Region, or account: that can only be looked up by its whole ARN.
#[test]
fn law_2_a_secret_elsewhere_that_a_parameter_stands_for_is_open() {
    for place in ["eu-central-1:123456789012", "eu-west-1:999999999999"] {
        let parameter = format!("arn:aws:ssm:{place}:parameter/aws/reference/secretsmanager/prod/db");
        let report = told(&[("/shop/flag", &parameter)], "[]", |_, _| None);
        assert_eq!(codes(&report), [], "{place}");
        let open =
            |open: &&Unverified| open.what.contains("the secret that a parameter stands for") && !open.unreadable;
        assert!(report.unverified.iter().any(|it| open(&it)), "{place}: {report:#?}");
    }
}

/// Is this the simulator's answer to a question about this action?
fn is_simulated(asked: &str, action: &str) -> bool {
    asked.contains("Action=SimulatePrincipalPolicy") && asked.contains(&action.replace(':', "%3A"))
}

#[test]
fn law_2_an_action_that_the_simulator_leaves_out_is_not_allowed() {
    let empty = "<SimulatePrincipalPolicyResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
                 <SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults/>\
                 </SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>";
    let report = told(&[], "[]", |asked, _| is_simulated(asked, "ssm:GetParameters").then(|| empty.to_owned()));
    assert_eq!(codes(&report), []);
    assert!(opens(&report).iter().any(|open| open.contains("role/web-exec may do")), "{report:#?}");
}

#[test]
fn law_2_what_the_simulator_says_on_its_second_page_counts() {
    // The role may create streams and not write to them; one result is on each page.
    let events = r#"[{call: "iam:PutRolePolicy", input: {RoleName: web-exec, PolicyName: logs, PolicyDocument: {Version:
        "2012-10-17", Statement: [{Effect: Deny, Action: "logs:PutLogEvents", Resource: "*"}]}}}]"#;
    let mut rest = None;
    let report = told(&[], events, move |asked, answer| {
        if !is_simulated(asked, "logs:PutLogEvents") {
            return None;
        }
        if asked.contains("Marker=") {
            return rest.take();
        }
        // The first member is that of CreateLogStream.
        let (head, results) = answer.split_once("<EvaluationResults>").unwrap();
        let (results, tail) = results.rsplit_once("</EvaluationResults>").unwrap();
        let at = results.find("<EvalActionName>logs:PutLogEvents").unwrap();
        let at = results[..at].rfind("<member>").unwrap();
        let page = |results: &str| format!("{head}<EvaluationResults>{results}</EvaluationResults>{tail}");
        rest = Some(page(&results[at..]));
        let more = "<IsTruncated>true</IsTruncated><Marker>more</Marker>";
        let first = page(&results[..at]).replace("<IsTruncated>false</IsTruncated>", more);
        assert!(first.contains("<Marker>"), "{first}");
        Some(first)
    });
    assert_eq!(codes(&report), [Code::PermissionMissing], "{report:#?}");
    assert!(report.findings[0].message.contains("logs:PutLogEvents"));
}

/// A secret whose key evenkeel grants by its alias, to a role that the next apply makes.
const ALIAS: &str = r#"[{call: "kms:CreateKey", input: {}},
    {call: "kms:CreateAlias", input: {AliasName: alias/shop, TargetKeyId: "<key>"}},
    {call: "secretsmanager:UpdateSecret", input: {SecretId: prod/db, KmsKeyId: alias/shop}}]"#;
pub(super) const MADE: [(&str, &str); 2] = [
    ("executionRoleArn: arn:aws:iam::123456789012:role/web-exec", "executionRoleRef: {name: web}"),
    (
        "kind: Service\n",
        "kind: ExecutionRole\nmetadata: {name: web}\nspec: {roleName: web-made}\n---\n\
         apiVersion: evenkeel.dev/v1alpha1\nkind: Service\n",
    ),
];

#[test]
fn law_2_aliases_that_cannot_be_read_leave_a_permission_by_alias_open() {
    let denied = r#"{"__type": "AccessDeniedException", "message": "no"}"#;
    let report = told(&MADE, ALIAS, |asked, _| asked.contains("ListAliases").then(|| denied.to_owned()));
    assert_eq!(codes(&report), [], "{report:#?}");
    assert!(opens(&report).iter().any(|open| open.contains("the aliases of the key alias/shop")), "{report:#?}");
}

#[test]
fn an_alias_on_a_later_page_counts() {
    let mut whole = None;
    let report = told(&MADE, ALIAS, move |asked, answer| {
        if !asked.contains("ListAliases") {
            return None;
        }
        if asked.contains("Marker") {
            return whole.take();
        }
        whole = Some(answer.to_owned());
        Some(r#"{"Aliases": [], "Truncated": true, "NextMarker": "more"}"#.to_owned())
    });
    assert_eq!((codes(&report), opens(&report)), (Vec::new(), Vec::new()));
}

#[test]
fn law_2_a_cluster_that_is_not_described_for_another_reason_is_not_missing() {
    for (failures, missing) in [
        (r#"[{"arn": "shop", "reason": "MISSING"}]"#, true),
        (r#"[{"arn": "shop", "reason": "ACCESS_DENIED"}]"#, false),
        ("[]", false),
    ] {
        let report = told(&[], "[]", move |asked, _| {
            let answer = format!(r#"{{"clusters": [], "failures": {failures}}}"#);
            asked.contains("DescribeClusters").then_some(answer)
        });
        assert_eq!(codes(&report).contains(&Code::ClusterMissing), missing, "{failures}: {report:#?}");
        let is_open = opens(&report).iter().any(|open| open.contains("the cluster shop") && is_in_full(open));
        assert_eq!(is_open, !missing, "{failures}: {report:#?}");
    }
}

/// The boundary allows the secret by the way in which it is asked for, which is only known when a task starts.
#[test]
fn law_2_a_boundary_with_a_condition_that_nobody_can_tell_leaves_it_open() {
    let bound = r#"[{call: "iam:CreatePolicy", input: {PolicyName: bound, PolicyDocument: {Version: "2012-10-17", Statement: [
        {Effect: Allow, NotAction: "secretsmanager:*", Resource: "*"},
        {Effect: Allow, Action: "secretsmanager:*", Resource: "*", Condition: {StringEquals: {"aws:SourceVpce": vpce-1}}}]}}}]"#;
    let bounded =
        MADE[1].1.replace("web-made", "web-made, permissionsBoundary: arn:aws:iam::123456789012:policy/bound");
    let report = told(&[MADE[0], (MADE[1].0, &bounded)], bound, |_, _| None);
    assert_eq!((codes(&report), opens(&report)), (Vec::new(), Vec::new()));
    let open = "may do secretsmanager:GetSecretValue";
    assert!(report.unverified.iter().any(|unverified| unverified.what.contains(open)), "{report:#?}");
}

#[test]
fn law_2_an_answer_without_what_it_should_say_is_no_answer() {
    let cases = [
        ("DescribeSubnets", "<availableIpAddressCount>", "</availableIpAddressCount>", "the subnet subnet-private"),
        ("DescribeVpcAttribute", "<value>", "</value>", "the VPC vpc-shop"),
        ("DescribeSecurityGroups", "<vpcId>", "</vpcId>", "the security group sg-task"),
    ];
    for (operation, from, to, what) in cases {
        let report = told(&[], "[]", move |asked, answer| {
            if !asked.contains(&format!("Action={operation}")) {
                return None;
            }
            let (before, rest) = answer.split_once(from)?;
            Some(before.to_owned() + rest.split_once(to).unwrap().1)
        });
        assert_eq!(codes(&report), [], "{operation}");
        assert!(opens(&report).iter().any(|open| open.contains(what) && is_in_full(open)), "{operation}: {report:#?}");
    }
}

#[test]
fn law_2_a_list_of_a_network_without_an_end_is_no_list() {
    let mut page = None;
    let report = told(&[], "[]", move |asked, answer| {
        let end = "</DescribeRouteTablesResponse>";
        let more = || answer.replace(end, &format!("<nextToken>more</nextToken>{end}"));
        asked.contains("Action=DescribeRouteTables").then(|| page.get_or_insert_with(more).clone())
    });
    assert_eq!(codes(&report), []);
    assert!(opens(&report).iter().any(|open| open.contains("the VPC vpc-shop")), "{report:#?}");
}

#[test]
fn law_2_a_managed_policy_without_a_document_is_none_that_says_nothing() {
    let attached =
        MADE[1].1.replace("web-made", "web-made, managedPolicyArns: [arn:aws:iam::123456789012:policy/more]");
    let policy = r#"[{call: "iam:CreatePolicy", input: {PolicyName: more, PolicyDocument: {Version: "2012-10-17",
        Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}}}]"#;
    for (operation, from, to) in
        [("GetPolicy", "<DefaultVersionId>", "</DefaultVersionId>"), ("GetPolicyVersion", "<Document>", "</Document>")]
    {
        let report = told(&[MADE[0], (MADE[1].0, &attached)], policy, move |asked, answer| {
            if !asked.contains(&format!("Action={operation}&")) {
                return None;
            }
            let (before, rest) = answer.split_once(from).unwrap();
            Some(before.to_owned() + rest.split_once(to).unwrap().1)
        });
        assert_eq!(codes(&report), [], "{operation}");
        assert!(opens(&report).iter().any(|open| open.contains("role/web-made may do")), "{operation}: {report:#?}");
    }
}

#[test]
fn law_2_a_value_that_its_answer_leaves_out_is_not_binary() {
    let report = told(&[], "[]", |asked, answer| {
        asked.starts_with("secretsmanager.GetSecretValue").then(|| answer.replace("SecretString", "Nothing"))
    });
    assert_eq!(codes(&report), []);
    assert!(opens(&report).iter().any(|open| open.contains("the answer has no value in it")), "{report:#?}");
}
