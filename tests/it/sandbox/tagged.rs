//! Resource Groups Tagging, log groups, networks: what the small services answer.

use serde_json::{Value, json};

use super::raw::{Raw, texts};

fn arns(answer: &Value) -> Vec<String> {
    texts(answer, "ResourceTagMappingList", "ResourceARN")
}

/// One tagged thing of every service that has tags.
fn tagged() -> Raw {
    let mut raw = Raw::new();
    let upper = json!([{"Key": "team", "Value": "a"}]);
    let lower = json!([{"key": "team", "value": "a"}]);
    raw.ask("secretsmanager:CreateSecret", &json!({"Name": "s", "SecretString": "v", "Tags": upper}));
    raw.ask("secretsmanager:CreateSecret", &json!({"Name": "bare", "SecretString": "v"}));
    raw.ask("ecs:CreateCluster", &json!({"clusterName": "c", "tags": lower}));
    raw.ask("kms:CreateKey", &json!({"Tags": [{"TagKey": "team", "TagValue": "b"}]}));
    raw.ask("sqs:CreateQueue", &json!({"QueueName": "q", "tags": {"team": "a"}}));
    raw.ask("events:PutRule", &json!({"Name": "r", "EventPattern": "{\"source\":[\"x\"]}", "Tags": upper}));
    raw.ask("ssm:PutParameter", &json!({"Name": "/p", "Value": "v", "Type": "String", "Tags": upper}));
    raw.ask("logs:CreateLogGroup", &json!({"logGroupName": "/g", "tags": {"team": "a"}}));
    raw
}

#[test]
fn tagged_resources_of_every_service_are_found_page_by_page() {
    let mut raw = tagged();
    let all = arns(&raw.ask("tagging:GetResources", &json!({})));
    let services: Vec<&str> = all.iter().map(|arn| arn.split(':').nth(2).unwrap()).collect();
    assert_eq!(services, ["ecs", "events", "kms", "logs", "secretsmanager", "sqs", "ssm"], "{all:?}");
    let (mut paged, mut token) = (Vec::new(), String::new());
    loop {
        let page = raw.ask("tagging:GetResources", &json!({"ResourcesPerPage": 3, "PaginationToken": token}));
        assert!(arns(&page).len() <= 3);
        paged.extend(arns(&page));
        token = page["PaginationToken"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, all);
    let a = raw.ask("tagging:GetResources", &json!({"TagFilters": [{"Key": "team", "Values": ["a"]}]}));
    assert_eq!(arns(&a).len(), 6);
    let types = json!({"ResourceTypeFilters": ["secretsmanager:secret", "sqs"], "TagFilters": [{"Key": "team"}]});
    assert_eq!(arns(&raw.ask("tagging:GetResources", &types)).len(), 2);
    let named = json!({"ResourceARNList": [all[0]]});
    assert_eq!(arns(&raw.ask("tagging:GetResources", &named)), [all[0].as_str()]);
}

#[test]
fn what_lost_its_tags_is_shown_without_and_what_never_had_any_is_not() {
    let mut raw = tagged();
    raw.ask("secretsmanager:UntagResource", &json!({"SecretId": "s", "TagKeys": ["team"]}));
    let secrets = json!({"ResourceTypeFilters": ["secretsmanager"]});
    let found = raw.ask("tagging:GetResources", &secrets);
    assert_eq!(arns(&found).len(), 1, "not the one that never had a tag");
    assert_eq!(found["ResourceTagMappingList"][0]["Tags"], json!([]));
}

#[test]
fn log_groups_keep_their_days_and_are_missing_once_deleted() {
    let mut raw = Raw::new();
    for name in ["/a/1", "/a/2", "/b"] {
        raw.ask("logs:CreateLogGroup", &json!({"logGroupName": name}));
    }
    raw.ask("logs:PutRetentionPolicy", &json!({"logGroupName": "/a/1", "retentionInDays": 7}));
    let first = raw.ask("logs:DescribeLogGroups", &json!({"logGroupNamePrefix": "/a", "limit": 1}));
    assert_eq!(first["logGroups"][0]["retentionInDays"], 7);
    let next = json!({"logGroupNamePrefix": "/a", "limit": 1, "nextToken": first["nextToken"]});
    assert_eq!(texts(&raw.ask("logs:DescribeLogGroups", &next), "logGroups", "logGroupName"), ["/a/2"]);
    let odd = json!({"logGroupName": "/b", "retentionInDays": 8});
    assert_eq!(raw.refused("logs:PutRetentionPolicy", &odd), "InvalidParameterException");
    raw.ask("logs:DeleteLogGroup", &json!({"logGroupName": "/b"}));
    assert!(raw.world.surroundings.missing_log_groups.contains("/b"), "tasks do not find it");
    assert_eq!(raw.refused("logs:DeleteLogGroup", &json!({"logGroupName": "/b"})), "ResourceNotFoundException");
    raw.ask("logs:CreateLogGroup", &json!({"logGroupName": "/b"}));
    assert!(raw.world.surroundings.missing_log_groups.is_empty());
}

#[test]
fn a_region_begins_with_a_default_network_of_three_subnets() {
    let mut raw = Raw::new();
    let pages = {
        let mut raw = Raw::new();
        let (id, subnet) =
            raw.world.network.subnets.first_key_value().map(|(id, it)| (id.clone(), it.clone())).unwrap();
        raw.world.network.subnets.extend((0..4).map(|number| (format!("{id}{number}"), subnet.clone())));
        raw.send("ec2:DescribeSubnets", "MaxResults=5").1
    };
    assert!(pages.matches("<subnetId>").count() == 5 && pages.contains("<nextToken>"), "{pages}");
    let mut ask = |call: &str, form: &str| {
        let (status, answer) = raw.send(&format!("ec2:{call}"), form);
        assert_eq!(status, 200, "{answer}");
        answer
    };
    let vpcs = ask("DescribeVpcs", "Filter.1.Name=isDefault&Filter.1.Value.1=true");
    let vpc = vpcs.split_once("<vpcId>").unwrap().1.split('<').next().unwrap().to_owned();
    let subnets = ask("DescribeSubnets", &format!("Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}"));
    assert_eq!(subnets.matches("<subnetId>").count(), 3);
    let attribute = ask("DescribeVpcAttribute", &format!("VpcId={vpc}&Attribute=enableDnsHostnames"));
    assert!(attribute.contains("<enableDnsHostnames><value>true</value></enableDnsHostnames>"), "{attribute}");
    assert!(!attribute.contains("enableDnsSupport"), "one attribute a call");
    assert!(ask("DescribeRouteTables", "").contains("<main>true</main>"));
    assert!(ask("DescribeSecurityGroups", "").contains("<groupName>default</groupName>"));
    assert!(!ask("DescribeVpcEndpoints", "").contains("<item>"));
    for (call, form, code) in [
        ("DescribeSubnets", "SubnetId.1=subnet-none", "InvalidSubnetID.NotFound"),
        ("DescribeVpcs", "Filter.1.Name=colour&Filter.1.Value.1=red", "InvalidParameterValue"),
        ("DescribeVpcs", "Colour=red", "MalformedInput"),
        ("RunInstances", "", "InvalidAction"),
    ] {
        let (status, answer) = raw.send(&format!("ec2:{call}"), form);
        assert!(status == 400 && answer.contains(&format!("<Code>{code}</Code>")), "{answer}");
    }
}
