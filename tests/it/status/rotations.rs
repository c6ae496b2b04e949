//! When a secret was rotated last and will be next, from AWS to what `explain` shows.

use std::time::Duration;

use evenkeel::cloud::{Closer, Observe as _};
use evenkeel::model::id::ResourceId;
use evenkeel::render::explain;
use evenkeel::render::style::Style;
use evenkeel::sandbox::Database;
use evenkeel::sandbox::Service;
use evenkeel::sandbox::secrets_manager::RotationFunction;
use evenkeel::status::detail::Detail;
use evenkeel::status::report::{SourceState, report};
use serde_json::json;

use crate::support::lab::{Lab, in_virtual_time, shop};
use crate::support::leaks::{CANARY, assert_clean};
use crate::support::looked;

const LAMBDA: &str = "arn:aws:lambda:eu-west-1:123456789012:function:rotate";

#[test]
fn the_last_and_the_next_rotation_are_shown() {
    in_virtual_time(async {
        let (lab, desired) = (Lab::with_shop().await, shop("2.0.0"));
        let mut database = Database::with_one_password();
        database.set_password(CANARY, &format!("{CANARY}1"));
        lab.sandbox.with_world(|world| {
            world.surroundings.databases.insert("main".into(), database);
            let function = RotationFunction::SingleUser { database: "main".into() };
            world.surroundings.functions.insert(LAMBDA.into(), function);
        });
        let rules = json!({"ScheduleExpression": "rate(30 days)"});
        let rotate = json!({"SecretId": "shop/db", "RotationLambdaARN": LAMBDA, "RotationRules": rules});
        lab.call(Service::SecretsManager, "RotateSecret", &rotate);
        tokio::time::sleep(Duration::from_hours(48)).await;
        let observed = lab.aws.observe(&desired).await;
        let plan = evenkeel::plan::plan(&desired, &observed);
        let closer = Closer::default();
        let report = report(looked(&desired, &observed, &plan, &closer), &SourceState::default(), None);
        let status = report.find(&ResourceId::parse("Secret/shop-db").unwrap()).unwrap();
        let Some(Detail::Secret(secret)) = &status.detail else { panic!("it is there") };
        let (last, next) = (secret.last_rotated.unwrap().0, secret.next_rotation.unwrap().0);
        // A rotation takes a moment.
        assert!((2_870..=2_880).contains(&(observed.at.since(last).as_secs() / 60)), "{last:?}");
        assert_eq!(next.since(last).as_secs().div_ceil(86_400), 30);
        let sheet = explain::explain(&report, status, observed.at, Style::plain());
        assert_clean("the sheet", &sheet);
        for words in ["rate(30 days)", "last 2026-01-01", "next 2026-01-31"] {
            assert!(sheet.contains(words), "{words} is missing:\n{sheet}");
        }
    });
}
