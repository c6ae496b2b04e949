//! What an organization forbids is told of a role that loses something, too, and left open of one that is not there.

use evenkeel::preflight::finding::{Code, Report};

use super::answers::{MADE, codes, told};

/// A role that is there, with a policy that the next apply detaches: what it has then is judged by its policies alone.
const LOSES: &str = r#"[{call: "iam:CreateRole", input: {RoleName: web-made, AssumeRolePolicyDocument: {Version: "2012-10-17",
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole",
            Condition: {StringEquals: {"aws:SourceAccount": "123456789012"}, ArnLike: {"aws:SourceArn": "arn:aws:ecs:eu-west-1:123456789012:*"}}}]},
        Tags.member.1.Key: evenkeel.dev/installation, Tags.member.1.Value: default,
        Tags.member.2.Key: evenkeel.dev/resource, Tags.member.2.Value: ExecutionRole/web}},
    {call: "iam:CreatePolicy", input: {PolicyName: denies, PolicyDocument: {Version: "2012-10-17", Statement: [
        {Effect: Deny, Action: "secretsmanager:GetSecretValue", Resource: "*"}]}}},
    {call: "iam:AttachRolePolicy", input: {RoleName: web-made, PolicyArn: "arn:aws:iam::123456789012:policy/denies"}}]"#;

/// The simulator's answer about a role, in an organization that allows or forbids one action.
fn within(allowed: bool, action: &'static str) -> impl FnMut(&str, &str) -> Option<String> + Send + 'static {
    move |asked, answer| {
        let detail = |allowed: bool| {
            let told = format!("<AllowedByOrganizations>{allowed}</AllowedByOrganizations>");
            format!("<OrganizationsDecisionDetail>{told}</OrganizationsDecisionDetail></member>")
        };
        let is_about = asked.contains(&action.replace(':', "%3A"));
        let end = "</ResourceSpecificResults></member>";
        let told = end.replace("</member>", &detail(allowed || !is_about));
        asked.contains("Action=SimulatePrincipalPolicy").then(|| answer.replace(end, &told))
    }
}

fn detached() -> (&'static str, String) {
    (MADE[1].0, MADE[1].1.replace("web-made", "web-made, managedPolicyArns: []"))
}

fn is_open(report: &Report) -> bool {
    report.unverified.iter().any(|open| open.what.contains("policies of an organization") && !open.unreadable)
}

#[test]
fn what_an_organization_forbids_is_told_of_a_role_that_loses_a_policy() {
    let (from, detached) = detached();
    for (allowed, found) in [(true, &[][..]), (false, &[Code::PermissionMissing])] {
        let told = told(&[MADE[0], (from, &detached)], LOSES, within(allowed, "secretsmanager:GetSecretValue"));
        assert_eq!(codes(&told), found, "{told:#?}");
        assert!(!is_open(&told), "{told:#?}");
        let words = "a policy of the organization does not allow it";
        assert!(told.findings.iter().all(|finding| finding.message.contains(words)), "{told:#?}");
    }
}

#[test]
fn law_2_what_an_organization_says_to_a_role_that_is_not_there_is_open() {
    let report = told(&MADE, "[]", |_, _| None);
    assert!(codes(&report).is_empty() && is_open(&report), "{report:#?}");
    // Of a role that is there IAM says whether there is an organization at all.
    let other = MADE[1].1.to_owned()
        + "metadata: {name: none}\nspec: {serviceName: none, taskDefinitionRef: {name: none}, cluster: shop, launchType: EC2}\n---\n\
           apiVersion: evenkeel.dev/v1alpha1\nkind: TaskDefinition\nmetadata: {name: none}\n\
           spec: {executionRoleArn: \"arn:aws:iam::123456789012:role/web-exec\", containerDefinitions: [{name: a, memory: 64, \
           image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1}]}\n---\n\
           apiVersion: evenkeel.dev/v1alpha1\nkind: Service\n";
    let report = told(&[MADE[0], (MADE[1].0, &other)], "[]", |_, _| None);
    assert!(codes(&report).is_empty() && !is_open(&report), "{report:#?}");
    let report = told(&[MADE[0], (MADE[1].0, &other)], "[]", within(true, "ecr:BatchGetImage"));
    assert!(codes(&report).is_empty() && is_open(&report), "{report:#?}");
}
