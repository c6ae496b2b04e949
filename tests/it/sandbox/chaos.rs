//! Faults between the SDK and the sandbox.

use std::sync::{Arc, Mutex};

use aws_sdk_ecs::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use evenkeel::aws::SharedHttpClient;
use evenkeel::sandbox::chaos::{Chaos, Fate, Faults};
use evenkeel::sandbox::{Sandbox, World, tokio_clock};

use crate::sandbox::support::{ACCOUNT, Aws, REGION, START, code, pass};

fn disturbed() -> (Aws, Chaos) {
    let clock = tokio_clock(START, 1);
    let sandbox = Sandbox::new(World::new(ACCOUNT, REGION, 7, START), clock.clone());
    let chaos = Chaos::new(SharedHttpClient::new(sandbox.http_client()), clock);
    (Aws::through(sandbox, &SharedHttpClient::new(chaos.clone()), REGION), chaos)
}

#[tokio::test(start_paused = true)]
async fn refusals_come_in_the_words_of_each_protocol() {
    let (aws, chaos) = disturbed();
    let cases = [
        (Fate::Throttled, "ThrottlingException", "Throttling"),
        (Fate::ServerError, "InternalFailure", "InternalFailure"),
        (Fate::Denied, "AccessDeniedException", "AccessDenied"),
        (Fate::Expired, "ExpiredTokenException", "ExpiredToken"),
        (Fate::NotFound, "ResourceNotFoundException", "NoSuchEntity"),
    ];
    for (fate, json, query) in cases {
        chaos.set(move |_, _| fate);
        assert_eq!(code(aws.secrets.list_secrets().send().await), json);
        assert_eq!(code(aws.iam.get_role().role_name("any").send().await), query);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_lost_does_nothing_and_a_lost_reply_hides_what_was_done() {
    let (aws, chaos) = disturbed();
    chaos.follow(Faults::seeded(1).on_nth("CreateSecret", 1, Fate::Lost).on_nth("CreateSecret", 2, Fate::ReplyLost));
    let create = || aws.secrets.create_secret().name("db").secret_string("value").send();
    assert!(matches!(create().await, Err(SdkError::TimeoutError(_) | SdkError::DispatchFailure(_))));
    aws.sandbox.with_world(|world| assert!(world.secrets.get("db").is_none()));
    assert!(matches!(create().await, Err(SdkError::DispatchFailure(_))));
    aws.sandbox.with_world(|world| assert!(world.secrets.get("db").is_some()));
    let told: Vec<_> = chaos.disturbed();
    let create = "CreateSecret".to_owned();
    assert_eq!(told, [(0, create.clone(), Fate::Lost), (1, create, Fate::ReplyLost)]);
}

#[tokio::test(start_paused = true)]
async fn a_stale_answer_is_that_of_less_than_half_a_minute_ago() {
    let (aws, chaos) = disturbed();
    aws.secret("db", "value").await;
    let description = async || aws.secrets.describe_secret().secret_id("db").send().await.unwrap().description;
    let describe = async |text: &str| {
        aws.secrets.update_secret().secret_id("db").description(text).send().await.unwrap();
    };
    describe("old").await;
    assert_eq!(description().await.as_deref(), Some("old"));
    describe("new").await;
    chaos.set(|_, _| Fate::Stale);
    pass(10).await;
    assert_eq!(description().await.as_deref(), Some("old"));
    pass(20).await;
    let met = chaos.disturbed().len();
    assert_eq!(description().await.as_deref(), Some("new"), "nobody remembers an older answer");
    assert_eq!(chaos.disturbed().len(), met, "what goes through is not told");
}

#[tokio::test(start_paused = true)]
async fn what_is_told_is_what_calls_met() {
    let (aws, chaos) = disturbed();
    aws.secret("db", "value").await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&told);
    chaos.tell(move |operation, fate| hears.lock().unwrap().push((operation.to_owned(), fate)));
    let describe = || aws.secrets.describe_secret().secret_id("db").send();
    let list = || aws.secrets.list_secrets().send();
    chaos.set(|_, _| Fate::SmallPage);
    describe().await.unwrap();
    list().await.unwrap();
    chaos.set(|_, _| Fate::Stale);
    // One of a moment ago, and none.
    describe().await.unwrap();
    aws.ecs.list_clusters().send().await.unwrap();
    let page = ("ListSecrets".to_owned(), Fate::SmallPage);
    assert_eq!(*told.lock().unwrap(), [page, ("DescribeSecret".to_owned(), Fate::Stale)]);
}

#[tokio::test(start_paused = true)]
async fn a_small_page_holds_two_and_loses_nothing() {
    let (aws, chaos) = disturbed();
    for index in 0..5 {
        aws.secret(&format!("s{index}"), "value").await;
        aws.iam
            .create_role()
            .role_name(format!("r{index}"))
            .assume_role_policy_document(crate::sandbox::support::TRUST)
            .send()
            .await
            .unwrap();
        aws.ecs.create_cluster().cluster_name(format!("c{index}")).send().await.unwrap();
    }
    chaos.set(|_, _| Fate::SmallPage);
    let secrets: Vec<_> =
        aws.secrets.list_secrets().into_paginator().send().collect::<Result<Vec<_>, _>>().await.unwrap();
    let secrets: Vec<_> = secrets.iter().map(|page| page.secret_list().len()).collect();
    let roles: Vec<_> = aws
        .iam
        .get_account_authorization_details()
        .filter(aws_sdk_iam::types::EntityType::Role)
        .into_paginator()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .unwrap();
    let clusters: Vec<_> =
        aws.ecs.list_clusters().into_paginator().send().collect::<Result<Vec<_>, _>>().await.unwrap();
    let clusters: Vec<_> = clusters.iter().map(|page| page.cluster_arns().len()).collect();
    assert_eq!((secrets.as_slice(), clusters.as_slice()), (&[2, 2, 1][..], &[2, 2, 2][..]));
    assert_eq!(roles.iter().map(|page| page.role_detail_list().len()).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(chaos.seen().iter().filter(|operation| *operation == "ListSecrets").count(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_first_line_that_fits_decides_by_index_by_operation_and_by_chance() {
    let mut faults = Faults::seeded(3).at(2, Fate::Expired).on("ListSecrets", Fate::Denied).sometimes(0, Fate::Lost);
    let calls = ["ListSecrets", "DescribeSecret", "ListSecrets", "GetRole"];
    let met: Vec<Fate> = calls.iter().enumerate().map(|(index, call)| faults.fate(index, call)).collect();
    assert_eq!(met, [Fate::Denied, Fate::Pass, Fate::Expired, Fate::Pass]);
    let always = Faults::seeded(3).sometimes(1_000_000, Fate::Throttled).fate(0, "GetRole");
    assert_eq!(always, Fate::Throttled);
}

#[test]
fn chance_is_that_of_the_seed_however_calls_of_others_interleave() {
    let fates = |seed, with_others: bool| {
        let mut faults = Faults::bad_day(seed);
        let mut met = Vec::new();
        for index in 0..1000 {
            met.push(faults.fate(index, "UpdateService"));
            if with_others {
                faults.fate(index, "DescribeServices");
            }
        }
        met
    };
    assert_eq!(fates(1, false), fates(1, true));
    assert_ne!(fates(1, false), fates(2, false));
    let disturbed = fates(1, false).into_iter().filter(|fate| *fate != Fate::Pass).count();
    assert!((150..270).contains(&disturbed), "{disturbed} of 1000");
}

#[tokio::test(start_paused = true)]
async fn of_a_batch_one_thing_fails_or_is_forgotten() {
    let (aws, chaos) = disturbed();
    let definition = aws.register("web", "web:1", None, &[]).await;
    aws.create("one", &definition, 1).await;
    aws.create("two", &definition, 1).await;
    let describe = || aws.ecs.describe_services().services("one").services("two").send();
    let told = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&told);
    chaos.tell(move |operation, fate| hears.lock().unwrap().push(format!("{operation} {fate:?}")));
    chaos.set(|_, _| Fate::OneFails);
    let answer = describe().await.unwrap();
    assert_eq!((answer.services().len(), answer.failures()[0].reason()), (1, Some("ACCESS_DENIED")));
    assert_eq!(chaos.disturbed(), [(0, "DescribeServices".to_owned(), Fate::OneFails)]);
    assert_eq!(*told.lock().unwrap(), ["DescribeServices OneFails"]);
    chaos.set(|_, _| Fate::OneForgotten);
    let answer = describe().await.unwrap();
    assert_eq!((answer.services().len(), answer.failures().len()), (1, 0));
    chaos.set(|_, _| Fate::ShortArns);
    let answer = describe().await.unwrap();
    assert_eq!(answer.services()[0].service_arn(), Some("arn:aws:ecs:eu-west-1:123456789012:service/one"));
    let unknown = aws.ecs.describe_services().services("one").cluster("none").send().await;
    assert_eq!(
        unknown.err().and_then(|error| error.code().map(str::to_owned)).as_deref(),
        Some("ClusterNotFoundException")
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_no_batch_goes_through_whole_and_counts_as_nothing_met() {
    let (aws, chaos) = disturbed();
    let told = Arc::new(Mutex::new(0));
    let hears = Arc::clone(&told);
    chaos.tell(move |_, _| *hears.lock().unwrap() += 1);
    for fate in [Fate::OneFails, Fate::OneForgotten, Fate::ShortArns] {
        chaos.set(move |_, _| fate);
        assert_eq!(aws.ecs.list_clusters().send().await.unwrap().cluster_arns().len(), 1);
        // A batch that is refused, and one of nothing.
        aws.ecs.describe_services().services("any").cluster("none").send().await.unwrap_err();
        if fate != Fate::ShortArns {
            assert_eq!(aws.ecs.describe_services().services("none").send().await.unwrap().failures().len(), 1);
        }
        let met = chaos.disturbed();
        assert!(met.is_empty(), "{met:?}");
    }
    assert_eq!(*told.lock().unwrap(), 0);
}

/// Every list of every service but EC2, whose pages hold five at the least, in its protocol.
#[tokio::test(start_paused = true)]
async fn whatever_comes_in_pages_comes_in_pages_of_two() {
    let (aws, chaos) = disturbed();
    chaos.set(|_, _| Fate::SmallPage);
    let tag = aws_sdk_ecs::types::Tag::builder().key("team").value("shop").build();
    for name in ["one", "two", "three"] {
        aws.ecs.create_cluster().cluster_name(name).tags(tag.clone()).send().await.unwrap();
    }
    for number in 0..3 {
        let parameter = format!(r#"{{"Name":"p{number}","Value":"v","Type":"String"}}"#);
        let put = raw(&aws, &chaos, "ssm", "/", Some("AmazonSSM.PutParameter"), &parameter).await;
        assert_eq!(put.status, 200, "{}", put.body);
        let group = format!(r#"{{"logGroupName":"g{number}"}}"#);
        assert_eq!(raw(&aws, &chaos, "logs", "/", Some("Logs_20140328.CreateLogGroup"), &group).await.status, 200);
        let rule = format!(r#"{{"Name":"r{number}","EventPattern":"{{\"source\":[\"a\"]}}"}}"#);
        assert_eq!(raw(&aws, &chaos, "events", "/", Some("AWSEvents.PutRule"), &rule).await.status, 200);
    }
    for (service, target, list, next) in [
        ("ssm", "AmazonSSM.DescribeParameters", "Parameters", "NextToken"),
        ("logs", "Logs_20140328.DescribeLogGroups", "logGroups", "nextToken"),
        ("events", "AWSEvents.ListRules", "Rules", "NextToken"),
        ("tagging", "ResourceGroupsTaggingAPI_20170126.GetResources", "ResourceTagMappingList", "PaginationToken"),
    ] {
        let answer = raw(&aws, &chaos, service, "/", Some(target), "{}").await;
        let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(body[list].as_array().map(Vec::len), Some(2), "{target}: {}", answer.body);
        assert!(body[next].as_str().is_some_and(|token| !token.is_empty()), "{target}: {}", answer.body);
    }
    // And in CBOR, where there is no body.
    let path = "/service/ResourceGroupsTaggingAPI_20170126/operation/GetResources";
    let before = chaos.disturbed().len();
    let answer = raw(&aws, &chaos, "tagging", path, None, "").await;
    assert_eq!(answer.body.matches("arn:aws:").count(), 2, "{}", answer.body);
    assert_eq!(chaos.disturbed().len(), before + 1);
    // Who names what is wanted gets it; and EC2 is left alone.
    let before = chaos.disturbed().len();
    let arns = format!(r#"{{"ResourceARNList":["arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/one"]}}"#);
    let target = Some("ResourceGroupsTaggingAPI_20170126.GetResources");
    assert_eq!(raw(&aws, &chaos, "tagging", "/", target, &arns).await.status, 200);
    assert_eq!(raw(&aws, &chaos, "ec2", "/", None, "Action=DescribeSubnets&Version=2016-11-15").await.status, 200);
    assert_eq!(chaos.disturbed().len(), before);
}

/// A request as it stands in HTTP, straight to what meets faults: status, content type and body of its answer.
async fn raw(aws: &Aws, chaos: &Chaos, service: &str, path: &str, target: Option<&str>, body: &str) -> Raw {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST").unwrap();
    request.set_uri(format!("https://{service}.{REGION}.amazonaws.com{path}")).unwrap();
    let credential = format!("AWS4-HMAC-SHA256 Credential=AKID/20260101/{REGION}/{service}/aws4_request, Signature=0");
    request.headers_mut().insert("authorization", credential);
    if let Some(target) = target {
        request.headers_mut().insert("x-amz-target", target.to_owned());
    }
    let answer = chaos.before(aws.sandbox.http_client()).call(request).await.unwrap();
    let content_type = answer.headers().get("content-type").unwrap_or_default().to_owned();
    let body = String::from_utf8_lossy(answer.body().bytes().unwrap()).into_owned();
    Raw { status: answer.status().as_u16(), content_type, body }
}

struct Raw {
    status: u16,
    content_type: String,
    body: String,
}

#[tokio::test(start_paused = true)]
async fn what_speaks_ec2s_form_or_cbor_is_named_and_refused_in_it() {
    let (aws, chaos) = disturbed();
    let ec2 = async || raw(&aws, &chaos, "ec2", "/", None, "Action=DescribeVpcs&Version=2016-11-15").await;
    let path = "/service/ResourceGroupsTaggingAPI_20170126/operation/GetResources";
    let cbor = async || raw(&aws, &chaos, "tagging", path, None, "").await;
    let cases = [
        (Fate::Throttled, (503, "RequestLimitExceeded"), "ThrottlingException"),
        (Fate::ServerError, (500, "InternalError"), "InternalFailure"),
        (Fate::Denied, (403, "UnauthorizedOperation"), "AccessDeniedException"),
        (Fate::Expired, (400, "RequestExpired"), "ExpiredTokenException"),
        (Fate::NotFound, (400, "InvalidVpcID.NotFound"), "ResourceNotFoundException"),
    ];
    for (fate, (status, code), in_cbor) in cases {
        chaos.follow(Faults::seeded(1).on("DescribeVpcs", fate).on("GetResources", fate));
        let answer = ec2().await;
        assert_eq!(answer.status, status, "{fate:?}: {}", answer.body);
        assert!(answer.body.contains(&format!("<Response><Errors><Error><Code>{code}</Code>")), "{}", answer.body);
        let answer = cbor().await;
        assert_eq!(answer.content_type, "application/cbor");
        assert!(answer.body.contains(in_cbor), "{fate:?}: {}", answer.body);
        let seen: Vec<_> = chaos.disturbed();
        assert_eq!(seen, [(0, "DescribeVpcs".to_owned(), fate), (1, "GetResources".to_owned(), fate)]);
    }
    chaos.set(|_, _| Fate::Pass);
    assert_eq!((ec2().await.status, cbor().await.status), (200, 200));
}

#[tokio::test(start_paused = true)]
async fn the_sdk_that_speaks_cbor_understands_its_refusals() {
    let (_aws, chaos) = disturbed();
    let config = aws_sdk_resourcegroupstagging::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_ecs::config::Region::new(REGION))
        .credentials_provider(aws_sdk_ecs::config::Credentials::new("AKID", "secret", None, None, "test"))
        .retry_config(aws_sdk_ecs::config::retry::RetryConfig::disabled())
        .http_client(SharedHttpClient::new(chaos.clone()));
    let tagging = aws_sdk_resourcegroupstagging::Client::from_conf(config.build());
    chaos.follow(Faults::seeded(1).on_nth("GetResources", 1, Fate::Denied).on_nth("GetResources", 2, Fate::Throttled));
    for expected in ["AccessDeniedException", "ThrottlingException"] {
        assert_eq!(code(tagging.get_resources().send().await), expected);
    }
    tagging.get_resources().send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stale_answer_is_that_of_the_same_service_in_the_same_region() {
    let (aws, chaos) = disturbed();
    let elsewhere = Aws::through(aws.sandbox.clone(), &SharedHttpClient::new(chaos.clone()), "eu-central-1");
    aws.secret("db", "value").await;
    let describe = async |aws: &Aws| aws.secrets.describe_secret().secret_id("db").send().await;
    describe(&aws).await.unwrap();
    let arn = format!("arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/default");
    let tags = async |service: &str, target: &str| {
        let target = format!("{target}.ListTagsForResource");
        raw(&aws, &chaos, service, "/", Some(&target), &format!(r#"{{"resourceArn":"{arn}"}}"#)).await.status
    };
    assert_eq!(tags("ecs", "AmazonEC2ContainerServiceV20141113").await, 200);
    chaos.set(|_, _| Fate::Stale);
    assert_eq!(code(describe(&elsewhere).await), "ResourceNotFoundException");
    assert_eq!(tags("logs", "Logs_20140328").await, 400, "no group of logs, though the question is spelt alike");
}
